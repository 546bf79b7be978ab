"""Kinds of files other than Python: what is seen in them, what is changed, what is only named."""

import json
import tomllib
from pathlib import PurePosixPath

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from refactor.kinds import KINDS, NotOfKindError, kind_of
from refactor.kinds.sameness import changed_too_much
from refactor.text.edits import Edit
from refactor.text.source import Source
from refactor.text.words import Words

OLD, NEW = b"data/old.db", b"data/target.db"


def source(name, text):
    return Source(PurePosixPath(name), text.encode(), text, "utf-8", b"")


def texts(name, text, word="old"):
    return kind_of(PurePosixPath(name)).read(source(name, text), Words([word])).texts


# Which kind a file is -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "name"),
    [
        pytest.param("a.sql", "SQL", id="SQL"),
        pytest.param("a.sql.j2", "SQL", id="a template"),
        pytest.param("a.jinja.sql", "SQL", id="a template by its other name"),
        pytest.param("pyproject.toml", "TOML", id="TOML"),
        pytest.param("a/b.yml", "YAML", id="YAML"),
        pytest.param("setup.cfg", "INI", id="INI"),
        pytest.param("a.json", "JSON", id="JSON"),
        pytest.param(".env", "an environment file", id="environment"),
        pytest.param("x/.env.production", "an environment file", id="environment of a stage"),
        pytest.param("a.ipynb", "a notebook", id="notebook"),
        pytest.param("Dockerfile.dev", "a script", id="Dockerfile"),
        pytest.param("README.md", None, id="documentation that nobody asked for"),
        pytest.param("a.py.deprecated", None, id="a file that was put aside"),
        pytest.param("environment", None, id="a longer name"),
    ],
)
def test_a_file_is_of_a_kind(path, name):
    kind = kind_of(PurePosixPath(path))
    assert (kind and kind.name) == name


def test_documentation_is_a_kind_on_request():
    assert kind_of(PurePosixPath("README.md"), docs=True).name == "documentation"
    assert kind_of(PurePosixPath("CHANGELOG.md"), docs=True) is None


def test_each_kind_has_a_name_of_its_own():
    assert len({kind.name for kind in KINDS}) == len(KINDS)


# What is seen is what the format's own parser sees ------------------------------------------------

VALUES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12).map(
    lambda text: f"{text} old \\ \" ' \n\t {text[:3]}"
)


@given(st.dictionaries(st.text(max_size=5), st.lists(VALUES, max_size=3), max_size=3))
def test_values_of_json(tree):
    assert_seen("a.json", json.dumps(tree), tree)
    assert_seen("a.json", json.dumps(tree, ensure_ascii=False, indent=2), tree)


@given(
    st.lists(VALUES, min_size=1, max_size=3),
    st.sampled_from([None, "'", '"', "|", ">"]),
    st.integers(2, 9),
)
def test_values_of_yaml(values, style, indent):
    text = yaml.safe_dump({"k": values}, default_style=style, indent=indent, allow_unicode=True)
    assert_seen("a.yaml", text, {"k": yaml.safe_load(text)["k"]})


@given(st.lists(VALUES, min_size=1, max_size=3), st.booleans())
def test_values_of_toml(values, windows):
    lines = [f"a{n} = {json.dumps(value, ensure_ascii=False)}" for n, value in enumerate(values)]
    lines += [f'b{n} = """\n{_escaped(value)}"""' for n, value in enumerate(values)]
    text = ("\r\n" if windows else "\n").join(lines)
    assert_seen("a.toml", text, tomllib.loads(text))


def _escaped(value):
    return value.replace("\\", "\\\\").replace('"""', '""\\"').replace('"', '\\"')


def assert_seen(name, text, tree):
    found = [it for it in texts(name, text) if it.context.argument != "key"]
    assert [it.text for it in found] == [it for part in tree.values() for it in _leaves(part)]
    for it in found:
        at = it.text.index(" old ") + 1
        place = it.place(at, at + 3)
        assert place is None or text[place : place + 3] == "old"
        assert place is not None or ">" in text, "only folding may hide where a name stands"


def _leaves(part):
    return part if isinstance(part, list) else [part]


# Every other byte stays ---------------------------------------------------------------------------

