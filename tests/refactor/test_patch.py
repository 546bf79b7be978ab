import os
import subprocess
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refactor.patches.patch import FileChange, Patch, patch_text

OPTIONS = [(), ("--index",), ("--cached",), ("-3",)]


@pytest.fixture(autouse=True)
def _plain_git(monkeypatch, tmp_path_factory):
    plain_git(monkeypatch.setenv, tmp_path_factory.getbasetemp())


def plain_git(setenv, ceiling):
    setenv("GIT_CONFIG_GLOBAL", os.devnull)
    setenv("GIT_CONFIG_NOSYSTEM", "1")
    setenv("GIT_CEILING_DIRECTORIES", str(ceiling))
    for role in ("AUTHOR", "COMMITTER"):
        setenv(f"GIT_{role}_NAME", "Ada")
        setenv(f"GIT_{role}_EMAIL", "ada@example.org")


def git(folder, *arguments, stdin=b""):
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=folder, input=stdin, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def repository(root, contents, *config, init=()):
    """A repository in which these contents are committed, and checked out as git would."""
    root.mkdir(exist_ok=True)
    git(root, "init", "-q", *init)
    for setting in config:
        git(root, "config", *setting.split("="))
    for name, data in contents.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first")
    return root


def change(root, name, old=b"old", new=b"brand_new"):
    before = (root / name).read_bytes()
    assert old in before
    return FileChange(PurePosixPath(name), before, before.replace(old, new))


def assert_applies(root, patch, changes, *options, folder=None):
    """The patch applies, gives exactly `after`, and comes off again without a trace."""
    assert patch.not_carried == ()
    assert patch.files == tuple(one.path for one in changes)
    folder = folder or root
    git(folder, "apply", "--check", *options, stdin=patch.text)
    git(folder, "apply", *options, stdin=patch.text)
    in_work_tree = "--cached" not in options
    for one in changes:
        assert (root / one.path).read_bytes() == (one.after if in_work_tree else one.before)
    git(folder, "apply", "-R", *options, stdin=patch.text)
    for one in changes:
        assert (root / one.path).read_bytes() == one.before


def assert_applies_in_every_way(root, changes):
    patch = patch_text(root, changes)
    assert patch_text(root, reversed(changes)) == patch, "the same changes give the same bytes"
    for options in OPTIONS:
        assert_applies(root, patch, changes, *options)
        assert git(root, "status", "--porcelain") == b"", options
    return patch


BASIC = b"a\nb\nc\nd\nFROM old\ne\nf\ng\nh\n"
CONTENTS = {
    "plain": BASIC,
    "one line": b"old\n",
    "no newline at the end": b"a\nold",
    "no newline at the end, elsewhere": b"a\nold\nb",
    "one line without newline": b"old",
    "first and last line": b"old\n" + b"x\n" * 30 + b"old\n",
    "adjacent lines": b"a\nold\nold\nold\nb\n",
    "hunks that merge": b"old\n" + b"x\n" * 6 + b"old\n",
    "hunks that touch": b"old\n" + b"x\n" * 7 + b"old\n" + b"x\n" * 8 + b"old\n",
    "many of the same": b"x\nold\n" * 50,
    "empty lines": b"\n\n\nold\n\n\n",
    "latin-1": b"# coding: latin-1\n'\xe9 old'\n\xff\xfe\n",
    "BOM": b"\xef\xbb\xbfold\nx\n",
    "CRLF": b"a\r\nold\r\nb\r\n",
    "mixed newlines": b"a\r\nold\nb\r\nold\r\nc\n",
    "CRLF, none at the end": b"a\r\nold",
    "a CR at the end": b"a\nold\r",
    "what splitlines would split": "a\rold\x0bb\x0cold\x1c\x85\u2028old\n\x0c\nold\n".encode(),
    "like a patch": b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n\\ No newline at end of file\nold\n",
    "trailing blanks": b"old \t\nx \n",
    "NUL": b"a\0b\nold\0\nc\n",
    "utf-16": "\ufeffa\r\nold\r\nb\r\n".encode("utf-16-le"),
    "long lines": b"x" * 100_000 + b"old\n" + b"y" * 100_000,
}


