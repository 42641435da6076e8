"""Which files are networks of other tools, told by their names and first bytes."""

from __future__ import annotations

from pathlib import Path

SUFFIXES = (".onnx", ".keras", ".json", ".prototxt")
SNIFFED = 4096
"""So many bytes tell a model of Keras from other JSON."""


def is_network_file(path: Path, data: bytes) -> bool:
    """Whether a file is a network in one of the formats of other tools.

    >>> is_network_file(Path("a.onnx"), b""), is_network_file(Path("a.json"), b'{"input": [1], "layers": []}')
    (True, False)
    """
    return path.suffix in SUFFIXES and (path.suffix != ".json" or _is_keras(data))


def _is_keras(data: bytes) -> bool:
    """Whether JSON begins as a model of Keras does."""
    start = data[:SNIFFED]
    return b'"class_name"' in start and b'"config"' in start
