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
  if (decision && decision.new)
    return item.choices.find((it) => it.new === decision.new)?.written || decision.new;
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
      return el(
        "span",
        { class: `stays ${own}`, title: rejected ? "stays: rejected" : "stays" },
        shown(text),
      );
    }
    if (side === "before") return el("del", { class: own }, shown(text));
    const open = after === null || other.certainty === "withheld" ? " is-open" : "";
    return el("ins", { class: own + open }, after === null ? "?" : shown(after));
  });
}

function codeOf(item) {
  const rows = item.lines.map((line) => {
    const marked = line
      .slice(1)
      .filter((it) => typeof it !== "string")
      .map(([, id]) => byId.get(id));
    const changes = marked.some((it) => afterwards(it) !== it.old);
    return el(
      "div",
      { class: changes ? "row changes" : "row" },
      el("span", { class: "number" }, String(line[0])),
      el("code", { class: "before" }, piecesOf(line, item, "before")),
      el("code", { class: "after" }, piecesOf(line, item, "after")),
    );
  });
  return el("div", { class: "code", role: "group", "aria-label": "Before and after" }, rows);
}

function badge(kind, mark, text, title) {
  return el(
    "span",
    { class: `badge is-${kind.replace(" ", "-")}`, title: title || null },
    el("span", { "aria-hidden": "true" }, mark),
    ` ${text}`,
  );
}

function renameOf(item) {
  const after = afterwards(item);
  if (after === item.old) {
    return el(
      "span",
      { class: "rename" },
      brief(item.old),
      el("span", { class: "quiet" }, " stays"),
    );
  }
  return el(
    "span",
    { class: "rename" },
    el("del", {}, brief(item.old)),
    " → ",
    after === null ? el("span", { class: "open" }, "?") : el("ins", {}, brief(after)),
  );
}

function becauseOf(item) {
  const says = item.evidence.map(([, it]) => it).join("; ");
  const lines = [];
  if (says)
    lines.push(el("p", {}, el("b", {}, isAsked(item) ? "Seen: " : "Why: "), shown(says), "."));
  if (item.verdict)
    lines.push(el("p", {}, el("b", {}, "Statement: "), shown(item.verdict.says), "."));
  if (item.certainty === "withheld") {
    lines.push(
      el(
        "p",
        {},
        el("b", {}, "Withheld: "),
        "certain, and waits for the open questions about ",
        shown(item.table),
        " or what goes with it.",
      ),
    );
  }
  if (item.why) lines.push(el("p", {}, el("b", {}, "Left alone: "), shown(item.why), "."));
  return el("div", { class: "because" }, lines);
}

function choicesOf(item) {
  return item.choices.map((choice, index) =>
    el(
      "button",
      {
        type: "button",
        class: "choice",
        "data-new": choice.new,
        "data-do": "choose",
        title: `accept with this name (${index + 1})`,
      },
      el("span", { class: "glyph", "aria-hidden": "true" }, "✓ "),
      "It is ",
      el("b", {}, shown(choice.new)),
      item.kind === "table" && item.choices.length > 1
        ? el("span", { class: "quiet" }, ` of ${choice.database}`)
        : null,
    ),
  );
}

function actionsOf(item) {
  const reject = el(
    "button",
    { type: "button", class: "reject", "data-do": "reject" },
    el("span", { class: "glyph", "aria-hidden": "true" }, "✕ "),
    isAsked(item) ? "No reference" : "Reject",
  );
  const accept = isAsked(item)
    ? choicesOf(item)
    : el(
        "button",
        { type: "button", class: "accept", "data-do": "accept" },
        el("span", { class: "glyph", "aria-hidden": "true" }, "✓ "),
        "Accept",
      );
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
  const card = el(
    "article",
    { class: "card", id: `at-${item.id}`, tabindex: -1, "data-id": item.id },
    el(
      "header",
      { class: "head" },
      el(
        "a",
        {
          class: "place",
          href: `#at=${item.id}`,
          title: `${item.path}:${item.line}:${item.column}`,
        },
        isAsked(item) ? [pathOf(item.path), `:${item.line}`] : `${item.line}:${item.column}`,
      ),
      el("span", { class: "slot-rename" }),
      el(
        "span",
        { class: "facts" },
        factsOf(item).map((it) => el("span", {}, shown(it))),
      ),
      el(
        "span",
        { class: "badges" },
        mark ? badge(item.certainty, mark, CERTAINTY[item.certainty]) : null,
        item.verdict ? badge(item.verdict.word, glyph, word, item.verdict.says) : null,
      ),
      actionsOf(item),
    ),
    el("div", { class: "slot-code" }),
    becauseOf(item),
    el(
      "label",
      { class: "reason" },
      "Why, for the record: ",
      el("input", { type: "text", "data-do": "why", placeholder: "optional" }),
    ),
  );
  refreshed(card, item);
  return card;
}

// The parts of a card that follow from decisions.
function refreshed(card, item) {
  const decision = decisions.get(item.id);
  const verdict = decision ? decision.verdict : "open";
  card.dataset.verdict = verdict;
  card.setAttribute(
    "aria-label",
    `${item.path} line ${item.line}: ${item.old}, ${CERTAINTY[item.certainty]}, ${DECISION[verdict]}`,
  );
  card.querySelector(".slot-rename").replaceChildren(renameOf(item));
  card.querySelector(".slot-code").replaceChildren(codeOf(item));
  for (const button of card.querySelectorAll(".actions button")) {
    const pressed =
      button.dataset.do === "choose"
        ? verdict === "accept" && button.dataset.new === decision.new
        : button.dataset.do === verdict;
    button.setAttribute("aria-pressed", String(pressed));
  }
  card.querySelector(".reason").hidden = verdict !== "reject";
  const why = card.querySelector(".reason input");
  if (document.activeElement !== why) why.value = (decision && decision.why) || "";
}
