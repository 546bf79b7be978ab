"""A series of patches: mails that plain git takes, alone and in order, to where `apply` leads."""

import os
import re
import sys
from email import message_from_bytes, policy
from pathlib import Path

import pexpect
import pytest

BYS = ("domain", "table", "folder", "owner")
IN_SHOP = "import sqlite3\n\nwith sqlite3.connect('data/shop.db') as db:\n"
ORDERS = IN_SHOP + "    db.execute('SELECT id FROM orders')\n"
NAMES = (
    "sp ace/a b.py",
    "tab\there.py",
    'quo"te.py',
    "back\\slash.py",
    "ümläut/😀.py",
    "new\nline.py",
    "-dash.py",
    "a/[1]?*.py",
)
MEET = (
    "import sqlite3\n\nA = sqlite3.connect('data/shop.db')\nB = sqlite3.connect('data/users.db')\n"
)
MEET += "".join(
    f"A.execute('SELECT total, {n} FROM orders')\n{'x = 1' + chr(10) if n % 2 else ''}"
    + "y = 2\n" * (n % 9)
    + f"B.execute('SELECT name, {n} FROM users')\n"
    for n in range(9)
)
CONTENTS = {
    "crlf.py": ORDERS.replace("\n", "\r\n").encode(),
    "crlf_end.py": ORDERS.replace("\n", "\r\n").encode().rstrip(),
    "mixed.py": ORDERS.replace("\n", "\r\n", 1).encode(),
    "no_newline.py": ORDERS.encode().rstrip(),
    "bom.py": b"\xef\xbb\xbf" + ORDERS.encode(),
    "latin.py": f"# coding: latin-1\n# é\n{ORDERS}# é\n".encode("latin-1"),
    "bare_cr.py": ORDERS.replace("\n", "\r").encode(),
    "like_a_mail.py": (
        'TEXT = """\nFrom nobody Mon Sep 17 00:00:00 2001\nFrom: x\n---\n-- \n"""\n'
        f'{ORDERS}"""\nFrom nobody Mon Sep 17 00:00:00 2001\n-- \ndiff --git a/x b/x\n"""\n'
    ).encode(),
    "utf16.sql": "\ufeffSELECT id FROM orders;\r\nSELECT 2;\r\n".encode("utf-16-le"),
    "utf16be.sql": "\ufeffSELECT id FROM orders;\nSELECT 'Ċ਀';\n".encode("utf-16-be"),
    "latin.sql": b"-- \xe9\nSELECT id FROM orders; -- \xff\n",
    "meet.py": MEET.encode(),
    "meet_cr.py": MEET.replace("\n", "\r").encode(),
    **{name: ORDERS.encode() for name in NAMES},
}
OWNERS = "* @org/all mail@example.org\n/shop/ @shop\n*.sql @dba @shop\n/a/\n"


@pytest.fixture
def odd(shop):
    """The shop, and files that are hard to patch."""
    for name, data in CONTENTS.items():
        shop.write(name, data)
    shop.write("bin/tool", "#!/bin/sh\n")
    shop.write("bin/tool.py", f"#!/usr/bin/env python3\n{ORDERS}").chmod(0o755)
    (shop.root / "link.py").symlink_to("crlf.py")
    (shop.root / "linked").symlink_to("sp ace")
    shop.write(".github/CODEOWNERS", OWNERS)
    shop.git("add", "-A")
    shop.git("commit", "-qm", "odd files")
    return shop


def series_of(place, by, folder="../patches"):
    said = place.retable("patch", "--by", by, "-o", folder)
    assert said.status == 0, said.err
    return sorted((place.root / folder).glob("*.patch"))


def mail_of(patch: Path):
    return message_from_bytes(patch.read_bytes(), policy=policy.default)


def assert_git_takes(place, patches, after):
    """Alone, each changes something; in order, together they give the tree that `apply` gives."""
    before = place.everything()
    base = place.git("rev-parse", "HEAD").strip()
    ways = (("apply",), ("apply", "--index"), ("am", "-q", "--keep-cr"))
    for way in ways:
        changed = set()
        for patch in patches:
            place.git(*way, str(patch))
            now = place.everything()
            mine = {name for name in now if now[name] != before[name]}
            assert mine
            changed |= mine
            place.git("reset", "-q", "--hard", base)
        assert changed == {name for name in after if after[name] != before[name]}
        for patch in patches:
            place.git(*way, str(patch))
        assert place.everything() == after, way
        if way[0] == "am":
            assert place.git("status", "--porcelain") == ""
        place.git("reset", "-q", "--hard", base)
    assert place.everything() == before


