"""What must hold of the functions that a plan names, of those that are given a name and others."""

from collections.abc import Iterator

from plan.errors import Problem, shown
from plan.model import Plan


def parts_are_names(plan: Plan) -> Iterator[Problem]:
    """What a binding holds within are classes and functions, by their dotted names."""
    for binding in plan.code.bindings:
        for i, name in enumerate(binding.within, 1):
            if not all(part.isidentifier() for part in name.split(".")):
                what = f"{shown(name)} is no name of a class or function"
                mend = 'write "Store", "Store.save", or "save" for a function of the module'
                yield Problem(f"{binding.key}.within[{i}]", what, mend)


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
