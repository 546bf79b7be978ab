"""What the names of some code are, over modules, classes and their heirs."""

from pathlib import PurePosixPath

import pytest

from refactor.databases.definers import Definers
from refactor.databases.openings import MOST_FILES, At
from refactor.python.modules import Modules

BASE = PurePosixPath("base.py")


def test_heirs_are_looked_for_once_however_many_ask(project):
    files = {
        "base.py": "class Part:\n    pass\n",
        "one.py": "from base import Part\nclass One(Part):\n    pass\n",
        "two.py": "from one import One\nclass Two(One):\n    pass\nclass Other:\n    pass\n",
    }
    codebase = project(files, "data/old.db: old (id) -> new_t").searcher().codebase
    asked = []

    with_base = codebase.with_base

    def asking(word):
        asked.append(word)
        return with_base(word)

    codebase.with_base = asking
    modules = Modules(codebase.listed.files, codebase.names_of)
    definers = Definers(modules, codebase, lambda _said: None)
    module = definers.module(BASE)
    assert module
    part = module.classes[0]

    found = [[it.name for it, _ in definers.heirs(part, At(module, (part,)))] for _ in range(3)]

    assert found == [["One", "Two"]] * 3
    assert asked == ["Part", "One", "Two"]


@pytest.mark.parametrize(
    ("files", "first", "last"),
    [
        pytest.param(
            {
                "shop/store.py": "def rows(conn): ...\n",
                "z.py": "from shop.store import rows\nrows(1)\n",
            },
            "z.py",
            "z.py",
            id="of its module",
        ),
        pytest.param(
            {
                "shop/__init__.py": "from .store import rows\n",
                "shop/store.py": "def rows(conn): ...\n",
                "z.py": "import shop\nshop.rows(1)\n",
            },
            "z.py",
            "z.py",
            id="of the package that hands it on",
        ),
        pytest.param(
            {
                "shop/store.py": "class Store:\n    def rows(self, conn): ...\n",
                "z.py": "from shop.store import Store\nStore().rows(1)\n",
            },
            "z.py",
            None,
            id="first of all, where others may have an object of its class",
        ),
    ],
)
def test_callers_of_a_name_that_many_files_hold_are_importers(project, files, first, last):
    others = {f"a{number}.py": "def f(it):\n    it.rows(0)\n" for number in range(MOST_FILES + 1)}
    codebase = project({**others, **files}, "data/old.db: old (id) -> new_t").searcher().codebase
    modules = Modules(codebase.listed.files, codebase.names_of)
    definers = Definers(modules, codebase, lambda _said: None)
    module = definers.module(PurePosixPath("shop/store.py"))
    assert module
    (function,) = module.definitions["rows"]

    found = [*definers.callers(function, At(module, module.around(function)))]

    calls = [call and str(at.module.path) for call, at in found]
    assert (calls[0], calls[-1]) == (first, last)
