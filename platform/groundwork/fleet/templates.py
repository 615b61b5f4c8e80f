"""The texts that `groundwork new` starts from. Each is valid as it stands; comments say what a person has to decide."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

__all__ = ["EXAMPLE_SHAPE", "agent", "cluster", "model", "pipeline", "tenant", "tool"]

# Qwen3-4B: small, so that a file whose numbers nobody has replaced yet does little harm.
EXAMPLE_SHAPE: dict[str, Any] = {
    "parameters": 4022468096,
    "layers": 36,
    "heads": 32,
    "kvHeads": 8,
    "headDim": 128,
    "hidden": 2560,
    "vocabulary": 151936,
    "positions": 40960,
    "dtype": "bfloat16",
}
# Sentences and names, and networks: nothing that YAML reads as a number or as syntax.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9./ -]*[A-Za-z0-9.]|[0-9]+(\.[0-9]+){3}/[0-9]+")
_CONFIG_KEYS = {
    "parameters": "metadata.total_size of the safetensors index, divided by the bytes of one parameter",
    "layers": "num_hidden_layers",
    "heads": "num_attention_heads",
    "kvHeads": "num_key_value_heads",
    "headDim": "head_dim, or hidden_size / num_attention_heads",
    "hidden": "hidden_size",
    "vocabulary": "vocab_size",
    "positions": "max_position_embeddings",
    "dtype": "dtype (torch_dtype in older files), or what quantization_config says",
}


def cluster(
    *,
    name: str,
    environment: str,
    account: str,
    region: str,
    kubernetes: str,
    nodes: str,
    cidr: str,
    channel: str,
) -> str:
    """A cluster that carries nothing yet."""
    return f"""\
# Say in one sentence what this cluster is for.

name: {name}
environment: {_text(environment)} # development, staging or production
account: {_quoted(account)}
region: {_text(region)}
kubernetes: {_quoted(kubernetes)}
nodes: {_text(nodes)} # auto: EKS Auto Mode; karpenter: self-managed nodes
network: {{cidr: {_text(cidr)}}} # used by no other cluster; it cannot be changed once the cluster stands
gateway: {{edge: kgateway, models: litellm}} # models: litellm or bifrost
capacity: {{cpu: 64, memory: 256Gi}} # the most to buy for what needs no accelerator
quotas: {{}} # vCPUs that AWS has granted in this account and region: {{standard-on-demand: 256, g-on-demand: 64}}
roles: {{}} # which model fills which role of the agents: {{reasoning: qwen3-4b, fast: qwen3-4b}}
models: {{}} # files of apps/models/, each with what is different here: {{qwen3-4b: {{replicas: {{min: 0, max: 1}}}}}}
agents: [] # files of apps/agents/ that run once for everybody
tenants: [] # files of apps/tenants/
pipelines: [] # files of apps/pipelines/
channel: {channel} # component versions: stable, or next to try a bump here first
budget: {{usdPerMonth: 1500}} # a warning at 80 % and at 100 %
"""


def model(
    *,
    name: str,
    repository: str | None,
    shape: Mapping[str, Any],
    is_example: bool,
    hardware: Mapping[str, Any],
    context: int,
    concurrency: int,
) -> str:
    """A model on hardware that holds its weights."""
    head = "Say what it is for, and why it runs on this hardware."
    if is_example:
        head += (
            "\n# The architecture below is Qwen3-4B's: replace each number by what your model's config.json says, or"
            "\n# remove this file and write it anew with `groundwork new model NAME --config config.json`."
        )
    source = _text(repository) if repository else f"your-organisation/{name}"
    note = "" if repository else " # owner/name on the Hugging Face hub"
    numbers = "\n".join(_architecture_line(key, value, is_example=is_example) for key, value in shape.items())
    return f"""\
# {head}

name: {name}
source: {{huggingFace: {source}}}{note}
architecture:
{numbers}
engine: vllm # or llamacpp: one GGUF file (`file` in source) on Graviton cores, hardware: {{cpu: 8}}
hardware: {_flow(hardware)}
context: {context} # tokens of the longest request, prompt and answer; at most `positions`
concurrency: {concurrency} # requests of that length at once
replicas: {{min: 1, max: 2}} # min 0: the first request wakes it, and waits for that
# toolCalls: hermes # vLLM's tool-call parser for this model, if agents are to use it
# reasoning: qwen3 # vLLM's reasoning parser, if it thinks before it answers
# images: 4 # in one prompt, if it sees
# dimensions: 384 # length of its vectors, if it embeds texts instead of answering
"""


def agent(*, name: str, description: str | None, model: str) -> str:
    """An agent without tools."""
    return f"""\

name: {name}
description: {_text(description or "Say in one sentence what it does: callers and other agents choose it by this.")}
model: {_text(model)} # a role; each cluster says under `roles` which model fills it
instructions: |
  Say what it is to do, what it must not do, and when to stop and ask a person.
tools: [] # files of apps/tools/; {{web-search: {{approval: required}}}} has a person confirm each call
delegatesTo: [] # agents that it may call
"""


def tool(*, name: str, description: str | None, image: str) -> str:
    """An MCP server without a way out."""
    return f"""\

name: {name}
description: {_text(description or "Say in one sentence what it does: agents choose it by this.")}
image: {_text(image)} # the folder apps/images/{image}/
functions: [{name.replace("-", "_")}] # the MCP tools that the server offers, by their names
egress: [] # hosts on the internet that it may reach on port 443: [api.example.com]
secrets: {{}} # environment variable -> secret of catalog/secrets.yaml: {{TAVILY_API_KEY: tavily}}
"""


def tenant(*, name: str) -> str:
    """A team that may not call any model yet."""
    return f"""\

name: {name}
groups: {{operators: [{name}-operators], viewers: [{name}]}} # groups of the identity provider
quota: {{cpu: 20, memory: 64Gi, gpu: 0}} # the most that runs in its namespace at once
models: [] # models that it may call
agents: [] # agents of which it gets a private instance
budget: {{usdPerMonth: 500, tokensPerDay: 2000000}} # for models; calls are refused beyond it
"""


def pipeline(*, name: str, description: str | None, image: str, schedule: str) -> str:
    """A nightly job."""
    return f"""\

name: {name}
description: {_text(description or "Say in one sentence what a run does.")}
image: {_text(image)} # the folder apps/images/{image}/
schedule: {_quoted(schedule)} # minute, hour, day of the month, month, weekday; UTC
timeoutMinutes: 60
resources: {{cpu: "1", memory: 2Gi}}
models: [] # roles whose models it may call
egress: [] # hosts on the internet that it may reach on port 443: [api.example.com]
secrets: {{}} # environment variable -> secret of catalog/secrets.yaml
"""


def _architecture_line(key: str, value: Any, *, is_example: bool) -> str:
    note = f" # {_CONFIG_KEYS[key]}" if is_example and key in _CONFIG_KEYS else ""
    return f"  {key}: {_flow(value) if isinstance(value, Mapping) else value}{note}"


def _flow(values: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in values.items()) + "}"


def _text(value: str) -> str:
    """A text as YAML: bare where nothing in it could be taken for something else."""
    is_plain = _PLAIN.fullmatch(value) and value.lower() not in {"true", "false", "null"}
    return value if is_plain else _quoted(value)


def _quoted(value: str) -> str:
    """A text in double quotes. JSON's escapes are YAML's."""
    return json.dumps(value, ensure_ascii=False)
