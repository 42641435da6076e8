"""What a Keras file says: layers, how often each is called and on what, in the layouts of Keras 3 and of Keras 2.

Keras 3 writes a call as `{"args": [...], "kwargs": {...}}` with tensors among them that say where they come from; Keras
2 as a list of `[layer, node, tensor, kwargs]`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from archcalc.importing.failure import ImportFailure
from archcalc.importing.keras.config import Config, shown
from archcalc.importing.keras.files import Data

MODELS = ("Functional", "Model", "Sequential")


class Reference(NamedTuple):
    """A tensor: the layer that makes it, in which of its calls, as which of its outputs; Keras 3 states its shape."""

    layer: str
    node: int
    port: int
    shape: tuple[int | None, ...] | None = None

    @property
    def key(self) -> tuple[str, int, int]:
        """Where it comes from."""
        return self[:3]


@dataclass(eq=False)
class Call:
    """One call of a layer: its arguments, which hold references."""

    args: list[object] = field(default_factory=list)
    kwargs: dict[str, object] = field(default_factory=dict)

    @property
    def references(self) -> list[Reference]:
        """The tensors that it reads, in their order."""
        return [*references(self.args), *references(list(self.kwargs.values()))]


@dataclass(eq=False)
class Described:
    """One layer: its class, where that is from, its name and settings, its calls, and the model that it is, if any."""

    class_name: str
    module: str
    name: str
    config: Mapping[str, Data]
    calls: list[Call] = field(default_factory=list)
    model: Model | None = None

    @property
    def place(self) -> str:
        """Its name in messages."""
        return f'layer {shown(self.class_name)} "{shown(self.name)}"'

    def settings(self) -> Config:
        """Its settings, with their types."""
        return Config(self.config, self.place)


@dataclass(eq=False)
class Model:
    """A model: layers in the order of the file, and which tensors go in and come out. A chain has no references."""

    name: str
    layers: list[Described]
    inputs: list[Reference]
    outputs: list[Reference]
    is_chain: bool
    shape: Data = None
    """What a chain without an input layer was built with."""
    trainable: bool = True


def references(value: object) -> Iterator[Reference]:
    """All tensors in an argument."""
    if isinstance(value, Reference):
        yield value
    elif isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from references(one)


def major_version(data: Mapping[str, Data]) -> int:
    """2 or 3: which Keras wrote the file, by its own word or by how it writes inputs and calls.

    Raises: ImportFailure for Keras 1, whose layers have other settings.
    """
    stated = data.get("keras_version")
    if isinstance(stated, str) and stated.startswith(("0", "1")):
        message = f"the file is of Keras {shown(stated)}, and files of Keras 2 and 3 are read"
        raise ImportFailure("format", message, help="load it with Keras 2 and write `model.to_json()` again")
    if isinstance(stated, str) and stated[:1].isdigit():
        return 3 if stated.startswith("3") else 2
    level: list[Data] = [dict(data)]
    while level:
        keys = {key for one in level if isinstance(one, dict) for key in one}
        if keys & {"batch_shape", "args"}:
            return 3
        if "batch_input_shape" in keys:
            return 2
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one if isinstance(one, list) else ())
            if isinstance(inner, dict | list)
        ]
    return 3 if "registered_name" in data else 2


def model(data: Mapping[str, Data], place: str = "model") -> Model:
    """The model that a file, or a layer of another model, describes.

    Raises: ImportFailure.
    """
    class_name, config = data.get("class_name"), data.get("config")
    if isinstance(config, list):  # The oldest files of chains have nothing but their layers.
        config = {"layers": config}
    if not isinstance(class_name, str) or not isinstance(config, dict):
        raise ImportFailure("malformed", "this JSON is not the description of a Keras model", place=place)
    layers = config.get("layers")
    if not isinstance(layers, list):
        raise ImportFailure(
            "no-layers",
            f"the description of the model {shown(class_name)} has no layers: functional and sequential ones do",
            place=place,
            help="a subclassed model is read from ONNX: `model.export('model.onnx', format='onnx')`",
        )
    name = config.get("name")
    is_chain = "input_layers" not in config
    found = Model(
        name if isinstance(name, str) else class_name.lower(),
        [_layer(one, number) for number, one in enumerate(layers)],
        [] if is_chain else _ends(config, "input_layers", place),
        [] if is_chain else _ends(config, "output_layers", place),
        is_chain,
        config.get("build_input_shape"),
        config.get("trainable") is not False,
    )
    _count_from_zero(found, layers)
    return found


def _count_from_zero(model: Model, layers: list[Data]) -> None:
    """Calls of a nested model are counted from 1, since building it was a call: everywhere by Keras 2, by Keras 3 where
    they are outputs of the model around it, and then not of chains.
    """
    for layer, data in zip(model.layers, layers, strict=True):
        if layer.model is None or not isinstance(data, dict):
            continue
        nodes = data.get("inbound_nodes")
        is_new = isinstance(nodes, list) and any(isinstance(node, dict) for node in nodes)
        if is_new and layer.model.is_chain:
            continue
        calls = [] if is_new else [call for one in model.layers for call in one.calls]
        read = [one for call in calls for one in call.references] + model.outputs
        if min((one.node for one in read if one.layer == layer.name), default=0) < 1:
            continue
        model.outputs = [_earlier(one, layer.name) for one in model.outputs]
        for call in calls:
            call.args = [_renumbered(one, layer.name) for one in call.args]
            call.kwargs = {key: _renumbered(one, layer.name) for key, one in call.kwargs.items()}


def _earlier(reference: Reference, name: str) -> Reference:
    return reference._replace(node=reference.node - 1) if reference.layer == name else reference


def _renumbered(value: object, name: str) -> object:
    if isinstance(value, Reference):
        return _earlier(value, name)
    if isinstance(value, list):
        return [_renumbered(one, name) for one in value]
    return {key: _renumbered(one, name) for key, one in value.items()} if isinstance(value, dict) else value


def nested(data: Mapping[str, Data], place: str) -> Described:
    """A layer that another one holds.

    Raises: ImportFailure.
    """
    try:
        return _layer(dict(data), 0)
    except ImportFailure as failure:
        raise ImportFailure(failure.kind, failure.message, place=place, help=failure.help) from None


def _layer(data: Data, number: int) -> Described:
    place = f"layer {number + 1}"
    if not isinstance(data, dict):
        raise ImportFailure("malformed", "the description of a layer is no object", place=place)
    class_name, config = data.get("class_name"), data.get("config")
    if not isinstance(class_name, str) or not isinstance(config, dict):
        raise ImportFailure("malformed", "a layer has no `class_name` or no `config`", place=place)
    name = data.get("name") or config.get("name")
    module = data.get("module")
    layer = Described(
        class_name.rpartition(">")[2],
        module if isinstance(module, str) else "",
        name if isinstance(name, str) else f"{class_name.lower()}_{number}",
        config,
    )
    if class_name in MODELS or ("layers" in config and "input_layers" in config):
        layer.model = model(data, layer.place)
        layer.model.name = layer.name
    nodes = data.get("inbound_nodes") or []
    if not isinstance(nodes, list):
        raise layer.settings().fail("`inbound_nodes` is no list")
    layer.calls = [_call(node, layer) for node in nodes]
    return layer


def _call(node: Data, layer: Described) -> Call:
    if isinstance(node, dict):
        args, kwargs = node.get("args") or [], node.get("kwargs") or {}
        if not isinstance(args, list) or not isinstance(kwargs, dict):
            raise layer.settings().fail("a call must have a list of `args` and `kwargs` by name")
        return Call([plain(one) for one in args], {key: plain(one) for key, one in kwargs.items()})
    if not isinstance(node, list):
        raise layer.settings().fail("a call in `inbound_nodes` is neither a list nor an object")
    connections = [node] if node and isinstance(node[0], str) else node
    given: list[object] = []
    named: dict[str, object] = {}
    for connection in connections:
        if not isinstance(connection, list) or len(connection) not in (3, 4):
            raise layer.settings().fail("a connection in `inbound_nodes` is not [layer, node, tensor]")
        given.append(connection[2] if connection[0] == "_CONSTANT_VALUE" else _reference(connection[:3], layer.place))
        options = connection[3] if len(connection) == 4 else None
        if isinstance(options, dict):
            named |= {key: _older(one) for key, one in options.items()}
    return Call([given[0] if len(given) == 1 else given], named)


def _older(value: Data) -> object:
    """An argument as Keras 2 writes it: a tensor is [layer, node, tensor]."""
    if isinstance(value, list):
        if len(value) == 3 and isinstance(value[0], str) and all(isinstance(one, int) for one in value[1:]):
            return _reference(value, "model")
        return [_older(one) for one in value]
    return {key: _older(one) for key, one in value.items()} if isinstance(value, dict) else value


def plain(value: Data) -> object:
    """An argument as Keras 3 writes it: tensors, tuples and arrays are objects with a `class_name`."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    kind, config = value.get("class_name"), value.get("config")
    if kind == "__tuple__":
        return plain(value.get("items") or [])
    if kind in ("__numpy__", "__tensor__") and isinstance(config, dict):
        return plain(config.get("value"))
    if kind == "__keras_tensor__" and isinstance(config, dict):
        return _tensor(config)
    return {key: plain(one) for key, one in value.items()}


