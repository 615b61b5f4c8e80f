"""KubeRay: runs Ray clusters, and what is served from them, out of objects in the tree."""

from __future__ import annotations

from groundwork.catalog.chart_facts import facts
from groundwork.components.serving.ray_serve import DASHBOARD, RayServe
from groundwork.fleet.site import Site
from groundwork.kube.component import Component
from groundwork.kube.pods import Resources
from groundwork.kube.stage import Stage

_OPERATOR = "kuberay-operator"


class Kuberay(Component):
    """The operator, for the namespace of the models: two replicas, of which one leads.

    Carried where a model is served by Ray. Upstream: catalog/versions.yaml, `kuberay-operator`.
    """

    stage = Stage.OPERATORS
    namespace = "kuberay-operator"

    @classmethod
    def carried(cls, site: Site) -> bool:
        return RayServe.carried(site)

    def render(self) -> None:
        self.helm(
            "kuberay-operator",
            {
                "replicas": 2,
                "watchNamespace": [RayServe.namespace],
                "priorityClassName": "platform",
                "resources": Resources(cpu="100m", memory="512Mi").manifest(),
                "podSecurityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
                "metrics": {"serviceMonitor": {"enabled": True}},
            },
        )
        (operator,) = facts("kuberay-operator").pods
        selector = {"matchLabels": dict(operator.labels)}
        self.object("policy/v1", "PodDisruptionBudget", _OPERATOR, spec={"maxUnavailable": 1, "selector": selector})
        self.reach_api_server()
        self.scraped(_OPERATOR, 8080)
        for model in RayServe(self.site).models:
            head = self.address(f"ray-{model.name}").pods
            self.reach_pods(head, DASHBOARD, reason=f"what Ray is to serve as {model.name}, and whether it does")
