"""Langfuse: traces of every model call, with tokens, cost and scores."""

from __future__ import annotations

from typing import Any

from groundwork.kube import aws
from groundwork.kube.component import Component
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.pods import Probes, Replicas, Resources
from groundwork.kube.ports import Port
from groundwork.kube.routes import Rule
from groundwork.kube.stage import Stage

_WEB = "langfuse-web"
_WORKER = "langfuse-worker"
_HTTP = Port.http(3000)
_WORKER_HTTP = Port.http(3030)
_USER = 1001


class Langfuse(Component):
    """The web server and the worker, brought up with an organisation, a project and its keys, so that nobody clicks.

    Needs Postgres, ClickHouse, Valkey and an S3 bucket, which it reads by Pod Identity. Langfuse has no metrics endpoint.
    Upstream: catalog/versions.yaml, `langfuse-web` and `langfuse-worker`.
    """

    stage = Stage.OBSERVABILITY
    namespace = "observability"

    def endpoints(self) -> list[Endpoint]:
        return [Endpoint.of(_WEB, self.namespace, _HTTP)]

    def render(self) -> None:
        self.add(aws.bucket(self.site, self.namespace, "langfuse"))
        replicas = Replicas(at_least=2 if self.cluster.environment == "production" else 1)
        resources = Resources(cpu="500m", memory="2Gi")
        self.workload(
            _WEB,
            image="langfuse-web",
            replicas=replicas,
            resources=resources,
            ports=[_HTTP],
            probes=Probes.http(_HTTP.name, ready="/api/public/ready", live="/api/public/health", within=300),
            env=self._environment(_WEB) | self._web_environment(),
            writable=("/tmp", "/app/web/.next/cache"),  # noqa: S108 - paths inside the container
            user=_USER,
        )
        self.workload(
            _WORKER,
            image="langfuse-worker",
            replicas=replicas,
            resources=resources,
            ports=[_WORKER_HTTP],
            probes=Probes.http(_WORKER_HTTP.name, ready="/api/health", within=300),
            env=self._environment(_WORKER),
            user=_USER,
        )
        for name in (_WEB, _WORKER):
            self._bucket_access(name)
        self.route(self._host, [Rule(path="/", backends=[(self.address(_WEB), 100)])])

    @property
    def _host(self) -> str:
        return f"langfuse.{self.site.domain}"

    def _environment(self, name: str) -> dict[str, Any]:
        database = self.reach("langfuse-postgres", by=name).authority
        clickhouse = self.reach("langfuse-clickhouse", by=name)
        native = self.reach("langfuse-clickhouse-native", by=name)
        valkey = self.reach("langfuse-valkey", by=name)
        url = f"postgresql://{{{{ .username }}}}:{{{{ .password }}}}@{database}/langfuse?sslmode=require"
        return {
            "CLICKHOUSE_CLUSTER_ENABLED": "false",
            "CLICKHOUSE_DB": "default",
            "CLICKHOUSE_MIGRATION_URL": native.url,
            "CLICKHOUSE_PASSWORD": self.secret("langfuse-clickhouse", "password"),
            "CLICKHOUSE_URL": clickhouse.url,
            "CLICKHOUSE_USER": "langfuse",
            "DATABASE_URL": self.secret_text("langfuse-database", "url", url, of=("username", "password")),
            "ENCRYPTION_KEY": self.secret("langfuse", "encryption-key"),
            "REDIS_AUTH": self.secret("langfuse-valkey", "password"),
            "REDIS_HOST": valkey.host,
            "REDIS_PORT": str(valkey.port),
            "SALT": self.secret("langfuse", "salt"),
            "TELEMETRY_ENABLED": "false",
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
            "HOSTNAME": "0.0.0.0",  # noqa: S104 - inside its pod; Next.js listens on the pod's name otherwise
            "LANGFUSE_INIT_ORG_ID": self.site.organisation.name,
            "LANGFUSE_INIT_PROJECT_ID": "platform",
            "LANGFUSE_INIT_PROJECT_PUBLIC_KEY": self.secret("langfuse", "public-key"),
            "LANGFUSE_INIT_PROJECT_SECRET_KEY": self.secret("langfuse", "secret-key"),
            "LANGFUSE_INIT_USER_EMAIL": self.site.organisation.contact,
            "LANGFUSE_INIT_USER_PASSWORD": self.secret("langfuse", "admin-password"),
            "NEXTAUTH_SECRET": self.secret("langfuse", "nextauth-secret"),
            "NEXTAUTH_URL": f"https://{self._host}",
        }

    def _bucket_access(self, name: str) -> None:
        self.reach_aws("s3", by=name)
        folder = aws.partition_arn("s3", "", "", aws.bucket_name(self.site, "langfuse"))
        self.aws_access(
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                "Resource": f"{folder}/*",
            },
            {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": folder},
            by=name,
        )
