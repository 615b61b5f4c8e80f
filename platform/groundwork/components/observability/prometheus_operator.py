"""Prometheus operator, kube-state-metrics and node-exporter: what measures the cluster, not what keeps the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from groundwork.kube.component import Component
from groundwork.kube.pods import Resources
from groundwork.kube.stage import Stage

_OPERATOR = "prometheus-operator"
_STATE = "kube-state-metrics"
_NODES = "node-agents"


class PrometheusOperator(Component):
    """kube-prometheus-stack with the server, Alertmanager, Grafana and its stock rules switched off: ours are declared.

    Upstream: catalog/versions.yaml, `kube-prometheus-stack`.
    """

    stage = Stage.OPERATORS
    namespace = "prometheus-operator"
    further_namespaces: ClassVar[Mapping[str, str]] = {
        _NODES: "privileged"
    }  # node-exporter reads the host's /proc and /sys

    def render(self) -> None:
        self.helm("kube-prometheus-stack", self._values(), release="prometheus")
        for pods in (_OPERATOR, _STATE):
            self.reach_api_server(by=pods)
        self.admit_webhook(10250, to=_OPERATOR)
        self.scraped(_OPERATOR, 10250)
        self.scraped(_STATE, 8080)

    def _values(self) -> dict[str, Any]:
        off = {"enabled": False}
        return {
            # They come in a wave of their own, before whatever brings a monitor.
            "crds": off,
            "alertmanager": off,
            "defaultRules": {"create": False},
            "grafana": off,
            "kubeControllerManager": off,
            "kubeEtcd": off,
            "kubeScheduler": off,
            "kubeProxy": off,
            "prometheus": off,
            "prometheusOperator": {"resources": Resources(cpu="100m", memory="256Mi").manifest()},
            "kube-state-metrics": {"resources": Resources(cpu="50m", memory="256Mi").manifest()},
            "prometheus-node-exporter": {
                "namespaceOverride": _NODES,
                "resources": Resources(cpu="50m", memory="64Mi").manifest(),
                "priorityClassName": "system-node-critical",
            },
        }
