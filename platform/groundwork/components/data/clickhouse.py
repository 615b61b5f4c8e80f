"""ClickHouse: where Langfuse keeps traces and scores."""

from __future__ import annotations

from typing import Any

from groundwork.kube.component import Component
from groundwork.kube.configuration import as_yaml
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.flow import Peer
from groundwork.kube.pods import Probes, Resources, Storage, Volume
from groundwork.kube.ports import Port
from groundwork.kube.stage import Stage

_NAME = "langfuse-clickhouse"
_HTTP = Port.http(8123)
_NATIVE = Port.tcp(9000, name="native", scheme="clickhouse")
_METRICS = Port.metrics_only(9363)
_USER = 101
# Tables in which ClickHouse describes itself; without a limit they outgrow what it is there for.
_SYSTEM_TABLES = (
    "asynchronous_metric_log",
    "metric_log",
    "part_log",
    "query_log",
    "query_thread_log",
    "text_log",
    "trace_log",
)


class Clickhouse(Component):
    """One ClickHouse server with a disk of its own. Events are in S3 too, so that a lost disk costs a replay, not data.

    One node is what Langfuse needs with CLICKHOUSE_CLUSTER_ENABLED=false; a second would need Keeper, three pods more.
    Upstream: catalog/versions.yaml, `clickhouse`.
    """

    stage = Stage.DATA
    namespace = "ai-data"

    def endpoints(self) -> list[Endpoint]:
        pods = Peer.workload(_NAME, self.namespace)
        native = Endpoint(
            f"{_NAME}-native", _NAME, self.namespace, pods, _NATIVE.number, _NATIVE.number, _NATIVE.scheme
        )
        return [Endpoint.of(_NAME, self.namespace, _HTTP), native]

    def render(self) -> None:
        production = self.cluster.environment == "production"
        self.workload(
            _NAME,
            image="clickhouse",
            resources=Resources(
                cpu="2" if production else "500m", memory="8Gi" if production else "4Gi", scratch="5Gi"
            ),
            ports=[_HTTP, _NATIVE, _METRICS],
            probes=Probes.http(_HTTP.name, ready="/ping", within=300),
            config={"groundwork.yaml": as_yaml(_server()), "users.yaml": as_yaml(_users())},
            config_mount="/etc/groundwork",
            command=["sh", "-c", _START],
            env={"LANGFUSE_PASSWORD": self.secret("langfuse-clickhouse", "password")},
            storage=[Storage(name="data", mount="/var/lib/clickhouse", size="200Gi" if production else "20Gi")],
            volumes=[Volume.scratch("logs", "/var/log/clickhouse-server", "1Gi")],
            user=_USER,
        )


# The image's own configuration stays; ours is merged over it from the folders that ClickHouse reads.
_START = (
    "mkdir -p /tmp/config.d /tmp/users.d && cp /etc/groundwork/groundwork.yaml /tmp/config.d/ "
    "&& cp /etc/groundwork/users.yaml /tmp/users.d/ && cp /etc/clickhouse-server/*.xml /tmp/ "
    "&& exec clickhouse-server --config-file=/tmp/config.xml"
)


def _server() -> dict[str, Any]:
    logs = {
        table: {"ttl": "event_date + INTERVAL 7 DAY DELETE", "flush_interval_milliseconds": 60000}
        for table in _SYSTEM_TABLES
    }
    return {
        "logger": {"level": "information", "console": 1},
        "listen_host": "0.0.0.0",  # noqa: S104 - inside its pod
        "prometheus": {
            "endpoint": "/metrics",
            "port": _METRICS.number,
            "metrics": True,
            "events": True,
            "asynchronous_metrics": True,
        },
        "max_server_memory_usage_to_ram_ratio": 0.8,
        **{table: {"database": "system", "table": table, **body} for table, body in logs.items()},
    }


def _users() -> dict[str, Any]:
    """The default user answers only inside the pod; Langfuse's may change its own database and nothing else."""
    return {
        "users": {
            "default": {"networks": {"ip": "127.0.0.1"}, "password": ""},
            "langfuse": {
                "password": {"@from_env": "LANGFUSE_PASSWORD"},
                "networks": {"ip": "::/0"},
                "profile": "default",
                "quota": "default",
                "grants": {
                    "query": [
                        "GRANT ALL ON langfuse.*",
                        "GRANT SELECT ON system.*",
                        "GRANT CREATE DATABASE ON langfuse.*",
                    ]
                },
            },
        }
    }
