"""What a layer says at its place in a network: findings, requirements, fractions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from archcalc.diagnostics.model import Code
from archcalc.dims import Condition, is_known
from archcalc.layers.shape import Rounding
from archcalc.terminal import visible


class InFront(str):
    """A help: one step more in front of the layer, and what for."""

    step: str
    why: str

    def __new__(cls, step: str, why: str = "") -> InFront:
        """The step as it is written, and what it is good for."""
        before = "" if not why else " " if why.startswith("to ") else ", "
        made = super().__new__(cls, f"put `{step}` in front{before}{why}")
        made.step, made.why = step, why
        return made

    def __reduce__(self) -> tuple[type[InFront], tuple[str, str]]:
        # A copy is made of what it was made of, not of its words.
        return InFront, (self.step, self.why)


class Instead(str):
    """A help: another value for a field, and what it gives."""

    field: str
    value: str
    why: str

    def __new__(cls, field: str, value: str, why: str) -> Instead:
        """The field, its value as it is written, and what is then."""
        made = super().__new__(cls, f"write `{field}: {value}`, {why}")
        made.field, made.value, made.why = field, value, why
        return made


class Finding(NamedTuple):
    """What a layer has to say, before inference adds the place."""

    code: Code
    message: str
    field: str | None = None
    label: str = ""
    notes: tuple[str, ...] = ()
    help: tuple[str, ...] = ()
    refuted: Condition | None = None
    """The condition that holds at no size, if it is one that failed."""


Words = str | Callable[[], str]
"""A text, or how it is written if somebody reads it: most conditions hold, and closed forms take long to write."""


Helps = Sequence[str] | Callable[[], Sequence[str]]
"""What helps, or how that is found if somebody reads it."""


class Requirement(NamedTuple):
    """A condition on symbols, what it is for, and which layer asks for it.

    `words` are written when somebody asks for the reason. `layer` is empty while a layer speaks of itself, and `code`
    where no diagnostic says that the condition fails.

    >>> import archcalc
    >>> report = archcalc.load("input: [1, N]\\nlayers: [avg_pool: 2]").check()
    >>> [(layer, str(requirement.condition)) for layer, requirement in report.conditions]
    [('0', 'N >= 2'), ('0', 'N - 2 is a multiple of 2')]
    """

    condition: Condition
    words: Words = ""
    layer: str = ""
    code: Code | None = None

    @property
    def reason(self) -> str:
        """What the condition is for."""
        return text_of(self.words)

    @property
    def written(self) -> Requirement:
        """The same with its words as text, which can be compared."""
        return self._replace(words=self.reason)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Requirement):
            return NotImplemented
        return self._said == other._said

    def __ne__(self, other: object) -> bool:
        return not self == other  # A tuple would compare what writes the words.

    def __hash__(self) -> int:
        return hash((self.condition, self.layer, self.code))

    def __repr__(self) -> str:
        return visible(f"<Requirement{f' of {self.layer}' if self.layer else ''}: {self.condition}>")

    @property
    def _said(self) -> tuple[Condition, str, str, Code | None]:
        return self.condition, self.reason, self.layer, self.code

    def __reduce__(self) -> tuple[Any, ...]:
        # What writes words cannot be sent to another process, the words can.
        return Requirement, self._said


def text_of(words: Words) -> str:
    """The words, written."""
    return words if isinstance(words, str) else words()


class Fractional(NamedTuple):
    """An output size of (N - F + 2P)/S + 1 that is not whole, before any rounding.

    >>> import archcalc
    >>> archcalc.load("input: [1, 7]\\nrounding: floor\\nlayers: [max_pool: 2]").check()["0"].fractions
    (Fractional(axis='length', value=Fraction(7, 2)),)
    """

    axis: str
    value: Fraction


class Site:
    """What a layer may ask and say while its rules run at one place of one network."""

    __slots__ = ("divisions", "findings", "fractions", "requirements", "rounding")

    def __init__(self, rounding: Rounding = "exact") -> None:
        self.rounding: Rounding = rounding
        self.divisions: list[Condition] = []
        """Where a rounded division would come out even."""
        self.findings: list[Finding] = []
        self.requirements: list[Requirement] = []
        self.fractions: list[Fractional] = []

    def report(
        self,
        code: Code,
        message: str,
        *,
        field: str | None = None,
        label: str = "",
        notes: Sequence[str] = (),
        help: Sequence[str] = (),
        refuted: Condition | None = None,
    ) -> None:
        """Add a finding. After an error, the shape rule returns None."""
        self.findings.append(Finding(code, message, field, label, tuple(notes), tuple(help), refuted))

    def require(
        self,
        condition: Condition,
        code: Code,
        message: Words,
        *,
        reason: Words | None = None,
        field: str | None = None,
        label: Words = "",
        notes: Sequence[str] = (),
        help: Helps = (),
    ) -> bool:
        """Report `message` if the condition is false; keep it as a requirement if a symbol decides it.

        `reason` says what the condition is for, where the message would only do for its failure. Nothing is said about
        sizes that an error keeps unknown.
        """
        verdict = condition.decide()
        if verdict is None and not is_known(condition.subject):
            return True
        if verdict is None:
            self.requirements.append(Requirement(condition, message if reason is None else reason, code=code))
            return True
        if not verdict:
            words, marked, helps = text_of(message), text_of(label), help() if callable(help) else help
            self.report(code, words, field=field, label=marked, notes=notes, help=helps, refuted=condition)
        return verdict
