"""agentgateway: the controller that turns Gateways of its class into proxies that understand MCP and pools of models."""

from __future__ import annotations

from groundwork.fleet.site import Site
from groundwork.kube.component import Component
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.flow import Peer
from groundwork.kube.pods import Resources
from groundwork.kube.ports import Port
from groundwork.kube.stage import Stage

_PODS = "agentgateway"
_XDS = Port.grpc(9978, name="grpc-xds-agw")
_METRICS = Port.metrics_only(9092)
_USER = 10101


class Agentgateway(Component):
    """Two controllers; proxies ask them for their configuration. Upstream: catalog/versions.yaml, `agentgateway`."""

    stage = Stage.OPERATORS
    namespace = "agentgateway-system"

    @classmethod
    def carried(cls, site: Site) -> bool:
        gateway = site.cluster.gateway
        return gateway.replicas == "agentgateway" or (gateway.tools == "agentgateway" and bool(site.tools))

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint.of(_PODS, self.namespace, _XDS, pods=Peer.pods(self.namespace, {"app.kubernetes.io/name": _PODS}))
        ]

    def render(self) -> None:
        self.helm("agentgateway-crds", {})
        self.helm(
            "agentgateway",
            {
                "controller": {
                    "replicaCount": 2,
                    "podDisruptionBudget": {"maxUnavailable": 1},
                    "priorityClassName": "platform",
                },
                # Off by default, and it needs the CRDs of inference_extension.py.
                "inferenceExtension": {"enabled": self.cluster.gateway.replicas == "agentgateway"},
                "podSecurityContext": {
                    "runAsNonRoot": True,
                    "runAsUser": _USER,
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
                "resources": Resources(cpu="200m", memory="512Mi").manifest(),
            },
        )
        self.reach_api_server(by=_PODS)
        # The chart's own monitors come only with a dashboard that nothing here would show.
        self.monitor(_PODS, pods=_PODS, port=_METRICS)
