"""What the writer of a step may have meant: the vocabulary of other libraries, slips of YAML, and how it is written."""

from __future__ import annotations

import re
from collections.abc import Collection
from unicodedata import normalize

from archcalc.diagnostics import Help, Replacement, Span, closest, did_you_mean, is_same
from archcalc.diagnostics.suggest import is_near, respelt
from archcalc.expressions.functions import NAMES as FUNCTION_NAMES
from archcalc.expressions.nodes import Path
from archcalc.layers.fields import names_a_map
from archcalc.layers.known import WORDS
from archcalc.layers.table import KINDS, layer_class, layer_fields
from archcalc.patterns import compiled_later
from archcalc.source.document import Mapping, Node, Scalar, Sequence
from archcalc.spec import slips
from archcalc.spec.model import Argument, Arguments, Formula, Listing, Parameter
from archcalc.spec.named import Named
from archcalc.spec.names import RESERVED_WORDS, WIRING_KINDS, WORD, problem_with_label

_NUMBER = compiled_later(r"\d[\d_]*")
_INTEGER = compiled_later(r"-?\d+")
_INTEGERS = compiled_later(r"\[?\s*-?\d+(?:\s*,\s*-?\d+)*\s*\]?")
_COUNTING_THE_BATCH = ("dim", "dims")
"""Words of PyTorch for an axis, which it counts from the batch on."""


def kind_meant(text: str, blocks: Collection[str] = ()) -> str | None:
    """The layer that this name stands for elsewhere, or without its capitals.

    A block whose name is as near is another reading.

    >>> kind_meant("nn.Conv2d"), kind_meant("MaxPool"), kind_meant("lienar"), kind_meant("Mlp")
    ('conv', 'max_pool', None, None)
    """
    from archcalc.spec import foreign

    return None if _near_block(text, blocks) or foreign.kind_reason(text) else foreign.kind_elsewhere(text)


def _near_block(text: str, blocks: Collection[str]) -> str | None:
    """The block that may be meant by a name; by that of a layer elsewhere only one that is nearly called so.

    >>> _near_block("Conv2d", ["conv2"]), _near_block("Conv2d", ["conv_bn"]), _near_block("Conv_b", ["conv_bn"])
    ('conv2', None, 'conv_bn')
    """
    near = closest(text, blocks)
    return near if near is None or is_near(text, near) or not _has_one_reading(text, ()) else None


def field_meant(name: str, known: list[str]) -> str | None:
    """The field that has this name elsewhere.

    >>> field_meant("kernel_size", ["out", "kernel"]), field_meant("kernle", ["out", "kernel"])
    ('kernel', None)
    """
    from archcalc.spec import foreign

    return next((meant for meant in foreign.fields_elsewhere(name) if meant in known), None)


def known_kind(text: str, blocks: dict[str, list[Parameter]]) -> str | None:
    """The layer or block that was probably meant.

    >>> known_kind("nn.Conv2d", {}), known_kind("lienar", {}), known_kind("Mlp", {})
    ('conv', 'linear', None)
    """
    from archcalc.spec import foreign

    if known := _near_block(text, blocks) or kind_meant(text):
        return known
    if foreign.kind_reason(text):
        return None
    near = closest(text, [*blocks, *KINDS, *WIRING_KINDS])
    if near is None and text:
        # Names of one or two letters have no slips to forgive: `bb` for `b`.
        near = next((name for name in blocks if len(name) < 3 and text.startswith(name)), None)
    return near


def kind_help(
    text: str, value: Node | None, blocks: dict[str, list[Parameter]], span: Span | None = None
) -> tuple[str, ...]:
    """What to write for a layer that does not exist; `value` is what stands at it, and its name at the span."""
    if "(" in text:
        return (_call_help(text, blocks),)
    from archcalc.spec import foreign

    reason = foreign.kind_reason(text, slips.word_of(value))
    if reason and _near_block(text, blocks) is None:
        return (reason,)
    known = known_kind(text, blocks)
    if known is None:
        return ()
    if isinstance(value, Sequence) and _begins_with_input(text, value):
        rest = Sequence(value.items[1:], *value.span)
        if any(slips.assigned(item) for item in rest.items):
            listed = slips.as_map(rest, layer_fields(known)[0])
        else:
            listed = ", ".join(slips.word_of(item) or "..." for item in rest.items)
            listed = listed if len(rest.items) == 1 else f"[{listed}]"
        return (f"did you mean `{known}`? The inputs are not written: `{known}: {listed}`",)
    return (did_you_mean(text, known, span, is_certain=_has_one_reading(text, blocks)),)


def _begins_with_input(text: str, value: Sequence) -> bool:
    """Whether a list is that of a class of PyTorch, which begins with the input channels."""
    from archcalc.spec.python_calls import takes_input_first

    in_order = [item for item in value.items if not slips.assigned(item)]
    return takes_input_first(text, len(in_order) + (len(in_order) < len(value.items)))


def _call_help(text: str, blocks: dict[str, list[Parameter]]) -> str:
    """How a layer is written that stands here as a call of Python."""
    from archcalc.spec import foreign
    from archcalc.spec.python_calls import as_steps

    name, _, rest = text.partition("(")
    if name.strip() in blocks:
        arguments = rest.rstrip().removesuffix(")").strip()
        return f"write `- {name.strip()}: [{arguments}]`" if arguments else f"write `- {name.strip()}`"
    kind = known_kind(name.strip(), {})
    if kind is None or kind not in KINDS:
        reason = foreign.kind_reason(name.strip())
        return reason or "a layer's arguments stand behind a colon: `- conv: {out: 64, kernel: 3}`"
    if steps := as_steps(text, kind):
        told = "arguments stand behind a colon" if ":" in steps[0] else "name stands alone where it has no arguments"
        return f"a layer's {told}: {' and '.join(f'`- {step}`' for step in steps)}"
    return f"a layer's arguments stand behind a colon, `- {kind}: ...`: `archcalc explain {kind}` lists them"


