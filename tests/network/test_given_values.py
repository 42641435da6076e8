"""Networks that are checked again at other values: what one check found is not told of another."""

from __future__ import annotations

import pickle

from archcalc import Architecture, load
from archcalc.checking import check
from archcalc.network import Settings
from archcalc.program import Program
from archcalc.source import SourceFile

TEXT = "input: [3, N]\nat: {N: 8}\nlayers: [relu]\nvariants: {wide: {}, narrow: {}}\n"


def program(text: str, variant: str | None = None, name: str = "net.yaml") -> Program:
    return Program.read(SourceFile(name, text), variant)


def test_programs_are_equal_if_text_name_and_variant_are() -> None:
    wide = program(TEXT, "wide")
    assert wide == program(TEXT, "wide")
    others = [program(TEXT, "narrow"), program(TEXT, "wide", "other.yaml"), program(TEXT + "# end\n", "wide"), TEXT]
    assert not [other for other in others if wide == other]


def test_a_changed_text_is_read_once_whichever_variant_asks() -> None:
    text = "input: [1, N]\nlayers: [max_pool: 2]\nvariants: {a: {at: {N: 8}}, b: {at: {N: 6}}}\n"
    file = load(text).program
    of_a, of_b = (file.choose(name).with_text(text + "# mine\n") for name in ("a", "b"))
    assert of_a.document is of_b.document is not file.document
    assert (of_a.variant, of_b.variant) == ("a", "b")
    assert [one.unfold().graph.outputs["output"].shape.sizes for one in (of_a, of_b)] == [(1, 4), (1, 3)]
    # What the base lacks is no matter of a variant that is chosen afterwards.
    base = load(text, variant="").program.with_text(text + "# mine\n")
    assert base.choose("a") == of_a


def test_without_variants_the_base_of_a_file_is_the_file() -> None:
    for text in ("input: [3, 8]\nlayers: [relu]\n", "layers: [relu]\n"):
        assert program(text, "") == program(text)
        assert check(program(text, "")).diagnostics == check(program(text)).diagnostics


def test_a_file_that_is_no_text_is_another_than_one_without_any() -> None:
    """Both have the same name and no text; what keeps them from being read differs."""
    empty, undecoded = [Architecture.from_bytes(data, "net.yaml").program for data in (b"", b"input: \xff")]
    assert (empty.file.text, undecoded.file.text) == ("", "")
    assert empty != undecoded == Architecture.from_bytes(b"input: \xff", "net.yaml").program


def test_checks_are_equal_if_programs_and_values_are() -> None:
    wide = check(program(TEXT, "wide"))
    assert wide == check(program(TEXT, "wide"))
    others = [check(program(TEXT, "narrow")), check(program(TEXT, "wide"), Settings({"N": 9})), program(TEXT, "wide")]
    assert not [other for other in others if wide == other]


def test_programs_are_pickled_also_where_they_are_no_spec() -> None:
    for one in (program(TEXT, "wide"), program("layers: [relu"), program("layers: [relu", name="other.yaml")):
        again = pickle.loads(pickle.dumps(one))
        assert again == one
        assert (again.name, again.variant) == (one.name, one.variant)
        assert [found.message for found in again.mistakes] == [found.message for found in one.mistakes]


def test_one_is_not_taken_for_true() -> None:
    architecture = load("input: [3, 16, 16]\nlet: {flag: true}\nlayers:\n  - {conv: [4, 3], when: flag}\n")
    for value, problems in ((True, []), (1, ["true or false is needed here, and this is 1"]), (True, [])):
        report = architecture.check({"flag": value})
        assert [found.message for found in report.diagnostics] == problems


def test_sizes_and_symbols_do_not_get_mixed_up() -> None:
    architecture = load("input: [3, N, N]\nat: {N: 8}\nlayers: [{conv: [4, 3]}]\n")
    shown = [str(architecture.check(symbolic=symbolic).outputs["output"][1]) for symbolic in (False, True, False)]
    assert shown == ["6", "N - 2", "6"]
