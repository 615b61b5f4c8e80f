"""Edge: the Gateway that clients meet. TLS, a network load balancer, sign-in tokens, streams that are not cut."""

from __future__ import annotations

from typing import Any

from groundwork.components.gateway.guardrail import MAX_BODY
from groundwork.fleet.site import Site
from groundwork.kube.component import Component
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.flow import Peer
from groundwork.kube.http_routes import SIGN_IN, TOKEN, token_bucket
from groundwork.kube.labels import PART_OF
from groundwork.kube.pods import Replicas, Resources
from groundwork.kube.ports import Port
from groundwork.kube.rendering import Demand
from groundwork.kube.routes import GATEWAY
from groundwork.kube.stage import Stage

_HTTPS = Port.http(443, name="https")
_METRICS = Port.metrics_only(9091)
_CERTIFICATE = "edge-tls"
_RESOURCES = Resources(cpu="500m", memory="1Gi")
_API = "gateway.networking.k8s.io"
_KGATEWAY = "gateway.kgateway.dev"
# As long as the longest silence inside one answer, for the proxy and for the load balancer alike.
_SILENCE = 1800
# Requests per second and proxy, in all.
_REQUESTS = 2000
# One line per request, in Envoy's words. No bodies, no query, no headers that carry keys or tokens.
_LOG = {
    "time": "%START_TIME%",
    "id": "%REQ(X-REQUEST-ID)%",
    "client": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
    "host": "%REQ(:AUTHORITY)%",
    "method": "%REQ(:METHOD)%",
    "path": "%PATH(NQ)%",
    "status": "%RESPONSE_CODE%",
    "why": "%RESPONSE_CODE_DETAILS%",
    "flags": "%RESPONSE_FLAGS%",
    "route": "%ROUTE_NAME%",
    "received": "%BYTES_RECEIVED%",
    "sent": "%BYTES_SENT%",
    "milliseconds": "%DURATION%",
    "first_byte": "%RESPONSE_DURATION%",
}
_LB_CLASSES = {"auto": "eks.amazonaws.com/nlb", "karpenter": "service.k8s.aws/nlb"}


