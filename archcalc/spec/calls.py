"""The arguments of a layer or a block: which value sets which field, and what is missing or too much."""

from __future__ import annotations

from functools import cache

from archcalc.diagnostics import closest
from archcalc.diagnostics.codes import language as codes
from archcalc.diagnostics.model import Span
from archcalc.layers.axes import joined
from archcalc.layers.fields import names_a_map, spelling
from archcalc.layers.table import KINDS, layer_class, layer_fields, own_name
from archcalc.source.document import Mapping, Node, Scalar, Sequence
from archcalc.spec import advice, slips
from archcalc.spec.model import Argument, Arguments, Listing, Parameter, Unreadable
from archcalc.spec.names import STEP_KEYS, problem_with_value_name
from archcalc.spec.structure import Findings, offset_of


@cache
def _arguments_of(kind: str) -> tuple[str, ...]:
    """The names of the arguments that a built-in layer takes, in order."""
    return (*(["branches"] if layer_class(kind).is_merge else []), *layer_fields(kind)[0])


class CallReader:
    """Reads arguments against the fields of layers and the parameters of the spec's blocks."""

    def __init__(
        self, findings: Findings, blocks: dict[str, list[Parameter]], bodies: dict[str, Node], known: set[str]
    ) -> None:
        self.findings = findings
        self.blocks = blocks
        self.bodies = bodies
        self.known = known
        """Names that are defined everywhere: lets and symbols."""

    def known_fields(self, kind: str) -> list[str]:
        """The names of the arguments that a layer or block takes, in order."""
        if kind in self.blocks:
            return [parameter.name for parameter in self.blocks[kind]]
        return list(_arguments_of(kind)) if kind in KINDS else []

    def arguments(self, key: Scalar, value: Node | None, kind: str) -> Arguments | None:
        """What stands behind a kind, or None after a report."""
        what = f"`{kind}`"
        if value is None or (isinstance(value, Scalar) and value.is_null):
            return Arguments(key.span)
        if isinstance(value, Scalar) and (slip := slips.missing_space(value.text)) and not value.quoted:
            self._no_space(value, *slip)
            return None
        if not isinstance(value, Mapping):
            for item in value.items if isinstance(value, Sequence) else [value]:
                if slips.assigned(item):
                    self._no_map(kind, value, item)
                    return None
        if isinstance(value, Sequence) and slips.is_named_list(value):
            self._fields_in_list(kind, value)
            return None
        if isinstance(value, Scalar):
            if help := slips.comma_help(kind, value, self.known_fields(kind), self._is_step):
                at = offset_of(value)
                comma = Span(
                    value.line,
                    (at or value.column) + value.text.index(","),
                    value.line,
                    (at or value.column) + value.text.index(",") + 1,
                )
                self.findings.report(codes.BAD_EXPRESSION, "`,` is not expected here", comma, "", *help)
                return None
            main = layer_class(kind).main if kind in KINDS and kind not in self.blocks else None
            single = self.findings.argument(value, what, is_map=self._takes_map(kind, main))
            return None if single is None else Arguments(value.span, single=single)
        if isinstance(value, Sequence):
            items = [self.findings.argument(item, what) for item in value.items]
            if None in items:
                return None
            return Arguments(value.span, ordered=[item for item in items if item is not None])
        if values := slips.unnamed_values(value, self.known_fields(kind)):
            listed = values[0] if len(values) == 1 else f"[{', '.join(values)}]"
            self.findings.report(
                codes.WRONG_STRUCTURE,
                f"braces hold fields with names, and here {'is one' if len(values) == 1 else 'are some'} without",
                value.span,
                "",
                f"write `{kind}: {listed}`",
            )
            return None
        if odd := [name for name, item in value.entries if slips.is_null(item) and slips.assigned(name)]:
            given: list[Node] = []
            for name, item in value.entries:
                given.append(name if name in odd else Mapping([(name, item)], *name.span))
            self._no_map(kind, Sequence(given, *value.span), odd[0])
            return None
        named: dict[str, Argument] = {}
        keys: dict[str, Span] = {}
        complete = True
        for name, item in value.entries:
            if name.text in STEP_KEYS:
                self.findings.report(
                    codes.UNKNOWN_KEY,
                    f"`{name.text}` is a key of the step, not of {what}",
                    name.span,
                    "",
                    f"write it beside `{kind}`: {{{kind}: ..., {name.text}: ...}}",
                )
                complete = False
                continue
            if isinstance(item, Scalar) and item.is_null and (slip := slips.missing_space(name.text)):
                self._no_space(name, *slip)
                complete = False
                continue
            if isinstance(item, Scalar) and item.is_null:
                self.findings.report(
                    codes.WRONG_STRUCTURE,
                    f"`{name.text}` has no value",
                    name.span,
                    "",
                    f"write `{name.text}: VALUE`; an expression with a comma needs quotes in a flow map",
                )
                complete = False
                continue
            argument = self._argument(kind, name.text, item)
            if argument is None:
                complete = False
                continue
            named[name.text] = argument
            keys[name.text] = name.span
        return Arguments(value.span, named=named, keys=keys) if complete else None

    def _argument(self, kind: str, name: str, value: Node) -> Argument | None:
        """The value of a field or a parameter, or None after a report."""
        if kind in KINDS and kind not in self.blocks:
            field = own_name(kind, name)
            if field not in _arguments_of(kind):
                # That there is no such field is what is to be said, whatever it was given.
                return (
                    Unreadable(value.span) if isinstance(value, Mapping) else self.findings.argument(value, f"`{name}`")
                )
            if (how := spelling(layer_class(kind), field)) is not None:
                from archcalc.spec import written

                return written.argument(self.findings, value, name, how)
        return self.findings.argument(value, f"`{name}`", is_map=self._takes_map(kind, name))

    def _takes_map(self, kind: str, field: str | None) -> bool:
        """Whether a field of a layer takes the name of a map, in which a hyphen is no minus."""
        if kind in self.blocks or kind not in KINDS or field not in layer_fields(kind)[0]:
            return False
        return names_a_map(layer_class(kind), str(field))

    def _is_step(self, text: str) -> bool:
        return text in KINDS or text in self.blocks

    def _fields_in_list(self, kind: str, value: Sequence) -> None:
        """Report fields that stand behind dashes or in brackets."""
        self.findings.report(
            codes.WRONG_STRUCTURE,
            f"the fields of `{kind}` are a map, and this is a list",
            value.span,
            "",
            f"write `{kind}: {slips.as_map(value, self.known_fields(kind))}`",
        )

    def with_fields(self, kind: str, value: Node, others: list[tuple[Scalar, Node]]) -> str:
        """A call that is written with one value or in order, with more fields in it."""
        entries: list[tuple[Scalar, Node]] = []
        known = self.known_fields(kind)
        if isinstance(value, Mapping):
            entries = list(value.entries)
        elif isinstance(value, Sequence) and not (kind in KINDS and _takes_a_list(kind)):
            entries = [(Scalar(name, *item.span), item) for name, item in zip(known, value.items, strict=False)]
        else:
            # The main field of a merge is its list of branches, which is the first of its names.
            main = (layer_class(kind).main if kind in KINDS else None) or known[0]
            entries = [(Scalar(main, *value.span), value)]
        return f"{kind}: {{{', '.join(slips.brief(*entry) for entry in [*entries, *others])}}}"

    def _no_space(self, place: Scalar, name: str, value: str) -> None:
        self.findings.report(
            codes.WRONG_STRUCTURE,
            f"a space is missing after the colon of `{name}:`",
            place.span,
            "",
            slips.with_space(place, name, value),
        )

    def _no_map(self, kind: str, given: Sequence | Scalar, place: Node) -> None:
        """Report `y=5` among the arguments of a step."""
        pairs = slips.as_map(given, self.known_fields(kind))
        self.findings.report(
            codes.BAD_EXPRESSION,
            "a single `=` names no argument",
            place.span,
            "",
            f"name arguments in a map: `{kind}: {pairs}`",
        )

    def stated(self, kind: str, arguments: Arguments) -> dict[str, Argument]:
        """What a step says that its layer reads, taken out of its arguments: it is no field, but a claim."""
        given = arguments.named or {}
        return {name: given.pop(name) for name in layer_class(kind).stated if name in given}

    def fields(self, kind: str, key: Scalar, arguments: Arguments) -> dict[str, Argument] | None:
        """The arguments of a built-in layer by field name, or None after a report."""
        cls = layer_class(kind)
        known, required = layer_fields(kind)
        fields: dict[str, Argument] = {}
        if arguments.named is not None:
            if not self._by_own_names(kind, arguments):
                return None
            unknown = [name for name in arguments.named if name not in known]
            if unknown and (help := advice.maps_in_a_list(kind, arguments.named, self.known_fields(kind))):
                listed = joined([f"`{name}`" for name in unknown])
                message = f"`{kind}` has no field{'s' if len(unknown) > 1 else ''} {listed}"
                self.findings.report(codes.UNKNOWN_KEY, message, arguments.keys[unknown[0]], "unknown field", help)
                return None
            for name in unknown:
                self.findings.report(
                    codes.UNKNOWN_KEY,
                    f"`{kind}` has no field `{name}`",
                    arguments.keys[name],
                    "unknown field",
                    advice.field_help(kind, name, arguments, self.known_fields(kind)),
                )
            if unknown:
                return None
            fields = arguments.named
        elif arguments.ordered is not None and cls.main_is_list and cls.main:
            fields = {cls.main: Listing(arguments.ordered, arguments.span)}
        elif arguments.ordered is not None:
            if len(arguments.ordered) > len(known):
                self.findings.report(
                    codes.BAD_CALL,
                    f"`{kind}` takes {len(known)} value{'' if len(known) == 1 else 's'} in order, "
                    f"and here are {len(arguments.ordered)}",
                    arguments.span,
                    "",
                    _in_order(kind, known, arguments.ordered),
                )
                return None
            fields = dict(zip(known, arguments.ordered, strict=False))
        elif arguments.single is not None:
            if cls.main is None:
                self.findings.report(
                    codes.BAD_CALL,
                    f"`{kind}` takes no single value",
                    arguments.span,
                    "",
                    advice.single_help(kind, known),
                )
                return None
            if help := advice.map_help(kind, arguments.single):
                self.findings.report(
                    codes.BAD_VALUE,
                    f"`{cls.main}` of {kind} takes the name of a map, not {advice.written(arguments.single)}",
                    arguments.span,
                    "",
                    help,
                )
                return None
            fields = {cls.main: arguments.single}
        missing = [name for name in required if name not in fields]
        if missing:
            wanted = " and ".join(f"`{name}`" for name in missing)
            self.findings.report(
                codes.MISSING_FIELD,
                f"`{kind}` needs {wanted}",
                key.span,
                "",
                advice.completed(kind, known, missing, arguments, not _takes_a_list(kind)),
            )
            return None
        return fields

    def _by_own_names(self, kind: str, arguments: Arguments) -> bool:
        """Give every argument the field's own name. Whether none is given under two names."""
        given = arguments.named or {}
        for other in [name for name in given if own_name(kind, name) != name]:
            own = own_name(kind, other)
            if own in given:
                message = f"`{other}` of `{kind}` is `{own}`, which is given, too"
                self.findings.report(codes.BAD_CALL, message, arguments.keys[other], "", "leave one of them out")
                return False
            given[own], arguments.keys[own] = given.pop(other), arguments.keys[other]
        return True

    def fits(self, key: Scalar, arguments: Arguments) -> bool:
        """Whether a block can be called with these arguments."""
        parameters = self.blocks[key.text]
        names = [parameter.name for parameter in parameters]
        given: list[str] = []
        if arguments.named is not None:
            given = list(arguments.named)
            for name in given:
                if name not in names:
                    near = closest(name, names)
                    self.findings.report(
                        codes.UNKNOWN_KEY,
                        f"block `{key.text}` has no parameter `{name}`",
                        arguments.keys[name],
                        "unknown parameter",
                        f"did you mean `{near}`?" if near else f"its parameters are {', '.join(names) or 'none'}",
                    )
                    return False
        else:
            count = len(arguments.ordered) if arguments.ordered is not None else int(arguments.single is not None)
            if count > len(names):
                self.findings.report(
                    codes.BAD_CALL,
                    f"block `{key.text}` takes {len(names)} value{'' if len(names) == 1 else 's'}, "
                    f"and here are {count}",
                    arguments.span,
                    "",
                    f"its parameters are {', '.join(names)}" if names else self._undeclared(key.text, count),
                )
                return False
            given = names[:count]
        missing = [
            parameter.name
            for parameter in parameters
            if not parameter.default and parameter.name not in given and problem_with_value_name(parameter.name) is None
        ]
        if missing:
            self.findings.report(
                codes.MISSING_FIELD,
                f"block `{key.text}` needs {' and '.join(f'`{name}`' for name in missing)}",
                key.span,
                "",
                advice.completed(key.text, names, missing, arguments, True),
            )
        return not missing

    def _undeclared(self, block: str, count: int) -> str:
        """What to write where a block without parameters is given values."""
        words = [word for word in advice.free_words(self.bodies[block]) if word not in {*self.known, *self.blocks}]
        if len(words) < count:
            return f"write just `{block}`"
        return (
            f"declare {'the parameter' if count == 1 else 'the parameters'}: `{block}({', '.join(words[:count])}): ...`"
        )


def _takes_a_list(kind: str) -> bool:
    """Whether a list behind a kind is one value: a shape, axes, branches."""
    return layer_class(kind).main_is_list or layer_class(kind).is_merge


def _in_order(kind: str, known: list[str], given: list[Argument]) -> str:
    if known[:1] == ["out"] and "kernel" not in known and layer_class(kind).stated and len(given) == len(known) + 1:
        rest = ", ".join(advice.written(value) for value in given[1:])
        return f"the order is {', '.join(known)}; if the list begins with the input channels, write `{kind}: [{rest}]`"
    if len(known) == 1:
        return f"a list of one entry per axis goes to the field: `{kind}: {{{known[0]}: [...]}}`"
    return f"the order is {', '.join(known)}" if known else f"write just `{kind}`"
