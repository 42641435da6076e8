"""Neovim without a screen: keys are typed into it, and it is asked what it shows."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

Version = tuple[int, ...]


@cache
def installed() -> dict[Version, str]:
    """The Neovims on the path, by version; of those before 0.7 none, which cannot be asked anything."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    programs = dict.fromkeys(found for folder in folders if (found := shutil.which("nvim", path=folder)))
    found: dict[Version, str] = {}
    for program in programs:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
        version = re.search(r"NVIM v(\d+)\.(\d+)", said)
        assert version is not None, said
        found.setdefault(tuple(map(int, version.groups())), program)
    return {version: program for version, program in found.items() if version >= (0, 7)}


class Neovim:
    """A running Neovim, whose `init.lua` is a text and for which `archcalc` is the package under test."""

    def __init__(self, program: str, folder: Path, init: str) -> None:
        self._program = program
        self._socket = str(folder / "socket")
        self._answer = folder / "answer"
        home = folder / "home"
        (home / "nvim").mkdir(parents=True)
        (home / "nvim" / "init.lua").write_text(init, encoding="utf-8")
        commands = folder / "bin"
        commands.mkdir()
        command = commands / "archcalc"
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m archcalc "$@"\n', encoding="utf-8")
        command.chmod(0o755)
        places = dict.fromkeys(("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"), str(home))
        environment = {**os.environ, **places, "PATH": f"{commands}{os.pathsep}{os.environ.get('PATH', '')}"}
        self._process = subprocess.Popen(
            [program, "--headless", "-n", "-i", "NONE", "--listen", self._socket],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd=folder,
        )

    def ask(self, lua: str, *arguments: object) -> Any:
        """What a body of a function of Lua returns; `a` holds the arguments."""
        self._answer.unlink(missing_ok=True)
        given = f"local a = vim.fn.json_decode([====[{json.dumps([*arguments])}]====])"
        # In brackets, a function gives one value. What is printed would be cut.
        told = f"vim.fn.writefile({{ vim.fn.json_encode(((function() {lua} end)())) }}, [====[{self._answer}]====])"
        asked = f"(function() {given} return {told} end)()".replace("'", "''")
        command = [self._program, "-u", "NONE", "-i", "NONE", "--server", self._socket]
        done = subprocess.run([*command, "--remote-expr", f"luaeval('{asked}')"], capture_output=True, text=True)
        assert self._answer.exists(), f"{lua}\n{done.stdout}{done.stderr}"
        return json.loads(self._answer.read_bytes())

    def until(self, lua: str, *arguments: object) -> Any:
        """What it returns as soon as that is something."""
        for _ in range(200):
            if found := self.ask(lua, *arguments):
                return found
            time.sleep(0.05)
        raise AssertionError(f"never true: {lua}\n{self.messages}")

    @property
    def messages(self) -> str:
        """What it has told at its foot."""
        return str(self.ask("return vim.api.nvim_exec('messages', true)"))

    def open(self, path: Path) -> None:
        """Open a file, and wait until the server has said all that it finds there."""
        self.ask("vim.cmd('silent edit! ' .. vim.fn.fnameescape(a[1])) return 1", str(path))
        self.until(
            "for _, one in pairs((vim.lsp.get_clients or vim.lsp.get_active_clients)()) do "
            "if one.initialized and vim.lsp.buf_is_attached(0, one.id) then return true end end return false"
        )
        self.settle()

    def keys(self, keys: str) -> None:
        """Type keys, as Vim writes them: `A, as: c1<Esc>`."""
        self.ask(
            "vim.api.nvim_feedkeys(vim.api.nvim_replace_termcodes(a[1], true, true, true), 'xt', false) return 1", keys
        )

    def settle(self) -> None:
        """Wait until the server has said all about the text: it answers what is about all networks after that."""
        self.ask(
            "local document = { textDocument = vim.lsp.util.make_text_document_params() } "
            "return vim.lsp.buf_request_sync(0, 'textDocument/codeLens', document, 30000) ~= nil"
        )

    @property
    def text(self) -> str:
        """The text that is edited."""
        return "\n".join(self.ask("return vim.api.nvim_buf_get_lines(0, 0, -1, true)")) + "\n"

    @property
    def findings(self) -> list[tuple[int, int, str]]:
        """What Neovim shows: line and column, from 0, and message."""
        return self._shown("")

    @property
    def errors(self) -> list[tuple[int, int, str]]:
        """What it shows as errors."""
        return self._shown(", { severity = vim.diagnostic.severity.ERROR }")

    def _shown(self, chosen: str) -> list[tuple[int, int, str]]:
        told = "function(one) return { one.lnum, one.col, one.message } end"
        found = self.ask(f"return vim.tbl_map({told}, vim.diagnostic.get(0{chosen}))")
        return sorted((line, column, message) for line, column, message in found)

    def close(self) -> None:
        """End it, and the server with it."""
        subprocess.run(
            [self._program, "-u", "NONE", "-i", "NONE", "--server", self._socket, "--remote-expr", "execute('qa!')"],
            capture_output=True,
        )
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise


@contextmanager
def neovim(program: str, folder: Path, init: str) -> Iterator[Neovim]:
    """A Neovim that is ended afterwards."""
    found = Neovim(program, folder, init)
    try:
        for _ in range(200):
            if (folder / "socket").exists():
                break
            time.sleep(0.02)
        yield found
    finally:
        found.close()
