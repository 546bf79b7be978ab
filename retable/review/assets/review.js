// What there is to decide, what has been decided, and which of it is shown. It draws nothing.

const data = JSON.parse(document.getElementById("data").textContent);
const items = data.items;
const byId = new Map(items.map((it) => [it.id, it]));
const STORE = `retable-review:${data.key}`;

const CERTAINTY = {
  certain: "Certain",
  question: "Question",
  perhaps: "Perhaps",
  withheld: "Withheld",
  "left alone": "Left alone",
};
const KIND = { table: "Table name", path: "Database path" };
const DECISION = { open: "Open", accept: "Accepted", reject: "Rejected" };

const isAsked = (item) => item.certainty === "question" || item.certainty === "perhaps";

// The tables and files of the plan that an item belongs to; several where that is in question.
const tables = data.figures.tables;
const tableKey = (kind, database, name) => JSON.stringify([kind, database, name.toLowerCase()]);
const tableAt = new Map(tables.map((it, index) => [tableKey(it.kind, it.database, it.old), index]));

function tablesOf(item) {
  const found = item.databases.map((it) => tableAt.get(tableKey(item.kind, it, item.table)));
  const known = found.filter((it) => it !== undefined).map(String);
  return known.length ? known : [`other:${item.table}`];
}

function tableName(key) {
  const table = tables[Number(key)];
  if (!table) return key.replace("other:", "");
  return table.new ? `${table.old} → ${table.new}` : table.old;
}

for (const item of items) {
  item.tables = tablesOf(item);
  const code = item.lines.flatMap(([, ...pieces]) =>
    pieces.map((it) => (typeof it === "string" ? it : it[0])),
  );
  const says = item.evidence.map(([, it]) => it);
  item.haystack = [
    item.path,
    item.old,
    item.new,
    item.clause,
    item.question,
    item.id,
    ...item.databases,
    ...says,
    ...code,
  ]
    .join("\n")
    .toLowerCase();
}

// Which items show an edit or a question among their lines: itself, and those around it.
const showing = new Map(items.map((it) => [it.id, []]));
for (const item of items) {
  const ids = item.lines.flatMap(([, ...pieces]) =>
    pieces.filter((it) => typeof it !== "string").map(([, id]) => id),
  );
  for (const id of new Set([item.id, ...ids])) showing.get(id).push(item);
}

// Decisions. Each step remembers what was there before, so that it can be taken back.

let decisions = new Map();
let steps = [];

function decisionOf(item) {
  const decision = decisions.get(item.id);
  return decision ? decision.verdict : "open";
}

function load() {
  try {
    const kept = JSON.parse(localStorage.getItem(STORE) || "{}");
    decisions = new Map(Object.entries(kept).filter(([id]) => byId.has(id)));
  } catch {
    decisions = new Map();
  }
}

function keep() {
  try {
    if (decisions.size) localStorage.setItem(STORE, JSON.stringify(Object.fromEntries(decisions)));
    else localStorage.removeItem(STORE);
    return true;
  } catch {
    return false; // storage is off, or full: decisions last as long as the page is open
  }
}

function put(id, decision) {
  if (decision) decisions.set(id, decision);
  else decisions.delete(id);
}

// `made` is a list of [id, decision or null].
function decide(made) {
  steps.push(made.map(([id]) => [id, decisions.get(id) || null]));
  for (const [id, decision] of made) put(id, decision);
  return keep();
}

function undo() {
  const step = steps.pop();
  if (!step) return [];
  for (const [id, decision] of step) put(id, decision);
  keep();
  return step.map(([id]) => id);
}

// A question can only be accepted with a name; without a choice, with the only one there is.
function acceptance(item, name) {
  if (!isAsked(item)) return { verdict: "accept" };
  const chosen = name || (item.choices.length === 1 ? item.choices[0].new : null);
  return chosen ? { verdict: "accept", new: chosen } : null;
}

// The tables and databases of which some edits are rejected, and others are not.
function changedInPart() {
  const found = new Map();
  for (const item of items.filter((it) => !isAsked(it))) {
    const [key] = item.tables;
    const counts = found.get(key) || { key, all: 0, rejected: 0 };
    counts.all += 1;
    if (decisionOf(item) === "reject") counts.rejected += 1;
    found.set(key, counts);
  }
  return [...found.values()].filter((it) => it.rejected && it.rejected < it.all);
}

