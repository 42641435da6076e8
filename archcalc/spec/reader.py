"""From a document to a `Spec`: every key known, every step readable, or a diagnostic at its place."""

from __future__ import annotations

from typing import get_args

from archcalc.diagnostics import closest
from archcalc.diagnostics.codes import graph as graph_codes
from archcalc.diagnostics.codes import language as codes
from archcalc.diagnostics.model import Diagnostic
from archcalc.layers.known import ROUNDING
from archcalc.layers.shape import Layout, Rounding
from archcalc.layers.table import KINDS
from archcalc.patterns import compiled_later
from archcalc.source.document import Mapping, Node, Scalar, Sequence
from archcalc.spec import slips
from archcalc.spec.claims import read_claims
from archcalc.spec.heads import read_head
from archcalc.spec.ignores import in_key
from archcalc.spec.model import Formula, Input, Let, Parameter, Rules, Spec, Unreadable, Variant
from archcalc.spec.names import LABEL, WORD, name_instead, problem_with_function_name, problem_with_value_name
from archcalc.spec.steps import StepReader
from archcalc.spec.structure import MAX_FINDINGS, Findings, TooManyFindings, kind_of
from archcalc.spec.unused import collect_words, unused_names, unused_parameters

SPEC_KEYS = (
    "name",
    "source",
    "archcalc",
    "input",
    "at",
    "let",
    "rounding",
    "blocks",
    "layers",
    "output",
    "variants",
    "expect",
    "ignore",
)
INPUT_KEYS = ("shape", "count", "dtype", "layout")
DTYPES = ("float", "int")
LAYOUTS: tuple[Layout, ...] = ("channels_first", "channels_last")
"""What an input holds: real numbers, as without the key, or integers."""
VARIANT_KEYS = ("let", "input", "at", "rounding", "expect")
MAX_VARIANTS = 1_000
ROUNDINGS: tuple[str, ...] = get_args(Rounding)
LANGUAGE_VERSION = "1"
_BETWEEN_SIZES = compiled_later(r"\s*[,;×*]\s*|\s+|(?<=\d)x(?=\w)")


def read_spec(document: Node, default_name: str = "") -> tuple[Spec, list[Diagnostic]]:
    """The specification that a document holds, and everything that is wrong with its form."""
    reader = _Reader()
    try:
        spec = reader.spec(document)
    except TooManyFindings:
        last = reader.findings.diagnostics[-1]
        note = f"reading stops after {MAX_FINDINGS} errors; there may be more"
        reader.findings.diagnostics[-1] = last._replace(notes=(*last.notes, note))
        spec = Spec(document.span)
        spec.is_complete = False
    if not spec.name:
        spec.name = default_name
    return spec, reader.findings.diagnostics


