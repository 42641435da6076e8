"""Where views lie in a tensor, against sets of places in its memory."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")

from archcalc.importing.torch.live.geometry import are_apart, box, place_of  # noqa: E402


def view(rng: Random, tensor: Any) -> Any:
    """A random view: slices, entries, axes exchanged, in another shape, or stretched."""
    for _ in range(rng.randrange(1, 4)):
        axis = rng.randrange(tensor.dim()) if tensor.dim() else 0
        way = rng.randrange(6)
        if way < 3 and tensor.dim():
            size = tensor.shape[axis]
            start = rng.randrange(size) if size else 0
            index = slice(start, rng.randrange(start, size + 1), rng.choice((1, 1, 2, 3)))
            tensor = tensor[(slice(None),) * axis + (index,)]
        elif way == 3 and tensor.dim() and tensor.shape[axis]:
            tensor = tensor.select(axis, rng.randrange(tensor.shape[axis]))
        elif way == 4 and tensor.dim() > 1:
            tensor = tensor.transpose(axis, rng.randrange(tensor.dim()))
        elif way == 5:
            tensor = tensor.reshape(-1) if tensor.is_contiguous() else tensor.unsqueeze(0).expand(2, *tensor.shape)
    return tensor


def places(tensor: Any) -> list[int]:
    """The numbers of a tensor that counts up through its memory."""
    found: list[int] = tensor.reshape(-1).tolist()
    return found


def test_a_box_is_what_its_slices_take_and_what_is_apart_shares_nothing() -> None:
    boxes = apart = 0
    for seed in range(4000):
        rng = Random(seed)
        memory = torch.arange(4 * 5 * 6).reshape(4, 5, 6)
        whole, part = view(rng, memory), view(rng, memory)
        index = box(place_of(whole), place_of(part))
        if index is not None:
            assert places(whole[index]) == places(part)
            boxes += 1
        if are_apart(place_of(whole), place_of(part)):
            assert not {*places(whole)} & {*places(part)}
            apart += 1
    assert boxes > 200
    assert apart > 1000


@pytest.mark.parametrize(
    "index", [(slice(1, 3),), (slice(None), slice(2, None, 2)), (..., 4), (2, slice(None), slice(1, 4))]
)
def test_every_slice_of_a_matrix_is_found(index: Any) -> None:
    whole = torch.arange(4 * 5 * 6).reshape(4, 5, 6)
    found = box(place_of(whole), place_of(whole[index]))
    assert found is not None
    assert places(whole[found]) == places(whole[index])


def test_a_view_of_another_order_is_no_box() -> None:
    whole = torch.zeros(4, 5)
    assert box(place_of(whole), place_of(whole.t())) is None
    assert box(place_of(whole), place_of(whole.view(torch.int32))) is None
