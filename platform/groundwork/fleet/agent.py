"""Agent: instructions, a model by role, and the tools and agents that it may use."""

from __future__ import annotations

from typing import ClassVar, Literal, TypeVar

from pydantic import Field

from groundwork.fleet.declaration import Declaration, Name, Part, Text

__all__ = ["Agent", "AgentOverride", "ToolUse", "named"]

T = TypeVar("T")


class ToolUse(Part):
    """How an agent may use a tool: `web-search`, or `{web-search: {approval: required}}`."""

    functions: tuple[Text, ...] | None = Field(default=None, description="Only these of the tool's functions.")
    approval: Literal["required", "none"] = Field(default="none", description="Whether a person confirms each call.")


class Agent(Declaration):
    """An agent. What it may call is what its file names; nothing else is reachable for it."""

    folder: ClassVar[str] = "apps/agents"

    description: Text = Field(description="One sentence: what callers and other agents read when they choose it.")
    model: Name = Field(description="A role (reasoning, vision, ...); the cluster says which model fills it.")
    instructions: Text = Field(description="The system prompt.")
    tools: tuple[Name | dict[Name, ToolUse], ...] = ()
    delegates_to: tuple[Name, ...] = Field(default=(), description="Agents that it may call.")

    @property
    def tool_uses(self) -> dict[str, ToolUse]:
        """Tools by name, in the order declared."""
        return dict(named(self.tools, ToolUse()))


class AgentOverride(Part):
    """What one cluster does differently with an agent."""

    model: Name | None = Field(default=None, description="Another role.")
    replicas: int | None = Field(default=None, gt=0)


def named(items: tuple[str | dict[str, T], ...], default: T) -> list[tuple[str, T]]:
    """Name and details of each item of a list whose items are bare names or one-key mappings."""
    return [pair for item in items for pair in (item.items() if isinstance(item, dict) else [(item, default)])]
