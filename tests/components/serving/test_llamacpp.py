"""llama.cpp: small models on cores, none of whose memory is a surprise."""

from __future__ import annotations

from typing import Any

import pytest

from groundwork.catalog.quantities import parse_quantity
from groundwork.components.serving.llamacpp import Llamacpp

DEV = "dev-us-east-1"


def container(deployment: Any) -> Any:
    """The model server's own container."""
    return deployment["spec"]["template"]["spec"]["containers"][0]


def value(arguments: list[str], flag: str) -> str:
    """What follows a flag: llama.cpp does not know `--flag=value`."""
    return arguments[arguments.index(flag) + 1]


def test_the_slots_share_the_context(render: Any, site: Any, find: Any) -> None:
    """llama.cpp divides its context by the slots, so that each gets what one request may take."""
    arguments = container(find(render(Llamacpp, site(DEV)), "Deployment", "qwen3-1-7b"))["args"]

    assert (value(arguments, "--ctx-size"), value(arguments, "--parallel")) == (str(2 * 8192), "2")
    assert value(arguments, "--model") == "/models/qwen3-1-7b/Qwen3-1.7B-Q8_0.gguf"
    assert value(arguments, "--alias") == "qwen3-1-7b"


def test_it_computes_on_the_cores_that_it_asks_for(render: Any, site: Any, find: Any) -> None:
    """More threads than cores wait for one another; fewer leave cores idle that nobody else may use."""
    server = container(find(render(Llamacpp, site(DEV)), "Deployment", "qwen3-1-7b"))

    assert value(server["args"], "--threads") == server["resources"]["requests"]["cpu"] == "8"


def test_its_pods_run_on_graviton(render: Any, site: Any, find: Any) -> None:
    """The image exists for both architectures; the cheaper cores are meant."""
    pod = find(render(Llamacpp, site(DEV)), "Deployment", "qwen3-1-7b")["spec"]["template"]["spec"]

    assert pod["nodeSelector"] == {"kubernetes.io/arch": "arm64"}
    assert "tolerations" not in pod


def test_memory_holds_weights_and_the_cache_of_every_slot(render: Any, site: Any, find: Any) -> None:
    """1.8 GB of weights, 28 layers x 8 heads x 128 x keys and values x 2 bytes for 16384 tokens, and room."""
    server = container(find(render(Llamacpp, site(DEV)), "Deployment", "qwen3-1-7b"))

    cache = 2 * 28 * 8 * 128 * 2 * 16384
    assert parse_quantity(server["resources"]["limits"]["memory"]) >= 1_828_000_000 + cache + 1024**3
    assert value(server["args"], "--cache-ram") == "0"


@pytest.mark.parametrize("name", ["qwen3-1-7b", "arctic-embed-s"])
def test_nobody_reads_other_peoples_prompts(render: Any, site: Any, find: Any, name: str) -> None:
    """The list of slots shows what they work on; the web page would be a door beside the gateway."""
    arguments = container(find(render(Llamacpp, site(DEV)), "Deployment", name))["args"]

    assert {"--no-slots", "--no-webui", "--offline", "--metrics"} <= set(arguments)


def test_a_model_that_embeds_takes_a_text_in_one_piece(render: Any, site: Any, find: Any) -> None:
    """A text longer than the batch would be refused."""
    arguments = container(find(render(Llamacpp, site(DEV)), "Deployment", "arctic-embed-s"))["args"]

    assert "--embeddings" in arguments
    assert int(value(arguments, "--ubatch-size")) >= 512
    assert value(arguments, "--ubatch-size") == value(arguments, "--batch-size")


def test_it_scales_on_its_own_queue(render: Any, site: Any, find: Any) -> None:
    """Its series carry no model's name, so the Service's label tells one server from the next."""
    scaler = find(render(Llamacpp, site(DEV)), "ScaledObject", "qwen3-1-7b")

    (trigger,) = scaler["spec"]["triggers"]
    assert 'llamacpp:requests_deferred{namespace="ai-inference",service="qwen3-1-7b"}' in trigger["metadata"]["query"]
    assert trigger["metadata"]["threshold"] == "2"


def test_clusters_without_such_models_do_not_carry_it(site: Any) -> None:
    """prod-us-east-2 serves on GPUs only."""
    assert not Llamacpp.carried(site("prod-us-east-2"))
