"""What is told of single edits: each by the name that people have for it, and nothing else beside it."""

from __future__ import annotations

import pickle
import random
import re
from typing import Any

import pytest
from applied import applied, layers
from effort import parts

import archcalc
from archcalc import Difference

NET = """\
input: {image: [3, H, W]}
at: {H: 32, W: 32}
layers:
  - {conv: {out: 8, kernel: 3, padding: 1}, as: stem}
  - {batch_norm, as: norm}
  - {relu, as: act}
  - {conv: {out: 8, kernel: 3, padding: 1}, as: middle}
  - {add: [act, here], as: sum}
  - {global_avg_pool, as: pool}
  - flatten
  - {linear: 10, as: head}
"""


def told(before: str, after: str, **values: int) -> Difference:
    found = Difference(archcalc.load(before).check(values), archcalc.load(after).check(values))
    assert applied(layers(found.before), found.to_json()) == layers(found.after)
    return found


def states(found: Difference) -> dict[str, str]:
    return {change.layer.name: change.state for change in found.changes if change.state != "follows"}


def test_a_field_is_named_with_what_it_was() -> None:
    found = told(
        NET, NET.replace("out: 8, kernel: 3, padding: 1}, as: middle", "out: 8, kernel: 5, padding: 2}, as: middle")
    )
    assert states(found) == {"middle": "changed"}
    (change,) = [change for change in found.changes if change.state == "changed"]
    assert [tuple(field) for field in change.fields] == [("kernel", 3, 5), ("padding", 1, 2)]
    assert found["parameters"].difference == 8 * 8 * (25 - 9)
    # All parameters are active, which is told where they differ alone.
    assert "active" not in found.to_text()
    assert "~ middle  conv kernel 3 → 5, padding 1 → 2" in found.to_text()


def test_a_layer_in_between_changes_nothing_else() -> None:
    found = told(NET, NET.replace("  - {global_avg_pool", "  - {dropout: 0.5, as: drop}\n  - {global_avg_pool"))
    assert states(found) == {"drop": "added"}
    follows = {change.layer.name: change for change in found.changes if change.state == "follows"}
    # The pool reads another layer, because of that; `flatten` has no name, and another number.
    assert follows["pool"].reads == ("reads", ("sum",), ("drop",))
    assert [name for name, change in follows.items() if change.is_renumbered] == ["6"]
    assert found.counts["added"] == 1


def test_a_merge_in_between_is_why_a_layer_reads_another_map() -> None:
    layers = "{linear: 8, as: a}, {linear: 8, as: b}, {add: [a, b], as: s}, {linear: 4, as: c}"
    merged = f"input: [8]\nlayers: [{layers}]\n"
    plain = merged.replace("{add: [a, b], as: s}, ", "")
    assert states(told(plain, merged)) == {"s": "added"}
    assert states(told(merged, plain)) == {"s": "removed"}


def test_a_label_is_enough_to_know_a_layer_without_weights() -> None:
    before = "input: [8]\nlayers: [{relu, as: gate}, {linear: 8, as: a}, {tanh, as: b}]\n"
    after = "input: [8]\nlayers: [{linear: 8, as: a}, {tanh, as: b}, {relu, as: gate}]\n"
    assert "relu reads input → b, moved behind b" in told(before, after).to_text()
    other = states(told(before, after.replace("gate", "end")))
    assert (other["gate"], other["end"]) == ("removed", "added")


def test_the_output_that_differs_is_told_where_there_are_several() -> None:
    before = "input: [8]\nlayers: [{linear: 8, as: a}, {linear: 8, as: b}]\noutput: [a, b]\n"
    assert "~ output b: 8 → 9" in told(before, before.replace("8, as: b", "9, as: b")).to_text()


def test_what_is_alike_is_apart_where_there_is_little() -> None:
    before = "".join(f"  - {{as: {name}, do: [{{linear: 8, as: map}}]}}\n" for name in ("red", "green", "blue", "grey"))
    before = f"input: [8]\nlayers:\n{before}"
    found = told(before, before.replace("as: map}]", "as: map}, {relu, as: act}]"))
    assert "+ red.act … grey.act  4 × relu 8, each" in found.to_text()


