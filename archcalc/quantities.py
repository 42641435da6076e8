"""The quantities of networks: one vocabulary for tables, claims, questions, JSON and Python.

Every quantity is of a network, of a layer or of a scope, for one input, without the batch. This table says what each
one means; `archcalc.expectations.measure` measures it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

from archcalc.diagnostics import closest

Kind = Literal["sum", "count", "sizes", "size"]
"""A `sum` adds up over layers; a `count` does not. `sizes` are one for each axis, a `size` is that of one axis."""


class Quantity(NamedTuple):
    """What can be asked of a network, a layer or a scope: its meaning, and the unit of its numbers.

    >>> QUANTITIES["flops"].meaning
    'operations: 2 for a multiplication, which is multiplied and added'
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""

    @property
    def is_count(self) -> bool:
        """Whether it is counted, so that one can be a part or a multiple of another."""
        return self.kind in ("sum", "count")

    @property
    def is_in_bytes(self) -> bool:
        """Whether its numbers are bytes."""
        return self.unit == "bytes"


_ALL = (
    Quantity("parameters", "sum", "trainable numbers; `counting` names others"),
    Quantity("multiplications", "sum", "products with weights, and those of matrix products of maps, as in attention"),
    Quantity("flops", "sum", "operations: 2 for a multiplication, which is multiplied and added", "operations"),
    Quantity("buffers", "sum", "numbers that are kept and not trained: running statistics, and what a `buffer` holds"),
    Quantity("bytes", "sum", "all parameters, 4 bytes each", "bytes"),
    Quantity("activations", "sum", "numbers that layers write; one that only views its map, as `flatten`, writes none"),
    Quantity("memory", "sum", "parameters and activations, 4 bytes each", "bytes"),
    Quantity("saved", "count", "what autograd keeps of maps in training; `counting` names a plan", "bytes"),
    Quantity("kv_cache", "count", "keys and values of all tokens; `counting` names a plan", "bytes"),
    Quantity("peak", "count", "the most memory at one time; `counting` names a plan: adam+batch32+mixed", "bytes"),
    Quantity("active_parameters", "sum", "trainable numbers that one token needs: of experts the chosen ones only"),
    Quantity(
        "elementwise", "sum", "arithmetic on single numbers: activations, merges, scalings, `elementwise`; no norms"
    ),
    Quantity("stated_multiplications", "sum", "those of the multiplications that `opaque` steps state, not computed"),
    Quantity("layers", "sum", "layers; merges and what is applied again are none", "layers"),
    Quantity("depth", "count", "the most layers with weights on one way through", "layers"),
    Quantity("output", "sizes", "the shape that comes out, such as [512, 7, 7]"),
    Quantity("size", "sizes", "all axes of the output but the channels, as in 7x7, or in 7 if they are alike"),
    Quantity("height", "size", "rows of the output"),
    Quantity("width", "size", "columns of the output"),
    Quantity("length", "size", "positions of a sequence or signal"),
    Quantity("depth_axis", "size", "the first axis of a volume [C, D, H, W] behind the channels; `depth` is in layers"),
    Quantity("channels", "size", "channels of the output, or features of a vector"),
    Quantity("receptive_field", "sizes", "rows and columns of the input that one position sees"),
)

QUANTITIES: dict[str, Quantity] = {quantity.name: quantity for quantity in _ALL}
"""All quantities by name, in the order in which lists show them."""

COUNTS = tuple(name for name, quantity in QUANTITIES.items() if quantity.is_count)

SYNONYMS = {
    "activation": "activations",
    "features": "channels",
    "field_of_view": "receptive_field",
    "filters": "channels",
    "flop": "flops",
    "macs": "multiplications",
    "madds": "multiplications",
    "mult_adds": "multiplications",
    "multiply_adds": "multiplications",
    "params": "parameters",
    "resolution": "size",
    "rf": "receptive_field",
    "shape": "output",
    "weights": "parameters",
}
"""What other tools call them, for a question that nobody has to answer twice."""

COUNTINGS = {
    "trainable": "what is trained (default)",
    "frozen": "what is trained and what `trainable: false` freezes",
    "non_trainable": "what is not trained, as Keras counts it: frozen parameters, running means and variances",
    "total": "all of it, as Keras counts it: parameters, frozen ones, running means and variances",
    "statistics": "running statistics, and what a `buffer` holds",
    "state": "every number of PyTorch's state_dict, also `num_batches_tracked`",
    "convolutions": "layers that are convolutions",
    "weights": "tensors and layers that multiply: no biases, nothing of normalizations",
}
"""What is counted, for the quantities that are stored."""

CONVENTIONAL = ("multiplications", "flops")
"""Quantities that tools and papers count each in their own way."""

PLANNED = ("saved", "kv_cache", "peak")
"""Quantities that depend on how a network runs: `counting` names the batch, the optimizer and the numbers."""

PROFILES = Path(__file__).parent / "conventions" / "profiles"


@cache
def conventions() -> tuple[str, ...]:
    """The names of the conventions by which operations can be counted, archcalc's own first.

    >>> conventions()[:3]
    ('multiplications', 'macs', 'flops')
    """
    own = ("multiplications", "macs", "flops")
    return (*own, *sorted({path.stem for path in PROFILES.glob("*.yaml")} - set(own)))


def nearest_convention(text: str) -> str | None:
    """The convention that may have been meant by a name that is none, with or without its version.

    >>> nearest_convention("thopp"), nearest_convention("fvcore-0.1.4"), nearest_convention("mine")
    ('thop-0.1.1', 'fvcore-0.1.5', None)
    """
    brief = {name.rpartition("-")[0]: name for name in conventions() if name[-1].isdigit()}
    near = closest(text, [*conventions(), *brief])
    return brief.get(near, near) if near is not None else None


def is_file(convention: str) -> bool:
    """Whether a convention is named by a file of one's own.

    >>> is_file("mine.yaml"), is_file("thop-0.1.1")
    (True, False)
    """
    return convention.lower().endswith((".yaml", ".yml", ".json"))


def convention_named(text: str) -> str | None:
    """The convention of a name, which may leave out the version of a tool: it is the newest that is known.

    >>> convention_named("thop"), convention_named("thop-0.0.31"), convention_named("shop")
    ('thop-0.1.1', 'thop-0.0.31', None)
    """
    if text in conventions():
        return text
    versions = [name for name in conventions() if name.startswith(f"{text}-") and name[len(text) + 1].isdigit()]
    return max(versions, key=lambda name: [int(part) for part in name[len(text) + 1 :].split(".")], default=None)


def nearest(word: str, others: tuple[str, ...] = ()) -> str | None:
    """The quantity, or another name, that may have been meant by a word that is none.

    >>> nearest("MACs"), nearest("paramters"), nearest("colour")
    ('multiplications', 'parameters', None)
    """
    plain = word.lower().replace("-", "_")
    return plain if plain in QUANTITIES else SYNONYMS.get(plain) or closest(word, [*others, *QUANTITIES])


def hint(word: str, others: tuple[str, ...] = ()) -> str:
    """What to write for a word that is no quantity; a list of them where nothing comes near.

    >>> hint("macs"), hint("paramters")
    ('did you mean `multiplications`? (`flops` are 2 for each)', 'did you mean `parameters`?')
    """
    near = nearest(word, others)
    if near is None:
        return f"the quantities are {', '.join(QUANTITIES)}"
    return f"did you mean `{near}`?" + (" (`flops` are 2 for each)" if near == "multiplications" else "")
