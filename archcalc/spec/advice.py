"""What the writer of a step may have meant: the vocabulary of other libraries, slips of YAML, and how it is written."""

from __future__ import annotations

import re
from unicodedata import normalize

from archcalc.diagnostics import closest
from archcalc.expressions.functions import NAMES as FUNCTION_NAMES
from archcalc.layers.fields import names_a_map
from archcalc.layers.known import WORDS
from archcalc.layers.table import KINDS, SYNONYMS, layer_class, layer_fields
from archcalc.source.document import Mapping, Node, Scalar, Sequence
from archcalc.spec.model import Argument, Arguments, Formula, Listing, Parameter
from archcalc.spec.names import RESERVED_WORDS, WIRING_KINDS, WORD, problem_with_label

FIELD_SYNONYMS: dict[str, tuple[str, ...]] = {
    "channels": ("out",),
    "dilation_rate": ("dilation",),
    "dim": ("axis", "axes"),
    "features": ("out",),
    "filter_size": ("kernel",),
    "filters": ("out",),
    "group": ("groups",),
    "kernel_size": ("kernel",),
    "momentum_rate": ("momentum",),
    "negative_slope": ("slope",),
    "num_filters": ("out",),
    "num_groups": ("groups",),
    "num_heads": ("heads",),
    "out_channels": ("out",),
    "out_features": ("out",),
    "output_channels": ("out",),
    "p": ("rate",),
    "pad": ("padding",),
    "pads": ("padding",),
    "pool_size": ("kernel",),
    "prob": ("rate",),
    "probability": ("rate",),
    "scale": ("factor",),
    "scale_factor": ("factor",),
    "size": ("kernel",),
    "strides": ("stride",),
    "units": ("out",),
    "upscale_factor": ("factor",),
    "use_bias": ("bias",),
}
"""The fields of other libraries, with those that may be meant; the first that the layer has counts."""

_INPUT = ("in", "in_channels", "in_features", "input_channels", "num_channels", "num_features", "input_shape")
_SETTINGS = ("inplace", "data_format", "dtype", "device", "kernel_initializer")
FIELD_HELP: dict[str, str] = {
    **dict.fromkeys(_INPUT, "it is read from the input: leave it out"),
    **dict.fromkeys(("activation", "act"), "an activation is a step of its own: `- relu`"),
    **dict.fromkeys(_SETTINGS, "it changes neither shapes nor counts: leave it out"),
}
"""Fields of other libraries that have no place in a layer."""

_RECURRENT = ("lstm", "gru", "rnn", "simplernn", "lstmcell", "grucell")
KIND_HELP: dict[str, str] = {
    **dict.fromkeys(_RECURRENT, "there are no recurrent layers; for sequences there are `attention` and `conv`"),
    "embedding": "there is no embedding of words; start with the embedded `input: [channels, length]`",
    "separableconv": "write two steps: `- depthwise: 3` and `- conv: [OUT, 1]`",
    "sequential": "a sequence of steps is a group: `- do: [...]`",
}
"""Layers of other libraries that are no layers here, by their bare name."""

_MISSING_SPACE = re.compile(r"\s*([A-Za-z_]\w*):(\S.*?)\s*", re.DOTALL)
_ASSIGNED = re.compile(r"\s*([A-Za-z_]\w*)\s*=(?!=)\s*(\S.*?)\s*", re.DOTALL)
_FOREIGN_HEAD = re.compile(r"(torch\.)?(nn|layers|f|tf|keras)\.")
_NUMBER = re.compile(r"\d[\d_]*")


def missing_space(text: str) -> tuple[str, str] | None:
    """Key and value of `out:6`, which YAML takes for one word.

    >>> missing_space("conv:[6, 3]"), missing_space("conv")
    (('conv', '[6, 3]'), None)
    """
    match = _MISSING_SPACE.fullmatch(text)
    return (match[1], match[2]) if match else None


def assigned(node: Node) -> tuple[str, str] | None:
    """Name and value of `y=5`, an argument as Python names it."""
    match = _ASSIGNED.fullmatch(node.text) if isinstance(node, Scalar) else None
    return (match[1], match[2]) if match else None


def bare_kind(text: str) -> str:
    """The name of a layer without what other libraries add: `nn.Conv2d` is `conv`.

    >>> bare_kind("nn.Conv2d"), bare_kind("GlobalAveragePooling2D"), bare_kind("Conv2DTranspose")
    ('conv', 'globalaveragepooling', 'convtranspose')
    """
    text = _FOREIGN_HEAD.sub("", text.casefold())
    return re.sub(r"[_\-. ]", "", re.sub(r"[123]d(?=$|_|transpose)", "", text))


def known_kind(text: str, blocks: dict[str, list[Parameter]]) -> str | None:
    """The layer or block that was probably meant."""
    plain = SYNONYMS.get(text.lower().replace("-", "_"))
    if plain is not None:
        return plain
    bare = bare_kind(text)
    known = {**{bare_kind(word): kind for word, kind in SYNONYMS.items()}, **{bare_kind(kind): kind for kind in KINDS}}
    if bare in known and bare not in KIND_HELP:
        return known[bare]
    near = closest(text, [*blocks, *KINDS, *WIRING_KINDS])
    if near is None and text:
        # Names of one or two letters have no slips to forgive: `bb` for `b`.
        near = next((name for name in blocks if len(name) < 3 and text.startswith(name)), None)
    return near


def kind_help(text: str, blocks: dict[str, list[Parameter]]) -> tuple[str, ...]:
    """What to write for a layer that does not exist."""
    if (slip := missing_space(text)) is not None:
        return (f"write `{slip[0]}: {slip[1]}`",)
    if "(" in text:
        return ("a layer's arguments stand behind a colon: `- conv: {out: 64, kernel: 3}`",)
    if help_line := KIND_HELP.get(bare_kind(text)):
        return (help_line,)
    known = known_kind(text, blocks)
    return (f"did you mean `{known}`?",) if known else ()


