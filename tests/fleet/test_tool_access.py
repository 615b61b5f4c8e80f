"""Tool access: what an agent may call, and by which name the gateway of tools knows it."""

from __future__ import annotations

from pathlib import Path

from groundwork.fleet.loader import load
from groundwork.fleet.tool_access import tool_access, tool_endpoints, tool_key

ROOT = Path(__file__).resolve().parents[2]


def test_an_agent_that_says_nothing_else_may_call_what_the_tool_declares() -> None:
    """By the names of its declaration, never "everything that the server has"."""
    site = load(ROOT).site("prod-us-east-2")
    instance = next(one for one in site.agents if one.agent.name == "web-research")

    (access,) = tool_access(site, instance)

    assert (access.functions, access.path) == (("search", "news"), "/ai-agents/web-research/web-search")
    assert tool_key(instance) == "tool-key-ai-agents-web-research"


def test_instances_of_one_agent_are_told_apart() -> None:
    """A tenant's own and the cluster's have different keys and paths."""
    site = load(ROOT).site("prod-us-east-2")

    names = [each.name for one in site.agents for each in tool_access(site, one)]
    keys = [tool_key(one) for one in site.agents]
    assert len(set(names)) == len(names)
    assert len(set(keys)) == len(keys)


def test_tools_are_reached_by_themselves_or_all_in_one_place() -> None:
    """An agent without tools reaches neither."""
    fleet = load(ROOT)

    assert tool_endpoints(fleet.site("prod-us-east-1"), ["web-search"]) == ["tool-web-search"]
    assert tool_endpoints(fleet.site("prod-us-east-2"), ["web-search", "other"]) == ["tool-gateway"]
    assert tool_endpoints(fleet.site("prod-us-east-2"), []) == []
