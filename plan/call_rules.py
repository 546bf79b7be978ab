"""What must hold of the calls that a plan names: functions which are given a table's name."""

from collections.abc import Iterator

from plan.errors import Problem, shown
from plan.model import Plan


def calls_are_names(plan: Plan) -> Iterator[Problem]:
    """Each call is a function's name, with what stands before it if that matters."""
    for api in plan.code.apis:
        if api.call and not all(part.isidentifier() for part in api.call.split(".")):
            what = f"{shown(api.call)} is no name of a function"
            mend = 'write it as callers do, without parentheses: "db.rows", or "rows"'
            yield Problem(f"{api.key}.call", what, mend)


def arguments_listed_once(plan: Plan) -> Iterator[Problem]:
    """No argument of a call is listed twice."""
    first: dict[tuple[str, str | int], str] = {}
    for api in plan.code.apis:
        for argument in api.arguments:
            there = first.setdefault((api.call, argument), api.key)
            if api.call and (there != api.key or api.arguments.count(argument) > 1):
                what = f"{shown(argument)} of {shown(api.call)} is already listed at {there}"
                yield Problem(f"{api.key}.argument", what, "list it once")
                break
