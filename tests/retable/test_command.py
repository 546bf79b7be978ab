"""The command itself: help, version, completion, exit statuses, pipes, colours, Ctrl-C."""

import contextlib
import os
import pty
import re
import signal
import subprocess

import pytest

from retable.cli import main

VERBS = sorted(name for name, command in main.commands.items() if not command.hidden)


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_each_verb_has_an_example(nowhere, verb):
    said = nowhere.retable(verb, "--help")
    assert said.status == 0
    assert re.search(rf"Examples:\n  +retable {verb}\b", said.out)


@pytest.mark.parametrize("verb", VERBS)
def test_the_list_of_verbs_says_each_in_a_whole_sentence(nowhere, verb):
    (line,) = re.findall(rf"^  {verb} +(.*)$", nowhere.retable("--help").out, re.MULTILINE)
    assert line.endswith(".")
    assert not line.endswith("...")


def test_help_tells_the_exit_statuses(nowhere):
    assert "Exit status:\n    0  clean" in nowhere.retable("--help").out


def test_version(nowhere):
    said = nowhere.retable("--version")
    assert (said.status, said.out) == (0, "retable, version 0.1.0\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param([], "Usage: retable", id="nothing asked"),
        pytest.param(["chekc"], "Did you mean 'check'?", id="a verb misspelt"),
        pytest.param(["check", "--frmat", "json"], "--format", id="an option misspelt"),
        pytest.param(["check", "--format", "xml"], "'json'", id="a format that is not known"),
        pytest.param(["check", "here"], "unexpected extra argument", id="an argument too many"),
    ],
)
def test_wrong_usage_is_status_2(nowhere, arguments, words):
    said = nowhere.retable(*arguments)
    assert said.status == 2
    assert said.out == ""
    assert words in said.err


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        pytest.param(["plan"], 0, id="a plan that can be carried out"),
        pytest.param(["migrate", "--dry-run"], 0, id="a dry run"),
        pytest.param(["patch", "--stdout"], 0, id="patches without an open question"),
        pytest.param(["check"], 1, id="leftovers"),
        pytest.param(["verify"], 2, id="nothing to verify"),
        pytest.param(["rollback", "--yes"], 2, id="nothing to roll back"),
    ],
)
def test_exit_status(shop, arguments, status):
    assert shop.retable(*arguments).status == status


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_come_out(nowhere, shell):
    asked = {**os.environ, "_RETABLE_COMPLETE": f"{shell}_source"}
    with nowhere.process(stdout=subprocess.PIPE, text=True, env=asked) as process:
        script = process.stdout.read()
    assert process.returncode == 0
    assert "_retable_completion" in script
    assert f"_RETABLE_COMPLETE={shell}_complete" in script


def test_completion_knows_the_verbs(nowhere):
    asked = {
        **os.environ,
        "_RETABLE_COMPLETE": "bash_complete",
        "COMP_WORDS": "retable ro",
        "COMP_CWORD": "1",
    }
    with nowhere.process(stdout=subprocess.PIPE, text=True, env=asked) as process:
        assert process.stdout.read() == "plain,rollback\n"


def on_terminal(place, *arguments, **environment):
    """What a command writes to a terminal, and its exit status."""
    here, there = pty.openpty()
    unset = {"NO_COLOR", "FORCE_COLOR", "TERM"}
    kept = {name: value for name, value in os.environ.items() if name not in unset}
    settings = {**kept, "TERM": "xterm-256color", **environment}
    with place.process(*arguments, stdin=there, stdout=there, stderr=there, env=settings) as run:
        os.close(there)
        pieces = []
        while piece := _read(here):
            pieces.append(piece)
    os.close(here)
    return b"".join(pieces).decode(), run.returncode


def _read(terminal):
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # Linux says so when the other end is closed.
        return b""


def test_a_terminal_gets_colour(open_shop):
    written, status = on_terminal(open_shop, "patch")
    assert "\x1b[33mwithheld" in written
    assert status == 1


def test_no_color_is_honoured(open_shop):
    written, _ = on_terminal(open_shop, "patch", NO_COLOR="1")
    assert "withheld" in written
    assert not re.search(r"\x1b\[[\d;]*3\dm", written)


def test_errors_honour_it_too(nowhere):
    coloured, _ = on_terminal(nowhere, "check")
    plain, _ = on_terminal(nowhere, "check", NO_COLOR="1")
    assert "\x1b[31merror" in coloured
    assert "\x1b" not in plain


@pytest.mark.parametrize("verb", ["plan", "patch", "check", "status"])
def test_a_pipe_gets_no_colour_codes(open_shop, verb):
    run = open_shop.process(verb, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert b"\x1b" not in b"".join(run.communicate())


def test_findings_go_to_stdout_and_talk_to_stderr(shop):
    said = shop.retable("check")
    assert said.out.splitlines() == [
        "shop/orders.py:7:50: RT001 orders → shop_order [FROM, data/shop.db]",
        "shop/report.sql:1:22: RT001 orders → shop_order [FROM, data/shop.db]",
        "shop/users.py:4:9: RT002 data/users.db → data/shop.db [path, data/users.db]",
        "shop/users.py:9:45: RT001 users → user_account [FROM, data/users.db]",
    ]
    assert "4 leftovers, 0 to review, 0 not read" in said.err


def test_a_pipe_that_closes_early_is_no_traceback(platform):
    run = platform.process("check", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    run.stdout.close()
    assert b"Traceback" not in run.stderr.read()
    run.stderr.close()
    run.wait()


def interrupt(run):
    """Press Ctrl-C, and again if it came just before the process began to wait for input."""
    while run.poll() is None:
        run.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            run.wait(timeout=2)


def test_ctrl_c_is_said_in_one_line(shop):
    """The plan is a pipe that nobody has written to yet: the command waits, and is stopped."""
    plan = shop.root / "slow.toml"
    os.mkfifo(plan)
    run = shop.process("check", "--plan", plan, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with plan.open("w"):
        interrupt(run)
        out, err = run.communicate()
    assert (run.returncode, out) == (2, b"")
    assert err == b"stopped: nothing was left half-done\n"


@pytest.mark.parametrize("answer", [pytest.param(b"n\n", id="no"), pytest.param(b"\x03", id="^C")])
def test_saying_no_changes_nothing(shop, answer):
    before = shop.everything()
    here, there = pty.openpty()
    # Were stdout a terminal too, readline might throw away what is typed before it is ready.
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with shop.process("migrate", stdin=there, **pipes) as run:
        os.close(there)
        asked = b""
        while b"[y/N]" not in asked:
            asked += run.stderr.read(1)
        if answer == b"\x03":
            interrupt(run)
        else:
            os.write(here, answer)
        rest = run.stderr.read()
    os.close(here)
    assert b"merges into data/shop.db and moves to archive" in asked
    assert rest.endswith(b"stopped: nothing was changed\n")
    assert run.returncode == 2
    assert shop.everything() == before
