"""Inference pools: among the replicas of a model, an endpoint picker chooses for each request, behind a gateway inside the cluster."""

from __future__ import annotations

from typing import Any

from groundwork.fleet.model import Model
from groundwork.fleet.site import Site
from groundwork.kube.alert import alert
from groundwork.kube.component import Component
from groundwork.kube.configuration import as_yaml
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.flow import Peer
from groundwork.kube.labels import AUTHENTICATES, FACING
from groundwork.kube.pods import Probes, Replicas, Resources
from groundwork.kube.ports import Port
from groundwork.kube.rendering import Demand
from groundwork.kube.stage import Stage

__all__ = ["InferencePools", "pooled"]

_GATEWAY = "inference"
_LISTENER = "models"
_HTTP = Port.http(8080)
_PROXY_METRICS = Port.metrics_only(15020)
_ASKED = Port.grpc(9002)
_HEALTH = Port.grpc(9003, name="health")
_METRICS = Port.metrics_only(9090)
_PROXY = Resources(cpu="500m", memory="512Mi")
# The longest answer that a proxy still finishes when it is asked to stop, in seconds.
_PATIENCE = 600
# A prompt whose beginning a replica has computed already costs it little: that weighs most, then the queue and the room for
# caches.
_SCORERS = {"queue-scorer": 2, "kv-cache-utilization-scorer": 2, "prefix-cache-scorer": 3}
# Of many adapters a replica keeps a few in its GPU's memory.
_OF_ADAPTERS = {"lora-affinity-scorer": 1}


def pooled(site: Site) -> list[Model]:
    """The models whose replicas a picker chooses among: vLLM says how busy each of them is, and there may be several.

    Not those over several nodes: of their pods only the leaders answer, and a pool cannot tell them apart.
    """
    if site.cluster.gateway.replicas != "agentgateway":
        return []
    several = [one for one in site.models if one.engine == "vllm" and one.replicas.max > 1]
    return [one for one in several if one.hardware.gpu and one.hardware.nodes == 1]


