"""ACK: the controllers that make AWS resources (roles, associations, buckets, workspaces) out of objects in the tree."""

from __future__ import annotations

from typing import Any

from groundwork.kube.component import Component
from groundwork.kube.pods import Resources
from groundwork.kube.stage import Stage

# Service -> the AWS API that its controller calls.
_SERVICES = {"eks": "eks", "iam": "iam", "prometheusservice": "aps", "s3": "s3"}


class Ack(Component):
    """One controller per AWS service in use. Deleting an object here keeps the AWS resource.

    Their own Pod Identity associations stand in bootstrap/: somebody has to make the first role.
    Upstream: catalog/versions.yaml, `<service>-chart`.
    """

    stage = Stage.OPERATORS
    namespace = "ack-system"

    def render(self) -> None:
        for service, api in _SERVICES.items():
            self.helm(f"{service}-chart", self._values(service), release=f"ack-{service}-controller")
            pods = f"ack-{service}-controller"
            self.reach_api_server(by=pods)
            self.reach_pod_identity(by=pods)
            self.reach_aws(api, by=pods)
            self.scraped(pods, 8080)

    def _values(self, service: str) -> dict[str, Any]:
        return {
            "aws": {"region": self.cluster.region},
            "deletionPolicy": "retain",
            "serviceAccount": {"name": f"ack-{service}-controller"},
            "metrics": {"service": {"create": True, "type": "ClusterIP"}},
            "resources": Resources(cpu="50m", memory="256Mi").manifest(),
        }
