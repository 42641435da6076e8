"""What a repair is: a change to the text of a spec that was made, checked and decided again."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.diagnostics.model import Span
from archcalc.editing import Editor, TextEdit
from archcalc.spec.model import Step
from archcalc.terminal import visible

if TYPE_CHECKING:
    from archcalc.repair.harms import Harm, Nature
    from archcalc.sizes.legal import LegalSizes

Edit = Callable[[Editor], TextEdit]
"""How a change is written into a text. Raises: Uneditable where it cannot be written safely."""


def field_edit(step: Step, field: str, text: str) -> Edit:
    """Gives an argument of a step another value."""
    return lambda editor: editor.set_field(step, field, text)


def value_edit(span: Span, text: str) -> Edit:
    """Writes another value where one stands."""
    return lambda editor: editor.replace_value(span, text)


class Candidate(NamedTuple):
    """A change that may repair an error; only a check of the changed spec can tell."""

    title: str
    subject: str
    """What it is about: a field, the kind of a layer that is put in, or `sizes`."""
    why: str
    cost: float
    """How far it is from what a person would try first; see `archcalc.repair.rank`."""
    edits: tuple[Edit, ...] = ()
    nature: Nature = "design"
    sizes: Mapping[str, int] = {}
    """Other sizes of the input. Without edits they are in the place of values that were given from outside."""
    present: Mapping[str, int] = {}
    """The sizes in the place of which they come."""
    keeps_form: bool = False
    """Whether nothing moves but sizes that a decision frees anyway, so that it is about the same network."""
    change: Hashable = None
    """What is changed, if it can be written in several ways; the first that works will do."""
    layers: frozenset[str] = frozenset()
    """Layers whose weights may change, because their own fields do."""


class Repair(NamedTuple):
    """A change after which the network was checked again, and the error of `code` at `layer` was gone.

    `text` is the whole file with the `edits` made, with its line ends; the offsets of edits count each of these as one
    character, as `SourceFile.text` has them. A change of sizes that were given from outside has no edits: the
    file stays as it is.

    >>> import archcalc
    >>> spec = "input: [1, 7, 7]\\nlayers: [conv: {out: 1, kernel: 3, stride: 3}]"
    >>> best = archcalc.load(spec).repairs()[0]
    >>> best.title, best.is_safe, best.text.splitlines()[1]
    ('padding: 1 on conv 0', False, 'layers: [conv: {out: 1, kernel: 3, stride: 3, padding: 1}]')
    """

    title: str
    subject: str
    """What it is about: a field, the kind of a layer that is put in, `sizes` of the input, or `spelling`."""
    why: str
    layer: str
    code: str
    edits: tuple[TextEdit, ...]
    text: str
    nature: Nature
    """What kind of change it is."""
    sizes: Mapping[str, int]
    """The sizes of the input that the repair changes, with their new values; empty for changes of layers."""
    present: Mapping[str, int]
    """The values that these sizes have."""
    legal: LegalSizes | None
    """For which sizes the repaired network is legal; None for a spelling, behind which there may be other errors."""
    keeps_weights: bool
    """Whether all parameters that were known before are there, with the shapes that they had."""
    harms: tuple[Harm, ...]
    """What is worse after it, and what its author has to decide; other variants of the file are checked only where
    nothing else is worse."""

    @property
    def is_safe(self) -> bool:
        """Whether it can be made without asking: there is no harm."""
        return not self.harms

    def __hash__(self) -> int:
        return hash((self.title, self.layer, self.code, self.text))  # A map of sizes has no hash.

    def __repr__(self) -> str:
        why = f", {self.why}" if self.why else ""
        legal = f"; legal: {self.legal.text()}" if self.legal is not None else ""
        return visible(f"<Repair {self.title}{why}{legal}>")

    def to_json(self) -> dict[str, Any]:
        """Plain data for programs."""
        return {
            "title": self.title,
            "why": self.why,
            "layer": self.layer,
            "code": self.code,
            "nature": self.nature,
            "edits": [edit._asdict() for edit in self.edits],
            "sizes": dict(self.sizes),
            "legal": self.legal.to_json() if self.legal is not None else None,
            "keeps_weights": self.keeps_weights,
            "safe": self.is_safe,
            "harms": [harm._asdict() for harm in self.harms],
        }


class Repairs(list[Repair]):
    """The repairs that a search has found, best first."""

    def __init__(self, found: Iterable[Repair] = (), stopped: str = "") -> None:
        super().__init__(found)
        self.stopped = stopped
        """Why the search was given up before everything was tried; empty where it was not."""
