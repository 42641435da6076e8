"""What a certificate proves of the legal sizes, and what it does not, for whoever has it written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from archcalc.sizes.legal import LegalSizes


class Proven(NamedTuple):
    """How many parts of a claim have a proof, in words which have none, and where the claim compares symbols.

    `rests_on` are the opaque steps of which the proof takes for granted that they write what they state.
    """

    parts: int
    proven: int
    where: tuple[str, ...]
    left: tuple[str, ...]
    rests_on: tuple[str, ...] = ()

    def text(self, file: str) -> str:
        """One line about a file."""
        if self.left:
            some = f"{self.proven} of {self.parts} parts" if self.proven else "nothing of this"
            return f"{file} proves {some}{self._belief}; not {'; not '.join(self.left)}"
        every = f"all {self.parts} parts of this" if self.parts > 1 else "all of this"
        where = f", where {' and '.join(self.where)}" if self.where else ""
        return f"{file} proves {every}{where}{self._belief}"

    @property
    def _belief(self) -> str:
        return f", if {' and '.join(self.rests_on)} writes what the spec states" if self.rests_on else ""

    def to_json(self, file: str) -> dict[str, Any]:
        """The same as data."""
        return {
            "file": file,
            "parts": self.parts,
            "proven": self.proven,
            "where": list(self.where),
            "not_proven": list(self.left),
            **({"rests_on": list(self.rests_on)} if self.rests_on else {}),
        }


def proven(legal: LegalSizes, certificate: Mapping[str, Any]) -> Proven:
    """What a certificate of legal sizes proves.

    >>> import archcalc
    >>> legal = archcalc.load("input: {a: [1, A], b: [1, B]}\\nlayers: [{from: b, crop: {to: a}}]").legal_sizes()
    >>> proven(legal, legal.certificate()).text("proof.json")
    'proof.json proves all of this, where B >= A (0)'
    """
    conditions = [str(one) for one in dict.fromkeys(one.condition for one in legal.asked or ())]

    def layers(number: int) -> str:
        return ", ".join(name for name in certificate["conditions"][number]["layers"] if name)

    without = [part for part in certificate["parts"] if part["proof"] is None]
    parts = len(certificate["parts"]) + len(certificate["undecided"])
    left = [f"the condition {conditions[number]} of {layers(number)}" for number in certificate["undecided"]]
    left += [f"the sizes of {' and '.join(part['symbols']) or 'no symbol'}: {part['reason']}" for part in without]
    return Proven(
        parts,
        parts - len(left),
        tuple(f"{conditions[number]} ({layers(number)})" for number in certificate["where"]),
        tuple(left),
        legal.rests_on,
    )
