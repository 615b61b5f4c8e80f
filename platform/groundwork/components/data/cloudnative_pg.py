"""CloudNativePG: runs Postgres clusters, with failover, out of objects in the tree."""

from __future__ import annotations

from groundwork.kube.component import Component
from groundwork.kube.flow import Peer
from groundwork.kube.pods import Resources
from groundwork.kube.stage import Stage

_OPERATOR = "cloudnative-pg"


class CloudnativePg(Component):
    """The operator. Upstream: catalog/versions.yaml, `cloudnative-pg`."""

    stage = Stage.OPERATORS
    namespace = "cnpg-system"

    def render(self) -> None:
        self.helm(
            "cloudnative-pg",
            {
                "replicaCount": 2,
                "crds": {"create": True},
                "monitoring": {"podMonitorEnabled": True},
                "resources": Resources(cpu="100m", memory="256Mi").manifest(),
            },
        )
        self.reach_api_server(by=_OPERATOR)
        self.admit_webhook(9443, to=_OPERATOR)
        self.scraped(_OPERATOR, 8080)
        for name in ("litellm-postgres", "langfuse-postgres", "kagent-postgres"):
            if name in self.directory:
                instances: Peer = self.address(name).pods
                self.reach_pods(instances, 8000, by=_OPERATOR, reason=f"state of {name}")
                self.reach_pods(instances, 5432, by=_OPERATOR, reason=f"{name} itself")
