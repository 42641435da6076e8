"""Lists of values that look like PyTorch's arguments, or like one size for each axis."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

from archcalc.diagnostics.codes import meaning as codes
from archcalc.diagnostics.model import Span
from archcalc.graph import Graph, Node
from archcalc.layers.shape import Shape
from archcalc.layers.table import layer_class, layer_fields
from archcalc.spec.model import LayerStep
from archcalc.suspicions.model import NOTHING, Suspicion, as_written

_KERNEL = 11
"""The largest kernel that networks on images have; 7 and more are rare."""
_KERNEL_OF_SIGNALS = 80
"""The same along a length, as of sound."""
_STRIDE = 3
"""The largest stride that is not rare, but for windows side by side."""


def of_lists(graph: Graph) -> Iterator[Suspicion]:
    """What is suspect about the lists of values of a network, each once: `use` runs a step again as another one."""
    found: dict[Span | None, list[Suspicion | None]] = {}
    for step, listed in _listed(graph):
        known = found.get(step.listed)
        if known is None:
            layer = listed()
            found[step.listed] = [suspect(layer) for suspect in _SUSPECTS]
        elif any(known):
            # A list that fits at one of several places was not written for another order.
            layer = listed()
            found[step.listed] = [one and suspect(layer) and one for one, suspect in zip(known, _SUSPECTS, strict=True)]
    for one in found.values():
        yield from [suspicion for suspicion in one if suspicion is not None][:1]


def _listed(graph: Graph) -> Iterator[tuple[LayerStep, Callable[[], _Listed]]]:
    """The steps whose fields are a list, once for every layer that they make, and what each of these is."""
    for node in graph.nodes:
        # Behind an error the channels are known, more often than not.
        if isinstance(node.step, LayerStep) and node.step.listed is not None and node.inputs and node.inputs[0].outline:
            yield node.step, partial(_of_node, node, node.inputs[0].outline)
    for unbuilt in graph.unbuilt:
        if unbuilt.step.listed is not None and unbuilt.reads.outline is not None:
            yield unbuilt.step, partial(_Listed, unbuilt.name, unbuilt.step, unbuilt.reads.outline, unbuilt.values)


def _of_node(node: Node, shape: Shape) -> _Listed:
    return _Listed(node.name, node.step, shape, {name: getattr(node.layer, name, None) for name in node.step.fields})


class _Listed(NamedTuple):
    """A layer whose fields are a list, and what it reads."""

    name: str
    step: LayerStep
    shape: Shape
    values: Mapping[str, Any]

    @property
    def texts(self) -> list[str]:
        """The values as they are written."""
        return [as_written(argument) for argument in self.step.fields.values()]


def _of_pytorch(listed: _Listed) -> Suspicion | None:
    """A list that begins with the number of input channels."""
    kind, values = listed.step.kind, list(listed.values.values())
    required = layer_fields(kind)[1]
    if required[:1] != ["out"] or len(values) <= len(required) or values[0] != listed.shape.channels:
        return None
    if not _is_strange(listed):
        return None
    rest = listed.texts[1:]
    order = ", ".join(layer_fields(kind)[0][:4])
    message = f"the order is {order}, and {listed.texts[0]} is the number of input channels"
    value = f"[{', '.join(rest)}]" if len(rest) > 1 else rest[0]
    return _suspicion(codes.INPUT_CHANNELS_IN_LIST, listed, value, message, "the input channels are known")


def _of_sizes(listed: _Listed) -> Suspicion | None:
    """A list that ends with a size where a small number stands: PyTorch is told what a layer reads from its map."""
    kind, texts = listed.step.kind, listed.texts
    field, value = [("", None), *listed.values.items()][-1]
    if field not in layer_class(kind).small or not isinstance(value, (int, Fraction)) or value < 1:
        return None
    order = ", ".join(layer_fields(kind)[0][:4])
    message = f"the order is {order}, and {texts[-1]} looks like a size, which is no {field}"
    kept = texts[:-1]
    likelier = f"[{', '.join(kept)}]" if len(kept) > 1 else kept[0] if kept else NOTHING
    return _suspicion(codes.INPUT_CHANNELS_IN_LIST, listed, likelier, message, "sizes are read from the map")


def _is_strange(listed: _Listed) -> bool:
    """Whether the fields that a list sets literally are hardly what somebody wants."""
    _, second, third = [_largest(value) for value in [*listed.values.values(), None, None]][:3]
    if "kernel" not in listed.values:
        # Behind the outputs of a layer without a window there are no numbers.
        return second is not None
    if second is None or not isinstance(third, int) or not isinstance(second, int):
        return False
    side_by_side = second == third or (second == 2 * third and third % 2 == 0)
    kernel = _KERNEL if len(listed.shape.spatial) > 1 else _KERNEL_OF_SIGNALS
    return not side_by_side and (second > kernel or third > _STRIDE or (third == _STRIDE and second % 2 == 0))


def _of_axes(listed: _Listed) -> Suspicion | None:
    """A list that has one kernel size for every axis, which would be kernel, stride and padding."""
    fields = layer_fields(listed.step.kind)[0]
    axes = len(listed.shape.spatial)
    if "kernel" not in fields or axes < 2:
        return None
    front = fields.index("kernel")
    sizes = list(listed.values.values())[front:]
    if len(sizes) != axes or fields[front : front + 2] != ["kernel", "stride"]:
        return None
    texts = listed.texts
    if not all(isinstance(size, int) and text.isdecimal() for size, text in zip(sizes, texts[front:], strict=True)):
        # Who computes a number knows what it is for.
        return None
    is_pool = layer_class(listed.step.kind).model_fields["stride"].default is None
    if not (_are_sizes_of_a_pool(sizes) if is_pool else _are_sizes_of_a_filter(sizes)):
        return None
    kernel = f"[{', '.join(texts[front:])}]" if len(set(sizes)) > 1 else texts[front]
    named = [f"{field}: {text}" for field, text in zip(fields, texts[:front], strict=False)]
    value = f"{{{', '.join([*named, f'kernel: {kernel}'])}}}"
    if len(set(sizes)) == 1:
        value = f"[{', '.join([*texts[:front], kernel])}]" if front else kernel
    order = ", ".join(fields[: len(texts)])
    message = f"a list sets {order} in this order, and {', '.join(texts[front:])} look like a kernel for each axis"
    return _suspicion(codes.LIST_PER_AXIS, listed, value, message, "a kernel for each axis is a list of its own")


_SUSPECTS = (_of_pytorch, _of_sizes, _of_axes)
"""Ways to be suspect, the likelier first."""


def _are_sizes_of_a_pool(sizes: list[int]) -> bool:
    """Whether a kernel, a stride, ... of a pool are stranger than a window of these sizes.

    A window of 2 that moves by 1 is one, a stride beyond the window, and a padding of more than half of it.
    `[3, 2]` and `[3, 2, 1]` are how pools that overlap are written, and `[1, 2]` takes every second row and column.
    """
    kernel, stride, *padding = sizes
    if padding:
        return stride > kernel or 2 * padding[0] > kernel
    return kernel > 1 and (stride == 1 or stride > kernel)


def _are_sizes_of_a_filter(sizes: list[int]) -> bool:
    """Whether a kernel and a stride of a filter are stranger than a window of these sizes.

    Patches are cut by even numbers; an odd kernel that moves by its own width is rare, and so is a stride beyond it.
    """
    kernel, stride, *padding = sizes
    is_beyond = kernel == 1 and stride >= _STRIDE
    is_odd_patch = kernel == stride and kernel >= _STRIDE and kernel % 2 == 1
    return (is_beyond or is_odd_patch) and all(size == stride for size in padding)


def _largest(value: Any) -> Any:
    return max(value) if isinstance(value, tuple) and value and all(isinstance(size, int) for size in value) else value


def _suspicion(code: Any, listed: _Listed, value: str, message: str, because: str) -> Suspicion:
    step = listed.step
    assert step.listed is not None, "only lists are looked at"
    pairs = zip(step.fields, listed.texts, strict=True)
    read = "read as " + ", ".join(f"{name} {text}" for name, text in pairs)
    return Suspicion(code, step.listed, step.kind, value, f"{step.kind}: {message}", read, because, listed.name)
