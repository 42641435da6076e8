"""The attributes of a node, each as the type that its operator gives it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from archcalc.importing.onnx.places import malformed, shown

if TYPE_CHECKING:
    from onnx import AttributeProto, GraphProto, NodeProto, TensorProto

_TYPES = {1: "f", 2: "i", 3: "s", 4: "t", 5: "g", 6: "floats", 7: "ints", 8: "strings", 11: "sparse_tensor"}
"""The field of the message that holds a value of a type: 1 is a float, 2 an integer, ..."""


class Attributes:
    """Attributes by name. A value of another type than its operator has is a malformed file."""

    def __init__(self, node: NodeProto, place: str, outer: Mapping[str, AttributeProto] | None = None) -> None:
        self.place = place
        self._found: dict[str, AttributeProto] = {}
        for attribute in node.attribute:
            if attribute.ref_attr_name:
                given = (outer or {}).get(attribute.ref_attr_name)
                if given is not None:
                    self._found[attribute.name] = given
            else:
                self._found[attribute.name] = attribute

    def messages(self) -> Mapping[str, AttributeProto]:
        """All of them as they stand in the file, for a function that is called with them."""
        return self._found

    def __contains__(self, name: str) -> bool:
        return name in self._found

    def integer(self, name: str, default: int | None = None) -> int:
        """An integer."""
        return int(self._get(name, "i", "an integer", default))

    def real(self, name: str, default: float | None = None) -> float:
        """A real number, as short as it was meant: 0.1 and not the nearest number of 32 bits."""
        value = float(self._get(name, "f", "a number", default))
        return float(f"{value:.7g}")

    def text(self, name: str, default: str | None = None) -> str:
        """A text."""
        value = self._get(name, "s", "a text", default)
        return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)

    def integers(self, name: str, default: list[int] | None = None) -> list[int]:
        """A list of integers."""
        return [int(value) for value in self._get(name, "ints", "a list of integers", default)]

    def reals(self, name: str, default: list[float] | None = None) -> list[float]:
        """A list of real numbers."""
        return [float(f"{value:.7g}") for value in self._get(name, "floats", "a list of numbers", default)]

    def texts(self, name: str, default: list[str] | None = None) -> list[str]:
        """A list of texts."""
        found = self._get(name, "strings", "a list of texts", default)
        return [one.decode("utf-8", "backslashreplace") if isinstance(one, bytes) else str(one) for one in found]

    def tensor(self, name: str) -> TensorProto:
        """A tensor."""
        found: TensorProto = self._get(name, "t", "a tensor", None)
        return found

    def graph(self, name: str) -> GraphProto:
        """A graph, as If and Loop have them."""
        found: GraphProto = self._get(name, "g", "a graph", None)
        return found

    def graphs(self) -> list[GraphProto]:
        """All graphs in it."""
        return [attribute.g for attribute in self._found.values() if attribute.HasField("g")]

    def _get(self, name: str, field: str, wanted: str, default: Any) -> Any:
        attribute = self._found.get(name)
        if attribute is None:
            if default is None:
                raise malformed(f"its attribute `{name}` is missing", self.place)
            return default
        # Files of version 1 of the format leave out the type.
        type_field = _TYPES.get(attribute.type, "") if attribute.type else field
        if type_field != field:
            raise malformed(f"its attribute `{shown(name)}` is not {wanted}", self.place)
        return getattr(attribute, field)
