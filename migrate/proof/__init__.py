"""The proof that all has arrived: of rows, of structure, its digests and its record."""
