"""Pixel shuffles: channels that become blocks of pixels, and back."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition, Dim
from archcalc.layers.axes import equal_part, joined
from archcalc.layers.base import Layer, TorchCall
from archcalc.layers.fields import Concrete, Doc
from archcalc.layers.formula import Formula, Letter, product
from archcalc.layers.letters import channel_letter, channels, each_axis, per_axis_letters
from archcalc.layers.reach import Reach, blocks, sliding
from archcalc.layers.rules import OfMap
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.site import Site
from archcalc.layers.window import Window, by_axis


class PixelBlocks(Layer):
    """What the pixel shuffles share."""

    family = "resample"
    main = "factor"
    module: ClassVar[str] = ""
    function: ClassVar[str] = ""

    factor: Annotated[Concrete, Doc("Side of the blocks of pixels.")]
    order: Annotated[
        Literal["crd", "dcr"],
        Doc("Which channels make a block: neighbours (`crd`, as in PyTorch), or those of every block in turn (`dcr`)."),
    ] = "crd"

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.PixelShuffle` or `nn.PixelUnshuffle` on two axes; PyTorch has none for others, and no other order."""
        if len(inputs[0].spatial) == 2 and self.order == "crd":
            return (TorchCall(f"nn.{self.module}", (self.factor,)),)
        options = {} if self.order == "crd" else {"blocks_first": True}
        return (TorchCall(self.function, (self.factor,), options, is_module=False),)

    def _worked(self, of_channels: str, of_sizes: str, shape: Shape) -> tuple[Formula, ...]:
        """Channels and sizes, multiplied or divided by blocks."""
        block = Letter("B", self.factor, "size of a block")
        sides = (block,) * len(shape.spatial)
        sizes = per_axis_letters("N", shape.spatial, "input size")
        return (
            channels(shape, f"C{of_channels}{product(*sides)}", channel_letter(shape), block),
            *each_axis(shape, f"{{}}{of_sizes}{{}}".format, sizes, sides),
        )


class PixelShuffle(OfMap, PixelBlocks):
    """Pixel shuffle, or depth to space: groups of factor*factor channels become blocks of pixels.

    With `order: dcr` channels that lie as far apart as there are channels afterwards make a block, as TensorFlow's
    depth_to_space and the default of ONNX have it.

    Shape: (C*r**k, *N) -> (C, *r*N) on k axes with r = factor
    Cost: no parameters, no multiplications
    Reports: AC304, AC314, AC321
    Source: Shi et al. 2016; torch.nn.PixelShuffle; onnx.ai DepthToSpace

    >>> PixelShuffle(factor=3).shapes([Shape((9, 10, 10))], Site())[0].sizes
    (1, 30, 30)
    """

    module = "PixelShuffle"
    function = "supplied.shuffle_pixels"

    def mapped(self, shape: Shape, site: Site) -> tuple[Shape, ...] | None:
        """Fewer channels on a larger grid."""
        block = self.factor ** len(shape.spatial)
        if not site.require(
            Condition.multiple(shape.channels, block),
            codes.DOES_NOT_DIVIDE,
            f"blocks of {block} pixels need a multiple of {block} channels, but the map has {shape.channels}",
            field="factor",
            label=f"{block} channels make one",
        ):
            return None
        maps = equal_part(shape.channels, block)
        return (shape.rebuilt(maps, [size * self.factor for size in shape.spatial]),)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """Fewer channels for more places."""
        return self._worked("/", "*", inputs[0])

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """The position whose block it lies in."""
        return (blocks(self.factor),) * len(inputs[0].spatial)


class PixelUnshuffle(OfMap, PixelBlocks):
    """Pixel unshuffle, or space to depth: blocks of factor*factor pixels become channels.

    With `order: dcr` the first pixels of all channels come first, as in TensorFlow and ONNX.

    Shape: (C, *r*N) -> (C*r**k, *N) on k axes with r = factor
    Cost: no parameters, no multiplications
    Reports: AC304, AC314, AC321
    Source: torch.nn.PixelUnshuffle; onnx.ai SpaceToDepth

    >>> PixelUnshuffle(factor=2).shapes([Shape((3, 32, 32))], Site())[0].sizes
    (12, 16, 16)
    """

    module = "PixelUnshuffle"
    function = "supplied.unshuffle_pixels"

    def mapped(self, shape: Shape, site: Site) -> tuple[Shape, ...] | None:
        """More channels on a smaller grid."""
        spatial = by_axis(shape, shape.spatial, lambda names, size, _: self._blocks(site, names, size))
        if spatial is None:
            return None
        return (shape.rebuilt(shape.channels * self.factor ** len(spatial), spatial),)

    def _blocks(self, site: Site, names: list[str], size: Dim) -> Dim | None:
        fits = site.require(
            Condition.multiple(size, self.factor),
            codes.DOES_NOT_DIVIDE,
            f"blocks of {self.factor} do not divide the {joined(names)} of {size}",
            field="factor",
            label=f"{size} is not a multiple of {self.factor}",
        )
        return equal_part(size, self.factor) if fits else None

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """Fewer places for more channels."""
        return self._worked("*", "/", inputs[0])

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """The block that it was."""
        return (sliding(Window(self.factor, self.factor)),) * len(inputs[0].spatial)
