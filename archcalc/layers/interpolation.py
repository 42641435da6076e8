"""Interpolation: maps on larger or smaller grids, by the coordinate rules of PyTorch, TensorFlow and ONNX."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import model_validator

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition, Dim, ceil_div, divide, floor_div
from archcalc.layers.arguments import as_python
from archcalc.layers.axes import joined
from archcalc.layers.base import TorchCall
from archcalc.layers.fields import Doc, Factor, Flag, Real
from archcalc.layers.formula import Formula
from archcalc.layers.letters import each_axis, per_axis_letters
from archcalc.layers.maps import collapsed, spread
from archcalc.layers.reach import SAME, Grid, Reach, interpolated
from archcalc.layers.rules import OfMap
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.shared_fields import OutputSize, OwnRounding
from archcalc.layers.site import Fractional, Site
from archcalc.layers.targets import BOTH, Target, asked, sizes_of, turned
from archcalc.layers.window import as_dim, by_axis, decimal, per_axis

Interpolation = Literal["nearest", "linear", "bilinear", "bicubic", "trilinear", "area"]
Coordinates = Literal["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"]
NearestMode = Literal["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"]

_RANKS: dict[str, tuple[int, ...]] = {"linear": (1,), "bilinear": (2,), "bicubic": (2,), "trilinear": (3,)}
_CUBIC = Fraction(-3, 4)
"""The coefficient of PyTorch and ONNX; TensorFlow and Pillow have -1/2."""


class Upsample(OfMap):
    """Interpolation to another size: by an exact factor, to a size, or to the size of another map.

    Several modes: `nearest` and `area` for any number of axes, `linear` for one, `bilinear` and `bicubic` for two,
    `trilinear` for three. A factor may be a fraction; where factor*N is not whole, the declared rounding applies, and
    the two sizes say how far the positions are apart.

    `coordinates` says where position x of M lies among N positions, by the names of ONNX:

    * `half_pixel`, (x + 1/2)*N/M - 1/2: the default of PyTorch for all modes but `nearest`, and of TensorFlow 2;
    * `align_corners`, x*(N - 1)/(M - 1): PyTorch's `align_corners=True`, and an option of TensorFlow 1;
    * `asymmetric`, x*N/M: PyTorch's `nearest`, and the default of TensorFlow 1;
    * `pytorch_half_pixel`: `half_pixel`, but 0 where M is 1.

    `mode: nearest` takes the position that `nearest_mode` says: `floor` for `asymmetric`, otherwise
    `round_prefer_ceil`, as PyTorch's `nearest-exact` and TensorFlow 2; ONNX has `round_prefer_floor`. Shapes and counts
    depend on none of this.

    Shape: (C, *N) -> (C, *M) with M = factor*N, `size`, or the sizes of the map `to`
    Cost: no parameters, no multiplications
    Reports: AC301, AC304, AC307, AC321
    Source: torch.nn.Upsample, torch.nn.functional.interpolate; onnx.ai Resize

    >>> Upsample(factor=2, mode="bilinear").shapes([Shape((256, 13, 9))], Site())[0].sizes
    (256, 26, 18)
    """

    family = "resample"
    main = "factor"
    measuring = ("to",)

    factor: Annotated[Factor | None, Doc("Factor of the sizes: one for all axes, or one per axis.")] = None
    size: OutputSize | None = None
    to: Target = None
    mode: Annotated[Interpolation, Doc("How the values in between are found.")] = "nearest"
    rounding: OwnRounding = None
    coordinates: Annotated[
        Coordinates | None, Doc("Where positions of the output lie in the input. Default: where PyTorch has them.")
    ] = None
    nearest_mode: Annotated[
        NearestMode | None, Doc("Which position `mode: nearest` takes for a place in between; halves go down or up.")
    ] = None
    antialias: Annotated[
        Flag, Doc("Whether `bilinear` and `bicubic` look as far as the map shrinks, as Pillow does.")
    ] = False
    cubic_coeff_a: Annotated[
        Real | None, Doc("Coefficient of `bicubic`. Default: -3/4; TensorFlow has -1/2, and so have antialiased maps.")
    ] = None

    @model_validator(mode="after")
    def _has_one_target(self) -> Self:
        if [self.factor, self.size, self.to].count(None) != 2:
            raise ValueError("takes exactly one of `factor`, `size` and `to`")
        return self

    @model_validator(mode="after")
    def _has_rules_of_its_mode(self) -> Self:
        if self.nearest_mode is not None and self.mode != "nearest":
            raise ValueError(f"takes a `nearest_mode` with mode: nearest only, not with {self.mode}")
        if self.cubic_coeff_a is not None and (self.mode != "bicubic" or self.antialias):
            raise ValueError("takes a `cubic_coeff_a` with mode: bicubic only, and not with `antialias`")
        if self.coordinates is not None and self.mode == "area":
            raise ValueError("takes no `coordinates` with mode: area, which is the mean of what a position covers")
        if self.antialias and (
            self.mode not in ("bilinear", "bicubic") or self.coordinates not in (None, "half_pixel")
        ):
            raise ValueError("takes `antialias` with mode: bilinear or bicubic, and coordinates: half_pixel")
        return self

    def mapped(self, shape: Shape, site: Site) -> tuple[Shape, ...] | None:
        """The same maps on another grid."""
        rank = len(shape.spatial)
        ranks = _RANKS.get(self.mode)
        if ranks is not None and rank not in ranks:
            fitting = {1: "linear", 2: "bilinear", 3: "trilinear"}[rank]
            wanted = "1 axis" if ranks == (1,) else f"{ranks[0]} axes"
            site.report(
                codes.RANK_MISMATCH,
                f"{self.mode} interpolates over {wanted}, but {shape} has {rank}",
                field="mode",
                help=(f"use mode: {fitting}, or nearest",),
            )
            return None
        if self.factor is None:
            given = sizes_of(site, shape, self.size, self.to)
            return None if given is None else (shape.with_spatial(given),)
        factors = per_axis(site, self.factor, rank, "factor")
        if factors is None:
            return None
        sizes = by_axis(shape, factors, lambda names, size, factor: self._scaled(site, names, size, factor))
        return None if sizes is None else (shape.with_spatial(sizes),)

    def _scaled(self, site: Site, names: list[str], size: Dim, factor: int | Fraction) -> Dim | None:
        above, below = factor.numerator, factor.denominator
        exact = divide(size * above, below)
        low, high = floor_div(size * above, below), ceil_div(size * above, below)
        formula = f"the {joined(names)} {factor}*{size if isinstance(size, int) else f'({size})'}"
        if isinstance(exact, Fraction):
            site.fractions.extend(Fractional(name, exact) for name in names)
        if site.rounding == "exact" and not site.require(
            Condition.multiple(size * above, below),
            codes.FRACTIONAL_OUTPUT,
            f"{formula} must be whole" + (f", but is {decimal(exact)}" if isinstance(exact, Fraction) else ""),
            field="factor",
            label=f"{below} does not divide {size * above}",
            help=(f"give the size itself ({low} or {high}), or declare the rounding: `rounding: floor`",),
        ):
            return None
        output = exact if site.rounding == "exact" else low if site.rounding == "floor" else high
        if not site.require(
            Condition.at_least(output, 1),
            codes.EMPTY_OUTPUT,
            f"{formula} rounds to {output}: nothing is left",
            field="factor",
        ):
            return None
        return as_dim(output)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The factor times the size, or the sizes that are asked for."""
        (shape,) = inputs
        rank = len(shape.spatial)
        if self.factor is None:
            return asked(shape, self.size, self.to)
        factors: tuple[int | Fraction, ...] = spread(self.factor, rank)
        whole = rounding == "exact" or all(isinstance(factor, int) for factor in factors)
        return each_axis(
            shape,
            lambda factor, size: f"{factor}*{size}" if whole else f"{rounding}({factor}*{size})",
            per_axis_letters("A", factors, "factor"),
            per_axis_letters("N", shape.spatial, "input size"),
        )

    def _places(self) -> str:
        """Where positions lie: the default of PyTorch unless it is said."""
        return self.coordinates or ("asymmetric" if self.mode == "nearest" else "half_pixel")

    def _nearest(self) -> str:
        """What is nearest."""
        return self.nearest_mode or ("floor" if self._places() == "asymmetric" else "round_prefer_ceil")

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """The positions between which it interpolates."""
        (shape,), (output,) = inputs, outputs
        pairs: list[tuple[Any, Any]] = list(zip(shape.spatial, output.spatial, strict=True))
        if self.factor is not None and self._places() in ("half_pixel", "asymmetric"):
            factors: tuple[int | Fraction, ...] = spread(self.factor, len(shape.spatial))
            # Where factor*N is rounded, the sizes tell the scale.
            pairs = [
                (factor.denominator, factor.numerator) if size * factor == made else (size, made)
                for (size, made), factor in zip(pairs, factors, strict=True)
            ]
        grid = Grid(self._places(), self._nearest(), self.antialias)
        return tuple([SAME if old == new else interpolated(self.mode, old, new, grid) for old, new in pairs])

    def _of_pytorch(self) -> dict[str, Any] | None:
        """How PyTorch's own interpolation is told the mode; None where it has no such rule."""
        places = self._places()
        if self.mode == "nearest":
            known = {("asymmetric", "floor"): "nearest", ("half_pixel", "round_prefer_ceil"): "nearest-exact"}
            mode = known.get((places, self._nearest()))
            return None if mode is None else {"mode": mode}
        if places not in ("half_pixel", "align_corners") or self.cubic_coeff_a not in (None, _CUBIC):
            return None
        aligned = {"align_corners": True} if places == "align_corners" else {}
        return {"mode": self.mode, **aligned, **({"antialias": True} if self.antialias else {})}

    def _rules(self) -> dict[str, Any]:
        """How the functions that archcalc supplies are told the mode."""
        found: dict[str, Any] = {"mode": self.mode, "coordinates": self._places()}
        if self.mode == "nearest":
            return found | {"nearest_mode": self._nearest()}
        return found if self.cubic_coeff_a is None else found | {"cubic_coeff_a": as_python(self.cubic_coeff_a)}

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.Upsample`, by a factor where it is whole; otherwise to a size, because PyTorch multiplies in floats.

        What it lacks is a function of its own: two modes of coordinates, three of what is nearest, other coefficients.
        """
        (shape,), (output,) = inputs, outputs
        own = self._of_pytorch()
        rules = self._rules() if own is None else own
        if self.to is not None:
            if own is None:
                return (TorchCall("supplied.resample_like", (), rules | turned(self.to), False, BOTH),)
            target = "supplied.resize_like_positions" if turned(self.to) else "supplied.resize_like"
            return (TorchCall(target, (), rules, False, BOTH),)
        factors: tuple[int | Fraction, ...] = spread(self.factor, len(shape.spatial)) if self.factor is not None else ()
        if own is not None and factors and all(isinstance(factor, int) for factor in factors):
            return (_module({"scale_factor": collapsed(self.factor), **rules}),)
        if not factors or all(isinstance(size, int) for size in output.spatial):
            sized = {"size": output.spatial, **rules}
            return (_module(sized) if own is not None else TorchCall("supplied.resample", (), sized, False),)
        parts = (
            collapsed(tuple(factor.numerator for factor in factors)),
            collapsed(tuple(factor.denominator for factor in factors)),
        )
        up = {"round_up": True} if rounding == "ceil" else {}
        target = "supplied.resample_by" if own is None else "supplied.resize_by"
        return (TorchCall(target, parts, {**rules, **up}, is_module=False),)


def _module(options: dict[str, Any]) -> TorchCall:
    """`nn.Upsample`, which knows nothing of `antialias`; the function does."""
    if "antialias" in options:
        return TorchCall("nn.functional.interpolate", (), options, is_module=False)
    return TorchCall("nn.Upsample", (), options)
