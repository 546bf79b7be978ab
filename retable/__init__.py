"""The front door: one command over both halves."""

__version__ = "0.1.0"
