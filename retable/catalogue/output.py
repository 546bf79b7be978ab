"""Where what is printed goes: to stdout, or into a file."""

from pathlib import Path

import click

from plan.errors import Problem, ProblemsError


def write_out(text: str, output: Path | None) -> None:
    """Write it where it shall be.

    Raises:
        ProblemsError: the file cannot be written.
    """
    # A name that is not UTF-8 stands in it as JSON and people escape it.
    data = text.encode("utf-8", "backslashreplace")
    if output is None:
        click.echo(data, nl=False)
        return
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_bytes(data)
    except OSError as error:
        what = f"cannot be written: {error.strerror}"
        raise ProblemsError((Problem(str(output), what, "choose another with -o"),)) from error
