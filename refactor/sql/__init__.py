"""Where SQL text names a table: pure, text in and facts out. `names` is the door."""
