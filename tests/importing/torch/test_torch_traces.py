"""A module is traced at two sizes and in both modes, and says in one sentence why it cannot be."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")

from torch_lines import lines, of  # noqa: E402

from archcalc.importing.failure import ImportFailure  # noqa: E402
from archcalc.importing.torch.inputs import Input  # noqa: E402
from archcalc.importing.torch.json import from_json, to_json  # noqa: E402
from archcalc.importing.torch.live.tracing import traces  # noqa: E402
from archcalc.importing.torch.trace import BATCH, Traces  # noqa: E402

nn = torch.nn


def convolution() -> Any:
    return nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), nn.ReLU())


def test_the_second_time_it_is_larger() -> None:
    found = traces(convolution(), of((3, 32, 32)))
    assert found.other_inputs == [Input((3, 96, 128), name="input")]
    assert found.other is not None
    assert [one.shape for one in (found.trace.outputs[0], found.other.outputs[0])] == [
        (BATCH, 4, 15, 15),
        (BATCH, 4, 47, 63),
    ]
    assert found.refusal is None
    assert (found.trace.multiplications, found.other.multiplications) == (4 * 15 * 15 * 27, None)


def test_a_module_that_takes_one_size_says_so_in_its_own_words() -> None:
    class Fixed(nn.Module):
        def forward(self, x: Any) -> Any:
            assert x.shape[-1] == 8, "the width is 8"
            return x * 2

    found = traces(Fixed(), of((3, 8, 8)))
    assert found.other is None
    assert found.refusal == "the network raises AssertionError: the width is 8"
    features = traces(nn.Linear(8, 2), of((8,)))
    assert features.other is None
    assert features.refusal is not None
    assert "mat1 and mat2 shapes cannot be multiplied (1x40 and 8x2)" in features.refusal
    assert str(BATCH) not in features.refusal


def test_tokens_become_longer() -> None:
    found = traces(nn.Embedding(10, 4), [Input((7,), "int")])
    assert found.trace.inputs["input"].dtype == "int64"
    assert found.other_inputs == [Input((39,), "int", "input")]


def test_lengths_are_told_apart_unless_they_must_be_equal() -> None:
    class Added(nn.Module):
        def forward(self, a: Any, b: Any) -> Any:
            return a + b

    class Apart(nn.Module):
        def forward(self, a: Any, b: Any) -> Any:
            return a.sum(1), b

    def lengths(module: Any) -> list[int]:
        found = traces(module, [Input((7,), "int"), Input((7,), "int")])
        return [one.shape[0] for one in found.other_inputs or []]

    assert lengths(Apart()) == [39, 71]
    assert lengths(Added()) == [39, 39]


class Headed(nn.Module):
    """With a head that only training calls."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Linear(4, 4)
        self.aux = nn.Linear(4, 2)
        self.drop = Noise()

    def forward(self, x: Any) -> Any:
        x = self.drop(self.body(x))
        return (x, self.aux(x)) if self.training else x


class Noise(nn.Module):
    """Nothing in eval mode."""

    def forward(self, x: Any) -> Any:
        return x + torch.rand_like(x) if self.training else x


def test_what_only_training_applies_is_told() -> None:
    found = traces(Headed(), of((4,)))
    assert found.only_in_training == ["aux.weight", "aux.bias"]
    assert found.trace.unread == ["aux.weight", "aux.bias"]
    assert found.trace.notes == [
        "training alone applies 10 parameters, of `aux`; they are left out of the network as it is in use"
    ]
    assert len(found.trace.outputs) == 1


def test_in_train_mode_it_is_there_and_noise_is_kept_whole() -> None:
    found = traces(Headed(), of((4,)), train=True)
    assert lines(found.trace) == [
        "body: Linear",
        "  %0 = linear(x, body.weight, body.bias)",
        "drop: Noise",
        f"  %1 = module:{Noise.__module__}:Noise(%0)",
        "aux: Linear",
        "  %2 = linear(%1, aux.weight, aux.bias)",
        "return %1, %2",
    ]
    assert found.trace.unread == []
    assert found.trace.multiplications == 24
    assert found.trace.notes == []
    assert found.other is None


@pytest.mark.parametrize(
    ("module", "shape", "dtype", "name"),
    [
        (convolution(), (3, 224, 224), "float", "input"),
        (nn.Conv1d(5, 1, 3), (5, 1024), "float", "input"),
        (nn.Sequential(nn.Flatten(), nn.Linear(7, 2)), (7,), "float", "input"),
        (nn.Embedding(5, 3), (128,), "int", "input"),
        (nn.LSTM(6, 5, batch_first=True), (128, 6), "float", "input"),
    ],
)
def test_an_input_is_assumed_from_the_first_layer(module: Any, shape: Any, dtype: Any, name: str) -> None:
    found = traces(module, sizes=False)
    assert found.inputs == [Input(shape, dtype, name)]
    assert re.fullmatch(r".+ is assumed as input, as .+", found.trace.notes[0])


