"""Tool gateway: each agent has its own path, key and list of functions, and nobody passes by."""

from __future__ import annotations

import dataclasses
from typing import Any

import cdk8s
import pytest

from groundwork.components.agents.agents import Agents
from groundwork.components.agents.kagent import Kagent
from groundwork.components.agents.tools import Tools
from groundwork.components.gateway.tool_gateway import ToolGateway
from groundwork.fleet.agent import ToolUse
from groundwork.fleet.site import Site
from groundwork.kube.rendering import Rendering
from groundwork.render.cluster import carried, directory_of

AGENT = "ai-agents-web-research"


@pytest.fixture
def where(site: Any) -> Site:
    """The cluster whose tools are behind the gateway."""
    one: Site = site("prod-us-east-2")
    return one


def spec(find: Any, rendering: Rendering, kind: str, name: str) -> dict[str, Any]:
    """The spec of what was made."""
    found: dict[str, Any] = find(rendering, kind, name)["spec"]
    return found


def test_an_agent_shows_its_own_key_or_does_not_pass(render: Any, where: Site, find: Any) -> None:
    """The policy is the route's, and the route is one agent's: another agent's key is no key here."""
    policy = spec(find, render(ToolGateway, where), "AgentgatewayPolicy", AGENT)

    assert [target["name"] for target in policy["targetRefs"]] == [AGENT]
    assert policy["traffic"]["apiKeyAuthentication"] == {
        "mode": "Strict",
        "location": {"header": {"name": "x-tool-key"}},
        "secretRef": {"name": f"tool-gateway-tool-key-{AGENT}"},
    }
    assert policy["traffic"]["rateLimit"]["local"][0]["requests"] == 120


def test_a_tool_shows_an_agent_what_it_declares(render: Any, where: Site, find: Any) -> None:
    """One function of two: the other is unknown at this path, whatever the server offers."""
    one = next(each for each in where.agents if each.agent.name == "web-research")
    narrowed = one.agent.model_copy(update={"tools": ({"web-search": ToolUse(functions=("news",))},)})
    agents = tuple(dataclasses.replace(each, agent=narrowed) if each is one else each for each in where.agents)

    backend = spec(
        find,
        render(ToolGateway, dataclasses.replace(where, agents=agents)),
        "AgentgatewayBackend",
        f"{AGENT}-web-search",
    )

    assert backend["policies"]["mcp"]["authorization"] == {
        "action": "Allow",
        "policy": {"matchExpressions": ['mcp.tool.name in ["news"]']},
    }
    assert backend["mcp"]["failureMode"] == "FailClosed"


def test_a_stream_of_a_tool_is_not_cut(render: Any, where: Site, find: Any) -> None:
    """And each tool has a path under its agent's."""
    (rule,) = spec(find, render(ToolGateway, where), "HTTPRoute", AGENT)["rules"]

    assert rule["matches"] == [{"path": {"type": "PathPrefix", "value": "/ai-agents/web-research/web-search"}}]
    assert rule["timeouts"] == {"request": "0s"}
    assert rule["backendRefs"] == [
        {"group": "agentgateway.dev", "kind": "AgentgatewayBackend", "name": f"{AGENT}-web-search"}
    ]


def test_the_gateway_is_not_seen_from_outside(render: Any, where: Site, find: Any) -> None:
    """Its Service would be a load balancer, if nobody said otherwise; routes of others do not get in."""
    rendering = render(ToolGateway, where)

    parameters = spec(find, rendering, "AgentgatewayParameters", "tools")
    assert parameters["service"] == {"spec": {"type": "ClusterIP"}}
    assert parameters["deployment"]["spec"]["template"]["spec"]["securityContext"]["seccompProfile"] == {
        "type": "RuntimeDefault"
    }
    (listener,) = spec(find, rendering, "Gateway", "tools")["listeners"]
    assert listener["allowedRoutes"] == {"namespaces": {"from": "Same"}}


def test_nothing_but_the_gateway_reaches_a_tool(where: Site) -> None:
    """Agents and kagent go through it: a policy in front of an open side door would be none."""
    directory = directory_of(carried(where))
    made = [
        one.synthesize(cdk8s.App(), directory)
        for component in (Agents, Kagent, Tools, ToolGateway)
        for one in component.instances(where)
    ]

    sources = {
        dict(flow.source.labels).get("gateway.networking.k8s.io/gateway-name", str(flow.source))
        for rendering in made
        for flow in rendering.flows
        if dict(flow.target.labels).get("app.kubernetes.io/name") == "web-search" and flow.reason != "metrics"
    }
    assert sources == {"tools"}


def test_an_agent_is_told_its_own_path_and_key(where: Site, find: Any) -> None:
    """Its server stands beside it: the key is in its own namespace, and nobody else refers to it."""
    (agents,) = [one for one in Agents.instances(where) if one.name == "agents"]
    rendering = agents.synthesize(cdk8s.App(), directory_of(carried(where)))

    server = spec(find, rendering, "RemoteMCPServer", "web-research-web-search")
    assert server["url"] == "http://tools.ai-gateway.svc:8080/ai-agents/web-research/web-search"
    assert server["headersFrom"] == [
        {
            "name": "x-tool-key",
            "valueFrom": {"type": "Secret", "name": "agents-tool-key-ai-agents-web-research", "key": "key"},
        }
    ]
    tool = spec(find, rendering, "Agent", "web-research")["declarative"]["tools"][0]["mcpServer"]
    assert (tool["name"], tool["namespace"]) == ("web-research-web-search", "ai-agents")


def test_without_it_tools_are_registered_once_for_all(render: Any, site: Any, where: Site) -> None:
    """Where agents reach tools by themselves the tool's own registration serves them."""
    registered = {
        name: [one.body["kind"] for one in render(Tools, each).objects if one.body["kind"] == "RemoteMCPServer"]
        for name, each in (("direct", site("prod-us-east-1")), ("agentgateway", where))
    }

    assert registered == {"direct": ["RemoteMCPServer"], "agentgateway": []}
    assert not ToolGateway.carried(site("prod-us-east-1"))
