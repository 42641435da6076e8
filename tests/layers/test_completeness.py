"""What a kind of layer needs besides its class and its line in `KINDS`: every test says what to add, and where."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from layers.reported import reported
from properties.test_counts_by_loops import COUNTED, MERGED
from sizes.rules import RULES, SEVERAL
from strategies.fields import sampler

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Dim
from archcalc.draw.palette import DARK, LIGHT
from archcalc.layers import index, table
from archcalc.layers.base import Layer, TorchCall
from archcalc.layers.fields import Real, meaning
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.site import Site
from archcalc.layers.table import KINDS, layer_class

ROOT = Path(__file__).resolve().parents[2]


def listed(kind: str) -> list[str]:
    """The codes that a kind's docstring names."""
    found = re.search(r"^Reports: (.+)$", inspect.cleandoc(layer_class(kind).__doc__ or ""), re.MULTILINE)
    return [] if found is None else found[1].split(", ")


def without_a_case() -> list[str]:
    files = {kind: f"tests/cases/layers/{kind}.yaml" for kind in KINDS}
    return [f"{kind}: write {file}, with numbers by hand" for kind, file in files.items() if not (ROOT / file).exists()]


def without_a_loop() -> list[str]:
    where = "add a loop to COUNTED in tests/properties/test_counts_by_loops.py"
    known = {*COUNTED, *MERGED}
    return [f"{kind}: {where}" for kind in KINDS if layer_class(kind).has_products() and kind not in known]


def without_a_rule() -> list[str]:
    several = [kind for kind in KINDS if layer_class(kind).inputs != 1]
    return [
        f"{kind}: add a rule to {'SEVERAL' if kind in several else 'RULES'} in tests/sizes/rules.py"
        for kind in KINDS
        if kind not in (SEVERAL if kind in several else RULES)
    ]


def without_a_colour() -> list[str]:
    where = "add a colour to LIGHT and DARK in archcalc/draw/palette.py"
    families = {layer_class(kind).family: kind for kind in KINDS}
    known = LIGHT.families.keys() & DARK.families.keys()
    return [f"{kind}, of the family {family}: {where}" for family, kind in families.items() if family not in known]


def without_a_meaning() -> list[str]:
    return _refused(meaning)


def without_values() -> list[str]:
    return _refused(sampler)


def _refused(ask: Callable[[type[Layer], str], object]) -> list[str]:
    """What is said about fields that have not what is asked for."""
    found = []
    for kind in KINDS:
        for field in layer_class(kind).model_fields:
            try:
                ask(layer_class(kind), field)
            except LookupError as error:
                found.append(str(error.args[0]))
    return found


def without_a_count_formula() -> list[str]:
    where = "say how its multiplications come about in `count_formulas`"
    classes = {kind: layer_class(kind) for kind in KINDS}
    return [
        f"{kind}: {where}"
        for kind, cls in classes.items()
        if cls.has_products() and cls.count_formulas is Layer.count_formulas
    ]


def without_its_codes() -> list[str]:
    """The docstring lists the codes of the rules that `shapes` calls, all of them and no others."""
    right = {kind: sorted(reported(layer_class(kind))) for kind in KINDS}
    return [
        f"{kind}: write `Reports: {', '.join(right[kind])}` into the docstring, not `{', '.join(listed(kind))}`"
        for kind in KINDS
        if listed(kind) != right[kind]
    ]


def without_an_index() -> list[str]:
    is_new = index.FILE.read_text(encoding="utf-8") == index.text()
    return [] if is_new else ["run `python -m archcalc.spec.schema`, which renews archcalc/layers/known.py"]


NEEDS: Sequence[Callable[[], list[str]]] = (
    without_a_case,
    without_a_loop,
    without_a_rule,
    without_a_colour,
    without_a_meaning,
    without_values,
    without_a_count_formula,
    without_its_codes,
    without_an_index,
)


@pytest.mark.parametrize("need", NEEDS)
def test_no_kind_is(need: Callable[[], list[str]]) -> None:
    assert need() == []


def test_tables_hold_no_kind_that_is_gone() -> None:
    for known in (COUNTED, RULES, SEVERAL):
        assert set(known) - set(KINDS) == set()
    assert set(LIGHT.families) - {layer_class(kind).family for kind in KINDS} == set()


class Toy(Layer):
    """Toy: nothing that a table knows."""

    kind = "toy"
    family = "toys"

    strength: Real = 1
    colour: str = "red"
    rounding: Rounding | None = None

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """Never any."""
        site.report(codes.RANK_MISMATCH, "toys are of no rank")
        return self._refused(site)

    def _refused(self, site: Site) -> None:
        site.report(codes.LAYOUT_MISMATCH, "toys are of no layout")

    def multiplications(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Dim:
        """One."""
        return 1

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """Nothing."""
        return ()


TOLD = {
    without_a_case: ["toy: write tests/cases/layers/toy.yaml, with numbers by hand"],
    without_a_loop: ["toy: add a loop to COUNTED in tests/properties/test_counts_by_loops.py"],
    without_a_rule: ["toy: add a rule to RULES in tests/sizes/rules.py"],
    without_a_colour: ["toy, of the family toys: add a colour to LIGHT and DARK in archcalc/draw/palette.py"],
    without_a_meaning: [
        f'say what `{field}` of toy is in {__name__}: Annotated[..., Doc("...")]'
        for field in ("strength", "colour", "rounding")
    ],
    without_values: ["toy.colour: add values of <class 'str'> to _BY_ALIAS in tests/strategies/fields.py"],
    without_a_count_formula: ["toy: say how its multiplications come about in `count_formulas`"],
    without_its_codes: ["toy: write `Reports: AC304, AC321` into the docstring, not ``"],
    without_an_index: ["run `python -m archcalc.spec.schema`, which renews archcalc/layers/known.py"],
}


@pytest.mark.parametrize("need", NEEDS)
def test_what_a_new_kind_lacks_is_told_with_its_place(
    need: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = need()
    monkeypatch.setitem(KINDS, "toy", "toys:Toy")
    monkeypatch.setitem(table._loaded, "toy", Toy)
    assert [told for told in need() if told not in before] == TOLD[need]