def test_what_a_module_says_of_its_input_counts_first() -> None:
    module = convolution()
    module.pretrained_cfg = {"input_size": (3, 64, 64)}
    found = traces(module, sizes=False)
    assert found.inputs[0].shape == (3, 64, 64)
    assert found.trace.notes == ["3×64×64 is assumed as input, as `pretrained_cfg` of the network says"]


class Config:
    """As libraries of language models have it."""

    max_position_embeddings = 20
    is_encoder_decoder = True


class Translating(nn.Module):
    main_input_name = "input_ids"
    config = Config()

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(9, 4)

    def forward(self, input_ids: Any = None, mask: Any = None, decoder_input_ids: Any = None, use_cache: bool = True):  # type: ignore[no-untyped-def]
        assert not use_cache
        return self.embed(input_ids).sum(1, keepdim=True) + self.embed(decoder_input_ids)


def test_names_in_use_everywhere_say_what_goes_in() -> None:
    found = traces(Translating(), sizes=False)
    assert found.inputs == [Input((20,), "int", "input_ids"), Input((20,), "int", "decoder_input_ids")]


def test_inputs_are_bound_by_name() -> None:
    given = [Input((5,), "int", "decoder_input_ids"), Input((3,), "int")]
    found = traces(Translating(), given, sizes=False)
    assert list(found.trace.inputs) == ["decoder_input_ids", "input_ids"]


class Two(nn.Module):
    def forward(self, image: Any, mask: Any, scale: float = 1.0) -> Any:
        return image * mask * scale


@pytest.mark.parametrize(
    ("inputs", "message", "help"),
    [
        (of((3,)), "`forward` of Two needs `mask`, too", "--input image=SHAPE --input mask=SHAPE"),
        (
            [Input((3,), name="imag"), Input((3,))],
            "`forward` has no argument `imag`; it has `image`, `mask` and `scale`",
            "did you mean `image`?",
        ),
        (of((3,), (3,), (3,), (3,)), "`forward` takes `image`, `mask` and `scale`, and 4 inputs are given", None),
        ([], "nothing says what goes into Two", "--input 3x224x224"),
    ],
)
def test_inputs_that_do_not_fit(inputs: list[Input], message: str, help: str | None) -> None:
    with pytest.raises(ImportFailure) as caught:
        traces(Two(), inputs)
    assert caught.value.kind == "input"
    assert caught.value.message == message
    assert caught.value.help is None if help is None else help in str(caught.value.help)


def test_sizes_that_stand_for_the_batch_are_refused() -> None:
    for module, inputs, what in (
        (nn.Linear(3, 2018), of((3,)), "`weight` has a size of 2018"),
        (nn.ReLU(), of((3, 1009)), "the input `input` has a size of 1009"),
    ):
        with pytest.raises(ImportFailure) as caught:
            traces(module, inputs)
        assert caught.value.kind == "size"
        assert caught.value.message == f"{what}, and multiples of 1009 stand for the batch while it is read"


class Failing(nn.Module):
    """A module in a module, whose `forward` is a function."""

    def __init__(self, forward: Any) -> None:
        super().__init__()
        self.inner = nn.ModuleList([Inner(forward)])

    def forward(self, x: Any) -> Any:
        return self.inner[0](x)


class Inner(nn.Module):
    def __init__(self, forward: Any) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 3)
        self.do = forward

    def forward(self, x: Any) -> Any:
        return self.do(self, x)


def raising(_: Any, x: Any) -> Any:
    raise ValueError("the moon is\nnot right")


def swallowing(_: Any, x: Any) -> Any:
    try:
        return x if x.sum() > 0 else -x
    except Exception:
        return x * 2


@pytest.mark.parametrize(
    ("forward", "kind", "message"),
    [
        (raising, "forward", "`inner.0` (Inner) raises ValueError: the moon is"),
        (
            lambda self, x: x.no_such_method(),
            "forward",
            "`inner.0` (Inner) raises AttributeError: 'Tensor' object has no",
        ),
        (lambda self, x: exit(3), "forward", "`inner.0` (Inner) raises SystemExit: 3"),
        (
            lambda self, x: self.do(self, x),
            "forward",
            "`inner.0` (Inner) raises RecursionError: maximum recursion depth",
        ),
        (
            lambda self, x: x if x.sum() > 0 else -x,
            "data-dependent",
            "`inner.0` (Inner) asks for the numbers of a tensor (by `bool`), and there are only shapes",
        ),
        (swallowing, "data-dependent", "`inner.0` (Inner) asks for the numbers of a tensor (by `bool`), and"),
        (
            lambda self, x: x * self.layer.bias[0].item(),
            "data-dependent",
            "`inner.0` (Inner) asks for the numbers of a tensor (by `item`), and",
        ),
        (
            lambda self, x: x[x > 0],
            "data-dependent",
            "`inner.0` (Inner) asks for the numbers of a tensor (by `getitem`), and",
        ),
        (
            lambda self, x: torch.from_numpy(x.numpy()),
            "data-dependent",
            "`inner.0` (Inner) asks for the numbers of a tensor (by `numpy`)",
        ),
        (
            lambda self, x: self.layer(x[:, :2]),
            "shape",
            "`inner.0.layer` (Linear) cannot do its work with an input of x = 3: RuntimeError: mat1 and mat2 shapes "
            "cannot be multiplied (1x2 and 3x3)",
        ),
        (
            lambda self, x: self.layer(x.reshape(1, -1)),
            "batch",
            "`inner.0.layer` (Linear) works with a batch of 1, and with a larger one it says RuntimeError",
        ),
        (lambda self, x: torch.ones(3), "output", "what `forward` of Failing returns depends on no input"),
        (lambda self, x: "text", "output", "`forward` of Failing returns no tensor"),
        (lambda self, x: torch.zeros(10**15), "output", "what `forward` of Failing returns depends on no input"),
    ],
)
def test_what_went_wrong_is_said_in_one_sentence(forward: Any, kind: str, message: str) -> None:
    with pytest.raises(ImportFailure) as caught:
        traces(Failing(forward), of((3,)))
    found = caught.value
    assert (found.kind, found.message[: len(message)]) == (kind, message)
    assert "\n" not in found.message
    assert str(BATCH) not in found.message or kind == "batch"
    if kind != "output":
        assert found.place is not None
        assert re.fullmatch(r".*test_torch_traces\.py:\d+", found.place)
        assert found.help


