"""Runs of one module: where the second one does what the first one did, it is that module applied again."""

from __future__ import annotations

from archcalc.importing.record import Layer, Record, Value


class Runs:
    """Compares runs within a record."""

    def __init__(self, record: Record) -> None:
        self._outputs = set(record.outputs)
        self._readers: dict[Value, list[Layer]] = {}
        for layer in record.layers():
            for value in layer.reads:
                self._readers.setdefault(value, []).append(layer)

    def are_equal(self, first: list[Layer], layers: list[Layer]) -> bool:
        """Whether layers are those of an earlier run with its tensors, and can be said as one step."""
        return _runs_again(first, layers) and self._is_chain(first, layers)

    def _is_chain(self, *runs: list[Layer]) -> bool:
        """Whether each of these runs reads one map from outside, once, and gives that of its last layer alone.

        What is read again by its name is the same map in every run.
        """
        for layers in runs:
            own = set(layers)
            entering = [value for layer in layers for value in layer.reads if value.maker not in own]
            leaving = [value for layer in layers for value in layer.outputs if self._leaves(value, own)]
            if len(entering) != 1 or len(leaving) != 1 or leaving[0].maker is not layers[-1]:
                return False
        return True

    def _leaves(self, value: Value, own: set[Layer]) -> bool:
        return value in self._outputs or any(reader not in own for reader in self._readers.get(value, ()))


def _runs_again(first: list[Layer], layers: list[Layer]) -> bool:
    """Whether layers are those of an earlier run with its tensors, all of one module."""
    if len(first) != len(layers) or not any(layer.tensors for layer in layers):
        return False
    return all(
        (one.kind, one.fields) == (other.kind, other.fields)
        and (other.shares is (one.shares or one) if other.tensors else True)
        and not (one.maps or other.maps)
        for one, other in zip(first, layers, strict=True)
    )
