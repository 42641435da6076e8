"""A number that somebody has seen: which conventions produce it, exactly, rounded or cut off, or by which one term."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from archcalc.conventions import CountPart, ReconciledCount
from archcalc.dims import Dim
from archcalc.expectations.matching import match
from archcalc.expressions.values import NoNames
from archcalc.patterns import compiled_later
from archcalc.spec.figures import COUNT_UNITS, published
from archcalc.spec.published import Published

FACTORS = {Fraction(1): "", Fraction(2): "twice ", Fraction(1, 2): "half of "}
"""What a product with its sum is called one of, or two of."""


class NoFigure(ValueError):
    """A text that is no number."""


class NumberSource(NamedTuple):
    """A count that is printed as the number that was seen: `how` says whether exactly, rounded or cut off.

    Where no other count is, `how` may add that a K, M or G of the number is a power of 1024.

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
    >>> [one.text for one in archcalc.load("resnet:resnet50").check().reconcile("8.27G").observed.sources]
    ['twice thop-0.1.1']
    """

    text: str
    sources: tuple[NumberSource, ...]
    guesses: tuple[NumberGuess, ...]


def figure(seen: str | int) -> Published:
    """A number as somebody printed it, such as `4.13G`, `4,133,742,592` or `~4.1 GFLOPs`. Raises: NoFigure.

    Behind the digits may stand what was counted, in the spellings of tools, and a unit as a letter or as a word; a
    float's `.0` and an exponent are read as numbers.

    >>> figure("4.13G").value, figure("4,133,742,592").value, figure("4.1 GMACs").value
    (Fraction(4130000000, 1), Fraction(4133742592, 1), Fraction(4100000000, 1))
    >>> figure("718.16 MMac").value, figure("15.3 billion FLOPs").value, figure("8.2120e+09").value
    (Fraction(718160000, 1), Fraction(15300000000, 1), Fraction(8212000000, 1))
    """
    text = _COUNTED.sub("", _COMMA.sub("", str(seen).strip())).replace("≈", "~")
    text = _WHOLE_FLOAT.sub(r"\1", text)
    text = _IN_WORDS.sub(lambda found: _LETTERS[found.group(1).lower()], text)
    found = _with_exponent(text) or published(text, COUNT_UNITS)
    if found is None or found.is_ratio or found.value <= 0:
        raise NoFigure(f"`{seen}` is no number of operations or parameters; write it as 4.13G or 4,133,742,592")
    return found


_COUNTED = compiled_later(
    r"\s*(?:flops?|macs?|(?:mult(?:iply)?-?)?-?adds?|madds?|ops?|operations?|multiplications?|params?|parameters?)$",
    re.IGNORECASE,
)
"""What was counted, which may follow its unit without a space: GFLOPs, GMac, MMAdd, 5.3M params."""
_COMMA = compiled_later(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
"""Between groups of three digits, whatever stands behind them: 1,606M."""
_WHOLE_FLOAT = compiled_later(r"^(~?\s*[0-9]{4,})\.0$")
"""How Python prints an integer that went through a float."""
_LETTERS = {"thousand": "K", "million": "M", "billion": "G", "trillion": "T"}
_IN_WORDS = compiled_later(r"\s*(thousand|million|billion|trillion)$", re.IGNORECASE)
_EXPONENT = compiled_later(r"(~?)\s*([0-9]+(?:\.[0-9]+)?)(?:[eE]\+?|\s*[x×*]\s*10\s*(?:\^|\*\*))([0-9]{1,2})")


def _with_exponent(text: str) -> Published | None:
    """A number such as 4.12e+09 or 4.12x10^9."""
    found = _EXPONENT.fullmatch(text)
    if found is None:
        return None
    about, digits, exponent = found.groups()
    return Published(text, digits, 10 ** int(exponent), bool(about))


def observed(seen: str | int, operations: Sequence[ReconciledCount], parameters: Mapping[str, Dim]) -> ObservedNumber:
    """Where a number comes from. Raises: NoFigure."""
    wanted = figure(seen)
    sources = next((found for one in _readings(wanted) if (found := _sources(one, operations, parameters))), [])
    guesses = [] if sources else list(_guesses(wanted, operations))
    return ObservedNumber(str(seen), tuple(sources), tuple(guesses))


class _Reading(NamedTuple):
    """A way to read a number, and what is said about it where it is not the plain one."""

    number: Published
    remark: str = ""


_BINARY = {10**3: 2**10, 10**6: 2**20, 10**9: 2**30}


def _readings(wanted: Published) -> Iterator[_Reading]:
    """As it stands; with zeros at its end that are no digits, as in 8211110000; in units that are powers of 1024."""
    yield _Reading(wanted)
    if wanted.digits.endswith("00") and "." not in wanted.digits:
        yield _Reading(Published(wanted.text, wanted.digits, wanted.unit, is_about=True))
    if binary := _BINARY.get(int(wanted.unit)):
        yield _Reading(Published(wanted.text, wanted.digits, binary), f", in units of {binary:,}")


def _sources(
    reading: _Reading, operations: Sequence[ReconciledCount], parameters: Mapping[str, Dim]
) -> list[NumberSource]:
    # Twice or half of a count, in another unit, or with digits taken away, would fit too often to mean anything.
    factors = _FACTORS if not reading.remark and not reading.number.is_about else _FACTORS[:1]
    found = [*_of_operations(reading.number, operations, factors), *_of_parameters(reading.number, parameters)]
    return [one._replace(how=one.how + reading.remark) for one in found]


_FACTORS = ((Fraction(1),), (Fraction(2), Fraction(1, 2)))
"""What is looked for together: counts themselves, and then, where none is the number, twice and half of one."""


def _of_operations(
    wanted: Published, operations: Sequence[ReconciledCount], groups: Sequence[Sequence[Fraction]]
) -> Iterator[NumberSource]:
    """Conventions that print the number; where none does, those of which it is twice or half."""
    for factors in groups:
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
    # A term is more than its text: `n` may be of activations in one convention, and of sums in another, or be a fault
    # for some layers only.
    seen: set[tuple[str, int, CountPart]] = set()
    parts = dict.fromkeys(part for one in operations for part in one.parts)
    for one in operations:
        for sign, part in [*((1, part) for part in parts), *((-1, part) for part in one.parts)]:
            if (sign == 1 and _counts(one, part)) or (one.convention.name, sign, part) in seen:
                continue
            seen.add((one.convention.name, sign, part))
            value: Any = one.total
            value = value + sign * part.amount
            if how := _how(wanted, value):
                yield NumberGuess(one.convention.name, sign, part, value, how)


def _counts(one: ReconciledCount, part: CountPart) -> bool:
    """Whether a convention has a term already, for some of its layers at least."""
    return any(own.text == part.text and set(own.kinds) & set(part.kinds) for own in one.parts)


def _how(wanted: Published, value: Any, factor: Fraction = Fraction(1)) -> str:
    """Whether a count is printed as the number, and how; empty where it is not, or where symbols decide."""
    number: Any = value * factor
    found = match(wanted, number, NoNames())
    if found.holds is not True:
        return ""
    return "exactly" if number == wanted.value else found.how
