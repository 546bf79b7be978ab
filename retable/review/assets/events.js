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
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]"))
    return;
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
  } else if (button.dataset.all) {
    const name = button.dataset.new;
    const made = button.closest(".block").block.shown;
    make(
      made.map((it) => [it.id, name ? { verdict: "accept", new: name } : { verdict: "reject" }]),
      `${counted(made.length, "place")}: ${name ? `accepted as ${name}` : "rejected"}`,
    );
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
    put(id, { ...decisions.get(id), verdict: "reject", why: event.target.value });
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
    say(
      `${counted(taken, "decision")} taken over${unknown ? `, ${unknown} are not about this page` : ""}`,
    );
  } catch (error) {
    say(`${file.name} is no file of decisions: ${error.message}`);
  }
}

function showFilters(open) {
  document.body.classList.toggle("shows-filters", open);
  document.getElementById("show-filters").setAttribute("aria-expanded", String(open));
}

// On paper nothing can be opened: what is shown is drawn, and remarks are read out.
function beforePrint() {
  blocks.forEach(fill);
  for (const it of document.querySelectorAll("#remarks details")) it.open = true;
}

function listen() {
  const on = (id, does) => document.getElementById(id).addEventListener("click", does);
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  document.addEventListener("input", onInput);
  document.addEventListener("focusin", (event) => {
    const card = event.target.closest && event.target.closest(".card");
    if (card && (!current || current.id !== card.dataset.id))
      go(byId.get(card.dataset.id), { focus: false });
  });
  window.addEventListener("hashchange", recall);
  window.addEventListener("beforeprint", beforePrint);
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
  const near = new IntersectionObserver(
    (seen) => {
      for (const { isIntersecting, target } of seen) if (isIntersecting) fill(target.block);
    },
    { rootMargin: "1500px" },
  );
  for (const block of blocks) near.observe(block.element);
}
