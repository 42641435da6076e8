"""What a repair may harm: for each kind of harm a repair that does it, one that does not, and how it is said."""

from __future__ import annotations

import pytest

from archcalc import load
from archcalc.repair import Harm, Repair, neighbours, repairs
from archcalc.repair.harms import DECISIONS

CLAIM_OF_ANOTHER_VARIANT = """input: [1, 7, 7]
layers:
  - conv: {out: 1, kernel: 3, stride: s}
variants:
  a: {let: {s: 3}}
  b: {let: {s: 2}, expect: {output: [1, 3, 3]}}
"""
WEIGHTS_OF_ANOTHER_LAYER = """input: [1, 7, 7]
layers:
  - {flatten, as: flat}
  - {linear: 3, as: side}
  - {conv: {out: 1, kernel: 2, stride: 2}, from: input, as: main}
output: [side, main]
"""
WEIGHTS_OF_ANOTHER_BRANCH = """input: [1, 7, 7]
layers:
  - concat:
      - [{conv: {out: 1, kernel: 3, stride: 3}}, global_avg_pool, flatten]
      - [flatten, {linear: 4, as: side}]
"""
HIDDEN = "input: [1, 7, 7]\nlayers: [conv: {out: 1, kernel: 3, stride: 3}, conv: {out: 1, kernel: 5}]\n"
RESHAPED = """input: [1, 4, 4]
layers:
  - {relu, as: act}
  - {reshape: 15, as: flat}
expect:
  - {of: act, output: [2, 4, 4]}
  - {of: flat, output: [15]}
"""
TWO_ERRORS = "input: [8, 10, 10]\nlayers:\n  - fork: [[conv: [8, 3, 2]], [add: [here, [conv: [8, 3]]]]]\n"
STATED = "input: [3, N, N]\nat: {N: 227}\nlayers: [conv: {out: 96, kernel: 11, stride: 4}]\n"


def found(text: str, variant: str | None = None, **values: int) -> dict[str, Repair]:
    """The repairs of a network by what they do."""
    return {repair.title: repair for repair in repairs(load(text, variant=variant).program, values)}


def kinds(repair: Repair) -> set[str]:
    return {harm.kind for harm in repair.harms}


def worse(repair: Repair) -> tuple[Harm, ...]:
    """What is worse after a repair, without what its author has to decide."""
    return tuple([harm for harm in repair.harms if harm not in DECISIONS.values()])


def test_a_claim_of_another_variant_that_fails_is_a_harm() -> None:
    of_a = found(CLAIM_OF_ANOTHER_VARIANT, "a")
    broken = Harm("variant", "variant b has an error that it did not have (AC401)")
    assert load(CLAIM_OF_ANOTHER_VARIANT, variant="b").check().ok
    for title in ("padding: 1 on conv 0", "H = W = 9 instead of 7"):
        repair = of_a[title]
        (verdict,) = load(repair.text, variant="b").check().verdicts
        assert verdict.state == "fails" and verdict.actual != (1, 3, 3)
        assert worse(repair) == (broken,)
        assert not repair.is_safe
    # The stride is a's own, and b keeps what it is.
    (own,) = [title for title in of_a if title.startswith("s: 2 in line")]
    assert "variant" not in kinds(of_a[own])


def test_an_error_of_sizes_in_another_variant_is_a_harm() -> None:
    text = CLAIM_OF_ANOTHER_VARIANT.partition(", expect")[0] + "}\n"
    assert "variant" not in kinds(found(text, "a")["padding: 1 on conv 0"])
    even = found(text, "a")["H = W = 6 instead of 7"]
    assert worse(even) == (Harm("variant", "variant b has an error that it did not have (AC301)"),)


def test_a_variant_that_fails_already_is_not_harmed() -> None:
    text = CLAIM_OF_ANOTHER_VARIANT.replace("[1, 3, 3]", "[1, 30, 30]")
    assert not load(text, variant="b").check().ok
    assert "variant" not in kinds(found(text, "a")["padding: 1 on conv 0"])


