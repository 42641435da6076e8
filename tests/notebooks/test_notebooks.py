"""Every worksheet is run again in Jupyter, and what it shows is what its code gives.

After a change, renew the stored outputs and read the difference:

    ARCHCALC_UPDATE=1 python -m pytest tests/notebooks

`--update` does the same wherever pytest knows that option; the folder of the cases defines it. Texts are compared to
the letter: plain, HTML, LaTeX, Markdown, and what was printed. A report page is compared by its data: how it shows them
has tests of its own. Pictures depend on the version of matplotlib; that they are there is compared, not their bytes.
"""

from __future__ import annotations

import copy
import html
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
METADATA = {
    "kernelspec": {"display_name", "language", "name"},
    "language_info": {"file_extension", "mimetype", "name", "nbconvert_exporter", "pygments_lexer"},
}
"""What a notebook may say about where it ran: nothing that differs between machines, not even Python's version."""
MACHINE_PATH = re.compile(r"(?<![\w.:/])/(?:home|Users|root|tmp|private|var|opt|work|mnt)/|\b[A-Za-z]:\\|file://")
MOST_LINES = 15
PAGE = re.compile(r'srcdoc="([^"]*)"')
PAGE_DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)
STILL = re.compile(r'src="data:image/[^"]*"')
IS_TEXT = re.compile(r"text/.*|application/.*json")

Notebook = dict[str, Any]


def loaded(path: Path) -> Notebook:
    notebook: Notebook = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def code_cells(notebook: Notebook) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def text(value: str | list[str]) -> str:
    """Text as a notebook stores it: whole, or in lines."""
    return value if isinstance(value, str) else "".join(value)


def executed(notebook: Notebook) -> Notebook:
    """The notebook with the outputs that a fresh kernel gives, run from top to bottom."""
    run = nbformat.reads(json.dumps(notebook), as_version=4)
    nbclient.NotebookClient(run, timeout=120, kernel_name="python3", record_timing=False).execute()
    found: Notebook = json.loads(nbformat.writes(run))
    return found


def by_data(value: str) -> str:
    """A text with the data of a report page in the place of the page, and with no picture in it."""
    shown = PAGE.sub(lambda page: "".join(PAGE_DATA.findall(html.unescape(page[1]))) or page[0], value)
    return STILL.sub('src="a picture"', shown)


def as_shown(output: dict[str, Any]) -> tuple[str, ...]:
    """What a reader sees of an output, however it is stored."""
    kind = output["output_type"]
    if kind == "stream":
        return kind, output["name"], text(output["text"])
    if kind in ("execute_result", "display_data"):
        data = sorted(output["data"].items())
        return kind, *(
            f"{mime}: {by_data(text(value)) if IS_TEXT.fullmatch(mime) else 'a picture'}" for mime, value in data
        )
    return kind, json.dumps(output)


