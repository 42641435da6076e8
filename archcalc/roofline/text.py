"""An estimate as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.report.grid import cell, fitted, taken
from archcalc.report.stated import told
from archcalc.roofline.figures import duration, share, short
from archcalc.roofline.model import Estimate, nodes_of
from archcalc.roofline.rows import Row, rows
from archcalc.terminal import PLAIN, Terminal, display_width

HEADINGS = ("layer", "kind", "FLOPs", "bytes", "FLOP/B", "bound", "time", "share")
WORDS = 2
"""So many of the columns are words, in front of numbers."""
GIVING_WAY = (("layer", 18), ("kind", 8), ("kind", 0), ("FLOP/B", 0), ("layer", 10), ("bytes", 0), ("FLOPs", 0))
"""How columns give way where a table is too wide: the width that each keeps, and 0 drops it."""


def text(found: Estimate, terminal: Terminal = PLAIN, depth: int | None = None) -> str:
    """The estimate: what it is of, the rows with most time, and what they come to."""
    parts = [_heading(found, terminal), _table(rows(found, depth), found, terminal), _closing(found, terminal)]
    return "\n\n".join("\n".join(lines) for lines in parts)


def heading(found: Estimate) -> str:
    """The network, the device and the numbers that it computes with."""
    maps, tensors = found.precision
    numbers = maps if maps == tensors else f"{maps}, tensors {tensors}"
    fused = ", fused" if found.is_fused else ""
    return f"{found.title} on {found.hardware.title}: {numbers}, batch {found.batch:,}{fused}"


def roofs(found: Estimate) -> str:
    """The two limits of the device, and where they meet."""
    peak = found.hardware.peak(found.precision.maps).text
    return f"{peak}, {found.hardware.bandwidth.text}: compute-bound from {short(found.ridge)} FLOP/B on"


def remarks(found: Estimate) -> list[str]:
    """The estimate in a sentence, and what it rests on."""
    if not found.seconds:
        return ["nothing is computed or moved"]
    lines = [
        f"an estimate: {duration(found.seconds)} at these peaks, {_bound(found)}",
        "a run takes longer where layers start and peaks are missed, and less where "
        + ("maps stay in a cache" if found.is_fused else "layers are fused or maps stay in a cache"),
    ]
    if author := told(nodes_of(found)):
        lines.append(author)
    memory = found.hardware.memory
    if memory is not None and found.tensor_bytes > memory.value:
        lines.append(
            f"its tensors take {short(found.tensor_bytes)}B, more than the {memory.text} of {found.hardware.name}"
        )
    return lines


def _bound(found: Estimate) -> str:
    part = found.share_of_memory if found.bound == "memory" else 1 - found.share_of_memory
    return f"all of it {found.bound}-bound" if part == 1 else f"{share(part)} of it {found.bound}-bound"


def _heading(found: Estimate, terminal: Terminal) -> list[str]:
    lines = [terminal.paint(line, "bold") for line in terminal.wrapped(heading(found))]
    return [*lines, *terminal.wrapped(roofs(found))]


def _closing(found: Estimate, terminal: Terminal) -> list[str]:
    return [line for remark in remarks(found) for line in terminal.wrapped(remark)]


def cells(row: Row, found: Estimate) -> tuple[str, ...]:
    """The texts of a row."""
    intensity = row.work.intensity
    part = row.seconds / found.seconds if found.seconds else row.seconds
    return (
        row.label,
        row.kind,
        short(row.work.flops),
        short(row.work.bytes),
        "-" if intensity is None else short(intensity),
        row.bound or "-",
        duration(row.seconds),
        share(part),
    )


def total(found: Estimate) -> Row:
    """The row below the others."""
    count = len(found.layers)
    return Row("total", f"{count} layer{'' if count == 1 else 's'}", found.work, found.seconds, found.bound)


def _ending(label: str, width: int, ellipsis: str) -> str:
    """The end of a name that is too long: names begin with the blocks that many layers stand in."""
    if display_width(label) <= width:
        return label
    kept = label
    while kept and display_width(ellipsis + kept) > width:
        kept = kept[1:].lstrip(" .…")
    return ellipsis + kept


def _table(shown: Sequence[Row], found: Estimate, terminal: Terminal) -> list[str]:
    texts = [tuple(map(terminal.visible, cells(row, found))) for row in (*shown, total(found))]
    columns = zip(HEADINGS, *texts, strict=True)
    widest = {column[0]: max(map(display_width, column)) for column in columns}
    widths = fitted(widest, GIVING_WAY, terminal.width, {})
    ellipsis = terminal.visible("…")
    places = [(index, name) for index, name in enumerate(HEADINGS) if name in widths]

    def line(row: Sequence[str]) -> str:
        shown = [
            _ending(row[index], widths[name], ellipsis) if name == "layer" else row[index] for index, name in places
        ]
        return "  ".join(
            cell(text, widths[name], ellipsis, right=index >= WORDS)
            for text, (index, name) in zip(shown, places, strict=True)
        ).rstrip()

    rule = terminal.paint(terminal.visible("─") * taken(widths), "dim")
    *body, last = map(line, texts)
    return [terminal.paint(line(HEADINGS), "bold"), rule, *body, rule, terminal.paint(last, "bold")]
