"""Ray Serve: replicas of small models that Ray places, scales and replaces, each a llama.cpp of its own."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from groundwork.catalog.quantities import memory_text, parse_quantity
from groundwork.components.serving import weights
from groundwork.components.serving.llamacpp import memory
from groundwork.components.serving.server import SERVERS, ModelServer
from groundwork.fleet.model import Model
from groundwork.kube.alert import alert
from groundwork.kube.configuration import as_yaml
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.flow import EVERY_PORT, Peer
from groundwork.kube.images import own_image
from groundwork.kube.labels import SYNC_WAVE
from groundwork.kube.operated import Operated
from groundwork.kube.pods import Placement, Probes, Replicas, Resources, Volume
from groundwork.kube.ports import Port

__all__ = ["DASHBOARD", "RAY", "RayServe"]

DASHBOARD = 8265

# As in apps/images/embeddings.
RAY = "2.60.0"

_SERVE = Port("serve", 8000, "http")
_METRICS = Port.metrics_only(8080)
_AGENT = Port.http(52365, name="agent")
_MI = 1024**2
_GI = 1024**3
# Ray's shared memory, through which tasks hand each other objects; requests and vectors are small.
_SHARED = 256 * _MI
# The raylet, its agents, Serve's proxy and the process of a replica.
_RAY_MEMORY = 3 * _GI
_GRAVITON = Placement(selector={"kubernetes.io/arch": "arm64"})
_HEAD = Resources(cpu="1", memory="4Gi")
_AUTOSCALER = Resources(cpu="200m", memory="512Mi")
# A worker without work goes after this long, in seconds.
_IDLE = 300


class RayServe(ModelServer):
    """A RayService per model that asks for it: a head that places and scales, and workers that serve.

    Needs KubeRay, and the weights in the models bucket. The image is ours, with Ray and llama.cpp in it: nothing is installed
    or compiled when a pod starts. A change brings up a second Ray cluster and moves the Service over once that one serves.
    The head is one pod: while it is replaced, a minute or two, nothing is served, and callers try again. Ray can keep the
    head's state outside (in Redis, or on a disk behind an alpha switch); for replicas that are up again in seconds that is one
    more thing to run. Upstream: catalog/versions.yaml, `kuberay-operator`; Ray: apps/images/embeddings.
    """

    engine = "ray"
    port = _SERVE

    def endpoints(self) -> list[Endpoint]:
        """KubeRay names the Service."""
        models = [
            Endpoint(
                name=f"model-{one.name}",
                service=f"{one.name}-serve-svc",
                namespace=self.namespace,
                pods=Peer.workload(one.name, self.namespace),
                port=_SERVE.number,
                pod_port=_SERVE.number,
            )
            for one in self.models
        ]
        heads = [
            Endpoint(
                name=f"ray-{one.name}",
                service=f"{one.name}-head-svc",
                namespace=self.namespace,
                pods=Peer.workload(_head(one), self.namespace),
                port=DASHBOARD,
                pod_port=DASHBOARD,
            )
            for one in self.models
        ]
        return [*models, *heads]

    def serve(self, model: Model) -> None:
        head, worker = self._head(model), self._worker(model)
        self.object(
            "ray.io/v1",
            "RayService",
            model.name,
            metadata={"annotations": {SYNC_WAVE: str(SERVERS)}},
            spec={
                "excludeHeadPodFromServeSvc": True,
                "upgradeStrategy": {"type": "NewCluster"},
                "serveConfigV2": as_yaml(_application(model)),
                "rayClusterConfig": {
                    "rayVersion": RAY,
                    "enableInTreeAutoscaling": True,
                    "autoscalerOptions": _autoscaler(),
                    "headGroupSpec": {
                        "rayStartParams": {"dashboard-host": "0.0.0.0", "num-cpus": "0", **_shared()},  # noqa: S104 - in the pod
                        "template": head.template(),
                    },
                    "workerGroupSpecs": [
                        {
                            "groupName": "replicas",
                            "replicas": model.replicas.min,
                            "minReplicas": model.replicas.min,
                            "maxReplicas": model.replicas.max,
                            "idleTimeoutSeconds": _IDLE,
                            "rayStartParams": {"num-cpus": str(model.hardware.cpu), **_shared()},
                            "template": worker.template(),
                        }
                    ],
                },
            },
        )
        # While a change is rolled out, both clusters stand side by side.
        self.demand(head.demand)
        self.demand(worker.demand)
        self.read_weights(model)
        self._flows(model)
        self._alerts(model)

    def _head(self, model: Model) -> Operated:
        return self.operated(
            _head(model),
            image=own_image(self.site, "embeddings"),
            resources=_HEAD,
            ports=[
                Port.tcp(6379, name="gcs-server"),
                Port.http(DASHBOARD, name="dashboard"),
                Port.tcp(10001, name="client"),
                _SERVE,
                _METRICS,
            ],
            probes=Probes.http("dashboard", ready="/api/gcs_healthz"),
            env=_environment(),
            volumes=[_shared_memory()],
            placement=_GRAVITON,
            priority="serving",
            api_access=True,
            annotations={"groundwork.dev/api-access": "Ray's autoscaler asks KubeRay for workers"},
            service=False,
        )

    def _worker(self, model: Model) -> Operated:
        disk = weights.room(model)
        needed = parse_quantity(memory(model)) + _RAY_MEMORY + _SHARED
        resources = Resources(
            cpu=str((model.hardware.cpu or 0) + 1),
            memory=memory_text(Fraction(-(-needed // _GI) * _GI)),
            scratch=memory_text(parse_quantity(disk) + 4 * _GI),
        )
        return self.operated(
            model.name,
            image=own_image(self.site, "embeddings"),
            replicas=Replicas(at_least=model.replicas.min, at_most=model.replicas.max),
            resources=resources,
            ports=[_SERVE, _METRICS, _AGENT],
            # A worker takes requests once Serve's proxy on it does; it lives as long as its raylet.
            probes=Probes.http(_SERVE.name, ready="/-/healthz").alive(_AGENT.name, "/api/local_raylet_healthz"),
            env=_environment(),
            inits=[weights.copy(self.site, model, resources)],
            volumes=[_shared_memory(), Volume.scratch("models", weights.FOLDER, disk)],
            placement=_GRAVITON,
            priority="serving",
            service=False,
            budget=False,
        )

    def _flows(self, model: Model) -> None:
        head, workers = _head(model), model.name
        # Ray's processes open ports as they come and go, and dial one another on them; nobody else may.
        for source, target in ((head, workers), (workers, head), (workers, workers)):
            self.link(source, target, EVERY_PORT, reason="members of one Ray cluster")
        self.reach_api_server(by=head)

    def _alerts(self, model: Model) -> None:
        healthy = f'sum(ray_serve_deployment_replica_healthy{{application="{model.name}"}})'
        self.object(
            "monitoring.coreos.com/v1",
            "PrometheusRule",
            model.name,
            spec={"groups": [{"name": model.name, "rules": [_alert(model, healthy)]}]},
        )


def _alert(model: Model, healthy: str) -> dict[str, Any]:
    return alert(
        "RayReplicasMissing",
        f"({healthy} or vector(0)) < {model.replicas.min}",
        after="15m",
        severity="critical",
        summary=f"Fewer replicas of {model.name} serve than are declared",
        description="Embedding is slow, or fails; whoever stores or searches documents waits.",
        runbook=f"kubectl --namespace {RayServe.namespace} describe rayservice {model.name}, then the logs of the pod "
        f"{_head(model)}: a worker may be pending, or its weights may be missing.",
    )


def _head(model: Model) -> str:
    return f"{model.name}-head"


def _application(model: Model) -> dict[str, Any]:
    """One replica per worker: a replica takes all the cores that its worker offers, and Ray adds workers for replicas."""
    replicas = model.replicas
    return {
        "proxy_location": "EveryNode",
        "http_options": {"host": "0.0.0.0", "port": _SERVE.number},  # noqa: S104 - inside the pod
        "applications": [
            {
                "name": model.name,
                "route_prefix": "/",
                "import_path": "embeddings.app:application",
                "args": {
                    "model": model.name,
                    "weights": f"{weights.FOLDER}/{model.name}/{model.source.file}",
                    "threads": model.hardware.cpu,
                    "slots": model.concurrency,
                    "context": model.context,
                },
                "deployments": [
                    {
                        "name": "Embedder",
                        "max_ongoing_requests": 2 * model.concurrency,
                        "ray_actor_options": {"num_cpus": model.hardware.cpu},
                        "autoscaling_config": {
                            "min_replicas": replicas.min,
                            "max_replicas": replicas.max,
                            "target_ongoing_requests": model.concurrency,
                        },
                    }
                ],
            }
        ],
    }


def _autoscaler() -> dict[str, Any]:
    """A container beside the head's own, which KubeRay adds."""
    return {
        "idleTimeoutSeconds": _IDLE,
        "resources": _AUTOSCALER.manifest(),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "writable-tmp", "mountPath": "/tmp"}],  # noqa: S108 - of the pod
    }


def _shared() -> dict[str, str]:
    return {"object-store-memory": str(_SHARED // 2)}


def _shared_memory() -> Volume:
    return Volume.memory("shared-mem", "/dev/shm", memory_text(Fraction(_SHARED)))  # noqa: S108 - of the pod


def _environment() -> dict[str, str]:
    return {"HOME": "/tmp", "RAY_USAGE_STATS_ENABLED": "0"}  # noqa: S108 - of the pod
