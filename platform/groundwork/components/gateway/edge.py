"""Edge: the Gateway that clients meet. TLS, a network load balancer, sign-in tokens, streams that are not cut."""

from __future__ import annotations

from typing import Any

from groundwork.fleet.site import Site
from groundwork.kube.component import Component
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.flow import Peer
from groundwork.kube.labels import PART_OF
from groundwork.kube.pods import Resources
from groundwork.kube.ports import Port
from groundwork.kube.routes import GATEWAY, Rule
from groundwork.kube.stage import Stage

_HTTPS = Port.http(443, name="https")
_METRICS = Port.metrics_only(9091)
_CERTIFICATE = "edge-tls"
_KEYS = "keys of teams"
_CANARY_HEADER = "x-groundwork-canary"
# As long as the longest silence inside one answer, for the proxy and for the load balancer alike.
_SILENCE = 1800
_LB_CLASSES = {"auto": "eks.amazonaws.com/nlb", "karpenter": "service.k8s.aws/nlb"}


class Edge(Component):
    """kgateway's Gateway `edge` and the route of the API, api.<cluster>.<domain>. Pages bring their own routes.

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
        self._api()
        self._policies()
        self._sign_in()
        for port in (80, 443):
            self.admit_load_balancer(port)
        self.reach("kgateway")
        self.scraped(GATEWAY, _METRICS.number)
        self._monitor()

    def _proxies(self) -> Peer:
        """Kgateway labels the proxies that it makes of a Gateway."""
        return Peer.pods(self.namespace, {"gateway.networking.k8s.io/gateway-name": GATEWAY})

    def _parameters(self) -> None:
        name = f"k8s-{self.site.name}-{GATEWAY}"[:32]
        annotations = {
            "service.beta.kubernetes.io/aws-load-balancer-name": name.rstrip("-"),
            "service.beta.kubernetes.io/aws-load-balancer-scheme": "internet-facing",
            "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type": "ip",
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
            "terminationGracePeriodSeconds": 600,
            "topologySpreadConstraints": [_spread()],
        }
        kube: dict[str, Any] = {
            "deployment": {"replicas": 3 if self.cluster.environment == "production" else 1},
            "envoyContainer": {
                "resources": Resources(cpu="500m", memory="512Mi").manifest(),
                "securityContext": security,
            },
            "podTemplate": pod,
            "service": {
                "type": "LoadBalancer",
                "loadBalancerClass": _LB_CLASSES[self.cluster.nodes],
                "extraAnnotations": annotations,
            },
        }
        self.object("gateway.kgateway.dev/v1alpha1", "GatewayParameters", GATEWAY, spec={"kube": kube})

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
                "infrastructure": {
                    "parametersRef": {"group": "gateway.kgateway.dev", "kind": "GatewayParameters", "name": GATEWAY}
                },
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

    def _api(self) -> None:
        """Models at /v1, agents at /api/a2a: one host name for programs. Testers ask for the canary by a header."""
        models = self.reach("model-gateway")
        share = self.cluster.gateway.canary
        rules = []
        backends = [(models, 100)]
        if share:
            canary = self.reach("model-gateway-canary")
            backends = [(models, 100 - share), (canary, share)]
            chosen = [(_CANARY_HEADER, "true")]
            rules.append(Rule(path="/v1", headers=chosen, backends=[(canary, 100)], timeout="0s", authenticated=_KEYS))
        rules.append(Rule(path="/v1", backends=backends, timeout="0s", authenticated=_KEYS))
        if self.site.agents:
            agents = self.reach("kagent-controller")
            rules.append(Rule(path="/api/a2a", name="agents", backends=[(agents, 100)], timeout="0s"))
            self._grant(agents)
        self.route(f"api.{self.site.domain}", rules, by=self.name)

    def _grant(self, endpoint: Endpoint) -> None:
        """The API's route is here and its backend there: the backend's namespace has to agree, for this Service only."""
        self.object(
            "gateway.networking.k8s.io/v1",
            "ReferenceGrant",
            f"api-to-{endpoint.service}",
            namespace=endpoint.namespace,
            spec={
                "from": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": self.namespace}],
                "to": [{"group": "", "kind": "Service", "name": endpoint.service}],
            },
        )

    def _policies(self) -> None:
        target = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": GATEWAY}
        self.object(
            "gateway.kgateway.dev/v1alpha1",
            "TrafficPolicy",
            GATEWAY,
            spec={
                "targetRefs": [target],
                "timeouts": {"streamIdle": f"{_SILENCE}s"},
                "rateLimit": {
                    "local": {"tokenBucket": {"maxTokens": 2000, "tokensPerFill": 2000, "fillInterval": "1s"}}
                },
            },
        )

    def _sign_in(self) -> None:
        """Agents act for people, so the API demands the identity provider's token; models have keys of their own."""
        if not self.site.agents:
            return
        identity = self.site.organisation.identity
        self.object(
            "gateway.kgateway.dev/v1alpha1",
            "Backend",
            "identity",
            spec={"type": "Static", "static": {"hosts": [{"host": self.site.identity_host, "port": 443}]}},
        )
        keys = {
            "url": f"{identity.issuer}/.well-known/jwks.json",
            "backendRef": {"group": "gateway.kgateway.dev", "kind": "Backend", "name": "identity"},
        }
        provider = {
            "name": "identity",
            "issuer": identity.issuer,
            "audiences": [identity.client_id],
            "jwks": {"remote": keys},
        }
        self.object(
            "gateway.kgateway.dev/v1alpha1", "GatewayExtension", "identity", spec={"jwt": {"providers": [provider]}}
        )
        route = {"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "name": "api", "sectionName": "agents"}
        self.object(
            "gateway.kgateway.dev/v1alpha1",
            "TrafficPolicy",
            "agents-sign-in",
            spec={"targetRefs": [route], "jwtAuth": {"extensionRef": {"name": "identity"}}},
        )
        self.reach_internet(self.site.identity_host)

    def hosts(self) -> list[str]:
        return [self.site.identity_host] if self.site.agents else []

    def _monitor(self) -> None:
        self.object(
            "monitoring.coreos.com/v1",
            "PodMonitor",
            GATEWAY,
            spec={
                "selector": {"matchLabels": dict(self._proxies().labels)},
                "podMetricsEndpoints": [{"portNumber": _METRICS.number, "path": "/metrics", "interval": "30s"}],
            },
        )


def _spread() -> dict[str, Any]:
    return {
        "maxSkew": 1,
        "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": {"gateway.networking.k8s.io/gateway-name": GATEWAY}},
    }
