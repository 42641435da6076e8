"""Products of maps against torch.matmul: what can be multiplied, what comes out, and what the message says."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from oracles import ask, assert_as_torch, assert_symbols_agree, tensor_of, written

from archcalc.dims import Condition, symbol
from archcalc.layers.products import Matmul
from archcalc.layers.shape import Layout, Shape

N, M = symbol("N"), symbol("M")
SIZES = st.integers(1, 3)
WAYS = (None, "second", "first", "both")


@examples(200)
@given(
    st.integers(1, 4).flatmap(lambda rank: st.tuples(*[st.tuples(*[SIZES] * rank)] * 2)),
    st.sampled_from(WAYS),
    st.booleans(),
)
def test_multiplies_what_torch_multiplies(sizes: tuple[Any, Any], transpose: Any, broadcast: bool) -> None:
    pytest.importorskip("torch")
    first, second = (Shape(one, "channels_last") for one in sizes)
    answer = ask(Matmul(transpose=transpose, broadcast=broadcast), first, second)
    a, b = tensor_of(first), tensor_of(second)
    expected = None
    if a.dim() > 2 and (broadcast or a.shape[1:-2] == b.shape[1:-2]):
        a = a.mT if transpose in ("first", "both") else a
        b = b.mT if transpose in ("second", "both") else b
        try:
            expected = tuple((a @ b).shape[1:])
        except RuntimeError:
            assert answer.codes == ("AC306",)
    assert (None if answer.shapes is None else answer.shapes[0].sizes) == expected
    if expected is not None:
        assert_as_torch(Matmul(transpose=transpose, broadcast=broadcast), first, second)


def channel_names(rank: int, layout: Layout, role: str) -> list[str]:
    """The axes of a map by name, with `channels` where its channels are."""
    names = [f"{role}{axis}" for axis in range(rank)]
    names[-1 if layout == "channels_last" else 0] = "channels"
    return names


LAYOUTS: tuple[Layout, ...] = ("channels_first", "channels_last")


@pytest.mark.parametrize(("first", "second", "transpose"), list(product(LAYOUTS, LAYOUTS, WAYS)))
def test_channels_stay_where_they_are(first: Layout, second: Layout, transpose: Any) -> None:
    """Rows come from the first map and columns from the second: one of them may be the channels."""
    rows, columns = channel_names(2, first, "a"), channel_names(2, second, "b")
    rows = rows[::-1] if transpose in ("first", "both") else rows
    columns = columns[::-1] if transpose in ("second", "both") else columns
    (output,) = written(Matmul(transpose=transpose), Shape((4, 4), first), Shape((4, 4), second))
    found = {"channels_first": rows[0] == "channels", "channels_last": columns[1] == "channels"}
    if len(set(found.values())) == 2:
        assert found[output.layout]
    else:
        assert output.layout == (first if first == second else "channels_last")


def test_heads_are_axes_in_front() -> None:
    q, k = Shape((8, 4, 49, 32), "channels_last"), Shape((8, 4, 25, 32), "channels_last")
    (scores,) = written(Matmul(transpose="second"), q, k)
    assert scores == Shape((8, 4, 49, 25), "channels_last")
    assert Matmul(transpose="second").multiplications([q, k], [scores]) == 8 * 4 * 49 * 25 * 32
    assert written(Matmul(), scores, k) == (q,)


def test_calls_transpose_what_is_transposed() -> None:
    shapes = [Shape((3, 4)), Shape((3, 4))]
    calls = Matmul(transpose="second").torch(shapes, [Shape((3, 3))], "exact")
    assert [call.target for call in calls] == ["Tensor.transpose", "matmul"]
    assert [call.target for call in Matmul(transpose="both").torch(shapes, [], "exact")] == [
        "Tensor.transpose",
        "Tensor.transpose",
        "matmul",
    ]


REFUSED: list[tuple[list[Shape], str, str]] = [
    ([Shape((3, 4))], "AC311", "matmul takes exactly 2 branches, but gets 1 branch"),
    ([Shape((3, 4))] * 3, "AC311", "matmul takes exactly 2 branches, but gets 3 branches"),
    ([Shape((4,))] * 2, "AC304", "matmul multiplies matrices, and a vector of 4 is none"),
    ([Shape((3, 4)), Shape((4,))], "AC306", "matmul needs branches with the same axes, but gets 3×4 and 4"),
    (
        [Shape((3, 4)), Shape((5, 4))],
        "AC306",
        "matmul multiplies rows with columns, and those of 3×4 and 5×4 are not of one length: 3×4 times 5×4",
    ),
    (
        [Shape((2, 3, 4)), Shape((1, 4, 5))],
        "AC306",
        "matmul needs maps that agree on the axes in front of the last two, but gets 2×3×4 times 1×4×5",
    ),
    (
        [Shape((3, 4), items=2), Shape((4, 5), items=3)],
        "AC306",
        "matmul needs branches with the same number of items, but gets 2 and 3 per input",
    ),
]


@pytest.mark.parametrize(("shapes", "code", "message"), REFUSED)
def test_says_why_maps_are_not_multiplied(shapes: list[Shape], code: str, message: str) -> None:
    (finding,) = ask(Matmul(), *shapes).site.findings
    assert (finding.code.id, finding.message) == (code, message)


def test_says_which_map_to_transpose() -> None:
    (finding,) = ask(Matmul(), Shape((4, 49, 32)), Shape((4, 25, 32))).site.findings
    assert finding.label == "rows of 32, columns of 25"
    assert finding.help == ("write `transpose: second`, which is 49×32 times 32×25",)
    (finding,) = ask(Matmul(transpose="second"), Shape((4, 49, 32)), Shape((4, 25, 49))).site.findings
    assert finding.help == ("write `transpose: both`, which is 32×49 times 49×25",)
    (finding,) = ask(Matmul(), Shape((4, 3, 2)), Shape((1, 2, 3))).site.findings
    assert finding.help == ("write `broadcast: true`, which stretches the sizes of 1",)


@pytest.mark.parametrize(
    ("layer", "shapes", "legal"),
    [
        (Matmul(), [Shape((N, M)), Shape((M, N))], 25),
        (Matmul(), [Shape((N, M)), Shape((N, M))], 5),
        (Matmul(transpose="both"), [Shape((2, N, M)), Shape((2, 3, N))], 25),
        (Matmul(transpose="second"), [Shape((N, M)), Shape((N, 3))], 5),
        (Matmul(broadcast=True), [Shape((N, 3, 4)), Shape((M, 4, 3))], 13),
    ],
)
def test_symbols(layer: Matmul, shapes: list[Shape], legal: int) -> None:
    values = [{"N": n, "M": m} for n in range(1, 6) for m in range(1, 6)]
    assert assert_symbols_agree(layer, shapes, values) == legal


def test_a_condition_that_a_symbol_decides_is_kept_with_its_reason() -> None:
    (requirement,) = ask(Matmul(), Shape((3, N)), Shape((4, 5))).site.requirements
    assert requirement.condition == Condition.equal(N, 4)
    assert requirement.reason == "rows of N numbers and columns of 4 are multiplied"
