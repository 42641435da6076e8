"""The plan by which a network runs: for how many items at a time, in which numbers, and whether it is trained."""

from __future__ import annotations

from typing import NamedTuple

from archcalc.memory.optimizers import NoOptimizer, Optimizer, optimizer
from archcalc.memory.precision import NoPrecision, NumberTypes, precision
from archcalc.patterns import compiled_later

_BATCH = compiled_later(r"batch[\s_-]*([0-9]+)")
_APART = compiled_later(r"\s*[+,]\s*")


class NoPlan(ValueError):
    """A text that names no plan."""


class Plan(NamedTuple):
    """How a network runs; without an optimizer it is not trained.

    >>> import archcalc
    >>> archcalc.load("resnet:resnet50").check().memory(32, "adam").plan.batch
    32
    """

    batch: int = 1
    precision: NumberTypes = NumberTypes("float32")
    optimizer: Optimizer | None = None
    in_place: bool = False
    """Whether activations write over maps that nobody else reads."""
    checkpoints: tuple[str, ...] = ()
    """Scopes and layers of whose inside nothing is kept: it is computed again on the way back."""

    @classmethod
    def of(
        cls,
        batch: int = 1,
        training: str | None = None,
        dtype: str = "float32",
        *,
        in_place: bool = False,
        checkpoints: tuple[str, ...] = (),
    ) -> Plan:
        """A plan by the names of its parts. Raises: NoOptimizer, NoPrecision; ValueError for a batch below 1.

        >>> Plan.of(32, "adam", "mixed").precision.maps
        'float16'
        """
        if batch < 1:
            raise ValueError(f"a batch has at least one item, and not {batch}")
        return cls(batch, precision(dtype), optimizer(training) if training else None, in_place, checkpoints)

    @classmethod
    def named(cls, text: str) -> Plan:
        """A plan by words with `+` or commas between them: an optimizer, `batch32`, a type of numbers, `in-place`.

        Raises: NoPlan.

        >>> plan = Plan.named("adam+batch32+mixed")
        >>> plan.batch, plan.optimizer.name, plan.precision.name
        (32, 'adam', 'mixed')
        """
        plan = cls()
        for word in _APART.split(text.strip().lower()) if text.strip() else ():
            if (items := _BATCH.fullmatch(word)) is not None and int(items[1]) > 0:
                plan = plan._replace(batch=int(items[1]))
            elif word in ("in-place", "in_place"):
                plan = plan._replace(in_place=True)
            else:
                plan = plan._with(word)
        return plan

    def _with(self, word: str) -> Plan:
        """The plan with numbers, or an optimizer, of a name. Raises: NoPlan."""
        try:
            return self._replace(precision=precision(word))
        except NoPrecision:
            pass  # It may be an optimizer.
        try:
            return self._replace(optimizer=optimizer(word))
        except NoOptimizer as error:
            raise NoPlan(f"{error}; a plan is an optimizer, batch32, a type of numbers or mixed, in-place") from None
