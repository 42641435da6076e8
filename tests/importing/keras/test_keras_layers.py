"""Every class of Keras that archcalc has a kind for: parameters, all numbers, shapes, products and values agree."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import effort
import keras_live as live
import pytest
from keras_live import keras, torch

from archcalc.expectations.measure import total
from archcalc.importing.keras import read

L = keras.layers
Layers = Callable[[Any], Any]


def chain(*layers: Any) -> Layers:
    """Layers one behind the other."""

    def apply(one: Any) -> Any:
        for layer in layers:
            one = layer(one)
        return one

    return apply


IMAGE, SIGNAL, VOLUME, VECTOR = (11, 9, 6), (12, 6), (5, 6, 7, 4), (10,)

CASES: dict[str, tuple[tuple[int, ...], Layers]] = {
    "conv1d": (SIGNAL, chain(L.Conv1D(8, 3, strides=2, padding="same", activation="relu"))),
    "conv1d causal": (SIGNAL, chain(L.Conv1D(8, 3, dilation_rate=2, padding="causal"))),
    "conv2d": (IMAGE, chain(L.Conv2D(8, (3, 2), strides=(2, 1), padding="same"))),
    "conv2d valid": (IMAGE, chain(L.Conv2D(8, 3, use_bias=False, activation="gelu"))),
    "conv2d groups": (IMAGE, chain(L.Conv2D(8, 3, groups=2, dilation_rate=2))),
    "conv3d": (VOLUME, chain(L.Conv3D(8, 3, padding="same"))),
    "conv first": ((6, 11, 9), chain(L.Conv2D(8, 3, data_format="channels_first", padding="same"))),
    "conv frozen": (
        IMAGE,
        chain(L.Conv2D(8, 3, trainable=False), L.BatchNormalization(trainable=False), L.Conv2D(4, 3)),
    ),
    "depthwise": (IMAGE, chain(L.DepthwiseConv2D(3, depth_multiplier=2, padding="same"))),
    "depthwise1d": (SIGNAL, chain(L.DepthwiseConv1D(3, strides=2))),
    "separable": (IMAGE, chain(L.SeparableConv2D(8, 3, depth_multiplier=2, activation="relu"))),
    "separable1d": (SIGNAL, chain(L.SeparableConv1D(8, 3, padding="same"))),
    "transposed": (IMAGE, chain(L.Conv2DTranspose(5, 3, strides=2))),
    "transposed even": (IMAGE, chain(L.Conv2DTranspose(5, 2, strides=2, padding="same"))),
    "transposed small": (IMAGE, chain(L.Conv2DTranspose(5, 2, strides=3))),
    "transposed1d": (SIGNAL, chain(L.Conv1DTranspose(5, 4, strides=2, padding="same"))),
    "dense": (VECTOR, chain(L.Dense(7, activation="softmax"))),
    "dense on a map": (IMAGE, chain(L.Dense(7, use_bias=False))),
    "conv, dense on a map": (IMAGE, chain(L.Conv2D(8, 3), L.Dense(7), L.Conv2D(4, 1))),
    "einsum": (SIGNAL, chain(L.EinsumDense("abc,cd->abd", output_shape=(None, 8), bias_axes="d"))),
    "einsum heads": (SIGNAL, chain(L.EinsumDense("abc,cde->abde", output_shape=(None, 2, 4), bias_axes="de"))),
    "einsum sums": (IMAGE, chain(L.EinsumDense("abcd,cde->abe", output_shape=(None, 5)))),
    "batch norm": (IMAGE, chain(L.Conv2D(8, 3), L.BatchNormalization(epsilon=1e-5))),
    "batch norm bare": (IMAGE, chain(L.BatchNormalization(scale=False), L.BatchNormalization(center=False))),
    "batch norm empty": (IMAGE, chain(L.BatchNormalization(scale=False, center=False))),
    "batch norm on vectors": (VECTOR, chain(L.Dense(5), L.BatchNormalization())),
    "batch norm on signals": (SIGNAL, chain(L.BatchNormalization(), L.Conv1D(4, 3))),
    "batch norm first": ((6, 11, 9), chain(L.Conv2D(8, 3, data_format="channels_first"), L.BatchNormalization(axis=1))),
    "layer norm": (SIGNAL, chain(L.LayerNormalization())),
    "layer norm on a map": (IMAGE, chain(L.Conv2D(8, 3), L.LayerNormalization(epsilon=1e-6), L.Conv2D(4, 3))),
    "layer norm over all": (IMAGE, chain(L.LayerNormalization(axis=[1, 2, 3]))),
    "layer norm without scale": (SIGNAL, chain(L.LayerNormalization(scale=False))),
    "layer norm without center": (IMAGE, chain(L.Conv2D(8, 3), L.LayerNormalization(center=False))),
    "layer norm bare": (SIGNAL, chain(L.LayerNormalization(center=False, scale=False))),
    "rms": (SIGNAL, chain(L.RMSNormalization(epsilon=1e-5))),
    "group norm": (IMAGE, chain(L.GroupNormalization(3))),
    "group norm per channel": (IMAGE, chain(L.GroupNormalization(-1, center=False))),
    "unit norm": (IMAGE, chain(L.UnitNormalization())),
    "max pool": (IMAGE, chain(L.MaxPooling2D(3, strides=2, padding="same"))),
    "max pool valid": (IMAGE, chain(L.MaxPooling2D())),
    "average pool": (IMAGE, chain(L.AveragePooling2D(3, strides=2, padding="same"))),
    "pool1d": (SIGNAL, chain(L.MaxPooling1D(3), L.AveragePooling1D(2, strides=1))),
    "pool3d": (VOLUME, chain(L.MaxPooling3D(2))),
    "global average": (IMAGE, chain(L.GlobalAveragePooling2D())),
    "global max": (IMAGE, chain(L.Conv2D(8, 3), L.GlobalMaxPooling2D(keepdims=True), L.Conv2D(3, 1))),
    "global average1d": (SIGNAL, chain(L.GlobalAveragePooling1D())),
    "global average first": ((6, 11, 9), chain(L.GlobalAveragePooling2D(data_format="channels_first"))),
    "flatten": (IMAGE, chain(L.Conv2D(8, 3), L.Flatten(), L.Dense(4))),
    "flatten one position": (IMAGE, chain(L.AveragePooling2D((11, 9)), L.Flatten(), L.Dense(4))),
    "flatten first": (
        (6, 5, 4),
        chain(L.Conv2D(8, 3, data_format="channels_first"), L.Flatten(data_format="channels_first"), L.Dense(4)),
    ),
    "reshape": (IMAGE, chain(L.Conv2D(8, 3), L.Reshape((-1, 8)), L.Dense(4))),
    "reshape to a map": (VECTOR, chain(L.Dense(48), L.Reshape((4, 4, 3)), L.Conv2D(5, 3))),
    "reshape to a pixel": (
        IMAGE,
        chain(L.GlobalAveragePooling2D(), L.Reshape((1, 1, 6)), L.Conv2D(5, 1), L.Reshape((5,))),
    ),
    "permute": (IMAGE, chain(L.Conv2D(8, 3), L.Permute((3, 1, 2)), L.Flatten(), L.Dense(3))),
    "repeat": (VECTOR, chain(L.RepeatVector(4), L.Dense(3))),
    "pad": (IMAGE, chain(L.ZeroPadding2D(((1, 2), (0, 3))), L.Cropping2D(((0, 1), (2, 0))))),
    "pad1d": (SIGNAL, chain(L.ZeroPadding1D((1, 2)), L.Cropping1D(2), L.Conv1D(4, 3))),
    "upsample": (IMAGE, chain(L.UpSampling2D((2, 3)))),
    "upsample bilinear": (IMAGE, chain(L.UpSampling2D(2, interpolation="bilinear"))),
    "upsample1d": (SIGNAL, chain(L.UpSampling1D(3))),
    "dropouts": (IMAGE, chain(L.Dropout(0.3), L.SpatialDropout2D(0.2), L.GaussianNoise(1.0), L.AlphaDropout(0.1))),
    "activations": (
        SIGNAL,
        chain(*(L.Activation(name) for name in ("relu", "relu6", "elu", "selu", "silu", "tanh", "softplus"))),
    ),
    "more activations": (
        SIGNAL,
        chain(*(L.Activation(name) for name in ("softsign", "mish", "hard_sigmoid", "hard_silu", "exponential"))),
    ),
    "new activations": (
        SIGNAL,
        chain(
            *(
                L.Activation(name)
                for name in ("celu", "log_sigmoid", "hard_tanh", "tanh_shrink", "squareplus", "sparse_sigmoid")
            )
        ),
    ),
    "leaky": (SIGNAL, chain(L.LeakyReLU(0.2), L.Activation("leaky_relu"), L.ReLU(negative_slope=0.1), L.ELU(0.5))),
    "ceilings": (SIGNAL, chain(L.ReLU(6.0), L.ReLU(max_value=2.0))),
    "glu": (SIGNAL, chain(L.Activation("glu"))),
    "softmax over tokens": (SIGNAL, chain(L.Softmax(axis=1))),
    "softmax on a map": (IMAGE, chain(L.Conv2D(8, 3, activation="softmax"))),
    "prelu": (IMAGE, chain(L.Conv2D(8, 3), L.PReLU(shared_axes=[1, 2]))),
    "prelu everywhere": (IMAGE, chain(L.Conv2D(8, 3), L.PReLU(alpha_initializer="random_normal"))),
    "rescaling": (IMAGE, chain(L.Rescaling(1 / 255, offset=-0.5))),
    "rescaling channels": (IMAGE, chain(L.Rescaling([1.0, 2.0, 0.5, 1.5, 3.0, 1.0], offset=0.25))),
    "normalization": (
        IMAGE,
        chain(L.Normalization(mean=[0.1 * n for n in range(6)], variance=[1.0 + n for n in range(6)])),
    ),
    "normalization to be learned": ((4, 5, 3), chain(L.Normalization())),
    "gru": (SIGNAL, chain(L.GRU(5))),
    "gru whole": (SIGNAL, chain(L.GRU(5, return_sequences=True, use_bias=False))),
    "rnn without bias": (SIGNAL, chain(L.SimpleRNN(5, activation="relu", use_bias=False))),
    "lstm without bias": (SIGNAL, chain(L.LSTM(5, use_bias=False))),
    "lstm": (SIGNAL, chain(L.LSTM(5, return_sequences=True), L.LSTM(3))),
    "bidirectional": (SIGNAL, chain(L.Bidirectional(L.GRU(5)))),
    "bidirectional whole": (SIGNAL, chain(L.Bidirectional(L.LSTM(5, return_sequences=True), merge_mode="sum"))),
    "every step": ((4, 6), chain(L.TimeDistributed(L.Dense(5, activation="relu")))),
    "every step of a video": (
        (3, 8, 9, 4),
        chain(
            L.TimeDistributed(L.Conv2D(5, 3, padding="same")),
            L.TimeDistributed(L.MaxPooling2D(2)),
            L.TimeDistributed(L.Flatten()),
            L.GRU(3),
        ),
    ),
    "every step, pooled": (
        (3, 8, 9, 4),
        chain(
            L.TimeDistributed(L.Conv2D(5, 3)),
            L.TimeDistributed(L.BatchNormalization()),
            L.TimeDistributed(L.GlobalAveragePooling2D()),
        ),
    ),
    "attention": (SIGNAL, lambda x: L.MultiHeadAttention(3, 4)(x, x)),
    "attention of another width": (
        SIGNAL,
        lambda x: L.MultiHeadAttention(3, 4, value_dim=5, output_shape=7, use_bias=False)(x, x),
    ),
    "causal attention": (SIGNAL, lambda x: L.MultiHeadAttention(3, 4)(x, x, use_causal_mask=True)),
    "plain attention": (SIGNAL, lambda x: L.Attention()([L.Dense(6)(x), x])),
    "learned attention": (SIGNAL, lambda x: L.Attention(use_scale=True)([x, L.Dense(6)(x)])),
    "merges": (IMAGE, lambda x: L.Add()([L.Conv2D(6, 3, padding="same")(x), L.Multiply()([x, x]), x])),
    "more merges": (
        IMAGE,
        lambda x: L.Average()([x, L.Subtract()([x, L.ReLU()(x)]), L.Maximum()([x, L.Minimum()([x, x])])]),
    ),
    "concatenate": (IMAGE, lambda x: L.Concatenate()([L.Conv2D(3, 3, padding="same")(x), x])),
    "concatenate rows": (IMAGE, lambda x: L.Concatenate(axis=1)([L.Conv2D(6, 3, padding="same")(x), x])),
    "squeeze and excite": (
        IMAGE,
        lambda x: L.Multiply()(
            [x, L.Reshape((1, 1, 6))(L.Dense(6, activation="sigmoid")(L.GlobalAveragePooling2D()(x)))]
        ),
    ),
    "vectors added to maps": (
        IMAGE,
        lambda x: L.Add()([L.Conv2D(6, 3, padding="same")(x), L.GlobalAveragePooling2D()(x)]),
    ),
    "dot": (SIGNAL, lambda x: L.Dot(axes=(2, 2))([x, L.Dense(6)(x)])),
    "dot of vectors": (VECTOR, lambda x: L.Dot(axes=1, normalize=True)([x, L.Dense(10)(x)])),
    "operations": (IMAGE, lambda x: keras.ops.relu(x + 3.0) * 0.5 - 2 / (1 + keras.ops.exp(x))),
    "slices": (SIGNAL, lambda x: keras.ops.concatenate([x[:, 1:7], x[:, :6]], axis=-1)),
    "reductions": (IMAGE, lambda x: keras.ops.mean(L.Conv2D(5, 3)(x), axis=[1, 2], keepdims=True)),
    "more operations": (
        SIGNAL,
        lambda x: keras.ops.matmul(keras.ops.transpose(x, (0, 2, 1)), keras.ops.reshape(x, (-1, 12, 6))),
    ),
}
RUNS_LONGER = {"rnn without bias": 5 * (6 + 5)}
"""Products of a token that Keras computes once more than it writes, to learn how large its output is."""


@pytest.mark.parametrize("name", effort.share(sorted(CASES)))
def test_a_layer_has_the_numbers_of_keras(name: str, tmp_path: Path) -> None:
    shape, layers = CASES[name]
    keras.utils.set_random_seed(3)
    entry = keras.Input(shape)
    model = keras.Model(entry, layers(entry))
    record = read(live.saved(model, tmp_path))
    assert live.numbers(tensor for tensor in record.tensors if tensor.trainable) == live.numbers(
        model.trainable_weights
    )
    assert live.numbers(record.tensors) == model.count_params()
    assert {tensor.name.removesuffix(":recurrent") for tensor in record.tensors} == {one.path for one in model.weights}
    assert "opaque" not in live.steps(record)
    moved = record.inputs[0].shape != shape
    net = live.network(record)
    report = net.check()
    assert report.ok, report.to_text()
    assert report.totals.parameters == live.numbers(model.trainable_weights)
    assert report.totals.multiplications == live.counted(model, [shape]) - RUNS_LONGER.get(name, 0)

    image = torch.rand(2, *shape)
    with torch.no_grad():
        wanted = model(image)
        found = live.given_weights(record, net, model)(image.movedim(-1, 1) if moved else image)
    if _is_moved(record, wanted):
        found = found.movedim(1, -1)
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-4)


COUNTERS = {"normalization to be learned": 1}
"""Numbers that Keras keeps for itself: how many values a layer has been adapted to, which nothing reads."""


@pytest.mark.parametrize("name", effort.share(sorted(CASES)))
def test_each_layer_counts_its_parameters_as_keras_does(name: str, tmp_path: Path) -> None:
    """`layer.count_params()`, and of it what is trained and what is not: the lines of `model.summary()`."""
    shape, layers = CASES[name]
    entry = keras.Input(shape)
    model = keras.Model(entry, layers(entry))
    record = read(live.saved(model, tmp_path))
    nodes = live.network(record).check().graph.nodes
    owners: dict[str, Any] = {}
    for layer, node in zip(record.layers(), nodes, strict=True):
        for tensor in layer.tensors.values():
            owners.setdefault(tensor.name.removesuffix(":recurrent"), node)
    for layer in model.layers:
        own = {id(owners[one.path]): owners[one.path] for one in layer.weights}
        found = [
            total("parameters", list(own.values()), counting) for counting in ("total", "trainable", "non_trainable")
        ]
        trained, kept = (live.numbers(one) for one in (layer.trainable_weights, layer.non_trainable_weights))
        more = COUNTERS.get(name, 0)
        assert found == [layer.count_params() - more, trained, kept - more], layer.name


def _is_moved(record: Any, wanted: Any) -> bool:
    """Whether the channels of the output stand in front where Keras has them behind."""
    sizes = tuple(wanted.shape[1:])
    return len(sizes) > 1 and record.outputs[0].shape == (sizes[-1], *sizes[:-1]) and record.outputs[0].shape != sizes


def test_an_attention_with_a_mask_states_its_products_alone(tmp_path: Path) -> None:
    entry, mask = keras.Input((12, 6)), keras.Input((12, 12))
    model = keras.Model([entry, mask], L.MultiHeadAttention(3, 4)(entry, entry, attention_mask=mask))
    record = read(live.saved(model, tmp_path))
    opaque = next(layer for layer in record.layers() if layer.kind == "opaque")
    assert opaque.fields == {"reason": "MultiHeadAttention: attention with a mask that is computed", "products": 3456}
    assert live.numbers(record.tensors) == model.count_params()
    plain = CASES["attention"][1]
    wanted = live.counted(keras.Model(entry, plain(entry)), [(12, 6)])
    assert live.network(record).check().totals.multiplications == wanted


def test_a_saved_archive_is_the_model(tmp_path: Path) -> None:
    entry = keras.Input((9, 9, 3))
    model = keras.Model(entry, chain(L.Conv2D(4, 3), L.Dropout(0.5), L.GlobalAveragePooling2D(), L.Dense(2))(entry))
    model.save(tmp_path / "model.keras")
    record = read(tmp_path / "model.keras")
    assert live.numbers(record.tensors) == model.count_params()
    assert [value.shape for value in record.inputs] == [(3, 9, 9)]


def test_models_within_models_share_what_is_called_again(tmp_path: Path) -> None:
    tower = keras.Sequential([keras.Input((9, 9, 3)), L.Conv2D(4, 3, activation="relu"), L.Flatten(), L.Dense(5)])
    left, right = keras.Input((9, 9, 3), name="left"), keras.Input((9, 9, 3), name="right")
    inner_entry = keras.Input((5,))
    inner = keras.Model(inner_entry, L.Dense(3)(inner_entry), name="inner")
    apart = keras.ops.abs(tower(left) - tower(right))
    model = keras.Model({"left": left, "right": right}, [inner(apart), apart])
    record = read(live.saved(model, tmp_path))
    assert live.numbers(record.tensors) == model.count_params()
    assert [value.shape for value in record.outputs] == [(3,), (5,)]
    net = live.network(record)
    built = live.given_weights(record, net, model)
    images = {"left": torch.rand(2, 9, 9, 3), "right": torch.rand(2, 9, 9, 3)}
    with torch.no_grad():
        wanted = model(images)
        found = built(**{name: image.movedim(-1, 1) for name, image in images.items()})
    for one, other in zip(found.values() if isinstance(found, dict) else found, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)
