// The page comes together: its parts in their order, what of them is shown, what is decided.

const main = document.getElementById("main");
const questionGroups = questionBlocks("question");
const perhapsGroups = questionBlocks("perhaps");
const edits = fileBlocks();
const blocks = [...questionGroups, ...perhapsGroups, ...edits];
const order = blocks.flatMap((it) => it.items);
let current = null;

function part(id, title, about, its, ...more) {
  return el(
    "section",
    { id, class: "part" },
    el("h2", {}, title, " ", el("span", { class: "quiet", "data-total": id })),
    el("p", { class: "quiet" }, about),
    more,
    its.map((it) => it.element),
  );
}

function draw() {
  const live = liveQuestions();
  main.append(
    overview(),
    questionGroups.length || live
      ? part(
          "questions",
          "Questions",
          "What retable does not guess. A table waits for its questions.",
          questionGroups,
          live,
        )
      : "",
    perhapsGroups.length
      ? part(
          "perhaps",
          "Perhaps",
          "What may be a reference, and may as well be something else. It holds nothing up.",
          perhapsGroups,
        )
      : "",
    remarks() || "",
    part(
      "edits",
      "Edits",
      "Certain, each with its evidence. They are made unless you reject them; what is withheld waits for an answer first.",
      edits,
    ),
    el(
      "p",
      { class: "notice", id: "nothing", hidden: true },
      items.length
        ? "Nothing is shown with these filters."
        : "No string of the code names an old table or a database that moves: there is nothing to change.",
    ),
    unseen(),
  );
  document.getElementById("bar").append(...barOf());
  document.getElementById("filters").append(...filtersOf());
  document.body.append(helpDialog(), exportDialog());
}

// Shown and hidden.

let shownNow = order;

function refreshShown() {
  blocks.forEach(filterBlock);
  refreshFilters();
  const shown = (shownNow = blocks.flatMap((it) => it.shown));
  document.getElementById("shown-says").textContent = isFiltered()
    ? `${number(shown.length)} of ${number(items.length)} shown`
    : `${number(items.length)} shown`;
  document.getElementById("clear-filters").hidden = !isFiltered();
  document.getElementById("nothing").hidden = shown.length > 0;
  const of = (certainty) => shown.filter((it) => it.certainty === certainty).length;
  const asked = of("question") + (isFiltered() ? 0 : figures.live.length);
  const counts = {
    questions: asked,
    perhaps: of("perhaps"),
    edits: shown.filter((it) => !isAsked(it)).length,
    remarks: figures.remarks.reduce((sum, it) => sum + it.places.length, 0),
  };
  for (const [id, count] of Object.entries(counts)) {
    for (const it of document.querySelectorAll(`[data-total="${id}"], [data-count="${id}"]`))
      it.textContent = number(count);
  }
  const active = FACETS.reduce((sum, it) => sum + filters[it.key].size, 0);
  document.getElementById("show-filters").textContent = active ? `Filters (${active})` : "Filters";
}

function refreshProgress() {
  document.getElementById("progress").value = decisions.size;
  document.getElementById("progress-says").textContent =
    `${number(decisions.size)} of ${number(items.length)} decided`;
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
    return make(
      [[item.id, again ? null : { verdict: "reject" }]],
      again ? "open again" : "rejected",
    );
  }
  const decision = acceptance(item, name);
  if (!decision) {
    const first = document.querySelector(`#at-${item.id} .choice`);
    if (first) first.focus();
    return say(
      item.choices.length
        ? "choose a name: 1, 2, …"
        : "there is no new name for it: change it by hand",
    );
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
  const made = shownNow
    .map((it) => [it.id, verdict === "accept" ? acceptance(it) : verdict && { verdict }])
    .filter(([id, it]) => (verdict === "accept" ? it && !isAsked(byId.get(id)) : true));
  make(
    made,
    `${counted(made.length, "place")}: ${verdict ? DECISION[verdict].toLowerCase() : "open again"}`,
  );
}
