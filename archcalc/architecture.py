"""The Python interface: load a specification, check it, look at the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import partial
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archcalc.collector import paused
from archcalc.diagnostics import closest
from archcalc.diagnostics.folding import folded
from archcalc.diagnostics.model import Diagnostic
from archcalc.expectations import Stated, judge
from archcalc.expressions.limits import with_room
from archcalc.expressions.values import Word
from archcalc.graph import Graph
from archcalc.network import Network, Settings, settable, unfold
from archcalc.report.model import Report
from archcalc.source import SourceFile, decode, from_data, parse
from archcalc.spec.model import Spec, Variant
from archcalc.spec.reader import read_spec
from archcalc.terminal import visible

if TYPE_CHECKING:
    from archcalc.draw.dot import Direction
    from archcalc.draw.picture import Picture
    from archcalc.repair import Repair
    from archcalc.sizes.legal import LegalSizes
    from archcalc.sizes.question import Subject
    from archcalc.solve import Solutions


class Architecture:
    """A specification that was read: one network, or one of the variants of a file.

    Mistakes in the file do not raise; they are in `diagnostics` and in every report.

    >>> architecture = Architecture.from_text("input: [8]\\nlayers: [linear: 10]")
    >>> architecture.check().totals.parameters
    90
    """

    def __init__(
        self, file: SourceFile, spec: Spec | None, diagnostics: list[Diagnostic], variant: str | None = None
    ) -> None:
        self.file = file
        self.spec = spec
        self.diagnostics = diagnostics
        self.variant = variant
        self._latest: dict[Any, Network] = {}

    @classmethod
    def from_text(cls, text: str, name: str = "<text>", variant: str | None = None) -> Architecture:
        """Read YAML or JSON text. Raises: LookupError for a variant that the text does not have."""
        return cls.from_source(SourceFile(name, text)).choose(variant)

    @classmethod
    def from_bytes(cls, data: bytes, name: str, variant: str | None = None) -> Architecture:
        """Read the contents of a file, which may be anything."""
        file, problems = decode(name, data)
        if file is None:
            return cls(SourceFile(name, ""), None, problems)
        return cls.from_source(file).choose(variant)

    @classmethod
    def from_source(cls, file: SourceFile) -> Architecture:
        """Read a decoded file."""
        with paused():
            document, problems = parse(file)
            if document is None:
                return cls(file, None, problems)
            stem = Path(file.name).stem if not file.name.startswith("<") else "network"
            spec, more = read_spec(document, default_name=stem)
            return cls(file, spec, [*problems, *more])

    @property
    def name(self) -> str:
        """The name that the spec gives itself, or that of its file."""
        return self.spec.name if self.spec else Path(self.file.name).stem

    @property
    def variants(self) -> list[str]:
        """Names of the variants that the file defines."""
        return list(self.spec.variants) if self.spec else []

    def choose(self, variant: str | None) -> Architecture:
        """The same specification with a variant chosen. Raises: LookupError if there is none of that name."""
        if variant is None or self.spec is None:
            return self
        if variant not in self.spec.variants:
            raise LookupError(self._no_such_variant(variant))
        return Architecture(self.file, self.spec, self.diagnostics, variant)

    def _no_such_variant(self, variant: str) -> str:
        if not self.variants:
            return f"{self.name} has no variants, so there is no `{variant}`"
        near = closest(variant, self.variants)
        hint = f"did you mean `{near}`?" if near else f"there are {', '.join(self.variants)}"
        return f"{self.name} has no variant `{variant}`; {hint}"

    def settable(self) -> list[str]:
        """Names that a check can give values to: symbols and lets, but no functions."""
        if self.spec is None:
            return []
        chosen = self.spec.variants.get(self.variant or "")
        return settable(self.spec, chosen)

    def check(
        self,
        values: Mapping[str, int | Fraction | bool] | None = None,
        /,
        *,
        symbolic: bool = False,
        **more: int | Fraction | bool,
    ) -> Report:
        """Shapes, fractions, counts and expectations.

        Values for symbols or lets, as `--set` gives them, come as keywords or as a map. With `symbolic`, symbols keep
        no value from `at`, and every size and count comes out as a closed form. A name or a value that does not fit is
        a diagnostic of the report.

        Raises: TypeError for values that are no exact numbers; LookupError if there are variants and none was chosen.

        >>> unet = Architecture.from_text("input: [1, N, N]\\nlayers: [conv: [8, 3], max_pool: 2]")
        >>> unet.check(N=30).outputs
        {'output': (8, 14, 14)}
        >>> str(unet.check().outputs["output"][1])
        '(N - 2)/2'
        """
        overrides = {**(values or {}), **more}
        for name, value in overrides.items():
            if not isinstance(value, (int, Fraction)):
                raise TypeError(f"the value of {name} is a whole number, a Fraction, True or False, not {value!r}")
            # As in the language, a fraction that is whole is an integer.
            if isinstance(value, Fraction) and value.denominator == 1:
                overrides[name] = int(value)
        return with_room(lambda: self._check(Settings(overrides, symbolic)))

    def draw(
        self,
        values: Mapping[str, int | Fraction | bool] | None = None,
        /,
        *,
        symbolic: bool = False,
        depth: int | None = None,
        direction: Direction = "down",
        **more: int | Fraction | bool,
    ) -> Picture:
        """The network as a picture, as `check` finds it; `Report.draw` has the options.

        Raises: as `check` and `Report.draw` do.

        >>> Architecture.from_text("input: [8]\\nlayers: [linear: 10]").draw()
        <Picture network: 3 boxes, 2 edges>
        """
        return self.check(values, symbolic=symbolic, **more).draw(depth=depth, direction=direction)

    def to_torch(
        self, values: Mapping[str, int | Fraction | bool] | None = None, /, **more: int | Fraction | bool
    ) -> str:
        """The network as the text of a PyTorch module, as `archcalc export` writes it.

        Raises: ExportError (a ValueError with `diagnostics`) for a network with errors, or one that PyTorch cannot
        express; otherwise as `check` does.
        """
        text: str = self._source({**(values or {}), **more}).text
        return text

    def build_torch(
        self, values: Mapping[str, int | Fraction | bool] | None = None, /, **more: int | Fraction | bool
    ) -> Any:
        """The network as a `torch.nn.Module`, with fresh weights.

        Raises: ImportError if PyTorch is missing; ValueError if a symbol needs a value and has none; otherwise as
        `to_torch` does.
        """
        from archcalc.export.memory import imported

        given = {**(values or {}), **more}
        source = self._source(given)
        network = getattr(imported(source.text, source.class_name), source.class_name)
        symbols = {**self.check(given).symbols, **given}
        open_symbols = [symbol for symbol in source.arguments if not isinstance(symbols.get(symbol), int)]
        if open_symbols:
            raise ValueError(
                f"{self.name} needs a value for {', '.join(open_symbols)}: build_torch({open_symbols[0]}=...)"
            )
        return network(**{name: symbols[symbol] for symbol, name in source.arguments.items()})

    def _source(self, values: Mapping[str, Any]) -> Any:
        from archcalc.export.targets import ExportError, exported

        source, diagnostics = exported(self, values)
        if source is None:
            raise ExportError(self.name, diagnostics)
        return source

    def legal_sizes(
        self, values: Mapping[str, int | Fraction | bool] | None = None, /, **more: int | Fraction | bool
    ) -> LegalSizes:
        """The complete set of sizes at which the network is legal, for every symbol that gets no value here.

        Where weights depend on the sizes, as those of a linear layer behind `flatten` do, they are the sizes that go
        with the weights of `at`; `with_new_weights` has the others. A spec without symbols is asked about the height,
        the width, ... of its inputs.

        Raises: as `unfold` does.

        >>> print(load("unet:paper").legal_sizes())
        N = 12 (mod 16), N >= 188
        """
        from archcalc.sizes.question import legal_sizes

        spec, chosen = self._chosen()
        with paused():
            return with_room(lambda: legal_sizes(self._subject(spec, chosen), {**(values or {}), **more}))

    def solve(
        self,
        unknowns: str | Sequence[str],
        where: str | Sequence[str] = (),
        values: Mapping[str, int | Fraction | bool] | None = None,
        /,
        **more: int | Fraction | bool,
    ) -> Solutions:
        """The values of symbols and lets at which the network is legal and all conditions hold, as `archcalc solve`.

        Raises: WrongQuestion (a ValueError); LookupError if there are variants and none was chosen.

        >>> print(load("convolution:stride1").solve("padding", "size = size(input)"))
        padding = 1
        """
        from archcalc.solve import solve

        return solve(self, unknowns, where, values, **more)

    def repairs(
        self, values: Mapping[str, int | Fraction | bool] | None = None, /, **more: int | Fraction | bool
    ) -> list[Repair]:
        """Changes of the text that repair the errors about sizes which a check at these values finds, best first.

        Raises: as `check` does.
        """
        from archcalc.repair import repairs

        return with_room(lambda: repairs(self, {**(values or {}), **more}))

    def unfold(self, values: Mapping[str, int | Fraction | bool] | None = None, *, symbolic: bool = False) -> Network:
        """The network before it is judged: its graph with what its formulas know, for those that go on from there.

        Raises: LookupError if there are variants and none was chosen; ValueError for a file that is not even a network.
        """
        spec, _ = self._chosen()
        return with_room(lambda: self._network(spec, Settings(dict(values or {}), symbolic)))

    def _chosen(self) -> tuple[Spec, Variant | None]:
        """What is needed to unfold. Raises: LookupError, ValueError as `unfold` does."""
        spec = self.spec
        if spec is None or not spec.is_complete:
            raise ValueError(f"{self.name} is not a network; a check says why")
        if self.variant is None and spec.variants:
            raise LookupError(f"{self.name} has variants; choose one of {', '.join(spec.variants)}")
        return spec, spec.variants[self.variant] if self.variant else None

    def _subject(self, spec: Spec, variant: Variant | None) -> Subject:
        """What a question about sizes needs to know."""
        from archcalc.sizes.question import Subject

        return Subject(spec, variant, lambda settings: self._network(spec, settings), tuple(self.diagnostics))

    def _network(self, spec: Spec, settings: Settings) -> Network:
        """The unfolded network. The last two are remembered: an export and a question about sizes follow a check."""
        # As in the language, 1 is not true.
        values = tuple((name, type(value), value) for name, value in settings.overrides.items())
        key = (settings.symbolic, settings.freed, values)
        network = self._latest.pop(key, None)
        if network is None:
            chosen = spec.variants[self.variant] if self.variant else None
            network = unfold(spec, chosen, settings)
            if len(self._latest) > 1:
                del self._latest[next(iter(self._latest))]
        self._latest[key] = network
        return network

    def _check(self, settings: Settings) -> Report:
        spec = self.spec
        if spec is None:
            return self._empty()
        if self.variant is None and spec.variants:
            raise LookupError(
                f"{self.name} has variants; choose one of {', '.join(spec.variants)}, "
                f"for example by load(..., variant={next(iter(spec.variants))!r})"
            )
        if not spec.is_complete:
            return self._empty()
        chosen = spec.variants[self.variant] if self.variant else None
        network = self._network(spec, settings)
        verdicts, judged = judge(
            network,
            _stated(spec, chosen, settings),
            lambda values: unfold(spec, chosen, Settings({**settings.overrides, **values})),
        )
        report = Report(
            spec.name,
            self.variant,
            self.file,
            spec.source,
            network.graph,
            verdicts,
            network.requirements,
            network.symbols,
        )
        report.decide = partial(self._legal, spec, chosen, settings, network)
        found = [*self.diagnostics, *network.diagnostics, *judged]
        if report.complete and report.conditions and not report.legal_sizes.is_everything:
            from archcalc.sizes.told import told

            found.append(told(report.legal_sizes, spec.inputs[0].span if spec.inputs else None))
        report.diagnostics = folded(found)
        report.free = partial(self._free, spec, chosen, settings, network)
        if not settings.symbolic:
            report.find_repairs = partial(self.repairs, settings.overrides)
        return report

    def _legal(self, spec: Spec, variant: Variant | None, settings: Settings, network: Network) -> LegalSizes:
        """The legal sizes of a network that was checked: its symbols are free again, its lets keep their values."""
        from archcalc.sizes.question import legal_sizes

        with paused():
            return with_room(lambda: legal_sizes(self._subject(spec, variant), *_question(settings, network)))

    def _free(self, spec: Spec, variant: Variant | None, settings: Settings, network: Network) -> Graph:
        """The graph with symbols that have no values, as far as its form does not depend on them."""
        from archcalc.sizes.question import question

        with paused():
            asking = with_room(lambda: question(self._subject(spec, variant), *_question(settings, network)))
        # Sizes that the spec gives as numbers stay numbers here.
        return network.graph if asking.network.freed else asking.network.graph

    def _empty(self) -> Report:
        """The report of a specification that is not even a network."""
        source = self.spec.source if self.spec else None
        report = Report(self.name, self.variant, self.file, source, Graph(), [], (), {})
        report.diagnostics = folded(self.diagnostics)
        return report

    def _repr_html_(self) -> str:
        """In a notebook: the report of the one network, or all variants."""
        from archcalc.report.html import fragment, overview, text

        if self.variant is not None or not self.variants:
            return fragment(self.check())
        source = f"<br><small>{text(self.spec.source)}</small>" if self.spec and self.spec.source else ""
        reports = [self.choose(variant).check() for variant in self.variants]
        return f'<div class="archcalc"><b>{text(self.name)}</b>{source}{overview(reports)}</div>'

    def __repr__(self) -> str:
        variant = f":{self.variant}" if self.variant else ""
        several = f", {len(self.variants)} variants" if self.variants and not self.variant else ""
        wrong = sum(diagnostic.severity == "error" for diagnostic in self.diagnostics)
        errors = f", {wrong} error{'s' if wrong > 1 else ''}" if wrong else ""
        return visible(f"<Architecture {self.name}{variant} from {self.file.name}{several}{errors}>")


def _question(settings: Settings, network: Network) -> tuple[dict[str, Any], dict[str, int]]:
    """What a question about a network that was checked keeps, and the sizes that the check has shown."""
    kept = {name: value for name, value in settings.overrides.items() if name not in network.symbols}
    return kept, {name: value for name, value in network.symbols.items() if isinstance(value, int)}


def _stated(spec: Spec, variant: Variant | None, settings: Settings) -> Stated | None:
    """The network at the sizes of `at`, if a check moves away from them and there are claims about them."""
    values = {**spec.at, **(variant.at if variant else {})}
    moved = [name for name in values if settings.symbolic or name in settings.overrides]
    if not moved or not (spec.claims or (variant and variant.claims)):
        return None
    kept = {name: value for name, value in settings.overrides.items() if name not in moved}
    network = unfold(spec, variant, Settings(kept))
    return Stated(network, ", ".join(f"{name} = {network.symbols.get(name)}" for name in moved))


def load(source: str | PathLike[str] | Mapping[str, Any], variant: str | None = None) -> Architecture:
    """Read a specification: a path, a name of the catalogue, YAML or JSON text, or Python data.

    A path and a name may carry a variant: `specs/resnet.yaml:resnet152`, `resnet:resnet152`. Text is recognised by its
    line breaks or braces. Python data may hold layers as objects: `{"input": [1, 32, 32], "layers": [Conv(out=6,
    kernel=5), Tanh()]}`.

    Raises: FileNotFoundError (or another OSError) if there is neither such a file nor such a name; LookupError for an
    unknown variant; TypeError and ValueError for data that is no text, number, list or map, or contains itself.

    >>> load("resnet:resnet152").check().totals.parameters
    60192808
    """
    if isinstance(source, Mapping):
        return Architecture.from_source(from_data("<data>", _plain(source))).choose(variant)
    text = fspath(source)
    if isinstance(source, str) and _is_spec(text):
        return Architecture.from_text(text, variant=variant)
    from archcalc.catalogue import find

    found = find(text)
    return Architecture.from_bytes(found.read(), found.name, variant or found.variant)


def _is_spec(text: str) -> bool:
    """Whether a text is a specification itself and not the name of one."""
    return "\n" in text or ": " in text or text.lstrip().startswith("{") or not text.strip()


def _plain(value: Any, depth: int = 0) -> Any:
    """Python data with layers written as steps."""
    from archcalc.layers.base import Layer

    if depth > 200:
        raise ValueError("the data is nested too deeply, or contains itself")
    if isinstance(value, Layer):
        return _plain(value.step(), depth + 1)
    if isinstance(value, Mapping):
        return {key: _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, depth + 1) for item in value]
    return str(value) if isinstance(value, Word) else value
