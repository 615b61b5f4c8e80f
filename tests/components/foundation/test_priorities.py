"""Priorities: who gives way."""

from __future__ import annotations

from typing import Any

from groundwork.components.foundation.priorities import Priorities


def test_gateways_come_before_models_and_models_before_jobs(render: Any, site: Any, find: Any) -> None:
    """Batch work gives way, and pushes nobody out itself."""
    rendering = render(Priorities, site("dev-us-east-1"))

    values = [find(rendering, "PriorityClass", name)["value"] for name in ("platform", "serving", "batch")]
    assert values == sorted(values, reverse=True)
    assert find(rendering, "PriorityClass", "batch")["preemptionPolicy"] == "Never"