@pytest.mark.parametrize("data", CONTENTS.values(), ids=CONTENTS)
def test_any_content(tmp_path, data):
    root = repository(tmp_path, {"a.py": data})
    old = b"o\0l\0d" if b"o\0l\0d" in data else b"old"
    new = b"n\0e\0w" if b"o\0l\0d" in data else b"brand_new"
    assert_applies_in_every_way(root, [change(root, "a.py", old, new)])


@pytest.mark.parametrize(
    "name",
    [
        *("😀.py", "sp ace.py", "ta\tb.py", 'quo"te.py', "back\\slash.py", "é.py", "new\nline.py"),
        *(" lead", "trail ", "a b/c d.py", '"', "b/a/b", "sp ace\t.py", "\x01\x7f.py", "a => b"),
        *(
            "-dash",
            "'",
            ".hidden/a",
            "dev/null",
            os.fsdecode(b"caf\xe9 x.py"),
            os.fsdecode(b"\xe9\t"),
        ),
    ],
)
def test_any_name(tmp_path, name):
    try:
        root = repository(tmp_path, {name: BASIC, "b.py": BASIC})
    except OSError:
        pytest.skip("this file system knows UTF-8 names only")
    changes = sorted(
        [change(root, name), change(root, "b.py")], key=lambda one: os.fsencode(one.path)
    )
    patch = assert_applies_in_every_way(root, changes)
    for one in changes:
        (root / one.path).write_bytes(one.after)
    shown = git(root, "-c", "core.quotePath=false", "diff", "--full-index", "--text")
    assert patch.text == without_headings(shown)


def without_headings(diff):
    lines = diff.split(b"\n")
    return b"\n".join(
        line[: line.rindex(b"@@") + 2] if line.startswith(b"@@ ") else line for line in lines
    )


@pytest.mark.parametrize("context", [1, 2, 3, 10])
def test_the_same_patch_as_git_diff(tmp_path, context):
    lines = [b"line %d\n" % number for number in range(200)]
    for at in (0, 5, 12, 20, 27, 35, 43, 44, 46, 100, 150, 199):
        lines[at] = b"old %d\n" % at
    root = repository(tmp_path, {"a.py": b"".join(lines)})
    one = change(root, "a.py")
    (root / "a.py").write_bytes(one.after)
    shown = git(root, "diff", "--full-index", f"-U{context}")
    assert patch_text(root, [one], context).text == without_headings(shown)


def test_the_mode_is_kept(tmp_path):
    root = repository(tmp_path, {"a.sh": BASIC, "b.sh": BASIC})
    (root / "a.sh").chmod(0o755)
    git(root, "commit", "-qam", "executable")
    patch = assert_applies_in_every_way(root, [change(root, "a.sh"), change(root, "b.sh")])
    assert patch.text.count(b" 100755\n") == 1
    git(root, "apply", stdin=patch.text)
    assert os.access(root / "a.sh", os.X_OK)
    assert not os.access(root / "b.sh", os.X_OK)


def test_a_newer_kind_of_repository(tmp_path):
    root = repository(tmp_path, {"a.py": BASIC}, init=["--object-format=sha256"])
    patch = assert_applies_in_every_way(root, [change(root, "a.py")])
    assert git(root, "rev-parse", ":a.py").strip() in patch.text


def test_a_folder_of_a_repository_as_root(tmp_path):
    top = repository(tmp_path, {"top.py": BASIC, "sub dir/deep/a.py": BASIC})
    root = top / "sub dir/deep"
    one = change(root, "a.py")
    patch = patch_text(root, [one])
    assert b"--- a/sub dir/deep/a.py\t\n" in patch.text
    for options in OPTIONS:
        for folder in (top, root):
            assert_applies(root, patch, [one], *options, folder=folder)
            # `git apply` takes a rewritten file for changed until the index has been refreshed.
            assert git(top, "status", "--porcelain") == b""


