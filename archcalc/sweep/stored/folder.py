"""A folder with the designs of one question: the question, and one Parquet file for each numbered piece of them.

Nothing else says what is done: a file that is there, that can be read, and that names the question is a piece.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from archcalc import files
from archcalc.questions.values import WrongQuestion
from archcalc.sweep.arrays import arrow
from archcalc.sweep.designs import Designs
from archcalc.sweep.question import OBSTACLE
from archcalc.sweep.stored.asked import as_data, digest
from archcalc.sweep.stored.files import FIRST, SHA256, TALLY, refuse_too_many
from archcalc.sweep.stored.formats import TEMPORARY, machine
from archcalc.sweep.stored.table import Written, widths

QUESTION_FILE = "_question.json"
"""Programs that read a folder as one table pass over names that begin so."""
USUAL = 2**18
"""Designs of a piece, if they are closed forms: a tenth of a second or two."""
MAX_PIECES = 100_000
"""Files of one folder."""
FORMS = 256
"""Forms of a piece, about: where a design is a network of its own, so many take a second or two."""


class WrongFolder(WrongQuestion):
    """A folder that cannot take the designs of a question; the message says why."""


class Folder(NamedTuple):
    """A folder that knows its question: as plain data, with its hash, the size of pieces and the types of columns."""

    path: Path
    data: dict[str, Any]
    sha256: str
    points: int
    size: int
    types: list[str]

    @property
    def pieces(self) -> int:
        """How many pieces there are."""
        return -(-self.points // self.size)

    @property
    def question_file(self) -> Path:
        """The file that says all this."""
        return self.path / QUESTION_FILE

    def part(self, number: int) -> Path:
        """The file of a piece.

        >>> Folder(Path("out"), {}, "", 10**6, 1000, []).part(17).as_posix()
        'out/part-000017.parquet'
        """
        return self.path / f"part-{number:06}.parquet"

    def done(self, number: int) -> Written | None:
        """What a piece has found, if it is done: if its file is there, and says that it answers this question."""
        path = self.part(number)
        if not path.exists():
            return None
        try:
            metadata = arrow("parquet").read_metadata(path).metadata or {}
        except (OSError, ValueError):
            return None  # Half a file, of a disk that was full or a machine that fell.
        told = {key.decode(): value.decode() for key, value in metadata.items() if key.startswith(b"archcalc.")}
        if told.get(SHA256) != self.sha256 or told.get(FIRST) != str(number * self.size):
            return None
        return Written(*map(int, told[TALLY].split()))

    def tidy(self, *, is_complete: bool) -> None:
        """Remove files that nobody writes any more: of processes of this machine that ended; all, if all is done."""
        for path in self.path.glob(f"_part-*{TEMPORARY}"):
            *_, host, process, _ = path.name.split(".")
            if is_complete or (host == machine() and not _is_alive(process)):
                with suppress(OSError):
                    path.unlink()


def _is_alive(process: str) -> bool:
    if sys.platform == "win32":
        return True  # There, to ask by a signal would be to send it. What is left is removed when all is done.
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError):
        return False
    except OSError:
        return True
    return True


def folder_for(space: Designs, path: Path, size: int | None = None) -> Folder:
    """The folder at a path, made for the designs of a space, or with some of them already.

    Raises: WrongFolder if it has another question or is somebody else's; WrongQuestion if there are too many designs
    or pieces; OSError.
    """
    refuse_too_many(space)
    path = path.absolute()
    known = path / QUESTION_FILE
    data = as_data(space.question)
    if path.exists() and not path.is_dir():
        raise WrongFolder(
            f"{path} is a file, and designs in pieces need a folder; name a file with an ending: .parquet"
        )
    if known.exists():
        return _same(read_folder(known), data, size)
    if path.is_dir() and any(path.iterdir()):
        raise WrongFolder(f"{path} has files of something else in it: name a new folder")
    chosen = usual_size(space) if size is None else size
    if chosen < 1:
        raise WrongQuestion(f"a piece has one design at least, not {chosen}")
    found = Folder(path, data, digest(data), space.points, chosen, widths(space))
    if found.pieces > MAX_PIECES:
        raise WrongQuestion(f"{found.pieces:,} pieces of {chosen:,} designs are too many: at most {MAX_PIECES:,}")
    path.mkdir(exist_ok=True)
    text = {"question": data, "sha256": found.sha256, "points": found.points, "size": chosen, "types": found.types}
    try:
        files.write(known, f"{json.dumps(text, indent=1, sort_keys=True)}\n".encode(), force=False)
    except FileExistsError:
        return _same(read_folder(known), data, size)  # Somebody began the same at the same time.
    return found


def read_folder(known: Path) -> Folder:
    """The folder of a question file. Raises: WrongFolder if it is none; OSError."""
    try:
        text = json.loads(known.read_text(encoding="utf-8"))
        found = Folder(known.parent, *(text[name] for name in ("question", "sha256", "points", "size", "types")))
        is_whole = digest(found.data) == found.sha256
    except (ValueError, KeyError, TypeError, AttributeError):
        is_whole = False
    if not is_whole:
        raise WrongFolder(f"{known} is not what a sweep has written: name a new folder")
    return found


def _same(found: Folder, data: dict[str, Any], size: int | None) -> Folder:
    if found.sha256 != digest(data):
        names = {
            "archcalc": "version of archcalc",
            "spec": "spec",
            "variant": "variant",
            "for": "--for",
            "set": "--set",
        }
        names |= {"where": "--where", "show": "--show"}
        other = [told for name, told in names.items() if found.data.get(name) != data[name]]
        what = ", ".join(other) or "format"
        raise WrongFolder(f"{found.path} has the designs of another question (another {what}): name a new folder")
    if size not in (None, found.size):
        raise WrongFolder(f"{found.path} has pieces of {found.size:,} designs, and not of {size:,}")
    return found


def usual_size(space: Designs) -> int:
    """Designs of a piece: as many as take a moment, in no more pieces than a folder can have."""
    each = max(1, space.points // max(space.cells.count, 1))
    # To say why a design is not legal, it is unfolded.
    size = min(USUAL, FORMS * (1 if OBSTACLE in space.question.extras else each))
    while size * (MAX_PIECES // 2) < space.points:
        size *= 2
    return size
