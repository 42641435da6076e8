"""Layers of detectors: from one map of an image to one map for each of its regions of interest."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition
from archcalc.layers.arguments import as_python, keywords
from archcalc.layers.base import Read, TorchCall
from archcalc.layers.fields import Concrete, Doc, Flag, MapName, Positive, Sizes
from archcalc.layers.formula import Formula, Letter
from archcalc.layers.letters import stated
from archcalc.layers.maps import spread
from archcalc.layers.rules import OfMap
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.site import Site
from archcalc.layers.window import per_axis

PartCount = Annotated[Sizes, Doc("Number of parts of a box on each axis, such as 7.")]
BoxScale = Annotated[Positive, Doc("From the coordinates of the boxes to those of the map, such as 1/16.")]
Boxes = Annotated[MapName, Doc("The map that holds the boxes: an input of shape [4] with a count.")]


class Regions(OfMap):
    """What pools of regions share: a map of `size` for every box."""

    family = "pool"
    resizes = True
    main = "size"

    if TYPE_CHECKING:
        # Declared by the subclasses, whose order of fields is the order of a list in a spec.
        size: Sizes
        scale: Positive
        boxes: MapName

    def mapped(self, shape: Shape, site: Site) -> tuple[Shape, ...] | None:
        """One map of `size` for every box."""
        if len(shape.spatial) != 2:
            site.report(codes.RANK_MISMATCH, f"boxes lie on a map [C, H, W], but {self.kind} gets {shape}")
            return None
        sizes = per_axis(site, self.size, 2, "size")
        message = f"boxes are four numbers each, but the map that `boxes` names is {self.boxes.shape}"
        fits = site.require(
            Condition.equal(len(self.boxes.shape.sizes), 1),
            codes.RANK_MISMATCH,
            message,
            field="boxes",
            help=("declare them as an input: rois: {shape: [4], count: R}",),
        ) and site.require(
            Condition.equal(self.boxes.shape.sizes[0], 4),
            codes.RANK_MISMATCH,
            message,
            field="boxes",
            help=("declare them as an input: rois: {shape: [4], count: R}",),
        )
        single = site.require(
            Condition.equal(shape.items, 1),
            codes.WRONG_INPUTS,
            f"{self.kind} reads one map per image, but gets {shape.items} of them",
            help=("pool the regions from a map of the whole image",),
        )
        if sizes is None or not fits or not single:
            return None
        return (shape.with_spatial(sizes)._replace(items=self.boxes.shape.items),)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The sizes that are asked for, once for every box."""
        (shape,) = inputs
        boxes = Letter("R", self.boxes.shape.items, "boxes per image")
        return (
            *stated(shape, spread(self.size, 2)),
            Formula("maps", "R", (boxes,), words="what reads them is counted as often"),
        )


class RoiPool(Regions):
    """Pooling of regions of interest: the largest value of each of `size` parts of every box.

    The boxes are a map of four numbers each, with a count: `rois: {shape: [4], count: R}`. `scale` takes them from
    the pixels of the image to the positions of the map, 1/16 after four poolings. What comes out are R maps per
    image, so everything that reads them is counted R times.

    Shape: (C, H, W) and R boxes (4) -> R times (C, *size)
    Cost: no parameters, no multiplications
    Reports: AC304, AC311, AC321
    Source: Girshick 2015, Fast R-CNN; torchvision.ops.RoIPool

    >>> from archcalc.layers.base import Tap
    >>> RoiPool(size=7, boxes=Tap(Shape((4,), items=2000))).shapes([Shape((512, 38, 63))], Site())
    (Shape(sizes=(512, 7, 7), layout='channels_first', items=2000),)
    """

    size: PartCount
    scale: BoxScale = 1
    boxes: Boxes

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """A module of its own, which does what torchvision.ops.RoIPool does, for as many boxes per image."""
        scale = {} if self.scale == 1 else {"scale": as_python(self.scale)}
        reads = (Read(0), Read(1))
        return (TorchCall("supplied.RoiPool", (spread(self.size, 2),), scale, reads=reads),)


class RoiAlign(Regions):
    """Alignment of regions of interest: the mean of values in between, at even distances in each part of every box.

    The boxes are a map of four numbers each, with a count: `rois: {shape: [4], count: R}`. Nothing is rounded: values
    between positions are interpolated, and what lies more than a position outside of the map counts as 0. What comes
    out are R maps per image, so everything that reads them is counted R times.

    Shape: (C, H, W) and R boxes (4) -> R times (C, *size)
    Cost: no parameters, no multiplications (interpolation has no weights that are learned)
    Reports: AC304, AC311, AC321
    Source: He et al. 2017, Mask R-CNN; torchvision.ops.RoIAlign; onnx.ai RoiAlign

    >>> from archcalc.layers.base import Tap
    >>> RoiAlign(size=7, boxes=Tap(Shape((4,), items=1000))).shapes([Shape((256, 50, 68))], Site())
    (Shape(sizes=(256, 7, 7), layout='channels_first', items=1000),)
    """

    size: PartCount
    scale: BoxScale = 1
    sampling_ratio: Annotated[
        Concrete | None,
        Doc("Points of each axis of a part. Default: as many as positions that it spans, rounded up, at most the map."),
    ] = None
    aligned: Annotated[
        Flag, Doc("Whether boxes are moved by half a pixel, to the middles of the positions, as newer networks do.")
    ] = False
    boxes: Boxes

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """A module of its own, which does what torchvision.ops.RoIAlign does, for as many boxes per image."""
        scale = {} if self.scale == 1 else {"scale": as_python(self.scale)}
        options = scale | keywords(self, {"sampling_ratio": "sampling_ratio", "aligned": "aligned"})
        reads = (Read(0), Read(1))
        return (TorchCall("supplied.RoiAlign", (spread(self.size, 2),), options, reads=reads),)
