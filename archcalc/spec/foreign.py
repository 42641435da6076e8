"""What other libraries and papers call things: PyTorch, Keras, TensorFlow, Caffe, Darknet, ONNX, JAX, and short forms.

A name is looked up here before its letters are compared with the names of the language: `unflatten` looks like
`flatten` and is `reshape`.
"""

from __future__ import annotations

import re

from archcalc.layers.table import KINDS

_SYNONYMS: dict[str, str] = {
    "conv": "convolution conv2dlayer spatialconvolution convlayer lazyconv",
    "depthwise": "depthwiseconv depthwiseconvolution dwconv dconv convdw dw depthconv",
    "conv_transpose": """
        deconv deconvolution transposeconv transposedconv transposedconvolution tconv upconv
        fractionallystridedconv lazyconvtranspose
    """,
    "linear": """
        dense densegeneral fc fullyconnected fullconnection innerproduct ip gemm addmm lazylinear projection proj
        classifier logits
    """,
    "affine": "scale scaleshift scaleandshift channelaffine",
    "layer_scale": "gamma",
    "parameter": "weight learned learnable",
    "buffer": "constant const registerbuffer table fixed constantofshape zeros ones full",
    "max_pool": "pool pooling maxpooling mp maxpoollayer",
    "avg_pool": "averagepool averagepooling avgpooling meanpool meanpooling ap avepool",
    "lp_pool": "lppooling l2pool powerpool poweraveragepool",
    "adaptive_avg_pool": "adaptivepool adaptiveaveragepool adaptiveaveragepooling adaptiveavgpooling aap",
    "adaptive_max_pool": "adaptivemaxpooling amp",
    "global_avg_pool": """
        gap globalpool globalpooling globalaveragepool globalaveragepooling globalavgpooling globalmean
        spatialmean squeezespatial
    """,
    "global_max_pool": "gmp globalmaxpooling reducemax amax globalmax",
    "unpool": "maxunpool maxunpooling unpooling",
    "roi_pool": "roipooling roi",
    "deform_conv": "deformableconv dcn deformconvolution deformableconvolution",
    "upsample": """
        upsampling interpolate interpolation resize upscale upsamplingbilinear upsamplingnearest resizebilinear
        resizenearestneighbor interp rescale
    """,
    "crop": "cropping centercrop",
    "pad": """
        padding zeropad zeropadding constantpad reflectionpad reflectpad replicationpad replicatepad circularpad
        mirrorpad edgepad
    """,
    "pixel_shuffle": "depthtospace subpixel subpixelconv",
    "pixel_unshuffle": "spacetodepth reorg focus",
    "channel_shuffle": "shuffle shufflechannel shufflechannels groupshuffle",
    "flatten": "flat ravel flattenlayer squeeze",
    "slice": "narrow stridedslice",
    "index_select": "gather take",
    "unfold": "im2col extractpatches extractimagepatches imagetocolumns",
    "fold": "col2im columnstoimage",
    "expand": "expandas broadcastto tile",
    "normalize": "l2norm l2normalize unitnorm unitnormalization",
    "mean": "reducemean",
    "sum": "reducesum",
    "reshape": "view unflatten unsqueeze expanddims resizeas",
    "permute": "transpose swapaxes rearrange movedim moveaxis dimshuffle",
    "channels_last": "tochannelslast nhwc",
    "channels_first": "tochannelsfirst nchw",
    "tokens": "tokenize totokens flattentokens",
    "select": "token index getitem",
    "split": "chunk unbind splitchannels",
    "identity": "id noop passthrough linearactivation",
    "batch_norm": "bn batchnormalization bnorm syncbatchnorm synchronizedbatchnorm frozenbatchnorm lazybatchnorm",
    "layer_norm": "ln layernormalization",
    "group_norm": "gn groupnormalization",
    "instance_norm": "instancenormalization",
    "rms_norm": "rmsnormalization rootmeansquarenorm",
    "lrn": "localresponsenorm localresponsenormalization responsenorm responsenormalization crossmaplrn",
    "channel_dropout": "dropout1d dropout2d dropout3d spatialdropout featuredropout dropoutchannels",
    "alpha_dropout": "featurealphadropout",
    "stochastic_depth": "droppath dropconnect survival",
    "leaky_relu": "lrelu leaky leakyrelulayer rrelu",
    "silu": "swish",
    "sigmoid": "logistic sigm",
    "hardsigmoid": "hsigmoid",
    "hardswish": "hswish hardsilu",
    "hardtanh": "clip clamp relu1 relun1",
    "gelu": "quickgelu gelunew gelutanh",
    "softmax": "softargmax",
    "log_softmax": "logsoftargmax",
    "apply": "activation",
    "add": "plus eltwise addn",
    "subtract": "sub minus difference",
    "multiply": "mul prod product times hadamard gate gating",
    "matmul": "bmm baddbmm dot batchmatmul batchdot matrixmultiply matrixproduct",
    "concat": "cat concatenate concatenation merge join route depthconcat filterconcat",
    "fork": "branch branches parallel inception",
    "use": "reuse shared share tied",
    "attention": """
        multiheadattention multiheadselfattention selfattention mha mhsa msa crossattention multiheaddotproductattention
    """,
    "embedding": "embed wordembedding tokenembedding lookup lookuptable",
    "position_encoding": "positionalencoding sinusoidal sinusoidalembedding sinusoidalpositionalembedding",
    "rotary": "rope rotaryembedding rotarypositionembedding rotaryembeddings applyrotaryposemb",
    "relative_buckets": "relativepositionbucket",
    "relative_position_bias": "relpositionbias relativepositionbiastable",
    "experts": "moe mixtureofexperts sparsemoe mixture",
    "positions": "arange positionids range",
    "dot_attention": "scaleddotproductattention sdpa dotproductattention",
    "lstm": "longshorttermmemory lstmcell cudnnlstm",
    "gru": "gatedrecurrentunit grucell cudnngru",
    "rnn": "simplernn rnncell elman elmanrnn vanillarnn recurrent",
    "class_token": "cls clstoken classembedding",
    "position_embedding": "posembed positionalembedding positionembed pos posembedding learnedpositionalembedding",
}
"""For every kind, the names that it has elsewhere, without case, `_` and `-`, and the 2d of `Conv2d`."""

