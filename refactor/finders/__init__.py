"""One module per way in which code can name a table or a database."""
