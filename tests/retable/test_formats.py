"""One set of findings in every format that CI reads."""

import json
import os
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest

# What consumers of ours rely on. OASIS's own schema is not ours to ship: SARIF_SCHEMA names a copy.
STRING = {"type": "string", "minLength": 1}
PLACE = {"type": "integer", "minimum": 1}
MESSAGE = {"type": "object", "required": ["text"], "properties": {"text": STRING}}
REGION = {
    "type": "object",
    "required": ["startLine"],
    "additionalProperties": False,
    "properties": dict.fromkeys(("startLine", "startColumn", "endLine", "endColumn"), PLACE),
}
ARTIFACT = {
    "type": "object",
    "required": ["uri", "uriBaseId"],
    "properties": {"uri": {"type": "string", "pattern": r"^[\w./~%-]+$"}},
}
FIX = {
    "type": "object",
    "required": ["description", "artifactChanges"],
    "properties": {
        "description": MESSAGE,
        "artifactChanges": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["artifactLocation", "replacements"],
                "properties": {
                    "artifactLocation": ARTIFACT,
                    "replacements": {
                        "type": "array",
                        "minItems": 1,
                        "items": {
                            "required": ["deletedRegion", "insertedContent"],
                            "properties": {"deletedRegion": REGION, "insertedContent": MESSAGE},
                        },
                    },
                },
            },
        },
    },
}
RESULT = {
    "type": "object",
    "required": ["ruleId", "ruleIndex", "level", "message", "locations", "suppressions"],
    "properties": {
        "ruleId": {"pattern": r"^RT\d{3}$"},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": {"enum": ["error", "note"]},
        "message": MESSAGE,
        "partialFingerprints": {"type": "object", "additionalProperties": STRING},
        "fixes": {"type": "array", "minItems": 1, "items": FIX},
        "locations": {
            "type": "array",
            "minItems": 1,
            "items": {
                "required": ["physicalLocation"],
                "properties": {
                    "physicalLocation": {
                        "required": ["artifactLocation", "region"],
                        "properties": {"artifactLocation": ARTIFACT, "region": REGION},
                    }
                },
            },
        },
        "suppressions": {
            "type": "array",
            "items": {
                "required": ["kind"],
                "properties": {"kind": {"enum": ["inSource", "external"]}},
            },
        },
    },
}
SARIF = {
    "type": "object",
    "required": ["$schema", "version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "required": ["tool", "results", "columnKind"],
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {"type": "array", "items": RESULT},
                },
            },
        },
    },
}


@pytest.fixture
def odd(open_shop):
    """The shop, with every kind of finding in it."""
    place = open_shop
    place.write("shop/bröken, 100%:x.py", 'def f(:\n    "orders"\n')
    place.write("shop/words.yaml", "table: orders\n")
    place.write("deploy.yaml", "path: {{ users }}: [\n")
    place.write("shop/smile.py", 'x = "😀"; db.execute("DELETE FROM orders")\n')
    place.write(
        "shop/kept.py", 'db.execute("DELETE FROM orders")  # retable: ignore <why> & "so"\n'
    )
    place.write("shop/idle.py", "x = 1  # retable: ignore\n")
    place.write("shop/typo.py", "x = 1  # retable: ignore[tables]\n")
    place.write(
        "retable-baseline.json",
        '{"retable": "baseline", "version": 1, "leftovers": {\n'
        '    "shop/report.sql": {"table-name": 1}, "shop/gone.py": {"table-name": 1}}}\n',
    )
    return place


def written(place, form, *more, status=2):
    said = place.retable("check", "--format", form, *more)
    assert said.status == status, said.err
    return said.out


def sarif(place, *more, status=2):
    log = json.loads(written(place, "sarif", *more, status=status))
    jsonschema.validate(log, SARIF)
    official = os.environ.get("SARIF_SCHEMA")
    if official:
        jsonschema.validate(log, json.loads(Path(official).read_text()))
    return log["runs"][0]


EVERY_RULE = {
    "RT001", "RT002", "RT003", "RT004", "RT005", "RT006", "RT007", "RT008", "RT009", "RT010",
    "RT011",
}  # fmt: skip


