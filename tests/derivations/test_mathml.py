"""Formulas in MathML: they are XML, they say what the text says, and no name in them is markup."""

from __future__ import annotations

import re
from fractions import Fraction
from xml.etree import ElementTree

import pytest

import archcalc
from archcalc.derivations.mathml import MATHML, math, matrix, plain
from archcalc.derivations.notation import PLAIN
from archcalc.dims import floor_div, symbol
from archcalc.expressions.parser import parse
from archcalc.worksheet import equation

HOSTILE = "</script><img src=x onerror=alert(1)>"


def told(element: ElementTree.Element) -> str:
    """What an element says, in the words of the expression language."""
    parts = [told(child) for child in element]
    if element.tag == "mfrac":
        return "({})/({})".format(*parts)
    if element.tag == "msup":
        return "({})**({})".format(*parts)
    if element.tag == "msub":
        return "_".join(parts)
    return "".join(parts) or {"\u2212": "-", "·": "*"}.get(element.text or "", element.text or "")


@pytest.mark.parametrize(
    "text",
    [
        "(N - F + 2*P)/S + 1",
        "K*C*F**2*H*W",
        "8 + (-1)",
        "-(a + b)*c",
        "a - (b - c)",
        "(a + b)**2",
        "(a**2)**3",
        "a/(b/c)",
        "a/b*c",
        "K_1*(K_2 + 1)",
    ],
)
def test_a_formula_says_what_its_text_says(text: str) -> None:
    element = ElementTree.fromstring(math(MATHML.write(parse(text))))
    letters = {name: Fraction(number) for number, name in enumerate(re.findall(r"[A-Za-z](?:_\d)?", text), start=3)}
    # A coefficient stands right before its letter.
    shown = re.sub(r"(?<=\d)(?=[A-Z])", "*", told(element))
    assert eval(shown, {}, dict(letters)) == eval(text, {}, dict(letters)), PLAIN.write(parse(text))


def test_brackets_fractions_and_signs() -> None:
    half = MATHML.number(floor_div(symbol("N"), 2))
    assert half == "<mrow><mo>⌊</mo><mfrac><mrow><mi>N</mi></mrow><mrow><mn>2</mn></mrow></mfrac><mo>⌋</mo></mrow>"
    assert MATHML.number(Fraction(1, 3)) == "<mfrac><mn>1</mn><mn>3</mn></mfrac>"
    assert MATHML.number(Fraction(5, 2)) == "<mn>2.5</mn>"
    assert MATHML.number(1234567, grouped=True) == "<mn>1,234,567</mn>"


def test_every_layer_of_some_networks_is_sound_and_has_the_numbers_of_its_text() -> None:
    for name in ("unet:paper", "googlenet:caffe", "segnet", "efficientnet:b0"):
        report = archcalc.load(name).check()
        for layer in report:
            derivation = layer.derivation
            page = ElementTree.fromstring(f"<div>{derivation.to_html()}</div>")
            found = [told(number).replace(",", "") for number in page.iter("mn")]
            for line in derivation.lines:
                if line.value is not None and line.is_count:
                    assert str(line.value) in found, (name, layer.name, line.quantity)


def test_a_scope_and_closed_forms() -> None:
    report = archcalc.load("unet:paper").check()
    scope = report.explain("enc1")._repr_mimebundle_()["text/html"]
    assert scope.startswith("<p><b>enc1</b> double, 1×572×572 → 64×568×568: 4 layers")
    assert scope.count("<ul>") == 2, "one for each convolution"
    ElementTree.fromstring(f"<div>{report.closed_forms()._repr_html_()}</div>")
    assert report.multiplications is not None
    assert told(ElementTree.fromstring(report.multiplications._repr_html_())) == (
        "733888(N)**(2)-181895424N+14356195584"
    )


def test_names_are_no_markup() -> None:
    assert "<img" not in MATHML.name(HOSTILE) + plain(HOSTILE) + matrix([[HOSTILE]]) + equation(HOSTILE)._repr_html_()


def test_an_equation_of_matrices() -> None:
    shown = equation("zeros:", [[1, -2]], ";", [[0.5]])
    assert repr(shown) == "zeros: [[1, -2]] ; [[0.5]]"
    element = ElementTree.fromstring(shown._repr_html_())
    assert told(element) == "zeros:1-2;0.5"
