"""docs/reference.md: commands, options, exit statuses and keys of the plan, out of the code."""

import re
from collections.abc import Iterator
from inspect import cleandoc

import click

from plan.keys import SECTIONS, Key, Keys
from retable.cli.group import STATUSES, main

_INTRODUCTION = (
    "Made of the code by `make docs`. What each key is for, and what is refused, is told in"
    " [the plan file](plan.md); the rules of the check are on [a page of their own](rules.md)."
)
_ENVIRONMENT = (
    ("NO_COLOR", "no colours, whatever it is set to"),
    ("RETABLE_WORKERS", "how many processes search the code; without it, as many as are worth it"),
    ("TMPDIR", "where a copy of a database in another encoding lies for a while"),
)


def as_markdown() -> str:
    """The whole page."""
    parts = [
        "# Reference",
        _INTRODUCTION,
        "## Exit statuses",
        _table(("status", "meaning"), ((str(it), STATUSES[it]) for it in sorted(STATUSES))),
        "## Environment",
        _table(("variable", "meaning"), ((f"`{name}`", it) for name, it in _ENVIRONMENT)),
        "## Commands",
        *(part for name in sorted(main.commands) for part in _command(main.commands[name])),
        "## Keys of the plan",
        *(part for section in SECTIONS for part in _section(section)),
    ]
    return "\n\n".join(parts) + "\n"


def _command(command: click.Command) -> Iterator[str]:
    if command.hidden:
        return
    context = click.Context(command, info_name=f"retable {command.name}")
    yield f"### retable {command.name}"
    # Until 3.13, Python leaves a docstring indented as it stands in the code.
    told, _, examples = cleandoc(command.help or "").partition("\b\nExamples:\n")
    yield from (" ".join(it.split()) for it in told.strip().split("\n\n") if "\b" not in it)
    yield f"```text\n{' '.join(command.get_usage(context).split())}\n```"
    options = [it for it in command.params if isinstance(it, click.Option) and it.help]
    if options:
        yield _table(("option", "meaning"), (_option(it, context) for it in options))
    if examples:
        lines = (line.strip() for line in examples.strip().splitlines())
        yield "```text\n" + "\n".join(lines) + "\n```"


def _option(option: click.Option, context: click.Context) -> tuple[str, str]:
    names, means = option.get_help_record(context) or ("", "")
    return f"`{names}`".replace("|", "\\|"), re.sub(r"\s+", " ", means).strip()


def _section(section: Keys) -> Iterator[str]:
    yield f"### {section.title}"
    yield _table(("key", "default", "may be", "meaning"), map(_key, section.keys))


def _key(key: Key) -> tuple[str, str, str, str]:
    values = ", ".join(f'`"{it.value}"`' for it in key.values or ())
    default = key.default if not key.default or key.default[0].isalpha() else f"`{key.default}`"
    return f"`{key.name}`", default or "required", values, key.means


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
