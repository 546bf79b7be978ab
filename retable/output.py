"""Where what a command makes goes: to stdout, or into a file that its user names."""

from pathlib import Path

import click

from plan.errors import Problem, ProblemsError

_ANOTHER = "choose another with -o"


def write_out(text: str, output: Path | None, *, with_folders: bool = False) -> None:
    """Write a text where it shall be.

    Raises:
        ProblemsError: the file cannot be written.
    """
    # A name that is not UTF-8 stands in it as JSON and people escape it.
    data = text.encode("utf-8", "backslashreplace")
    if output is None:
        click.echo(data, nl=False)
    else:
        write_file(output, data, with_folders=with_folders)


def write_file(
    file: Path, data: bytes, *, with_folders: bool = False, mend: str = _ANOTHER
) -> None:
    """Write a file that the user has named.

    Args:
        file: where.
        data: what.
        with_folders: whether to make the folders that it lies in.
        mend: what to do if it cannot be written.

    Raises:
        ProblemsError: it cannot be written.
    """
    try:
        if with_folders:
            file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    except OSError as error:
        what = f"cannot be written: {error.strerror}"
        raise ProblemsError((Problem(str(file), what, mend),)) from error
