"""One text that is open in an editor: its latest version, what is known of it, and the last version that could be read.

Texts are worked on in one thread, one after the other; a version that was overtaken by a later one is left out.
"""

from __future__ import annotations

from archcalc.demands import NONE, Demands
from archcalc.diagnostics.model import Diagnostic
from archcalc.editor.hints import OLD, Hint, hints
from archcalc.editor.hover import Hover, hover
from archcalc.editor.lenses import Lens, lenses, network_title
from archcalc.editor.lines import Moved, same_lines
from archcalc.editor.networks import Networks
from archcalc.patterns import compiled_later
from archcalc.source import SourceFile, decode

_KEY = compiled_later(r"""(?:^|\n)(?:layers|variants|input|[\s{]*"(?:layers|variants|input)")\s*:""")
"""A key that says of a text that it is a spec."""


class Session:
    """What is known of an open text. `answer` may run in another thread than everything else.

    >>> session = Session("net.yaml", "input: [1, 8, 8]\\nlayers:\\n- conv: [6, 5]\\n- relu")
    >>> session.answer()
    >>> [hint.text for hint in session.hints()]
    ['→ 6×4×4 · 156 params', '→ 6×4×4']
    >>> session.edit("input: [1, 8, 8]\\nlayers:\\n- conv: [6, 5\\n- relu", 2)
    >>> session.answer()
    >>> [hint.text for hint in session.hints()], [found.code.id for found in session.findings()]
    (['→ 6×4×4 (before the last edits)'], ['AC105'])
    """

    def __init__(self, name: str, text: str, version: int = 1, demands: Demands = NONE) -> None:
        self.name = name
        self.demands = demands
        self.text = text
        self.version = version
        # The first version of some editors is 0.
        self.answered = -1
        """The version that the answers are about."""
        self.completed = -1
        """The version of which all networks have been checked."""
        self.file = SourceFile(name, text)
        """The text that the answers are about."""
        self.networks: Networks | None = None
        """What the text says; None for one that cannot be read at all."""
        self.good: Networks | None = None
        """The same of the last version that could be read."""
        self.shown: str | None = None
        """The variant whose numbers stand beside the lines; None for the first."""
        self._unreadable: list[Diagnostic] = []

    def edit(self, text: str, version: int) -> None:
        """The text has become another one."""
        self.text, self.version = text, version

    def ask(self, demands: Demands) -> None:
        """The project asks something else of the text than it has."""
        if demands != self.demands:
            self.demands = demands
            self.answered = self.completed = -1

    def answer(self) -> None:
        """Read the latest version, and check the network that is shown."""
        text, version = self.text, self.version
        decoded, unreadable = decode(self.name, text.encode("utf-8", "surrogatepass"))
        file = SourceFile(self.name, text) if decoded is None else decoded
        networks = Networks(file, self.good, self.demands) if decoded is not None else None
        if networks is not None and networks.is_readable and networks.is_meant:
            networks.network(self._shown_in(networks))
        self.file, self.networks, self._unreadable = file, networks, list(unreadable)
        if networks is not None and networks.is_readable:
            self.good = networks
        self.answered = version

    def complete(self) -> None:
        """Check all other networks of the text, unless there is a later version."""
        networks = self.networks
        if networks is not None and networks.is_meant:
            for variant in networks.variants:
                if not self.is_current:
                    return
                networks.network(variant)
            networks.check_all()
        self.completed = self.answered

    @property
    def is_current(self) -> bool:
        """Whether the answers are about the latest version."""
        return self.answered == self.version

    @property
    def is_complete(self) -> bool:
        """Whether everything was worked out for the latest version."""
        return self.completed == self.version

    @property
    def is_spec(self) -> bool:
        """Whether the text, or what it was when it could be read last, says that it is a spec.

        Of a text that nobody could read since it was opened, a key at the beginning of a line says so.
        """
        if self._is_broken and self.good is None:
            return _KEY.search(self.file.text) is not None
        return self._known is not None

    def findings(self) -> list[Diagnostic]:
        """What was found in the networks that were checked, each once, with the variants that have it."""
        networks = self.networks
        if networks is None:
            return self._unreadable
        if not networks.is_readable:
            return list(networks.program.mistakes) if self.is_spec else []
        if not networks.is_meant:
            return []
        found: dict[object, tuple[Diagnostic, list[str]]] = {}
        for one in networks.checked:
            for finding in one.diagnostics:
                key = (finding.code.id, finding.span, finding.message)
                found.setdefault(key, (finding, []))[1].append(one.report.variant or "")
        count = len(networks.variants)
        return [_of_variants(finding, variants, count) for finding, variants in found.values()]

    def hints(self) -> list[Hint]:
        """The hints of the network that is shown; where the text is broken, the last ones, marked as old."""
        good = self._known
        if good is None:
            return []
        found = hints(good.network(self._shown_in(good)), good.file, is_old=self._is_broken)
        if not self._is_broken:
            return found
        moved = self._moved(good)
        return [hint._replace(line=line) for hint in found if (line := moved.now(hint.line)) is not None]

    def lenses(self) -> list[Lens]:
        """The lenses of the text; where it is broken, the last ones, marked as old."""
        good = self._known
        if good is None:
            return []
        found = lenses(good)
        if not self._is_broken:
            return found
        moved = self._moved(good)
        return [
            lens._replace(span=place, title=lens.title and f"{lens.title} {OLD}")
            for lens in found
            if (place := moved.span(lens.span)) is not None
        ]

    def title(self, variant: str | None) -> str:
        """What is told above a network. Raises: LookupError for a variant that there is not."""
        good = self._known
        if good is None or variant not in good.variants:
            raise LookupError(f"{self.name} has no variant {variant}")
        text = network_title(good.network(variant))
        return f"{text} {OLD}" if self._is_broken else text

    def hover(self, line: int, column: int) -> Hover | None:
        """What is told of a place."""
        good = self._known
        then = line if good is None or not self._is_broken else self._moved(good).then(line)
        if good is None or then is None:
            return None
        found = hover(good, good.network(self._shown_in(good)), then, column)
        if found is None or not self._is_broken:
            return found
        place = self._moved(good).span(found.span)
        return Hover(place, f"{found.markdown}\n\n{OLD}") if place is not None else None

    @property
    def _is_broken(self) -> bool:
        return self.networks is None or not self.networks.is_readable

    @property
    def _known(self) -> Networks | None:
        """What the text says, or said when it could be read last; None where that is no spec."""
        known = self.good if self._is_broken else self.networks
        return known if known is not None and known.is_meant else None

    def _moved(self, good: Networks) -> Moved:
        return same_lines(good.file.lines, self.file.lines)

    def _shown_in(self, networks: Networks) -> str | None:
        return self.shown if self.shown in networks.variants else networks.variants[0]


def _of_variants(finding: Diagnostic, variants: list[str], count: int) -> Diagnostic:
    """A finding that says which variants have it, where not all do."""
    if len(variants) in (0, count) or not any(variants):
        return finding
    return finding._replace(notes=(*finding.notes, f"in {', '.join(variants)}"))


def message(finding: Diagnostic) -> str:
    """All that a finding says, as plain text: the label, notes and help below the message.

    >>> from archcalc.diagnostics.codes.shapes import WINDOW_TOO_LARGE
    >>> print(message(Diagnostic(WINDOW_TOO_LARGE, "too large", None, "here", help=("make it smaller",))))
    too large
    here
    help: make it smaller
    """
    lines = [finding.message, finding.label, *(f"note: {note}" for note in finding.notes)]
    return "\n".join([line for line in lines if line] + [f"help: {help}" for help in finding.help])
