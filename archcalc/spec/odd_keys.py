"""Keys in the wrong place: fields beside their layer, keys of other libraries, and steps torn into several entries."""

from __future__ import annotations

from archcalc.diagnostics import closest
from archcalc.diagnostics.codes import language as codes
from archcalc.diagnostics.model import Label
from archcalc.layers.axes import joined
from archcalc.layers.table import KINDS, layer_class, layer_fields, own_name
from archcalc.source.document import Mapping, Node, Scalar, Sequence
from archcalc.source.writing import pair, written
from archcalc.spec import advice, slips
from archcalc.spec.calls import CallReader
from archcalc.spec.names import LAYER_KEYS, LOOP_KEYS, STEP_KEYS, WIRING_KINDS
from archcalc.spec.structure import Findings

Entry = tuple[Scalar, Node]

_KIND_KEYS = ("type", "kind", "layer", "op", "operation", "class", "class_name", "layer_type", "module")
"""Keys with which others name the layer."""
_BESIDES = tuple(key for key in LAYER_KEYS if key != "from")
"""Keys that say something about a step and make none."""


def as_one_map(kinds: list[Entry]) -> Entry | None:
    """A merge whose fields stand beside it, `{multiply: [a, g], broadcast: true}`, with all of them in one map."""
    for key, value in kinds:
        if key.text in KINDS and layer_class(key.text).is_merge and isinstance(value, Sequence):
            others = [entry for entry in kinds if entry[0] is not key]
            if all(own_name(key.text, other.text) in layer_fields(key.text)[0] for other, _ in others):
                name = Scalar("branches", key.line, key.column, key.end_line, key.end_column)
                return key, Mapping([(name, value), *others], *value.span)
    return None


