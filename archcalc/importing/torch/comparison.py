"""What is asked and told where exported code is held to the module that it is of: sizes, and what differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from archcalc.importing.torch.inputs import Input


@dataclass(frozen=True)
class Trial:
    """Sizes at which both run: every input, what its integers must be below, and what the constructor takes there."""

    inputs: tuple[Input, ...]
    below: tuple[int | None, ...]
    arguments: Mapping[str, int]


@dataclass(frozen=True)
class Code:
    """Exported code, and how it is held to a module.

    `outputs` are the places, among the tensors that the module returns, of those that the code returns, in its order.
    `unread` are tensors of the module that the code need not have, since nothing that ran reads them; `renamed` are
    those that have another name in the code, with that name.
    """

    text: str
    class_name: str
    trials: tuple[Trial, ...]
    outputs: tuple[int, ...]
    unread: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As it is sent."""
        return asdict(self)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Code:
        """As it was sent."""
        trials = [
            Trial(
                tuple(Input(tuple(one["shape"]), one["dtype"], one["name"]) for one in trial["inputs"]),
                tuple(trial["below"]),
                trial["arguments"],
            )
            for trial in data["trials"]
        ]
        outputs, unread = tuple(data["outputs"]), tuple(data["unread"])
        return Code(data["text"], data["class_name"], tuple(trials), outputs, unread, data["renamed"])


@dataclass(frozen=True)
class Outcome:
    """What came out at one size: equal bits, or the largest difference and the module in which it begins.

    `difference` is relative to the largest number of the output, in double precision; None where the shapes differ.
    """

    at: str
    equal: bool
    difference: float | None = None
    where: str | None = None

    @property
    def agrees(self) -> bool:
        """Whether both are the same function: what differs is no more than how numbers are rounded."""
        return self.equal or (self.difference is not None and self.difference < ROUNDING)


ROUNDING = 1e-10
"""In double precision, two orders of the same sums differ by less."""


@dataclass(frozen=True)
class Comparison:
    """The outcome at every size, or the reason why there is none: weights that the code does not take, code that fails.

    `is_random` says that weights and statistics were drawn for this.
    """

    outcomes: tuple[Outcome, ...] = ()
    failure: str | None = None
    is_random: bool = True

    @property
    def agrees(self) -> bool:
        """Whether the outputs were compared and are the same."""
        return self.failure is None and bool(self.outcomes) and all(one.agrees for one in self.outcomes)

    @property
    def is_equal(self) -> bool:
        """Whether the outputs were compared and have equal bits."""
        return self.failure is None and bool(self.outcomes) and all(one.equal for one in self.outcomes)

    def __str__(self) -> str:
        if self.failure is not None:
            return f"outputs are not compared: {self.failure}"
        weights = " with random weights and statistics" if self.is_random else " with the weights of the module"
        if self.is_equal:
            return f"outputs are bit-equal at {_listed([one.at for one in self.outcomes])},{weights}"
        if self.agrees:
            most = max(one.difference or 0.0 for one in self.outcomes)
            where = _listed([one.at for one in self.outcomes])
            return f"outputs agree at {where},{weights}, but for rounding: {most:.0e} in double precision"
        first = next(one for one in self.outcomes if not one.agrees)
        start = f"; the first module that differs is `{first.where}`" if first.where else ""
        if first.difference is None:
            return f"outputs have other shapes at {first.at}{start}"
        return f"outputs differ at {first.at}, by {first.difference:.1e} of the largest number{start}"

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Comparison:
        """As it was told."""
        return Comparison(tuple(Outcome(**one) for one in data["outcomes"]), data["failure"], data["is_random"])


def _listed(names: list[str]) -> str:
    return " and ".join(names)
