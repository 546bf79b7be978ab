"""From texts to one HTML file that needs nothing else.

A page runs no script and takes no style but its own: the policy in its head names them by their
digests, and allows nothing besides, no connection above all. Facts reach a script as JSON, in
which no character can end the script or begin a tag.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from importlib.resources import files
from string import Template
from typing import Any

_ASSETS = files(__package__) / "assets"
# Within JSON these stand in strings only, where their escapes mean the same.
_UNSAFE = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def shared(name: str) -> str:
    """A style or a script that all pages have."""
    return (_ASSETS / name).read_text(encoding="utf-8")


def document(template: str, *, title: str, style: str, code: str, **values: str) -> bytes:
    """The whole page; the same values give the same bytes.

    Args:
        template: HTML with `$policy`, `$title`, `$style`, `$script`, and what else it needs.
        title: as plain text.
        style: its style.
        code: its script.
        values: what else stands in the template, as HTML.
    """
    script = f'(() => {{\n"use strict";\n\n{code}\n}})();\n'
    text = Template(template).substitute(
        policy=_policy(style, script), title=escaped(title), style=style, script=script, **values
    )
    return text.encode()


def as_script_data(data: Mapping[str, Any]) -> str:
    """Values as JSON that may stand in a `script` element, whatever they hold."""
    said = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    # A byte that was no text came as half a pair, which UTF-8 cannot spell.
    whole = said.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.translate(_UNSAFE)


def escaped(text: str) -> str:
    """Plain text as HTML says it, in an attribute too."""
    for plain, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(plain, entity)
    return text.encode("utf-8", "replace").decode()


def _policy(style: str, script: str) -> str:
    """What the browser is told to allow: these two texts, and nothing else.

    See https://developer.mozilla.org/docs/Web/HTTP/Headers/Content-Security-Policy
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_digest(style)}'",
            f"script-src '{_digest(script)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