_BLOCK = "there is no such layer; write it as a block of your own, under `blocks`:"
_PLAIN_STEP = "it changes neither shapes nor counts: leave it out"
_REASONS: dict[str, str] = {
    "bidirectional bilstm bigru birnn blstm": "write `lstm`, `gru` or `rnn` with `bidirectional: true`",
    "convlstm convgru": "there is no recurrent layer of maps; for sequences of vectors there are `lstm` and `gru`",
    "embeddingbag": "write two steps: `- embedding: [COUNT, WIDTH]` and a mean over the tokens",
    "separableconv separableconvolution sepconv depthwiseseparableconv depthwiseseparable dsconv": (
        "write two steps: `- depthwise: 3` and `- conv: [OUT, 1]`"
    ),
    "pointwise pointwiseconv pwconv pw": "it is a convolution of one position: `- conv: [OUT, 1]`",
    "groupconv groupedconv groupconvolution": "write the groups: `- conv: {out: OUT, kernel: 3, groups: G}`",
    "dilatedconv atrousconv atrousconvolution dilatedconvolution": (
        "write the dilation: `- conv: {out: OUT, kernel: 3, dilation: 2}`"
    ),
    "stdconv scaledstdconv wsconv wsstdconv weightstandardizedconv": (
        "write so: `- conv: {out: OUT, kernel: 3, standardize: true}`"
    ),
    "sequential modulelist module layerlist compose": "a sequence of steps is a group: `- do: [...]`",
    "residual residualconnection skipconnection shortcut skip": (
        "a residual connection is a sum: `- add: [here, [STEPS]]`, or `- add: [here, NAME]` where the other map has a "
        "name"
    ),
    "subsample subsampling stridedslice": "a pool of one position keeps one in {value}: `- max_pool: [1, {value}]`",
    "downsample downsampling": "write `- max_pool: {value}`, or a `conv` with `stride: {value}`",
    "layernorm2d layernorm2dlayer channellayernorm layernormchannels channelslastlayernorm": (
        "the channels at each position of a map are normalized by `- layer_norm: channels`"
    ),
    "norm normalization normalise": (
        "say which one: `batch_norm`, `layer_norm`, `group_norm`, `instance_norm`, `rms_norm` or `lrn`"
    ),
    "mlp ffn feedforward": f"{_BLOCK} two `linear` with an activation between them",
    "se seblock seresidual squeezeexcite squeezeexcitation squeezeandexcitation": (
        f"{_BLOCK} a gate ends in `- multiply: {{branches: [here, input], broadcast: true}}`"
    ),
    "transformer transformerencoder transformerencoderlayer encoderlayer transformerblock": (
        f"{_BLOCK} `layer_norm`, `attention`, `linear` and `add`"
    ),
    "patchembed patchembedding patchify": (
        "write two steps: `- conv: {out: WIDTH, kernel: PATCH, stride: PATCH}` and `- tokens`"
    ),
    "einsum": "a product of two maps is `matmul`: bring their axes in order by `permute` and `reshape`",
    "swiglu geglu reglu": "it is two `linear` layers, `glu`, or a `multiply` of two branches",
    "average maximum minimum": "maps are joined by `add`, `subtract`, `multiply`, `matmul` and `concat`",
    "bias addbias biasadd": "a bias belongs to its layer: `bias: true`, which is the default where there is one",
    "gaussiannoise noise checkpoint contiguous clone copy detach quantstub dequantstub weightnorm spectralnorm": (
        _PLAIN_STEP
    ),
    "loss crossentropy crossentropyloss mseloss bceloss nllloss": "a loss belongs to training: leave it out",
    "inputlayer placeholder data input": "the input stands above the layers: `input: [C, H, W]`",
    "block call": "a block is called by its name, as a layer is",
    "lambda function pow power square sqrt exp abs neg negative rescaling": (
        "arithmetic on maps is written as it is: `- elementwise: 0.5 * x`, where `x` is the map that arrives"
    ),
}
"""For names with no single layer behind them, what to write. `{value}` is what stands at the step."""

