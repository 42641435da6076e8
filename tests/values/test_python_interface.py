"""What a table, a command or a spec accepts as a name or a number, Python accepts, and mistakes are told in words."""

from __future__ import annotations

import copy
import inspect
import pickle
import pydoc
from collections.abc import Callable

import pytest

import archcalc
from archcalc import InvalidSpec, LegalSizes, Report
from archcalc.layers import (
    Conv,
    Dropout,
    Flatten,
    Linear,
    LpPool,
    MaxPool,
    Pad,
    Permute,
    Relu,
    Reshape,
)
from archcalc.layers.base import Layer
from archcalc.layers.construction import WrongFields
from archcalc.layers.table import KINDS, layer_class

NET = """\
input: [1, 32, 32]
blocks:
  pair(out):
    - {conv: [out, 3], as: conv}
    - relu
layers:
  - conv: [6, 5]
  - {repeat: 2, do: [{pair: 6}], as: g}
  - {pair: 8, as: last}
  - flatten
  - {linear: 10, as: fc}
"""


def report() -> Report:
    return archcalc.load(NET).check()


def test_a_number_is_a_name() -> None:
    found = report()
    assert found[0] == found["0"]
    assert found.explain(0) == found.explain("0")
    assert found.closed_forms(0) == found.closed_forms("0")
    assert 0 in found
    assert 2 not in found
    with pytest.raises(KeyError, match=r"there is no layer called 2; `report.layers\[2\]` goes by their order"):
        found[2]
    with pytest.raises(KeyError, match=r"there is no layer called -1"):
        found.explain(-1)
    # As in the language, true is no number.
    assert True not in found


def test_a_scope_has_what_its_layers_have_together() -> None:
    found = report()
    scope = found["g"]
    inside = [layer for layer in found if layer.name.startswith("g.")]
    assert (scope.name, scope.kind, scope.path, scope.line) == ("g", "group", ("g",), 8)
    assert (scope.input, scope.output, scope.outputs) == (((6, 28, 28),), (6, 24, 24), ((6, 24, 24),))
    assert list(scope.layers) == inside
    for quantity in ("parameters", "frozen", "buffers", "multiplications"):
        assert getattr(scope, quantity) == sum(getattr(layer, quantity) for layer in inside)
    assert scope.derivation == found.explain("g")
    # 6*6*9 + 6 = 330 and 28 - 2 = 26 for the first of them, and 8*6*9 + 8 = 440.
    assert (found["g.0"].kind, found["g.0"].parameters, found["g.0"].output) == ("pair", 330, (6, 26, 26))
    assert found["last"].parameters == 440
    assert "g" in found
    assert "g.0" in found
    with pytest.raises(KeyError, match="there is no layer 'lats'; did you mean 'last'"):
        found["lats"]


def test_a_scope_with_an_error_keeps_its_counts_unknown() -> None:
    found = archcalc.load("input: [8]\nlayers: [{do: [{conv: [4, 3]}, relu], as: g}]").check()
    assert (found["g"].output, found["g"].parameters) == (None, None)


def test_a_notebook_completes_layers_and_scopes() -> None:
    offered = report()._ipython_key_completions_()
    assert offered == [
        *["0", "g.0.conv", "g.0.1", "g.1.conv", "g.1.1", "last.conv", "last.1", "3", "fc"],
        *["g.0", "g", "g.1", "last"],
    ]
    assert all(report()[name].name == name for name in offered)


def test_sizes_come_as_keywords_everywhere() -> None:
    unet = archcalc.load("unet:paper")
    legal = unet.legal_sizes()
    assert legal.nearest(N=570) == legal.nearest({"N": 570}) == legal.nearest(570) == ({"N": 556}, {"N": 572})
    two = archcalc.load("input: [1, H, W]\nlayers: [max_pool: 2, max_pool: 2]").legal_sizes()
    assert two.nearest(H=6, W=8) == two.nearest({"H": 6}, W=8) == ({"H": 4, "W": 8}, {"H": 8, "W": 8})
    with pytest.raises(KeyError, match="W"):
        two.nearest(H=6)
    with pytest.raises(TypeError, match="sizes are a mapping with a whole number for each of H, W"):
        two.nearest(6)
    assert unet.unfold(N=188).symbols == unet.unfold({"N": 188}).symbols == {"N": 188}


