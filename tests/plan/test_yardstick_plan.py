from collections import Counter
from pathlib import Path

import pytest

from plan.load import load_plan
from plan.model import Action, MergeRule

PLANS = Path(__file__).parents[2] / "fixtures" / "plans"


@pytest.fixture(scope="module")
def plan():
    return load_plan(PLANS / "yardstick.toml")


def test_it_folds_nine_databases_into_two(plan):
    assert Counter(database.action for database in plan.databases) == {
        Action.TARGET: 1,
        Action.MERGE: 5,
        Action.KEEP: 1,
        Action.DELETE: 2,
    }


def test_it_carries_every_table(plan):
    moves = {(table.database, table.old): table.new for table in plan.tables}
    assert moves == {
        ("data/roadmap.db", "roadmap_items"): "roadmap_priority",
        ("data/roadmap.db", "roadmap_audit"): "roadmap_audit",
        ("data/roadmap.db", "roadmap_metadata"): "roadmap_metadata",
        ("data/roadmap.db", "roadmap_update_notifications"): "roadmap_notification",
        ("data/roadmap.db", "technical_specs"): "specs_specification",
        ("data/roadmap.db", "implementation_tasks"): "specs_task",
        ("data/roadmap.db", "code_reviews"): "review_code_review",
        ("data/roadmap.db", "implementation_commits"): "review_commit",
        ("data/roadmap.db", "notifications"): "notification_roadmap",
        ("data/roadmap.db", "audit_trail"): "system_audit",
        ("data/roadmap.db", "schema_metadata"): "system_schema_metadata",
        ("data/orchestrator.db", "agent_lifecycle"): "orchestrator_agent_lifecycle",
        ("data/orchestrator.db", "orchestrator_state"): "orchestrator_state",
        ("data/orchestrator.db", "orchestrator_tasks"): "orchestrator_task",
        ("data/orchestrator.db", "bugs"): "orchestrator_bug",
        ("data/notifications.db", "notifications"): "notification_user",
        ("data/notifications.db", "system_state"): "notification_system_state",
        ("data/agent_messages.db", "agent_messages"): "messaging_agent_message",
        ("coffee_maker.db", "task_group_dependencies"): "specs_task_dependency",
        ("coffee_maker.db", "schema_metadata"): "system_schema_metadata",
        ("data/task_metrics.db", "subtask_metrics"): "metrics_subtask",
    }


def test_it_says_how_the_two_schema_metadata_meet(plan):
    rules = {table.database: table.merge for table in plan.tables if table.old == "schema_metadata"}
    assert rules == {
        "data/roadmap.db": MergeRule.REFUSE,
        "coffee_maker.db": MergeRule.KEEP_TARGET,
    }


def test_it_leaves_two_empty_tables_behind(plan):
    assert [(skip.database, skip.table, skip.claim) for skip in plan.skips] == [
        ("coffee_maker.db", "commits", "empty"),
        ("coffee_maker.db", "implementation_tasks", "empty"),
    ]


def test_everything_in_it_says_what_it_is_about(plan):
    assert all(item.about for item in (*plan.databases, *plan.domains, *plan.tables))
