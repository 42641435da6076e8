"""Whole specifications at random: legal far more often than not, and fast to make.

data = random_spec(Random(7))           # a spec as Python data, for archcalc.load
made = make_spec(Random(7), Options(symbols=True))
made.data, made.sizes                   # with the values of symbols at which it was made
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any, NamedTuple

from archcalc.layers.base import Tap
from archcalc.layers.shape import Integers, Rounding, Shape
from archcalc.layers.table import layer_class
from strategies.choices import chance, factored, pick
from strategies.fields import Named, number
from strategies.layers import Drawn, Rules, random_layer
from strategies.motifs import LOOKED_UP, MOTIFS, REGIONS, containing, regions, stated
from strategies.place import Place
from strategies.spelling import Speller, Value

Data = dict[str, Any]

ROUNDED = ("conv", "pool", "avg_pool", "max_pool", "depthwise", "resample", "crop", "upsample")
"""Kinds and families by which rounding is declared."""


class Options(NamedTuple):
    """What a generated spec may hold."""

    steps: int = 8
    """Steps of the network itself; those inside groups, blocks and branches come on top."""
    symbols: bool = False
    several_inputs: bool = True
    wiring: bool = True
    """Groups, loops, blocks, branches. Without it the network is a chain of layers."""
    claims: bool = True
    variants: bool = True
    layouts: bool = True
    """Layers that put the channels last, or change the number of axes."""
    stretched: bool = True
    """Sizes of 1 that are stretched to others, which may be symbols."""
    opened: int = 0
    """In so many of a hundred cases a size among the fields of a layer is a symbol of its own."""
    stated: bool = False
    """Opaque steps, for which PyTorch has nothing."""
    wanted: str | None = None
    """A kind of layer that is put in if there is a way."""


class Made(NamedTuple):
    """A spec, and the values of its symbols at which the generator followed it."""

    data: Data
    sizes: dict[str, int]


def random_spec(rng: Random, *, stated: bool = False) -> Data:
    """A specification as Python data, with everything that the language has; if `stated`, with opaque steps, too."""
    return make_spec(rng, Options(symbols=chance(rng, 30), stated=stated)).data


def make_spec(rng: Random, options: Options = Options()) -> Made:
    """A specification under given options."""
    return Maker(rng, options).spec()


class Maker:
    def __init__(self, rng: Random, options: Options) -> None:
        self.rng = rng
        self.options = options
        self.names = 0
        self.blocks: Data = {}
        self.calls: list[tuple[str, list[int], Shape, Shape, bool]] = []
        self.rules = Rules()
        self.sizes: dict[str, int] = {}
        self.born: dict[str, int] = {}
        self.depth = 0
        self.makers = (
            self._group, self._residual, self._concat, self._loop, self._block, self._fork, self._repeat,
            self._reuse, self._apply, self._move, self._gate, self._skipped, self._entry,
            *(partial(motif, self) for motif in (*MOTIFS, *([stated] if options.stated else []))),
        )  # fmt: skip

    def name(self, place: Place | None = None, letter: str = "m") -> str:
        """A name that the spec does not have yet."""
        self.names += 1
        return f"{letter}{self.names}{place.template if place else ''}"

    # The whole

    def spec(self) -> Made:
        rng, options = self.rng, self.options
        data: Data = {}
        if chance(rng, 30):
            data["name"] = "random"
        if chance(rng, 10):
            data["archcalc"] = 1
        values = self._lets(data)
        inputs = self._inputs(data, values)
        if self.sizes and chance(rng, 50):
            data["at"] = dict(self.sizes)
        speller = Speller(
            rng,
            (*values, *(Value(name, size, symbolic=True) for name, size in self.sizes.items())),
            ("twice",) if "twice(n)" in data.get("let", {}) else (),
            self._opened if options.opened else None,
        )
        self._rounding(data)
        single = len(inputs) == 1 and inputs[0].path == "input"
        place = Place(inputs[0].tap.shape, speller, () if single else tuple(inputs))
        steps: list[Any] = []
        if len(inputs) > 1:
            steps.append({"from": inputs[0].path})
        count = rng.randrange(1, options.steps + 1)
        if options.wanted is not None:
            before = rng.randrange(count)
            steps.extend(self.steps(place, before))
            steps.extend(containing(self, place, options.wanted))
            count -= before
        steps.extend(self.steps(place, count))
        if self.born:
            data["at"] = {**data.get("at", {}), **self.born}
        if self.blocks:
            data["blocks"] = self.blocks
        data["layers"] = steps or ["identity"]
        if place.maps and chance(rng, 20):
            data["output"] = sorted({pick(rng, place.maps).path for _ in range(2)})
        if options.claims and chance(rng, 15):
            data["expect"] = self._claims()
        if options.variants and chance(rng, 10):
            data["variants"] = {"first": {}, "second": {"let": {"width": 6}, "rounding": "floor"}}
        return Made(data, {**self.sizes, **self.born})

    def _opened(self, size: int) -> str | None:
        """A symbol for a size among the fields of a layer; it is born in `at`, with the size as its value."""
        rng = self.rng
        if not chance(rng, self.options.opened):
            return None
        equal = [name for name, value in self.born.items() if value == size]
        if equal and chance(rng, 50):
            return pick(rng, equal)
        name = f"S{len(self.born) + 1}"
        self.born[name] = size
        return name

    def _lets(self, data: Data) -> list[Value]:
        rng = self.rng
        if not chance(rng, 40):
            return []
        width = rng.randrange(1, 9)
        lets: Data = {"width": width, "wider": "2*width", "widths": [4, 8]}
        if chance(rng, 50):
            lets["twice(n)"] = "2*n"
        data["let"] = lets
        return [Value("width", width), Value("wider", 2 * width), Value("widths[1]", 8)]

    def _inputs(self, data: Data, values: list[Value]) -> list[Named]:
        rng, options = self.rng, self.options
        if not options.several_inputs or not (chance(rng, 20) or options.wanted in (*REGIONS, *LOOKED_UP)):
            shape, written = self._input(values)
            data["input"] = written
            return [Named("input", Tap(shape))]
        found: list[Named] = []
        entries: Data = {}
        for name in ("left", "right", "third")[: rng.randrange(2, 4)]:
            if found and chance(rng, 60):
                shape, written = found[0].tap.shape, list(next(iter(entries.values())))
            else:
                shape, written = self._input(values)
            entries[name] = written
            found.append(Named(name, Tap(shape)))
        if chance(rng, 30) or options.wanted in REGIONS:
            count = rng.randrange(1, 5)
            written_count: int | str = count
            if options.symbols and chance(rng, 50):
                written_count, self.sizes["R"] = "R", count
            entries["boxes"] = {"shape": [4], "count": written_count}
            found.append(Named("boxes", Tap(Shape((4,), "channels_first", count))))
        if chance(rng, 30) or options.wanted in LOOKED_UP:
            length = rng.randrange(1, 9)
            sizes: list[Any] = [length]
            if options.symbols and chance(rng, 60):
                sizes = [self._symbolic(length)]
            entries["words"] = {"shape": sizes, "dtype": "int"}
            found.append(Named("words", Tap(Shape((length,), integers=Integers()))))
        if chance(rng, 20):
            length, width = rng.randrange(1, 9), rng.randrange(1, 9)
            first = self._symbolic(length) if options.symbols and chance(rng, 60) else length
            entries["tokens"] = {"shape": [first, width], "layout": "channels_last"}
            found.append(Named("tokens", Tap(Shape((length, width), "channels_last"))))
        data["input"] = entries
        return found

    def _input(self, values: list[Value]) -> tuple[Shape, list[Any]]:
        rng = self.rng
        rank = pick(rng, (3, 3, 3, 2, 1, 4)) if self.options.wanted not in REGIONS else 3
        channels = rng.randrange(1, 9)
        limit = {1: 1, 2: 33, 3: 17, 4: 8}[rank]
        spatial = [rng.randrange(3, limit)] * (rank - 1) if rank > 1 else []
        if chance(rng, 30):
            spatial = [rng.randrange(3, limit) for _ in spatial]
        written: list[Any] = [Speller(rng, tuple(values)).number(channels, concrete=True, plain=85), *spatial]
        if self.options.symbols:
            for axis, size in enumerate((channels, *spatial)):
                if chance(rng, 60 if axis else 20):
                    written[axis] = self._symbolic(size)
        return Shape((channels, *spatial)), written

    def _symbolic(self, size: int) -> str:
        """A size as an expression of symbols; equal sizes are likely to share one."""
        rng = self.rng
        for name, value in self.sizes.items():
            if chance(rng, 80):
                if value == size:
                    return name
                if size % value == 0:
                    return f"{size // value}*{name}"
                return f"{name} {'+' if size > value else '-'} {abs(size - value)}"
        name = next(name for name in ("N", "M", "K", "A", "B", "C", "D", "E", "F", "G") if name not in self.sizes)
        if chance(rng, 20):
            factor = pick(rng, (2, 3))
            self.sizes[name] = max(1, size // factor)
            rest = size - factor * self.sizes[name]
            return f"{factor}*{name} {'+' if rest >= 0 else '-'} {abs(rest)}"
        self.sizes[name] = size
        return name

    def _rounding(self, data: Data) -> None:
        rng = self.rng
        policies: tuple[Rounding, ...] = ("exact", "floor", "ceil", "caffe")
        if chance(rng, 40):
            policy = pick(rng, policies)
            self.rules = Rules(policy)
            data["rounding"] = policy
        elif chance(rng, 20):
            by_name = {name: pick(rng, policies) for name in ROUNDED if chance(rng, 40)}
            self.rules = Rules("exact", tuple(by_name.items()))
            if by_name:
                data["rounding"] = by_name

    def _claims(self) -> Any:
        rng = self.rng
        claims: list[Data] = [
            {"parameters": "0..", "source": "by hand"},
            {"multiplications": "..1T"},
            {"parameters": 12345, "holds": False, "because": "made up"},
        ]
        return claims[: rng.randrange(1, 4)]

    # Steps

    def steps(self, place: Place, count: int) -> list[Any]:
        """Steps that can be run at a place, which they change."""
        found: list[Any] = []
        for _ in range(count):
            step = self._step(place)
            if step is not None:
                found.append(step)
        return found

    def _step(self, place: Place) -> Any:
        rng = self.rng
        if not self.options.wiring or self.depth > 2 or not chance(rng, 45):
            return self.layer(place)
        makers: tuple[Callable[[Place], Any], ...] = self.makers
        if chance(rng, 20) and any(named.tap.shape.sizes == (4,) for named in place.maps):
            makers = (partial(regions, self),)
        self.depth += 1
        try:
            return pick(rng, makers)(place)
        finally:
            self.depth -= 1

    def layer(self, place: Place, kind: str | None = None) -> Any:
        rng = self.rng
        maps = (Named("here", Tap(place.shape)), *place.maps[-4:])
        drawn = random_layer(rng, place.shape, maps=maps, rules=self.rules, kind=kind)
        if drawn is None or not (self.options.layouts or self._keeps_layout(drawn, place.shape)):
            return None
        if drawn.layer.attends and len(place.shape.sizes) > 2:
            # Along the rows of a picture attention is suspect; `queried` cuts a picture into sequences on purpose.
            return None
        step = self._written(drawn, place)
        if drawn.kind in ("parameter", "buffer") and chance(rng, 70):
            return None
        outputs = drawn.facts.outputs
        assert outputs is not None
        before = place.shape
        if outputs[0].integers is not None:
            return self._looked_up(step, outputs[0], place)
        if chance(rng, 25) or len(outputs) > 1 or layer_class(drawn.kind).gives_list:
            name = self.name(place)
            step = {**(step if isinstance(step, dict) else {step: None}), "as": name}
            if isinstance(step.get(drawn.kind, 0), type(None)):
                step[drawn.kind] = {}
            if layer_class(drawn.kind).gives_list:
                place.shape = before
                index = rng.randrange(len(outputs))
                place.shape = outputs[index]
                place.lists.append((name, outputs))
                return {"do": [step, {"from": f"{name}.{index}"}]}
            place.maps = (*place.maps, Named(name, Tap(outputs[0], drawn.layer, before)))
            place.reusable.append((name, before, outputs[0]))
        if isinstance(step, dict) and chance(rng, 8):
            step["trainable"] = place.speller.truth(pick(rng, (True, False)))
        place.shape = outputs[0]
        return step

    @staticmethod
    def _keeps_layout(drawn: Drawn, shape: Shape) -> bool:
        outputs = drawn.facts.outputs or ()
        return len(outputs) == 1 and outputs[0].layout == shape.layout and len(outputs[0].sizes) == len(shape.sizes)

    def _written(self, drawn: Drawn, place: Place) -> Any:
        """A layer as a step: with all its fields by name, by its main field, or in their order."""
        rng = self.rng
        cls = layer_class(drawn.kind)
        written = {
            name: place.speller.field(drawn.kind, name, given, None if cls.inputs == 0 else place.shape, drawn.fields)
            for name, given in drawn.fields.items()
        }
        if not written:
            return drawn.kind if chance(rng, 80) else {drawn.kind: {}}
        main = cls.main
        if main is not None and list(written) == [main] and chance(rng, 70):
            value = written[main]
            if not isinstance(value, list) or cls.main_is_list:
                return {drawn.kind: value}
        in_order = list(cls.model_fields)[: len(written)] == list(written)
        is_likelier = self._looks_per_axis(written) or self._looks_like_pytorch(drawn, place)
        if in_order and not cls.main_is_list and chance(rng, 30) and not is_likelier:
            return {drawn.kind: list(written.values())}
        return {drawn.kind: written}

    @staticmethod
    def _looks_like_pytorch(drawn: Drawn, place: Place) -> bool:
        """Whether the first value is as many channels as arrive, and others follow: of that a check may warn, too."""
        out = drawn.fields.get("out")
        return out is not None and len(drawn.fields) > 1 and bool(out.value == place.shape.channels)

    @staticmethod
    def _looks_per_axis(written: Data) -> bool:
        """Whether a kernel and a stride look like one number for each axis, of which a check warns."""
        kernel, stride = written.get("kernel"), written.get("stride")
        if not isinstance(kernel, int) or not isinstance(stride, int) or list(written)[-1] != "stride":
            return False
        return "out" not in written and kernel > 1 and (stride == 1 or stride > kernel)

    def keeping(self, place: Place, count: int = 2) -> list[Any]:
        """Steps after which the shape is what it was, whatever it is."""
        rng = self.rng
        found: list[Any] = []
        for _ in range(rng.randrange(1, count + 1)):
            if place.shape.layout == "channels_first" and 2 <= len(place.shape.sizes) <= 4 and chance(rng, 60):
                kernel = pick(rng, (1, 3, 5))
                out = pick(rng, ("in_channels", "channels(here)", place.shape.channels))
                step: Data = {"conv": {"out": out, "kernel": kernel, "padding": kernel // 2}}
                if chance(rng, 30):
                    step["as"] = self.name(place)
                found.append(step)
            else:
                found.append(pick(rng, ("relu", "dropout", "identity", "affine", "position_embedding", "tanh")))
        return found

    def _group(self, place: Place) -> Any:
        inner = place.inner()
        step: Data = {"do": self.steps(inner, self.rng.randrange(1, 4))}
        if chance(self.rng, 60):
            name = self.name(place)
            step["as"] = name
            place.reusable.append((name, place.shape, inner.shape))
            place.maps = (*place.maps, Named(name, Tap(inner.shape)))
        else:
            place.maps = inner.maps
        place.shape = inner.shape
        return step

    def _residual(self, place: Place) -> Any:
        branch = self.keeping(place)
        branches: list[Any] = ["here", branch] if chance(self.rng, 80) else [branch, []]
        equal = [named.path for named in place.maps if named.tap.shape == place.shape]
        if equal and chance(self.rng, 40):
            branches.append(pick(self.rng, equal))
        kind = pick(self.rng, ("add", "multiply")) if len(branches) > 2 else pick(self.rng, ("add", "subtract"))
        step: Data = {kind: branches}
        if chance(self.rng, 30):
            step["as"] = self.name(place)
            place.maps = (*place.maps, Named(step["as"], Tap(place.shape)))
        return step

    def _concat(self, place: Place) -> Any:
        rng = self.rng
        sizes = [place.shape]
        branches: list[Any] = ["here"]
        for _ in range(rng.randrange(1, 3)):
            if place.shape.layout == "channels_first" and 2 <= len(place.shape.sizes) <= 4 and chance(rng, 60):
                out = rng.randrange(1, 6)
                branches.append([{"conv": [place.speller.number(out, reads=place.shape), 1]}, "relu"])
                sizes.append(place.shape.with_channels(out))
            else:
                branches.append(self.keeping(place))
                sizes.append(place.shape)
        total = sum(shape.channels for shape in sizes)
        place.shape = place.shape.with_channels(total)
        return {"concat": branches if chance(rng, 70) else {"branches": branches}}

    def _gate(self, place: Place) -> Any:
        """A map times a gate of one value per channel."""
        shape = place.shape
        if shape.layout != "channels_first" or not 2 <= len(shape.sizes) <= 4:
            return None
        gate = ["global_avg_pool", {"conv": ["in_channels", 1]}, "sigmoid"]
        return {"multiply": {"branches": ["here", gate], "broadcast": True}}

    def _fork(self, place: Place) -> Any:
        rng = self.rng
        inner = [place.inner() for _ in range(2)]
        branches: list[Any] = [self.steps(branch, rng.randrange(1, 3)) or ["identity"] for branch in inner]
        name = self.name(place)
        index = rng.randrange(2)
        place.shape = inner[index].shape
        return {"do": [{"fork": branches, "as": name}, {"from": f"{name}.{index}"}]}

    def _repeat(self, place: Place) -> Any:
        count = self.rng.randrange(4)
        step: Data = {
            "repeat": place.speller.number(count, concrete=True),
            "do": self.keeping(place.inner(template="x")) if count < 2 else self.unnamed(self.keeping(place)),
        }
        return step

    @staticmethod
    def unnamed(steps: list[Any]) -> list[Any]:
        """The same steps without names, which a loop would give twice."""
        return [
            {key: value for key, value in step.items() if key != "as"} if isinstance(step, dict) else step
            for step in steps
        ]

    def _loop(self, place: Place) -> Any:
        rng = self.rng
        widths = [rng.randrange(1, 9) for _ in range(rng.randrange(1, 4))]
        index, width = self.name(letter="i"), self.name(letter="w")
        speller = place.speller
        if place.shape.layout == "channels_first" and 2 <= len(place.shape.sizes) <= 4:
            inner = place.inner(speller.known(Value(width, widths[-1])), template=f"_${index}")
            inner.shape = place.shape = place.shape.with_channels(widths[-1])
            steps: list[Any] = [{"conv": {"out": width, "kernel": 3, "padding": 1}}, *self.keeping(inner)]
        else:
            steps = self.unnamed(self.keeping(place))
        variables: Data = {index: f"1..{len(widths)}", width: widths}
        step: Data = {"for": variables, "do": steps}
        if chance(rng, 30):
            step["as"] = self.name(place)
        return step

    def _block(self, place: Place) -> Any:
        rng = self.rng
        known = [call for call in self.calls if call[2] == place.shape]
        if known and chance(rng, 60):
            name, values, _, after, bare = pick(rng, known)
        else:
            before = place.shape
            name = self.name(letter="block")
            values = [rng.randrange(1, 7) for _ in range(rng.randrange(3))]
            parameters = [Value(self.name(letter="p"), value) for value in values]
            inner = Place(before, place.speller.without(*parameters))
            bare = chance(rng, 30)
            head = ", ".join(f"{known_.name}={known_.value}" if bare else known_.name for known_ in parameters)
            block: list[Any] = []
            # The block is entered into the spec only when it is complete: no recursion.
            calls, self.calls = self.calls, []
            block = self.steps(inner, rng.randrange(1, 4)) or ["identity"]
            self.calls = calls
            after = inner.shape
            self.blocks[f"{name}({head})" if parameters else name] = block
            self.calls.append((name, values, before, after, bare))
        spelled = [place.speller.number(value, concrete=True) for value in values]
        call: Any = {name: spelled if values and not bare else {}}
        if not values or bare:
            call = name if chance(rng, 50) else {name: {}}
        if chance(rng, 40):
            call = call if isinstance(call, dict) else {call: {}}
            call["as"] = self.name(place)
            place.maps = (*place.maps, Named(call["as"], Tap(after)))
        place.shape = after
        return call

    def _reuse(self, place: Place) -> Any:
        fitting = [entry for entry in place.reusable if entry[1] == place.shape]
        if not fitting:
            return self.layer(place)
        name, _, place.shape = pick(self.rng, fitting)
        return {"use": name}

    def _looked_up(self, step: Any, integers: Shape, place: Place) -> Any:
        """A step that gives integers, and rows for them: what follows computes."""
        assert integers.integers is not None
        below, width = integers.integers.below, self.rng.randrange(1, 5)
        place.shape = Shape((*integers.sizes, width), "channels_last", integers.items)
        return {"do": [step, {"embedding": [100 if below is None else below, place.speller.size(width)]}]}

    def _apply(self, place: Place) -> Any:
        return {"apply": pick(self.rng, ("relu", "tanh", "identity", "sigmoid", "gelu", "affine", "softmax"))}

    def _move(self, place: Place) -> Any:
        maps = [named for named in place.maps if named.tap.shape.integers is None]
        if not maps:
            return self.layer(place)
        named = pick(self.rng, maps)
        place.shape = named.tap.shape
        return {"from": named.path}

    def _skipped(self, place: Place) -> Any:
        """A step with a condition that does not hold, or that does."""
        if chance(self.rng, 50):
            return {"do": self.keeping(place), "when": place.speller.truth(True)}
        inner = place.inner()
        steps = self.steps(inner, 2)
        return {"do": steps, "when": place.speller.truth(False)} if steps else None

    def _entry(self, place: Place) -> Any:
        """Several numbers reshaped, so that later layers meet other ranks."""
        elements = place.shape.elements
        assert isinstance(elements, int)
        if not self.options.layouts:
            return self.layer(place)
        sizes = factored(self.rng, elements, self.rng.randrange(1, 5))
        place.shape = place.shape._replace(sizes=tuple(sizes), layout="channels_first")
        return {"reshape": [number(size).written for size in sizes]}
