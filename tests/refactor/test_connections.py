"""Which databases reach a piece of code, and from how near."""

from pathlib import PurePosixPath

import pytest

from refactor.python.outline import Scope

LINES = """
data/old.db: old (id) -> new_t
data/new.db: other (id) -> other_t
"""
OLD, NEW = "data/old.db", "data/new.db"


def reached(project, code, scope=None, more=None):
    files = {"app/main.py": code, **(more or {})}
    connections = project(files, LINES).searcher().evidence.connections
    return connections.of(PurePosixPath("app/main.py"), scope or Scope("", "f"))


def names(connection):
    return connection and (sorted(connection.databases | connection.others), connection.level)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param("def f():\n connect('data/old.db')", ([OLD], "function"), id="a literal"),
        pytest.param("def f(p='data/old.db'):\n connect(p)", ([OLD], "function"), id="a default"),
        pytest.param("P = 'data/old.db'\ndef f():\n connect(P)", ([OLD], "function"), id="named"),
        pytest.param("P = 'data/old.db'\ndef f(): pass", ([OLD], "module"), id="in the module"),
        pytest.param(
            "P = Path('data') / 'old.db'\ndef f():\n connect(P)", ([OLD], "function"), id="joined"
        ),
        pytest.param(
            "P = os.getenv('DB', 'data/old.db')\ndef f():\n connect(P)",
            ([OLD], "function"),
            id="from the environment",
        ),
        pytest.param(
            "P = {'a': 'data/old.db', 'b': 'data/new.db'}\ndef f():\n connect(P['a'])",
            ([OLD], "function"),
            id="a dictionary's entry",
        ),
        pytest.param(
            "P = {'a': 'data/old.db', 'b': 'data/new.db'}\ndef f(k):\n connect(P[k])",
            ([NEW, OLD], "function"),
            id="a dictionary by an unknown key",
        ),
        pytest.param(
            "P = {'a': {'path': 'data/old.db'}}\ndef f():\n connect(P['a']['path'])",
            ([OLD], "function"),
            id="a dictionary in one",
        ),
        pytest.param(
            "def g():\n return connect('data/old.db')\ndef f():\n g()",
            ([OLD], "function"),
            id="a helper",
        ),
        pytest.param(
            "@contextmanager\ndef g():\n yield connect('data/old.db')\ndef f():\n with g() as c: x",
            ([OLD], "function"),
            id="a helper that yields",
        ),
        pytest.param(
            "def f():\n def g():\n  x\n connect('data/old.db')\n", ([OLD], "function"), id="outside"
        ),
        pytest.param("def f():\n f()\n g()\ndef g(): f()", None, id="a circle"),
        pytest.param("def f():\n connect('x/y.db')", (["x/y.db"], "function"), id="unknown"),
        pytest.param("def f(tmp_path):\n connect(tmp_path / 'x.db')", None, id="temporary"),
        pytest.param(
            "def f(tmp_path):\n connect(tmp_path / 'old.db')", ([OLD], "function"), id="namesake"
        ),
        pytest.param("def f():\n connect(':memory:')", None, id="in memory"),
        pytest.param("def f():\n 'data/old.db is it'\n print('see data/old.db')", None, id="prose"),
        pytest.param(
            "def f():\n connect('data/old.db'); connect('data/new.db')",
            ([NEW, OLD], "function"),
            id="two",
        ),
        pytest.param("def f(): pass", None, id="nothing"),
    ],
)
def test_a_function(project, code, expected):
    assert names(reached(project, code)) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param(
            "class A:\n def g(self): self.p = 'data/old.db'\n def f(self): self.p",
            ([OLD], "function"),
            id="an attribute",
        ),
        pytest.param(
            "class A:\n def g(self): self.c = connect('data/old.db')\n def f(self): self.x",
            ([OLD], "class"),
            id="another method",
        ),
        pytest.param(
            "class A:\n p = 'data/old.db'\nclass B:\n p = 'data/new.db'\n",
            ([OLD], "class"),
            id="two classes",
        ),
        pytest.param(
            "class B:\n p = 'data/old.db'\nclass A(B):\n def f(self): self.p",
            ([OLD], "function"),
            id="a base",
        ),
        pytest.param(
            "class B:\n def c(self): return connect('data/old.db')\n"
            "class A(B):\n def f(self): self.c()",
            ([OLD], "function"),
            id="a base's method",
        ),
        pytest.param(
            "class A(A):\n def f(self): self.c()", None, id="a class that is its own base"
        ),
        pytest.param(
            "class C:\n p = 'data/old.db'\nclass A:\n def f(self): x = C()",
            ([OLD], "function"),
            id="another class that it uses",
        ),
    ],
)
def test_a_method(project, code, expected):
    assert names(reached(project, code, Scope("A", "f"))) == expected


