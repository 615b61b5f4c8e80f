"""A model's shape from the `config.json` of its repository on the Hugging Face hub."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["Shape", "parameters_of", "read_config", "shape_of"]

# Key of the declaration -> value. Everything that `architecture` holds.
Shape = dict[str, Any]

_MAX_BYTES = 1024 * 1024
_DTYPES = {"float32", "bfloat16", "float16"}
# Dense decoders whose weights follow from config.json exactly; others have parts that it does not size.
_COUNTED = {"llama", "mistral", "qwen2", "qwen3"}
_EXPERTS = ("num_experts", "num_local_experts", "n_routed_experts")


def read_config(file: Path) -> dict[str, Any]:
    """The content of a `config.json`; of a model that sees and reads, the part that reads.

    Raises:
        ValueError: not such a file.
        OSError: it cannot be read.
    """
    if file.stat().st_size > _MAX_BYTES:
        raise ValueError(f"{file} is too large for a config.json")
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{file} is not JSON: {error}") from None
    if not isinstance(config, dict):
        raise ValueError(f"{file} is not a config.json: it holds no mapping")
    text = config.get("text_config")
    # What the inner part leaves out (the type of the weights, how they are quantised) stands outside.
    return {**config, **text, "is_multimodal": True} if isinstance(text, dict) else config


def shape_of(config: Mapping[str, Any], given: Mapping[str, int]) -> Shape:
    """The `architecture` of a declaration. `given` says what the config does not: parameters, positions, weightBytes.

    Raises:
        ValueError: something is missing, or is written in a way that cannot be declared.
    """
    heads = _number(config, "num_attention_heads")
    shape: Shape = {
        "parameters": given.get("parameters") or parameters_of(config),
        "layers": _number(config, "num_hidden_layers"),
        "heads": heads,
        "kvHeads": _number(config, "num_key_value_heads", heads),
        "headDim": _head_dim(config),
        "hidden": _number(config, "hidden_size"),
        "vocabulary": _number(config, "vocab_size"),
        "positions": given.get("positions") or _number(config, "max_position_embeddings"),
        "dtype": _dtype(config),
    }
    if config.get("kv_lora_rank") is not None:
        shape["latentAttention"] = _latent(config)
    experts = _experts(config)
    if experts:
        shape["experts"] = experts
    kinds = config.get("layer_types")
    if isinstance(kinds, list) and "sliding_attention" in kinds:
        window = _number(config, "sliding_window")
        shape["slidingWindow"] = {"tokens": window, "layers": kinds.count("sliding_attention")}
    block = _block(config.get("quantization_config"))
    if block:
        shape["weightBlock"] = block
    if "weightBytes" in given:
        shape["weightBytes"] = given["weightBytes"]
    return shape


def _latent(config: Mapping[str, Any]) -> dict[str, int]:
    latent = {"kvLoraRank": _number(config, "kv_lora_rank"), "ropeHeadDim": _number(config, "qk_rope_head_dim")}
    indexed = config.get("index_topk") is not None
    return latent | ({"indexedLayers": _number(config, "num_hidden_layers")} if indexed else {})


def _experts(config: Mapping[str, Any]) -> dict[str, int]:
    """Models name these numbers differently; one that names them in yet another way is declared without."""
    count = next((config[key] for key in _EXPERTS if config.get(key)), None)
    active = config.get("num_experts_per_tok") or config.get("experts_per_token")
    inner = config.get("moe_intermediate_size") or config.get("intermediate_size")
    said = {"count": count, "active": active, "inner": inner}
    found = {key: value for key, value in said.items() if isinstance(value, int) and value > 0}
    return found if found.keys() == said.keys() else {}


def parameters_of(config: Mapping[str, Any]) -> int:
    """How many parameters a dense decoder of the Llama, Mistral or Qwen family has, exactly.

    Raises:
        ValueError: another kind of model, whose number does not follow from its config.
    """
    kind = config.get("model_type")
    if kind not in _COUNTED or config.get("is_multimodal") or any(config.get(key) for key in _EXPERTS):
        raise ValueError(
            f"the number of parameters of a '{kind}' model does not follow from its config.json: "
            "give it with --set parameters=NUMBER; the model's card or its safetensors index has it"
        )
    hidden, layers = _number(config, "hidden_size"), _number(config, "num_hidden_layers")
    embeddings = _number(config, "vocab_size") * hidden * (1 if config.get("tie_word_embeddings") else 2)
    return embeddings + layers * (_attention(config) + _feed_forward(config) + 2 * hidden) + hidden


def _attention(config: Mapping[str, Any]) -> int:
    hidden, width = _number(config, "hidden_size"), _head_dim(config)
    queries = _number(config, "num_attention_heads") * width
    keys = _number(config, "num_key_value_heads", _number(config, "num_attention_heads")) * width
    weights = hidden * (queries + 2 * keys) + queries * hidden
    if config["model_type"] == "qwen2":
        return weights + queries + 2 * keys  # Qwen2 always has biases here, and none on the way out
    biases = queries + 2 * keys + hidden if config.get("attention_bias") else 0
    norms = 2 * width if config["model_type"] == "qwen3" else 0
    return weights + biases + norms


def _feed_forward(config: Mapping[str, Any]) -> int:
    hidden, inner = _number(config, "hidden_size"), _number(config, "intermediate_size")
    return 3 * hidden * inner + (2 * inner + hidden if config.get("mlp_bias") else 0)


def _head_dim(config: Mapping[str, Any]) -> int:
    if config.get("head_dim") is not None:
        return _number(config, "head_dim")
    if config.get("kv_lora_rank") is not None:
        return _number(config, "qk_nope_head_dim") + _number(config, "qk_rope_head_dim")
    hidden, heads = _number(config, "hidden_size"), _number(config, "num_attention_heads")
    if hidden % heads:
        raise ValueError(f"config.json has no head_dim, and hidden_size {hidden} is not a multiple of {heads} heads")
    return hidden // heads


def _number(config: Mapping[str, Any], key: str, otherwise: int | None = None) -> int:
    value = config.get(key)
    if value is None and otherwise is not None:
        return otherwise
    if value is None:
        raise ValueError(f"config.json has no {key}: is it the config.json of a language model?")
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise ValueError(f"config.json: {key} must be a positive whole number, not {value!r}")
    return value


def _dtype(config: Mapping[str, Any]) -> str:
    quantization = config.get("quantization_config")
    if isinstance(quantization, dict):
        return _quantized(quantization)
    found = config.get("dtype") or config.get("torch_dtype")
    if found not in _DTYPES:
        raise ValueError(f"config.json: the type of the weights is {found!r}, not one of {', '.join(sorted(_DTYPES))}")
    return str(found)


def _quantized(quantization: Mapping[str, Any]) -> str:
    method = quantization.get("quant_method")
    if method in ("fp8", "fbgemm_fp8"):
        return "fp8"
    weights = _quantized_groups(quantization) if method == "compressed-tensors" else []
    for kind, dtype in (("float", "fp8"), ("int", "int8")):
        if weights and all(one.get("num_bits") == 8 and one.get("type") == kind for one in weights):
            return dtype
    raise ValueError(f"config.json: weights quantised by {method!r} cannot be declared; fp8 and int8 can")


def _block(quantization: Any) -> int | None:
    sizes = quantization.get("weight_block_size") if isinstance(quantization, dict) else None
    widths = [one for one in sizes if isinstance(one, int) and one > 0] if isinstance(sizes, list) else []
    return max(widths, default=None)


def _quantized_groups(quantization: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    groups = quantization.get("config_groups")
    found = [one.get("weights") for one in groups.values() if isinstance(one, dict)] if isinstance(groups, dict) else []
    return [one for one in found if isinstance(one, dict)]
