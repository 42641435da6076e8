"""The Python interface: load a specification, check it, look at the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from archcalc.api.report import Report
from archcalc.diagnostics.model import Diagnostic
from archcalc.dims import Polynomial
from archcalc.expressions.given import Given, as_value
from archcalc.expressions.values import Value, Word
from archcalc.importing.formats import is_elsewhere, is_network_file
from archcalc.network import Network, Settings
from archcalc.program import OfProgram, Program
from archcalc.source import SourceFile, decode, from_data
from archcalc.spec.model import Spec
from archcalc.terminal import visible

if TYPE_CHECKING:
    from archcalc.api.sweeping import Sweep
    from archcalc.catalogue import Found
    from archcalc.draw.dot import Direction
    from archcalc.draw.picture import Picture
    from archcalc.repair import Repair
    from archcalc.sizes.legal import LegalSizes
    from archcalc.solve import Solutions
    from archcalc.verify import Verification


class Architecture(OfProgram):
    """A specification that was read: one network, or one of the variants of a file.

    Mistakes in the file do not raise; they are in `diagnostics` and in every report.

    >>> architecture = Architecture.from_text("input: [8]\\nlayers: [linear: 10]")
    >>> architecture.check().totals.parameters
    90
    """

    def __init__(self, program: Program) -> None:
        self.program = program

    @classmethod
    def from_text(cls, text: str, name: str = "<text>", variant: str | None = None) -> Architecture:
        """Read YAML or JSON text. Raises: LookupError for a variant that the text does not have."""
        return cls(Program.read(SourceFile(name, text), variant))

    @classmethod
    def from_bytes(cls, data: bytes, name: str, variant: str | None = None) -> Architecture:
        """Read the contents of a file, which may be anything."""
        file, problems = decode(name, data)
        if file is None:
            return cls(Program(SourceFile(name, ""), None, problems))
        return cls(Program.read(file, variant))

    @classmethod
    def from_source(cls, file: SourceFile) -> Architecture:
        """Read a decoded file."""
        return cls(Program.read(file))

    @property
    def text(self) -> str:
        """What the file says.

        >>> load("input: [1, 28, 28]\\nlayers: [flatten]").text
        'input: [1, 28, 28]\\nlayers: [flatten]'
        """
        return self.file.text

    @property
    def spec(self) -> Spec | None:
        """What the file says with the variant chosen; None if it is no spec at all."""
        return self.program.spec

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """What reading the file has found."""
        return list(self.program.mistakes)

    @property
    def variants(self) -> list[str]:
        """Names of the variants that the file defines."""
        return self.program.variants

    def formatted(self) -> str:
        """The text of the file as `archcalc fmt` lays it out: another layout, and the same networks and comments.

        Raises: ValueError for a text that cannot be read, or not be laid out without saying something else.

        >>> print(load("layers: [ relu ]\\ninput: [8]").formatted(), end="")
        input: [8]
        layers: [relu]
        """
        from archcalc.editing import Uneditable, with_line_ends
        from archcalc.formatting import formatted

        try:
            return with_line_ends(self.file, formatted(self.file))
        except Uneditable as error:
            raise ValueError(error.reason) from None

    def choose(self, variant: str | None) -> Architecture:
        """The same specification with a variant chosen; `""` is what it says beside its variants.

        Raises: LookupError if there is none of that name.
        """
        return self if variant is None else Architecture(self.program.choose(variant))

    def settable(self) -> list[str]:
        """Names that a check can give values to: symbols and lets, but no functions."""
        return self.program.settable

    def check(
        self,
        values: Mapping[str, Given] | None = None,
        /,
        *,
        symbolic: bool = False,
        **more: Given,
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
        return Report.of(self.program, Settings(_given(values, more), symbolic))

    def draw(
        self,
        values: Mapping[str, Given] | None = None,
        /,
        *,
        symbolic: bool = False,
        depth: int | None = None,
        direction: Direction = "down",
        fold: bool = True,
        aspect: str | None = None,
        dark: bool = False,
        **more: Given,
    ) -> Picture:
        """The network as a picture, as `check` finds it; `Report.draw` has the options, and draws one layer, too.

        Raises: as `check` and `Report.draw` do.

        >>> Architecture.from_text("input: [8]\\nlayers: [linear: 10]").draw()
        <Picture network: 3 boxes, 2 edges>
        """
        report = self.check(values, symbolic=symbolic, **more)
        return report.draw(depth=depth, direction=direction, fold=fold, aspect=aspect, dark=dark)

    def to_torch(self, values: Mapping[str, Given] | None = None, /, **more: Given) -> str:
        """The network as the text of a PyTorch module, as `archcalc export` writes it.

        Raises: ExportError (a ValueError with `diagnostics`) for a network with errors, or one that PyTorch cannot
        express; otherwise as `check` does.
        """
        text: str = self._source(_given(values, more)).text
        return text

    def build_torch(
        self,
        values: Mapping[str, Given] | None = None,
        /,
        *,
        run_modules: bool = False,
        **more: Given,
    ) -> Any:
        """The network as a `torch.nn.Module`, with fresh weights.

        Modules that `opaque` steps name are code of somebody else, which runs with `run_modules` only.

        Raises: ImportError if PyTorch is missing; ValueError if a symbol needs a value and has none; ExportError for
        modules that nobody has asked to run; otherwise as `to_torch` does.
        """
        from archcalc.export.memory import imported
        from archcalc.export.targets import ExportError, foreign

        given = _given(values, more)
        source = self._source(given)
        if source.authors and not run_modules:
            raise ExportError(self.name, [foreign(source.graph, "build_torch(run_modules=True)")])
        network = getattr(imported(source.text, source.class_name), source.class_name)
        symbols = {**self.check(given).symbols, **given}
        open_symbols = [symbol for symbol in source.arguments if not isinstance(symbols.get(symbol), int)]
        if open_symbols:
            raise ValueError(
                f"{self.name} needs a value for {', '.join(open_symbols)}: build_torch({open_symbols[0]}=...)"
            )
        return network(**{name: symbols[symbol] for symbol, name in source.arguments.items()})

    def _source(self, values: Mapping[str, Any]) -> Any:
        from archcalc.export.exporting import exported
        from archcalc.export.targets import ExportError

        source, diagnostics = exported(self.program, values)
        if source is None:
            raise ExportError(self.name, self.check(values).with_repairs(diagnostics))
        return source

    def legal_sizes(self, values: Mapping[str, Given] | None = None, /, **more: Given) -> LegalSizes:
        """The complete set of sizes at which the network is legal, for every symbol that gets no value here.

        Where weights depend on the sizes, as those of a linear layer behind `flatten` do, they are the sizes that go
        with the weights of `at`; `with_new_weights` has the others. A spec without symbols is asked about the height,
        the width, ... of its inputs.

        Where a layer cannot be at any size, there are none, and `never` says why.

        Raises: InvalidSpec, whose `diagnostics` are its mistakes, where the text is wrong; LookupError if there are
        variants and none was chosen.

        >>> print(load("unet:paper").legal_sizes())
        N = 12 (mod 16), N >= 188
        """
        from archcalc.sizes.question import certain_sizes

        return certain_sizes(self.program, _given(values, more))

    def solve(
        self,
        unknowns: str | Sequence[str],
        where: str | Sequence[str] = (),
        values: Mapping[str, Given] | None = None,
        /,
        **more: Given,
    ) -> Solutions:
        """The values of symbols and lets at which the network is legal and all conditions hold, as `archcalc solve`.

        Raises: WrongQuestion (a ValueError); LookupError if there are variants and none was chosen.

        >>> print(load("convolution:stride1").solve("padding", "size = size(input)"))
        padding = 1
        """
        from archcalc.solve import solve

        return solve(self.program, unknowns, where, _given(values, more))

    def sweep(
        self,
        axes: Mapping[str, Given] | Sequence[str],
        where: str | Sequence[str] = (),
        show: str | Sequence[str] = (),
        *,
        values: Mapping[str, Given] | None = None,
    ) -> Sweep:
        """The designs at all combinations of values of symbols and lets, evaluated exactly, as `archcalc sweep` does.

        `axes` are the values by name, or by a pattern such as `k??` for all names that it fits: a range, any values to
        go through, or texts as the command takes them. `where` are conditions as `solve` has them, `show` the
        quantities that are computed. Values for other names come as in a check.

        Raises: WrongQuestion (a ValueError); ImportError without NumPy; LookupError if there are variants and none was
        chosen.

        >>> space = load("resnet:resnet50").sweep({"H": range(128, 257, 32), "W": (224,)}, "multiplications <= 3.5G")
        >>> space.count(), [design.values["H"] for design in space]
        (DesignCount(points=5, legal=5, met=2, networks=5, met_networks=2), [128, 160])
        """
        from archcalc.api.sweeping import Sweep
        from archcalc.sweep.question import read

        return Sweep(read(self.program, axes, where, show, _given(values, {})))

    def repairs(self, values: Mapping[str, Given] | None = None, /, **more: Given) -> list[Repair]:
        """Changes of the text that repair the errors about sizes which a check at these values finds, best first.

        Raises: as `check` does.
        """
        from archcalc.repair import repairs

        return repairs(self.program, _given(values, more))

    def verify(
        self,
        values: Mapping[str, Given] | None = None,
        /,
        *,
        seconds: float | None = None,
        run_modules: bool = False,
        **more: int,
    ) -> Verification:
        """Export the network, run the code in PyTorch and compare every layer, as `archcalc verify`.

        `seconds` is the patience with one run of a network of ordinary size. Modules that `opaque` steps name are code
        of somebody else, which runs with `run_modules` only.

        Raises: as `check` does.
        """
        from archcalc.verify import SECONDS, verify

        given = _given(values, more)
        return verify(self.program, given, seconds=seconds or SECONDS, run_modules=run_modules)

    def unfold(
        self,
        values: Mapping[str, Given] | None = None,
        /,
        *,
        symbolic: bool = False,
        **more: Given,
    ) -> Network:
        """The network before it is judged: its graph with what its formulas know, for those that go on from there.

        Raises: LookupError if there are variants and none was chosen; InvalidSpec for a file that is no network.
        """
        return self.program.unfold(Settings(_given(values, more, Polynomial), symbolic))

    def _repr_html_(self) -> str:
        """In a notebook: the report of the one network, or all variants."""
        from archcalc.report.html import overview, text

        if self.variant is not None or not self.variants:
            return self.check()._repr_html_()
        source = f"<br><small>{text(self.spec.source)}</small>" if self.spec and self.spec.source else ""
        reports = [self.choose(variant).check() for variant in self.variants]
        return f'<div class="archcalc"><b>{text(self.name)}</b>{source}{overview(reports)}</div>'

    def __repr__(self) -> str:
        several = f", {len(self.variants)} variants" if self.variants and self.variant is None else ""
        wrong = sum(diagnostic.severity == "error" for diagnostic in self.diagnostics)
        errors = f", {wrong} error{'s' if wrong > 1 else ''}" if wrong else ""
        return visible(f"<Architecture {self.title} from {self.file.name}{several}{errors}>")


def _given(
    values: Mapping[str, Given] | None, more: Mapping[str, Given], *others: type[Polynomial]
) -> dict[str, Value]:
    """Values from outside, as the language has them, and values of `others` as they are. Raises: TypeError."""
    found: dict[str, Value] = {}
    for name, value in {**(values or {}), **more}.items():
        try:
            found[name] = value if isinstance(value, others) else as_value(value)
        except TypeError as error:
            what = "a whole number, a Fraction, True or False, a word, or a list of these"
            raise TypeError(f"the value of {name} is {what}, not {error}") from None
    return found


def load(source: str | PathLike[str] | Mapping[str, Any], variant: str | None = None) -> Architecture:
    """Read a specification: a path, a name of the catalogue, YAML or JSON text, or Python data.

    A path and a name may carry a variant: `specs/resnet.yaml:resnet152`, `resnet:resnet152`; with nothing behind the
    colon, or with `variant=""`, it is what the file says beside its variants. Text is recognised by its line breaks or
    braces. Python data may hold layers as objects: `{"input": [1, 32, 32], "layers": [Conv(out=6, kernel=5), Tanh()]}`.
    A file of ONNX, Keras or Caffe is read as the network that it is.

    Raises: FileNotFoundError (or another OSError) if there is neither such a file nor such a name; LookupError for an
    unknown variant; ImportFailure for a file of another tool that cannot be read; TypeError and ValueError for data
    that is no text, number, list or map, or contains itself.

    >>> load("resnet:resnet152").check().totals.parameters
    60192808
    """
    if isinstance(source, Mapping):
        return Architecture.from_source(from_data("<data>", _plain(source))).choose(variant)
    text = fspath(source)
    if isinstance(source, str) and is_spec(text):
        return Architecture.from_text(text, variant=variant)
    from archcalc.catalogue import find

    found = find(text)
    return of_found(found if variant is None else found._replace(variant=variant))


def of_found(found: Found, data: bytes | None = None) -> Architecture:
    """What a path or a name stands for: a spec, or a network of another tool, whose spec is then the text.

    `data` is what is in the file, where it was read already.

    Raises: OSError; ImportFailure for a network that cannot be read; LookupError for an unknown variant.
    """
    data = found.read() if data is None else data
    if found.path is not None and is_network_file(found.path, data):
        from archcalc.importing.files import imported_file

        # Its places are those of the spec, not of the file, whose name alone would say otherwise.
        return Architecture.from_text(imported_file(str(found.path)).text, f"{found.name} as a spec", found.variant)
    if found.path is not None and is_elsewhere(found.path, data):
        from archcalc.importing.files import unknown_format

        raise unknown_format(found.path)
    return Architecture.from_bytes(data, found.name, found.variant)


def is_meant(architecture: Architecture, data: bytes) -> bool:
    """Whether a file says that it is a spec. One that cannot be read does, where it names what a spec has."""
    if architecture.spec is not None:
        return architecture.spec.is_meant
    return b"layers" in data or b"variants" in data


def variants(architecture: Architecture) -> list[Architecture]:
    """All variants where none was chosen."""
    if architecture.variant is None and architecture.variants:
        return [architecture.choose(variant) for variant in architecture.variants]
    return [architecture]


def values_of(network: Architecture, values: Mapping[str, Value]) -> dict[str, Value]:
    """Among several networks, each takes the values of the names that it has."""
    known = network.settable()
    return {name: value for name, value in values.items() if name in known}


def is_spec(text: str) -> bool:
    """Whether a text is a specification itself and not the name of one."""
    return "\n" in text or ": " in text or text.lstrip().startswith("{") or not text.strip()


def _plain(value: Any, depth: int = 0) -> Any:
    """Python data with layers written as steps."""
    from archcalc.layers.base import Layer

    if depth > 200:
        raise ValueError("the data is nested too deeply, or contains itself")
    if isinstance(value, Layer):
        return _plain(value.as_step(), depth + 1)
    if isinstance(value, Mapping):
        return {key: _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, depth + 1) for item in value]
    return str(value) if isinstance(value, Word) else value
