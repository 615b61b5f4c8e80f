"""Valkey: a cache may forget, a queue must not."""

from __future__ import annotations

from typing import Any

from groundwork.components.data.valkey import Valkey


def test_the_queue_drops_nothing_and_the_cache_drops_the_oldest(render: Any, site: Any, find: Any) -> None:
    """Langfuse loses events if its queue evicts keys."""
    rendering = render(Valkey, site("prod-us-east-1"))

    assert "maxmemory-policy noeviction" in find(rendering, "ConfigMap", "langfuse-valkey")["data"]["valkey.conf"]
    assert "maxmemory-policy allkeys-lru" in find(rendering, "ConfigMap", "litellm-valkey")["data"]["valkey.conf"]


def test_the_password_stands_in_no_file_and_no_argument(render: Any, site: Any, find: Any) -> None:
    """It comes from the environment (upstream ran without any: weakness W18)."""
    container = find(render(Valkey, site("prod-us-east-1")), "StatefulSet", "langfuse-valkey")["spec"]["template"][
        "spec"
    ]["containers"][0]

    assert "$REDISCLI_AUTH" in container["command"][-1]
    env = {one["name"]: one for one in container["env"]}
    assert env["REDISCLI_AUTH"]["valueFrom"]["secretKeyRef"] == {"name": "valkey-langfuse-valkey", "key": "password"}
