"""Normalization: by statistics of a batch, of a layer, of groups, of single maps, or of neighbouring channels."""

from collections.abc import Sequence
from math import prod
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import ConfigDict, model_validator

from archcalc.diagnostics.codes import shapes as codes
from archcalc.diagnostics.codes.language import NORMALIZED_MAP
from archcalc.dims import Condition, Dim, Number
from archcalc.dims.figures import grouped
from archcalc.layers.arguments import as_python, keywords
from archcalc.layers.base import TorchCall, Weight
from archcalc.layers.fields import Concrete, Doc, Flag, Real, Size
from archcalc.layers.filters import equal_groups
from archcalc.layers.formula import BUFFERS, Formula, Letter, parameters, product
from archcalc.layers.letters import channel_letter, size_letters
from archcalc.layers.maps import reads_map
from archcalc.layers.reach import Reach, pointwise
from archcalc.layers.rules import OfMap, Pointwise, Unchanged
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.shared_fields import Bias
from archcalc.layers.site import InFront, Site

Affine = Annotated[Flag, Doc("Whether there is a learned weight and bias for every channel.")]
Eps = Annotated[Real, Doc("What is added to the variance before the division.")]
Momentum = Annotated[Real, Doc("Share of the newest batch in the running statistics.")]
Track = Annotated[Flag, Doc("Whether running statistics are kept for inference.")]


class Normalization(Unchanged):
    """What all normalizations share: the shape stays, and there may be a weight and a bias for every channel."""

    model_config = ConfigDict(validate_default=True)

    family = "norm"
    small = ("eps",)


def _reads_channels_first(site: Site, shape: Shape, kind: str) -> bool:
    """Whether a shape is a vector, or a map that `reads_map` accepts."""
    return len(shape.sizes) == 1 or reads_map(site, shape, kind)


def _channels(shape: Shape) -> Letter:
    return channel_letter(shape, meaning="channels")


def _gamma_and_beta(shape: Shape) -> Formula:
    return parameters("2*C", _channels(shape), words="gamma and beta of every channel")


def _of_every_channel(shape: Shape, names: Sequence[str]) -> tuple[Formula, ...]:
    """The count of `gamma`, `beta` or both of every channel."""
    if not names:
        return ()
    text = "C" if len(names) == 1 else f"{len(names)}*C"
    return (parameters(text, _channels(shape), words=f"{' and '.join(names)} of every channel"),)


def _scale_and_shift(shape: tuple[Dim, ...]) -> tuple[Weight, ...]:
    return Weight("weight", shape, "scale"), Weight("bias", shape, "shift")


