"""LeaderWorkerSet: groups of pods that are one replica, for models that take more than one node."""

from __future__ import annotations

from groundwork.fleet.site import Site
from groundwork.kube.component import Component
from groundwork.kube.pods import Resources
from groundwork.kube.stage import Stage

_MANAGER = "lws-controller-manager"


class LeaderWorkerSet(Component):
    """The LeaderWorkerSet controller and its webhooks; two, of which one leads.

    Carried where a model spans nodes. It makes its webhooks' certificates itself. Upstream: catalog/versions.yaml, `lws`.
    """

    stage = Stage.OPERATORS
    namespace = "lws-system"

    @classmethod
    def carried(cls, site: Site) -> bool:
        return any(model.hardware.nodes > 1 for model in site.models)

    def render(self) -> None:
        self.helm(
            "lws",
            {
                "replicaCount": 2,
                "enablePrometheus": True,
                "podSecurityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
                "priorityClassName": "platform",
                "resources": Resources(cpu="200m", memory="512Mi").manifest(),
            },
        )
        self.reach_api_server()
        self.admit_webhook(9443)
        self.scraped(_MANAGER, 8443)
