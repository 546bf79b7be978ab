"""A consolidation plan that people wrote in Markdown: what it states, line by line."""
