"""Files written as a whole or not at all, with the rights, the owner and the links that they had.

A file is written beside its place, forced to the disk, and put there in one step. What that would lose is refused.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO

_ANYBODY = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


def write(path: Path, data: bytes, *, force: bool) -> None:
    """All of the data or nothing.

    Raises: OSError, which says why; FileExistsError if there is a file, or a link, and `force` does not allow it.
    """
    with opened(path, force=force) as stream:
        stream.write(data)


@contextmanager
def opened(path: Path, *, force: bool) -> Iterator[IO[bytes]]:
    """A stream for data that come bit by bit: all of them or nothing, as an exception leaves nothing.

    Raises: as `write` does.
    """
    if path.exists() and not path.is_file():
        # A pipe or a device, such as /dev/stdout, is written to, never replaced.
        with path.open("wb") as stream:
            yield stream
        return
    if not force and os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, "it exists")
    # A link stays a link; what it points to is replaced.
    try:
        path = path.resolve()
    except RuntimeError:
        raise OSError(errno.ELOOP, "the link leads to itself") from None
    before = path.stat() if path.exists() else None
    if before is not None:
        refuse_loss(before)
    with _NewFile(path) as new:
        with open(new.descriptor, "wb", closefd=False) as stream:
            yield stream
        # The disk has it before it has a name.
        os.fsync(new.descriptor)
        if before is None:
            os.chmod(new.descriptor, _usual_mode())
        else:
            _take_over(new.descriptor, path, before)
        new.put(replace=force)


def refuse_loss(before: os.stat_result) -> None:
    """Raises: OSError if a file is not to be written, or if another name of it would keep the old text."""
    # Root may write everything; a file that nobody may write is meant to stay.
    if not before.st_mode & _ANYBODY:
        raise OSError(errno.EACCES, "it is read-only")
    if before.st_nlink > 1:
        reason = f"it has {before.st_nlink} names (hard links), and the others would keep the old text"
        raise OSError(errno.EMLINK, reason)


def _take_over(descriptor: int, path: Path, before: os.stat_result) -> None:
    """The owner, the rights and the extended attributes of the file that is replaced. Raises: OSError."""
    now = os.fstat(descriptor)
    if (now.st_uid, now.st_gid) != (before.st_uid, before.st_gid):
        try:
            os.chown(descriptor, before.st_uid, before.st_gid)
        except OSError:
            raise OSError(errno.EPERM, "it would change its owner or its group") from None
    for name in os.listxattr(path) if hasattr(os, "listxattr") else ():
        os.setxattr(descriptor, name, os.getxattr(path, name))
    os.chmod(descriptor, stat.S_IMODE(before.st_mode))
    if stat.S_IMODE(os.fstat(descriptor).st_mode) != stat.S_IMODE(before.st_mode):
        raise OSError(errno.EPERM, f"it would lose its rights {stat.S_IMODE(before.st_mode):04o}")


def _usual_mode() -> int:
    """The rights of any new file."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


class _NewFile:
    """A file on its way to a place: without a name where the system can do that, so that none can be left behind."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name: str | None = None
        self.folder: int | None = None

    def __enter__(self) -> _NewFile:
        try:
            self.descriptor = os.open(self.path.parent, os.O_TMPFILE | os.O_RDWR, 0o600)
            self.folder = os.open(self.path.parent, os.O_RDONLY)
        except (AttributeError, OSError):
            # Not every system and not every disk knows files without names.
            self.descriptor, self.name = tempfile.mkstemp(
                dir=self.path.parent, prefix=f".{self.path.name[:100]}-", suffix=".tmp"
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self.descriptor)
        if self.folder is not None:
            os.close(self.folder)
        if self.name is not None:
            Path(self.name).unlink(missing_ok=True)

    def put(self, *, replace: bool) -> None:
        """Give it its name. Raises: FileExistsError if there is a file of this name that is not to be replaced."""
        if replace:
            if self.name is None:
                self.name = str(self.path.with_name(f".{self.path.name[:100]}-{secrets.token_hex(4)}.tmp"))
                self._link(self.name)
            os.replace(self.name, self.path)
            self.name = None
        else:
            self._link(str(self.path))
        if self.folder is not None:
            os.fsync(self.folder)

    def _link(self, target: str) -> None:
        if self.name is None or self.name == target:
            # With a folder given, Python asks for the file that the link in /proc leads to.
            os.link(f"/proc/self/fd/{self.descriptor}", target, src_dir_fd=self.folder, follow_symlinks=True)
            return
        try:
            os.link(self.name, target)
        except FileExistsError:
            raise
        except OSError:
            # A disk without links: the file was missing a moment ago, which has to do.
            os.replace(self.name, target)
            self.name = None
