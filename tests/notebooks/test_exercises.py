"""The exercises of the worksheets: open as they are stored, and right and wrong answers are told apart.

`answers/NAME.yaml` holds for every exercise of `notebooks/NAME.ipynb`, in their order, an answer that is right and one
that is wrong. Nobody who only reads the worksheet sees them.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import yaml
from test_notebooks import NOTEBOOKS, code_cells, loaded, text

from archcalc.worksheet import Exercise

ANSWERS = Path(__file__).with_name("answers")
OPEN = "answer = ..."

WITH_EXERCISES = [path for path in NOTEBOOKS if path.stem != "first_steps"]


def is_exercise(source: str) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "exercise"
        for node in ast.walk(ast.parse(source))
    )


def states(path: Path, which: str) -> list[str]:
    """What the exercises of a notebook say to the answers of a kind, its code run from top to bottom."""
    answers = [entry[which] for entry in yaml.safe_load((ANSWERS / f"{path.stem}.yaml").read_text("utf-8"))]
    namespace: dict[str, Any] = {"__name__": "__main__"}
    found: list[str] = []
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
        namespace["answer"] = answers[len(found)]
        shown = eval(compile(ast.Expression(last.value), path.name, "eval"), namespace)
        assert isinstance(shown, Exercise)
        assert shown.number == len(found) + 1
        found.append(shown.state)
    assert len(found) == len(answers)
    return found


@pytest.mark.parametrize("path", WITH_EXERCISES, ids=lambda path: path.stem)
def test_right_answers_are_right(path: Path) -> None:
    found = states(path, "right")
    assert found == ["right"] * len(found)


@pytest.mark.parametrize("path", WITH_EXERCISES, ids=lambda path: path.stem)
def test_wrong_answers_are_wrong(path: Path) -> None:
    found = states(path, "wrong")
    assert found == ["wrong"] * len(found)


@pytest.mark.parametrize("path", WITH_EXERCISES, ids=lambda path: path.stem)
def test_there_are_exercises(path: Path) -> None:
    sources = [text(cell["source"]) for cell in code_cells(loaded(path))]
    exercises = [source for source in sources if is_exercise(source)]
    assert 3 <= len(exercises) <= 6
    assert all(OPEN in source for source in exercises)


def test_no_answers_without_a_worksheet() -> None:
    assert sorted(path.stem for path in ANSWERS.glob("*.yaml")) == sorted(path.stem for path in WITH_EXERCISES)
