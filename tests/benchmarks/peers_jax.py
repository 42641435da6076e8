"""`jax.export` asked for which sizes a network runs: the graph in `jax.lax`, traced with symbolic dimensions."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import export, lax
from peers_sizes import SIZES, Answer, limited

LAYOUT = ("NCHW", "OIHW", "NCHW")


def ask(floored: Any, exact: Any) -> tuple[list[Answer], Callable[[int], bool]]:
    """The answers for a plain symbol, and for the form that a user would have to find first; a run without data."""
    nodes = floored.unfold().graph.nodes
    weights = {
        f"{node.name}.{one.name}": jax.ShapeDtypeStruct(one.shape, jnp.float32)
        for node in nodes
        for one in (*node.facts.weights, *node.facts.buffers)
    }
    sizes = [formula.text for formula in floored.spec.inputs[0].sizes[1:]]
    channels = str(floored.unfold().graph.inputs[0].outputs[0].shape.sizes[0])
    network = _network(floored)

    def runs(size: int) -> bool:
        image = jax.ShapeDtypeStruct((1, int(channels), *[size] * len(sizes)), jnp.float32)
        try:
            result = jax.eval_shape(network, weights, image)
        except (TypeError, ValueError, ZeroDivisionError):
            return False
        return 0 not in result.shape

    plain = ["1", channels, *sizes]
    return [_traced(network, weights, shape, bounds, allowed) for shape, bounds, allowed in (
        (plain, [], list(SIZES)), *_by_hand(exact, plain),
    )], runs  # fmt: skip


def _by_hand(exact: Any, shape: list[str]) -> list[tuple[list[str], list[str], list[int]]]:
    """Shapes with the period that archcalc found, without and with its bound, and the sizes that they stand for."""
    legal = exact.legal_sizes()
    values = next(iter((legal.with_new_weights or legal).axes.values()))
    if values.modulus == 1 or len(values.residues) > 1:
        return []
    (residue,) = values.residues
    form = f"{values.modulus}*{shape[2]}" + (f" + {residue}" if residue else "")
    forms = [*shape[:2], *[form] * len(shape[2:])]
    whole = [size for size in SIZES if size > residue and size % values.modulus == residue]
    least = (values.least - residue) // values.modulus
    questions: list[tuple[list[str], list[str], list[int]]] = [(forms, [], whole)]
    if least > 1:
        questions.append((forms, [f"{shape[2]} >= {least}"], [size for size in whole if size in values]))
    return questions


def _traced(
    network: Callable[..., Any], weights: Any, shape: list[str], bounds: list[str], allowed: list[int]
) -> Answer:
    question = ", ".join([f"[{', '.join(shape[2:])}]" if len(set(shape[2:])) > 1 else shape[2], *bounds])
    before = time.perf_counter()
    try:
        with limited():
            sizes = export.symbolic_shape(", ".join(shape), constraints=bounds)
            traced = export.export(jax.jit(network))(weights, jax.ShapeDtypeStruct(sizes, jnp.float32))
    except Exception as error:  # whatever the tracer meets is its answer
        said = next(iter(str(error).strip().splitlines()), "")
        return Answer(question, f"{type(error).__name__}: {said}", [], time.perf_counter() - before)
    seconds = time.perf_counter() - before
    (result,) = traced.out_avals
    return Answer(question, f"traced to {list(result.shape)}", allowed, seconds)


def _network(architecture: Any) -> Callable[..., Any]:
    graph = architecture.unfold().graph
    (entry,) = graph.inputs
    (end,) = graph.outputs.values()

    def run(weights: dict[str, Any], image: Any) -> Any:
        values = {(id(entry), 0): image}
        for node in graph.nodes:
            own = {one.name: weights[f"{node.name}.{one.name}"] for one in (*node.facts.weights, *node.facts.buffers)}
            read = [values[id(value.node), value.port] for value in node.inputs]
            values[id(node), 0] = LAYERS[node.kind](node.layer, own, *read)
        return values[id(end.node), end.port]

    return run


def _sides(padding: int, rank: int = 2) -> list[tuple[int, int]]:
    return [(padding, padding)] * rank


def _conv(layer: Any, own: Any, x: Any) -> Any:
    y = lax.conv_general_dilated(
        x, own["weight"], [layer.stride] * 2, _sides(layer.padding), dimension_numbers=LAYOUT,
        feature_group_count=layer.groups,
    )  # fmt: skip
    return y + own["bias"][:, None, None] if "bias" in own else y


def _conv_transpose(layer: Any, own: Any, x: Any) -> Any:
    y = lax.conv_general_dilated(
        x, jnp.flip(own["weight"], (2, 3)), [1, 1], _sides(layer.kernel - 1 - layer.padding),
        lhs_dilation=[layer.stride] * 2, dimension_numbers=("NCHW", "IOHW", "NCHW"),
    )  # fmt: skip
    return y + own["bias"][:, None, None]


def _max_pool(layer: Any, _own: Any, x: Any) -> Any:
    window, steps = (1, 1, layer.kernel, layer.kernel), (1, 1, *[layer.stride or layer.kernel] * 2)
    return lax.reduce_window(x, -jnp.inf, lax.max, window, steps, [(0, 0)] * 2 + _sides(layer.padding))


def _lrn(layer: Any, _own: Any, x: Any) -> Any:
    size = layer.size
    squares = lax.reduce_window(
        x * x, 0.0, lax.add, (1, size, 1, 1), (1, 1, 1, 1), [(0, 0), (size // 2, (size - 1) // 2), (0, 0), (0, 0)]
    )
    return x / (float(layer.k) + float(layer.alpha) * squares / size) ** float(layer.beta)


def _batch_norm(layer: Any, own: Any, x: Any) -> Any:
    mean, variance, weight, bias = (
        own[name][:, None, None] for name in ("running_mean", "running_var", "weight", "bias")
    )
    return (x - mean) * weight / jnp.sqrt(variance + float(layer.eps)) + bias


def _crop(_layer: Any, _own: Any, x: Any, like: Any) -> Any:
    starts = [0, 0, *((size - kept) // 2 for size, kept in zip(x.shape[2:], like.shape[2:], strict=True))]
    return lax.dynamic_slice(x, [jnp.asarray(start) for start in starts], (*x.shape[:2], *like.shape[2:]))


LAYERS: dict[str, Callable[..., Any]] = {
    "conv": _conv,
    "conv_transpose": _conv_transpose,
    "max_pool": _max_pool,
    "lrn": _lrn,
    "batch_norm": _batch_norm,
    "crop": _crop,
    "relu": lambda _layer, _own, x: jnp.maximum(x, 0),
    "dropout": lambda _layer, _own, x: x,
    "add": lambda _layer, _own, x, y: x + y,
    "concat": lambda _layer, _own, *xs: jnp.concatenate(xs, axis=1),
    "global_avg_pool": lambda _layer, _own, x: x.mean((2, 3), keepdims=True),
    "flatten": lambda _layer, _own, x: x.reshape(x.shape[0], -1),
    "linear": lambda _layer, own, x: x @ own["weight"].T + own["bias"],
}
