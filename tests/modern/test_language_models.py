"""Language models beside those of the transformers library: parameters, their names and shapes, and multiplications.

The library builds its models from configurations on the meta device, where attention in steps is seen by PyTorch's
counter. What it computes for a mixture of experts depends on numbers: that is counted on the processor, in a small one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from catalogue import SPECS, whole
from export.generated import exported, namespace
from layers.oracles import load_torch, random_weights

import archcalc


class Model(NamedTuple):
    """A spec, and the library's model: its class, that of its configuration, and what the configuration says."""

    spec: str
    model: str
    config: str
    given: dict[str, Any]
    total: int
    prefix: str = ""

    def load(self) -> archcalc.Architecture:
        return whole(SPECS / "modern" / f"{self.spec}.yaml")

    def small(self, **values: int) -> Any:
        """The module that a smaller network of the kind is exported as; its claims are those of the published one."""
        text = (SPECS / "modern" / f"{self.spec}.yaml").read_text(encoding="utf-8").partition("\nexpect:")[0]
        source = exported(archcalc.load(text), **values)
        return getattr(namespace(source), source.class_name)().eval()

    def build(self, device: str = "meta", attention: str = "eager", **changes: Any) -> Any:
        """The library's model."""
        torch = load_torch()
        transformers = pytest.importorskip("transformers")
        config = getattr(transformers, self.config)(**{**self.given, **changes}, use_cache=False)
        config._attn_implementation, config._experts_implementation = attention, "eager"
        with torch.device(device):
            return getattr(transformers, self.model)(config).eval()

    def __str__(self) -> str:
        return self.spec


