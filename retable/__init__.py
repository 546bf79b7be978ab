"""The front door: one command over both halves."""
