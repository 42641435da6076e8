"""Exercises: a question, and whether an answer is right, which is computed and not stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from numbers import Real
from types import EllipsisType
from typing import Any, Literal

from archcalc.api.architecture import Architecture, load
from archcalc.report.html import COLOR, OPEN, text
from archcalc.spec.figures import ungrouped
from archcalc.terminal import visible
from archcalc.worksheet.agreements import computed_value

Claim = dict[str, Any]


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
