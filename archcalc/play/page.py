"""The page of the playground: that of a report beside an editor, in the three forms that it has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from archcalc.page.assembly import Addition, embedded, page, wrapped
from archcalc.play.answers import Answers

FRONT = Path(__file__).resolve().parent / "front"
_MODULES = ("link", "backend", "files", "plain", "playground")
"""The modules of the program, each behind those that it imports."""


class Given(NamedTuple):
    """The text with which a playground begins."""

    text: str
    name: str | None = None
    """What findings call it; None for one that has no file."""
    variant: str | None = None
    saves: bool = False
    """Whether it may be written into its file."""


class Form(NamedTuple):
    """Where a playground has archcalc from."""

    backend: str
    """Who answers, as an expression of JavaScript."""
    scripts: str = ""
    policy: str = ""
    shares: bool = True
    """Whether its address can be given to others."""


NATIVE = Form("new $backend.Native()", policy="connect-src 'self'", shares=False)
FOLDER = Form("new $backend.Browser($files.fromFolder())", policy="worker-src 'self'")
# A worker that a page makes itself is bound by the policy of the page. Python is WebAssembly, its modules are blobs.
ONE_FILE = Form("new $backend.Browser($files.fromPage())", "'wasm-unsafe-eval' blob:", "worker-src blob:")


def sample() -> Given:
    """What a playground shows to whoever names nothing."""
    return Given(_front("sample.yaml"))


def playground(given: Given, form: Form, editor: str | None, enclosed: Mapping[str, str] | None = None) -> str:
    """The page, with an editor that was built, or a field for text. `enclosed` are files that it has in itself.

    >>> "connect-src 'self'" in playground(sample(), NATIVE, None)
    True
    """
    answers = Answers()
    asked = {"id": 0, "kind": "page", "text": given.text, "variant": given.variant, "name": given.name}
    data = answers.answer(asked)["result"]["data"]
    said = {"name": given.name, "variant": given.variant, "saves": given.saves, "shares": form.shares}
    chosen = "$plain" if editor is None else "$editor"
    program = "".join(
        [
            *(wrapped(name, _front(f"{name}.mjs")) for name in _MODULES),
            "" if editor is None else f"{editor}\n",
            f"const $playing = $playground.start($shown, {form.backend}, {chosen}.create, {embedded(said)});\n",
        ]
    )
    body = _front("play.html") + "".join(_enclosed(name, text) for name, text in (enclosed or {}).items())
    return page(data, Addition(program, _front("play.css"), body, form.scripts, form.policy))


def _enclosed(name: str, text: str) -> str:
    """A file as an element that no browser runs."""
    assert "</script" not in text.lower(), f"{name} would end the element that it stands in"
    place = 'id="worker"' if name == "worker" else f"data-file={json.dumps(name)}"
    return f'<script type="text/plain" {place}>{text}</script>\n'


def _front(name: str) -> str:
    return (FRONT / name).read_text(encoding="utf-8")
