"""The rules of the language, one by one: what each allows, and what it forbids."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from checking import check, errors, names, sound, steps, wrong

from archcalc import Architecture, load
from archcalc.source import SourceFile, parse, plain

EXAMPLES = sorted((Path(__file__).parents[1] / "cases" / "examples").glob("*.yaml"))


# 1. Scalars are source text


@pytest.mark.parametrize("word", ["yes", "no", "on", "off", "True", "FALSE"])
def test_truth_is_written_true_and_false(word: str) -> None:
    assert steps("- conv: {out: 4, kernel: 3, bias: false}").totals.parameters == 4 * 8 * 9
    assert wrong(f"- conv: {{out: 4, kernel: 3, bias: {word}}}") in (["AC120"], ["AC121"])


@pytest.mark.parametrize("text", ["010", "0x10", "1:30", "1__000", "1_", "3x3", "2024-01-01", "0b11", ".inf"])
def test_the_types_of_yaml_are_no_types_here(text: str) -> None:
    assert wrong(f"- conv: [{text}, 3]")[0] in ("AC120", "AC126", "AC133")
    assert steps("- conv: [1e1, 3]").outputs == {"output": (10, 4, 4)}


@pytest.mark.parametrize(("text", "value"), [("1_0", 10), ("1_00", 100), ("0.5 * 1_0", 5), ("1_0 // 2", 5)])
def test_digits_may_be_grouped_by_underscores(text: str, value: int) -> None:
    assert steps(f"- conv: [{text}, 3]").outputs == {"output": (value, 4, 4)}


def test_quoted_equals_plain() -> None:
    plain_, quoted = steps("- conv: {out: 4, kernel: [3, 1]}"), steps("""- "conv": {'out': "4", kernel: ["3", '1']}""")
    assert plain_.outputs == quoted.outputs
    assert names(plain_) == names(quoted)


# 2. Flow commas and ranges


def test_flow_commas_are_never_repaired() -> None:
    assert wrong("- conv: {out: max(1, 4), kernel: 3}") == ["AC115"]
    assert steps('- conv: {out: "max(1, 4)", kernel: 3}').outputs == {"output": (4, 4, 4)}
    assert errors("input: [8]\nlayers: [linear: 10]\nexpect:\n  parameters: >= 40\n") == ["AC118"]


# 3. Symbols are born in `input` or `at`


def test_symbols_are_born_in_input_and_at() -> None:
    text = "input: [1, N, N]\nat: {classes: 21}\nlayers: [{conv: [classes, 3]}]\n"
    assert sound(text, N=8).outputs == {"output": (21, 6, 6)}
    assert [str(size) for size in sound(text, symbolic=True).outputs["output"] or ()] == ["classes", "N - 2", "N - 2"]
    assert wrong("- conv: [classses, 3]") == ["AC121"]


# 4. here and input


def test_here_is_what_a_step_would_read_without_from() -> None:
    report = steps("""
        - {identity, as: skip}
        - {conv: [4, 3], as: small}
        - concat: [here, [{crop: {to: here}, from: skip}]]
    """)
    assert report.outputs == {"output": (12, 4, 4)}
    inner = steps("- b", before="blocks:\n  b(): [{conv: [4, 1]}, {concat: [here, input]}]\n")
    assert inner.outputs == {"output": (12, 6, 6)}
    assert errors("input: {a: [1, 8], b: [1, 8]}\nlayers: [relu]\n") == ["AC207"]


# 5. when


def test_a_step_left_out_passes_its_value() -> None:
    report = steps("- {conv: [4, 3], when: in_channels != 8, as: maybe}\n- {relu, from: maybe}")
    assert names(report) == ["0"]
    assert report.outputs == {"output": (8, 6, 6)}
    moved = steps("- {relu, as: a}\n- {conv: [4, 1], as: b}\n- {tanh, from: a, when: 1 > 2}\n- relu")
    assert moved.outputs == {"output": (4, 6, 6)}
    assert wrong("- concat: [here, [{relu, when: 1 > 2}]]") == ["AC205"]
    assert steps("- add: [here, [{relu, when: 1 > 2}]]").outputs == {"output": (8, 6, 6)}
    assert errors("input: [C, 8]\nlayers: [{relu, when: C > 3}]\n") == ["AC125"]


# 6. Branches


def test_branches_are_maps_lists_and_groups() -> None:
    report = steps("- concat: [here, [], [relu], {do: [tanh]}, {do: [{conv: [4, 1]}], as: side}]")
    assert report.outputs == {"output": (36, 6, 6)}
    assert wrong("- add: [here, conv: [8, 1]]") == ["AC204"]
    assert wrong("- add: here") == ["AC135"]
    assert wrong("- add: [here, [global_avg_pool]]") == ["AC306"]
    assert steps("- add: {branches: [here, [global_avg_pool]], broadcast: true}").outputs == {"output": (8, 6, 6)}


# 7. do, for and repeat


def test_groups_with_a_name_are_scopes_and_others_are_not() -> None:
    text = """
        - {do: [{conv: [4, 1], as: a}, relu], as: stage}
        - {do: [{conv: [4, 1], as: b}, relu]}
        - {repeat: 2, do: [{conv: [4, 1]}], as: twice}
    """
    # `stage` is child 0 of the network; `b` and the activation behind it stand in the network itself.
    assert names(steps(text)) == ["stage.a", "stage.1", "b", "2", "twice.0", "twice.1"]
    assert wrong("- {conv: [4, 1], repeat: 2}") == ["AC134"]


# 8. Names


def test_unnamed_modules_are_numbered_as_in_sequential() -> None:
    text = """
        - conv: [4, 1]
        - relu
        - add: [here, [{conv: [4, 1]}]]
        - {dropout, when: 1 > 2}
        - max_pool: 2
        - {for: {i: 1..2}, do: [{conv: [4, 1]}]}
    """
    assert names(steps(text)) == ["0", "1", "2", "add", "3", "4", "5"]


def test_computed_names_and_their_paths() -> None:
    text = """
        - for: {i: 1..2}
          do:
            - {do: [{conv: [4, 1], as: skip}, relu], as: layer$i}
        - for: {i: 1..2}
          do: [{conv: [4, 1], as: conv$(i)_$(i + 1)}]
        - add: [here, layer$(1).skip]
    """
    report = steps(text)
    assert names(report)[:4] == ["layer1.skip", "layer1.1", "layer2.skip", "layer2.1"]
    assert names(report)[4:6] == ["conv1_2", "conv2_3"]
    assert wrong("- {relu, as: a}\n- {tanh, as: a}") == ["AC202"]
    assert wrong("- {repeat: 2, do: [{relu, as: a}]}") == ["AC202"]
    for name in ("forward", "class", "input", "training", "__init__"):
        assert wrong(f"- {{relu, as: {name}}}") == ["AC136"]


def test_the_innermost_name_wins() -> None:
    text = """
        - {conv: [4, 1], as: a}
        - do:
            - {conv: [6, 1], as: a}
            - {relu, from: a}
          as: inner
        - {relu, from: a}
    """
    report = steps(text)
    assert report["inner.1"].output == (6, 6, 6)
    assert report.outputs == {"output": (4, 6, 6)}


# 9. Resolution


def test_blocks_come_before_layers_and_see_their_own_only() -> None:
    report = steps("- relu", before="blocks:\n  relu(): [{conv: [3, 1]}]\n")
    assert report.outputs == {"output": (3, 6, 6)}
    assert [found.code.id for found in report.diagnostics] == ["AC145"]
    caller = "blocks:\n  b(): [{relu, from: skip}]\n"
    assert wrong("- {identity, as: skip}\n- b", before=caller) == ["AC201"]
    assert wrong("- {for: {i: 1..2}, do: [b]}", before="blocks:\n  b(): [{conv: [i, 1]}]\n") == ["AC121"]


def test_kinds_words_maps_and_lists_are_values() -> None:
    before = (
        "blocks:\n  b(spec, act=relu, mode=same): [{conv: {out: 'spec[0]', kernel: 3, padding: mode}}, {apply: act}]\n"
    )
    report = steps("- b: [[5, 7], tanh]", before=before)
    assert [layer.kind for layer in report] == ["conv", "tanh"]
    assert report.outputs == {"output": (5, 6, 6)}
    joined = "blocks:\n  up(width, skip): [{conv: [width, 1]}, {concat: [here, skip]}]\n"
    assert steps("- {relu, as: a}\n- up: [4, a]", before=joined).outputs == {"output": (12, 6, 6)}
    assert wrong("- apply: rleu") == ["AC121"]
    assert wrong("- apply: same") == ["AC131"]


# 10. Lists


def test_a_list_of_a_step_is_positional_and_of_a_field_per_axis() -> None:
    assert steps("- max_pool: [3, 1]").outputs == {"output": (8, 4, 4)}
    assert steps("- conv: [4, [1, 3]]").outputs == {"output": (4, 6, 4)}
    padded = steps("- conv: {out: 4, kernel: 3, padding: [[0, 1], [2, 1]]}")
    assert padded.outputs == {"output": (4, 5, 7)}
    assert wrong("- conv: [4, [1, 3, 1]]") == ["AC304"]
    assert wrong("- max_pool: [3, 1, 0, 1, exact, 5]") == ["AC144"]


# 11. in_channels


def test_in_channels_is_what_the_step_reads() -> None:
    text = "- {conv: [4, 1], as: a}\n- {conv: [2 * in_channels, 1], from: input}\n- {conv: [in_channels, 1], from: a}"
    assert [layer.output and layer.output[0] for layer in steps(text)] == [4, 16, 4]


def test_defaults_are_frozen_at_the_call() -> None:
    before = """
        blocks:
          b(w, reduced=in_channels // 4):
            - {conv: [w, 1]}
            - {conv: [reduced, 1]}
            - {conv: [channels(input), 1]}
    """
    report = steps("- b: 16", before=before)
    assert [layer.output and layer.output[0] for layer in report] == [16, 2, 8]
    chained = "blocks:\n  b(w, twice=2 * w): [{conv: [twice, 1]}]\n"
    assert steps("- b: 3", before=chained).outputs == {"output": (6, 6, 6)}


# 12. Loops


def test_loops_zip_their_lists_and_nest_for_a_product() -> None:
    report = steps("- {for: {i: 1..3, w: [4, 5, 6]}, do: [{conv: [i * w, 1]}]}")
    assert report.outputs == {"output": (18, 6, 6)}
    product = steps("- {for: {i: [1, 2]}, do: [{for: {j: [3, 5]}, do: [{conv: [i * j, 1]}]}]}")
    assert [layer.output and layer.output[0] for layer in product] == [3, 5, 6, 10]
    assert wrong("- {for: {i: 1..3, w: [4, 5]}, do: [relu]}") == ["AC141"]
    assert wrong("- {for: {i: 1..3}, do: [relu], when: i > 1}") == ["AC121"]
    assert names(steps("- {for: {i: 1..0}, do: [relu]}\n- tanh")) == ["0"]


def test_for_makes_one_branch_per_turn_and_repeat_one_in_all() -> None:
    assert steps("- concat: [here, {for: {i: 1..3}, do: [{conv: [i, 1]}]}]").outputs == {"output": (14, 6, 6)}
    assert steps("- concat: [here, {repeat: 3, do: [{conv: [2, 1]}]}]").outputs == {"output": (10, 6, 6)}


# 13. Several outputs


def test_split_and_fork_give_lists() -> None:
    report = steps("- {split: 2, as: parts}\n- concat: [parts.1, parts.0, parts.1]")
    assert report.outputs == {"output": (12, 6, 6)}
    forked = steps("- {fork: [[{conv: [2, 1]}], here], as: two}\n- concat: [two.0, two.1]")
    assert forked.outputs == {"output": (10, 6, 6)}
    assert wrong("- fork: [here, here]\n- relu") == ["AC208"]
    assert wrong("- {fork: [here, here], as: two}\n- {relu, from: two.2}") == ["AC201"]


def test_outputs_are_declared_by_the_root_and_never_forward() -> None:
    text = "input: [8]\nlayers: [{linear: 4, as: a}, {linear: 2, as: b}]\noutput: [b, a]\n"
    assert sound(text).outputs == {"b": (2,), "a": (4,)}
    assert errors(text.replace("[b, a]", "[c]")) == ["AC209"]
    assert wrong("- {relu, from: later}\n- {tanh, as: later}")[0] == "AC201"
    inside = steps("- {do: [{conv: [4, 1], as: skip}, relu], as: g}\n- concat: [g.skip, here]")
    assert inside.outputs == {"output": (8, 6, 6)}


# 14. Sharing


def test_shared_parameters_count_once_and_operations_twice() -> None:
    text = """
        input: {left: [8], right: [8]}
        layers:
          - {linear: 4, from: left, as: tower}
          - {use: tower, from: right}
          - add: [here, tower]
    """
    assert sound(text).totals[:1] == (36,)
    assert sound(text).totals.multiplications == 64
    group = "input: [8]\nlayers: [{do: [{linear: 8}, relu, {linear: 8}], as: g}, {use: g}, {use: g}]\n"
    assert sound(group).totals.parameters == 144
    assert sound(group).totals.multiplications == 3 * 128
    assert errors("input: [8]\nlayers: [{linear: 4, as: a}, {use: a}]\n") == ["AC211"]
    assert errors("input: [8]\nlayers: [{linear: 4, as: a}, {use: input}]\n") == ["AC211"]


# 15. Per-item inputs


def test_items_multiply_costs_and_totals_are_polynomials() -> None:
    text = """
        input: {image: [3, 14, 14], rois: {shape: [4], count: R}}
        layers:
          - {roi_pool: {boxes: rois, size: 2}, from: image}
          - flatten
          - linear: 10
    """
    report = sound(text)
    assert report.totals.parameters == 130
    assert str(report.totals.multiplications) == "120*R"
    assert sound(text, R=5).totals.multiplications == 600


# 16. trainable


def test_frozen_layers_are_counted_apart() -> None:
    text = """
        input: [8]
        layers: [{linear: 4, trainable: false}, {do: [linear: 2], trainable: 1 > 2}, linear: 3]
        expect: [{parameters: 9}, {parameters: 55, counting: frozen}]
    """
    totals = check(text).totals
    assert (totals.parameters, totals.frozen) == (9, 36 + 10)
    assert wrong("- {relu, trainable: 3}") == ["AC123"]


# 17. rounding


@pytest.mark.parametrize(
    ("declared", "own", "size"),
    [
        ("floor", "", 2),
        ("ceil", "", 3),
        ("{conv: floor}", "", 2),
        ("{conv: ceil}", ", rounding: floor", 2),
        ("floor", ", rounding: ceil", 3),
    ],
)
def test_rounding_of_the_layer_goes_before_that_of_the_kind_and_the_spec(declared: str, own: str, size: int) -> None:
    report = steps(f"- conv: {{out: 1, kernel: 3, stride: 2{own}}}", before=f"rounding: {declared}\n")
    assert report.outputs == {"output": (1, size, size)}


def test_rounding_of_a_kind_that_does_not_round_names_those_that_do() -> None:
    found = check("input: [8, 16, 16]\nrounding: {relu: floor, convv: ceil}\nlayers: [max_pool: 2]\n").diagnostics
    first, second = [one for one in found if one.code.id == "AC130"]
    assert first.message == "`relu` does not round: its output is as large as its rule says"
    (help,) = first.help
    assert help.startswith("`rounding` has ")
    assert {"max_pool", "pool"} <= set(help.removeprefix("`rounding` has ").split(", "))
    assert (second.message, second.help) == ("`rounding` has no `convv`", ("did you mean `conv`?",))


def test_rounding_of_the_kind_goes_before_that_of_the_family() -> None:
    text = "- max_pool: {kernel: 3, stride: 2}"
    assert steps(text, before="rounding: {pool: ceil}\n").outputs == {"output": (8, 3, 3)}
    assert steps(text, before="rounding: {pool: ceil, max_pool: floor}\n").outputs == {"output": (8, 2, 2)}
    assert wrong(text) == ["AC301"]
    assert wrong(text, before="rounding: {conv: floor}\n") == ["AC301"]


# 18. expect

CLAIMS = "input: [N]\nat: {N: 8}\nlayers: [{linear: 10, as: fc}, relu]\nexpect: "


@pytest.mark.parametrize(
    "claim",
    [
        "{parameters: 90}", "{parameters: 9 * 10}", "{parameters: 0.09k}", "{parameters: 0.1k}", "{parameters: 80..90}",
        "{parameters: ..90}", "{parameters: 90..}", "{parameters: 0.05k..1k}", "{output: [10]}", "{output: [N + 2]}",
        "{of: fc, parameters: 90, multiplications: 80}", "{at: {N: 3}, parameters: 40}", "{buffers: 0}",
        "{parameters: 91, holds: false, because: a reason}", "{counting: convolutions, parameters: 0}",
    ],
)  # fmt: skip
def test_claims_that_hold(claim: str) -> None:
    assert errors(CLAIMS + claim) == []
    assert sound(CLAIMS + claim).verdicts


@pytest.mark.parametrize(
    ("claim", "code"),
    [
        ("{parameters: 91}", "AC401"), ("{parameters: 0.2k}", "AC401"), ("{parameters: ..89}", "AC401"),
        ("{parameters: 91..}", "AC401"), ("{output: [10, 1]}", "AC401"), ("{parameters: 90, holds: false}", "AC402"),
        ("{of: fd, parameters: 90}", "AC404"), ("{at: {M: 3}, parameters: 40}", "AC138"), ("{params: 3}", "AC140"),
        ("{parameters: here}", "AC207"), ("90", "AC140"),
    ],
)  # fmt: skip
def test_claims_that_fail(claim: str, code: str) -> None:
    assert code in errors(CLAIMS + claim) or (code == "AC207" and errors(CLAIMS + claim))


def test_published_roundings_may_be_rounded_or_truncated() -> None:
    for published, fits in (("61M", True), ("60M", True), ("60.9M", True), ("60.97M", True), ("62M", False)):
        # 7807 * 7807 weights and 7807 biases are 60,957,056.
        text = f"input: [7807]\nlayers: [linear: 7807]\nexpect: {{parameters: {published}}}\n"
        assert (errors(text) == []) is (fits and published != "60.97M")


# 19. Numbers are exact


def test_decimals_are_exact_and_divisions_must_come_out_even() -> None:
    assert steps("- conv: [in_channels * 0.75, 1]").outputs == {"output": (6, 6, 6)}
    assert steps("- conv: [0.1 * 30 + 0.2 * 10, 1]").outputs == {"output": (5, 6, 6)}
    assert wrong("- conv: [in_channels / 3, 1]") == ["AC133"]


# 20. Positions


def test_findings_name_the_step_and_the_calls_that_led_to_it() -> None:
    text = "blocks:\n  b(w):\n    - conv: [w, 9]\ninput: [8, 6, 6]\nlayers:\n  - relu\n  - b: 4\n"
    (found,) = check(text).diagnostics
    assert found.span is not None
    assert found.span.line == 3
    assert [label.span.line for label in found.labels] == [7]
    assert found.layer == "1.0"


def test_findings_in_an_expression_have_its_column() -> None:
    (found,) = check("input: [8]\nlayers:\n  - linear: 3 * widht\n").diagnostics
    assert found.span is not None
    assert (found.span.line, found.span.column, found.span.end_column) == (3, 17, 22)


# 21. Recursion of blocks


def test_blocks_may_call_themselves_until_a_condition_ends_it() -> None:
    before = "blocks:\n  hourglass(n): [{max_pool: 2}, {hourglass: n - 1, when: n > 1}, {upsample: 2}]\n"
    assert steps("- hourglass: 3", "[4, 8, 8]", before).outputs == {"output": (4, 8, 8)}
    assert wrong("- b", before="blocks:\n  b(): [b]\n") == ["AC143"]


# Documents


def test_variants_merge_lets_and_symbols_replace_input_and_add_claims() -> None:
    text = """
        input: [8, N]
        at: {N: 9}
        let: {a: 2, b: 3}
        rounding: floor
        layers: [{conv: [a, 1]}, {conv: [b, 2, 2]}]
        expect: {output: [3, 4]}
        variants:
          same: {}
          wide: {let: {b: 5}, expect: {parameters: 43}}
          short: {at: {N: 5}}
          other: {input: [1, 9], rounding: ceil}
    """
    assert sound(text, "same").outputs == {"output": (3, 4)}
    wide = check(text, "wide")
    assert wide.outputs == {"output": (5, 4)}
    # 8*2 + 2 and 2*5*2 + 5; the claim of the base is for every variant and does not hold here.
    assert [verdict.state for verdict in wide.verdicts] == ["fails", "holds"]
    assert check(text, "short").outputs == {"output": (3, 2)}
    assert check(text, "other").outputs == {"output": (3, 5)}
    with pytest.raises(LookupError, match="did you mean `wide`"):
        check(text, "wied")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_json_is_read_like_yaml(path: Path) -> None:
    node, _ = parse(SourceFile(path.name, path.read_text(encoding="utf-8")))
    assert node is not None
    text = json.dumps(plain(node))
    yaml, converted = Architecture.from_bytes(path.read_bytes(), "n"), Architecture.from_text(text, "n.json")
    assert yaml.variants == converted.variants
    for variant in yaml.variants[:2] or [None]:
        one, two = (spec.choose(variant).check().to_json() for spec in (yaml, converted))
        for report in (one, two):
            for entry in (*report["layers"], *report["expectations"]):
                entry["line"] = None
            report["diagnostics"] = [found["code"] for found in report["diagnostics"]]
            report["file"] = report["name"] = ""
        assert one == two


# Help that works when it is followed to the letter


def helps(text: str) -> list[str]:
    """The help of every error."""
    return [help for found in check(text).diagnostics if found.severity == "error" for help in found.help]


HEAD = "blocks:\n  wide(x, k=3): [conv: [x, k]]\ninput: [8, 16, 16]\nlayers:\n"


@pytest.mark.parametrize(
    ("wrong_step", "right_step"),
    [
        ("conv: 6", "conv: {out: 6, kernel: ...}"),
        ("conv: {kernel: 3}", "conv: {kernel: 3, out: ...}"),
        ("conv:[6, 3]", "conv: [6, 3]"),
        ("wide: {k: 5}", "wide: {k: 5, x: ...}"),
        ("wide: [4, k=5]", "wide: {x: 4, k: 5}"),
        ("crop: 4", "crop: {size: 4}"),
        ("upsample: {inplace: 2, factor: 2}", None),
        ("batch_norm: 8", "batch_norm"),
        ("relu: {inplace: true}", "relu"),
        ("add: [relu, sigmoid]", "add: [[relu], [sigmoid]]"),
    ],
)
def test_help_is_a_step_that_can_be_written(wrong_step: str, right_step: str | None) -> None:
    told = helps(f"{HEAD}  - {wrong_step}\n")
    assert len(set(told)) == 1
    if right_step is None:
        assert told == ["it changes neither shapes nor counts: leave it out"]
        return
    assert f"`{right_step}`" in told[0]
    sound(f"{HEAD}  - {right_step.replace('...', '3')}\n")


def test_fields_beside_their_layer_are_told_to_be_indented() -> None:
    beside, below = "  - conv:\n    out: 6\n    kernel: 5\n", "  - conv:\n      out: 6\n      kernel: 5\n"
    assert helps(HEAD + beside) == ["indent `out` and `kernel` below `conv`"]
    assert helps(HEAD + below)[:1] != helps(HEAD + beside)
    assert wrong("- relu:\n  tanh:") == ["AC134"]


def test_a_block_that_is_called_wrongly_is_not_unused() -> None:
    head = "blocks:\n  b(x): [conv: [x, 1]]\ninput: [8, 16, 16]\nlayers:\n"
    for step in ("b", "b: [1, 2]", "b: {y: 1}", "bb: 3", "b:\n    x: 3"):
        assert "AC146" not in [found.code.id for found in check(f"{head}  - {step}\n").diagnostics]


def test_names_that_nothing_reads() -> None:
    def unread(text: str) -> list[str]:
        return [found.message for found in check(text).diagnostics if found.code.id == "AC149"]

    assert unread("input: [N, 4]\nat: {N: 8, n: 3}\nlayers: [relu]\n") == ["nothing reads `n`"]
    assert unread("input: [8]\nlet: {f(a=w): a, w: 3, v: 4}\nlayers: [linear: f()]\n") == ["nothing reads `v`"]
    assert unread("input: [8]\nat: {v: 3}\nlayers: [linear: 3]\nexpect: {output: [v]}\n") == []
    # A misspelt reader is the error; the name is not reported as well.
    assert unread("input: [8]\nlet: {width: 3}\nlayers: [linear: widht]\n") == []


def test_all_bad_fields_of_a_layer_are_reported_at_once() -> None:
    assert wrong("- conv: {out: 0, kernel: -1, stride: 0}") == ["AC133"] * 3


def test_a_backward_range_is_told_and_an_empty_one_is_not() -> None:
    def found(numbers: str) -> list[str]:
        return [
            one.code.id
            for one in check(f"input: [8]\nlayers: [relu, {{for: {{i: {numbers}}}, do: [relu]}}]\n").diagnostics
        ]

    assert found("4..1") == ["AC148"]
    assert found("1..0") == found("[4, 3]") == []


def test_a_finding_at_a_merge_without_a_name_says_which_merge() -> None:
    text = "input: [8, 6, 6]\nlayers:\n  - add: [input, input]\n  - add: [here, [global_avg_pool]]\n"
    (found,) = check(text).diagnostics
    assert found.layer == "add_2"


def test_names_that_begin_with_a_number() -> None:
    """Caffe's 1x1 and 3x3: names of modules, though not of attributes, and no sizes where a map is named."""
    layers = (
        "[{conv: [3, 1], as: 1x1}, {relu, as: 3x3-b}, {add: [here, 1x1]}, {crop: {to: 3x3-b}}, {relu, from: 3x3-b}]"
    )
    report = load(f"input: [3, 8, 8]\nlayers: {layers}\n").check()
    assert report.ok
    assert [node.name for node in report.graph.nodes] == ["1x1", "3x3-b", "add", "2", "3"]
    assert report.graph.nodes[-1].inputs[0].node is report.graph.nodes[1]
    (error,) = load("input: [3, 8, 8]\nlayers: [{conv: [3x3, 1]}]\n").check().diagnostics
    assert error.message == "3x3 is not a number"
