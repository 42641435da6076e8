"""The account of memory: what stays, what a batch takes, what fits, and how claims and questions ask for it."""

from __future__ import annotations

import json

import pytest
from catalogue import networks, report
from effort import share

import archcalc
from archcalc import load
from archcalc.cli import main
from archcalc.dims import symbol
from archcalc.memory import Memory, NoPlan, Plan
from archcalc.memory.amounts import readable
from archcalc.memory.schedule import AMOUNTS

GPT = "gpt2"


@pytest.mark.parametrize("network", share(networks()))
def test_weights_and_buffers_are_those_of_the_module(network: str) -> None:
    torch = pytest.importorskip("torch")
    from conventions.measured import Ready

    ready = Ready.of(network)
    module = ready.build("meta")
    memory = ready.checked.memory(training="momentum")
    assert memory.weights == sum(one.numel() * one.element_size() for one in module.parameters())
    assert memory.buffers == sum(one.numel() * one.element_size() for one in module.buffers())
    trained = [one for one in module.parameters() if one.requires_grad]
    assert memory.gradients == memory.states == sum(one.numel() * one.element_size() for one in trained)
    assert torch.float32.itemsize == 4


def test_keys_and_values_of_every_token_are_kept() -> None:
    # 12 layers, each with a key and a value of 768 numbers for each of the tokens.
    tokens = report(GPT).graph.inputs[0].outputs[0].shape.elements  # type: ignore[union-attr]
    assert report(GPT).memory(3, dtype="float16").kv_cache == 3 * 2 * 12 * tokens * 768 * 2
    assert report("bert").memory().kv_cache == 0


