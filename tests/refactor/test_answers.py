"""What answers a question about a name that may be of several databases."""

import pytest

PLAN = """
data/shop.db: events (id, kind) -> shop_event
data/crm.db: events (id, label) -> crm_event
data/ref.db: events (id, name) keep
"""
FILE = 'paths = "case.py"'
WITHIN = 'within = ["count"]'
BY_HAND = "change the code by hand, since a line of the plan would speak for what else is here too"
ON_EACH = "change the code by hand, since no line of the plan says both"


@pytest.mark.parametrize(
    ("code", "line", "answer"),
    [
        pytest.param(
            "def count(con):\n    return con.execute('SELECT COUNT(*) FROM events')\n",
            2,
            'within = ["Class.method", "function"]',
            id="nothing tells that the file talks to both",
        ),
        pytest.param(
            "def count(con):\n    return con.execute('SELECT COUNT(*) FROM events')\n"
            "def calls(con):\n    return con.execute('SELECT label FROM events')\n"
            "def kinds(con):\n    return con.execute('SELECT kind FROM events')\n",
            2,
            WITHIN,
            id="other functions are about both",
        ),
        pytest.param(
            "ALL = 'SELECT COUNT(*) FROM events'\n"
            "def calls(con):\n    return con.execute('SELECT label FROM events')\n"
            "def kinds(con):\n    return con.execute('SELECT kind FROM events')\n",
            1,
            BY_HAND,
            id="it stands in no function, and functions are about both",
        ),
        pytest.param(
            "class Feed:\n    def __init__(self, path, table='events'):\n"
            "        self.path, self.table = path, table\n"
            "    def first(self):\n        with sqlite3.connect(self.path) as con:\n"
            "            return con.execute(f'SELECT COUNT(*) FROM {self.table}')\n"
            "Feed('data/shop.db').first(), Feed('data/crm.db').first()\n",
            2,
            ON_EACH,
            id="it is there by default, and callers say either",
        ),
        pytest.param(
            "def test(shop, crm):\n    crm.execute('SELECT label FROM events')\n"
            "    shop.execute('SELECT COUNT(*) FROM events')\n",
            3,
            BY_HAND,
            id="the function names another one",
        ),
        pytest.param(
            "def test(ref, shop):\n    ref.execute('SELECT name FROM events')\n"
            "    shop.execute('SELECT COUNT(*) FROM events')\n",
            3,
            BY_HAND,
            id="the function names one that keeps its name",
        ),
        pytest.param(
            "EVENTS = 'events'\n"
            "def rows(con, table):\n    return con.execute(f'SELECT * FROM {table}')\n"
            "def both(shop, crm):\n    return rows(shop, EVENTS), rows(crm, EVENTS)\n",
            1,
            ON_EACH,
            id="a constant goes with several connections",
        ),
        pytest.param(
            "EVENTS = 'events'\n"
            "def rows(con, table):\n    return con.execute(f'SELECT * FROM {table}')\n"
            "def both(con):\n    return rows(con, EVENTS), rows(con, EVENTS)\n",
            1,
            FILE,
            id="a constant goes with the same one each time",
        ),
        pytest.param(
            "import sqlite3\nfrom tools import rows\n"
            "EVENTS = 'events'\n"
            "shop, crm = sqlite3.connect('data/shop.db'), sqlite3.connect('data/crm.db')\n"
            "def now():\n    return pick(shop, crm).execute(f'SELECT * FROM {EVENTS}')\n",
            3,
            ON_EACH,
            id="what has no function stands beside the paths of both",
        ),
    ],
)
def test_an_answer_is_true_of_all_that_it_speaks_for(project, code, line, answer):
    _, changes = project({"case.py": code}, lines=PLAN).changes()
    mends = {it.line: it.mend for it in changes.review}
    assert answer in mends[line]
