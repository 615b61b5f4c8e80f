"""ALB: the Application Load Balancer that clients meet on EKS Auto Mode. TLS, a web ACL, sign-in, streams that are not cut."""

from __future__ import annotations

from groundwork.fleet.site import Site
from groundwork.kube import aws
from groundwork.kube.component import Component
from groundwork.kube.labels import PART_OF
from groundwork.kube.routes import GATEWAY
from groundwork.kube.stage import Stage

# As long as the longest silence inside one answer.
_SILENCE = 1800
# TLS 1.3, and 1.2 with forward secrecy and authenticated ciphers only.
_TLS = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"


class Alb(Component):
    """The IngressClass `edge`, whose Ingresses share one load balancer, and the bucket of its access logs.

    Every component brings its own Ingresses (kube/ingresses.py). AWS runs the controller; the certificate is found in ACM by
    the host names, the web ACL by its name. Plain HTTP is answered with a redirect by the load balancer itself. A tenant's
    namespace cannot publish anything.
    """

    # Before whatever has an Ingress, and gone after it: without its class nobody lets go of a load balancer.
    stage = Stage.AWS
    namespace = "ai-gateway"

    @classmethod
    def carried(cls, site: Site) -> bool:
        return site.cluster.gateway.edge == "alb"

    def render(self) -> None:
        self.add(aws.load_balancer_logs(self.site, self.namespace))
        self.cluster_object(
            "eks.amazonaws.com/v1",
            "IngressClassParams",
            GATEWAY,
            spec={
                "scheme": "internet-facing",
                "group": {"name": self.site.name},
                "namespaceSelector": {"matchLabels": {PART_OF: "groundwork"}},
                "sslPolicy": _TLS,
                "loadBalancerAttributes": [
                    {"key": key, "value": value} for key, value in sorted(self._attributes().items())
                ],
            },
        )
        self.cluster_object(
            "networking.k8s.io/v1",
            "IngressClass",
            GATEWAY,
            spec={
                "controller": "eks.amazonaws.com/alb",
                "parameters": {"apiGroup": "eks.amazonaws.com", "kind": "IngressClassParams", "name": GATEWAY},
            },
        )

    def _attributes(self) -> dict[str, str]:
        return {
            "access_logs.s3.bucket": aws.bucket_name(self.site, aws.LOAD_BALANCER_LOGS),
            "access_logs.s3.enabled": "true",
            "deletion_protection.enabled": str(self.cluster.environment == "production").lower(),
            "idle_timeout.timeout_seconds": str(_SILENCE),
            "routing.http.drop_invalid_header_fields.enabled": "true",
            # Without the web ACL nobody comes in.
            "waf.fail_open.enabled": "false",
        }
