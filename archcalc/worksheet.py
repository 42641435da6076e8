"""What worksheets need besides reports: a stated number held against a computed one, and exercises that are checked.

>>> agree("~470M", "5*5 * 200 * 32*32 * 92", source="the lecture")
<~470M: agrees, 471,040,000 rounded>
>>> agree("1/10", "40960000 / 471040000", source="the lecture", because="it is 2/23")
<1/10: differs, 2/23 = 0.0869565 (86.96% of it)>
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from numbers import Real
from types import EllipsisType
from typing import Any, Literal

from archcalc.api.architecture import Architecture, load
from archcalc.derivations.mathml import math, matrix, plain
from archcalc.expectations.matching import Match, match
from archcalc.expressions.parser import parse
from archcalc.expressions.values import ExpressionError, NoNames, is_number
from archcalc.report.html import COLOR, OPEN, grid, text
from archcalc.spec.figures import published, ungrouped
from archcalc.terminal import visible

Claim = dict[str, Any]


class Agreement:
    """A stated number beside the computed one. `holds` says whether the computed one rounds or truncates to it."""

    def __init__(self, stated: str, formula: str, value: Any, source: str, because: str) -> None:
        self.stated = stated
        self.formula = formula
        self.value = value
        self.source = source
        self.because = because
        printed = published(stated)
        expected = printed.value if printed else computed_value(stated)
        found = match(printed, value, NoNames()) if printed else Match(value == expected)
        self.holds = bool(found.holds)
        self.how = found.how if found.holds and value != expected else ""
        self.share = Fraction(value) / Fraction(expected) if expected else None

    @property
    def verdict(self) -> str:
        """In words whether it agrees, or by how much it differs."""
        if self.holds:
            return f"agrees, {_shown(self.value)}" + (f" {self.how}" if self.how else " exactly")
        share = f" ({float(100 * self.share):.4g}% of it)" if self.share is not None else ""
        return f"differs, {_shown(self.value)}{share}"

    def __repr__(self) -> str:
        return visible(f"<{self.stated}: {self.verdict}>")

    def _repr_html_(self) -> str:
        return Agreements((self,))._repr_html_()


class Agreements(tuple[Agreement, ...]):
    """Several stated numbers, in one table."""

    def __repr__(self) -> str:
        return "\n".join(map(repr, self))

    def _repr_html_(self) -> str:
        # Without a single formula there is no column for them.
        has_formulas = any(found.formula for found in self)
        rows = [_cells(found) for found in self]
        head = ["stated", "formula", "computed", "verdict"]
        if not has_formulas:
            rows = [[stated, computed, verdict] for stated, _, computed, verdict in rows]
            head.remove("formula")
        return grid(head, rows)


def together(*agreements: Agreement) -> Agreements:
    """Several statements as one table, for a cell that shows more than one.

    >>> together(agree(156, "6*(5*5 + 1)", source="C1"), agree("60k", 60_000, source="all of it"))
    <156: agrees, 156 exactly>
    <60k: agrees, 60,000 exactly>
    """
    return Agreements(agreements)


class Table:
    """Rows for a notebook, as Markdown: cells may hold `**bold**`, `$x^2$` and `<br>`."""

    def __init__(self, lines: list[list[str]], align: str) -> None:
        self.lines = lines
        self.align = align

    def _repr_markdown_(self) -> str:
        marks = {"l": ":---", "c": ":---:", "r": "---:"}
        head, *rows = self.lines
        lines = [head, [marks[letter] for letter in self.align], *rows]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)

    def __repr__(self) -> str:
        widths = [max(map(len, column)) for column in zip(*self.lines, strict=True)]
        return "\n".join(
            "  ".join(f"{cell:{'<^>'['lcr'.index(letter)]}{width}}" for cell, letter, width in row).rstrip()
            for row in (zip(line, self.align, widths, strict=True) for line in self.lines)
        )


def table(head: Sequence[object], rows: Iterable[Sequence[object]], align: str = "") -> Table:
    """A table with a letter for each column in `align`: l, c or r.

    Without `align` the first column holds words and the others numbers. Raises: ValueError for rows of other lengths.

    >>> table(["layer", "parameters"], [["c1", 156], ["c3", "2,416"]])
    layer  parameters
    c1            156
    c3          2,416
    """
    lines = [[str(cell).replace("|", "\\|") for cell in line] for line in (head, *rows)]
    align = align or "l" + "r" * (len(lines[0]) - 1)
    if {len(line) for line in lines} != {len(align)}:
        raise ValueError(f"the rows of a table have as many cells as its head: {len(lines[0])}")
    return Table(lines, align)


class Equation:
    """Matrices with words and signs between them, set as a formula by any browser."""

    def __init__(self, parts: tuple[str | Sequence[Sequence[object]], ...]) -> None:
        self.parts = parts

    def _repr_html_(self) -> str:
        return math("".join(plain(part) if isinstance(part, str) else matrix(part) for part in self.parts))

    def __repr__(self) -> str:
        return visible(" ".join(part if isinstance(part, str) else str([*map(list, part)]) for part in self.parts))


def equation(*parts: str | Sequence[Sequence[object]]) -> Equation:
    """Matrices, given as rows of numbers, with the texts between them.

    >>> equation([[1, 2], [3, 4]], "*", [[2]], "=", [[2, 4], [6, 8]])
    [[1, 2], [3, 4]] * [[2]] = [[2, 4], [6, 8]]
    """
    return Equation(parts)


def _cells(found: Agreement) -> list[str]:
    color = COLOR["holds" if found.holds else "explained" if found.because else "fails"]
    verdict = f'<b style="color:{color}">{text(found.verdict)}</b>'
    because = f"<br>{text(found.because)}" if found.because else ""
    formula = text(_grouped(found.formula.replace("**", "^").replace("*", "·")))
    source = f"<br><small>{text(found.source)}</small>" if found.source else ""
    return [f"{text(_grouped(found.stated))}{source}", formula, text(_shown(found.value)), verdict + because]


def _grouped(formula: str) -> str:
    """Thousands set apart in the whole numbers of a text."""
    return re.sub(r"(?<![\d.])\d{4,}(?![\d.])", lambda match: f"{int(match.group()):,}", formula)


def agree(stated: str | int, computed: str | int | Fraction, *, source: str, because: str = "") -> Agreement:
    """Hold a stated number (`60M`, `~470M`, `~1000x`, `1/10`) against a number or a formula of numbers.

    `because` says why they differ. Raises: AssertionError for a difference without a reason, and for a reason without
    a difference, so that a worksheet cannot say something that its numbers do not; ValueError for what is no number.
    """
    value = computed_value(computed) if isinstance(computed, str) else computed
    formula = computed if isinstance(computed, str) else ""
    found = Agreement(str(stated), formula, value, source, because)
    if found.holds == bool(because):
        raise AssertionError(f"{found!r}" + (f" although {because}" if because else ""))
    return found


def computed_value(formula: str) -> int | Fraction:
    """The exact value of a formula of numbers. Raises: ValueError for what is none."""
    try:
        value = parse(formula).evaluate(NoNames())
    except ExpressionError as error:
        raise ValueError(f"{formula!r}: {error.message}") from None
    if not is_number(value):
        raise ValueError(f"{formula!r} is no number")
    number: int | Fraction = value
    return number


class Exercise:
    """A question, and what became of an answer: `state` is open, right or wrong."""

    def __init__(self, number: int, question: str, state: Literal["open", "right", "wrong"], remark: str) -> None:
        self.number = number
        self.question = question
        self.state = state
        self.remark = remark

    def __repr__(self) -> str:
        return visible(f"<Exercise {self.number}: {self.state}{', ' if self.remark else ''}{self.remark}>")

    def _repr_html_(self) -> str:
        color = {"open": OPEN, "right": COLOR["holds"], "wrong": COLOR["fails"]}[self.state]
        remark = f"<br><small>{text(self.remark)}</small>" if self.remark else ""
        state = f'<b style="color:{color}">{self.state}</b>'
        return f"<div><b>Exercise {self.number}.</b> {text(self.question)}<br>{state}{remark}</div>"


def exercise(
    number: int,
    question: str,
    answer: Any,
    solution: Callable[[], Any] | None = None,
    *,
    requires: Sequence[Claim] = (),
    hint: str = "",
) -> Exercise:
    """Check an answer. `...` is an open question.

    With `solution` the answer is a value, compared with what that function computes: a number, also as text (`2,416`)
    or as a formula of numbers (`16·6·5**2 + 16`). With `requires` it is a spec
    (text, or Python data): it has to be free of errors and to meet these claims, written as in `expect`.

    >>> exercise(1, "How many weights has a 3x3 kernel?", 8, lambda: 3 * 3)
    <Exercise 1: wrong, too small>
    >>> exercise(2, "Ten outputs, please.", "input: [4]\\nlayers: [linear: 10]", requires=[{"output": [10]}])
    <Exercise 2: right>
    """
    if isinstance(answer, EllipsisType):
        return Exercise(number, question, "open", hint or "put your answer in place of ...")
    wrong = _compared(answer, solution()) if solution is not None else _missed(answer, requires)
    if wrong is None:
        return Exercise(number, question, "right", "")
    return Exercise(number, question, "wrong", ". ".join(part for part in (wrong, hint) if part))


def _compared(answer: Any, right: Any) -> str | None:
    if isinstance(right, (tuple, list)):
        return None if isinstance(answer, (tuple, list)) and list(answer) == list(right) else "not these"
    if isinstance(answer, str):
        answer = _as_number(answer)
    if isinstance(answer, bool) or not isinstance(answer, Real):
        return "a number is asked for"
    if answer == right:
        return None
    return "too small" if answer < right else "too large"


def _as_number(answer: str) -> int | Fraction | None:
    """The number that an answer is as tables print it, or as a formula; None for other texts."""
    try:
        return computed_value(ungrouped(answer.replace("·", "*").replace("×", "*")))
    except ValueError:
        return None


def _missed(answer: Any, requires: Sequence[Claim]) -> str | None:
    """What a spec misses. Its own claims are not what is asked for, and are set aside."""
    if not isinstance(answer, (str, Mapping)):
        return "a spec is asked for, as text or as Python data"
    architecture = Architecture.from_text(answer) if isinstance(answer, str) else load(answer)
    required = load({"input": [1], "layers": ["relu"], "expect": list(requires)})
    if architecture.spec is not None and required.spec is not None:
        architecture.spec.claims = required.spec.claims
    report = architecture.check()
    errors = [found.message for found in (*required.diagnostics, *report.diagnostics) if found.severity == "error"]
    return "; ".join(errors) if errors else None


def _shown(value: int | Fraction) -> str:
    if isinstance(value, int) or value.denominator == 1:
        return f"{int(value):,}"
    decimal = f"{float(value):,.6g}"
    # Only a fraction that people can read is worth showing.
    return f"{value} = {decimal}" if value.denominator < 1000 and len(decimal) > 5 else decimal
