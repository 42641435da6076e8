"""What the counting tools say of the networks of the catalogue, as it was measured: `measured.json` and
`measured_apart.json`, and their making.

A network is exported, with `OPEN` for every symbol that its file gives no value, and each tool is asked about the
module, for a batch of one. `tests/conventions/measure.py` measures all of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from catalogue import architecture

from archcalc import Report
from archcalc.export.torch import Source, write
from archcalc.files import write as write_file

PATH = Path(__file__).with_name("measured.json")
APART = Path(__file__).with_name("measured_apart.json")
OPEN = 8
"""The value of a symbol that has none, such as the number of regions of an image."""

Answer = int | str
"""A total, or `cannot run: ` and why."""


class Measured(NamedTuple):
    """The versions of all that was measured with, and for every network the answer of every tool."""

    versions: dict[str, str]
    networks: dict[str, dict[str, Answer]]

    @classmethod
    def read(cls, path: Path = PATH) -> Measured:
        """What was measured up to now; nothing if there is no file."""
        if not path.exists():
            return cls({}, {})
        data = json.loads(path.read_text("utf-8"))
        return cls(data["versions"], data["networks"])

    def write(self, path: Path = PATH) -> None:
        """One line a network, sorted, so that a difference can be read."""
        lines = [f"    {json.dumps(name)}: {json.dumps(self.networks[name])}" for name in sorted(self.networks)]
        head = f'{{\n  "versions": {json.dumps(self.versions, sort_keys=True)},\n  "open": {OPEN},\n  "networks": {{\n'
        write_file(path, (head + ",\n".join(lines) + "\n  }\n}\n").encode(), force=True)


class Ready(NamedTuple):
    """A network of the catalogue with a number for every symbol: its code, and its report."""

    source: Source
    checked: Report
    values: Mapping[str, int]

    @classmethod
    def of(cls, network: str) -> Ready:
        """Check it and write its code."""
        found = architecture(network)
        values = {name: OPEN for name, value in found.check().symbols.items() if not isinstance(value, int)}
        report = found.check(values)
        source, diagnostics = write(found.program, values)
        assert report.ok and source is not None, [str(one) for one in (*report.diagnostics, *diagnostics)]
        return cls(source, report, {name: int(value) for name, value in report.symbols.items()})

    @property
    def parameters(self) -> int:
        """Numbers of its weights."""
        return _number(self.checked.totals.parameters)

    def build(self, device: str) -> Any:
        """Its module in eval mode, with fresh weights."""
        import torch

        found: dict[str, Any] = {"__name__": "generated"}
        exec(compile(self.source.text, "<generated>", "exec"), found)
        given = {name: self.values[symbol] for symbol, name in self.source.arguments.items()}
        with torch.device(device):
            return found[self.source.class_name](**given).eval()

    def inputs(self, device: str) -> list[Any]:
        """Zeros for one item of a batch; they are places in a table where the network reads integers."""
        import torch

        shapes = [node.outputs[0].shape for node in self.checked.graph.inputs]
        return [
            torch.zeros(
                (_number(shape.items), *map(_number, shape.sizes)),
                dtype=torch.float32 if shape.integers is None else torch.int64,
                device=device,
            )
            for shape in shapes
        ]


def _number(value: Any) -> int:
    assert isinstance(value, int), f"{value!r} is not a number"
    return value
