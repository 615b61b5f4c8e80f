"""Tool gateway: paths, keys and functions agree from end to end."""

from __future__ import annotations

from typing import Any

import pytest

SERVER = """
apiVersion: kagent.dev/v1alpha2
kind: RemoteMCPServer
metadata: {name: helper-search, namespace: shop}
spec:
  url: http://tools.shop.svc:8080/shop/helper/search
  headersFrom: [{name: x-tool-key, valueFrom: {type: Secret, name: mine, key: key}}]
"""
AGENT = """
apiVersion: kagent.dev/v1alpha2
kind: Agent
metadata: {name: helper, namespace: shop}
spec:
  declarative:
    tools: [{type: McpServer, mcpServer: {kind: RemoteMCPServer, name: helper-search, toolNames: [find, read]}}]
"""
POLICY = """
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayPolicy
metadata: {name: helper, namespace: shop}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: helper}]
  traffic: {apiKeyAuthentication: {location: {header: {name: X-Tool-Key}}, secretRef: {name: theirs}}}
"""
BACKEND = """
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayBackend
metadata: {name: search, namespace: shop}
spec:
  mcp: {targets: [{name: search, static: {host: search.shop.svc, port: 80}}]}
  policies: {mcp: {authorization: {policy: {matchExpressions: ['mcp.tool.name in ["find", "read"]']}}}}
"""
REST = """
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
{apiVersion: v1, kind: Service, metadata: {name: search, namespace: shop}, spec: {ports: [{port: 80}]}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: tools, namespace: shop}
spec:
  gatewayClassName: agentgateway
  infrastructure: {parametersRef: {group: agentgateway.dev, kind: AgentgatewayParameters, name: tools}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: helper, namespace: shop}
spec:
  parentRefs: [{name: tools}]
  rules:
  - matches: [{path: {type: PathPrefix, value: /shop/helper/search}}]
    backendRefs: [{group: agentgateway.dev, kind: AgentgatewayBackend, name: search}]
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: mine, namespace: shop}
spec: {data: [{secretKey: key, remoteRef: {key: acme/helper, property: key}}]}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: theirs, namespace: shop}
spec: {data: [{secretKey: key, remoteRef: {key: acme/helper, property: key}}]}
"""
OBJECTS = (SERVER, AGENT, POLICY, BACKEND)


def shop(first: str) -> str:
    """The whole shop, with one object in front, which is followed."""
    return "---".join((first, *(one for one in OBJECTS if one != first), REST))


@pytest.mark.parametrize(
    ("first", "kinds"),
    [
        (SERVER, ("header -> Secret", "tool -> path", "tool -> key")),
        (AGENT, ("Agent -> function",)),
        (POLICY, ("policy -> Secret",)),
        (BACKEND, ("tool target -> port", "backend -> Agent's function")),
    ],
    ids=["server", "agent", "policy", "backend"],
)
def test_what_agrees_is_counted(follow: Any, first: str, kinds: tuple[str, ...]) -> None:
    """Header names know no case."""
    found = follow(shop(first))

    assert found.problems == {}
    assert all(found.held[kind] for kind in kinds)


@pytest.mark.parametrize(
    ("first", "old", "new", "rule", "says"),
    [
        (
            SERVER,
            "helper/search\n",
            "helper/serch\n",
            "missing-tool-path",
            "no route of the gateway serves /shop/helper/serch",
        ),
        (SERVER, "helper/search\n", "helper/search-more\n", "missing-tool-path", "serves /shop/helper/search-more"),
        (SERVER, "name: mine, key: key", "name: mine, key: keys", "missing-secret", "has no key 'keys'"),
        (
            SERVER,
            "[{name: x-tool-key,",
            "[{name: authorization,",
            "other-key",
            "the header 'X-Tool-Key', which is not sent",
        ),
        (SERVER, "name: mine, key", "name: other, key", "other-key", "comes from another secret"),
        (AGENT, "toolNames: [find, read]", "toolNames: [find, write]", "function-not-granted", "let 'write' through"),
        (AGENT, '["find", "read"]', '["find"]', "function-not-granted", "let 'read' through"),
        (POLICY, "name: theirs}}}", "name: ours}}}", "missing-secret", "no Secret 'ours'"),
        (BACKEND, "toolNames: [find, read]", "toolNames: [find]", "function-not-used", "has 'read'"),
        (BACKEND, '["find", "read"]', '["find", "read", "delete"]', "function-not-used", "has 'delete'"),
        (BACKEND, "port: 80}}]", "port: 8080}}]", "missing-service", "shop/search has no port 8080"),
    ],
)
def test_what_does_not_agree_is_found(follow: Any, first: str, old: str, new: str, rule: str, *, says: str) -> None:
    """At the object that goes without."""
    other = """---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: other, namespace: shop}
spec: {data: [{secretKey: key, remoteRef: {key: acme/other, property: key}}]}
"""
    whole = shop(first)
    assert old in whole

    problems = follow(whole.replace(old, new) + other).problems

    assert any(says in problem for problem in problems[rule]), problems


def test_a_tool_behind_no_gateway_needs_neither(follow: Any) -> None:
    """Its address is its own."""
    found = follow(
        shop(SERVER).replace("http://tools.shop.svc:8080/shop/helper/search", "http://search.shop.svc:80/mcp")
    )

    assert found.problems == {}
    assert found.held["tool -> path"] == 0
