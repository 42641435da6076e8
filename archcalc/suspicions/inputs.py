"""Inputs that look like something else: a batch in front, the channels behind, an image without its channels."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.diagnostics.codes import meaning as codes
from archcalc.diagnostics.codes.shapes import LAYOUT_MISMATCH, RANK_MISMATCH
from archcalc.diagnostics.model import Code
from archcalc.dims import Dim
from archcalc.dims.substitution import free_symbols
from archcalc.graph import Graph, Node
from archcalc.spec.model import Input
from archcalc.suspicions.model import Suspicion, as_written
from archcalc.tally import tally

_BATCH_WORDS = frozenset({"none", "b", "bs", "batch", "batch_size", "batchsize", "num_samples", "samples"})
"""Names that PyTorch, Keras and NumPy have for the number of samples, besides N."""
_FEW = 4
"""The most channels that a picture has."""
_ROWS = 12
"""Rows and columns that a picture has at least, where no error makes it likelier."""


def of_inputs(inputs: list[Input], graph: Graph) -> Iterator[Suspicion]:
    """What is suspect about the inputs of a network, each at most once."""
    for entry, node in zip(inputs, graph.inputs, strict=True):
        shape = node.outputs[0].shape
        found = None
        if entry.is_integer:
            found = None if shape is None else _of_integers(_Seen(entry, node, shape.sizes, graph))
        elif shape is not None and shape.layout == "channels_first" and 2 <= len(shape.sizes) <= 4:
            seen = _Seen(entry, node, shape.sizes, graph)
            found = _RANKS[len(shape.sizes)](seen)
            found = None if found is not None and seen.is_moved else found
        elif shape is None and entry.sizes[0].text.strip() == "-1" and entry.sizes[1:]:
            found = _batch(_Seen(entry, node, (), graph), [as_written(size) for size in entry.sizes[1:]], cures=True)
        if found is not None:
            yield found


class _Seen:
    """An input, its sizes as they are written, and what the network does with it."""

    def __init__(self, entry: Input, node: Node, sizes: tuple[Dim, ...], graph: Graph) -> None:
        self.entry = entry
        self.node = node
        self.graph = graph
        self.sizes = sizes
        self.texts = [as_written(size) for size in entry.sizes]

    def suspicion(self, code: Code, meant: list[str], message: str, because: str, cures: bool = False) -> Suspicion:
        """A suspicion that other sizes are meant."""
        value, name = f"[{', '.join(meant)}]", "shape" if self.entry.is_integer else self.entry.name
        literal = _integers(self.texts) if self.entry.is_integer else _literal(self.texts)
        return Suspicion(code, self.entry.span, name, value, message, literal, because, cures=cures)

    @property
    def is_refused(self) -> bool:
        """Whether a layer of the network does not read so many axes."""
        facts = [node.facts for node in self.graph.nodes if node.facts is not None]
        return any(finding.code is RANK_MISMATCH for one in facts for finding in one.findings)

    @property
    def is_read_as_sequences(self) -> bool:
        """Whether a recurrent layer goes through rows of the integers side by side."""
        read = [node.inputs[0].shape for node in self.graph.nodes if node.layer and node.layer.family == "recurrent"]
        return any(shape is not None and shape.sizes[:-1] == self.sizes for shape in read)

    @property
    def is_moved(self) -> bool:
        """Whether a layer that reads the input puts its axes into another order: its author knows what they are."""
        shapes = [out.shape for node in self._readers for out in node.outputs if out.shape is not None]
        return any(
            shape.layout != "channels_first"
            or (shape.sizes != self.sizes and _sorted(shape.sizes) == _sorted(self.sizes))
            for shape in shapes
        )

    @property
    def _readers(self) -> list[Node]:
        return [node for node in self.graph.nodes if any(value.node is self.node for value in node.inputs)]

    @property
    def lists(self) -> set[int]:
        """For how many axes the windows of the network are written as lists."""
        windows = [node.layer.windows() for node in self.graph.nodes if node.layer is not None]
        return {len(one.kernel) for one in windows if one is not None and isinstance(one.kernel, tuple)}

    @property
    def is_slid_over(self) -> bool:
        """Whether a window moves over a map of the sizes of the input."""
        return any(node.layer is not None and node.layer.windows() is not None for node in self._of_its_sizes)

    @property
    def is_read_as_a_vector(self) -> bool:
        """Whether a layer that reads vectors refuses a map of the sizes of the input."""
        return any(
            finding.code is LAYOUT_MISMATCH
            for node in self._of_its_sizes
            for finding in (node.facts.findings if node.facts is not None else ())
        )

    @property
    def _of_its_sizes(self) -> Iterator[Node]:
        for node in self.graph.nodes:
            shape = node.inputs[0].shape if node.inputs else None
            if shape is not None and shape.sizes == self.sizes:
                yield node

    @property
    def is_plain(self) -> bool:
        """Whether the sizes are numbers and names: who computes one knows what it is."""
        return all(text.replace("_", "").isalnum() for text in self.texts)

    @property
    def begins_with_a_batch_word(self) -> bool:
        """Whether the first size is called as batches are, and nothing else."""
        return self.texts[0].casefold() in _BATCH_WORDS

    @property
    def is_called_as_many(self) -> bool:
        """Whether the first size is N, which is the number of samples as often as it is a size."""
        return self.texts[0] in ("N", "n")

    @property
    def begins_with_channels(self) -> bool:
        """Whether the first size is called as channels are: C, c_in, channels."""
        return self.texts[0].casefold().startswith("c")

    @property
    def first_counts_weights(self) -> bool:
        """Whether the first size is a symbol without a value on which the number of parameters depends."""
        first = free_symbols(self.sizes[0]).difference(*map(free_symbols, self.sizes[1:]))
        weights = tally(self.graph.nodes)[:2] if first else ()
        return any(free_symbols(count).intersection(first) for count in weights)


def _of_four(seen: _Seen) -> Suspicion | None:
    first, rest = seen.sizes[0], seen.sizes[1:]
    is_of_keras = _is_picture_of_keras(rest) and seen.is_plain and (first == 1 or _are_numbers(rest))
    is_picture = is_of_keras or (_is_picture(rest, natural=first in (1, 3)) and seen.is_plain)
    meant = seen.texts[1:]
    meant = [meant[2], *meant[:2]] if is_of_keras else meant
    if seen.begins_with_a_batch_word:
        return _batch(seen, meant)
    if 3 in seen.lists:
        # Kernels for three axes are meant for volumes.
        return None
    if is_picture or (seen.first_counts_weights and not seen.begins_with_channels):
        return _batch(seen, meant, cures=_is_tiny(rest[:2] if is_of_keras else rest[1:]))
    return None


def _of_three(seen: _Seen) -> Suspicion | None:
    is_called_otherwise = seen.begins_with_channels or seen.begins_with_a_batch_word
    if _is_picture_of_keras(seen.sizes) and seen.is_plain and not is_called_otherwise:
        return _channels_last(seen)
    is_called_so = seen.is_called_as_many and seen.first_counts_weights and _are_numbers(seen.sizes[1:])
    if seen.begins_with_a_batch_word or is_called_so:
        meant = seen.texts[1:]
        if seen.sizes[2] in range(1, _FEW + 1):
            meant = meant[::-1]
        elif seen.sizes[1] == seen.sizes[2] and seen.is_slid_over:
            meant = ["1", *meant]
        return _batch(seen, meant, cures=not seen.begins_with_a_batch_word and _is_tiny(seen.sizes[1:]))
    return None


def _of_integers(seen: _Seen) -> Suspicion | None:
    """Words [T] are one sequence; several of them are a batch, unless somebody reads them as several."""
    if len(seen.sizes) < 2:
        return None
    is_called_so = seen.begins_with_a_batch_word or seen.is_called_as_many
    is_batch = is_called_so or seen.sizes[0] == 1 or seen.is_refused or seen.is_read_as_sequences
    return _batch(seen, seen.texts[1:], cures=seen.is_refused) if is_batch else None


def _of_two(seen: _Seen) -> Suspicion | None:
    first, second = seen.sizes
    is_called_so = seen.begins_with_a_batch_word or seen.is_called_as_many
    if seen.is_read_as_a_vector and (isinstance(first, int) or is_called_so):
        return _batch(seen, seen.texts[1:], cures=True)
    is_square = first == second and not _is_tiny(seen.sizes)
    is_image = is_square or [text.casefold() for text in seen.texts] in (["h", "w"], ["height", "width"])
    if not (is_image or 2 in seen.lists) or not seen.is_slid_over:
        return None
    because = "two sizes are channels and a length"
    message = f"{because}, and this looks like the height and the width of an image with one channel"
    return seen.suspicion(codes.IMAGE_WITHOUT_CHANNELS, ["1", *seen.texts], message, because)


_RANKS = {2: _of_two, 3: _of_three, 4: _of_four}


def _channels_last(seen: _Seen) -> Suspicion:
    height, width, channels = seen.sizes
    because = "the channels come first"
    message = f"{because}, and this looks like an image of {height}×{width} with {_counted(channels)}"
    meant, cures = [seen.texts[2], *seen.texts[:2]], _is_tiny((height, width))
    return seen.suspicion(codes.CHANNELS_LAST_INPUT, meant, message, because, cures)


def _batch(seen: _Seen, meant: list[str], cures: bool = False) -> Suspicion:
    because = "the batch is implicit"
    message = f"{because}, and the first size, {seen.texts[0]}, looks like one"
    return seen.suspicion(codes.BATCH_IN_INPUT, meant, message, because, cures)


def _is_picture(sizes: tuple[Dim, ...], natural: bool) -> bool:
    """Whether three sizes look like channels, height and width; `natural`: what is in front may be channels."""
    channels, height, width = sizes
    few = channels in (1, 3) or (channels == _FEW and not natural and isinstance(height, int) and height == width)
    return few and all(not isinstance(size, int) or size > _FEW for size in (height, width))


def _is_picture_of_keras(sizes: tuple[Dim, ...]) -> bool:
    """Whether three sizes look like height, width and channels."""
    height, width, channels = sizes
    return channels in (1, 3, _FEW) and all(not isinstance(size, int) or size > _FEW for size in (height, width))


def _are_numbers(sizes: tuple[Dim, ...]) -> bool:
    return all(isinstance(size, int) for size in sizes)


def _is_tiny(sizes: tuple[Dim, ...]) -> bool:
    """Whether a picture of these sizes is so small that only an error makes it likelier than a map."""
    return any(isinstance(size, int) and size < _ROWS for size in sizes)


def _literal(texts: list[str]) -> str:
    """What sizes mean as they stand."""
    axes = {2: "a length", 3: "height and width", 4: "depth, height and width"}[len(texts)]
    return f"read as {_counted(texts[0])}, and {axes} of {'×'.join(texts[1:])}"


def _integers(texts: list[str]) -> str:
    """What the sizes of integers mean as they stand."""
    return f"read as integers at {'×'.join(texts)} positions"


def _counted(channels: object) -> str:
    return "1 channel" if str(channels) == "1" else f"{channels} channels"


def _sorted(sizes: tuple[Dim, ...]) -> list[str]:
    return sorted(map(str, sizes))
