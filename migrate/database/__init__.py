"""What a database file is to us: the door to SQLite, what a file holds, and whether it is sound."""
