"""Random networks whose sizes are interesting: windows of all sorts, roundings, ways down and up again, merges.

Most of them are legal at some sizes and illegal at others; `draw` says what it drew, not where it is legal.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

from strategies.choices import chance, pick

Data = dict[str, Any]
Step = Any


class State(NamedTuple):
    """What is known of the map at a place: the number of its axes besides the channels, and its channels if known."""

    rank: int
    channels: int | None


def draw(rng: Random) -> Data:
    """A specification with one or two symbols in the shapes of its inputs."""
    return _Drawing(rng).spec()


class _Drawing:
    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.names = 0
        self.state = State(2, 1)
        self.left = 0
        self.makers: tuple[Callable[[], list[Step]], ...] = (
            self._conv, self._conv, self._pool, self._pool, self._depthwise, self._transposed, self._upsample,
            self._pad, self._crop, self._blocks, self._residual, self._joined, self._there_and_back,
            self._there_and_back, self._undone, self._norm, self._multiplied, self._attended, self._cut, self._computed,
            self._stated,
        )  # fmt: skip

    def spec(self) -> Data:
        rng = self.rng
        data: Data = {"input": self._input()}
        policy = pick(rng, ("exact", "floor", "ceil", "by kind"))
        if policy == "by kind":
            policies = ("exact", "floor", "ceil", "caffe")
            data["rounding"] = {name: pick(rng, policies) for name in ("conv", "pool", "crop")}
        elif policy != "exact" or chance(rng, 50):
            data["rounding"] = policy
        self.left = rng.randrange(2, 8)
        steps: list[Step] = []
        if isinstance(data["input"], dict):
            steps += self._meeting(list(data["input"]))
        while self.left > 0:
            steps += self._step()
        data["layers"] = steps + self._end()
        return data

    def name(self) -> str:
        self.names += 1
        return f"m{self.names}"

    def _input(self) -> Any:
        rng = self.rng
        way = rng.randrange(10)
        one = pick(rng, ("N", "N", "N", "2*N", "N + 3", "N - 2", "3*N + 1", "4*N - 1"))
        if way < 4:
            self.state = State(2, pick(rng, (1, 2, 3, 4)))
            return [self.state.channels, one, one]
        if way == 4:
            self.state = State(1, pick(rng, (1, 2, 4)))
            return [self.state.channels, one]
        if way < 7:
            self.state = State(2, pick(rng, (1, 2, 3, 4)))
            return [self.state.channels, "H", pick(rng, ("W", "W", "2*W", "W + 1"))]
        if way == 7:
            self.state = State(2, None)
            return [pick(rng, ("C", "2*C", "C + 1")), one, one]
        self.state = State(pick(rng, (1, 2)), 2)
        two = pick(rng, ("M", "M", "N + 1", "2*N", "M + N", "2*M"))
        left, right = [2, *["N"] * self.state.rank], [2, *[two] * self.state.rank]
        return {"left": left, "right": right}

    def _meeting(self, names: list[str]) -> list[Step]:
        """Two inputs, each on a way of its own, that are joined."""
        start, stride = self.state, pick(self.rng, (1, 2, 3))
        branches = []
        for name in names:
            self.state = start
            branches.append([{"from": name}, *self._centred(stride), self._to(2)])
        return [self._merge(branches)]

    # Steps

    def _step(self) -> list[Step]:
        self.left -= 1
        return pick(self.rng, self.makers)()

    def _some(self, most: int) -> list[Step]:
        """A few simple layers in a row."""
        makers = self.makers[:10]
        return [step for _ in range(self.rng.randrange(most + 1)) for step in pick(self.rng, makers)()]

    def _window(self, *, pool: bool = False) -> Data:
        rng = self.rng
        kernel = pick(rng, (3, 2, 1, 5, 4, 7))
        fields: Data = {"kernel": kernel}
        if chance(rng, 60):
            fields["stride"] = pick(rng, (2, 1, 3, 4, 5))
        if self.state.rank == 2 and chance(rng, 15):
            fields["kernel"] = [kernel, pick(rng, (1, 3, 2))]
        if chance(rng, 50):
            most = kernel // 2 if pool and not isinstance(fields["kernel"], list) else 0 if pool else kernel
            fields["padding"] = pick(rng, (most // 2, 0, most, "same", [[most // 2, most]] * self.state.rank))
            if isinstance(fields["padding"], str) and chance(rng, 30):
                fields["padding"] = 0
        return fields

    def _out(self) -> int:
        out = pick(self.rng, (2, 4, 1, 3, 6))
        self.state = self.state._replace(channels=out)
        return out

    def _rounded(self, fields: Data) -> Data:
        if chance(self.rng, 15):
            fields["rounding"] = pick(self.rng, ("exact", "floor", "ceil", "caffe"))
        return fields

    def _conv(self) -> list[Step]:
        rng, before = self.rng, self.state
        fields = self._rounded(self._window())
        if chance(rng, 20):
            fields["dilation"] = pick(rng, (2, 3))
        if fields.get("padding", 0) != 0 and chance(rng, 25):
            fields["padding_mode"] = pick(rng, ("reflect", "circular", "replicate"))
        groups = pick(rng, (2, 3, 1)) if before.channels is None else pick(rng, (1, 1, before.channels))
        fields["out"] = self._out() * groups
        self.state = before._replace(channels=fields["out"])
        if groups > 1:
            fields["groups"] = groups
        return [{"conv": fields}]

    def _depthwise(self) -> list[Step]:
        return [{"depthwise": self._rounded(self._window())}]

    def _pool(self) -> list[Step]:
        fields = self._rounded(self._window(pool=True))
        kind = pick(self.rng, ("max_pool", "avg_pool"))
        if kind == "max_pool" and chance(self.rng, 15):
            fields["dilation"] = 2
        return [{kind: fields}]

    def _transposed(self) -> list[Step]:
        rng = self.rng
        stride = pick(rng, (2, 1, 3))
        fields: Data = {"out": self._out(), "kernel": pick(rng, (2, 3, 4, 5)), "stride": stride}
        if chance(rng, 50):
            fields["padding"] = pick(rng, (1, 0, 2))
        if chance(rng, 30):
            fields["output_padding"] = rng.randrange(stride)
        if chance(rng, 15):
            fields["dilation"] = 2
        return [{"conv_transpose": fields}]

    def _upsample(self) -> list[Step]:
        return [{"upsample": self._rounded({"factor": pick(self.rng, (2, 3, "1/2", "3/2", "2/3"))})}]

    def _pad(self) -> list[Step]:
        rng = self.rng
        pairs = [[pick(rng, (1, 0, 3, -1)), pick(rng, (0, 2, -2))] for _ in range(self.state.rank)]
        fields: Data = {"padding": pick(rng, (pairs, 2, -1))}
        if chance(rng, 30):
            fields["mode"] = pick(rng, ("reflect", "circular"))
        return [{"pad": fields}]

    def _cut(self) -> list[Step]:
        """Entries of an axis, or the entries in another order."""
        rng, axis = self.rng, self.rng.randrange(1, self.state.rank + 1)
        start, stop = pick(rng, (1, 0, 2, -5)), pick(rng, (-1, None, 7, -2))
        ends = {"start": start, **({} if stop is None else {"stop": stop})}
        ways: tuple[Step, ...] = (
            {"slice": {"axis": axis, **ends, "step": pick(rng, (1, 2, 3))}},
            {"roll": {"shifts": [pick(rng, (1, -2))], "axes": [axis]}},
        )
        return [pick(rng, ways)]

    def _computed(self) -> list[Step]:
        """Arithmetic on a map, with what it was before, or with the mean of its positions."""
        rng, name = self.rng, self.name()
        texts = (f"0.5 * x + {name}", f"x * sigmoid({name})", "clamp(x, 0, 1)", "1 - x ** 2")
        head: list[Step] = [{"identity": {}, "as": name}]
        if chance(rng, 30):
            axes = list(range(1, self.state.rank + 1))
            gate: Step = {"mean": {"axes": axes, "keep": True}}
            return [*head, gate, {"elementwise": {"value": f"x * {name}", "broadcast": True}}]
        return [*head, *self._some(1), {"elementwise": pick(rng, texts)}]

    def _crop(self) -> list[Step]:
        rng = self.rng
        fields: Data = {"size": pick(rng, (4, 7, 12))}
        if chance(rng, 50):
            fields["offset"] = pick(rng, (0, 1, 5))
        return [{"crop": self._rounded(fields)}] if chance(rng, 30) else self._conv()

    def _blocks(self) -> list[Step]:
        """Blocks of pixels made channels, or the other way round."""
        factor, channels = pick(self.rng, (2, 3)), self.state.channels
        block = factor**self.state.rank
        if chance(self.rng, 50):
            self.state = self.state._replace(channels=channels and channels * block)
            return [{"pixel_unshuffle": factor}]
        return [{"conv": {"out": 2 * block, "kernel": 1}}, {"pixel_shuffle": factor}, self._to(2)]

    def _norm(self) -> list[Step]:
        return [pick(self.rng, ("relu", "instance_norm", "batch_norm"))]

    def _to(self, channels: int) -> Step:
        self.state = self.state._replace(channels=channels)
        return {"conv": {"out": channels, "kernel": 1}}

    def _residual(self) -> list[Step]:
        """A way of windows and a shortcut, which may need its stride."""
        before = self.state
        stride = pick(self.rng, (1, 2, 3))
        first = {"conv": {"out": 4, "kernel": 3, "padding": 1, "stride": stride}}
        more = [{"conv": {"out": 4, "kernel": 3, "padding": 1}}] if chance(self.rng, 50) else []
        shortcut: Data = {"out": 4, "kernel": pick(self.rng, (1, 2, 1)), "stride": stride}
        self.state = before._replace(channels=4)
        return [{"add": [[first, *more], [{"conv": shortcut}]]}]

    def _joined(self) -> list[Step]:
        """Branches with windows of one stride, whose sizes agree for some sizes of the input."""
        before, stride = self.state, pick(self.rng, (1, 2, 2, 3, 4))
        branches = []
        for _ in range(self.rng.randrange(2, 4)):
            self.state = before
            branches.append([*self._centred(stride), self._to(2)])
        return [self._merge(branches)]

    def _multiplied(self) -> list[Step]:
        """The product of two maps with windows of their own, whose sizes fit for some sizes of the input."""
        before, stride = self.state, pick(self.rng, (1, 2, 3))
        branches = []
        for _ in range(2):
            self.state = before
            branches.append([*self._centred(stride), self._to(2)])
        self.state = before._replace(channels=2 if before.rank > 1 else None)
        product: Data = {"branches": branches, "transpose": pick(self.rng, ("first", "second", "both"))}
        if chance(self.rng, 30):
            product.pop("transpose")
        return [{"matmul": product}]

    def _attended(self) -> list[Step]:
        """Tokens of a map that attend to those of the same map behind a window, and a map again."""
        heads, name = pick(self.rng, ((1, 1), (2, 1), (2, 2))), self.name()
        fields: Data = {"heads": heads[0], "key_heads": heads[1], "causal": chance(self.rng, 30)}
        window = self._centred(pick(self.rng, (1, 2)))
        self.state = self.state._replace(channels=4)
        keys = [{"from": name}, *window, {"conv": [2 * heads[1], 1]}, "tokens"]
        queries = [{"conv": [2 * heads[0], 1]}, "tokens"]
        values = [*keys[:-2], {"conv": [4 // heads[0] * heads[1], 1]}, "tokens"]
        self.state = State(1, 4)
        return [
            {"identity": {}, "as": name},
            {"dot_attention": {"branches": [queries, keys, values], **fields}},
            "channels_first",
        ]

    def _stated(self) -> list[Step]:
        """A step of which the author says what it writes, with the sizes of the map or with others."""
        rng, width = self.rng, self._out()
        sizes = [f"size(here, {axis})" for axis in range(1, self.state.rank + 1)]
        shape: list[Any] = [pick(rng, (size, size, f"{size}//2 + 1", f"2*{size} - 3", f"{size}/2")) for size in sizes]
        if chance(rng, 15):
            shape[-1] = 6
        self.state = self.state._replace(channels=width)
        fields: Data = {"shape": [width, *shape], "products": pick(rng, ("0", f"{sizes[0]} - 1", f"4*{sizes[0]}"))}
        if chance(rng, 20):
            fields["tensors"] = {"table": [sizes[-1], width]}
        return [{"opaque": fields}]

    def _merge(self, branches: list[Any], width: int = 2) -> Step:
        """Branches of two channels, added or one behind the other."""
        if chance(self.rng, 50):
            self.state = self.state._replace(channels=width)
            return {"add": branches}
        self.state = self.state._replace(channels=width * len(branches))
        return {"concat": branches}

    def _centred(self, stride: int) -> list[Step]:
        """A window with about as much padding as keeps the size but for the stride, or two of them."""
        rng = self.rng
        if stride == 4 and chance(rng, 50):
            return [*self._centred(2), *self._centred(2)]
        kernel = pick(rng, (3, 1, 2, 5, 4, stride))
        padding: Any = pick(rng, ((kernel - 1) // 2, (kernel - 1) // 2, kernel // 2, max(kernel - stride + 1, 0) // 2))
        if kernel % 2 and chance(rng, 20):
            padding = "same"
        if padding != "same" and chance(rng, 15):
            padding = [[padding, padding + 1]] * self.state.rank
        fields = self._rounded({"kernel": kernel, "stride": stride, "padding": padding})
        if chance(rng, 40) and not isinstance(padding, list):
            return [{pick(rng, ("max_pool", "avg_pool")): fields}]
        return [{"conv": {"out": self._out(), **fields}}]

    def _there_and_back(self) -> list[Step]:
        """Down, and up again to meet what was there before; perhaps with another such way inside."""
        rng, before, name = self.rng, self.state, self.name()
        factor = pick(rng, (2, 2, 3, 4))
        is_cut = chance(rng, 50)
        conv = {"conv": {"out": 2, "kernel": 3, "padding": 0 if is_cut and chance(rng, 60) else 1}}
        head: Step = {**conv, "as": name}
        self.state = before._replace(channels=2)
        down: Step = {pick(rng, ("max_pool", "avg_pool")): self._rounded({"kernel": factor})}
        if chance(rng, 30):
            down = {"conv": self._rounded({"out": 2, "kernel": 3, "stride": factor, "padding": 1})}
        inside: list[Step] = [conv] * rng.randrange(2)
        self.left -= 1
        if self.left > 0 and chance(rng, 60):
            inside += self._there_and_back()
        up: Step = pick(
            rng,
            (
                {"conv_transpose": {"out": 2, "kernel": factor, "stride": factor}},
                {"upsample": factor},
                {"upsample": {"to": name}},
                {"conv_transpose": {"out": 2, "kernel": 3, "stride": factor, "padding": 1, "output_padding": 1}},
            ),
        )
        skip: Step = [{"crop": self._rounded({"to": "here"}), "from": name}] if is_cut else name
        way = [head, down, *inside, up, self._to(2)]
        return [*way, self._merge([skip, "here"])]

    def _undone(self) -> list[Step]:
        """A max pool and the unpooling that undoes it."""
        name = self.name()
        pool = self._rounded({"kernel": 2, "stride": 2})
        return [{"max_pool": pool, "as": name}, "relu", {"unpool": name}]

    def _end(self) -> list[Step]:
        """What networks end with: nothing, a classifier with weights for one size, positions, or a fixed shape."""
        rng, state = self.rng, self.state
        pixels = pick(rng, (1, 4, 6, 9, 12))
        ways: tuple[list[Step], ...] = (
            [],
            [],
            ["flatten", {"linear": 5}],
            [{"adaptive_avg_pool": 3}, "flatten", {"linear": 5}],
            ["tokens", {"linear": 4}, "position_embedding", {"attention": 2}],
            [{"conv": {"out": 2, "kernel": 1}}, {"reshape": [2 * pixels]}, {"linear": 3}],
            [{"conv": {"out": 6, "kernel": 1}}, {"reshape": [2, -1]}, {"conv": {"out": 2, "kernel": 3}}],
            [{"slice": {"axis": 1, "start": 1, "step": 2}}, {"flatten": [0, 1]}],
            ["flatten", "position_embedding"],
            ["tokens", "class_token", "layer_norm"],
            [
                {"conv": {"out": 2, "kernel": 1}},
                "tokens",
                {"concat": {"branches": [[{"parameter": [1, 1, 2], "as": "token"}], "here"], "axis": 0}},
                {"add": ["here", [{"parameter": [1, pixels + 1, 2], "as": "table"}]]},
            ],
            [
                {"conv": {"out": 2, "kernel": 1}},
                "tokens",
                {"add": ["here", [{"buffer": {"shape": [1, pixels, 2], "persistent": chance(rng, 50), "values": 1}}]]},
                {"multiply": ["here", [{"buffer": {"shape": [pixels, 2], "values": [1] * 2 * pixels}}]]},
            ],
            ["tokens", {"gru": 3}, {"lstm": {"hidden": 3, "bidirectional": True}}],
        )
        if state.channels is None and chance(rng, 50):
            heads = pick(rng, (2, 3, 4))
            return ["tokens", {"attention": heads}] if chance(rng, 50) else [{"group_norm": heads}]
        return pick(rng, ways)
