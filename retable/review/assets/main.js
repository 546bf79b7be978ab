// The page comes together: parts in their order, and what happens when something is done.

const main = document.getElementById("main");
const questionGroups = questionBlocks("question");
const perhapsGroups = questionBlocks("perhaps");
const edits = fileBlocks();
const blocks = [...questionGroups, ...perhapsGroups, ...edits];
const order = blocks.flatMap((it) => it.items);
let current = null;

function part(id, title, about, its, ...more) {
  return el("section", { id, class: "part" },
    el("h2", {}, title, " ", el("span", { class: "quiet", "data-total": id })),
    el("p", { class: "quiet" }, about), more, its.map((it) => it.element));
}

function draw() {
  const live = liveQuestions();
  main.append(overview(),
    questionGroups.length || live
      ? part("questions", "Questions", "What retable does not guess. A table waits for its questions.", questionGroups, live) : "",
    perhapsGroups.length
      ? part("perhaps", "Perhaps", "What may be a reference, and may as well be something else. It holds nothing up.", perhapsGroups) : "",
    remarks() || "",
    part("edits", "Edits", "Certain, each with its evidence. They are made unless you reject them; what is withheld waits for an answer first.", edits),
    el("p", { class: "notice", id: "nothing", hidden: true }, "Nothing is shown with these filters."),
    unseen());
  document.getElementById("bar").append(...barOf());
  document.getElementById("filters").append(...filtersOf());
  document.body.append(helpDialog(), exportDialog());
}

// Shown and hidden.

let shownNow = order;

function refreshShown() {
  blocks.forEach(filterBlock);
  refreshFilters();
  const shown = shownNow = blocks.flatMap((it) => it.shown);
  document.getElementById("shown-says").textContent =
    isFiltered() ? `${number(shown.length)} of ${number(items.length)} shown` : `${number(items.length)} shown`;
  document.getElementById("clear-filters").hidden = !isFiltered();
  document.getElementById("nothing").hidden = shown.length > 0;
  const of = (certainty) => shown.filter((it) => it.certainty === certainty).length;
  const asked = of("question") + (isFiltered() ? 0 : figures.live.length);
  const counts = {
    questions: asked, perhaps: of("perhaps"), edits: shown.filter((it) => !isAsked(it)).length,
    remarks: figures.remarks.reduce((sum, it) => sum + it.places.length, 0),
  };
  for (const [id, count] of Object.entries(counts)) {
    for (const it of document.querySelectorAll(`[data-total="${id}"], [data-count="${id}"]`)) it.textContent = number(count);
  }
  const active = FACETS.reduce((sum, it) => sum + filters[it.key].size, 0);
  document.getElementById("show-filters").textContent = active ? `Filters (${active})` : "Filters";
}

function refreshProgress() {
  document.getElementById("progress").value = decisions.size;
  document.getElementById("progress-says").textContent = `${number(decisions.size)} of ${number(items.length)} decided`;
  document.getElementById("undo").disabled = !steps.length;
}

function filtered() {
  refreshShown();
  remember();
}

let remembering = 0;

// Not for every key that is held down: browsers take that for an attack.
function remember() {
  clearTimeout(remembering);
  remembering = setTimeout(() => {
    const said = filtersAsHash();
    if (current) said.set("at", current.id);
    history.replaceState(null, "", `#${said}`);
  }, 300);
}

function recall() {
  const said = new URLSearchParams(location.hash.slice(1));
  filtersFromHash(said);
  document.getElementById("search").value = query;
  refreshShown();
  const item = byId.get(said.get("at"));
  if (item) go(item);
}

// From one to the next.

function go(item, { focus = true } = {}) {
  fill(item.block);
  const card = document.getElementById(`at-${item.id}`);
  if (!card || card.hidden) return;
  for (const it of document.querySelectorAll(".card.is-current")) {
    it.classList.remove("is-current");
    it.tabIndex = -1;
  }
  current = item;
  card.classList.add("is-current");
  card.tabIndex = 0;
  if (focus) {
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "center" });
  }
  remember();
}

function move(by, wanted = () => true) {
  const shown = shownNow;
  let at = shown.indexOf(current);
  if (at < 0 && current) {
    // What was at hand is hidden now: go on from where it would be.
    const place = order.indexOf(current);
    const next = shown.findIndex((it) => order.indexOf(it) > place);
    at = (next < 0 ? shown.length : next) - (by > 0 ? 1 : 0);
  }
  for (at += by; at >= 0 && at < shown.length; at += by) {
    if (wanted(shown[at])) return go(shown[at]);
  }
  say(by > 0 ? "that was the last" : "that was the first");
}

// Decisions.

function redraw(ids) {
  for (const item of new Set(ids.flatMap((id) => showing.get(id)))) {
    if (item.block.filled) refreshed(document.getElementById(`at-${item.id}`), item);
  }
  refreshProgress();
  refreshShown();
}

function make(made, said) {
  const kept = decide(made);
  redraw(made.map(([id]) => id));
  say(kept ? said : `${said}; this browser does not keep it: export before you leave`);
}

