import os
import pickle
import subprocess
from pathlib import PurePosixPath

import pytest

from plan.errors import UserError
from refactor.code.files import CodeFiles, CodePathError, code_files
from refactor.code.git import GitError, in_work_tree, run_git


@pytest.fixture(autouse=True)
def _plain_git(monkeypatch, tmp_path):
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.org")


def git(folder, *arguments):
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def tree(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x\n")
    return root


def repository(root, *names):
    tree(root, *names)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first", "--allow-empty")
    return root


def names(paths):
    return [str(path) for path in paths]


def listed(root, paths=(".",), exclude=()):
    found = code_files(root, paths, exclude)
    assert not set(found.files) & set(found.history)
    return names(found.files)


def why(root, name, paths=(".",)):
    return dict(code_files(root, paths, ()).skipped)[PurePosixPath(name)]


@pytest.fixture(params=["in git", "outside git"])
def root(request, tmp_path):
    root = tmp_path / "project"
    root.mkdir()
    if request.param == "in git":
        git(root, "init", "-q")
    return root


# Both kinds of root.


def test_hidden_folders_are_in_and_the_order_is_fixed(root):
    tree(root, "b.py", "a/z.py", ".hidden/x.py", "a.py", "a/b.sql", ".git/hooks/x.py")
    found = [name for name in listed(root) if not name.startswith(".git/")]
    assert found == [".hidden/x.py", "a.py", "a/b.sql", "a/z.py", "b.py"]
    assert listed(root) == found, "nothing from .git"


def test_history_is_set_apart(root):
    tree(root, "migrate_a.py", "deep/migrate_b.py", "x.py", "docs/a.py")
    found = code_files(root, ["."], ["**/migrate_*.py", "docs/**"])
    assert names(found.files) == ["x.py"]
    assert names(found.history) == ["deep/migrate_b.py", "docs/a.py", "migrate_a.py"]
    assert found.skipped == ()


def test_of_history_some_is_live(root):
    tree(root, "migrate_a.py", "deep/migrate_b.py", "x.py")
    found = code_files(root, ["."], ["**/migrate_*.py"], ["deep/*.py", "y.py"])
    assert names(found.files) == ["deep/migrate_b.py", "x.py"]
    assert names(found.history) == ["migrate_a.py"]


def test_paths_choose_files_and_folders_once(root):
    tree(root, "src/a.py", "src0.py", "src-x/a.py", "one.py", "two.py")
    assert listed(root, ["src", "one.py", "./src/", "src/a.py"]) == ["one.py", "src/a.py"]


def test_odd_names_are_listed(root):
    odd = ["sp ace.py", "ta\tb.py", 'quo"te.py', "back\\slash.py", "😀.py", "new\nline.py", "é.py"]
    tree(root, *odd)
    assert sorted(listed(root)) == sorted(odd)


def test_names_that_are_not_utf8_are_listed(root):
    try:
        tree(root, os.fsdecode(b"caf\xe9.py"))
    except OSError:
        pytest.skip("this file system knows UTF-8 names only")
    assert [os.fsencode(name) for name in listed(root)] == [b"caf\xe9.py"]


def test_a_file_reached_twice_is_listed_by_its_real_path(root):
    tree(root, "real/a.py")
    (root / "folder").symlink_to("real")
    (root / "file.py").symlink_to("real/a.py")
    assert listed(root) == ["real/a.py"]
    assert listed(root, ["folder"]) == ["real/a.py"]
    assert why(root, "folder") == "a symbolic link to real, which is listed by that name"
    assert why(root, "file.py") == "a symbolic link to real/a.py, which is listed by that name"


def test_a_link_brings_in_what_the_paths_leave_out(root):
    tree(root, "lib/a.py", "src/b.py", "other.py")
    (root / "src" / "lib").symlink_to("../lib")
    assert listed(root, ["src"]) == ["lib/a.py", "src/b.py"]


def test_links_that_lead_nowhere_are_said(root, tmp_path):
    tree(tmp_path, "outside/a.py")
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "dangling.py").symlink_to("nothing")
    (root / "loop").symlink_to("loop")
    assert listed(root) == []
    outside = os.path.realpath(tmp_path / "outside")
    assert why(root, "out") == f"a symbolic link out of the root, to {outside}"
    assert why(root, "dangling.py") == "a symbolic link to nothing"
    assert why(root, "loop") == "a symbolic link to nothing"


