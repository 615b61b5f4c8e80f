"""Tools: the ways of agents to their tools through a gateway."""

from __future__ import annotations

from collections.abc import Iterator

from groundwork.proofs.fields import entries, mapping, text, texts
from groundwork.tree.manifest import Manifest
from tests.mutants.edit import Edit, change, delete, operator


@operator("references", "RemoteMCPServer")
def tool_at_another_path(one: Manifest) -> Iterator[Edit]:
    if "headersFrom" in one.spec:
        yield change(("spec", "url"), text(one.body, "spec", "url") + "es")


@operator("references", "RemoteMCPServer")
def tool_without_its_key(one: Manifest) -> Iterator[Edit]:
    for place, header in entries(one.body, "spec", "headersFrom"):
        yield change((*place, "name"), "authorization")
        yield change((*place, "valueFrom", "name"), text(header, "valueFrom", "name") + "-x")
        yield change((*place, "valueFrom", "key"), "token")


@operator("references", "AgentgatewayBackend")
def function_taken_away(one: Manifest) -> Iterator[Edit]:
    for place, expression in texts(one.body, *_ALLOWED):
        yield change(place, expression.replace('"]', '-x"]'))


@operator("references", "AgentgatewayBackend")
def list_widened(one: Manifest) -> Iterator[Edit]:
    for place, expression in texts(one.body, *_ALLOWED):
        yield change(place, expression.replace('"]', '", "delete"]'))


@operator("references", "AgentgatewayBackend")
def tool_at_another_port(one: Manifest) -> Iterator[Edit]:
    for place, _ in entries(one.body, "spec", "mcp", "targets"):
        yield change((*place, "static", "port"), 8081)


@operator("references", "AgentgatewayBackend", "AgentgatewayParameters")
def part_of_the_tool_gateway_deleted(one: Manifest) -> Iterator[Edit]:
    del one
    yield delete()


@operator("references", "AgentgatewayPolicy")
def tools_asked_for_another_key(one: Manifest) -> Iterator[Edit]:
    way = ("spec", "traffic", "apiKeyAuthentication")
    if mapping(one.body, *way):
        yield change((*way, "secretRef", "name"), text(one.body, *way, "secretRef", "name") + "-x")
        yield change((*way, "location", "header", "name"), "x-key")
    for place, target in entries(one.body, "spec", "targetRefs"):
        yield change((*place, "name"), text(target, "name") + "-x")


@operator("policies", "AgentgatewayPolicy")
def tools_open_to_all(one: Manifest) -> Iterator[Edit]:
    yield delete()
    if mapping(one.body, "spec", "traffic", "apiKeyAuthentication"):
        yield change(("spec", "traffic", "apiKeyAuthentication", "mode"), "Optional")


_ALLOWED = ("spec", "policies", "mcp", "authorization", "policy", "matchExpressions")