class KeyDoctor:
    """Says what the keys of a step mean that are neither its layer nor keys of a step."""

    def __init__(self, findings: Findings, calls: CallReader) -> None:
        self.findings = findings
        self.calls = calls

    def typed(self, kinds: list[Entry]) -> bool:
        """Report a layer that is named as a value, `{type: conv, out: 8}`. Whether it is."""
        named = [entry for entry in kinds if entry[0].text in _KIND_KEYS and not self._is_kind(entry[0].text)]
        if len(named) != 1:
            return False
        (key, value), fields = named[0], [entry for entry in kinds if entry is not named[0]]
        kind = advice.known_kind(slips.word_of(value), self.calls.blocks)
        if kind is None:
            return False
        known = self.calls.known_fields(kind)
        pairs = [slips.brief(*_as_field(*entry, known)) for entry in fields]
        step = f"{kind}: {{{', '.join(pairs)}}}" if pairs else kind
        message = f"the layer is the key of its step, and here it is a value of `{key.text}`"
        self.findings.report(codes.BAD_STEP, message, key.span, "", f"write `{step}`")
        return True

    def too_many(self, kinds: list[Entry]) -> str | None:
        """Report a step with several keys that are none of a step. The kind that is called all the same, if one is."""
        layer = next((entry for entry in kinds if self._is_kind(entry[0].text)), None)
        if layer is None:
            layer = kinds[0]
        others = [entry for entry in kinds if entry is not layer]
        known = self.calls.known_fields(layer[0].text)
        if all(key.text in known for key, _ in others):
            self._fields_beside(layer, others)
            return layer[0].text
        odd = [entry for entry in others if not self._is_kind(entry[0].text) and self._is_kind(layer[0].text)]
        told = [self._other_key(*entry) for entry in odd]
        if any(told):
            return None
        if known and all(advice.field_named(key.text, known) for key, _ in others):
            self._fields_beside(layer, others)
            return layer[0].text
        self._two_layers(kinds)
        return None

    def _is_kind(self, name: str) -> bool:
        return name in KINDS or name in self.calls.blocks or name in WIRING_KINDS

    def _fields_beside(self, layer: Entry, others: list[Entry]) -> None:
        key, value = layer
        names = [f"`{other.text}`" for other, _ in others]
        listed = joined(names)
        message = f"{listed} {'stand' if names[1:] else 'stands'} beside `{key.text}`, not in it"
        if key.text in KINDS and layer_class(key.text).is_merge:
            # There the fields may stand, and these are none.
            known = layer_fields(key.text)[0]
            none = [other for other, _ in others if own_name(key.text, other.text) not in known]
            message = f"`{key.text}` has no field `{none[0].text}`" if none else message
        if isinstance(value, Scalar) and value.is_null:
            help = f"indent {listed} below `{key.text}`"
        else:
            known = self.calls.known_fields(key.text)
            fields = [_as_field(*entry, known) for entry in others]
            help = f"write `{self.calls.with_fields(key.text, value, fields)}`"
        self.findings.report(
            codes.BAD_STEP,
            message,
            others[0][0].span,
            "",
            help,
            labels=(Label(key.span, "the layer"),),
        )

    def _other_key(self, key: Scalar, value: Node) -> bool:
        """Report a key that has another name here, or is not needed. Whether it is one."""
        from archcalc.spec import foreign

        if reason := foreign.field_reason(
            key.text, advice.known_kind(slips.word_of(value), {}) or slips.word_of(value)
        ):
            self.findings.report(codes.BAD_STEP, f"a step has no `{key.text}`", key.span, "", reason)
            return True
        meant = foreign.step_key_elsewhere(key.text)
        near = meant or closest(key.text, STEP_KEYS)
        if near is None:
            return False
        word = slips.word_of(value)
        help = f"write `{near}: {word}`" if meant and word else f"did you mean `{near}`?"
        self.findings.report(codes.BAD_STEP, f"a step has no `{key.text}`", key.span, "", help)
        return True

    def _two_layers(self, kinds: list[Entry]) -> None:
        self.findings.report(
            codes.BAD_STEP,
            "a step is one layer, and this one has two keys that are no step keys",
            kinds[1][0].span,
            "",
            f"write one step per layer; the step keys are {', '.join(STEP_KEYS)}",
            labels=(Label(kinds[0][0].span, "the first"),),
        )

    def in_group(self, kind: Entry, do: Scalar) -> None:
        """Report a layer, or a key of another name, beside `do`."""
        key, value = kind
        if not self._is_kind(key.text) and self._other_key(key, value):
            return
        self.findings.report(
            codes.BAD_STEP,
            f"a group has no `{key.text}`",
            key.span,
            "",
            "move the layer into the list of `do`",
            labels=(Label(do.span, "the group"),),
        )

    def no_group(self, word: str, siblings: dict[str, Entry], kinds: list[Entry]) -> None:
        """Report `for` or `repeat` without the `do` that it repeats."""
        from archcalc.spec import foreign

        steps = next((key for key, _ in kinds if foreign.step_key_elsewhere(key.text) == "do"), None)
        if steps is not None:
            help = f"the steps of a group stand under `do`: write `do` for `{steps.text}`"
        elif len(kinds) == 1:
            loop = pair(word, siblings[word][1], "flow")
            help = f"put the layer into a group: `{{{loop}, do: [{slips.brief(*kinds[0])}]}}`"
        else:
            help = f"write `- {word}: ...` and below it `do: [...]`"
        message = f"`{word}` repeats the steps of a `do`, and there is none"
        self.findings.report(codes.BAD_STEP, message, siblings[word][0].span, "", help)

    def joined(self, items: list[Node]) -> list[Node]:
        """A list of steps in which each that was torn into two entries is one again, after a report."""
        found: list[Node] = []
        waiting: Mapping | None = None
        for index, item in enumerate(items):
            following = items[index + 1] if index + 1 < len(items) else None
            if not isinstance(item, Mapping):
                found.append(item)
            elif waiting is not None:
                found.append(self._join(waiting, waiting, item))
                waiting = None
            elif _is_only(item, LOOP_KEYS) and _is_bare_group(following):
                waiting = item
            elif _is_only(item, _BESIDES) and found and (step := _as_map(found[-1])) is not None:
                found[-1] = self._join(item, step, item)
            else:
                found.append(item)
        return found

    def _join(self, stray: Mapping, first: Mapping, second: Mapping) -> Mapping:
        key = stray.entries[0][0]
        entries = [*first.entries, *second.entries]
        whole = ", ".join(slips.brief(*entry) for entry in entries)
        other = second if stray is first else first
        self.findings.report(
            codes.BAD_STEP,
            f"`{key.text}` is an entry of its own here, apart from its step",
            key.span,
            "",
            f"write one entry: `- {{{whole}}}`",
            labels=(Label(other.entries[0][0].span, "the step"),),
        )
        return Mapping(entries, first.line, first.column, second.end_line, second.end_column)


def _as_field(key: Scalar, given: Node, known: list[str]) -> Entry:
    """An entry beside a layer as one in it: under the field's name, and with axes as they are counted here."""
    meant = key.text if key.text in known else advice.field_named(key.text, known) or key.text
    counted = advice.counted_here(key.text, meant, written(given, "flow"))
    if counted is not None:
        axes = [Scalar(str(axis), *given.span) for axis in counted]
        given = Sequence(list[Node](axes), *given.span) if isinstance(given, Sequence) else axes[0]
    return Scalar(meant, *key.span), given


def _is_only(node: Mapping, keys: tuple[str, ...]) -> bool:
    return bool(node.entries) and all(key.text in keys for key, _ in node.entries)


def _is_bare_group(node: Node | None) -> bool:
    keys = [key.text for key, _ in node.entries] if isinstance(node, Mapping) else []
    return "do" in keys and not any(word in keys for word in LOOP_KEYS)


def _as_map(node: Node) -> Mapping | None:
    """A step as a map, if it is one that can be named."""
    if isinstance(node, Scalar):
        return None if node.is_null else Mapping([(node, Scalar("", *node.span))], *node.span)
    if not isinstance(node, Mapping) or not node.entries:
        return None
    return node if any(key.text not in (*LOOP_KEYS, *_BESIDES, "from") for key, _ in node.entries) else None
