"""All that the page shows, as plain values: the same for the same code, plan and databases."""

import hashlib
import json
from pathlib import PurePosixPath
from typing import Any

from plan.model import Plan
from refactor.changes import Changes
from refactor.legacy import Legacy
from refactor.notes import Notes
from refactor.search import Search
from retable.review.figures import figures
from retable.review.items import items_of, standing_of


def facts_of(
    plan: Plan, legacy: Legacy, search: Search, changes: Changes, notes: Notes
) -> dict[str, Any]:
    """Gather it.

    Its key names the plan and the references: what was decided of others is not taken over.
    """
    items = items_of(search, standing_of(search, changes, legacy, plan.target))
    said = json.dumps(items, ensure_ascii=True, sort_keys=True).encode()
    return {
        "key": f"{plan.digest[:16]}-{hashlib.sha256(said).hexdigest()[:16]}",
        "plan": plan.file.name,
        "target": plan.target,
        "items": items,
        "figures": figures(plan, search, changes, notes, items),
    }


def without(facts: dict[str, Any], path: PurePosixPath) -> dict[str, Any]:
    """The same without the page itself, which an earlier run may have left among the code."""
    unseen = facts["figures"]["unseen"]
    unseen["others"] = [it for it in unseen["others"] if it["path"] != str(path)]
    return facts
