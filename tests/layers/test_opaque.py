"""Opaque steps: what is stated of them is what they are, and nothing is taken for stated that is not."""

from __future__ import annotations

from typing import Any

import pytest

import archcalc
from archcalc.dims import symbol
from archcalc.infer import infer
from archcalc.layers import Opaque
from archcalc.layers.construction import WrongFields
from archcalc.layers.shape import Integers, Shape

H = symbol("H")
TOKENS = Shape((49, 96), "channels_last")


def stated(**fields: Any) -> Opaque:
    return Opaque(**{"shape": [8], "products": 0, **fields})


def test_what_is_stated_is_what_it_writes_and_costs() -> None:
    layer = stated(shape=[H, 8], products=8 * H, tensors={"a.weight": [8, 4], "a.bias": [8]}, buffers={"index": [3, 3]})
    facts = infer(layer, [TOKENS], "exact")
    assert facts.outputs == (Shape((H, 8), "channels_last"),)
    assert (facts.parameters, facts.buffer_elements, facts.multiplications) == (8 * 4 + 8, 9, 8 * H)
    assert [(tensor.name, tensor.shape) for tensor in facts.weights] == [("a.weight", (8, 4)), ("a.bias", (8,))]


def test_the_channels_stand_where_they_do_in_the_first_map_unless_it_is_said() -> None:
    maps = [TOKENS, Shape((3, 8, 8))]
    assert infer(stated(), maps, "exact").outputs == (Shape((8,), "channels_last"),)
    assert infer(stated(), maps[::-1], "exact").outputs == (Shape((8,)),)
    assert infer(stated(layout="channels_first"), maps, "exact").outputs == (Shape((8,)),)


def test_it_reads_integers_beside_real_numbers_and_writes_real_ones() -> None:
    facts = infer(stated(), [Shape((12,), integers=Integers(100)), TOKENS], "exact")
    assert facts.outputs is not None and facts.outputs[0].integers is None


def test_products_are_of_one_item_and_maps_have_as_many() -> None:
    facts = infer(stated(products=5), [Shape((4, 7, 7), items=3)] * 2, "exact")
    assert facts.multiplications == 15 and facts.outputs is not None and facts.outputs[0].items == 3
    facts = infer(stated(), [Shape((4,), items=3), Shape((4,))], "exact")
    assert [found.message for found in facts.findings] == [
        "opaque needs maps with the same number of items, but gets 3 and 1 per input"
    ]


def test_the_counter_of_a_library_is_no_number_of_the_network() -> None:
    buffers = {"norm.running_mean": [4], "norm.num_batches_tracked": []}
    assert infer(stated(buffers=buffers), [TOKENS], "exact").buffer_elements == 4


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"shape": []}, "Opaque takes a `shape` of at least one size"),
        ({"tensors": {"": [4]}}, "`tensors` of Opaque has ``, which can be no name"),
        ({"tensors": {"a..b": [4]}}, "`tensors` of Opaque has `a..b`, which can be no name"),
        ({"tensors": {"a": [4]}, "buffers": {"a": [4]}}, "Opaque has `a` among its tensors and among its buffers"),
        ({"module": "torch.nn.Linear"}, "takes the place of a class, as in package.module:Class, not torch.nn.Linear"),
        ({"module": "a:b()"}, "takes the place of a class, as in package.module:Class, not a:b()"),
        ({"module": "a;b:C"}, "takes the place of a class, as in package.module:Class, not a;b:C"),
        ({"module": "a:B\n"}, "takes the place of a class"),
        ({"module": "a.import:B"}, "takes the place of a class"),
        ({"module": "ä:B"}, "takes the place of a class"),
        ({"arguments": {"dim": 8}}, "Opaque takes `arguments` only beside `module`"),
        ({"result": 0}, "Opaque takes `result` only beside `module`"),
        ({"module": "a:B", "arguments": {"a b": 8}}, "`arguments` of Opaque has `a b`, which can be no name"),
        ({"module": "a:B", "arguments": {"class": 8}}, "`arguments` of Opaque has `class`, which can be no name"),
        ({"module": "a:B", "arguments": {"a": object}}, "takes numbers, words, true, false, null and lists of them"),
        ({"reason": " "}, "`reason` of Opaque takes words"),
    ],
)
def test_what_it_cannot_be(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(WrongFields) as raised:
        stated(**fields)
    assert message in str(raised.value)


def test_the_shape_and_the_products_have_to_be_stated() -> None:
    with pytest.raises(WrongFields, match="Opaque needs `products`"):
        Opaque(shape=[8])


def test_arguments_are_values_of_python() -> None:
    text = (
        "{dim: 2*w, sizes: [7, [1, w]], rate: 1/4, on: true, mode: same, none: null, text: \"'a b'\", list: [\"'x'\"]}"
    )
    step = f"opaque: {{shape: [8], products: 0, module: 'a:B', arguments: {text}}}"
    (node,) = archcalc.load(f"let: {{w: 4}}\ninput: [8]\nlayers:\n  - {step}\n").check().graph.nodes
    (call,) = node.layer.torch([Shape((8,))], [Shape((8,))], "exact")
    assert call.kwargs == {
        "dim": 8, "sizes": (7, (1, 4)), "rate": 0.25, "on": True, "mode": "same", "none": None, "text": "a b",
        "list": ("x",),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("shape", "products", "told"),
    [
        (["H", 8], "8*H", None),
        ([56, 8], "8*H", "opaque reads a map that depends on H, and states a shape that does not: 56×8"),
        (["H", 8], "1000", "opaque reads a map that depends on H, and states products that do not: 1,000"),
        (["H", 8], "0", None),
    ],
)
def test_what_is_stated_for_every_size_is_told(shape: list[Any], products: str, told: str | None) -> None:
    spec = {"input": [8, "H"], "layers": [{"opaque": {"shape": shape, "products": products}}]}
    found = [one.message for one in archcalc.load(spec).check().diagnostics if one.code.id == "AC348"]
    assert found == ([] if told is None else [told])
    # Where the sizes are numbers, it is stated for these.
    assert [one.code.id for one in archcalc.load({**spec, "at": {"H": 56}}).check().diagnostics] == []


def test_it_reads_like_any_layer_and_like_a_merge() -> None:
    stating = "shape: [4], products: 0"
    text = (
        "input: [4]\nlayers:\n  - {relu, as: a}\n  - {tanh, as: b}\n"
        f"  - {{opaque: {{{stating}}}, as: chained}}\n  - {{opaque: {{{stating}}}, from: a, as: elsewhere}}\n"
        f"  - opaque: {{branches: [a, [sigmoid]], {stating}}}\n    as: several\n"
        f"  - {{opaque: [b], {stating}, as: one}}\n"
        f"  - opaque: {{{stating}}}\noutput: [chained, elsewhere, several, one, here]\n"
    )
    graph = archcalc.load(text).check().graph
    reads = {node.name: [value.node.name for value in node.inputs] for node in graph.nodes if node.kind == "opaque"}
    assert reads == {"chained": ["b"], "elsewhere": ["a"], "several": ["a", "4"], "one": ["b"], "7": ["one"]}


def test_what_its_positions_see_is_not_known() -> None:
    text = "input: [3, 8, 8]\nlayers: [conv: [4, 3], {opaque: {shape: [4, 6, 6], products: 0}, as: mix}, max_pool: 2]"
    report = archcalc.load(text).check()
    assert "no field: mix (opaque) does not say what its positions see" in report.to_text(receptive_field=True)
    assert list(report.receptive_fields) == ["0"]
