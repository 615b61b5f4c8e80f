"""Canary: a model's next version, on trial in one cluster."""

from __future__ import annotations

from pydantic import Field

from groundwork.fleet.declaration import Name, Part

__all__ = ["Canary"]


class Canary(Part):
    """Another model that answers a part of what is asked of this one, before it takes all of it."""

    model: Name = Field(description="A model that the cluster carries under a name of its own.")
    percent: int = Field(ge=1, le=100, description="Its part of the requests. At 100 the other one only waits.")
