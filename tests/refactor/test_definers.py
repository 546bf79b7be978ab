"""What the names of some code are, over modules, classes and their heirs."""

from pathlib import PurePosixPath

from refactor.databases.definers import Definers
from refactor.databases.openings import At
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

    def naming(word):
        asked.append(word)
        return codebase.naming(word)

    definers = Definers(Modules(codebase.listed.files, codebase.names_of), naming)
    module = definers.module(BASE)
    assert module
    part = module.classes[0]

    found = [[it.name for it, _ in definers.heirs(part, At(module, (part,)))] for _ in range(3)]

    assert found == [["One", "Two"]] * 3
    assert asked == ["Part", "One", "Two"]
