"""What all tests rely on."""

import signal


def pytest_configure():
    """Let signals through: a shell starts what runs in its background with Ctrl-C ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