def warning(self: Any, x: Any) -> Any:
    if (x < 0).any():
        warnings.warn("numbers below 0", stacklevel=1)
    return self.layer(x)


def checking(self: Any, x: Any) -> Any:
    assert (x >= 0).all(), "numbers below 0"
    if 7 in x:
        raise ValueError("7")
    return self.layer(x)


def checked(self: Any, x: Any) -> Any:
    assert (x >= 0).all(), "numbers below 0"
    return self.layer(x)


@pytest.mark.parametrize(
    ("forward", "note"),
    [(warning, "and the answer changes nothing"), (checked, "and raises an error for one of the answers")],
)
@pytest.mark.filterwarnings("ignore:numbers below 0")
def test_questions_whose_answers_change_nothing_are_no_control_flow(forward: Any, note: str) -> None:
    found = traces(Failing(forward), of((3,)), sizes=False)
    (told,) = found.trace.notes
    assert re.fullmatch(
        rf"at .*test_torch_traces\.py:\d+, `inner.0` \(Inner\) asks for the numbers of a tensor \(by `bool`\), {note}",
        told,
    )
    assert [function.name for function in found.trace.root.functions()][-1] == "torch.nn.functional.linear"
    assert found.trace.multiplications == 9


@pytest.mark.parametrize(
    "forward",
    [
        checking,  # Neither answer fits both questions.
        lambda self, x: self.layer(x) if x.sum() > 0 else x * 2,
        lambda self, x: self.layer(x) if x.sum() > 0 else self.layer(x).numpy(),
        lambda self, x: [x := x / 2 for _ in iter(lambda: bool(x.norm() > 1), False)][-1],
    ],
)
def test_questions_whose_answers_matter_are_refused(forward: Any) -> None:
    with pytest.raises(ImportFailure) as caught:
        traces(Failing(forward), of((3,)), sizes=False)
    assert caught.value.kind == "data-dependent"


def test_the_place_is_the_line_that_raised() -> None:
    with pytest.raises(ImportFailure) as caught:
        traces(Failing(raising), of((3,)))
    text = Path(__file__).read_text(encoding="utf-8").splitlines()
    line = int(str(caught.value.place).rpartition(":")[2])
    assert "the moon is" in text[line - 1]


def everything() -> Traces:
    class Everything(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.drop = nn.Dropout(0.1)
            self.conv = nn.Conv2d(3, 4, 3)
            self.register_buffer("index", torch.tensor([0, 2]))

        def forward(self, x: Any) -> Any:
            y = self.conv(self.drop(x))[:, self.index, ..., 1:]
            y = y + torch.tensor([float("inf")])
            return {"a": torch.cat([y, y], dim=1).to(torch.float64), "b": torch.full_like(y, 1.0, device=y.device) + y}

    return traces(Everything(), of((3, 9, 9)))


def test_json_keeps_everything() -> None:
    found = everything()
    again = from_json(to_json(found))
    for one, other in ((found.trace, again.trace), (found.other, again.other)):
        assert one is not None
        assert other is not None
        assert lines(one) == lines(other)
        assert [vars(tensor) for tensor in one.tensors] == [vars(tensor) for tensor in other.tensors]
        assert (one.notes, one.unread, one.output_names) == (other.notes, other.unread, other.output_names)
        pairs = list(zip(one.root.functions(), other.root.functions(), strict=True))
        assert pairs
        for here, there in pairs:
            assert (here.settings, here.multiplications) == (there.settings, there.multiplications)
            assert [(port.shape, port.batched, port.dtype, port.maker is here) for port in here.outputs] == [
                (port.shape, port.batched, port.dtype, port.maker is there) for port in there.outputs
            ]
    assert (again.inputs, again.other_inputs) == (found.inputs, found.other_inputs)
    assert to_json(again) == to_json(found)
