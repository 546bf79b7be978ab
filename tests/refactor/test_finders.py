import pkgutil
from importlib import import_module

import pytest

from refactor import finders
from refactor.finders import FINDERS

FINDS = [
    pytest.param(finder, code, id=f"{finder.name}: {code[:50]}")
    for finder in FINDERS
    for code in finder.finds
]
IGNORES = [
    pytest.param(finder, code, id=f"{finder.name}: {code[:50]}")
    for finder in FINDERS
    for code in finder.ignores
]


def in_file(project, finder, code):
    return project({finder.file: f"{code}\n"}, docs=finder.file.endswith(".md"))


def test_no_finder_is_forgotten():
    modules = (
        import_module(f"refactor.finders.{module.name}")
        for module in pkgutil.iter_modules(finders.__path__)
    )
    found = {module.FINDER.name for module in modules if hasattr(module, "FINDER")}
    assert {finder.name for finder in FINDERS} == found
    assert len(FINDERS) == len(found)


def test_every_finder_has_examples():
    assert all(finder.finds and finder.ignores for finder in FINDERS)


@pytest.mark.parametrize(("finder", "code"), FINDS)
def test_finds(finder, code, project, monkeypatch):
    """The finder alone finds something, in a project of one file."""
    monkeypatch.setattr("refactor.inspector.FINDERS", (finder,))
    assert in_file(project, finder, code).search().references


@pytest.mark.parametrize(("finder", "code"), IGNORES)
def test_ignores(finder, code, project, monkeypatch):
    monkeypatch.setattr("refactor.inspector.FINDERS", (finder,))
    assert not in_file(project, finder, code).search().references


@pytest.mark.parametrize(("finder", "code"), IGNORES)
def test_no_other_finder_takes_what_one_ignores_for_certain(finder, code, project):
    found = in_file(project, finder, code).search().references
    assert not [it for it in found if it.certain and it.line == len(code.splitlines())]


@pytest.mark.parametrize(
    ("code", "presses"),
    [
        ('d["where"] = "old.x = ?"', True),
        ('d["where"] = "old.x > :least AND old.y LIKE %s"', True),
        ('d["where"] = " AND old.x IN (%s)" % ",".join(ids)', True),
        ('d["order"] = "old.x DESC"', False),
        ('d["where"] = "old.x = 1"', False),
        ('d["says"] = "old.x = what?"', None),
    ],
)
def test_a_piece_of_sql_holds_up_if_it_is_given_values(code, presses, project):
    """Nothing in the module says where it goes, but what gets values is executed."""
    found = project({"case.py": f"{code}\n"}).search().references
    assert {it.blocking for it in found} == ({presses} if presses is not None else set())
    assert not any(it.certain for it in found)
