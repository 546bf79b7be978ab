// Blocks. Their cards are made when they are about to be seen, or all of them to be printed.

function fileBlocks() {
  const files = new Map();
  for (const item of items) {
    if (isAsked(item)) continue;
    if (!files.has(item.path)) files.set(item.path, []);
    files.get(item.path).push(item);
  }
  return [...files].flatMap(([path, its]) =>
    inParts(its).map((some) =>
      blockOf(some, () => [
        el("h3", { class: "file" }, pathOf(path), el("span", { class: "quiet count" })),
      ]),
    ),
  );
}

const MOST = 100; // of the cards that are made at once

function inParts(its) {
  const parts = [];
  for (let at = 0; at < its.length; at += MOST) parts.push(its.slice(at, at + MOST));
  return parts;
}

// Questions that one answer settles, together.
function questionBlocks(certainty) {
  const groups = new Map();
  for (const item of items) {
    if (item.certainty !== certainty) continue;
    const key = item.answers.length ? item.answers.join("\n\n") : `${item.question}\n${item.mend}`;
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(item);
  }
  return [...groups.values()].flatMap(inParts).map((its) => blockOf(its, () => questionHead(its)));
}

function questionHead(its) {
  const asked = [...new Set(its.map((it) => it.question))];
  const [{ answers, mend }] = its;
  const said = answers.length
    ? el(
        "div",
        { class: "answers" },
        el(
          "p",
          {},
          answers.length > 1
            ? "Add one of these to the plan, and run retable again:"
            : "Add this to the plan, and run retable again:",
        ),
        el(
          "div",
          { class: "choices" },
          answers.map((it) => copyable(it, "the lines for the plan")),
        ),
      )
    : el(
        "p",
        { class: "answers" },
        "No line of the plan answers this; decide here, or by hand: ",
        shown(mend),
        ".",
      );
  return [
    asked.map((it) => el("h3", { class: "question" }, shown(it))),
    el("span", { class: "quiet count" }),
    said,
    answersForAll(its),
  ];
}

// The answers that all of some questions have.
function answersForAll(its) {
  if (its.length < 2) return null;
  const names = its[0].choices
    .map((it) => it.new)
    .filter((name) => its.every((it) => it.choices.some((one) => one.new === name)));
  const button = (name, ...label) =>
    el("button", { type: "button", "data-all": name || "reject", "data-new": name }, label);
  return el(
    "div",
    { class: "for-all", role: "group", "aria-label": "Answer all of these" },
    el("span", { class: "quiet" }, `All ${its.length}:`),
    names.map((name) => button(name, "It is ", el("b", {}, shown(name)))),
    button(null, "No reference"),
  );
}

function blockOf(its, head) {
  const cards = el("div", { class: "cards" });
  const block = {
    items: its,
    shown: its,
    element: el("section", { class: "block" }, head(), cards),
    cards,
    filled: false,
  };
  block.element.block = block;
  for (const item of its) item.block = block;
  return block;
}

function fill(block) {
  if (block.filled) return;
  block.filled = true;
  block.cards.replaceChildren(...block.items.map(cardOf));
  block.cards.style.minHeight = "";
  hideCards(block);
}

function hideCards(block) {
  const visible = new Set(block.shown);
  block.items.forEach((item, index) => {
    block.cards.children[index].hidden = !visible.has(item);
  });
}

const CARD_HEIGHT = 240; // about: what is not drawn yet must have some height, or all would be drawn

function filterBlock(block) {
  block.shown = block.items.filter((it) => passes(it));
  block.element.hidden = !block.shown.length;
  const all = block.shown.length === block.items.length;
  const count = block.element.querySelector(".count");
  count.textContent = all
    ? counted(block.items.length, "place")
    : `${block.shown.length} of ${counted(block.items.length, "place")}`;
  if (block.filled) hideCards(block);
  else block.cards.style.minHeight = `${block.shown.length * CARD_HEIGHT}px`;
}
