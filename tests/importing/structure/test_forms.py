"""Every form of a spec is the network of its record: it unfolds to the same graph as the flat list, node by node."""

from __future__ import annotations

import effort
import pytest
from random_records import Network

from archcalc.importing.proving import unfolded
from archcalc.importing.record import Record
from archcalc.importing.structure import LADDER, Unsayable, structured
from archcalc.importing.writing import text


@pytest.mark.parametrize("seeds", effort.parts(400, 10), ids=str)
def test_every_form_unfolds_to_the_graph_of_the_flat_list(seeds: range) -> None:
    for seed in seeds:
        network = Network(seed)
        record = network.record()
        truth = unfolded(text(structured(record, "flat")))
        for level in LADDER[:-1]:
            try:
                found = unfolded(text(structured(record, level)))
            except Unsayable:
                # A block has no name, by which a group in it could read a step that is called by a number.
                assert network.has_hyphens and level != "groups", f"seed {seed}, {level}"
                continue
            assert found.same_as(truth), f"seed {seed}, {level}"
            assert _names(found.graph) >= _owned(record), f"seed {seed}, {level}: names of tensors are lost"


def _names(graph: object) -> set[str]:
    return {f"{node.name}.weight" for node in graph.nodes}  # type: ignore[attr-defined]


def _owned(record: Record) -> set[str]:
    return {tensor.name for layer in record.layers() for tensor in layer.tensors.values()}
