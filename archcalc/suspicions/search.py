"""The search for suspicions: what inputs and lists look like, and whether the network is likelier then.

>>> import archcalc
>>> report = archcalc.load("input: [224, 224, 3]\\nlayers: [conv: [64, 3]]\\n").check()
>>> report.suspicions[0].help[0]
'write `input: [3, 224, 224]`: conv 0 is then 64×222×222 with 1,792 parameters and 85,162,752 multiplications'
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import NamedTuple

from archcalc.diagnostics.model import Diagnostic
from archcalc.network import Network, Settings
from archcalc.program import Program
from archcalc.silence import Silence
from archcalc.suspicions.inputs import of_inputs
from archcalc.suspicions.lists import of_lists
from archcalc.suspicions.model import MAX_TOLD


class Suspected(NamedTuple):
    """The warnings of a check, and its other findings, which say what is likelier where that takes an error away."""

    warnings: list[Diagnostic]
    others: list[Diagnostic]


def suspected(program: Program, settings: Settings, network: Network, silence: Silence) -> Suspected:
    """What a spec is likely to mean instead of what it says, with the numbers that come out then."""
    inputs, lists = of_inputs(program.network_spec.inputs, network.graph), of_lists(network.graph)
    told = (one for one in chain(inputs, lists) if not silence.covers(one.code, [one.span]))
    found = list(islice(told, MAX_TOLD + 1))
    rows = [one for one in _in_rows(network) if one.span is None or not silence.covers(one.code, [one.span])]
    if not found:
        return Suspected(rows, network.diagnostics)
    # Hardly any network gets here, and none other has to pay for the import.
    from archcalc.suspicions.reading import Reading

    reading = Reading(program, settings, network, silence, found)
    return Suspected([*reading.warnings(), *rows], reading.explained())


def _in_rows(network: Network) -> Iterator[Diagnostic]:
    """Attention along the rows of a picture."""
    if any(node.layer is not None and node.layer.attends for node in network.graph.nodes):
        # Receptive fields are followed where there is attention; none other has to pay for the import.
        from archcalc.suspicions.rows import of_rows

        yield from of_rows(network.graph)
