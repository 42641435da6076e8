"""The window formula against a window that is slid by hand, and against PyTorch for `ceil`."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import load_torch

from archcalc.dims import substitute, symbol
from archcalc.layers.shape import Shape
from archcalc.layers.site import Site
from archcalc.layers.window import (
    Window,
    decimal,
    per_axis,
    rounded_extent,
    same_extent,
    same_window,
    slide,
    slide_same,
    window_extent,
)


def places(size: int, window: Window) -> list[int]:
    """First positions of the windows that lie inside the padded input, counted from the first real row."""
    starts, start = [], -window.before
    while start + window.dilation * (window.kernel - 1) <= size - 1 + window.after:
        starts.append(start)
        start += window.stride
    return starts


def last_read(size: int, window: Window) -> int:
    return places(size, window)[-1] + window.dilation * (window.kernel - 1)


def all_windows() -> list[Window]:
    return [
        Window(kernel, stride, before, after, dilation)
        for kernel, stride, before, after, dilation in product(
            range(1, 5), range(1, 4), range(3), range(3), range(1, 3)
        )
    ]


def run(size: int, window: Window, rounding: str) -> tuple[tuple[int, ...] | None, list[str], Site]:
    site = Site(rounding)
    sizes = slide(site, Shape((1, size)), [window])
    return sizes, [finding.code.id for finding in site.findings], site


@pytest.mark.parametrize("size", range(1, 10))
def test_exact_windows_end_at_the_border(size: int) -> None:
    for window in all_windows():
        starts = places(size, window)
        sizes, codes, site = run(size, window, "exact")
        if not starts:
            assert (sizes, codes) == (None, ["AC303"])
        elif last_read(size, window) != size - 1 + window.after:
            assert (sizes, codes) == (None, ["AC301"])
            ((axis, value),) = site.fractions
            assert axis == "length"
            assert len(starts) < value < len(starts) + 1
        else:
            assert (sizes, codes) == ((len(starts),), [])
            assert window_extent(size, window) == len(starts)


@pytest.mark.parametrize("size", range(1, 10))
def test_floor_drops_what_no_window_reaches(size: int) -> None:
    for window in all_windows():
        starts = places(size, window)
        sizes, codes, site = run(size, window, "floor")
        if not starts:
            assert (sizes, codes) == (None, ["AC303"])
            continue
        assert sizes == (len(starts),)
        unread = size - 1 - last_read(size, window)
        assert codes == (["AC302"] if unread > 0 else [])
        if unread > 1:
            assert site.findings[0].message == f"the last {unread} positions of {size} are never read"
        elif unread == 1:
            assert site.findings[0].message == f"the last position of {size} is never read"


@pytest.mark.parametrize("size", range(1, 12))
def test_ceil_is_that_of_torch(size: int) -> None:
    torch = load_torch()
    data = torch.zeros(1, 1, size)
    tested = 0
    for kernel, stride, dilation in product(range(1, 6), range(1, 6), range(1, 4)):
        for padding in range(kernel // 2 + 1):
            try:
                expected = torch.nn.functional.max_pool1d(
                    data, kernel, stride, padding, dilation, ceil_mode=True
                ).shape[-1]
            except RuntimeError:
                expected = None
            sizes, codes, _ = run(size, Window(kernel, stride, padding, padding, dilation), "ceil")
            assert sizes == (None if expected is None else (expected,)), (kernel, stride, padding, dilation)
            assert codes == ([] if expected is not None else ["AC303"])
            tested += 1
    assert tested == 165


@pytest.mark.parametrize("size", range(1, 10))
def test_ceil_keeps_every_window_inside_and_adds_at_most_one(size: int) -> None:
    for window in [*all_windows(), *(Window(kernel, 2, 0, after) for kernel in (1, 3) for after in range(3, 9))]:
        starts = places(size, window)
        if not starts:
            continue
        following = starts[-1] + window.stride
        ends_early = last_read(size, window) < size - 1 + window.after
        more = 1 if ends_early and following < size else 0
        assert rounded_extent(size, window, "ceil") == len(starts) + more, window


def test_ceil_does_not_shrink_a_wide_padding() -> None:
    # FCN's first convolution pads by 100; a spec-wide `rounding: ceil` must not change what is whole anyway.
    assert rounded_extent(500, Window(3, 1, 100, 100), "ceil") == 698


@pytest.mark.parametrize("size", range(1, 14))
def test_same_gives_one_place_per_step(size: int) -> None:
    for kernel, stride, dilation in product(range(1, 6), range(1, 5), range(1, 3)):
        window = Window(kernel, stride, dilation=dilation)
        output, placed = same_extent(size, window), same_window(size, window)
        assert output == len(range(0, size, stride))
        assert isinstance(placed.before, int)
        assert isinstance(placed.after, int)
        assert placed.after - placed.before in (0, 1)
        assert len(places(size, placed)) == output
        total = placed.before + placed.after
        if total:
            # Not one position of padding too many.
            assert len(places(size, placed._replace(before=0, after=total - 1))) < output


@pytest.mark.parametrize(("kernel", "stride", "codes"), [(3, 1, []), (2, 1, ["AC309"]), (2, 2, [])])
def test_same_warns_of_even_kernels(kernel: int, stride: int, codes: list[str]) -> None:
    site = Site()
    sizes = slide_same(site, Shape((1, 8, 8)), [Window(kernel, stride)] * 2)
    assert sizes == (8 // stride,) * 2
    assert [finding.code.id for finding in site.findings] == codes
    if codes:
        assert "the height and width takes P = (2 - 1)/2 = 0.5 on each side" in site.findings[0].message


@pytest.mark.parametrize("rounding", ["exact", "floor", "ceil"])
def test_symbols_first_is_numbers_first(rounding: str) -> None:
    size = symbol("N")
    for window in all_windows():
        site = Site(rounding)
        sizes = slide(site, Shape((1, size)), [window])
        assert sizes is not None
        for number in range(1, 12):
            concrete, _, _ = run(number, window, rounding)
            legal = all(requirement.condition.holds_at({"N": number}) for requirement in site.requirements)
            assert legal == (concrete is not None), (number, window)
            if concrete is not None:
                assert (substitute(sizes[0], {"N": number}),) == concrete


@given(
    st.integers(1, 40), st.integers(1, 9), st.integers(1, 5), st.integers(0, 9), st.integers(0, 9), st.integers(1, 3)
)
def test_symbolic_windows_round_up_alike(
    size: int, kernel: int, stride: int, before: int, after: int, dilation: int
) -> None:
    window = Window(symbol("K"), stride, symbol("A"), symbol("B"), dilation)
    numbers = {"K": kernel, "A": before + 1, "B": after + 1}
    for rounding in ("floor", "ceil"):
        symbolic = rounded_extent(size, window, rounding)
        concrete = Window(kernel, stride, before + 1, after + 1, dilation)
        assert substitute(symbolic, numbers) == rounded_extent(size, concrete, rounding)


def test_the_lecture() -> None:
    assert window_extent(7, Window(3, 1)) == 5
    assert window_extent(7, Window(3, 2)) == 3
    assert window_extent(7, Window(3, 3)) == Fraction(7, 3)
    _, codes, site = run(7, Window(3, 3), "exact")
    assert codes == ["AC301"]
    assert site.findings[0].message == "length: (7 - 3 + 0)/3 + 1 = 2.3333 is not a whole number"
    assert site.findings[0].help == ("declare the rounding: `rounding: floor` gives 2 here, `rounding: ceil` gives 3",)


def test_one_mistake_on_both_axes_is_told_once() -> None:
    site = Site()
    assert slide(site, Shape((3, 224, 224)), [Window(11, 4)] * 2) is None
    (finding,) = site.findings
    assert finding.message == "height and width: (224 - 11 + 0)/4 + 1 = 54.25 is not a whole number"
    assert [fraction.axis for fraction in site.fractions] == ["height", "width"]


def test_per_axis() -> None:
    site = Site()
    assert per_axis(site, 3, 2, "kernel") == (3, 3)
    assert per_axis(site, (3, 5), 2, "kernel") == (3, 5)
    assert per_axis(site, (3, 5, 7), 2, "kernel") is None
    (finding,) = site.findings
    assert finding.code.id == "AC304"
    assert finding.help == ("write one number for all axes, or 2 entries (height, width)",)


@pytest.mark.parametrize("rounding", ["exact", "floor", "ceil"])
def test_the_least_input_is_the_least(rounding: str) -> None:
    """The label of AC303 names the size from which on the window fits."""
    for window in [*all_windows(), Window(9, 2), Window(9, 2, 1, 2), Window(5, 9)]:
        least = window.least(rounding)  # type: ignore[arg-type]
        assert isinstance(least, int)
        for size in range(1, 12):
            _, codes, site = run(size, window, rounding)
            padded = size + window.before + window.after
            assert ("AC303" in codes) == (padded < least), (window, size)
            if "AC303" in codes:
                assert site.findings[0].label == f"needs an input of at least {least}, but reads {padded}"


def test_ceil_needs_less_than_the_kernel() -> None:
    _, _, site = run(7, Window(9, 2), "ceil")
    assert site.findings[0].label == "needs an input of at least 8, but reads 7"
    assert run(8, Window(9, 2), "ceil")[0] == (1,)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(7, 3), "2.3333"),
        (Fraction(217, 4), "54.25"),
        (Fraction(200001, 100000), "200001/100000"),
        (Fraction(-7, 2), "-3.5"),
        (Fraction(1, 30000), "1/30000"),
        (Fraction(10**30 + 1, 2), f"{10**30 // 2}.5"),
        (Fraction(6), "6"),
    ],
)
def test_decimals_are_exact_and_never_look_whole(value: Fraction, text: str) -> None:
    assert decimal(value) == text