_FIELDS: dict[str, str] = {
    "axes": "dim dims perm permutation",
    "active": "top_k topk k num_experts_per_tok",
    "axis": "dim dims",
    "activation": "nonlinearity",
    "affine": "elementwise_affine elementwise_scale learnable use_scale scale_and_shift center",
    "approximate": "approximation tanh",
    "bias": "use_bias with_bias has_bias bias_term add_bias qkv_bias",
    "boxes": "rois num_rois regions",
    "bidirectional": "bidir both_directions",
    "base": "theta rope_theta rope_base",
    "broadcast": "broadcasting expand stretch",
    "branches": "inputs maps layers tensors values sources",
    "count": "num_embeddings vocab_size input_dim n_vocab vocabulary",
    "causal": "is_causal causal_mask use_causal_mask autoregressive",
    "dilation": "dilations dilation_rate kernel_dilation rhs_dilation rate atrous_rate",
    "dim": "embed_dim qkv_features inner_dim d_model model_dim key_dim hidden_size width",
    "dropout": "attn_drop attention_dropout dropout_rate",
    "eps": "epsilon variance_epsilon",
    "factor": "scale scale_factor upscale_factor downscale_factor scales block_size blocksize r",
    "groups": "group num_groups n_groups ngroups feature_group_count cardinality",
    "heads": "num_heads nhead n_heads n_head",
    "hidden": "hidden_size units num_units rnn_size",
    "furthest": "max_distance relative_attention_max_distance",
    "high": "max_val max max_value upper",
    "index": "idx indices position",
    "initial": "init_value init_values init gamma_init",
    "key_heads": "num_kv_heads n_kv_heads num_key_value_heads n_kv_head num_query_groups kv_head_num",
    "kernel": "kernel_size filter_size kernel_shape window window_size window_shape ksize pool_size size k",
    "layers": "num_layers n_layers",
    "low": "min_val min min_value lower",
    "mask": "attn_mask attention_mask attn_bias attention_bias bias_map additive_mask",
    "memory": "context key value kv",
    "mode": "interpolation method",
    "momentum": "momentum_rate",
    "multiplier": "depth_multiplier channel_multiplier width_multiplier",
    "norm": "norm_type p ord",
    "out": """
        channels features filters num_filters n_filters nb_filter nf units out_channels out_features output_channels
        num_output num_outputs output_dim outputs n_out dim_out planes out_planes ch_out c_out cout width num_classes
        classes embedding_dim
    """,
    "output_padding": "out_padding adj",
    "projection": "proj_size num_proj",
    "padding": "pad pads paddings pad_size auto_pad explicit_paddings",
    "padding_mode": "pad_mode",
    "parts": "chunks num_split num_or_size_splits sections num",
    "rate": "p prob probability drop_prob drop_rate dropout_rate dropout_ratio drop ratio",
    "rounding": "round round_mode",
    "shape": "target_shape new_shape unflattened_size output_shape sizes dims size",
    "scale": "spatial_scale",
    "size": "output output_size out_size target_size n local_size depth_radius pooled_size",
    "sizes": "split_sizes split_size_or_sections",
    "slope": "negative_slope alpha leak",
    "stride": "strides subsample step steps",
    "start": "begin starts",
    "stop": "end ends",
    "step": "steps strides",
    "to": "like target match ref reference",
    "track": "track_running_stats",
}
"""For every field, the names that it has elsewhere."""