def test_a_variant_that_was_not_checked_counts_as_harmed(monkeypatch: pytest.MonkeyPatch) -> None:
    text = CLAIM_OF_ANOTHER_VARIANT.partition(", expect")[0] + "}\n"
    monkeypatch.setattr(neighbours, "MAX_ELSEWHERE", 0)
    repair = found(text, "a")["padding: 1 on conv 0"]
    assert worse(repair) == (
        Harm("variant", "variant b was not checked: the variants of the file have too many layers"),
    )


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (WEIGHTS_OF_ANOTHER_LAYER, 6),
        (WEIGHTS_OF_ANOTHER_LAYER, 8),
        (WEIGHTS_OF_ANOTHER_BRANCH, 6),
        (WEIGHTS_OF_ANOTHER_BRANCH, 9),
    ],
)
def test_other_weights_of_a_layer_that_is_not_changed_are_a_harm(text: str, size: int) -> None:
    """The linear layer reads the flattened input: another input, other weights."""
    repair = found(text)[f"H = W = {size} instead of 7"]
    assert not repair.keeps_weights
    (side,) = [node for node in load(repair.text).check().graph.nodes if node.label == "side"]
    assert side.facts is not None and side.facts.weights[0].shape[1] == size * size != 49
    assert Harm("weights", f"{side.name} would need other weights") in repair.harms
    assert not repair.is_safe


@pytest.mark.parametrize(("more", "who"), [(1, "side and 1 other layer"), (2, "side and 2 other layers")])
def test_layers_that_need_other_weights_are_counted(more: int, who: str) -> None:
    others = "".join(f"  - {{linear: 2, from: flat, as: more{number}}}\n" for number in range(more))
    text = WEIGHTS_OF_ANOTHER_LAYER.replace("  - {conv", f"{others}  - {{conv")
    text = text.replace("[side, main]", f"[side, main, {', '.join(f'more{number}' for number in range(more))}]")
    assert worse(found(text)["H = W = 8 instead of 7"]) == (Harm("weights", f"{who} would need other weights"),)


def test_other_weights_of_the_changed_layer_are_no_harm() -> None:
    text = "input: [8, 9, 9]\nlayers:\n  - add: [here, [{conv: [9, 3, 1, 1], as: b}]]\n"
    repair = found(text)["out: 8 on b"]
    assert not repair.keeps_weights
    assert worse(repair) == ()


def test_an_error_that_shows_up_behind_the_repaired_one_is_a_harm() -> None:
    of_hidden = found(HIDDEN)
    repair = of_hidden["padding: 1 on conv 0"]
    assert not load(repair.text).check().ok
    assert worse(repair) == (Harm("hidden", "conv 1 fails"),)
    assert repair.why == "the usual (F - 1)/2; but then conv 1 fails"
    assert not repair.is_safe
    assert "hidden" not in kinds(of_hidden["H = W = 15 instead of 7"])


def test_a_claim_that_fails_only_now_is_a_harm() -> None:
    """The first claim fails before the repair and after it, so that only the second is harmed."""
    repair = found(RESHAPED)["shape: [16] on flat"]
    assert [verdict.state for verdict in load(repair.text).check().verdicts] == ["fails", "fails"]
    assert worse(repair) == (Harm("claim", "output of flat is [16]"),)
    assert repair.why.endswith("but then output of flat is [16]")
    assert not repair.is_safe


@pytest.mark.parametrize(
    ("layer", "title"),
    [
        ("{linear: 5, as: fc}", "flatten in front of fc"),
        ("{conv: {out: 1, kernel: 3, stride: 3}, as: c}", "rounding: floor for the spec"),
    ],
)
def test_a_claim_that_failed_before_is_not_harmed_where_it_moves_to_another_line(layer: str, title: str) -> None:
    text = f"input: [1, 7, 7]\nlayers:\n  - {{relu, as: act}}\n  - {layer}\nexpect: {{of: act, output: [2, 7, 7]}}\n"
    repair = found(text)[title]
    (before,), (after,) = load(text).check().verdicts, load(repair.text).check().verdicts
    assert before.span.line + 1 == after.span.line
    assert before.state == after.state == "fails"
    assert worse(repair) == ()


