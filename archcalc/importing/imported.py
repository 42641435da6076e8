"""The import itself: from records of a network to the text of a spec that is proven to be that network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from archcalc.importing.proving import Names, Unproven, hold_to_record, names, unfolded
from archcalc.importing.record import Record
from archcalc.importing.structure import LADDER, Level, Unsayable, structured
from archcalc.importing.symbols import Follows, Symbols, numbers, with_symbols
from archcalc.importing.writing import text
from archcalc.tally import Count, Counts, tally


@dataclass(frozen=True)
class Imported:
    """A network that was read: the text of its spec, in which form, and what was found on the way.

    `level` is the form that was proven, `failures` say why one that reads better was not. `opaque` are the layers whose
    numbers are stated, `products` how many of the `multiplications` those are.
    """

    text: str
    level: Level
    names: Names
    parameters: Count
    multiplications: Count
    products: int
    opaque: list[str]
    notes: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    sizes: tuple[Mapping[str, int], ...] = ({},)
    """The values of the symbols at each of the sizes at which the network was read."""
    has_own_names: bool = True
    """Whether names of tensors can be compared at all."""
    counter: str | None = None
    """Whose count the multiplications are, in words: of PyTorch, or by the definitions of ONNX; None without any."""

    @property
    def is_whole(self) -> bool:
        """Whether every parameter of the source is in the spec."""
        return not self.names.unreached


def imported(
    record: Record,
    others: Sequence[Record] = (),
    *,
    remarks: Sequence[str] = (),
    axes: Sequence[Sequence[str | None]] | None = None,
    flat: bool = False,
) -> Imported:
    """The spec of a record in the best form that is proven to be it; `others` are the network at other sizes.

    `remarks` are comments at the top, `axes` the names of the axes of the inputs where the source has some. Raises:
    Unproven, if not even the flat list is the network of the record.
    """
    notes = list(record.notes)
    symbols = _symbols(record, others, axes, notes)
    remarks = [*remarks, *(f"{note[:1].upper()}{note[1:].removesuffix('.')}." for note in notes)]
    plain = _text(record, "flat", symbols, remarks)
    truth = unfolded(plain)
    hold_to_record(truth, record)
    elsewhere = symbols.values()[-1] if symbols.at else None
    truth_elsewhere = None if elsewhere is None or flat else unfolded(plain, elsewhere)
    kept = names(truth, record)
    failures: list[str] = []
    for level in LADDER[-1:] if flat else LADDER:
        try:
            written = plain if level == "flat" else _text(record, level, symbols, remarks)
            found = unfolded(written)
            is_same = found.same_as(truth) and (
                truth_elsewhere is None or level == "flat" or unfolded(written, elsewhere).same_as(truth_elsewhere)
            )
        except (Unproven, Unsayable) as reason:
            failures.append(f"{level}: {reason.message if isinstance(reason, Unproven) else reason}")
            continue
        if not is_same:
            failures.append(f"{level}: it unfolds to another network")
            continue
        named = names(found, record)
        if more := [name for name in named.renamed if name not in kept.renamed]:
            failures.append(f"{level}: it gives `{more[0]}` another name")
            continue
        counts = Counts(*tally(found.graph.nodes))
        opaque = [node for node in found.graph.nodes if node.kind == "opaque"]
        stated = sum(int(str(node.facts.multiplications)) for node in opaque if node.facts is not None)
        return Imported(
            written,
            level,
            named,
            counts.parameters,
            counts.multiplications,
            stated,
            [node.name for node in opaque],
            notes,
            failures,
            tuple(symbols.values()),
            not record.has_other_names,
            None if record.multiplications is None else record.counter,
        )
    raise Unproven("; ".join(failures))


def _symbols(
    record: Record, others: Sequence[Record], axes: Sequence[Sequence[str | None]] | None, notes: list[str]
) -> Symbols:
    if not others:
        return numbers(record)
    try:
        return with_symbols(record, others, axes)
    except Follows as reason:
        notes.append(f"the sizes of the input stay numbers: {reason}")
        return numbers(record)


def _text(record: Record, level: Level, symbols: Symbols, remarks: Sequence[str]) -> str:
    return text(structured(record, level, symbols.shapes, symbols.at), tuple(remarks))
