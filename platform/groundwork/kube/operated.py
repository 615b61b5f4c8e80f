"""Pods that an operator runs from a template in its custom resource, with everything around them that a workload has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from groundwork.kube.labels import selector_labels
from groundwork.kube.workload import Workload

__all__ = ["Operated"]


@dataclass(frozen=True, kw_only=True)
class Operated(Workload):
    """A workload without a controller of ours: its template goes into a custom resource.

    Args:
        service: whether the pods have a Service of their own; else the operator makes one, and Prometheus finds the pods by
            their labels.
        budget: whether their owner has a scale, which a budget of unavailable pods needs; else it says how many stay.
    """

    service: bool = True
    budget: bool = True

    def template(self) -> dict[str, Any]:
        """The pods' template."""
        return self._template()

    def manifests(self) -> list[dict[str, Any]]:
        unwanted = {"Deployment", "StatefulSet"} | (set() if self.service else {"Service"})
        return [body for body in super().manifests() if body["kind"] not in unwanted]

    def _disruption_budget(self) -> dict[str, Any]:
        if self.budget:
            return super()._disruption_budget()
        # At the minimum number of replicas one may still go, so that nodes can be drained.
        kept = {
            "minAvailable": max(self.replicas.at_least - 1, 0),
            "selector": {"matchLabels": selector_labels(self.name)},
        }
        return self._object(
            "policy/v1", "PodDisruptionBudget", spec=kept | {"unhealthyPodEvictionPolicy": "AlwaysAllow"}
        )

    def _monitor(self) -> dict[str, Any]:
        return super()._monitor() if self.service else self._monitor_of_pods()
