"""Agents: models, tools and delegates exist and let the agent in."""

from __future__ import annotations

from typing import Any

import pytest


def tool(body: dict[str, Any]) -> dict[str, Any]:
    """The first tool of an agent: another agent for customer-support, a server for web-research."""
    found: dict[str, Any] = body["spec"]["declarative"]["tools"][0]
    return found


@pytest.mark.parametrize(
    ("kind", "name", "edit", "rule"),
    [
        (
            "Agent",
            "web-research",
            lambda body: body["spec"]["declarative"].update(modelConfig="glm-5"),
            "missing-model-config",
        ),
        ("ModelConfig", "web-research", lambda body: body["spec"].update(model="qwen3-8b"), "model-not-offered"),
        ("RemoteMCPServer", "web-search", None, "missing-tool"),
        (
            "RemoteMCPServer",
            "web-search",
            lambda body: body["spec"].update(allowedNamespaces={"from": "Same"}),
            "",
        ),
        ("Agent", "customer-support", lambda body: tool(body)["agent"].update(name="research"), "missing-tool"),
        (
            "Agent",
            "web-research",
            lambda body: body["spec"]["declarative"]["tools"].append(
                {"type": "Agent", "agent": {"kind": "Agent", "name": "customer-support"}}
            ),
            "delegation-cycle",
        ),
        (
            "RemoteMCPServer",
            "web-search",
            lambda body: body["spec"].update(url="http://web-search.ai-agents.svc:80/mcp"),
            "missing-service",
        ),
    ],
)
def test_an_agent_without_its_parts_is_found(broken: Any, kind: str, name: str, edit: Any, rule: str) -> None:
    """The agent would not be accepted, or its first call would fail. A server may be for its own namespace only."""
    found = {one.rule for one in broken(kind, name, edit)}

    assert found == set() if not rule else f"references/{rule}" in found
