"""`retable explain`: what the check's rules mean; docs/rules.md is made of the same."""

from refactor.rules import RULES, Level, Rule

_WIDTH = 88


def listed() -> str:
    """All rules, a line each."""
    return "\n".join(f"{rule.code}  {rule.slug:<16}  {rule.title}" for rule in RULES) + "\n"


def explained(rule: Rule) -> str:
    """One rule for a terminal."""
    parts = [f"{rule}", *_wrapped(rule.title), *_wrapped(rule.means), *_wrapped(rule.why)]
    for what, example in (("Before:", rule.before), ("After:", rule.after)):
        if example:
            parts.append("\n".join([what, *(f"    {line}" for line in example.splitlines())]))
    parts += [*_wrapped(f"To mend it: {rule.mend}"), *_wrapped(_standing(rule))]
    return "\n\n".join(parts) + "\n"


def _wrapped(text: str) -> list[str]:
    import textwrap  # noqa: PLC0415 - for this command only

    return [textwrap.fill(text, _WIDTH, break_on_hyphens=False, break_long_words=False)]


def _standing(rule: Rule) -> str:
    fails = "It fails the check" if rule.level is Level.ERROR else "It does not fail the check"
    can = [
        what
        for what, holds in (
            ("a comment can ignore it", rule.ignorable),
            ("a baseline can hold it", rule.baselined),
            ("it is looked for with --strict only", rule.strict),
        )
        if holds
    ]
    return "; ".join([fails, *can]) + "."


def as_markdown() -> str:
    """All rules for the documentation."""
    lines = [
        "# Rules of `retable check`",
        "",
        "Made by `retable explain --markdown`; [how the check works](check.md).",
        "",
        "| code | slug | what it finds |",
        "|---|---|---|",
        *(
            f"| [{it.code}](#{it.code.lower()}-{it.slug}) | `{it.slug}` | {it.title} |"
            for it in RULES
        ),
    ]
    for rule in RULES:
        lines += ["", f"## {rule}", "", rule.title, "", rule.means, "", rule.why]
        for what, example in (("Before:", rule.before), ("After:", rule.after)):
            if example:
                lines += ["", what, "", *(f"    {line}" for line in example.splitlines())]
        lines += ["", f"To mend it: {rule.mend}", "", _standing(rule)]
    return "\n".join(lines) + "\n"