WRONG = {
    "a typo in a layer": ("input: [3, N, N]\nlayers: [conf: [8, 3]]", ["AC131"]),
    "no layers": ("input: [3, N, N]\nlayers: []", ["AC212"]),
    "a name that there is not": ("input: [3, N, N]\nlayers: [conv: [width, 3]]", ["AC121"]),
    "a typo behind a wrong layer": ("input: [3, N, N]\nlayers: [linear: 10, bach_norm]", ["AC321", "AC131"]),
    "two of them": ("input: [3, N, N]\nlayers: [conf: [8, 3], relu, bach_norm]", ["AC131", "AC131"]),
    "no network": ("input: [3, N\nlayers: [relu]", ["AC115"]),
    "no map": ("- 3\n", ["AC110"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_is_no_theorem_about_sizes(name: str) -> None:
    text, codes = WRONG[name]
    architecture = archcalc.load(text)
    checked = architecture.check()
    for ask in (architecture.legal_sizes, lambda: checked.legal_sizes):
        with pytest.raises(InvalidSpec) as caught:
            ask()
        found = caught.value.diagnostics
        assert all(one.severity == "error" for one in found)
        assert {one.code.id for one in found} <= {one.code.id for one in checked.diagnostics}
        assert len(found) == len(codes)
        assert all(str(one) in str(caught.value) for one in found)
        again = pickle.loads(pickle.dumps(caught.value))
        assert (str(again), again.diagnostics) == (str(caught.value), found)
    assert "legal: " not in checked.to_text().replace("(legal: ", "(")
    assert checked.to_json()["legal_sizes"] is None


@pytest.mark.parametrize(
    "layers",
    [
        "[linear: 10]",
        "[{max_pool: 2, as: a}, {max_pool: 3, from: input, as: b}, add: [a, b]]",
        "[{conv: [8, 1], as: a}, {add: [a, input]}]",
    ],
)
def test_no_size_is_an_answer_where_a_layer_cannot_be_at_any(layers: str) -> None:
    legal = archcalc.load(f"input: [3, N, N]\nlayers: {layers}\n").legal_sizes()
    assert isinstance(legal, LegalSizes)
    assert legal.is_empty
    assert legal.never


def test_layers_take_values_as_a_spec_does() -> None:
    assert Conv(4, 3) == Conv(out=4, kernel=3)
    assert Conv(4, 3, 2, padding=1) == Conv(out=4, kernel=3, stride=2, padding=1)
    assert MaxPool(2) == MaxPool(kernel=2)
    assert Linear(10, False) == Linear(out=10, bias=False)
    # One value is what a bare value sets; several are those of a list.
    assert LpPool(3, 2) == LpPool(norm=3, kernel=2)
    # A kind whose bare value is a list takes it either way.
    assert Permute(1, 0) == Permute([1, 0]) == Permute(axes=[1, 0])
    assert Reshape(4, 9) == Reshape(shape=[4, 9])
    assert Pad(2) == Pad(padding=2)
    net = {"input": [1, 8, 8], "layers": [Conv(4, 3), Relu(), Flatten(), Linear(10)]}
    assert archcalc.load(net).check().totals.parameters == 1490


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: Conv(out=4, kernel=3, strides=2), "Conv has no field `strides`; did you mean `stride`?"),
        (
            lambda: Conv(4, kernel_size=3),
            "Conv needs `kernel`; Conv has no field `kernel_size`; did you mean `kernel`?",
        ),
        (lambda: Conv(4), "Conv needs `kernel`"),
        (lambda: Conv(4, 3, out=5), "Conv gets `out` twice: by its place and by its name"),
        (lambda: Conv(out="x", kernel=3), "`out` of Conv takes a positive whole number, not x"),
        (lambda: Linear(10, bias=7), "`bias` of Linear takes true or false, not 7"),
        (lambda: Conv(4, 3, padding_mode="mirror"), "`padding_mode` of Conv is 'zeros', 'reflect', 'replicate' or "),
        (lambda: Relu(3), "Relu takes no values, not 1"),
        (lambda: Relu(slope=3), "Relu has no field `slope`; it has none"),
        (lambda: Dropout(0.5, 1, 2), "Dropout takes at most 1 values (rate), not 3"),
        (lambda: Conv(4, 3, banana=1), "Conv has no field `banana`; it has out, kernel, stride, padding, "),
    ],
)
def test_a_wrong_field_is_told_in_words(make: Callable[[], Layer], problem: str) -> None:
    with pytest.raises(WrongFields) as caught:
        make()
    assert str(caught.value).startswith(problem)
    # Who catches what Python raises for wrong arguments, or for wrong values, catches it.
    assert isinstance(caught.value, TypeError)
    assert isinstance(caught.value, ValueError)


def test_signatures_are_the_fields() -> None:
    assert str(inspect.signature(Linear)).startswith("(out, bias=True")
    assert str(inspect.signature(Relu)) == "()"
    for kind in KINDS:
        cls = layer_class(kind)
        before = str(inspect.signature(cls))
        assert list(inspect.signature(cls).parameters) == list(cls.model_fields), kind
        cls.model_rebuild()
        assert str(inspect.signature(cls)) == before, kind


def test_help_has_no_machinery() -> None:
    for kind in KINDS:
        cls = layer_class(kind)
        assert [name for name in dir(cls) if name.startswith(("model_", "_", "parse_"))] == []
    shown = pydoc.plain(pydoc.render_doc(Conv))
    assert "Conv(out, kernel, stride=1, padding=0, " in shown
    assert "model_" not in shown
    assert "pydantic" not in shown.replace("pydantic.main.BaseModel", "")
    assert dir(Conv(4, 3)) == dir(Conv)
    assert {"out", "kernel", "shapes", "as_step"} <= set(dir(Conv))


def test_layers_are_values() -> None:
    layer = Conv(4, (3, 5))
    assert pickle.loads(pickle.dumps(layer)) == copy.deepcopy(layer) == layer
    assert repr(layer) == "Conv(out=4, kernel=(3, 5))"
