"""The manual of the layers: what `archcalc explain conv` prints, the list of all kinds, and that of their fields."""

from __future__ import annotations

import inspect

from archcalc.layers.base import Layer
from archcalc.layers.fields import meaning, words_of
from archcalc.layers.table import KINDS, layer_class
from archcalc.quantities import QUANTITIES
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
    first, prose, labels = documentation(cls)
    head = f"{terminal.paint(kind, 'bold', 'cyan')} ({cls.family})"
    title = "\n".join(wrap(first, width))
    parts = [f"{head}\n{title}", *("\n".join(wrap(line, width)) for line in prose)]
    parts.append("\n".join(_labelled(label, text, terminal) for label, text in labels))
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
        lines = wrap(documentation(cls)[0], max(terminal.width - room, 12))
        rows = families.setdefault(cls.family, [])
        rows.append(f"  {kind:{room - 2}}{lines[0]}")
        rows.extend(" " * room + line for line in lines[1:])
    return "\n\n".join("\n".join([terminal.paint(family, "bold"), *rows]) for family, rows in families.items())


def field_page(name: str, terminal: Terminal = PLAIN) -> str:
    """Which kinds have a field of this name, and what it means to them; empty where none has it.

    >>> print(field_page("memory"))
    memory is a field of
      attention
        The map whose tokens are attended to. Default: the tokens themselves.
    """
    kinds: dict[str, list[str]] = {}
    for kind in KINDS:
        cls = layer_class(kind)
        own = cls.other_names.get(name, name)
        if own in cls.model_fields:
            about = meaning(cls, own) if own == name else f"Another name of `{own}`."
            kinds.setdefault(about, []).append(kind)
        if name in cls.stated:
            kinds.setdefault(_ABOUT[_STATED], []).append(kind)
    if not kinds:
        return ""
    lines = [f"{terminal.paint(name, 'bold', 'cyan')} is a field of"]
    for about, having in kinds.items():
        lines += [*wrap(f"  {', '.join(having)}", terminal.width), *wrap(f"    {about}", terminal.width)]
    return "\n".join(lines)


def quantity_page(name: str, terminal: Terminal = PLAIN) -> str:
    """What a quantity is; empty for other words.

    >>> print(quantity_page("flops"))
    flops is a quantity, for claims and questions
      operations: 2 for a multiplication, which is multiplied and added
    """
    if name not in QUANTITIES:
        return ""
    head = f"{terminal.paint(name, 'bold', 'cyan')} is a quantity, for claims and questions"
    return "\n".join([head, *wrap(f"  {QUANTITIES[name].meaning}", terminal.width)])


def documentation(cls: type[Layer]) -> tuple[str, list[str], list[tuple[str, str]]]:
    """What a docstring says without its example: the first sentence, paragraphs, and labelled lines."""
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
    labels = [line.partition(":") for line in found if line.startswith(_LABELS)]
    prose = [line for line in found[1:] if not line.startswith(_LABELS)]
    return found[0], prose, [(label, text.strip()) for label, _, text in labels]


def field_rows(cls: type[Layer]) -> list[tuple[str, str]]:
    """The fields in their order: each with its default, and what it means."""
    required = {name for name, field in cls.model_fields.items() if field.is_required()}
    rows: list[tuple[str, str]] = []
    if cls.reads_here:
        rows.append(("branches", f"{_ABOUT['branches']} Default: the map that arrives."))
    elif cls.is_merge:
        rows.append(("branches (required)", _ABOUT["branches"]))
    for name in cls.model_fields:
        about = meaning(cls, name)
        if name == cls.main and required <= {name}:
            about += f" `{cls.kind}: VALUE` sets it."
        if others := [f"`{other}`" for other, own in cls.other_names.items() if own == name]:
            about += f" Also called {' and '.join(others)}."
        rows.append((_head(name, cls), about))
    if cls.stated:
        also = f" Also called {' and '.join(cls.stated[1:])}." if cls.stated[1:] else ""
        rows.append((_STATED, _ABOUT[_STATED] + also))
    return rows


def _labelled(label: str, text: str, terminal: Terminal) -> str:
    first, *rest = wrap(text, max(terminal.width - 9, 20))
    return "\n".join([f"{terminal.paint(f'{label:9}', 'bold')}{first}", *(" " * 9 + row for row in rest)])


def _written_merge(cls: type[Layer], terminal: Terminal) -> list[str]:
    """The forms of a merge: its branches alone, and with a field, in the map or beside it."""
    maps = ", ".join(("here", "skip", "other")[: cls.branches or 2])
    head = terminal.paint("Written", "bold")
    if cls.reads_here:
        needed = ", ".join(f"{name}: ..." for name, field in cls.model_fields.items() if field.is_required())
        return [head, f"  - {cls.kind}: {{{needed}}}", f"  - {cls.kind}: {{branches: [{maps}], {needed}}}"]
    field, declared = next(iter(cls.model_fields.items()))
    value = "true" if isinstance(declared.default, bool) else next(words_of(declared.annotation), "1")
    return [
        head,
        f"  - {cls.kind}: [{maps}]",
        f"  - {cls.kind}: {{branches: [{maps}], {field}: {value}}}",
        f"  - {{{cls.kind}: [{maps}], {field}: {value}}}",
    ]


def _fields(cls: type[Layer], width: int) -> list[str]:
    rows: list[str] = []
    fields = field_rows(cls)
    room = max(len(head) for head, _ in fields) + 4
    for head, about in fields:
        lines = wrap(about, max(width - room, 12))
        rows.append(f"  {head:{room - 2}}{lines[0]}")
        rows.extend(" " * room + line for line in lines[1:])
    return rows


def _head(name: str, cls: type[Layer]) -> str:
    """A field with its default; a field without either must be given."""
    field = cls.model_fields[name]
    if field.is_required():
        return f"{name} (required)"
    if field.default is None or field.default == ():
        return name
    default = field.default
    shown = str(default).lower() if isinstance(default, bool) else str(default)
    return f"{name} = {shown}"
