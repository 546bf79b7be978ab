"""Modules that are history by their nature: migrations that have run, and never run again."""

from refactor.python.outline import Outline, Scope


def framework_of(outline: Outline) -> str | None:
    """Whose migration a module is, if it is one."""
    assigned = {name for scope, name, _ in outline.assigned if scope == Scope()}
    if {"revision", "down_revision"} <= assigned:
        return "Alembic"
    imported = {f"{module}.{name}" for _, module, name in outline.imports}
    migrates = imported & {"django.db.migrations", "django.db.migrations.Migration"}
    if migrates and any(base == "Migration" for _, base in outline.bases):
        return "Django"
    return None