def test_what_is_alike_is_together_where_there_is_much() -> None:
    steps = "".join(f"  - {{as: s{number}, do: [{{linear: 8, as: map}}, {{relu, as: act}}]}}\n" for number in range(30))
    whole = f"input: [8]\nlayers:\n{steps}"
    without = whole.replace(", {relu, as: act}", "")
    assert "- s0.act, s1.act, s2.act and 27 more\n      30 × relu\n" in told(whole, without).to_text()
    assert "+ s0.act, s1.act, s2.act and 27 more\n      30 × relu\n" in told(without, whole).to_text()
    plain = whole.replace("linear: 8,", "linear: {out: 8, bias: false},")
    assert "~ s0.map, s1.map, s2.map and 27 more\n      30 × linear bias true → false\n" in told(whole, plain).to_text()


def test_a_layer_that_is_gone() -> None:
    found = told(NET, NET.replace("  - {batch_norm, as: norm}\n", ""))
    assert states(found) == {"norm": "removed"}
    assert found["buffers"].difference == -16


def test_another_name_is_a_renaming() -> None:
    found = told(
        NET, NET.replace("stem", "first").replace("[act, here]", "[active, here]").replace("as: act", "as: active")
    )
    assert states(found) == {"first": "renamed", "active": "renamed"}
    assert not found.is_empty
    assert "= first  conv was stem" in re.sub(" +", " ", found.to_text()).replace("= first conv", "= first  conv")


def test_names_of_a_scope_are_told_together() -> None:
    scoped = (
        "input: [3, 8, 8]\nlayers:\n  - {as: NAME, do: [{conv: [4, 3], as: a}, {relu, as: b}, {conv: [4, 3], as: c}]}\n"
    )
    found = told(scoped.replace("NAME", "body"), scoped.replace("NAME", "trunk"))
    assert "= trunk.*  3 layers, were body.*" in found.to_text()


def test_two_layers_change_places() -> None:
    before = "  - {batch_norm, as: norm}\n  - {relu, as: act}\n"
    found = told(
        NET, NET.replace(before, "  - {relu, as: act}\n  - {batch_norm, as: norm}\n").replace("[act,", "[norm,")
    )
    moved = [change for change in found.changes if change.is_moved]
    assert [change.layer.name for change in moved] in (["norm"], ["act"])
    assert "moved behind act" in found.to_text() or "moved behind stem" in found.to_text()
    assert (found.counts["added"], found.counts["removed"]) == (0, 0)


def test_another_kind_under_the_same_name() -> None:
    found = told(NET, NET.replace("{relu, as: act}", "{gelu, as: act}"))
    assert states(found) == {"act": "changed"}
    assert "act  gelu kind relu → gelu" in found.to_text()


def test_another_kind_in_the_place_of_a_layer_without_a_name() -> None:
    found = told(
        "input: [3, 8, 8]\nlayers: [conv: [4, 3], relu, conv: [4, 3]]",
        "input: [3, 8, 8]\nlayers: [conv: [4, 3], gelu, conv: [4, 3]]",
    )
    assert states(found) == {"1": "changed"}


def test_other_wiring_is_told() -> None:
    found = told(NET, NET.replace("[act, here]", "[norm, here]"))
    assert states(found) == {"sum": "changed"}
    assert "sum  add reads act, middle → norm, middle" in found.to_text()


def test_another_branch_is_told() -> None:
    found = told(NET, NET.replace("add: [act, here]", "add: [act, norm, here]"))
    assert states(found) == {"sum": "changed"}


def test_an_input_of_another_size() -> None:
    found = told(NET, NET.replace("[3, H, W]", "[1, H, W]"))
    assert states(found) == {"image": "changed"}
    assert "image  shape 3×32×32 → 1×32×32" in found.to_text()


def test_frozen_layers_are_told() -> None:
    found = told(NET, NET.replace("as: middle", "as: middle, trainable: false"))
    (change,) = [change for change in found.changes if change.state == "changed"]
    assert [tuple(field) for field in change.fields] == [("trainable", True, False)]


def test_layers_that_are_used_again_are_told() -> None:
    apart = "input: [4, 8, 8]\nlayers:\n  - {conv: [4, 3], as: a}\n  - {conv: [4, 3], as: b}\n"
    found = told(apart, apart.replace("{conv: [4, 3], as: b}", "{use: a, as: b}"))
    assert found["parameters"].difference == -(4 * 4 * 9 + 4)
    assert found.counts["same"] + found.counts["follows"] < 2