def test_a_root_reached_through_a_link(tmp_path):
    top = repository(tmp_path / "top", {"sub/a.py": BASIC})
    (tmp_path / "alias").symlink_to(top / "sub")
    one = change(tmp_path / "alias", "a.py")
    assert_applies(top / "sub", patch_text(tmp_path / "alias", [one]), [one], folder=top)


def test_outside_git(tmp_path):
    (tmp_path / "a b.py").write_bytes(BASIC)
    (tmp_path / "a b.py").chmod(0o755)
    one = change(tmp_path, "a b.py")
    patch = patch_text(tmp_path, [one])
    assert_applies(tmp_path, patch, [one])
    assert patch.text.startswith(b"diff --git a/a b.py b/a b.py\nindex ")
    assert b" 100755\n" in patch.text


def test_files_that_git_does_not_know(tmp_path):
    root = repository(tmp_path, {".gitignore": b"ignored.py\n"})
    for name in ("new.py", "ignored.py"):
        (root / name).write_bytes(BASIC)
    changes = [change(root, "ignored.py"), change(root, "new.py")]
    assert_applies(root, patch_text(root, changes), changes)


def test_uncommitted_changes_are_what_the_patch_is_made_from(tmp_path):
    root = repository(tmp_path, {"a.py": BASIC})
    (root / "a.py").write_bytes(b"mine\n" + BASIC)
    one = change(root, "a.py")
    assert_applies(root, patch_text(root, [one]), [one])


def test_several_patches_of_one_commit(tmp_path):
    root = repository(tmp_path, {"a.py": BASIC, "b.py": BASIC})
    first, second = change(root, "a.py"), change(root, "b.py")
    for one in (first, second):
        git(root, "apply", "--index", stdin=patch_text(root, [one]).text)
    assert (root / "a.py").read_bytes() == first.after
    assert (root / "b.py").read_bytes() == second.after


# Where git converts.

CRLF = BASIC.replace(b"\n", b"\r\n")


@pytest.mark.parametrize(
    ("config", "attributes"),
    [
        pytest.param(["core.autocrlf=true"], b"", id="autocrlf"),
        pytest.param([], b"*.py text eol=crlf\n", id="eol=crlf"),
        pytest.param([], b"*.py eol=crlf\n", id="eol=crlf without text"),
        pytest.param(["core.eol=crlf"], b"* text=auto\n", id="text=auto, core.eol"),
        pytest.param(["core.autocrlf=true", "core.safecrlf=true"], b"", id="safecrlf"),
    ],
)
@pytest.mark.parametrize("data", [CRLF, b"old", b"a\r\nold", b"old\r\n"], ids=repr)
def test_crlf_in_the_work_tree_only(tmp_path, config, attributes, data):
    root = repository(tmp_path, {".gitattributes": attributes, "a.py": data}, *config)
    assert b"\r" not in git(root, "show", ":a.py")
    patch = assert_applies_in_every_way(root, [change(root, "a.py")])
    assert b"\r" not in patch.text


def test_attributes_in_every_place(tmp_path):
    attributes = b"*.py text eol=crlf\n"
    top = repository(
        tmp_path,
        {"sub/.gitattributes": attributes, "sub/deep/a.py": CRLF, "b/.gitattributes": b""},
    )
    (top / "b/.gitattributes").write_bytes(attributes)
    (top / "b/new.py").write_bytes(CRLF)
    one = change(top, "sub/deep/a.py")
    assert b"\r" not in patch_text(top, [one]).text
    assert b"\r" not in patch_text(top, [change(top, "b/new.py")]).text, "not committed yet"
    (top / "sub/.gitattributes").unlink()
    assert b"\r" not in patch_text(top / "sub/deep", [change(top / "sub/deep", "a.py")]).text
    git(top, "rm", "-q", "--cached", "sub/.gitattributes")
    assert b"\r" in patch_text(top, [one]).text
    (top / ".git/info").mkdir(exist_ok=True)
    (top / ".git/info/attributes").write_bytes(attributes)
    assert b"\r" not in patch_text(top, [one]).text


