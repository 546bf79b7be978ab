"""`retable plan`: what becomes of each database, each table and all that hangs on them."""
