"""Pipeline: a job that runs on a schedule: evaluation, ingestion, fine-tuning."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from groundwork.fleet.declaration import Declaration, Name, Part, Quantity, Text, says
from groundwork.fleet.tool import EnvironmentName, Host

__all__ = ["Pipeline", "PipelineResources"]


class PipelineResources(Part):
    """What one run takes."""

    cpu: Quantity
    memory: Quantity


class Pipeline(Declaration):
    """A container image of ours that runs on a schedule in ai-pipelines and may call models by role."""

    folder: ClassVar[str] = "apps/pipelines"

    description: Text
    image: Name = Field(description="A folder below apps/images/.")
    schedule: str = Field(
        pattern=r"^\S+ \S+ \S+ \S+ \S+$",
        description="Cron, five fields, UTC.",
        json_schema_extra=says('must be five cron fields, as in "0 3 * * *"'),
    )
    timeout_minutes: int = Field(gt=0, description="A run that takes longer is stopped.")
    resources: PipelineResources
    models: tuple[Name, ...] = Field(default=(), description="Roles whose models it may call.")
    egress: tuple[Host, ...] = Field(default=(), description="Hosts on the internet that it may reach, on port 443.")
    secrets: dict[EnvironmentName, Name] = Field(default_factory=dict, description="Environment variable -> secret.")