def test_crlf_in_work_tree_and_index(tmp_path):
    root = repository(tmp_path, {"a.py": CRLF})
    git(root, "config", "core.autocrlf", "true")
    one = change(root, "a.py")
    patch = assert_applies_in_every_way(root, [one])
    assert b"FROM old\r\n" in patch.text
    (root / "a.py").write_bytes(b"mine\r\n" + CRLF)
    one = change(root, "a.py")
    assert_applies(root, patch_text(root, [one]), [one])


def test_attributes_added_after_crlf_was_committed(tmp_path):
    root = repository(tmp_path, {"a.py": CRLF})
    (root / ".gitattributes").write_bytes(b"* text eol=crlf\n")
    one = change(root, "a.py")
    for options in ((), ("--cached",)):
        assert_applies(root, patch_text(root, [one]), [one], *options)


@pytest.mark.parametrize(
    ("config", "attributes"),
    [
        pytest.param(["core.autocrlf=input"], b"", id="autocrlf=input"),
        pytest.param([], b"*.py text eol=lf\n", id="eol=lf"),
    ],
)
def test_newlines_that_git_would_not_write_itself(tmp_path, config, attributes):
    root = repository(tmp_path, {".gitattributes": attributes, "a.py": CRLF}, *config)
    one = change(root, "a.py")
    patch = patch_text(root, [one])
    for options in ((), ("--index",), ("-3",)):
        git(root, "apply", *options, stdin=patch.text)
        assert (root / "a.py").read_bytes() == one.after.replace(b"\r\n", b"\n")
        git(root, "reset", "-q", "--hard")
        (root / "a.py").write_bytes(one.before)
        git(root, "add", "a.py")


def test_untracked_crlf_under_autocrlf(tmp_path):
    root = repository(tmp_path, {"a.py": b"x\n"}, "core.autocrlf=true")
    (root / "new.py").write_bytes(CRLF)
    one = change(root, "new.py")
    assert_applies(root, patch_text(root, [one]), [one])


def test_uncommitted_changes_under_autocrlf(tmp_path):
    root = repository(tmp_path, {"a.py": CRLF}, "core.autocrlf=true")
    (root / "a.py").write_bytes(b"mine\r\n" + CRLF)
    one = change(root, "a.py")
    assert_applies(root, patch_text(root, [one]), [one])


def test_another_encoding_in_the_work_tree(tmp_path):
    attributes = b"*.sql text working-tree-encoding=UTF-16LE-BOM eol=crlf\n"
    data = "\ufeffé\r\nold\r\n".encode("utf-16-le")
    root = repository(tmp_path, {".gitattributes": attributes, "a.sql": data})
    assert git(root, "show", ":a.sql") == "é\nold\n".encode()
    one = change(root, "a.sql", "old".encode("utf-16-le"), "new".encode("utf-16-le"))
    patch = assert_applies_in_every_way(root, [one])
    assert b"\0" not in patch.text


def test_filters(tmp_path):
    config = ["filter.caps.clean=tr a-z A-Z", "filter.caps.smudge=tr A-Z a-z"]
    contents = {".gitattributes": b"*.py filter=caps\n", "a.py": BASIC.lower()}
    root = repository(tmp_path, contents, *config)
    patch = assert_applies_in_every_way(root, [change(root, "a.py")])
    assert b"-FROM OLD\n+FROM BRAND_NEW\n" in patch.text


