"""Fields that mean the same in several kinds of layers: their type, and what they are."""

from typing import Annotated

from archcalc.layers.fields import Doc, Flag, Integer, Padding, Size, SizeList, Sizes
from archcalc.layers.shape import Layout, Rounding

Axis = Annotated[
    Integer | None, Doc("The axis, counted without the batch from 0, or from the end with -1. Default: the channels.")
]
Bias = Annotated[Flag, Doc("Whether a learned bias is added to every output.")]
Broadcast = Annotated[Flag, Doc("Whether sizes of 1 are stretched to the size of the other branches.")]
Dilation = Annotated[Sizes, Doc("Distance between the values under the window; 1 is a dense window.")]
Groups = Annotated[Size, Doc("Equal groups of channels that do not see each other.")]
Kernel = Annotated[Sizes, Doc("Size of the window: one number for all axes, or one per axis.")]
OutputChannels = Annotated[Size, Doc("Number of output channels.")]
OutputLayout = Annotated[Layout, Doc("Where the channels stand in the shape that comes out.")]
OutputShape = Annotated[SizeList, Doc("The sizes that come out, without the batch.")]
OutputSize = Annotated[Sizes, Doc("The size that comes out: one number for all axes, or one per axis.")]
OwnRounding = Annotated[
    Rounding | None, Doc("What happens to a size that is not whole: `exact` is an error. Default: that of the spec.")
]
ZeroPadding = Annotated[
    Padding, Doc("Zeros around the map: a number, one per axis, [before, after] per axis, `same` or `valid`.")
]
