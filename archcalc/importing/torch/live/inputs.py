"""The inputs of a module: bound to the arguments of its `forward`, and what is assumed where nobody says them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import nn

from archcalc.diagnostics import closest
from archcalc.importing.failure import ImportFailure
from archcalc.importing.torch.inputs import Input
from archcalc.importing.torch.live.placement import META

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_PLACE = re.compile(r"input_\d+")
"""The names of inputs that have only a place."""
_SWITCHED_OFF = ("use_cache", "use_mems")
"""Arguments of `forward` that only keep results for a later call."""
_TOKENS, _SAMPLES, _FRAMES, _SIDE, _COLOURS = 128, 16000, 3000, 224, 3
_MODALITIES = {"image": "pixel_values", "text": "input_ids", "audio": "input_values"}


class Bound(NamedTuple):
    """Arguments of a call of `forward`, and the inputs among them by name."""

    args: tuple[Any, ...]
    keywords: dict[str, Any]
    tensors: dict[str, torch.Tensor]


def named(module: nn.Module, inputs: Sequence[Input]) -> list[Input]:
    """The same inputs, each with the name of the argument of `forward` that it is. Raises: ImportFailure."""
    parameters = _parameters(module)
    positional = [name for name, one in parameters.items() if one.kind in _POSITIONAL]
    takes_more = any(one.kind is inspect.Parameter.VAR_POSITIONAL for one in parameters.values())
    takes_names = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters.values())
    known = [name for name, one in parameters.items() if one.kind not in _VARIADIC]
    taken = {one.name for one in inputs if one.name is not None}
    free = iter(name for name in positional if name not in taken)
    found = []
    for number, one in enumerate(inputs):
        name = one.name or next(free, None) or (f"input_{number + 1}" if takes_more or takes_names else None)
        if name is None or (one.name is not None and name not in known and not takes_names):
            raise _unknown_argument(one.name, known, len(inputs))
        found.append(Input(one.shape, one.dtype, name))
        taken.add(name)
    missing = [name for name in known if _is_needed(parameters[name]) and name not in {one.name for one in found}]
    if missing:
        all_of_them = " ".join(f"--input {name}=SHAPE" for name in known if name in missing or name in taken)
        raise ImportFailure(
            "input",
            f"`forward` of {type(module).__name__} needs {_listed(missing)}, too",
            help=f"give every input by its name: {all_of_them}",
        )
    return found


def bound(module: nn.Module, inputs: Sequence[Input], batch: int, device: torch.device = META) -> Bound:
    """The call of the module with inputs that have names, with this batch; on the meta device they are shapes only."""
    parameters = _parameters(module)
    order = list(parameters)
    takes_names = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters.values())
    tensors = {
        str(one.name): torch.zeros((batch, *one.shape), dtype=_type(module, one), device=device) for one in inputs
    }
    args: list[torch.Tensor] = []
    keywords: dict[str, Any] = {}
    for number, (name, tensor) in enumerate(tensors.items()):
        is_next = order[number : number + 1] == [name] and parameters[name].kind in _POSITIONAL and not keywords
        if is_next or (name not in parameters and (_PLACE.fullmatch(name) or not takes_names)):
            args.append(tensor)
        else:
            keywords[name] = tensor
    off = {name: False for name in _SWITCHED_OFF if name in parameters}
    return Bound(tuple(args), {**keywords, **off}, tensors)


def _type(module: nn.Module, given: Input) -> torch.dtype:
    """Real numbers have the precision of the weights."""
    if given.dtype != "float":
        return {"int": torch.int64, "bool": torch.bool}[given.dtype]
    precisions = (parameter.dtype for parameter in module.parameters() if parameter.is_floating_point())
    return next(precisions, torch.get_default_dtype())


def _parameters(module: nn.Module) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(module.forward).parameters)


def _is_needed(parameter: inspect.Parameter) -> bool:
    return parameter.kind not in _VARIADIC and parameter.default is inspect.Parameter.empty


def _unknown_argument(name: str | None, known: list[str], count: int) -> ImportFailure:
    if name is None:
        return ImportFailure("input", f"`forward` takes {_listed(known)}, and {count} inputs are given")
    meant = closest(name, known)
    help = f"did you mean `{meant}`?" if meant else None
    return ImportFailure("input", f"`forward` has no argument `{name}`; it has {_listed(known)}", help=help)


def _listed(names: Sequence[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return " and ".join(filter(None, [", ".join(quoted[:-1]), quoted[-1]])) if quoted else "nothing"


def assumed(module: nn.Module) -> tuple[list[Input], str]:
    """What the module says of its own inputs, or what its first layer says, and the reason. Raises: ImportFailure."""
    for ask in (_of_its_settings, _of_its_names, _of_its_first_layer):
        found = ask(module)
        if found is not None:
            inputs, reason = found
            return inputs, f"{' and '.join(map(str, inputs))} is assumed as input, {reason}"
    raise ImportFailure(
        "input",
        f"nothing says what goes into {type(module).__name__}",
        help="give the shape without the batch: --input 3x224x224",
    )


_Found = tuple[list[Input], str]


def _of_its_settings(module: nn.Module) -> _Found | None:
    """A dictionary `default_cfg` or `pretrained_cfg` with an `input_size`."""
    for name in ("pretrained_cfg", "default_cfg"):
        kept = getattr(module, name, None)
        size = kept.get("input_size") if isinstance(kept, dict) else None
        if size and all(isinstance(one, int) for one in size):
            return [Input(tuple(size))], f"as `{name}` of the network says"
    return None


def _of_its_names(module: nn.Module) -> _Found | None:
    """Arguments with names that are in use everywhere, with sizes from a `config` of the module."""
    main = getattr(module, "main_input_name", None)
    if not isinstance(main, str):
        return None
    kinds = getattr(module, "input_modalities", None) or ()
    names = [
        main,
        *(_MODALITIES[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds) if kind in _MODALITIES),
    ]
    if getattr(getattr(module, "config", None), "is_encoder_decoder", False):
        names.append("decoder_input_ids")
    taken = _parameters(module)
    inputs = [_conventional(module, name) for name in dict.fromkeys(names) if name in taken]
    return (inputs, "as the names of its arguments and its `config` say") if inputs else None


def _conventional(module: nn.Module, name: str) -> Input:
    if name == "pixel_values":
        side = _configured(module, "image_size", _SIDE)
        sides = tuple(side) if isinstance(side, (list, tuple)) else (side, side)
        return Input((_configured(module, "num_channels", _COLOURS), *sides), name=name)
    if name.endswith("_ids"):
        most = _configured(module, "max_position_embeddings", _configured(module, "n_positions", _TOKENS))
        return Input((min(_TOKENS, most) if most > 0 else _TOKENS,), "int", name)
    if name == "input_features":
        return Input((_configured(module, "num_mel_bins", 80), _FRAMES), name=name)
    return Input((_SAMPLES,), name=name)


def _configured(module: nn.Module, name: str, default: Any) -> Any:
    """A setting of the module's `config`, or of a part of it."""
    config = getattr(module, "config", None)
    for one in (config, *(getattr(config, part, None) for part in ("vision_config", "text_config", "audio_config"))):
        found = getattr(one, name, None)
        if found:
            return found
    return default


_LAYERS: list[tuple[type[nn.Module], Callable[[Any], Input]]] = [
    (nn.Conv1d, lambda layer: Input((layer.in_channels, 1024))),
    (nn.Conv2d, lambda layer: Input((layer.in_channels, _SIDE, _SIDE))),
    (nn.Conv3d, lambda layer: Input((layer.in_channels, 16, 112, 112))),
    (nn.Linear, lambda layer: Input((layer.in_features,))),
    (nn.Embedding, lambda layer: Input((_TOKENS,), "int")),
    (nn.RNNBase, lambda layer: Input((_TOKENS, layer.input_size))),
]


def _of_its_first_layer(module: nn.Module) -> _Found | None:
    """A shape that the first layer with weights takes, where `forward` needs one input."""
    if sum(map(_is_needed, _parameters(module).values())) > 1:
        return None
    for path, layer in module.named_modules():
        for kind, told in _LAYERS:
            if isinstance(layer, kind):
                whose = f"as its first layer `{path}` ({type(layer).__name__}) takes it" if path else "as it takes it"
                return [told(layer)], whose
    return None
