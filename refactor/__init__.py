"""Old table names in code become new ones: found, decided, edited and proved."""
