"""What the servers of every engine have in common: weights from S3, their permissions, scaling by their queue."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from groundwork.components.gateway.demand import requests_for
from groundwork.components.serving import weights
from groundwork.components.serving.inference_pools import pooled
from groundwork.fleet.model import Model
from groundwork.fleet.site import Site
from groundwork.kube.component import Component
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.flow import Peer
from groundwork.kube.images import own_image
from groundwork.kube.labels import SYNC_WAVE
from groundwork.kube.pods import Probes, Resources
from groundwork.kube.ports import Port
from groundwork.kube.stage import Stage

__all__ = ["SERVERS", "ModelServer"]

# The sync waves of what serves: nothing rolls before the weights that it needs are in the bucket.
_GATE, SERVERS = 1, 2
_SLEEP_AFTER = 1800
_LONGEST_WINDOW = 3600


class ModelServer(Component):
    """A server per model of one engine. Subclasses set `engine` and `port`, and write `serve`.

    A model with a minimum of 0 sleeps: requests at the gateway wake it, and callers retry or fall back until it answers.
    """

    stage = Stage.SERVING
    namespace = "ai-inference"
    engine: ClassVar[str]
    port: ClassVar[Port]

    @classmethod
    def carried(cls, site: Site) -> bool:
        return any(model.engine == cls.engine for model in site.models)

    def endpoints(self) -> list[Endpoint]:
        """Where a pool stands in front of a model, the pool answers for it (inference_pools.py)."""
        behind = {one.name for one in pooled(self.site)}
        return [
            Endpoint.of(one.name, self.namespace, self.port).named(
                f"{'server' if one.name in behind else 'model'}-{one.name}"
            )
            for one in self.models
        ]

    @property
    def models(self) -> list[Model]:
        """The models of this engine, by name."""
        return [model for model in self.site.models if model.engine == self.engine]

    def render(self) -> None:
        if self.models:
            self._imported()
        for model in self.models:
            with self.declared_by(model):
                self.serve(model)

    @abstractmethod
    def serve(self, model: Model) -> None:
        """Make everything for one model."""

    def read_weights(self, model: Model, *, by: str | None = None) -> None:
        """Let the model's pods, or those of another name, read its own folder of the bucket, and nothing else."""
        self.reach_aws("s3", by=by or model.name)
        self.aws_access(*weights.may_read(self.site, [model]), by=by or model.name)

    def _imported(self) -> None:
        """The pre-warm Job of every sync: a server that goes before its successor comes must not go before S3 has the weights."""
        name = f"{self.name}-weights"
        pods = Peer.workload(name, self.namespace)
        self.task(
            name,
            image=own_image(self.site, "s5cmd"),
            hook="Sync",
            wave=_GATE,
            command=["python", "-m", "weights"],
            args=["await", *(weights.place(self.site, model) for model in self.models), "--within=600"],
            env={"AWS_REGION": self.cluster.region},
            resources=Resources(cpu="100m", memory="128Mi"),
            retries=2,
        )
        self.reach_aws("s3", by=pods)
        self.aws_access(*weights.may_read(self.site, self.models, f"*/{weights.MANIFEST}"), by=name)

    def scale(self, model: Model, load: str, probes: Probes, target: Mapping[str, str] | None = None) -> None:
        """One replica per so many waiting or running requests; a sleeping model is woken by what callers ask for.

        `load` is the query that counts those requests; `probes` say how long a replica takes to start. `target` is what has
        the replicas, where that is not the model's Deployment.
        """
        triggers = [self._trigger("load", load, model.concurrency)]
        if model.replicas.min == 0:
            asked = f"sum(increase({requests_for(self.site, model)}[5m]))"
            triggers.append(self._trigger("asked-for", asked, 1_000_000))
        self.object(
            "keda.sh/v1alpha1",
            "ScaledObject",
            model.name,
            metadata={"annotations": {SYNC_WAVE: str(SERVERS)}},
            spec={
                "scaleTargetRef": dict(target or {"apiVersion": "apps/v1", "kind": "Deployment", "name": model.name}),
                "minReplicaCount": model.replicas.min,
                "maxReplicaCount": model.replicas.max,
                "pollingInterval": 15,
                "cooldownPeriod": _SLEEP_AFTER,
                "triggers": triggers,
                "advanced": {"horizontalPodAutoscalerConfig": {"behavior": _behaviour(probes)}},
            },
        )

    def _trigger(self, name: str, query: str, threshold: int) -> dict[str, Any]:
        metadata = {
            "serverAddress": self.address("prometheus").url,
            "query": query,
            "threshold": str(threshold),
            "activationThreshold": "0",
        }
        return {"type": "prometheus", "name": name, "metadata": metadata}


def _behaviour(probes: Probes) -> dict[str, Any]:
    """Up at once, down slowly: a replica costs minutes to load."""
    start = probes.startup
    window = min(_LONGEST_WINDOW, start["periodSeconds"] * start["failureThreshold"])
    return {
        "scaleUp": {"stabilizationWindowSeconds": 0, "policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}]},
        "scaleDown": {
            "stabilizationWindowSeconds": window,
            "policies": [{"type": "Pods", "value": 1, "periodSeconds": 300}],
        },
    }
