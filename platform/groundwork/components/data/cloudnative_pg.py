"""CloudNativePG: runs Postgres clusters, with failover, out of objects in the tree."""

from __future__ import annotations

from typing import Any

from groundwork.catalog.chart_facts import facts
from groundwork.kube.component import Component
from groundwork.kube.pods import Resources
from groundwork.kube.stage import Stage

_OPERATOR = "cloudnative-pg"


class CloudnativePg(Component):
    """The operator: two replicas, of which one leads; its webhook stands between every Postgres cluster and a change.

    Upstream: catalog/versions.yaml, `cloudnative-pg`.
    """

    stage = Stage.OPERATORS
    namespace = "cnpg-system"

    def render(self) -> None:
        self.helm("cloudnative-pg", self._values())
        self._disruption_budget()
        self.reach_api_server(by=_OPERATOR)
        self.admit_webhook(9443, to=_OPERATOR)
        self.scraped(_OPERATOR, 8080)
        for name in ("litellm-postgres", "langfuse-postgres", "kagent-postgres"):
            if name in self.directory:
                instances = self.address(name)
                self.reach_pods(instances.pods, 8000, by=_OPERATOR, reason=f"state of {name}")
                self.reach_pods(instances.pods, instances.pod_port, by=_OPERATOR, reason=f"{name} itself")

    def _values(self) -> dict[str, Any]:
        spread = {
            "maxSkew": 1,
            "topologyKey": "topology.kubernetes.io/zone",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": dict(self._labels())},
        }
        return {
            "replicaCount": 2,
            "monitoring": {"podMonitorEnabled": True},
            "priorityClassName": "platform",
            "resources": Resources(cpu="100m", memory="256Mi").manifest(),
            "topologySpreadConstraints": [spread],
        }

    def _disruption_budget(self) -> None:
        """The chart has none; without the webhook no Postgres cluster can be changed."""
        spec = {"maxUnavailable": 1, "selector": {"matchLabels": dict(self._labels())}}
        self.object("policy/v1", "PodDisruptionBudget", _OPERATOR, spec=spec)

    def _labels(self) -> dict[str, str]:
        (operator,) = facts("cloudnative-pg").pods
        return dict(operator.labels)
