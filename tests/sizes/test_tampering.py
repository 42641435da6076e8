"""Certificates that are tampered with: the small judge rejects what is not true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st

from archcalc.dims import Condition
from archcalc.sizes.checker import MAX_MODULUS, Rejected, check
from sizes.certificates import CASES, JOINED, N, case_text, certified, differences, run_of, unet


def test_the_certificate_that_is_tampered_with_is_a_true_one() -> None:
    assert check(unet()) == []


@pytest.mark.parametrize("residues", [[], [4], [4, 12], [12, 13], [0, 12]])
def test_other_remainders_are_rejected(residues: list[int]) -> None:
    certificate = unet()
    run_of(certificate)["residues"] = residues
    with pytest.raises(Rejected, match="claim"):
        check(certificate)


@pytest.mark.parametrize(
    ("name", "value"), [("first", 189), ("first", 172), ("last", 10**9), ("modulus", 32), ("modulus", 8)]
)
def test_other_bounds_are_rejected(name: str, value: int) -> None:
    certificate = unet()
    run_of(certificate)[name] = value
    with pytest.raises(Rejected, match="claim"):
        check(certificate)


@pytest.mark.parametrize("modulus", [0, -16, MAX_MODULUS + 1])
def test_remainders_by_what_no_set_repeats_after_are_rejected(modulus: int) -> None:
    certificate = unet()
    run_of(certificate)["modulus"] = modulus
    with pytest.raises(Rejected, match=f"remainders by {modulus} are not looked at"):
        check(certificate)


def test_a_bound_that_is_said_in_another_way_is_fine() -> None:
    certificate = unet()
    run_of(certificate)["first"] = 185
    assert check(certificate) == []


@pytest.mark.parametrize("bound", ["last", "first"])
@pytest.mark.parametrize("by", [-1, 1])
def test_a_bound_off_by_one_is_rejected(bound: str, by: int) -> None:
    certificate = certified([Condition.at_least(N, 10**9), Condition.at_least(10**12, N)], "N")
    run_of(certificate)[bound] += by
    with pytest.raises(Rejected, match="claim"):
        check(certificate)


def test_a_dropped_exception_is_rejected() -> None:
    certificate = certified(*[CASES["exceptions"][0]], "N")
    (runs,) = certificate["parts"][0]["boxes"][0].values()
    assert len(runs) > 1
    del runs[0]
    with pytest.raises(Rejected, match="claim"):
        check(certificate)


@pytest.mark.parametrize("order", [(1, 0), (0, 0), (0, 1, 1)])
def test_pieces_out_of_order_are_rejected(order: tuple[int, ...]) -> None:
    certificate = certified(CASES["several pieces"][0], "N")
    (runs,) = certificate["parts"][0]["boxes"][0].values()
    runs[:] = [runs[index] for index in order]
    with pytest.raises(Rejected, match="follow"):
        check(certificate)


def test_a_dropped_box_is_rejected() -> None:
    certificate = certified(JOINED, "H", "W")
    assert len(certificate["parts"][0]["boxes"]) > 1
    del certificate["parts"][0]["boxes"][-1]
    with pytest.raises(Rejected, match="claim"):
        check(certificate)


@pytest.mark.parametrize(
    "change", [{"expression": "N - 189", "relation": "at-least"}, {"relation": "equal"}, {"modulus": 10**6}]
)
def test_other_conditions_are_rejected(change: dict[str, Any]) -> None:
    for number, entry in enumerate(unet()["conditions"]):
        certificate = unet()
        certificate["conditions"][number].update(change)
        if "modulus" in change and entry["relation"] != "multiple":
            continue
        with pytest.raises(Rejected):
            check(certificate)


def test_a_condition_that_no_part_looks_at_is_rejected() -> None:
    certificate = unet()
    certificate["conditions"].append({"layers": ["x"], "relation": "at-least", "expression": "N - 999", "modulus": 1})
    with pytest.raises(Rejected, match="every condition"):
        check(certificate)


def test_a_symbol_that_no_part_looks_at_is_rejected() -> None:
    certificate = unet()
    certificate["symbols"].append("M")
    with pytest.raises(Rejected, match="every symbol"):
        check(certificate)


def test_a_proof_has_to_look_at_all_sizes() -> None:
    for number, step in enumerate(unet()["parts"][0]["proof"]):
        if step[0] == "proven":
            continue
        certificate = unet()
        del certificate["parts"][0]["proof"][number]
        with pytest.raises(Rejected):
            check(certificate)


@pytest.mark.parametrize(
    "text",
    [
        "N.real",
        "__import__('os')",
        "N if N else 1",
        "floor(N/0)",
        "N/M",
        "N**-1",
        "N**65",
        "max(N)",
        "(" * 300 + "N" + ")" * 300,
        "N +",
        "\0",
        "9" * 5000,
        "lambda: 1",
        "N//2",
        "",
        "floor(N/2, N)",
        "abs(N)",
        "min(*N)",
        "-" * 5000 + "N",
    ],
)
def test_nothing_but_expressions_of_sizes_is_read(text: str) -> None:
    certificate = certified([Condition.at_least(N, 3)], "N")
    certificate["conditions"][0]["expression"] = text
    with pytest.raises(Rejected):
        check(certificate)


def places(data: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
    """The ways to all values inside of JSON data."""
    if path:
        yield path
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from places(value, *path, key)


def other(data: st.DataObject, value: Any) -> Any:
    """Something else in the place of a value."""
    anything = (
        st.none() | st.booleans() | st.integers(-2, 40) | st.just([]) | st.just({}) | st.sampled_from(("N", "", "H"))
    )
    if isinstance(value, int) and not isinstance(value, bool):
        return data.draw(st.sampled_from((value - 1, value + 1, 2 * value, value + 16, -value)) | anything)
    if isinstance(value, str):
        at = data.draw(st.integers(0, len(value)))
        shorter = value[:at] + data.draw(st.sampled_from(("", "0", "1", "2", "-", "+", "*"))) + value[at + 1 :]
        return data.draw(st.just(shorter) | st.sampled_from(("at-least", "equal", "multiple")) | anything)
    if isinstance(value, list) and value:
        at = data.draw(st.integers(0, len(value) - 1))
        return data.draw(st.sampled_from((value[:at] + value[at + 1 :], value[: at + 1] + value[at:], value[::-1])))
    return data.draw(anything)


@pytest.mark.parametrize("name", [name for name in CASES if name not in ("nothing is asked", "a symbol with no value")])
@examples(60)
@given(data=st.data())
def test_a_changed_certificate_is_rejected_or_still_true(name: str, data: st.DataObject) -> None:
    certificate = changed(json.loads(case_text(name)), data)
    try:
        left = check(certificate)
    except Rejected:
        return
    proven = not any("proof" in line for line in left)
    if proven:
        assert differences(certificate, 400 if len(certificate["symbols"]) == 1 else 60) == []


def changed(certificate: dict[str, Any], data: st.DataObject) -> dict[str, Any]:
    *path, last = data.draw(st.sampled_from(list(places(certificate))))
    holder: Any = certificate
    for key in path:
        holder = holder[key]
    holder[last] = other(data, holder[last])
    return certificate
