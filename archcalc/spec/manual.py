"""The manual of the layers: what `archcalc explain conv` prints, the list of all kinds, and that of their fields."""

from __future__ import annotations

import inspect

from archcalc.layers.base import Layer
from archcalc.layers.fields import meaning
from archcalc.layers.table import KINDS, layer_class
from archcalc.terminal import PLAIN, Terminal, wrap

_STATED = "in"
_ABOUT = {
    "branches": "The maps that it joins: names (`here`, `input`, `skip`), lists of steps, or groups.",
    _STATED: "How many channels arrive: a claim, which is checked and never needed.",
}
_LABELS = ("Shape:", "Cost:", "Reports:", "Source:")


def layer_page(kind: str, terminal: Terminal = PLAIN) -> str:
    """The manual page of a kind: what it does, shapes, cost, and its fields in their order.

    >>> print(layer_page("relu"))
    relu (activation)
    Rectifier: max(0, x).
    <BLANKLINE>
    Shape    unchanged
    Cost     none
    Source   torch.nn.ReLU
    """
    width = terminal.width
    cls = layer_class(kind)
    lines = _documentation(cls)
    head = f"{terminal.paint(kind, 'bold', 'cyan')} ({cls.family})"
    title = "\n".join(wrap(lines[0], width))
    labels = [line for line in lines if line.startswith(_LABELS)]
    prose = [line for line in lines[1:] if not line.startswith(_LABELS)]
    parts = [f"{head}\n{title}", *("\n".join(wrap(line, width)) for line in prose)]
    parts.append("\n".join(_labelled(line, terminal) for line in labels))
    if cls.is_merge:
        parts.append("\n".join(_written_merge(cls, terminal)))
    if cls.model_fields:
        parts.append("\n".join([terminal.paint("Fields, in their order", "bold"), *_fields(cls, width)]))
    return "\n\n".join(parts)


def layer_index(terminal: Terminal = PLAIN) -> str:
    """All kinds by family, each with its first sentence."""
    families: dict[str, list[str]] = {}
    room = max(len(kind) for kind in KINDS) + 4
    for kind in KINDS:
        cls = layer_class(kind)
        lines = wrap(_documentation(cls)[0], max(terminal.width - room, 12))
        rows = families.setdefault(cls.family, [])
        rows.append(f"  {kind:{room - 2}}{lines[0]}")
        rows.extend(" " * room + line for line in lines[1:])
    return "\n\n".join("\n".join([terminal.paint(family, "bold"), *rows]) for family, rows in families.items())


def field_page(name: str, terminal: Terminal = PLAIN) -> str:
    """Which kinds have a field of this name, and what it means to them; empty where none has it.

    >>> print(field_page("heads"))
    heads is a field of
      attention
        Number of heads; it divides the width.
    """
    kinds: dict[str, list[str]] = {}
    for kind in KINDS:
        cls = layer_class(kind)
        if name in cls.model_fields:
            kinds.setdefault(meaning(cls, name), []).append(kind)
        if name in cls.stated:
            kinds.setdefault(_ABOUT[_STATED], []).append(kind)
    if not kinds:
        return ""
    lines = [f"{terminal.paint(name, 'bold', 'cyan')} is a field of"]
    for about, having in kinds.items():
        lines += [*wrap(f"  {', '.join(having)}", terminal.width), *wrap(f"    {about}", terminal.width)]
    return "\n".join(lines)


def _documentation(cls: type[Layer]) -> list[str]:
    """The paragraphs and labelled lines of a docstring, without its example."""
    text = inspect.cleandoc(cls.__doc__ or "").split("\n>>> ")[0]
    found: list[str] = []
    is_open = False
    for line in text.split("\n"):
        if not line.strip():
            is_open = False
        elif is_open and not line.startswith(_LABELS):
            found[-1] += f" {line.strip()}"
        else:
            found.append(line.strip())
            is_open = True
    return found


def _labelled(line: str, terminal: Terminal) -> str:
    label, _, text = line.partition(":")
    first, *rest = wrap(text.strip(), max(terminal.width - 9, 20))
    return "\n".join([f"{terminal.paint(f'{label:9}', 'bold')}{first}", *(" " * 9 + row for row in rest)])


def _written_merge(cls: type[Layer], terminal: Terminal) -> list[str]:
    """The forms of a merge: its branches alone, and with a field, in the map or beside it."""
    field = next(iter(cls.model_fields))
    value = "true" if isinstance(cls.model_fields[field].default, bool) else "1"
    return [
        terminal.paint("Written", "bold"),
        f"  - {cls.kind}: [here, skip]",
        f"  - {cls.kind}: {{branches: [here, skip], {field}: {value}}}",
        f"  - {{{cls.kind}: [here, skip], {field}: {value}}}",
    ]


def _fields(cls: type[Layer], width: int) -> list[str]:
    rows: list[str] = []
    required = {name for name, field in cls.model_fields.items() if field.is_required()}
    heads = {name: _head(name, cls) for name in cls.model_fields}
    if cls.is_merge:
        heads = {"branches": "branches (required)", **heads}
    if cls.stated:
        heads[_STATED] = _STATED
    room = max(len(head) for head in heads.values()) + 4
    for name, head in heads.items():
        about = _ABOUT.get(name) or meaning(cls, name)
        if name == _STATED and cls.stated[1:]:
            about += f" Also called {' and '.join(cls.stated[1:])}."
        if name == cls.main and required <= {name}:
            about += f" `{cls.kind}: VALUE` sets it."
        lines = wrap(about, max(width - room, 12))
        rows.append(f"  {head:{room - 2}}{lines[0]}")
        rows.extend(" " * room + line for line in lines[1:])
    return rows


def _head(name: str, cls: type[Layer]) -> str:
    """A field with its default; a field without either must be given."""
    field = cls.model_fields[name]
    if field.is_required():
        return f"{name} (required)"
    if field.default is None:
        return name
    default = field.default
    shown = str(default).lower() if isinstance(default, bool) else str(default)
    return f"{name} = {shown}"
