"""Shapes from config.json, against numbers that the hub publishes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from groundwork.fleet.huggingface import parameters_of, read_config, shape_of

QWEN3_14B: dict[str, Any] = {
    "model_type": "qwen3",
    "hidden_size": 5120,
    "intermediate_size": 17408,
    "num_hidden_layers": 40,
    "num_attention_heads": 40,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "vocab_size": 151936,
    "max_position_embeddings": 40960,
    "torch_dtype": "bfloat16",
    "tie_word_embeddings": False,
    "attention_bias": False,
}
QWEN3_4B = QWEN3_14B | {
    "hidden_size": 2560,
    "intermediate_size": 9728,
    "num_hidden_layers": 36,
    "num_attention_heads": 32,
    "tie_word_embeddings": True,
}
LLAMA_31_8B: dict[str, Any] = {
    "model_type": "llama",
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
    "max_position_embeddings": 131072,
    "torch_dtype": "bfloat16",
}
QWEN25_7B: dict[str, Any] = {
    "model_type": "qwen2",
    "hidden_size": 3584,
    "intermediate_size": 18944,
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
    "vocab_size": 152064,
    "max_position_embeddings": 32768,
    "dtype": "bfloat16",
}
GLM_5: dict[str, Any] = {
    "model_type": "glm_moe_dsa",
    "hidden_size": 6144,
    "num_hidden_layers": 78,
    "num_attention_heads": 64,
    "num_key_value_heads": 64,
    "head_dim": 64,
    "kv_lora_rank": 512,
    "qk_rope_head_dim": 64,
    "vocab_size": 154880,
    "max_position_embeddings": 202752,
    "dtype": "bfloat16",
    "n_routed_experts": 256,
    "quantization_config": {"quant_method": "fp8", "weight_block_size": [128, 128]},
}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (QWEN3_14B, 14_768_307_200),
        (QWEN3_4B, 4_022_468_096),
        (LLAMA_31_8B, 8_030_261_248),
        (QWEN25_7B, 7_615_616_512),
    ],
)
def test_parameters_of_dense_models_are_exact(config: dict[str, Any], expected: int) -> None:
    """To the last one, as the files on the hub have them."""
    assert parameters_of(config) == expected


def test_biases_count_where_there_are_some() -> None:
    """Attention: of q, k, v and the way out; feed-forward: of all three matrices."""
    plain = parameters_of(LLAMA_31_8B)

    assert parameters_of(LLAMA_31_8B | {"attention_bias": True}) - plain == 32 * (4096 + 2 * 1024 + 4096)
    assert parameters_of(LLAMA_31_8B | {"mlp_bias": True}) - plain == 32 * (2 * 14336 + 4096)


@pytest.mark.parametrize("config", [GLM_5, QWEN3_14B | {"model_type": "qwen3_moe"}, QWEN3_14B | {"num_experts": 128}])
def test_other_models_parameters_are_asked_for(config: dict[str, Any]) -> None:
    """Experts and unknown parts cannot be counted from a config; given, the number is taken."""
    with pytest.raises(ValueError, match=r"give it with --set parameters=NUMBER"):
        shape_of(config, {})

    assert shape_of(config, {"parameters": 5})["parameters"] == 5


def test_a_shape_has_every_number_of_a_declaration() -> None:
    """Under the names that declarations use."""
    assert shape_of(QWEN3_14B, {}) == {
        "parameters": 14_768_307_200,
        "layers": 40,
        "heads": 40,
        "kvHeads": 8,
        "headDim": 128,
        "hidden": 5120,
        "vocabulary": 151936,
        "positions": 40960,
        "dtype": "bfloat16",
    }


def test_latent_attention_and_fp8_are_recognised() -> None:
    """GLM-5: one compressed cache for all heads, weights in fp8."""
    shape = shape_of(GLM_5, {"parameters": 743_911_218_432, "weightBytes": 756_160_000_000})

    assert shape["latentAttention"] == {"kvLoraRank": 512, "ropeHeadDim": 64}
    assert shape["dtype"] == "fp8"
    assert shape["headDim"] == 64
    assert shape["weightBytes"] == 756_160_000_000


def test_what_else_takes_memory_is_recognised() -> None:
    """Experts under the names of several families, windows by the kinds of layers, the index of sparse attention."""
    glm = GLM_5 | {"n_routed_experts": 256, "num_experts_per_tok": 8, "moe_intermediate_size": 2048, "index_topk": 2048}
    gemma = QWEN3_14B | {"sliding_window": 1024, "layer_types": ["sliding_attention"] * 5 + ["full_attention"]}
    oss = QWEN3_14B | {"num_local_experts": 32, "experts_per_token": 4, "intermediate_size": 2880}

    assert shape_of(glm, {"parameters": 5})["experts"] == {"count": 256, "active": 8, "inner": 2048}
    assert shape_of(glm, {"parameters": 5})["latentAttention"]["indexedLayers"] == 78
    blocks = GLM_5["quantization_config"] | {"weight_block_size": [128, 128]}
    assert shape_of(GLM_5 | {"quantization_config": blocks}, {"parameters": 5})["weightBlock"] == 128
    assert shape_of(gemma, {})["slidingWindow"] == {"tokens": 1024, "layers": 5}
    assert shape_of(oss, {"parameters": 5})["experts"] == {"count": 32, "active": 4, "inner": 2880}
    assert "experts" not in shape_of(QWEN3_14B, {})


def test_what_a_config_leaves_out_follows() -> None:
    """Key-value heads default to heads, the width of a head to hidden / heads; of latent attention, to its two parts."""
    config = {key: value for key, value in LLAMA_31_8B.items() if key != "num_key_value_heads"}
    assert shape_of(config, {})["kvHeads"] == 32
    assert shape_of(config, {})["headDim"] == 128

    latent = {key: value for key, value in GLM_5.items() if key != "head_dim"} | {"qk_nope_head_dim": 128}
    assert shape_of(latent, {"parameters": 1})["headDim"] == 192


@pytest.mark.parametrize(
    ("quantization", "expected"),
    [
        ({"quant_method": "fbgemm_fp8"}, "fp8"),
        (
            {
                "quant_method": "compressed-tensors",
                "config_groups": {"g": {"weights": {"num_bits": 8, "type": "float"}}},
            },
            "fp8",
        ),
        (
            {"quant_method": "compressed-tensors", "config_groups": {"g": {"weights": {"num_bits": 8, "type": "int"}}}},
            "int8",
        ),
    ],
)
def test_eight_bit_weights_are_recognised(quantization: dict[str, Any], expected: str) -> None:
    """Whichever tool wrote them."""
    assert shape_of(QWEN3_14B | {"quantization_config": quantization}, {})["dtype"] == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"hidden_size": None}, r"config.json has no hidden_size: is it the config.json of a language model\?"),
        ({"hidden_size": "5120"}, "hidden_size must be a positive whole number, not '5120'"),
        ({"num_hidden_layers": 0}, "num_hidden_layers must be a positive whole number, not 0"),
        ({"vocab_size": True}, "vocab_size must be a positive whole number, not True"),
        ({"head_dim": None, "hidden_size": 5121}, "hidden_size 5121 is not a multiple of 40 heads"),
        ({"torch_dtype": "float8"}, "the type of the weights is 'float8', not one of bfloat16, float16, float32"),
        ({"torch_dtype": None}, "the type of the weights is None"),
        ({"quantization_config": {"quant_method": "awq", "bits": 4}}, "weights quantised by 'awq' cannot be declared"),
        (
            {"quantization_config": {"quant_method": "compressed-tensors"}},
            "quantised by 'compressed-tensors' cannot be",
        ),
        (
            {"quantization_config": {"quant_method": "compressed-tensors", "config_groups": {"g": {"weights": None}}}},
            "quantised by 'compressed-tensors' cannot be",
        ),
    ],
)
def test_what_cannot_be_declared_is_said(change: dict[str, Any], expected: str) -> None:
    """Naming the key of config.json."""
    with pytest.raises(ValueError, match=expected):
        shape_of(QWEN3_14B | change, {"parameters": 1})


def test_the_part_that_reads_is_taken(tmp_path: Path) -> None:
    """A model that sees as well keeps its language model's shape inside; its parameters cannot be counted from it."""
    inner = {key: value for key, value in QWEN3_14B.items() if key != "torch_dtype"}
    (tmp_path / "config.json").write_text(
        json.dumps({"model_type": "vl", "torch_dtype": "bfloat16", "text_config": inner})
    )
    config = read_config(tmp_path / "config.json")

    assert shape_of(config, {"parameters": 9})["dtype"] == "bfloat16"
    with pytest.raises(ValueError, match="does not follow from its config"):
        shape_of(config, {})


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"{", "is not JSON"),
        (b"[]", "is not a config.json: it holds no mapping"),
        (b"\xff", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b" " * (1024 * 1024 + 1), "is too large for a config.json"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes, expected: str) -> None:
    """Whatever was downloaded by mistake."""
    (tmp_path / "config.json").write_bytes(content)

    with pytest.raises(ValueError, match=expected):
        read_config(tmp_path / "config.json")
