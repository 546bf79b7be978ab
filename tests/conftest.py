"""What all tests rely on."""

import gc
import signal

from hypothesis import settings

# What is pushed is what was run: the same examples each time. `make slow` looks for others.
settings.register_profile("same", derandomize=True)
settings.load_profile("same")


# What takes seconds comes first: else one worker ends with it while the others have no more to do.
_LONG = frozenset(
    ("test_any_database", "test_demo", "test_pytest_plugin", "test_readme", "test_rehearsal")
)


def pytest_collection_modifyitems(items):
    """Sort the tests; all workers do it alike."""
    items.sort(key=lambda item: item.module.__name__.rpartition(".")[2] not in _LONG)


def pytest_collection_finish():
    """Spare the collector the thousands of tests, which stay to the end, each time it looks."""
    gc.collect()
    gc.freeze()


def pytest_configure():
    """Let signals through: a shell starts what runs in its background with Ctrl-C ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
