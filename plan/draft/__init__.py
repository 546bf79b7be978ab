"""A plan in the making: facts with their sources, and questions in place of the rest."""
