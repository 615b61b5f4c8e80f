"""agentgateway: the controller that turns Gateways of its class into proxies that know models, tools and agents."""

from __future__ import annotations

from groundwork.fleet.site import Site
from groundwork.kube.component import Component
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.flow import Peer
from groundwork.kube.pods import Resources
from groundwork.kube.ports import Port
from groundwork.kube.stage import Stage

_NAME = "agentgateway"
_LABELS = {"agentgateway": _NAME, "app.kubernetes.io/name": _NAME}
_XDS = Port.grpc(9978, name="xds")
_METRICS = Port.metrics_only(9092)
_USER = 10101


class Agentgateway(Component):
    """Two controllers; proxies ask them for their configuration, over TLS of the controllers' own.

    kgateway's Envoy proxies know no InferencePools since 2.2, these do. Upstream: catalog/versions.yaml, `agentgateway`.
    """

    stage = Stage.OPERATORS
    namespace = "agentgateway-system"

    @classmethod
    def carried(cls, site: Site) -> bool:
        doors = site.cluster.gateway
        return doors.replicas == "agentgateway" or (doors.tools == "agentgateway" and bool(site.tools))

    def endpoints(self) -> list[Endpoint]:
        return [Endpoint.of(_NAME, self.namespace, _XDS, pods=Peer.pods(self.namespace, _LABELS))]

    def render(self) -> None:
        self.helm("agentgateway-crds", {})
        self.helm(
            "agentgateway",
            {
                "controller": {"replicaCount": 2, "podDisruptionBudget": {"maxUnavailable": 1}},
                "inferenceExtension": {"enabled": True},
                # Who makes a Gateway scrapes its proxies: the chart would look for them in this namespace.
                "monitoring": {
                    "enabled": True,
                    "grafanaDashboard": {"enabled": False},
                    "proxy": {"podMonitor": {"enabled": False}},
                },
                "podSecurityContext": {
                    "runAsNonRoot": True,
                    "runAsUser": _USER,
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
                "resources": Resources(cpu="200m", memory="512Mi").manifest(),
            },
        )
        self.reach_api_server(by=_NAME)
        self.scraped(_NAME, _METRICS.number)