def _has_one_reading(text: str, blocks: Collection[str]) -> bool:
    """Whether the name of a layer is a kind in other letters, or a class of another library, and near no block's."""
    from archcalc.spec import foreign

    kind = kind_meant(text, blocks)
    return kind is not None and any(is_same(one, kind) or foreign.is_class(one) for one in foreign.spellings(text))


def field_named(name: str, known: list[str]) -> str | None:
    """The field that was probably meant."""
    from archcalc.spec import foreign

    if foreign.field_reason(name):
        return None
    return field_meant(name, known) or closest(name, known)


def maps_in_a_list(kind: str, given: dict[str, Argument], known: list[str]) -> str | None:
    """How the maps of a merge are written that are given by names, as `{q: a, k: b, v: c}`; None for others."""
    unknown = {name: value for name, value in given.items() if name not in known}
    maps = [one for one in unknown.values() if isinstance(one, Formula) and isinstance(one.tree, Path)]
    is_list = known[:1] == ["branches"] and "branches" not in given and len(maps) == len(unknown)
    if not is_list or any(field_meant(name, known) for name in unknown):
        return None
    fields = [f"{name}: {written(value)}" for name, value in given.items() if name in known]
    listed = ", ".join([f"branches: [{', '.join(map(written, maps))}]", *fields])
    return f"its maps stand in a list: `{kind}: {{{listed}}}`"


def field_help(kind: str, name: str, arguments: Arguments, known: list[str]) -> str:
    """What to write for a field that the layer does not have, and that is among the named arguments."""
    from archcalc.spec import foreign

    given = arguments.named or {}
    if name == "name":
        return f"a step is named by `as` beside the layer: `{{{kind}: ..., as: NAME}}`"
    if not known:
        return f"write just `{kind}`"
    value = given.get(name)
    text = value.text.strip() if isinstance(value, Formula) else ""
    if reason := foreign.field_reason(name, known_kind(text, {}) or text):
        return reason
    near = field_named(name, known)
    if near is None:
        return f"its fields are {', '.join(known)}"
    other = _without_the_batch(name, near, value, arguments.keys.get(name)) if value is not None else None
    if other is not None:
        return other
    one_reading = foreign.is_argument(name) and [one for one in foreign.fields_elsewhere(name) if one in known] == [
        near
    ]
    is_certain = near not in given and (one_reading or is_same(name, near))
    return did_you_mean(name, near, arguments.keys.get(name), is_certain=is_certain)


def _without_the_batch(name: str, near: str, value: Argument, key: Span | None) -> str | None:
    """An axis of PyTorch, which counts from the batch on, as it is written here; None for one that counts from behind.

    It is no certain reading: whoever writes the word of the one may count as the other.
    """
    text = written(value)
    axes = _axes_of_pytorch(name, near, text)
    if axes is None:
        return None
    numbers = counted_here(name, near, text)
    if numbers is None:
        return f"`{name}: {text}` is the batch in PyTorch, which is left out here: `{near}: 0` is the axis behind it"
    counted = str(numbers) if text.startswith("[") else str(numbers[0])
    span = value.span if isinstance(value, (Formula, Listing)) else None
    renamed = respelt(name, near, key)
    changes = [*renamed, Replacement(span, counted)] if renamed and span is not None else []
    return Help(f"axes are counted without the batch: write `{near}: {counted}`", changes)


def counted_here(name: str, near: str, text: str) -> list[int] | None:
    """Axes under PyTorch's word for a field, as they are counted without the batch; None where they are no others.

    >>> counted_here("dim", "axis", "1"), counted_here("dims", "axes", "[0, 2, 1]"), counted_here("dim", "axis", "-1")
    ([0], [1, 0], None)
    """
    axes = _axes_of_pytorch(name, near, text)
    if axes is None or 0 in axes:
        return None
    return [axis - (axis > 0) for axis in axes]


def _axes_of_pytorch(name: str, near: str, text: str) -> list[int] | None:
    """The axes that a text lists if PyTorch counts them from the batch on, without the batch in front of an order."""
    axes = [int(number) for number in _INTEGER.findall(text)]
    is_counted = name in _COUNTING_THE_BATCH and near in ("axis", "axes") and _INTEGERS.fullmatch(text) is not None
    if not is_counted or all(axis < 0 for axis in axes):
        return None
    # An order of all axes begins with the batch, which stays in front.
    return axes[1:] if axes[0] == 0 and axes[1:] else axes


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
    if isinstance(value, Named):
        return f"{{{', '.join(f'{name}: {written(item)}' for name, item in value.pairs)}}}"
    return f"[{', '.join(written(item) for item in value.items)}]" if isinstance(value, Listing) else "..."


def name_help(text: str) -> tuple[str, ...]:
    """A step's name with letters, digits and underscores only.

    >>> name_help("conv 1")
    ('write `as: conv_1`',)
    """
    if "$" in text:
        return (f"write `as: {re.sub('[- ]', '_', text)}`",)
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
