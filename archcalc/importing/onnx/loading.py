"""Reads a file of ONNX as the messages that it consists of. Nothing of it is run, and no file beside it is opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from archcalc.importing.failure import ImportFailure

if TYPE_CHECKING:
    from google.protobuf.message import Message
    from onnx import ModelProto

LARGEST = 2 << 30
"""Protocol buffers hold at most 2 GiB; larger networks keep their tensors in files of their own, which nobody reads."""


def load(source: str | Path | bytes) -> ModelProto:
    """The network of a file, or of its bytes.

    Raises: ImportFailure if there is no such file, it is no ONNX, or the package `onnx` is missing.
    """
    try:
        from google.protobuf.message import DecodeError
        from onnx import ModelProto
    except ImportError as error:
        raise ImportFailure(
            "missing-package",
            "reading ONNX needs the package `onnx`",
            help="python -m pip install 'archcalc[onnx]'",
        ) from error
    data = source if isinstance(source, bytes) else _read(Path(source))
    model = ModelProto()
    try:
        model.ParseFromString(data)
    except (DecodeError, RecursionError) as error:
        raise ImportFailure(
            "not-onnx", "this is no ONNX file: its bytes are no protocol buffer of a network"
        ) from error
    _check_texts(model)
    if not model.graph.node and not model.graph.output:
        raise ImportFailure("not-onnx", "this is no ONNX file, or it holds no network: it has no nodes and no outputs")
    return model


def _check_texts(message: Message) -> None:
    """Hold all names in a message to be text.

    Raises: ImportFailure if one is not.
    """
    for field, value in message.ListFields() if message.DESCRIPTOR.name != "TensorProto" else []:
        if field.type == field.TYPE_STRING:
            texts = [value] if isinstance(value, (str, bytes)) else value
            if any(isinstance(text, bytes) for text in texts):
                raise ImportFailure("malformed", f"the file is broken: a `{field.name}` in it is no text")
        elif field.type == field.TYPE_MESSAGE:
            for inner in [value] if hasattr(value, "ListFields") else value:
                _check_texts(inner)


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise ImportFailure("too-large", "the file is larger than 2 GiB, which no ONNX file is")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ImportFailure("missing-file", f"there is no file `{path}`") from error
    except OSError as error:
        raise ImportFailure("unreadable", f"the file cannot be read: {error.strerror or error}") from error