def all_shown(outputs: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """What a reader sees of a cell's outputs. Jupyter cuts a stream where time passed; readers see it in one."""
    found: list[tuple[str, ...]] = []
    for kind, *details, content in map(as_shown, outputs):
        if found and kind == "stream" and found[-1][:-1] == (kind, *details):
            content = found.pop()[-1] + content
        found.append((kind, *details, content))
    return found


def stale(stored: Notebook, given: Notebook) -> list[str]:
    """Cells that do not show what their code gives."""
    pairs = zip(code_cells(stored), code_cells(given), strict=True)
    return [cell["id"] for cell, run in pairs if all_shown(cell["outputs"]) != all_shown(run["outputs"])]


def untidy(notebook: Notebook) -> list[str]:
    """What a stored notebook should not hold."""
    found = []
    cells, code = notebook["cells"], code_cells(notebook)
    if (notebook["nbformat"], notebook["nbformat_minor"]) != (4, 5):
        found.append("it is not of format 4.5")
    if notebook["metadata"].get("kernelspec", {}).get("name") != "python3":
        found.append("its kernel is not plain Python")
    for key, value in notebook["metadata"].items():
        if key not in METADATA or not set(value) <= METADATA[key]:
            found.append(f"metadata: {key} differs between machines")
    if any(set(cell["metadata"]) - {"tags"} for cell in cells):
        found.append("metadata of a cell")
    ids = [cell.get("id") for cell in cells]
    if None in ids or len(set(ids)) < len(ids):
        found.append("ids are not unique")
    if [cell["execution_count"] for cell in code] != list(range(1, len(code) + 1)):
        found.append("it was not run once from top to bottom")
    outputs = [output for cell in code for output in cell["outputs"]]
    if any(output["output_type"] == "error" or output.get("name") == "stderr" for output in outputs):
        found.append("an output holds a traceback or a warning")
    if any("Traceback (most recent call last)" in as_shown(output)[-1] for output in outputs):
        found.append("an output holds a traceback")
    if match := next((hit for string in strings(notebook) if (hit := MACHINE_PATH.search(string))), None):
        found.append(f"a path of a machine: {match.group()}")
    return found


def strings(value: Any) -> list[str]:
    """All texts inside of JSON data."""
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [string for part in parts for string in strings(part)]


def renew(path: Path, given: Notebook) -> None:
    """Store what the code gives now, in the form in which Jupyter saves."""
    notebook = loaded(path)
    for count, (cell, run) in enumerate(zip(code_cells(notebook), code_cells(given), strict=True), start=1):
        for output in run["outputs"]:
            output.pop("transient", None)
            if "execution_count" in output:
                output["execution_count"] = count
        cell.update(execution_count=count, outputs=run["outputs"])
    stored = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True)
    path.write_text(stored + "\n", encoding="utf-8", newline="\n")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook reads nothing of the folder that it runs in."""
    monkeypatch.chdir(tmp_path)


every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


@pytest.mark.job
@every_notebook
def test_outputs_are_those_of_the_code(path: Path, pytestconfig: pytest.Config) -> None:
    given = executed(loaded(path))
    if os.environ.get("ARCHCALC_UPDATE") or pytestconfig.getoption("--update", default=False):
        renew(path, given)
    stored = loaded(path)
    assert stale(stored, given) == [], f"{path.name} shows something old"
    for cell, run in zip(code_cells(stored), code_cells(given), strict=True):
        assert all_shown(cell["outputs"]) == all_shown(run["outputs"]), f"{path.name}: {cell['id']} shows something old"


@every_notebook
def test_stored_tidily(path: Path) -> None:
    assert untidy(loaded(path)) == []
    assert path.stat().st_size < 700_000, "too large to be read on the web"


@every_notebook
def test_a_cell_is_read_at_a_glance(path: Path) -> None:
    """What takes more lines is a function of `archcalc.worksheet` or `archcalc.charts`, or another step."""
    lengths = {cell["id"]: len(text(cell["source"]).splitlines()) for cell in code_cells(loaded(path))}
    assert {cell: lines for cell, lines in lengths.items() if lines > MOST_LINES} == {}


@every_notebook
def test_is_valid(path: Path) -> None:
    """Jupyter opens it without a question."""
    nbformat.validate(loaded(path))


# The checks above can fail.

SOUND: Notebook = {
    "cells": [
        {"cell_type": "markdown", "id": "words", "metadata": {}, "source": ["# Words"]},
        {
            "cell_type": "code",
            "execution_count": 1,
            "id": "print",
            "metadata": {},
            "outputs": [{"name": "stdout", "output_type": "stream", "text": ["3\n"]}],
            "source": ["x = 3\n", "print(x)"],
        },
        {
            "cell_type": "code",
            "execution_count": 2,
            "id": "show",
            "metadata": {},
            "outputs": [
                {
                    "data": {"text/plain": ["'4'"]},
                    "execution_count": 2,
                    "metadata": {},
                    "output_type": "execute_result",
                }
            ],
            "source": ["str(x + 1)"],
        },
    ],
    "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}
ERROR = {"ename": "KeyError", "evalue": "", "output_type": "error", "traceback": []}


def test_a_sound_notebook() -> None:
    assert stale(SOUND, executed(SOUND)) == []
    assert untidy(SOUND) == []


def test_changed_code_is_noticed() -> None:
    notebook = copy.deepcopy(SOUND)
    code_cells(notebook)[0]["source"] = "x = 5\nprint(x)"
    assert stale(notebook, executed(notebook)) == ["print", "show"]


def test_a_failing_cell_is_noticed() -> None:
    notebook = copy.deepcopy(SOUND)
    code_cells(notebook)[1]["source"] = "assert x == 4"
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="AssertionError"):
        executed(notebook)


def test_a_stream_in_pieces_is_one_stream() -> None:
    pieces = [{"name": "stdout", "output_type": "stream", "text": part} for part in (["a\n", "b"], "\n")]
    assert all_shown(pieces) == [("stream", "stdout", "a\nb\n")]
    assert len(all_shown([{**pieces[0], "name": "stderr"}, pieces[1]])) == 2


def test_pictures_are_there_and_texts_are_equal() -> None:
    def shown(**data: str) -> list[tuple[str, ...]]:
        mimes = {"html": "text/html", "svg": "image/svg+xml", "png": "image/png"}
        return all_shown([{"output_type": "display_data", "data": {mimes[key]: data[key] for key in data}}])

    assert shown(html="<b>1</b>", svg="<svg/>") == shown(html="<b>1</b>", svg="<svg>other</svg>")
    assert shown(html="<b>1</b>", svg="<svg/>") != shown(html="<b>2</b>", svg="<svg/>")
    assert shown(html="<b>1</b>", svg="<svg/>") != shown(html="<b>1</b>", png="AAAA")


def test_pages_are_compared_by_their_data() -> None:
    def page(script: str, data: str) -> list[tuple[str, ...]]:
        inside = f'<script type="application/json" id="data">{data}</script><script>{script}</script>'
        frame = f'<iframe srcdoc="{html.escape(inside)}"></iframe>'
        return all_shown([{"output_type": "display_data", "data": {"text/html": frame}}])

    assert page("old()", '{"a": 1}') == page("new()", '{"a": 1}') != page("new()", '{"a": 2}')
    assert by_data('<iframe srcdoc="no data"></iframe>') == '<iframe srcdoc="no data"></iframe>'
    assert by_data('<img src="data:image/png;base64,AA">') == by_data('<img src="data:image/png;base64,BB">')
    assert by_data('<img src="data:image/png;base64,AA">') != by_data('<img src="">')


@pytest.mark.parametrize(
    ("spoil", "cells"),
    [
        (lambda code: code[0]["outputs"][0].update(text="4\n"), ["print"]),
        (lambda code: code[0]["outputs"][0].update(text="3"), ["print"]),
        (lambda code: code[0]["outputs"].clear(), ["print"]),
        (lambda code: code[1]["outputs"][0]["data"].update({"text/plain": "4"}), ["show"]),
        (lambda code: code[1]["outputs"].append(ERROR), ["show"]),
    ],
)
def test_stale_outputs_are_noticed(spoil: Callable[[list[dict[str, Any]]], None], cells: list[str]) -> None:
    notebook = copy.deepcopy(SOUND)
    spoil(code_cells(notebook))
    assert stale(notebook, SOUND) == cells


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda it: it.update(nbformat_minor=4), "format 4.5"),
        (lambda it: it["metadata"]["kernelspec"].update(name="torch-env"), "plain Python"),
        (lambda it: it["metadata"]["kernelspec"].update(env="x"), "kernelspec differs"),
        (lambda it: it["metadata"].update(language_info={"version": "3.11.7"}), "language_info differs"),
        (lambda it: it["cells"][0]["metadata"].update(execution={}), "metadata of a cell"),
        (lambda it: it["cells"][0].update(id="show"), "ids are not unique"),
        (lambda it: it["cells"][0].pop("id"), "ids are not unique"),
        (lambda it: it["cells"][1].update(execution_count=7), "top to bottom"),
        (lambda it: it["cells"][1]["outputs"].append(ERROR), "traceback"),
        (lambda it: it["cells"][1]["outputs"][0].update(text="Traceback (most recent call last)\n"), "traceback"),
        (lambda it: it["cells"][1]["outputs"][0].update(text="read /home/ada/net.yaml\n"), "path of a machine"),
        (lambda it: it["cells"][1]["outputs"][0].update(text="read C:\\ada\\net.yaml\n"), "path of a machine"),
    ],
)
def test_untidy_notebooks_are_noticed(spoil: Callable[[Notebook], None], message: str) -> None:
    notebook = copy.deepcopy(SOUND)
    spoil(notebook)
    assert any(message in complaint for complaint in untidy(notebook))


def test_renewed_outputs_are_those_of_the_code(tmp_path: Path) -> None:
    notebook = copy.deepcopy(SOUND)
    for cell in code_cells(notebook):
        cell.update(execution_count=None, outputs=[])
    stored = tmp_path / "bare.ipynb"
    stored.write_text(json.dumps(notebook), encoding="utf-8")
    renew(stored, executed(notebook))
    assert loaded(stored) == SOUND
