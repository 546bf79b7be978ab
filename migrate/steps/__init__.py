"""Plan and facts become the ordered steps of a migration; nothing is touched."""
