"""The hook that keeps tenants' cached answers apart, with LiteLLM's base class replaced by nothing."""

from __future__ import annotations

import asyncio
import importlib
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest


@pytest.fixture
def scope(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module's instance, which LiteLLM's configuration names."""
    for name in ("litellm", "litellm.integrations", "litellm.integrations.custom_logger"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setattr(sys.modules["litellm.integrations.custom_logger"], "CustomLogger", object, raising=False)
    name = "groundwork.components.gateway.scripts.cache_scope"
    monkeypatch.delitem(sys.modules, name, raising=False)
    module = importlib.import_module(name)
    monkeypatch.delitem(sys.modules, name)
    return module.scope


def asked(scope: Any, data: dict[str, Any], *, team: str | None = None, token: str = "hash") -> dict[str, Any]:
    """The request as it goes on."""
    key = SimpleNamespace(team_id=team, token=token)
    found: dict[str, Any] = asyncio.run(scope.async_pre_call_hook(key, None, data, "acompletion"))
    return found


def test_keys_of_one_tenant_share_answers(scope: Any) -> None:
    """And nobody else does."""
    first = asked(scope, {"cache": {"use-cache": True}}, team="tenant-team-a", token="one")
    second = asked(scope, {"cache": {"use-cache": True}}, team="tenant-team-a", token="two")
    other = asked(scope, {"cache": {"use-cache": True}}, team="tenant-team-b", token="one")

    assert first["cache"] == second["cache"] == {"use-cache": True, "namespace": "litellm.cache:tenant-team-a"}
    assert other["cache"]["namespace"] == "litellm.cache:tenant-team-b"


def test_a_key_without_a_tenant_shares_with_nobody(scope: Any) -> None:
    """Each agent of the cluster's own has one."""
    assert asked(scope, {}, token="one")["cache"] != asked(scope, {}, token="two")["cache"]


@pytest.mark.parametrize(
    "data",
    [
        {"cache": {"namespace": "litellm.cache:tenant-team-b"}},
        {"cache": "litellm.cache:tenant-team-b"},
        {"litellm_params": {"preset_cache_key": "litellm.cache:tenant-team-b:1"}},
    ],
)
def test_nobody_chooses_whose_answers_to_get(scope: Any, data: dict[str, Any]) -> None:
    """What a caller says of it is overwritten."""
    found = asked(scope, data, team="tenant-team-a")

    assert found["cache"]["namespace"] == "litellm.cache:tenant-team-a"
    assert "team-b" not in str(found)


def test_a_request_asks_for_what_it_asked_for(scope: Any) -> None:
    """Everything else is passed on."""
    found = asked(scope, {"model": "fast", "cache": {"ttl": 60}}, team="tenant-team-a")

    assert (found["model"], found["cache"]["ttl"]) == ("fast", 60)
