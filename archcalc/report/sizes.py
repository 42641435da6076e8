"""Legal sizes for a terminal: the line in a check, and the page of `archcalc sizes`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from archcalc.checking import Checked
from archcalc.diagnostics.codes.shapes import STATED_SIZES
from archcalc.graph import Graph
from archcalc.program import InvalidSpec
from archcalc.sizes.legal import LegalSizes
from archcalc.sizes.legality_note import believed
from archcalc.sizes.sets import IntegerSet
from archcalc.terminal import Terminal, display_width, wrap

_FIRST = 8
"""Sizes that are listed."""


def legal_line(report: Checked) -> str | None:
    """For which sizes the network is legal, if it has symbols."""
    if not report.symbols or report.network is None:
        return None
    try:
        legal = report.legal_sizes
    except InvalidSpec:
        return None
    # Where it is the errors that leave no size, they say it, and where.
    held = f", with {sizes_text(legal.fixed)} as stated" if legal.fixed and legal.axes else ""
    return f"legal: {in_words(legal)}{held}" if legal.never is None else None


def in_words(legal: LegalSizes) -> str:
    """The set, and what it would be with other weights; sizes that decide what the network is are as stated."""
    if legal.fixed and not legal.axes:
        return f"{sizes_text(legal.fixed)} as stated; another size may make another network"
    belief = f", as far as {believed(legal)}" if legal.rests_on else ""
    if legal.with_new_weights is None:
        return f"{legal.text()}{belief}"
    others = legal.with_new_weights.text()
    return f"{legal.text()} with the weights of {sizes_text(legal.stated)}; {others} with others{belief}"


def sizes_text(sizes: Mapping[str, int]) -> str:
    """The values of symbols, equal ones together.

    >>> sizes_text({"H": 224, "W": 224, "classes": 21})
    'H = W = 224, classes = 21'
    """
    alike: dict[int, list[str]] = {}
    for name, value in sizes.items():
        alike.setdefault(value, []).append(name)
    return ", ".join(f"{' = '.join(names)} = {value}" for value, names in alike.items())


def page(title: str, legal: LegalSizes, graph: Graph, near: Mapping[str, int], terminal: Terminal) -> str:
    """Everything about the sizes of one network, in lines that fit the terminal."""

    def wrapped(text: str, indent: int = 0) -> list[str]:
        first, *rest = terminal.wrapped(text, less=indent + 2)
        return [" " * indent + first, *(" " * (indent + 2) + line for line in rest)]

    parts = [[terminal.paint(terminal.visible(title), "bold")]]
    parts.append(
        [*wrapped(f"legal: {in_words(legal)}"), *(line for text in _examples(legal) for line in wrapped(text, 7))]
    )
    if reasons := list(_reasons(legal, graph, terminal)):
        parts.append(reasons)
    more = []
    if legal.exact is not None and not legal.exact.is_empty:
        more.append(f"nothing is rounded at {legal.exact.text()}")
    elif legal.exact is not None:
        more.append("something is rounded at every size")
    if legal.rests_on:
        steps = "this step" if len(legal.rests_on) == 1 else f"these {len(legal.rests_on):,} steps"
        more.append(f"what is stated of {steps} is believed; whether all such sizes are taken there, is not known")
        more.extend(_stated_for_all(graph))
    if legal.fixed:
        more.append(f"{sizes_text(legal.fixed)} as stated: the others are decided for it")
    more.extend(placed(legal, near))
    if more:
        parts.append([line for text in more for line in wrapped(text)])
    return "\n\n".join("\n".join(part) for part in parts)


def _stated_for_all(graph: Graph) -> Iterator[str]:
    """What opaque steps state of all sizes alike, each statement once."""
    known = [(node.name, finding) for node in graph.nodes if node.facts for finding in node.facts.findings]
    told = {finding.message: name for name, finding in reversed(known) if finding.code is STATED_SIZES}
    yield from (f"{name}: {message}" for message, name in reversed(told.items()))


def _examples(legal: LegalSizes) -> Iterator[str]:
    """The first sizes of a network with one symbol, unless the set itself lists them."""
    if len(legal.symbols) != 1 or len(legal.boxes) > 1 or legal.is_everything or legal.undecided:
        return
    (values,) = legal.axes.values()
    first = list(islice(values, _FIRST + 1))
    if len(first) > 1 and values.modulus > 1:
        yield ", ".join(map(str, first[:_FIRST])) + (", ..." if len(first) > _FIRST else "")


def _reasons(legal: LegalSizes, graph: Graph, terminal: Terminal) -> Iterator[str]:
    """Who asks for what: one row for every layer that narrows the sizes down."""
    kinds = {node.name: node.kind for node in graph.nodes}
    rows = [*_caused(legal), *((str(one.condition), one.layer, one.reason) for one in (*legal.ties, *legal.undecided))]
    if not rows:
        return
    room = min(max(display_width(terminal.visible(row[0])) for row in rows), max(terminal.width // 2 - 4, 16))
    for allowed, layer, reason in rows:
        asked = f"{layer} ({kinds[layer]})" if layer in kinds else layer
        text = f"{asked}: {reason}" if reason else asked
        left = wrap(terminal.visible(allowed), room)
        right = wrap(terminal.visible(text), max(terminal.width - room - 4, 12))
        for index in range(max(len(left), len(right))):
            one = left[index] if index < len(left) else ""
            two = right[index] if index < len(right) else ""
            yield f"  {one}{' ' * (room - display_width(one))}  {two}".rstrip()


def _caused(legal: LegalSizes) -> Iterator[tuple[str, str, str]]:
    """Sets, layers and reasons; where a layer asks the same of several symbols, they share a row."""
    alike: dict[tuple[str, IntegerSet], tuple[list[str], str]] = {}
    for cause in legal.causes:
        alike.setdefault((cause.layer, cause.allowed), ([], cause.reason))[0].append(cause.symbol)
    for (layer, allowed), (names, reason) in alike.items():
        if len(allowed.runs) == 1 and allowed.is_finite:
            yield from ((allowed.text(name), layer, reason) for name in names)
        else:
            yield allowed.text(" and ".join(names)), layer, reason


def placed(legal: LegalSizes, near: Mapping[str, int]) -> Iterator[str]:
    """Whether sizes are legal, and which neighbours are; symbols that `near` leaves out are as stated."""
    sizes = {**legal.stated, **near}
    missing = [name for name in legal.symbols if name not in sizes]
    if missing and near:
        yield f"{sizes_text(near)} is one size of several: give {' and '.join(missing)} one, too"
    if missing or not legal.symbols:
        return
    given = sizes_text({name: sizes[name] for name in legal.symbols})
    if sizes in legal:
        yield f"{given} is legal"
        return
    found = [sizes_text(one) for one in legal.nearest(sizes) if one is not None]
    nearest = f"; the nearest that are: {' and '.join(dict.fromkeys(found))}" if found else ""
    yield f"{given} is not legal{nearest}"


def blocks(
    found: Sequence[tuple[str, LegalSizes | None]], near: Mapping[str, int], terminal: Terminal
) -> Iterator[str]:
    """A line for each of several networks, and where the sizes of `near` stand; None is one with mistakes."""
    room = max((len(name) for name, _ in found), default=0)
    for name, legal in found:
        words = in_words(legal) if legal is not None else "has mistakes; `archcalc check` says which"
        yield terminal.visible(f"{name:<{room}}  {words}")
        for line in placed(legal, near) if legal is not None and near else ():
            yield terminal.visible(f"{'':<{room}}  {line}")


def as_json(title: Mapping[str, Any], legal: LegalSizes, near: Mapping[str, int]) -> dict[str, Any]:
    """The data of `archcalc sizes --format json`."""
    data = {**title, **legal.to_json()}
    sizes = {name: value for name, value in {**legal.stated, **near}.items() if name in legal.symbols}
    if near and len(sizes) == len(legal.symbols):
        below, above = legal.nearest(sizes)
        data["near"] = {"sizes": sizes, "legal": sizes in legal, "below": below, "above": above}
    return data
