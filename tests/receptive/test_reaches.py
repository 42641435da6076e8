"""Layers behind each other, against windows that are laid out position by position, and against closed forms."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from archcalc.layers.reach import SAME, Reach, painting, sliding
from archcalc.layers.window import Window

windows = st.builds(
    Window,
    kernel=st.integers(1, 5),
    stride=st.integers(1, 4),
    before=st.integers(0, 3),
    dilation=st.integers(1, 3),
)
Step = tuple[bool, Window]
"""Whether a window slides over its input, or is painted onto its output."""


@cache
def needs(steps: tuple[Step, ...], position: int) -> frozenset[int]:
    """The input positions that a position needs, by trying which elements of which windows meet it."""
    if not steps:
        return frozenset({position})
    *front, (slides, window) = steps
    start, stride, dilation = window.before, window.stride, window.dilation
    elements = range(window.kernel)
    read = (
        {position * stride - start + element * dilation for element in elements}
        if slides
        else {
            source
            for source in range((position - 15) // stride, (position + 4) // stride + 1)
            if any(source * stride - start + element * dilation == position for element in elements)
        }
    )
    return frozenset().union(*(needs(tuple(front), one) for one in read))


def put_behind_each_other(steps: list[Step]) -> Reach:
    reach: Reach = SAME
    for slides, window in steps:
        reach = (sliding(window) if slides else painting(window)).through(reach)
    return reach


@given(st.lists(st.tuples(st.booleans(), windows), max_size=3))
def test_reaches_behind_each_other(steps: list[Step]) -> None:
    reach = put_behind_each_other(steps)
    for position in range(-2, len(reach.spans) + 2):
        read = needs(tuple(steps), position)
        assert reach.at(position) == ((min(read), max(read)) if read else None)


@given(st.lists(st.tuples(st.booleans(), windows), max_size=3))
def test_the_pattern_is_the_shortest_that_repeats(steps: list[Step]) -> None:
    reach = put_behind_each_other(steps)
    pattern = reach.pattern
    around = range(-3 * len(reach.spans), 3 * len(reach.spans))
    repeating = []
    for period in range(1, len(reach.spans) + 1):
        shift = reach.jump * period
        moved = [(reach.at(place), reach.at(place + period)) for place in around]
        if all(two == (one and (one[0] + shift, one[1] + shift)) for one, two in moved):
            repeating.append(period)
    assert len(pattern) == min(repeating)
    assert list(pattern) == [reach.at(place) for place in range(len(pattern))]


@given(st.lists(windows, max_size=5))
def test_windows_that_slide_have_closed_forms(steps: list[Window]) -> None:
    """Each adds (F - 1)*D jumps to the field, and its centre moves by half of that, less its padding."""
    size, jump, centre = 1, 1, Fraction(0)
    for window in steps:
        wide = (window.kernel - 1) * window.dilation
        size, centre = size + wide * jump, centre + (Fraction(wide, 2) - window.before) * jump
        jump *= window.stride
    reach = put_behind_each_other([(True, window) for window in steps])
    assert (reach.width, reach.jump, reach.centre, len(reach.pattern)) == (size, jump, centre, 1)


@given(st.lists(windows, max_size=3), st.integers(1, 4), st.integers(0, 4), st.integers(0, 3))
def test_windows_that_are_painted_turn_the_closed_form_around(
    steps: list[Window], stride: int, more: int, before: int
) -> None:
    """Positions are a stride closer, and lie where the window would have come from; its elements touch or overlap."""
    slid = put_behind_each_other([(True, window) for window in steps])
    window = Window(kernel=stride + more, stride=stride, before=before)
    reach = painting(window).through(slid)
    assert reach.jump == Fraction(slid.jump, stride)
    assert reach.centre == slid.centre + (before - Fraction(window.kernel - 1, 2)) * reach.jump


@given(st.lists(st.tuples(st.booleans(), windows), max_size=3), st.integers(-2, 2))
def test_the_centre_is_an_average_of_middles(steps: list[Step], turn: int) -> None:
    reach = put_behind_each_other(steps)
    period = len(reach.spans)
    middles = [
        Fraction(min(read) + max(read), 2) - reach.jump * position
        for position in range(turn * period, (turn + 1) * period)
        if (read := needs(tuple(steps), position))
    ]
    if middles:
        assert reach.centre == sum(middles) / len(middles)
