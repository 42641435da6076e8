"""What is asked of the process that has PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archcalc.importing.torch.inputs import Input
from archcalc.importing.torch.source import Call, Source


@dataclass(frozen=True)
class Job:
    """A source to be traced: with these inputs, in train mode or not, at other sizes or not."""

    source: Source
    inputs: tuple[Input, ...] = ()
    train: bool = False
    sizes: bool = True

    def to_json(self) -> dict[str, Any]:
        """As it is sent; literals are sent as Python writes them, since JSON has no tuples."""
        call = self.source.call
        return {
            "module": self.source.module,
            "path": self.source.path,
            "name": self.source.name,
            "call": None if call is None else [call.name, repr(call.arguments), repr(call.keywords)],
            "inputs": [[list(one.shape), one.dtype, one.name] for one in self.inputs],
            "train": self.train,
            "sizes": self.sizes,
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Job:
        """As it was sent."""
        from ast import literal_eval

        call = None
        if data["call"] is not None:
            name, arguments, keywords = data["call"]
            call = Call(name, literal_eval(arguments), literal_eval(keywords))
        return Job(
            Source(data["module"], data["path"], data["name"], call),
            tuple(Input(tuple(shape), dtype, name) for shape, dtype, name in data["inputs"]),
            data["train"],
            data["sizes"],
        )