def field_named(name: str, known: list[str]) -> str | None:
    """The field that was probably meant."""
    if name in FIELD_HELP:
        return None
    for meant in FIELD_SYNONYMS.get(name, ()):
        if meant in known:
            return meant
    return closest(name, known)


def field_help(kind: str, name: str, known: list[str]) -> str:
    """What to write for a field that the layer does not have."""
    if name == "name":
        return f"a step is named by `as` beside the layer: `{{{kind}: ..., as: NAME}}`"
    if not known:
        return f"write just `{kind}`"
    if name in FIELD_HELP:
        return FIELD_HELP[name]
    near = field_named(name, known)
    return f"did you mean `{near}`?" if near else f"its fields are {', '.join(known)}"


def single_help(kind: str, known: list[str]) -> str:
    """What to write where a layer takes no single value."""
    if layer_class(kind).family == "norm":
        return f"the number of channels is read from the input: write just `{kind}`"
    return f"name the field: {', '.join(known)}" if known else f"write just `{kind}`"


def map_help(kind: str, value: Argument) -> str | None:
    """What to write where a layer's single value is a map's name, and here is a number."""
    cls = layer_class(kind)
    if cls.main is None or not names_a_map(cls, cls.main):
        return None
    if not isinstance(value, Formula) or not _NUMBER.fullmatch(value.text.strip()):
        return None
    known = layer_fields(kind)[0]
    field = "kernel" if "kernel" in known else "factor" if "factor" in known else "size"
    return f"write `{kind}: {{{field}: {value.text.strip()}}}`" if field in known else None


def completed(head: str, known: list[str], missing: list[str], arguments: Arguments, in_order: bool) -> str:
    """How a call is written with all that was given and all that is missing."""
    given: dict[str, Argument] = {}
    main = None
    if arguments.named is not None:
        given = arguments.named
    elif arguments.ordered is not None:
        given = dict(zip(known, arguments.ordered, strict=False))
    elif arguments.single is not None:
        main = layer_class(head).main if head in KINDS else known[0]
        given = {main or known[0]: arguments.single}
    values = {name: written(value) for name, value in given.items()}
    fields = ", ".join(f"{name}: {text}" for name, text in [*values.items(), *((name, "...") for name in missing)])
    forms = [f"`{head}: {{{fields}}}`"]
    wanted = [*values, *missing]
    if in_order and arguments.named is None and known[: len(wanted)] == wanted:
        listed = [*values.values(), *(name.upper() for name in missing)]
        forms.insert(0, f"`{head}: [{', '.join(listed)}]`" if len(listed) > 1 else f"`{head}: {listed[0]}`")
    return f"write {' or '.join(forms)}"


def written(value: Argument) -> str:
    """A value as it can stand in a flow list or map."""
    if isinstance(value, Formula):
        return f'"{value.text}"' if re.search(r"[,\[\]{}]", value.text) else value.text
    return f"[{', '.join(written(item) for item in value.items)}]" if isinstance(value, Listing) else "..."


def as_map(node: Sequence | Scalar, known: list[str]) -> str:
    """Arguments as a map, with the names that stand before a `=` and, before them, those of their order."""
    items = node.items if isinstance(node, Sequence) else [node]
    pairs: list[str] = []
    for index, item in enumerate(items):
        if pair := assigned(item):
            pairs.append(f"{pair[0]}: {pair[1]}")
        else:
            name = known[index] if index < len(known) else "NAME"
            pairs.append(f"{name}: {item.text if isinstance(item, Scalar) else '...'}")
    return f"{{{', '.join(pairs)}}}"


def name_help(text: str) -> tuple[str, ...]:
    """A step's name with letters, digits and underscores only.

    >>> name_help("conv 1")
    ('write `as: conv_1`',)
    """
    letters = normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9_]+", "_", letters).strip("_")
    return (f"write `as: {name}`",) if name and problem_with_label(name) is None else ()


def list_help(node: Node, what: str) -> tuple[str, ...]:
    """What to write where a list of steps is needed and something else stands."""
    if isinstance(node, Scalar):
        text = node.text.strip()
        if text.startswith("-") and not node.is_null:
            return (f"a space is missing after the dash: write `- {text.split()[0][1:]}`",)
        return (f"write `{what.strip('`')}: [{text}]`",) if WORD.fullmatch(text) and what.startswith("`") else ()
    keys = [key.text for key, _ in node.entries] if isinstance(node, Mapping) else []
    for key in keys:
        if key.startswith("-"):
            return (f"a space is missing after the dash: write `- {key[1:]}: ...`",)
    if keys and isinstance(node, Mapping):
        value = node.entries[0][1]
        bare = isinstance(value, Scalar) and value.is_null
        return (
            f"begin every step with a dash: `- {keys[0]}`"
            if bare
            else f"begin every step with a dash: `- {keys[0]}: ...`",
        )
    return ()


def free_words(node: Node) -> list[str]:
    """Words in the values of a block's steps that are no words of the language: they may be meant as parameters."""
    found: dict[str, None] = {}
    _free_words(node, found)
    return list(found)


def _free_words(node: Node, found: dict[str, None]) -> None:
    if isinstance(node, Scalar):
        for word in WORD.findall(node.text):
            if word not in KINDS and word not in WORDS and word not in RESERVED_WORDS and word not in FUNCTION_NAMES:
                found[word] = None
    elif isinstance(node, Sequence):
        for item in node.items:
            _free_words(item, found)
    else:
        for key, value in node.entries:
            if key.text not in ("as", "from"):
                _free_words(value, found)
