// One card for each edit and each question, in blocks: a file's edits, or questions of one answer.

const VERDICT = {
  proved: ["✓", "Proved"],
  mended: ["↑", "Mended"],
  "not checked": ["○", "Not checked"],
  broken: ["!", "Broken before"],
  idle: ["∅", "Creates nothing"],
  fault: ["✕", "Would break"],
};
const CERTAINTY_MARK = { question: "?", perhaps: "~", withheld: "‖", "left alone": "✕" };

// What stands in a place once the decisions are carried out, and the questions answered that it
// waits for; null where that is open.
function afterwards(item) {
  const decision = decisions.get(item.id);
  if (decision && decision.verdict === "reject") return item.old;
  if (decision && decision.new) return item.choices.find((it) => it.new === decision.new)?.written || decision.new;
  if (item.certainty === "left alone") return item.old;
  return item.new;
}

function piecesOf(line, item, side) {
  return line.slice(1).map((piece) => {
    if (typeof piece === "string") return shown(piece);
    const [text, id] = piece;
    const other = byId.get(id);
    const own = id === item.id ? "is-own" : "is-other";
    const after = afterwards(other);
    if (after === other.old) {
      const rejected = decisionOf(other) === "reject";
      return el("span", { class: `stays ${own}`, title: rejected ? "stays: rejected" : "stays" }, shown(text));
    }
    if (side === "before") return el("del", { class: own }, shown(text));
    const open = after === null || other.certainty === "withheld" ? " is-open" : "";
    return el("ins", { class: own + open }, after === null ? "?" : shown(after));
  });
}

function codeOf(item) {
  const rows = item.lines.map((line) => {
    const marked = line.slice(1).filter((it) => typeof it !== "string").map(([, id]) => byId.get(id));
    const changes = marked.some((it) => afterwards(it) !== it.old);
    return el("div", { class: changes ? "row changes" : "row" },
      el("span", { class: "number" }, String(line[0])),
      el("code", { class: "before" }, piecesOf(line, item, "before")),
      el("code", { class: "after" }, piecesOf(line, item, "after")));
  });
  return el("div", { class: "code", role: "group", "aria-label": "Before and after" }, rows);
}

function badge(kind, mark, text, title) {
  return el("span", { class: `badge is-${kind.replace(" ", "-")}`, title: title || null },
    el("span", { "aria-hidden": "true" }, mark), ` ${text}`);
}

function renameOf(item) {
  const after = afterwards(item);
  if (after === item.old) {
    return el("span", { class: "rename" }, brief(item.old), el("span", { class: "quiet" }, " stays"));
  }
  return el("span", { class: "rename" }, el("del", {}, brief(item.old)), " → ",
    after === null ? el("span", { class: "open" }, "?") : el("ins", {}, brief(after)));
}

function becauseOf(item) {
  const says = item.evidence.map(([, it]) => it).join("; ");
  const lines = [];
  if (says) lines.push(el("p", {}, el("b", {}, isAsked(item) ? "Seen: " : "Why: "), shown(says), "."));
  if (item.verdict) lines.push(el("p", {}, el("b", {}, "Statement: "), shown(item.verdict.says), "."));
  if (item.certainty === "withheld") {
    lines.push(el("p", {}, el("b", {}, "Withheld: "), "certain, and waits for the open questions about ",
      shown(item.table), " or what goes with it."));
  }
  if (item.why) lines.push(el("p", {}, el("b", {}, "Left alone: "), shown(item.why), "."));
  return el("div", { class: "because" }, lines);
}

function choicesOf(item) {
  return item.choices.map((choice, index) => el("button", {
    type: "button", class: "choice", "data-new": choice.new, "data-do": "choose",
    title: `accept with this name (${index + 1})`,
  }, el("span", { class: "glyph", "aria-hidden": "true" }, "✓ "), "It is ", el("b", {}, shown(choice.new)),
  item.kind === "table" && item.choices.length > 1 ? el("span", { class: "quiet" }, ` of ${choice.database}`) : null));
}

function actionsOf(item) {
  const reject = el("button", { type: "button", class: "reject", "data-do": "reject" },
    el("span", { class: "glyph", "aria-hidden": "true" }, "✕ "), isAsked(item) ? "No reference" : "Reject");
  const accept = isAsked(item) ? choicesOf(item) : el("button", { type: "button", class: "accept", "data-do": "accept" },
    el("span", { class: "glyph", "aria-hidden": "true" }, "✓ "), "Accept");
  return el("div", { class: "actions", role: "group", "aria-label": "Decide" }, accept, reject);
}

