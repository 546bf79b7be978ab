"""What retable itself writes into a target, by name: nothing of the user's may be called so."""

JOURNAL = "retable_journal"
REJECTS = "retable_rejects"
OWN_TABLES = (JOURNAL, REJECTS)
"""Tables that retable keeps in the target, besides the one that documents all tables."""
CATALOG = "retable_catalog"
"""The table that documents all tables, unless the plan gives it another name."""
OWN_VIEWS = ("retable_tables", "retable_columns", "retable_relations", "retable_queries")
"""Views over the table that documents all tables."""
OWN_DOMAIN = "retable"
"""What its own tables and views belong to."""
OWN_SCRIPT = "-- Printed by retable migrate --dry-run."
"""How a script begins that retable has printed: it names old tables, and is nobody's code."""
