"""A number that somebody has seen: which conventions produce it, exactly, rounded or cut off, or by which one term."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from archcalc.conventions import CountPart, ReconciledCount
from archcalc.dims import Dim
from archcalc.expectations.matching import match
from archcalc.expressions.values import NoNames
from archcalc.spec.figures import COUNT_UNITS, published, ungrouped
from archcalc.spec.published import Published

FACTORS = {Fraction(1): "", Fraction(2): "twice ", Fraction(1, 2): "half of "}
"""What a product with its sum is called one of, or two of."""


class NoFigure(ValueError):
    """A text that is no number."""


class NumberSource(NamedTuple):
    """A count that is printed as the number that was seen: `how` says whether exactly, rounded or cut off.

    >>> import archcalc
    >>> archcalc.load("resnet:resnet50").check().reconcile("4.11G").observed.sources[0].how
    'rounded'
    """

    name: str
    factor: Fraction
    value: Dim
    how: str
    what: str = "operations"
    """`operations` or `parameters`."""

    @property
    def text(self) -> str:
        """Whose count it is, with the factor in words."""
        return FACTORS[self.factor] + self.name


class NumberGuess(NamedTuple):
    """A count that no tool prints: a convention's with one term more or less.

    >>> import archcalc
    >>> report = archcalc.load("input: [1, 8, 8]\\nlayers: [conv: [4, 3], relu]").check()
    >>> guess, *_ = report.reconcile(report.count("thop") + 144, "thop", "ptflops").observed.guesses
    >>> guess.name, guess.sign, guess.part.text
    ('thop-0.1.1', 1, 'bias')
    """

    name: str
    sign: int
    part: CountPart
    value: Dim
    how: str


class ObservedNumber(NamedTuple):
    """A number that was seen, and where it comes from; guesses are made only where no convention produces it.

    >>> import archcalc
    >>> [one.text for one in archcalc.load("resnet:resnet50").check().reconcile("8.22G").observed.sources]
    ['twice fvcore-0.1.5']
    """

    text: str
    sources: tuple[NumberSource, ...]
    guesses: tuple[NumberGuess, ...]


def figure(seen: str | int) -> Published:
    """A number as somebody printed it, such as `4.13G`, `4,133,742,592` or `~4.1 GFLOPs`. Raises: NoFigure.

    >>> figure("4.13G").value, figure("4,133,742,592").value, figure("4.1 GMACs").value
    (Fraction(4130000000, 1), Fraction(4133742592, 1), Fraction(4100000000, 1))
    """
    text = ungrouped(str(seen).strip())
    for word in ("FLOPs", "FLOPS", "flops", "MACs", "macs", "MAdds", "Ops", "params", "parameters"):
        text = text.removesuffix(word).rstrip()
    found = published(text, COUNT_UNITS)
    if found is None or found.is_ratio or found.value <= 0:
        raise NoFigure(f"`{seen}` is no number of operations or parameters; write it as 4.13G or 4,133,742,592")
    return found


def observed(seen: str | int, operations: Sequence[ReconciledCount], parameters: Mapping[str, Dim]) -> ObservedNumber:
    """Where a number comes from. Raises: NoFigure."""
    wanted = figure(seen)
    sources = [*_of_operations(wanted, operations), *_of_parameters(wanted, parameters)]
    guesses = [] if sources else list(_guesses(wanted, operations))
    return ObservedNumber(str(seen), tuple(sources), tuple(guesses))


def _of_operations(wanted: Published, operations: Sequence[ReconciledCount]) -> Iterator[NumberSource]:
    """Conventions that print the number; where none does, those of which it is twice or half."""
    for factors in ([Fraction(1)], [Fraction(2), Fraction(1, 2)]):
        found = [
            NumberSource(one.convention.name, factor, one.total, how)
            for one in operations
            for factor in factors
            if (how := _how(wanted, one.total, factor))
        ]
        if found:
            yield from found
            return


def _of_parameters(wanted: Published, parameters: Mapping[str, Dim]) -> Iterator[NumberSource]:
    for name, value in parameters.items():
        if how := _how(wanted, value):
            yield NumberSource(name, Fraction(1), value, how, "parameters")


def _guesses(wanted: Published, operations: Sequence[ReconciledCount]) -> Iterator[NumberGuess]:
    """Conventions that would print the number with one term of anybody's more, or with one of their own less."""
    seen: set[tuple[str, int, str]] = set()
    parts = {part.text: part for one in operations for part in one.parts}
    for one in operations:
        own = {part.text for part in one.parts}
        for sign, part in [*((1, part) for part in parts.values()), *((-1, part) for part in one.parts)]:
            if (sign == 1 and part.text in own) or (one.convention.name, sign, part.text) in seen:
                continue
            seen.add((one.convention.name, sign, part.text))
            value: Any = one.total
            value = value + sign * part.amount
            if how := _how(wanted, value):
                yield NumberGuess(one.convention.name, sign, part, value, how)


def _how(wanted: Published, value: Any, factor: Fraction = Fraction(1)) -> str:
    """Whether a count is printed as the number, and how; empty where it is not, or where symbols decide."""
    number: Any = value * factor
    found = match(wanted, number, NoNames())
    if found.holds is not True:
        return ""
    return "exactly" if number == wanted.value else found.how
