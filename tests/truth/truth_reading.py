"""How an entry of the truth table is read and held against what archcalc computes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from catalogue import report
from truth_networks import CONVOLUTIONS, POOLS, is_subsampling, nodes, sizes_in, sizes_out

from archcalc.graph import Node

TRUTH = Path(__file__).with_name("truth.yaml")
Key = tuple[str, str, str]


class Entry(NamedTuple):
    """One figure of the table."""

    system: str
    variant: str
    input: str
    quantity: str
    value: Any
    exact: bool
    source: str
    note: str

    @property
    def key(self) -> Key:
        """What tells entries apart."""
        return self.system, self.variant, self.quantity


LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
ENTRIES = [Entry(**entry) for entry in yaml.load(TRUTH.read_text("utf-8"), LOADER)]


class Said(NamedTuple):
    """A claim of the catalogue that states a printed number: the network, the claim's text, and what became of it.

    `of` is what the claim is about, as the spec writes it. `printed` is how the table spells the number where the
    claim has to spell it otherwise: a K of 1024 is `Ki` there.
    """

    network: str
    text: str
    state: str = "holds"
    of: str | None = None
    printed: str | None = None


UNITS = {
    "": 1,
    "%": Fraction(1, 100),
    "x": 1,
    "k": 10**3,
    "K": 10**3,
    "Ki": 2**10,
    "M": 10**6,
    "Mi": 2**20,
    "million": 10**6,
    "B": 10**9,
    "billion": 10**9,
    "e9": 10**9,
    "e+09": 10**9,
    "e+10": 10**10,
}


def number(text: str) -> Fraction | None:
    """A printed number, exactly: `60k`, `60 million`, `15.3e9`, `~1000x`; None for what is none, as a shape.

    >>> number("0.39B"), number("<25 million"), number("112x112x64")
    (Fraction(390000000, 1), Fraction(25000000, 1), None)
    """
    match = re.fullmatch(r"[~<]?(?:\.\.)?([\d.]+) ?([a-zA-Z%]*|e9|e\+\d\d)", text.strip())
    return Fraction(match[1]) * UNITS[match[2]] if match and match[2] in UNITS else None


def printed(entry: Entry) -> list[str]:
    """The numbers and shapes that an entry prints, each as text."""
    values = entry.value if isinstance(entry.value, list) else [entry.value]
    texts = [f"{value:g}" if isinstance(value, float) else str(value) for value in values]
    return [f"{text}M" for text in texts] if entry.quantity.endswith("_million") else texts


def meets_published(entry: Entry, sayings: list[Said]) -> None:
    """Every number that the entry prints stands in a claim, which has a source and came out as expected."""
    unsaid = printed(entry)
    for said in sayings:
        verdicts = [
            verdict
            for verdict in report(said.network).verdicts
            if (verdict.expected, verdict.of) == (said.text, said.of)
        ]
        assert {verdict.state for verdict in verdicts} == {said.state}, f"{said.network} does not say {said.text} so"
        assert all(verdict.source for verdict in verdicts), f"{said.network} gives no source for {said.text}"
        assert said.state != "explained" or all(verdict.because for verdict in verdicts)
        met = [text for text in printed(entry) if text == said.printed or same(text, said.text)]
        assert met, f"{said.text} is nothing that {entry.key} prints: {printed(entry)}"
        unsaid = [text for text in unsaid if text not in met]
    assert not unsaid, f"no claim states {unsaid}"


def same(one: str, other: str) -> bool:
    """Whether two spellings print the same number, or the same shape: `112x112x64` for [64, 112, 112]."""
    if (value := number(one)) is not None:
        return value == number(other)
    sides = re.fullmatch(r"([\dx]+)x(\d+)", one)
    if sides is None:
        return one == other
    spatial = [int(side) for side in sides[1].split("x")]
    shape = [int(size) for size in re.findall(r"\d+", other)]
    return shape in ([int(sides[2]), *spatial], [int(sides[2])] if set(spatial) == {1} else None)


# Figures of whole networks


def fractional(network: str) -> list[Node]:
    """Convolutions and pools whose (N - F + 2P)/S is not whole."""
    return [
        node
        for node in nodes(network, *CONVOLUTIONS, *POOLS)
        if node.facts and node.facts.fractions
        if not is_subsampling(node)
    ]


class Step(NamedTuple):
    """A fractional layer as the tables print it: in, window, exact value, and the size it was rounded to."""

    size: int
    window: tuple[int, int, int] | None
    value: Fraction
    real: int
    up: bool


def step(node: Node, *, with_window: bool) -> Step:
    assert node.facts is not None
    # Maps and windows are square in all of these networks: both axes have the same fraction.
    (value,) = {fraction.value for fraction in node.facts.fractions}
    assert len(node.facts.fractions) == 2
    (size,), (real,) = set(sizes_in(node)[1:]), set(sizes_out(node)[1:])
    assert real in (floor(value), ceil(value))
    fields: Any = node.layer
    stride = fields.kernel if fields.stride is None else fields.stride
    window = (fields.kernel, stride, fields.padding) if with_window else None
    return Step(size, window, value, real, real > value)


PYTORCH = re.compile(r"\S+: in=(\d+) F=(\d+) S=(\d+) P=(\d+) -> ([\d.]+), real out=(\d+), ceil=(True|False)")
CAFFE = re.compile(r"\S+: \(\d+, (\d+), \d+\)->\(\d+, (\d+), \d+\) FRAC ([\d.]+)x([\d.]+) (floor|ceil)")


def read_step(text: str) -> Step:
    if match := PYTORCH.fullmatch(text):
        size, kernel, stride, padding = (int(match[i]) for i in range(1, 5))
        return Step(size, (kernel, stride, padding), Fraction(match[5]), int(match[6]), match[7] == "True")
    match = CAFFE.fullmatch(text)
    assert match, f"cannot read {text!r}"
    assert match[3] == match[4]
    return Step(int(match[1]), None, Fraction(match[3]), int(match[2]), match[4 + 1] == "ceil")


def meets_fractional_layers(entry: Entry, network: str) -> None:
    wanted = [read_step(text) for text in entry.value]
    with_window = wanted[0].window is not None
    assert Counter(wanted) == Counter(step(node, with_window=with_window) for node in fractional(network))


def multiplications(network: str, *kinds: str) -> object:
    return sum(layer.multiplications for layer in report(network).layers if layer.kind in kinds)


def all_multiplications(network: str) -> object:
    total = report(network).totals.multiplications
    assert multiplications(network, *CONVOLUTIONS, "linear") == total
    return total


def output_shape(network: str) -> object:
    (shape,) = report(network).outputs.values()
    return list(shape or ())


QUANTITIES: dict[str, Callable[[str], object]] = {
    "params_total": lambda network: report(network).totals.parameters,
    "mults_conv_plus_fc": all_multiplications,
    "mults": all_multiplications,
    "mults_conv_only": lambda network: multiplications(network, *CONVOLUTIONS),
    "n_conv_layers": lambda network: len(nodes(network, *CONVOLUTIONS)),
    "conv_layers": lambda network: len(nodes(network, *CONVOLUTIONS)),
    "n_fc_layers": lambda network: len(nodes(network, "linear")),
    "weight_layers": lambda network: len(nodes(network, *CONVOLUTIONS, "linear")),
    "output_shape": output_shape,
    "n_fractional_conv_pool_layers": lambda network: len(fractional(network)),
    "params_bn_gamma_beta": lambda network: sum(node.facts.parameters for node in nodes(network, "batch_norm")),  # type: ignore[union-attr,misc]
}
