import pytest

from refactor.text.globs import glob_regex


@pytest.mark.parametrize(
    ("glob", "covers", "leaves"),
    [
        (
            "**/migrate_*.py",
            ["migrate_x.py", "a/b/migrate_x.py"],
            ["xmigrate_x.py", "migrate_x.pyc"],
        ),
        ("migrate_*.py", ["migrate_x.py", "a/b/migrate_x.py"], ["migrate_x.txt"]),
        ("/migrate_*.py", ["migrate_x.py"], ["a/migrate_x.py"]),
        ("docs/**", ["docs/a", "docs/a/b"], ["docs", "x/docs/a", "docs2/a"]),
        ("docs", ["docs/a", "x/docs/a", "docs"], ["docs2", "mydocs"]),
        ("docs/", ["docs/a", "x/docs/a"], ["docs2/a"]),
        ("./docs/*.py", ["docs/a.py"], ["docs/x/a.py", "x/docs/a.py"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b", "a/b/inside"], ["a/xb", "ab"]),
        ("a/*/b", ["a/x/b"], ["a/b", "a/x/y/b"]),
        ("**", ["a", "a/b"], []),
        ("*.py", ["a.py", "x/a.py", ".py"], ["a.pyi"]),
        ("a**b", ["ab", "axxb"], ["a/b"]),
        ("?.py", ["a.py", "é.py"], ["ab.py", ".py"]),
        ("[ab-d].py", ["a.py", "c.py"], ["e.py", "-.py"]),
        ("[!a].py", ["b.py"], ["a.py"]),
        ("x[!a]y", ["xby"], ["x/y", "xay"]),
        ("[]].py", ["].py"], ["a.py"]),
        ("[a", ["[a"], ["a"]),
        ("[z-a].py", ["[z-a].py"], ["z.py"]),
        (r"\*.py", ["*.py"], ["a.py"]),
        ("a.b+(c)", ["a.b+(c)"], ["aXb+(c)"]),
        ("*.py", ["new\nline.py"], []),
    ],
)
def test_a_glob_covers(glob, covers, leaves):
    pattern = glob_regex(glob)
    assert [path for path in covers if not pattern.fullmatch(path)] == []
    assert [path for path in leaves if pattern.fullmatch(path)] == []
