"""Where a module comes from: the text that a user writes, without importing anything."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archcalc.importing.failure import ImportFailure


@dataclass(frozen=True)
class Call:
    """A call with arguments that are literals.

    `name` is empty where only arguments are given.
    """

    name: str
    arguments: tuple[Any, ...] = ()
    keywords: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Source:
    """A module, or what makes one: the Python module or the file in which it is, its name there, and how it is called.

    >>> source("torchvision.models:resnet50")
    Source(module='torchvision.models', path=None, name='resnet50', call=None)
    >>> print(source("torchvision.models", "resnet50(num_classes=10)"))
    torchvision.models:resnet50
    """

    module: str | None
    path: str | None
    name: str
    call: Call | None = None

    def __str__(self) -> str:
        return ":".join(filter(None, (self.path or self.module, self.name)))


def is_python(text: str) -> bool:
    """Whether a source is Python: `net.py`, `net.py:Net`, `package.module:name`.

    >>> [is_python(text) for text in ("net.py", "net.py:Net", "timm.models:vit", "model.onnx")]
    [True, True, True, False]
    """
    place, colon, name = text.rpartition(":")
    if text.endswith(".py") or (colon and place.endswith(".py")):
        return True
    return bool(colon) and all(part.isidentifier() for part in [*place.split("."), *name.split(".")])


def source(text: str, call: str | None = None) -> Source:
    """A source that is Python, and the call that makes the module, if one is given. Raises: ImportFailure."""
    found = None if call is None else _call(call)
    place, colon, name = text.rpartition(":")
    if text.endswith(".py"):
        place, name = text, ""
    elif not colon:
        place = text
        name = ""
    if found is not None and found.name and name and found.name != name:
        raise ImportFailure(
            "call",
            f"the source names `{name}`, and the call is of `{found.name}`",
            help=f"write --call '{name}(...)', or leave the name to the call: {place}",
        )
    name = name or (found.name if found is not None else "")
    if place.endswith(".py"):
        if not Path(place).is_file():
            raise ImportFailure("missing-file", f"there is no file `{place}`", help=_near(Path(place)))
        return Source(None, place, name, found)
    if not name or not all(part.isidentifier() for part in place.split(".")):
        raise ImportFailure(
            "source",
            f"`{text}` is no source of a PyTorch module",
            help="write package.module:name or path/to/file.py:name",
        )
    return Source(place, None, name, found)


def _near(path: Path) -> str | None:
    """Another file that may be meant."""
    from archcalc.diagnostics import closest

    folder = path.parent
    if not folder.is_dir():
        return f"there is no folder `{folder}` either"
    meant = closest(path.name, sorted(one.name for one in folder.glob("*.py")))
    return f"did you mean `{folder / meant}`?" if meant else None


def _call(text: str) -> Call:
    """A call whose arguments are literals."""
    written = f"_{text}" if text.lstrip().startswith("(") else text
    try:
        found = ast.parse(written.strip(), mode="eval").body
    except SyntaxError as error:
        raise _no_call(text, f"it cannot be read: {error.msg}") from None
    if not isinstance(found, ast.Call):
        raise _no_call(text, "it is no call")
    name = ast.unparse(found.func)
    if not all(part.isidentifier() for part in name.split(".")):
        raise _no_call(text, f"`{name}` is no name")
    if any(isinstance(one, ast.Starred) for one in found.args) or any(one.arg is None for one in found.keywords):
        raise _no_call(text, "arguments with `*` are not known before it runs")
    return Call(
        "" if name == "_" else name,
        tuple(_literal(text, one) for one in found.args),
        tuple((str(one.arg), _literal(text, one.value)) for one in found.keywords),
    )


def _literal(text: str, node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError):
        raise _no_call(text, f"`{ast.unparse(node)}` is no literal") from None


def _no_call(text: str, reason: str) -> ImportFailure:
    return ImportFailure(
        "call",
        f"`{text}` is no call with literal arguments: {reason}",
        help="write numbers, texts in quotes, True, False, None, and lists of them: --call 'name(depths=[2, 2])'",
    )