def test_numbers_of_steps_are_no_changes() -> None:
    steps = "  - conv: {out: 4, kernel: 3, padding: 1}\n  - relu\n"
    long = "input: [4, 8, 8]\nlayers:\n" + steps * 6
    found = told(long, long.replace("layers:\n", "layers:\n  - batch_norm\n"))
    assert states(found) == {"0": "added"}
    assert found.counts["follows"] == 12


def test_legal_sizes_are_told() -> None:
    found = told("input: [1, N]\nat: {N: 8}\nlayers: [max_pool: 2]", "input: [1, N]\nat: {N: 8}\nlayers: [max_pool: 4]")
    assert (found.legal_sizes.lost, found.legal_sizes.gained) == ("N = 2 (mod 4)", "")
    assert "legal no longer: N = 2 (mod 4)" in found.to_text()


def test_closed_forms_are_exact() -> None:
    one, two = (archcalc.load(f"input: [1, N, N]\nlayers: [conv: [{out}, 3]]").check() for out in (4, 6))
    found = Difference(one, two)
    # Two more filters, each with 9 products at (N - 2) times (N - 2) places.
    assert (
        found["multiplications"].difference
        == archcalc.load("input: [1, N, N]\nlayers: [conv: [2, 3]]").check().totals.multiplications
    )
    assert "multiplications: 36*N**2" in found.to_text()


def test_claims_are_told() -> None:
    budget = "expect: {parameters: ..2k}\n"
    found = told(NET + budget, NET.replace("linear: 10", "linear: 500") + budget)
    (one,) = found.claims
    assert one.before is not None and one.after is not None
    assert (one.before.state, one.after.state) == ("holds", "fails")
    assert "claim parameters: ..2k: holds → fails (5,324)" in found.to_text()


def test_errors_of_one_side_are_told_and_the_rest_is_compared() -> None:
    found = Difference(
        archcalc.load(NET).check(),
        archcalc.load(NET.replace("kernel: 3, padding: 1}, as: middle", "kernel: 4, stride: 3}, as: middle")).check(),
    )
    text = found.to_text()
    assert "has 1 error; its counts are not known" in text
    assert states(found)["middle"] == "changed"
    assert "conv kernel 3 → 4, stride 1 → 3, padding 1 → 0" in text
    assert found["parameters"].difference is None


def test_a_layer_that_cannot_be_made_is_hidden_and_not_gone() -> None:
    found = Difference(
        archcalc.load(NET).check(),
        archcalc.load(NET.replace("{linear: 10, as: head}", "{linear: 0, as: head}")).check(),
    )
    assert states(found).get("head") in ("hidden", "changed")
    assert found.counts["removed"] == 0


def test_what_is_no_network_is_not_compared() -> None:
    found = Difference(archcalc.load(NET).check(), archcalc.load("- a\n- b\n").check())
    assert found.layers == []
    assert "no layer of it could be read, and none is compared" in found.to_text()


def test_what_is_alike_is_one_line_where_there_is_much() -> None:
    """GoogLeNet as Caffe has it and as torchvision has it, with other names, and norms behind all convolutions."""
    text = archcalc.diff("googlenet:caffe", "googlenet_torchvision:plain").to_text()
    assert "+ conv1.bn, conv2.bn, conv3.bn and 54 more\n      57 × batch_norm, 14,560 parameters\n" in text
    assert "9 × conv kernel 5 → 3, padding 2 → 1, bias true → false, with other names" in text
    assert "= inception3a.*  8 layers, were inception_3a.*" in text
    assert len(text.splitlines()) < 50


def test_a_wider_and_deeper_network_keeps_its_blocks() -> None:
    found = archcalc.diff("efficientnet:b0", "efficientnet:b7")
    assert all(change.before.name == change.after.name for change in found.layers if change.before and change.after)
    assert "36 × mbconv, 16 layers each, 48,219,264 parameters" in found.to_text()


def test_a_scope_is_told_once_whatever_is_gone_between_its_layers() -> None:
    before = "input: [4, 8, 8]\nlayers:\n  - {conv: [4, 1], as: a}\n  - {relu, as: b}\n  - {conv: [4, 1], as: c}\n"
    scope = "  - {as: s, do: [{linear: 4, as: d}, {gelu, as: e}, {linear: 8, as: f}]}\n"
    after = "input: [4, 8, 8]\nlayers:\n  - {conv: [4, 1], as: a}\n  - flatten\n" + scope
    text = archcalc.diff(before, after).to_text()
    assert text.count("+ s ") == 1
    assert "group, 3 layers, 8" in text


