"""A file made smaller while a command on it keeps its fault: lines go first, then single characters."""

from __future__ import annotations

import time

from fuzz.inputs import Input
from fuzz.judge import Run, again

SECONDS = 20
"""How long a file is made smaller."""


def shrunk(file: Input, run: Run) -> Input:
    """The file without what the fault does not need."""
    end = time.monotonic() + SECONDS
    for split in (b"\n", b""):
        size = max(1, len(_parts(file.data, split)) // 2)
        while size and time.monotonic() < end:
            place = 0
            while place < len(_parts(file.data, split)) and time.monotonic() < end:
                parts = _parts(file.data, split)
                candidate = file._replace(data=split.join(parts[:place] + parts[place + size :]))
                if candidate.data and again(candidate, run.arguments).fault == run.fault:
                    file = candidate
                else:
                    place += size
            size //= 2
    return file


def _parts(data: bytes, split: bytes) -> list[bytes]:
    return data.split(split) if split else [data[place : place + 1] for place in range(len(data))]