_CLASSES = """
    depthwiseconv conv1dtranspose conv2dtranspose conv3dtranspose dense maxpooling averagepooling globalaveragepooling
    globalmaxpooling batchnormalization layernormalization groupnormalization upsampling zeropadding concatenate
    multiheadattention dropout1d dropout2d dropout3d spatialdropout syncbatchnorm zeropad localresponsenorm
"""
_ARGUMENTS = """
    kernel_size pool_size filter_size kernel_shape ksize out_channels out_features filters num_filters units num_output
    strides dilation_rate dilations use_bias bias_term num_heads nhead num_groups group p negative_slope scale_factor
    upscale_factor downscale_factor target_shape elementwise_affine track_running_stats epsilon pads
"""

_INPUT = "in in_channels in_features in_dim in_planes in_size input_channels input_dim input_size c_in cin ch_in"
_INPUT_TOO = "num_channels num_features num_inputs normalized_shape num_parameters inp input_shape batch_input_shape"
_SETTINGS = "inplace data_format padding_idx dtype param_dtype device precision kernel_initializer bias_initializer"
_SETTINGS_TOO = "kernel_regularizer bias_regularizer activity_regularizer kernel_init bias_init init weight_decay"
_MORE_SETTINGS = "batch_first recompute_scale_factor seed return_indices trainable_scale need_weights"
_IN_FIELDS: dict[str, str] = {
    f"{_INPUT} {_INPUT_TOO}": "it is read from the input: leave it out",
    f"{_SETTINGS} {_SETTINGS_TOO} {_MORE_SETTINGS}": "it changes neither shapes nor counts: leave it out",
    "return_sequences return_state": "all tokens are written: a step behind it takes the last one, `- select: -1`",
    "num_experts n_experts num_local_experts": "there are as many experts as `scores` has channels: leave it out",
    "kdim vdim": "it is read from the map of `memory`: leave it out",
    "activation act activation_fn act_fn nonlinearity act_layer": "an activation is a step of its own: `- {value}`",
    "norm_layer batch_normalize normalizer_fn": "a normalization is a step of its own: `- batch_norm`",
    "frozen freeze stop_gradient": "write `trainable: false` beside the layer",
    "align_corners half_pixel_centers coordinate_transformation_mode": (
        "say where positions lie: `coordinates: align_corners`, `half_pixel` or `asymmetric`"
    ),
    "keep_prob": "`rate` is the probability with which a value is dropped: write `rate: 1 - {value}`",
}
"""For fields that no layer has, what to write. `{value}` is what stands there."""

_STEP_KEYS: dict[str, str] = {
    "as": "name id label alias top names",
    "from": "input inputs bottom bottoms in source src reads on",
    "when": "if cond condition only enabled only_if",
    "tied": "tie tie_to tied_to tie_weights weight_of share_weights",
    "trainable": "requires_grad learnable train lr_mult",
    "do": "layers steps body sequence modules block",
    "repeat": "times n count repeats repetitions num_layers num_blocks depth",
    "for": "loop foreach over each",
}
"""For every key of a step, the names that it has elsewhere."""

_SPEC_KEYS: dict[str, str] = {
    "input": "shape in_shape input_size image_size image_shape img_size batch_input_shape",
    "layers": "model net network architecture sequential modules nodes forward",
    "let": "vars variables params parameters constants hyperparameters",
    "expect": "claims assert asserts checks tests",
}
"""For keys of a spec, the names that people give them who look for them."""

_CEIL = {"true": "ceil", "false": "floor"}
NOTHING = ("linear", "none", "identity", "null")
"""Words for an activation that does nothing."""
_FOREIGN_HEAD = re.compile(
    r"(torch|torchvision|timm|ops|nn|nnx|linen|layers|keras|tf|f|functional|l|slim|mx|sym|gluon|jax|flax)\."
)
_SQUARE = re.compile(r"conv(\d+)x\1(?:bn|relu)*")


def _table(groups: dict[str, str], *, turned: bool = False) -> dict[str, str]:
    """From groups of names to one entry a name."""
    pairs = [(value, key) if turned else (key, value) for key, value in groups.items()]
    return {name: value for names, value in pairs for name in names.split()}


