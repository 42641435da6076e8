"""Which files are networks of other tools, told by their names and first bytes."""

from __future__ import annotations

from pathlib import Path

SUFFIXES = (".onnx", ".keras", ".json", ".prototxt")
SNIFFED = 4096
"""So many bytes tell a model of Keras from other JSON."""


_WEIGHTS = "weights do not say of which network they are: name what makes it, such as net.py:Net or package.module:name"
_KERAS = "save it anew in Keras, model.save('model.keras'), or write model.to_json() into a file"
_TENSORFLOW = "convert it to ONNX, for example with tf2onnx, and give that file"
_ELSEWHERE = {
    **dict.fromkeys((".pt", ".pth", ".pt2", ".ckpt", ".safetensors", ".bin", ".pkl", ".npz"), _WEIGHTS),
    **dict.fromkeys((".h5", ".hdf5"), _KERAS),
    **dict.fromkeys((".pb", ".tflite"), _TENSORFLOW),
    ".caffemodel": "the layers stand in the .prototxt file beside it",
    ".mlmodel": "convert it to ONNX, and give that file",
}
"""What to give for files that hold networks or their weights, and are not read."""


def way_out(path: Path) -> str | None:
    """What to give for a file that other tools write and archcalc does not read; None for others.

    >>> print(way_out(Path("a.h5")), way_out(Path("a.yaml")), sep="; ")
    save it anew in Keras, model.save('model.keras'), or write model.to_json() into a file; None
    """
    return _ELSEWHERE.get(path.suffix.lower())


def is_elsewhere(path: Path, data: bytes) -> bool:
    """Whether a file is one that other tools write and archcalc does not read: by its name, and it is no text."""
    return way_out(path) is not None and (b"\0" in data or not _is_text(data))


def is_network_file(path: Path, data: bytes) -> bool:
    """Whether a file is a network in one of the formats of other tools.

    >>> is_network_file(Path("a.onnx"), b""), is_network_file(Path("a.json"), b'{"input": [1], "layers": []}')
    (True, False)
    """
    return path.suffix in SUFFIXES and (path.suffix != ".json" or _is_keras(data))


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_keras(data: bytes) -> bool:
    """Whether JSON begins as a model of Keras does."""
    start = data[:SNIFFED]
    return b'"class_name"' in start and b'"config"' in start
