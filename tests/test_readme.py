"""What the README and the docs say is what happens: CONTRIBUTING.md has the rules for blocks."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from plan.load import load_plan
from retable.cli import main
from retable.demo import _copy_project

CODE = Path(__file__).resolve().parents[1]
TEXTS = [CODE / "README.md", CODE / "CONTRIBUTING.md", CODE / "CHANGELOG.md"]
TEXTS += sorted((CODE / "docs").glob("*.md"))
BLOCK = re.compile(
    r"^(?:<!-- not run: (?P<why>[^>\n]+) -->\n)?```(?P<kind>\w+)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
USE = re.compile(r"(?:^|[|&$:`] )retable ([a-z]+)((?: +--?[a-z][a-z-]*)*)", re.MULTILINE)
MARK = "\x1e"


SHELL = ("sh", "bash")


def blocks(file, *languages):
    return [it["body"] for it in BLOCK.finditer(file.read_text()) if it["kind"] in languages]


def parameters(*languages):
    return [
        pytest.param(body, id=f"{file.name} {number}")
        for file in TEXTS
        for number, body in enumerate(blocks(file, *languages), 1)
    ]


@dataclass(frozen=True)
class Step:
    """One command of a console block, or all of a shell block, and the lines that it prints."""

    command: str
    lines: tuple[str, ...]


def steps_of(file):
    """The commands of a text in their order, but for blocks that say why they are not run."""
    steps = []
    for block in BLOCK.finditer(file.read_text()):
        if block["kind"] in SHELL and not block["why"]:
            steps.append(Step(block["body"], ()))
        for line in block["body"].splitlines() if block["kind"] == "console" else ():
            if line.startswith("$ "):
                steps.append(Step(line.removeprefix("$ "), ()))
            else:
                last = steps.pop()
                steps.append(Step(last.command, (*last.lines, line)))
    return steps


def run(steps, folder):
    """Run commands in one shell, as a reader would; each one's output and exit status."""
    script = "".join(f"{step.command}\nprintf '{MARK}%s{MARK}' $?\n" for step in steps)
    beside = str(Path(sys.executable).parent)
    environment = {
        **os.environ,
        "PATH": f"{beside}{os.pathsep}{os.environ['PATH']}",
        "NO_COLOR": "1",
        # A reader has told git who he is.
        **dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "reader"),
        **dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "reader@example.invalid"),
    }
    done = subprocess.run(
        ["bash", "-c", f"exec 2>&1\n{script}"],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    pieces = done.stdout.split(MARK)
    return list(zip(pieces[::2], map(int, pieces[1::2]), strict=False))


@pytest.mark.parametrize("file", [pytest.param(it, id=it.name) for it in TEXTS if steps_of(it)])
def test_commands_do_what_is_said(file, tmp_path):
    folder = tmp_path / "platform"
    _copy_project(folder)
    steps = steps_of(file)
    for step, (output, status) in zip(steps, run(steps, folder), strict=True):
        assert status == 0, f"$ {step.command}\n{output}"
        rest = output
        for line in step.lines:
            expected = ".*".join(map(re.escape, line.strip("…").split("…")))
            found = re.search(expected, rest)
            assert found, f"$ {step.command}\nexpected: {line}\nin what was left:\n{rest}"
            rest = rest[found.end() :]


@pytest.mark.parametrize("body", parameters(*SHELL))
def test_shell_blocks_are_shell(body):
    subprocess.run(["bash", "-n"], input=body, text=True, check=True)


@pytest.mark.parametrize("body", [it for it in parameters("toml") if "[plan]" in it.values[0]])
def test_whole_plans_can_be_loaded(body, tmp_path):
    file = tmp_path / "retable.toml"
    file.write_text(body)
    load_plan(file)


@pytest.mark.parametrize("file", [pytest.param(it, id=it.name) for it in TEXTS])
def test_links_lead_somewhere(file):
    missing = [it for it in LINK.findall(file.read_text()) if not (file.parent / it).exists()]
    assert missing == []


@pytest.mark.parametrize("file", [pytest.param(it, id=it.name) for it in TEXTS])
def test_only_verbs_and_options_that_exist(file):
    text = file.read_text()
    code = "\n".join(
        [*re.findall(r"`([^`\n]+)`", text), *(it["body"] for it in BLOCK.finditer(text))]
    )
    for verb, options in USE.findall(code):
        assert verb in main.commands, f"retable {verb}"
        known = {it for parameter in main.commands[verb].params for it in parameter.opts}
        assert set(options.split()) <= known | {"--help"}, f"retable {verb}{options}"


def test_every_verb_is_in_the_readme():
    readme = (CODE / "README.md").read_text()
    verbs = [verb for verb, command in main.commands.items() if not command.hidden]
    assert [verb for verb in verbs if f"| `retable {verb}` |" not in readme] == []
