"""Which database a path expression means, however it is asked."""

import ast
from pathlib import PurePosixPath

from refactor.python.outline import Scope

LINES = "data/old.db: old (id) -> new_t\ndata/other.db: far (id) -> near\n"
CODE = 'a = b or "data/old.db"\nb = c or a\nc = d or "data/other.db"\nd = b\n'


def test_the_answer_does_not_depend_on_what_was_asked_before(project):
    searcher = project({"case.py": CODE}, LINES).searcher
    path = PurePosixPath("case.py")
    questions = [ast.Name(name) for name in "abcd"]
    alone = [searcher().evidence.paths.of(path, Scope(), it).databases for it in questions]
    assert alone == [{"data/old.db", "data/other.db"}] * 4
    for order in (questions, questions[::-1]):
        paths = searcher().evidence.paths
        together = {it.id: paths.of(path, Scope(), it).databases for it in order}
        assert [together[it.id] for it in questions] == alone
