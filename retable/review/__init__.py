"""The review page: every edit, its evidence, and what needs a human, in one HTML file."""