class Edge(Component):
    """kgateway's Gateway `edge`. Routes come with the components that serve them.

    Needs kgateway, cert-manager for its certificate, and a load balancer controller. An answer may take as long as it
    takes: requests have no total timeout, a silent stream ends after half an hour.
    """

    stage = Stage.GATEWAY
    namespace = "ai-gateway"

    @classmethod
    def carried(cls, site: Site) -> bool:
        return site.cluster.gateway.edge == "kgateway"

    def endpoints(self) -> list[Endpoint]:
        return [Endpoint.of(GATEWAY, self.namespace, _HTTPS, pods=self._proxies())]

    def render(self) -> None:
        self.pods(GATEWAY, self._proxies())
        self._parameters()
        self._certificate()
        self._gateway()
        self._policies()
        self._identity()
        for port in (80, 443):
            self.admit_load_balancer(port)
        self.reach("kgateway")
        replicas = Replicas(at_least=self._replicas)
        self.demand(Demand(namespace=self.namespace, replicas=replicas, resources=(_RESOURCES,), surge=True))
        self.monitor(GATEWAY, pods=GATEWAY, port=_METRICS)

    @property
    def _replicas(self) -> int:
        return 3 if self.cluster.environment == "production" else 1

    def _proxies(self) -> Peer:
        """Kgateway labels the proxies that it makes of a Gateway."""
        return Peer.pods(self.namespace, {"gateway.networking.k8s.io/gateway-name": GATEWAY})

    def _parameters(self) -> None:
        name = f"k8s-{self.site.name}-{GATEWAY}"[:32]
        annotations = {
            "service.beta.kubernetes.io/aws-load-balancer-name": name.rstrip("-"),
            "service.beta.kubernetes.io/aws-load-balancer-scheme": "internet-facing",
            "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type": "ip",
            "service.beta.kubernetes.io/aws-load-balancer-target-group-attributes": "deregistration_delay.timeout_seconds=600",
            # Version 2, so that logs and limits see the client and not the load balancer.
            "service.beta.kubernetes.io/aws-load-balancer-proxy-protocol": "*",
            "service.beta.kubernetes.io/aws-load-balancer-attributes": "load_balancing.cross_zone.enabled=true",
            "service.beta.kubernetes.io/aws-load-balancer-listener-attributes.TCP-443": f"tcp.idle_timeout.seconds={_SILENCE}",
        }
        security = {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        pod = {
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 65532,
                "seccompProfile": {"type": "RuntimeDefault"},
                # Ports below 1024 without a capability.
                "sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}],
            },
            "priorityClassName": "platform",
            # A proxy that is told to leave takes connections for another minute: the load balancer hears of it late.
            "gracefulShutdown": {"enabled": True, "sleepTimeSeconds": 60},
            "terminationGracePeriodSeconds": 660,
            "topologySpreadConstraints": [_spread()],
        }
        kube: dict[str, Any] = {
            "deployment": {"replicas": self._replicas},
            "envoyContainer": {
                "resources": _RESOURCES.manifest(),
                "securityContext": security,
            },
            "podTemplate": pod,
            "podDisruptionBudget": {"spec": {"maxUnavailable": 1}},
            "service": {
                "type": "LoadBalancer",
                "loadBalancerClass": _LB_CLASSES[self.cluster.nodes],
                "extraAnnotations": annotations,
            },
        }
        self.object(f"{_KGATEWAY}/v1alpha1", "GatewayParameters", GATEWAY, spec={"kube": kube})

    def _certificate(self) -> None:
        self.object(
            "cert-manager.io/v1",
            "Certificate",
            GATEWAY,
            spec={
                "secretName": _CERTIFICATE,
                "issuerRef": {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": "letsencrypt"},
                "dnsNames": [self.site.domain, f"*.{self.site.domain}"],
            },
        )

    def _gateway(self) -> None:
        ours = {"from": "Selector", "selector": {"matchLabels": {PART_OF: "groundwork"}}}
        self.object(
            "gateway.networking.k8s.io/v1",
            "Gateway",
            GATEWAY,
            spec={
                "gatewayClassName": "kgateway",
                "infrastructure": {"parametersRef": {"group": _KGATEWAY, "kind": "GatewayParameters", "name": GATEWAY}},
                "listeners": [
                    {
                        "name": "https",
                        "port": _HTTPS.number,
                        "protocol": "HTTPS",
                        "hostname": f"*.{self.site.domain}",
                        "tls": {"mode": "Terminate", "certificateRefs": [{"kind": "Secret", "name": _CERTIFICATE}]},
                        "allowedRoutes": {"namespaces": ours},
                    },
                    {
                        "name": "http",
                        "port": 80,
                        "protocol": "HTTP",
                        "hostname": f"*.{self.site.domain}",
                        "allowedRoutes": {"namespaces": {"from": "Same"}},
                    },
                ],
            },
        )
        redirect = {"type": "RequestRedirect", "requestRedirect": {"scheme": "https", "statusCode": 301}}
        self.object(
            "gateway.networking.k8s.io/v1",
            "HTTPRoute",
            "redirect-to-https",
            spec={"parentRefs": [{"name": GATEWAY, "sectionName": "http"}], "rules": [{"filters": [redirect]}]},
        )

    def _policies(self) -> None:
        """What holds for every route. Answers are never compressed: a compressor waits for more before it sends a token on."""
        target = {"group": _API, "kind": "Gateway", "name": GATEWAY}
        self.object(
            f"{_KGATEWAY}/v1alpha1",
            "TrafficPolicy",
            GATEWAY,
            spec={
                "targetRefs": [target | {"sectionName": "https"}],
                "timeouts": {"streamIdle": f"{_SILENCE}s"},
                "rateLimit": token_bucket(_REQUESTS),
                # Only what did not reach a backend: a completion that is asked for twice costs twice.
                "retry": {
                    "attempts": 2,
                    "backoffBaseInterval": "100ms",
                    "retryOn": ["connect-failure", "refused-stream", "reset-before-request"],
                },
            },
        )
        self.object(
            f"{_KGATEWAY}/v1alpha1",
            "ListenerPolicy",
            GATEWAY,
            spec={
                "targetRefs": [target],
                "default": {
                    "perConnectionBufferLimitBytes": MAX_BODY,
                    # The load balancer's word for who is calling; nobody else reaches these ports.
                    "proxyProtocol": {},
                    "httpSettings": {
                        "accessLog": [{"fileSink": {"path": "/dev/stdout", "jsonFormat": dict(_LOG)}}],
                        "http2ProtocolOptions": {"maxConcurrentStreams": 100},
                        "maxRequestHeadersKb": 32,
                        "useRemoteAddress": True,
                    },
                },
            },
        )

    def _identity(self) -> None:
        """How people sign in to pages, and how tokens of those who call agents are checked."""
        identity = self.site.organisation.identity
        backends = {what: self._provider(what, host) for what, host in self.site.identity_hosts.items()}
        keys = {
            "name": "identity",
            "issuer": identity.issuer,
            "audiences": [identity.client_id],
            "jwks": {"remote": {"url": identity.endpoints.keys, "backendRef": backends["keys"]}},
        }
        # The endpoints stand here, so that the controller need not ask the provider for them.
        session = {
            "backendRef": backends["token"],
            "authorizationEndpoint": identity.endpoints.authorization,
            "tokenEndpoint": identity.endpoints.token,
            "scopes": ["openid", "email", "profile"],
            "credentials": {
                "clientID": identity.pages_client_id,
                "clientSecretRef": {"name": self.secret_object("sign-in", "client-secret")},
            },
        }
        for name, spec in {TOKEN: {"jwt": {"providers": [keys]}}, SIGN_IN: {"oauth2": session}}.items():
            self.object(f"{_KGATEWAY}/v1alpha1", "GatewayExtension", name, spec=spec)

    def _provider(self, what: str, host: str) -> dict[str, str]:
        """A host of the identity provider, as a backend that is met with TLS and has to prove its name."""
        name = f"identity-{what}"
        way_out = self.way_out(host)
        address, port = (f"{way_out.host}.cluster.local", way_out.port) if way_out else (host, 443)
        static = {"hosts": [{"host": address, "port": port}]}
        self.object(f"{_KGATEWAY}/v1alpha1", "Backend", name, spec={"type": "Static", "static": static})
        backend = {"group": _KGATEWAY, "kind": "Backend", "name": name}
        tls = {"sni": host, "verifySubjectAltNames": [host], "wellKnownCACertificates": "System"}
        spec = {"targetRefs": [backend], "connectTimeout": "5s", "tls": tls}
        self.object(f"{_KGATEWAY}/v1alpha1", "BackendConfigPolicy", name, spec=spec)
        return backend

    def hosts(self) -> list[str]:
        return sorted(self.site.identity_hosts.values())


def _spread() -> dict[str, Any]:
    return {
        "maxSkew": 1,
        "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": {"gateway.networking.k8s.io/gateway-name": GATEWAY}},
    }
