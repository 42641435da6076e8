"""What a playground is told: one message, one answer, whether Python runs on this machine or in the browser.

A message is `{"id": 7, "kind": "check", "text": "input: ..."}`, its answer `{"id": 7, "result": ...}`, or
`{"id": 7, "error": "..."}` where there is none. Messages are answered one after the other; a page that has asked again
since leaves an answer out. Places in a text are counted as JavaScript counts them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from archcalc.catalogue import SHELVES, on_shelf, shipped
from archcalc.diagnostics.model import Diagnostic
from archcalc.diagnostics.render import as_json
from archcalc.editing import Uneditable
from archcalc.editor.actions import Action, actions
from archcalc.editor.completion import completions, documentation, start_of_word
from archcalc.editor.hover import hover
from archcalc.editor.networks import Checked, Networks
from archcalc.live.session import kept, told
from archcalc.page.data import network
from archcalc.play.places import Places
from archcalc.source import SourceFile
from archcalc.source.text import decode

WIDTHS = range(40, 401)
"""Columns of the text as a terminal shows it."""


class Wrong(Exception):
    """A message that has no answer; the text says why."""


class _Text:
    """One version of a text, and what archcalc understands of it."""

    def __init__(self, name: str, text: str, before: Networks | None) -> None:
        self.name = name
        self.text = text
        decoded, self.problems = decode(name, text.encode("utf-8", "surrogatepass"))
        self.file = decoded or SourceFile(name, "")
        self.networks = Networks(self.file, before)
        self.places = Places(self.file)

    def variant(self, wanted: Any) -> str | None:
        """The variant that is wanted, or the first one."""
        return wanted if wanted in self.networks.variants else self.networks.variants[0]

    def checked(self, wanted: Any) -> Checked:
        """The network of a variant."""
        return self.networks.network(self.variant(wanted))

    def findings(self, wanted: Any) -> list[Diagnostic]:
        """What was found in it, or in the bytes of the text."""
        return list(self.problems) or self.checked(wanted).diagnostics


class Answers:
    """Answers messages; what it knows of a text serves the next version of it.

    >>> answers = Answers()
    >>> text = "input: [1, 7, 7]\\nlayers: [conv: {out: 1, kernel: 3, stride: 3}]"
    >>> found = answers.answer({"id": 1, "kind": "check", "text": text})["result"]
    >>> found["ok"], [(one["from"], one["to"], one["code"]) for one in found["findings"]]
    (False, [(60, 61, 'AC301')])
    >>> answers.answer({"id": 2, "kind": "sing"})
    {'id': 2, 'error': 'no message is of the kind sing'}
    """

    def __init__(self) -> None:
        self._read: _Text | None = None
        self._readable: Networks | None = None
        self._good: dict[str, Any] | None = None
        self._kinds: dict[str, Callable[[dict[str, Any]], Any]] = {
            "check": self._check,
            "page": self._page,
            "repairs": self._repairs,
            "picture": self._picture,
            "terminal": self._terminal,
            "complete": self._complete,
            "about": self._about,
            "hover": self._hover,
            "format": self._format,
            "catalogue": self._catalogue,
            "open": self._open,
        }

    def answer(self, message: dict[str, Any]) -> dict[str, Any]:
        """The answer to a message."""
        kind = message.get("kind")
        try:
            if kind not in self._kinds:
                raise Wrong(f"no message is of the kind {kind}")
            return {"id": message.get("id"), "result": self._kinds[kind](message)}
        except Wrong as reason:
            return {"id": message.get("id"), "error": str(reason)}

    def answered(self, message: str) -> str:
        """The same as JSON. An exception of archcalc itself is told, so that the next message is answered."""
        read = json.loads(message)
        try:
            answer = self.answer(read)
        except Exception as mistake:
            self._read = self._readable = None
            text = f"{type(mistake).__name__}: {mistake}"
            answer = {"id": read.get("id"), "error": f"this is a mistake of archcalc, not of the spec: {text}"}
        return json.dumps(answer, ensure_ascii=True)

    def _text(self, message: dict[str, Any]) -> _Text:
        """The text of a message, read once however much is asked about it."""
        text = message.get("text")
        if not isinstance(text, str):
            raise Wrong("the message has no text")
        name = message.get("name")
        if not isinstance(name, str) or not name:
            name = "net.json" if text.lstrip().startswith('{"') else "net.yaml"
        if self._read is None or (self._read.name, self._read.text) != (name, text):
            self._read = _Text(name, text, self._readable)
            if self._read.networks.is_readable:
                self._readable = self._read.networks
        return self._read

    def _check(self, message: dict[str, Any]) -> dict[str, Any]:
        read = self._text(message)
        wanted = message.get("variant")
        found = read.findings(wanted)
        return {
            "ok": not read.problems and read.checked(wanted).report.ok,
            "variants": [one for one in read.networks.variants if one is not None],
            "variant": read.variant(wanted),
            "findings": [_finding(one, read) for one in found],
        }

    def _page(self, message: dict[str, Any]) -> dict[str, Any]:
        """The data of the page; of a text that says no network, that of the last one that did, marked as old."""
        read = self._text(message)
        report = read.checked(message.get("variant")).report
        page = network(report, read.findings(message.get("variant")), pictured=False)
        is_old = not report.graph.nodes and self._good is not None
        if is_old:
            assert self._good is not None
            return {"data": kept(self._good, page), "old": True}
        self._good = page
        return {"data": page, "old": False}

    def _repairs(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        read = self._text(message)
        found = actions(read.networks, 1, len(read.file.lines), [read.variant(message.get("variant"))])
        return [{**told(read.file, one), "changes": _changes(one, read.places)} for one in found]

    def _picture(self, message: dict[str, Any]) -> dict[str, Any]:
        report = self._text(message).checked(message.get("variant")).report
        if not report.graph.nodes:
            raise Wrong("the text says no network that could be drawn")
        return {"svg": report.draw(style="volumes", dark=bool(message.get("dark"))).svg}

    def _terminal(self, message: dict[str, Any]) -> str:
        width = message.get("width", 80)
        if width not in WIDTHS:
            raise Wrong(f"a terminal has from {WIDTHS[0]} to {WIDTHS[-1]} columns")
        read = self._text(message)
        if read.problems:
            raise Wrong("the text cannot be read")
        return read.checked(message.get("variant")).report.to_text(width=width)

    def _complete(self, message: dict[str, Any]) -> dict[str, Any]:
        read = self._text(message)
        line, column = read.places.place(_at(message))
        start = start_of_word(read.file, line, column)
        items = completions(read.file, line, column, self._readable)
        return {"from": _at(message) - (column - start), "items": [one._asdict() for one in items]}

    def _about(self, message: dict[str, Any]) -> str:
        return documentation(str(message.get("label", "")), message.get("sort", "word"))

    def _hover(self, message: dict[str, Any]) -> dict[str, Any] | None:
        read = self._text(message)
        if not read.networks.is_readable:
            return None
        found = hover(read.networks, read.checked(message.get("variant")), *read.places.place(_at(message)))
        if found is None:
            return None
        start, end = read.places.units(found.span)
        return {"from": start, "to": end, "markdown": found.markdown}

    def _format(self, message: dict[str, Any]) -> str:
        from archcalc.formatting import formatted

        try:
            return formatted(self._text(message).file)
        except Uneditable as error:
            raise Wrong(f"the text stays as it is: {error.reason}") from None

    def _catalogue(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        return [
            {"title": title, "names": [path.stem for path in on_shelf(folder)]} for folder, title in SHELVES.items()
        ]

    def _open(self, message: dict[str, Any]) -> str:
        """The text of a network of the catalogue, and of no other file."""
        path = shipped().get(str(message.get("name")))
        if path is None:
            raise Wrong(f"the catalogue has no {message.get('name')}")
        return path.read_text(encoding="utf-8")


def _at(message: dict[str, Any]) -> int:
    at = message.get("at")
    if type(at) is not int or at < 0:
        raise Wrong("the message has no place")
    return at


def _finding(found: Diagnostic, read: _Text) -> dict[str, Any]:
    start, end = (0, 0) if found.span is None else read.places.units(found.span)
    return {**as_json(found, read.name), "from": start, "to": end}


def _changes(action: Action, places: Places) -> list[dict[str, Any]]:
    made = [(*places.units(change.span), change.text) for change in action.changes]
    return [{"from": start, "to": end, "insert": text} for start, end, text in made]
