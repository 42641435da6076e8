"""A derivation for a terminal: a line for every quantity, broken at its equals signs where there is little room."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from archcalc.derivations.model import Derivation
from archcalc.derivations.notation import Notation, text_notation
from archcalc.layers.shape import Shape
from archcalc.terminal import NARROWEST, PLAIN, Terminal, display_width, wrap

NARROW = 60
"""With less room than this a quantity has its label on a line of its own."""
GAP = 2
ARROW = "→"


def full(derivation: Derivation, terminal: Terminal = PLAIN) -> str:
    """Heading, place in the specification, all quantities, and what the letters stand for."""
    terminal = terminal.at_least(NARROWEST)
    parts = [heading(derivation, terminal)]
    lines = rows(derivation, terminal)
    if lines:
        parts.append("\n".join(lines))
    for reason in derivation.reasons:
        parts.append("\n".join(terminal.paint(line, "red") for line in terminal.wrapped(reason)))
    return "\n\n".join(parts)


def heading(derivation: Derivation, terminal: Terminal) -> str:
    """Name, kind, shapes, and the line of the specification."""
    rest = f"{derivation.kind}  {flow(derivation.inputs, derivation.outputs)}"
    lines = title(derivation.name, rest, terminal)
    place = terminal.visible(f"{derivation.file.name}:{derivation.line}  {derivation.source}")
    lines.append(terminal.paint(_cut(place, terminal.width, terminal.visible("…")), "dim"))
    return "\n".join(lines)


def title(name: str, rest: str, terminal: Terminal) -> list[str]:
    """A name, and what there is to say about it behind the name or below it."""
    name, rest = terminal.visible(name), terminal.visible(rest)
    if display_width(name) + GAP + display_width(rest) <= terminal.width:
        return [f"{terminal.paint(name, 'bold')}{' ' * GAP}{rest}"]
    # A shape is only broken where it alone is too wide.
    arrow = terminal.visible(ARROW)
    enters, between, leaves = rest.partition(f" {arrow} ")
    return [
        *(terminal.paint(line, "bold") for line in wrap(name, terminal.width)),
        *_packed([enters, f"{arrow} {leaves}"] if between else [rest], terminal.width),
    ]


def flow(inputs: Sequence[Shape | None], outputs: Sequence[Shape | None]) -> str:
    """The shapes that enter and leave."""
    return f"{_shapes(inputs) or 'nothing'} {ARROW} {_shapes(outputs)}"


def rows(derivation: Derivation, terminal: Terminal, *, with_letters: bool = True) -> list[str]:
    """The quantities, and what the letters stand for."""
    notation = text_notation(terminal.encoding)
    labelled: list[tuple[str, list[str]]] = []
    room = max((len(line.quantity) for line in derivation.lines), default=0) + GAP
    is_narrow = terminal.width < NARROW
    indent = GAP if is_narrow else room
    beside = terminal.width - indent
    for line in derivation.lines:
        chain = [terminal.visible(text) for text in line.chain(notation)]
        labelled.append((line.quantity, _broken(chain, terminal.visible(line.words), beside)))
    if with_letters and derivation.letters:
        labelled.append(("where", _packed(_legend(derivation, notation, terminal), beside)))
    found: list[str] = []
    for label, lines in labelled:
        painted = terminal.paint(label, "cyan")
        if is_narrow:
            found += [painted, *(" " * indent + line for line in lines)]
        else:
            found.append(painted + " " * (room - len(label)) + lines[0])
            found += [" " * room + line for line in lines[1:]]
    return found


def glossary(derivations: Iterable[Derivation], terminal: Terminal) -> list[str]:
    """What the letters of several layers stand for, without their values, which differ from layer to layer."""
    meanings: dict[str, dict[str, None]] = {}
    for derivation in derivations:
        for letter in derivation.letters:
            meanings.setdefault(letter.name, {})[letter.meaning] = None
    if not meanings:
        return []
    notation = text_notation(terminal.encoding)
    *others, last = (
        terminal.visible(f"{notation.name(name)} {' or '.join(_distinct(texts))}") for name, texts in meanings.items()
    )
    label = "where"
    indent = len(label) + GAP
    lines = _packed([*(f"{entry}," for entry in others), last], terminal.width - indent)
    return [f"{terminal.paint(label, 'cyan')}{' ' * GAP}{lines[0]}", *(" " * indent + line for line in lines[1:])]


def _distinct(meanings: Iterable[str]) -> list[str]:
    """Meanings without those that another one says more exactly: "channels" beside "input channels"."""
    ordered = list(meanings)
    return [one for one in ordered if not any(other.endswith(f" {one}") for other in ordered)]


def _legend(derivation: Derivation, notation: Notation, terminal: Terminal) -> list[str]:
    *others, last = (
        terminal.visible(f"{notation.name(letter.name)} = {notation.number(letter.value)} {letter.meaning}")
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
