"""The verification of one network: the layers at the sizes of the spec, a real run, and other sizes."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from importlib.util import find_spec
from math import prod
from typing import Any, Literal, NamedTuple

from archcalc.checking import Checked, check
from archcalc.diagnostics.codes import export as codes
from archcalc.diagnostics.folding import folded
from archcalc.diagnostics.model import Diagnostic
from archcalc.dims import Polynomial
from archcalc.export.targets import blocked, foreign, target
from archcalc.network import Settings
from archcalc.program import Program
from archcalc.tally import Counts, is_stated
from archcalc.terminal import Terminal, visible
from archcalc.verify.blocks import trials
from archcalc.verify.calls import expected, of_layers
from archcalc.verify.compare import Row, compare, differing_outputs, expected_sizes
from archcalc.verify.examples import integers_below
from archcalc.verify.held import fixed_numbers, other_numbers
from archcalc.verify.job import ExpectedCall, Failed, Ran, Request, Source, tensors_of
from archcalc.verify.legality import MUST_FAIL, may_run, must_fail
from archcalc.verify.parent import NoTorch, Runner
from archcalc.verify.sizes import Search, Trial, varied

BATCH = 2
"""Two items show whether the batch stays the batch."""
SECONDS = 60.0
LAYERS_PER_SECOND = 500
"""Larger networks get more time, as a slow machine would need it."""
MOST_PRODUCTS = 2_000_000_000
MOST_ACTIVATIONS = 50_000_000
MOST_PARAMETERS = 100_000_000
MOST_WORKING = 50_000_000
"""A network up to these sizes really runs, in some seconds and some hundred megabytes."""
MOST_COUNTED = 2**56
"""Numbers that PyTorch can tell the bytes of, whatever their type and for a batch of a few items."""

MISSING = "PyTorch is needed to verify, and it cannot be imported"
INSTALL = "install it: pip install 'archcalc[torch]'"


Verdict = Literal["ok", "not ok", "not decided"]


class Case(NamedTuple):
    """A run: at which sizes, of which sort, and how it ended. `ok` is None for a run that was left out or stopped."""

    sort: Literal["meta", "cpu", "block", "legal", "illegal", "other"]
    sizes: dict[str, int]
    ok: bool | None
    told: str


class Verification:
    """Everything that a verification has to say about one network. `ok` means that PyTorch agrees.

    >>> import archcalc
    >>> from archcalc.verify import verify
    >>> verify(archcalc.load("lenet").program)  # doctest: +SKIP
    <Verification LeNet-5: ok; 12 layers agree, 8 runs>
    """

    __slots__ = ("cases", "diagnostics", "report", "rows", "torch_version")

    def __init__(self, report: Checked) -> None:
        self.report = report
        self.rows: list[Row] = []
        self.cases: list[Case] = []
        self.diagnostics: list[Diagnostic] = []
        self.torch_version: str | None = None

    @property
    def verdict(self) -> Verdict:
        """Whether PyTorch agrees; a run that was stopped decides nothing."""
        if not self.cases or any(found.severity == "error" for found in self.diagnostics):
            return "not ok"
        return "not decided" if any(found.code is codes.NOT_DECIDED for found in self.diagnostics) else "ok"

    @property
    def ok(self) -> bool:
        """Whether nothing differs: no diagnostic is an error, and PyTorch ran all that it was asked to."""
        return self.verdict == "ok"

    @property
    def title(self) -> str:
        """Name and variant of the network."""
        return self.report.title

    @property
    def totals(self) -> tuple[Counts[int | None], Counts[int | None]]:
        """Totals of archcalc and of PyTorch."""
        here = Counts(*_totals(self.rows, "here"))
        return here, Counts(*_totals(self.rows, "torch"))

    def to_text(self, *, width: int = 80, depth: int | None = None, color: bool = False) -> str:
        """The table, the runs and the diagnostics, as `archcalc verify` prints them."""
        from archcalc.verify.text import full

        return full(self, Terminal(width, color), depth=depth)

    def to_json(self) -> dict[str, Any]:
        """The verification as JSON data, as `archcalc verify --format json` gives it for each network."""
        from archcalc.verify.json import network

        return network(self)

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        wrong = ", ".join(dict.fromkeys(found.code.id for found in self.diagnostics if found.severity == "error"))
        agreeing = sum(row.agrees for row in self.rows)
        runs = sum(case.ok is not None for case in self.cases)
        state = f"errors: {wrong}" if self.verdict == "not ok" else self.verdict
        return visible(f"<Verification {self.title}: {state}; {agreeing} layers agree, {runs} runs>")


def _totals(rows: list[Row], side: Literal["here", "torch"]) -> tuple[int | None, ...]:
    """Sums of a side; None where one of the numbers is not known."""
    columns = []
    for name in Counts._fields:
        values = [getattr(getattr(row, side), name) for row in rows]
        columns.append(None if any(value is None for value in values) else sum(values))
    return tuple(columns)


def has_torch() -> bool:
    """Whether PyTorch seems to be installed; it is not imported."""
    return find_spec("torch") is not None


def verify(
    program: Program,
    values: Mapping[str, Any] | None = None,
    *,
    source: Source | None = None,
    runner: Runner | None = None,
    seconds: float = SECONDS,
    run_modules: bool = False,
) -> Verification:
    """Export a network, run the code in PyTorch and compare parameters, shapes, multiplications and connections.

    `values` are those of a check; `source` is verified in place of a fresh export. A runner can be shared among
    networks: it loads PyTorch once. `seconds` is the processor time of one run of a network of ordinary size. Modules
    that `opaque` steps name are code of somebody else, which runs with `run_modules` only.

    Raises: LookupError if there are variants and none was chosen.
    """
    values = values or {}
    report = check(program, Settings(values))
    found = Verification(report)
    if not report.ok:
        # Most networks have no errors, and what repairs them takes a while to load.
        from archcalc.repair import explained, repairs

        found.diagnostics = [*explained(report, repairs(program, values)), blocked()]
        return found
    notes: list[Diagnostic] = []
    if source is None:
        source, notes = target("torch").load()(program, values)
        found.diagnostics = notes
        if source is None:
            return found
        if source.authors and not run_modules:
            found.diagnostics.append(foreign(source.graph, "--run-modules"))
            return found
    with ExitStack() as stack:
        try:
            if runner is None:
                if not has_torch():
                    raise NoTorch("there is no module torch")
                runner = stack.enter_context(Runner())
            _Verifying(program, values, source, found, runner, seconds).run()
        except NoTorch as error:
            found.cases.clear()
            found.diagnostics.append(torch_missing(str(error)))
    found.diagnostics = folded(found.diagnostics)
    return found


def torch_missing(reason: str) -> Diagnostic:
    """PyTorch cannot be imported, with the reason and the command that helps."""
    return Diagnostic(codes.TORCH_MISSING, MISSING, notes=(reason,), help=(INSTALL,))


class _Verifying:
    """One network and the process that runs it."""

    def __init__(
        self,
        program: Program,
        values: Mapping[str, Any],
        source: Source,
        found: Verification,
        runner: Runner,
        seconds: float,
    ) -> None:
        self.program = program
        self.values = values
        self.source = source
        self.found = found
        self.runner = runner
        self.given = seconds
        self.seconds = seconds + len(found.report.graph.nodes) / LAYERS_PER_SECOND
        self.path, self.module = runner.written(source.text)
        self.written = of_layers(source.graph)
        self.search = self._search()

    def _search(self) -> Search:
        report = self.found.report
        names = varied(report)
        names += [n for n, value in report.symbols.items() if isinstance(value, Polynomial) and n not in names]
        known = {name: value for name, value in report.symbols.items() if not isinstance(value, Polynomial)}
        given = {name: value for name, value in self.values.items() if name not in names}
        others = {name: value for name, value in known.items() if name not in names}
        stated = {name: int(known[name]) for name in names if name in known}
        return Search(self.program, given, {**given, **others}, stated, names, len(report.graph.nodes))

    def run(self) -> None:
        base = self._base()
        if base is None:
            return
        self.found.report = base.report
        if reason := _beyond(base.report):
            self._report(Diagnostic(codes.TOO_LARGE_TO_RUN, f"PyTorch cannot run this network: {reason}"))
            return
        ran = self._layers(base)
        self.found.torch_version = self.runner.torch_version
        if ran is None:
            return
        self.found.cases.append(self._real(base))
        self._blocks(base)
        self._others(base)

    def _base(self) -> Trial | None:
        """The network at the sizes of the spec, or at some that are legal, if the spec leaves them open."""
        symbols = self.found.report.symbols
        names = self.search.names
        if not any(isinstance(value, Polynomial) for value in symbols.values()):
            numbers = {name: value for name, value in symbols.items() if isinstance(value, int)}
            return Trial({name: numbers[name] for name in names}, self.found.report, ())
        base = self.search.first()
        if base is None or not base.report.complete:
            listed = ", ".join(name for name, value in symbols.items() if isinstance(value, Polynomial))
            message = f"no sizes were found at which the network is legal; it leaves {listed} open"
            self._report(
                Diagnostic(codes.NOT_EXPORTABLE, message, help=(f"give values, such as --set {names[0]}=...",))
            )
            return None
        return base

    def _report(self, diagnostic: Diagnostic) -> None:
        self.found.diagnostics.append(diagnostic)

    def _report_once(self, diagnostic: Diagnostic) -> None:
        """What differs at one size tends to differ at others; the table of runs has them all."""
        known = {(one.code, one.layer) for one in self.found.diagnostics}
        if (diagnostic.code, diagnostic.layer) not in known:
            self._report(diagnostic)

    def _request(self, at: Trial, device: Literal["meta", "cpu"] = "meta") -> Request:
        graph, symbols = at.report.graph, {**at.report.symbols, **at.sizes}
        shapes = [node.outputs[0].shape for node in graph.inputs]
        inputs = tuple(expected_sizes(shape, BATCH) for shape in shapes if shape is not None)
        # A let may be an argument, too: its value is then one that was set.
        values = {**self.values, **symbols}
        arguments = {name: values[symbol] for symbol, name in self.source.arguments.items() if symbol in values}
        calls: tuple[ExpectedCall, ...] = ()
        if device == "meta" and graph.is_complete:
            sizes = {name: value for name, value in symbols.items() if isinstance(value, int)}
            calls = expected(self.source.events, of_layers(graph), self.written, sizes, BATCH)
        integers = integers_below(graph)
        tensors = tuple(tensors_of(graph))
        numbers = fixed_numbers(graph) if device == "cpu" else {}
        return Request(
            self.path, self.module, self.source, arguments, inputs, device, calls, tensors, integers, numbers=numbers
        )

    def _layers(self, base: Trial) -> Ran | None:
        """All layers at the sizes of the spec, on shapes alone."""
        ran = self.runner.ask(self._request(base), self.seconds)
        if isinstance(ran, Failed):
            self.found.cases.append(self._failed("meta", ran, base.sizes))
            return None
        rows, differences = compare(base.report.graph, self.source, ran, BATCH)
        self.found.rows = rows
        self.found.diagnostics.extend(differences)
        outcome = f"every layer with a batch of {BATCH}, on shapes alone"
        if differences:
            outcome = differences[0].message
        self.found.cases.append(Case("meta", base.sizes, not differences, outcome))
        return ran

    def _real(self, base: Trial) -> Case:
        """The network on real numbers, if it is small enough."""
        reason = _too_large(base.report)
        if reason:
            return Case("cpu", base.sizes, None, reason)
        # A batch norm without running statistics takes no batch of 1.
        ran = self.runner.ask(self._request(base, "cpu"), self.seconds)
        if isinstance(ran, Failed) and ran.stage in ("time", "memory"):
            # It ran on shapes, so it is slow and not stuck: a small machine is no reason to refuse a network.
            return Case("cpu", base.sizes, None, ran.message)
        if isinstance(ran, Failed):
            self._report(self._does_not_run(ran, base.sizes, "on the processor"))
            return Case("cpu", base.sizes, False, ran.brief)
        differing = differing_outputs(base.report.graph, ran.outputs, BATCH)
        if differing:
            self._report(Diagnostic(codes.SHAPE_DIFFERS, f"on the processor: {differing}"))
        others = other_numbers(base.report.graph, ran.unlike)
        for one in others:
            self._report(one)
        outcome = differing or (others[0].message if others else "the network, with random numbers on the processor")
        return Case("cpu", base.sizes, not differing and not others, outcome)

    def _blocks(self, base: Trial) -> None:
        """Every class of a block at other arguments than the network calls; what differs is a run that fails."""
        network = self.program.unfold(Settings({**self.values, **base.sizes}))
        # What is stated of a step is stated of the calls that the network makes.
        computed = tuple([block for block in self.source.blocks if not any(map(_holds_stated, block.places))])
        for trial in trials(network, self.program.network_spec.rounding, computed):
            below = integers_below(trial.graph)
            inputs = trial.inputs(BATCH)
            request = Request(
                self.path,
                self.module,
                self.source,
                trial.plain,
                inputs,
                integers=below,
                lists=trial.lists,
                name=trial.block.name,
            )
            difference = trial.difference(self.runner.ask(request, self.seconds), BATCH)
            if difference is not None:
                self._report_once(difference)
                self.found.cases.append(Case("block", {}, False, difference.message))

    def _others(self, base: Trial) -> None:
        """Other sizes: the same network must come out where they are legal, and fail with archcalc's reasons."""
        if not base.sizes:
            return
        if any(found.code is codes.SIZES_FIXED for found in self.found.diagnostics):
            self.found.cases.append(Case("other", {}, None, "the exported code holds for these sizes only"))
            return
        legal, illegal = self.search.around(base.sizes)
        self.found.cases.extend(self._legal(one, base) for one in legal)
        self.found.cases.extend(self._illegal(one) for one in illegal)

    def _legal(self, one: Trial, base: Trial) -> Case:
        names = [node.name for node in base.report.graph.nodes]
        if [node.name for node in one.report.graph.nodes] != names:
            outcome = "the network has other layers there, and is another one to export"
            return Case("legal", one.sizes, None, outcome)
        ran = self.runner.ask(self._request(one), self.seconds)
        if isinstance(ran, Failed):
            return self._failed("legal", ran, one.sizes)
        _, differences = compare(one.report.graph, self.source, ran, BATCH)
        for difference in differences:
            self._report_once(difference._replace(message=f"for {_sizes_text(one.sizes)}: {difference.message}"))
        outcome = differences[0].message if differences else "runs, and every layer agrees"
        return Case("legal", one.sizes, not differences, outcome)

    def _illegal(self, one: Trial) -> Case:
        ran = self.runner.ask(self._request(one), self.seconds)
        reason = must_fail(one.errors, one.report.graph)
        ids = ", ".join(dict.fromkeys(found.code.id for found in one.errors))
        if isinstance(ran, Failed):
            if ran.stage in ("time", "memory", "process", "import"):
                return self._failed("illegal", ran, one.sizes)
            return Case("illegal", one.sizes, True, f"{ids}, and PyTorch refuses: {ran.brief}")
        if reason is None:
            return Case("illegal", one.sizes, True, f"{ids}; {may_run(one.errors)}")
        message = f"for {_sizes_text(one.sizes)} PyTorch runs, and archcalc finds: {reason.message}"
        notes = (f"{reason.code.id}: {MUST_FAIL[reason.code]}",)
        self._report_once(Diagnostic(codes.RUNS_THOUGH_ILLEGAL, message, reason.span, notes=notes, layer=reason.layer))
        return Case("illegal", one.sizes, False, f"{ids}, but PyTorch runs")

    def _failed(self, sort: Literal["meta", "legal", "illegal"], failed: Failed, sizes: dict[str, int]) -> Case:
        """A run without a result, which is reported: an error, or a run that was stopped and decides nothing."""
        if failed.stage == "time":
            at = f" for {_sizes_text(sizes)}" if sizes else ""
            self._report_once(
                Diagnostic(
                    codes.NOT_DECIDED,
                    f"the run{at} does not come to an end: {failed.message}",
                    help=(f"give it more time: --timeout {10 * self.given:g}",),
                )
            )
            return Case(sort, sizes, None, failed.message)
        self._report_once(self._does_not_run(failed, sizes))
        return Case(sort, sizes, False, failed.brief)

    def _does_not_run(self, failed: Failed, sizes: dict[str, int], how: str = "") -> Diagnostic:
        what = {
            "import": "the generated module cannot be imported",
            "build": "the network cannot be built",
            "forward": "the forward pass fails",
            "memory": "the network needs more memory than a run may have",
            "process": "the process that ran the network is lost",
        }[failed.stage]
        at = "".join([f" {how}" if how else "", f" for {_sizes_text(sizes)}" if sizes else ""])
        notes = []
        lines = self.source.text.splitlines()
        if failed.line is not None and 1 <= failed.line <= len(lines):
            notes.append(f"line {failed.line} of the generated module: {lines[failed.line - 1].strip()}")
        more = failed.message.strip().partition("\n")[2]
        if more:
            notes.append(more)
        opaque = [node.name for node in self.found.report.graph.nodes if is_stated(node)]
        if opaque and sizes:
            notes.append(f"that the sizes are legal rests on what is stated of {opaque[0]}, which is opaque")
        return Diagnostic(codes.DOES_NOT_RUN, f"{what}{at}: {failed.summary}", notes=tuple(notes))


