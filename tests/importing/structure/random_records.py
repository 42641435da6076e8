"""Random networks as records: modules of a few classes that hold each other, with arguments that differ by call.

What a class does is drawn once, its numbers for every call. So there are steps that some calls lack, shortcuts,
branches, lists of modules, layers that are applied again, and maps that are read far away.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from archcalc.importing.building import Builder
from archcalc.importing.record import Record, Tensor, Value

SEQUENTIAL = "torch.nn.modules.container:Sequential"
WIDTHS = (4, 8, 12, 16)


@dataclass
class Class:
    """What all modules of one class do: operations with the names of their arguments."""

    name: str
    operations: list[tuple[str, ...]]
    inner: list[Class] = field(default_factory=list)


class Network:
    """One random network; every drawing is from the seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.builder = Builder(f"net{seed}")
        self.has_hyphens = seed % 4 == 0
        self.kept: list[Value] = []
        self.tensors: list[Tensor] = []

    def record(self) -> Record:
        """The record of it."""
        image = self.builder.input("image", (3, 16, 16))
        classes = [self.drawn(depth) for depth in (0, 0, 1, 1, 2)]
        value = self.conv(image, "stem", "stem", self.random.choice(WIDTHS), 3, 1)
        word = self.random.choice(("part-", "list.") if self.has_hyphens else ("part", "list."))
        for index in range(self.random.randint(2, 6)):
            value = self.call(self.random.choice(classes), value, f"{word}{index}", f"{word}{index}")
            if self.random.random() < 0.4:
                self.kept.append(value)
        again = [kept for kept in self.kept if kept.shape[1:] == value.shape[1:] and kept is not value]
        if again and self.random.random() < 0.7:
            value = self.merge("concat", [value, *again])
        outputs = [self.layer("relu", [value], value.shape)]
        if self.kept and self.random.random() < 0.3:
            outputs.append(self.kept[0])
        return self.builder.record(list(dict.fromkeys(outputs)), self.tensors)

    def drawn(self, depth: int) -> Class:
        """A class whose modules hold others down to a depth."""
        inner = [self.drawn(depth - 1) for _ in range(self.random.randint(1, 2))] if depth else []
        kinds = ["conv", "conv", "norm", "act", "optional", "residual", "branches", "sequence", "again", "gate", "tap"]
        # Arithmetic reads a hyphen as a minus sign, so that no map is named in it that has one.
        kinds += ["split", "far", "split" if self.has_hyphens else "arithmetic"]
        kinds += ["call", "call", "list"] if inner else []
        styles = ("in-{}", "{}") if self.has_hyphens else ("a{}", "s{}_conv")
        operations = [
            (self.random.choice(kinds), self.random.choice(styles).format(index))
            for index in range(self.random.randint(1, 5))
        ]
        return Class(f"net:Class{self.random.randrange(10**6)}", [*operations, ("conv", "last")], inner)

    def call(self, made: Class, value: Value, name: str, path: str) -> Value:
        """What a module of a class makes of a map."""
        with self.builder.within(name, path, made.name) as scope:
            scope.inputs = [value]
            entered, taps = value, [value]
            for kind, label in made.operations:
                value = self.operation(kind, label, value, entered, taps, made, path)
            scope.outputs = [value]
        return value

    def operation(
        self, kind: str, label: str, value: Value, entered: Value, taps: list[Value], made: Class, path: str
    ) -> Value:
        """What one operation of a module makes of a map."""
        width = self.random.choice(WIDTHS)
        where = f"{path}.{label}"
        if kind in ("conv", "optional"):
            if kind == "optional" and self.random.random() < 0.5:
                return value
            return self.conv(value, where, label, width, self.random.choice((1, 3)), self.random.choice((1, 1, 2)))
        if kind == "norm":
            return self.layer("batch_norm", [value], value.shape, {}, where, label)
        if kind == "act":
            return self.layer(self.random.choice(("relu", "silu")), [value], value.shape)
        if kind == "residual":
            return self.residual(value, entered, where, label)
        if kind == "branches":
            parts = [self.conv(value, f"{where}.{number}", f"{label}.{number}", width, 1, 1) for number in range(2)]
            return self.merge("concat", parts)
        if kind == "sequence":
            return self.sequence(value, where, label, width)
        if kind == "again":
            first = self.conv(value, where, label, value.shape[0], 3, 1)
            return self.conv(first, where, label, value.shape[0], 3, 1)
        if kind == "gate":
            pooled = self.layer("global_avg_pool", [value], (value.shape[0], 1, 1))
            gate = self.layer("sigmoid", [self.conv(pooled, where, label, value.shape[0], 1, 1)], pooled.shape)
            return self.layer("multiply", [value, gate], value.shape, {"broadcast": True})
        if kind == "split":
            return self.split(value, where, label)
        if kind == "arithmetic":
            return self.arithmetic(value, taps[-1])
        if kind == "far":
            self.kept.append(value)
            return value
        if kind == "tap":
            taps.append(value)
            near = [tap for tap in taps if tap.shape == value.shape and tap is not value]
            return self.merge("add", [value, near[0]]) if near else value
        inner = self.random.choice(made.inner)
        if kind == "call":
            return self.call(inner, value, label, where)
        for number in range(self.random.randint(1, 3)):
            value = self.call(inner, value, f"{label}.{number}", f"{where}.{number}")
        return value

    def split(self, value: Value, where: str, label: str) -> Value:
        """Half of the channels passes, the other half is convolved."""
        shape = (value.shape[0] // 2, *value.shape[1:])
        first, second = self.builder.layers("split", [value], [shape, shape], {"parts": 2})
        return self.merge("concat", [first, self.conv(second, where, label, shape[0], 3, 1)])

    def arithmetic(self, value: Value, other: Value) -> Value:
        """Arithmetic on a map, and on another one if it has the same shape."""
        factor = self.random.choice(("0.5", "0.25"))
        if other.shape != value.shape or other is value:
            return self.layer("elementwise", [value], value.shape, {"value": f"{factor} * x"})
        found = self.layer("elementwise", [value], value.shape, {"value": f"x + {factor} * y"})
        assert found.maker is not None, "the builder has made it"
        found.maker.maps["y"] = other
        return found

    def residual(self, value: Value, entered: Value, where: str, label: str) -> Value:
        """The sum with what entered, which is brought to the same shape."""
        if entered is value:
            return value
        if entered.shape != value.shape:
            ratio = -(-entered.shape[1] // value.shape[1])
            entered = self.conv(entered, where, label, value.shape[0], 1, ratio)
        return self.merge("add", [value, entered]) if entered.shape == value.shape else value

    def sequence(self, value: Value, where: str, label: str, width: int) -> Value:
        """A container that calls its entries itself."""
        with self.builder.within(label, where, SEQUENTIAL) as scope:
            scope.inputs = [value]
            value = self.conv(value, f"{where}.0", "0", width, 3, 1)
            value = self.layer("relu", [value], value.shape, label="1")
            value = self.layer("batch_norm", [value], value.shape, {}, f"{where}.2", "2")
            scope.outputs = [value]
        return value

    def conv(self, value: Value, where: str, label: str, out: int, kernel: int, stride: int) -> Value:
        """A convolution that is padded by half its kernel."""
        sizes = [(size + kernel // 2 * 2 - kernel) // stride + 1 for size in value.shape[1:]]
        fields = {"out": out, "kernel": kernel, "stride": stride, "padding": kernel // 2, "bias": False}
        return self.layer("conv", [value], (out, *sizes), fields, where, label)

    def merge(self, kind: str, values: list[Value]) -> Value:
        """Maps of equal sizes, joined."""
        first = values[0]
        channels = sum(value.shape[0] for value in values) if kind == "concat" else first.shape[0]
        return self.layer(kind, values, (channels, *first.shape[1:]))

    def layer(
        self,
        kind: str,
        inputs: list[Value],
        shape: tuple[int, ...],
        fields: dict[str, object] | None = None,
        where: str | None = None,
        label: str | None = None,
    ) -> Value:
        """A layer, with a tensor if it stands somewhere."""
        own = {} if where is None else {"weight": Tensor(f"{where}.weight", shape)}
        self.tensors += own.values()
        return self.builder.layer(kind, inputs, shape, fields, own, label)  # type: ignore[arg-type]
