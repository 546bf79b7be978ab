import pytest

RELATIVE = "(write a path relative to the plan's folder, and below it)"


def merged(path):
    return f"[[database]]\npath = '{path}'\naction = 'merge'\n"


@pytest.mark.parametrize(
    ("path", "line"),
    [
        pytest.param("/x.db", f"'/x.db' leaves the plan's folder {RELATIVE}", id="absolute"),
        pytest.param("../x.db", f"'../x.db' leaves the plan's folder {RELATIVE}", id="up"),
        pytest.param(
            "a/../../x.db", f"'a/../../x.db' leaves the plan's folder {RELATIVE}", id="down, up, up"
        ),
        pytest.param("~/x.db", f"'~/x.db' leaves the plan's folder {RELATIVE}", id="a home"),
        pytest.param("C:/x.db", f"'C:/x.db' leaves the plan's folder {RELATIVE}", id="a drive"),
        pytest.param(
            r"C:\x.db", rf"'C:\\x.db' leaves the plan's folder {RELATIVE}", id="a Windows path"
        ),
        pytest.param(
            r"..\x.db", rf"'..\\x.db' leaves the plan's folder {RELATIVE}", id="up, on Windows"
        ),
        pytest.param(
            r"\\host\x.db",
            rf"'\\\\host\\x.db' leaves the plan's folder {RELATIVE}",
            id="a network path",
        ),
        pytest.param(
            r"data\x.db",
            r"'data\\x.db' is written with a backslash (write 'data/x.db', on Windows too)",
            id="a backslash",
        ),
        pytest.param(
            "a/../x.db",
            "'a/../x.db' goes up and down again (write 'x.db')",
            id="a detour",
        ),
        pytest.param(
            ".", "'.' is the plan's own folder (name a database file below it)", id="the folder"
        ),
        pytest.param(
            "archive/x.db",
            "'archive/x.db' lies in 'archive', which is plan.archive "
            "(choose another folder for plan.archive)",
            id="in the archive",
        ),
        pytest.param(
            "archive",
            "'archive' lies in 'archive', which is plan.archive "
            "(choose another folder for plan.archive)",
            id="the archive itself",
        ),
    ],
)
def test_paths_that_a_database_cannot_have(said, good, path, line):
    assert said(good + merged(path)) == [f"retable.toml: database[5] ({path}).path: {line}"]


def test_a_nul_in_a_path_is_refused(said, good):
    added = '[[database]]\npath = "x\\u0000.db"\naction = "merge"\n'
    assert said(good + added) == [
        (
            r"retable.toml: database[5] (x\x00.db).path: 'x\x00.db' holds a NUL character, "
            "which no file name can (remove it)"
        )
    ]


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("data/SIDE.db", id="another only in case"),
        pytest.param("data/my base 🚀.db", id="blanks and pictures"),
        pytest.param("archived/x.db", id="a folder whose name begins like the archive's"),
        pytest.param("..x/y...db", id="dots that lead nowhere"),
    ],
)
def test_paths_that_a_database_may_have(said, good, path):
    assert said(good + merged(path)) == []


@pytest.mark.parametrize(
    ("head", "lines"),
    [
        pytest.param(
            'archive = "."',
            [
                (
                    "plan.archive: '.' is the plan's own folder "
                    "(name a folder for the archive alone below it)"
                )
            ],
            id="the archive is the plan's folder",
        ),
        pytest.param(
            'backup = "./"',
            [
                (
                    "plan.backup: '.' is the plan's own folder "
                    "(name a folder for backups alone below it)"
                )
            ],
            id="the backup is the plan's folder",
        ),
        pytest.param(
            'backup = "old"\narchive = "old"',
            ["plan.archive: 'old' is the backup folder too (choose another folder)"],
            id="one folder for both",
        ),
        pytest.param(
            'backup = "/var/backup"',
            [f"plan.backup: '/var/backup' leaves the plan's folder {RELATIVE}"],
            id="a backup elsewhere",
        ),
        pytest.param(
            'backup = "b-{date}-{time}"',
            ["plan.backup: '{time}' is not filled in here (only plan.backup may hold {date})"],
            id="an unknown placeholder",
        ),
        pytest.param(
            'archive = "old-{date}"',
            ["plan.archive: '{date}' is not filled in here (only plan.backup may hold {date})"],
            id="a placeholder in the archive",
        ),
        pytest.param(
            'backup = "data"',
            [
                f"database[{number}] (data/{name}.db).path: 'data/{name}.db' lies in 'data', "
                "which is plan.backup (choose another folder for plan.backup)"
                for number, name in enumerate(("main", "side", "kept", "gone"), 1)
            ],
            id="databases among the backups",
        ),
    ],
)
def test_folders(said, good, head, lines):
    plan = good.replace("[plan]", f"[plan]\n{head}")
    assert said(plan) == [f"retable.toml: {line}" for line in lines]


@pytest.mark.parametrize(
    ("code", "line"),
    [
        pytest.param(
            'paths = ["src", "../lib"]',
            f"code.paths[2]: '../lib' leaves the plan's folder {RELATIVE}",
            id="code elsewhere",
        ),
        pytest.param(
            'exclude = "/build"',
            f"code.exclude[1]: '/build' leaves the plan's folder {RELATIVE}",
            id="a pattern from the root",
        ),
        pytest.param(
            'live = ["../migrate.py"]',
            f"code.live[1]: '../migrate.py' leaves the plan's folder {RELATIVE}",
            id="live code elsewhere",
        ),
        pytest.param(
            'history = "/migrate.py"',
            f"code.history[1]: '/migrate.py' leaves the plan's folder {RELATIVE}",
            id="history from the root",
        ),
        pytest.param(
            "binding = [{ paths = 'src\\*.py', database = 'data/side.db' }]",
            r"code.binding[1].paths[1]: 'src\\*.py' is written with a backslash "
            "(write 'src/*.py', on Windows too)",
            id="a pattern with a backslash",
        ),
    ],
)
def test_code_paths(said, good, code, line):
    assert said(f"{good}[code]\n{code}\n") == [f"retable.toml: {line}"]


def test_the_plans_folder_itself_may_be_the_code(said, good):
    assert said(f'{good}[code]\npaths = "."\n') == []
