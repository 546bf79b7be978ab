// What is said besides: remarks, history that is in use, and what was not looked at.

function remarks() {
  const all = figures.remarks.reduce((sum, it) => sum + it.places.length, 0);
  if (!all) return null;
  return el(
    "section",
    { id: "remarks", class: "part" },
    el("h2", {}, "Remarks ", el("span", { class: "quiet" }, number(all))),
    el(
      "p",
      { class: "quiet" },
      "Places that no rename reaches, and that may mean something else in one file. Nothing is changed there.",
    ),
    figures.remarks.map(({ title, places }) =>
      el(
        "details",
        { class: "panel" },
        el("summary", {}, `${counted(places.length, "place")} ${title}`),
        grouped(places, (it) => `${it.why}\n${it.look}`).map((its) =>
          el(
            "div",
            { class: "remark" },
            el(
              "ul",
              { class: "plain places" },
              its.map((it) =>
                el(
                  "li",
                  {},
                  pathOf(it.path),
                  el("span", {}, `:${it.line}`),
                  el("code", {}, shown(it.what)),
                ),
              ),
            ),
            el(
              "p",
              {},
              shown(its[0].why),
              ". ",
              el("b", {}, "Look at this: "),
              shown(its[0].look),
              ".",
            ),
          ),
        ),
      ),
    ),
  );
}

function grouped(its, key) {
  const groups = new Map();
  for (const it of its) groups.set(key(it), [...(groups.get(key(it)) || []), it]);
  return [...groups.values()];
}

// Excluded files that live code uses: only the plan can say which they are.
function liveQuestions() {
  if (!figures.live.length) return null;
  const globs = figures.live.map((it) => `  ${it.glob},`).join("\n");
  return el(
    "section",
    { class: "block" },
    el(
      "h3",
      { class: "question" },
      "The plan excludes these files as history, and live code uses them: are they live?",
    ),
    el(
      "div",
      { class: "answers" },
      el("p", {}, "In [code] of the plan, say of each which it is:"),
      el(
        "div",
        { class: "choices" },
        copyable(
          `live = [  # these change with the rest of the code\n${globs}\n]`,
          "the lines for live files",
        ),
        copyable(`history = [  # these stay as they are\n${globs}\n]`, "the lines for history"),
      ),
    ),
    el(
      "ul",
      { class: "plain" },
      figures.live.map((it) =>
        el(
          "li",
          {},
          pathOf(it.path),
          el("span", { class: "quiet" }, " names ", shown(it.names.join(", "))),
          el(
            "ul",
            { class: "plain uses" },
            it.used.map((use) =>
              el(
                "li",
                {},
                shown(use),
                it.through.length ? `, by way of ${it.through.join(", ")}` : "",
              ),
            ),
          ),
        ),
      ),
    ),
  );
}

function unseen() {
  const { unreadable, history, migrations, others, skipped, derived } = figures.unseen;
  const files = (title, found) =>
    pairs(
      `${title}: ${counted(found.length, "file")} with ${counted(
        found.reduce((sum, it) => sum + it.hits, 0),
        "hit",
      )}`,
      found.map((it) => [it.path, it.hits]),
    );
  return el(
    "section",
    { id: "unseen", class: "part" },
    el("h2", {}, "Not looked at"),
    el(
      "div",
      { class: "panel" },
      history.length ? files("History, excluded by the plan", history) : null,
      migrations.length ? files("Migrations that have run", migrations) : null,
      others.length ? files("Kinds of files that are not read", others) : null,
      pairs(
        `Not followed: ${counted(skipped.length, "path")}`,
        skipped.map((it) => [it.path, it.why]),
      ),
      derived.length
        ? el(
            "p",
            {},
            "Schemas read from the code's CREATE TABLEs, since the files are not here: ",
            shown(derived.join(", ")),
            ".",
          )
        : null,
      history.length +
        migrations.length +
        others.length +
        skipped.length +
        derived.length +
        unreadable.length
        ? null
        : el("p", {}, "Nothing: every file that holds an old name was read."),
    ),
  );
}