def _tensor(config: Mapping[str, Data]) -> Reference:
    shape = config.get("shape")
    found = _reference(config.get("keras_history"), "model")
    if not isinstance(shape, list) or not shape:
        return found
    sizes = tuple(size if isinstance(size, int) and not isinstance(size, bool) else None for size in shape[1:])
    return found._replace(shape=sizes)


def _reference(value: Data, place: str) -> Reference:
    if isinstance(value, list) and len(value) == 3:
        layer, node, port = value
        if isinstance(layer, str) and isinstance(node, int) and isinstance(port, int):
            return Reference(layer, node, port)
    raise ImportFailure("malformed", f"{shown(value)} is no tensor, which is [layer, node, tensor]", place=place)


def _ends(config: Mapping[str, Data], name: str, place: str) -> list[Reference]:
    """The tensors that go in or come out: one, or several in a list or by name."""
    found: list[Reference] = []
    left: list[Data] = [config.get(name)]
    while left:
        one = left.pop()
        if isinstance(one, list) and one and isinstance(one[0], str):
            found.append(_reference(one[:3], place))
        elif isinstance(one, list | dict):
            left += list(one.values() if isinstance(one, dict) else one)[::-1]
        else:
            raise ImportFailure("malformed", f"`{name}` holds {shown(one)}, which is no tensor", place=place)
    if not found:
        raise ImportFailure("malformed", f"`{name}` is empty", place=place)
    return found
