"""A check: the sizes and counts of one network at some settings, and everything that there is to say about it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from archcalc.collector import paused
from archcalc.diagnostics.codes.language import UNUSED_NAME
from archcalc.diagnostics.codes.meaning import SUSPICIONS
from archcalc.diagnostics.folding import folded
from archcalc.diagnostics.model import Diagnostic
from archcalc.dims import Dim, Number, is_known
from archcalc.expectations import Verdict, judge
from archcalc.expressions.limits import with_room
from archcalc.expressions.values import Value
from archcalc.graph import Graph, Map
from archcalc.layers.site import Requirement
from archcalc.network import DEFAULT, Network, Settings
from archcalc.program import InvalidSpec, OfProgram, Program, distinct_errors
from archcalc.receptive import Misalignment, ReceptiveField, ReceptiveFields
from archcalc.silence import Silence
from archcalc.sizes.legal import LegalSizes
from archcalc.sizes.legality_note import legality_note
from archcalc.sizes.question import certain_sizes, legal_sizes, question
from archcalc.spec.unused import told_otherwise
from archcalc.suspicions import suspected
from archcalc.tally import UNKNOWN, Count, Counts, tally

if TYPE_CHECKING:
    from archcalc.demands import Demands

Sizes = tuple[Dim, ...]
KnownSizes = tuple[Dim | None, ...]
"""Sizes of which an error keeps some unknown."""


@dataclass(frozen=True, eq=False, repr=False)
class Checked(OfProgram):
    """What a check has found about one network. `ok` means that no diagnostic is an error.

    A check at the same settings of the same text finds the same: then two of them are equal.
    """

    program: Program
    settings: Settings
    network: Network | None
    """None for a file that is not even a network."""
    verdicts: Sequence[Verdict]
    diagnostics: list[Diagnostic]
    demands: Demands | None = None
    """What the project asks of the network; None for nothing."""

    @property
    def source(self) -> str | None:
        """Where the network comes from, as the spec says."""
        return self.program.document.source if self.program.document is not None else None

    @property
    def ok(self) -> bool:
        """Whether no diagnostic is an error."""
        return not any(diagnostic.severity == "error" for diagnostic in self.diagnostics)

    @property
    def suspicions(self) -> list[Diagnostic]:
        """The warnings that the spec is likely to mean another network than it says.

        >>> import archcalc
        >>> archcalc.load("input: [224, 224, 3]\\nlayers: [conv: [64, 3]]").check().suspicions
        [<warning[AC323] at 1:8: the channels come first, and this looks like an image of 224×224 with 3 channels>]
        """
        ids = {code.id for code in SUSPICIONS}
        return [diagnostic for diagnostic in self.diagnostics if diagnostic.code.id in ids]

    @cached_property
    def graph(self) -> Graph:
        """The unfolded layers with their wiring; empty for a file that is not even a network."""
        return self.network.graph if self.network is not None else Graph()

    @property
    def symbols(self) -> dict[str, Number]:
        """The symbols of the spec with their values: a number, or the symbol itself."""
        return self.network.symbols if self.network is not None else {}

    @property
    def complete(self) -> bool:
        """Whether every shape is known, so that the totals are those of the whole network."""
        return self.graph.is_complete

    @property
    def inputs(self) -> dict[str, KnownSizes | None]:
        """Input shapes by name."""
        return {node.label: known_sizes(node.outputs[0]) for node in self.graph.inputs}

    @property
    def outputs(self) -> dict[str, KnownSizes | None]:
        """Output shapes by name; a network without declared outputs has one, `output`. What is unknown is None."""
        return {name: known_sizes(value) for name, value in self.graph.outputs.items()}

    @cached_property
    def totals(self) -> Counts[Count]:
        """Counts of the network: trainable and frozen parameters, buffers, multiplications."""
        return Counts(*tally(self.graph.nodes)) if self.complete else UNKNOWN

    @property
    def conditions(self) -> list[tuple[str, Requirement]]:
        """Conditions on symbols under which the network is legal, with the layers that ask for them; each once."""
        found: dict[Any, tuple[str, Requirement]] = {}
        for requirement in self.network.requirements if self.network is not None else ():
            found.setdefault(requirement.condition, ("input", requirement.written))
        for node in self.graph.nodes:
            for requirement in node.facts.requirements if node.facts else ():
                if requirement.condition not in found:
                    found[requirement.condition] = (node.name, requirement.written)
        return list(found.values())

    @cached_property
    def receptive(self) -> ReceptiveFields:
        """What the positions of all maps see of the input."""
        return ReceptiveFields(self.graph)

    @property
    def receptive_fields(self) -> dict[str, ReceptiveField]:
        """What the positions of a layer see of the input, for all layers that have such a field: size, jump, centre.

        >>> import archcalc
        >>> report = archcalc.load("input: [1, 32, 32]\\nlayers: [conv: [6, 5], max_pool: 2]\\n").check()
        >>> field = report.receptive_fields["1"]
        >>> field.size, field.jump, field.centre
        ((6, 6), (2, 2), (Fraction(5, 2), Fraction(5, 2)))
        """
        return self.receptive.by_name()

    @property
    def misaligned(self) -> list[Misalignment]:
        """The merges that join maps with centres in different places of the input, in the order of computation.

        >>> import archcalc
        >>> spec = "input: [1, 8]\\nlayers: [concat: [here, [pad: [[1, 0]], {avg_pool: [2, 1], as: mean}]]]\\n"
        >>> [(merge.branches, merge.apart) for merge in archcalc.load(spec).check().misaligned]
        [(('input', 'mean'), (Fraction(1, 2),))]
        """
        return self.receptive.misaligned

    @property
    def legal_sizes(self) -> LegalSizes:
        """The complete set of sizes at which the network is legal, with the layers that ask for them.

        All symbols are free again; lets keep the values that the check gave them.

        Raises: InvalidSpec, whose `diagnostics` are its mistakes, where the text is wrong.

        >>> import archcalc
        >>> archcalc.load("unet:paper").check().legal_sizes
        <LegalSizes N = 12 (mod 16), N >= 188>
        """
        if self.network is None:
            raise InvalidSpec(f"{self.name} is not a network", distinct_errors(self.diagnostics))
        if self.network.is_given_up:
            # With symbols it would take longer still.
            raise InvalidSpec(f"{self.name} has more in it than is unfolded", distinct_errors(self.diagnostics))
        return certain_sizes(self.program, *_question(self.settings, self.network))

    @cached_property
    def free_graph(self) -> Graph:
        """The graph with symbols that have no values, as far as its form does not depend on them."""
        if self.network is None:
            return self.graph
        free = question(self.program, *_question(self.settings, self.network)).network
        # Sizes that the spec gives as numbers stay numbers here.
        return self.graph if free.freed else free.graph

    @property
    def _identity(self) -> tuple[Program, Hashable, Demands | None]:
        return self.program, self.settings.key, self.demands

    def __eq__(self, other: object) -> bool:
        return self._identity == other._identity if isinstance(other, Checked) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._identity)

    def __reduce__(self) -> tuple[Any, ...]:
        # Another process checks again, which takes less than all that a check has made.
        return check, (self.program, self.settings, self.demands)


def check(program: Program, settings: Settings = DEFAULT, demands: Demands | None = None) -> Checked:
    """Shapes, fractions, counts and expectations of a network; the mistakes of a file that is none.

    `demands` are those of its project: which findings are told, and the budgets that it has to keep.

    Raises: LookupError if there are variants and none was chosen.
    """
    if not program.is_network:
        told = _told(_silence(program).kept(program.mistakes), demands)
        return Checked(program, settings, None, (), folded(told), demands)
    return with_room(lambda: _checked(program, settings, demands))


@paused()
def _checked(program: Program, settings: Settings, demands: Demands | None) -> Checked:
    network = program.unfold(settings)
    verdicts, judged = judge(program, settings)
    if demands is not None and demands.budgets:
        from archcalc.expectations.budgets import judge_budgets

        kept, missed = judge_budgets(program, settings, demands.budgets)
        verdicts, judged = [*verdicts, *kept], [*judged, *missed]
    silence = _silence(program)
    warnings, others = suspected(program, settings, network, silence)
    explained = told_otherwise(program.mistakes, program.network_spec.lets.values(), others)
    mistakes = [one for one in program.mistakes if one.code is not UNUSED_NAME or one.span not in explained]
    found = [*warnings, *silence.kept([*mistakes, *others, *judged])]
    if settings == DEFAULT and not program.variants and not any(one.severity == "error" for one in found):
        # Of a layer behind an error, at other sizes or in another variant, something may well be silenced.
        found += silence.unused(found)
    told = _told(found, demands)
    checked = Checked(program, settings, network, tuple(verdicts), folded(told), demands)
    if not checked.complete or not checked.conditions:
        return checked
    legal = legal_sizes(program, *_question(settings, network))
    if legal.is_everything:
        return checked
    inputs = program.network_spec.inputs
    told += _told([legality_note(legal, inputs[0].span if inputs else None)], demands)
    return Checked(program, settings, network, tuple(verdicts), folded(told), demands)


def _told(found: list[Diagnostic], demands: Demands | None) -> list[Diagnostic]:
    """The findings that are told, with the severities that they have for the project."""
    return found if demands is None else list(demands.rules.told(found))


def _silence(program: Program) -> Silence:
    return Silence(program.document.ignores if program.document is not None else ())


def _question(settings: Settings, network: Network) -> tuple[dict[str, Value], dict[str, int]]:
    """What a question about a network that was checked keeps, and the sizes that the check has shown."""
    kept = {name: value for name, value in settings.overrides.items() if name not in network.symbols}
    return kept, {name: value for name, value in network.symbols.items() if isinstance(value, int)}


def known_sizes(value: Map) -> KnownSizes | None:
    """The sizes of a map as far as they are known: at and behind an error, those that depend on it are None."""
    outline = value.outline
    return None if outline is None else tuple([size if is_known(size) else None for size in outline.sizes])
