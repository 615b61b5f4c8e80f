"""kgateway: the controller that turns Gateways and routes into Envoy proxies."""

from __future__ import annotations

from groundwork.fleet.site import Site
from groundwork.kube.component import Component
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.flow import Peer
from groundwork.kube.pods import Resources
from groundwork.kube.ports import Port
from groundwork.kube.stage import Stage

_PODS = "kgateway"
_XDS = Port.grpc(9977, name="xds")


class Kgateway(Component):
    """Two controllers; proxies ask them for their configuration. Upstream: catalog/versions.yaml, `kgateway`."""

    stage = Stage.OPERATORS
    namespace = "kgateway-system"

    @classmethod
    def carried(cls, site: Site) -> bool:
        return site.cluster.gateway.edge == "kgateway"

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint.of(
                _PODS, self.namespace, _XDS, pods=Peer.pods(self.namespace, {"app.kubernetes.io/name": "kgateway"})
            )
        ]

    def render(self) -> None:
        self.helm("kgateway-crds", {})
        self.helm(
            "kgateway",
            {
                "controller": {
                    "replicaCount": 2,
                    "serviceMonitor": {"enabled": True},
                    "podDisruptionBudget": {"maxUnavailable": 1},
                },
                "resources": Resources(cpu="200m", memory="512Mi").manifest(),
            },
        )
        self.reach_api_server(by=_PODS)
        self.scraped(_PODS, 9092)
