"""Layers of a class: their calls of PyTorch with codes for the arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from archcalc.export.torch import library
from archcalc.export.torch.authors import is_authored, named_in
from archcalc.export.torch.candidates import (
    ABSENT,
    PER_AXIS,
    Candidate,
    explained,
    explanation,
    first_that_holds,
    holds,
    in_rows,
    once,
)
from archcalc.export.torch.code import Code, NotPython, Row, binary, has_symbols, sizes_in, variable_of
from archcalc.export.torch.kinds import axes_of, target_of
from archcalc.export.torch.matching import Matching, Refs, merged
from archcalc.export.torch.namespace import Mismatch, Namespace, channels_of
from archcalc.export.torch.parts import Call, LayerPart, is_trained, keeps_state
from archcalc.export.torch.refs import UNKNOWN, WHOLE, All, Listed, Ref
from archcalc.export.torch.scopes import Leaf
from archcalc.export.torch.tensors import BUFFER, RESHAPE, TENSORS, Wire
from archcalc.expressions.nodes import Arithmetic, Constant
from archcalc.expressions.values import ExpressionError, Word
from archcalc.layers.base import TorchCall
from archcalc.spec.model import ApplyStep, Argument, LayerStep, Listing

DEFAULTS: dict[str, dict[str, Any]] = {
    "nn.Conv": {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "bias": True, "padding_mode": "zeros"},
    "nn.ConvTranspose": {
        "stride": 1,
        "padding": 0,
        "output_padding": 0,
        "groups": 1,
        "bias": True,
        "dilation": 1,
        "padding_mode": "zeros",
    },
    "nn.MaxPool": {"padding": 0, "dilation": 1, "ceil_mode": False},
    "nn.AvgPool": {"padding": 0, "ceil_mode": False, "count_include_pad": True},
    "nn.BatchNorm": {"eps": 1e-05, "momentum": 0.1, "affine": True, "track_running_stats": True},
    "nn.InstanceNorm": {"eps": 1e-05, "momentum": 0.1, "affine": False, "track_running_stats": False},
    "nn.GroupNorm": {"eps": 1e-05, "affine": True},
    "nn.LayerNorm": {"eps": 1e-05, "elementwise_affine": True, "bias": True},
    "nn.RMSNorm": {"eps": None, "elementwise_affine": True},
    "nn.LocalResponseNorm": {"alpha": 0.0001, "beta": 0.75, "k": 1.0},
    "nn.Linear": {"bias": True},
    "nn.LeakyReLU": {"negative_slope": 0.01},
    "nn.ELU": {"alpha": 1.0},
    "nn.MultiheadAttention": {"dropout": 0.0, "bias": True},
    BUFFER: {"persistent": True},
}
"""What PyTorch takes for arguments that are left out, in the order of its signatures, without the number of axes."""

LISTING = (*TENSORS, RESHAPE, "Tensor.expand", "Tensor.permute")
"""What takes the entries of a list one by one."""

RELATED = {
    "p": "rate",
    "num_heads": "heads",
    "output_size": "size",
    "scale_factor": "factor",
    "negative_slope": "slope",
    "end": "stop",
    "is_causal": "causal",
}


JOINING = ("add", "cat", "stack")
"""Functions that take any number of tensors, and so all of a list."""


def fill_layer(patterns: Matching, part: LayerPart, names: Namespace, refs: list[Refs]) -> None:
    """Fill in the calls of a layer, and what its channels are. Raises: Mismatch."""
    leaves: list[Leaf | None] = part.items
    first: Leaf = part.first
    if any(isinstance(ref, All) for ref in part.sources):
        columns = [None if leaf is None else leaf.calls[0] for leaf in leaves]
        part.calls.append(_call(patterns, part, names, first.calls[0], columns, whole=True))
        part.calls[-1].reads.extend(part.sources)
        _follow(patterns, part, names, first, 0, first.outputs[0])
        return
    for _, leaf in part.present:
        if len(leaf.calls) != len(first.calls):
            raise Mismatch("other calls")
        if (leaf.owner is None) != (first.owner is None) or leaf.gives_indices != first.gives_indices:
            raise Mismatch("other calls")
    trained = {is_trained(leaf, names.scope(place)) for place, leaf in part.present}
    if len(trained) > 1:
        raise Mismatch("frozen at one place only")
    part.trainable = trained.pop()
    part.owner = first.owner
    prefixes = [(names.scope(place).module.prefix, leaf) for place, leaf in part.present]
    if len({leaf.owner.name.removeprefix(prefix) for prefix, leaf in prefixes if leaf.owner is not None}) > 1:
        raise Mismatch("another module is applied again")
    for index, call in enumerate(first.calls):
        columns = [None if leaf is None else leaf.calls[index] for leaf in leaves]
        part.calls.append(_call(patterns, part, names, call, columns))
        for position in range(len(first.reads[index])):
            if first.reads[index][position] is None:
                part.calls[-1].reads.append(None)
                continue
            part.calls[-1].reads.append(
                patterns.joined(
                    [
                        None if leaf is None else refs[place].get(_wire(leaf, index, position), UNKNOWN)
                        for place, leaf in enumerate(leaves)
                    ]
                )
            )
    part.calls[-1].gives_indices = first.gives_indices
    _fill_views(patterns, part, refs)
    if first.layer.gives_list:
        ports = [(part.serial, port) for port in range(len(first.outputs))]
        patterns.channels[(part.serial, WHOLE)] = lambda: patterns.channels_code(Listed(tuple(ports)))
    for port, output in enumerate(first.outputs):
        _follow(patterns, part, names, first, port, output)


def of_lists(patterns: Matching, part: LayerPart, refs: list[Refs]) -> list[Ref] | None:
    """What a merge reads, if all entries of a list are among that: then a list of any length will do."""
    if part.first.calls[0].target not in JOINING or not part.first.layer.is_merge:
        return None
    found = [
        [] if leaf is None else merged(refs[place], [wire for reads in leaf.reads for wire in reads or () if wire])
        for place, leaf in enumerate(part.items)
    ]
    if not any(isinstance(ref, All) for one in found for ref in one):
        return None
    (count, *others) = {len(one) for one, leaf in zip(found, part.items, strict=True) if leaf is not None}
    if others:
        raise Mismatch("another number of inputs")
    given = [one if leaf is not None else [None] * count for one, leaf in zip(found, part.items, strict=True)]
    return [patterns.joined(column) for column in zip(*given, strict=True)]


def _fill_views(patterns: Matching, part: LayerPart, refs: list[Refs]) -> None:
    """Fill in the forms in which others read a constant map. Raises: Mismatch."""
    if len({tuple(view.call.target for view in leaf.views) for _, leaf in part.present}) > 1:
        raise Mismatch("other forms of a tensor")
    for index, view in enumerate(part.first.views):
        columns = [
            [(part.serial, 0) if wire == Wire(leaf.node) else refs[place].get(wire, UNKNOWN) for wire in wires]
            for place, leaf in part.present
            for wires in (leaf.views[index].reads,)
        ]
        reads: list[Ref | None] = [patterns.joined(column) for column in zip(*columns, strict=True)]
        part.views.append(Call(view.call, [Constant(value) for value in view.call.args], [], reads))


def _call(
    patterns: Matching,
    part: LayerPart,
    names: Namespace,
    call: TorchCall,
    columns: Sequence[TorchCall | None],
    *,
    whole: bool = False,
) -> Call:
    given = [other for other in columns if other is not None]
    kind = _kind(patterns, part, names, given)
    if any(
        (other.target != call.target and kind is None)
        or len(other.args) != len(call.args)
        or (not whole and len(other.reads or ()) != len(call.reads or ()))
        or (not whole and other.reads != call.reads)
        or other.options != call.options
        or other.result != call.result
        for other in given
    ):
        raise Mismatch("other calls")
    arguments = _arguments(patterns, part, names, call, columns)
    keywords: list[tuple[str, Code]] = []
    for place, keyword in enumerate(dict.fromkeys(keyword for other in given for keyword in other.kwargs)):
        values = [ABSENT if other is None else _kwarg(call.target, other.kwargs, keyword) for other in columns]
        candidates = _written(patterns, part, names, call, len(arguments) + place) or _candidates(
            patterns, part, names, call, -1, keyword
        )
        spread = keyword in PER_AXIS
        code = explained(names, values, candidates, _wanted(part, -1, keyword), spread=spread)
        keywords.append((keyword, code))
    order = ["norm_type", "kernel_size", "stride", *DEFAULTS.get(_base(call.target), {})]
    keywords.sort(key=lambda one: order.index(one[0]) if one[0] in order else len(order))
    spelled = _of_author if is_authored(call.target) else _spelled
    return Call(call, [*map(spelled, arguments)], [(word, spelled(code)) for word, code in keywords], kind=kind)


def _arguments(
    patterns: Matching, part: LayerPart, names: Namespace, call: TorchCall, columns: Sequence[TorchCall | None]
) -> list[Code]:
    """The codes of the arguments without names."""
    reshapes = call.target == RESHAPE
    spread = not call.is_module and call.target.startswith("supplied.")
    found: list[Code] = []
    for index in range(len(call.args)):
        values = [ABSENT if other is None else other.args[index] for other in columns]
        candidates = _written(patterns, part, names, call, index) or _candidates(
            patterns, part, names, call, index, None
        )
        if reshapes and _is_left(names, values, candidates, call, found):
            values, candidates = [-1], []
        found.append(explained(names, values, candidates, _wanted(part, index, None), spread=spread))
    if reshapes and any(map(sizes_in, found)):
        found[0] = patterns.batch(part.first.wires[0].shape, [size for code in found for size in sizes_in(code)])
    return found


def _is_left(
    names: Namespace, values: Sequence[Any], candidates: Sequence[Candidate], call: TorchCall, before: Sequence[Code]
) -> bool:
    """Whether a size may be the one that is left: it has symbols, no formula gives it, and no other one is left."""
    is_open = Constant(-1) in before or any(size.__class__ is int and size == -1 for size in call.args)
    depends = all(value is ABSENT or has_symbols(value) for value in values)
    return depends and not is_open and explanation(names, values, candidates) is None


def _spelled(code: Code) -> Code:
    """A code whose words are texts, as modules of PyTorch take them: `same` and `reflect`, also where one is a kind."""
    if isinstance(code, Constant):
        return Constant(str(code.value)) if isinstance(code.value, Word) else code
    return code.rebuilt(_spelled)


def _of_author(code: Code) -> Code:
    """An argument of a module that somebody else wrote, for whom a list is a list."""
    code = in_rows(_spelled(code))
    return Row(tuple(map(_of_author, code.items)), is_list=True) if isinstance(code, Row) else code


def _kind(patterns: Matching, part: LayerPart, names: Namespace, given: Sequence[TorchCall]) -> Code | None:
    """The variable that has the class of the module, where the kind of the layer is one."""
    step = part.first.node.step
    if not isinstance(step, ApplyStep):
        return None
    try:
        code = patterns.read(names, part, step.kind, part.first.node.frame)
    except (NotPython, ExpressionError):
        return None
    if variable_of(code) is None or code is None:
        return None
    placed = [(leaf.layer.kind, axes_of(names.scope(place)), leaf.calls) for place, leaf in part.present]
    fits = all(len(calls) == 1 and calls[0].target == target_of(kind, axes) for kind, axes, calls in placed)
    plain = all(not call.kwargs for call in given)
    kinds = [ABSENT if leaf is None else Word(leaf.layer.kind) for leaf in part.items]
    return code if fits and plain and holds(code, names, kinds) else None


def _written(patterns: Matching, part: LayerPart, names: Namespace, call: TorchCall, place: int) -> list[Candidate]:
    """The part of an expression of the spec that an argument comes from, where the layer is such an expression."""
    if not call.formulas:
        return []
    return [lambda: patterns.part(names, part, call.formulas[place], part.first.node.frame)]


def _candidates(
    patterns: Matching, part: LayerPart, names: Namespace, call: TorchCall, index: int, keyword: str | None
) -> list[Candidate]:
    """Codes that an argument may be, the likeliest first: those of the fields that it is named after."""
    leaf: Leaf = part.first
    step = leaf.node.step
    fields: dict[str, Argument] = step.fields if isinstance(step, LayerStep) else {}
    found: list[Candidate] = []

    def given(argument: Argument) -> None:
        if not call.is_module:
            found.append(lambda: patterns.sizes(names, part, argument))
        # A number in the spec is an answer, too: the same number may come out elsewhere by chance.
        found.append(lambda: patterns.value(names, part, argument, leaf.node.frame))

    def field(text: str) -> None:
        if text in fields:
            given(fields[text])

    def read(text: str) -> Code | None:
        return patterns.read(names, part, fields[text], leaf.node.frame) if text in fields else None

    def channels() -> Code | None:
        return patterns.channels_code(part.sources[0]) if part.sources else None

    def paddings() -> list[Candidate]:
        """The single numbers of a padding, for a pad in front of the layer."""
        argument = fields.get("padding")
        if argument is None:
            return []
        try:
            read = patterns.sizes if leaf.asks else partial(patterns.read, frame=leaf.node.frame)
            code = read(names, part, argument)
        except (NotPython, ExpressionError):
            return []
        return [partial(_itself, number) for number in _numbers(code)]

    main = leaf.layer.main
    listed = fields.get(main or "")
    if call.target in LISTING and isinstance(listed, Listing) and keyword is None:
        # In front of them may stand the batch.
        own = index - (len(call.args) - len(listed.items))
        if own >= 0:
            given(listed.items[own])
        return found
    if not call.is_module:
        found.extend(paddings())
    if keyword is not None and is_authored(call.target):
        for argument in named_in(fields, keyword):
            given(argument)
        return found
    if keyword is not None:
        related = [text for text in fields if keyword.startswith(text) or RELATED.get(keyword) == text]
        for text in related or ([main] if main else []):
            field(text)
        if keyword == "groups" and not related:
            found.append(channels)
        return found
    if index == 0 and part.sources and keeps_state(leaf):
        found.append(channels)
        found.append(lambda: patterns.channels_or_passing(part.sources[0]))
    if main == "out" and not call.is_module:
        # What is missing to so many channels.
        found.append(lambda: _together("-", read("out"), channels()))
    if main:
        field(main)
    if "multiplier" in fields:
        found.append(lambda: _together("*", channels(), read("multiplier")))
    found.append(channels)
    for source in part.sources[1:]:
        found.append(partial(patterns.channels_code, source))
    for text in fields:
        field(text)
    return found


def _follow(patterns: Matching, part: LayerPart, names: Namespace, first: Leaf, port: int, output: Wire) -> None:
    """What the channels of an output are."""
    ref = (part.serial, port)
    leaves: list[Leaf | None] = part.items
    values = [ABSENT if leaf is None else channels_of(leaf.outputs[port]) for leaf in leaves]

    def attempt() -> Code | None:
        options: list[Code | None] = [
            call.arguments[1] for call in part.calls if call.made.is_module and len(call.arguments) > 1
        ]
        options.extend(patterns.channels_code(source) for source in dict.fromkeys(part.sources))
        if first.layer.is_merge:
            options.append(_sum(patterns, part))
        if first.layer.gives_list:
            options.append(_of_list(patterns, part, port))
        options.append(_stated(patterns, part, names, port))
        options.append(_product(first))
        options.append(_multiple(patterns, part, values))
        # A constructor knows the sizes of no tensor.
        return first_that_holds([code for code in options if code and not sizes_in(code)], names, values)

    patterns.channels[ref] = once(attempt)


def _stated(patterns: Matching, part: LayerPart, names: Namespace, port: int) -> Code | None:
    """The channels in the shape that an opaque step states."""
    leaf: Leaf = part.first
    listed = leaf.node.step.fields.get("shape") if leaf.layer.is_opaque else None
    shape = None if listed is None else leaf.node.outputs[port].shape
    if not isinstance(listed, Listing) or shape is None:
        return None
    size = listed.items[-1 if shape.layout == "channels_last" else 0]
    try:
        return patterns.read(names, part, size, leaf.node.frame)
    except (NotPython, ExpressionError):
        return None


def _constant_channels(part: LayerPart, read: Ref) -> Code | None:
    if any(isinstance(source, All) for source in part.sources):
        return None
    values = {channels_of(leaf.wires[part.sources.index(read)]) for leaf in part.items if leaf is not None}
    (value, *others) = values
    return None if others or has_symbols(value) else Constant(value)


def _itself(code: Code) -> Code | None:
    return code


def _numbers(code: Code | None) -> list[Code]:
    if code is None:
        return []
    return [one for item in code.items for one in _numbers(item)] if isinstance(code, Row) else [code]


def _together(operator: str, left: Code | None, right: Code | None) -> Code | None:
    return None if left is None or right is None else binary(operator, left, right)


def _sum(patterns: Matching, part: LayerPart) -> Code | None:
    """The channels of all branches."""
    total: Code | None = Constant(0)
    for read in part.calls[0].reads:
        code = patterns.all_channels(read) if read is not None else None
        if code is None and read is not None:
            code = _constant_channels(part, read)
        total = None if total is None or code is None else binary("+", total, code)
    return total


def _of_list(patterns: Matching, part: LayerPart, port: int) -> Code | None:
    """The channels of one of the parts that a map is cut into."""
    (first, *_) = part.calls[0].arguments or (None,)
    if isinstance(first, Row):
        return first.items[port]
    code = patterns.channels_or_passing(part.sources[0])
    return None if code is None or first is None else binary("//", code, first)


def _multiple(patterns: Matching, part: LayerPart, values: Sequence[Any]) -> Code | None:
    """So many times the channels that come in, as `flatten` has them."""
    code = patterns.channels_code(part.sources[0]) if part.sources else None
    if code is None:
        return None
    pairs = [(channels_of(leaf.wires[0]), value) for leaf, value in zip(part.items, values, strict=True) if leaf]
    ratios = {
        value // entering if value % entering == 0 else 0 for entering, value in pairs if _are_whole(entering, value)
    }
    (times, *others) = ratios or {0}
    return binary("*", Constant(times), code) if times and not others else None


def _are_whole(*values: Any) -> bool:
    return all(value.__class__ is int for value in values)


def _product(leaf: Leaf) -> Code | None:
    """The numbers of a map with symbolic sizes, as the product that they are."""
    shape = leaf.wires[0].node.outputs[leaf.wires[0].port].shape
    if shape is None or not has_symbols(shape.sizes):
        return None
    total: Code = Constant(1)
    for size in dict.fromkeys(shape.sizes):
        times = shape.sizes.count(size)
        factor = Constant(size) if times == 1 else Arithmetic("**", Constant(size), Constant(times))
        total = binary("*", total, factor)
    return total


def default(target: str, keyword: str, given: Mapping[str, Any]) -> Any:
    """What a class of PyTorch takes for an argument that is not given. Raises: Mismatch if that is not known here."""
    base = _base(target)
    if keyword == "stride" and base.endswith("Pool"):
        return given["kernel_size"]
    own = target.removeprefix("supplied.")
    known = DEFAULTS.get(base, {}) if own == target else library.defaults(own)
    if keyword not in known:
        raise Mismatch(f"{keyword} at one place only")
    return known[keyword]


def _base(target: str) -> str:
    return target[:-2] if target[-2:] in ("1d", "2d", "3d") else target


def _kwarg(target: str, given: Mapping[str, Any], keyword: str) -> Any:
    return given[keyword] if keyword in given else default(target, keyword, given)


def _wanted(part: LayerPart, index: int, keyword: str | None) -> str:
    """A name for a parameter that an argument needs."""
    leaf: Leaf = part.first
    word = keyword or ("in_channels" if index == 0 and keeps_state(leaf) else leaf.layer.main or "size")
    return f"{part.word}_{word}"


def _wire(leaf: Leaf, call: int, position: int) -> Wire:
    wire = leaf.reads[call][position]
    if wire is None:
        raise Mismatch("other tensors")
    return wire
