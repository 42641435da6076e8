"""Behind an error, what does not depend on it is known, and further mistakes are found in the same run."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from strategies.specs import Options, make_spec

import archcalc
from archcalc import Report
from archcalc.expand import build

FRACTION = "conv: {out: 8, kernel: 3, stride: 2, padding: 1}"


def network(*steps: str, input: str = "[3, 64, 64]") -> Report:
    return archcalc.load("\n".join([f"input: {input}", "layers:", *(f"  - {step}" for step in steps)])).check()


def errors(report: Report) -> list[tuple[str, str | None]]:
    return [(one.code.id, one.layer) for one in report.diagnostics if one.severity == "error"]


def fits(known: Any, sizes: Any) -> bool:
    """Whether sizes are what is known of them."""
    return known is None or (
        len(known) == len(sizes) and all(one in (None, size) for one, size in zip(known, sizes, strict=True))
    )


def damaging() -> Any:
    """The comparison with PyTorch damages networks, and cannot be imported without it."""
    pytest.importorskip("torch")
    from differential.damage import damaged

    return damaged


def test_whatever_is_known_behind_a_fraction_holds_however_it_is_rounded() -> None:
    """The judges are the networks that round: what one of them has otherwise, nobody may call known or wrong."""
    damaged = damaging()
    judged = sizes = 0
    for seed in range(800):
        rng = Random(seed)
        data = damaged(rng, make_spec(rng, Options(variants=False, claims=False, opened=0)).data)
        exact = archcalc.load({**data, "rounding": "exact"}).check()
        if {code for code, _ in errors(exact)} != {"AC301"}:
            continue
        for rounding in ("floor", "ceil"):
            other = archcalc.load({**data, "rounding": rounding}).check()
            if other.complete:
                judged += 1
                # A layer with a field that is not known is not there.
                names = {layer.name: layer for layer in other.layers}
                for layer in exact.layers:
                    rounded = names[layer.name]
                    assert all(map(fits, layer.outputs, rounded.outputs)), (seed, layer.name)
                    assert layer.parameters in (None, rounded.parameters)
                    assert layer.multiplications in (None, rounded.multiplications)
                    sizes += sum(size is not None for shape in layer.outputs for size in shape or ())
    assert judged > 20
    assert sizes > 200


def test_errors_behind_a_fraction_are_errors_however_it_is_rounded() -> None:
    """A second number is damaged: what is reported about it holds for the sizes of floor and of ceil."""
    damaged = damaging()
    judged = 0
    for seed in range(800):
        rng = Random(seed)
        data = make_spec(rng, Options(variants=False, claims=False, opened=0)).data
        data = damaged(rng, damaged(rng, data))
        found = errors(archcalc.load({**data, "rounding": "exact"}).check())
        others = {one for one in found if one[0] != "AC301"}
        if others and len(others) < len(found):
            for rounding in ("floor", "ceil"):
                other = archcalc.load({**data, "rounding": rounding}).check()
                # Under `ceil`, windows may reach past the end of what they read.
                expected = {one for one in others if rounding == "floor" or one[0] != "AC303"}
                # An error in front leaves it open what a layer reads; one that cannot be used again is not there.
                seen = {layer.name for layer in other if all(size and None not in size for size in layer.input)}
                # With sizes, another error of the layer may come first.
                wrong = {layer for _, layer in errors(other)}
                assert {layer for _, layer in expected if layer in seen} <= wrong, seed
                judged += len({layer for _, layer in expected} & seen)
    assert judged > 4


def test_what_is_known_is_shown_and_the_rest_is_none() -> None:
    report = network(FRACTION, "batch_norm", "conv: [16, 3]", "flatten", "linear: 10")
    assert [layer.output for layer in report] == [(8, None, None), (8, None, None), (16, None, None), (None,), (10,)]
    assert [layer.parameters for layer in report] == [None, 16, 1168, 0, None]
    assert [layer.multiplications for layer in report] == [None, 0, None, 0, None]
    assert report.outputs == {"output": (10,)}
    assert not report.complete
    assert report.totals == (None, None, None, None)
    assert report.to_text().startswith("network  3×64×64 → 10\n")
    data = json.loads(json.dumps(report.to_json(repairs=False)))
    assert [layer["output"] for layer in data["layers"]][:2] == [[8, None, None], [8, None, None]]
    assert data["outputs"] == {"output": [10]}


def test_the_table_shows_what_is_known() -> None:
    rows = [" ".join(line.split()) for line in network(FRACTION, "batch_norm", "conv: [16, 3]").to_text().splitlines()]
    assert rows[4:7] == ["0 conv 8×?×? <- AC301 ? ?", "1 batch_norm 8×?×? 16 -", "2 conv 16×?×? 1,168 ?"]


def test_claims_about_what_depends_on_an_error_stay_open() -> None:
    spec = (
        f"input: [3, 64, 64]\nlayers: [{{{FRACTION}}}, global_avg_pool]\nexpect: {{output: [9, 1, 1], parameters: 1}}"
    )
    assert [verdict.state for verdict in archcalc.load(spec).check().verdicts] == ["unknown", "unknown"]


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ([FRACTION, "relu", "linear: 10"], [("AC301", "0"), ("AC321", "2")]),
        (["conv: {out: 64, kernel: 3, groups: 5}", "linear: 10"], [("AC305", "0"), ("AC321", "1")]),
        (["pad: {padding: 99, mode: reflect}", "linear: 10"], [("AC308", "0"), ("AC321", "1")]),
        (["conv: [8, 80]", "linear: 10"], [("AC303", "0"), ("AC321", "1")]),
        (["conv: {out: 8, kernel: [3, 3, 3]}", "linear: 10"], [("AC304", "0"), ("AC321", "1")]),
        (["pad: -40", "linear: 10"], [("AC307", "0"), ("AC321", "1")]),
        (["add: [here, [conv: [3, 3]]]", "linear: 10"], [("AC306", "add"), ("AC321", "1")]),
        (["concat: [here, [conv: [8, 3]]]", "group_norm: 6"], [("AC306", "concat"), ("AC314", "1")]),
        ([FRACTION, "adaptive_avg_pool: 7", "max_pool: 2"], [("AC301", "0"), ("AC301", "2")]),
        ([FRACTION, "flatten", "conv: [8, 3]"], [("AC301", "0"), ("AC304", "2")]),
        (["{split: 2, as: parts}", "{linear: 10, from: parts.1}"], [("AC314", "parts"), ("AC321", "1")]),
        ([FRACTION, "{conv: [8, 1], when: channels(here) > 8}", "conv: {out: 9, kernel: 1, groups: 3}"],
         [("AC301", "0"), ("AC305", "1")]),
    ],
)  # fmt: skip
def test_the_next_mistake_is_found_in_the_same_run(steps: list[str], found: list[tuple[str, str]]) -> None:
    assert errors(network(*steps)) == found


@pytest.mark.parametrize(
    "steps",
    [
        [FRACTION, "max_pool: 2", "conv: [8, 200]", "upsample: 1/3", "crop: {size: 900}"],
        [FRACTION, "flatten", "reshape: [8, 31, 31]", "max_pool: 31"],
        ["{conv: [8, 1], as: a}", FRACTION, "conv: [8, 5]", "add: [here, a]", "max_pool: 7", "multiply: [here, a]"],
        ["{conv: {out: 9, kernel: 1, groups: 2}, as: a}", "max_pool: 2", "upsample: {to: a}", "add: [here, a]"],
        ["reshape: [7, 7]", "max_pool: 3", "conv: {out: 8, kernel: 1, groups: 4}"],
        ["{max_pool: {kernel: 3, stride: 2}, as: p}", "conv: [3, 1]", "unpool: p", "add: [here, input]"],
        [FRACTION, "{conv: {out: 8, kernel: 3, connections: [[0], [1], [2], [3], [4], [5], [6], [7]]}, from: here}"],
        ["pixel_shuffle: 2", "conv: {out: 8, kernel: 1, connections: [[0], [1], [2], [3], [4], [5], [6], [7]]}"],
    ],
)  # fmt: skip
def test_what_follows_from_a_mistake_is_silent(steps: list[str]) -> None:
    assert len(errors(network(*steps))) == 1


def test_one_branch_that_is_known_does_not_say_what_the_others_become() -> None:
    report = network("{conv: [8, 1], as: side}", FRACTION, "add: [here, side]", "concat: [here, side]", "max_pool: 7")
    assert [layer.output for layer in report][2:] == [(8, None, None), (16, None, None), (16, None, None)]


def test_an_axis_that_is_not_at_fault_stays_known() -> None:
    report = network(FRACTION, "conv: [4, 3]", input="[3, 64, 65]")
    assert [layer.output for layer in report] == [(8, None, 33), (4, None, 31)]
    assert "height: (64 - 3 + 2*1)/2 + 1 = 32.5" in report.diagnostics[0].message


def test_symbols_behind_an_error_stay_symbols() -> None:
    report = archcalc.load(f"input: [3, N, 64]\nlayers: [{{{FRACTION}}}, conv: [4, 3]]\n").check()
    assert [tuple(map(str, layer.output or ())) for layer in report] == [
        ("8", "(N + 1)/2", "None"),
        ("4", "(N - 3)/2", "None"),
    ]


def test_layers_used_again_behind_an_error_share_their_parameters() -> None:
    report = network(FRACTION, "{conv: [8, 3], as: twin}", "use: twin")
    assert [(layer.name, layer.parameters, layer.shares) for layer in report][1:] == [
        ("twin", 584, None),
        ("twin_2", 0, "twin"),
    ]


def test_what_is_alike_behind_an_error_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    infer = build.infer
    monkeypatch.setattr(build, "infer", lambda *of: seen.append(of) or infer(*of))
    report = network(FRACTION, "{repeat: 3000, do: [conv: [8, 3, 1, 1], batch_norm, max_pool: [3, 1, 1]]}")
    assert len(report) == 9001
    assert len(seen) == 4


def test_many_different_layers_behind_an_error_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "MAX_BEHIND", 20)
    report = network(FRACTION, "{for: {i: 1..50}, do: [conv: [i, 3]]}", "linear: 10")
    assert [layer.output for layer in report][19:22] == [(19, None, None), (20, None, None), None]
    assert errors(report) == [("AC301", "0")]
