"""Tool: a server that speaks MCP, built from our own folder, with the hosts and secrets that it may use."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from groundwork.fleet.declaration import Declaration, Name, Text, says

__all__ = ["EnvironmentName", "Host", "Tool"]

Host = Annotated[
    str,
    Field(
        pattern=r"^(\*\.)?([a-z0-9-]+\.)+[a-z]{2,}$",
        description="A host name; `*.` only in front.",
        json_schema_extra=says("must be a host name such as api.example.com or *.example.com: no scheme, port or path"),
    ),
]
EnvironmentName = Annotated[
    str,
    Field(
        pattern=r"^[A-Z_][A-Z0-9_]*$",
        description="An environment variable.",
        json_schema_extra=says("must be the name of an environment variable: capitals, digits and '_'"),
    ),
]


class Tool(Declaration):
    """An MCP server that agents may call. It reaches the hosts named here and nothing else."""

    folder: ClassVar[str] = "apps/tools"

    description: Text = Field(description="One sentence: what agents read when they choose it.")
    image: Name = Field(description="A folder below apps/images/.")
    functions: tuple[Text, ...] = Field(min_length=1, description="The MCP tools that it offers.")
    egress: tuple[Host, ...] = Field(default=(), description="Hosts on the internet that it may reach, on port 443.")
    secrets: dict[EnvironmentName, Name] = Field(
        default_factory=dict, description="Environment variable -> secret; its value stands under the key of that name."
    )
