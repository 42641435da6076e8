"""What becomes of claims: exact numbers, published roundings, budgets, closed forms, and sizes that differ."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_DOWN, ROUND_HALF_UP, Context, Decimal
from fnmatch import fnmatchcase
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

import archcalc
from archcalc import Report, Verdict
from archcalc.dims.figures import grouped
from archcalc.expectations.matching import match
from archcalc.expectations.target import fits
from archcalc.expectations.verdict import held_line
from archcalc.expressions.values import NoNames
from archcalc.spec.model import Expected

NET = """
input: [1, N, N]
at: {N: 32}
let: {width: 8}
layers:
  - {conv: [width, 1], as: mix}
  - {split: 2, as: parts}
  - {relu, from: parts.0, as: left}
  - {tanh, from: parts.1, as: right}
output: [left, right]
expect:
"""


def check(claim: str, **values: int) -> Report:
    return archcalc.load(NET + f"  - {claim}\n").check(values)


def verdict(claim: str, **values: int) -> Verdict:
    (found,) = check(claim, **values).verdicts
    return found


def codes(report: Report) -> list[str]:
    return [found.code.id for found in report.diagnostics]


@pytest.mark.parametrize(
    ("claim", "state"),
    [
        ("{multiplications: 8192}", "holds"),
        ("{multiplications: 8 * 1024}", "holds"),
        ("{multiplications: 8 * N ** 2}", "holds"),
        ("{multiplications: 8191}", "fails"),
        ("{multiplications: 8.2K}", "holds"),
        ("{multiplications: 8K}", "holds"),
        ("{multiplications: 9K}", "fails"),
        ("{multiplications: ..8192}", "holds"),
        ("{multiplications: 8192..}", "holds"),
        ("{multiplications: 8193..10K}", "fails"),
        ("{parameters: 17, holds: false}", "explained"),
        ("{parameters: 16, holds: false}", "surprise"),
        ("{of: mix, output: [8, 32, N]}", "holds"),
        ("{of: parts.0, output: [4, 32, 32]}", "unknown"),
        ("{of: left, output: [4, 32, 32]}", "holds"),
    ],
)
def test_states(claim: str, state: str) -> None:
    assert verdict(claim).state == state


@pytest.mark.parametrize("claim", ["8192", "8 * 1024", "8.2K"])
def test_a_number_is_judged_where_it_was_stated(claim: str) -> None:
    found = verdict(f"{{multiplications: {claim}}}", N=64)
    assert (found.state, found.actual, found.at) == ("holds", 8192, "N = 32")


def test_a_budget_guards_what_is_checked() -> None:
    assert verdict("{multiplications: ..10K}", N=32).state == "holds"
    found = verdict("{multiplications: ..10K}", N=64)
    assert (found.state, found.actual, found.at) == ("fails", 8 * 64 * 64, "")


def test_a_closed_form_is_judged_for_all_sizes() -> None:
    report = archcalc.load(NET + "  - {multiplications: 8 * N ** 2}\n").check(symbolic=True)
    assert [(found.state, found.at) for found in report.verdicts] == [("holds", "")]


def test_another_let_is_another_network() -> None:
    assert verdict("{parameters: 16}", width=10).state == "fails"


def test_a_claim_may_name_its_own_sizes() -> None:
    found = verdict("{at: {N: 10}, multiplications: 800}")
    assert (found.state, found.at) == ("holds", "N = 10")


def test_every_quantity_is_judged_though_another_one_cannot_be() -> None:
    report = check("{output: [4], parameters: 5}")
    assert [(found.quantity, found.state) for found in report.verdicts] == [
        ("output", "unknown"),
        ("parameters", "fails"),
    ]
    assert sorted(codes(report)) == ["AC401", "AC404"]
    (unclear,) = (found for found in report.diagnostics if found.code.id == "AC404")
    assert "the network has 2 outputs" in unclear.message


def test_a_layer_with_several_outputs_is_asked_which() -> None:
    report = check("{of: parts, output: [4, 32, 32]}")
    assert codes(report) == ["AC404"]
    assert "`parts` has 2 outputs" in report.diagnostics[0].message


@pytest.mark.parametrize("values", [{}, {"N": 32}, {"N": 30}])
def test_a_claim_never_disappears(values: dict[str, int]) -> None:
    """The network is legal at even sizes only, and the claim speaks of 31."""
    report = archcalc.load(
        "input: [1, N, N]\nat: {N: 32}\nlayers:\n  - max_pool: 2\nexpect: {at: {N: 31}, output: [9], parameters: 7}\n"
    ).check(values)
    assert not report.ok
    assert codes(report) == ["AC406", "AC406"]
    assert [found.state for found in report.verdicts] == ["unknown", "unknown"]
    assert "(31 - 2 + 0)/2 + 1 = 15.5" in report.diagnostics[0].message


def test_an_error_of_the_network_itself_is_told_once() -> None:
    report = archcalc.load("input: [1, 7]\nlayers:\n  - max_pool: 2\nexpect: {output: [1, 3]}\n").check()
    assert codes(report) == ["AC301"]
    assert report.verdicts[0].state == "unknown"


def expected_of(text: str) -> Expected:
    spec = archcalc.load(text).spec
    assert spec is not None
    (claim,) = spec.claims
    return claim.quantities["multiplications"]


@given(st.integers(1, 10**12), st.integers(0, 2), st.sampled_from(["K", "M", "B"]))
def test_what_rounds_or_truncates_to_the_print_holds(value: int, decimals: int, suffix: str) -> None:
    unit = Decimal({"K": 10**3, "M": 10**6, "B": 10**9}[suffix])
    places = Decimal(1).scaleb(-decimals)
    spec = "input: [1]\nlayers: [relu]\nexpect: {multiplications: %s}\n"
    printed = {
        str((Decimal(value) / unit).quantize(places, rounding=mode))
        for mode in (ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_DOWN)
    }
    for text in printed:
        assert match(expected_of(spec % (text + suffix)), value, NoNames()).holds, text
    far = str((Decimal(value) / unit).quantize(places, rounding=ROUND_DOWN) + 2 * places)
    assert not match(expected_of(spec % (far + suffix)), value, NoNames()).holds


def rounded(value: int, digits: int) -> int:
    """A number in so many significant digits."""
    return int(Context(prec=digits, rounding=ROUND_HALF_UP).create_decimal(value))


@given(st.integers(1, 10**9), st.integers(1, 4), st.sampled_from(["", "K", "x"]))
def test_about_right_is_rounded_to_the_digits_that_are_printed(value: int, digits: int, suffix: str) -> None:
    printed = rounded(value, digits)
    spec = f"input: [1]\nlayers: [relu]\nexpect: {{multiplications: ~{printed}{suffix}, relative_to: 1}}\n"
    unit = 1000 if suffix == "K" else 1
    # Zeros at the end may have come about by rounding up; then fewer digits are printed.
    shown = len(str(printed).rstrip("0"))
    assert match(expected_of(spec), value * unit, NoNames()).holds == (rounded(value, shown) == printed)
    assert not match(expected_of(spec), value * unit * 2, NoNames()).holds


@pytest.mark.parametrize(
    ("parameters", "state"),
    [(800, "fails"), (949, "fails"), (950, "holds"), (1000, "holds"), (1500, "holds"), (1501, "fails")],
)
def test_about_a_thousand_has_a_digit_more_below(parameters: int, state: str) -> None:
    """What is printed as 1000 lies halfway to 900 at most on one side, and halfway to 2000 on the other."""
    spec = f"input: [1]\nlayers: [linear: {{out: {parameters}, bias: false}}]\nexpect: {{parameters: ~1000}}\n"
    (found,) = archcalc.load(spec).check().verdicts
    assert (found.actual, found.state) == (parameters, state)


NESTED = """
input: [3, N, N]
at: {N: 16}
blocks:
  unit(width):
    - {conv: {out: width, kernel: 3, padding: 1, bias: false}, as: conv}
    - {batch_norm, as: bn}
    - {relu, as: act}
