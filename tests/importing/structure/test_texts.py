"""Texts of small networks: what is a block, a parameter, a condition, a loop, and what it is called."""

from __future__ import annotations

import textwrap
from contextlib import ExitStack

import pytest
from hand_made import SEQUENTIAL, Net, layer_of

from archcalc.importing.proving import unfolded
from archcalc.importing.record import Record, Tensor, Value
from archcalc.importing.structure import LADDER, Formula, flat, structured
from archcalc.importing.writing import text


def written(record: Record) -> str:
    """The structured text of a record, after every form of it is held to the flat list."""
    truth = unfolded(text(flat(record)))
    for level in LADDER:
        assert unfolded(text(structured(record, level))).same_as(truth), level
    return text(structured(record))


def body(found: str) -> str:
    """The text from the blocks, or the layers, on."""
    return found[found.index("blocks:" if "\nblocks:" in found else "layers:") :]


def expect(found: str, wanted: str) -> None:
    assert body(found) == textwrap.dedent(wanted).lstrip("\n")


def unit(net: Net, value: Value, name: str, out: int, stride: int) -> Value:
    """A residual unit, whose shortcut is a convolution where the shape changes."""
    with net.module(name, "net:Unit") as scope:
        scope.inputs = [value]
        found = net.conv(net.act(net.conv(value, "conv1", out, 3, stride)), "conv2", out, 3)
        if found.shape != value.shape:
            value = net.conv(value, "down", out, 1, stride)
        found = net.act(net.add(found, value))
        scope.outputs = [found]
    return found


def test_calls_of_a_class_are_a_block_with_a_shortcut_under_a_condition() -> None:
    net = Net()
    value = net.conv(net.image, "stem", 8)
    for stage, out in enumerate((8, 16, 32), 1):
        with net.module(f"layer{stage}", SEQUENTIAL):
            for index in range(stage + 1):
                value = unit(net, value, str(index), out, 2 if index == 0 and stage > 1 else 1)
    expect(
        written(net.done(value)),
        """
        blocks:
          unit(out, stride=1):                   # conditions inferred from 9 calls
            - {conv: {out: out, kernel: 3, stride: stride, padding: 1}, as: conv1}
            - relu
            - {conv: {out: out, kernel: 3, padding: 1}, as: conv2}
            - add:
                - here
                - - from: input
                  - {conv: {out: out, kernel: 1, stride: stride}, as: down, when: stride != 1 or channels(input) != out}
            - relu
        layers:
          - {conv: [8, 1], as: stem}
          - for: {i: 1..3, out: [8, 16, 32], depth: [2, 3, 4], stride: [1, 2, 2]}
            do:
              - as: layer$i
                do:
                  - unit: [out, stride]
                  - repeat: depth - 1
                    do: [unit: out]
        """,
    )


def test_a_step_that_the_first_call_lacks_is_the_one_whose_numbers_do_not_fit() -> None:
    # Both convolutions have the form of the missing one; the one that has as many groups as channels is there always.
    net = Net()
    value = net.conv(net.image, "stem", 8)
    for index, (out, expand) in enumerate(((8, 1), (16, 6), (24, 6), (24, 6))):
        with net.module(f"blocks.{index}", "net:Inverted") as scope:
            scope.inputs = [entered := value]
            inner = value.shape[0] * expand
            with net.module("body", SEQUENTIAL):
                if expand > 1:
                    value = net.conv(value, "0", inner)
                value = net.conv(value, str(int(expand > 1)), inner, 1, groups=inner)
                value = net.conv(value, str(1 + int(expand > 1)), out)
            if value.shape == entered.shape:
                value = net.add(value, entered)
            scope.outputs = [value]
    expect(
        written(net.done(value)),
        """
        blocks:
          inverted(out, expand=6):               # conditions inferred from 4 calls
            - as: body
              do:
                - {conv: [expand * channels(input), 1], when: expand != 1}
                - conv: {out: expand * channels(input), kernel: 1, groups: in_channels}
                - conv: [out, 1]
            - {add: [here, input], when: channels(input) == out}
        layers:
          - {conv: [8, 1], as: stem}
          - as: blocks
            do:
              - inverted: [8, 1]
              - inverted: 16
              - repeat: 2
                do: [inverted: 24]
        """,
    )


