"""A file as it was read, with one of its variants chosen; at the values that somebody asks for it becomes a network."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from archcalc.collector import paused
from archcalc.diagnostics import closest
from archcalc.diagnostics.codes.graph import NO_LAYERS
from archcalc.diagnostics.folding import folded
from archcalc.diagnostics.model import Diagnostic, errors
from archcalc.expand.build import Memory
from archcalc.expressions.limits import with_room
from archcalc.expressions.values import Value
from archcalc.graph import Graph
from archcalc.network import DEFAULT, Network, Settings, settable, sized, stated, unfold
from archcalc.source import SourceFile, parse
from archcalc.source.text import remembered
from archcalc.spec.ignores import in_comments
from archcalc.spec.model import Spec
from archcalc.spec.reader import read_spec

T = TypeVar("T")

BASE = ""
"""Instead of the name of a variant: what the file says beside its `variants`."""


class InvalidSpec(ValueError):
    """A question has no answer because the spec has mistakes; `diagnostics` are those that are in the way.

    >>> import archcalc
    >>> archcalc.load("input: [3, N, N]\\nlayers: [conf: [8, 3]]").legal_sizes()
    Traceback (most recent call last):
    ...
    archcalc.program.InvalidSpec: network has no legal sizes because of its mistakes:
      error[AC131] at 2:10: there is no layer or block `conf`
    """

    def __init__(self, problem: str, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = list(diagnostics)
        self._problem = problem
        super().__init__("\n  ".join([f"{problem}:", *map(str, self.diagnostics)]) if self.diagnostics else problem)

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions are made anew from their message alone, and this one takes more.
        return type(self), (self._problem, self.diagnostics)


class Recent:
    """The latest results of computations, by what they were computed from. Threads may share it."""

    def __init__(self, most: int = 2) -> None:
        self.most = most
        self._lock = Lock()
        self._results: dict[Hashable, Any] = {}

    def of(self, key: Hashable, compute: Callable[[], T]) -> T:
        """The result of a key; where it is not among the latest, it is computed."""
        with self._lock:
            is_known = key in self._results
            # The latest is the last.
            known: T = self._results.pop(key, None)
            if is_known:
                self._results[key] = known
                return known
        # Two threads may compute the same; none waits for the other.
        found = compute()
        with self._lock:
            self._results.pop(key, None)
            while len(self._results) >= self.most:
                del self._results[next(iter(self._results))]
            self._results[key] = found
        return found


class Program:
    """What a file says: the spec of one network, or of one of its variants, and what reading it has found.

    Programs of the same text are equal.

    >>> program = Program.read(SourceFile("net.yaml", "input: [8, N]\\nlayers: [max_pool: 2]"))
    >>> program.unfold(Settings({"N": 6})).graph.outputs["output"].shape.sizes
    (8, 3)
    """

    def __init__(
        self,
        file: SourceFile,
        document: Spec | None,
        mistakes: Sequence[Diagnostic],
        variant: str | None = None,
        of_file: Recent | None = None,
    ) -> None:
        self.file = file
        self.document = document
        """The whole file with all its variants; None if it is no spec at all."""
        self.mistakes = tuple(mistakes)
        self.variant = variant
        self.spec = document.of(variant or None) if document is not None else None
        """What the file says with the variant chosen."""
        self._networks = Recent()
        self.answers = Recent()
        """What other rooms want to remember about this program."""
        self.of_file = of_file or Recent(remembered(file))
        """What is remembered about the text, whichever of its variants asks."""

    @classmethod
    def read(cls, file: SourceFile, variant: str | None = None) -> Program:
        """Read a decoded file. Raises: LookupError for a variant that it does not have."""
        with paused():
            document, problems = parse(file)
            if document is None:
                return cls(file, None, problems)
            stem = Path(file.name).stem if not file.name.startswith("<") else "network"
            spec, more = read_spec(document, default_name=stem)
            ignores, wrong = in_comments(file, document)
            spec.ignores += ignores
        return cls(file, spec, [*problems, *more, *wrong]).choose(variant)

    def with_text(self, text: str) -> Program:
        """A changed text of the file, read as this one was.

        Variants of a file often ask for the same change; the latest are remembered.
        """
        file = self.file.with_text(text)
        if not self.variants:
            return Program.read(file, self.variant)
        return self.of_file.of(("text", text), lambda: Program.read(file)).choose(self.variant)

    @property
    def name(self) -> str:
        """The name that the spec gives itself, or that of its file."""
        return self.document.name if self.document is not None else Path(self.file.name).stem

    @property
    def variants(self) -> list[str]:
        """Names of the variants that the file defines."""
        return list(self.document.variants) if self.document is not None else []

    def choose(self, variant: str | None) -> Program:
        """The same file with a variant, or its base, chosen. Raises: LookupError if there is none of that name."""
        if variant is None or self.document is None or (variant == BASE and not self.variants):
            return self
        if variant != BASE and variant not in self.document.variants:
            raise LookupError(self._no_such_variant(variant))
        lacking = self._lacking(self.document) if variant == BASE else ()
        return Program(self.file, self.document, [*self.mistakes, *lacking], variant, self.of_file)

    def _lacking(self, document: Spec) -> Iterator[Diagnostic]:
        """What the base of a file lacks, where every variant brings it along."""
        if not document.inputs and document.is_complete:
            first, *_ = document.variants.values()
            yield Diagnostic(
                NO_LAYERS,
                "beside its variants, the spec has no `input`",
                first.span,
                "has its own",
                help=(
                    f"name a variant, such as `{self.file.name}:{first.name}`, or write an `input` beside `variants`",
                ),
            )

    def _no_such_variant(self, variant: str) -> str:
        if not self.variants:
            return f"{self.name} has no variants, so there is no `{variant}`"
        near = closest(variant, self.variants)
        hint = f"did you mean `{near}`?" if near else f"there are {', '.join(self.variants)}"
        return f"{self.name} has no variant `{variant}`; {hint}"

    @property
    def is_network(self) -> bool:
        """Whether everything could be read that makes a network of it, however wrong that may be.

        Raises: LookupError if there are variants and none was chosen.
        """
        if self.spec is None:
            return False
        if self.variant is None and self.variants:
            raise LookupError(
                f"{self.name} has variants; choose one of {', '.join(self.variants)}, "
                f"for example by load(..., variant={self.variants[0]!r}), or what stands beside them by variant=''"
            )
        return self.spec.is_complete and bool(self.spec.inputs or self.variant != BASE)

    @property
    def network_spec(self) -> Spec:
        """The spec of a network. Raises: InvalidSpec for a file that is none; LookupError as `is_network` does."""
        if self.spec is None or not self.is_network:
            raise InvalidSpec(f"{self.name} is not a network", distinct_errors(self.mistakes))
        return self.spec

    @property
    def settable(self) -> list[str]:
        """Names that a check can give values to: symbols and lets, but no functions."""
        return settable(self.spec) if self.spec is not None else []

    @property
    def sized(self) -> list[str]:
        """The symbols that stand for the height, the width, ... of an input, or for how many items it has."""
        return sized(self.network_spec)

    def stated(self, overrides: Mapping[str, Value]) -> dict[str, int]:
        """The values that the spec states for its symbols under `at`, or that overrides give them."""
        return stated(self.network_spec, overrides)

    def unfold(self, settings: Settings = DEFAULT) -> Network:
        """The network at these settings. The latest two are remembered: a question about sizes follows a check.

        Raises: as `network_spec` does.
        """
        return self._networks.of(settings.key, lambda: self.unfold_anew(settings))

    def unfold_anew(self, settings: Settings, memory: Memory | None = None) -> Network:
        """The same for somebody who asks for many networks once each, and drops them; `memory` is what they share."""
        with paused():
            network = with_room(lambda: unfold(self.network_spec, settings, memory))
        network.graph.origin = _graph, (self, settings)
        return network

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Program):
            return NotImplemented
        return self._identity == other._identity and self.mistakes == other.mistakes

    def __hash__(self) -> int:
        return hash(self._identity)

    @property
    def _identity(self) -> Hashable:
        return self.file.name, self.file.text, self.file.format, self.variant

    def __reduce__(self) -> tuple[Any, ...]:
        # Another process reads the text again, which is smaller than what was read.
        if self.document is None:
            return Program, (self.file, None, self.mistakes)
        return Program.read, (self.file, self.variant)


class OfProgram:
    """Something about a program, which is called as it is."""

    program: Program

    @property
    def name(self) -> str:
        """The name that the spec gives itself, or that of its file."""
        return self.program.name

    @property
    def variant(self) -> str | None:
        """The variant of the file that is chosen; empty for what stands beside its variants."""
        return self.program.variant

    @property
    def file(self) -> SourceFile:
        """Where the spec was read from."""
        return self.program.file

    @property
    def title(self) -> str:
        """Name and variant."""
        return f"{self.name}:{self.variant}" if self.variant else self.name

    @property
    def address(self) -> str:
        """File and variant, as a command takes them."""
        return self.file.name if self.variant is None else f"{self.file.name}:{self.variant}"


def distinct_errors(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Those that are errors, one place once."""
    return folded(errors(diagnostics))


def _graph(program: Program, settings: Settings) -> Graph:
    return program.unfold(settings).graph
