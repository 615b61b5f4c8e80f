"""Model: what its numbers mean."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from groundwork.fleet.model import Architecture, Hardware, Model
from tests.fleet.repository import Repository

SHAPE: dict[str, Any] = {
    "parameters": 1000,
    "layers": 4,
    "heads": 8,
    "kvHeads": 8,
    "headDim": 16,
    "hidden": 128,
    "vocabulary": 512,
    "positions": 1024,
    "dtype": "bfloat16",
}


def model(hardware: dict[str, Any], **shape: Any) -> Model:
    """A model of that shape on that hardware."""
    return Model.model_validate(
        {
            "name": "a",
            "source": {"huggingFace": "a/b"},
            "architecture": SHAPE | shape,
            "engine": "vllm",
            "hardware": hardware,
            "context": 1024,
            "concurrency": 1,
            "replicas": {"min": 1, "max": 1},
        }
    )


@pytest.mark.parametrize(("dtype", "expected"), [("float32", 4000), ("bfloat16", 2000), ("float16", 2000)])
def test_weights_follow_from_parameters_and_type(dtype: str, expected: int) -> None:
    """Unless the size of the files is given, which counts more."""
    assert Architecture.model_validate(SHAPE | {"dtype": dtype}).bytes_of_weights == expected
    assert Architecture.model_validate(SHAPE | {"dtype": dtype, "weightBytes": 7}).bytes_of_weights == 7


def test_embeddings_of_quantized_weights_stay_in_16_bit() -> None:
    """Llama 3.3 70B in fp8 takes 67.7 GiB (llm-d-planner, start-up logs of vLLM 0.11), not the 65.7 of one byte for each parameter."""
    shape = SHAPE | {"dtype": "fp8", "parameters": 70_553_706_496, "vocabulary": 128256, "hidden": 8192}

    assert Architecture.model_validate(shape).bytes_of_weights / 1024**3 == pytest.approx(67.7, abs=0.1)


@pytest.mark.parametrize(
    ("hardware", "expected"),
    [
        ({"gpu": "l4", "count": 4}, 4),
        ({"neuron": "inferentia2", "count": 1}, 2),
        ({"neuron": "trainium2", "count": 2}, 8),
    ],
)
def test_tensor_parallelism_counts_cores(hardware: dict[str, Any], expected: int) -> None:
    """A GPU is one; a Neuron chip is as many as software sees cores on it."""
    assert model(hardware).tensor_parallelism == expected


def test_cores_must_share_the_heads() -> None:
    """Six Neuron chips are twelve cores, and those cannot share eight heads."""
    with pytest.raises(ValidationError, match=r"6 inferentia2 \(12 cores\) cannot share 8 attention heads evenly"):
        model({"neuron": "inferentia2", "count": 6})


def test_few_key_value_heads_are_copied() -> None:
    """More devices than key-value heads are fine as long as one number divides the other."""
    assert model({"gpu": "l4", "count": 8}, kvHeads=2).tensor_parallelism == 8


def test_latent_attention_has_one_cache_for_all() -> None:
    """Its key-value heads are a number in a file; nothing has to divide them."""
    latent = {"kvLoraRank": 512, "ropeHeadDim": 64}

    assert model({"gpu": "l4", "count": 8}, kvHeads=3, latentAttention=latent).tensor_parallelism == 8


def test_the_vocabulary_is_padded_before_it_is_shared() -> None:
    """To a multiple of 64, as vLLM does: 500 divides by 8 after that, and never by 5."""
    assert model({"gpu": "l4", "count": 8}, vocabulary=500).tensor_parallelism == 8
    with pytest.raises(ValidationError, match="5 l4 cannot share a vocabulary of 512 evenly"):
        model({"gpu": "l4", "count": 5}, heads=5, kvHeads=5)


def test_experts_are_divided_by_whole_blocks() -> None:
    """1408 wide, eight GPUs have 176 each: fine, unless 128 of them share a scale. vLLM then refuses to start."""
    experts = {"count": 64, "active": 6, "inner": 1408}

    assert model({"gpu": "l4", "count": 8}, experts=experts).tensor_parallelism == 8
    with pytest.raises(ValidationError, match="8 l4 cannot share experts of width 1408 in blocks of 128 evenly"):
        model({"gpu": "l4", "count": 8}, experts=experts, dtype="fp8", weightBlock=128)
    blocks = Architecture.model_validate(SHAPE | {"experts": experts, "weightBlock": 128})
    assert blocks.uneven(8, whole_experts=True) == ""


def test_a_slice_is_a_part_of_a_device() -> None:
    """Another resource, other nodes, and a part of the price."""
    whole = Hardware.model_validate({"gpu": "a100-80gb", "count": 1})
    part = Hardware.model_validate({"gpu": "a100-80gb", "count": 1, "slice": "3g.40gb"})

    assert (part.kind, part.resource) == ("a100-80gb-3g.40gb", "nvidia.com/mig-3g.40gb")
    assert whole.usd_per_hour is not None
    assert part.usd_per_hour == whole.usd_per_hour / 2


@pytest.mark.parametrize(
    ("hardware", "problem"),
    [
        ({"gpu": "l4", "count": 1, "slice": "1g.10gb"}, "l4 has no MIG profile 1g.10gb"),
        ({"gpu": "h100", "count": 1, "slice": "1g.5gb"}, "h100 has no MIG profile 1g.5gb"),
        ({"gpu": "h100", "count": 2, "slice": "1g.10gb"}, "slices of a GPU cannot work together"),
        ({"gpu": "h100", "count": 1, "slice": "half"}, "pattern"),
        ({"cpu": 4, "slice": "1g.10gb"}, "`slice` is for accelerators"),
        ({"cpu": 4, "spot": True}, "`spot` is for accelerators"),
    ],
)
def test_a_slice_must_be_one_that_there_is(hardware: dict[str, Any], problem: str) -> None:
    """NVIDIA divides each GPU in a few ways only."""
    with pytest.raises(ValidationError, match=problem):
        Hardware.model_validate(hardware)


def test_hardware_knows_its_device() -> None:
    """The accelerator's facts are one step away."""
    hardware = Hardware.model_validate({"gpu": "h200", "count": 8})

    assert hardware.accelerator == "h200"
    assert hardware.device.resource == "nvidia.com/gpu"