LLAMA: dict[str, Any] = {
    "vocab_size": 128256, "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32,
    "num_attention_heads": 32, "num_key_value_heads": 8, "rms_norm_eps": 1e-5, "tie_word_embeddings": False,
    "rope_parameters": {"rope_type": "default", "rope_theta": 500000.0}, "max_position_embeddings": 8192,
}  # fmt: skip
MIXTRAL: dict[str, Any] = {
    "vocab_size": 32000, "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32,
    "num_attention_heads": 32, "num_key_value_heads": 8, "rms_norm_eps": 1e-5, "tie_word_embeddings": False,
    "num_local_experts": 8, "num_experts_per_tok": 2,
    "rope_parameters": {"rope_type": "default", "rope_theta": 1000000.0},
}  # fmt: skip
T5: dict[str, Any] = {
    "vocab_size": 32128, "d_model": 512, "d_kv": 64, "d_ff": 2048, "num_layers": 6, "num_heads": 8,
    "feed_forward_proj": "relu", "tie_word_embeddings": True,
}  # fmt: skip
GPT2: dict[str, Any] = {"vocab_size": 50257, "n_positions": 1024, "n_embd": 768, "n_layer": 12, "n_head": 12}
BERT: dict[str, Any] = {"vocab_size": 30522, "hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12}

MODELS = (
    Model("gpt2", "GPT2LMHeadModel", "GPT2Config", GPT2, 124_439_808),
    Model("bert", "BertModel", "BertConfig", BERT, 109_482_240),
    Model("t5", "T5ForConditionalGeneration", "T5Config", T5, 60_506_624),
    Model("llama", "LlamaForCausalLM", "LlamaConfig", LLAMA, 8_030_261_248),
    Model("mixtral", "MixtralForCausalLM", "MixtralConfig", MIXTRAL, 46_702_792_704),
)
SMALL = {"width": 32, "heads": 4, "key_heads": 2, "hidden": 48, "words": 100, "depth": 3}
SMALL_CONFIG: dict[str, Any] = {
    "vocab_size": 100, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4,
    "num_key_value_heads": 2,
}  # fmt: skip


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_a_check_is_clean_and_gives_the_published_total(model: Model) -> None:
    report = model.load().check()
    assert report.ok
    assert report.totals.parameters == model.total


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_parameters_have_the_names_and_shapes_of_the_library(models: Any, model: Model) -> None:
    """A tensor that is tied stands under its first name."""
    theirs = {name: tuple(value.shape) for name, value in model.build().named_parameters()}
    nodes = model.load().check().graph.nodes
    ours = {node.key(tensor): tensor.shape for node in nodes for tensor in node.own_weights}
    assert ours == theirs


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_a_state_dict_has_the_keys_of_the_library_in_their_order(models: Any, model: Model) -> None:
    """The norms of LLaMA, Mixtral and T5 run first, and are registered behind what reads them.

    T5 has one table under three names, of which the spec has the first.
    """
    source = exported(model.load())
    with load_torch().device("meta"):
        ours = getattr(namespace(source), source.class_name)().state_dict()
    theirs = [name for name in model.build().state_dict() if model.spec != "t5" or "embed_tokens" not in name]
    assert list(ours) == theirs


def read(model: Model, torch: Any, length: int, device: str) -> dict[str, Any]:
    """What the library's model reads. A mask of its own keeps it from looking at numbers, which meta tensors lack."""
    words = torch.zeros(1, length, dtype=torch.long, device=device)
    if model.spec in ("t5", "bert"):
        return {"input_ids": words, **({"decoder_input_ids": words} if model.spec == "t5" else {})}
    return {"input_ids": words, "attention_mask": torch.zeros(1, 1, length, length, device=device)}


@pytest.mark.parametrize("model", [model for model in MODELS if model.spec != "mixtral"], ids=str)
def test_multiplications_are_half_of_what_pytorch_counts(models: Any, model: Model) -> None:
    torch = load_torch()
    from torch.utils.flop_counter import FlopCounterMode

    theirs = model.build()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        theirs(**read(model, torch, 24, "meta"))
    settings = {"T": 24, "S": 24} if model.spec == "t5" else {"T": 24}
    assert 2 * model.load().check(settings).totals.multiplications == counter.get_total_flops()


def test_experts_multiply_as_often_as_those_that_are_chosen(models: Any) -> None:
    torch = load_torch()
    from torch.utils.flop_counter import FlopCounterMode

    model = MODELS[-1]
    theirs = model.build("cpu", **SMALL_CONFIG)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        theirs(**read(model, torch, 24, "cpu"))
    report = model.load().check({**SMALL, "T": 24})
    assert 2 * report.totals.multiplications == counter.get_total_flops()
    assert report.totals.parameters == sum(value.numel() for value in theirs.parameters())


SMALL_MODELS: dict[str, tuple[dict[str, int], dict[str, Any]]] = {
    "gpt2": (
        {"width": 32, "heads": 4, "words": 100, "places": 64, "depth": 3},
        {"vocab_size": 100, "n_positions": 64, "n_embd": 32, "n_layer": 3, "n_head": 4},
    ),
    "bert": ({"width": 48}, {"hidden_size": 48, "intermediate_size": 192}),
    "llama": (SMALL, SMALL_CONFIG),
    "mixtral": (SMALL, SMALL_CONFIG),
}


@pytest.mark.parametrize("model", [model for model in MODELS if model.spec in SMALL_MODELS], ids=str)
def test_published_weights_give_published_outputs(models: Any, model: Model) -> None:
    """LLaMA and BERT are equal. The library writes GPT-2's GELU as steps, and adds experts in another order."""
    torch = load_torch()
    values, changes = SMALL_MODELS[model.spec]
    theirs = model.build("cpu", "sdpa", **changes)
    ours = model.small(**values)
    weights = random_weights(theirs.state_dict())
    for module in (ours, theirs):
        module.load_state_dict(weights, strict=True)
        if model.spec == "gpt2":
            module.double()
    words = torch.randint(100, (2, 24), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected, found = theirs(input_ids=words), ours(words, *([0 * words] if model.spec == "bert" else []))
    expected, found = (expected[0], found[0]) if model.spec == "bert" else (expected.logits, found)
    assert expected.std() > 0.5
    bound = {"llama": 0, "bert": 0, "gpt2": 1e-12, "mixtral": 1e-5}[model.spec]
    torch.testing.assert_close(found, expected, rtol=0, atol=bound)


def test_t5_gives_published_outputs(models: Any) -> None:
    """Its state has one table under three names, of which the spec has one; buckets of distances and masks agree."""
    torch = load_torch()
    small = {"d_model": 48, "d_kv": 8, "d_ff": 64, "num_layers": 3}
    model = next(model for model in MODELS if model.spec == "t5")
    theirs = model.build("cpu", **small)
    ours = model.small(width=48, inner=64, hidden=64, depth=3)
    theirs.load_state_dict(random_weights(theirs.state_dict()))
    kept = {name: value for name, value in theirs.state_dict().items() if "embed_tokens" not in name}
    ours.load_state_dict(kept, strict=True)
    words, targets = torch.randint(100, (2, 140)), torch.randint(100, (2, 20))
    with torch.no_grad():
        expected, found = theirs(input_ids=words, decoder_input_ids=targets).logits, ours(words, targets)
    assert expected.std() > 0.1
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


def test_gated_feed_forward_is_a_block_of_products(models: Any) -> None:
    """A gate is written with `multiply`, or with `glu` where one layer has both halves."""
    text = "input: [5, 8]\nlayers:\n  - {permute: {axes: [0, 1], layout: channels_last}}\n  - {linear: 12}\n  - glu\n"
    assert archcalc.load(text).check().outputs == {"output": (5, 6)}