def test_a_claim_that_is_made_twice_is_harmed_twice() -> None:
    text = "input: [1, 4, 4]\nlayers: [{relu, as: a}, {reshape: 15, as: c}]\n"
    text += "expect: [{of: a, output: [9]}, {of: c, output: [9]}, {of: c, output: [9]}]\n"
    assert worse(found(text)["shape: [16] on c"]) == 2 * (Harm("claim", "output of c is [16]"),)


def test_a_second_error_that_no_size_cures_is_a_harm() -> None:
    """A map with a row more and one with a column more are of no one shape at any size, and no change helps."""
    text = "input: [8, 8, 8]\nlayers:\n  - fork:\n      - [conv: [8, 3, 2]]\n"
    text += "      - [add: [[pad: [[0, 1], [0, 0]]], [pad: [[0, 0], [0, 1]]]]]\n"
    repair = found(text)["rounding: floor for the spec"]
    assert Harm("sizes", "the network is still legal at no size") in worse(repair)


def test_a_repair_is_tried_with_the_repairs_of_the_other_errors() -> None:
    """An addition of a map to a smaller one fails at every size, until its padding is repaired, too."""
    of_two = found(TWO_ERRORS)
    for title in ("kernel: 2 on conv 0", "rounding: floor for the spec", "padding: 1 on conv 1"):
        assert worse(of_two[title]) == ()
        assert not load(of_two[title].text).check().ok
    assert str(of_two["padding: 1 on conv 1"].legal) == "H >= 3; W >= 3"


def test_where_sizes_from_outside_are_to_blame_every_change_is_a_harm() -> None:
    outside = Harm("outside", "sizes that were given from outside are to blame, which no change of the file repairs")
    of_stated = found(STATED, N=224)
    assert [title for title, repair in of_stated.items() if not repair.edits]
    assert [title for title, repair in of_stated.items() if repair.edits]
    assert all(worse(repair) == (outside,) for repair in of_stated.values())
    # The same error at the sizes of the file itself.
    own = found(STATED.replace("N: 227", "N: 224"))
    assert all(outside not in repair.harms for repair in own.values())


def test_other_sizes_from_outside_are_no_change_of_the_file() -> None:
    """Where a change of the file is the best idea, it is to blame, and the sizes from outside are not."""
    text = "input: [1, N, N]\nat: {N: 9}\nlayers: [conv: {out: 1, kernel: 3, stride: 3}]\n"
    of_file = found(text, N=10)
    assert next(iter(of_file)) == "padding: 1 on conv 0"
    assert worse(of_file["padding: 1 on conv 0"]) == ()
    assert kinds(of_file["N = 9 instead of 10"]) == {"outside", "data"}


def test_harms_of_several_kinds_are_all_named() -> None:
    text = "input: [1, 4, 4]\nlayers: [{linear: 5, as: fc}, {reshape: 6, as: six}]\nexpect: {of: fc, output: [6]}\n"
    repair = found(text)["flatten in front of fc"]
    assert worse(repair)[:2] == (Harm("claim", "output of fc is [5]"), Harm("hidden", "six fails"))
    assert repair.why.endswith("; but then output of fc is [5]; but then six fails")


def test_what_another_error_keeps_unknown_is_a_harm() -> None:
    """Nobody knows the weights behind the addition, for which there is no repair."""
    text = "input: [8, 8, 8]\nlayers:\n  - fork:\n      - [conv: [8, 3, 2]]\n"
    text += "      - [add: [[pad: [[0, 1], [0, 0]]], [pad: [[0, 0], [0, 1]]]], flatten, linear: 3]\n"
    undecided = Harm("undecided", "another error keeps unknown what becomes of the weights and the claims")
    assert undecided in worse(found(text)["rounding: floor for the spec"])
    alone = "input: [8, 8, 8]\nlayers: [conv: [8, 3, 2], flatten, linear: 3]\n"
    assert found(alone)["rounding: floor for the spec"].is_safe


