"""The ONNX front: a file of the Open Neural Network Exchange as a record."""

from __future__ import annotations

from archcalc.importing.onnx.reading import read, signature, symbols

__all__ = ["read", "signature", "symbols"]