def _holds_stated(place: Any) -> bool:
    """Whether a call of a block has an opaque step in it."""
    return any(is_stated(leaf.node) for leaf in place.leaves())


def _sizes_text(sizes: Mapping[str, int]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in sizes.items())


def _too_large(report: Checked) -> str:
    """Why a network is not run on the processor; nothing if it is."""
    totals = _numbers(report)
    for count, most, what in (
        (totals.multiplications, MOST_PRODUCTS, "multiplications"),
        (sum(_written(report)), MOST_ACTIVATIONS, "activations"),
        (totals.parameters + totals.frozen + totals.buffers, MOST_PARAMETERS, "parameters"),
        (max(_working(report), default=0), MOST_WORKING, "numbers of working memory"),
    ):
        if count > most:
            return f"{count:,} {what} are more than {most:,}"
    return ""


def _beyond(report: Checked) -> str:
    """Why PyTorch cannot even follow the shapes of a network: it counts with 64 bits."""
    if not report.complete:
        return ""
    totals = _numbers(report)
    counts = {
        "in a map": max(_written(report)),
        "of working memory for a layer": max(_working(report), default=0),
        "learned or kept": totals.parameters + totals.frozen + totals.buffers,
    }
    beyond = {what: count for what, count in counts.items() if count > MOST_COUNTED}
    return next((f"{count:,} numbers {what} are more than {MOST_COUNTED:,}" for what, count in beyond.items()), "")


def _numbers(report: Checked) -> Counts[int]:
    numbers = [count for count in report.totals if isinstance(count, int)]
    assert len(numbers) == len(report.totals), "what runs has no errors, and no symbols without a value"
    return Counts(*numbers)


def _written(report: Checked) -> list[int]:
    """The numbers in every map, for one item of the batch."""
    nodes = [*report.graph.inputs, *report.graph.nodes]
    shapes = [value.shape for node in nodes for value in node.outputs]
    return [prod(expected_sizes(shape, 1)) for shape in shapes if shape is not None]


def _working(report: Checked) -> list[int]:
    """The numbers that every layer holds besides, for one item of the batch."""
    found = []
    for node in report.graph.nodes:
        if node.layer is None:
            continue
        inputs = [value.shape for value in node.layer.flowing(node.inputs) if value.shape is not None]
        outputs = [value.shape for value in node.outputs if value.shape is not None]
        numbers = node.layer.working(inputs, outputs)
        assert isinstance(numbers, int), "what runs has no symbols without a value"
        found.append(numbers)
    return found
