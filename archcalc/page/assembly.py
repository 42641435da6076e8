"""One HTML file from the data of a network and the page's program: it fetches nothing, and runs nothing else.

The program is plain modules of JavaScript in `front/`, which Node imports as they are. Here they are put behind each
other, each in a function of its own, so that the file needs no tool to be built.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from archcalc.page.colors import colors

FRONT = Path(__file__).resolve().parent / "front"
MODULES = (
    "exact",
    "legality",
    "work",
    "network",
    "tree",
    "layout",
    "dom",
    "formula",
    "page",
    "camera",
    "edges",
    "graph",
    "figure",
    "table",
    "charts",
    "sizes",
    "details",
    "search",
    "main",
)
"""The modules of the program, each behind those that it imports."""

_START = (
    'const $shown = $main.show(JSON.parse(document.getElementById("data").textContent));\n'
    'performance.mark("archcalc-ready");\n'
)

_IMPORT = re.compile(r'^import (?:\* as (\w+)|(\{[^}]+\})) from "(?:[\w./]*/)(\w+)\.mjs";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?:async )?(?:class|function|const) (\w+)", re.MULTILINE)


class Addition(NamedTuple):
    """What a page has that is served, besides what a file has."""

    program: str
    """Runs when the network is shown, and finds it as `$shown`."""
    style: str
    body: str
    """Stands over the network."""
    scripts: str = ""
    """What may run besides, as sources of a policy."""
    policy: str = "connect-src 'self'"
    """What else the page may do."""
    head: str = ""
    """Stands in front of everything that is shown."""
    first: str = ""
    """Runs behind that, before anything else is read."""
    last: str = ""
    """Stands behind the program."""


def page(data: dict[str, Any], addition: Addition | None = None) -> str:
    """The file that shows a network; with an `addition`, a page that may ask the server that it comes from.

    >>> import archcalc
    >>> from archcalc.page.data import network
    >>> report = archcalc.load("input: [8]\\nlayers: [linear: 4]").check()
    >>> page(network(report, [])).splitlines()[0]
    '<!doctype html>'
    """
    more = addition or Addition("", "", "", policy="")
    script, style = program() + more.program, _style() + more.style
    scripts = [script, more.first] if more.first else [script]
    first = f"{more.head}<script>{more.first}</script>\n" if more.first else ""
    policy = (
        f"default-src 'none'; script-src {' '.join([*map(allowed, scripts), *more.scripts.split()])}; "
        f"style-src {allowed(style)}; img-src data:; base-uri 'none'; form-action 'none'"
        + (f"; {more.policy}" if more.policy else "")
    )
    return (
        "<!doctype html>\n"
        '<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f"{first}"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(data['title'])}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f"{more.body}{_front('body.html')}"
        f'<script type="application/json" id="data">{embedded(data)}</script>\n<script>{script}</script>\n'
        f"{more.last}</body>\n</html>\n"
    )


def embedded(data: dict[str, Any]) -> str:
    """The data as it can stand in a script element: no text in it ends the element, or a line of JavaScript.

    >>> embedded({"name": "</script>"})
    '{"name":"\\\\u003c/script>"}'
    """
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    text = text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    # Half a pair of surrogates is no character of any file.
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


@cache
def program() -> str:
    """The program of every page."""
    return '"use strict";\n' + "".join(wrapped(name, _front(f"{name}.mjs")) for name in MODULES) + _START


def wrapped(name: str, text: str) -> str:
    """A module as a function that is called once: what it imports is there, and it returns what it exports.

    >>> print(wrapped("twice", 'import { two } from "./numbers.mjs";\\nexport const four = 2 * two;\\n'))
    const $twice = (() => {
    const { two } = $numbers;
    const four = 2 * two;
    return { four };
    })();
    <BLANKLINE>
    """
    exported = _EXPORT.findall(text)
    text = _IMPORT.sub(lambda found: f"const {found[1] or found[2].replace(' as ', ': ')} = ${found[3]};\n", text)
    text = re.sub(r"^export ", "", text, flags=re.MULTILINE)
    return f"const ${name} = (() => {{\n{text}return {{ {', '.join(exported)} }};\n}})();\n"


@cache
def _style() -> str:
    return colors() + _front("style.css")


def _front(name: str) -> str:
    return (FRONT / name).read_text(encoding="utf-8")


def allowed(text: str) -> str:
    """A script or a style as a source of a policy: this text and no other.

    >>> allowed("0;")
    "'sha256-8atrH6Pge+As3TgWrRwcD2pUDCYuTIBfIIqQGFDl3eA='"
    """
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
    return f"'sha256-{digest}'"
