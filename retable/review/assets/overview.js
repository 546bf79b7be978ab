// The figures before the edits: what was searched, what came of it, and what was not looked at.

const figures = data.figures;
const number = (it) => (it || 0).toLocaleString("en");
const countOf = (certainty) => items.filter((it) => it.certainty === certainty).length;

function tile(value, what, more, tone) {
  return el(
    "li",
    { class: tone ? `tile is-${tone}` : "tile" },
    el("b", {}, number(value)),
    el("span", {}, what),
    more ? el("small", {}, more) : null,
  );
}

function tiles() {
  const edits = items.filter((it) => it.certainty === "certain");
  const paths = edits.filter((it) => it.kind === "path").length;
  const files = new Set(edits.map((it) => it.path)).size;
  const { counts, all } = figures.statements;
  const unread = figures.unseen.unreadable.length;
  const questions = countOf("question") + figures.live.length;
  const questionsSay =
    [
      countOf("question") ? `${number(countOf("question"))} in the code` : null,
      figures.live.length ? `${number(figures.live.length)} about history in use` : null,
    ]
      .filter(Boolean)
      .join(", ") || "nothing is open";
  return el(
    "ul",
    { class: "tiles" },
    unread
      ? tile(unread, `${unread === 1 ? "file" : "files"} not read`, "see above", "danger")
      : null,
    tile(
      edits.length,
      edits.length === 1 ? "edit" : "edits",
      `in ${counted(files, "file")}: ${counted(edits.length - paths, "table name")}, ${counted(paths, "path")}`,
    ),
    tile(
      questions,
      questions === 1 ? "question" : "questions",
      questionsSay,
      questions ? "attention" : null,
    ),
    tile(
      countOf("perhaps"),
      "perhaps",
      countOf("perhaps") ? "hold nothing up" : "nothing is doubtful",
    ),
    tile(
      countOf("withheld"),
      "withheld",
      countOf("withheld") ? "wait for an answer" : "nothing waits",
      countOf("withheld") ? "attention" : null,
    ),
    tile(
      counts.proved,
      counts.proved === 1 ? "statement proved" : "statements proved",
      `of ${number(all)} that name an old table`,
    ),
    tile(figures.looked_at, "files searched", unread ? null : "all of them read"),
  );
}

function row(cells, tag) {
  return el(
    "tr",
    {},
    cells.map((it, index) =>
      el(
        index || tag ? tag || "td" : "th",
        {
          class: typeof it === "number" ? (it ? "number" : "number quiet") : null,
          scope: tag ? "col" : index ? null : "row",
        },
        typeof it === "number" ? number(it) : it,
      ),
    ),
  );
}

function hitsTable() {
  const fates = {
    certain: "to change",
    review: "to review",
    perhaps: "perhaps",
    ignored: "no reference",
    history: "history, excluded by the plan",
  };
  const kinds = Object.keys(figures.hits);
  const rows = Object.entries(fates).map(([key, fate]) =>
    row([fate, ...kinds.map((kind) => figures.hits[kind][key])]),
  );
  const sum = row(["in all", ...kinds.map((kind) => figures.hits[kind].all)]);
  sum.className = "sum";
  return el(
    "section",
    { class: "panel" },
    el("h3", {}, "Every hit is accounted for"),
    el(
      "p",
      { class: "quiet" },
      "Each place where an old name stands as a word, and what it came to.",
    ),
    el("table", {}, el("thead", {}, row(["", ...kinds], "th")), el("tbody", {}, rows, sum)),
    pairs("Why some are no reference", figures.unseen.ignored),
  );
}

function pairs(title, found) {
  if (!found.length) return null;
  return el(
    "details",
    {},
    el("summary", {}, title),
    el(
      "table",
      {},
      el(
        "tbody",
        {},
        found.map(([why, count]) => row([shown(why), count])),
      ),
    ),
  );
}