class InferencePools(Component):
    """agentgateway's Gateway `inference`, and per model an InferencePool, its endpoint picker (llm-d) and a route.

    A Service spreads requests evenly; long prompts are not even. The picker reads each replica's queue and caches many times
    a second, and sends a conversation back to where its beginning is cached. Model gateways ask `inference` in place of
    the servers. One picker per model: with two, each would know half of what is cached. While it is away the pool fails
    open, to any replica, as a Service would.
    Needs agentgateway. Upstream: catalog/versions.yaml, `llm-d-router-endpoint-picker`.
    """

    stage = Stage.SERVING
    namespace = "ai-inference"

    @classmethod
    def carried(cls, site: Site) -> bool:
        return bool(pooled(site))

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint.of(_GATEWAY, self.namespace, _HTTP, path=f"/{one.name}", pods=self._proxies()).named(
                f"model-{one.name}"
            )
            for one in pooled(self.site)
        ]

    def render(self) -> None:
        self.pods(_GATEWAY, self._proxies())
        self._gateway()
        self.monitor(_GATEWAY, pods=_GATEWAY, port=_PROXY_METRICS)
        for model in pooled(self.site):
            with self.declared_by(model):
                self._picker(model)
                self._pool(model)
                self._route(model)
        self._alerts()

    def _proxies(self) -> Peer:
        """Agentgateway labels the proxies that it makes of a Gateway."""
        return Peer.pods(self.namespace, {"gateway.networking.k8s.io/gateway-name": _GATEWAY})

    def _gateway(self) -> None:
        self.object("agentgateway.dev/v1alpha1", "AgentgatewayParameters", _GATEWAY, spec=self._parameters())
        self.object(
            "gateway.networking.k8s.io/v1",
            "Gateway",
            _GATEWAY,
            metadata={"labels": {FACING: "inside"}},
            spec={
                "gatewayClassName": "agentgateway",
                "infrastructure": {
                    "parametersRef": {
                        "group": "agentgateway.dev",
                        "kind": "AgentgatewayParameters",
                        "name": _GATEWAY,
                    }
                },
                "listeners": [
                    {
                        "name": _LISTENER,
                        "port": _HTTP.number,
                        "protocol": "HTTP",
                        "allowedRoutes": {"namespaces": {"from": "Same"}},
                    }
                ],
            },
        )
        self.reach("agentgateway", by=_GATEWAY)

    def _parameters(self) -> dict[str, Any]:
        """Laid over what the controller makes by itself: a load balancer, one pod, no seccomp profile."""
        labels = dict(self._proxies().labels)
        spread = {
            "maxSkew": 1,
            "topologyKey": "topology.kubernetes.io/zone",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": labels},
        }
        pod = {
            "priorityClassName": "platform",
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 10101,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "topologySpreadConstraints": [spread],
        }
        replicas = Replicas(at_least=2 if self.cluster.environment == "production" else 1)
        self.demand(Demand(namespace=self.namespace, replicas=replicas, resources=(_PROXY,), surge=True))
        return {
            "deployment": {"spec": {"replicas": replicas.at_least, "template": {"spec": pod}}},
            "logging": {"format": "json", "level": "info"},
            "podDisruptionBudget": {"spec": {"maxUnavailable": 1}},
            "resources": _PROXY.manifest(),
            "service": {"spec": {"type": "ClusterIP"}},
            "shutdown": {"min": 10, "max": _PATIENCE},
        }

    def _picker(self, model: Model) -> None:
        name = _picker(model)
        self.workload(
            name,
            image="llm-d-router-endpoint-picker",
            replicas=Replicas(at_least=1),
            resources=Resources(cpu="500m", memory="1Gi"),
            ports=[_ASKED, _HEALTH, _METRICS],
            probes=_serving(),
            args=[
                f"--pool-name={model.name}",
                f"--pool-namespace={self.namespace}",
                f"--grpc-port={_ASKED.number}",
                f"--grpc-health-port={_HEALTH.number}",
                f"--metrics-port={_METRICS.number}",
                # Prometheus has no token; the NetworkPolicy lets nobody else near this port.
                "--metrics-endpoint-auth=false",
                "--config-file=/etc/groundwork/picking.yaml",
                "--enable-pprof=false",
                "--tracing=false",
                "--zap-encoder=json",
            ],
            config={"picking.yaml": as_yaml(_picking(model))},
            # It goes on picking until no proxy asks it any more.
            patience=130,
            api_access=True,
            annotations={"groundwork.dev/api-access": "watches its pool and the pool's pods"},
        )
        self._may_look(name)
        self.reach_api_server(by=name)
        self.reach(f"server-{model.name}", by=name)
        self.link(_GATEWAY, name, _ASKED.number, reason="which replica")

    def _may_look(self, picker: str) -> None:
        """At pods and pools of this namespace, which is where all models run."""
        self.object(
            "rbac.authorization.k8s.io/v1",
            "Role",
            picker,
            rules=[
                {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]},
                {
                    "apiGroups": ["inference.networking.k8s.io"],
                    "resources": ["inferencepools"],
                    "verbs": ["get", "list", "watch"],
                },
            ],
        )
        self.object(
            "rbac.authorization.k8s.io/v1",
            "RoleBinding",
            picker,
            roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": picker},
            subjects=[{"kind": "ServiceAccount", "name": picker, "namespace": self.namespace}],
        )

    def _pool(self, model: Model) -> None:
        server = self.reach(f"server-{model.name}", by=_GATEWAY)
        self.object(
            "inference.networking.k8s.io/v1",
            "InferencePool",
            model.name,
            spec={
                "selector": {"matchLabels": dict(server.pods.labels)},
                "targetPorts": [{"number": server.pod_port}],
                "endpointPickerRef": {
                    "name": _picker(model),
                    "port": {"number": _ASKED.number},
                    "failureMode": "FailOpen",
                },
            },
        )

    def _route(self, model: Model) -> None:
        pool = {"group": "inference.networking.k8s.io", "kind": "InferencePool", "name": model.name}
        path = {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}
        self.object(
            "gateway.networking.k8s.io/v1",
            "HTTPRoute",
            model.name,
            metadata={
                "annotations": {AUTHENTICATES: f"{model.name} by NetworkPolicy, which lets in model gateways alone"}
            },
            spec={
                "parentRefs": [{"name": _GATEWAY, "sectionName": _LISTENER}],
                "rules": [
                    {
                        "matches": [{"path": {"type": "PathPrefix", "value": f"/{model.name}"}}],
                        "filters": [{"type": "URLRewrite", "urlRewrite": {"path": path}}],
                        "backendRefs": [pool],
                        # An answer takes as long as it takes.
                        "timeouts": {"request": "0s"},
                    }
                ],
            },
        )

    def _alerts(self) -> None:
        awake = "|".join(one.name for one in pooled(self.site) if one.replicas.min)
        pickers = "|".join(_picker(one) for one in pooled(self.site))
        self.alerts(
            alert(
                "EndpointPickerGone",
                f'kube_deployment_status_replicas_available{{namespace="{self.namespace}",deployment=~"{pickers}"}} == 0',
                after="10m",
                severity="warning",
                summary="{{ $labels.deployment }} is away",
                description="Requests go to any replica: some wait where others are idle, and prompts are computed again.",
                runbook="The pod's log; it needs the Kubernetes API, and port 8000 of the model's pods.",
            ),
            alert(
                "InferencePoolEmpty",
                f'llm_d_epp_ready_endpoints{{name=~"{awake}"}} == 0',
                after="10m",
                severity="critical",
                summary="No replica of {{ $labels.name }} is ready",
                description="The model does not answer; the model gateway falls back where it can.",
                runbook="kubectl -n ai-inference get pods: pending is a quota or capacity, a restart of `weights` is a copy that fails.",
            ),
        )


def _picker(model: Model) -> str:
    return f"{model.name}-picker"


def _picking(model: Model) -> dict[str, Any]:
    scorers = _SCORERS | (_OF_ADAPTERS if model.adapters else {})
    profile = {"name": "default", "plugins": [{"pluginRef": one, "weight": weight} for one, weight in scorers.items()]}
    return {
        "apiVersion": "llm-d.ai/v1alpha1",
        "kind": "EndpointPickerConfig",
        "plugins": [{"type": one} for one in scorers],
        "schedulingProfiles": [profile],
    }


def _serving() -> Probes:
    """The health check of gRPC; a picker starts in seconds."""
    asked = {"grpc": {"port": _HEALTH.number, "service": "inference-extension"}, "timeoutSeconds": 5}
    return Probes(
        startup=asked | {"periodSeconds": 2, "failureThreshold": 60},
        readiness=asked | {"periodSeconds": 5, "failureThreshold": 3},
        liveness=asked | {"periodSeconds": 20, "failureThreshold": 6},
    )
