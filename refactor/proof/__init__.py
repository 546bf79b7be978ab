"""SQLite as judge: what a statement means today, and that it does the same once it is rewritten."""
