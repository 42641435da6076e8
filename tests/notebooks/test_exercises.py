"""The exercises of the worksheets: open as they are stored, and right and wrong answers are told apart.

`answers/NAME.yaml` holds for every exercise of `notebooks/NAME.ipynb`, in their order, an answer that is right and one
that is wrong. Nobody who only reads the worksheet sees them.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any, NamedTuple

import pytest
import yaml
from effort import share
from test_notebooks import NOTEBOOKS, code_cells, loaded, text

from archcalc.worksheet import Exercise

pytestmark = pytest.mark.once

ANSWERS = Path(__file__).with_name("answers")
OPEN = "answer = ..."

WITH_EXERCISES = [path for path in NOTEBOOKS if path.stem != "first_steps"]
HALF = share(WITH_EXERCISES, shares=2)
"""Worksheets of which the cells are run; each commit has others."""


def is_exercise(source: str) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "exercise"
        for node in ast.walk(ast.parse(source))
    )


class States(NamedTuple):
    """What an exercise says to the answer that is right and to the one that is wrong."""

    right: str
    wrong: str


@cache
def states(path: Path) -> list[States]:
    """What the exercises of a notebook say, its code run once from top to bottom."""
    answers = yaml.safe_load((ANSWERS / f"{path.stem}.yaml").read_text("utf-8"))
    namespace: dict[str, Any] = {"__name__": "__main__"}
    found: list[States] = []
    for cell in code_cells(loaded(path)):
        source = text(cell["source"])
        body = ast.parse(source, path.name).body
        if not is_exercise(source):
            exec(compile(ast.Module(body, []), path.name, "exec"), namespace)
            continue
        *before, last = body
        assert isinstance(last, ast.Expr), f"{path.name}: {cell['id']} does not show its exercise"
        exec(compile(ast.Module(before, []), path.name, "exec"), namespace)
        assert namespace.pop("answer") is ..., f"{path.name}: {cell['id']} gives its answer away"
        shown = compile(ast.Expression(last.value), path.name, "eval")
        number = len(found) + 1
        found.append(
            States(**{name: _state(shown, namespace, answers[number - 1][name], number) for name in States._fields})
        )
    assert len(found) == len(answers)
    return found


def _state(shown: CodeType, namespace: dict[str, Any], answer: Any, number: int) -> str:
    """What the exercise with a number says to an answer."""
    exercise = eval(shown, {**namespace, "answer": answer})
    assert isinstance(exercise, Exercise)
    assert exercise.number == number
    return exercise.state


@pytest.mark.parametrize("path", HALF, ids=lambda path: path.stem)
def test_right_answers_are_right(path: Path) -> None:
    assert {state.right for state in states(path)} == {"right"}


@pytest.mark.parametrize("path", HALF, ids=lambda path: path.stem)
def test_wrong_answers_are_wrong(path: Path) -> None:
    assert {state.wrong for state in states(path)} == {"wrong"}


@pytest.mark.parametrize("path", WITH_EXERCISES, ids=lambda path: path.stem)
def test_there_are_exercises(path: Path) -> None:
    sources = [text(cell["source"]) for cell in code_cells(loaded(path))]
    exercises = [source for source in sources if is_exercise(source)]
    assert 3 <= len(exercises) <= 6
    assert all(OPEN in source for source in exercises)


def test_no_answers_without_a_worksheet() -> None:
    assert sorted(path.stem for path in ANSWERS.glob("*.yaml")) == sorted(path.stem for path in WITH_EXERCISES)
