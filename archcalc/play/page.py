"""The page of the playground: that of a report beside an editor, in the three forms that it has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from archcalc.page.assembly import Addition, allowed, embedded, page, wrapped
from archcalc.play.answers import Answers

FRONT = Path(__file__).resolve().parent / "front"
_MODULES = ("link", "backend", "plain", "playground")
"""The modules of the program, each behind those that it imports."""
_TAKE = "$first.take(document.currentScript);"
"""Runs behind each file that the page has in itself."""


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
    first: str = ""
    """What begins before the page is read, as an expression; the program finds it as `$first`."""
    scripts: str = ""
    policy: str = ""
    shares: bool = True
    """Whether its address can be given to others."""


NATIVE = Form("new $backend.Native()", policy="connect-src 'self'", shares=False)
FOLDER = Form("new $backend.Browser($first)", "$ahead.fromFolder()", policy="worker-src 'self'")
# A worker that a page makes itself is bound by the policy of the page. Python is WebAssembly, its modules are blobs.
ONE_FILE = Form(
    "new $backend.Browser($first)",
    "$ahead.fromPage()",
    f"{allowed(_TAKE)} 'wasm-unsafe-eval' blob:",
    "worker-src blob:",
)


class Enclosed(NamedTuple):
    """What a page has in itself to run archcalc."""

    worker: str
    """The program of a worker, which gets the files."""
    files: Mapping[str, str]
    """By name, in base 64, in the order in which they are needed."""


def sample() -> Given:
    """What a playground shows to whoever names nothing."""
    return Given(_front("sample.yaml"))


def playground(given: Given, form: Form, editor: str | None, enclosed: Enclosed | None = None) -> str:
    """The page, with an editor that was built, or a field for text.

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
    first = f"{wrapped('ahead', _front('ahead.mjs'))}const $first = {form.first};\n" if form.first else ""
    head = "" if enclosed is None else _kept('id="worker"', enclosed.worker)
    # Behind the program, so that the page is shown while they are read.
    files = {} if enclosed is None else enclosed.files
    last = "".join(
        f"{_kept(f'data-file={json.dumps(name)}', text)}<script>{_TAKE}</script>\n" for name, text in files.items()
    )
    return page(
        data, Addition(program, _front("play.css"), _front("play.html"), form.scripts, form.policy, head, first, last)
    )


def _kept(attribute: str, text: str) -> str:
    """A text as an element that no browser runs."""
    assert "</script" not in text.lower(), f"{attribute}: it would end the element that it stands in"
    return f'<script type="text/plain" {attribute}>{text}</script>'


def _front(name: str) -> str:
    return (FRONT / name).read_text(encoding="utf-8")
