"""Model lists: one question to the configuration of any gateway."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

import pytest

from groundwork.proofs.edges.model_lists import listed
from groundwork.tree.manifest import Manifest

LITELLM = {"model_list": [{"model_name": "qwen3"}], "router_settings": {"model_group_alias": {"fast": "qwen3"}}}
BIFROST = {
    "providers": {"vllm": {"keys": [{"models": ["qwen3"]}]}},
    "governance": {"virtual_keys": [], "routing_rules": [{"cel_expression": 'model == "fast" && request < 90.0'}]},
}


@pytest.mark.parametrize(
    ("configuration", "names"), [(LITELLM, {"qwen3", "fast"}), (BIFROST, {"qwen3", "fast"}), ({}, set())]
)
def test_the_names_that_a_configuration_offers(configuration: Any, names: set[str]) -> None:
    """Models and what stands for them; nothing in a file that is no gateway's."""
    body = {"data": {"config.json": json.dumps(configuration)}}
    one = Manifest("test", "gateway", PurePosixPath("generated/test/gateway/shop/ConfigMap.gateway.yaml"), body)

    assert set(listed(one)) == names
