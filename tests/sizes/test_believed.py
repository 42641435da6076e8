"""Legal sizes that rest on opaque steps say so, in words, as data and in their certificate."""

from __future__ import annotations

import archcalc
from archcalc.report.certificate import proven
from archcalc.sizes import checker

SPEC = """\
input: [3, H, W]
layers:
  - {conv: [8, 4, 4], as: patches}
  - {opaque: {shape: [8, height(here), width(here)], products: 0}, as: mix}
  - {max_pool: 2, as: pool}
"""


def plain(text: str) -> str:
    return " ".join(text.split())


def test_the_stated_shape_is_followed_and_named() -> None:
    legal = archcalc.load(SPEC).legal_sizes()
    assert legal.text() == "H = 0 (mod 8); W = 0 (mod 8)"
    assert legal.rests_on == ("mix",)
    assert legal.to_json()["rests_on"] == ["mix"]
    assert "rests_on" not in archcalc.load("input: [3, H]\nlayers: [max_pool: 2]").legal_sizes().to_json()


def test_what_no_symbol_decides_is_no_belief() -> None:
    text = "input: {a: [4, 8], b: [3, N]}\nlayers: [{opaque: {shape: [4], products: 0}, from: a, as: x}, "
    legal = archcalc.load(f"{text}{{max_pool: 2, from: b, as: y}}]\noutput: [x, y]").legal_sizes()
    assert (legal.text(), legal.rests_on) == ("N = 0 (mod 2)", ())


def test_a_check_says_what_the_sizes_rest_on() -> None:
    text = plain(archcalc.load(SPEC + "at: {H: 16, W: 16}\n").check().to_text())
    assert "legal: H = 0 (mod 8); W = 0 (mod 8), as far as mix (opaque) writes what it states" in text
    text = plain(archcalc.load(SPEC).check().to_text())
    assert "= note: this holds as far as mix (opaque) writes what it states" in text


def test_many_steps_are_counted() -> None:
    step = "{opaque: {shape: [4, N], products: 0}}"
    legal = archcalc.load(f"input: [4, N]\nlayers: [{', '.join([step] * 5)}, max_pool: 2]").check()
    assert "as far as 0, 1, 2 and 2 more (opaque) write what they state" in plain(legal.to_text())


def test_sets_together_rest_on_all_that_each_rests_on() -> None:
    one, other = archcalc.load(SPEC).legal_sizes(), archcalc.load(SPEC.replace("mix", "blur")).legal_sizes()
    assert (one & other).rests_on == (one | other).rests_on == ("mix", "blur")
    assert one != other and one.is_same_set(other)


def test_a_certificate_says_what_it_takes_for_granted() -> None:
    legal = archcalc.load(SPEC).legal_sizes()
    certificate = legal.certificate()
    assert certificate["rests_on"] == ["mix"]
    assert checker.check(certificate) == []
    found = proven(legal, certificate)
    assert found.text("proof.json") == "proof.json proves all 2 parts of this, if mix writes what the spec states"
    assert found.to_json("proof.json")["rests_on"] == ["mix"]