def test_a_claim_that_is_not_judged_after_a_repair_is_a_harm() -> None:
    """At N = 4 the network has an error that rounding does not take away, so that nobody knows its output there."""
    text = "input: [1, N, N]\nat: {N: 8}\nlayers: [conv: [8, 5, 2]]\nCLAIM"
    claim = "expect: {at: {N: 4}, output: [8, 1, 1]}\n"
    assert found(text.replace("CLAIM", ""))["rounding: floor for the spec"].is_safe
    assert "undecided" in kinds(found(text.replace("CLAIM", claim))["rounding: floor for the spec"])


@pytest.mark.parametrize(
    ("text", "title", "kind"),
    [
        ("input: [1, 7, 7]\nlayers: [conv: {out: 1, kernel: 3, stride: 3}]\n", "padding: 1 on conv 0", "design"),
        ("input: [1, 7, 7]\nlayers: [conv: {out: 1, kernel: 3, stride: 3}]\n", "stride: 2 on conv 0", "design"),
        ("input: [1, 8, 8]\nlayers: [conv: {out: 1, kernel: 3, stride: 2}]\n", "kernel: 4 on conv 0", "design"),
        ("input: [1, 5, 5]\nlayers: [upsample: 3/2]\n", "rounding: ceil for the spec", "design"),
        ("input: [1, 5, 5]\nlayers: [upsample: 3/2]\n", "rounding: floor on upsample 0", "design"),
        ("input: [9, 8, 8]\nlayers:\n  - add: [here, [{conv: [8, 3, 1, 1], as: b}]]\n", "out: 9 on b", "design"),
        ("input: [4, 2, 2]\nlayers: [{reshape: 15, as: flat}]\n", "shape: [16] on flat", "design"),
        ("input: [1, 7, 7]\nlayers: [max_pool: 2]\n", "H = W = 8 instead of 7", "data"),
        ("input: [1, N, N]\nat: {N: 7}\nlayers: [max_pool: 2]\n", "N = 8 instead of 7", "data"),
        ("input: [1, 7, 7]\nlayers: [{linear: 5, as: fc}]\n", "flatten in front of fc", "insertion"),
        (
            "input: [8, 9, 9]\nlayers:\n  - {conv: [8, 3, 1, 1], as: a}\n  - {conv: [8, 3], as: b}\n  - add: [a, b]\n",
            "crop: {to: b} on branch 1 of add",
            "insertion",
        ),
    ],
)
def test_what_its_author_has_to_decide_is_a_harm(text: str, title: str, kind: str) -> None:
    repair = found(text)[title]
    assert repair.harms == (DECISIONS[kind],)  # type: ignore[index]
    assert not repair.is_safe


def test_rounding_down_what_was_a_fraction_is_safe() -> None:
    repair = found("input: [1, 5, 5]\nlayers: [upsample: 3/2]\n")["rounding: floor for the spec"]
    assert (repair.nature, repair.harms) == ("rounding", ())


@pytest.mark.parametrize("sizes", ["[1, 3, 32, 32]", "[32, 32, 3]"])
def test_beside_a_suspicion_nothing_is_safe(sizes: str) -> None:
    """A batch in front, or the channels last."""
    text = f"input: {sizes}\nlayers:\n  - conv: {{out: 8, kernel: 3, stride: 2, padding: 1}}\n"
    told = found(text)
    (suspicion,) = load(text).check().suspicions
    assert "rounding: floor for the spec" in told
    for repair in told.values():
        (harm,) = [harm for harm in repair.harms if harm.kind == "suspicion"]
        assert harm.text == f"the spec may mean something else: {suspicion.message}"
    assert found(text.replace(sizes, "[3, 32, 32]"))["rounding: floor for the spec"].is_safe