def test_differences_are_values() -> None:
    one, two = archcalc.load("resnet:resnet18").check(), archcalc.load("resnet:resnet34").check()
    found = one.diff(two)
    assert found == archcalc.diff("resnet:resnet18", "resnet:resnet34")
    assert found != two.diff(one)
    again = pickle.loads(pickle.dumps(found))
    assert again == found and hash(again) == hash(found)
    assert again.to_json() == found.to_json()
    assert repr(found) == "<Difference resnet:resnet18 → resnet:resnet34: 56 added, 49 follows, 20 same>"


KINDS: list[Any] = [
    "relu",
    "gelu",
    "batch_norm",
    "conv: {out: 4, kernel: 3, padding: 1}",
    "conv: {out: 4, kernel: 1}",
    "identity",
    "dropout: 0.1",
    "conv: {out: 4, kernel: 5, padding: 2, groups: 2}",
]


@pytest.mark.parametrize("seeds", parts(400, 20), ids=str)
def test_random_edits_are_told_so_that_they_can_be_made(seeds: range) -> None:
    """Layers are put in, taken out, changed, renamed and moved; applying what is told makes the other network."""
    for seed in seeds:
        rng = random.Random(seed)
        steps = [_step(rng, number) for number in range(rng.randrange(1, 25))]
        others = list(steps)
        for _ in range(rng.randrange(1, 6)):
            _edit(rng, others)
        before, after = _spec(steps), _spec(others)
        found = told(before, after)
        swapped = told(after, before)
        assert found.counts["added"] == swapped.counts["removed"]
        assert found.counts["changed"] == swapped.counts["changed"]
        assert [amount.difference for amount in found.amounts if isinstance(amount.difference, int)] == [
            -amount.difference for amount in swapped.amounts if isinstance(amount.difference, int)
        ]


def _step(rng: random.Random, number: int) -> tuple[str, str | None]:
    return rng.choice(KINDS), f"n{number}" if rng.random() < 0.4 else None


def _spec(steps: list[tuple[str, str | None]]) -> str:
    lines = []
    for kind, name in steps:
        lines.append(f"  - {{{kind}, as: {name}}}" if name else f"  - {kind}" if ":" not in kind else f"  - {{{kind}}}")
    return "input: [4, 8, 8]\nlayers:\n" + "\n".join(lines or ["  - identity"]) + "\n"


def _edit(rng: random.Random, steps: list[tuple[str, str | None]]) -> None:
    place = rng.randrange(len(steps) + 1)
    action = rng.choice(["add", "remove", "change", "rename", "move"])
    if action == "add" or place == len(steps) or len(steps) < 2:
        steps.insert(place, (rng.choice(KINDS), None))
    elif action == "remove":
        del steps[place]
    elif action == "change":
        steps[place] = (rng.choice(KINDS), steps[place][1])
    elif action == "rename":
        steps[place] = (steps[place][0], f"m{rng.randrange(1000)}")
    else:
        steps.insert(rng.randrange(len(steps)), steps.pop(place))
    names = [name for _, name in steps if name]
    for index, (kind, name) in enumerate(steps):
        if name and names.count(name) > 1:
            steps[index] = (kind, None)
            names.remove(name)


@pytest.mark.parametrize("seeds", parts(200, 20), ids=str)
def test_names_alone_are_names_alone(seeds: range) -> None:
    for seed in seeds:
        rng = random.Random(seed)
        steps = [(rng.choice(KINDS), f"n{number}") for number in range(rng.randrange(1, 20))]
        names = [name for _, name in steps]
        fresh = [f"x{number}" if rng.random() < 0.5 else name for number, name in enumerate(names)]
        found = told(_spec(steps), _spec([(kind, name) for (kind, _), name in zip(steps, fresh, strict=True)]))
        renamed = {change.before.name: change.after.name for change in found.changes if change.before and change.after}
        assert renamed == {one: two for one, two in zip(names, fresh, strict=True) if one != two}
        assert {change.state for change in found.changes} <= {"renamed"}
