"""Agents: their models, their tools, and each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from groundwork.findings import Rule
from groundwork.proofs.apiserver.faults import did_you_mean
from groundwork.proofs.edges.edge import Edge, edges_of, held, missing
from groundwork.proofs.edges.models import offered
from groundwork.proofs.fields import Pointer, entries, mapping, text
from groundwork.proofs.world import World, matches
from groundwork.tree.manifest import Manifest

RULES = (
    NO_MODEL_CONFIG := Rule(
        id="references/missing-model-config",
        title="An agent's ModelConfig exists",
        why="kagent does not accept the agent, and no pod is made.",
        fix="Correct the name; a ModelConfig is in the agent's own namespace.",
        explanation="The ModelConfig says which model the agent calls, where, and with which key.",
    ),
    NOT_OFFERED := Rule(
        id="references/model-not-offered",
        title="A model that is asked for is one that the model gateway offers",
        why="Every call answers 400: invalid model name.",
        fix="Use a model or an alias of the gateway's list.",
        explanation="The gateway's list follows from the models and roles of the cluster; it is read from its rendered configuration.",
    ),
    NO_TOOL := Rule(
        id="references/missing-tool",
        title="An agent's tools and the agents it delegates to exist, and let it in",
        why="kagent does not accept the agent, and no pod is made.",
        fix="Correct kind, name and namespace, or let the agent's namespace in (allowedNamespaces).",
        explanation="A tool is a RemoteMCPServer, an MCPServer or another agent. Across namespaces the target must allow it.",
    ),
    ROUNDABOUT := Rule(
        id="references/delegation-cycle",
        title="Agents do not delegate in a circle",
        why="kagent refuses agents that are each other's tools; a question would go round until its budget is spent.",
        fix="Take one of the delegations away.",
        explanation="Delegation is a tool call that waits for its answer: a circle never gives one.",
    ),
)

_KAGENT = "kagent.dev"


@edges_of("Agent", _KAGENT)
def agent(one: Manifest, world: World) -> Iterator[Edge]:
    """The model that it thinks with and the tools that it has."""
    for pointer in (("spec", "declarative", "modelConfig"), ("spec", "declarative", "memory", "modelConfig")):
        name = text(one.body, *pointer)
        if not name:
            continue
        if world.find("ModelConfig", name, namespace=one.namespace, group=_KAGENT):
            yield held("Agent -> ModelConfig", pointer)
        else:
            others = world.objects("ModelConfig", _KAGENT)
            near = did_you_mean(name, (other.name for other in others if other.namespace == one.namespace))
            yield missing(
                "Agent -> ModelConfig", pointer, NO_MODEL_CONFIG, f"{one.namespace} has no ModelConfig '{name}'{near}"
            )
    for place, tool in entries(one.body, "spec", "declarative", "tools"):
        for field in ("mcpServer", "agent"):
            if mapping(tool, field):
                yield _tool(one, world, (*place, field), mapping(tool, field))


def _tool(one: Manifest, world: World, pointer: Pointer, reference: Mapping[str, Any]) -> Edge:
    kind = text(reference, "kind") or ("Agent" if pointer[-1] == "agent" else "MCPServer")
    name, where = text(reference, "name"), text(reference, "namespace") or one.namespace
    group = "" if kind == "Service" else text(reference, "apiGroup") or _KAGENT
    edge = f"Agent -> {kind}"
    found = world.find(kind, name, namespace=where, group=group)
    if found is None:
        near = did_you_mean(name, (other.name for other in world.objects(kind, group)))
        return missing(edge, (*pointer, "name"), NO_TOOL, f"{where} has no {kind} '{name}'{near}")
    if where != one.namespace and not _lets_in(found, one, world):
        problem = f"the {kind} {where}/{name} does not let agents of {one.namespace} in"
        return missing(edge, (*pointer, "name"), NO_TOOL, problem)
    if kind == "Agent" and _leads_back(found, one, world):
        return missing(edge, (*pointer, "name"), ROUNDABOUT, f"'{name}' delegates to '{one.name}' in turn")
    return held(edge, (*pointer, "name"))


def _lets_in(target: Manifest, one: Manifest, world: World) -> bool:
    chosen = mapping(target.body, "spec", "allowedNamespaces")
    match text(chosen, "from"):
        case "All":
            return True
        case "Selector":
            return matches(mapping(chosen, "selector"), world.namespaces.get(one.namespace, {}))
        case _:
            return False


def _leads_back(found: Manifest, one: Manifest, world: World) -> bool:
    """Whether following the delegations of `found` comes to `one`."""
    seen, ahead = set[tuple[str, str]](), [found]
    while ahead:
        current = ahead.pop()
        if (current.namespace, current.name) == (one.namespace, one.name):
            return True
        if (current.namespace, current.name) in seen:
            continue
        seen.add((current.namespace, current.name))
        for _, tool in entries(current.body, "spec", "declarative", "tools"):
            other = mapping(tool, "agent")
            where = text(other, "namespace") or current.namespace
            target = world.find("Agent", text(other, "name"), namespace=where, group=_KAGENT)
            if target is not None:
                ahead.append(target)
    return False


@edges_of("ModelConfig", _KAGENT)
def model_config(one: Manifest, world: World) -> Iterator[Edge]:
    """The model that it asks the gateway for."""
    name, names = text(one.body, "spec", "model"), offered(world)
    if not names or not text(one.body, "spec", "openAI", "baseUrl"):
        return
    if name in names:
        yield held("ModelConfig -> offered model", ("spec", "model"))
    else:
        problem = f"the model gateway offers no '{name}'{did_you_mean(name, names)}"
        yield missing("ModelConfig -> offered model", ("spec", "model"), NOT_OFFERED, problem)
