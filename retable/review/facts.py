"""All that the page shows, as plain values: the same for the same code, plan and databases."""

import hashlib
import json
from pathlib import PurePosixPath
from typing import Any

from msgspec.structs import replace

from plan.model import Plan
from refactor.found import Search
from refactor.legacy import Legacy
from refactor.notes import Notes
from refactor.patches.changes import Changes
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


def without(search: Search, page: PurePosixPath) -> Search:
    """A search that has not seen the page which an earlier run left among the code."""
    others = tuple(it for it in search.others if it.path != page)
    return replace(search, others=others, looked_at=search.looked_at - 1)
