"""The requests that the server answers. Each is a function of the server and of what the client has sent."""

from __future__ import annotations

from typing import Any

from lsprotocol import types

from archcalc.editing import Uneditable
from archcalc.editor import completion
from archcalc.editor.actions import actions, all_safe, difference
from archcalc.editor.outline import folds, outline
from archcalc.formatting import formatted
from archcalc.lsp import answers, naming
from archcalc.lsp.positions import Places
from archcalc.lsp.server import SHOW, Server, refused
from archcalc.lsp.session import Session
from archcalc.source import SourceFile

FIX_ALL = types.CodeActionKind.SourceFixAll
_TRIGGERS = ["{", "[", " ", ":", "$", "."]


def server() -> Server:
    """A server with all its features."""
    made = Server()
    for method, options, feature in _FEATURES:
        made.feature(method, options)(feature)
    made.command(SHOW)(show)
    return made


def did_open(ls: Server, params: types.DidOpenTextDocumentParams) -> None:
    """A text was opened."""
    ls.opened(ls.workspace.get_text_document(params.text_document.uri))


def did_change(ls: Server, params: types.DidChangeTextDocumentParams) -> None:
    """A text was edited."""
    ls.opened(ls.workspace.get_text_document(params.text_document.uri))


def did_close(ls: Server, params: types.DidCloseTextDocumentParams) -> None:
    """A text was closed."""
    ls.closed(params.text_document.uri)


def did_save(ls: Server, params: types.DidSaveTextDocumentParams) -> None:
    """A text was saved, which may be a configuration."""
    ls.configured()


def did_change_files(ls: Server, params: types.DidChangeWatchedFilesParams) -> None:
    """A file that the client watches was changed by somebody else."""
    ls.configured()


async def inlay_hints(ls: Server, params: types.InlayHintParams) -> list[types.InlayHint]:
    """The shapes and parameters beside the lines that are in sight."""
    session = await ls.current(params.text_document.uri)
    if session is None:
        return []
    first, last = params.range.start.line + 1, params.range.end.line + 1
    places = ls.places(session)
    return [answers.hint(one, places) for one in session.hints() if first <= one.line <= last]


async def code_lenses(ls: Server, params: types.CodeLensParams) -> list[types.CodeLens]:
    """The lines above variants and claims."""
    session = await ls.complete(params.text_document.uri)
    if session is None:
        return []
    places = ls.places(session)
    return [answers.lens(one, params.text_document.uri, places) for one in session.lenses()]


async def resolve_lens(ls: Server, lens: types.CodeLens) -> types.CodeLens:
    """The counts and legal sizes of a network that has come into sight."""
    asked: dict[str, Any] = lens.data or {}
    session = await ls.current(asked.get("uri", ""))
    variant = asked.get("variant")
    title = await ls.worked_out(session.title, variant) if session is not None else ""
    choice = [asked.get("uri"), variant] if variant else None
    lens.command = types.Command(title, SHOW if variant else "", arguments=choice)
    return lens


async def show(ls: Server, uri: str, variant: str) -> None:
    """Show the numbers of another variant beside the lines."""
    session = await ls.current(uri)
    if session is not None:
        session.shown = variant
        await ls.worked_out(session.hints)
        ls.ask_for_hints()


async def hover(ls: Server, params: types.HoverParams) -> types.Hover | None:
    """The page of a word, the work for a step, the value of a name."""
    session = await ls.current(params.text_document.uri)
    if session is None:
        return None
    places = ls.places(session)
    found = await ls.worked_out(session.hover, *places.place(params.position))
    return answers.hover(found, places) if found is not None else None


def completions(ls: Server, params: types.CompletionParams) -> types.CompletionList | None:
    """What can be typed at a place, from the keys around it and what was last known of the text."""
    session = ls.sessions.get(params.text_document.uri)
    if session is None:
        return None
    file = SourceFile(session.name, session.text)
    places = Places(file, ls.workspace.position_codec)
    line, column = places.place(params.position)
    items = completion.completions(file, line, column, session.good)
    start = completion.start_of_word(file, line, column)
    return answers.completions(items, types.Range(places.position(line, start), places.position(line, column)))