function statements() {
  const { counts, all, reasons } = figures.statements;
  if (!all) return null;
  const known = Object.keys(VERDICT).filter((it) => counts[it]);
  const bar = el(
    "div",
    { class: "stack", "aria-hidden": "true" },
    known.map((it) => {
      const part = el("span", { class: `is-${it.replace(" ", "-")}` });
      part.style.flexGrow = counts[it];
      return part;
    }),
  );
  return el(
    "section",
    { class: "panel" },
    el("h3", {}, "Statements, compiled by SQLite before and after"),
    bar,
    el(
      "ul",
      { class: "legend" },
      Object.entries(VERDICT).map(([it, [mark, word]]) =>
        el(
          "li",
          { class: counts[it] ? null : "is-none quiet" },
          badge(it, mark, word),
          ` ${number(counts[it])}`,
        ),
      ),
    ),
    reasons.length ? el("p", { class: "quiet" }, "Not checked, since:") : null,
    reasons.length
      ? el(
          "ul",
          { class: "plain" },
          reasons.map(([why, count]) => el("li", {}, `${number(count)}: `, shown(why))),
        )
      : null,
  );
}

function tableOfTables() {
  const keys = ["certain", "withheld", "question", "perhaps", "left alone"];
  const used = keys.filter((key) => key === "certain" || tables.some((it) => it.counts[key]));
  const bodies = figures.domains.map((domain) => {
    const its = tables.map((it, index) => [it, index]).filter(([it]) => it.domain === domain.name);
    if (!its.length) return null;
    return el(
      "tbody",
      {},
      el(
        "tr",
        { class: "domain" },
        el(
          "th",
          { scope: "rowgroup", colspan: used.length + 2 },
          filterButton("domain", domain.name, domain.name),
          el("span", { class: "quiet" }, " ", shown(domain.about || "")),
        ),
      ),
      its.map(([it, index]) =>
        row([
          filterButton(
            "table",
            String(index),
            el(
              "span",
              { class: "rename" },
              el("del", {}, shown(it.old)),
              " → ",
              it.new ? el("ins", {}, shown(it.new)) : el("span", { class: "open" }, "goes away"),
            ),
          ),
          el("span", { class: "quiet" }, it.kind === "table" ? shown(it.database) : ""),
          ...used.map((key) => it.counts[key] || 0),
        ]),
      ),
    );
  });
  const head = {
    certain: "edits",
    withheld: "withheld",
    question: "questions",
    perhaps: "perhaps",
    "left alone": "left alone",
  };
  return el(
    "section",
    { class: "panel wide" },
    el("h3", {}, "By domain and table"),
    el(
      "div",
      { class: "scroll", tabindex: 0 },
      el(
        "table",
        { class: "tables" },
        el(
          "thead",
          {},
          row(["Table or database", "today in", ...used.map((it) => head[it])], "th"),
        ),
        bodies,
      ),
    ),
  );
}

function filterButton(key, value, label) {
  return el(
    "button",
    {
      type: "button",
      class: "link",
      "data-filter": key,
      "data-value": value,
      title: "show only these",
    },
    label,
  );
}

function withheld() {
  const { withheld: held, unproved } = figures;
  if (!held.length && !unproved.length) return null;
  return el(
    "section",
    { class: "panel wide" },
    el("h3", {}, "What waits, and for what"),
    el(
      "p",
      { class: "quiet" },
      "A rename that is applied in part is worse than none, so the places of a name stand or fall together, with its database.",
    ),
    el(
      "ul",
      { class: "plain" },
      held.map((it) =>
        el(
          "li",
          {},
          el("b", {}, shown(it.name)),
          ": ",
          [
            it.questions ? counted(it.questions, "open question") : null,
            it.held
              ? `${counted(it.held, "reference")} withheld${it.questions ? "" : " along with them"}`
              : null,
          ]
            .filter(Boolean)
            .join(", "),
        ),
      ),
      unproved.map((it) =>
        el("li", {}, el("b", {}, shown(it.path)), ": not rewritten, ", shown(it.why)),
      ),
    ),
  );
}

function unread() {
  const { unreadable } = figures.unseen;
  if (!unreadable.length) return null;
  return el(
    "div",
    { class: "notice is-danger", role: "alert" },
    el(
      "b",
      {},
      `${counted(unreadable.length, "file")} could not be read, and may hold the reference that matters:`,
    ),
    el(
      "ul",
      { class: "plain" },
      unreadable.map((it) => el("li", {}, shown(it.path), ": ", shown(it.why))),
    ),
  );
}

function overview() {
  return el(
    "section",
    { id: "overview", class: "part" },
    el("h1", {}, "The code's move to ", el("span", { class: "mono" }, shown(data.target))),
    unread(),
    tiles(),
    el("div", { class: "panels" }, hitsTable(), statements(), tableOfTables(), withheld()),
  );
}
