"""The account of a network's memory in words: as text, as plain data, and as tables in a notebook."""

from __future__ import annotations

from typing import Any

from archcalc.memory import Memory
from archcalc.memory.amounts import readable


class MemoryReport(Memory):
    """What a network takes, which can be printed and written.

    >>> import archcalc
    >>> print(archcalc.load("lenet:lecture").check().memory(64).to_text().splitlines()[-1])
      8   tanh        30.0 KiB
    """

    def to_json(self) -> dict[str, Any]:
        """The account as plain data for JSON: what the schema of `archcalc schema memory` says."""
        from archcalc.report.memory.json import plain

        return plain(self)

    def to_text(self) -> str:
        """The account as `archcalc memory` prints it."""
        from archcalc.report.memory.text import text

        return text(self)

    def __repr__(self) -> str:
        trained = "" if self.plan.optimizer is None else f", trained with {self.plan.optimizer.name}"
        most = "open" if self.peak is None else readable(self.peak)
        return f"<MemoryReport batch {self.plan.batch:,}{trained}: peak {most}>"

    def __str__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        from archcalc.report.memory.html import fragment

        return fragment(self)
