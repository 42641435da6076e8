"""The result of a check: layers, totals, outputs, verdicts and diagnostics of one network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, overload

from archcalc.checking import Checked, check
from archcalc.diagnostics import closest
from archcalc.diagnostics.model import Diagnostic, errors
from archcalc.dims.figures import grouped
from archcalc.expectations import Verdict
from archcalc.graph import Module, scopes
from archcalc.network import Settings
from archcalc.program import InvalidSpec, Program
from archcalc.terminal import Terminal, visible

if TYPE_CHECKING:
    from archcalc.closed_forms import ClosedForm
    from archcalc.comparison.difference import Difference
    from archcalc.demands import Demands
    from archcalc.derivations import Derivation
    from archcalc.draw.dot import Direction
    from archcalc.draw.model import Diagram
    from archcalc.draw.picture import Picture
    from archcalc.page.page import Page
    from archcalc.reconciliation import Account
    from archcalc.repair import Repair
    from archcalc.report.columns import Column
    from archcalc.report.forms import ClosedForms
    from archcalc.report.layers import LayerReport, ScopeReport
    from archcalc.report.memory import MemoryReport
    from archcalc.report.scopes import ScopeDerivation
    from archcalc.roofline import Roofline
    from archcalc.tally import Count
    from archcalc.volumes.picture import VolumePicture


class Verdicts(list[Verdict]):
    """What became of the claims about a network; a table in a notebook."""

    def _repr_html_(self) -> str:
        from archcalc.report.html import verdicts

        return verdicts(self)


class Report(Checked):
    """Everything a check has to say about one network. `ok` means that no diagnostic is an error.

    >>> import archcalc
    >>> report = archcalc.load("input: [1, 32, 32]\\nlayers:\\n  - conv: [6, 5]\\n  - tanh\\n").check()
    >>> report.ok, report.totals.parameters, report.outputs
    (True, 156, {'output': (6, 28, 28)})
    >>> report["0"].multiplications
    117600
    """

    @classmethod
    def of(cls, program: Program, settings: Settings, demands: Demands | None = None) -> Report:
        """What a check of a network finds, with everything that can be asked about it."""
        found = check(program, settings, demands)
        return cls(program, settings, found.network, Verdicts(found.verdicts), found.diagnostics, found.demands)

    def __reduce__(self) -> tuple[Any, ...]:
        return Report.of, (self.program, self.settings, self.demands)

    @cached_property
    def layers(self) -> list[LayerReport]:
        """All layers, each behind what it reads."""
        # A check on the command line gets by without.
        from archcalc.report.layers import layers

        return layers(self)

    @cached_property
    def repairs(self) -> list[Repair]:
        """Changes that repair the errors, best first; each was written into the text, read and checked again.

        >>> import archcalc
        >>> report = archcalc.load("input: [1, 7, 7]\\nlayers: [conv: {out: 1, kernel: 3, stride: 3}]").check()
        >>> report.repairs[0].title, report.repairs[0].legal
        ('padding: 1 on conv 0', <LegalSizes H = 1 (mod 3); W = 1 (mod 3)>)
        """
        if self.ok or self.settings.symbolic:
            return []
        from archcalc.repair import repairs

        return repairs(self.program, self.settings.overrides, self)

    def count(self, convention: str) -> Count:
        """The operations as a tool or a paper counts them: `fvcore`, `thop-0.1.1`, or a file of one's own.

        None where an error keeps them unknown. Raises: NoConvention, NoCount, OSError.

        >>> import archcalc
        >>> report = archcalc.load("resnet:resnet50").check()
        >>> report.totals.multiplications, report.count("fvcore"), report.count("thop")
        (4089184256, 4111512576, 4133742592)
        """
        from archcalc.conventions import find, total

        chosen = find(convention)
        return total(chosen, self.graph.nodes) if self.complete else None

    def reconcile(self, observed: str | int | None = None, *conventions: str) -> Account:
        """What tools and papers count, taken apart, and who counts a number that was `observed`, such as `4.13G`.

        By the conventions that are named, which may be files of one's own; without, by all.

        Raises: InvalidSpec for a network with errors; NoConvention, NoCount, OSError, NoFigure.
        """
        from archcalc.reconciliation import account

        if not self.complete:
            raise InvalidSpec(f"{self.name} has no counts because of its errors", errors(self.diagnostics))
        return account(self, observed, conventions)

    def memory(
        self,
        batch: int = 1,
        training: str | None = None,
        dtype: str = "float32",
        *,
        in_place: bool = False,
        checkpoints: Sequence[str] = (),
    ) -> MemoryReport:
        """What the network takes, in bytes: for so many items at a time, in inference or trained with an optimizer.

        `dtype` is `mixed` or one type for all numbers; `checkpoints` are names or patterns of scopes of whose inside
        nothing is kept.

        Raises: InvalidSpec for a network with errors; NoOptimizer, NoPrecision; LookupError for a scope that is none;
        ValueError for a batch below 1.

        >>> import archcalc
        >>> report = archcalc.load("resnet:resnet50").check()
        >>> report.memory(32, "adam").peak, report.memory(32, "adam").largest_batch(24 * 2**30)
        (3095471532, 293)
        """
        from archcalc.expectations.target import NoTarget, targets
        from archcalc.memory import Plan
        from archcalc.report.memory import MemoryReport

        if not self.complete:
            raise InvalidSpec(f"{self.name} has no memory because of its errors", errors(self.diagnostics))
        try:
            names = tuple([one.name for one in targets(self.graph, tuple(checkpoints))]) if checkpoints else ()
        except NoTarget as error:
            raise LookupError(": ".join(filter(None, (error.message, error.help)))) from None
        return MemoryReport(self.graph, Plan.of(batch, training, dtype, in_place=in_place, checkpoints=names))

    def roofline(
        self,
        hardware: str,
        *,
        dtype: str | None = None,
        batch: int = 1,
        tensors: str | None = None,
        fused: bool = False,
    ) -> Roofline:
        """How long a device needs at its peaks, layer by layer, and whether arithmetic or memory is the limit.

        `hardware` is a name such as `a100`, or a file of one's own. The numbers are of a `dtype`, by default `float32`
        where the device computes with it; `tensors` may be of another one, such as `int4`. `fused` merges layers that
        write one number at a time, such as activations, into those in front, as compilers do.

        Raises: InvalidSpec for a network with errors; NoEstimate where symbols have no value; NoHardware, NoDtype,
        NoPeak, OSError; ValueError for a batch of less than 1.

        >>> import archcalc
        >>> found = archcalc.load("lenet:lecture").check().roofline("a100", dtype="float16")
        >>> found.bound, found.work.flops, found.work.bytes
        ('memory', 839548, 183848)
        """
        from archcalc.hardware import find
        from archcalc.roofline import roofline

        if not self.complete:
            raise InvalidSpec(f"{self.name} has no estimate because of its errors", errors(self.diagnostics))
        return roofline(self, find(hardware), dtype, batch, tensors, fused=fused)

    @property
    def explained(self) -> list[Diagnostic]:
        """The diagnostics, those that can be repaired with the repairs as their help."""
        from archcalc.report.explaining import explained

        return explained(self, self.repairs)

    def with_repairs(self, others: Iterable[Diagnostic]) -> list[Diagnostic]:
        """Diagnostics of something else that was made of the network: its own errors with their repairs as help."""
        from archcalc.report.explaining import with_repairs

        return with_repairs(self, self.repairs, others)

    @cached_property
    def _by_name(self) -> dict[str, LayerReport]:
        return {layer.name: layer for layer in self.layers}

    @cached_property
    def _scopes(self) -> dict[str, Module]:
        return scopes(self.graph)

    def __getitem__(self, name: str | int) -> LayerReport | ScopeReport:
        """The layer or the scope of a name; a number is a name, as in the table. Raises: KeyError.

        >>> import archcalc
        >>> archcalc.load("input: [1, 32, 32]\\nlayers: [conv: [6, 5], tanh]").check()[0].parameters
        156
        """
        from archcalc.report.layers import scope

        key = _key(name)
        if key in self._by_name:
            return self._by_name[key]
        if key in self._scopes:
            return scope(self, self._scopes[key], self.layers)
        raise KeyError(_missing(name, [*self._by_name, *self._scopes]))

    def _ipython_key_completions_(self) -> list[str]:
        """What a notebook offers behind `report[`."""
        return [*self._by_name, *self._scopes]

    def __contains__(self, name: object) -> bool:
        """Whether there is a layer or a scope of this name."""
        return _key(name) in self._by_name or _key(name) in self._scopes

    def __bool__(self) -> bool:
        """A report is always something; ask `ok` for its verdict."""
        return True

    def __iter__(self) -> Iterator[LayerReport]:
        return iter(self.layers)

    def __len__(self) -> int:
        return len(self.graph.nodes)

    def explain(self, name: str | int | None = None) -> Derivation | ScopeDerivation:
        """How the sizes and counts of a layer come about, or of all layers of a scope or the network; it shows itself.

        Raises: KeyError.
        """
        from archcalc.report.scopes import derivations_of_network

        if name is None:
            return derivations_of_network(self.graph, self.title, self.file)
        return self[name].derivation

    def closed_forms(self, name: str | int | None = None) -> ClosedForms:
        """Output sizes and counts of the network, of a layer or of a scope, for all sizes that symbols stand for.

        They are in the symbols of the spec also if the check gave these values.

        Raises: KeyError.

        >>> import archcalc
        >>> print(archcalc.load("unet:paper").check().closed_forms("enc1"))
        parameters       37568
        multiplications  37440*N**2 - 297216*N + 592128
        activations      256*N**2 - 1536*N + 2560
        output           64×(N - 4)×(N - 4)
        """
        from archcalc.report.forms import of_layer, of_network, of_scope

        graph = self.free_graph
        if name is None:
            return of_network(graph)
        layers, found, key = {node.name: node for node in graph.nodes}, scopes(graph), _key(name)
        if key in layers:
            return of_layer(layers[key])
        if key in found:
            return of_scope(graph, found[key])
        raise KeyError(_missing(name, [*layers, *found]))

    @property
    def parameters(self) -> ClosedForm | None:
        """Trainable parameters as a closed form; `totals` has them at the sizes of the check."""
        return self.closed_forms().parameters

    @property
    def buffers(self) -> ClosedForm | None:
        """Numbers that are stored and not trained, as a closed form."""
        return self.closed_forms().buffers

    @property
    def multiplications(self) -> ClosedForm | None:
        """Multiplications for one input as a closed form; `totals` has them at the sizes of the check.

        >>> import archcalc
        >>> unet = archcalc.load("unet:paper").check()
        >>> print(unet.multiplications)
        733888*N**2 - 181895424*N + 14356195584
        >>> unet.multiplications.at(N=572) == unet.totals.multiplications
        True
        """
        return self.closed_forms().multiplications

    @property
    def activations(self) -> ClosedForm | None:
        """The numbers that layers write for one input, as a closed form: the elements of all outputs but views."""
        return self.closed_forms().activations

    @property
    def output_sizes(self) -> dict[str, tuple[ClosedForm, ...] | None]:
        """Output shapes by name, as closed forms; `outputs` has them at the sizes of the check."""
        return self.closed_forms().output_sizes

    def to_text(
        self,
        *,
        width: int = 80,
        depth: int | None = None,
        color: bool = False,
        receptive_field: bool = False,
        columns: Sequence[str] | None = None,
        fold: bool = True,
    ) -> str:
        """The table, the verdicts and the diagnostics, as `archcalc check` prints them.

        `columns` are those of the table, as `--columns` takes them; with `receptive_field`, it has those of
        `--receptive-field`. Without `fold`, every layer has a row of its own.

        Raises: ValueError for a column that there is not.
        """
        from archcalc.report.columns import WITH_FIELDS
        from archcalc.report.text import full

        shown = WITH_FIELDS if receptive_field and columns is None else _columns(columns)
        return full(self, Terminal(width, color), repairs=self.repairs, depth=depth, columns=shown, fold=fold)

    def to_markdown(self, *, columns: Sequence[str] | None = None, depth: int | None = None, fold: bool = True) -> str:
        """The table of layers for a README, as `archcalc check --format markdown`. Raises: as `to_text` does.

        >>> import archcalc
        >>> report = archcalc.load("input: [8]\\nlayers: [linear: 4]").check()
        >>> print(report.to_markdown(columns=["output", "parameters"]))
        | layer | output | parameters |
        | :-- | :-- | --: |
        | 0 | 4 | 36 |
        | **total** |  | **36** |
        """
        return self._written("markdown", columns, depth, fold=fold)

    def to_latex(self, *, columns: Sequence[str] | None = None, depth: int | None = None, fold: bool = True) -> str:
        """The table of layers for a paper, with the rules of booktabs, as `archcalc check --format latex`.

        Raises: as `to_text` does.
        """
        return self._written("latex", columns, depth, fold=fold)

    def to_csv(self, *, columns: Sequence[str] | None = None) -> str:
        """The table of layers for a spreadsheet, a line for every layer, as `archcalc check --format csv`.

        Raises: as `to_text` does.

        >>> import archcalc
        >>> print(archcalc.load("input: [8]\\nlayers: [linear: 4]").check().to_csv(columns=["kind", "memory"]))
        layer,kind,memory
        0,linear,160
        """
        from archcalc.report.markup import comma_separated
        from archcalc.report.sheets import of_every_layer

        return comma_separated(of_every_layer(self, _columns(columns)))

    def _written(self, format: str, columns: Sequence[str] | None, depth: int | None, *, fold: bool) -> str:
        from archcalc.report.markup import WRITERS
        from archcalc.report.sheets import of_layers

        return WRITERS[format](of_layers(self, _columns(columns), depth, fold=fold))

    def to_json(self, *, receptive_field: bool = False, repairs: bool = True) -> dict[str, Any]:
        """The report as JSON data, as `archcalc check --format json` gives it for each network.

        With `receptive_field`, each layer says what it sees, and `misaligned` lists the merges of maps with different
        centres.
        Without `repairs`, whose search takes time, none are searched, and `repairs` is None where there are errors.
        """
        from archcalc.report.json import network

        return network(self, repairs=self.repairs if repairs else None, receptive_field=receptive_field)

    def diff(self, after: Report) -> Difference:
        """What differs between this network and another one, which comes after it; `archcalc.diff` takes names, too.

        >>> import archcalc
        >>> net = archcalc.load("input: [1, N, N]\\nlayers: [conv: [6, k], relu]\\nat: {N: 32}\\nlet: {k: 5}")
        >>> print(net.check().diff(net.check(k=3))["parameters"])
        AmountChange(quantity='parameters', before=156, after=60)
        """
        from archcalc.comparison.difference import Difference

        return Difference(self, after)

    @overload
    def draw(
        self,
        layer: str | None = None,
        /,
        *,
        style: Literal["graph"] = "graph",
        depth: int | None = None,
        aspect: str | None = None,
        dark: bool = False,
        direction: Direction = "down",
        fold: bool = True,
    ) -> Picture: ...

    @overload
    def draw(
        self,
        layer: str | None = None,
        /,
        *,
        style: Literal["volumes"],
        depth: int | None = None,
        aspect: str | None = None,
        dark: bool = False,
        width: int | None = None,
        title: str | None = None,
        caption: str | None = None,
    ) -> VolumePicture: ...

    def draw(
        self,
        layer: str | None = None,
        /,
        *,
        style: Literal["graph", "volumes"] = "graph",
        depth: int | None = None,
        aspect: str | None = None,
        dark: bool = False,
        direction: Direction | None = None,
        fold: bool | None = None,
        width: int | None = None,
        title: str | None = None,
        caption: str | None = None,
    ) -> Picture | VolumePicture:
        """The network as a graph of boxes, or as `volumes`: as papers draw it. A notebook shows it, `save` writes it.

        Of a `layer`, group or block, given by its full name or the name of the block, only that is drawn. `depth` is
        how many levels of scopes are unfolded; without it, as many as stay readable. With an `aspect` such as "16:9"
        the picture has this shape, goes on in columns or rows, and is unfolded as far as it can be read on a slide.

        A graph grows in a `direction` (`down`, or `right`); with `fold=False`, every layer is a box of its own. Volumes
        have a `width` in pixels, a `title`, and a `caption` below them in the place of the counts.

        Raises: ValueError for a depth at which there are too many boxes, among other wrong arguments; LookupError if
        the network has no such layer; TypeError for a wish that the style has not.
        """
        of_graph = {"direction": direction, "fold": fold}
        of_volumes = {"width": width, "title": title, "caption": caption}
        if style not in ("graph", "volumes"):
            raise ValueError(f"there is no style {style!r}; pictures are drawn as graph or as volumes")
        others = of_volumes if style == "graph" else of_graph
        if wrong := [name for name, value in others.items() if value is not None]:
            raise TypeError(f"a picture as {style} has no {wrong[0]!r}")
        if style == "volumes":
            from archcalc.volumes.picture import Wishes, picture

            return picture(self, Wishes(layer, depth, aspect, dark, width, title, caption))
        from archcalc.draw.build import diagram
        from archcalc.draw.picture import graph_picture

        def drawn(depth: int | None) -> Diagram:
            return diagram(self, depth, layer=layer, folds=fold is not False)

        return graph_picture(drawn, depth, direction or "down", aspect=aspect, dark=dark)

    def page(self) -> Page:
        """The network as one HTML file that computes at other sizes, too, as `archcalc report` writes it.

        >>> import archcalc
        >>> page = archcalc.load("unet:paper").check().page()
        >>> page.data["symbols"], page.html.startswith("<!doctype html>")
        ({'N': 572}, True)
        """
        from archcalc.page.page import Page

        return Page(self, self.explained)

    def _repr_html_(self) -> str:
        from archcalc.report.html import fragment

        return fragment(self, self.repairs)

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        state = (
            "ok"
            if self.ok
            else "errors: "
            + ", ".join(dict.fromkeys(found.code.id for found in self.diagnostics if found.severity == "error"))
        )
        totals, size = self.totals, f"{len(self)} layer{'' if len(self) == 1 else 's'}"
        if self.complete:
            size += f", {grouped(totals.parameters)} parameters, {grouped(totals.multiplications)} multiplications"
        return visible(f"<Report {self.title}: {state}; {size}>")


def _columns(names: Sequence[str] | None) -> tuple[Column, ...]:
    from archcalc.report.columns import DEFAULT, chosen

    return DEFAULT if names is None else chosen(names)


def _key(name: object) -> str:
    """A name as the table has it. What is neither a text nor a number is none."""
    return name if isinstance(name, str) else str(name) if type(name) is int else ""


def _missing(name: str | int, known: Iterable[str]) -> str:
    if isinstance(name, int):
        return f"there is no layer called {name}; `report.layers[{name}]` goes by their order"
    near = closest(name, known)
    return f"there is no layer {name!r}" + (f"; did you mean {near!r}?" if near else "")