def test_a_link_to_the_root_ends(root):
    tree(root, "a.py")
    (root / "self").symlink_to(".")
    assert listed(root) == ["a.py"]


def test_the_root_may_be_a_link(root, tmp_path):
    tree(root, "a.py")
    (tmp_path / "alias").symlink_to(root)
    assert listed(tmp_path / "alias") == ["a.py"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        pytest.param("nope", "[code] paths: 'nope' does not exist in {root}", id="missing"),
        pytest.param("..", "[code] paths: '..' leads out of {root}", id="upwards"),
        pytest.param("/", "[code] paths: '/' leads out of {root}", id="absolute"),
        pytest.param("gone", "[code] paths: 'gone' is a symbolic link to nothing", id="dangling"),
    ],
)
def test_a_path_that_is_none_is_an_error(root, path, message):
    (root / "gone").symlink_to("nothing")
    with pytest.raises(CodePathError) as raised:
        code_files(root, [path], [])
    real = os.path.realpath(root)
    assert str(raised.value) == message.format(root=real)
    assert isinstance(raised.value, UserError)
    assert str(pickle.loads(pickle.dumps(raised.value))) == message.format(root=real)


def test_no_paths_no_files(root):
    tree(root, "a.py")
    assert code_files(root, [], []) == CodeFiles((), (), ())


# Inside a repository.


def test_git_decides_what_is_ignored(tmp_path):
    repository(tmp_path, "a.py", "forced/kept.py")
    tree(tmp_path, "forced/b.py", "new.py", "build/c.py", "node_modules/mine.py")
    (tmp_path / ".gitignore").write_text("build/\nforced/\n")
    expected = [".gitignore", "a.py", "forced/kept.py", "new.py", "node_modules/mine.py"]
    assert listed(tmp_path) == expected


def test_an_ignored_path_that_the_plan_names_is_code(tmp_path):
    repository(tmp_path, "a.py", "build/tracked.py")
    tree(tmp_path, "build/c.py", "single.py")
    (tmp_path / ".gitignore").write_text("build/\nsingle.py\n")
    assert listed(tmp_path, ["build"]) == ["build/c.py", "build/tracked.py"]
    assert listed(tmp_path, ["single.py"]) == ["single.py"]


def test_a_root_which_its_repository_ignores_is_walked(tmp_path):
    repository(tmp_path, "a.py")
    tree(tmp_path, "copy/b.py", "copy/.venv/pyvenv.cfg", "copy/.venv/c.py")
    (tmp_path / ".gitignore").write_text("copy/\n")
    assert listed(tmp_path / "copy") == ["b.py"]


def test_a_link_to_an_ignored_folder_is_said(tmp_path):
    repository(tmp_path, "a.py")
    tree(tmp_path, ".venv/x.py")
    (tmp_path / ".gitignore").write_text(".venv\n")
    (tmp_path / "deps").symlink_to(".venv")
    assert listed(tmp_path) == [".gitignore", "a.py"]
    assert why(tmp_path, "deps") == "a symbolic link to .venv, which is ignored or empty"


def test_deleted_files_are_gone(tmp_path):
    repository(tmp_path, "a.py", "b.py", "c/d.py")
    (tmp_path / "a.py").unlink()
    (tmp_path / "c/d.py").unlink()
    (tmp_path / "c").rmdir()
    assert code_files(tmp_path, ["."], []) == CodeFiles((PurePosixPath("b.py"),), (), ())


def test_a_folder_of_a_repository_as_root(tmp_path):
    repository(tmp_path, "top.py", "sub/a.py", "sub/deep/b.py")
    assert listed(tmp_path / "sub") == ["a.py", "deep/b.py"]


