"""Reads a device: a file of YAML with its figures and their sources, or diagnostics at their places."""

from __future__ import annotations

from archcalc.diagnostics.codes import language as codes
from archcalc.diagnostics.model import Diagnostic
from archcalc.hardware.amounts import BANDWIDTH, MEMORY, SPEED, Kind, amount
from archcalc.hardware.arithmetic import NoDtype, arithmetic
from archcalc.hardware.model import Figure, FigureSource, Hardware
from archcalc.source import SourceFile, parse
from archcalc.source.document import Mapping, Node, Scalar
from archcalc.spec.structure import Findings, TooManyFindings

KEYS = ("hardware", "title", "kind", "memory", "bandwidth", "peak", "sources", "note")
NEEDED = ("hardware", "bandwidth", "peak")
FIGURE_KEYS = ("is", "how", "source")
SOURCE_KEYS = ("title", "url", "read", "original")


def read(file: SourceFile) -> tuple[Hardware | None, list[Diagnostic]]:
    """The device in a file, or None and what is wrong with it.

    >>> text = "hardware: mine\\nbandwidth: 50 GB/s\\npeak: {float32: 2 TFLOPS}\\n"
    >>> device, problems = read(SourceFile("mine.yaml", text))
    >>> device.name, device.bandwidth.value, device.peak("float32").value
    ('mine', 50000000000, 2000000000000)
    """
    document, problems = parse(file)
    if document is None:
        return None, problems
    reader = _Reader()
    try:
        device = reader.device(document)
    except TooManyFindings:
        device = None
    problems = [*problems, *reader.findings.diagnostics]
    return (None if any(one.severity == "error" for one in problems) else device), problems


class _Reader:
    def __init__(self) -> None:
        self.findings = Findings()
        self.sources: dict[str, FigureSource] = {}

    def device(self, document: Node) -> Hardware | None:
        if not isinstance(document, Mapping):
            self.findings.report(
                codes.WRONG_STRUCTURE, "hardware is a map with `hardware`, `bandwidth` and `peak`", document.span
            )
            return None
        entries = self._entries(document, "hardware", KEYS)
        for name in NEEDED:
            if name not in entries:
                self.findings.report(codes.WRONG_STRUCTURE, f"hardware needs `{name}`", document.span)
        self._read_sources(entries.get("sources"))
        name = self._text(entries, "hardware")
        memory = self._figure(entries["memory"], "`memory`", MEMORY) if "memory" in entries else None
        bandwidth = self._figure(entries["bandwidth"], "`bandwidth`", BANDWIDTH) if "bandwidth" in entries else None
        peaks = self._peaks(entries.get("peak"))
        if bandwidth is None or not peaks:
            return None
        title = self._text(entries, "title") or name
        return Hardware(name, title, self._text(entries, "kind"), memory, bandwidth, peaks, self._text(entries, "note"))

    def _entries(self, node: Mapping, what: str, known: tuple[str, ...]) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for key, value in node.entries:
            if key.text in known:
                found[key.text] = value
            else:
                self.findings.unknown_key(key, what, known)
        return found

    def _text(self, entries: dict[str, Node], key: str) -> str:
        return (self.findings.text(entries[key], f"`{key}`") or "") if key in entries else ""

    def _read_sources(self, node: Node | None) -> None:
        for key, value in self.findings.mapping(node, "`sources`") if node is not None else []:
            if not isinstance(value, Mapping):
                self.findings.report(
                    codes.WRONG_STRUCTURE, f"the source `{key.text}` is a map with `title` and `url`", value.span
                )
                continue
            entries = self._entries(value, "a source", SOURCE_KEYS)
            self.sources[key.text] = FigureSource(*(self._text(entries, name) for name in SOURCE_KEYS))

    def _peaks(self, node: Node | None) -> dict[str, Figure]:
        found: dict[str, Figure] = {}
        entries = self.findings.mapping(node, "`peak`") if node is not None else []
        if node is not None and not entries and isinstance(node, Mapping):
            self.findings.report(codes.WRONG_STRUCTURE, "`peak` has no type of numbers, such as float32", node.span)
        for key, value in entries:
            name = self._dtype(key)
            figure = self._figure(value, f"the peak for `{key.text}`", SPEED)
            if name in found:
                self.findings.report(codes.WRONG_STRUCTURE, f"`{name}` has a peak already", key.span)
            elif name is not None and figure is not None:
                found[name] = figure
        return found

    def _dtype(self, key: Scalar) -> str | None:
        try:
            return arithmetic(key.text)
        except NoDtype as error:
            self.findings.report(codes.UNKNOWN_KEY, str(error), key.span, "no type of numbers")
            return None

    def _figure(self, node: Node, what: str, kind: Kind) -> Figure | None:
        how, source = "", next(iter(self.sources.values()), None)
        if isinstance(node, Mapping):
            entries = self._entries(node, what, FIGURE_KEYS)
            if "is" not in entries:
                self.findings.report(codes.WRONG_STRUCTURE, f"{what} needs `is`, such as {kind.example}", node.span)
                return None
            how = self._text(entries, "how")
            if "source" in entries:
                source = self._source(entries["source"])
            node = entries["is"]
        text = self.findings.text(node, what)
        if text is None:
            return None
        value = amount(text, kind)
        if value is None:
            self.findings.report(
                codes.BAD_VALUE, f"{what} is a number with its unit, such as {kind.example}, not {text}", node.span
            )
            return None
        return Figure(value, text, source, how)

    def _source(self, node: Node) -> FigureSource | None:
        name = self.findings.text(node, "`source`")
        if name is not None and name not in self.sources:
            self.findings.report(codes.UNKNOWN_NAME, f"`sources` has no `{name}`", node.span)
        return self.sources.get(name or "")
