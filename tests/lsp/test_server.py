"""The language server, asked by the client of an editor over the protocol."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from random import Random

import effort
import pytest

pytest.importorskip("pytest_lsp")

from catalogue import FILES
from editor.random_edits import edited
from lsp.editing import Editor, run
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.workspace import PositionCodec

import archcalc
from archcalc.lsp.positions import Places
from archcalc.lsp.session import Session
from archcalc.source import SourceFile, parse

URI = "file:///nets/net.yaml"
TEXT = """\
input: [1, 32, 32]
layers:
  - {conv: [6, 5], as: c1}
  - tanh
  - {avg_pool: 2, as: s2}
expect: {parameters: 156}
"""


def test_findings_hints_and_lenses_follow_the_edits() -> None:
    async def work(editor: Editor) -> None:
        editor.open(URI, TEXT)
        assert [hint.label for hint in await editor.hints(URI)] == ["→ 6×28×28 · 156 params", "→ 6×28×28", "→ 6×14×14"]
        titles = [lens.command.title for lens in await editor.lenses(URI)]
        assert titles == ["156 parameters · 117,600 multiplications", "holds"]
        assert await editor.findings(URI) == []
        editor.edit(URI, TEXT.replace("[6, 5]", "[8, 5]"))
        assert (await editor.hints(URI))[0].label == "→ 8×28×28 · 208 params"
        (found,) = await editor.findings(URI)
        assert found.code == "AC401" and found.severity is types.DiagnosticSeverity.Error
        assert found.range.start.line == 5

    run(work)


def test_a_broken_text_keeps_its_last_answers_marked() -> None:
    async def work(editor: Editor) -> None:
        editor.open(URI, TEXT)
        await editor.hints(URI)
        editor.edit(URI, TEXT.replace("{conv: [6, 5], as: c1}", "{conv: [6, 5"))
        labels = [hint.label for hint in await editor.hints(URI)]
        assert labels == ["→ 6×28×28 (before the last edits)", "→ 6×14×14 (before the last edits)"]
        assert [found.severity for found in await editor.findings(URI)] == [types.DiagnosticSeverity.Error]
        assert all("(before the last edits)" in lens.command.title for lens in await editor.lenses(URI))
        assert "(before the last edits)" in await editor.hover(URI, 3, 6)
        editor.edit(URI, TEXT)
        assert len(await editor.hints(URI)) == 3

    run(work)


def test_a_variant_can_be_chosen() -> None:
    text = archcalc.load("resnet").text

    async def work(editor: Editor) -> None:
        editor.open(URI, text)
        lens = next(lens for lens in await editor.lenses(URI) if "60,192,808" in lens.command.title)
        before = [hint.label for hint in await editor.hints(URI)]
        params = types.ExecuteCommandParams(lens.command.command, lens.command.arguments)
        await editor.client.workspace_execute_command_async(params)
        after = [hint.label for hint in await editor.hints(URI)]
        assert any("· 8,006,400 params" in label for label in after)
        assert not any("· 8,006,400 params" in label for label in before)

    run(work)


def test_files_of_others_are_left_alone() -> None:
    async def work(editor: Editor) -> None:
        for text in ("services:\n  web: {image: nginx}\n", "", "- a\n- b\n", "a: [b\n", "on:\n  input: [b\n"):
            editor.open(URI, text)
            assert await editor.findings(URI) == []
            assert await editor.hints(URI) == [] and await editor.lenses(URI) == []

    run(work)


def test_a_text_may_be_broken_when_it_is_opened_and_its_first_version_may_be_0() -> None:
    broken = (TEXT.replace("6, 5]", "6, 5"), TEXT.replace("layers:", "<<<<<<< ours\nlayers:"), '{"input": [1, 2')

    async def work(editor: Editor) -> None:
        for text in (*broken, TEXT.replace("tanh", "tanhh"), TEXT.replace("156", "157")):
            editor.versions[URI] = 0
            document = types.TextDocumentItem(URI, "yaml", 0, text)
            editor.client.text_document_did_open(types.DidOpenTextDocumentParams(document))
            assert [found.severity for found in await editor.findings(URI)] == [types.DiagnosticSeverity.Error], text
            editor.client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(URI)))

    run(work)


def test_repairs_are_changes_of_the_text_and_unsafe_ones_are_shown_first() -> None:
    text = "input: [1, 7, 7]\nlayers:\n  - conv: {out: 1, kernel: 3, stride: 3}\n  - ReLU\n"

    async def work(editor: Editor) -> None:
        editor.open(URI, text)
        (respelt,) = [one for one in await editor.actions(URI, 3) if "relu" in one.title]
        assert respelt.is_preferred and respelt.edit.change_annotations is None
        padding = next(one for one in await editor.actions(URI, 2) if one.title.startswith("padding: 1 on conv 0"))
        (annotation,) = padding.edit.change_annotations.values()
        assert annotation.needs_confirmation and annotation.description
        # What nobody has to decide on, all at once: the name, and what becomes of rows that no window reaches.
        (all_safe,) = await editor.actions(URI, 0, ["source.fixAll"])
        (edit,) = all_safe.edit.document_changes[0].edits
        first, last = edit.range.start, edit.range.end
        lines = text.split("\n")
        behind = "\n".join([lines[last.line][last.character :], *lines[last.line + 1 :]])
        ahead = "\n".join([*lines[: first.line], lines[first.line][: first.character]])
        assert ahead + edit.new_text + behind == text.replace("layers", "rounding: floor\nlayers").replace(
            "ReLU", "relu"
        )

    run(work)


def test_columns_are_counted_as_the_client_counts_them() -> None:
    text = "name: 𝒩𝒩\ninput: [1, 8, 8]\nlayers: [{conv: [2, 3], as: 𝒩}]\n"

    async def work(editor: Editor) -> tuple[str, types.Range]:
        editor.open(URI, text)
        (found,) = await editor.findings(URI)
        return editor.server.position_encoding, found.range

    for name in ("visual-studio-code", "neovim"):
        encoding, found = run(work, name)
        width = {"utf-16": 2, "utf-8": 4, "utf-32": 1}[encoding or "utf-16"]
        assert found.start == types.Position(2, 28) and found.end == types.Position(2, 28 + width), encoding


@pytest.mark.parametrize(("encoding", "width"), [("utf-8", 4), ("utf-16", 2), ("utf-32", 1)])
def test_a_letter_is_as_wide_as_its_client_says(encoding: str, width: int) -> None:
    places = Places(SourceFile("net.yaml", "name: 𝒩et"), PositionCodec(types.PositionEncodingKind(encoding)))
    assert [places.position(1, column) for column in (7, 8, 9)] == [
        types.Position(0, 6 + ahead) for ahead in (0, width, width + 1)
    ]
    assert [places.place(types.Position(0, 6 + ahead)) for ahead in (0, width, width + 1)] == [(1, 7), (1, 8), (1, 9)]


def test_a_broken_text_shows_what_the_last_one_said() -> None:
    session = Session("net.yaml", TEXT)
    session.answer()
    session.edit(TEXT.replace("6, 5]", "6, 5"), 2)
    session.answer()
    # Beside the lines that are as they were.
    texts = [hint.text for hint in session.hints()]
    assert texts == ["→ 6×28×28 (before the last edits)", "→ 6×14×14 (before the last edits)"]


def test_nothing_is_found_in_a_text_that_is_no_spec() -> None:
    for text in ("services: {web: {image: nginx}}\n", "- hosts: all\n", "conv: [8, 3]\n", "a: 1\na: 2\n"):
        session = Session("compose.yaml", text)
        session.answer()
        assert session.findings() == [], text


@pytest.mark.parametrize("path", effort.share(FILES), ids=lambda path: path.stem)
def test_no_answer_is_lost_in_random_edits(path) -> None:
    """After many edits, everything is as for somebody who opens the text that has come of them."""
    random = Random(path.stem)

    async def work(editor: Editor) -> None:
        original = text = path.read_text(encoding="utf-8")
        editor.open(URI, text)
        for turn in range(10):
            for _ in range(random.randrange(1, 8)):
                text = edited(text, random)
                editor.edit(URI, text)
            other = f"file:///nets/other{turn}/net.yaml"
            editor.open(other, text)
            hints, lenses = await editor.hints(URI), await editor.lenses(URI)
            if parse(SourceFile("net.yaml", text))[0] is None:
                assert all("(before the last edits)" in hint.label for hint in hints)
                assert all("(before the last edits)" in lens.command.title for lens in lenses)
            else:
                assert hints == await editor.hints(other)
                assert lenses == [_at(lens, URI) for lens in await editor.lenses(other)]
                assert await editor.symbols(URI) == await editor.symbols(other)
                found, fresh = await editor.findings(URI), await editor.findings(other)
                assert [*map(_said, found)] == [*map(_said, fresh)]
            await editor.completions(URI, random.randrange(1, 30), random.randrange(30))
            await editor.hover(URI, random.randrange(1, 30), random.randrange(30))
            text = original if random.random() < 0.3 else text
            editor.edit(URI, text)
        assert editor.logged == []

    run(work)


def _said(found: types.Diagnostic) -> tuple[object, ...]:
    return found.code, found.message, found.range


def _at(lens: types.CodeLens, uri: str) -> types.CodeLens:
    """The lens of the same text at another URI."""
    if lens.command and lens.command.arguments:
        lens.command.arguments = (uri, *lens.command.arguments[1:])
    if lens.data:
        lens.data = {**lens.data, "uri": uri}
    return lens


NAMED = """\
input: [3, N, N]
at: {N: 32}
let: {width: 8}
layers:
  - for: {i: 1..2}
    do: [{conv: [width * i, 3], as: stage$i}]
  - {relu, from: stage2}