def test_parameters_are_called_as_the_arguments_of_the_class() -> None:
    net = Net()
    value = net.conv(net.image, "stem", 8)
    for index, (planes, growth) in enumerate(((16, 12), (24, 20), (32, 28))):
        with net.module(f"part{index}", "net:Part", planes=planes, growth=growth):
            value = net.conv(net.conv(value, "conv1", growth), "conv2", planes)
    assert "  part(planes, growth):\n    - {conv: [growth, 1], as: conv1}\n" in written(net.done(value))


def test_an_activation_is_a_value() -> None:
    net = Net()
    value = net.image
    for index, act in enumerate(("relu", "silu", None)):
        with net.module(f"part{index}"):
            value = net.conv(value, "conv", 8)
            value = value if act is None else net.act(value, act)
    expect(
        written(net.done(value)),
        """
        blocks:
          part(act):
            - {conv: [8, 1], as: conv}
            - {apply: act, when: act != identity}
        layers:
          - {part: relu, as: part0}
          - {part: silu, as: part1}
          - {part: identity, as: part2}
        """,
    )


def test_the_lists_of_reshape_are_unified_entry_by_entry() -> None:
    net = Net(8, 3, 4)
    value = net.made("tokens", [net.image], (12, 8), {})
    value.layout = "channels_last"
    for index, (tokens, channels) in enumerate(((12, 8), (12, 16), (12, 32))):
        with net.module(f"part{index}") as scope:
            scope.inputs = [value]
            value = net.linear(value, "up", 2 * channels)
            value = net.made("reshape", [value], (2, tokens, channels), {"shape": [2, tokens, channels]})
            value = net.made(
                "reshape", [value], (tokens, 2 * channels), {"shape": [tokens, 2 * channels], "layout": "channels_last"}
            )
            scope.outputs = [value]
    expect(
        written(net.done(value)),
        """
        blocks:
          part:
            - {linear: 2 * channels(input), as: up}
            - reshape: [2, 12, channels(input)]
            - reshape: {shape: [12, 2 * channels(input)], layout: channels_last}
        layers:
          - tokens
          - for: {i: 0..2}
            do: [{part, as: part$i}]
        """,
    )


def test_a_dense_block_joins_what_its_layers_write() -> None:
    net = Net()
    value = net.image
    for block, depth in enumerate((2, 4), 1):
        with net.module(f"block{block}", "net:Dense"):
            maps = [value]
            for index in range(1, depth + 1):
                with net.module(f"layer{index}", "net:Layer"):
                    joined = maps[0]
                    if len(maps) > 1:
                        joined = net.made("concat", maps, (sum(one.shape[0] for one in maps), 8, 8))
                    maps = [joined, net.conv(joined, "conv", 4, 3)]
            value = net.made("concat", maps, (sum(one.shape[0] for one in maps), 8, 8))
    expect(
        written(net.done(value)),
        """
        blocks:
          layer:
            - {conv: {out: 4, kernel: 3, padding: 1}, as: conv}
          dense(depth):
            - for: {i: 1..depth}
              do:
                - concat: [here, [{layer, as: layer$i}]]
        layers:
          - {dense: 2, as: block1}
          - {dense: 4, as: block2}
        """,
    )


def test_maps_are_read_across_scopes_by_paths() -> None:
    net = Net()
    with net.module("encoder", "net:Encoder"):
        skip = net.act(net.conv(net.image, "first", 8))
        value = net.conv(skip, "second", 8, 3, 2)
    with net.module("decoder", "net:Decoder"):
        value = net.made("upsample", [value], (8, 8, 8), {"factor": 2})
        value = net.made("concat", [value, skip], (16, 8, 8))
        value = net.conv(value, "last", 4)
    expect(
        written(net.done(value)),
        """
        layers:
          - as: encoder
            do:
              - {conv: [8, 1], as: first}
              - {relu, as: relu1}
              - {conv: {out: 8, kernel: 3, stride: 2, padding: 1}, as: second}
          - as: decoder
            do: [upsample: 2, concat: [here, encoder.relu1], {conv: [4, 1], as: last}]
        """,
    )


