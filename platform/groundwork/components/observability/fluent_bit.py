"""Fluent Bit: what pods say on standard output, kept in CloudWatch, each tenant's apart."""

from __future__ import annotations

from typing import Any

from groundwork.kube import aws
from groundwork.kube.alert import alert
from groundwork.kube.component import Component
from groundwork.kube.configuration import as_yaml
from groundwork.kube.labels import CONFIRM
from groundwork.kube.pods import Probes, Resources, Volume
from groundwork.kube.ports import Port
from groundwork.kube.stage import Stage

_NAME = "fluent-bit"
_HTTP = Port.http(2020, metrics="/api/v2/metrics/prometheus")
_LOGS = "/var/log"
_STATE = "/var/fluent-bit/state"
_MOUNT = "/fluent-bit/groundwork"
_PLATFORM = "platform"
_DAYS = {"development": 14, "staging": 30, "production": 90}
# A file of the kubelet's is named <pod>_<namespace>_<container>-<64 hexadecimal digits>.log.
_FILE = r"(?<pod>[a-z0-9.-]+)_(?<namespace>[a-z0-9-]+)_(?<container>.+)-[a-f0-9]{64}\.log$"


class FluentBit(Component):
    """One pod per node reads the kubelet's files, puts stack traces together again and sends them to log groups.

    Log groups are one per tenant and one for everything else, because logs hold prompts and answers: who may read them is
    IAM's to say, group by group. They are locked with the key `logs` and end by themselves. It asks the API server for
    nothing: file names say whose a line is. What CloudWatch does not take waits on the node's disk, through restarts; when
    that share of the disk is full the oldest goes, and an alert says so.
    Needs the key `logs` and the endpoint of CloudWatch Logs. Upstream: catalog/versions.yaml, `fluent-bit`.
    """

    stage = Stage.OBSERVABILITY
    namespace = "node-agents"
    pod_security = "privileged"  # the kubelet's log files are a path of the node

    def render(self) -> None:
        groups = [_PLATFORM, *(tenant.namespace for tenant in self.site.tenants)]
        for name in groups:
            self._log_group(name)
        self.node_agent(
            _NAME,
            image=_NAME,
            command=["/fluent-bit/bin/fluent-bit"],
            args=["--config", f"{_MOUNT}/fluent-bit.yaml"],
            config={"fluent-bit.yaml": as_yaml(self._configuration())},
            config_mount=_MOUNT,
            ports=[_HTTP],
            probes=_probes(),
            resources=Resources(cpu="50m", memory="256Mi", scratch="128Mi"),
            volumes=[Volume.host("logs", _LOGS, read_only=True), Volume.host("state", _STATE, read_only=False)],
            writable=(),
            user=0,
        )
        self.reach_aws("logs", by=_NAME)
        where = (self.cluster.region, self.cluster.account)
        streams = aws.partition_arn("logs", *where, f"log-group:{aws.log_group(self.site, '*')}:*")
        actions = ["CreateLogStream", "DescribeLogStreams", "PutLogEvents"]
        self.aws_access(aws.allow("logs", actions, streams), by=_NAME)
        self._alerts()

    def _log_group(self, name: str) -> None:
        group = aws.log_group(self.site, name)
        self.object(
            "cloudwatchlogs.services.k8s.aws/v1alpha1",
            "LogGroup",
            name,
            metadata={"annotations": {**aws.RETAINED, **aws.adopted(name=group), **CONFIRM}},
            spec={
                "name": group,
                "kmsKeyRef": aws.key_reference("logs"),
                "retentionDays": _DAYS[self.cluster.environment],
                "tags": aws.tags(self.site),
            },
        )

    def _configuration(self) -> dict[str, Any]:
        service = {
            "flush": 5,
            "grace": 20,
            "log_level": "warn",
            "http_server": "on",
            "http_listen": "0.0.0.0",  # noqa: S104 - a policy says who may connect
            "http_port": _HTTP.number,
            "health_check": "on",
            "storage.path": f"{_STATE}/buffer",
            "storage.max_chunks_up": 32,
            "storage.backlog.mem_limit": "16M",
            "storage.metrics": "on",
        }
        return {
            "service": service,
            "pipeline": {"inputs": [_tail()], "filters": [_multiline()], "outputs": self._outputs()},
        }

    def _outputs(self) -> list[dict[str, Any]]:
        """A tag begins with the namespace. What is no tenant's is the platform's, whoever made the namespace."""
        tenants = sorted(tenant.namespace for tenant in self.site.tenants)
        rest = rf"^(?!(?:{'|'.join(tenants)})\.)" if tenants else "^"
        return [
            self._output(_PLATFORM, "2G", match_regex=rest),
            *(self._output(name, "512M", match=f"{name}.*") for name in tenants),
        ]

    def _output(self, name: str, limit: str, **matching: str) -> dict[str, Any]:
        return {
            "name": "cloudwatch_logs",
            "alias": name,
            **matching,
            "region": self.cluster.region,
            "log_group_name": aws.log_group(self.site, name),
            "log_stream_prefix": "pods.",
            # The text alone: where it is JSON, CloudWatch finds its fields.
            "log_key": "log",
            "auto_create_group": "false",
            # It waits for as long as the disk's share lasts.
            "retry_limit": "no_limits",
            "storage.total_limit_size": limit,
        }

    def _alerts(self) -> None:
        self.alerts(
            alert(
                "LogsDropped",
                "sum by (name) (increase(fluentbit_output_dropped_records_total[15m])) > 0",
                after="1m",
                severity="warning",
                summary="Lines for the log group {{ $labels.name }} are lost",
                description="CloudWatch refused them, or took none for so long that the buffer on a node's disk is full.",
                runbook="kubectl -n node-agents logs -l app.kubernetes.io/name=fluent-bit --since=1h: AccessDenied, throttling "
                "or no answer of the endpoint. Is the LogGroup synced?",
            ),
            alert(
                "LogsLate",
                "sum by (name) (increase(fluentbit_output_retries_total[15m])) > 0 "
                "and sum by (name) (increase(fluentbit_output_proc_records_total[15m])) == 0",
                after="15m",
                severity="warning",
                summary="Nothing arrives in the log group {{ $labels.name }}",
                description="Lines wait on the nodes' disks; the oldest are lost once 2 GB of them wait on one node.",
                runbook="kubectl -n node-agents get loggroups,roles.iam.services.k8s.aws, then the logs of fluent-bit itself.",
            ),
        )


