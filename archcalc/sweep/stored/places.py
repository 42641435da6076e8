"""Where designs are written to: a file of some format, or a folder of pieces."""

from __future__ import annotations

import os
from pathlib import Path

from archcalc.questions.values import WrongQuestion
from archcalc.sweep.stored.files import CSV
from archcalc.sweep.stored.formats import FORMATS

FOLDER = ""


def kind(place: str) -> str:
    """The ending of a file, or nothing for a folder. Raises: WrongQuestion for an ending of no format.

    >>> kind("out.parquet"), kind("runs/out/"), kind("out")
    ('.parquet', '', '')
    """
    path = Path(place)
    suffix = path.suffix.lower()
    if place.endswith(("/", os.sep)) or not suffix or path.is_dir():
        return FOLDER
    if suffix not in (*FORMATS, CSV):
        raise WrongQuestion(
            f"designs are written to a file, such as designs.parquet, designs.arrow or designs.csv, or into a folder, "
            f"such as {path.stem}/, and not to {place}"
        )
    return suffix
