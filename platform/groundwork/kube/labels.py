"""Labels and annotations that the platform puts on what it makes."""

from __future__ import annotations

__all__ = [
    "AUTHENTICATES",
    "BACKGROUND",
    "CONFIG_HASH",
    "CONFIRM",
    "FACING",
    "PART_OF",
    "SYNC_WAVE",
    "TENANT",
    "selector_labels",
    "workload_labels",
]

# How backends of a route know their callers, where no policy of the edge does.
AUTHENTICATES = "groundwork.dev/authenticates"
# A Job for whose end no wave waits: Argo CD's health check reads it.
BACKGROUND = "groundwork.dev/background"
CONFIG_HASH = "groundwork.dev/config-hash"
# `inside`: a Gateway that only the cluster's own pods reach, so that it may do without TLS.
FACING = "groundwork.dev/facing"
TENANT = "groundwork.dev/tenant"
PART_OF = "app.kubernetes.io/part-of"
SYNC_WAVE = "argocd.argoproj.io/sync-wave"
# For what holds data: Argo CD deletes it only when a person has agreed.
CONFIRM = {"argocd.argoproj.io/sync-options": "Delete=confirm,Prune=confirm"}


def selector_labels(workload: str) -> dict[str, str]:
    """What selects the pods of a workload; names are unique within a namespace, so one label is enough."""
    return {"app.kubernetes.io/name": workload}


def workload_labels(workload: str, component: str) -> dict[str, str]:
    """Labels of a workload's objects and pods."""
    return {
        **selector_labels(workload),
        "app.kubernetes.io/component": component,
        PART_OF: "groundwork",
    }
