"""Recurrent layers: they go through tokens one by one, and keep a state of so many numbers on the way."""

from collections.abc import Iterator, Sequence
from math import prod
from typing import Annotated, ClassVar, Literal

from archcalc.diagnostics.codes.language import BAD_VALUE
from archcalc.dims import Condition, Dim, Number
from archcalc.layers.arguments import keywords
from archcalc.layers.base import Layer, TorchCall, Weight
from archcalc.layers.fields import Doc, Few, Flag, Rate, Size
from archcalc.layers.formula import Formula, Letter, multiplications, parameters
from archcalc.layers.letters import channels
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.shared_fields import Bias
from archcalc.layers.site import Site
from archcalc.layers.tokens import reads_sequences, side_by_side

Hidden = Annotated[Size, Doc("Numbers of the state, in every layer and direction.")]
Layers = Annotated[Few, Doc("How many layers stand one behind the other; each reads what the one before it wrote.")]
Bidirectional = Annotated[
    Flag, Doc("Whether a second state goes from the last token to the first; what both write stands side by side.")
]
SingleBias = Annotated[Flag, Doc("Whether a sum has one bias, as in Keras and TensorFlow; those of PyTorch have two.")]
BetweenLayers = Annotated[Rate, Doc("Probability with which a number between two layers is dropped in training.")]


class Recurrent(Layer):
    """What recurrent layers share: every gate is a sum with weights of the token and of the state before it."""

    family = "recurrent"
    resizes = True
    main = "hidden"
    stated = ("in", "input_size")
    module: ClassVar[str] = ""
    with_single_bias: ClassVar[str] = ""
    """The class that is supplied where PyTorch's has a bias too many."""
    gates: ClassVar[int] = 1
    names: ClassVar[dict[str, str]] = {
        "layers": "num_layers",
        "bias": "bias",
        "bidirectional": "bidirectional",
        "dropout": "dropout",
    }
    """The arguments of PyTorch's module by the fields that give them."""

    hidden: Hidden
    layers: Layers = 1
    bidirectional: Bidirectional = False
    bias: Bias = True
    dropout: BetweenLayers = 0

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def _projected(self) -> Dim | None:
        """To how many numbers the state is projected, if it is."""
        return None

    @property
    def _biases(self) -> int:
        """How many biases are added to every sum."""
        return (1 if getattr(self, "single_bias", False) else 2) if self.bias else 0

    @property
    def _state(self) -> Dim:
        """How many numbers one direction writes for a token, and reads for the next one."""
        return self.hidden if self._projected is None else self._projected

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The same tokens with the states of all directions."""
        (shape,) = inputs
        if not reads_sequences(site, shape, self.kind) or not self._fits(site):
            return None
        return (shape.with_channels(self._directions * self._state),)

    def _fits(self, site: Site) -> bool:
        """Whether the fields fit each other."""
        return True

    def _read(self, shape: Shape) -> Iterator[Dim]:
        """How many channels each of the layers reads."""
        for layer in range(self.layers):
            yield self._directions * self._state if layer else shape.channels

    def weights(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """`weight_ih_l0` [G*H, C], `weight_hh_l0` [G*H, H], and with bias `bias_ih_l0` and mostly `bias_hh_l0` [G*H].

        G counts the gates. Further layers have further numbers, the way back has `_reverse` behind them, and a
        projection has `weight_hr_l0` [P, H].
        """
        return tuple(
            tensor
            for layer, read in enumerate(self._read(inputs[0]))
            for end in ("", "_reverse")[: self._directions]
            for tensor in self._tensors(f"l{layer}{end}", read)
        )

    def _tensors(self, end: str, read: Dim) -> Iterator[Weight]:
        rows = self.gates * self.hidden
        yield Weight(f"weight_ih_{end}", (rows, read), "weight")
        yield Weight(f"weight_hh_{end}", (rows, self._state), "weight")
        for name in ("bias_ih", "bias_hh")[: self._biases]:
            yield Weight(f"{name}_{end}", (rows,), "bias")
        if self._projected is not None:
            yield Weight(f"weight_hr_{end}", (self._projected, self.hidden), "weight")

    def multiplications(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Dim:
        """Every weight that is no bias once per token. Products of gates with states have no weights."""
        tokens = prod(inputs[0].sizes[:-1])
        matrices = [tensor for tensor in self.weights(inputs, outputs) if tensor.role == "weight"]
        products: Dim = tokens * sum((matrix.elements for matrix in matrices), start=0)
        return products

    def working(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Number:
        """The gates of all tokens in one direction of one layer, and what the layer before it wrote."""
        (shape,) = inputs
        between = self._directions * self._state if self.layers > 1 else 0
        numbers: Number = shape.items * prod(shape.sizes[:-1]) * (self.gates * self.hidden + between)
        return numbers

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """As many channels as the states of all directions have numbers."""
        state = self._letters()[-1]
        text = f"2*{state.name}" if self.bidirectional else state.name
        return (channels(inputs[0], text, state, words="there and back" if self.bidirectional else ""),)

    def _letters(self) -> tuple[Letter, ...]:
        """The size of the state, and behind it that of what is written of it, if it is another one."""
        hidden = Letter("H", self.hidden, "numbers of a state")
        return (hidden,) if self._projected is None else (hidden, Letter("P", self._projected, "numbers written of it"))

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """The matrices of every layer and direction, with two biases a gate; every matrix once per token."""
        (shape,) = inputs
        letters = (
            *self._letters(),
            Letter("C", shape.channels, "channels"),
            Letter("L", self.layers, "layers"),
            Letter("T", shape.sizes[-2], "tokens"),
        )
        front, times = side_by_side(shape)
        counted = self._written(f" + {self._biases}" if self.bias else "")
        words = f"{self.gates} gates" if self.gates > 1 else ""
        return (
            parameters(counted, *letters, words=words if self.bias else f"{words}, no biases".removeprefix(", ")),
            multiplications(f"{times}T*({self._written('')})", *front, *letters),
        )

    def _written(self, biases: str) -> str:
        """The numbers of all layers, as a formula."""
        rows = "H" if self.gates == 1 else f"{self.gates}*H"
        state, projection = ("H", "") if self._projected is None else ("P", " + H*P")
        between = f"2*{state}" if self.bidirectional else state
        first, later = (f"{rows}*({read} + {state}{biases}){projection}" for read in ("C", between))
        if self.bidirectional:
            first, later = f"2*({first})", f"2*({later})"
        return first if self.layers == 1 else f"{first} + (L - 1)*({later})"

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """PyTorch's module, which returns its states too; sequences side by side are items of its batch."""
        leading = inputs[0].sizes[:-2]
        if not leading:
            return (self._module(inputs[0]),)
        before = TorchCall("Tensor.flatten", (0, len(leading)), is_module=False)
        return before, self._module(inputs[0]), TorchCall("Tensor.unflatten", (0, (-1, *leading)), is_module=False)

    def _module(self, shape: Shape) -> TorchCall:
        """PyTorch's module for a batch of sequences."""
        if self._biases == 1:
            options = {name: value for name, value in keywords(self, self.names).items() if name != "bias"}
            return TorchCall(self.with_single_bias, (shape.channels, self.hidden), options)
        options = {**keywords(self, self.names), "batch_first": True}
        return TorchCall(f"nn.{self.module}", (shape.channels, self.hidden), options, result=0)


