"""Tool gateway: the paths, keys and functions by which agents reach their tools through agentgateway."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from groundwork.findings import Rule
from groundwork.proofs.apiserver.faults import did_you_mean
from groundwork.proofs.edges.addresses import NO_SERVICE, service_at
from groundwork.proofs.edges.configuration import NO_SECRET, absent
from groundwork.proofs.edges.edge import Edge, edges_of, held, missing
from groundwork.proofs.fields import entries, mapping, number, text, texts
from groundwork.proofs.world import World
from groundwork.tree.manifest import Manifest

RULES = (
    NOT_GRANTED := Rule(
        id="references/function-not-granted",
        title="A function that an agent has is one that the gateway of tools lets it call",
        why="The agent starts without the function, or its calls are refused.",
        fix="Name the function in the agent's declaration: both lists follow from it.",
        explanation="agentgateway shows an agent only what the backend's authorization allows; kagent asks for what the agent lists.",
    ),
    UNASKED := Rule(
        id="references/function-not-used",
        title="A function that the gateway of tools lets through is one that an agent has",
        why="The list is wider than anybody declared: a tool can do more for the agent than was reviewed.",
        fix="Take the function from the list; it follows from the agent's declaration.",
        explanation="An agent's own list is only what kagent shows its model; whoever speaks with its key gets what the gateway allows.",
    ),
    NO_PATH := Rule(
        id="references/missing-tool-path",
        title="A tool's address at a gateway is a path that a route serves",
        why="The gateway answers 404: the agent has no tool.",
        fix="Use the path of the route.",
        explanation="The Service is the gateway's, so only the path says which tool is meant, and for whom.",
    ),
    OTHER_KEY := Rule(
        id="references/other-key",
        title="The key that an agent shows is the one that its route asks for",
        why="The gateway answers 401 to every call.",
        fix="Take both from one secret, and send the key in the header that the policy names.",
        explanation="The agent's namespace and the gateway's each have a Secret of their own; both come from one in AWS Secrets Manager.",
    ),
)

_API = "gateway.networking.k8s.io"
_AGENTGATEWAY = "agentgateway.dev"
_KAGENT = "kagent.dev"
_ALLOWED = ("spec", "policies", "mcp", "authorization", "policy", "matchExpressions")
_FUNCTION = re.compile(r'"([^"]+)"')

Rules = list[tuple[Manifest, Mapping[str, Any]]]


@edges_of("RemoteMCPServer", _KAGENT)
def server(one: Manifest, world: World) -> Iterator[Edge]:
    """The Secrets of its headers; at a gateway its path, and the key that is asked for there."""
    for place, header in entries(one.body, "spec", "headersFrom"):
        source = mapping(header, "valueFrom")
        if text(source, "type") == "Secret":
            problem = absent("Secret", world.secrets, one.namespace, text(source, "name"), text(source, "key"))
            pointer = (*place, "valueFrom", "name")
            yield (
                held("header -> Secret", pointer)
                if problem is None
                else missing("header -> Secret", pointer, NO_SECRET, problem)
            )
    rules = _rules(one, world)
    if rules is None:
        return
    found = _chosen(one, rules)
    if found is None:
        known = [path for _, rule in rules for path in _paths(rule)]
        path = urlsplit(text(one.body, "spec", "url")).path
        problem = f"no route of the gateway serves {path}{did_you_mean(path, known)}"
        yield missing("tool -> path", ("spec", "url"), NO_PATH, problem)
        return
    yield held("tool -> path", ("spec", "url"))
    yield from _key(one, found[0], world)


def _key(one: Manifest, route: Manifest, world: World) -> Iterator[Edge]:
    """Where the route's policy asks for a key: that the tool sends it, and that it is the same."""
    for policy in world.objects("AgentgatewayPolicy", _AGENTGATEWAY):
        wanted = mapping(policy.body, "spec", "traffic", "apiKeyAuthentication")
        targets = {(text(each, "kind"), text(each, "name")) for _, each in entries(policy.body, "spec", "targetRefs")}
        if not wanted or policy.namespace != route.namespace or ("HTTPRoute", route.name) not in targets:
            continue
        name = text(wanted, "location", "header", "name") or "authorization"
        sent = [
            mapping(header, "valueFrom")
            for _, header in entries(one.body, "spec", "headersFrom")
            if text(header, "name").lower() == name.lower()
        ]
        origins = _origins(world, policy.namespace, text(wanted, "secretRef", "name"))
        if not sent:
            problem = f"{policy.name} asks for a key in the header '{name}', which is not sent"
            yield missing("tool -> key", ("spec", "headersFrom"), OTHER_KEY, problem)
        elif origins.isdisjoint(_origins(world, one.namespace, text(sent[0], "name"), text(sent[0], "key"))):
            problem = f"the key in '{name}' comes from another secret than the one that {policy.name} asks for"
            yield missing("tool -> key", ("spec", "headersFrom"), OTHER_KEY, problem)
        else:
            yield held("tool -> key", ("spec", "headersFrom"))


def _origins(world: World, namespace: str, name: str, key: str = "") -> set[tuple[str, str]]:
    """What in AWS Secrets Manager the keys of a Secret are copied from."""
    return {
        (text(data, "remoteRef", "key"), text(data, "remoteRef", "property"))
        for external in world.objects("ExternalSecret", "external-secrets.io")
        if external.namespace == namespace and (text(external.body, "spec", "target", "name") or external.name) == name
        for _, data in entries(external.body, "spec", "data")
        if key in ("", text(data, "secretKey"))
    }


