"""Postgres: one cluster per owner, so that no component's load or fault is another's; and a dump of each, every night."""

from __future__ import annotations

from typing import Any

from groundwork.fleet.site import Site
from groundwork.kube import aws
from groundwork.kube.alert import alert
from groundwork.kube.component import Component
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.flow import Peer
from groundwork.kube.images import own_image
from groundwork.kube.labels import CONFIRM
from groundwork.kube.pods import Replicas, Resources, Volume
from groundwork.kube.rendering import Demand
from groundwork.kube.stage import Stage
from groundwork.kube.workload import Init

_PORT = 5432
_METRICS = 9187
_STATUS = 8000
_RESOURCES = Resources(cpu="500m", memory="1Gi")
_INSTANCES = {"development": 1, "staging": 2, "production": 3}
_BACKUPS = "postgres-backups"
_KEPT_DAYS = 35
_DUMP = Volume.scratch("dump", "/dump", "10Gi")
# The dump counts towards the containers' disk.
_DUMPING = Resources(cpu="200m", memory="512Mi", scratch="11Gi")
_USER = 26


class Postgres(Component):
    """CloudNativePG clusters, one per owner: a primary and, in production, two standbys in other zones.

    Needs the operator and the contract's `<owner>-database` secrets. Deleting one waits for a person.

    Backups are nightly dumps in S3, kept for five weeks: enough for keys, teams, prompts and sessions, whose traces are
    elsewhere, and a day's changes may be lost. Recovery to the minute would take the Barman Cloud plugin, one more operator.
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
                pods=self._pods(owner),
                port=_PORT,
                pod_port=_PORT,
                scheme="postgresql",
            )
            for owner in _owners(self.site)
        ]

    def render(self) -> None:
        # Each night's dump is a new version of one object.
        self.add(aws.bucket(self.site, self.namespace, _BACKUPS, replaced_days=_KEPT_DAYS))
        for owner in _owners(self.site):
            self._cluster(owner)
            self._flows(owner)
            self._monitor(owner)
            self._backup(owner)
        self._alerts()

    def _pods(self, owner: str) -> Peer:
        """Instances, and the Jobs that make them."""
        return Peer.pods(self.namespace, {"cnpg.io/cluster": f"{owner}-postgres"})

    def _cluster(self, owner: str) -> None:
        instances = _INSTANCES[self.cluster.environment]
        secret = self.secret_object(f"{owner}-database", "username", "password", kind="kubernetes.io/basic-auth")
        postgresql: dict[str, Any] = {"parameters": {"max_connections": "200", "shared_buffers": "256MB"}}
        if instances > 1:
            # What was confirmed survives the primary; without any standby it goes on rather than stops.
            postgresql["synchronous"] = {"method": "any", "number": 1, "dataDurability": "preferred"}
        self.object(
            "postgresql.cnpg.io/v1",
            "Cluster",
            f"{owner}-postgres",
            metadata={"annotations": dict(CONFIRM)},
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
                "postgresql": postgresql,
                "primaryUpdateStrategy": "unsupervised",
            },
        )
        self.demand(
            Demand(namespace=self.namespace, replicas=Replicas(at_least=instances), resources=(_RESOURCES,), surge=True)
        )

    def _flows(self, owner: str) -> None:
        name = f"{owner}-postgres"
        self.pods(name, self._pods(owner))
        self.link(name, name, _PORT, reason="replication")
        self.link(name, name, _STATUS, reason="state of one another")
        # The instance manager in each pod takes part in choosing the primary.
        self.reach_api_server(by=name)
        self.scraped(name, _METRICS)

    def _monitor(self, owner: str) -> None:
        labels = {**dict(self._pods(owner).labels), "cnpg.io/podRole": "instance"}
        # `cluster` means the Kubernetes cluster everywhere else, and tells AMP which samples are one another's copies.
        renamed = [
            {"sourceLabels": ["cluster"], "targetLabel": "postgres"},
            {"action": "labeldrop", "regex": "cluster"},
        ]
        self.object(
            "monitoring.coreos.com/v1",
            "PodMonitor",
            f"{owner}-postgres",
            spec={
                "selector": {"matchLabels": labels},
                "podMetricsEndpoints": [{"port": "metrics", "interval": "30s", "metricRelabelings": renamed}],
            },
        )

    def _backup(self, owner: str) -> None:
        """Dumped to the node's disk first: what reaches S3 is whole. Its role may write this one object, not read it."""
        name = f"{owner}-postgres-backup"
        pods = Peer.workload(name, self.namespace)
        bucket = aws.bucket_name(self.site, _BACKUPS)
        dump = Init(
            name="dump",
            image=self.image("postgresql"),
            resources=_DUMPING,
            command=["pg_dump", "--format=custom", "--no-password", f"--file={_DUMP.mount}/{owner}.dump"],
            env=self._connection(owner, pods),
        )
        self.task(
            name,
            image=own_image(self.site, "s5cmd"),
            schedule="17 3 * * *",
            retries=2,
            deadline=3600,
            inits=[dump],
            args=["cp", f"{_DUMP.mount}/{owner}.dump", f"s3://{bucket}/"],
            env={"AWS_REGION": self.cluster.region},
            resources=_DUMPING,
            volumes=[_DUMP],
            priority="batch",
            user=_USER,
        )
        self.reach_aws("s3", by=pods)
        object_ = aws.partition_arn("s3", "", "", f"{bucket}/{owner}.dump")
        self.aws_access(aws.allow("s3", ["PutObject"], object_), by=name)

    def _connection(self, owner: str, pods: Peer) -> dict[str, Any]:
        server = self.reach(f"{owner}-postgres", by=pods)
        return {
            "PGDATABASE": owner,
            "PGHOST": server.host,
            "PGPASSWORD": self.secret(f"{owner}-database", "password"),
            "PGPORT": str(server.port),
            "PGSSLMODE": "require",
            "PGUSER": self.secret(f"{owner}-database", "username"),
        }

    def _alerts(self) -> None:
        late = "time() - max by (cronjob) (kube_cronjob_status_last_successful_time{cronjob=~'.+-postgres-backup'}) > 172800"
        failed = "max by (job_name) (kube_job_failed{job_name=~'.+-postgres-backup-.+', condition='true'}) > 0"
        self.alerts(
            alert(
                "PostgresDown",
                "cnpg_collector_up == 0",
                after="5m",
                severity="critical",
                summary="Postgres in {{ $labels.pod }} does not answer",
                description="If it is the primary, its owner refuses requests until a standby takes over.",
                runbook="kubectl -n ai-data get cluster; then the pod's logs. A full disk is the usual cause.",
            ),
            alert(
                "PostgresReplicationLate",
                "max by (pod) (cnpg_pg_replication_lag) > 300",
                after="15m",
                severity="warning",
                summary="{{ $labels.pod }} is {{ $value | humanizeDuration }} behind its primary",
                description="Should the primary fail now, the newest changes may be lost.",
                runbook="Look at the standby's disk and CPU, then at long transactions on the primary.",
            ),
            alert(
                "PostgresBackupMissing",
                f"{late} or {failed}",
                after="1h",
                severity="warning",
                summary="No fresh dump of {{ $labels.cronjob }}{{ $labels.job_name }}",
                description="A lost database would come back older than a day.",
                runbook="kubectl -n ai-data get jobs; logs of the failed one's containers `dump` and `<owner>-postgres-backup`.",
            ),
        )


def _owners(site: Site) -> list[str]:
    litellm = site.cluster.gateway.models == "litellm"
    return [*(["kagent"] if site.agents else []), "langfuse", *(["litellm"] if litellm else [])]
