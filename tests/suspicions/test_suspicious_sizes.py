"""Which sizes of an input are suspect: the edges between a picture and what is meant."""

from __future__ import annotations

import pytest

from archcalc import load


def codes(sizes: str, layer: str = "conv: {out: 8, kernel: 1}") -> list[str]:
    return [found.code.id for found in load(f"input: {sizes}\nlayers: [{layer}]\n").check().suspicions]


@pytest.mark.parametrize(
    "sizes", ["[12, 64, 3]", "[28, 28, 1]", "[32, 12, 4]", "[224, N, 3]", "[N, N, 3]", "[H, 64, 1]", "[H, W, 3]"]
)
def test_few_channels_at_the_end_and_more_in_front(sizes: str) -> None:
    assert codes(sizes) == ["AC323"]


@pytest.mark.parametrize("sizes", ["[5, 64, 3]", "[5, 5, 3]", "[28, 5, 1]", "[32, 5, 4]"])
def test_a_small_picture_is_suspect_where_a_window_does_not_fit(sizes: str) -> None:
    assert codes(sizes) == []
    assert codes(sizes, "conv: [8, 5]") == ["AC323"]


def test_a_picture_has_more_than_four_rows() -> None:
    assert codes("[5, 64, 3]", "conv: [8, 4]") == ["AC323"]
    assert codes("[4, 64, 3]", "conv: [8, 4]") == []


@pytest.mark.parametrize(
    "sizes",
    [
        "[4, 64, 3]",
        "[4, 5, 3]",
        "[3, 5, 3]",
        "[1, 64, 3]",
        "[5, 64, 2]",
        "[5, 64, 5]",
        "[5, 64, 3, 64]",
        "[5, 3]",
        "[64, 4, 1]",
        "[8, 4, 4]",
        "[C, 64, 3]",
        "[N, 64 - N, 3]",
    ],
)
def test_what_may_be_channels_first_is_not_suspect(sizes: str) -> None:
    assert codes(sizes) == []


@pytest.mark.parametrize(
    "sizes",
    ["[1, 1, 28, 28]", "[1, 3, 12, 12]", "[2, 1, 64, 32]", "[3, 3, 32, 32]", "[64, 4, 64, 64]", "[16, 3, N, N]"],
)
def test_something_in_front_of_a_picture_is_a_batch(sizes: str) -> None:
    assert codes(sizes) == ["AC322"]


@pytest.mark.parametrize(
    "sizes",
    ["[1, 2, 28, 28]", "[1, 4, 28, 28]", "[3, 4, 64, 64]", "[64, 4, 64, 32]", "[2, 3, 11, 11]", "[16, 5, 64, 64]"],
)
def test_a_volume_is_no_batch(sizes: str) -> None:
    assert codes(sizes) == []


def test_a_small_batch_is_suspect_where_a_window_does_not_fit() -> None:
    assert codes("[2, 3, 11, 11]", "conv: [8, 5]") == ["AC322"]


@pytest.mark.parametrize("word", ["None", "B", "N", "n", "batch", "batch_size", "T", "frames"])
def test_a_word_in_front_that_ends_up_among_the_weights_is_a_batch(word: str) -> None:
    assert codes(f"[{word}, 16, 64, 64]") == ["AC322"]


@pytest.mark.parametrize("sizes", ["[C, 16, 64, 64]", "[channels, 16, 64, 64]", "[Cin, D, H, W]", "[N, N, N, N]"])
def test_a_word_for_channels_is_none(sizes: str) -> None:
    assert codes(sizes) == []


def test_a_word_that_counts_no_weights_is_none() -> None:
    assert codes("[T, 16, 64, 64]", "relu") == []
    assert codes("[T, 16, 64, 64]", "max_pool: 2") == []


@pytest.mark.parametrize("sizes", ["[12, 12]", "[28, 28]", "[H, W]", "[height, width]", "[N, N]"])
def test_two_sizes_of_an_image(sizes: str) -> None:
    assert codes(sizes) == ["AC324"]


@pytest.mark.parametrize("sizes", ["[11, 11]", "[28, 32]", "[W, H]", "[N, M]", "[1, 784]", "[64, 13]"])
def test_two_sizes_of_a_signal(sizes: str) -> None:
    assert codes(sizes) == []


@pytest.mark.parametrize("layers", ["relu", "flatten, linear: 10", "tokens, linear: 8"])
def test_without_a_window_two_sizes_are_no_image(layers: str) -> None:
    assert codes("[32, 32]", layers) == []