@pytest.mark.parametrize(
    ("hardware", "shape", "expected"),
    [
        ({"neuron": "inferentia2", "count": 1, "nodes": 2}, {}, "only GPUs are spread over several nodes"),
        ({"gpu": "l4", "count": 1, "nodes": 5}, {"layers": 4}, "4 layers cannot be spread over 5 nodes"),
    ],
)
def test_not_everything_is_spread_over_nodes(hardware: dict[str, Any], shape: dict[str, int], expected: str) -> None:
    """Each node computes some of the layers."""
    with pytest.raises(ValidationError, match=expected):
        model(hardware, **shape)


def test_a_replica_over_nodes_takes_and_costs_as_much_as_its_nodes() -> None:
    """The heads are shared within a node; what is bought is counted over all of them."""
    one, two = (model({"gpu": "l4", "count": 4, "nodes": nodes}) for nodes in (1, 2))

    assert (
        (two.tensor_parallelism, two.hardware.devices) == (one.tensor_parallelism, 2 * one.hardware.devices) == (4, 8)
    )
    assert one.hardware.usd_per_hour is not None
    assert two.hardware.usd_per_hour == 2 * one.hardware.usd_per_hour


def test_the_reference_models_share_their_shape_with_published_figures(repository: Repository) -> None:
    """14.8 billion parameters of two bytes are the 29,536,614,400 bytes that the hub lists for Qwen3-14B."""
    assert repository.load().models["large"].architecture.bytes_of_weights == 29_536_614_400


