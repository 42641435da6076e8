"""The JSON that commands print, held against Python's own writer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.cli.documents import write_document
from archcalc.report.indented import indented

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES, st.sampled_from([0, 2, 4]))
def test_values_are_written_as_python_writes_them(value: Any, level: int) -> None:
    plain = json.dumps(value, indent=2)
    assert indented(value) == plain
    assert indented(value, level).replace("\n" + " " * level, "\n") == plain


@pytest.mark.parametrize("count", [0, 1, 3])
@pytest.mark.parametrize("problems", [[], ["a file", 'and "another"']])
def test_a_document_is_written_entry_by_entry(
    count: int, problems: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    entries = [{"name": f"n{number}", "layers": [number, {}], "ok": None} for number in range(count)]
    write_document(iter(entries), ok=not problems, problems=problems)
    data = {"archcalc_json": 1, "ok": not problems, "specs": entries, "problems": problems}
    assert capsys.readouterr().out == json.dumps(data, indent=2) + "\n"
