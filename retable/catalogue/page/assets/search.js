// Search: every word must be in a name, its table's name or its description, and one of them in
// what is not the table's name.

const { entries } = JSON.parse(document.getElementById("data").textContent);
const MOST = 60;
const found = document.getElementById("found");
const field = document.getElementById("search");

const known = entries.map((it) => ({
  ...it,
  folded: it.name.toLowerCase(),
  own: `${it.name} ${it.about || ""}`.toLowerCase(),
  all: `${it.name} ${it.of || ""} ${it.about || ""}`.toLowerCase(),
}));

// The whole name before its beginning, before a part of it, before what is said of it.
function rank(it, words) {
  const whole = words.join(" ");
  if (it.folded === whole) return 0;
  if (it.folded.startsWith(words[0])) return 1;
  if (words.every((word) => it.folded.includes(word))) return 2;
  return words.some((word) => it.folded.includes(word)) ? 3 : 4;
}

const KINDS = ["table", "view", "old name", "domain", "column", "index"];

function hitsOf(query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return null;
  return known
    .filter((it) => words.every((word) => it.all.includes(word)))
    .filter((it) => words.some((word) => it.own.includes(word)))
    .map((it, place) => [rank(it, words), KINDS.indexOf(it.kind), place, it])
    .sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2])
    .map((it) => it[3]);
}

function el(name, facts, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(facts)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function asItem(it) {
  const name = it.of ? `${it.of}.${it.name}` : it.name;
  const link = el("a", { href: `#${it.anchor}` }, name);
  if (it.kind === "column") link.dataset.column = it.name;
  const about = it.about ? el("span", { class: "quiet" }, ` ${it.about}`) : "";
  return el("li", {}, el("span", { class: "badge" }, it.kind), " ", link, about);
}

function search(query) {
  const hits = hitsOf(query);
  found.hidden = hits === null;
  if (hits === null) {
    found.replaceChildren();
    dimAllBut(null);
    return;
  }
  const count = hits.length === 1 ? "1 hit" : `${hits.length.toLocaleString("en")} hits`;
  const more = hits.length > MOST ? `the first ${MOST} of ${count}` : count;
  found.replaceChildren(
    el("h2", {}, "Found ", el("span", { class: "quiet", id: "count" }, more)),
    hits.length
      ? el("ul", { class: "plain hits card" }, ...hits.slice(0, MOST).map(asItem))
      : el("p", { class: "notice" }, "No table, column, old name or description has that."),
  );
  dimAllBut(new Set(hits.map((it) => it.table).filter(Boolean)));
  if (found.getBoundingClientRect().top < 0 || found.getBoundingClientRect().top > innerHeight / 2)
    scrollTo({ top: 0 });
}

// A table is gone to: it is shown which it is, and which of its columns.
function arrived(anchor, column) {
  const section = document.getElementById(anchor);
  if (!section) return;
  for (const it of document.querySelectorAll(".is-meant")) it.classList.remove("is-meant");
  section.classList.add("is-meant");
  if (column) {
    for (const row of section.querySelectorAll("tr[data-column]"))
      if (row.dataset.column === column) row.classList.add("is-meant");
  }
  if (section.dataset.table) follow(section.dataset.table);
}

function onSearchKey(event) {
  const links = [...found.querySelectorAll(".hits a")];
  if (event.key === "Escape") {
    field.value = "";
    search("");
    field.blur();
  } else if (event.key === "Enter" && links.length) {
    event.preventDefault();
    field.blur();
    links[0].click();
  } else if (event.key === "ArrowDown" && links.length) {
    event.preventDefault();
    links[0].focus();
  }
}

function onHitKey(event) {
  const links = [...found.querySelectorAll(".hits a")];
  const at = links.indexOf(document.activeElement);
  if (at < 0) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  (links[at + step] || field).focus();
}