class ChannelStatistics(Normalization):
    """What batch and instance normalization share: a scale for every channel, and statistics kept for inference."""

    module: ClassVar[str] = ""
    stated = ("in", "num_features")

    eps: Eps = 1e-5
    momentum: Momentum = 0.1
    affine: Affine = True
    track: Track = True

    def has(self) -> tuple[bool, bool]:
        """Whether there is a gamma, and a beta."""
        return self.affine, self.affine

    def weights(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """`weight` [C] and `bias` [C], gamma and beta, if affine."""
        tensors = zip(_scale_and_shift((inputs[0].channels,)), self.has(), strict=True)
        return tuple(tensor for tensor, is_there in tensors if is_there)

    def buffers(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """`running_mean` [C], `running_var` [C] and the counter `num_batches_tracked`, if tracked."""
        if not self.track:
            return ()
        of_channels = (inputs[0].channels,)
        return (
            Weight("running_mean", of_channels, "statistic"),
            Weight("running_var", of_channels, "statistic"),
            Weight("num_batches_tracked", (), "counter"),
        )

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """2*C parameters and 2*C buffers, if there are some; the counter of batches is no number of the layer."""
        (shape,) = inputs
        kept = "mean and variance of every channel"
        buffers = (Formula(BUFFERS, "2*C", (_channels(shape),), words=kept),) if self.track else ()
        names = [name for name, is_there in zip(("gamma", "beta"), self.has(), strict=True) if is_there]
        return (*_of_every_channel(shape, names), *buffers)

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.BatchNormNd` or `nn.InstanceNormNd` by the number of axes; vectors take the one for a single axis."""
        (shape,) = inputs
        names = {"eps": "eps", "momentum": "momentum", "affine": "affine", "track": "track_running_stats"}
        return (TorchCall(f"nn.{self.module}{max(len(shape.spatial), 1)}d", (shape.channels,), keywords(self, names)),)


class BatchNorm(ChannelStatistics, Pointwise):
    """Batch normalization: every channel by its mean and variance over the batch and all positions.

    Keras and TensorFlow also have it without the one or the other: `scale: false` leaves out gamma, `center: false`
    beta. Detectors keep what was learned before: with `frozen: true` nothing of it is trained any more.

    Shape: (C) or (C, *N) unchanged
    Cost: 2*C parameters (with one of scale and center: C, without affine: none) and 2*C buffers (without track:
    none; frozen: no parameters, 4*C buffers); no multiplications, since at inference it folds into the layer in front
    Reports: AC304, AC321, AC334
    Source: torch.nn.BatchNorm1d, BatchNorm2d, BatchNorm3d; torchvision.ops.FrozenBatchNorm2d; Ioffe and Szegedy 2015

    >>> BatchNorm().torch([Shape((64, 56, 56))], [], "exact")
    (TorchCall(target='nn.BatchNorm2d', args=(64,)),)
    """

    module = "BatchNorm"
    is_numberwise = True

    scale: Annotated[Flag, Doc("Whether there is a learned weight, gamma, for every channel.")] = True
    center: Annotated[Flag, Doc("Whether there is a learned bias, beta, for every channel.")] = True
    frozen: Annotated[Flag, Doc("Whether gamma, beta and both statistics are kept as they are, as buffers.")] = False

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.frozen and not {"scale", "center", "affine", "momentum", "track"}.isdisjoint(self.model_fields_set):
            raise ValueError("takes only `eps` beside `frozen: true`")
        if not self.affine and not {"scale", "center"}.isdisjoint(self.model_fields_set):
            raise ValueError("takes `scale` and `center` only without `affine: false`, which leaves out both")
        return self

    def fuses(self) -> bool:
        """Unless it takes the statistics of what it reads, at inference too."""
        return self.track or self.frozen

    def has(self) -> tuple[bool, bool]:
        """Whether there is a gamma, and a beta."""
        is_learned = self.affine and not self.frozen
        return is_learned and self.scale, is_learned and self.center

    def buffers(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """The statistics of every channel; frozen, `weight`, `bias`, `running_mean` and `running_var`."""
        if not self.frozen:
            return super().buffers(inputs, outputs)
        names = ("weight", "bias", "running_mean", "running_var")
        return tuple(Weight(name, (inputs[0].channels,), "statistic") for name in names)

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """2*C parameters and 2*C buffers, or 4*C buffers."""
        if not self.frozen:
            return super().count_formulas(inputs, outputs)
        kept = "gamma, beta, mean and variance of every channel"
        return (Formula(BUFFERS, "4*C", (_channels(inputs[0]),), words=kept),)

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.BatchNormNd` by the number of axes; where a tensor is left out, a module of its own for any number."""
        if self.frozen:
            return (TorchCall("supplied.FrozenBatchNorm", (inputs[0].channels,), keywords(self, {"eps": "eps"})),)
        if self.scale and self.center:
            return super().torch(inputs, outputs, rounding)
        names = {"scale": "scale", "center": "center", "eps": "eps", "momentum": "momentum"}
        options = keywords(self, {**names, "track": "track_running_stats"})
        return (TorchCall("supplied.PartialBatchNorm", (inputs[0].channels,), options),)

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The shape that it reads."""
        (shape,) = inputs
        if not _reads_channels_first(site, shape, self.kind):
            return None
        if not self.frozen and shape.spatial and shape.items == 1 and all(size == 1 for size in shape.spatial):
            site.report(
                codes.BATCH_OF_ONE,
                f"batch_norm reads one value per channel of each input, {shape}: it cannot train with a batch of 1",
                label="one value per channel",
            )
        return (shape,)


class InstanceNorm(OfMap, ChannelStatistics):
    """Instance normalization: every map of every item by its own mean and variance.

    Shape: (C, *N) unchanged, with at least two positions
    Cost: none; with affine 2*C parameters, with track 2*C buffers; no multiplications
    Reports: AC304, AC319, AC321
    Source: torch.nn.InstanceNorm1d, InstanceNorm2d, InstanceNorm3d; Ulyanov et al. 2016

    >>> site = Site()
    >>> InstanceNorm().shapes([Shape((8, 1, 1))], site) is None, site.findings[0].code.id
    (True, 'AC319')
    """

    module = "InstanceNorm"

    affine: Affine = False
    track: Track = False

    def mapped(self, shape: Shape, site: Site) -> tuple[Shape, ...] | None:
        """The shape that it reads."""
        if not site.require(
            Condition.at_least(prod(shape.spatial), 2),
            codes.SINGLE_ELEMENT_NORM,
            f"the maps of {shape} must have more than one position to have a variance",
            label=f"reads {shape}",
        ):
            return None
        return (shape,)


class LayerNorm(Normalization):
    """Layer normalization: every item by the mean and variance over its last `axes` axes, or over its channels.

    By default these are the channels of a vector or of positions with the channels last, such as tokens [T, D], and
    all axes of a map with channels first. `layer_norm: channels` normalizes the channels of each position of a map,
    wherever they stand, as ConvNeXt does.

    Shape: unchanged
    Cost: 2*M parameters with M the product of the normalized axes (without affine: none, without bias: M); no
    multiplications
    Reports: AC154, AC304
    Source: torch.nn.LayerNorm; Ba et al. 2016

    >>> LayerNorm().weights([Shape((197, 768), "channels_last")], [])[0].shape
    (768,)
    >>> LayerNorm().weights([Shape((8, 4, 4))], [])[0].shape
    (8, 4, 4)
    >>> LayerNorm(over="channels").weights([Shape((8, 4, 4))], [])[0].shape
    (8,)
    """

    main = "over"

    eps: Eps = 1e-5
    affine: Affine = True
    bias: Bias = True
    axes: Annotated[
        Concrete | None, Doc("How many of the last axes share a mean and a variance. Default: the channels' position.")
    ] = None
    over: Annotated[
        Literal["channels"] | None, Doc("`channels`: those of every position by themselves, first or last.")
    ] = None

    @classmethod
    def advice(cls, values: dict[str, Any], inputs: Sequence[Shape]) -> dict[str, str]:
        """What stands where PyTorch has the sizes."""
        just = "the sizes are read from the input: write just `layer_norm` behind tokens and vectors"
        return {"over": f"{just}, or `layer_norm: channels` for the channels at each position of a map"}

    @model_validator(mode="after")
    def _has_one_way(self) -> Self:
        if self.axes is not None and self.over is not None:
            raise ValueError("takes no `axes` beside `over: channels`, which normalizes one axis")
        return self

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The shape that it reads."""
        (shape,) = inputs
        rank = len(shape.sizes)
        if self.axes is not None and self.axes > rank:
            site.report(
                codes.RANK_MISMATCH,
                f"layer_norm cannot normalize the last {self.axes} axes of {shape}",
                field="axes",
                label=f"the input has {rank}",
            )
            return None
        if self.affine and self.axes is None and not self._is_of_channels(shape):
            site.report(
                NORMALIZED_MAP,
                f"layer_norm takes mean and variance over all of {shape}, and its weights fix this size",
                label=f"{grouped(shape.elements)} numbers share a mean",
                help=("for the channels at each position write `layer_norm: channels`",),
            )
        return (shape,)

    def _is_of_channels(self, shape: Shape) -> bool:
        """Whether the channels alone are normalized, at each position."""
        are_last = shape.layout == "channels_last" or len(shape.sizes) == 1
        return self.over == "channels" or (are_last and self.axes in (None, 1))

    def _normalized(self, shape: Shape) -> tuple[Dim, ...]:
        if self.axes is not None:
            return shape.sizes[-self.axes :]
        return (shape.channels,) if self._is_of_channels(shape) else shape.sizes

    def weights(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """`weight` and `bias` in the shape of the normalized axes."""
        tensors = _scale_and_shift(self._normalized(inputs[0]))
        return (tensors if self.bias else tensors[:1]) if self.affine else ()

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """Gamma and beta for every number of the normalized axes."""
        if not self.affine:
            return ()
        (shape,) = inputs
        letters = size_letters(shape)[-len(self._normalized(shape)) :]
        if self._is_of_channels(shape):
            letters = (_channels(shape),)
        if self.bias:
            return (parameters(f"2*{product(*letters)}", *letters, words="gamma and beta of the normalized axes"),)
        return (parameters(product(*letters), *letters, words="gamma of the normalized axes"),)

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """Every position sees itself where the channels alone are normalized."""
        return pointwise(inputs[0]) if self._is_of_channels(inputs[0]) else None

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.LayerNorm` of the normalized axes, which are the last ones there; a module of its own for the first."""
        (shape,), normalized = inputs, self._normalized(inputs[0])
        options = keywords(self, {"eps": "eps", "affine": "elementwise_affine"})
        if self.affine and not self.bias:
            options["bias"] = False
        is_first = self.over == "channels" and shape.layout == "channels_first" and len(shape.sizes) > 1
        target = "supplied.ChannelLayerNorm" if is_first else "nn.LayerNorm"
        return (TorchCall(target, (normalized[0] if len(normalized) == 1 else normalized,), options),)


class GroupNorm(Normalization):
    """Group normalization: equal groups of channels by their mean and variance over all positions.

    Shape: (C) or (C, *N) unchanged, with C a multiple of groups
    Cost: 2*C parameters (without affine: none); no multiplications
    Reports: AC304, AC314, AC318, AC321
    Source: torch.nn.GroupNorm; Wu and He 2018

    >>> GroupNorm(groups=32).torch([Shape((64, 8, 8))], [], "exact")[0].args
    (32, 64)
    """

    main = "groups"
    stated = ("in", "num_channels")

    groups: Annotated[Size, Doc("Number of groups, each with a mean and a variance of its own.")]
    eps: Eps = 1e-5
    affine: Affine = True

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The shape that it reads."""
        (shape,) = inputs
        fits = _reads_channels_first(site, shape, self.kind) and equal_groups(site, self.groups, shape.channels)
        return (shape,) if fits else None

    def weights(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """`weight` [C] and `bias` [C]."""
        return _scale_and_shift((inputs[0].channels,)) if self.affine else ()

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """2*C parameters, if there are some."""
        return (_gamma_and_beta(inputs[0]),) if self.affine else ()

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.GroupNorm`."""
        options = keywords(self, {"eps": "eps", "affine": "affine"})
        return (TorchCall("nn.GroupNorm", (self.groups, inputs[0].channels), options),)


class RmsNorm(Normalization, Pointwise):
    """Root mean square normalization: the channels of every position by their root mean square, without a mean.

    Shape: (C) or (*N, C) unchanged
    Cost: C parameters (without affine: none); no multiplications
    Reports: AC321
    Source: torch.nn.RMSNorm; Zhang and Sennrich 2019

    >>> RmsNorm().weights([Shape((16, 512), "channels_last")], [])
    (Weight(name='weight', shape=(512,), role='scale'),)
    """

    eps: Eps | None = None
    affine: Affine = True

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The shape that it reads."""
        (shape,) = inputs
        if len(shape.sizes) > 1 and shape.layout == "channels_first":
            site.report(
                codes.LAYOUT_MISMATCH,
                f"rms_norm reads the channels last, but gets the map {shape} with the channels first",
                label=f"reads {shape}, channels first",
                help=(InFront("channels_last"), InFront("tokens")),
            )
            return None
        return (shape,)

    def weights(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """`weight` [C]."""
        return (Weight("weight", (inputs[0].channels,), "scale"),) if self.affine else ()

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """C parameters, if there are some."""
        return (parameters("C", _channels(inputs[0]), words="gamma of every channel"),) if self.affine else ()

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.RMSNorm`."""
        options = keywords(self, {"eps": "eps", "affine": "elementwise_affine"})
        return (TorchCall("nn.RMSNorm", (inputs[0].channels,), options),)


class LocalResponseNorm(OfMap, Normalization, Pointwise):
    """Local response normalization: every number by the squares of its neighbours in `size` channels.

    It divides by (k + alpha/size * sum of squares)^beta. AlexNet has size 5, alpha 5e-4 in this notation and k 2.

    Shape: (C, *N) unchanged
    Cost: none
    Reports: AC304, AC321
    Source: torch.nn.LocalResponseNorm; Krizhevsky et al. 2012, section 3.3

    >>> LocalResponseNorm(size=5, k=2).torch([Shape((96, 55, 55))], [], "exact")[0]
    TorchCall(target='nn.LocalResponseNorm', args=(5,), kwargs={'k': 2})
    """

    kind = "lrn"
    main = "size"

    size: Annotated[Concrete, Doc("Number of neighbouring channels.")] = 5
    alpha: Annotated[Real, Doc("Factor of the sum of squares.")] = 1e-4
    beta: Annotated[Real, Doc("Exponent of the denominator.")] = 0.75
    k: Annotated[Real, Doc("What is added to the sum of squares.")] = 1

    def working(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Number:
        """The squares, with so many channels of zeros around them that every one has its neighbours."""
        (shape,) = inputs
        numbers: Number = prod((shape.channels + self.size, *shape.spatial), start=shape.items)
        return numbers

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.LocalResponseNorm`, which on three axes refuses a map that is not in order in memory."""
        options: dict[str, Any] = keywords(self, {"alpha": "alpha", "beta": "beta", "k": "k"})
        ordered = (TorchCall("supplied.contiguous", is_module=False),) if len(inputs[0].spatial) == 3 else ()
        return (*ordered, TorchCall("nn.LocalResponseNorm", (as_python(self.size),), options))
