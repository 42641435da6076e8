"""Recurrent layers, there and back."""

from __future__ import annotations

from typing import NamedTuple

from archcalc.importing.building import NotSaid
from archcalc.importing.keras.calls import LAST, LayerCall
from archcalc.importing.keras.config import Config
from archcalc.importing.keras.document import Described
from archcalc.importing.keras.network import Map, Site
from archcalc.importing.record import Plain

_GATES = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}
_KINDS = {"LSTM": "lstm", "GRU": "gru", "SimpleRNN": "rnn"}


class _Recurrence(NamedTuple):
    """One direction: its class, its settings, where its tensors stand."""

    class_name: str
    config: Config
    site: Site

    @property
    def hidden(self) -> int:
        """Numbers of its state."""
        return self.config.size("units")

    @property
    def is_whole(self) -> bool:
        """Whether it writes its state behind every token, and not only behind the last one."""
        return self.config.flag("return_sequences", False)

    @property
    def goes_back(self) -> bool:
        """Whether it goes from the last token to the first."""
        return self.config.flag("go_backwards", False)


def _checked(call: LayerCall, one: _Recurrence) -> dict[str, Plain]:
    """The fields of the layer.

    Raises: NotSaid for what archcalc's recurrent layers do not do.
    """
    config, gates = one.config, _GATES[one.class_name]
    function = config.data.get("activation", "tanh")
    fields: dict[str, Plain] = {"hidden": one.hidden}
    if function == "relu" and one.class_name == "SimpleRNN":
        fields["activation"] = "relu"
    elif function != "tanh":
        raise NotSaid("its activation is another one than tanh")
    if gates > 1 and config.data.get("recurrent_activation", "sigmoid") != "sigmoid":
        raise NotSaid("its gates have another activation than sigmoid")
    if config.data.get("return_state") or len(call.maps) != 1:
        raise NotSaid("it reads or writes its state")
    if not config.flag("use_bias", True):
        fields["bias"] = False
    elif one.class_name != "GRU":
        fields["single_bias"] = True
    elif not config.flag("reset_after", call.version == 3):
        raise NotSaid("its reset gate is applied before the product")
    return fields


def _names(end: str = "", prefix: str = "") -> dict[str, str]:
    """Keras' names of the tensors of one direction; both biases of a GRU are one tensor there."""
    return {
        f"weight_ih_l0{end}": f"{prefix}kernel",
        f"weight_hh_l0{end}": f"{prefix}recurrent_kernel",
        f"bias_ih_l0{end}": f"{prefix}bias",
        f"bias_hh_l0{end}": f"{prefix}bias:recurrent",
    }


def _cell(layer_class: str) -> str:
    return {"LSTM": "lstm_cell", "GRU": "gru_cell", "SimpleRNN": "simple_rnn_cell"}[layer_class]


def recurrent(call: LayerCall) -> Map:
    """`LSTM`, `GRU`, `SimpleRNN`."""
    one = _Recurrence(call.layer.class_name, call.config, call.site)
    try:
        fields = _checked(call, one)
        if one.goes_back:
            raise NotSaid("it goes from the last token to the first")
    except NotSaid as reason:
        return _stated(call, one, str(reason))
    prefix = f"{_cell(one.class_name)}/"
    whole = call.main(_KINDS[one.class_name], call.back(), fields, _names(prefix=prefix), LAST)
    return whole if one.is_whole else _last(call, whole)


def _last(call: LayerCall, whole: Map) -> Map:
    return Map(call.put("select", whole, {"index": -1, "axis": 0}).value)


def _tensors(one: _Recurrence, channels: int) -> dict[str, list[int]]:
    rows = _GATES[one.class_name] * one.hidden
    cell = _cell(one.class_name)
    found = {f"{cell}/kernel": [channels, rows], f"{cell}/recurrent_kernel": [one.hidden, rows]}
    if one.config.flag("use_bias", True):
        both = one.class_name == "GRU" and one.config.data.get("reset_after") is True
        found[f"{cell}/bias"] = [2, rows] if both else [rows]
    return found


def _stated(call: LayerCall, one: _Recurrence, reason: str) -> Map:
    """A recurrent layer that archcalc has no kind for: its tensors and products are known all the same."""
    if len(call.maps) != 1 or call.map.rank != 2 or call.config.data.get("return_state"):
        raise NotSaid(reason)
    tokens, channels = call.back().shape
    tensors = _tensors(one, channels)
    products = tokens * sum(sizes[0] * sizes[1] for name, sizes in tensors.items() if name.endswith("kernel"))
    sizes = [tokens, one.hidden] if one.is_whole else [one.hidden]
    return call.opaque(reason, [sizes], tensors, products)[0]


def bidirectional(call: LayerCall) -> Map | list[Map]:
    """`Bidirectional`: what both directions write, joined."""
    there = _inner(call, "layer")
    back = _inner(call, "backward_layer") if call.config.data.get("backward_layer") is not None else there
    fields = _checked(call, there)
    if there.goes_back or _checked(call, back) != fields or back.class_name != there.class_name:
        raise NotSaid("its two directions differ")
    names = {
        **_names(prefix=f"forward_{there.site.path}/{_cell(there.class_name)}/"),
        **_names("_reverse", f"backward_{there.site.path}/{_cell(there.class_name)}/"),
    }
    both = call.main(_KINDS[there.class_name], call.back(), {**fields, "bidirectional": True}, names, LAST)
    mode = call.config.data.get("merge_mode", "concat")
    if there.is_whole and mode == "concat":
        return both
    first, second = call.parts(both, {"parts": 2, "axis": 1})
    if not there.is_whole:
        # The way back ends at the first token.
        first, second = _last(call, first), Map(call.put("select", second, {"index": 0, "axis": 0}).value)
    return _joined(call, first, second, mode)


def _joined(call: LayerCall, first: Map, second: Map, mode: object) -> Map | list[Map]:
    if mode is None:
        return [first, second]
    if mode == "concat":
        return call.put("concat", [first, second], {"axis": first.axis(-1)})
    if mode in ("sum", "ave"):
        total = call.put("add", [first, second])
        return total if mode == "sum" else call.elementwise(total, "x / 2")
    if mode == "mul":
        return call.put("multiply", [first, second])
    raise call.fail(f"`merge_mode` is {mode}", "malformed")


def _inner(call: LayerCall, name: str) -> _Recurrence:
    inner = call.config.inner(name)
    class_name, config = inner.get("class_name"), inner.get("config")
    if not isinstance(class_name, str) or not isinstance(config, dict) or class_name not in _GATES:
        raise NotSaid("it wraps a layer that is none of LSTM, GRU and SimpleRNN")
    known = Described(class_name, "", str(config.get("name") or class_name.lower()), config)
    path = known.name.removeprefix("forward_").removeprefix("backward_")
    return _Recurrence(class_name, known.settings(), Site(None, path, call.site.place, call.site.source))


LAYERS = {**dict.fromkeys(_GATES, recurrent), "Bidirectional": bidirectional}