def applied(place):
    assert place.retable("apply").status == 0
    after = place.everything()
    place.git("checkout", "-q", ".")
    return after


@pytest.mark.parametrize("by", BYS)
def test_git_takes_hard_files_alone_and_in_order(odd, by):
    after = applied(odd)
    assert {name for name in after if name in CONTENTS} == {*CONTENTS}
    assert_git_takes(odd, series_of(odd, by), after)


# All are proved on hard files above.
@pytest.mark.parametrize(
    "by", ["table", *(pytest.param(it, marks=pytest.mark.slow) for it in BYS if it != "table")]
)
def test_git_takes_the_series_of_the_platform(platform, by):
    platform.write("CODEOWNERS", "* @team\n/tests/ @qa\n*.sql @dba\n/scripts/\n")
    platform.git("add", "-A")
    platform.git("commit", "-qm", "owners")
    assert_git_takes(platform, series_of(platform, by), applied(platform))


@pytest.mark.parametrize("attributes", ["*.py text eol=crlf\n", "* text=auto eol=lf\n"])
def test_where_git_converts_line_ends_the_cr_need_not_be_kept(shop, attributes):
    shop.write("crlf.py", ORDERS.replace("\n", "\r\n"))
    shop.write(".gitattributes", attributes)
    shop.git("add", "--renormalize", ".")
    shop.git("add", "-A")
    shop.git("commit", "-qm", "attributes")
    for name in ("crlf.py", "shop/orders.py", "shop/users.py"):
        (shop.root / name).unlink()
    shop.git("checkout", "-q", ".")
    after = applied(shop)
    patches = series_of(shop, "domain")
    assert not any(b"\r" in it.read_bytes() for it in patches)
    assert_git_takes(shop, patches, after)
    shop.git("am", "-q", *map(str, patches))
    assert shop.everything() == after


def test_hard_files_are_what_they_are_called(odd):
    """The series above would show nothing if the files were not changed."""
    before = odd.everything()
    after = applied(odd)
    unchanged = {name for name in (*CONTENTS, "bin/tool.py") if after[name] == before[name]}
    assert unchanged == set()
    assert after["bin/tool.py"][1] & 0o777 == 0o755


@pytest.mark.parametrize("by", BYS)
def test_the_same_bytes_each_time_and_wherever_they_go(odd, by):
    once = [(it.name, it.read_bytes()) for it in series_of(odd, by, "../one")]
    again = [(it.name, it.read_bytes()) for it in series_of(odd, by, "../two")]
    assert once == again
    for name in ("SUMMARY.md", "series"):
        assert odd.read(f"../one/{name}") == odd.read(f"../two/{name}")


def test_quilt_and_people_find_the_order(odd):
    patches = series_of(odd, "table")
    names = [it.name for it in patches]
    assert odd.read("../patches/series").splitlines() == names
    summary = odd.read("../patches/SUMMARY.md")
    assert re.findall(r"^\| (\S+\.patch) \|", summary, re.MULTILINE) == names


def test_the_message_says_what_is_renamed_where_from_and_what_is_left(open_shop):
    open_shop.write(
        "shop/more.py",
        'def pick(db, choose):\n    t = "orders"\n    choose(t)\n'
        '    return db.execute(f"SELECT 1 FROM {t}")\n',
    )
    open_shop.git("add", "-A")
    open_shop.git("commit", "-qm", "more")
    open_shop.retable("patch", "--partial", "-o", "../patches")
    mail = mail_of(open_shop.root / "../patches/01-shop.patch")
    assert mail["Subject"] == "[PATCH 1/2] Rename the tables of shop"
    assert mail["From"] == "retable <retable@localhost>"
    date = open_shop.git("show", "-s", "--format=%ct").strip()
    assert str(int(mail["Date"].datetime.timestamp())) == date
    body, _, rest = mail.get_content().partition("\n---\n")
    lines = body.splitlines()
    assert lines[0] == "Changes 2 references in 2 files; made by retable"
    assert re.fullmatch(r"from retable\.toml \(SHA-256 [0-9a-f]{16}\)\.", lines[1])
    assert lines[3] == "About: What is sold"
    assert lines[5] == "  orders of data/shop.db -> shop_order  (2 references)"
    assert "Left for review, and not changed:" in lines
    assert any(it.startswith("  shop/more.py:2: orders: ") for it in lines)
    assert rest.startswith("  shop/orders.py | 1\n  shop/report.sql | 1\n  2 files, 2 references\n")