def resolve_completion(ls: Server, item: types.CompletionItem) -> types.CompletionItem:
    """The page of what was offered."""
    asked: dict[str, Any] = item.data or {}
    if page := completion.documentation(asked.get("label", ""), asked.get("sort", "word")):
        item.documentation = types.MarkupContent(types.MarkupKind.Markdown, page)
    return item


async def code_actions(ls: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
    """Repairs of what is found on the lines, or all safe ones of the text."""
    uri = params.text_document.uri
    session = await ls.current(uri)
    if session is None or session.networks is None or not session.is_spec:
        return []
    networks, places, wanted = session.networks, ls.places(session), params.context.only
    found: list[types.CodeAction] = []
    if wanted is None or any(types.CodeActionKind.QuickFix.startswith(kind) for kind in wanted):
        lines = params.range.start.line + 1, params.range.end.line + 1
        offered = await ls.searched(actions, networks, *lines)
        found += [answers.action(one, uri, session.answered, places, params.context.diagnostics) for one in offered]
    # A search through the whole text is made only for those who ask for it.
    if wanted is not None and any(FIX_ALL.startswith(kind) for kind in wanted):
        text = await ls.searched(all_safe, networks)
        if text is not None:
            found.append(answers.fix_all([difference(session.file, text)], uri, session.answered, places))
    return found


async def formatting(ls: Server, params: types.DocumentFormattingParams) -> list[types.TextEdit]:
    """The text laid out as `archcalc fmt` does. Raises: JsonRpcException that says why it stays as it is."""
    session = await ls.current(params.text_document.uri)
    if session is None or not session.is_spec:
        return []
    try:
        text = await ls.worked_out(formatted, session.file)
    except Uneditable as error:
        raise refused(error.reason) from None
    if text == session.file.text:
        return []
    return answers.edits([difference(session.file, text)], ls.places(session))


async def document_symbols(ls: Server, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
    """The outline."""
    session = await ls.current(params.text_document.uri)
    return answers.symbols(outline(_document(session)), ls.places(session)) if session is not None else []


async def folding_ranges(ls: Server, params: types.FoldingRangeParams) -> list[types.FoldingRange]:
    """What can be folded."""
    session = await ls.current(params.text_document.uri)
    return [answers.fold(one) for one in folds(_document(session))] if session is not None else []


def _document(session: Session) -> Any:
    return session.networks.document if session.networks is not None and session.is_spec else None


_FEATURES: list[tuple[str, Any, Any]] = [
    (types.TEXT_DOCUMENT_DID_OPEN, None, did_open),
    (types.TEXT_DOCUMENT_DID_CHANGE, None, did_change),
    (types.TEXT_DOCUMENT_DID_CLOSE, None, did_close),
    (types.TEXT_DOCUMENT_DID_SAVE, None, did_save),
    (types.WORKSPACE_DID_CHANGE_WATCHED_FILES, None, did_change_files),
    (types.TEXT_DOCUMENT_INLAY_HINT, None, inlay_hints),
    (types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensOptions(resolve_provider=True), code_lenses),
    (types.CODE_LENS_RESOLVE, None, resolve_lens),
    (types.TEXT_DOCUMENT_HOVER, None, hover),
    (types.TEXT_DOCUMENT_DEFINITION, None, naming.definitions),
    (types.TEXT_DOCUMENT_REFERENCES, None, naming.references),
    (types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT, None, naming.highlights),
    (types.TEXT_DOCUMENT_PREPARE_RENAME, None, naming.prepare_rename),
    (types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True), naming.rename),
    (
        types.TEXT_DOCUMENT_COMPLETION,
        types.CompletionOptions(trigger_characters=_TRIGGERS, resolve_provider=True),
        completions,
    ),
    (types.COMPLETION_ITEM_RESOLVE, None, resolve_completion),
    (
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix, FIX_ALL]),
        code_actions,
    ),
    (types.TEXT_DOCUMENT_FORMATTING, None, formatting),
    (types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, None, document_symbols),
    (types.TEXT_DOCUMENT_FOLDING_RANGE, None, folding_ranges),
]
"""Methods of the protocol with their options, and what answers them."""
