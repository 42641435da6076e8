"""The requests of an editor, each answered from what is known of the text that it is about.

Texts are read and checked in one thread beside the one that talks to the editor. A request waits until the answers are
about the latest version; completion does not, since it reads no more than the keys around the cursor.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from traceback import format_exc
from typing import Any, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path
from pygls.workspace import TextDocument

from archcalc import __version__
from archcalc.configuration.discovery import Configurations
from archcalc.demands import NONE, Demands
from archcalc.lsp import answers
from archcalc.lsp.positions import Places
from archcalc.lsp.protocol import Protocol
from archcalc.lsp.session import Session

SHOW = "archcalc.show"
"""The command that chooses the variant whose numbers stand beside the lines: its arguments are URI and variant."""
_Answer = TypeVar("_Answer")


def asked_of(name: str) -> Demands:
    """What the project of a file asks of it; nothing where its configuration cannot be read or followed.

    `archcalc check` says what is wrong with a configuration.
    """
    try:
        found = Configurations().of_file(name)
    except OSError:
        return NONE
    return found.demands(name) if found is not None and found.is_sound else NONE


def refused(reason: str) -> JsonRpcException:
    """The answer to a request that cannot be met, for whoever made it."""
    return JsonRpcException(reason, types.LSPErrorCodes.RequestFailed)


class Server(LanguageServer):
    """A language server for specs."""

    def __init__(self) -> None:
        # Whole texts: what a line is, differs between libraries for rare characters.
        super().__init__("archcalc", __version__, types.TextDocumentSyncKind.Full, protocol_cls=Protocol)
        self.sessions: dict[str, Session] = {}
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="texts")
        self._searcher = ThreadPoolExecutor(1, thread_name_prefix="searches")
        self._running: dict[str, asyncio.Task[None]] = {}
        self._news = asyncio.Condition()

    def opened(self, document: TextDocument) -> None:
        """A text was opened or changed: it is worked on when the one before it is done."""
        uri = document.uri
        session = self.sessions.get(uri)
        if session is None:
            name = to_fs_path(uri) or uri
            self.sessions[uri] = Session(name, document.source, document.version or 0, asked_of(name))
        else:
            session.edit(document.source, document.version or 0)
        self._start(uri)

    def configured(self) -> None:
        """A file was saved that may be the configuration of a project: what is asked of the open texts is read anew."""
        for uri, session in self.sessions.items():
            session.ask(asked_of(session.name))
            self._start(uri)

    def _start(self, uri: str) -> None:
        if uri not in self._running:
            self._running[uri] = asyncio.create_task(self._work(uri))

    def closed(self, uri: str) -> None:
        """A text was closed: nothing is known of it any more, and nothing told."""
        self.sessions.pop(uri, None)
        self._publish(uri, [])

    def ask_for_hints(self) -> None:
        """Have the client ask for the hints again: they are those of another network."""
        workspace = self.client_capabilities.workspace
        if workspace and workspace.inlay_hint and workspace.inlay_hint.refresh_support:
            self.workspace_inlay_hint_refresh(None)

    async def current(self, uri: str) -> Session | None:
        """What is known of the latest version of a text; None for one that is not open."""
        async with self._news:
            await self._news.wait_for(lambda: uri not in self.sessions or self.sessions[uri].is_current)
        return self.sessions.get(uri)

    async def complete(self, uri: str) -> Session | None:
        """The same when all networks of the text have been checked."""
        async with self._news:
            await self._news.wait_for(lambda: uri not in self.sessions or self.sessions[uri].is_complete)
        return self.sessions.get(uri)

    async def worked_out(self, work: Callable[..., _Answer], *arguments: Any) -> _Answer:
        """What takes longer, done in the thread of the texts."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, work, *arguments)

    async def searched(self, work: Callable[..., _Answer], *arguments: Any) -> _Answer:
        """What may take seconds, such as the search for repairs, done in a thread that no edit waits for."""
        return await asyncio.get_running_loop().run_in_executor(self._searcher, work, *arguments)

    def places(self, session: Session) -> Places:
        """The places of a text as the client counts them."""
        return Places(session.file, self.workspace.position_codec)

    async def _work(self, uri: str) -> None:
        try:
            while (session := self.sessions.get(uri)) is not None and not session.is_complete:
                # What is in sight comes first.
                for work in (session.answer, session.complete):
                    await self._try(work, uri, session)
        finally:
            del self._running[uri]
            await self._notify()

    async def _notify(self) -> None:
        """Have those look again who wait for a text."""
        async with self._news:
            self._news.notify_all()

    async def _try(self, work: Callable[[], None], uri: str, session: Session) -> None:
        """Work on a text, and tell what was found. A fault of archcalc is told, and what was known before stays."""
        version = session.version
        try:
            await self.worked_out(work)
            self._tell(uri, session)
        except Exception:
            session.answered = session.completed = version
            text = f"archcalc has a fault, please report it, with the text of {session.name}:\n{format_exc()}"
            self.window_log_message(types.LogMessageParams(types.MessageType.Error, text))
        await self._notify()

    def _tell(self, uri: str, session: Session) -> None:
        if self.sessions.get(uri) is session and session.is_current:
            places = self.places(session)
            self._publish(uri, [answers.diagnostic(one, uri, places) for one in session.findings()], session.answered)

    def _publish(self, uri: str, found: list[types.Diagnostic], version: int | None = None) -> None:
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found, version))
