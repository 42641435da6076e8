"""A comparison that shares no code with archcalc's: what `check --format json` says of two networks, and their edges.

The difference that archcalc tells is applied to the layers of the first network, as somebody would with its JSON in
hand. What comes out has to be the second network, layer by layer, with all that is known of each.
"""

from __future__ import annotations

from typing import Any

from archcalc import Report

COUNTS = ("parameters", "frozen", "buffers", "multiplications")


def layers(report: Report) -> list[dict[str, Any]]:
    """The inputs and layers in order: name, kind, shapes, counts, and the names of those that each reads."""
    data = report.to_json(repairs=False, receptive_field=True)
    edges = report.graph.to_networkx()
    found = []
    for name, sizes in data["inputs"].items():
        found.append({"name": name, "kind": "input", "inputs": [], "outputs": [sizes], **dict.fromkeys(COUNTS, 0)})
    for layer in data["layers"]:
        outputs = layer.get("outputs", [layer["output"]])
        counts = {name: layer[name] for name in COUNTS}
        found.append(
            {"name": layer["name"], "kind": layer["kind"], "inputs": layer["input"], "outputs": outputs, **counts}
        )
    fields = {layer["name"]: (layer.get("receptive_field") or {}).get("size") for layer in data["layers"]}
    for one in found:
        if one["name"] in fields:
            one["receptive_field"] = fields[one["name"]]
        arriving = edges.in_edges(one["name"], data=True) if one["name"] in edges else []
        one["reads"] = [source for source, _, about in sorted(arriving, key=lambda edge: edge[2]["port"])]
    return found


def applied(first: list[dict[str, Any]], difference: dict[str, Any]) -> list[dict[str, Any]]:
    """The layers of the first network with a difference applied, which is the JSON of archcalc."""
    changes = difference["layers"]
    gone = {change["before"]["place"] for change in changes if change["before"] is not None}
    placed = {change["after"]["place"]: change for change in changes if change["after"] is not None}
    names = {
        change["before"]["name"]: change["after"]["name"]
        for change in changes
        if change["before"] is not None and change["after"] is not None
    }
    kept = [one for place, one in enumerate(first) if place not in gone]
    total = len(kept) + len(placed)
    result = []
    for place in range(total):
        if place not in placed:
            same = kept.pop(0)
            result.append({**same, "reads": [names.get(name, name) for name in same["reads"]]})
        else:
            result.append(_changed(first, placed[place], names))
    return result


def _changed(first: list[dict[str, Any]], change: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    told = {"name": change["after"]["name"], "kind": change["after"]["kind"]}
    if change["before"] is None:
        layer = {key: value for key, value in change["layer"].items() if key != "fields"}
        return _known({**layer, **told, "reads": [_bare(name) for name in layer["reads"]]})
    before = first[change["before"]["place"]]
    assert (before["name"], before["kind"]) == (change["before"]["name"], change["before"]["kind"])
    for effect, values in change["effects"].items():
        assert values["before"] == before.get(effect), (effect, before)
    effects = {effect: values["after"] for effect, values in change["effects"].items()}
    if change["reads"] is not None:
        assert [_bare(name) for name in change["reads"]["before"]] == before["reads"]
        reads = [_bare(name) for name in change["reads"]["after"]]
    else:
        reads = [names.get(name, name) for name in before["reads"]]
    return {**before, **effects, **told, "reads": reads}


def _known(layer: dict[str, Any]) -> dict[str, Any]:
    # An input sees nothing: the JSON of a check does not ask.
    return {key: value for key, value in layer.items() if key != "receptive_field" or layer["kind"] != "input"}


def _bare(name: str) -> str:
    """A layer without the port of its map."""
    return name.partition("[")[0]


def fields(report: Report) -> dict[str, dict[str, Any]]:
    """The fields of every layer, as its class has them."""
    return {
        node.name: {name: getattr(node.layer, name) for name in type(node.layer).model_fields}
        for node in report.graph.nodes
        if node.layer is not None
    }