def test_a_module_that_runs_again_is_applied_again() -> None:
    net = Net()
    net.inputs[0].name = "left"
    right = net.input("right", (3, 8, 8))
    maps = []
    for image in (net.image, right):
        with net.module("tower", "net:Tower") as scope:
            scope.inputs = [image]
            maps.append(net.act(net.conv(image, "conv", 8)))
            scope.outputs = maps[-1:]
    value = net.conv(net.add(*maps), "head", 4)
    found = written(net.done(value))
    assert found.startswith("name: net\ninput: {left: [3, 8, 8], right: [3, 8, 8]}\n")
    expect(
        found,
        """
        layers:
          - as: tower
            from: left
            do: [{conv: [8, 1], as: conv}, relu]
          - {use: tower, from: right}
          - add: [tower, here]
          - {conv: [4, 1], as: head}
        """,
    )


def test_frozen_and_shared_layers_and_several_outputs_are_said() -> None:
    net = Net()
    first = net.conv(net.image, "conv", 3)
    layer_of(first).trainable = False
    second = net.conv(first, "conv", 3)
    layer_of(second).trainable = False
    expect(
        written(net.done(second, first)),
        """
        layers:
          - {conv: [3, 1], as: conv, trainable: false}
          - {use: conv, as: conv_2}
        output: [conv_2, conv]
        """,
    )


def test_sizes_of_the_input_may_be_symbols() -> None:
    net = Net()
    value = net.made("reshape", [net.conv(net.image, "conv", 4)], (4, 64), {"shape": [4, Formula("H * W")]})
    value = net.made("reshape", [value], (64, 4), {"shape": [Formula("H * W"), 4]})
    found = text(structured(net.done(value), "structured", [[3, Formula("H"), Formula("W")]], {"H": 8, "W": 8}))
    assert found == textwrap.dedent(
        """\
        name: net
        input: [3, H, W]
        at: {H: 8, W: 8}
        rounding: floor
        layers:
          - {conv: [4, 1], as: conv}
          - reshape: [4, H * W]
          - reshape: [H * W, 4]
        """
    )


HOSTILE = (
    "a: {b}",
    "x\n  - relu",
    "# no",
    "forward",
    "'\"",
    "here",
    "class",
    "é\u2028z",
    "{{}}",
    "0x",
    "$i",
    "-",
    "a" * 300,
    "&a *b !!c",
    "\\x00\x00",
    "null",
)


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_no_name_becomes_anything_else(name: str) -> None:
    net = Net()
    net.name = name
    net.image.name = name
    other = net.input(name, (3, 8, 8))
    values = []
    for index, image in enumerate((net.image, other)):
        with net.module(f"{name}{index}", f"net:{name}"):
            values.append(net.act(net.conv(image, name, 4)))
    record = net.done(net.add(*values))
    record.notes.append(name)
    for level in LADDER:
        found = text(structured(record, level), (name, f"{name}\nlayers: []"))
        assert [node.kind for node in unfolded(found).graph.nodes] == ["conv", "relu", "conv", "relu", "add"], level


def test_a_thousand_layers_are_no_more_than_a_loop() -> None:
    net = Net()
    value = net.conv(net.image, "stem", 8)
    for index in range(1000):
        value = unit(net, value, f"blocks.{index}", 8, 1)
    found = text(structured(net.done(value)))
    assert "      - repeat: 1000\n        do: [unit]\n" in found and found.count("\n") == 16


def test_scopes_that_are_nested_deeper_than_groups_can_be_are_paths() -> None:
    net = Net()
    value = net.image
    paths: list[str] = []
    with ExitStack() as stack:
        for _ in range(60):
            stack.enter_context(net.module("inner", "net:Inner"))
            value = net.conv(value, "conv", 4)
            paths.append(".".join(["inner"] * (len(paths) + 1) + ["conv"]))
    found = written(net.done(value))
    assert [node.name for node in unfolded(found).graph.nodes] == paths


def test_tensors_that_nobody_can_have_under_their_names_get_other_ones() -> None:
    net = Net()
    with net.module("double", "net:Part"):
        value = net.owned("conv", net.image, "to", (4, 8, 8), {"out": 4, "kernel": 1})
    layer_of(value).tensors = {"weight": Tensor("double.to.weight", (4, 3, 1, 1))}
    assert "as: double_" in written(net.done(value))
