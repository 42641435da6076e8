"""A cache by content: texts under keys that hold everything they were made from.

An entry is a file that is put in its place in one step, begins with a checksum of the rest, and is worked out anew
where that does not fit. What cannot be written is not kept, and nobody is told: a cache changes no answer.
"""

from __future__ import annotations

import os
import secrets
import time
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

NAME = ".archcalc_cache"
MOST = 200 * 1024 * 1024
"""Bytes that a cache keeps."""
OLD = 30 * 24 * 3600
"""Seconds after which an entry goes that nobody has read."""
_FRESH = 24 * 3600
"""An entry that was read within so many seconds need not be marked as read again."""
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# This folder is a cache of archcalc.\n"
"""What tells programs that make copies to leave a folder out: https://bford.info/cachedir/"""


class Cache:
    """The entries below a folder, which is made when the first one is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kept = 0
        """How many entries were written."""

    def get(self, key: str) -> str | None:
        """The text that is kept under a key; None where there is none, or a damaged one."""
        path = self._path(key)
        try:
            with path.open("rb") as file:
                checksum, data = file.readline(), file.read()
                age = time.time() - os.fstat(file.fileno()).st_mtime
            if checksum != _checksum(key, data):
                return None
            if age > _FRESH:
                os.utime(path)
            return data.decode()
        except (OSError, UnicodeDecodeError):
            return None

    def put(self, key: str, text: str) -> None:
        """Keep a text, if the disk allows it."""
        path, data = self._path(key), text.encode()
        temporary = path.with_name(f"{path.name}-{secrets.token_hex(4)}.tmp")
        try:
            if not path.parent.is_dir():
                self._begin()
                path.parent.mkdir(exist_ok=True)
            temporary.write_bytes(_checksum(key, data) + data)
            os.replace(temporary, path)
            self.kept += 1
        except OSError:
            # A full disk, a folder of somebody else: the answer was worked out, and will be again.
            with suppress(OSError):
                temporary.unlink(missing_ok=True)

    def tidy(self, most: int = MOST, old: float = OLD) -> None:
        """Remove entries that nobody has read for long, and the oldest where there are too many bytes."""
        if not self.kept:
            return
        entries = sorted(self._entries(), reverse=True)
        room, now = most, time.time()
        for modified, size, path in entries:
            room -= size
            if room < 0 or now - modified > old:
                try:
                    os.unlink(path)
                except OSError:
                    # Another run has removed it.
                    continue

    def _entries(self) -> list[tuple[float, int, str]]:
        """When each file below the folder was read last, its bytes, and its path."""
        found = []
        try:
            for inner in os.scandir(self.folder):
                if inner.is_dir(follow_symlinks=False):
                    for one in os.scandir(inner):
                        about = one.stat(follow_symlinks=False)
                        found.append((about.st_mtime, about.st_size, one.path))
        except OSError:
            # A folder that another run is tidying.
            return found
        return found

    def _begin(self) -> None:
        """The folder, with what keeps it out of git and of backups."""
        if not self.folder.is_dir():
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / ".gitignore").write_text("*\n", encoding="utf-8")
            (self.folder / "CACHEDIR.TAG").write_text(_TAG, encoding="utf-8")

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / key[2:]


def _checksum(key: str, data: bytes) -> bytes:
    """The first line of an entry. It holds the key, too, so that no entry stands for another one."""
    return sha256(key.encode() + b"\n" + data).hexdigest().encode() + b"\n"


def of_user() -> Path:
    """The folder for files that belong to no project."""
    if os.name == "nt":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "archcalc" / "cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "archcalc"
