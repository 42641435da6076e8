"""Networks of the literature with answers that were found by trying every size up to 2000, and by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

import archcalc
from archcalc import Architecture
from sizes.compare import mask
from sizes.subject import Subject

SPECS = Path(__file__).parent / "specs"
FAR = 2000

Rule = Callable[[int], bool]


class Row(NamedTuple):
    """A network, and what is known about it. `exact` is in words how the legal sizes are printed."""

    spec: str
    text: str
    legal: Rule
    output: Callable[[int], int]
    products: str | None = None
    """Multiplications as a closed form, in the expression language."""
    at: tuple[int, int] | None = None
    """Multiplications at one size."""


def of_fcn(n: int) -> bool:
    return n >= 26 and (n % 32 <= 13 or n % 32 >= 26)


ROWS = [
    Row(
        "unet:exact",
        "N = 12 (mod 16), N >= 188",
        lambda n: n % 16 == 12 and n >= 188,
        lambda n: n - 184,
        "733888*N**2 - 181895424*N + 14356195584",
        (572, 150_428_424_448),
    ),
    Row("unet:floor", "N >= 188", lambda n: n >= 188, lambda n: 16 * ((n - 124) // 16) - 60),
    Row(
        "unet:same",
        "N = 0 (mod 16)",
        lambda n: n % 16 == 0,
        lambda n: n,
        None,
        (256, 48_096_083_968),
    ),
    Row("fcn32s:ceil", "any N", lambda n: True, lambda n: n),
    Row("fcn32s:floor", "N = 0..13 or 26..31 (mod 32), N >= 26", of_fcn, lambda n: n),
    Row("fcn32s:exact", "N = 26 (mod 32)", lambda n: n % 32 == 26, lambda n: n),
    Row("alexnet:exact", "N = 227", lambda n: n == 227, lambda n: 1000, None, (227, 724_406_816)),
    Row(
        "alexnet:trunk",
        "N = 3 (mod 32), N >= 67",
        lambda n: n % 32 == 3 and n >= 67,
        lambda n: (n - 35) // 32,
        "14754*N**2 - 431580*N + 3494658",
    ),
    Row("alexnet:floor", "227 <= N <= 258", lambda n: 227 <= n <= 258, lambda n: 1000),
    Row("alexnet:floor-border-2", "223 <= N <= 254", lambda n: 223 <= n <= 254, lambda n: 1000),
]


def network(spec: str) -> Architecture:
    name, _, variant = spec.partition(":")
    return archcalc.load(SPECS / f"{name}.yaml", variant)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.spec)
def test_the_answer_is_the_known_one(row: Row) -> None:
    legal = network(row.spec).legal_sizes()
    assert legal.text() == row.text
    assert [n for n in range(1, FAR + 1) if n in legal] == [n for n in range(1, FAR + 1) if row.legal(n)]
    assert np.array_equal(mask(legal.axes["N"], FAR), [row.legal(n) for n in range(1, FAR + 1)])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.spec)
def test_the_judge_knows_the_answer_too(row: Row) -> None:
    looked = Subject(network(row.spec)).runs({"N": np.arange(1, FAR + 1)})
    assert looked.tolist() == [row.legal(n) for n in range(1, FAR + 1)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.spec)
def test_outputs_and_products_are_the_known_ones(row: Row) -> None:
    architecture = network(row.spec)
    for n in [n for n in range(1, FAR + 1) if row.legal(n)][:: FAR // 10]:
        assert architecture.check(N=n).outputs["output"][-1] == row.output(n)
    if row.products is not None:
        symbolic = architecture.check(symbolic=True)
        assert str(symbolic.totals.multiplications) == row.products
    if row.at is not None:
        n, products = row.at
        assert architecture.check(N=n).totals.multiplications == products


def test_a_network_of_the_catalogue_that_rounds_is_legal_everywhere() -> None:
    resnet = archcalc.load("resnet:resnet50")
    assert resnet.legal_sizes().is_everything
    pool = next(node for node in resnet.check(symbolic=True).graph.nodes if node.kind == "global_avg_pool")
    assert str(pool.inputs[0].shape) == "2048×floor((H + 31)/32)×floor((W + 31)/32)"
    assert resnet.check().totals.multiplications == 4_089_184_256


def test_every_pool_of_the_u_net_has_its_share() -> None:
    """pool1 asks for even sizes, pool2 for multiples of 4, and so on: each makes the congruence finer."""
    causes = network("unet:exact").legal_sizes().causes
    finest: dict[str, int] = {}
    for cause in causes:
        finest[cause.layer] = max(finest.get(cause.layer, 1), cause.allowed.modulus)
    assert [finest[f"pool{i}"] for i in range(1, 5)] == [2, 4, 8, 16]
    assert all(n % 16 == 12 for n in range(1, FAR) if all(n in one.allowed for one in causes))