def test_am_makes_commits_with_these_messages(shop):
    patches = series_of(shop, "domain")
    shop.git("am", "-q", *map(str, patches))
    subjects = shop.git("log", "--reverse", "--format=%s", "HEAD~3..").splitlines()
    assert subjects == [
        "Rename the tables of shop",
        "Rename the tables of user",
        "Open data/shop.db where its tables have come from elsewhere",
    ]
    body = shop.git("show", "-s", "--format=%b", "HEAD~2")
    assert "  orders of data/shop.db -> shop_order  (2 references)" in body
    assert "report.sql |" not in body


def test_names_that_mail_must_encode_come_back(shop):
    plan = shop.read("retable.toml")
    shop.write("retable.toml", plan.replace('name = "shop"', 'name = "ümläut 店 [x]"'))
    shop.git("commit", "-qam", "renamed")
    shop.git("am", "-q", *map(str, series_of(shop, "domain")))
    subject = shop.git("log", "-1", "--format=%s", "HEAD~2").strip()
    assert subject == "Rename the tables of ümläut 店 [x]"


@pytest.mark.parametrize(
    "odd",
    [
        r"--- a/x\n+++ b/x\n@@ -1 +1 @@",
        r"@@ -1 +1 @@",
        "From: mallory <m@example.org>",
        "From nobody Mon Sep 17 00:00:00 2001",
        r"x\nFrom nobody Mon Sep 17 00:00:00 2001\n---\n",
        "diff --git a/x b/x",
        "---",
        "Index: x",
        "-- >8 --",
        "# a comment",
    ],
)
def test_an_about_cannot_pass_for_a_patch_or_a_header(shop, odd):
    plan = shop.read("retable.toml")
    shop.write("retable.toml", plan.replace('about = "What is sold"', f'about = "{odd}"'))
    shop.git("commit", "-qam", "odd")
    after = applied(shop)
    patches = series_of(shop, "domain")
    assert_git_takes(shop, patches, after)
    shop.git("am", "-q", *map(str, patches))
    assert shop.git("log", "-3", "--format=%an").split() == ["retable"] * 3
    body = shop.git("show", "-s", "--format=%b", "HEAD~2")
    assert f"\nAbout: {odd}\n\n  orders of data/shop.db -> shop_order" in body


def test_crlf_is_pointed_out(odd):
    first = next(it for it in series_of(odd, "folder") if b"crlf.py" in it.read_bytes())
    assert "  Lines in it end with CRLF: git am --keep-cr\n" in first.read_bytes().decode("latin-1")
    assert f"`--keep-cr`: {first.name}" in odd.read("../patches/SUMMARY.md")


def test_files_that_git_does_not_know_are_pointed_out(shop):
    shop.write("new.py", ORDERS)
    series_of(shop, "domain")
    assert "Not in git yet, so git apply takes it and git am does not: new.py" in shop.read(
        "../patches/01-shop.patch"
    )
    assert "so `git am` refuses them: `new.py`" in shop.read("../patches/SUMMARY.md")


def test_outside_git_the_series_is_the_same_but_for_its_date(shop):
    inside = [it.read_bytes() for it in series_of(shop, "domain", "../one")]
    (shop.root / ".git").rename(shop.root.parent / "elsewhere")
    outside = [it.read_bytes() for it in series_of(shop, "domain", "../two")]
    dates = [re.search(rb"^Date: .*$", it, re.MULTILINE)[0] for it in outside]
    assert set(dates) == {b"Date: Thu, 01 Jan 1970 00:00:00 +0000"}
    undated = [re.sub(rb"^Date: .*$", dates[0], it, flags=re.MULTILINE) for it in inside]
    assert outside == undated


# By owner.


def test_owners_are_those_of_codeowners_and_what_nobody_owns_comes_last(odd):
    names = [it.name for it in series_of(odd, "owner")]
    assert names == [
        "01-dba-shop.patch",
        "02-org-all-mail-example-org.patch",
        "03-shop.patch",
        "04-unowned.patch",
    ]
    assert "a/[1]?*.py" in odd.read("../patches/04-unowned.patch")
    assert "Files that CODEOWNERS gives to nobody" in odd.read("../patches/SUMMARY.md")