layers:
  - {do: [{unit: 8, as: first}, {unit: 8, as: second}], as: stage1}
  - {add: [here, [{conv: [8, 1], as: squeeze}, {depthwise: [3, 1, 1], as: expand, trainable: false}]], as: sum}
  - {do: [{unit: 16, as: first}], as: stage2}
  - {use: stage1.second.act, as: again}
  - {global_avg_pool, as: gap}
  - flatten
  - {linear: 10, as: fc}
expect:
"""
CONV1, CONV2, CONV3, NORMS = 3 * 8 * 9, 8 * 8 * 9, 8 * 16 * 9, 2 * (8 + 8 + 16)
SQUEEZE, EXPAND, FC = 8 * 8, 8 * 9, 16 * 10
ALL = CONV1 + CONV2 + CONV3 + NORMS + SQUEEZE + 8 + EXPAND + 8 + FC + 10


@pytest.mark.parametrize(
    ("claim", "actual"),
    [
        ("{parameters: 1, counting: weights}", CONV1 + CONV2 + CONV3 + SQUEEZE + FC),
        ("{parameters: 1, counting: convolutions}", CONV1 + CONV2 + CONV3 + SQUEEZE + 8),
        ("{parameters: 1, counting: frozen}", ALL),
        ("{bytes: 1}", 4 * ALL),
        ("{bytes: 1, counting: weights}", 4 * (CONV1 + CONV2 + CONV3 + SQUEEZE + EXPAND + FC)),
        ("{bytes: 1, of: expand}", 4 * (EXPAND + 8)),
        ("{multiplications: 1, of: fc, counting: weights}", FC),
        ("{layers: 1}", 15),
        ("{layers: 1, counting: weights}", 6),
        ("{layers: 1, counting: convolutions}", 5),
        ("{layers: 1, of: stage1}", 6),
        ("{layers: 1, of: '*.act'}", 3),
        ("{depth: 1}", 6),
        ("{depth: 1, counting: convolutions}", 5),
        ("{depth: 1, of: [stage1, stage2]}", 3),
        ("{depth: 1, of: gap}", 0),
        ("{parameters: 1, of: '*.conv'}", CONV1 + CONV2 + CONV3),
        ("{parameters: 1, of: 'stage?.*'}", CONV1 + CONV2 + CONV3 + NORMS),
        ("{parameters: 1, of: 'stage?'}", CONV1 + CONV2 + CONV3 + NORMS),
        ("{parameters: 1, of: [stage1, stage1.first, 'stage1.*.conv', fc]}", CONV1 + CONV2 + 2 * 16 + FC + 10),
        ("{parameters: 1, of: '*', relative_to: network}", Fraction(1)),
        ("{parameters: 1, of: stage1.first.conv, relative_to: stage1.*.conv}", Fraction(CONV1, CONV1 + CONV2)),
        ("{multiplications: 1, of: stage2, relative_to: 5}", Fraction(CONV3 * 16 * 16, 5)),
        ("{layers: 1, of: stage1, relative_to: stage2}", Fraction(2)),
    ],
)
def test_quantities_of_parts(claim: str, actual: int | Fraction) -> None:
    (found,) = archcalc.load(NESTED + f"  - {claim}\n").check().verdicts
    assert found.actual == actual


TOKENS = """
input: [8, 10]
layers:
  - tokens
  - {class_token, as: token}
  - {position_embedding, as: places}
  - {do: [{layer_norm, as: norm}, {attention: 2, as: heads}, layer_scale], as: block}
  - {linear: 4, as: fc}
  - {rbf: 3, trainable: false, as: centres}
