"""JUnit's XML, in the shape that pytest gives it."""

import re

from refactor.leftovers import Finding
from refactor.rules import UNREADABLE_FILE
from retable.formats.report import Report
from retable.formats.text import line_of

# https://www.w3.org/TR/xml/#charsets; `xml.sax.saxutils` would cost each check 20 ms of imports.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report) -> str:
    """One suite with a test per finding; one that passes if there is none."""
    cases = [_case(it) for it in report.findings]
    cases = cases or [
        ("passed", '    <testcase classname="retable" name="no leftovers" time="0"/>')
    ]
    kinds = [kind for kind, _ in cases]
    counts = (
        f'tests="{len(cases)}" failures="{kinds.count("failure")}" errors="{kinds.count("error")}"'
        f' skipped="{kinds.count("skipped")}" time="0"'
    )
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<testsuites name="retable check" {counts}>',
        f'  <testsuite name="retable check" {counts}>',
        *(case for _, case in cases),
        "  </testsuite>",
        "</testsuites>",
    ]
    return "\n".join(lines) + "\n"


def _case(finding: Finding) -> tuple[str, str]:
    place = f"{finding.line}:{finding.column}"
    name = f"{finding.rule} {place}"
    opening = (
        f"    <testcase classname={_attribute(str(finding.path))} name={_attribute(name)}"
        f' file={_attribute(str(finding.path))} line="{finding.line}" time="0">'
    )
    kind = _kind(finding)
    if kind == "skipped":
        why = _why_skipped(finding)
        inner = f'      <skipped type="retable" message={_attribute(why)}/>'
    else:
        body = "\n".join(it for it in (line_of(finding), finding.mend) if it)
        said = _attribute(finding.message)
        slug = _attribute(finding.rule.slug)
        inner = f"      <{kind} type={slug} message={said}>{_text(body)}</{kind}>"
    return kind, f"{opening}\n{inner}\n    </testcase>"


def _kind(finding: Finding) -> str:
    if not finding.fails:
        return "skipped"
    return "error" if finding.rule is UNREADABLE_FILE else "failure"


def _why_skipped(finding: Finding) -> str:
    why = finding.silenced.value if finding.silenced else finding.rule.slug
    return f"{why}: {finding.reason or finding.message}"


def _attribute(text: str) -> str:
    quoted = _text(text).replace('"', "&quot;")
    return f'"{quoted.replace(chr(10), "&#10;").replace(chr(13), "&#13;").replace(chr(9), "&#9;")}"'


def _text(text: str) -> str:
    plain = _NO_XML.sub(lambda it: it[0].encode("unicode_escape").decode("ascii"), text)
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
