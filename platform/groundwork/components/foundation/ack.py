"""ACK: the controllers that make AWS resources (roles, keys, buckets, repositories) out of objects in the tree."""

from __future__ import annotations

import itertools
from typing import Any

from groundwork.kube import aws
from groundwork.kube.alert import alert
from groundwork.kube.component import Component
from groundwork.kube.pods import Resources
from groundwork.kube.stage import Stage

# Services whose endpoint has another name than ACK's controller.
_ENDPOINTS = {"cloudwatchlogs": "logs", "ecr": "ecr.api", "prometheusservice": "aps"}
_METRICS = 8080


class Ack(Component):
    """One controller for each AWS service whose resources somebody makes, and it looks after those kinds only.

    Deleting an object keeps the AWS resource. One replica each: while it restarts nothing is made or changed, and nothing
    that exists stops. Their own Pod Identity associations stand in bootstrap/: somebody has to make the first role.
    Upstream: catalog/versions.yaml, `<service>-chart`.
    """

    stage = Stage.OPERATORS
    namespace = aws.ACK_NAMESPACE
    rendered_last = True

    def render(self) -> None:
        services = itertools.groupby(self.directory.aws_kinds, key=lambda one: one.service)
        charts = [self._controller(service, [one.kind for one in kinds]) for service, kinds in services]
        self._monitor(charts)
        self._alerts()

    def _controller(self, service: str, kinds: list[str]) -> str:
        pods, chart = f"ack-{service}-controller", f"{service}-chart"
        self.helm(chart, self._values(pods, kinds), release=pods)
        self.reach_api_server(by=pods)
        self.reach_pod_identity(by=pods)
        self.reach_aws(_ENDPOINTS.get(service, service), by=pods)
        self.scraped(pods, _METRICS)
        return chart

    def _values(self, account: str, kinds: list[str]) -> dict[str, Any]:
        return {
            "aws": {"region": self.cluster.region},
            "deletionPolicy": "retain",
            "deployment": {"priorityClassName": "platform"},
            # No annotation of a namespace makes a controller act in another account.
            "enableCARM": False,
            "reconcile": {"resources": kinds},
            "resources": Resources(cpu="50m", memory="256Mi").manifest(),
            "serviceAccount": {"name": account},
        }

    def _monitor(self, charts: list[str]) -> None:
        """The charts bring none."""
        spec = {
            "selector": {"matchExpressions": [{"key": "app.kubernetes.io/name", "operator": "In", "values": charts}]},
            "podMetricsEndpoints": [{"port": "http", "interval": "30s"}],
        }
        self.object("monitoring.coreos.com/v1", "PodMonitor", self.name, spec=spec)

    def _alerts(self) -> None:
        failures = (
            "sum by (controller) (increase(controller_runtime_reconcile_errors_total{namespace='ack-system'}[1h]))"
        )
        self.alerts(
            alert(
                "AwsResourceNotMade",
                f"{failures} > 5",
                after="30m",
                severity="warning",
                summary="ACK cannot make or change a {{ $labels.controller }} as Git says",
                description="What exists goes on as it is; what is new waits, and with it everything that needs it.",
                runbook="kubectl get the kind in all namespaces, then describe the one that is not synced: its conditions hold "
                "AWS's answer. AccessDenied: the right is missing in bootstrap's Pod Identity association.",
            ),
        )
