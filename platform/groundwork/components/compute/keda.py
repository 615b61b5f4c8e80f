"""KEDA: scales workloads, down to zero, on what Prometheus measures."""

from __future__ import annotations

from typing import Any

from groundwork.kube.component import Component
from groundwork.kube.pods import Resources
from groundwork.kube.stage import Stage

_OPERATOR = "keda-operator"
_METRICS_API = "keda-operator-metrics-apiserver"
_WEBHOOKS = "keda-admission-webhooks"


class Keda(Component):
    """The KEDA operator, its metrics API and its admission webhooks.

    Needs Prometheus for the triggers. Upstream: catalog/versions.yaml, `keda`.
    """

    stage = Stage.OPERATORS
    namespace = "keda"

    def render(self) -> None:
        self.helm("keda", self._values())
        self.reach("prometheus", by=_OPERATOR)
        self.link(_METRICS_API, _OPERATOR, 9666, reason="metric values")
        self.admit_webhook(6443, to=_METRICS_API)
        self.admit_webhook(9443, to=_WEBHOOKS)
        for pods in (_OPERATOR, _METRICS_API, _WEBHOOKS):
            self.reach_api_server(by=pods)
            self.scraped(pods, 8080)

    def _values(self) -> dict[str, Any]:
        monitor = {"enabled": True, "serviceMonitor": {"enabled": True}}
        return {
            "priorityClassName": "platform",
            "operator": {"replicaCount": 2},
            "metricsServer": {"replicaCount": 2},
            "webhooks": {"replicaCount": 2},
            "prometheus": {"operator": monitor, "metricServer": monitor, "webhooks": monitor},
            "resources": {
                "operator": Resources(cpu="100m", memory="256Mi").manifest(),
                "metricServer": Resources(cpu="100m", memory="256Mi").manifest(),
                "webhooks": Resources(cpu="50m", memory="128Mi").manifest(),
            },
            "podDisruptionBudget": {
                "operator": {"maxUnavailable": 1},
                "metricServer": {"maxUnavailable": 1},
                "webhooks": {"maxUnavailable": 1},
            },
        }
