r"""A derivation in LaTeX: an `align*` of amsmath, which MathJax and KaTeX set, too."""

from __future__ import annotations

from archcalc.derivations.model import Derivation, Line
from archcalc.derivations.notation import LATEX, code_and_words
from archcalc.derivations.text import flow
from archcalc.terminal import visible

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "×": r"$\times$",
    "→": r"$\to$",
    **{character: f"\\{character}" for character in "{}_$%&#"},
}


def latex(derivation: Derivation) -> str:
    """The formulas below each other, with the layer in a comment on top and the letters at the end."""
    rows = [_cells(line.quantity, equation(line), line.words) for line in derivation.lines]
    for index, letter in enumerate(derivation.letters):
        value = f"{LATEX.name(letter.name)} = {LATEX.number(letter.value)}"
        rows.append(_cells("" if index else "where", value, letter.meaning))
    rows += [_cells("", "", reason) for reason in derivation.reasons]
    return "\n".join([heading(derivation), r"\begin{align*}", " \\\\\n".join(rows), r"\end{align*}"])


def heading(derivation: Derivation) -> str:
    """The layer in a comment."""
    return comment(f"{derivation.name}: {derivation.kind}, {flow(derivation.inputs, derivation.outputs)}")


def comment(text: str) -> str:
    """A line that is not set."""
    # A comment ends where its line does, and `visible` leaves no line ends in a name.
    return f"% {visible(text)}"


def equation(line: Line) -> str:
    """The chain of a line."""
    return " = ".join(line.chain(LATEX))


def prose(text: str) -> str:
    r"""Words of ours among formulas: what stands between backticks is set as code.

    >>> print(prose("`same` padding"))
    \texttt{same}\text{ padding}
    """
    return "".join(rf"\text{'tt' if is_code else ''}{{{escaped(part)}}}" for is_code, part in code_and_words(text))


def escaped(text: str) -> str:
    r"""Words for a document: nothing in them is a command.

    >>> print(escaped("50% of $x_1"))
    50\% of \$x\_1
    """
    return "".join(_SPECIAL.get(character, character) for character in visible(text))


def _cells(label: str, math: str, words: str) -> str:
    """A row: its label, and behind the mark of alignment what it says."""
    terms = [math] if math else []
    terms += [prose(words)] if words else []
    return (rf"\text{{{escaped(label)}}}\quad & " if label else "& ") + r" \quad ".join(terms)
