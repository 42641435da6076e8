"""Pieces as JSON text and back: nothing but data, so that whoever writes into a cache can run nothing of theirs."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from functools import cache
from typing import Any

from archcalc.batch.piece import Piece, Question
from archcalc.diagnostics.catalogue import all_codes
from archcalc.diagnostics.model import Code, Diagnostic, Help, Label, Replacement, Severity, Span
from archcalc.dims import Polynomial
from archcalc.report.columns import Aside, Cell
from archcalc.report.outcome import Outcome
from archcalc.source import SourceFile


class Unwritable(Exception):
    """Something of a piece has no form as data; the piece is worked out each time."""


class Damaged(Exception):
    """A text is no piece."""


def written(piece: Piece, question: Question) -> str:
    """A piece as text, without the texts of files. Raises: Unwritable."""
    data = {
        "is_spec": piece.is_spec,
        "outcomes": [_outcome(one, question) for one in piece.outcomes],
        "entries": [b64encode(entry).decode("ascii") for entry in piece.entries],
        "settable": list(piece.settable),
        "problems": list(piece.problems),
    }
    return json.dumps(data, separators=(",", ":"))


def read(text: str, file: SourceFile) -> Piece:
    """The piece that a text is, about a file. Raises: Damaged."""
    try:
        data = json.loads(text)
        return Piece(
            _bool(data["is_spec"]),
            tuple([_read_outcome(one, file) for one in data["outcomes"]]),
            tuple([b64decode(entry, validate=True) for entry in data["entries"]]),
            tuple(map(_str, data["settable"])),
            tuple(map(_str, data["problems"])),
        )
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise Damaged(str(error)) from None


def _outcome(one: Outcome, question: Question) -> dict[str, Any]:
    return {
        "name": one.name,
        "variant": one.variant,
        "ok": one.ok,
        "diagnostics": [_diagnostic(found) for found in one.diagnostics],
        "counts": [_cell(cell, question) for cell in one.counts],
        "is_stated": one.is_stated,
        "layers": one.layers,
        "repaired": None if one.repaired is None else [_diagnostic(found) for found in one.repaired],
    }


def _read_outcome(data: dict[str, Any], file: SourceFile) -> Outcome:
    found = tuple(map(_read_diagnostic, data["diagnostics"]))
    return Outcome(
        _str(data["name"]),
        None if data["variant"] is None else _str(data["variant"]),
        file if found else SourceFile(file.name, ""),
        _bool(data["ok"]),
        found,
        tuple(map(_read_cell, data["counts"])),
        _bool(data["is_stated"]),
        _int(data["layers"]),
        None if data["repaired"] is None else tuple(map(_read_diagnostic, data["repaired"])),
    )


def _cell(cell: Cell, question: Question) -> Any:
    if cell is None or isinstance(cell, (int, str)):
        return cell
    if isinstance(cell, Aside):
        return {"aside": _cell(cell.value, question)}
    if isinstance(cell, Polynomial) and not question.exact:
        return {"closed": str(cell)}
    raise Unwritable


def _read_cell(data: Any) -> Cell:
    if isinstance(data, dict):
        if "closed" in data:
            return _str(data["closed"])
        inner = _read_cell(data["aside"])
        return Aside(_int(inner)) if isinstance(inner, int) else _str(inner)
    return data if data is None or isinstance(data, str) else _int(data)


def _diagnostic(one: Diagnostic) -> list[Any]:
    return [
        one.code.id,
        one.severity,
        one.message,
        one.span,
        one.label,
        [[label.span, label.text] for label in one.labels],
        one.notes,
        [_help(text) for text in one.help],
        one.layer,
    ]


def _help(text: str) -> Any:
    if not isinstance(text, Help):
        return text
    return {"text": str(text), "changes": [[one.span, one.text] for one in text.changes], "certain": text.is_certain}


@cache
def _codes() -> dict[tuple[str, str], Code]:
    """The codes with the severities that they have and may be given."""
    severities: Sequence[Severity] = ("error", "warning", "note")
    pairs = ((code, one) for code in all_codes() for one in severities)
    return {(code.id, one): code if code.severity == one else code._replace(severity=one) for code, one in pairs}


def _read_diagnostic(data: Sequence[Any]) -> Diagnostic:
    id_, severity, message, span, label, labels, notes, help, layer = data
    return Diagnostic(
        _codes()[id_, severity],
        _str(message),
        None if span is None else _span(span),
        _str(label),
        tuple([Label(_span(where), _str(text)) for where, text in labels]),
        tuple(map(_str, notes)),
        tuple(map(_read_help, help)),
        None if layer is None else _str(layer),
    )


def _read_help(data: Any) -> str:
    if isinstance(data, str):
        return data
    changes = [Replacement(_span(span), _str(text)) for span, text in data["changes"]]
    return Help(_str(data["text"]), changes, _bool(data["certain"]))


def _span(data: Any) -> Span:
    line, column, end_line, end_column = map(_int, data)
    return Span(line, column, end_line, end_column)


def _int(value: Any) -> int:
    if type(value) is not int:
        raise TypeError
    return value


def _bool(value: Any) -> bool:
    if type(value) is not bool:
        raise TypeError
    return value


def _str(value: Any) -> str:
    if type(value) is not str:
        raise TypeError
    return value
