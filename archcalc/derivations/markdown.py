"""A derivation for a page: in Markdown with formulas between dollar signs, and in HTML with MathML.

Notebooks and GitHub set the first, browsers and exported notebooks the second, without any program.
"""

from __future__ import annotations

from html import escape

from archcalc.derivations.latex import equation
from archcalc.derivations.mathml import MATHML, math
from archcalc.derivations.model import Derivation, Line
from archcalc.derivations.notation import LATEX, code_and_words
from archcalc.derivations.text import flow
from archcalc.terminal import visible

_SPECIAL = {
    **{character: f"\\{character}" for character in "\\`*_[]|~$"},
    "<": "&lt;",
    ">": "&gt;",
    "&": "&amp;",
}
"""What can begin markup inside a line; our words never begin one."""


def markdown(derivation: Derivation) -> str:
    """The layer in bold, its formulas as a list, and what the letters stand for."""
    parts = [heading(derivation), ""]
    for line in derivation.lines:
        chain = equation(line)
        math = f"${chain}$" if chain else ""
        words = prose(line.words)
        formula = f"{math} ({words})" if math and words else math or words
        parts.append(f"- {escaped(line.quantity)}: {formula}")
    parts += [f"- {prose(reason)}" for reason in derivation.reasons]
    if derivation.letters:
        legend = (
            f"${LATEX.name(letter.name)} = {LATEX.number(letter.value)}$ {prose(letter.meaning)}"
            for letter in derivation.letters
        )
        parts += ["", f"where {', '.join(legend)}"]
    return "\n".join(parts)


def heading(derivation: Derivation) -> str:
    """The name of the layer in bold, its kind and its shapes."""
    name, kind = escaped(derivation.name), escaped(derivation.kind)
    return f"**{name}** {kind}, {escaped(flow(derivation.inputs, derivation.outputs))}"


def prose(text: str) -> str:
    r"""Words of ours for a page: what stands between backticks is code, and nothing else is markup.

    >>> print(prose("`same` padding of x_1"))
    `same` padding of x\_1
    """
    return "".join(f"`{visible(part)}`" if is_code else escaped(part) for is_code, part in code_and_words(text))


def escaped(text: str) -> str:
    r"""Words for a page: nothing in them is markup.

    >>> print(escaped("<b>$x_1*"))
    &lt;b&gt;\$x\_1\*
    """
    return "".join(_SPECIAL.get(character, character) for character in visible(text))


def html(derivation: Derivation) -> str:
    """The layer in bold, its formulas as a list, and what the letters stand for."""
    items = [f"<li>{html_words(line.quantity)}: {_said(line)}</li>" for line in derivation.lines]
    items += [f"<li>{html_words(reason)}</li>" for reason in derivation.reasons]
    legend = ", ".join(
        f"{math(MATHML.name(letter.name), MATHML.number(letter.value))} {html_words(letter.meaning)}"
        for letter in derivation.letters
    )
    where = f"<p>where {legend}</p>" if legend else ""
    return f"{html_heading(derivation)}<ul>{''.join(items)}</ul>{where}"


def html_heading(derivation: Derivation) -> str:
    """The name of the layer in bold, its kind and its shapes."""
    about = f"{derivation.kind}, {flow(derivation.inputs, derivation.outputs)}"
    return f"<p><b>{escape(visible(derivation.name))}</b> {escape(visible(about))}</p>"


def html_words(text: str) -> str:
    """Words of ours: what stands between backticks is code, and nothing else is markup.

    >>> print(html_words("`same` padding of <b>"))
    <code>same</code> padding of &lt;b&gt;
    """
    parts = ((is_code, escape(visible(part))) for is_code, part in code_and_words(text))
    return "".join(f"<code>{part}</code>" if is_code else part for is_code, part in parts)


def _said(line: Line) -> str:
    """The chain of a line and its words."""
    chain = line.chain(MATHML)
    formula = math(*chain) if chain else ""
    said = html_words(line.words)
    return f"{formula} ({said})" if formula and said else formula or said
