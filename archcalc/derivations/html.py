"""A derivation for a notebook: a list of formulas in MathML, as browsers and exported pages set them."""

from __future__ import annotations

from html import escape

from archcalc.derivations.mathml import MATHML, math
from archcalc.derivations.model import Derivation, Line
from archcalc.derivations.notation import code_and_words
from archcalc.derivations.text import flow
from archcalc.terminal import visible


def html(derivation: Derivation) -> str:
    """The layer in bold, its formulas as a list, and what the letters stand for."""
    items = [f"<li>{words(line.quantity)}: {_said(line)}</li>" for line in derivation.lines]
    items += [f"<li>{words(reason)}</li>" for reason in derivation.reasons]
    legend = ", ".join(
        f"{math(MATHML.name(letter.name), MATHML.number(letter.value))} {words(letter.meaning)}"
        for letter in derivation.letters
    )
    where = f"<p>where {legend}</p>" if legend else ""
    return f"{heading(derivation)}<ul>{''.join(items)}</ul>{where}"


def heading(derivation: Derivation) -> str:
    """The name of the layer in bold, its kind and its shapes."""
    about = f"{derivation.kind}, {flow(derivation.inputs, derivation.outputs)}"
    return f"<p><b>{escape(visible(derivation.name))}</b> {escape(visible(about))}</p>"


def words(text: str) -> str:
    """Words of ours: what stands between backticks is code, and nothing else is markup.

    >>> print(words("`same` padding of <b>"))
    <code>same</code> padding of &lt;b&gt;
    """
    parts = ((is_code, escape(visible(part))) for is_code, part in code_and_words(text))
    return "".join(f"<code>{part}</code>" if is_code else part for is_code, part in parts)


def _said(line: Line) -> str:
    """The chain of a line and its words."""
    chain = line.chain(MATHML)
    formula = math(*chain) if chain else ""
    said = words(line.words)
    return f"{formula} ({said})" if formula and said else formula or said
