"""Drafts of the demo's plan: what a document gives, and what of that the demo's plan denies."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from plan.draft.document.reading import read_document
from plan.draft.settle.drafting import Drafted, draft_of
from plan.draft.settle.places import places_of
from plan.draft.toml import toml_of
from retable.found import database_files, files_found

OPEN = ("?", ["?"])


class Drafter:
    """Drafts plans of one folder, and looks into its databases once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.on_disk = database_files(root)
        self.found = {}

    def drafted(self, document: str) -> tuple[str, Drafted]:
        """The text of the plan file, and the draft."""
        statements = read_document(document)
        places = places_of(statements, self.on_disk)
        if places.paths not in self.found:
            self.found[places.paths] = files_found(self.root, places.paths, self.on_disk)
        files = self.found[places.paths]
        result = draft_of(statements, places, files, name="PLAN.md", origin="PLAN.md")
        return toml_of(result.draft), result

    def plan(self, document: str) -> str:
        return self.drafted(document)[0]


@dataclass(frozen=True)
class Compared:
    """How a draft differs from the plan that is right."""

    wrong: list[tuple]
    """What it says, and the plan does not."""
    missing: set[tuple]
    """What the plan says, and it neither says nor asks."""


def facts_of(plan: str) -> dict[tuple, object]:
    """Everything that a plan file says, by what it says it of."""
    data = tomllib.loads(plan)
    facts: dict[tuple, object] = {("plan", key): value for key, value in data["plan"].items()}
    for database in data["database"]:
        facts |= {("database", database["path"], key): it for key, it in database.items()}
    for domain in data.get("domain", []):
        facts |= {
            ("domain", domain["name"], key): it for key, it in domain.items() if key != "table"
        }
        for said in domain.get("table", []):
            table = {"to": said["from"], "domain": domain["name"], **said}
            facts |= {("table", table["from"], table["in"], key): it for key, it in table.items()}
    for skip in data.get("skip", []):
        facts |= {("skip", skip["table"], skip["in"], key): it for key, it in skip.items()}
    code = data.get("code", {})
    facts |= {("code", key): code[key] for key in ("exclude", "history") if key in code}
    for binding in code.get("binding", []):
        facts["binding", binding["paths"]] = binding["database"]
    return facts


def compared(draft: str, plan: str) -> Compared:
    """Compare a draft with the plan that is right; what it asks is neither right nor wrong."""
    told, right = facts_of(draft), facts_of(plan)
    asked = {key[:-1] for key, it in told.items() if it in OPEN}
    wrong = [
        (key, value, right.get(key))
        for key, value in told.items()
        if value not in OPEN
        and "?" not in key
        and right.get(key) != value
        # Of a table that is asked about, or stands in a domain that is, nothing is certain.
        and not (key[:-1] in asked and key not in right and key[-1] in ("from", "in", "domain"))
    ]
    return Compared(wrong, set(right) - set(told))