// The file that `retable apply --decisions` reads; docs/review.md describes it.
function decisionsFile() {
  const said = items
    .filter((it) => decisions.has(it.id))
    .map((it) => {
      const { verdict, new: name, why } = decisions.get(it.id);
      return [
        ["id", it.id],
        ["verdict", verdict],
        ["new", name],
        ["path", it.path],
        ["line", it.line],
        ["old", it.old],
        ["why", why],
      ];
    });
  const lines = said.map(
    (it) =>
      `  {${it
        .filter(([, value]) => value)
        .map(([key, value]) => `"${key}": ${spelled(value)}`)
        .join(", ")}}`,
  );
  return `{"retable": "decisions", "version": 1,\n "decisions": [${lines.length ? `\n${lines.join(",\n")}\n ` : ""}]}\n`;
}

// As the command line spells it, so that both write the same file for the same decisions.
function spelled(value) {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (it) => `\\u${it.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

// The reverse: what a file decides here, and how many of its ids are not here (any more).
function fromFile(text) {
  const file = JSON.parse(text);
  if (file.retable !== "decisions" || !Array.isArray(file.decisions))
    throw new Error("not a file of decisions");
  const known = file.decisions.filter(
    (it) => byId.has(it.id) && ["accept", "reject"].includes(it.verdict),
  );
  decide(
    known.map(({ id, verdict, new: name, why }) => [
      id,
      { verdict, ...(name ? { new: name } : {}), ...(why ? { why } : {}) },
    ]),
  );
  return { taken: known.length, unknown: file.decisions.length - known.length };
}

// Filters. Within one of them any value will do; all of them must agree.

const FACETS = [
  {
    key: "certainty",
    title: "Certainty",
    of: (it) => [it.certainty],
    name: (it) => CERTAINTY[it],
    order: Object.keys(CERTAINTY),
  },
  {
    key: "decision",
    title: "Decision",
    of: (it) => [decisionOf(it)],
    name: (it) => DECISION[it],
    order: Object.keys(DECISION),
    always: true,
  },
  {
    key: "kind",
    title: "Kind",
    of: (it) => [it.kind],
    name: (it) => KIND[it],
    order: Object.keys(KIND),
  },
  {
    key: "domain",
    title: "Domain",
    of: (it) => it.domains,
    name: (it) => it,
    order: data.figures.domains.map((it) => it.name),
  },
  {
    key: "table",
    title: "Table or database",
    of: (it) => it.tables,
    name: tableName,
    order: tables.map((_, index) => String(index)),
  },
  { key: "file", title: "File", of: (it) => [it.path], name: (it) => it, order: [], path: true },
];

for (const facet of FACETS) {
  const present = new Set(items.flatMap((it) => facet.of(it)));
  const rest = [...present].filter((it) => !facet.order.includes(it));
  facet.values = [...facet.order.filter((it) => facet.always || present.has(it)), ...rest];
}

const filters = Object.fromEntries(FACETS.map((it) => [it.key, new Set()]));
let query = "";
let words = [];

function search(text) {
  query = text;
  words = text.toLowerCase().split(/\s+/).filter(Boolean);
}

function passes(item, except) {
  return (
    words.every((it) => item.haystack.includes(it)) &&
    FACETS.every(
      (facet) =>
        facet.key === except ||
        !filters[facet.key].size ||
        facet.of(item).some((it) => filters[facet.key].has(it)),
    )
  );
}

// How many items each value of a filter would show, given all the other filters.
function countsOf(facet) {
  const counts = new Map();
  for (const item of items) {
    if (passes(item, facet.key))
      for (const it of facet.of(item)) counts.set(it, (counts.get(it) || 0) + 1);
  }
  return counts;
}

function filtersAsHash() {
  const said = new URLSearchParams();
  if (query) said.set("q", query);
  for (const { key } of FACETS) for (const value of filters[key]) said.append(key, value);
  return said;
}

function filtersFromHash(said) {
  search(said.get("q") || "");
  for (const { key, values } of FACETS)
    filters[key] = new Set(said.getAll(key).filter((it) => values.includes(it)));
}

const isFiltered = () => Boolean(query) || FACETS.some((it) => filters[it.key].size);
