"""Tables of operators: for each name the function that turns a node into layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar

from archcalc.importing.onnx.operation import Operation
from archcalc.importing.onnx.values import Known

Reader: TypeAlias = Callable[[Operation], Sequence[Known | None]]
Entered = TypeVar("Entered", bound=Reader)


class Table(dict[str, Reader]):
    """Functions by the operators that they read.

    >>> table = Table()
    >>> @table("Identity", "Dropout")
    ... def same(operation):
    ...     return [operation.map(0)]
    >>> sorted(table)
    ['Dropout', 'Identity']
    """

    def __call__(self, *names: str) -> Callable[[Entered], Entered]:
        """Enter a function under the names of operators."""

        def enter(reader: Entered) -> Entered:
            self.update(dict.fromkeys(names, reader))
            return reader

        return enter