FILES = {
    "a.toml": b'# \xc3\xa9\n[x]\npath = "data/old.db" # data/old.db\nlast = 1',
    "a.yaml": b"# \xc3\xa9\nx:\n  - &a data/old.db # data/old.db\n  - 'x'  \n\n...\n",
    "a.ini": b"[x]\n# data/old.db\npath = data/old.db  \n\nlast: \xc3\xa9\n",
    "a.json": b'{ "x" : ["data/old.db" , "\xc3\xa9"],\t"data/old.db": 1 }',
    ".env": b"# data/old.db\nDB=data/old.db\nX='\xc3\xa9'\n",
}
PATH_AT = {"a.toml": 0, "a.yaml": 0, "a.ini": 1, "a.json": 0, ".env": 1}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("bom", "encoding"),
    [
        pytest.param(b"", "utf-8", id="UTF-8"),
        pytest.param(b"\xef\xbb\xbf", "utf-8", id="UTF-8 with a BOM"),
        pytest.param(b"\xff\xfe", "utf-16-le", id="UTF-16"),
    ],
)
@pytest.mark.parametrize("windows", [pytest.param(False, id="LF"), pytest.param(True, id="CRLF")])
def test_every_other_byte_stays(name, bom, encoding, windows, project):
    text = FILES[name].decode()
    text = text.replace("\n", "\r\n") if windows else text
    made = project({name: bom + text.encode(encoding)})
    found, changes = made.changes()
    assert not found.unreadable
    assert not found.others[1:], "the plan alone is not read"
    assert not changes.unproved
    made.apply(changes)
    before, path, after = _parted(text, "data/old.db", PATH_AT[name])
    expected = f"{before}{path.replace('old', 'target')}{after}"
    assert (made.root / name).read_bytes() == bom + expected.encode(encoding)
    assert not made.changes()[1].rewritten


def _parted(text, word, nth):
    at = -1
    for _ in range(nth + 1):
        at = text.index(word, at + 1)
    return text[:at], word, text[at + len(word) :]


# The proof ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        pytest.param("a.json", '{"x": "old", "y": "z"}', '{"x": "new", "y": "a"}', id="a value"),
        pytest.param("a.json", '{"x": "old", "y": "z"}', '{"x": "new", "b": "z"}', id="a key"),
        pytest.param("a.json", '{"x": "old"}', '{"x": "newer"}', id="another value than expected"),
        pytest.param("a.json", '{"x": "old"}', '{"x": "new" 1}', id="no JSON any more"),
        pytest.param("a.toml", 'x = "old"\ny = 1', 'x = "new"\ny = 2', id="a number"),
        pytest.param("a.toml", 'x = "old"', 'x = ["new"]', id="a type"),
        pytest.param("a.yaml", "x: old\ny: &a 1", "x: new\ny: &b 1", id="an anchor"),
        pytest.param("a.yaml", "x: old\ny: '1'", "x: new\ny: 1", id="quotes that make a text"),
        pytest.param("a.ini", "[a]\nx = old\n", "[b]\nx = new\n", id="a section"),
        pytest.param(".env", "X=old\nY=1", "X=new\nY=2", id="a variable"),
        pytest.param(
            "a.ipynb",
            '{"cells": [{"cell_type": "code", "source": ["old"], "outputs": ["old"]}]}',
            '{"cells": [{"cell_type": "code", "source": ["new"], "outputs": ["new"]}]}',
            id="an output of a notebook",
        ),
    ],
)
def test_an_edit_that_changes_more_is_refused(name, before, after):
    contents = kind_of(PurePosixPath(name)).read(source(name, before), Words(["old"]))
    edits = [Edit(before.index("old"), "old", "new")]
    right = source(name, before.replace("old", "new", 1))
    assert not changed_too_much(contents, source(name, before), right, edits, docs=False)
    assert changed_too_much(contents, source(name, before), source(name, after), edits, docs=False)


def test_a_path_that_a_format_cannot_hold_leaves_the_file_alone(project):
    made = project({"a.toml": "path = 'data/old.db'\n"})
    text = (made.root / "retable.toml").read_text().replace("data/target.db", "it's.db")
    (made.root / "retable.toml").write_text(text)
    made = type(made)(made.root, type(made.plan)(**_with_target(made.plan)), made.schemas)
    _, changes = made.changes()
    assert "would not parse as TOML" in changes.unproved[0].why


def _with_target(plan):
    return {name: getattr(plan, name) for name in plan.__slots__} | {"target": "it's.db"}


