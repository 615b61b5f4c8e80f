"""Postgres: one cluster per owner, so that no component's load or fault is another's."""

from __future__ import annotations

from groundwork.fleet.site import Site
from groundwork.kube.component import Component
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.flow import Peer
from groundwork.kube.pods import Replicas, Resources
from groundwork.kube.rendering import Demand
from groundwork.kube.stage import Stage

_PORT = 5432
_METRICS = 9187
_STATUS = 8000
_RESOURCES = Resources(cpu="500m", memory="1Gi")


class Postgres(Component):
    """CloudNativePG clusters for LiteLLM, Langfuse and kagent: a primary and, in production, two standbys in other zones.

    Needs the operator and the contract's `<owner>-database` secrets. Deleting one waits for a person.
    Upstream: catalog/versions.yaml, `postgresql`.
    """

    stage = Stage.DATA
    namespace = "ai-data"

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint(
                name=f"{owner}-postgres",
                service=f"{owner}-postgres-rw",
                namespace=self.namespace,
                pods=self._instances(owner),
                port=_PORT,
                pod_port=_PORT,
                scheme="postgresql",
            )
            for owner in _owners(self.site)
        ]

    def render(self) -> None:
        for owner in _owners(self.site):
            self._cluster(owner)
            self._flows(owner)
            self._monitor(owner)

    def _instances(self, owner: str) -> Peer:
        return Peer.pods(self.namespace, {"cnpg.io/cluster": f"{owner}-postgres"})

    def _cluster(self, owner: str) -> None:
        instances = 3 if self.cluster.environment == "production" else 1
        secret = self.secret_object(f"{owner}-database", "username", "password", kind="kubernetes.io/basic-auth")
        self.object(
            "postgresql.cnpg.io/v1",
            "Cluster",
            f"{owner}-postgres",
            metadata={"annotations": {"argocd.argoproj.io/sync-options": "Delete=confirm,Prune=confirm"}},
            spec={
                "instances": instances,
                "imageName": self.image("postgresql").reference(self.cluster.registry),
                "bootstrap": {"initdb": {"database": owner, "owner": owner, "secret": {"name": secret}}},
                "enableSuperuserAccess": False,
                "enablePDB": instances > 1,
                "storage": {"size": "20Gi", "storageClass": "standard"},
                "walStorage": {"size": "10Gi", "storageClass": "standard"},
                "resources": _RESOURCES.manifest(),
                "priorityClassName": "platform",
                "affinity": {"topologyKey": "topology.kubernetes.io/zone", "podAntiAffinityType": "preferred"},
                "postgresql": {"parameters": {"max_connections": "200", "password_encryption": "scram-sha-256"}},
                "primaryUpdateStrategy": "unsupervised",
            },
        )
        self.demand(
            Demand(namespace=self.namespace, replicas=Replicas(at_least=instances), resources=(_RESOURCES,), surge=True)
        )

    def _flows(self, owner: str) -> None:
        name = f"{owner}-postgres"
        self.pods(name, self._instances(owner))
        self.link(name, name, _PORT, reason="replication")
        self.link(name, name, _STATUS, reason="state of one another")
        # The instance manager in each pod takes part in choosing the primary.
        self.reach_api_server(by=name)
        self.scraped(name, _METRICS)

    def _monitor(self, owner: str) -> None:
        self.object(
            "monitoring.coreos.com/v1",
            "PodMonitor",
            f"{owner}-postgres",
            spec={
                "selector": {"matchLabels": dict(self._instances(owner).labels)},
                "podMetricsEndpoints": [{"port": "metrics", "interval": "30s"}],
            },
        )


def _owners(site: Site) -> list[str]:
    return [*(["kagent"] if site.agents else []), "langfuse", "litellm"]