@edges_of("Agent", _KAGENT)
def functions(one: Manifest, world: World) -> Iterator[Edge]:
    """The functions that it lists, against what the gateway lets through to it."""
    for place, tool in entries(one.body, "spec", "declarative", "tools"):
        reference = mapping(tool, "mcpServer")
        where = text(reference, "namespace") or one.namespace
        found = world.find("RemoteMCPServer", text(reference, "name"), namespace=where, group=_KAGENT)
        granted = _granted(found, world) if found else None
        if granted is None:
            continue
        for at, function in texts(reference, "toolNames"):
            pointer = (*place, "mcpServer", *at)
            if function in granted:
                yield held("Agent -> function", pointer)
            else:
                problem = f"the gateway does not let '{function}' through{did_you_mean(function, granted)}"
                yield missing("Agent -> function", pointer, NOT_GRANTED, problem)


def _granted(one: Manifest, world: World) -> set[str] | None:
    """The functions behind a tool's address at a gateway; None where nothing is withheld."""
    backend = _backend(one, world)
    expressions = [each for _, each in texts(backend.body, *_ALLOWED)] if backend else []
    return {function for each in expressions for function in _FUNCTION.findall(each)} if expressions else None


def _backend(one: Manifest, world: World) -> Manifest | None:
    """The backend that a tool's address at a gateway leads to."""
    route, rule = _chosen(one, _rules(one, world) or []) or (one, {})
    for _, backend in entries(rule, "backendRefs"):
        where = text(backend, "namespace") or route.namespace
        return world.find("AgentgatewayBackend", text(backend, "name"), namespace=where, group=_AGENTGATEWAY)
    return None


@edges_of("AgentgatewayBackend", _AGENTGATEWAY)
def allowed(one: Manifest, world: World) -> Iterator[Edge]:
    """The functions that it lets through, against what agents list that come here."""
    servers = [other for other in world.objects("RemoteMCPServer", _KAGENT) if _backend(other, world) is one]
    listed = {
        function
        for agent in world.objects("Agent", _KAGENT)
        for _, tool in entries(agent.body, "spec", "declarative", "tools")
        for reference in (mapping(tool, "mcpServer"),)
        for server in servers
        if (text(reference, "namespace") or agent.namespace, text(reference, "name")) == (server.namespace, server.name)
        for _, function in texts(reference, "toolNames")
    }
    for place, expression in texts(one.body, *_ALLOWED):
        for function in _FUNCTION.findall(expression):
            if function in listed:
                yield held("backend -> Agent's function", place)
            else:
                problem = f"no agent that comes here has '{function}'{did_you_mean(function, listed)}"
                yield missing("backend -> Agent's function", place, UNASKED, problem)


def _rules(one: Manifest, world: World) -> Rules | None:
    """The rules of the routes of the Gateway that a tool's address leads to; None if that is no Gateway."""
    service = service_at(text(one.body, "spec", "url"), world)
    if service is None or service.manifest.kind != "Gateway":
        return None
    gateway = service.manifest
    return [
        (route, rule)
        for route in world.objects("HTTPRoute", _API)
        if any(
            (text(parent, "namespace") or route.namespace, text(parent, "name")) == (gateway.namespace, gateway.name)
            for _, parent in entries(route.body, "spec", "parentRefs")
        )
        for _, rule in entries(route.body, "spec", "rules")
    ]


def _chosen(one: Manifest, rules: Rules) -> tuple[Manifest, Mapping[str, Any]] | None:
    """The rule with the longest prefix of the tool's path."""
    path = urlsplit(text(one.body, "spec", "url")).path
    fitting = [
        (len(prefix), route, rule)
        for route, rule in rules
        for prefix in _paths(rule)
        if path == prefix or path.startswith(f"{prefix.rstrip('/')}/")
    ]
    return max(fitting, key=lambda each: each[0])[1:] if fitting else None


def _paths(rule: Mapping[str, Any]) -> list[str]:
    return [text(match, "path", "value") for _, match in entries(rule, "matches")]


@edges_of("AgentgatewayPolicy", _AGENTGATEWAY)
def policy_secret(one: Manifest, world: World) -> Iterator[Edge]:
    """The Secret whose entries are the keys that it takes."""
    pointer = ("spec", "traffic", "apiKeyAuthentication", "secretRef", "name")
    name = text(one.body, *pointer)
    if name:
        problem = absent("Secret", world.secrets, one.namespace, name)
        edge = "policy -> Secret"
        yield held(edge, pointer) if problem is None else missing(edge, pointer, NO_SECRET, problem)


@edges_of("AgentgatewayBackend", _AGENTGATEWAY)
def target(one: Manifest, world: World) -> Iterator[Edge]:
    """The ports of its servers; their names are followed with all other addresses."""
    for place, each in entries(one.body, "spec", "mcp", "targets"):
        service = service_at(text(each, "static", "host"), world)
        port = number(each, "static", "port")
        if service is None:
            continue
        pointer = (*place, "static", "port")
        if port in service.ports:
            yield held("tool target -> port", pointer)
        else:
            problem = f"the Service {service.namespace}/{service.name} has no port {port}"
            yield missing("tool target -> port", pointer, NO_SERVICE, problem)
