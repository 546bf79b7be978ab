"""`retable demo`: the whole story."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

CODE = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The folder of a demo, and what was said while it was told."""
    place = tmp_path_factory.mktemp("told")
    command = Path(sys.executable).with_name("retable")
    done = subprocess.run([command, "demo"], cwd=place, capture_output=True, text=True, check=False)
    return place / "demo", done


def last_table(text):
    """The facts of the last table in a text, by name."""
    *_, table = text.split("┌")
    return dict(re.findall(r"^│ (.*?) +│ +(.*?) │$", table, re.MULTILINE))


def test_the_demo_ends_well(told):
    folder, done = told
    assert done.returncode == 0, done.stderr
    facts = last_table(done.stdout)
    assert facts["databases"] == "9 → 2"
    assert facts["left to review"] == "0"
    assert facts["tests before"] == facts["tests after"]
    assert facts["tests after"].endswith(" 0 failed")
    assert not facts["tests half-way (new data, old code)"].endswith(" 0 failed")
    assert sorted(file.name for file in (folder / "data").glob("*.db")) == [
        "metrics.db",
        "roadmap.db",
    ]


def test_the_readme_shows_what_the_demo_says(told):
    _, done = told
    assert last_table((CODE / "README.md").read_text()) == last_table(done.stdout), (
        "README.md shows another table than the demo: put the new one there"
    )


def test_what_it_says_to_type_next_can_be_typed(told):
    folder, done = told
    said = done.stdout.partition("Look around:\n")[2]
    commands = [re.split(r" {2,}", line.strip())[0] for line in said.splitlines() if line.strip()]
    assert commands[0] == f"cd {folder.name}"
    for command in commands[1:]:
        run = subprocess.run(
            command, shell=True, cwd=folder, capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, (command, run.stderr)


def test_a_folder_that_is_no_demo_is_refused(nowhere):
    nowhere.write("mine/precious.txt", "do not delete me")
    said = nowhere.retable("demo", "mine")
    assert said.status == 2
    assert said.err == "error: mine: exists and is no earlier demo (name another folder)\n"
    assert nowhere.read("mine/precious.txt") == "do not delete me"


def test_without_git_it_says_so(nowhere, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    said = nowhere.retable("demo")
    assert said.status == 2
    assert said.err.endswith("git is needed for the demo, and is not installed\n")