def test_every_format_says_the_same(odd):
    found = json.loads(written(odd, "json", "--strict"))["findings"]
    assert {it["rule"] for it in found} == EVERY_RULE
    counting = [it for it in found if it["silenced"] is None]
    text = written(odd, "text", "--strict").splitlines()
    assert [line.split(": ")[1].split(" ")[0] for line in text] == [it["rule"] for it in counting]
    github = written(odd, "github", "--strict").splitlines()
    assert len(github) == len(counting)
    results = sarif(odd, "--strict")["results"]
    assert [it["ruleId"] for it in results] == [it["rule"] for it in found]
    suite = ET.fromstring(written(odd, "junit", "--strict")).find("testsuite")
    assert [it.get("name").split(" ")[0] for it in suite] == [it["rule"] for it in found]


def test_text_is_a_line_each_whatever_a_name_holds(shop):
    shop.write("shop/a\nb.py", 'db.execute("DELETE FROM orders")\n')
    assert "shop/a\\nb.py:1:25: RT001 orders → shop_order" in shop.retable("check").out


def test_github_escapes_what_would_end_a_property(odd):
    lines = written(odd, "github").splitlines()
    assert (
        "::error file=shop/bröken%2C 100%25%3Ax.py,line=1,col=1,endLine=1,endColumn=1,"
        "title=retable RT005 unreadable-file::line 1: invalid syntax"
    ) in lines
    assert (
        "::error file=shop/orders.py,line=7,col=50,endLine=7,endColumn=56,"
        "title=retable RT001 table-name::orders → shop_order [FROM, data/shop.db]"
    ) in lines
    assert any(line.startswith("::notice file=shop/words.yaml,line=1,") for line in lines)


def test_paths_are_the_repositorys_where_the_plan_is_in_a_folder(shop, tmp_path):
    outer = tmp_path / "outer"
    outer.mkdir()
    (shop.root / ".git").rename(outer / ".git")
    shop.root.rename(outer / "my shop")
    shop.root = outer / "my shop"
    assert "file=my shop/shop/orders.py," in written(shop, "github", status=1)
    result = sarif(shop, status=1)["results"][0]
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": "my%20shop/shop/orders.py", "uriBaseId": "%SRCROOT%"}
    assert shop.retable("check").out.startswith("shop/orders.py:7:50: RT001")


def test_sarif_has_rules_regions_and_fixes(odd):
    run = sarif(odd)
    assert run["invocations"] == [{"executionSuccessful": False, "exitCode": 2}]
    rules = run["tool"]["driver"]["rules"]
    (smile,) = [it for it in run["results"] if "smile" in json.dumps(it["locations"])]
    assert rules[smile["ruleIndex"]]["id"] == smile["ruleId"] == "RT001"
    assert run["columnKind"] == "unicodeCodePoints"
    region = {"startLine": 1, "startColumn": 34, "endLine": 1, "endColumn": 40}
    assert smile["locations"][0]["physicalLocation"]["region"] == region
    line = odd.read("shop/smile.py")
    assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == "orders"
    ((replacement,),) = [it["replacements"] for it in smile["fixes"][0]["artifactChanges"]]
    assert replacement == {"deletedRegion": region, "insertedContent": {"text": "shop_order"}}
    assert all("fixes" not in it for it in run["results"] if it["ruleId"] in {"RT003", "RT004"})