function act(item, verb, name) {
  const now = decisions.get(item.id);
  if (verb === "reject") {
    const again = now && now.verdict === "reject";
    return make([[item.id, again ? null : { verdict: "reject" }]], again ? "open again" : "rejected");
  }
  const decision = acceptance(item, name);
  if (!decision) {
    const first = document.querySelector(`#at-${item.id} .choice`);
    if (first) first.focus();
    return say(item.choices.length ? "choose a name: 1, 2, …" : "there is no new name for it: change it by hand");
  }
  const again = now && now.verdict === "accept" && now.new === decision.new;
  return make([[item.id, again ? null : decision]], again ? "open again" : "accepted");
}

function takeBack() {
  const ids = undo();
  if (!ids.length) return say("nothing to take back");
  redraw(ids);
  say("taken back");
  if (ids.length === 1 && !byId.get(ids[0]).block.element.hidden) go(byId.get(ids[0]));
}

function decideShown(verdict) {
  const made = shownNow.map((it) => [it.id, verdict === "accept" ? acceptance(it) : verdict && { verdict }])
    .filter(([id, it]) => (verdict === "accept" ? it && !isAsked(byId.get(id)) : true));
  make(made, `${counted(made.length, "place")}: ${verdict ? DECISION[verdict].toLowerCase() : "open again"}`);
}

// What happens.

const KEY = {
  j: () => move(1),
  k: () => move(-1),
  n: () => move(1, (it) => decisionOf(it) === "open"),
  a: () => byKey("accept"),
  r: () => byKey("reject"),
  u: takeBack,
  e: openExport,
  t: nextTheme,
  "/": () => document.getElementById("search").focus(),
  "?": () => document.getElementById("help-dialog").showModal(),
};

// By key, a decision leads on to the next; a second thought stays where it is.
function byKey(verb, name) {
  if (!current || current.block.element.hidden) return move(1);
  const at = current;
  act(at, verb, name);
  if (current === at && decisions.has(at.id)) move(1);
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.matches("input:not([type=checkbox]), textarea, select")) {
    if (event.key === "Escape" || (event.key === "Enter" && event.target.type === "search")) {
      event.target.blur();
      if (current) go(current);
    }
    return;
  }
  const choice = current && isAsked(current) && current.choices[Number(event.key) - 1];
  const does = choice ? () => byKey("accept", choice.new) : KEY[event.key];
  if (!does) return;
  event.preventDefault();
  does();
}

function onClick(event) {
  const button = event.target.closest("button, a.place");
  if (!button) return;
  const card = button.closest(".card");
  if (card) {
    event.preventDefault();
    const item = byId.get(card.dataset.id);
    go(item, { focus: false });
    if (button.dataset.do) act(item, button.dataset.do, button.dataset.new);
  } else if (button.dataset.part) {
    document.getElementById(button.dataset.part).scrollIntoView();
    showFilters(false);
  } else if (button.dataset.filter) {
    for (const facet of FACETS) filters[facet.key].clear();
    filters[button.dataset.filter].add(button.dataset.value);
    filtered();
    if (shownNow.length) go(shownNow[0]);
  }
}

function onInput(event) {
  const { facet } = event.target.dataset;
  if (event.target.id === "search") {
    search(event.target.value);
    filtered();
  } else if (facet) {
    if (event.target.checked) filters[facet].add(event.target.value);
    else filters[facet].delete(event.target.value);
    filtered();
  } else if (event.target.dataset.do === "why") {
    const { id } = event.target.closest(".card").dataset;
    const { why: _, ...rest } = decisions.get(id) || { verdict: "reject" };
    put(id, event.target.value ? { ...rest, why: event.target.value } : rest);
    keep();
  }
}

async function onLoad(event) {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file) return;
  try {
    const { taken, unknown } = fromFile(await file.text());
    redraw([...decisions.keys()]);
    openExport();
    say(`${counted(taken, "decision")} taken over${unknown ? `, ${unknown} are not about this page` : ""}`);
  } catch (error) {
    say(`${file.name} is no file of decisions: ${error.message}`);
  }
}

function showFilters(open) {
  document.body.classList.toggle("shows-filters", open);
  document.getElementById("show-filters").setAttribute("aria-expanded", String(open));
}

function listen() {
  const on = (id, does) => document.getElementById(id).addEventListener("click", does);
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  document.addEventListener("input", onInput);
  document.addEventListener("focusin", (event) => {
    const card = event.target.closest && event.target.closest(".card");
    if (card && (!current || current.id !== card.dataset.id)) go(byId.get(card.dataset.id), { focus: false });
  });
  window.addEventListener("hashchange", recall);
  window.addEventListener("beforeprint", () => blocks.forEach(fill));
  on("undo", takeBack);
  on("theme", nextTheme);
  on("help", KEY["?"]);
  on("export", openExport);
  on("download", download);
  on("accept-shown", () => decideShown("accept"));
  on("reject-shown", () => decideShown("reject"));
  on("clear-shown", () => decideShown(null));
  on("clear-filters", () => {
    document.getElementById("search").value = "";
    search("");
    for (const { key } of FACETS) filters[key].clear();
    filtered();
  });
  on("show-filters", () => showFilters(!document.body.classList.contains("shows-filters")));
  document.getElementById("load").addEventListener("change", onLoad);
  const near = new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen) if (isIntersecting) fill(target.block);
  }, { rootMargin: "1500px" });
  for (const block of blocks) near.observe(block.element);
}

load();
draw();
themed(keptTheme());
listen();
refreshProgress();
recall();
document.documentElement.dataset.ready = "";