expect: {of: stage1, parameters: 224}
"""


def test_names_are_found_and_changed_everywhere() -> None:
    async def work(editor: Editor) -> None:
        editor.open(URI, NAMED)
        document, width, stage = types.TextDocumentIdentifier(URI), types.Position(5, 18), types.Position(6, 20)
        (place,) = await editor.client.text_document_definition_async(types.DefinitionParams(document, width))
        assert place.range == types.Range(types.Position(2, 6), types.Position(2, 11))
        context = types.ReferenceContext(include_declaration=True)
        found = await editor.client.text_document_references_async(types.ReferenceParams(context, document, stage))
        assert [place.range.start.line for place in found] == [5, 6, 7]
        edit = await editor.client.text_document_rename_async(types.RenameParams(document, stage, "part2"))
        (change,) = edit.document_changes
        assert [one.new_text for one in change.edits] == ["part", "part", "part"]
        with pytest.raises(JsonRpcException, match="word of the language"):
            await editor.client.text_document_rename_async(types.RenameParams(document, width, "here"))
        assert "symbol **N** = 32; legal: N >= 5" in await editor.hover(URI, 0, 11)
        assert "let: {width: 8}" in await editor.hover(URI, 5, 18)

    run(work)


def test_a_text_is_laid_out_as_the_command_does_it() -> None:
    text = "layers:\n- conv : {kernel: 3,out: 8} # first\n- relu\ninput: [ 1, 8, 8 ]\n"

    async def work(editor: Editor) -> None:
        editor.open(URI, text)
        document = types.TextDocumentIdentifier(URI)
        options = types.FormattingOptions(tab_size=2, insert_spaces=True)
        params = types.DocumentFormattingParams(document, options)
        (edit,) = await editor.client.text_document_formatting_async(params)
        lines = text.splitlines(keepends=True)
        start = sum(map(len, lines[: edit.range.start.line])) + edit.range.start.character
        end = sum(map(len, lines[: edit.range.end.line])) + edit.range.end.character
        wanted = "input: [1, 8, 8]\nlayers:\n  - conv: {out: 8, kernel: 3}  # first\n  - relu\n"
        assert text[:start] + edit.new_text + text[end:] == wanted
        editor.edit(URI, wanted)
        assert not await editor.client.text_document_formatting_async(params)

    run(work)


def test_what_the_project_asks_is_asked_while_typing(tmp_path: Path) -> None:
    project, spec = tmp_path / "pyproject.toml", tmp_path / "net.yaml"
    project.write_text('[tool.archcalc]\nbudgets = [{parameters = "<= 100"}]\n')
    spec.write_text(TEXT)

    async def work(editor: Editor) -> None:
        uri = spec.as_uri()
        editor.open(uri, TEXT)
        titles = [lens.command.title for lens in await editor.lenses(uri)]
        assert any("parameters fails: computed 156" in title for title in titles), titles
        assert [found.code for found in await editor.findings(uri)] == ["AC607"]
        project.write_text('[tool.archcalc]\nbudgets = [{parameters = "<= 200"}]\n')
        editor.client.text_document_did_save(types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(uri)))
        titles = [lens.command.title for lens in await editor.lenses(uri)]
        assert any("parameters holds: 156 of at most 200 (22 % left)" in title for title in titles), titles
        assert await editor.findings(uri) == []

    run(work)


def test_somebody_at_a_terminal_is_told_what_it_is() -> None:
    pty = pytest.importorskip("pty")
    _, terminal = pty.openpty()
    command = [sys.executable, "-m", "archcalc", "lsp"]
    done = subprocess.run(command, stdin=terminal, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "started by an editor" in done.stderr
