"""Sizes as quasi-affine forms of the integer set library: what the rules say about all sizes, without any bound.

The rules of `sizes.rules` run on these forms as they do on arrays. Their conditions become sets, which the library
intersects and compares exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import islpy as isl

from sizes.evaluator import Evaluation


class NotAffine(Exception):
    """A product of two sizes, which is beyond sets of linear conditions."""


class Form:
    """A size: a form in the symbols, piecewise linear with rounded quotients."""

    __array_ufunc__ = None
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, form: isl.PwAff) -> None:
        self.form = form

    def like(self, other: Any) -> isl.PwAff:
        """Another size, or a number, as a form of the same symbols."""
        if isinstance(other, Form):
            return other.form
        if isinstance(other, Region):
            return other.region.indicator_function()
        space = self.form.get_domain_space()
        return isl.PwAff.from_aff(isl.Aff.zero_on_domain(isl.LocalSpace.from_space(space)).add_constant_val(int(other)))

    def __add__(self, other: Any) -> Form | Product:
        if isinstance(other, Product):
            return other
        return Form(self.form.add(self.like(other)))

    def __sub__(self, other: Any) -> Form:
        return Form(self.form.sub(self.like(other)))

    def __rsub__(self, other: Any) -> Form:
        return Form(self.like(other).sub(self.form))

    def __mul__(self, other: Any) -> Form | Product:
        if isinstance(other, Product) or (isinstance(other, Form) and not (other.form.is_cst() or self.form.is_cst())):
            return Product()
        return Form(self.form.mul(self.like(other)))

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Form:
        return Form(self.form.neg())

    def __pow__(self, exponent: int) -> Form | Product:
        return reduce(lambda one, two: one * two, [self] * exponent)

    def __floordiv__(self, divisor: int) -> Form:
        return Form(self.form.scale_down_val(int(divisor)).floor())

    def __mod__(self, divisor: int) -> Form:
        return Form(self.form.mod_val(int(divisor)))

    def __ge__(self, other: Any) -> Region:
        return Region(self.form.ge_set(self.like(other)))

    def __gt__(self, other: Any) -> Region:
        return Region(self.form.gt_set(self.like(other)))

    def __le__(self, other: Any) -> Region:
        return Region(self.form.le_set(self.like(other)))

    def __lt__(self, other: Any) -> Region:
        return Region(self.form.lt_set(self.like(other)))

    def __eq__(self, other: object) -> Region:  # type: ignore[override]
        return Region(self.form.eq_set(self.like(other)))

    def __ne__(self, other: object) -> Region:  # type: ignore[override]
        return Region(self.form.ne_set(self.like(other)))

    def largest(self, one: Any, two: Any) -> Form:
        first, second = self.like(one), self.like(two)
        # Where one of them always is the larger one, the other would only add pieces.
        for larger, other in ((first, second), (second, first)):
            if larger.lt_set(other).is_empty():
                return Form(larger)
        return Form(first.max(second).coalesce())


class Product:
    """A product of sizes. It is no form; that matters only where a condition asks for it."""

    __array_ufunc__ = None
    __hash__ = None  # type: ignore[assignment]

    def _still(self, other: Any = None) -> Product:
        return self

    def _refused(self, other: Any = None) -> Any:
        raise NotAffine

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __floordiv__ = __pow__ = __neg__ = _still
    __mod__ = __ge__ = __gt__ = __le__ = __lt__ = __eq__ = __ne__ = _refused


class Region:
    """Where a condition holds."""

    __array_ufunc__ = None

    def __init__(self, region: isl.Set) -> None:
        self.region = region

    def __and__(self, other: Any) -> Region:
        return self._with(other, isl.Set.intersect, False)

    def __or__(self, other: Any) -> Region:
        return self._with(other, isl.Set.union, True)

    __rand__, __ror__ = __and__, __or__

    def _with(self, other: Any, rule: Callable[[isl.Set, isl.Set], isl.Set], absorbing: bool) -> Region:
        if isinstance(other, Region):
            return Region(rule(self.region, other.region))
        whole = isl.Set.universe(self.region.get_space())
        return Region(rule(self.region, whole if bool(other) else isl.Set.empty(self.region.get_space())))


def forms(names: Sequence[str]) -> dict[str, Form]:
    """The symbols as forms."""
    space = isl.Space.create_from_names(isl.DEFAULT_CONTEXT, set=list(names))
    local = isl.LocalSpace.from_space(space)
    return {
        name: Form(isl.PwAff.from_aff(isl.Aff.var_on_domain(local, isl.dim_type.set, at)))
        for at, name in enumerate(names)
    }


def region(names: Sequence[str], conditions: Sequence[Any]) -> isl.Set:
    """The positive sizes at which all conditions hold."""
    found = isl.Set(f"{{[{', '.join(names)}] : {' and '.join(f'{name} >= 1' for name in names)}}}")
    for condition in conditions:
        if isinstance(condition, Region):
            if not found.is_subset(condition.region):
                found = found.intersect(condition.region).coalesce()
        elif not condition:
            return isl.Set.empty(found.get_space())
    return found


def same_weights(evaluation: Evaluation, stated: Evaluation) -> list[Any]:
    """Conditions under which all weights are as large as those of another evaluation."""
    return [
        one == other
        for name, tensors in evaluation.weights.items()
        for mine, theirs in zip(tensors, stated.weights[name], strict=True)
        for one, other in zip(mine, theirs, strict=True)
    ]


def projected(names: Sequence[str], found: isl.Set, name: str) -> isl.Set:
    """The sizes of one symbol that some sizes of the others go with."""
    at = list(names).index(name)
    found = found.project_out(isl.dim_type.set, at + 1, len(names) - at - 1)
    return found.project_out(isl.dim_type.set, 0, at).set_dim_name(isl.dim_type.set, 0, "n")
