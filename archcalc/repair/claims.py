"""Claims on sizes that fail: who is to blame, and candidates that give the map the size that is claimed."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.checking import Checked
from archcalc.diagnostics.codes.claims import CLAIM_FAILED
from archcalc.dims import Dim
from archcalc.expectations import Verdict
from archcalc.graph import Map, Node
from archcalc.layers.shape import Shape
from archcalc.layers.site import Finding
from archcalc.repair import rank
from archcalc.repair.blame import Blame, upstream
from archcalc.repair.changes import MAX_LAYERS, rewritten
from archcalc.repair.model import Candidate
from archcalc.repair.naming import called
from archcalc.repair.scene import Scene
from archcalc.repair.windows import text_of

_NAMED = 3
"""From this many layers on they are told by their number."""


def disputed(report: Checked) -> list[Blame]:
    """The layers whose sizes are claimed to be others than they are, in the order of the claims."""
    found = []
    for verdict in report.verdicts:
        wanted = wanted_sizes(verdict)
        value = _claimed(report, verdict)
        if wanted is None or value is None or value.node is None or value.node.layer is None:
            continue
        if value.shape is not None and len(value.shape.sizes) == len(wanted):
            finding = Finding(CLAIM_FAILED, verdict.expected)
            found.append(Blame(value.node, (finding,), upstream(value.node), verdict))
    return found


def wanted_sizes(verdict: Verdict) -> tuple[int, ...] | None:
    """The sizes that a failing claim expects of one map; None for other claims."""
    if verdict.state != "fails" or verdict.quantity != "output" or verdict.relative_to or verdict.at:
        return None
    claimed = verdict.claimed
    return claimed if isinstance(claimed, tuple) and all(type(size) is int for size in claimed) else None


def _claimed(report: Checked, verdict: Verdict) -> Map | None:
    """The map that a claim is about: the one output of the network, or of the layer that is named."""
    if verdict.of is None:
        outputs = list(report.graph.outputs.values())
        return outputs[0] if len(outputs) == 1 else None
    node = next((node for node in report.graph.nodes if node.name == verdict.of), None)
    return node.outputs[0] if node is not None and len(node.outputs) == 1 else None


def claim_candidates(scene: Scene) -> Iterator[Candidate]:
    """Output padding for what a stride has dropped, and the channels that are claimed."""
    verdict, node = scene.blame.verdict, scene.blame.node
    shape = node.outputs[0].shape
    wanted = wanted_sizes(verdict) if verdict is not None else None
    if wanted is None or shape is None:
        return
    yield from _grown(scene, shape, wanted)
    if wanted[0] != shape.channels and shape.layout != "channels_last":
        yield from _channels(scene, node, wanted[0])


def _grown(scene: Scene, shape: Shape, wanted: tuple[int, ...]) -> Iterator[Candidate]:
    """Layers that enlarge get the output padding that is missing, if all axes miss the same, or each gets a line."""
    missing = {want - size for size, want in zip(shape.spatial, wanted[1:], strict=True) if isinstance(size, int)}
    if len(missing) != 1 or not (short := missing.pop()):
        return
    enlarging = [node for node in (scene.blame.node, *scene.blame.slice) if _adds(node) is not None]
    why = f"the map is {abs(short)} too {'small' if short > 0 else 'large'}"
    for place, node in enumerate(enlarging):
        value = (_adds(node) or 0) + short
        if value >= 0:
            cost = rank.FIELD["output_padding"] + rank.IDIOM + rank.DISTANCE * place
            yield from rewritten(scene, node, "output_padding", str(value), value, why, cost)
    alike = {_adds(node) for node in enlarging}
    if short > 0 and 1 < len(enlarging) <= MAX_LAYERS and len(alike) == 1:
        # Every stride of the way down has dropped a line.
        text = str((alike.pop() or 0) + 1)
        edits = dict.fromkeys(scene.places(node, "output_padding")[0].edit(text) for node in enlarging)
        names = " and ".join(called(node) for node in sorted(enlarging, key=lambda node: node.index))
        title = names if len(enlarging) < _NAMED else f"all {len(enlarging)} layers that enlarge"
        field = "output_padding"
        yield Candidate(f"{field}: {text} on {title}", field, why, rank.FIELD[field], tuple(edits))


def _adds(node: Node) -> int | None:
    """The output padding of a layer that can have some."""
    value = getattr(node.layer, "output_padding", None)
    return value if isinstance(value, int) else None


def _channels(scene: Scene, node: Node, wanted: Dim) -> Iterator[Candidate]:
    """The nearest layer that sets channels sets those that are claimed."""
    for one in (node, *scene.blame.slice):
        if hasattr(one.layer, "out"):
            why = f"{text_of(wanted)} channels are claimed"
            yield from rewritten(scene, one, "out", text_of(wanted), wanted, why, rank.ONLY)
            return
