"""Architectures from networks that people have: a module of PyTorch, a file of ONNX or Keras."""

from __future__ import annotations

from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from archcalc.api.architecture import Architecture

if TYPE_CHECKING:
    from archcalc.importing.given import Shapes
    from archcalc.importing.imported import Imported
    from archcalc.importing.pytorch import Read


def from_torch(
    module: Any,
    input: Shapes | None = None,
    *,
    train: bool = False,
    flat: bool = False,
    fixed: bool = False,
    verify: bool = False,
) -> Architecture:
    """The architecture of a PyTorch module, proven to be what the module does.

    The module runs once, on shapes alone: its weights are neither read nor changed. `input` are the sizes without the
    batch, `"128:int"` for integers; where there are several, a list of them, or a dict by name. Without it the module's
    own are taken where it states some. `train` follows what runs in training; `flat` writes a step for each layer,
    without blocks and loops; `fixed` keeps the sizes of the input as numbers. `verify` also runs the module and the
    spec as code, with the weights of the module, and compares what comes out. `architecture.text` is the spec.

    Raises: ImportFailure, which says where the module fails and what to do, or how the outputs differ.

    >>> import pytest
    >>> nn = pytest.importorskip("torch").nn
    >>> net = from_torch(nn.Sequential(nn.Conv2d(3, 8, 3, stride=2), nn.ReLU()), (3, 33, 33))
    >>> print(net.text)
    # Imported from torch.nn.modules.container:Sequential.
    name: Sequential
    input: [3, H, W]
    at: {H: 33, W: 33}
    rounding: floor
    layers:
      - conv: {out: 8, kernel: 3, stride: 2}
      - relu
    <BLANKLINE>
    >>> print(net.check().outputs["output"], net.legal_sizes())
    (8, 16, 16) H >= 3; W >= 3
    """
    from archcalc.importing.given import inputs
    from archcalc.importing.pytorch import of_module

    read = of_module(module, inputs(input), train=train, flat=flat, fixed=fixed)
    if verify:
        _verify(module, read)
    return _architecture(read.found, type(module).__name__)


def from_onnx(path: str | PathLike[str], *, flat: bool = False, fixed: bool = False) -> Architecture:
    """The architecture of an ONNX file; its weights are not read, and need not be there.

    Raises: ImportFailure, with the node that cannot be read.

    >>> import pytest
    >>> onnx = pytest.importorskip("onnx")
    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> from onnx.helper import make_graph, make_model, make_node, make_tensor_value_info
    >>> ends = [make_tensor_value_info(name, 1, ["batch", 8, "height", 4]) for name in ("image", "result")]
    >>> graph = make_graph([make_node("Relu", ["image"], ["result"])], "net", ends[:1], ends[1:])
    >>> path = Path(mkdtemp(), "net.onnx")
    >>> onnx.save(make_model(graph), path)
    >>> from_onnx(path).check(symbolic=True).outputs["output"]
    (8, Polynomial(height), 4)
    """
    return _of_file(path, None, flat=flat, fixed=fixed)


def from_keras(
    path: str | PathLike[str],
    input: Shapes | None = None,
    *,
    flat: bool = False,
    fixed: bool = False,
) -> Architecture:
    """The architecture of a Keras model: a `.keras` file, or the `.json` of `model.to_json()`. Keras is not needed.

    `input` is needed where the model leaves its sizes open, the channels first.

    Raises: ImportFailure, with the layer that cannot be read.

    >>> import json
    >>> from tempfile import mkdtemp
    >>> from pathlib import Path
    >>> image = {"class_name": "InputLayer", "config": {"name": "image", "batch_shape": [None, 28, 28, 1]}}
    >>> head = {"class_name": "Flatten", "config": {"name": "head"}}
    >>> model = {"class_name": "Sequential", "config": {"name": "net", "layers": [image, head]}}
    >>> path = Path(mkdtemp(), "net.json")
    >>> written = path.write_text(json.dumps(model))
    >>> from_keras(path).check().outputs["output"]
    (784,)
    """
    return _of_file(path, input, flat=flat, fixed=fixed)


def _verify(module: Any, read: Read) -> None:
    """Raises: ImportFailure, if the outputs are not those of the module."""
    from archcalc.importing.failure import ImportFailure
    from archcalc.importing.torch.live.comparing import compared
    from archcalc.verify.original import of_import

    comparison = of_import(read, lambda code: compared(module, code, fresh=False))
    if not comparison.agrees:
        raise ImportFailure("outputs", str(comparison), help="without `verify`, the spec is written all the same")


def _of_file(path: str | PathLike[str], given: Shapes | None, *, flat: bool, fixed: bool) -> Architecture:
    from archcalc.importing.files import imported_file
    from archcalc.importing.given import inputs

    name = fspath(path)
    return _architecture(imported_file(name, inputs(given), flat=flat, fixed=fixed), name)


def _architecture(found: Imported, name: str) -> Architecture:
    return Architecture.from_text(found.text, f"<{name}>")
