"""The account of memory as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archcalc.dims.figures import grouped
from archcalc.memory.amounts import readable
from archcalc.terminal import NARROWEST, PLAIN, Terminal, display_width, wrap

if TYPE_CHECKING:
    from archcalc.memory import LayerMemory, Memory

Row = tuple[str, object, str]
"""A name, bytes, and words about them."""

MOST_LAYERS = 8
"""Layers that are listed of those that take most."""

PHASES = {"forward": "on the way forward", "backward": "on the way back", "again": "where it is computed again"}


def text(memory: Memory, terminal: Terminal = PLAIN) -> str:
    """What stays, what comes and goes, when most lives, and which layers take most."""
    lines = [*_table(rows(memory), terminal), *_formulas(memory, terminal), *_layers(memory, terminal)]
    if memory.unknown:
        lines += ["", *_words("", unknown_text(memory), terminal)]
    return "\n".join(lines)


def rows(memory: Memory) -> list[Row]:
    """The amounts, each with what it is of."""
    plan = memory.plan
    types = plan.precision
    found: list[Row] = [("weights", memory.weights, types.weights), ("buffers", memory.buffers, "")]
    if plan.optimizer is not None:
        found.append(("gradients", memory.gradients, f"of all that is trained, {types.gradients}"))
        found.append((f"states of {plan.optimizer.name}", memory.states, plan.optimizer.meaning))
    each = f"for {plan.batch:,} item{'' if plan.batch == 1 else 's'}"
    found.append(("input", memory.inputs, each))
    found.append(("activations", memory.activations, f"all maps that layers write, {types.maps}"))
    if plan.optimizer is not None:
        found.append(("saved", memory.saved, "what autograd keeps for the way back"))
    if memory.kv_cache != 0:
        found.append(("kv cache", memory.kv_cache, "keys and values of all tokens"))
    if memory.peak is not None:
        found.append(("peak", memory.peak, peak_text(memory)))
    return found


def peak_text(memory: Memory) -> str:
    """When most lives."""
    moment = memory.peak_moment
    if moment is None:
        return "all the time"
    if memory.peak != memory.stays + moment.total:
        return "while the optimizer works"
    return f"at {moment.place}, {PHASES[moment.phase]}"


def unknown_text(memory: Memory) -> str:
    """Of which layers nobody knows here all that is kept."""
    names = memory.unknown
    shown = ", ".join(names[:MOST_LAYERS]) + (f" and {len(names) - MOST_LAYERS} more" if names[MOST_LAYERS:] else "")
    return f"at least: of {shown} nobody knows here all that PyTorch keeps; what is known counts, and nothing besides"


def _table(found: list[Row], terminal: Terminal) -> Iterator[str]:
    width = max(len(name) for name, _, _ in found)
    numbers = [grouped(size) for _, size, _ in found]
    units = [readable(size) if isinstance(size, int) else "" for _, size, _ in found]
    digits, unit_width = max(map(len, numbers)), max(map(len, units))
    for (name, _, words), number, unit in zip(found, numbers, units, strict=True):
        yield from _words(f"{name:<{width}}  {number:>{digits}}  {unit:>{unit_width}}  ", words, terminal)


def _formulas(memory: Memory, terminal: Terminal) -> Iterator[str]:
    """Closed forms in the batch: what grows with it, and what does not."""
    forms = [(name, form) for name, form in memory.closed_forms.items() if not isinstance(form, int)]
    if not forms:
        return
    yield ""
    yield f"in bytes, for {memory.batch_name} items"
    width = max(len(name) for name, _ in forms)
    for name, form in forms:
        yield from _words(f"  {name:<{width}}  ", grouped(form), terminal)


def largest(memory: Memory) -> tuple[str, list[tuple[LayerMemory, int]]]:
    """The layers that take most of what comes and goes, with how much, and a heading."""
    sizes = [(one, one.saved if memory.is_trained else one.writes) for one in memory.layers]
    known = [(one, size) for one, size in sizes if isinstance(size, int) and size]
    heading = "layers that autograd keeps most of" if memory.is_trained else "layers that write most"
    return heading, sorted(known, key=lambda pair: -pair[1])[:MOST_LAYERS]


def _layers(memory: Memory, terminal: Terminal) -> Iterator[str]:
    heading, most = largest(memory)
    if not most:
        return
    yield ""
    yield heading
    width = max(display_width(terminal.visible(one.name)) for one, _ in most)
    kinds = max(len(one.kind) for one, _ in most)
    for one, size in most:
        name = terminal.visible(one.name)
        gap = " " * (width - display_width(name))
        yield f"  {name}{gap}  {one.kind:<{kinds}}  {readable(size):>10}"


def _words(lead: str, words: str, terminal: Terminal) -> Iterator[str]:
    """A line, and those that it goes on in, below what stands behind its lead."""
    indent = display_width(lead)
    room = max(NARROWEST // 2, terminal.width - indent)
    for index, part in enumerate(wrap(terminal.visible(words), room) or [""]):
        yield f"{' ' * indent if index else lead}{part}".rstrip()
