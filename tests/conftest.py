"""What all tests rely on."""

import signal

from hypothesis import settings

# What is pushed is what was run: the same examples each time. `make slow` looks for others.
settings.register_profile("same", derandomize=True)
settings.load_profile("same")


def pytest_configure():
    """Let signals through: a shell starts what runs in its background with Ctrl-C ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
