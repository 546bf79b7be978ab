"""The command `retable` and what it does with a user's mistake."""

import os
import signal
import threading
from typing import Any

import click

from plan.errors import UserError
from retable import __version__

DONE, FINDINGS, FAILED = 0, 1, 2
STATUSES = {
    DONE: "clean, or done",
    FINDINGS: "findings: a leftover, an open question, a proof that does not hold",
    FAILED: "could not do the job: usage, the plan, the databases, a file that cannot be read",
}
"""What an exit status means."""


class Group(click.Group):
    """A group that says a user's mistakes in one line each, never as a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; a mistake is said, and is exit status 2."""
        if os.environ.get("NO_COLOR"):  # https://no-color.org; click does not look at it
            ctx.color = False
        if threading.current_thread() is threading.main_thread():
            # `kill` and a shutdown stop it as Ctrl-C does: the files are put as they were.
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            # So does a terminal that is closed, unless `nohup` says otherwise.
            if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:
                signal.signal(signal.SIGHUP, signal.default_int_handler)
        try:
            return super().invoke(ctx)
        except UserError as error:
            click.echo(f"{click.style('error', fg='red')}: {_indented(error)}", err=True)
            raise SystemExit(FAILED) from error
        except click.Abort as error:
            click.echo("stopped: nothing was changed", err=True)
            raise SystemExit(FAILED) from error
        except KeyboardInterrupt as error:
            click.echo("stopped: nothing was left half-done", err=True)
            raise SystemExit(FAILED) from error


def _indented(error: UserError) -> str:
    lines = str(error).split("\n")
    return lines[0] if len(lines) == 1 else "\n".join([f"{len(lines)} problems", *lines])


@click.group(
    "retable",
    cls=Group,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, "-V", "--version", prog_name="retable")
def main() -> None:
    """Fold many SQLite files into one, rename their tables, change the code that uses them.

    One plan (retable.toml) drives both halves: the data and the code arrive together.

    \b
    Where to begin:
      retable demo                the whole story on a project that ships with retable
      retable init PLAN.md        a plan from the document that you have
      retable init --from-databases data/*.db
                                  or a plan to fill in, from the databases
      retable plan                your plan against itself, the databases and the code
      retable migrate --dry-run   the SQL that would run; nothing is written
      retable patch               the code's changes as patches for review

    \b
    Exit status:
      0  clean, or done
      1  findings: leftovers, open questions, a proof that does not hold
      2  could not do the job: usage, plan, databases, a file that cannot be read

    \b
    Shell completion, for bash, zsh and fish:
      eval "$(_RETABLE_COMPLETE=bash_source retable)"
      eval "$(_RETABLE_COMPLETE=zsh_source retable)"
      _RETABLE_COMPLETE=fish_source retable | source
    """
