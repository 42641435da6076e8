"""Worksheets as exported pages: nothing comes from a network, and formulas are set all the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from test_notebooks import NOTEBOOKS, code_cells, loaded, text

ALONE = {"mathjax_url": "data:,", "require_js_url": "data:,"}
"""What `jupyter nbconvert` is told, so that its page asks for no program: docs/guides/worksheets.md says how."""


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_no_formula_needs_a_program(path: Path) -> None:
    """LaTeX stands in no text, and in no output that has no HTML, which is shown before it."""
    notebook = loaded(path)
    words = [text(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    assert [found for found in words if "$" in re.sub(r"`[^`]*`", "", found)] == []
    for cell in code_cells(notebook):
        for output in cell["outputs"]:
            data = output.get("data", {})
            latex = "text/latex" in data or re.search(r"\$.*\$", text(data.get("text/markdown", "")))
            assert not latex or "text/html" in data, f"{cell['id']} shows LaTeX alone"


@pytest.mark.browser
@pytest.mark.parametrize("name", ["4_inception", "7_unet"])
def test_an_exported_worksheet_asks_for_nothing_and_shows_formulas(name: str, chromium: Any, tmp_path: Path) -> None:
    nbconvert = pytest.importorskip("nbconvert")
    (path,) = (path for path in NOTEBOOKS if path.stem == name)
    page, _ = nbconvert.HTMLExporter(**ALONE).from_filename(str(path))
    exported = tmp_path / "sheet.html"
    exported.write_text(page, encoding="utf-8")
    tab = chromium.open(exported.as_uri())
    outside = [url for url in tab.requests if not url.startswith((exported.as_uri(), "data:", "about:"))]
    assert outside == []
    high = "it => it.getBoundingClientRect().height"
    fraction, letter = (f"({high})(document.querySelector('math mfrac{part}'))" for part in ("", " mi"))
    assert tab.run(f"{fraction} > 1.5 * {letter}"), "a fraction has two floors"
    assert tab.run("Math.max(...[...document.images].map(it => it.getBoundingClientRect().width))") <= 1100
    tab.close()