def test_sarif_says_what_is_suppressed_and_where(odd):
    said = {
        it["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]: it["suppressions"]
        for it in sarif(odd)["results"]
    }
    assert said["shop/kept.py"] == [
        {"kind": "inSource", "status": "accepted", "justification": '<why> & "so"'}
    ]
    assert said["shop/report.sql"] == [
        {"kind": "external", "status": "accepted", "justification": "in the baseline"}
    ]
    assert said["shop/orders.py"] == []


def test_the_fixes_of_sarif_are_what_apply_does(shop):
    results = sarif(shop, status=1)["results"]
    texts = {}
    for result in reversed(results):  # the last one first, so that places stay as they are
        (change,) = result["fixes"][0]["artifactChanges"]
        path = change["artifactLocation"]["uri"]
        lines = texts.setdefault(path, shop.read(path).splitlines(keepends=True))
        (replacement,) = change["replacements"]
        region = replacement["deletedRegion"]
        line = lines[region["startLine"] - 1]
        lines[region["startLine"] - 1] = (
            line[: region["startColumn"] - 1]
            + replacement["insertedContent"]["text"]
            + line[region["endColumn"] - 1 :]
        )
    assert shop.retable("apply").status == 0
    assert {path: "".join(lines) for path, lines in texts.items()} == {
        path: shop.read(path) for path in texts
    }


def test_a_fingerprint_stays_when_lines_move_and_tells_two_apart(shop):
    twice = 'db.execute("DELETE FROM orders")\ndb.execute("DELETE FROM orders")\n'
    shop.write("shop/twice.py", twice)

    def prints():
        return {
            (it["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], number): it[
                "partialFingerprints"
            ]["retable/v1"]
            for number, it in enumerate(sarif(shop, status=1)["results"])
        }

    before = prints()
    assert len(set(before.values())) == len(before)
    shop.write(
        "shop/twice.py", f"# moved\n\nif True:\n    {twice.replace(chr(10), chr(10) + '    ')}"
    )
    assert prints() == before


def test_junit_is_what_its_readers_take(odd):
    suites = ET.fromstring(written(odd, "junit"))
    assert suites.tag == "testsuites"
    (suite,) = suites
    cases = suite.findall("testcase")
    assert int(suite.get("tests")) == len(cases)
    assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))
    assert int(suite.get("errors")) == len(suite.findall("testcase/error")) == 1
    assert int(suite.get("skipped")) == len(suite.findall("testcase/skipped"))
    assert len({(it.get("classname"), it.get("name")) for it in cases}) == len(cases)
    failure = suite.find("testcase[@classname='shop/smile.py']/failure")
    assert failure.get("message") == "orders → shop_order [DELETE FROM, data/shop.db]"
    assert failure.text.startswith("shop/smile.py:1:34: RT001 orders → shop_order")
    kept = suite.find("testcase[@classname='shop/kept.py']/skipped")
    assert kept.get("message") == 'ignored: <why> & "so"'


def test_junit_of_a_clean_tree_has_a_test_that_passes(shop):
    assert shop.retable("apply").status == 0
    (suite,) = ET.fromstring(written(shop, "junit", status=0))
    assert (suite.get("tests"), suite.get("failures")) == ("1", "0")
    assert [case.get("name") for case in suite] == ["no leftovers"]


def test_junit_is_xml_whatever_a_file_holds(shop):
    shop.write("shop/a\x01b\n.py", 'db.execute("DELETE FROM orders") # retable: ignore \x02 ]]>\n')
    suite = ET.fromstring(written(shop, "junit", status=1)).find("testsuite")
    assert "shop/a\\x01b\n.py" in [it.get("classname") for it in suite]


@pytest.mark.parametrize("form", ["text", "json", "github", "sarif", "junit"])
def test_a_format_is_the_same_to_the_byte_and_goes_to_a_file(odd, form):
    status = 2
    first = written(odd, form, status=status)
    said = odd.retable("check", "--format", form, "-o", "found.out")
    assert (said.status, said.out) == (status, "")
    assert odd.read("found.out") == first


def test_json_that_is_written_among_the_code_is_not_searched(shop):
    assert shop.retable("check", "--format", "json", "-o", "found.json").status == 1
    assert "found.json" not in shop.retable("check").out


def test_a_file_that_cannot_be_written_is_an_error(shop):
    said = shop.retable("check", "-o", "nowhere/found.txt")
    assert said.status == 2
    assert "nowhere/found.txt: cannot be written: No such file or directory" in said.err


def test_a_name_that_is_no_unicode_is_escaped_everywhere(shop):
    (shop.root / os.fsdecode(b"shop/\xe9.py")).write_text('db.execute("DELETE FROM orders")\n')
    assert "shop/\\udce9.py:1:25: RT001" in written(shop, "text", status=1)
    found = json.loads(written(shop, "json", status=1))["findings"]
    assert "shop/\udce9.py" in [it["path"] for it in found]
    uris = json.dumps([it["locations"] for it in sarif(shop, status=1)["results"]])
    assert "shop/%E9.py" in uris
    assert ET.fromstring(written(shop, "junit", status=1)) is not None


def test_the_fields_of_json_are_those_of_the_docs(odd):
    found = json.loads(written(odd, "json"))
    docs = (Path(__file__).resolve().parents[2] / "docs/check.md").read_text()
    assert list(found)[:4] == ["retable", "version", "status", "findings"]
    missing = [key for key in (*found, *found["findings"][0]) if f"`{key}`" not in docs]
    assert missing == []
