"""Unpooling: values put back on a larger map, where a max pool has found them or at even distances."""

from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import model_validator

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition, Dim
from archcalc.layers.base import Layer, Tap, TorchCall
from archcalc.layers.fields import Amounts, Doc, MapName, Sizes, Strides
from archcalc.layers.formula import Formula
from archcalc.layers.letters import stated
from archcalc.layers.maps import collapsed, spread
from archcalc.layers.padding import window_options
from archcalc.layers.pooling import MaxPool, is_step
from archcalc.layers.reach import Reach, painting, spread_out
from archcalc.layers.rules import OfMap
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.shared_fields import OutputSize
from archcalc.layers.site import Site
from archcalc.layers.window import Windows, by_axis, enlarge, per_axis
from archcalc.layers.window_formulas import grown_formulas


class Unpool(OfMap):
    """Unpooling: puts values back on a larger map and fills the rest with zeros.

    `unpool: pool1` undoes the max pool of that name: every value goes to where the pool found it, on a map of the
    size that entered the pool. Without a pool every value goes to the top left of its block, on a map of
    (N - 1)*S - 2P + kernel or of `size`.

    Shape: (C, *N) -> (C, *M) with M the size that entered the pool, `size`, or (N - 1)*S - 2P + kernel
    Cost: no parameters, no multiplications
    Reports: AC304, AC307, AC315, AC318, AC321
    Source: torch.nn.MaxUnpool2d

    >>> Unpool(kernel=2).shapes([Shape((64, 56, 56))], Site())[0].sizes
    (64, 112, 112)
    """

    family = "pool"
    resizes = True
    main = "pool"
    undone = ("pool",)

    pool: Annotated[MapName | None, Doc("The max pool that is undone, by its name.")] = None
    kernel: Annotated[Sizes | None, Doc("Size of the blocks, where no pool is named.")] = None
    stride: Annotated[Strides | None, Doc("Step of the blocks, where no pool is named. Default: the kernel.")] = None
    size: OutputSize | None = None
    padding: Annotated[Amounts, Doc("Padding of the pool that is undone, where none is named.")] = 0

    @model_validator(mode="after")
    def _has_one_way(self) -> Self:
        given = [name for name in ("kernel", "stride", "size", "padding") if name in self.model_fields_set]
        if self.pool is not None and given:
            raise ValueError(f"takes no {' and '.join(given)} besides a pool, which says what it did")
        if self.pool is None and (self.kernel is None) == (self.size is None):
            raise ValueError("takes the name of a max pool, a kernel or a size: exactly one of them")
        if self.size is not None and len(given) > 1:
            raise ValueError("takes a stride and a padding with a kernel only, not with a size")
        return self

    def mapped(self, shape: Shape, site: Site) -> tuple[Shape, ...] | None:
        """As many maps as it reads, on a larger grid."""
        if self.pool is not None:
            return self._undone(site, shape, self.pool)
        if self.size is not None:
            sizes = per_axis(site, self.size, len(shape.spatial), "size")
            return None if sizes is None else self._onto(site, shape, sizes)
        return self._enlarged(site, shape)

    def _blocks(self) -> Windows:
        """What every value is put into, where no pool is named."""
        return Windows(self.kernel, self.kernel if self.stride is None else self.stride, self.padding)

    def _undone(self, site: Site, shape: Shape, tap: Tap) -> tuple[Shape, ...] | None:
        if not isinstance(tap.layer, MaxPool) or tap.entered is None:
            what = tap.layer.kind if isinstance(tap.layer, Layer) else "no layer"
            site.report(
                codes.NOT_A_POOL,
                f"unpool needs the places of a max_pool, but the map it names comes from {what}",
                field="pool",
                help=("name a max_pool, or unpool by a factor: `unpool: {kernel: 2}`",),
            )
            return None
        message = f"the map to unpool is {shape}, but the pool it names wrote {tap.shape}"
        same = [Condition.equal(*pair) for pair in zip(shape.sizes, tap.shape.sizes, strict=False)]
        if len(shape.sizes) != len(tap.shape.sizes) or any(condition.decide() is False for condition in same):
            # One finding with both shapes in full, which show on which axes they differ.
            site.report(
                codes.NOT_A_POOL,
                message,
                field="pool",
                label=f"a pool that wrote {tap.shape}",
                help=("name the pool that wrote a map of this shape, or bring the map to its shape first",),
            )
            return None
        for condition in same:
            site.require(condition, codes.NOT_A_POOL, message, field="pool")
        return (shape.with_spatial(tap.entered.spatial),)

    def _onto(self, site: Site, shape: Shape, sizes: Sequence[Dim]) -> tuple[Shape, ...] | None:
        fits = all(
            site.require(
                Condition.at_least(size, old),
                codes.EMPTY_OUTPUT,
                f"{old} values do not fit on an axis of {size}: unpooling enlarges",
                field="size",
            )
            for size, old in zip(sizes, shape.spatial, strict=True)
        )
        return (shape.with_spatial(sizes),) if fits else None

    def _enlarged(self, site: Site, shape: Shape) -> tuple[Shape, ...] | None:
        if not is_step(site, self.kernel, self.stride):
            return None
        axes = self._blocks().axes(len(shape.spatial), site)
        if axes is None:
            return None
        sizes = by_axis(shape, axes, lambda *axis: enlarge(site, *axis))
        return None if sizes is None else (shape.with_spatial(sizes),)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The sizes that entered the pool, those that are asked for, or the window formula backwards."""
        (shape,) = inputs
        rank = len(shape.spatial)
        if self.pool is not None:
            tap: Tap = self.pool
            assert tap.entered is not None, f"{tap.layer} slipped through"
            return stated(shape, tap.entered.spatial, "size that entered the pool")
        if self.size is not None:
            return stated(shape, spread(self.size, rank))
        return grown_formulas(shape, self._blocks().axes(rank) or [], (0,) * rank)

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """The windows of the pool in which a position lies, or the one value that is put there."""
        (shape,), (output,) = inputs, outputs
        if self.pool is not None:
            tap: Tap = self.pool
            if not isinstance(tap.layer, MaxPool) or tap.entered is None:
                raise AssertionError(f"{tap.layer} slipped through")
            return tap.layer.unreach(tap.entered)
        if self.size is not None:
            return tuple([spread_out(old, new) for old, new in zip(shape.spatial, output.spatial, strict=True)])
        # Of a block only its first place holds the value.
        axes = self._blocks()._replace(kernel=1).axes(len(shape.spatial))
        return tuple([painting(window) for window in axes or []])

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """What `nn.MaxUnpoolNd` does, with the size of the map that entered the pool.

        PyTorch has nothing for blocks; onto a size, the block of value i of N starts at floor(i*size/N).
        """
        if self.pool is not None:
            tap: Tap = self.pool
            if not isinstance(tap.layer, MaxPool) or tap.entered is None:
                raise AssertionError(f"{tap.layer} slipped through")
            return (tap.layer.undoing(tap.entered, tap.shape, tap.rounding),)
        if self.size is not None:
            return (TorchCall("supplied.unpool_to", (collapsed(self.size),), is_module=False),)
        options = window_options(self._blocks())
        if collapsed(self.padding) != 0:
            options["padding"] = collapsed(self.padding)
        return (TorchCall("supplied.unpool_blocks", (), options, is_module=False),)