expect:
"""
PROJECTIONS, BIASES = 4 * 8 * 8, 3 * 8 + 8


@pytest.mark.parametrize(
    ("claim", "actual"),
    [
        ("{parameters: 1, counting: weights}", PROJECTIONS + 8 * 4),
        ("{parameters: 1, counting: weights, of: block}", PROJECTIONS),
        ("{parameters: 1, of: block.heads}", PROJECTIONS + BIASES),
        ("{parameters: 1, counting: weights, of: [token, places, block.norm]}", 0),
        ("{bytes: 1, counting: weights}", 4 * (PROJECTIONS + 8 * 4 + 4 * 3)),
        ("{layers: 1, counting: weights}", 3),
        ("{layers: 1, counting: convolutions}", 0),
        ("{depth: 1}", 3),
        ("{depth: 1, of: block}", 1),
        ("{depth: 1, counting: convolutions}", 0),
    ],
)
def test_weights_are_what_layers_multiply_with(claim: str, actual: int) -> None:
    """Attention has four projections; what normalizations, tokens and scales learn are no weights."""
    (found,) = archcalc.load(TOKENS + f"  - {claim}\n").check().verdicts
    assert found.actual == actual


def test_a_ratio_of_closed_forms_is_decided_where_symbols_cancel() -> None:
    report = archcalc.load(
        "input: [1, N, N]\nlayers:\n  - {conv: [8, 1], as: a}\n  - {conv: [8, 1, 1, 1], as: b}\nexpect:\n"
        "  - {multiplications: 12.5%, of: a, relative_to: a, holds: false}\n"
        "  - {multiplications: 1, of: a, relative_to: a}\n"
        "  - {multiplications: ..1/4, of: a, relative_to: b}\n"
        "  - {multiplications: 1/16, of: a, relative_to: b}\n"
    ).check(symbolic=True)
    assert [found.state for found in report.verdicts] == ["explained", "holds", "holds", "undecided"]
    assert [found.actual for found in report.verdicts[:3]] == [1, 1, "(8*N**2)/(64*N**2 + 256*N + 256)"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(1, 3), "0.33333 (1/3)"),
        (Fraction(1, 8), "0.125"),
        (Fraction(2_000_001, 2), "1,000,000 (2000001/2)"),
        (Fraction(1, 3 * 10**7), "0.000000033333 (1/30000000)"),
        (Fraction(999_999, 10**6), "1 (999999/1000000)"),
    ],
)
def test_ratios_are_shown_in_five_digits(value: Fraction, text: str) -> None:
    assert grouped(value) == text


def test_shares_are_shown_as_they_are_claimed() -> None:
    report = check("{of: mix, multiplications: 33.4%, relative_to: 3 * 8192}")
    assert "expected 33.4%, but the network has 33.333% (1/3)" in report.to_text(width=120)
    (shown,) = report.to_json()["expectations"]
    assert (shown["expected"], shown["actual"], shown["relative_to"]) == ("33.4%", "1/3", "3 * 8192")


def test_all_short_patterns_fit_as_in_a_shell() -> None:
    patterns = ["".join(letters) for size in range(4) for letters in product("a*?", repeat=size)]
    names = ["".join(letters) for size in range(4) for letters in product("ab", repeat=size)]
    for pattern, name in product(patterns, names):
        assert fits(pattern, name) == fnmatchcase(name, pattern), (pattern, name)


@given(st.text("ab.*?", max_size=8), st.text("ab.", max_size=8))
def test_patterns_fit_as_in_a_shell(pattern: str, name: str) -> None:
    assert fits(pattern, name) == fnmatchcase(name, pattern)


def test_a_pattern_of_many_stars_takes_no_time() -> None:
    assert not fits("*a" * 200 + "b", "a" * 2000)


PARTS = """input: [1, 8, 8]
layers:
  - {conv: [4, 3, 1, 1], as: stem}
  - add: [here, [{conv: [4, 1], as: a}]]
  - add: [here, [{conv: [4, 1], as: b}]]