def test_keys_and_values_of_few_heads_are_narrow_and_those_of_another_map_count_too() -> None:
    text = """
input: {words: {shape: [6, 32], layout: channels_last}, source: {shape: [9, 32], layout: channels_last}}
layers:
  - {from: words}
  - attention: {heads: 8, key_heads: 2, causal: true}
  - attention: {heads: 8, memory: source}
"""
    numbers = 2 * 6 * (32 // 8 * 2) + 2 * 9 * 32
    assert load(text).check().memory().kv_cache == 4 * numbers
    assert load(text.replace(", causal: true", "")).check().memory().kv_cache == 0


@pytest.mark.parametrize(
    ("network", "training"), [("resnet:resnet18", "adam"), ("mobilenet_v2:1.0", None), (GPT, "sgd")]
)
def test_the_largest_batch_fits_and_one_more_does_not(network: str, training: str | None) -> None:
    found = report(network)
    most = found.memory(1, training).largest_batch(6 << 30)
    assert most > 1
    assert found.memory(most, training).peak <= 6 << 30 < found.memory(most + 1, training).peak  # type: ignore[operator]


def test_nothing_fits_where_the_weights_alone_are_too_large() -> None:
    assert report("resnet:resnet18").memory(1, "adam").largest_batch(100 << 20) == 0


def test_closed_forms_are_right_for_every_batch() -> None:
    forms = report("resnet:resnet18").memory(4, "adam").closed_forms
    for batch in (1, 7):
        memory = report("resnet:resnet18").memory(batch, "adam")
        for name in ("activations", "saved"):
            assert memory._at_batch(forms[name]) == getattr(memory, name)


def test_symbols_without_a_value_stay_in_closed_forms() -> None:
    open_ = load("input: [3, N, N]\nlayers:\n  - conv: {out: 8, kernel: 3, padding: 1}\n  - relu").check()
    memory = open_.memory(2, "sgd")
    n = symbol("N")
    assert memory.activations == 2 * 4 * 16 * n**2
    assert memory.saved == 2 * 4 * (3 + 8) * n**2
    assert memory.peak is None and memory.peak_moment is None
    with pytest.raises(ValueError, match="symbols"):
        memory.largest_batch(1 << 30)
    assert "N**2" in memory.to_text()


def test_mixed_precision_halves_maps_and_copies_weights() -> None:
    text = "input: [3, 8, 8]\nlayers:\n  - conv: {out: 4, kernel: 3, bias: false}\n  - relu"
    plain, mixed = (load(text).check().memory(1, "sgd", dtype) for dtype in ("float32", "mixed"))
    assert (mixed.weights, mixed.gradients) == (plain.weights, plain.gradients)
    assert mixed.saved == plain.saved // 2 + 2 * 4 * 27  # type: ignore[operator]
    assert max(one.saved for one in mixed.moments) >= 2 * 4 * 27  # type: ignore[type-var, operator]


def test_a_difference_may_be_limited_by_what_networks_take() -> None:
    difference = archcalc.diff("resnet:resnet18", "resnet:resnet34")
    assert "peak" not in [one.quantity for one in difference.amounts]
    assert difference["peak"].after == report("resnet:resnet34").memory().peak
    assert [one.state for one in difference.judge(["peak +1%", "saved +200%"])] == ["broken", "kept"]


def test_what_lives_at_a_moment_is_followed_by_hand() -> None:
    # Input of 4 numbers; a map of 8, written over nothing; its relu of 8. Forward: 4 + 8, then 4 + 8 + 8.
    text = "input: [1, 2, 2]\nlayers:\n  - conv: {out: 2, kernel: 1, bias: false}\n  - relu"
    moments = load(text).check().memory().moments
    assert [(one.place, one.maps) for one in moments if not one.scratch] == [("1", 4 * (4 + 8 + 8))]
    assert {one.maps for one in moments if one.place == "0"} == {4 * (4 + 8)}


def test_a_map_is_freed_behind_its_last_reader() -> None:
    # Maps of 8, 8 and 12 numbers: while the last is written, nobody reads the first of them any more.
    text = "input: [1, 2, 2]\nlayers:\n  - conv: {out: 2, kernel: 1}\n  - relu\n  - conv: {out: 3, kernel: 1}"
    moments = load(text).check().memory().moments
    assert {one.maps for one in moments if one.place == "1"} == {4 * (4 + 8 + 8)}
    assert {one.maps for one in moments if one.place == "2"} == {4 * (4 + 8 + 12)}


def test_a_map_that_two_layers_keep_stays_until_both_have_their_gradients() -> None:
    branches = "[linear: {out: 3, bias: false}], [linear: {out: 3, bias: false}]"
    text = f"input: [4]\nlayers:\n  - linear: {{out: 6, bias: false}}\n  - add: [{branches}]\n"
    memory = load(text).check().memory(1, "sgd")
    # The input and the map of 6 numbers are kept; the map has no other reader behind the branches.
    assert memory.saved == 4 * (4 + 6)
    assert [one.saved for one in memory.moments if one.phase == "backward"] == [24, 24, 24, 0]


def test_nothing_is_kept_where_nothing_learns() -> None:
    memory = load("input: [8]\nlayers: [relu, tanh]").check().memory(1, "sgd")
    assert (memory.saved, {one.saved for one in memory.moments}) == (0, {0})


def test_a_network_without_layers_takes_what_stays() -> None:
    assert load("input: [4]\nlayers: []").check().memory().peak == 0


def test_a_moment_never_has_less_than_nothing() -> None:
    for network in ("resnet:resnet18", "swin:tiny", "unet:padded", "t5", "densenet:densenet121"):
        for options in ({}, {"in_place": True}):
            memory = report(network).memory(2, "adam", **options)
            assert all(getattr(one, name) >= 0 for one in memory.moments for name in AMOUNTS), network
            assert memory.moments[-1].saved >= 0


def test_everything_that_was_kept_is_freed_on_the_way_back() -> None:
    for network in ("resnet:resnet18", "swin:tiny", "unet:padded", "t5"):
        memory = report(network).memory(1, "sgd")
        # The last operation on the way back still has what it needs itself.
        assert memory.moments[-1].saved < memory.saved / 20, network  # type: ignore[operator]


def test_layers_add_up_to_the_network() -> None:
    for network in ("resnet:resnet18", "swin:tiny", "bert"):
        memory = report(network).memory(2, "adam")
        assert sum(one.saved for one in memory.layers) == memory.saved  # type: ignore[misc]
        assert sum(one.writes for one in memory.layers) == memory.activations  # type: ignore[misc]
        assert sum(one.tensors for one in memory.layers) == memory.weights + memory.buffers  # type: ignore[misc, operator]


def test_a_layer_that_nobody_knows_all_of_is_named() -> None:
    report = load("input: {shape: [7, 8], layout: channels_last}\nlayers:\n  - {lstm: 16, as: read}").check()
    memory = report.memory(1, "sgd")
    assert memory.unknown == ("read",)
    assert "at least: of read nobody knows here all that PyTorch keeps" in memory.to_text().replace("\n", " ")
    # The input in the order of the tokens, what is written, and the two states at both ends.
    assert memory.saved == 4 * (7 * 8 + 7 * 16 + 4 * 16)
    # Without training there is no workspace.
    assert report.memory().unknown == ()


def test_claims_and_questions_ask_for_it() -> None:
    text = """
input: [3, N, N]
at: {N: 32}
layers:
  - conv: {out: 8, kernel: 3, padding: 1}
  - relu
expect:
  - {peak: "<= 200 kB"}
  - {saved: "<= 100 kB", counting: sgd+batch2}
  - {kv_cache: 0}
"""
    found = load(text).check()
    assert found.ok, found.diagnostics
    values = {one.quantity: one.actual for one in found.verdicts}
    assert values["peak"] == found.memory().peak
    assert values["saved"] == found.memory(2, "sgd").saved
    largest = max(one["N"] for one in load(text).solve("N=1..200", "peak[adam+batch8] <= 20 MB"))
    within, beyond = (load(text).check(N=n).memory(8, "adam").peak for n in (largest, largest + 1))
    assert within <= 20_000_000 < beyond  # type: ignore[operator]


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("{peak: 1, counting: adm}", "did you mean `adam`"),
        ("{peak: 1, of: c}", "peak is of the whole network, and of no part of it"),
        ("{saved: 1, counting: adam+quad}", "there is no optimizer `quad`"),
        ("{peak: 1.., counting: [adam]}", "`counting` names a plan such as adam+batch32, not a list"),
        ("{multiplications: 768, peak: 1.., counting: adam}", "says nothing of multiplications"),
        ("{parameters: 16, peak: 1.., counting: adam}", "says nothing of parameters"),
    ],
)
def test_a_claim_that_cannot_be_measured_is_told_at_its_place(claim: str, said: str) -> None:
    text = f"input: [3, 8, 8]\nlayers:\n  - {{conv: [2, 1], as: c}}\nexpect:\n  - {claim}"
    (error,) = [one for one in load(text).check().diagnostics if one.severity == "error"]
    assert said in error.message + " ".join(error.help)
    assert error.span.line == 5  # type: ignore[union-attr]


