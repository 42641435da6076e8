"""An editor as the server sees it: pytest-lsp's client, a process with the server, and texts that are edited."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from lsprotocol import types
from pygls.protocol import default_converter
from pytest_lsp import LanguageClient, client_capabilities


@asynccontextmanager
async def editor(name: str = "visual-studio-code") -> AsyncIterator[Editor]:
    """A server in a process of its own, and the client of an editor that has shaken hands with it."""
    client = LanguageClient(converter_factory=default_converter)
    found = Editor(client)
    await client.start_io(sys.executable, "-m", "archcalc", "lsp", "--stdio")
    capabilities = client_capabilities(name)
    answer = await client.initialize_session(types.InitializeParams(capabilities=capabilities, process_id=None))
    found.server = answer.capabilities
    try:
        yield found
    finally:
        await client.shutdown_session()


def run(work: Callable[[Editor], Awaitable[Any]], name: str = "visual-studio-code") -> Any:
    """What comes of a coroutine that works with an editor."""

    async def main() -> Any:
        async with editor(name) as found:
            return await work(found)

    return asyncio.run(main())


class Editor:
    """Requests about texts by their URI."""

    server: types.ServerCapabilities

    def __init__(self, client: LanguageClient) -> None:
        self.client = client
        self.logged: list[str] = []
        self.versions: dict[str, int] = {}
        self._found: dict[tuple[str, int | None], types.PublishDiagnosticsParams] = {}
        self._news = asyncio.Condition()

        @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        async def published(params: types.PublishDiagnosticsParams) -> None:
            async with self._news:
                self._found[params.uri, params.version] = params
                self._news.notify_all()

        client.feature(types.WINDOW_LOG_MESSAGE)(lambda params: self.logged.append(params.message))
        for method in (types.WORKSPACE_CODE_LENS_REFRESH, types.WORKSPACE_INLAY_HINT_REFRESH):
            client.feature(method)(lambda _: None)

    def open(self, uri: str, text: str) -> None:
        self.versions[uri] = 1
        document = types.TextDocumentItem(uri, "yaml", 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(document))

    def edit(self, uri: str, text: str) -> None:
        self.versions[uri] += 1
        document = types.VersionedTextDocumentIdentifier(self.versions[uri], uri)
        change = types.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))

    async def told(self, uri: str) -> None:
        """Wait until something was found in the latest version, be it nothing."""
        async with self._news:
            await asyncio.wait_for(self._news.wait_for(lambda: (uri, self.versions[uri]) in self._found), 60)

    async def findings(self, uri: str) -> list[types.Diagnostic]:
        """Those of the latest version, when the server has said all: an answer to a request follows them."""
        await self.told(uri)
        # The first network of a text is told first, and all of them before a request is answered that is about all.
        await self.lenses(uri)
        return list(self._found[uri, self.versions[uri]].diagnostics)

    async def hints(self, uri: str, last: int = 100_000) -> list[types.InlayHint]:
        whole = types.Range(types.Position(0, 0), types.Position(last, 0))
        params = types.InlayHintParams(types.TextDocumentIdentifier(uri), whole)
        return list(await self.client.text_document_inlay_hint_async(params) or [])

    async def lenses(self, uri: str) -> list[types.CodeLens]:
        params = types.CodeLensParams(types.TextDocumentIdentifier(uri))
        found = await self.client.text_document_code_lens_async(params) or []
        return [lens if lens.command else await self.client.code_lens_resolve_async(lens) for lens in found]

    async def symbols(self, uri: str) -> list[types.DocumentSymbol]:
        params = types.DocumentSymbolParams(types.TextDocumentIdentifier(uri))
        return list(await self.client.text_document_document_symbol_async(params) or [])

    async def completions(self, uri: str, line: int, character: int) -> list[types.CompletionItem]:
        params = types.CompletionParams(types.TextDocumentIdentifier(uri), types.Position(line, character))
        found = await self.client.text_document_completion_async(params)
        return list(found.items) if found else []

    async def hover(self, uri: str, line: int, character: int) -> str:
        params = types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(line, character))
        found = await self.client.text_document_hover_async(params)
        return found.contents.value if found else ""

    async def actions(self, uri: str, line: int, only: list[str] | None = None) -> list[types.CodeAction]:
        place = types.Range(types.Position(line, 0), types.Position(line, 0))
        context = types.CodeActionContext([], only=only)
        params = types.CodeActionParams(types.TextDocumentIdentifier(uri), place, context)
        return list(await self.client.text_document_code_action_async(params) or [])
