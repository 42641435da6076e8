"""A question as plain data, which another process, another machine or next year reads again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from archcalc import __version__
from archcalc.expressions.values import Value, Word
from archcalc.program import Program
from archcalc.questions.values import WrongQuestion
from archcalc.source import SourceFile
from archcalc.sweep.question import Question, read

CONVENTIONS = "every design with new weights; expectations are not asked"
"""What holds of all figures of a sweep."""


def as_data(question: Question) -> dict[str, Any]:
    """All that decides the answer, as JSON has it: the spec's text, the values of the names, what is asked.

    >>> import archcalc
    >>> data = as_data(archcalc.load("unet:paper").sweep({"N": range(188, 573, 16)}, "parameters <= 1G").question)
    >>> data["for"], data["where"], data["show"], data["variant"]
    ([['N', {'from': 188, 'to': 572, 'step': 16}]], ['parameters <= 1G'], ['multiplications', 'parameters'], 'paper')
    """
    file = question.program.file
    return {
        "archcalc": __version__,
        "file": file.name,
        "format": file.format,
        "spec": file.text,
        "variant": question.program.variant,
        "for": [[axis.name, _written(axis.values)] for axis in question.axes],
        "set": {name: _written_value(value) for name, value in question.given.items()},
        "where": [one.text for one in question.constraints],
        "show": [*(quantity.text for quantity in question.quantities), *question.extras],
        "conventions": CONVENTIONS,
    }


def from_data(data: Mapping[str, Any]) -> Question:
    """The question again. Raises: WrongQuestion if another version of archcalc has asked it."""
    if data["archcalc"] != __version__:
        raise WrongQuestion(f"archcalc {data['archcalc']} has asked, and this is archcalc {__version__}")
    program = Program.read(SourceFile(data["file"], data["spec"], format=data["format"]), data["variant"])
    axes = {name: _read(values) for name, values in data["for"]}
    given = {name: _read_value(value) for name, value in data["set"].items()}
    return read(program, axes, data["where"], data["show"], given)


def digest(data: Mapping[str, Any]) -> str:
    """The SHA-256 of a question, in hexadecimal digits. The name of the spec's file is no part of it."""
    counted = {name: value for name, value in data.items() if name != "file"}
    return hashlib.sha256(json.dumps(counted, sort_keys=True).encode()).hexdigest()


def _written(values: Sequence[Value]) -> Any:
    if isinstance(values, range):
        return {"from": values[0], "to": values[-1], "step": values.step}
    return [_written_value(value) for value in values]


def _read(data: Any) -> Sequence[Value]:
    if isinstance(data, dict):
        return range(data["from"], data["to"] + 1, data["step"])
    return tuple([_read_value(value) for value in data])


def _written_value(value: Value) -> Any:
    if isinstance(value, tuple):
        return [_written_value(item) for item in value]
    if isinstance(value, Fraction):
        return {"fraction": [value.numerator, value.denominator]}
    assert isinstance(value, (bool, int, str)), value
    return value


def _read_value(data: Any) -> Value:
    if isinstance(data, list):
        return tuple([_read_value(item) for item in data])
    if isinstance(data, dict):
        return Fraction(*data["fraction"])
    return Word(data) if isinstance(data, str) else data