def _probes() -> Probes:
    """Ready while CloudWatch takes what it sends, so that a wrong setting stops a rollout; restarts would cure nothing."""
    alive = Probes.http(_HTTP.name, ready="/")
    delivers = Probes.http(_HTTP.name, ready="/api/v1/health")
    return Probes(startup=alive.startup, readiness=delivers.readiness, liveness=alive.liveness)


def _tail() -> dict[str, Any]:
    return {
        "name": "tail",
        "alias": "containers",
        "path": f"{_LOGS}/containers/*.log",
        # What it says of itself would come back to it, and be said again.
        "exclude_path": f"{_LOGS}/containers/{_NAME}-*_node-agents_*.log",
        "tag": "<namespace>.<pod>.<container>",
        "tag_regex": _FILE,
        # The runtime splits long lines; this joins them.
        "multiline.parser": "cri",
        "db": f"{_STATE}/tail.db",
        "db.locking": "true",
        "read_from_head": "true",
        "refresh_interval": 10,
        "rotate_wait": 30,
        "buffer_max_size": "1M",
        "skip_long_lines": "on",
        "storage.type": "filesystem",
    }


def _multiline() -> dict[str, Any]:
    """Stack traces of the languages that ours and others' images are written in."""
    return {
        "name": "multiline",
        "match": "*",
        "multiline.key_content": "log",
        "multiline.parser": "python, go, java",
        "emitter_name": "joined",
        "emitter_storage.type": "filesystem",
    }
