"""Files as a revision of git has them: `HEAD~1:net.yaml`, `main:specs/net.yaml:small`, `:net.yaml` for what is staged.

Git is run without a shell and only asked what it has stored. It gets the name of an object as one argument behind the
end of options, and then the hash of that object; what it gives is the content as it was committed. No hook, filter,
textconv, pager or monitor of the repository runs, nothing is fetched, and nothing is written.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from archcalc.patterns import compiled_later
from archcalc.source import SIZE_LIMIT
from archcalc.terminal import visible

PATIENCE = 60.0
"""Seconds after which git is given up."""
QUIET = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
}
"""What keeps git from asking, writing, fetching and translating."""
SETTINGS = ("core.fsmonitor=false", "core.hooksPath=/dev/null", "protocol.allow=never")
"""Settings that win over those of a repository, which may be a stranger's."""

_HASH = compiled_later(r"[0-9a-f]{40,64}", re.ASCII)
_POINTER = b"version https://git-lfs.github.com/spec/"


class NoRevision(ValueError):
    """There is no such file at such a revision; the message says what is missing."""


class AtRevision(NamedTuple):
    """A file as it was committed: its content, the name that was asked for without a variant, its path, the variant."""

    data: bytes
    name: str
    path: str
    variant: str | None


def is_revision(text: str) -> bool:
    """Whether a text can name a file at a revision.

    >>> is_revision("HEAD~1:net.yaml"), is_revision(":net.yaml"), is_revision("net.yaml")
    (True, True, False)
    """
    revision, colon, path = text.partition(":")
    return bool(colon and path.strip(":")) and not revision.startswith("-") and "\0" not in text and "\n" not in text


def at_revision(text: str) -> AtRevision:
    """What a revision has under a path, which counts from the root of the repository, as git counts it.

    Raises: NoRevision.
    """
    if not is_revision(text):
        raise NoRevision(f"{visible(text)} names no file at a revision; write REVISION:PATH, such as HEAD~1:net.yaml")
    revision, _, rest = text.partition(":")
    git = _Git()
    if revision and git.hash_of(f"{revision}^{{commit}}") is None:
        raise NoRevision(f"git knows no revision {visible(revision)}{git.told}")
    path, variant = rest, None
    found = git.hash_of(f"{revision}:{path}")
    if found is None and ":" in rest:
        path, _, variant = rest.rpartition(":")
        found = git.hash_of(f"{revision}:{path}")
    if found is None:
        raise NoRevision(_missing(git, revision, path))
    data = git.content(found, f"{revision}:{path}")
    return AtRevision(data, f"{revision}:{path}", path, variant)


def _missing(git: _Git, revision: str, path: str) -> str:
    where = f"revision {visible(revision)}" if revision else "what is staged"
    told = f"there is no file {visible(path)} in {where}"
    if not path.startswith((".", "/")) and git.hash_of(f"{revision}:./{path}") is not None:
        return f"{told}: paths count from the root of the repository; write {visible(f'{revision}:./{path}')}"
    if Path(path).is_absolute():
        return f"{told}: paths count from the root of the repository, or from here with ./ in front"
    return told


class _Git:
    """The program, asked about what it has stored."""

    def __init__(self) -> None:
        program = shutil.which("git")
        if program is None:
            raise NoRevision("git is needed to read a file at a revision, and it is not installed")
        # A path that is not absolute would be looked for here, where a stranger may have put something.
        self.program = str(Path(program).absolute())
        self.told = ""

    def hash_of(self, name: str) -> str | None:
        """The hash of the object that a name stands for; None where it stands for none. Raises: NoRevision."""
        done = self._run("rev-parse", "--verify", "--quiet", "--end-of-options", name)
        found = done.stdout.decode("ascii", "replace").split()
        if done.returncode == 0 and found and _HASH.fullmatch(found[-1]):
            return found[-1]
        problem = done.stderr.decode("utf-8", "replace").strip().splitlines()
        if problem and ("not a git repository" in problem[0] or "dubious ownership" in problem[0]):
            raise NoRevision(f"git: {visible(problem[0].removeprefix('fatal: '))}")
        return None

    def content(self, found: str, name: str) -> bytes:
        """The content of a file. Raises: NoRevision for what is none, or is too large."""
        kind = self._run("cat-file", "-t", found).stdout.decode("ascii", "replace").strip()
        if kind != "blob":
            what = {"tree": "a folder", "commit": "a submodule"}.get(kind, "no file")
            raise NoRevision(f"{visible(name)} is {what}; name a file in it")
        size = self._run("cat-file", "-s", found).stdout.strip()
        if not size.isdigit() or int(size) > SIZE_LIMIT:
            raise NoRevision(f"{visible(name)} is too large, or git does not have it here")
        done = self._run("cat-file", "blob", found)
        if done.returncode != 0:
            raise NoRevision(f"git cannot read {visible(name)}")
        if done.stdout.startswith(_POINTER):
            raise NoRevision(f"{visible(name)} is stored by Git LFS, which is not asked: check that revision out")
        return done.stdout

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        settings = [part for one in SETTINGS for part in ("-c", one)]
        command = [self.program, "--no-pager", *settings, *arguments]
        try:
            return subprocess.run(  # noqa: S603 (git of the system's path, its arguments no options)
                command,
                capture_output=True,
                stdin=subprocess.DEVNULL,
                timeout=PATIENCE,
                check=False,
                env={**os.environ, **QUIET},
            )
        except subprocess.TimeoutExpired:
            raise NoRevision(f"git was stopped after {PATIENCE:g} seconds") from None
        except OSError as error:
            raise NoRevision(f"git does not start: {error.strerror or error}") from None