expect:
"""


def told(claim: str) -> tuple[str, tuple[str, ...]]:
    """The message and the notes about one claim of a network of two additions."""
    (found,) = archcalc.load(f"{PARTS}  - {claim}\n").check().diagnostics
    return found.message, found.notes


@pytest.mark.parametrize("name", ["add", "add_2"])
def test_a_merge_without_a_name_is_found_by_its_kind(name: str) -> None:
    (found,) = archcalc.load(f"{PARTS}  - {{of: {name}, output: [4, 8, 8]}}\n").check().verdicts
    assert found.state == "holds"


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ("{of: gone, output: [1]}", "there is no layer or scope `gone`"),
        ("{of: 'gone*', output: [1]}", "no layer or scope fits `gone*`"),
        ("{parameters: 2x, of: a, relative_to: gone}", "there is no layer or scope `gone`"),
        ("{parameters: 2x, of: a, relative_to: 'gone*'}", "no layer or scope fits `gone*`"),
        ("{parameters: 41, of: a}", "parameters of a: expected 41, but the network has 20"),
        (
            "{parameters: 41, of: a, counting: weights}",
            "parameters (weights) of a: expected 41, but the network has 16",
        ),
        (
            "{parameters: 2%, of: a, relative_to: 2K}",
            "parameters of a relative to 2K: expected 2%, but the network has 1%",
        ),
    ],
)
def test_a_claim_says_what_it_is_about(claim: str, message: str) -> None:
    assert told(claim) == (message, ())


def test_a_claim_at_its_own_sizes_says_at_which() -> None:
    spec = "input: [1, N, N]\nat: {N: 8}\nlayers: [conv: [1, 1]]\nexpect: {multiplications: 64, at: {N: 16}}\n"
    (found,) = archcalc.load(spec).check().diagnostics
    assert found.message == "multiplications at N = 16: expected 64, but the network has 256"


def test_notes_are_the_source_and_the_reason_where_there_are_any() -> None:
    source, reason = "source: the paper", "because: it is old"
    assert told("{parameters: 19, of: a, source: the paper}")[1] == (source,)
    assert told("{parameters: 19, of: a, because: it is old}")[1] == (reason,)
    assert told("{parameters: 19, of: a, source: the paper, because: it is old, holds: false}")[1] == (source, reason)


def judged(text: str, *, symbolic: bool = False) -> tuple[Verdict, Report]:
    """The one claim of a spec."""
    report = archcalc.load(text).check(symbolic=symbolic)
    (found,) = report.verdicts
    return found, report


def test_a_claim_that_no_symbol_decides_is_judged_where_it_was_stated() -> None:
    """N - 2 is 2N - 10 for N = 8 only."""
    text = "input: [1, N]\nat: {N: 8}\nlayers: [conv: [1, 3]]\nexpect: {output: [1, 2*N - 10]}\n"
    found, report = judged(text, symbolic=True)
    assert (found.state, found.actual) == ("holds", (1, 6))
    assert report.outputs == {"output": (1, archcalc.load(text).check(symbolic=True).symbols["N"] - 2)}
    assert judged(text.replace("- 10", "- 11"), symbolic=True)[0].state == "fails"


def test_a_receptive_field_that_is_claimed_as_one_number_is_told_as_one() -> None:
    spec = "input: [1, 8, 8]\nlayers: [conv: [1, 3], conv: [1, 3]]\nexpect: {receptive_field: CLAIMED}\n"
    assert judged(spec.replace("CLAIMED", "3"))[0].actual == 5
    assert judged(spec.replace("CLAIMED", "[3, 3]"))[0].actual == (5, 5)
    spec = "input: [1, 8, 8]\nlayers: [conv: [8, 1]]\nexpect: {output: 8}\n"
    assert archcalc.load(spec.replace("output: 8", "output: [8, 8, 8]")).check().verdicts[0].actual == (8, 8, 8)


def test_no_field_of_an_input_is_suggested() -> None:
    """What flattens mixes all positions, and an input has none to claim."""
    _, report = judged("input: [1, 8, 8]\nlayers: [{flatten, as: f}]\nexpect: {of: f, receptive_field: 3}\n")
    assert report.diagnostics[0].help == ("claim it of a layer in front",)
    spec = "input: [1, 8, 8]\nlayers: [{relu, as: r}, {flatten, as: f}]\nexpect: {of: f, receptive_field: 3}\n"
    assert judged(spec)[1].diagnostics[0].help == ("claim it of a layer in front, such as `of: r`",)


def test_a_network_whose_output_is_misspelt_is_not_judged() -> None:
    found, report = judged("input: [1, 8]\nlayers: [relu]\noutput: [gone]\nexpect: {output: [1, 8]}\n")
    assert found.state == "unknown"
    assert codes(report) == ["AC209"]


def test_a_scope_that_an_error_leaves_without_an_output_is_not_judged() -> None:
    spec = "input: [1, 8]\nlayers: [{do: [relu, add: [here, gone]], as: g}]\nexpect: {of: g, output: [1, 8]}\n"
    found, report = judged(spec)
    assert found.state == "unknown"
    assert codes(report) == ["AC201"]


@pytest.mark.parametrize(
    ("claim", "remark"),
    [
        # The network has 8*1*32*32 multiplications and 16 parameters.
        ("{multiplications: ..10K}", "8,192 of at most 10,000 (18 % left)"),
        ("{multiplications: < 10K}", "8,192 of less than 10,000 (18 % left)"),
        ("{multiplications: 8K..}", "8,192 of at least 8,000 (2 % more)"),
        ("{multiplications: 8192..}", "8,192 of at least 8,192"),
        ("{multiplications: 0.1M..}", "91,808 too few"),
        ("{multiplications: 8.1K..8.15K}", "42 too many"),
        ("{multiplications: 9K}", "808 too few"),
        ("{multiplications: < 8192}", "it has to be less"),
        ("{multiplications: ..8191}", "1 too many"),
        ("{parameters: 50%, relative_to: 1}", "1,550% too much"),
        ("{parameters: ..50%, relative_to: 64}", "25% of at most 50% (50 % left)"),
        ("{parameters: 3x, relative_to: 8}", "it is 16 against 8"),
        ("{multiplications: 3x, relative_to: 4K}", "it is 8,192 against 4,000"),
    ],
)
def test_how_far_a_number_is_from_what_was_claimed(claim: str, remark: str) -> None:
    distance, _, _ = verdict(claim).remark.partition("; mix has ")
    assert distance == remark


@pytest.mark.parametrize(
    ("layers", "remark"),
    [
        ("[{linear: 10, as: a}, {linear: 2, as: b}]", "107 too many; a has 90"),
        ("[{linear: 1, as: a}, {relu, as: b}]", "4 too many; a has 9"),
        ("[{relu, as: a}, {tanh, as: b}]", "5 too few"),
        ("[{linear: 10, as: a}]", "85 too many"),
    ],
)
def test_the_layer_that_has_most_is_named_where_one_of_several_has_any(layers: str, remark: str) -> None:
    found, _ = judged(f"input: [8]\nlayers: {layers}\nexpect: {{parameters: 5}}\n")
    assert found.remark == remark


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ("{multiplications: 8191}", "multiplications: expected 8,191, but the network has 8,192"),
        ("{multiplications: 8 * N}", "multiplications: expected 8 * N = 256 at N = 32, but the network has 8,192"),
        (
            "{multiplications: width * N + 1}",
            "multiplications: expected width * N + 1 = 257 at width = 8, N = 32, but the network has 8,192",
        ),
        ("{multiplications: 2 * 4}", "multiplications: expected 2 * 4 = 8, but the network has 8,192"),
    ],
)
def test_numbers_of_a_failing_claim_are_grouped_and_formulas_worked_out(claim: str, message: str) -> None:
    (found,) = (one for one in check(claim).diagnostics if one.severity == "error")
    assert found.message == message


@pytest.mark.parametrize(
    ("claim", "line"),
    [
        ("{multiplications: 8192}", "multiplications: 8,192"),
        ("{multiplications: 8 * N ** 2}", "multiplications: 8 * N ** 2"),
        ("{multiplications: 8.2K}", "multiplications: 8.2K, rounded from 8,192"),
        ("{multiplications: ..10K, source: me}", "multiplications: 8,192 of at most 10,000 (18 % left) (me)"),
        ("{activations: 16384}", "activations: 16,384 (65,536 bytes)"),
    ],
)
def test_a_claim_that_holds_in_a_line(claim: str, line: str) -> None:
    assert held_line(verdict(claim)) == line


def test_a_closed_form_in_a_range_is_told_with_the_range() -> None:
    spec = "input: [1, N]\nlayers: [conv: [8, 1]]\nexpect: {multiplications: ..8*N + 1}\n"
    assert held_line(judged(spec, symbolic=True)[0]) == "multiplications: ..8*N + 1, and 8*N is in it"


def test_what_authors_state_is_told_of_counts_that_hold_more_than_that() -> None:
    spec = (
        "input: [3, 8, 8]\nlayers:\n  - opaque: {shape: [3, 8, 8], products: 5000}\n  - conv: [4, 1]\nexpect: CLAIMED\n"
    )
    found, _ = judged(spec.replace("CLAIMED", f"{{multiplications: {5000 + 3 * 4 * 8 * 8}}}"))
    assert held_line(found) == "multiplications: 5,768, 5,000 of it stated, not computed"
    found, _ = judged(spec.replace("CLAIMED", "{stated_multiplications: 5000}"))
    assert held_line(found) == "stated multiplications: 5,000"


@pytest.mark.parametrize(
    ("claim", "actual"),
    [
        # Two normalizations, each with a mean and a variance of three maps, and a counter of the batches.
        ("{parameters: 1}", 2 * 6),
        ("{parameters: 1, counting: statistics}", 2 * 6),
        ("{parameters: 1, counting: total}", 2 * 12),
        ("{parameters: 1, counting: state}", 2 * 13),
        ("{buffers: 1}", 2 * 6),
        ("{buffers: 1, counting: state}", 2 * 7),
    ],
)
def test_the_state_of_a_network_holds_its_counters(claim: str, actual: int) -> None:
    found, _ = judged(f"input: [3, 8, 8]\nlayers: [batch_norm, batch_norm]\nexpect: {claim}\n")
    assert found.actual == actual


def test_a_size_that_the_network_does_not_have() -> None:
    _, report = judged("input: [8]\nlayers: [linear: 10]\nexpect: {size: 4}\n")
    assert report.diagnostics[0].message == "the network has no size: its output 10 has channels only"
    _, report = judged("input: [8]\nlayers: [{linear: 10, as: fc}]\nexpect: {of: fc, size: 4}\n")
    assert report.diagnostics[0].message == "`fc` has no size: its output 10 has channels only"


@pytest.mark.parametrize("quantity", ["parameters", "layers", "multiplications", "depth"])
def test_a_layer_behind_an_error_is_not_judged(quantity: str) -> None:
    layers = "[{conv: {out: 4, kernel: 3, stride: 2}, as: wrong}, {conv: [4, 3], as: behind}]"
    found, report = judged(f"input: [3, 10, 10]\nlayers: {layers}\nexpect: {{of: behind, {quantity}: 1}}\n")
    assert found.state == "unknown"
    assert codes(report) == ["AC301"]
