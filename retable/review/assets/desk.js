// The bar above, the filters beside, the dialogs: what a reader works with.

const FILE = "retable-decisions.json";
const COMMAND = `retable apply --decisions ${FILE}`;

function barOf() {
  return [
    el("span", { class: "brand" }, el("b", {}, "retable"), " review"),
    el(
      "label",
      { class: "search" },
      el("span", { class: "visually-hidden" }, "Search"),
      el("input", {
        type: "search",
        id: "search",
        placeholder: "Search paths, names, code  ( / )",
        autocomplete: "off",
        spellcheck: "false",
      }),
    ),
    el(
      "span",
      { class: "progress" },
      el("progress", { id: "progress", max: items.length || 1, value: 0, "aria-label": "Decided" }),
      el("span", { id: "progress-says" }),
    ),
    el(
      "span",
      { class: "tools" },
      el(
        "button",
        {
          type: "button",
          class: "only-narrow",
          id: "show-filters",
          "aria-expanded": "false",
          "aria-controls": "filters",
        },
        "Filters",
      ),
      el(
        "button",
        { type: "button", id: "undo", title: "take back the last decision (u)" },
        "Undo",
      ),
      el("button", { type: "button", id: "theme" }, THEMES.auto),
      el(
        "button",
        { type: "button", id: "help", "aria-label": "Help: keys", title: "keys (?)" },
        "?",
      ),
      el("button", { type: "button", class: "primary", id: "export" }, "Export"),
    ),
  ];
}

function filtersOf() {
  const nav = el(
    "nav",
    { "aria-label": "Parts" },
    el(
      "ul",
      { class: "plain parts" },
      [
        ["overview", "Overview"],
        ["questions", "Questions"],
        ["perhaps", "Perhaps"],
        ["remarks", "Remarks"],
        ["edits", "Edits"],
        ["unseen", "Not looked at"],
      ]
        .filter(([id]) => document.getElementById(id))
        .map(([id, name]) =>
          el(
            "li",
            {},
            el(
              "button",
              { type: "button", class: "link", "data-part": id },
              name,
              el("span", { class: "number", "data-count": id }),
            ),
          ),
        ),
    ),
  );
  const facets = FACETS.filter((it) => it.values.length > 1).map((facet) => {
    const choices = facet.values.map((value) =>
      el(
        "label",
        { class: "value" },
        el("input", { type: "checkbox", "data-facet": facet.key, value }),
        facet.path
          ? pathOf(value)
          : el("span", { class: "path", title: facet.name(value) }, breakable(facet.name(value))),
        el("span", { class: "number" }),
      ),
    );
    return el(
      "fieldset",
      { id: `facet-${facet.key}` },
      el("legend", {}, facet.title),
      el("div", { class: "values" }, choices),
    );
  });
  return [
    nav,
    el(
      "div",
      { class: "shown" },
      el("b", { id: "shown-says" }),
      el("button", { type: "button", class: "link", id: "clear-filters" }, "Clear filters"),
    ),
    ...facets,
    el(
      "fieldset",
      { class: "bulk" },
      el("legend", {}, "All that is shown"),
      el("button", { type: "button", id: "accept-shown" }, "Accept edits"),
      el("button", { type: "button", id: "reject-shown" }, "Reject all"),
      el("button", { type: "button", id: "clear-shown" }, "Clear decisions"),
    ),
  ];
}

function refreshFilters() {
  for (const facet of FACETS) {
    const counts = countsOf(facet);
    for (const box of document.querySelectorAll(`[data-facet="${facet.key}"]`)) {
      const count = counts.get(box.value) || 0;
      box.checked = filters[facet.key].has(box.value);
      box.parentElement.querySelector(".number").textContent = number(count);
      box.parentElement.classList.toggle("is-empty", !count);
    }
  }
}

// Dialogs.

const KEYS = [
  ["j, k", "next, previous"],
  ["n", "next that is open"],
  ["a", "accept"],
  ["1 … 9", "accept a question with that name"],
  ["r", "reject; a question: it is no reference"],
  ["u", "take back the last decision"],
  ["/", "search"],
  ["e", "export"],
  ["t", "light or dark"],
  ["Esc", "leave the search, close this"],
  ["?", "this help"],
];

function helpDialog() {
  return dialog(
    "help-dialog",
    "Keys",
    el(
      "table",
      {},
      el(
        "tbody",
        {},
        KEYS.map(([key, what]) =>
          el("tr", {}, el("th", { scope: "row" }, el("kbd", {}, key)), el("td", {}, what)),
        ),
      ),
    ),
    el(
      "p",
      { class: "quiet" },
      "What you do not decide is done as the page says: certain edits are made, questions stay open. Decisions are kept in this browser until you export them.",
    ),
  );
}

function exportDialog() {
  const area = el("textarea", {
    id: "decisions",
    readonly: true,
    rows: 8,
    spellcheck: "false",
    "aria-label": "The decisions file",
  });
  const copy = el("button", { type: "button", id: "copy-decisions" }, "Copy");
  copy.addEventListener("click", () => copied(area.value, copy));
  const input = el("input", {
    type: "file",
    accept: ".json,application/json",
    id: "load",
    class: "visually-hidden",
  });
  return dialog(
    "export-dialog",
    "Export your decisions",
    el("p", { id: "export-says" }),
    el("div", { id: "export-in-part" }),
    el(
      "p",
      { class: "buttons" },
      el(
        "button",
        { type: "button", class: "primary", id: "download", autofocus: true },
        `Download ${FILE}`,
      ),
      copy,
      el("label", { class: "button" }, input, "Load decisions…"),
    ),
    el("p", {}, "Then, beside the plan:"),
    copyable(COMMAND, "the command"),
    el(
      "p",
      { class: "quiet" },
      "The same with ",
      el("code", {}, "retable patch"),
      ". What you rejected stays as it is; what you did not decide is done as the page says.",
    ),
    area,
  );
}

function dialog(id, title, ...content) {
  const close = el("button", { type: "button", class: "close", "aria-label": "Close" }, "✕");
  const made = el(
    "dialog",
    { id, "aria-labelledby": `${id}-title` },
    el("header", {}, el("h2", { id: `${id}-title` }, title), close),
    content,
  );
  close.addEventListener("click", () => made.close());
  made.addEventListener("click", (event) => {
    if (event.target === made) made.close();
  });
  return made;
}

function warning() {
  const found = changedInPart();
  if (!found.length) return null;
  return el(
    "div",
    { class: "notice" },
    el("b", {}, "Changed in part: what you rejected keeps a name that the database loses."),
    el(
      "ul",
      { class: "plain" },
      found.map(({ key, all, rejected }) =>
        el("li", {}, `${tableName(key)}: ${rejected} of ${counted(all, "place")}`),
      ),
    ),
  );
}

function openExport() {
  const file = decisionsFile();
  const verdicts = [...decisions.values()].map((it) => it.verdict);
  const accepted = verdicts.filter((it) => it === "accept").length;
  document.getElementById("export-says").textContent =
    `${number(accepted)} accepted, ${number(verdicts.length - accepted)} rejected, ${number(items.length - verdicts.length)} open.`;
  document.getElementById("export-in-part").replaceChildren(warning() || "");
  document.getElementById("decisions").value = file;
  const made = document.getElementById("export-dialog");
  if (!made.open) made.showModal();
}

function download() {
  const link = el("a", {
    href: URL.createObjectURL(new Blob([decisionsFile()], { type: "application/json" })),
    download: FILE,
  });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  say(`${FILE}: ${counted(decisions.size, "decision")}`);
}
