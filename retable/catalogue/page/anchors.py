"""What each part of the page is called in its address: the same as long as names are."""

import re

from plan.model import folded


def anchor_of(table: str) -> str:
    """The anchor of a table or view."""
    return f"table-{_plain(table)}"


def anchor_of_domain(domain: str) -> str:
    """The anchor of a domain."""
    return f"domain-{_plain(domain)}" if domain else "not-documented"


def _plain(name: str) -> str:
    # What no address can hold as it is, by its number; a dot begins it, and so stands for itself.
    return re.sub(r"[^a-z0-9_-]", lambda it: f".{ord(it[0]):x}.", folded(name))
