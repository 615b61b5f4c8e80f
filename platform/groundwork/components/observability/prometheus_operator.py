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

    Its admission webhook is off too. A hook Job makes the certificate before any NetworkPolicy of ours lets that Job out,
    so the first sync would never end; rules and monitors are checked before they are merged.
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
            self.scraped(pods, 8080)

    def _values(self) -> dict[str, Any]:
        off = {"enabled": False}
        # AWS runs the control plane and DNS, and measures them.
        control_plane = ("coreDns", "kubeApiServer", "kubeControllerManager", "kubeEtcd", "kubeProxy", "kubeScheduler")
        return {
            # They come in a wave of their own, before whatever brings a monitor.
            "crds": off,
            "defaultRules": {"create": False},
            **dict.fromkeys(("alertmanager", "grafana", "prometheus", *control_plane), off),
            # Every ten seconds, as the chart has it, containers alone would be most of what is stored.
            "kubelet": {"serviceMonitor": {"cAdvisorInterval": "30s", "probes": False}},
            "prometheusOperator": {
                "admissionWebhooks": off,
                "tls": off,
                # Kubernetes gives up the older Endpoints.
                "kubeletEndpointsEnabled": False,
                "kubeletEndpointSliceEnabled": True,
                "prometheusConfigReloader": {"resources": RELOADER.manifest()},
                "priorityClassName": "platform",
                "resources": Resources(cpu="100m", memory="256Mi").manifest(),
            },
            "kube-state-metrics": {
                # Names and dates of Secrets are nobody's measure, and reading them takes the right to read them whole.
                "collectorsExclude": ["configmaps", "secrets"],
                "priorityClassName": "platform",
                "resources": Resources(cpu="50m", memory="256Mi").manifest(),
            },
            "prometheus-node-exporter": {
                "namespaceOverride": _NODES,
                "priorityClassName": "system-node-critical",
                "resources": Resources(cpu="50m", memory="64Mi", scratch="64Mi").manifest(),
            },
        }


# The container that the operator puts beside every Prometheus.
RELOADER = Resources(cpu="10m", memory="64Mi", scratch="64Mi")
