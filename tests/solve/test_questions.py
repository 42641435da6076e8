"""What can be asked, in the vocabulary of claims and with numbers as tables print them; and what cannot be solved."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import archcalc
from archcalc.expectations.measure import NetworkAt, measure
from archcalc.expectations.target import targets
from archcalc.quantities import QUANTITIES
from archcalc.solve import WrongQuestion

NET = """\
input: [3, N, N]
at: {N: 32}
let: {depths: [2, 2], wide: true, mode: same, width: 8, low: 1}
layers:
  - {conv: {out: width, kernel: 3, padding: mode}, when: wide, as: stem}
  - for: {depth: depths}
    do:
      - {repeat: depth, do: [{conv: {out: width, kernel: 3, padding: 1}}, relu]}
  - {global_avg_pool, as: pool}
  - flatten
  - {linear: 10, as: fc}
"""
VOLUME = "input: [1, D, 8, 8]\nat: {D: 4}\nlayers: [conv: [2, 3, 1, 1]]"
SIGNAL = "input: [1, L]\nat: {L: 40}\nlayers: [conv: [2, 3, 1, 1]]"
VECTOR = "input: [7]\nlet: {width: 3}\nlayers: [linear: width]"


def parameters(width: int) -> int:
    """A convolution of the image, four of maps, and ten neurons, all with biases."""
    return 28 * width + 4 * (9 * width + 1) * width + 10 * (width + 1)


def multiplications(width: int) -> int:
    return 32 * 32 * (27 * width + 4 * 9 * width * width) + 10 * width


def activations(width: int) -> int:
    """Five convolutions and four activations write maps, a pool and a layer of neurons write vectors."""
    return 9 * 32 * 32 * width + width + 10


def memory(width: int) -> int:
    return 4 * (parameters(width) + activations(width))


@pytest.mark.parametrize(
    ("question", "holds"),
    [
        ("parameters < 2,526", lambda width: parameters(width) < 2526),
        ("parameters <= 2_526", lambda width: parameters(width) <= 2526),
        ("parameters = ..2,526", lambda width: parameters(width) <= 2526),
        ("1,000 <= parameters < 1,600", lambda width: 1000 <= parameters(width) < 1600),
        ("parameters = 1,000..1,600", lambda width: 1000 <= parameters(width) <= 1600),
        ("flops <= 2,000,000", lambda width: 2 * multiplications(width) <= 2_000_000),
        ("flops = 2 * multiplications", lambda width: True),
        ("multiplications <= 1,000,000", lambda width: multiplications(width) <= 1_000_000),
        ("bytes <= 9kB", lambda width: 4 * parameters(width) <= 9000),
        ("bytes ≤ 10KB and bytes ≥ 5kB", lambda width: 5000 <= 4 * parameters(width) <= 10_000),
        ("bytes < 10.2KiB", lambda width: 4 * parameters(width) < 10.2 * 1024),
        ("memory <= 130kB", lambda width: memory(width) <= 130_000),
        ("activations <= 30K", lambda width: activations(width) <= 30_000),
        ("bytes(fc) = 320B", lambda width: width == 7),
        ("channels(stem) = 5", lambda width: width == 5),
        ("output(stem) = [5, 32, 32]", lambda width: width == 5),
        ("output(stem) = 5×32×32", lambda width: width == 5),
        ("parameters(fc) = min(4,300) * 10 + 10", lambda width: width == 4),
    ],
)
def test_numbers_stand_as_tables_and_claims_have_them(question: str, holds: Callable[[int], bool]) -> None:
    found = archcalc.load(NET).solve("width=1..9", question)
    assert [one["width"] for one in found] == [width for width in range(1, 10) if holds(width)]


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("macs <= 100M", "did you mean `multiplications`? (`flops` are 2 for each)"),
        ("MACs <= 100M", "did you mean `multiplications`?"),
        ("FLOPs <= 100M", "did you mean `flops`?"),
        ("flop <= 100M", "did you mean `flops`?"),
        ("colour <= 3", "the quantities are parameters, multiplications, flops, buffers"),
        ("parameters <= 5MB", "5MB are bytes, and what it is compared with is none; write 5M, or ask for `bytes`"),
        ("size = [1,024]", "no size begins with 0, as in [1,024]: write 1024 or 1_024"),
        ("height <= 3", "the network has no height: its output 10 has channels only"),
        ("depth_axis <= 3", "the network has no depth_axis"),
    ],
)
def test_words_and_units_that_are_none_say_what_to_write(question: str, told: str) -> None:
    with pytest.raises(WrongQuestion) as raised:
        archcalc.load(NET).solve("width=1..9", question)
    assert told in str(raised.value)


@pytest.mark.parametrize("name", QUANTITIES)
def test_every_quantity_can_be_asked_and_claimed_and_is_the_same(name: str) -> None:
    spec = {"depth_axis": VOLUME, "length": SIGNAL, "channels": VECTOR}.get(name, NET)
    network = archcalc.load(spec).unfold()
    of = "stem" if spec is NET and not QUANTITIES[name].is_count else ""
    value = measure(name, targets(network.graph, [of] if of else []), "trainable", NetworkAt(network))
    claimed = f"[{', '.join(map(str, value))}]" if isinstance(value, tuple) else str(value)
    claim = f"{{{name}: {claimed}{f', of: {of}' if of else ''}}}"
    assert [one.state for one in archcalc.load(f"{spec}\nexpect: {claim}").check().verdicts] == ["holds"]
    unknown = next(iter(network.symbols), "width")
    current = network.symbols.get(unknown, 3)
    asked = f"{name}({of})" if of else name
    written = "x".join(map(str, value)) if isinstance(value, tuple) else value
    assert {unknown: current} in archcalc.load(spec).solve(unknown, f"{asked} = {written}")


@pytest.mark.parametrize(
    ("unknown", "told"),
    [
        ("depths", "depths is a list, and solve looks for numbers; give its entries names of their own in `let`"),
        ("depths=1..3", "depths is a list"),
        ("wide", "wide is true, and solve looks for numbers; compare --set wide=true with --set wide=false"),
        ("mode", "mode is the word `same`, and solve looks for numbers; put other words in by --set mode=WORD"),
        (["N", "mode"], "mode is the word `same`"),
    ],
)
def test_what_is_no_number_is_nothing_to_solve_for(unknown: str | list[str], told: str) -> None:
    with pytest.raises(WrongQuestion) as raised:
        archcalc.load(NET).solve(unknown, "parameters <= 5000")
    assert str(raised.value).startswith(told)


WRONG = """\
input: [3, 64, 64]
let: {depth: 3}
layers:
  - conv: {out: 8, kernel: 3, stride: 2, padding: 1}
  - repeat: depth
    do: [{conv: {out: 8, kernel: 3, padding: 1}}, relu]
