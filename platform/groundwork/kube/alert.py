"""Alerts: what each says of itself, so that whoever is woken knows what it means and what to look at first."""

from __future__ import annotations

from typing import Any, Literal

__all__ = ["alert"]


def alert(
    name: str,
    expression: str,
    *,
    after: str,
    severity: Literal["critical", "warning"],
    summary: str,
    description: str,
    runbook: str,
) -> dict[str, Any]:
    """A rule of a PrometheusRule.

    Args:
        name: in the pager.
        expression: PromQL; it fires while this has a result.
        after: how long it has to have one.
        severity: critical wakes somebody; a warning waits for the morning.
        summary: one line, what is wrong.
        description: what that does to users.
        runbook: what to look at first.
    """
    return {
        "alert": name,
        "expr": expression,
        "for": after,
        "labels": {"severity": severity},
        "annotations": {"summary": summary, "description": description, "runbook": runbook},
    }
