"""Tool access: which functions of which tools an agent may call where a gateway stands between, and how it is known there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from groundwork.fleet.site import AgentInstance, Site

__all__ = ["TOOL_KEY_HEADER", "ToolAccess", "tool_access", "tool_endpoints", "tool_key"]


# The header in which an agent shows its key.
TOOL_KEY_HEADER = "x-tool-key"


@dataclass(frozen=True, kw_only=True)
class ToolAccess:
    """One agent and one tool that it uses. `functions` are the ones that it may call, in the order of the declaration."""

    instance: AgentInstance
    tool: str
    functions: tuple[str, ...]

    @property
    def name(self) -> str:
        """Of what is made for it in the gateway's namespace: unique in the cluster."""
        return f"{self.instance.namespace}-{self.instance.agent.name}-{self.tool}"

    @property
    def path(self) -> str:
        """Where the gateway serves it."""
        return f"/{self.instance.namespace}/{self.instance.agent.name}/{self.tool}"


def tool_access(site: Site, instance: AgentInstance) -> tuple[ToolAccess, ...]:
    """The tools that an agent uses, sorted by name."""
    offered = {tool.name: tool.functions for tool in site.tools}
    return tuple(
        ToolAccess(instance=instance, tool=name, functions=tuple(use.functions or offered[name]))
        for name, use in sorted(instance.agent.tool_uses.items())
    )


def tool_key(instance: AgentInstance) -> str:
    """The entry of the contract of secrets by which the gateway of tools knows an agent; its key is `key`."""
    return f"tool-key-{instance.namespace}-{instance.agent.name}"


def tool_endpoints(site: Site, tools: Iterable[str]) -> list[str]:
    """The endpoints by which tools are reached: their own, or the gateway's for all of them."""
    direct = [f"tool-{name}" for name in sorted(tools)]
    return direct if site.cluster.gateway.tools == "direct" or not direct else ["tool-gateway"]