class Lstm(Recurrent):
    """Long short-term memory: three gates decide what its state takes in, keeps and shows.

    It writes its state behind every token; `select: -1` behind it takes the last one. With `projection` a matrix makes
    the state shorter before it is written and read again.

    Shape: (*N, T, C) -> (*N, T, R), with R = hidden, or R = projection; with both directions (*N, T, 2*R)
    Cost: in each layer and direction 4*hidden*(C + R + 2) parameters, two biases for each of four sums as PyTorch has
    them (with a single bias `+ 1`, without bias nothing), and hidden*projection with a projection; prod(N)*T times the
    parameters that are no biases as multiplications. Layers behind the first read R channels for each direction
    Reports: AC133, AC304, AC321
    Source: torch.nn.LSTM; Hochreiter and Schmidhuber 1997; Sak et al. 2014 for the projection

    >>> tokens = Shape((12, 250), "channels_last")
    >>> sum(weight.elements for weight in Lstm(hidden=128).weights([tokens], [tokens]))
    194560
    """

    module = "LSTM"
    with_single_bias = "supplied.SingleBiasLSTM"
    gates = 4
    names: ClassVar[dict[str, str]] = {**Recurrent.names, "projection": "proj_size"}

    projection: Annotated[Size | None, Doc("How many numbers of the state are written and read. Default: all.")] = None
    single_bias: SingleBias = False

    @property
    def _projected(self) -> Dim | None:
        return self.projection

    def _fits(self, site: Site) -> bool:
        return self.projection is None or site.require(
            Condition.at_least(self.hidden - 1, self.projection),
            BAD_VALUE,
            f"`projection` is {self.projection}, and a state of {self.hidden} numbers is projected to fewer",
            field="projection",
        )


class Gru(Recurrent):
    """Gated recurrent unit: two gates decide what its state forgets and takes in.

    It writes its state behind every token; `select: -1` behind it takes the last one.

    Shape: (*N, T, C) -> (*N, T, hidden), with both directions (*N, T, 2*hidden)
    Cost: in each layer and direction 3*hidden*(C + hidden + 2) parameters, two biases for each of three sums as PyTorch
    has them (without bias: no `+ 2`); prod(N)*T times the parameters that are no biases as multiplications. Layers
    behind the first read `hidden` channels for each direction
    Reports: AC304, AC321
    Source: torch.nn.GRU; Cho et al. 2014

    >>> tokens = Shape((12, 250), "channels_last")
    >>> [(weight.name, weight.shape) for weight in Gru(hidden=128, bias=False).weights([tokens], [tokens])]
    [('weight_ih_l0', (384, 250)), ('weight_hh_l0', (384, 128))]
    """

    module = "GRU"
    gates = 3


class Rnn(Recurrent):
    """Recurrent layer without gates: the new state is a function of a weighted sum of the token and the old state.

    It writes its state behind every token; `select: -1` behind it takes the last one.

    Shape: (*N, T, C) -> (*N, T, hidden), with both directions (*N, T, 2*hidden)
    Cost: in each layer and direction hidden*(C + hidden + 2) parameters, two biases as PyTorch has them (with a single
    bias `+ 1`, without bias nothing); prod(N)*T times the parameters that are no biases as multiplications. Layers
    behind the first read `hidden` channels for each direction
    Reports: AC304, AC321
    Source: torch.nn.RNN; Elman 1990

    >>> tokens = Shape((12, 250), "channels_last")
    >>> Rnn(hidden=128, bidirectional=True).shapes([tokens], Site())[0].sizes
    (12, 256)
    """

    module = "RNN"
    with_single_bias = "supplied.SingleBiasRNN"
    names: ClassVar[dict[str, str]] = {**Recurrent.names, "activation": "nonlinearity"}

    activation: Annotated[Literal["tanh", "relu"], Doc("The function that makes a state of the sum.")] = "tanh"
    single_bias: SingleBias = False