@pytest.mark.parametrize(
    ("clean", "why"),
    [
        ("false", "git could not convert it: "),
        ("wc -l", "git stores the same content before and after, through a filter"),
        ("sed /brand/d", "a filter of git adds or removes lines"),
    ],
)
def test_filters_that_no_patch_can_follow(tmp_path, clean, why):
    root = repository(tmp_path, {"a.py": BASIC, "b.py": BASIC})
    git(root, "config", "filter.odd.clean", clean)
    git(root, "config", "filter.odd.required", "true")
    (root / ".gitattributes").write_bytes(b"a.py filter=odd\n")
    (root / "a.py").write_bytes(BASIC + b"mine\n")
    patch = patch_text(root, [change(root, "a.py"), change(root, "b.py")])
    assert patch.files == (PurePosixPath("b.py"),)
    ((path, said),) = patch.not_carried
    assert path == PurePosixPath("a.py")
    assert said.startswith(why)


def test_the_repository_is_not_written_to(tmp_path):
    root = repository(
        tmp_path,
        {"a.py": CRLF},
        "core.autocrlf=true",
        "core.splitIndex=true",
    )
    (root / "a.py").write_bytes(b"mine\r\n" + CRLF)
    before = snapshot(root)
    assert patch_text(root, [change(root, "a.py")]).files
    assert snapshot(root) == before


def snapshot(root):
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


# What is not carried, and what is refused.


def test_links_and_submodules_are_not_carried(tmp_path):
    inner = repository(tmp_path / "inner", {"x.py": BASIC})
    root = repository(tmp_path / "outer", {"real/a.py": BASIC})
    git(root, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "vendored")
    (root / "folder").symlink_to("real")
    (root / "link.py").symlink_to("real/a.py")
    names = ["folder/a.py", "link.py", "real/a.py", "vendored/x.py"]
    patch = patch_text(root, [change(root, name) for name in names])
    assert patch.files == (PurePosixPath("real/a.py"),)
    assert {str(path): why for path, why in patch.not_carried} == {
        "folder/a.py": "folder is a symbolic link",
        "link.py": "link.py is a symbolic link",
        "vendored/x.py": "vendored is a submodule, which takes patches of its own",
    }
    git(root, "apply", "--index", stdin=patch.text)


def test_nothing_to_do(tmp_path):
    assert patch_text(tmp_path, []) == Patch(b"", (), ())
    same = FileChange(PurePosixPath("a.py"), b"x", b"x")
    assert patch_text(tmp_path, [same]) == Patch(b"", (), ())


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"a\n", b"a\nb\n"), (b"a\n", b"a"), (b"a", b""), (b"", b"a"), (b"a\nb\n", b"a b\n")],
)
def test_changes_of_the_number_of_lines_are_refused(tmp_path, before, after):
    with pytest.raises(ValueError, match=r"a\.py: a change adds or removes a line"):
        patch_text(tmp_path, [FileChange(PurePosixPath("a.py"), before, after)])


def test_two_changes_of_one_file_are_refused(tmp_path):
    twice = [FileChange(PurePosixPath("a.py"), b"a", new) for new in (b"b", b"c")]
    with pytest.raises(ValueError, match=r"a\.py: two changes of one file"):
        patch_text(tmp_path, twice)


# Any lines at all.

LINES = st.lists(
    st.tuples(st.sampled_from([b"", b"x", b"y\r", b"\x0c", b"-", b"\xe9"]), st.booleans()),
    max_size=40,
)


@given(LINES, st.booleans(), st.integers(1, 4))
def test_git_applies_what_we_write(tmp_path_factory, lines, ends, context):
    before = b"\n".join(line + b"old" * hit for line, hit in lines) + b"\n" * ends
    after = before.replace(b"old", b"brand new")
    root = tmp_path_factory.mktemp("any")
    (root / "a.py").write_bytes(before)
    patch = patch_text(root, [FileChange(PurePosixPath("a.py"), before, after)], context)
    if before != after:
        subprocess.run(
            ["git", "apply", "--whitespace=nowarn"], cwd=root, input=patch.text, check=True
        )
    assert (root / "a.py").read_bytes() == after
