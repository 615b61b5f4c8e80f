"""What applications say about one another, whichever cluster carries them: tools, images, secrets, delegation."""

from __future__ import annotations

from collections.abc import Iterator

from groundwork.catalog import secrets
from groundwork.findings import Finding
from groundwork.fleet.agent import Agent
from groundwork.fleet.cluster import Cluster
from groundwork.fleet.declaration import Declaration
from groundwork.fleet.declared import Declared, Entry
from groundwork.fleet.explain import did_you_mean
from groundwork.fleet.model import Model
from groundwork.fleet.nouns import IMAGES
from groundwork.fleet.pipeline import Pipeline
from groundwork.fleet.source import Pointer
from groundwork.fleet.tenant import Tenant
from groundwork.fleet.tool import Tool

__all__ = ["adapters", "check", "listed"]

_WHY_CYCLE = "Each would wait for the other's answer, and every round costs tokens."
_WHY_NAMESAKES = "Agents and tools of a namespace become Services, and two Services of one name are one object."


def check(declared: Declared) -> Iterator[Finding]:
    """Everything that does not go together, cluster or no cluster."""
    adapted = adapters(declared)
    for agent in declared.entries(Agent).values():
        yield from _agent(declared, agent)
    for tool in declared.entries(Tool).values():
        yield from _container(declared, tool, tool.thing.image, tool.thing.secrets)
        yield from _namesake(declared, tool)
    for pipeline in declared.entries(Pipeline).values():
        yield from _container(declared, pipeline, pipeline.thing.image, pipeline.thing.secrets)
    for tenant in declared.entries(Tenant).values():
        models = ((name, pointer) for name, pointer in listed("models", tenant.thing.models) if name not in adapted)
        yield from declared.missing(tenant, "model", models)
        yield from declared.missing(tenant, "agent", listed("agents", tenant.thing.agents))
    yield from _cycles(declared)


def adapters(declared: Declared) -> set[str]:
    """The names of all adapters, of a model or of a model in one cluster."""
    found = {one.name for model in declared.of(Model).values() for one in model.adapters}
    for cluster in declared.of(Cluster).values():
        found |= {one.name for different in cluster.models.values() for one in different.adapters or ()}
    return found


def listed(key: str, names: tuple[object, ...]) -> Iterator[tuple[str, Pointer]]:
    """Each name of a list, with its place; a name with details stands as a key one level further down."""
    for index, item in enumerate(names):
        if isinstance(item, dict):
            for name in item:
                yield name, (key, index, name)
        else:
            yield str(item), (key, index)


def _agent(declared: Declared, entry: Entry[Agent]) -> Iterator[Finding]:
    agent = entry.thing
    yield from declared.missing(entry, "tool", listed("tools", agent.tools))
    yield from declared.missing(entry, "agent", listed("delegatesTo", agent.delegates_to))
    for index, name in enumerate(agent.delegates_to):
        if name == agent.name:
            yield entry.conflict(("delegatesTo", index), f"'{name}' delegates to itself", "Remove it.", why=_WHY_CYCLE)
    tools = declared.entries(Tool)
    for name, pointer in listed("tools", agent.tools):
        if name in tools:
            yield from _functions(entry, pointer, agent, tools[name].thing)


def _functions(entry: Entry[Agent], pointer: Pointer, agent: Agent, tool: Tool) -> Iterator[Finding]:
    for index, function in enumerate(agent.tool_uses[tool.name].functions or ()):
        if function not in tool.functions:
            problem = f"the tool '{tool.name}' has no function '{function}'{did_you_mean(function, tool.functions)}"
            fix = f"It offers {', '.join(tool.functions)}."
            yield entry.unresolved((*pointer, "functions", index), problem, fix)


def _container(declared: Declared, entry: Entry[Declaration], image: str, env: dict[str, str]) -> Iterator[Finding]:
    if declared.images is not None and image not in declared.images:
        problem = f"`image`: there is no folder {IMAGES}/{image}{did_you_mean(image, declared.images)}"
        yield entry.unresolved(("image",), problem, f"Put its code and Dockerfile into {IMAGES}/{image}/.")
    for variable, secret in env.items():
        try:
            secrets.entry(secret, variable)
        except LookupError as error:
            fix = f"Name a secret of catalog/secrets.yaml that has the key {variable}, or add it there."
            yield entry.unresolved(("secrets", variable), f"`secrets.{variable}`: {error}", fix)


def _namesake(declared: Declared, tool: Entry[Tool]) -> Iterator[Finding]:
    name = tool.thing.name
    if name in declared.names["agent"]:
        problem = f"`name`: an agent is called '{name}' as well"
        yield tool.conflict(("name",), problem, "Rename the agent or the tool.", why=_WHY_NAMESAKES)


def _cycles(declared: Declared) -> Iterator[Finding]:
    """Each cycle of delegation once, at the agent whose name sorts first."""
    agents = declared.entries(Agent)
    for start in sorted(agents):
        path = _way_back(agents, start)
        if path is None or min(path) != start:
            continue
        index = agents[start].thing.delegates_to.index(path[1])
        problem = f"delegation goes in a circle: {' -> '.join(path)}"
        yield agents[start].conflict(
            ("delegatesTo", index), problem, "Remove one of these delegations.", why=_WHY_CYCLE
        )


def _way_back(agents: dict[str, Entry[Agent]], start: str) -> list[str] | None:
    """The shortest way over at least one other agent back to `start`, both ends included."""
    ways = [[start]]
    seen = {start}
    for way in ways:
        for name in agents[way[-1]].thing.delegates_to if way[-1] in agents else ():
            if name == start and len(way) > 1:
                return [*way, start]
            if name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return None
