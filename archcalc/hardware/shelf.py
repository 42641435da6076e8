"""Where devices come from: those that archcalc ships, and files of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from archcalc.diagnostics import closest
from archcalc.diagnostics.model import Diagnostic
from archcalc.hardware.model import Hardware
from archcalc.hardware.reader import read
from archcalc.quantities import is_file
from archcalc.source import SourceFile, decode

DEVICES = Path(__file__).parent / "devices"


class NoHardware(ValueError):
    """A name that is none of a device, or a file that holds none; it says which there are, or what is wrong."""

    def __init__(self, message: str, file: SourceFile | None = None, problems: Sequence[Diagnostic] = ()) -> None:
        super().__init__(message)
        self.file = file
        self.problems = tuple(problems)


@cache
def names() -> tuple[str, ...]:
    """The devices that archcalc has figures of.

    >>> names()[:2]
    ('a100', 'a100-40gb')
    """
    return tuple(sorted(path.stem for path in DEVICES.glob("*.yaml")))


def find(name: str) -> Hardware:
    """A device by its name, in any case, or by a file of one's own. Raises: NoHardware, OSError.

    >>> find("A100").title
    'NVIDIA A100 SXM, 80 GB'
    """
    plain = name.lower().replace("_", "-").replace(" ", "-")
    if plain in names():
        return _shipped(plain)
    if is_file(name):
        return _of_file(Path(name), name)
    near = closest(plain, names())
    there_are = f"there are {', '.join(names())}, and files ending in .yaml"
    raise NoHardware(f"there is no hardware `{name}`; {f'did you mean `{near}`?' if near else there_are}")


@cache
def _shipped(name: str) -> Hardware:
    return _of_file(DEVICES / f"{name}.yaml", name)


def _of_file(path: Path, name: str) -> Hardware:
    file, problems = decode(name, path.read_bytes())
    device = None
    if file is not None:
        device, problems = read(file)
    if device is None:
        raise NoHardware(f"{name} holds no hardware", file, problems)
    return device
