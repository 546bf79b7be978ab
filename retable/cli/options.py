"""Options that commands share."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial, wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

from plan.errors import Problem, ProblemsError

P = ParamSpec("P")
R = TypeVar("R")

PLAN_FILE = "retable.toml"

file_option = partial(click.option, type=click.Path(dir_okay=False, path_type=Path), metavar="FILE")
"""An option that names a file."""


def with_plan(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command `--plan`, and the plan in its place."""

    @click.option(
        "--plan",
        "plan_file",
        type=click.Path(path_type=Path),
        default=None,
        metavar="FILE",
        help=f"The plan. Default: {PLAN_FILE} here or in a folder above.",
    )
    @wraps(command)
    def with_plan(*args: P.args, **kwargs: P.kwargs) -> R:
        from plan.load import load_plan  # noqa: PLC0415 - each verb imports what it runs

        file = kwargs.pop("plan_file") or _nearest_plan()
        kwargs["plan"] = load_plan(Path(str(file)))
        return command(*args, **kwargs)

    return with_plan


def _nearest_plan() -> Path:
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / PLAN_FILE).is_file():
            return folder / PLAN_FILE
    what = "is neither here nor in a folder above"
    mend = "begin one with `retable init`, or name yours with --plan"
    raise ProblemsError((Problem(PLAN_FILE, what, mend),))


def with_docs(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command `--docs`, which says for one run what `code.docs` says in the plan."""

    @click.option(
        "--docs", is_flag=True, help="Also read documentation, as `docs = true` in the plan."
    )
    @wraps(command)
    def with_docs(*args: P.args, **kwargs: P.kwargs) -> R:
        plan: Any = kwargs["plan"]
        if kwargs.pop("docs"):
            kwargs["plan"] = replace(plan, code=replace(plan.code, docs=True))
        return command(*args, **kwargs)

    return with_docs


def with_decisions(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command `--decisions`, the answers that people gave."""
    return file_option(
        "--decisions",
        help="Obey what was accepted, rejected and answered, as `retable review` writes it.",
    )(command)


as_json = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people or for machines.",
)