# What cannot be read is named ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        pytest.param("a.json", '{"x": "old",}', "JSON", id="JSON"),
        pytest.param("a.toml", 'x = "old', "TOML", id="TOML"),
        pytest.param("a.yaml", "x: {{ .Values.old }}: y: [", "YAML", id="a template of YAML"),
        pytest.param("a.ini", "old\n[x]\n", "INI", id="INI"),
        pytest.param("a.ipynb", "old", "a notebook", id="a notebook"),
        pytest.param("a.yaml", "x: old\n\x01", "YAML", id="a control character"),
    ],
)
def test_what_is_not_of_its_kind_is_named_and_not_changed(name, text, why, project):
    found, changes = project({name: text}).changes()
    other = next(it for it in found.others if str(it.path) == name)
    assert other.why.startswith(f"it is no {why} that could be read: ")
    assert (other.hits, other.misnamed) == (1, True)
    assert not found.references
    assert not changes.rewritten


def test_a_path_in_what_is_not_of_its_kind_is_said_all_the_same(project):
    found = project({"a.yaml": "{{- if x }}\npath: data/old.db\n{{ end }}: [\n"}).search()
    assert [(it.line, it.certain, it.blocking) for it in found.references] == [(2, False, False)]
    assert [it.hits for it in found.others if it.misnamed] == [0]


def test_no_plan_of_retable_is_changed(project):
    made = project({})
    text = (made.root / "retable.toml").read_text()
    (made.root / "later.toml").write_text(text)
    found, changes = made.changes()
    assert not found.references
    assert not changes.rewritten
    assert {str(it.path) for it in found.others} == {"retable.toml", "later.toml"}


def test_files_put_aside_are_named_with_their_hits(project):
    files = {"a.py.deprecated": "old old", "b.bak": "old", "c.txt": "old", "d.orig": "old"}
    found = project(files).search()
    assert {str(it.path): it.hits for it in found.others if it.path.suffix != ".toml"} == {
        "a.py.deprecated": 2,
        "b.bak": 1,
        "c.txt": 1,
        "d.orig": 1,
    }
    assert not found.references


def test_a_linked_folder_is_read_once(project):
    made = project({"conf/a.toml": 'path = "data/old.db"\n'})
    (made.root / "linked").symlink_to("conf")
    found = made.search()
    assert [str(it.path) for it in found.references] == ["conf/a.toml"]
    assert [str(path) for path, _ in found.skipped] == ["linked"]


@pytest.mark.parametrize("bom", [pytest.param(b"\xff\xfe", id="BOM"), pytest.param(b"", id="none")])
def test_python_in_utf_16_is_refused_as_python_refuses_it(bom, project):
    data = bom + 'x = "SELECT * FROM old"\n'.encode("utf-16-le")
    found = project({"case.py": data}).search()
    assert [str(it.path) for it in found.unreadable] == ["case.py"]
    with pytest.raises((SyntaxError, ValueError)):
        compile(data, "case.py", "exec")


def test_an_application_reads_its_settings_and_its_code_is_read_alike(project):
    made = project(
        {
            "app.py": 'db = sqlite3.connect(SETTINGS["path"])\ndb.execute("SELECT x FROM old")\n',
            "settings.toml": 'path = "data/old.db"\n',
        }
    )
    _, changes = made.changes()
    made.apply(changes)
    assert made.read("settings.toml") == 'path = "data/target.db"\n'
    assert "FROM new_t" in made.read("app.py")


NAMES = ["a.json", "a.yaml", "a.toml", "a.ini", ".env", "a.ipynb", "a.sql"]


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_no_text_ends_in_a_traceback(name, data):
    pieces = st.sampled_from(
        ["old", '"', "'", "{", "}", "[", "]", ":", "=", "\n", " ", "\\", "#", "- ", "|", ">", "&a",
         "*a", "!t", ",", "{{", "}}", "{%", "%}", "if", "else", "endif", "data/old.db", '"""',
         "'''"]
    )  # fmt: skip
    text = "".join(data.draw(st.lists(pieces, max_size=30)))
    try:
        found = texts(name, text)
    except NotOfKindError:
        return
    for it in found:
        assert len(it.text) == len(it.starts)
        assert all(0 <= at < len(text) for at in it.starts if at >= 0)
