"""Chains of spatial layers against windows that slide one position at a time, under every rounding policy."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from random import Random
from typing import Any

import pytest
from effort import examples
from hypothesis import given
from strategies.choices import chance, pick
from strategies.fields import Around, random_fields
from strategies.hypothesis_strategies import rngs

import archcalc
from archcalc.layers.shape import Shape
from archcalc.layers.site import Site
from archcalc.layers.table import layer_class
from properties.sliding import (
    Sizes,
    border_is_legal,
    per_axis,
    same_border,
    scaled,
    sides,
    transposed_sizes,
    window_sizes,
)

KINDS = ("conv", "max_pool", "avg_pool", "depthwise", "conv_transpose", "upsample", "crop", "pad")


def expected(sizes: Sizes, kind: str, fields: dict[str, Any], rounding: str) -> Sizes | None:
    """The shape that a layer writes, or None where it must complain."""
    channels, spatial = sizes[0], sizes[1:]
    rank = len(spatial)
    after: Any
    if kind in ("conv", "depthwise", "max_pool", "avg_pool"):
        groups = fields.get("groups", 1)
        out = {"conv": fields.get("out"), "depthwise": channels * fields.get("multiplier", 1)}.get(kind, channels)
        if channels % groups or (kind == "conv" and out % groups):
            return None
        if fields.get("standardize") and channels // groups * prod(per_axis(fields["kernel"], rank)) == 1:
            return None
        after = window_sizes(spatial, fields, kind, rounding)
        return None if after is None else (out, *after)
    if kind == "conv_transpose":
        groups = fields.get("groups", 1)
        if channels % groups or fields["out"] % groups:
            return None
        after = transposed_sizes(spatial, fields)
        return None if after is None else (fields["out"], *after)
    if kind == "upsample":
        if fields.get("mode", "nearest") not in ("nearest", "area"):
            fitting = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}
            if fitting[fields["mode"]] != rank:
                return None
        if "size" in fields:
            after = per_axis(fields["size"], rank)
        else:
            factors = [Fraction(factor) for factor in per_axis(fields["factor"], rank)]
            after = [scaled(size, factor, rounding) for size, factor in zip(spatial, factors, strict=True)]
    elif kind == "crop":
        targets = per_axis(fields["size"], rank)
        offsets = per_axis(fields.get("offset"), rank)
        after = [
            target if size >= target + (offset or 0)
            and (offset is not None or rounding != "exact" or (size - target) % 2 == 0) else None
            for size, target, offset in zip(spatial, targets, offsets, strict=True)
        ]  # fmt: skip
    elif fields.get("value", 0) != 0 and fields.get("mode", "zeros") != "zeros":
        return None
    else:
        after = []
        for size, entry in zip(spatial, per_axis(fields["padding"], rank), strict=True):
            before, behind = sides(entry)
            rest = list(range(size))[max(0, -before) : size + min(0, behind)]
            possible = rest and border_is_legal(size, (before, behind), fields.get("mode", "zeros"))
            after.append(len(rest) + max(0, before) + max(0, behind) if possible else None)
    return None if None in after else (channels, *after)


def _drawn(rng: Random, sizes: Sizes) -> tuple[str, dict[str, Any]]:
    kind = pick(rng, KINDS)
    fields = random_fields(rng, layer_class(kind), Around(Shape(sizes)))
    written = {name: given.written for name, given in fields.items() if name not in ("connections", "to")}
    if kind in ("upsample", "crop") and not {"size", "factor"} & set(written):
        written["size"] = 3
    return kind, written


POLICIES = ("exact", "floor", "ceil", "caffe")


def chain(rng: Random) -> tuple[dict[str, Any], list[Sizes | None]]:
    """A chain with the shapes that it must write; the last may be None, where the chain ends."""
    rank = pick(rng, (2, 1, 3))
    start = (pick(rng, (4, 6, 1, 8)), *(rng.randrange(1, 15 if rank < 3 else 8) for _ in range(rank)))
    sizes: Sizes | None = start
    policy = pick(rng, POLICIES)
    data: dict[str, Any] = {"input": list(start), "rounding": policy}
    by_name: dict[str, str] = {}
    if chance(rng, 30):
        by_name = {name: pick(rng, POLICIES) for name in ("pool", "conv", "avg_pool", "resample")}
        data["rounding"], policy = by_name, "exact"
    layers: list[Any] = []
    shapes: list[Sizes | None] = []
    for _ in range(rng.randrange(1, 7)):
        assert sizes is not None
        # Most layers are drawn until they fit, so that chains grow long; the others end them with a mistake.
        tries = 1 if chance(rng, 15) else 5
        for _ in range(tries):
            kind, written = _drawn(rng, sizes)
            own = written.get("rounding")
            rounding = own or by_name.get(kind) or by_name.get(layer_class(kind).family) or policy
            after = expected(sizes, kind, written, rounding)
            if after is not None:
                break
        layers.append({kind: written})
        sizes = after
        shapes.append(sizes)
        if sizes is None or max(sizes) > 80:
            break
    data["layers"] = layers
    return data, shapes


@given(rngs())
@examples(500)
def test_chains_have_the_shapes_that_sliding_gives(rng: Random) -> None:
    data, shapes = chain(rng)
    report = archcalc.load(data).check()
    # Of the last layer, if it fails, what does not depend on the fault is known.
    whole = shapes if shapes[-1] is not None else shapes[:-1]
    assert [layer.output for layer in report][: len(whole)] == whole or not report.layers, data
    assert len(report.layers) in (0, len(shapes)), data
    assert report.ok == (shapes[-1] is not None), (data, [found.message for found in report.diagnostics])


@pytest.mark.parametrize("rounding", POLICIES)
@pytest.mark.parametrize("kind", ["conv", "max_pool"])
def test_every_small_window(kind: str, rounding: str) -> None:
    """All windows on all small axes, not a sample."""
    cls = layer_class(kind)
    for kernel in range(1, 6):
        for stride in range(1, 5):
            for before in range(3):
                for after in range(3):
                    for dilation in (1, 2):
                        fields = {"kernel": kernel, "stride": stride, "padding": ((before, after),)}
                        fields |= {"dilation": dilation} | ({"out": 1} if kind == "conv" else {})
                        layer = cls(**fields)
                        for size in range(1, 10):
                            found = layer.shapes([Shape((1, size))], Site(layer.policy(rounding)))  # type: ignore[arg-type]
                            wanted = window_sizes((size,), fields, kind, rounding)
                            assert (None if found is None else found[0].spatial) == wanted, (fields, size)


@pytest.mark.parametrize("mode", ["reflect", "circular"])
def test_every_small_border(mode: str) -> None:
    """Mirrored and wrapped padding is legal where PyTorch pads, and `same` is the padding that it stands for."""
    torch = pytest.importorskip("torch")

    def pads(size: int, before: int, after: int) -> bool:
        try:
            return bool(torch.nn.functional.pad(torch.zeros(1, 2, size), (before, after), mode=mode).shape[-1])
        except RuntimeError:
            return False

    conv, pad = layer_class("conv"), layer_class("pad")
    seen = set()
    for size in range(1, 7):
        shape = [Shape((1, size))]
        for before in range(-2, 9):
            for after in range(-2, 9):
                if size + min(0, before) + min(0, after) < 1:
                    continue
                if mode == "circular" and max(before - size - min(0, after), after - size - min(0, before)) > 0:
                    # PyTorch then writes what was in the memory before, where it does not refuse.
                    assert not border_is_legal(size, (before, after), mode)
                    continue
                legal = pads(size, before, after)
                assert border_is_legal(size, (before, after), mode) == legal, (size, before, after)
                written = pad(padding=((before, after),), mode=mode).shapes(shape, Site())
                assert (written is not None) == legal
                seen.add(legal)
        for kernel in range(1, 8):
            for stride in range(1, 4):
                for dilation in (1, 2):
                    fields = {"kernel": kernel, "stride": stride, "dilation": dilation, "padding": "same"}
                    layer = conv(out=1, padding_mode=mode, **fields)
                    wanted = window_sizes((size,), fields | {"padding_mode": mode}, "conv", "exact")
                    assert pads(size, *same_border(size, kernel, stride, dilation)) == (wanted is not None)
                    found = layer.shapes(shape, Site())
                    assert (None if found is None else found[0].spatial) == wanted, fields
                    seen.add(wanted is None)
    assert seen == {True, False}
