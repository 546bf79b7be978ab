"""SQL in a notebook's cell, behind what opens its database: `%%sql sqlite:///data/old.db`.

What a cell of Python opens is another connection.
"""

from refactor.finders.entries import asked_of_opened
from refactor.finders.finder import Finder, Found, Ignored, Surroundings
from refactor.finders.sql import tables_in_sql
from refactor.kinds.cells import MAGIC
from refactor.python.strings import Text


def tables_in_cells(text: Text, around: Surroundings) -> Found | None:
    """The old tables that SQL behind `%sql` names, if it is known what that has opened."""
    if text.context.callee != MAGIC:
        return None
    found = tables_in_sql(text, around)
    if found is None or isinstance(found, Ignored):
        return found
    return asked_of_opened(found, "its cell", (text.context.argument,), text, around)


_NOTEBOOK = (
    '{{"metadata": {{"language_info": {{"name": "python"}}}}, "nbformat": 4, "nbformat_minor": 5,'
    ' "cells": [{{"cell_type": "code", "source": ["%%sql {}"]}}]}}'
)

FINDER = Finder(
    name="cell",
    find=tables_in_cells,
    finds=(
        _NOTEBOOK.format("sqlite:///data/old.db\\nSELECT x FROM old"),
        _NOTEBOOK.format("postgresql://u@h/x\\nSELECT x FROM old"),
    ),
    ignores=(_NOTEBOOK.format("postgresql://u@h/x\\nSELECT old FROM z"),),
    file="case.ipynb",
)