def small(**changes: Any) -> Model:
    """A model that llama.cpp serves."""
    file = {"huggingFace": "a/b", "file": "b.gguf"}
    body = model({"gpu": "l4", "count": 1}).model_dump(by_alias=True, exclude_defaults=True)
    shape = {"architecture": SHAPE | {"dtype": "q8_0"}}
    return Model.model_validate(body | {"source": file, "engine": "llamacpp", "hardware": {"cpu": 2}} | shape | changes)


def test_cores_are_no_accelerators() -> None:
    """What counts accelerators counts none, and what asks for their kind learns that there is none."""
    hardware = small().hardware

    assert (hardware.accelerated, hardware.devices, hardware.accelerator) == (False, 0, "")
    with pytest.raises(LookupError):
        _ = hardware.device


def test_blocks_of_eight_bit_carry_their_scales() -> None:
    """q8_0 takes 34 bytes for 32 weights."""
    assert Architecture.model_validate(SHAPE | {"dtype": "q8_0", "parameters": 3200}).bytes_of_weights == 3400


def test_every_kind_of_hardware_has_a_price() -> None:
    """Budgets bite on cores as they do on GPUs: a share of the cheapest node."""
    cores = small().hardware.usd_per_hour

    assert cores is not None
    assert 0 < cores < (model({"gpu": "l4", "count": 1}).hardware.usd_per_hour or 0)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"source": {"huggingFace": "a/b"}}, "llamacpp serves one GGUF file, and `source` names none"),
        ({"hardware": {"gpu": "l4", "count": 1}}, "llamacpp runs on cores, not on 1 l4"),
        ({"architecture": SHAPE | {"dtype": "fp8"}}, "llamacpp does not serve fp8 weights"),
        ({"toolCalls": "hermes"}, "`toolCalls` is vLLM's: llama.cpp reads it from the file"),
        ({"reasoning": "qwen3"}, "`reasoning` is vLLM's: llama.cpp reads it from the file"),
        ({"images": 2}, "images are carried with vllm only: a GGUF file brings no projector"),
        ({"dimensions": 64, "images": 2}, "an embedding model has no `images`"),
        ({"engine": "ray"}, "ray is carried for models that embed, and this one has no `dimensions`"),
        ({"engine": "ray", "dimensions": 64, "replicas": {"min": 0, "max": 1}}, "replicas of Ray Serve do not sleep"),
        ({"engine": "ray", "dimensions": 64, "source": {"huggingFace": "a/b"}}, "ray serves one GGUF file"),
    ],
)
def test_llamacpp_says_what_it_cannot_serve(changes: dict[str, Any], expected: str) -> None:
    """Each would come up red, or not at all."""
    with pytest.raises(ValidationError, match=expected):
        small(**changes)


@pytest.mark.parametrize(("changes", "expected"), [({}, True), ({"dimensions": 64}, False)])
def test_llamacpp_calls_tools_with_the_template_of_its_file(changes: dict[str, Any], expected: bool) -> None:  # noqa: FBT001
    """No parser is declared for it; a model that embeds calls nothing."""
    assert small(**changes).calls_tools is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"hardware": {"neuron": "inferentia2", "count": 1}}, "adapters are loaded into vllm on the GPUs of one node"),
        ({"hardware": {"gpu": "l4", "count": 1, "nodes": 2}}, "not into vllm on 1 l4 of each of 2 nodes"),
        ({"name": "tone"}, "'tone' names an adapter, and the model or another adapter as well"),
    ],
)
def test_adapters_need_a_server_that_loads_them_and_names_of_their_own(changes: dict[str, Any], expected: str) -> None:
    """The same name twice would answer with one of the two."""
    body = model({"gpu": "l4", "count": 1}).model_dump(by_alias=True, exclude_defaults=True)
    adapters = [{"name": "tone", "revision": "1", "rank": 16}]

    assert Model.model_validate(body | {"adapters": adapters}).names == ("a", "tone")
    with pytest.raises(ValidationError, match=expected):
        Model.model_validate(body | {"adapters": adapters} | changes)
