"""Langfuse: traces of every model call, with tokens, cost and scores."""

from __future__ import annotations

from typing import Any

from groundwork.kube import aws
from groundwork.kube.component import Component
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.flow import Peer
from groundwork.kube.pods import Probes, Replicas, Resources
from groundwork.kube.ports import Port
from groundwork.kube.routes import Rule
from groundwork.kube.stage import Stage

_WEB = "langfuse-web"
_WORKER = "langfuse-worker"
_MIGRATIONS = "langfuse-migrations"
_NO_MIGRATIONS = {
    "LANGFUSE_AUTO_CLICKHOUSE_MIGRATION_DISABLED": "true",
    "LANGFUSE_AUTO_POSTGRES_MIGRATION_DISABLED": "true",
}
_HTTP = Port.http(3000)
_READY = "/api/public/ready"
_WORKER_HTTP = Port.probed(3030)
_USER = 1001


class Langfuse(Component):
    """The web server and the worker, brought up with an organisation, a project and its keys, so that nobody clicks.

    A Job changes the schemas before either starts: replicas that start together would do it at the same time, and
    ClickHouse's migrations know no lock. Needs Postgres, ClickHouse, Valkey and an S3 bucket, which it reads by Pod
    Identity. Langfuse has no metrics endpoint. Upstream: catalog/versions.yaml, `langfuse-web` and `langfuse-worker`.
    """

    stage = Stage.OBSERVABILITY
    namespace = "observability"

    def endpoints(self) -> list[Endpoint]:
        return [Endpoint.of(_WEB, self.namespace, _HTTP, ready=_READY)]

    def render(self) -> None:
        self.add(aws.bucket(self.site, self.namespace, "langfuse", replaced_days=30, passing={"exports/": 7}))
        self._migrations()
        replicas = Replicas(at_least=2 if self.cluster.environment == "production" else 1)
        resources = Resources(cpu="500m", memory="2Gi")
        self.workload(
            _WEB,
            image="langfuse-web",
            replicas=replicas,
            resources=resources,
            ports=[_HTTP],
            probes=Probes.http(_HTTP.name, ready=_READY, live="/api/public/health", within=300),
            env=self._environment(_WEB) | self._web_environment() | _NO_MIGRATIONS,
            lingers=20,
            wave=2,
            writable=("/tmp", "/app/web/.next/cache"),  # noqa: S108 - paths inside the container
            user=_USER,
        )
        self.workload(
            _WORKER,
            image="langfuse-worker",
            replicas=replicas,
            resources=resources,
            ports=[_WORKER_HTTP],
            probes=Probes.http(_WORKER_HTTP.name, ready="/api/ready", live="/api/health", within=300),
            env=self._environment(_WORKER),
            wave=2,
            user=_USER,
        )
        for name in (_WEB, _WORKER):
            self._bucket_access(name)
        self.route(self._host, [Rule(path="/", backends=[(self.address(_WEB), 100)], asks="sign-in")])

    @property
    def _host(self) -> str:
        return f"langfuse.{self.site.domain}"

    def _migrations(self) -> None:
        """The web image's own entrypoint, which migrates and then runs what it is given: here nothing."""
        self.task(
            _MIGRATIONS,
            image="langfuse-web",
            hook="Sync",
            wave=1,
            args=["true"],
            env=self._databases(Peer.workload(_MIGRATIONS, self.namespace)),
            resources=Resources(cpu="200m", memory="1Gi"),
            user=_USER,
        )

    def _databases(self, pods: Peer) -> dict[str, Any]:
        """What the migrations need, and everything else too. ClickHouse's database is the one that every server has."""
        postgres = self.reach("langfuse-postgres", by=pods).authority
        url = f"postgresql://{{{{ .username }}}}:{{{{ .password }}}}@{postgres}/langfuse?sslmode=require"
        return {
            "CHECKPOINT_DISABLE": "1",
            "CLICKHOUSE_CLUSTER_ENABLED": "false",
            "CLICKHOUSE_MIGRATION_URL": self.reach("langfuse-clickhouse-native", by=pods).url,
            "CLICKHOUSE_PASSWORD": self.secret("langfuse-clickhouse", "password"),
            "CLICKHOUSE_URL": self.reach("langfuse-clickhouse", by=pods).url,
            "CLICKHOUSE_USER": "langfuse",
            "DATABASE_URL": self.secret_text("langfuse-database", "url", url, of=("username", "password")),
            "HOME": "/tmp",  # noqa: S108 - a path inside the container
            "TELEMETRY_ENABLED": "false",
        }

    def _environment(self, name: str) -> dict[str, Any]:
        pods = Peer.workload(name, self.namespace)
        valkey = self.reach("langfuse-valkey", by=pods)
        return {
            **self._databases(pods),
            # A query that needs more sorts on disk: ClickHouse has less memory than the default takes for granted.
            "CLICKHOUSE_MAX_BYTES_BEFORE_EXTERNAL_GROUP_BY": "1000000000",
            "ENCRYPTION_KEY": self.secret("langfuse", "encryption-key"),
            # In a pod this is the pod's name, and the servers would listen on that alone.
            "HOSTNAME": "0.0.0.0",  # noqa: S104 - inside its pod
            "NEXTAUTH_URL": f"https://{self._host}",
            "REDIS_AUTH": self.secret("langfuse-valkey", "password"),
            "REDIS_HOST": valkey.host,
            "REDIS_PORT": str(valkey.port),
            "SALT": self.secret("langfuse", "salt"),
            **self._storage(),
        }

    def _storage(self) -> dict[str, str]:
        """One bucket, three folders; credentials come from Pod Identity."""
        bucket = aws.bucket_name(self.site, "langfuse")
        uses = {"EVENT_UPLOAD": "events/", "MEDIA_UPLOAD": "media/", "BATCH_EXPORT": "exports/"}
        env = {"LANGFUSE_S3_BATCH_EXPORT_ENABLED": "true"}
        for use, prefix in uses.items():
            env |= {
                f"LANGFUSE_S3_{use}_BUCKET": bucket,
                f"LANGFUSE_S3_{use}_PREFIX": prefix,
                f"LANGFUSE_S3_{use}_REGION": self.cluster.region,
            }
        return env

    def _web_environment(self) -> dict[str, Any]:
        return {
            "AUTH_DISABLE_SIGNUP": "true",
            "LANGFUSE_INIT_ORG_ID": self.site.organisation.name,
            "LANGFUSE_INIT_PROJECT_ID": "platform",
            "LANGFUSE_INIT_PROJECT_PUBLIC_KEY": self.secret("langfuse", "public-key"),
            "LANGFUSE_INIT_PROJECT_SECRET_KEY": self.secret("langfuse", "secret-key"),
            "LANGFUSE_INIT_USER_EMAIL": self.site.organisation.contact,
            "LANGFUSE_INIT_USER_PASSWORD": self.secret("langfuse", "admin-password"),
            "NEXTAUTH_SECRET": self.secret("langfuse", "nextauth-secret"),
        }

    def _bucket_access(self, name: str) -> None:
        self.reach_aws("s3", by=name)
        folder = aws.partition_arn("s3", "", "", aws.bucket_name(self.site, "langfuse"))
        self.aws_access(
            aws.allow("s3", ["AbortMultipartUpload", "DeleteObject", "GetObject", "PutObject"], f"{folder}/*"),
            aws.allow("s3", ["ListBucket"], folder),
            by=name,
        )