def test_plans_are_read_as_people_write_them() -> None:
    plan = Plan.named("AdamW, batch 16, bf16, in-place")
    assert (plan.optimizer.name, plan.batch, plan.precision.maps, plan.in_place) == ("adamw", 16, "bfloat16", True)  # type: ignore[union-attr]
    assert Plan.named("") == Plan()
    with pytest.raises(NoPlan):
        Plan.named("batch0")
    with pytest.raises(ValueError, match="a batch has at least one item"):
        Plan.of(0)


def test_an_account_is_plain_data_and_text() -> None:
    memory = report("resnet:resnet18").memory(32, "adam")
    plain = memory.to_json()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["peak"] == memory.peak and plain["optimizer"] == "adam"
    assert len(plain["layers"]) == len([node for node in memory.graph.nodes if node.layer is not None])
    assert f"{memory.peak:,}" in str(memory)


def test_a_report_with_errors_has_no_memory() -> None:
    with pytest.raises(archcalc.InvalidSpec, match="has no memory because of its errors"):
        load("input: [1, 2, 2]\nlayers:\n  - conv: [1, 3]").check().memory()


def test_amounts_are_readable() -> None:
    assert [readable(size) for size in (0, 1023, 1024, 1536, 10**9, 1 << 40)] == [
        "0 B", "1023 B", "1.00 KiB", "1.50 KiB", "954 MiB", "1.00 TiB",
    ]  # fmt: skip


def test_a_plain_check_knows_nothing_of_memory() -> None:
    import subprocess
    import sys

    code = "import sys, archcalc; archcalc.load('resnet:resnet18').check(); print('archcalc.memory' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"


def test_memory_is_of_a_graph() -> None:
    assert Memory(report("resnet:resnet18").graph, Plan()).peak == report("resnet:resnet18").memory().peak


def test_the_command_says_what_fits(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["memory", "resnet:resnet18", "--training", "adam", "--fits", "4GiB"]) == 0
    most = report("resnet:resnet18").memory(1, "adam").largest_batch(4 << 30)
    assert f"{most:,} items at a time fit into 4GiB" in capsys.readouterr().out
    assert main(["memory", "resnet:resnet18", "--fits", "1MiB"]) == 1
    assert "not even one item fits into 1MiB" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--batch", "0"], "--batch: a batch has at least one item"),
        (["--training", "adm"], "--training: there is no optimizer `adm`: did you mean `adam`?"),
        (["--dtype", "float61"], "--dtype: there is no precision `float61`: did you mean `float16`?"),
        (["--checkpoint", "layer9"], "--checkpoint: there is no layer or scope `layer9`"),
        (["--fits", "10%"], "--fits: 10% is no amount of memory"),
    ],
)
def test_a_wrong_option_is_told(options: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["memory", "resnet:resnet18", *options]) == 2
    assert said in " ".join(capsys.readouterr().err.split())
