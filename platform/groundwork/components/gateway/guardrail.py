"""Guardrail: reads what callers send before a model or an agent does, and refuses what must not get there."""

from __future__ import annotations

from groundwork.fleet.site import Site
from groundwork.kube.alert import alert
from groundwork.kube.component import Component
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.http_routes import GUARDRAIL
from groundwork.kube.images import own_image
from groundwork.kube.pods import Probes, Replicas, Resources
from groundwork.kube.ports import Port
from groundwork.kube.stage import Stage

# The largest request: a prompt that fills a context of 128k tokens and a few images. The proxies buffer as much.
MAX_BODY = 8 * 1024 * 1024
_GRPC = Port.grpc(9000)
_METRICS = Port.metrics_only(9090)


class Guardrail(Component):
    """Envoy's external processor, from apps/images/guardrail; routes that want it say `guarded`.

    It fails closed: while it cannot be asked, kgateway answers 500 and nothing passes. A load balancer cannot ask anybody; there
    the web ACL and the model gateway's own guardrails stand alone.
    """

    stage = Stage.GATEWAY
    namespace = "ai-gateway"

    @classmethod
    def carried(cls, site: Site) -> bool:
        return site.cluster.gateway.edge == "kgateway"

    def endpoints(self) -> list[Endpoint]:
        return [Endpoint.of(GUARDRAIL, self.namespace, _GRPC)]

    def render(self) -> None:
        self.workload(
            GUARDRAIL,
            image=own_image(self.site, "guardrail"),
            # Nothing passes without it, so one pod may always be away, in development too.
            replicas=Replicas(at_least=2),
            resources=Resources(cpu="250m", memory="512Mi"),
            ports=[_GRPC, _METRICS],
            probes=Probes.grpc(_GRPC.number),
            env={"MAX_BODY_BYTES": str(MAX_BODY)},
        )
        self.object(
            "gateway.kgateway.dev/v1alpha1",
            "GatewayExtension",
            GUARDRAIL,
            spec={
                "extProc": {
                    "grpcService": {"backendRef": {"name": GUARDRAIL, "port": _GRPC.number}},
                    "failOpen": False,
                    "messageTimeout": "2s",
                    # Answers stream: they are never asked about.
                    "processingMode": {
                        "requestHeaderMode": "SEND",
                        "requestBodyMode": "BUFFERED",
                        "responseHeaderMode": "SKIP",
                        "responseBodyMode": "NONE",
                    },
                }
            },
        )
        self.admit(self.address("edge").pods, _GRPC.number, reason="requests to be judged")
        self._alerts()

    def _alerts(self) -> None:
        refused = "sum(rate(guardrail_requests_total{outcome!='passed'}[15m]))"
        self.alerts(
            alert(
                "GuardrailDown",
                "absent(guardrail_requests_total)",
                after="5m",
                severity="critical",
                summary="No guardrail answers, so nothing passes the edge",
                description="Requests to models and agents from outside get 500; inside the cluster all goes on.",
                runbook="`kubectl --namespace ai-gateway get pods -l app.kubernetes.io/name=guardrail`",
            ),
            alert(
                "GuardrailRefusesMuch",
                f"{refused} / sum(rate(guardrail_requests_total[15m])) > 0.1",
                after="15m",
                severity="warning",
                summary="The guardrail refuses more than one request in ten",
                description="Somebody tries what is not allowed, or a check takes ordinary requests for it.",
                runbook="`guardrail_requests_total` by `outcome` says which check; OBSERVED lets one only count meanwhile.",
            ),
        )
