"""Alerts: whoever is woken knows what it means."""

from __future__ import annotations

from groundwork.kube.alert import alert


def test_an_alert_says_what_it_means_and_what_to_look_at() -> None:
    """A page without a first step costs the minutes that matter."""
    rule = alert("A", "up == 0", after="5m", severity="critical", summary="s", description="d", runbook="r")

    assert rule["labels"] == {"severity": "critical"}
    assert rule["annotations"] == {"summary": "s", "description": "d", "runbook": "r"}