class _Reader:
    def __init__(self) -> None:
        self.findings = Findings()

    def spec(self, document: Node) -> Spec:
        spec = Spec(document.span)
        spec.keys = self.findings.keys
        if not isinstance(document, Mapping):
            self.findings.report(
                codes.WRONG_STRUCTURE,
                f"a spec is a map with `input` and `layers`, not {kind_of(document)}",
                document.span,
                "",
                "start with `input: [3, 224, 224]`, then `layers:`",
            )
            return spec
        entries = self._entries(document)
        spec.is_meant = any(key.text in ("layers", "variants", "input") for key, _ in document.entries)
        if "archcalc" in entries:
            self._version(entries["archcalc"][1])
        if "name" in entries:
            spec.name = self.findings.text(entries["name"][1], "`name`") or ""
        if "source" in entries:
            spec.source = self.findings.text(entries["source"][1], "`source`")
        if "let" in entries:
            before = self.findings.errors()
            spec.lets = self._lets(entries["let"][1])
            spec.hides_names = self.findings.errors() > before and len(spec.lets) < _entries_in(entries["let"][1])
        before = self.findings.errors()
        if "at" in entries:
            spec.at = self._at(entries["at"][1])
        if "rounding" in entries:
            spec.rounding = self._rounding(entries["rounding"][1]) or spec.rounding
        if "input" in entries:
            spec.inputs = self._inputs(*entries["input"])
        spec.is_complete = self.findings.errors() == before
        self._steps(spec, entries)
        if "output" in entries:
            spec.outputs = self._outputs(entries["output"][1])
        if "expect" in entries:
            spec.claims = read_claims(self.findings, entries["expect"][1])
        if "ignore" in entries:
            spec.ignores += in_key(self.findings, entries["ignore"][1], document.span)
        before = self.findings.errors()
        if "variants" in entries:
            self._variants(spec, entries["variants"][1])
        self._complete(spec, document, entries)
        spec.is_complete = spec.is_complete and self.findings.errors() == before
        spec.is_readable = self.findings.errors() == 0
        if spec.is_readable:
            unused_names(self.findings, spec, entries)
        return spec

    def _entries(self, document: Mapping) -> dict[str, tuple[Scalar, Node]]:
        """The entries by key. One that is misspelt is read as what it must be: its mistake is reported already."""
        entries = {key.text: (key, value) for key, value in document.entries}
        for key, value in document.entries:
            if key.text not in SPEC_KEYS:
                from archcalc.spec.foreign import spec_key_elsewhere

                # Of a single value, as `model: ResNet` has, nobody knows what it is.
                elsewhere = spec_key_elsewhere(key.text) if not isinstance(value, Scalar) else None
                meant = closest(key.text, SPEC_KEYS) or elsewhere
                self._no_key(key, meant)
                if meant is not None:
                    entries.setdefault(meant, (key, value))
        return entries

    def _no_key(self, key: Scalar, meant: str | None) -> None:
        if key.text.startswith("-"):
            message = "a space is missing after the dash"
            self.findings.report(codes.UNKNOWN_KEY, message, key.span, "", f"write `- {key.text[1:]}: ...`")
        else:
            self.findings.unknown_key(key, "a spec", SPEC_KEYS, meant)

    def _complete(self, spec: Spec, document: Mapping, entries: dict[str, tuple[Scalar, Node]]) -> None:
        elsewhere = bool(spec.variants) and all(variant.inputs is not None for variant in spec.variants.values())
        for key, example in (("input", "[3, 224, 224]"), ("layers", "[conv: [6, 5], relu]")):
            if key in entries or (key == "input" and elsewhere):
                continue
            first = document.entries[0][0].span if document.entries else document.span
            self.findings.report(
                graph_codes.NO_LAYERS, f"the spec has no `{key}`", first, "", f"add `{key}: {example}`"
            )

    def _version(self, node: Node) -> None:
        if not isinstance(node, Scalar) or node.text != LANGUAGE_VERSION:
            self.findings.report(
                codes.WRONG_STRUCTURE,
                f"`archcalc` is the version of the language, {LANGUAGE_VERSION}, not {kind_of(node)}",
                node.span,
            )

    def _at(self, node: Node) -> dict[str, Formula]:
        values: dict[str, Formula] = {}
        for key, value in self.findings.mapping(node, "`at`", "a map from symbols to values, such as {N: 224}"):
            if problem := problem_with_value_name(key.text):
                self.findings.report(codes.BAD_NAME, problem, key.span, "", *name_instead(key.text))
                continue
            formula = self.findings.formula(value, f"`{key.text}`")
            if formula is not None:
                values[key.text] = formula
                self.findings.keys[formula.span] = key.span
        return values

    def _lets(self, node: Node) -> dict[str, Let]:
        lets: dict[str, Let] = {}
        for key, value in self.findings.mapping(node, "`let`", "a map from names to values"):
            name, parameters = read_head(self.findings, key)
            problem = problem_with_value_name(name) if parameters is None else problem_with_function_name(name)
            if problem:
                self.findings.report(codes.BAD_NAME, problem, key.span, "", *name_instead(name))
                continue
            argument = self.findings.argument(value, f"`{name}`")
            lets[name] = Let(name, parameters, argument or Unreadable(value.span), key.span)
            if parameters and argument is not None:
                unused_parameters(self.findings, f"`{name}`", key, parameters, value, ())
        return lets

    def _rounding(self, node: Node) -> Rules | None:
        if isinstance(node, Scalar):
            word = self._rounding_word(node)
            return None if word is None else Rules(word)
        by_name: dict[str, str] = {}
        for key, value in self.findings.mapping(
            node, "`rounding`", "exact, floor, ceil or caffe, or a map of them by kind"
        ):
            if key.text not in ROUNDING:
                if key.text in KINDS:
                    self.findings.report(
                        codes.UNKNOWN_KEY,
                        f"`{key.text}` does not round: its output is as large as its rule says",
                        key.span,
                        "",
                        f"`rounding` has {', '.join(sorted(ROUNDING))}",
                    )
                else:
                    self.findings.unknown_key(key, "`rounding`", ["conv", "pool", *sorted(ROUNDING)])
                continue
            word = self._rounding_word(value)
            if word is not None:
                by_name[key.text] = word
        return Rules("exact", by_name)

    def _rounding_word(self, node: Node) -> str | None:
        if isinstance(node, Scalar) and node.text in ROUNDINGS:
            return node.text
        near = closest(node.text, ROUNDINGS) if isinstance(node, Scalar) else None
        help = (f"did you mean `{near}`?",) if near else ()
        self.findings.report(
            codes.BAD_VALUE, f"a rounding is {', '.join(ROUNDINGS)}, not {kind_of(node)}", node.span, "", *help
        )
        return None

    def _inputs(self, key: Scalar, node: Node) -> list[Input]:
        if isinstance(node, Sequence):
            single = self._input("input", node, key)
            return [] if single is None else [single]
        if isinstance(node, Mapping) and _is_one_input(node):
            single = self._input("input", node, key)
            return [] if single is None else [single]
        inputs: list[Input] = []
        if isinstance(node, Scalar) and not node.is_null:
            self._not_a_shape(node)
            return []
        if slips.unnamed_values(node, []):
            message = "an input is a list of sizes in brackets, and braces hold inputs with names"
            self.findings.report(codes.BAD_SHAPE, message, node.span, "", "write brackets, as in `[3, 224, 224]`")
            return []
        entries = self.findings.mapping(node, "`input`")
        for name, value in entries:
            if problem := problem_with_value_name(name.text):
                self.findings.report(codes.BAD_NAME, problem, name.span, "", *name_instead(name.text))
                continue
            if name.text == "dtype" and isinstance(value, Scalar):
                message = "`dtype` is said of an input beside its shape"
                help = f"write `NAME: {{shape: [T], dtype: {value.text}}}`"
                self.findings.report(codes.BAD_SHAPE, message, name.span, "this is read as the name of an input", help)
                continue
            found = self._input(name.text, value, name)
            if found is not None:
                inputs.append(found)
                self.findings.keys[found.span] = name.span
        if not entries and (isinstance(node, Mapping) or node.is_null):
            self.findings.report(codes.BAD_SHAPE, "`input` is empty", key.span, "", "write input: [3, 224, 224]")
        return inputs

    def _input(self, name: str, node: Node, key: Scalar) -> Input | None:
        count: Formula | None = None
        is_integer = False
        layout: Layout = "channels_first"
        shape: Node | None = node
        if isinstance(node, Mapping):
            others = [inner for inner, _ in node.entries if inner.text not in INPUT_KEYS]
            for inner in others:
                self.findings.unknown_key(inner, f"input `{name}`", INPUT_KEYS)
            if others and node.get("shape") is None:
                return None
            if (counted := node.get("count")) is not None:
                count = self.findings.formula(counted, "`count`")
            if (numbers := node.get("dtype")) is not None:
                is_integer = self._is_integer(numbers)
            if (order := node.get("layout")) is not None:
                layout = self._layout(order, is_integer=is_integer)
            shape = node.get("shape")
        if not isinstance(shape, Sequence) or not shape.items:
            self._not_a_shape(shape, key)
            return None
        if len(shape.items) > 4:
            self.findings.report(
                codes.BAD_SHAPE,
                f"an input of {len(shape.items)} axes; there are at most channels and three more",
                shape.span,
                "",
                "leave the batch out: it is implicit",
            )
            return None
        first = shape.items[0]
        if isinstance(first, Scalar) and first.is_null and shape.items[1:]:
            message = "the first size has no value"
            self.findings.report(codes.BAD_SHAPE, message, shape.span, "", "leave the batch out: it is implicit")
            return None
        sizes = [self.findings.formula(item, "a size") for item in shape.items]
        if None in sizes:
            return None
        return Input(name, [size for size in sizes if size is not None], count, shape.span, is_integer, layout)

    def _is_integer(self, node: Node) -> bool:
        word = slips.word_of(node)
        if word not in DTYPES:
            near = "int" if word.removeprefix("torch.").startswith(("int", "long", "uint")) else closest(word, DTYPES)
            help = (f"write `dtype: {near}`",) if near else ()
            message = f"`dtype` is int or float, not {kind_of(node)}"
            self.findings.report(codes.BAD_VALUE, message, node.span, "", *help)
        return word == "int"

    def _layout(self, node: Node, *, is_integer: bool) -> Layout:
        word = slips.word_of(node)
        found = next((layout for layout in LAYOUTS if layout == word), None)
        if found is None:
            near = closest(word, LAYOUTS) if word else None
            message = f"`layout` is channels_first or channels_last, not {kind_of(node)}"
            help = (f"write `layout: {near}`",) if near else ()
            self.findings.report(codes.BAD_VALUE, message, node.span, "", *help)
        elif is_integer:
            message = "integers have no channels, first or last"
            self.findings.report(codes.BAD_VALUE, message, node.span, "", "leave `layout` out")
        return found or "channels_first"

    def _not_a_shape(self, node: Node | None, key: Scalar | None = None) -> None:
        place = node or key
        assert place is not None
        self.findings.report(
            codes.BAD_SHAPE,
            f"an input is a list of sizes, not {'nothing' if node is None else kind_of(node)}",
            place.span,
            "",
            _shape_help(place if node is not None else None),
        )

    def _steps(self, spec: Spec, entries: dict[str, tuple[Scalar, Node]]) -> None:
        heads: list[tuple[str, list[Parameter], Scalar, Node]] = []
        misread: set[str] = set()
        at_first = self.findings.errors()
        if "blocks" in entries:
            for key, value in self.findings.mapping(entries["blocks"][1], "`blocks`", "a map from names to steps"):
                before = self.findings.errors()
                name, parameters = read_head(self.findings, key)
                if problem := problem_with_value_name(name):
                    self.findings.report(codes.BAD_NAME, problem, key.span, "", *name_instead(name))
                    continue
                if self.findings.errors() > before:
                    misread.add(name)
                if name in KINDS:
                    self.findings.report(
                        codes.SHADOWED_KIND, f"block `{name}` hides the layer of that name", key.span, "", "rename it"
                    )
                heads.append((name, parameters or [], key, value))
        reader = StepReader(
            self.findings,
            {name: parameters for name, parameters, _, _ in heads},
            {name: body for name, _, _, body in heads},
            {*spec.lets, *spec.at},
            hides_blocks=self.findings.errors() > at_first,
        )
        known = [*spec.lets, *spec.at, *(name for name, *_ in heads)]
        for name, parameters, key, value in heads:
            before = self.findings.errors()
            spec.blocks[name] = reader.block(name, parameters, key.span, value)
            if self.findings.errors() == before and name not in misread:
                unused_parameters(self.findings, f"block `{name}`", key, parameters, value, known)
        if "layers" in entries:
            key, node = entries["layers"]
            spec.steps = reader.steps(node, "`layers`")
            spec.ignores += reader.ignores
            self._unused_blocks(heads, reader, entries)
            if not spec.steps and (isinstance(node, Sequence) or (isinstance(node, Scalar) and node.is_null)):
                self.findings.report(graph_codes.NO_LAYERS, "`layers` is empty", key.span)

    def _unused_blocks(
        self,
        heads: list[tuple[str, list[Parameter], Scalar, Node]],
        reader: StepReader,
        entries: dict[str, tuple[Scalar, Node]],
    ) -> None:
        unused = [(name, key) for name, _, key, _ in heads if name not in reader.called]
        if not unused or self.findings.errors():
            return
        # A block may also be passed as a word, to `apply` or to another block.
        words: set[str] = set()
        for _, node in entries.values():
            collect_words(node, words)
        for name, key in unused:
            if name not in words:
                self.findings.report(codes.UNUSED_BLOCK, f"no step calls block `{name}`", key.span, "", "remove it")

    def _outputs(self, node: Node) -> list[Formula]:
        items = node.items if isinstance(node, Sequence) else [node]
        if not items:
            self.findings.report(
                graph_codes.UNKNOWN_OUTPUT, "`output` is empty", node.span, "", "name at least one map, or leave it out"
            )
        if numbers := [item for item in items if isinstance(item, Scalar) and item.text.isdigit()]:
            listed = ", ".join(item.text for item in items if isinstance(item, Scalar))
            help = (
                f"name the map by `as: NAME`, and write NAME here; sizes are claimed: `expect: {{output: [{listed}]}}`"
            )
            message = "an output is a name, such as `here`, `pool1` or `layer$i.skip`"
            self.findings.report(codes.WRONG_STRUCTURE, message, numbers[0].span, "a number names no map", help)
            return []
        if any(not isinstance(item, Scalar) for item in items):
            message = "an output is a name, such as `here`, `pool1` or `layer$i.skip`"
            help = "write the names of the maps in one list: `output: [a, b]`"
            self.findings.report(codes.WRONG_STRUCTURE, message, node.span, f"this is {kind_of(node)}", help)
            return []
        paths = [self.findings.path(item, "an output") for item in items]
        return [path for path in paths if path is not None]

    def _variants(self, spec: Spec, node: Node) -> None:
        entries = self.findings.mapping(node, "`variants`", "a map from names to changes")
        if len(entries) > MAX_VARIANTS:
            message = f"{len(entries):,} variants are more than the {MAX_VARIANTS:,} that a spec may have"
            help = "give values by `--set`, or split the file"
            place = entries[MAX_VARIANTS][0].span
            self.findings.report(codes.TOO_MANY_VARIANTS, message, place, "from here on", help)
            # None is better than some of them: nobody would know which were checked.
            entries = []
        for key, value in entries:
            name = key.text
            if not name or not all(LABEL.fullmatch(part) for part in name.replace(".", "-").split("-")):
                self.findings.report(
                    codes.BAD_NAME,
                    f"variant `{name}`: letters, digits, underscores, dots and dashes make a variant's name",
                    key.span,
                )
                continue
            variant = Variant(name, key.span)
            changes = self.findings.mapping(value, f"variant `{name}`", "a map of changes")
            values = self._bare_values(spec, key, changes)
            for inner, part in changes:
                if inner.text in values:
                    continue
                if inner.text == "let":
                    variant.lets = self._lets(part)
                elif inner.text == "at":
                    variant.at = self._at(part)
                elif inner.text == "input":
                    variant.inputs = self._inputs(inner, part)
                elif inner.text == "rounding":
                    variant.rounding = self._rounding(part)
                elif inner.text == "expect":
                    variant.claims = read_claims(self.findings, part)
                else:
                    self.findings.unknown_key(inner, f"variant `{name}`", VARIANT_KEYS)
            spec.variants[name] = variant

    def _bare_values(self, spec: Spec, variant: Scalar, changes: list[tuple[Scalar, Node]]) -> set[str]:
        """Values of lets and symbols that stand in a variant itself, after one report of them."""
        places = {**dict.fromkeys(spec.at, "at"), **dict.fromkeys(spec.lets, "let")}
        bare = [entry for entry in changes if entry[0].text in places and entry[0].text not in VARIANT_KEYS]
        if not bare:
            return set()
        under = {place: [slips.brief(*one) for one in bare if places[one[0].text] == place] for place in ("let", "at")}
        written = ", ".join(f"{place}: {{{', '.join(pairs)}}}" for place, pairs in under.items() if pairs)
        first = bare[0][0]
        message = f"variant `{variant.text}` has no `{first.text}`"
        help = f"a value stands under `{places[first.text]}`: write `{variant.text}: {{{written}}}`"
        self.findings.report(codes.UNKNOWN_KEY, message, first.span, "unknown key", help)
        return {key.text for key, _ in bare}


def _is_one_input(node: Mapping) -> bool:
    """Whether a map is a single input with its shape, and not inputs by their names."""
    return isinstance(node.get("shape"), Sequence) and any(
        isinstance(node.get(key), Scalar) for key in INPUT_KEYS if key != "shape"
    )


def _entries_in(node: Node) -> int:
    """How many entries a map has; what should be one and is none may have had any number."""
    return len(node.entries) if isinstance(node, Mapping) else 1


def _shape_help(node: Node | None) -> str:
    """How a shape is written that is a single text: `3x32x32`, `(3, 32, 32)`."""
    text = slips.word_of(node)
    sizes = [part for part in _BETWEEN_SIZES.split(text.strip("() ")) if part]
    if not sizes or not all(size.isdigit() or WORD.fullmatch(size) for size in sizes):
        return "write the channels first, such as [3, 224, 224]"
    if len(sizes) > 2 and sizes[-1] in ("1", "3", "4") and sizes[0].isdigit() and int(sizes[0]) > 4:
        return f"write the channels first: `[{', '.join([sizes[-1], *sizes[:-1]])}]`"
    listed = f"write `[{', '.join(sizes)}]`"
    return f"{listed}, a list of one size" if len(sizes) == 1 else listed
