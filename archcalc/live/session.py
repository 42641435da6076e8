"""What the page of a spec shows at a time: the network, what was found, and the repairs that can be clicked."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import unified_diff
from pathlib import Path
from threading import Condition, Event, Thread
from typing import Any, NamedTuple

from archcalc import files
from archcalc.demands import NONE, Demands
from archcalc.diagnostics.model import Replacement
from archcalc.editing import TextEdit, apply, rewritten
from archcalc.editor.actions import Action, actions
from archcalc.editor.networks import Networks
from archcalc.live.watching import PAUSE, Watched
from archcalc.page.data import network
from archcalc.source import SourceFile
from archcalc.source.text import decode


class Shown(NamedTuple):
    """One state of the page; `serial` grows with every one."""

    serial: int
    data: dict[str, Any]
    is_old: bool
    """Whether the network is that of an earlier text, because the present one says none."""
    repairs: list[dict[str, Any]] | None
    """None while they are searched."""

    def to_json(self) -> dict[str, Any]:
        """The state for the page."""
        return {"serial": self.serial, "data": self.data, "old": self.is_old, "repairs": self.repairs}


class Refused(Exception):
    """A repair that cannot be made; the message says why."""


class Session:
    """Watches one network of a file, in a thread, until it is closed."""

    def __init__(self, path: Path, name: str, variant: str | None, demands: Demands = NONE) -> None:
        self._name = name
        self._variant = variant
        self._demands = demands
        self._file = Watched(path)
        self._networks: Networks | None = None
        self._good: dict[str, Any] | None = None
        self._actions: list[Action] = []
        self._news = Condition()
        self._shown: Shown | None = None
        self._ended = Event()
        self._file.look()
        self._read()
        self._thread = Thread(target=self._watch, name="watch", daemon=True)

    def __enter__(self) -> Session:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        with self._news:
            self._news.notify_all()
        self._thread.join()

    def after(self, serial: int, seconds: float) -> Shown | None:
        """The first state later than one, as soon as there is one; None if there is none for so long."""
        with self._news:
            self._news.wait_for(lambda: self._ended.is_set() or self._is_later(serial), timeout=seconds)
            return self._shown if self._is_later(serial) else None

    @property
    def is_ended(self) -> bool:
        """Whether nobody watches the file any longer."""
        return self._ended.is_set()

    @property
    def shown(self) -> Shown:
        """The present state."""
        with self._news:
            assert self._shown is not None
            return self._shown

    def repair(self, serial: int, number: int) -> None:
        """Write a repair into the file, as it was shown. Raises: Refused, OSError."""
        with self._news:
            shown = self._shown
            if shown is None or shown.serial != serial or shown.repairs is None:
                raise Refused("the text has changed since; look again")
            if not 0 <= number < len(self._actions):
                raise Refused("there is no such repair")
            assert self._networks is not None
            data = self._file.data
            if data is None or self._file.path.read_bytes() != data:
                raise Refused("the file has changed since; look again")
            text = changed(self._networks.file, self._actions[number].changes)
            files.write(self._file.path, rewritten(data, text), force=True)

    def _is_later(self, serial: int) -> bool:
        return self._shown is not None and self._shown.serial > serial

    def _watch(self) -> None:
        self._search()
        while not self._ended.wait(PAUSE):
            if self._file.look():
                self._read()
                self._search()

    def _read(self) -> None:
        """Check the present text, and show what is found at once; repairs come later."""
        file, problems = decode(self._name, self._file.data or b"")
        self._networks = Networks(file or SourceFile(self._name, ""), self._networks, self._demands)
        variant = self._variant if self._variant in self._networks.variants else self._networks.variants[0]
        checked = self._networks.network(variant)
        page = network(checked.report, problems or checked.diagnostics)
        is_old = not checked.report.graph.nodes and self._good is not None
        if is_old:
            assert self._good is not None
            page = kept(self._good, page)
        else:
            self._good = page
        self._show(page, is_old, None)

    def _search(self) -> None:
        """Find the repairs of the present text."""
        assert self._networks is not None
        assert self._shown is not None
        found = actions(self._networks, 1, len(self._networks.file.lines))
        shown = [told(self._networks.file, action) for action in found]
        with self._news:
            self._actions = found
        self._show(self._shown.data, self._shown.is_old, shown)

    def _show(self, data: dict[str, Any], is_old: bool, repairs: list[dict[str, Any]] | None) -> None:
        with self._news:
            serial = 1 if self._shown is None else self._shown.serial + 1
            self._shown = Shown(serial, data, is_old, repairs)
            self._news.notify_all()


def kept(good: dict[str, Any], page: dict[str, Any]) -> dict[str, Any]:
    """The page of a text that says no network: that of an earlier text, with what is found now."""
    return {**good, **{name: page[name] for name in ("text", "diagnostics", "verdicts")}}


def told(file: SourceFile, action: Action) -> dict[str, Any]:
    """A repair as the page shows it: what it is, where, and what the lines become."""
    return {
        "title": action.title,
        "code": action.code,
        "line": action.lines[0],
        "safe": action.is_safe,
        "harms": list(action.harms),
        "preview": preview(file, changed(file, action.changes)),
    }


def changed(file: SourceFile, changes: Sequence[Replacement]) -> str:
    """The text of a file with other texts for some of its stretches."""
    return apply(
        file.text,
        [
            TextEdit(file.offset(span.line, span.column), file.offset(span.end_line, span.end_column), text)
            for span, text in changes
        ],
    )


def preview(file: SourceFile, text: str) -> list[str]:
    """The lines that differ, old ones behind a minus and new ones behind a plus."""
    lines = unified_diff(file.text.splitlines(), text.splitlines(), lineterm="", n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]