def test_paths_of_codeowners_start_at_the_top_of_the_repository(shop, tmp_path):
    (shop.root / ".git").rename(tmp_path / ".git")
    (tmp_path / "CODEOWNERS").write_text("/shop/shop/ @inner\n/shop/*.py @nobody\n")
    (patch,) = series_of(shop, "owner", "out")
    assert patch.name == "01-inner.patch"


def test_without_codeowners_nothing_is_written(shop):
    said = shop.retable("patch", "--by", "owner", "-o", "../patches")
    assert said.status == 2
    assert "error: CODEOWNERS: is nowhere: " in said.err
    assert not (shop.root / "../patches").exists()


def test_one_patch_for_all_is_not_split(shop):
    said = shop.retable("patch", "--stdout", "--by", "owner")
    assert said.status == 2
    assert "--stdout is one patch for all: leave out --by" in said.err


# The folder.


def test_an_earlier_series_is_replaced_and_nothing_else_is_touched(shop):
    series_of(shop, "table")
    kept = {
        "../patches/notes.txt": "mine\n",
        "../patches/more/01-x.patch": "mine\n",
        "../patches/mine.patch": "mine\n",
    }
    for name, text in kept.items():
        shop.write(name, text)
    before = {it.name for it in (shop.root / "../patches").iterdir()}
    names = {it.name for it in series_of(shop, "folder")}
    after = {it.name for it in (shop.root / "../patches").iterdir()}
    assert names == {"01-shop.patch", "mine.patch"}
    assert after == {*names, "notes.txt", "more", "SUMMARY.md", "series"}
    assert before - after
    assert all(shop.read(name) == text for name, text in kept.items())


@pytest.mark.parametrize(
    "name", ["0001-fix.patch", "fix.diff", "01-shop.patch", "series", "SUMMARY.md"]
)
def test_a_folder_with_what_others_wrote_is_refused(shop, name):
    shop.write(f"../patches/{name}", "not retable's\n")
    before = sorted((shop.root / "../patches").iterdir())
    said = shop.retable("patch", "-o", "../patches")
    assert said.status == 2
    assert (
        f"error: ../patches/{name}: was not written by retable (choose another with -o)" in said.err
    )
    assert sorted((shop.root / "../patches").iterdir()) == before
    assert shop.read(f"../patches/{name}") == "not retable's\n"


def test_a_link_in_the_folder_is_not_followed(shop):
    target = shop.write("../mine.txt", "mine\n")
    (patch, *_) = series_of(shop, "domain")
    patch.unlink()
    patch.symlink_to(target)
    series_of(shop, "domain")
    assert target.read_text() == "mine\n"
    assert not patch.is_symlink()


# What is said.


def test_a_line_for_each_patch_where_nobody_watches(shop):
    said = shop.retable("patch", "-o", "out")
    assert said.err.splitlines()[-3:] == [
        "out/01-shop.patch: 1 table, 2 files, 2 edits",
        "out/02-user.patch: 1 table, 1 file, 1 edit",
        "out/03-database-paths.patch: 0 tables, 1 file, 1 edit",
    ]


def test_a_table_at_the_end_where_somebody_watches(shop):
    child = pexpect.spawn(
        str(Path(sys.executable).with_name("retable")),
        ["patch", "-o", "out"],
        cwd=str(shop.root),
        env={**os.environ, "TERM": "xterm", "NO_COLOR": "1"},
        encoding="utf-8",
        dimensions=(50, 100),
        timeout=60,
    )
    child.expect(pexpect.EOF)
    rows = [
        [cell.strip() for cell in re.split("[│┃]", line)[1:-1]]
        for line in re.sub("\x1b\\[[0-9;]*m", "", child.before).splitlines()
        if line[:1] in "│┃"
    ]
    assert [row for row in rows if row] == [
        ["patch", "tables", "files", "edits"],
        ["01-shop.patch", "1", "2", "2"],
        ["02-user.patch", "1", "1", "1"],
        ["03-database-paths.patch", "0", "1", "1"],
        ["all", "2", "3", "4"],
    ]
    assert child.before.rstrip().endswith("┘")
