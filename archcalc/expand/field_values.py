"""The values of a layer's fields at its place, and the maps that they name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from archcalc.diagnostics.codes.language import UNKNOWN_NAME
from archcalc.expand.scope import Context
from archcalc.expressions.values import Value
from archcalc.graph import Map
from archcalc.layers.base import Tap
from archcalc.layers.fields import words_of
from archcalc.layers.table import layer_class, layer_fields
from archcalc.spec.model import Argument, Formula, Mistake


def field_values(
    kind: str,
    fields: Mapping[str, Argument],
    context: Context,
    tap: Callable[[Map], Tap],
    charge: Callable[[Value, Argument], None],
    reads: Sequence[Map] = (),
) -> tuple[dict[str, Value], list[Map]]:
    """The values; maps among them become taps and further inputs, in the order of the fields.

    `charge` accounts for the entries of lists, `reads` is what arrives. Raises: Mistake, UnknownValue.
    """
    values: dict[str, Value] = {}
    named: dict[str, Map] = {}
    others: list[Map] = []
    computed = layer_class(kind).computed
    for name, argument in fields.items():
        if name == computed and isinstance(argument, Formula):
            from archcalc.expand.arithmetic import arithmetic

            values[name], others = arithmetic(argument, context, reads[0], tap)
            continue
        try:
            value = argument.evaluate(context)
        except Mistake as error:
            raise _meant_as_field(error, kind, name, argument) from None
        if value.__class__ is tuple:
            charge(value, argument)
        if isinstance(value, Map):
            named[name] = value
            value = tap(value)
        values[name] = value
    if named:
        others = [*(named[name] for name in layer_fields(kind)[0] if name in named), *others]
    return values, others


def _meant_as_field(error: Mistake, kind: str, field: str, argument: Argument) -> Mistake:
    """A name that nothing has, and what to write: a switch of the layer, no switch for a map, or a word it takes."""
    text = argument.text.strip() if isinstance(argument, Formula) else ""
    own = layer_class(kind).model_fields.get(text)
    words = list(words_of(layer_class(kind).model_fields[field].annotation))
    if error.diagnostic.code is not UNKNOWN_NAME:
        return error
    if own is not None and isinstance(own.default, bool):
        help = (
            f"`{text}` is a field of {kind}: write `{text}: {'false' if own.default else 'true'}` for `{field}: {text}`"
        )
    elif text in ("true", "false"):
        help = f"`{field}` of {kind} names a map: leave it out where there is none"
    elif words and not any(one.startswith("did you mean") for one in error.diagnostic.help):
        *others, last = words
        help = f"`{field}` of {kind} is {', '.join(others)} or {last}" if others else f"`{field}` of {kind} is {last}"
    else:
        return error
    return Mistake(error.diagnostic._replace(help=(help,)))
