"""A derivation in Markdown: a list of formulas between dollar signs, as notebooks and GitHub set them."""

from __future__ import annotations

from archcalc.derivations.latex import equation
from archcalc.derivations.model import Derivation
from archcalc.derivations.notation import LATEX
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
    name, kind = escaped(derivation.name), escaped(derivation.kind)
    parts = [f"**{name}** {kind}, {escaped(flow(derivation.inputs, derivation.outputs))}", ""]
    for line in derivation.lines:
        chain = equation(line)
        math = f"${chain}$" if chain else ""
        words = escaped(line.words)
        told = f"{math} ({words})" if math and words else math or words
        parts.append(f"- {escaped(line.quantity)}: {told}")
    parts += [f"- {escaped(reason)}" for reason in derivation.reasons]
    if derivation.letters:
        legend = (
            f"${LATEX.name(letter.name)} = {LATEX.number(letter.value)}$ {escaped(letter.meaning)}"
            for letter in derivation.letters
        )
        parts += ["", f"where {', '.join(legend)}"]
    return "\n".join(parts)


def escaped(text: str) -> str:
    r"""Words for a page: nothing in them is markup.

    >>> print(escaped("<b>$x_1*"))
    &lt;b&gt;\$x\_1\*
    """
    return "".join(_SPECIAL.get(character, character) for character in visible(text))
