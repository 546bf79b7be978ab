"""Make docs/images/terminal.svg: a real run on the demo's project, as a terminal shows it.

    python docs/images/terminal.py        (`make pictures` does so)

Each command runs in a pseudo-terminal, so that colours are its own; of long output only the lines
that match are shown, with `…` for the rest.
"""

import os
import pty
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from retable.demo import _copy_project

WIDTH = 100
COMMANDS = (
    ("retable patch -o patches", r"patches/0[128]|patches/SUMMARY|withheld"),
    (
        "git apply patches/*.patch && git diff -U0 agent_platform/notify/digest.py",
        r"^[-+] .*(path = |SELECT)",
    ),
    ("retable migrate --yes", r"databases|tables|rows|documented|integrity|foreign|[┌└]─"),
    ("retable check", r"leftovers"),
    ("retable verify", r"holds"),
    ("retable schema --check", r"findings"),
)
# Rich's own form, without the fonts that it would fetch from somewhere else.
FORM = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" /></clipPath>
{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g>
</g>
</svg>
"""


def main() -> None:
    """Write the picture."""
    console = Console(record=True, width=WIDTH, file=open(os.devnull, "w"))  # noqa: PTH123, SIM115
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder, "platform")
        _copy_project(project)
        for command, wanted in COMMANDS:
            console.print(Text.assemble(("$ ", "bold green"), (command, "bold")))
            for line in shown(run(command, project).splitlines(), wanted):
                console.print(Text.from_ansi(line), no_wrap=True, overflow="ellipsis")
    picture = console.export_svg(title="retable", theme=MONOKAI, code_format=FORM, unique_id="run")
    Path(__file__).with_suffix(".svg").write_text(picture)


def shown(lines: list[str], wanted: str) -> Iterator[str]:
    """The lines that match, and one `…` for those between them that do not."""
    left_out = False
    for line in lines:
        if wanted and re.search(wanted, Text.from_ansi(line).plain):
            if left_out:
                yield "…"
            yield line
            left_out = False
        else:
            left_out = bool(line.strip())


def run(command: str, folder: Path) -> str:
    """All that a command prints on a terminal."""
    here, there = pty.openpty()
    beside = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": f"{beside}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": str(WIDTH),
        "TERM": "xterm-256color",
        "GIT_PAGER": "cat",
    }
    # Standard error goes through a pipe: progress bars are made for eyes, not for pictures.
    process = subprocess.Popen(
        ["bash", "-c", f"{command} 2> >(cat)"], cwd=folder, env=environment, stdout=there
    )
    os.close(there)
    said = b""
    while True:
        try:
            more = os.read(here, 1 << 16)
        except OSError:  # Linux says so when nobody writes any more
            break
        if not more:
            break
        said += more
    if process.wait():
        raise SystemExit(f"{command} failed:\n{said.decode()}")
    return said.decode().replace("\r\n", "\n")


if __name__ == "__main__":
    main()
