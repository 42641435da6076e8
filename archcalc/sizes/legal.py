"""The sizes at which a network is legal: what `archcalc sizes` prints, and what programs ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count, product
from typing import Any

from archcalc.layers.site import Requirement
from archcalc.sizes.boxes import Box, boxes_text, common, merged
from archcalc.sizes.contribution import Contribution
from archcalc.sizes.sets import IntegerSet, SetOverflow
from archcalc.sizes.words import Latex, Words
from archcalc.terminal import visible


class LegalSizes:
    """The complete set of legal values of the free symbols of a network.

    It is a union of `boxes`: in each, every symbol takes the values of its own set, whatever the others are. Most
    networks have one box. Conditions in `undecided` must hold besides; membership evaluates them.

    >>> import archcalc
    >>> legal = archcalc.load("unet:paper").legal_sizes()
    >>> print(legal)
    N = 12 (mod 16), N >= 188
    >>> 572 in legal, 570 in legal, legal.nearest(570)
    (True, False, ({'N': 556}, {'N': 572}))

    Two are equal if they say the same: the same sets, in whatever order their boxes stand, for the same reasons. Only
    the sets are compared by `axes`, or by `boxes` where symbols are tied together.
    """

    __slots__ = (
        "asked",
        "boxes",
        "causes",
        "exact",
        "fixed",
        "never",
        "rests_on",
        "stated",
        "symbols",
        "ties",
        "undecided",
        "with_new_weights",
    )

    def __init__(
        self,
        symbols: tuple[str, ...],
        boxes: Sequence[Box],
        *,
        undecided: Sequence[Requirement] = (),
        causes: Sequence[Contribution] = (),
        ties: Sequence[Requirement] = (),
        stated: Mapping[str, int] | None = None,
        fixed: Mapping[str, int] | None = None,
        never: str | None = None,
        with_new_weights: LegalSizes | None = None,
        exact: LegalSizes | None = None,
        asked: Sequence[Requirement] | None = None,
        rests_on: Sequence[str] = (),
    ) -> None:
        self.symbols = symbols
        self.boxes = tuple(merged(boxes))
        self.undecided = tuple(undecided)
        self.asked = None if asked is None else tuple(asked)
        """All conditions, with the layers that ask for them; None where the set is not decided from conditions."""
        self.causes = tuple(causes)
        """What single layers contribute, for each symbol."""
        self.ties = tuple(ties)
        """Conditions that tie symbols together, with the layers that ask for them."""
        self.stated = dict(stated or {})
        """The values of `at`, or those that were checked."""
        self.fixed = dict(fixed or {})
        """Symbols that kept their value."""
        self.never = never
        """Why no size is legal, if the reason is none of the conditions."""
        self.rests_on = tuple(rests_on)
        """The `opaque` steps of which the symbols decide what they read or write: the set is right if they write what
        they state, and take every map that they get."""
        self.with_new_weights = with_new_weights
        """The legal sizes if weights may be other ones at every size; None where weights ask for nothing more."""
        self.exact = exact
        """The sizes, with any weights, at which every division comes out even; None where nothing is rounded anyway."""

    @property
    def axes(self) -> dict[str, IntegerSet]:
        """For each symbol its legal values; where symbols are tied together, those that some others go with.

        Raises: SetOverflow where the values of several `boxes` have no common pattern that could be written down.
        """
        return {name: self._values(name) for name in self.symbols}

    def _values(self, name: str) -> IntegerSet:
        """The values of a symbol in all boxes. Raises: SetOverflow."""
        found = IntegerSet.empty()
        for box in self.boxes:
            found |= box.get(name, IntegerSet.everything())
        return found

    @property
    def _told(self) -> Sequence[Box]:
        """The boxes as they are told, that of the stated sizes first: it is the one that people look for."""
        stated = {name: size for name, size in (self.stated or {}).items() if name in self.symbols}
        everything = IntegerSet.everything()
        return sorted(
            self.boxes, key=lambda box: any(at not in box.get(name, everything) for name, at in stated.items())
        )

    @property
    def is_empty(self) -> bool:
        """Whether no size is legal. What is undecided may still rule out sizes."""
        return not self.boxes

    @property
    def is_independent(self) -> bool:
        """Whether every symbol takes its values whatever the others are, and nothing is undecided."""
        return len(self.boxes) <= 1 and not self.undecided

    @property
    def is_everything(self) -> bool:
        """Whether every size is legal."""
        return (
            self.is_independent
            and all(values.is_everything for box in self.boxes for values in box.values())
            and bool(self.boxes)
        )

    def is_same_set(self, other: LegalSizes) -> bool:
        """Whether two answers are written as the same sizes, whatever the reasons."""
        return (self._boxes_in_no_order, self.undecided) == (other._boxes_in_no_order, other.undecided)

    @property
    def _boxes_in_no_order(self) -> frozenset[frozenset[tuple[str, IntegerSet]]]:
        return frozenset(frozenset(box.items()) for box in self.boxes)

    def __contains__(self, sizes: object) -> bool:
        """Whether a network is legal at sizes: a mapping from symbols to integers, or an integer for a single symbol.

        Raises: TypeError for other things, KeyError for a mapping without one of the symbols.
        """
        values = self._sizes(sizes)
        inside = any(all(values[name] in allowed for name, allowed in box.items()) for box in self.boxes)
        return inside and all(one.condition.holds_at(values) for one in self.undecided)

    def _sizes(self, sizes: object) -> dict[str, int]:
        if isinstance(sizes, int) and not isinstance(sizes, bool) and len(self.symbols) == 1:
            return {self.symbols[0]: sizes}
        if not isinstance(sizes, Mapping):
            names = ", ".join(self.symbols)
            raise TypeError(
                f"sizes are a mapping with a whole number for each of {names or 'no symbols'}, not {sizes!r}"
            )
        return {name: sizes[name] for name in self.symbols}

    def __iter__(self) -> Iterator[dict[str, int]]:
        """Legal sizes, in the order of the largest value in them; without end if there is none."""
        ends = [self.end(name) for name in self.symbols]
        end = None if None in ends else max((last for last in ends if last is not None), default=0)
        if not self.symbols:
            if self.boxes:
                yield {}
            return
        for largest in count(1):
            if self.is_empty or (end is not None and largest > end):
                return
            for place, name in enumerate(self.symbols):
                ranges: list[Sequence[int]] = [
                    range(1, largest if index < place else largest + 1) for index in range(len(self.symbols))
                ]
                ranges[place] = (largest,)
                if not any(largest in box.get(name, IntegerSet.everything()) for box in self.boxes):
                    continue
                for values in product(*ranges):
                    sizes = dict(zip(self.symbols, values, strict=True))
                    if sizes in self:
                        yield sizes

    def end(self, name: str) -> int | None:
        """The greatest legal value of a symbol, 0 if there is no value; None if there is no end."""
        values = [box.get(name, IntegerSet.everything()) for box in self.boxes]
        if not all(one.is_finite for one in values):
            return None
        return max((one.greatest or 0 for one in values), default=0)

    def _axis(self, name: str) -> dict[str, Any] | None:
        """The legal values of a symbol as JSON data; None where only `boxes` can tell them."""
        try:
            return self._values(name).to_json()
        except SetOverflow:
            return None

    def nearest(
        self, sizes: int | Mapping[str, int] | None = None, /, **more: int
    ) -> tuple[dict[str, int] | None, dict[str, int] | None]:
        """The nearest legal sizes of which none is above, and of which none is below the given ones.

        Sizes come as keywords, as a map, or as an integer for a single symbol. Legal sizes are their own neighbours.

        Raises: as `in` does.

        >>> import archcalc
        >>> archcalc.load("unet:paper").legal_sizes().nearest(N=570)
        ({'N': 556}, {'N': 572})
        """
        given: int | Mapping[str, int] = (
            {**(sizes or {}), **more} if sizes is None or isinstance(sizes, Mapping) else sizes
        )
        values = self._sizes(given)
        if values in self:
            return values, values
        below = self._nearest(values, lambda allowed, value: allowed.below(value + 1))
        above = self._nearest(values, lambda allowed, value: allowed.above(value - 1))
        return below, above

    def _nearest(self, values: dict[str, int], step: Callable[[IntegerSet, int], int | None]) -> dict[str, int] | None:
        candidates = []
        for box in self.boxes:
            found = {name: step(box.get(name, IntegerSet.everything()), value) for name, value in values.items()}
            known = {name: value for name, value in found.items() if value is not None}
            if len(known) == len(found) and known in self:
                candidates.append(known)
        return min(candidates, key=lambda one: sum(abs(one[name] - values[name]) for name in values), default=None)

    def __and__(self, other: LegalSizes) -> LegalSizes:
        """The sizes that are legal for both networks; stated sizes and weights are those of each alone.

        Raises: SetOverflow if they repeat too rarely to be written down.
        """
        symbols = tuple(dict.fromkeys((*self.symbols, *other.symbols)))
        return LegalSizes(
            symbols,
            common(self.boxes, other.boxes),
            undecided=(*self.undecided, *other.undecided),
            causes=(*self.causes, *other.causes),
            ties=(*self.ties, *other.ties),
            never=self.never or other.never,
            rests_on=tuple(dict.fromkeys((*self.rests_on, *other.rests_on))),
            asked=None if self.asked is None or other.asked is None else (*self.asked, *other.asked),
        )

    def __or__(self, other: LegalSizes) -> LegalSizes:
        """The sizes that are legal for at least one of two networks. Raises: ValueError if something is undecided."""
        if self.undecided or other.undecided:
            raise ValueError("a union with a set that is not decided would lose its conditions")
        symbols = tuple(dict.fromkeys((*self.symbols, *other.symbols)))
        everything = IntegerSet.everything()
        boxes = [{name: box.get(name, everything) for name in symbols} for box in (*self.boxes, *other.boxes)]
        return LegalSizes(symbols, boxes, rests_on=tuple(dict.fromkeys((*self.rests_on, *other.rests_on))))

    def _said(self) -> tuple[Any, ...]:
        """Everything that it says; boxes in no order."""
        said = [getattr(self, name) for name in self.__slots__ if name != "boxes"]
        return (self._boxes_in_no_order, *said)

    def __eq__(self, other: object) -> bool:
        return self._said() == other._said() if isinstance(other, LegalSizes) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.symbols, self._boxes_in_no_order))

    def text(self) -> str:
        """The set in words: `N = 12 (mod 16), N >= 188`."""
        return boxes_text(self.symbols, self._told, self.undecided, Words())

    def latex(self) -> str:
        """The set as a formula in LaTeX."""
        return boxes_text(self.symbols, self._told, self.undecided, Latex())

    def to_json(self) -> dict[str, Any]:
        """The set as JSON data, as `archcalc sizes --format json` gives it."""
        data: dict[str, Any] = {
            "legal": self.text(),
            "symbols": {name: self._axis(name) for name in self.symbols},
            "independent": self.is_independent,
            "boxes": [{name: values.to_json() for name, values in box.items()} for box in self.boxes]
            if len(self.boxes) > 1
            else None,
            "undecided": [_asked(one) for one in self.undecided],
            "stated": self.stated,
            "fixed": self.fixed,
            "never": self.never,
            "causes": [
                {
                    "symbol": one.symbol,
                    "layer": one.layer,
                    "allowed": one.allowed.text(one.symbol),
                    "reason": one.reason,
                }
                for one in self.causes
            ]
            + [{"symbol": None, **_asked(one)} for one in self.ties],
        }
        if self.rests_on:
            data["rests_on"] = list(self.rests_on)
        if self.with_new_weights is not None:
            data["with_new_weights"] = self.with_new_weights.to_json()
        if self.exact is not None:
            data["exact"] = self.exact.to_json()
        return data

    def certificate(self) -> dict[str, Any]:
        """The conditions, the set, and a proof that they hold there and nowhere else, as JSON data.

        `archcalc/sizes/checker.py` checks it without any other module. Raises: ValueError for a union of such sets,
        which is not the set of one list of conditions, or for a condition that is too long to be written down.

        >>> import archcalc
        >>> certificate = archcalc.load("unet:paper").legal_sizes().certificate()
        >>> certificate["parts"][0]["boxes"]
        [{'N': [{'first': 188, 'last': None, 'modulus': 16, 'residues': [12]}]}]
        """
        from archcalc.sizes.certificate import certificate
        from archcalc.sizes.resolution import Resolution

        if self.asked is None and self.never is None:
            raise ValueError("a union has no certificate: it is not what one list of conditions leaves")
        found = Resolution(self.symbols, self.boxes, self.undecided)
        data = certificate(found, self.asked or (), self.fixed, self.never)
        return {**data, "rests_on": list(self.rests_on)} if self.rests_on else data

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return visible(f"<LegalSizes {self.text()}>")

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"


def _asked(one: Requirement) -> dict[str, str]:
    return {"layer": one.layer, "condition": str(one.condition), "reason": one.reason}
