"""A derivation for a terminal: a line for every quantity, broken at its equals signs where there is little room."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from archcalc.derivations.model import Derivation
from archcalc.derivations.notation import Notation, text_notation
from archcalc.diagnostics.render import NARROWEST
from archcalc.layers.base import Shape
from archcalc.terminal import display_width, paint, visible, wrap

NARROW = 60
"""With less room than this a quantity has its label on a line of its own."""
GAP = 2
ARROW = "→"


def full(derivation: Derivation, *, width: int = 80, color: bool = False, encoding: str = "utf-8") -> str:
    """Heading, place in the specification, all quantities, and what the letters stand for."""
    width = max(width, NARROWEST)
    parts = [heading(derivation, width=width, color=color, encoding=encoding)]
    told = rows(derivation, width=width, color=color, encoding=encoding)
    if told:
        parts.append("\n".join(told))
    for reason in derivation.reasons:
        told = wrap(visible(reason, encoding), width)
        parts.append("\n".join(paint(line, "red", color=color) for line in told))
    return "\n\n".join(parts)


def heading(derivation: Derivation, *, width: int, color: bool, encoding: str) -> str:
    """Name, kind, shapes, and the line of the specification."""
    rest = f"{derivation.kind}  {flow(derivation.inputs, derivation.outputs)}"
    lines = title(derivation.name, rest, width=width, color=color, encoding=encoding)
    place = visible(f"{derivation.file.name}:{derivation.line}  {derivation.source}", encoding)
    lines.append(paint(_cut(place, width, visible("…", encoding)), "dim", color=color))
    return "\n".join(lines)


def title(name: str, rest: str, *, width: int, color: bool, encoding: str) -> list[str]:
    """A name, and what there is to say about it behind the name or below it."""
    name, rest = visible(name, encoding), visible(rest, encoding)
    if display_width(name) + GAP + display_width(rest) <= width:
        return [f"{paint(name, 'bold', color=color)}{' ' * GAP}{rest}"]
    # A shape is only broken where it alone is too wide.
    arrow = visible(ARROW, encoding)
    enters, between, leaves = rest.partition(f" {arrow} ")
    return [
        *(paint(line, "bold", color=color) for line in wrap(name, width)),
        *_packed([enters, f"{arrow} {leaves}"] if between else [rest], width),
    ]


def flow(inputs: Sequence[Shape | None], outputs: Sequence[Shape | None]) -> str:
    """The shapes that enter and leave."""
    return f"{_shapes(inputs) or 'nothing'} {ARROW} {_shapes(outputs)}"


def rows(
    derivation: Derivation, *, width: int, color: bool, encoding: str = "utf-8", with_letters: bool = True
) -> list[str]:
    """The quantities, and what the letters stand for."""
    notation = text_notation(encoding)
    told: list[tuple[str, list[str]]] = []
    room = max((len(line.quantity) for line in derivation.lines), default=0) + GAP
    is_narrow = width < NARROW
    indent = GAP if is_narrow else room
    for line in derivation.lines:
        chain = [visible(text, encoding) for text in line.chain(notation)]
        words = visible(line.words, encoding)
        told.append((line.quantity, _broken(chain, words, width - indent)))
    if with_letters and derivation.letters:
        told.append(("where", _packed(_legend(derivation, notation, encoding), width - indent)))
    found: list[str] = []
    for label, lines in told:
        painted = paint(label, "cyan", color=color)
        if is_narrow:
            found += [painted, *(" " * indent + line for line in lines)]
        else:
            found.append(painted + " " * (room - len(label)) + lines[0])
            found += [" " * room + line for line in lines[1:]]
    return found


def glossary(derivations: Iterable[Derivation], *, width: int, color: bool, encoding: str) -> list[str]:
    """What the letters of several layers stand for, without their values, which differ from layer to layer."""
    meanings: dict[str, dict[str, None]] = {}
    for derivation in derivations:
        for letter in derivation.letters:
            meanings.setdefault(letter.name, {})[letter.meaning] = None
    if not meanings:
        return []
    notation = text_notation(encoding)
    *others, last = (
        visible(f"{notation.name(name)} {' or '.join(_distinct(told))}", encoding) for name, told in meanings.items()
    )
    label = "where"
    indent = len(label) + GAP
    lines = _packed([*(f"{entry}," for entry in others), last], width - indent)
    return [f"{paint(label, 'cyan', color=color)}{' ' * GAP}{lines[0]}", *(" " * indent + line for line in lines[1:])]


def _distinct(meanings: Iterable[str]) -> list[str]:
    """Meanings without those that another one says more exactly: "channels" beside "input channels"."""
    told = list(meanings)
    return [one for one in told if not any(other.endswith(f" {one}") for other in told)]


def _legend(derivation: Derivation, notation: Notation, encoding: str) -> list[str]:
    *others, last = (
        visible(f"{notation.name(letter.name)} = {notation.number(letter.value)} {letter.meaning}", encoding)
        for letter in derivation.letters
    )
    return [*(f"{entry}," for entry in others), last]


def _broken(chain: list[str], words: str, width: int) -> list[str]:
    """A chain of equal terms, broken in front of its equals signs, and a remark."""
    if not chain:
        return wrap(words, width)
    remark = f" ({words})" if words else ""
    line = " = ".join(chain)
    if display_width(line + remark) <= width:
        return [line + remark]
    return _packed([chain[0], *(f"= {text}" for text in chain[1:])], width) + (
        wrap(f"({words})", width) if words else []
    )


def _packed(pieces: list[str], width: int) -> list[str]:
    """Pieces behind each other; a line ends between two of them, inside one only if it alone is too wide."""
    lines: list[str] = []
    for text in pieces:
        if lines and display_width(lines[-1]) + 1 + display_width(text) <= width:
            lines[-1] += f" {text}"
        else:
            lines += wrap(text, width)
    return lines


def _shapes(shapes: Sequence[Shape | None]) -> str:
    """Shapes behind each other; many equal ones are counted."""
    texts = ["?" if shape is None else str(shape) for shape in shapes]
    if len(texts) > 4:
        texts = [text if times == 1 else f"{times} times {text}" for text, times in Counter(texts).items()]
    return ", ".join(texts)


def _cut(text: str, width: int, ellipsis: str) -> str:
    if display_width(text) <= width:
        return text
    while text and display_width(text) > width - display_width(ellipsis):
        text = text[:-1]
    return text.rstrip() + ellipsis