CONFIG = "PATH = 'data/old.db'\nPATHS = {'a': PATH, 'b': 'data/new.db'}\nclass S:\n p = PATH\n"


@pytest.mark.parametrize(
    "code",
    [
        "from app.config import PATH\ndef f(): connect(PATH)",
        "from .config import PATH as P\ndef f(): connect(P)",
        "from . import config\ndef f(): connect(config.PATH)",
        "import app.config\ndef f(): connect(app.config.PATH)",
        "import app.config as c\ndef f(): connect(c.PATH)",
        "from app.config import PATHS\ndef f(): connect(PATHS['a'])",
        "from app.config import S\ndef f(): connect(S.p)",
        "from app import PATH\ndef f(): connect(PATH)",
        "import app\ndef f(): connect(app.PATH)",
    ],
)
def test_another_module(project, code):
    more = {"app/__init__.py": "from .config import PATH\n", "app/config.py": CONFIG}
    assert names(reached(project, code, more=more)) == ([OLD], "function")


def test_a_module_of_the_same_name_elsewhere(project):
    more = {"app/config.py": CONFIG, "lib/config.py": "PATH = 'data/new.db'\n"}
    code = "from app.config import PATH\ndef f(): connect(PATH)"
    assert names(reached(project, code, more=more)) == ([OLD], "function")


def test_a_module_beside_the_importer_comes_first(project):
    more = {
        "a/config.py": "PATH = 'data/new.db'\n",
        "app/above/config.py": "PATH = 'data/new.db'\n",
        "app/config.py": "PATH = 'data/old.db'\n",
        "app/deep/config.py": "PATH = 'data/new.db'\n",
    }
    code = "from config import PATH\ndef f(): connect(PATH)"
    assert names(reached(project, code, more=more)) == ([OLD], "function")


def test_modules_that_import_each_other(project):
    more = {"app/other.py": "from app.main import PATH\n"}
    code = "from app.other import PATH\ndef f(): connect(PATH)"
    assert reached(project, code, more=more) is None


def test_a_file_that_is_no_python(project):
    connections = project({"a.sql": "SELECT 1"}, LINES).searcher().evidence.connections
    assert connections.of(PurePosixPath("a.sql"), Scope()) is None


def test_what_goes_in_circles_ends(project):
    code = (
        "class A(B):\n def m(self): self.n()\n"
        "class B(A):\n def n(self): self.m(); connect('data/old.db')\n"
    )
    found = reached(project, code, Scope("A", "m"))
    assert names(found) == ([OLD], "function")


def test_a_name_that_is_given_a_thousand_times_is_followed_once(project):
    lines = "".join(f" p = p / a{number} / p\n" for number in range(1_000))
    assert names(reached(project, f"def f(p='data/old.db'):\n{lines}")) == ([OLD], "function")


def test_the_answer_does_not_depend_on_what_was_asked_before(project):
    files = {
        "app/main.py": "from app.a import f\ndef g():\n f()\n",
        "app/a.py": "from app.b import h\ndef f():\n h()\n",
        "app/b.py": "from app.c import i\nfrom app.a import f\ndef h():\n i()\n f()\n",
        "app/c.py": "from app.d import j\ndef i():\n j()\n",
        "app/d.py": "from app.e import k\ndef j():\n k()\n",
        "app/e.py": "def k():\n connect('data/old.db')\n",
    }
    asked = [
        (PurePosixPath("app/main.py"), Scope("", "g")),
        (PurePosixPath("app/a.py"), Scope("", "f")),
        (PurePosixPath("app/b.py"), Scope("", "h")),
    ]
    searcher = project(files, LINES).searcher
    alone = [names(searcher().evidence.connections.of(*it)) for it in asked]
    for order in (asked, asked[::-1]):
        connections = searcher().evidence.connections
        together = {it: names(connections.of(*it)) for it in order}
        assert [together[it] for it in asked] == alone
