"""Requests about the names of a text: where each is given and read, and another one in its place."""

from __future__ import annotations

from typing import NamedTuple

from lsprotocol import types

from archcalc.diagnostics.model import Replacement, Span
from archcalc.editor.names import Names, Occurrence, Refusal
from archcalc.lsp import answers
from archcalc.lsp.positions import Places
from archcalc.lsp.server import Server, refused


class _Text(NamedTuple):
    """A text that can be read, with its names."""

    uri: str
    version: int
    names: Names
    places: Places

    def at(self, position: types.Position) -> Occurrence | None:
        """The name at a place."""
        return self.names.at(*self.places.place(position))

    def locations(self, spans: list[Span]) -> list[types.Location]:
        """Places of the text."""
        return [types.Location(self.uri, self.places.range(span)) for span in spans]


async def definitions(ls: Server, params: types.DefinitionParams) -> list[types.Location]:
    """Where the name under the cursor is given."""
    text = await _text(ls, params.text_document.uri)
    one = text.at(params.position) if text is not None else None
    return text.locations(text.names.definitions(one)) if text is not None and one is not None else []


async def references(ls: Server, params: types.ReferenceParams) -> list[types.Location]:
    """Where the name under the cursor stands."""
    text = await _text(ls, params.text_document.uri)
    one = text.at(params.position) if text is not None else None
    if text is None or one is None:
        return []
    return text.locations(text.names.references(one, with_definitions=params.context.include_declaration))


async def highlights(ls: Server, params: types.DocumentHighlightParams) -> list[types.DocumentHighlight]:
    """The same places, those where the name is given as written ones."""
    text = await _text(ls, params.text_document.uri)
    one = text.at(params.position) if text is not None else None
    if text is None or one is None:
        return []
    kinds = {True: types.DocumentHighlightKind.Write, False: types.DocumentHighlightKind.Read}
    found = text.names.highlights(one)
    return [types.DocumentHighlight(text.places.range(span), kinds[is_given]) for span, is_given in found]


async def prepare_rename(ls: Server, params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder:
    """The stretch that can get another name. Raises: JsonRpcException that says why there is none."""
    text = await _readable(ls, params.text_document.uri)
    prepared = text.names.prepare(*text.places.place(params.position))
    if isinstance(prepared, Refusal):
        raise refused(prepared.reason)
    span, name = prepared
    return types.PrepareRenamePlaceholder(text.places.range(span), name)


async def rename(ls: Server, params: types.RenameParams) -> types.WorkspaceEdit:
    """The changes that give a name another one, proven to change nothing else. Raises: JsonRpcException."""
    text = await _readable(ls, params.text_document.uri)
    changes = await ls.worked_out(text.names.rename, *text.places.place(params.position), params.new_name)
    if isinstance(changes, Refusal):
        raise refused(changes.reason)
    return answers.workspace_edit(
        [Replacement(span, new) for span, new in changes], text.uri, text.version, text.places
    )


async def _text(ls: Server, uri: str) -> _Text | None:
    """A text with its names; None for one that is not open, or broken."""
    session = await ls.current(uri)
    if session is None or session.networks is None or not session.networks.is_readable:
        return None
    return _Text(uri, session.answered, session.networks.names, ls.places(session))


async def _readable(ls: Server, uri: str) -> _Text:
    """A text in which names can be changed. Raises: JsonRpcException."""
    text = await _text(ls, uri)
    if text is None:
        raise refused("a name can be changed when the text can be read: see what is found in it")
    return text
