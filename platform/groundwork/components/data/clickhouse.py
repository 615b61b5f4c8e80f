"""ClickHouse: where Langfuse keeps traces and scores."""

from __future__ import annotations

from typing import Any

from groundwork.kube.alert import alert
from groundwork.kube.component import Component
from groundwork.kube.configuration import as_yaml
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.flow import Peer
from groundwork.kube.pods import Probes, Resources, Storage
from groundwork.kube.ports import Port
from groundwork.kube.stage import Stage

_NAME = "langfuse-clickhouse"
_HTTP = Port.http(8123)
_NATIVE = Port.tcp(9000, name="native", scheme="clickhouse")
_METRICS = Port.metrics_only(9363)
_USER = 101
_FILES = "/etc/groundwork"
_DATA = "/var/lib/clickhouse"
# Of the tables in which ClickHouse describes itself only those that Langfuse or an operator reads, and not for ever.
_OWN_LOGS = ("part_log", "query_log")


class Clickhouse(Component):
    """One server with a disk of its own, configured in full here: the image's settings open more ports and log without end.

    One node is what Langfuse needs with CLICKHOUSE_CLUSTER_ENABLED=false; a second would need Keeper, three pods more. There
    is no backup of the disk: each event that Langfuse took also lies in its S3 bucket, from where its scripts replay it.
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
            resources=Resources(cpu="2" if production else "500m", memory="8Gi" if production else "4Gi"),
            ports=[_HTTP, _NATIVE, _METRICS],
            probes=Probes.http(_HTTP.name, ready="/ping", within=300),
            command=["clickhouse-server", f"--config-file={_FILES}/server.yaml"],
            config={"server.yaml": as_yaml(_server()), "users.yaml": as_yaml(_users())},
            config_mount=_FILES,
            env={
                # Without a parent process the server itself hears that it is to stop.
                "CLICKHOUSE_WATCHDOG_ENABLE": "0",
                "LANGFUSE_PASSWORD": self.secret(_NAME, "password"),
            },
            storage=[Storage(name="data", mount=_DATA, size="200Gi" if production else "20Gi")],
            user=_USER,
            patience=120,
        )
        self.alerts(*_alerts())


def _server() -> dict[str, Any]:
    log = {"ttl": "event_date + INTERVAL 7 DAY DELETE", "flush_interval_milliseconds": 10000}
    return {
        "logger": {"level": "information", "console": True},
        "listen_host": "0.0.0.0",  # noqa: S104 - inside its pod
        "http_port": _HTTP.number,
        "tcp_port": _NATIVE.number,
        "path": f"{_DATA}/",
        # Langfuse writes and compares times in UTC.
        "timezone": "UTC",
        "max_server_memory_usage_to_ram_ratio": 0.8,
        "user_directories": {"users_xml": {"path": f"{_FILES}/users.yaml"}},
        "prometheus": {
            "endpoint": _METRICS.metrics,
            "port": _METRICS.number,
            "metrics": True,
            "events": True,
            "asynchronous_metrics": True,
        },
        **{table: {"database": "system", "table": table, **log} for table in _OWN_LOGS},
    }


def _users() -> dict[str, Any]:
    """The default user answers only inside the pod; Langfuse's may change its database and read how its queries went."""
    unlimited = dict.fromkeys(("queries", "errors", "result_rows", "read_rows", "execution_time"), 0)
    return {
        "profiles": {"default": {"log_queries": 1}},
        "quotas": {"default": {"interval": {"duration": 3600, **unlimited}}},
        "users": {
            "default": {
                "password": "",
                "networks": {"ip": ["::1", "127.0.0.1"]},
                "profile": "default",
                "quota": "default",
            },
            "langfuse": {
                "password": {"@from_env": "LANGFUSE_PASSWORD"},
                "networks": {"ip": "::/0"},
                "profile": "default",
                "quota": "default",
                "grants": {"query": ["GRANT ALL ON default.*", "GRANT SELECT ON system.*"]},
            },
        },
    }


def _alerts() -> list[dict[str, Any]]:
    return [
        alert(
            "ClickHouseRejectsInserts",
            "rate(ClickHouseProfileEvents_RejectedInserts[10m]) > 0",
            after="10m",
            severity="critical",
            summary="ClickHouse refuses what Langfuse writes",
            description="Traces wait in Langfuse's queue until it is full.",
            runbook="Too many parts: is the disk full, or are merges behind? See system.merges and system.part_log.",
        ),
        alert(
            "ClickHouseManyParts",
            "ClickHouseAsyncMetrics_MaxPartCountForPartition > 300",
            after="30m",
            severity="warning",
            summary="A table of ClickHouse has {{ $value }} parts in one partition",
            description="Merges do not keep up with inserts; later ClickHouse slows them down, then refuses them.",
            runbook="Give it more CPU, or let langfuse-worker write larger batches.",
        ),
    ]
