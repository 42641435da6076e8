"""How a module follows the sizes of its input: records at more sizes than the one that it was read at."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.importing.passes import finished
from archcalc.importing.record import Plain, Record
from archcalc.importing.requiring import require
from archcalc.importing.symbols import is_one_network
from archcalc.importing.torch.inputs import Input, between
from archcalc.importing.torch.lowering import lowered
from archcalc.importing.torch.refusing import Asked, Unsaid
from archcalc.importing.torch.trace import Trace, Traces
from archcalc.importing.torch.trials import ANOTHER, Refusal, Trials


class Followed:
    """A module at several sizes: at its own, at second ones and, if it takes any, at sizes that are divided by less.

    `refused` are the sizes of the last sort at which it is not the same network.
    """

    def __init__(self, traces: Traces, trials: Trials | None) -> None:
        self.traces = traces
        self.trials = trials
        self.refused: list[Refusal] = []
        self._traces = [traces.trace, *([] if traces.other is None else [traces.other])]
        self._records: list[Record] | None = [_record(one) for one in self._traces]
        if trials is not None and len(self._records) > 1 and is_one_network(self._records[0], self._records[1:]):
            self._between(trials, self._records)

    def _between(self, trials: Trials, records: list[Record]) -> None:
        for inputs in between(self.traces.inputs, self.traces.other_inputs or []):
            trace = trials.trace(inputs)
            if isinstance(trace, str):
                self.refused.append(Refusal(inputs, trace))
                continue
            record = _record(trace)
            if is_one_network(records[0], [*records[1:], record]):
                self._traces.append(trace)
                records.append(record)
                return
            self.refused.append(Refusal(inputs, ANOTHER))

    def records(self, asked: Asked | None = None) -> list[Record]:
        """The records of the module at its own sizes and at others, with a check of what it asks for.

        An import changes them: they are made anew where they are needed again. Raises: Unsaid, if no check says that.
        """
        found, self._records = self._records or [_record(one) for one in self._traces], None
        if asked is not None:
            for record in found:
                _ask(record, asked)
        return found

    def is_same_at(self, inputs: Sequence[Input]) -> bool:
        """Whether the module is the same network with these inputs."""
        assert self.trials is not None
        trace = self.trials.trace(inputs)
        record, *others = [_record(one) for one in self._traces]
        return isinstance(trace, Trace) and is_one_network(record, [*others, _record(trace)])


def _record(trace: Trace) -> Record:
    return finished(lowered(trace))


def _ask(record: Record, asked: Asked) -> None:
    """Let a record check its inputs. Raises: Unsaid."""
    said: set[str] = set()
    for value, axes in zip(record.inputs, asked.axes, strict=True):
        spatial = axes[1:] if value.layout == "channels_first" else axes[:-1]
        said.update(name for name in spatial if name is not None)
        fields: dict[str, Plain] = {}
        for field, numbers in (("multiple_of", asked.multiples), ("at_least", asked.least)):
            wanted = [1 if name is None else numbers.get(name, 1) for name in spatial]
            if any(number > 1 for number in wanted):
                fields[field] = wanted[0] if len(set(wanted)) == 1 else list(wanted)
        if fields:
            require(record, value, fields)
    if not said.issuperset({*asked.multiples, *asked.least}):
        raise Unsaid(asked.reason)
