"""CODEOWNERS says whose a file is, as GitHub reads it."""

from pathlib import PurePosixPath

import pytest

from plan.errors import ProblemsError
from refactor.code.owners import owners_of, ownerships, read_owners


def owners(text, path):
    return " ".join(owners_of(PurePosixPath(path), ownerships(text)))


@pytest.mark.parametrize(
    ("pattern", "owned", "others"),
    [
        ("*", ["a.py", "a/b/c.py", ".hidden/a.py"], []),
        ("*.js", ["a.js", "src/deep/b.js"], ["a.jsx", "js"]),
        ("docs/*", ["docs/a.md"], ["docs/build/a.md", "x/docs/a.md"]),
        ("/docs/", ["docs/a.md", "docs/build/a.md"], ["docs", "x/docs/a.md"]),
        ("docs/", ["docs/a.md", "x/docs/y/a.md"], ["docs", "mydocs/a.md"]),
        ("apps", ["apps", "apps/a", "x/apps/y/z"], ["apps2/a"]),
        ("/apps", ["apps/a/b"], ["x/apps/a"]),
        ("/build/logs/", ["build/logs/a/b"], ["x/build/logs/a"]),
        ("build/logs", ["build/logs/a"], ["x/build/logs/a"]),
        ("**/logs", ["logs/a", "x/y/logs/b/c"], ["logs2/a"]),
        ("a/**/b", ["a/b", "a/x/y/b/c"], ["a/xb"]),
        ("src/**", ["src/a", "src/a/b"], ["src"]),
        ("/src/g*", ["src/go.py", "src/gen/a.py"], ["src/ag.py"]),
        ("a?c.py", ["abc.py", "x/adc.py"], ["a/c.py", "abbc.py"]),
        ("a.b", ["a.b"], ["axb"]),
        (r"with\ space/", ["with space/a.py"], ["with/a.py"]),
        ("Apps", ["Apps/a"], ["apps/a"]),
        ("ümläut/", ["ümläut/a"], []),
    ],
)
def test_patterns(pattern, owned, others):
    line = f"{pattern} @a"
    assert [it for it in (*owned, *others) if owners(line, it)] == owned


def test_the_last_line_that_matches_decides_also_one_without_an_owner():
    text = "* @all\n/apps/ @org/apps\n/apps/github\n# /apps/ @nobody\n"
    assert owners(text, "x.py") == "@all"
    assert owners(text, "apps/x.py") == "@org/apps"
    assert owners(text, "apps/github/x.py") == ""


def test_several_owners_comments_and_mail_addresses():
    assert owners("*.py @a @org/b.c mail@example.org # and @nobody", "a.py") == (
        "@a @org/b.c mail@example.org"
    )


@pytest.mark.parametrize("line", ["*.py nobody", "!*.py @b", "[ab].py @b", "*.py @b @"])
def test_a_line_that_github_cannot_read_says_nothing(line):
    assert owners(f"* @a\n{line}\n", "a.py") == "@a"


def test_the_first_of_three_places_counts(tmp_path):
    for place, owner in (("docs", "@c"), ("", "@b"), (".github", "@a")):
        (tmp_path / place).mkdir(exist_ok=True)
        (tmp_path / place / "CODEOWNERS").write_text(f"* {owner}\n")
        assert owners_of(PurePosixPath("x"), read_owners(tmp_path)) == (owner,)


def test_none_at_all_is_said(tmp_path):
    with pytest.raises(ProblemsError, match=r"CODEOWNERS: is nowhere: not at .github/CODEOWNERS"):
        read_owners(tmp_path)


def test_one_that_github_does_not_load_is_said(tmp_path):
    (tmp_path / "CODEOWNERS").write_text("#" * (3 * 1024 * 1024 + 1))
    with pytest.raises(ProblemsError, match="larger than 3 MB"):
        read_owners(tmp_path)
