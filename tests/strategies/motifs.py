"""Parts of networks that random layers rarely come to: each needs several steps that fit each other.

A motif takes the maker of a spec and a place, and gives a step that can be run there, or None where it does not fit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from random import Random
from typing import TYPE_CHECKING, Any

from archcalc.infer import infer
from archcalc.layers.base import Tap
from archcalc.layers.shape import Shape
from archcalc.layers.table import layer_class
from strategies.choices import chance, divisors, pick
from strategies.fields import Named
from strategies.layers import MAX_ELEMENTS, random_layer
from strategies.place import Place

if TYPE_CHECKING:
    from strategies.specs import Maker

REGIONS = ("roi_pool", "roi_align")
"""Kinds that need boxes, which are an input of their own."""

Data = dict[str, Any]
Motif = Callable[["Maker", "Place"], Any]


def is_map(shape: Shape) -> bool:
    """Whether it has channels in front of one to three axes."""
    return shape.layout == "channels_first" and 2 <= len(shape.sizes) <= 4 and shape.integers is None


def after(maker: Maker, shape: Shape, kind: str, **fields: Any) -> Shape | None:
    """What a layer makes of a shape; None where it does not fit, or its map is too large."""
    layer = layer_class(kind)(**fields)
    outputs = infer(layer, [shape], maker.rules.of(layer)).outputs
    return outputs[0] if outputs is not None and outputs[0].elements <= MAX_ELEMENTS else None


def as_tokens(maker: Maker, shape: Shape) -> Shape | None:
    """The tokens of a map; None where layouts are left out, or the tokens are too many to attend to each other."""
    if not maker.options.layouts or not is_map(shape) or shape.elements > 2000:
        return None
    tokens = after(maker, shape, "tokens")
    assert tokens is not None
    return tokens


def merged(kind: str, shapes: list[Shape], **fields: Any) -> Shape:
    """What a merge makes of shapes that fit."""
    (output,) = infer(layer_class(kind)(**fields), shapes, "exact").outputs or ()
    return output


def undone_pool(maker: Maker, place: Place) -> Any:
    """A max pool, steps between, and the unpooling that puts the maxima back."""
    if not is_map(place.shape):
        return None
    drawn = random_layer(maker.rng, place.shape, rules=maker.rules, kind="max_pool")
    if drawn is None or drawn.facts.outputs is None:
        return None
    name = maker.name(place)
    inner = place.inner()
    inner.shape = drawn.facts.outputs[0]
    between = maker.keeping(inner) if chance(maker.rng, 60) else []
    return {"do": [{"max_pool": drawn.written, "as": name}, *between, {"unpool": name}]}


def regions(maker: Maker, place: Place) -> Any:
    """One map for every box of an input."""
    shape = place.shape
    boxes = [named.path for named in place.maps if named.tap.shape.sizes == (4,)]
    if not is_map(shape) or len(shape.sizes) != 3 or shape.items != 1 or not boxes:
        return None
    name = pick(maker.rng, boxes)
    size = [maker.rng.randrange(1, 5) for _ in range(2)]
    tap = next(named.tap for named in place.maps if named.path == name)
    fields: Data = {"size": [place.speller.size(length) for length in size], "boxes": name}
    if chance(maker.rng, 50):
        fields["scale"] = "1/16"
    kind = maker.options.wanted if maker.options.wanted in REGIONS else pick(maker.rng, REGIONS)
    if kind == "roi_align" and chance(maker.rng, 50):
        fields |= {"sampling_ratio": pick(maker.rng, (2, 1)), "aligned": True}
    place.shape = shape.with_spatial(size)._replace(items=tap.shape.items)
    return {kind: fields}


def deformed(maker: Maker, place: Place) -> Any:
    """A deformable convolution behind the convolutions that write its offsets and its factors."""
    rng, shape = maker.rng, place.shape
    if not is_map(shape) or len(shape.sizes) != 3 or not isinstance(shape.channels, int):
        return None
    window = {"kernel": pick(rng, (3, 1, 2)), "stride": pick(rng, (1, 2)), "padding": pick(rng, (0, 1))}
    parts = pick(rng, [divisor for divisor in divisors(shape.channels) if divisor <= 3])
    values = parts * window["kernel"] ** 2
    out = rng.randrange(1, 6)
    made = after(maker, shape, "conv", out=out, **window)
    if made is None or after(maker, shape, "conv", out=2 * values, **window) is None:
        return None
    read, offset, mask = maker.name(place), maker.name(place), maker.name(place)
    fields: Data = {"out": out, **window, "offset": offset}
    steps: list[Any] = [{"identity": {}, "as": read}, {"conv": {"out": 2 * values, **window}, "as": offset}]
    if chance(rng, 50):
        steps.append({"conv": {"out": values, **window}, "as": mask, "from": read})
        fields["mask"] = mask
    place.shape = made
    return {"do": [*steps, {"deform_conv": fields, "from": read}]}


def attended_tokens(maker: Maker, place: Place, tokens: Shape, heads: int) -> Data:
    """Attention with queries, keys and values that are given, whose weights are biased by a learned table or not."""
    rng, bias = maker.rng, maker.name(place)
    key_heads = pick(rng, divisors(heads))
    width, count = tokens.channels // heads, tokens.sizes[-2]
    table = [size if chance(rng, 60) else 1 for size in (heads, count, count)][rng.randrange(3) :]
    if len(table) == len(tokens.sizes) + 1 and chance(rng, 30):
        table = [1, *table]  # The axis of the batch.
    # Two steps that are equal, and not one that stands at two places: a spec is a tree.
    keys, values = ({"linear": key_heads * width} for _ in range(2))
    fields: Data = {"branches": ["here", [keys], [values]], "heads": heads, "key_heads": key_heads}
    if chance(rng, 30):
        fields["causal"] = True
    if not chance(rng, 50):
        return {"dot_attention": fields}
    here = maker.name(place)
    fields = {**fields, "branches": [here, [{"from": here}, keys], [{"from": here}, values]], "mask": bias}
    return {
        "do": [
            {"identity": {}, "as": here},
            {pick(rng, ("parameter", "buffer")): {"shape": table}, "as": bias},
            {"dot_attention": fields},
        ]
    }


def queried(maker: Maker, place: Place) -> Any:
    """Tokens of a map, or windows of them, with attention that mostly has no projections of its own."""
    rng, shape = maker.rng, place.shape
    tokens = as_tokens(maker, shape)
    if tokens is None:
        return None
    heads = pick(rng, [one for one in divisors(int(tokens.channels)) if one <= 4])
    steps: list[Any] = ["tokens"]
    count = tokens.sizes[0]
    if chance(rng, 40):
        each = pick(rng, divisors(int(count)))
        tokens = tokens._replace(sizes=(count // each, each, tokens.channels))
        steps.append({"reshape": {"shape": list(tokens.sizes), "layout": "channels_last"}})
    place.shape = tokens
    if chance(rng, 30):
        steps.append({"attention": {"heads": heads, "causal": chance(rng, 30)}})
    else:
        steps.append(attended_tokens(maker, place, tokens, heads))
    return {"do": steps}


def attended(maker: Maker, place: Place) -> Any:
    """Tokens of a map that attend to each other, or to tokens of another width."""
    rng, shape = maker.rng, place.shape
    tokens = as_tokens(maker, shape)
    if tokens is None:
        return None
    name, steps = maker.name(place), []
    attention: Data = {"heads": pick(rng, [one for one in divisors(int(tokens.channels)) if one <= 4])}
    steps.append({"tokens": {}, "as": name})
    if chance(rng, 30):
        steps.append("class_token")
        tokens = tokens._replace(sizes=(tokens.sizes[0] + 1, tokens.sizes[1]))
    if chance(rng, 40):
        steps.append("position_embedding")
    if chance(rng, 30):
        attention["dim"] = place.speller.size(attention["heads"] * rng.randrange(1, 4))
    if chance(rng, 20):
        attention["bias"] = False
    if chance(rng, 30):
        attention["key_heads"] = pick(rng, divisors(attention["heads"]))
    if chance(rng, 30):
        attention["causal"] = True
    if chance(rng, 60):
        memory = maker.name(place)
        steps.append({"linear": place.speller.size(rng.randrange(1, 9)), "from": name, "as": memory})
        steps.append({"attention": {**attention, "memory": memory}, "from": name})
        tokens = tokens._replace(sizes=(shape.elements // shape.channels, tokens.sizes[1]))
    elif chance(rng, 30):
        steps.append({**attended_tokens(maker, place, tokens, attention["heads"]), "as": maker.name(place)})
    else:
        steps.append({"attention": attention})
    if chance(rng, 50):
        steps.append("layer_norm")
    place.shape = tokens
    return {"do": steps}


LOOKED_UP = ("embedding", "positions")
"""Kinds that begin with an input of integers."""


def worded(maker: Maker, place: Place) -> Any:
    """Rows of a table for words, often with those for their positions added."""
    rng = maker.rng
    words = [named for named in place.maps if named.tap.shape.integers is not None]
    if not maker.options.layouts or not words:
        return None
    named, width = pick(rng, words), rng.randrange(1, 9)
    sizes, name = named.tap.shape.sizes, maker.name(place)
    steps: list[Any] = [
        {"embedding": [rng.randrange(1, 50), place.speller.size(width)], "from": named.path, "as": name}
    ]
    if len(sizes) == 1 and (maker.options.wanted == "positions" or chance(rng, 50)):
        start = rng.randrange(3) if chance(rng, 30) else 0
        least = int(sizes[0]) + start
        if start and chance(rng, 50):
            steps.append({"positions": {"padding": start - 1}, "from": named.path})
        else:
            steps.append({"positions": start} if start else "positions")
        steps.append({"embedding": [rng.randrange(least, least + 20), place.speller.size(width)]})
        steps.append({"add": ["here", name]})
    place.shape = Shape((*sizes, width), "channels_last")
    return {"do": steps}


def chosen_experts(maker: Maker, place: Place) -> Any:
    """Tokens of a map that run through a few of several experts, as a router scores them."""
    rng, shape = maker.rng, place.shape
    tokens = as_tokens(maker, shape)
    if tokens is None:
        return None
    words, scores, count = maker.name(place), maker.name(place), rng.randrange(1, 6)
    fields: Data = {"scores": scores, "active": rng.randrange(1, count + 1), "hidden": place.speller.size(3)}
    fields |= {"gated": False} if chance(rng, 30) else {}
    fields |= {"activation": pick(rng, ("relu", "gelu"))} if chance(rng, 30) else {}
    place.shape = tokens
    router = {"linear": {"out": place.speller.size(count), "bias": chance(rng, 50)}, "as": scores}
    return {"do": [{"tokens": {}, "as": words}, router, {"experts": fields, "from": words}]}


def learned(maker: Maker, place: Place) -> Any:
    """A map and a learned tensor, which is stretched where it is 1."""
    shape = place.shape
    if not maker.options.stretched:
        return None
    sizes = [size if chance(maker.rng, 50) else 1 for size in shape.sizes]
    if chance(maker.rng, 30):
        sizes = [1, *sizes]  # The axis of the batch, as authors write it.
    parameter: Any = {"parameter": {"shape": sizes, "layout": shape.layout}}
    if chance(maker.rng, 50):
        parameter = {"parameter": sizes}
    if chance(maker.rng, 50):
        parameter["as"] = maker.name(place)
    if chance(maker.rng, 20):
        parameter["trainable"] = False
    kind = pick(maker.rng, ("add", "multiply", "subtract"))
    return {kind: {"branches": ["here", [parameter]], "broadcast": True}}


def fixed(maker: Maker, place: Place) -> Any:
    """A map and fixed numbers: those of a state dict, one for all, or a list; or the rows that a fixed table picks."""
    rng, shape = maker.rng, place.shape
    if not maker.options.stretched:
        return None
    kind = pick(rng, ("add", "multiply", "subtract"))
    if shape.layout == "channels_last" and len(shape.sizes) == 2 and all(isinstance(size, int) for size in shape.sizes):
        tokens, width = shape.sizes
        rows = rng.randrange(1, 9)
        index: Data = {"shape": [tokens], "dtype": "int", "persistent": chance(rng, 50)}
        index["values"] = [rng.randrange(rows) for _ in range(int(tokens))] if chance(rng, 70) else rows - 1
        picked = [{"buffer": index}, {"embedding": [rows, width]}]
        if chance(rng, 50):
            return {kind: {"branches": ["here", picked]}}
    sizes = [size if chance(rng, 50) else 1 for size in shape.sizes]
    if chance(rng, 30):
        sizes = [1, *sizes]
    fields: Data = {"shape": sizes, "layout": shape.layout}
    numbers = (0, 1, -2, 100, "1/4", "-0.5")
    entries = prod(sizes)
    if isinstance(entries, int) and entries <= 24 and chance(rng, 50):
        fields["values"] = _in_lists([pick(rng, numbers) for _ in range(entries)], sizes if chance(rng, 50) else [])
    elif chance(rng, 50):
        fields["values"] = pick(rng, numbers)
    if "values" in fields and chance(rng, 50):
        fields["persistent"] = False
    buffer: Any = {"buffer": sizes} if list(fields) == ["shape", "layout"] and chance(rng, 50) else {"buffer": fields}
    if chance(rng, 50):
        buffer["as"] = maker.name(place)
    return {kind: {"branches": ["here", [buffer]], "broadcast": True}}


def looked_up(maker: Maker, place: Place) -> Any:
    """Entries of an axis of a map, or of a learned table that is added to it, at fixed places."""
    rng, shape = maker.rng, place.shape
    axis = rng.randrange(len(shape.sizes))
    size = shape.sizes[axis]
    if shape.integers is not None or shape.items != 1 or not isinstance(size, int) or shape.elements > 2000:
        return None
    name, read = maker.name(place), maker.name(place)
    is_table = maker.options.stretched and chance(rng, 50)
    rows = rng.randrange(1, 9) if is_table else size
    sizes = [size] if is_table else [rng.randrange(1, 4) for _ in range(pick(rng, (1, 1, 2)))]
    values = [rng.randrange(rows) for _ in range(prod(sizes))]
    index: Data = {"shape": sizes, "dtype": "int", "values": values, "persistent": chance(rng, 50)}
    taken: Data = {"index_select": name if axis == 0 else {"index": name, "axis": axis}}
    steps: list[Any] = [{"identity": {}, "as": read}, {"buffer": index, "as": name}]
    if is_table:
        table = [*shape.sizes[:axis], rows, *shape.sizes[axis + 1 :]]
        own = {"parameter": {"shape": table, "layout": shape.layout}}
        return {"do": [*steps, {"add": {"branches": [read, [own, taken]], "broadcast": True}}]}
    made = (*shape.sizes[:axis], *sizes, *shape.sizes[axis + 1 :])
    if prod(made) > MAX_ELEMENTS:  # type: ignore[operator]
        return None
    place.shape = shape._replace(sizes=made)
    return {"do": [*steps, {**taken, "from": read}]}


def _in_lists(numbers: list[Any], sizes: Sequence[Any]) -> list[Any]:
    """Numbers row by row, in lists of lists of these sizes; without any, as they are."""
    for size in reversed(sizes[1:]):
        numbers = [numbers[start : start + size] for start in range(0, len(numbers), size)]
    return numbers


def filters(maker: Maker, place: Place) -> Any:
    """Filters of several sizes side by side: one branch for every turn of a loop."""
    rng, shape = maker.rng, place.shape
    if not is_map(shape):
        return None
    kernels = [pick(rng, (1, 3, 5)) for _ in range(rng.randrange(2, 4))]
    index = maker.name(letter="k")
    out = rng.randrange(1, 5)
    conv: Data = {"conv": {"out": place.speller.size(out), "kernel": index, "padding": f"{index}//2"}}
    if chance(rng, 40):
        conv["as"] = f"{maker.name(place)}_$({index})" if len(set(kernels)) == len(kernels) else maker.name(place)
        if len(set(kernels)) < len(kernels):
            del conv["as"]
    place.shape = shape.with_channels(out * len(kernels))
    return {"concat": [{"for": {index: kernels}, "do": [conv, "relu"]}]}


def joined(maker: Maker, place: Place) -> Any:
    """Maps joined along any axis."""
    shape, rng = place.shape, maker.rng
    axis = rng.randrange(len(shape.sizes))
    if shape.elements * 2 > MAX_ELEMENTS:
        return None
    branch = maker.keeping(place)
    place.shape = shape._replace(sizes=tuple([size * (1 + (n == axis)) for n, size in enumerate(shape.sizes)]))
    written = axis - len(shape.sizes) if chance(rng, 30) else axis
    return {"concat": {"branches": ["here", branch], "axis": written}}


def skipped_to(maker: Maker, place: Place) -> Any:
    """Down, and up again to the size of the map before, or the map before cut to the new size; then both together."""
    rng, shape = maker.rng, place.shape
    if not is_map(shape):
        return None
    name = maker.name(place)
    cut = after(maker, shape, "conv", out=2, kernel=3)
    pooled = after(maker, shape, "max_pool", kernel=2)
    out = rng.randrange(1, 5)
    if cut is not None and chance(rng, 50):
        if after(maker, shape, "crop", to=Tap(cut)) is None:
            return None
        place.shape = cut.with_channels(shape.channels + out)
        conv = {"conv": [place.speller.size(out), 3]}
        return {
            "do": [{"identity": {}, "as": name}, conv, {"concat": [[{"crop": {"to": "here"}, "from": name}], "here"]}]
        }
    if pooled is None:
        return None
    place.shape = shape.with_channels(2 * shape.channels)
    up = {"upsample": {"to": name}}
    return {"do": [{"identity": {}, "as": name}, {"max_pool": 2}, up, {"concat": ["here", name]}]}


UNIT = [
    {
        "add": [
            [
                {
                    "conv": {"out": "width", "kernel": 3, "stride": "stride", "padding": 1, "rounding": "floor"},
                    "as": "conv",
                },
                {"batch_norm": {}, "as": "bn"},
                {"apply": "act"},
            ],
            [
                {
                    "conv": {"out": "width", "kernel": 1, "stride": "stride", "bias": False, "rounding": "floor"},
                    "as": "shortcut",
                    "when": "stride > 1 or width != in_channels",
                }
            ],
        ]
    }
]
STAGE = [
    {"unit": ["width", "stride"]},
    {"repeat": "depth - 1", "do": [{"unit": {"width": "width"}}]},
]


def units(maker: Maker, place: Place) -> Any:
    """Blocks in blocks, called several times with other arguments, some of whose steps are left out."""
    rng = maker.rng
    if not is_map(place.shape):
        return None
    maker.blocks["unit(width, stride=1, act=relu)"] = UNIT
    steps: list[Any] = []
    for _ in range(rng.randrange(1, 4)):
        width, stride = pick(rng, (place.shape.channels, 4, rng.randrange(1, 9))), pick(rng, (1, 1, 2))
        written = place.speller.size(width)
        step: Data
        if chance(rng, 30):
            maker.blocks["stage(width, depth, stride=1)"] = STAGE
            step = {"stage": {"width": written, "depth": rng.randrange(1, 3), "stride": stride}}
        else:
            call: Data = {"width": written, "stride": stride}
            if chance(rng, 30):
                call["act"] = pick(rng, ("tanh", "sigmoid", "relu"))
            step = {"unit": call}
        shape = after(maker, place.shape, "conv", out=width, kernel=3, stride=stride, padding=1, rounding="floor")
        if shape is None:
            continue
        if chance(rng, 40):
            step["as"] = maker.name(place)
            place.maps = (*place.maps, Named(step["as"], Tap(shape)))
            place.reusable.append((step["as"], place.shape, shape))
        place.shape = shape
        steps.append(step)
    return {"do": steps} if steps else None


def stages(maker: Maker, place: Place) -> Any:
    """Named scopes with computed names, which are read by them later."""
    rng = maker.rng
    if not is_map(place.shape) or place.template:
        return None
    name, index, width = maker.name(letter="stage"), maker.name(letter="i"), maker.name(letter="w")
    widths = [rng.randrange(1, 7) for _ in range(rng.randrange(1, 4))]
    inner: list[Any] = [{"conv": {"out": width, "kernel": 3, "padding": 1}, "as": "conv"}]
    if chance(rng, 50):
        inner.append({"do": [{"batch_norm": {}, "as": "bn"}, "relu"], "as": "after", "when": f"{index} > 1"})
    before = place.shape
    for number, channels in enumerate(widths, start=1):
        shape = before.with_channels(channels)
        place.maps = (*place.maps, Named(f"{name}_{number}", Tap(shape)), Named(f"{name}_{number}.conv", Tap(shape)))
        if number == 1 or widths[number - 2] == channels:
            place.reusable.append((f"{name}_{number}", shape if number > 1 else before, shape))
    place.shape = before.with_channels(widths[-1])
    variables = {index: f"1..{len(widths)}", width: widths}
    return {"for": variables, "do": [{"do": inner, "as": f"{name}_${index}"}]}


def twins(maker: Maker, place: Place) -> Any:
    """A tower that is named and run again on another map; both results are compared."""
    shape = place.shape
    name = maker.name(place)
    tower = maker.unnamed(maker.keeping(place.inner()))
    first: Data = {"do": tower, "as": name}
    return {"do": [first, {"subtract": ["here", [{"use": name}]]}]} if shape.elements else None


def multiplied(maker: Maker, place: Place) -> Any:
    """Scores of all rows of a map with each other, and mostly a product of these with the map."""
    shape = place.shape
    if len(shape.sizes) < 2 or shape.elements > 2000:
        return None
    name = maker.name(place)
    way = pick(maker.rng, ("second", "first"))
    scores = merged("matmul", [shape, shape], transpose=way)
    steps: list[Any] = [{"identity": {}, "as": name}]
    steps.append({"matmul": {"branches": [name, maker.keeping(place.inner())], "transpose": way}})
    place.shape = scores
    if chance(maker.rng, 70):
        order = [scores, shape] if way == "second" else [shape, scores]
        place.shape = merged("matmul", order)
        steps += ["tanh", {"matmul": ["here", name] if way == "second" else [name, "here"]}]
    return {"do": steps}


def stacked(maker: Maker, place: Place) -> Any:
    """A map and what steps make of it, along an axis that is new."""
    shape = place.shape
    if len(shape.sizes) > 3 or shape.integers is not None or 2 * shape.elements > MAX_ELEMENTS:
        return None
    axis = maker.rng.randrange(len(shape.sizes) + 1)
    branch = maker.keeping(place.inner()) or ["relu"]
    place.shape = merged("stack", [shape, shape], axis=axis)
    return {"stack": {"branches": ["here", branch], "axis": axis}}


def folded(maker: Maker, place: Place) -> Any:
    """Windows as columns, and back to the map that they were taken from."""
    rng, shape = maker.rng, place.shape
    if not is_map(shape) or len(shape.sizes) != 3:
        return None
    window = {"kernel": pick(rng, (2, 1, 3)), "stride": pick(rng, (1, 2)), "padding": pick(rng, (0, 1))}
    if after(maker, shape, "unfold", **window) is None:
        return None
    return {"do": [{"unfold": window}, {"fold": {"size": list(shape.spatial), **window}}]}


def partitioned(maker: Maker, place: Place) -> Any:
    """A map in windows, in two of which the same steps may run, and back: by sizes that are asked of the map."""
    rng, shape = maker.rng, place.shape
    if not maker.options.layouts or not is_map(shape) or len(shape.sizes) != 3 or place.template:
        return None
    (high, wide), name = (pick(rng, divisors(size)) for size in shape.spatial), maker.name(place)
    cut = pick(rng, ("//", "/"))
    rows, columns = f"height(here) {cut} {high}", f"width({name}) {cut} {wide}"
    axes = pick(rng, ((0, 1, 3, 2, 4), (1, 3, 0, 2, 4), (2, 4, 0, 1, 3)))
    back = [axes.index(axis) for axis in range(5)]
    between = [{"permute": list(axes)}, {"permute": back}] if chance(rng, 70) else []
    there = {"reshape": ["in_channels", rows, high, columns, wide]}
    again = {"reshape": [pick(rng, (f"channels({name})", "-1")), f"height({name})", f"width({name})"]}
    return {"do": [{"identity": None, "as": name}, there, *between, again]}


def gated_channels(maker: Maker, place: Place) -> Any:
    """Channels that a linear layer weighs: squeeze and excitation."""
    shape = place.shape
    if not is_map(shape) or not maker.options.stretched:
        return None
    ones = [1] * len(shape.spatial)
    reduced = place.speller.size(maker.rng.randrange(1, 4))
    gate = [
        "global_avg_pool", "flatten", {"linear": reduced}, "relu", {"linear": shape.channels}, "sigmoid",
        {"reshape": [shape.channels, *ones]},
    ]  # fmt: skip
    return {"multiply": {"branches": ["here", gate], "broadcast": True}}


def classifier(maker: Maker, place: Place) -> Any:
    """The end of many networks."""
    rng: Random = maker.rng
    if not maker.options.layouts or not is_map(place.shape) or place.shape.elements > 5000:
        return None
    out = rng.randrange(1, 9)
    place.shape = place.shape._replace(sizes=(out,))
    hidden: list[Any] = [{"linear": place.speller.size(5)}, "relu"] if chance(rng, 50) else []
    return {"do": ["flatten", *hidden, {"linear": place.speller.size(out)}]}


def stated(maker: Maker, place: Place) -> Any:
    """A step of which the author says what it makes of a map, or of a map and what steps make of it."""
    rng, shape = maker.rng, place.shape
    if shape.integers is not None:
        return None
    kept = [size for size in shape.sizes if chance(rng, 70)] or [rng.randrange(1, 9)]
    fields: Data = {"shape": [place.speller.size(int(size)) for size in kept], "products": place.speller.size(12)}
    if chance(rng, 40):
        fields["branches"] = ["here", maker.keeping(place.inner())]
    if chance(rng, 50):
        fields["tensors"] = {"table": [place.speller.size(3), 2], "norm.bias": [4]}
    if chance(rng, 30):
        fields["buffers"] = {"index": []}
    if chance(rng, 30):
        fields |= {"module": "mixers:Mix", "arguments": {"dim": place.speller.size(4), "mode": "'mean of x'"}}
    place.shape = shape._replace(sizes=tuple(kept))
    step: Data = {"opaque": fields}
    return {**step, "as": maker.name(place)} if chance(rng, 50) else step


MOTIFS: tuple[Motif, ...] = (
    undone_pool, regions, attended, queried, worded, chosen_experts, learned, fixed, looked_up, filters,
    joined, skipped_to, units, stages, twins, gated_channels, multiplied, deformed, stacked,
    folded, partitioned, classifier,
)  # fmt: skip

BY_KIND: dict[str, Motif] = {
    "unpool": undone_pool,
    **dict.fromkeys(REGIONS, regions),
    "deform_conv": deformed,
    "attention": attended,
    "parameter": learned,
    "buffer": fixed,
    "index_select": looked_up,
    "experts": chosen_experts,
    "embedding": worded,
    "positions": worded,
    "add": units,
    "subtract": twins,
    "multiply": gated_channels,
    "concat": skipped_to,
    "matmul": multiplied,
    "dot_attention": queried,
    "stack": stacked,
    "opaque": stated,
    "unfold": folded,
    "fold": folded,
}
"""Motifs with a kind that alone rarely fits."""

APPROACHES: tuple[tuple[Any, ...], ...] = (
    (), ("tokens",), ("flatten",), ("channels_last",), ({"conv": [8, 1]},), ({"conv": [8, 1]}, {"upsample": 2}),
)  # fmt: skip
"""Steps behind which a kind may fit that does not fit at once."""


def containing(maker: Maker, place: Place, kind: str) -> list[Any]:
    """Steps with a layer of this kind, with others before it if need be; none if nothing helps."""
    motif = BY_KIND.get(kind)
    step = motif(maker, place) if motif is not None else None
    if step is not None:
        return [step]
    if layer_class(kind).is_merge:
        step = joined(maker, place) if kind == "concat" else None
        return [step] if step is not None else []
    start = place.shape
    for steps in APPROACHES:
        shape: Shape | None = start
        for step in steps:
            if shape is not None:
                shape = _behind(maker, shape, step)
        if shape is None:
            continue
        place.shape = shape
        step = maker.layer(place, kind)
        if step is not None:
            return [*steps, step]
    place.shape = start
    return []


def _behind(maker: Maker, shape: Shape, step: Any) -> Shape | None:
    """What a step of an approach makes of a shape."""
    if isinstance(step, str):
        return after(maker, shape, step)
    ((kind, value),) = step.items()
    if kind == "conv":
        return after(maker, shape, "conv", out=value[0], kernel=value[1]) if is_map(shape) else None
    return after(maker, shape, kind, factor=value) if is_map(shape) else None