_KIND_OF = {**{kind.replace("_", ""): kind for kind in KINDS}, **_table(_SYNONYMS, turned=True)}
_REASON_OF = _table(_REASONS)
_FIELD_REASON = _table(_IN_FIELDS)
_STEP_KEY_OF = _table(_STEP_KEYS, turned=True)
_SPEC_KEY_OF = _table(_SPEC_KEYS, turned=True)
_CLASS_NAMES = frozenset(_CLASSES.split())
_ARGUMENT_NAMES = frozenset(_ARGUMENTS.split())
_FIELDS_OF: dict[str, list[str]] = {}
for _field, _names in _FIELDS.items():
    for _name in _names.split():
        _FIELDS_OF.setdefault(_name, []).append(_field)


def spellings(text: str) -> tuple[str, str]:
    """A layer's name without what libraries and writers add, and the same without the number of its axes.

    >>> spellings("nn.Conv2d"), spellings("Global_Average_Pooling2D"), spellings("tf.keras.layers.Conv2DTranspose")
    (('conv2d', 'conv'), ('globalaveragepooling2d', 'globalaveragepooling'), ('conv2dtranspose', 'convtranspose'))
    """
    text = text.casefold()
    while head := _FOREIGN_HEAD.match(text):
        text = text[head.end() :]
    full = re.sub(r"[_\-. ]", "", text)
    return full, re.sub(r"[123]d(?=$|transpose|layer)", "", full)


def kind_elsewhere(text: str) -> str | None:
    """The kind that is called so elsewhere, or here without capitals and separators.

    >>> kind_elsewhere("nn.Dropout2d"), kind_elsewhere("unflatten"), kind_elsewhere("MaxPool"), kind_elsewhere("spam")
    ('channel_dropout', 'reshape', 'max_pool', None)
    """
    known = (_KIND_OF.get(name) for name in spellings(text))
    return next((kind for kind in known if kind is not None), None)


def is_class(spelled: str) -> bool:
    """Whether a name is that of a class of PyTorch or Keras, and so has one reading.

    >>> is_class("maxpooling"), is_class("pool")
    (True, False)
    """
    return spelled in _CLASS_NAMES


def is_argument(name: str) -> bool:
    """Whether a name is that of an argument of other libraries that can be one field only, where a layer has it.

    >>> is_argument("kernel_size"), is_argument("size")
    (True, False)
    """
    return name.casefold() in _ARGUMENT_NAMES


def kind_reason(text: str, value: str = "") -> str | None:
    """What to write where no single layer of the language is what is called so elsewhere.

    >>> kind_reason("subsample", "2"), kind_reason("conv3x3")
    ('a pool of one position keeps one in 2: `- max_pool: [1, 2]`', 'write `- conv: [OUT, 3]`')
    """
    full, bare = spellings(text)
    if square := _SQUARE.fullmatch(full):
        return f"write `- conv: [OUT, {square[1]}]`"
    reason = _REASON_OF.get(full) or _REASON_OF.get(bare)
    return None if reason is None else reason.replace("{value}", value or "S")


def fields_elsewhere(name: str) -> list[str]:
    """The fields that are called so elsewhere.

    >>> fields_elsewhere("kernel_size"), fields_elsewhere("negative_slope"), fields_elsewhere("spam")
    (['kernel'], ['slope'], [])
    """
    return _FIELDS_OF.get(name.casefold(), [])


def field_reason(name: str, value: str = "") -> str | None:
    """What to write for a field of other libraries that no layer has.

    >>> field_reason("inplace"), field_reason("ceil_mode", "true")
    ('it changes neither shapes nor counts: leave it out', 'write `rounding: ceil`')
    """
    if name == "ceil_mode":
        word = _CEIL.get(value.casefold())
        return f"write `rounding: {word}`" if word else "write `rounding: ceil` or `rounding: floor`"
    reason = _FIELD_REASON.get(name.casefold())
    if reason is not None and "{value}" in reason and value.casefold() in NOTHING:
        return "without it nothing is done: leave it out"
    return None if reason is None else reason.replace("{value}", value or "relu")


def spec_key_elsewhere(name: str) -> str | None:
    """The key of a spec that is looked for by another name.

    >>> spec_key_elsewhere("model"), spec_key_elsewhere("in_shape"), spec_key_elsewhere("spam")
    ('layers', 'input', None)
    """
    return _SPEC_KEY_OF.get(name.casefold())


def step_key_elsewhere(name: str) -> str | None:
    """The key of a step that is called so elsewhere.

    >>> step_key_elsewhere("name"), step_key_elsewhere("if"), step_key_elsewhere("spam")
    ('as', 'when', None)
    """
    return _STEP_KEY_OF.get(name.casefold())
