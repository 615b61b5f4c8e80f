"""The nouns that people declare, by the name that commands and schemas use, and where their files stand."""

from __future__ import annotations

from groundwork.fleet.agent import Agent
from groundwork.fleet.cluster import Cluster
from groundwork.fleet.declaration import Declaration
from groundwork.fleet.model import Model
from groundwork.fleet.pipeline import Pipeline
from groundwork.fleet.tenant import Tenant
from groundwork.fleet.tool import Tool

__all__ = ["IMAGES", "NOUNS", "ORGANISATION_FILE", "SCHEMAS", "file_of"]

NOUNS: dict[str, type[Declaration]] = {
    "cluster": Cluster,
    "model": Model,
    "agent": Agent,
    "tool": Tool,
    "tenant": Tenant,
    "pipeline": Pipeline,
}
ORGANISATION_FILE = "fleet.yaml"
IMAGES = "apps/images"
SCHEMAS = "platform/groundwork/fleet/schemas"


def file_of(noun: str, name: str) -> str:
    """The file of the thing of that noun and name, relative to the repository."""
    return f"{NOUNS[noun].folder}/{name}.yaml"