function factsOf(item) {
  if (item.kind === "path") return [item.clause === "path" ? "database path" : item.clause];
  if (isAsked(item) && item.choices.length > 1) return [item.clause]; // the rest is in the choices
  return [item.clause, item.domains.join(" or "), item.databases.join(" or ")].filter(Boolean);
}

function cardOf(item) {
  const mark = CERTAINTY_MARK[item.certainty];
  const [glyph, word] = item.verdict ? VERDICT[item.verdict.word] : [];
  const card = el("article", { class: "card", id: `at-${item.id}`, tabindex: -1, "data-id": item.id },
    el("header", { class: "head" },
      el("a", { class: "place", href: `#at=${item.id}`, title: `${item.path}:${item.line}:${item.column}` },
        isAsked(item) ? [pathOf(item.path), `:${item.line}`] : `${item.line}:${item.column}`),
      el("span", { class: "slot-rename" }),
      el("span", { class: "facts" }, factsOf(item).map((it) => el("span", {}, shown(it)))),
      el("span", { class: "badges" },
        mark ? badge(item.certainty, mark, CERTAINTY[item.certainty]) : null,
        item.verdict ? badge(item.verdict.word, glyph, word, item.verdict.says) : null),
      actionsOf(item)),
    el("div", { class: "slot-code" }),
    becauseOf(item),
    el("label", { class: "reason" }, "Why, for the record: ",
      el("input", { type: "text", "data-do": "why", placeholder: "optional" })));
  refreshed(card, item);
  return card;
}

// The parts of a card that follow from decisions.
function refreshed(card, item) {
  const decision = decisions.get(item.id);
  const verdict = decision ? decision.verdict : "open";
  card.dataset.verdict = verdict;
  card.setAttribute("aria-label",
    `${item.path} line ${item.line}: ${item.old}, ${CERTAINTY[item.certainty]}, ${DECISION[verdict]}`);
  card.querySelector(".slot-rename").replaceChildren(renameOf(item));
  card.querySelector(".slot-code").replaceChildren(codeOf(item));
  for (const button of card.querySelectorAll(".actions button")) {
    const pressed = button.dataset.do === "choose"
      ? verdict === "accept" && button.dataset.new === decision.new
      : button.dataset.do === verdict;
    button.setAttribute("aria-pressed", String(pressed));
  }
  card.querySelector(".reason").hidden = verdict !== "reject";
  const why = card.querySelector(".reason input");
  if (document.activeElement !== why) why.value = (decision && decision.why) || "";
}

// Blocks. Their cards are made when they are about to be seen, or all of them to be printed.

function fileBlocks() {
  const files = new Map();
  for (const item of items) {
    if (isAsked(item)) continue;
    if (!files.has(item.path)) files.set(item.path, []);
    files.get(item.path).push(item);
  }
  return [...files].flatMap(([path, its]) => inParts(its).map((some) => blockOf(some, () => [
    el("h3", { class: "file" }, pathOf(path), el("span", { class: "quiet count" })),
  ])));
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
    ? el("div", { class: "answers" },
      el("p", {}, answers.length > 1 ? "Add one of these to the plan, and run retable again:" : "Add this to the plan, and run retable again:"),
      el("div", { class: "choices" }, answers.map((it) => copyable(it, "the lines for the plan"))))
    : el("p", { class: "answers" }, "No line of the plan answers this; decide here, or by hand: ", shown(mend), ".");
  return [
    asked.map((it) => el("h3", { class: "question" }, shown(it))),
    el("span", { class: "quiet count" }), said,
  ];
}

function blockOf(its, head) {
  const cards = el("div", { class: "cards" });
  const block = { items: its, shown: its, element: el("section", { class: "block" }, head(), cards), cards, filled: false };
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
  block.items.forEach((item, index) => { block.cards.children[index].hidden = !visible.has(item); });
}

const CARD_HEIGHT = 240; // about: what is not drawn yet must have some height, or all would be drawn

function filterBlock(block) {
  block.shown = block.items.filter((it) => passes(it));
  block.element.hidden = !block.shown.length;
  const all = block.shown.length === block.items.length;
  const count = block.element.querySelector(".count");
  count.textContent = all ? counted(block.items.length, "place") : `${block.shown.length} of ${counted(block.items.length, "place")}`;
  if (block.filled) hideCards(block);
  else block.cards.style.minHeight = `${block.shown.length * CARD_HEIGHT}px`;
}
