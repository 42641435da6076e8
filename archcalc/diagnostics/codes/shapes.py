"""AC3xx: shapes that do not come out, do not fit or are not what a layer reads."""

from __future__ import annotations

from archcalc.diagnostics.model import Code

FRACTIONAL_OUTPUT = Code(
    "AC301",
    "fractional-output",
    "error",
    "an output size is a fraction",
    "A window of size F that moves over N positions in steps of S, with padding P on both sides, stops at "
    "(N - F + 2P)/S + 1 places. When that is not a whole number, the last step would leave the input: the sizes "
    "do not fit. Frameworks round silently and never look at the last rows or columns, so archcalc asks you to "
    "say so. Which size was meant stays open, also the one that rounding down would give: behind the layer the "
    "size is written `?`, and only such errors are reported as hold for every size.",
    "input: [1, 7, 7]\nlayers:\n  - conv: {out: 1, kernel: 3, stride: 3}   # (7 - 3 + 0)/3 + 1 = 2.3333",
    "Change the input size, the padding, the kernel or the stride so that the division is even, or declare the "
    "rounding that your framework applies: `rounding: floor` (PyTorch's default) or `rounding: ceil`, for the whole "
    "spec, for a kind of layer or for this layer.",
    "Dumoulin and Visin 2016, A guide to convolution arithmetic for deep learning",
)
UNREAD_INPUT = Code(
    "AC302",
    "unread-input",
    "warning",
    "declared rounding leaves rows or columns unread",
    "Under `rounding: floor` the window stops before the end of the input. As long as only padding is dropped "
    "nothing is lost; here real rows or columns are never read by any window.",
    "rounding: floor\ninput: [64, 56, 56]\nlayers:\n  - conv: {out: 128, kernel: 1, stride: 2}   # the last row and "
    "column are never read",
    "Nothing, if that is how the network was published (a 1x1 convolution of stride 2 on an even map cannot read "
    "everything). Otherwise choose a size that comes out even.",
)
WINDOW_TOO_LARGE = Code(
    "AC303",
    "window-larger-than-input",
    "error",
    "the window is larger than the padded input",
    "A kernel, spread out by its dilation, must fit into the input with its padding at least once.",
    "input: [1, 4, 4]\nlayers:\n  - conv: {out: 1, kernel: 5}",
    "Use a larger input, a smaller kernel, less dilation, fewer layers that shrink the map before, or padding.",
)
RANK_MISMATCH = Code(
    "AC304",
    "rank-mismatch",
    "error",
    "a layer or a field does not fit the number of axes",
    "A map is [channels, axis, ...]: [C, L], [C, H, W] or [C, D, H, W]. Some layers need such axes, and a field "
    "written as a list needs one entry for each of them.",
    "input: [3, 32, 32]\nlayers:\n  - conv: {out: 8, kernel: [3, 3, 3]}",
    "Give one number for all axes or one entry per axis; flatten a map before `linear`.",
)
GROUPS_DO_NOT_DIVIDE = Code(
    "AC305",
    "groups-do-not-divide",
    "error",
    "groups do not divide the channels",
    "Groups split the input channels and the output channels into equal parts, so both must be multiples of the "
    "number of groups.",
    "input: [3, 8, 8]\nlayers:\n  - conv: {out: 8, kernel: 3, groups: 2}",
    "Choose a number of groups that divides both numbers of channels.",
)
MERGE_MISMATCH = Code(
    "AC306",
    "merge-mismatch",
    "error",
    "the branches of a merge have different shapes",
    "Elementwise merges need branches of one shape, `concat` needs branches that agree on every axis but the one "
    "it joins. Sizes of 1 are not stretched unless the merge says `broadcast: true`.",
    "input: [8, 9, 9]\nlayers:\n  - add:\n      - here\n      - [{conv: {out: 8, kernel: 3}}]",
    "Make the branches agree: padding on the branch that shrinks, a stride or a 1x1 convolution on the shortcut, a "
    "crop of the larger map, or `upsample: {to: ...}`.",
)
EMPTY_OUTPUT = Code(
    "AC307",
    "empty-output",
    "error",
    "nothing is left of an axis",
    "The layer would produce an axis of size zero or less.",
    "input: [1, 4, 4]\nlayers:\n  - pad: -2",
    "Use a larger input, or take less away.",
)
PADDING_TOO_LARGE = Code(
    "AC308",
    "padding-too-large",
    "error",
    "more padding than the layer can take",
    "Reflection needs more rows than it mirrors, circular padding at least as many as it wraps.",
    "input: [1, 8, 8]\nlayers:\n  - pad: {padding: 9, mode: reflect}",
    "Reduce the padding, or fill it in another way: with zeros, or `mode: replicate`.",
    "torch.nn.functional.pad",
)
OFFSETS_DO_NOT_FIT = Code(
    "AC347",
    "offsets-do-not-fit",
    "error",
    "a deformable convolution without an offset for every value that it reads",
    "At every place where the window stands, and for every value of its kernel, the map `offset` has two channels, "
    "how many rows and how many columns further that value is read, and the map `mask` has one. Both have as many "
    "rows and columns as the output. G times as many channels are for G equal parts of the input maps.",
    "input: [4, 8, 8]\nlayers:\n  - {conv: [9, 3, 1, 1], as: shifts}\n"
    "  - {deform_conv: {out: 8, kernel: 3, padding: 1, offset: shifts}, from: input}",
    "Let a convolution with the same kernel, stride, padding and dilation write the offsets: "
    "`conv: {out: 2 * 3 * 3, ...}` for a kernel of 3.",
    "torchvision.ops.DeformConv2d",
)
UNEVEN_SAME = Code(
    "AC309",
    "uneven-same",
    "warning",
    "`same` with an even kernel pads one side more",
    "Keeping the size with steps of 1 takes P = (F - 1)/2 on each side, which is a fraction for an even F. The extra "
    "row or column goes to the end, as in PyTorch and TensorFlow, and the map moves by half a pixel. Larger steps are "
    "not warned of: there `same` is TensorFlow's rule for ceil(N/S) places, which by definition puts an odd total to "
    "the end.",
    "input: [1, 8, 8]\nlayers:\n  - conv: {out: 1, kernel: 2, padding: same}   # P = 1/2",
    "Use an odd kernel, or write the padding of both sides: `padding: [[0, 1], [0, 1]]`.",
)
ELEMENTS_DIFFER = Code(
    "AC310",
    "elements-differ",
    "error",
    "a shape for another number of elements",
    "Reshaping rearranges numbers; it cannot add or drop any. Nor can a `buffer` be filled with more or fewer `values` "
    "than its shape has entries.",
    "input: [8, 4, 4]\nlayers:\n  - reshape: [8, 8]",
    "Choose sizes with the same product.",
)
WRONG_INPUTS = Code(
    "AC311",
    "wrong-number-of-inputs",
    "error",
    "a layer reads another number of maps",
    "A merge joins two branches or more, `subtract` takes exactly two, and `roi_pool` reads one map for all regions.",
    "input: [8, 4, 4]\nlayers:\n  - add: [here]",
    "Add the branch that is missing, or leave the merge out.",
)
CROP_OUT_OF_BOUNDS = Code(
    "AC312",
    "crop-out-of-bounds",
    "error",
    "a crop reaches beyond its map",
    "A crop cuts a window out of a map: the window and its offset must lie inside.",
    "input: [1, 8, 8]\nlayers:\n  - crop: {size: 6, offset: 3}",
    "Reduce the offset or the size, or crop the other map.",
)
NO_SUCH_AXIS = Code(
    "AC313",
    "no-such-axis",
    "error",
    "an axis that the map does not have",
    "Axes count from 0, the channels of [C, H, W]; negative numbers count from the end.",
    "input: [8, 4, 4]\nlayers:\n  - permute: [1, 2, 3]",
    "Use each of the axes 0 to rank - 1.",
)
DOES_NOT_DIVIDE = Code(
    "AC314",
    "does-not-divide",
    "error",
    "a number of parts does not divide the axis",
    "Heads, groups, parts, patches and shuffles cut an axis into equal pieces.",
    "input: [10, 4, 4]\nlayers:\n  - split: 4",
    "Choose a number that divides the size of the axis.",
)
NOT_A_POOL = Code(
    "AC315",
    "not-a-pool",
    "error",
    "`unpool` does not undo the map it names",
    "`unpool: NAME` puts every value back to where the max pool NAME found it, so NAME must be a `max_pool`, and the "
    "map to unpool must have the shape that this pool wrote.",
    "input: [8, 4, 4]\nlayers:\n  - {conv: [8, 1], as: mix}\n  - unpool: mix",
    "Name a max pool of the same shape, or unpool by a factor: `unpool: {kernel: 2}`.",
)
OUTPUT_PADDING_TOO_LARGE = Code(
    "AC316",
    "output-padding-too-large",
    "error",
    "output padding must be smaller than the stride or the dilation",
    "Output padding chooses among the sizes that one stride maps to the same input; more than that would be rows "
    "that no window writes.",
    "input: [8, 4, 4]\nlayers:\n  - conv_transpose: {out: 4, kernel: 2, stride: 2, output_padding: 2}",
    "Use an output padding below the stride (or the dilation).",
    "torch.nn.ConvTranspose2d",
)
STATED_INPUT = Code(
    "AC327",
    "stated-input",
    "error",
    "a layer is said to read something else than what arrives",
    "`in` (also in_features, in_channels, and num_features of a normalization) states how many values or channels a "
    "layer reads, as PyTorch's modules do. archcalc knows it from the layers in front, so that it is never needed: it "
    "is a claim, and this one does not hold. With symbols it fixes the sizes at which the network is legal.",
    "input: [10, 7, 7]\nlayers:\n  - flatten\n  - linear: {in: 10, out: 10}   # 490 values arrive",
    "Write the number that arrives, leave it out, or correct the layers in front.",
    "torch.nn.Linear",
)
STATED_SIZES = Code(
    "AC348",
    "stated-sizes",
    "note",
    "an opaque step states the same for every size of what it reads",
    "What an `opaque` step writes and costs is its author's word, which no rule of archcalc holds against the map that "
    "it reads. Here that map depends on a symbol, and what is stated does not: it was written down at one size, and "
    "may be another at others. Legal sizes and counts behind the step are right as far as it holds.",
    "input: [3, H, 224]\nlayers:\n  - opaque: {shape: [96, 56, 56], products: 0}   # of every H",
    "Write the sizes with those of the map, as in `shape: [96, height(here)/4, 56]`; or give the symbol its value by "
    "`at` and ask for no other size. Where the step really gives the same at every size, nothing is to be done.",
)
UNDECIDED = Code(
    "AC317",
    "undecided-condition",
    "note",
    "a symbol decides whether the network is legal",
    "The network is legal only for some values of its symbols, and the note lists all of them, with the layers that "
    "ask for them. A condition that ties symbols together too closely for that is shown as it stands, and not guessed.",
    "input: [1, N, N]\nlayers:\n  - max_pool: 2   # legal only if N is a multiple of 2",
    "Give the symbol a value with `at: {N: 32}` or `--set N=32` to decide it for that value. `archcalc sizes` "
    "shows what every layer asks for.",
)
NEEDS_NUMBER = Code(
    "AC318",
    "needs-a-number",
    "error",
    "a field cannot depend on a symbol",
    "Sizes, channels, kernels and paddings may hold symbols. Strides, dilations of pools and the like decide the form "
    "of the result and must be numbers. Groups may hold symbols where they are a part of the channels at every size, "
    "as C and C/16 are of C channels.",
    "input: [1, N, N]\nlayers:\n  - max_pool: N   # the stride of a pool is its kernel",
    "Write a number, or give the symbol a value with `at` or `--set`.",
)
SINGLE_ELEMENT_NORM = Code(
    "AC319",
    "single-element-norm",
    "error",
    "a normalization over one single value",
    "Instance normalization subtracts the mean of a channel's map. When the map has one element, the result is "
    "always zero, and PyTorch refuses to train it.",
    "input: [8, 1, 1]\nlayers:\n  - instance_norm",
    "Normalize before the map has shrunk to 1x1, or use layer or group normalization.",
    "torch.nn.functional.instance_norm",
)
BATCH_OF_ONE = Code(
    "AC334",
    "batch-of-one",
    "note",
    "a batch norm that cannot train with a batch of 1",
    "Batch normalization takes mean and variance of a channel over the batch and all positions. Behind a global pool, "
    "or where a map has shrunk to 1x1, one input has one value per channel: PyTorch does not train with a batch of 1, "
    "and the last batch of an epoch may be one. Inference is not concerned, and a batch norm of a vector, which has "
    "one value per channel as well, is not told.",
    "input: [8, 16, 16]\nlayers:\n  - global_avg_pool\n  - conv: [16, 1]\n  - batch_norm",
    "Train with larger batches and drop the last incomplete one, or normalize otherwise: `group_norm`, or nothing at "
    "this place.",
    "torch.nn.functional.batch_norm",
)
NO_ORDER = Code(
    "AC336",
    "no-order",
    "error",
    "a causal order between tokens of two sequences",
    "In causal order a token sees itself and those before it, which takes queries and keys that are the same tokens. "
    "Where there are other numbers of them, they are not, and frameworks disagree on which keys are earlier: PyTorch "
    "counts from the first key, caches of language models from the last.",
    "input: {asking: [8, 4], asked: [8, 6]}\nlayers:\n  - {tokens, from: asked, as: memory}\n"
    "  - {tokens, from: asking}\n  - attention: {heads: 2, memory: memory, causal: true}",
    "Leave `causal` out where other tokens are read, or let the tokens read themselves.",
    "torch.nn.functional.scaled_dot_product_attention",
)
BAD_CONNECTIONS = Code(
    "AC320",
    "bad-connections",
    "error",
    "a connection table that does not fit",
    "`connections` lists, for every output map, the input maps that it sees, counted from 0: as many lists as output "
    "maps, each without repetition.",
    "input: [2, 5, 5]\nlayers:\n  - conv: {out: 2, kernel: 3, connections: [[0, 1], [2]]}",
    "Write one list per output map with numbers from 0 to in_channels - 1.",
    "LeCun et al. 1998, Table I",
)
LAYOUT_MISMATCH = Code(
    "AC321",
    "layout-mismatch",
    "error",
    "channels first where the layer needs them last, or the other way round",
    "Convolutions and pools read [C, H, W]. Attention, token layers and `linear` over positions read the channels "
    "last, as in [T, D].",
    "input: [8, 4, 4]\nlayers:\n  - linear: 10",
    "Put `flatten`, `tokens`, `channels_last` or `channels_first` in front.",
)
OTHER_NUMBERS = Code(
    "AC343",
    "other-numbers",
    "error",
    "integers where a layer computes, or real numbers where it looks something up",
    "An input of `dtype: int` holds integers that name something, such as words. Nothing can be computed with them: "
    "`embedding` looks up a row of numbers for each. Layers that only move numbers, such as `reshape` or `concat`, "
    "take integers too, and hand them on.",
    "input: {shape: [16], dtype: int}\nlayers:\n  - linear: 10",
    "Put `embedding` behind an input of integers. Where integers are needed, say `dtype: int` at the input, or make "
    "them by `positions`.",
    "torch.nn.Embedding",
)
TOO_FEW_ROWS = Code(
    "AC344",
    "too-few-rows",
    "error",
    "an embedding with fewer rows than there are integers",
    "An embedding looks up row i for the integer i. Of a table of 512 rows the last one has the number 511; a 513th "
    "position has none, and PyTorch ends with an IndexError.",
    "input: {shape: [1024], dtype: int}\nlayers:\n  - positions\n  - embedding: [512, 64]",
    "Give the embedding as many rows as there are integers, or make the sequence shorter.",
    "torch.nn.Embedding",
)
REST_OF_ONE = Code(
    "AC338",
    "rest-of-one",
    "warning",
    "a size of 1 is left for -1",
    "In a reshape of PyTorch or Keras a leading -1 is often the batch, which is implicit here: `reshape` takes the "
    "sizes of one item. The other sizes have all elements already, and -1 makes one axis more, of size 1.",
    "input: [512, 7, 7]\nlayers:\n  - reshape: [-1, 25088]",
    "Leave -1 out; or write 1 in its place, if an axis of size 1 is meant.",
)
CANNOT_STRETCH = Code(
    "AC339",
    "cannot-stretch",
    "error",
    "a size that is not 1 cannot be stretched",
    "`expand` repeats what is there along an axis of size 1. An axis with several entries could only be interpolated.",
    "input: [8, 4, 4]\nlayers:\n  - expand: [-1, 8, 8]",
    "Write -1 for sizes that stay, or take `upsample` for another size.",
)
REFUSED_SIZE = Code(
    "AC340",
    "refused-size",
    "error",
    "a size that the network refuses",
    "A step `require` is a check of the network's own: it stands for `if height % 32 != 0: raise` in a program. The "
    "layers behind it could take other sizes, and the network does not let them.",
    "input: [3, 250, 250]\nlayers:\n  - require: {multiple_of: 32}\n  - conv: [8, 3]",
    "Give the input a size that passes, or take the step out.",
)
