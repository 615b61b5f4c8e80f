"""Adapter: what fine-tuning changes in a model (LoRA), served beside it under a name of its own."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from groundwork.fleet.declaration import Name, Part, says

__all__ = ["Adapter"]


class Adapter(Part):
    """A LoRA adapter that a pipeline has put into the models bucket, in the folder <model>/adapters/<name>/<revision>/.

    Running replicas load it within a minute, and forget it when it is no longer declared.
    """

    name: Name = Field(description="What callers ask for; a tenant names it under `models`.")
    revision: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        max_length=64,
        description="The run that made it: the last part of its folder.",
        json_schema_extra=says("must be the name of a folder: letters, digits, '.', '_' and '-'"),
    )
    rank: Literal[8, 16, 32, 64, 128] = Field(
        description="Of its matrices (`r` in adapter_config.json). Servers keep memory for the highest of a model."
    )
