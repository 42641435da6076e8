"""Networks of the transformers library, made small by their own configurations, are imported exactly.

Totals are held to PyTorch's, steps without a kind are counted, and where exported code can run, it loads the tensors of
the network and gives equal numbers.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pytest

torch: Any = pytest.importorskip("torch")

from effort import share  # noqa: E402
from torch.nn.attention import SDPBackend, sdpa_kernel  # noqa: E402
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from archcalc.importing.pytorch import of_module  # noqa: E402
from archcalc.importing.torch.inputs import Input  # noqa: E402
from archcalc.importing.torch.live.comparing import compared  # noqa: E402
from archcalc.verify.original import of_import  # noqa: E402


class Net(NamedTuple):
    """A network of the library: the start of the names of its classes, its configuration, and what goes in.

    `opaque` are the steps without a kind. Outputs have equal bits, or are `within` so much of each other, where the
    network itself computes in 32 bits and in another order. `because` says why they are not compared: the spec cannot
    be exported. `unreached` are parameters that only training applies.
    """

    name: str
    given: Mapping[str, Any]
    inputs: Sequence[Input]
    opaque: int = 0
    within: float = 0.0
    because: str | None = None
    unreached: Sequence[str] = ()


SIZES = {"vocab_size": 50, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24}
PLACES = {"max_position_embeddings": 64}
DISTILLED = {"vocab_size": 50, "dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 24}
WINDOWS = {"embed_dim": 8, "depths": [2, 2], "num_heads": [2, 4], "window_size": 4, "patch_size": 2}
FRAMES = {"conv_dim": (8, 8), "conv_stride": (5, 2), "conv_kernel": (10, 3), "num_feat_extract_layers": 2}
SPEECH = {**SIZES, **FRAMES, "num_conv_pos_embeddings": 4, "num_conv_pos_embedding_groups": 2}
SHORT = {"vocab_size": 50, "d_model": 16, "d_kv": 8, "d_ff": 24, "num_layers": 2, "num_heads": 2}
BUCKETS = {"relative_attention_num_buckets": 8, "relative_attention_max_distance": 20}
WORDS = (Input((12,), "int", "input_ids"),)
IMAGE = (Input((3, 32, 32), name="pixel_values"),)
NO_NUMBERS = "nothing says which numbers this buffer holds"
NETS = (
    Net("GPT2", {"vocab_size": 50, "n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 64}, WORDS),
    Net("Bert", {**SIZES, **PLACES}, WORDS),
    Net("DistilBert", {**DISTILLED, **PLACES}, WORDS),
    Net("Roberta", {**SIZES, **PLACES}, WORDS),
    Net("T5", {**SHORT, **BUCKETS}, (*WORDS, Input((16,), "int", "decoder_input_ids"))),
    Net("Llama", {**SIZES, "num_key_value_heads": 1}, WORDS),
    Net("Mistral", {**SIZES, "num_key_value_heads": 1, "head_dim": 8}, WORDS),
    Net(
        "Mixtral",
        {**SIZES, "intermediate_size": 32, "num_key_value_heads": 1, "num_local_experts": 4},
        WORDS,
        within=1e-6,
    ),
    Net("ViT", {**SIZES, "image_size": 32, "patch_size": 8}, IMAGE),
    Net("Swin", {**WINDOWS, "image_size": 32}, IMAGE, because=NO_NUMBERS),
    Net("ConvNext", {"hidden_sizes": [8, 16], "depths": [1, 2], "num_stages": 2}, IMAGE),
    Net("Wav2Vec2", SPEECH, (Input((400,), name="input_values"),), unreached=["masked_spec_embed"]),
)


def counted(module: Any, net: Net) -> int:
    """Multiplications for one item, by PyTorch's own counter, which sees what runs as plain products."""
    given = {
        one.name: torch.zeros(1, *one.shape, dtype=torch.long if one.dtype == "int" else None) for one in net.inputs
    }
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), counter:
        module(**given)
    return int(counter.get_total_flops()) // 2


@pytest.mark.parametrize("net", share(NETS, shares=3), ids=lambda net: net.name)
def test_networks_of_transformers(net: Net, models: Any) -> None:
    transformers = pytest.importorskip("transformers")
    config = getattr(transformers, f"{net.name}Config")(**net.given, use_cache=False)
    model = getattr(transformers, f"{net.name}Model")
    plain = model._from_config(copy.deepcopy(config), experts_implementation="eager").eval()
    module = model(config).eval()
    read = of_module(module, list(net.inputs))
    found = read.found
    learned = {name: one.numel() for name, one in module.named_parameters()}
    assert found.parameters == sum(size for name, size in learned.items() if name not in net.unreached)
    assert found.multiplications == counted(plain, net)
    assert (found.names.renamed, found.names.unreached, found.failures) == ({}, list(net.unreached), [])
    assert len(found.opaque) == net.opaque, found.text
    outcome = of_import(read, lambda code: compared(plain, code, fresh=True))
    if net.because is None:
        assert outcome.failure is None, outcome.failure
        assert all(one.equal or (one.difference or 1) < net.within for one in outcome.outcomes), str(outcome)
    else:
        assert net.because in str(outcome)
