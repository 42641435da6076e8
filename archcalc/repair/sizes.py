"""Candidates about sizes: the nearest legal inputs, and numbers that follow from what a layer reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import gcd, prod
from typing import TYPE_CHECKING, Any

from archcalc.dims import Dim, divide, free_symbols
from archcalc.expressions.nodes import Path
from archcalc.layers.shape import Shape
from archcalc.layers.site import InFront, Instead
from archcalc.network import Settings
from archcalc.repair import rank
from archcalc.repair.changes import rewritten
from archcalc.repair.model import Candidate, Edit, value_edit
from archcalc.repair.naming import called, titled
from archcalc.repair.scene import Scene
from archcalc.repair.windows import text_of
from archcalc.spec.model import Formula, LayerStep

if TYPE_CHECKING:
    from archcalc.sizes.legal import LegalSizes

_NEAR = 6
"""Other numbers that are tried for a field that a layer names."""


def input_candidates(scene: Scene, legal: LegalSizes) -> Iterator[Candidate]:
    """The nearest legal sizes below and above the present ones."""
    given = {name: size for name, size in scene.values.items() if name in legal.symbols and isinstance(size, int)}
    present = {name: size for name, size in {**legal.stated, **given}.items() if name in legal.symbols}
    if len(present) < len(legal.symbols):
        return
    sets = [legal] if legal.with_new_weights is None else [legal, legal.with_new_weights]
    for side, word in enumerate(("below", "above")):
        for sizes in dict.fromkeys(_pairs(one.nearest(present)[side]) for one in sets):
            moved = {name: size for name, size in sizes if size != present[name]}
            if not moved:
                continue
            is_outside = bool(moved.keys() & given.keys())
            edits = [] if is_outside else [_size_edit(scene, name, size) for name, size in moved.items()]
            yield Candidate(
                titled(present, moved),
                "sizes",
                f"the nearest legal size {word}",
                rank.of_sizes(present, moved),
                tuple(edits),
                "data",
                moved,
                {name: present[name] for name in moved},
                is_outside or all(_is_free(scene, name) for name in moved),
            )


def _pairs(sizes: Mapping[str, int] | None) -> tuple[tuple[str, int], ...]:
    return tuple((sizes or {}).items())


def _size_edit(scene: Scene, name: str, size: int) -> Edit:
    """Where a size of the input is written: in `at`, in a let, or in the input itself."""
    text, spec = str(size), scene.spec
    if name in scene.network.symbols:
        return lambda editor: editor.set_at(name, text, spec.home("at", name))
    formula = _written_size(scene, name)
    tree = formula.tree
    if isinstance(tree, Path) and tree.fixed is not None and tree.fixed[0] in spec.lets:
        let = tree.fixed[0]
        return lambda editor: editor.set_let(let, text, spec.home("let", let))
    return value_edit(formula.span, text)


def _is_free(scene: Scene, name: str) -> bool:
    """Whether a size is written where it is free in a decision, and nothing else is computed from it."""
    if name in scene.network.symbols:
        return all(name not in formula.tree.names() for formula in scene.spec.at.values())
    return not _written_size(scene, name).tree.names()


def _written_size(scene: Scene, name: str) -> Formula:
    """The size of an input that the decision has freed under a name."""
    lets = {let: value for let, value in scene.values.items() if let not in scene.network.symbols}
    free = scene.program.unfold(Settings(lets, symbolic=True, freed=True))
    for entry, node in zip(scene.spec.inputs, free.graph.inputs, strict=True):
        shape = node.outputs[0].shape
        for formula, size in zip(entry.sizes, shape.sizes if shape is not None else (), strict=False):
            if name in free_symbols(size):
                return formula
    raise AssertionError(f"no size of an input was freed as {name}")


def field_candidates(scene: Scene) -> Iterator[Candidate]:
    """Another number for the field that the failing layer names: the nearest ones, and those that it suggests."""
    node = scene.blame.node
    layer: Any = node.layer
    for help in (help for finding in scene.blame.findings for help in finding.help if isinstance(help, Instead)):
        yield from rewritten(scene, node, help.field, help.value, None, help.why, rank.ONLY + rank.IDIOM)
    # Those of windows have rules of thumb of their own.
    judged = rank.FIELD if id(node) in scene.slides else ()
    named = dict.fromkeys(one.field for one in scene.blame.findings if one.field is not None)
    for field in [name for name in named if name not in judged]:
        value = getattr(layer, field, None)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            continue
        read = [one.shape.channels for one in node.inputs if one.shape is not None]
        common = [gcd(value, channels) for channels in read if isinstance(channels, int)]
        for number in dict.fromkeys((*_near(value), *common)):
            # With 1 most layers that count something do nothing.
            cost = rank.OTHER + abs(number - value) / value + (rank.NOTHING if number == 1 else 0.0)
            yield from rewritten(scene, node, field, str(number), number, "", cost)
        yield from _other_channels(scene, field, value)


def _other_channels(scene: Scene, field: str, value: int) -> Iterator[Candidate]:
    """Channels that a number of the failing layer divides, from the layer in front that sets them."""
    source = next((one for one in scene.blame.slice if hasattr(one.layer, "out")), None)
    out: Any = getattr(source.layer, "out", None) if source is not None else None
    if source is None or not isinstance(out, int) or isinstance(out, bool) or out < 1:
        return
    multiples = (out // value * value, -(-out // value) * value)
    for number in dict.fromkeys((*multiples, *_near(out))):
        if number not in (0, out):
            why = f"for {field} {value} of {called(scene.blame.node)}"
            yield from rewritten(scene, source, "out", str(number), number, why, rank.ALIGN + abs(number - out) / out)


def _near(value: int) -> list[int]:
    """Numbers next to one that is positive, the nearest first."""
    around = [number for step in range(1, _NEAR) for number in (value + step, value - step)]
    halves = [value // 2, value * 2]
    return list(dict.fromkeys(number for number in (*around, *halves) if number >= 0))


def reshape_candidates(scene: Scene) -> Iterator[Candidate]:
    """The one size of a reshape that makes its product that of what it reads."""
    node = scene.blame.node
    layer: Any = node.layer
    read = node.inputs[0].shape if node.inputs else None
    if node.kind != "reshape" or read is None:
        return
    shape = layer.shape
    if -1 in shape:
        yield from _divisors(scene, shape, read)
        return
    for index, size in enumerate(shape):
        others = [other for position, other in enumerate(shape) if position != index]
        try:
            value = divide(read.elements, prod(others))
        except ValueError:
            continue
        if value == size or (isinstance(value, Fraction)):
            continue
        text = text_of((*shape[:index], value, *shape[index + 1 :]))
        why = f"it reads {read}, which are {read.elements} numbers"
        yield from rewritten(scene, node, "shape", text, None, why, rank.ONLY + index / 10)


def _divisors(scene: Scene, shape: tuple[Dim, ...], read: Shape) -> Iterator[Candidate]:
    """Sizes that leave a whole one for -1: the nearest that divides what the others leave."""
    for index, size in enumerate(shape):
        elements, others = read.elements, prod(one for at, one in enumerate(shape) if at != index and one != -1)
        if size == -1 or not (isinstance(size, int) and isinstance(others, int) and isinstance(elements, int)):
            continue
        fitting = [number for number in _near(size) if number and elements % (others * number) == 0]
        for number in fitting[:1]:
            text = text_of((*shape[:index], number, *shape[index + 1 :]))
            why = f"which divides the {elements} numbers that it reads"
            yield from rewritten(scene, scene.blame.node, "shape", text, None, why, rank.ONLY + index / 10)


def layout_candidates(scene: Scene) -> Iterator[Candidate]:
    """The steps in front that the failing layer asks for: a flatten, tokens."""
    node = scene.blame.node
    if not isinstance(node.step, LayerStep):
        return
    helps = [help for finding in scene.blame.findings for help in finding.help if isinstance(help, InFront)]
    for place, help in enumerate(helps):
        yield Candidate(
            f"{help.step} in front of {called(node)}",
            help.step.partition(":")[0],
            help.why,
            rank.ONLY + place,
            (_step_before(node.step, help.step),),
            "insertion",
        )


def _step_before(step: LayerStep, text: str) -> Edit:
    return lambda editor: editor.insert_step_before(step, text)