"""


def test_errors_that_no_value_repairs_are_told_at_once() -> None:
    found = archcalc.load(WRONG).solve("depth", "parameters <= 3000")
    assert not found
    assert str(found).startswith("no depth: the network has errors whatever depth is: conv: height and width: ")
    assert [error.code.id for error in found.errors] == ["AC301"]
    assert (found.complete, found.searched) == (True, {})
    # As many rows more, and the same depth decides nothing but how much there is.
    repaired = archcalc.load(WRONG.replace("64, 64", "65, 65")).solve("depth", "parameters <= 3000")
    assert (repaired.largest, repaired.errors) == ({"depth": 4}, ())


def test_a_search_that_always_meets_one_error_ends() -> None:
    behind = WRONG.replace("64, 64", "65, 65") + "  - max_pool: 2\n"
    found = archcalc.load(behind).solve("depth", "parameters <= 3000")
    assert not found.complete
    assert found.searched == {"depth": "0..23"}
    assert "at depth = 3: max_pool: height and width: (33 - 2 + 0)/2 + 1 = 16.5" in str(found)
    # A domain that is asked for is searched as a whole.
    assert archcalc.load(behind).solve("depth=1..30", "parameters <= 3000").complete


@pytest.mark.parametrize(
    ("let", "code", "message"),
    [
        ("w: foo", "AC121", "there is no `foo` here"),
        ("w: 2 * foo", "AC121", "there is no `foo` here"),
        ("w: [1, foo]", "AC121", "there is no `foo` here"),
        ("w: halve(N)", "AC122", "there is no function `halve`"),
        ("w: 1/0", "AC126", "1 / 0 divides by zero"),
        ("v: w, w: v", "AC127", "`v` is defined by itself: v -> w -> v"),
    ],
)
def test_a_let_that_cannot_be_evaluated_is_an_error_for_all(let: str, code: str, message: str) -> None:
    spec = f"input: [3, N, N]\nlet: {{{let}}}\nlayers: [relu]\n"
    for at in ("", "at: {N: 8}\n"):
        report = archcalc.load(spec + at).check()
        assert [(one.code.id, one.message) for one in report.diagnostics if one.severity == "error"] == [
            (code, message)
        ]
        found = archcalc.load(spec + at).solve("N", "w <= 3")
        assert not found
        assert message in str(found)


@pytest.mark.parametrize(
    "let", ["w: 5 / (N - 8)", "w: '1 if N > 8 else 2'", "w: floor(N / 3)", "f(x): foo(x)", "k: same"]
)
def test_a_let_that_some_size_decides_is_none(let: str) -> None:
    for at in ("", "at: {N: 8}\n"):
        report = archcalc.load(f"input: [3, N, N]\nlet: {{{let}}}\nlayers: [relu]\n{at}").check()
        assert [one.code.id for one in report.diagnostics if one.severity == "error"] == []
