"""AC322 to AC326 and AC335: a spec that says one thing where another one is likelier to be meant."""

from __future__ import annotations

from archcalc.diagnostics.model import Code

_SILENCE = "Where the spec means what it says, `# archcalc: ignore[{}]` at the end of the line says so."

BATCH_IN_INPUT = Code(
    "AC322",
    "batch-in-input",
    "warning",
    "the first size of an input looks like a batch",
    "Shapes go without the batch: [3, 224, 224] is an image, and [1, 3, 224, 224] a volume with one channel, a depth "
    "of 3, and other numbers of parameters and multiplications. A first size of 1, a word such as None, B or N, or any "
    "number in front of what looks like a picture, is likely to be a batch.",
    "input: [10, 1, 28, 28]   # a batch of 10 images?\nlayers:\n  - conv: {out: 10, kernel: 5, padding: 2}",
    "Leave the batch out: `input: [1, 28, 28]`. " + _SILENCE.format("AC322"),
    "torch.nn.Conv2d reads (N, C, H, W); here N is implicit",
)
CHANNELS_LAST_INPUT = Code(
    "AC323",
    "channels-last-input",
    "warning",
    "an input looks like height, width, channels",
    "The channels come first, as in PyTorch: [3, 224, 224]. Three sizes of which the last is 1, 3 or 4 and the first "
    "is larger look like an image of Keras or NumPy; taken literally, it has hundreds of channels.",
    "input: [224, 224, 3]   # 224 channels?\nlayers:\n  - conv: {out: 64, kernel: 3, padding: same}",
    "Write the channels first: `input: [3, 224, 224]`. " + _SILENCE.format("AC323"),
)
IMAGE_WITHOUT_CHANNELS = Code(
    "AC324",
    "image-without-channels",
    "warning",
    "an input looks like an image without its channels",
    "Two sizes are channels and a length, and windows slide along the length. Two equal sizes look like the height and "
    "the width of a gray image, which has one channel.",
    "input: [32, 32]   # 32 channels, and a length of 32?\nlayers:\n  - conv: [8, 3]",
    "Write the channel: `input: [1, 32, 32]`. " + _SILENCE.format("AC324"),
)
INPUT_CHANNELS_IN_LIST = Code(
    "AC325",
    "input-channels-in-list",
    "warning",
    "a list of values looks like the arguments of PyTorch",
    "nn.Conv2d takes the input channels first: (in_channels, out_channels, kernel_size, stride, padding). Here the "
    "input is known, and a list begins with `out`. A list whose first value is the number of input channels, and whose "
    "others make a strange kernel or stride, is likely to be in PyTorch's order. Sizes are no arguments of a "
    "normalization either, as they are of nn.LayerNorm: in `layer_norm: [512]` they are what is added to the variance.",
    "input: [1024, 7, 7]\nlayers:\n  - conv_transpose: [1024, 512, 3]   # out 1024, kernel 512, stride 3?",
    "Leave the input channels out: `conv_transpose: [512, 3]`. " + _SILENCE.format("AC325"),
    "torch.nn.Conv2d, torch.nn.Linear, torch.nn.LayerNorm",
)
LIST_PER_AXIS = Code(
    "AC326",
    "list-per-axis",
    "warning",
    "a list of values looks like one size for each axis",
    "A list sets the fields of a layer in their order, kernel and then stride: `max_pool: [2, 1]` is a kernel of 2 "
    "that moves by 1. nn.MaxPool2d((2, 1)) is a kernel of 2 rows and 1 column.",
    "input: [8, 8, 8]\nlayers:\n  - max_pool: [2, 1]   # kernel 2, stride 1?",
    "Name the field: `max_pool: {kernel: [2, 1]}`. " + _SILENCE.format("AC326"),
    "torch.nn.MaxPool2d",
)

ATTENTION_IN_ROWS = Code(
    "AC335",
    "attention-in-rows",
    "warning",
    "attention runs along the rows of a map, each by itself",
    "Attention is between tokens, which stand on the last axis in front of the channels; axes in front of that are as "
    "many attentions side by side. A map whose channels are moved behind its height and width is a sequence for every "
    "row, and a position sees its own row alone. That is axial attention; mostly, all positions are to see each other.",
    "input: [3, 64, 64]\nlayers:\n  - conv: [96, 4, 4]\n  - channels_last   # 16 rows of 16 tokens\n  - attention: 3",
    "Write `tokens` for `channels_last`, which makes one sequence of all positions. " + _SILENCE.format("AC335"),
)

SUSPICIONS = frozenset(
    {
        BATCH_IN_INPUT,
        CHANNELS_LAST_INPUT,
        IMAGE_WITHOUT_CHANNELS,
        INPUT_CHANNELS_IN_LIST,
        LIST_PER_AXIS,
        ATTENTION_IN_ROWS,
    }
)
"""Warnings that the spec is likely to mean another network than it says: beside them no repair is safe."""