def test_other_repositories_inside_are_said(tmp_path):
    inner = repository(tmp_path / "elsewhere", "x.py")
    outer = repository(tmp_path / "outer", "a.py")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "vendored")
    repository(outer / "nested", "y.py")
    assert listed(outer) == [".gitmodules", "a.py"]
    for name in ("vendored", "nested"):
        assert why(outer, name) == "a repository of its own (submodule or nested)"
    assert listed(outer, ["vendored/x.py"]) == ["vendored/x.py"], "the plan may name what is inside"


def test_a_merge_in_progress_lists_a_file_once(tmp_path):
    repository(tmp_path, "a.py")
    git(tmp_path, "checkout", "-qb", "side")
    (tmp_path / "a.py").write_text("side\n")
    git(tmp_path, "commit", "-qam", "side")
    git(tmp_path, "checkout", "-q", "-")
    (tmp_path / "a.py").write_text("main\n")
    git(tmp_path, "commit", "-qam", "main")
    with pytest.raises(subprocess.CalledProcessError):
        git(tmp_path, "merge", "-q", "side")
    assert listed(tmp_path) == ["a.py"]


def test_a_second_worktree(tmp_path):
    repository(tmp_path / "first", "a.py")
    git(tmp_path / "first", "worktree", "add", "-q", str(tmp_path / "second"))
    assert listed(tmp_path / "second") == ["a.py"]


def test_a_hooks_environment_does_not_leak_in(tmp_path, monkeypatch):
    repository(tmp_path / "hooked", "hook.py")
    root = repository(tmp_path / "mine", "a.py")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "hooked/.git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "hooked"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_GLOB_PATHSPECS", "1")
    assert listed(root) == ["a.py"]


def test_gits_refusal_is_told_in_its_own_words(tmp_path):
    repository(tmp_path, "a.py")
    (tmp_path / ".git/config").write_text("[core\n")
    with pytest.raises(GitError) as raised:
        code_files(tmp_path, ["."], [])
    assert str(raised.value).startswith("git rev-parse failed: fatal: bad config line 1")
    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)


def test_nothing_is_written_into_the_repository(tmp_path):
    repository(tmp_path, "a.py")
    (tmp_path / "a.py").touch()
    before = (tmp_path / ".git/index").read_bytes()
    listed(tmp_path)
    assert (tmp_path / ".git/index").read_bytes() == before


# Outside.


def test_what_tools_write_is_left_out(tmp_path):
    tree(tmp_path, "a.py", ".venv/pyvenv.cfg", ".venv/x.py", "env9/pyvenv.cfg", "env9/x.py")
    tree(tmp_path, "node_modules/x.py", "b/__pycache__/x.py", ".tox/x.py", ".mypy_cache/x.py")
    tree(tmp_path, "lib/site-packages/x.py", ".hg/x.py", "venv/own_code.py")
    assert listed(tmp_path) == ["a.py", "venv/own_code.py"]
    (tmp_path / "packages").symlink_to("lib/site-packages")
    assert listed(tmp_path) == ["a.py", "venv/own_code.py"]


def test_special_files_are_said(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert listed(tmp_path) == []
    assert why(tmp_path, "pipe") == "not a regular file"


def test_without_git_the_folder_is_walked(tmp_path, monkeypatch):
    repository(tmp_path, "a.py")
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    assert listed(tmp_path) == ["a.py"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list every folder")
def test_a_folder_that_cannot_be_listed_is_said(tmp_path):
    tree(tmp_path, "closed/a.py")
    (tmp_path / "closed").chmod(0)
    (found,) = code_files(tmp_path, (".",), ()).unlisted
    assert (str(found.path), found.why) == ("closed", "cannot be listed: Permission denied")
    (tmp_path / "closed").chmod(0o700)


def test_work_trees(tmp_path):
    assert not in_work_tree(tmp_path)
    repository(tmp_path)
    assert in_work_tree(tmp_path)
    assert not in_work_tree(tmp_path / ".git")
    with pytest.raises(GitError, match="git cat-file failed"):
        run_git(tmp_path, "cat-file", "blob", "nope")
