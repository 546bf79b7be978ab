"""Files that the plan excludes as history, and that live code uses."""

from pathlib import PurePosixPath

import pytest

from refactor.livehistory import mend_for
from refactor.notes import notes_on

DDL = 'def run(c):\n    c.execute("CREATE TABLE old (id)")\n'
PAST = "pkg/migrate_one.py"
EXCLUDE = '[code]\nexclude = ["**/migrate_*.py"]\n'


@pytest.fixture
def live(project):
    """The excluded files in use, with who uses them; the rest of the plan's [code] by choice."""

    def found(files, code=EXCLUDE):
        made = project({PAST: DDL, **files})
        made = made.with_code(code)
        return [
            (str(it.path), [str(use) for use in it.used], [str(path) for path in it.through])
            for it in notes_on(made.searcher()).live
        ]

    return found


@pytest.mark.parametrize(
    ("code", "how"),
    [
        pytest.param("from pkg.migrate_one import run", "imports it", id="from its module"),
        pytest.param("from pkg import migrate_one", "imports it", id="from its package"),
        pytest.param("import pkg.migrate_one", "imports it", id="import"),
        pytest.param("import pkg.migrate_one as one", "imports it", id="import as"),
        pytest.param("def f():\n  from .migrate_one import run", "imports it", id="relative"),
        pytest.param("from . import migrate_one", "imports it", id="from here"),
        pytest.param('importlib.import_module("pkg.migrate_one")', "loads it", id="import_module"),
        pytest.param('__import__("migrate_one")', "loads it", id="__import__"),
        pytest.param('runpy.run_path("pkg/migrate_one.py")', "loads it", id="run_path"),
        pytest.param('runpy.run_module("pkg.migrate_one")', "loads it", id="run_module"),
        pytest.param(
            'spec_from_file_location("one", HERE / "migrate_one.py")', "loads it", id="a spec"
        ),
        pytest.param(
            'subprocess.run([sys.executable, "pkg/migrate_one.py"])', "runs it", id="a process"
        ),
        pytest.param('subprocess.run(["python", "-m", "pkg.migrate_one"])', "runs it", id="-m"),
        pytest.param('os.system("python -m pkg.migrate_one --all")', "runs it", id="a shell"),
        pytest.param('SCRIPT = "pkg/migrate_one.py"', "names its path", id="a path"),
        pytest.param('for f in HERE.glob("migrate_*.py"): pass', "names its path", id="a pattern"),
        pytest.param(
            'print("Run python pkg/migrate_one.py first")', "tells people to run it", id="advice"
        ),
    ],
)
def test_who_uses_it(live, code, how):
    line = code.count("\n") + 1
    assert live({"pkg/app.py": f"{code}\n"}) == [(PAST, [f"pkg/app.py:{line} {how}"], [])]


def test_a_script_that_runs_it(live):
    assert live({"bin/setup.sh": "set -e\npython3 pkg/migrate_one.py\n"}) == [
        (PAST, ["bin/setup.sh:2 runs it"], [])
    ]


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({}, id="nobody"),
        pytest.param({"app.py": "import migrate_two\n"}, id="another module"),
        pytest.param({"app.py": "from pkg import run_migrate_one\n"}, id="a longer name"),
        pytest.param({"app.py": 'x = "migrate_one"\n'}, id="a bare word"),
        pytest.param({"app.py": '"""See pkg/migrate_one.py."""\n'}, id="documentation"),
        pytest.param({"app.py": "# pkg/migrate_one.py\n"}, id="a comment"),
        pytest.param({"app.py": 'x = "other/migrate_one.py"\n'}, id="a file elsewhere"),
        pytest.param({"app.py": 'HERE.glob("*.py")\n'}, id="a pattern for all"),
        pytest.param({"pyproject.toml": 'omit = ["pkg/migrate_one.py"]\n'}, id="settings"),
        pytest.param({"pkg/migrate_two.py": "from pkg.migrate_one import run\n"}, id="history"),
    ],
)
def test_nobody_uses_it(live, files):
    assert live(files) == []


def test_by_way_of_other_history(live):
    files = {
        "pkg/migrate_two.py": "from .migrate_one import run\n",
        "app.py": "import pkg.migrate_two\n",
    }
    assert live(files) == [(PAST, ["app.py:1 imports it"], ["pkg/migrate_two.py"])]


def test_advice_of_history_brings_nothing_back(live):
    files = {
        "pkg/migrate_two.py": 'raise Error("run pkg/migrate_one.py first")\n',
        "app.py": "import pkg.migrate_two\n",
    }
    assert live(files) == []


def test_history_that_names_nothing_of_the_plan_is_not_asked_about(live):
    assert live({PAST: "x = 1  # old\n", "app.py": "import pkg.migrate_one\n"}) == []


@pytest.mark.parametrize(
    ("past", "found"),
    [
        pytest.param(DDL, [PAST], id="it names a table"),
        pytest.param("x = 1  # old\n", [], id="it has the word only"),
    ],
)
def test_far_more_files_hold_its_name_than_are_asked_about(live, past, found):
    users = {f"pkg/app{at}.py": "from pkg import migrate_one\n" for at in range(9)}
    asked = live({PAST: past, **users})
    assert [path for path, _, _ in asked] == found
    assert all(len(used) == len(users) for _, used, _ in asked)


def test_history_that_cannot_be_read_is_not_asked_about(live):
    assert live({PAST: 'x = "old\n', "app.py": "import pkg.migrate_one\n"}) == []


def test_the_plan_says_that_it_is_live(project):
    made = project({PAST: DDL, "pkg/migrate_two.py": DDL, "app.py": "import pkg.migrate_one\n"})
    made = made.with_code(f'{EXCLUDE}live = ["{PAST}"]\n')
    search, changes = made.changes()
    assert not notes_on(made.searcher()).live
    assert [str(it.path) for it in changes.rewritten] == [PAST]
    assert search.history == ((PurePosixPath("pkg/migrate_two.py"), 1),)


def test_the_plan_says_that_it_is_history(live):
    code = f'{EXCLUDE}history = ["{PAST}"]\n'
    assert live({"app.py": "import pkg.migrate_one\n"}, code) == []


def test_the_mend_can_be_pasted(project):
    made = project({PAST: DDL, "app.py": "import pkg.migrate_one\n"}).with_code(EXCLUDE)
    mend = mend_for(notes_on(made.searcher()).live)
    assert mend == (
        "live = [  # these change with the rest of the code\n"
        '  "pkg/migrate_one.py",\n]\n'
        "history = [  # these stay as they are, and are not asked about\n"
        '  "pkg/migrate_one.py",\n]'
    )
    assert made.with_code(f"{EXCLUDE}{mend}\n").plan.code.live == (PAST,)
