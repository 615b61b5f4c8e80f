"""Prometheus: scrapes everything that says it can be scraped, judges the alert rules, sends the numbers on to AMP."""

from __future__ import annotations

from typing import Any

from groundwork.catalog.placeholders import placeholder
from groundwork.components.observability.prometheus_operator import RELOADER
from groundwork.kube import aws
from groundwork.kube.alert import alert
from groundwork.kube.component import Component
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.flow import Peer
from groundwork.kube.labels import CONFIRM, PART_OF
from groundwork.kube.pods import Replicas, Resources
from groundwork.kube.ports import Port
from groundwork.kube.rendering import Demand
from groundwork.kube.stage import Stage
from groundwork.kube.subnets import private_subnets

_NAME = "prometheus"
_HTTP = Port.http(9090)
_RESOURCES = Resources(cpu="1", memory="4Gi", scratch="2Gi")
_READ = ("get", "list", "watch")


class Prometheus(Component):
    """Two servers with a few days on disk; the long term is an Amazon Managed Prometheus workspace.

    Every ServiceMonitor, PodMonitor and PrometheusRule of the cluster counts. The workspace's id is AWS's choice and stands
    in the cluster's file after bootstrap. Upstream: catalog/versions.yaml, `prometheus`.
    """

    stage = Stage.OBSERVABILITY
    namespace = "observability"

    def endpoints(self) -> list[Endpoint]:
        return [Endpoint.of(_NAME, self.namespace, _HTTP, pods=self._pods())]

    def _pods(self) -> Peer:
        return Peer.pods(self.namespace, {"app.kubernetes.io/name": "prometheus", "prometheus": _NAME})

    def render(self) -> None:
        self.pods(_NAME, self._pods())
        self._server()
        self._service()
        self._permissions()
        self._workspace()
        self._alerts()
        self.reach_api_server(by=_NAME)
        # Kubelets and node-exporters answer from the nodes' own addresses.
        for cidr in private_subnets(self.site):
            for port in (9100, 10250):
                self.reach_pods(Peer.addresses(cidr), port, by=_NAME, reason="nodes")

    def _server(self) -> None:
        replicas = 2 if self.cluster.environment == "production" else 1
        image = self.image("prometheus")
        everything: dict[str, Any] = {
            f"{kind}{selector}": {}
            for kind in ("podMonitor", "probe", "rule", "scrapeConfig", "serviceMonitor")
            for selector in ("NamespaceSelector", "Selector")
        }
        self.object(
            "monitoring.coreos.com/v1",
            "Prometheus",
            _NAME,
            spec={
                "replicas": replicas,
                "image": image.reference(self.cluster.registry),
                "serviceAccountName": _NAME,
                "priorityClassName": "platform",
                "version": image.tag.partition("-")[0],
                "retention": "3d",
                # Before the disk is full, the oldest block goes.
                "retentionSize": "40GB",
                "scrapeInterval": "30s",
                "serviceDiscoveryRole": "EndpointSlice",
                # AMP keeps one of two samples that differ in nothing but `__replica__`.
                "externalLabels": {"cluster": self.site.name},
                "replicaExternalLabelName": "__replica__",
                "resources": _RESOURCES.manifest(),
                "storage": {"volumeClaimTemplate": {"spec": _disk("50Gi")}},
                "securityContext": {
                    "runAsNonRoot": True,
                    "runAsUser": 1000,
                    "runAsGroup": 2000,
                    "fsGroup": 2000,
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
                "remoteWrite": [self._remote_write()],
                **everything,
            },
        )
        self.demand(
            Demand(
                namespace=self.namespace,
                replicas=Replicas(at_least=replicas),
                resources=(_RESOURCES, RELOADER),
                surge=False,
            )
        )
        if replicas > 1:
            budget = {"maxUnavailable": 1, "selector": {"matchLabels": dict(self._pods().labels)}}
            self.object("policy/v1", "PodDisruptionBudget", _NAME, spec=budget)

    def _remote_write(self) -> dict[str, Any]:
        workspace = self.cluster.aws.prometheus_workspace or placeholder("prometheus-workspace")
        host = self.reach_aws("aps-workspaces", by=_NAME)
        return {
            "url": f"https://{host}/workspaces/{workspace}/api/v1/remote_write",
            "sigv4": {"region": self.cluster.region},
            "queueConfig": {"capacity": 2500, "maxSamplesPerSend": 1000, "maxShards": 200},
        }

    def _service(self) -> None:
        """The operator's own Service is headless; clients want one address. Prometheus scrapes itself through it."""
        labels = {"app.kubernetes.io/name": _NAME, PART_OF: "groundwork"}
        ports = [{"name": "http", "port": _HTTP.number, "targetPort": "web", "protocol": "TCP"}]
        spec = {"type": "ClusterIP", "selector": dict(self._pods().labels), "ports": ports}
        self.object("v1", "Service", _NAME, metadata={"labels": labels}, spec=spec)
        monitor = {"selector": {"matchLabels": labels}, "endpoints": [{"port": "http", "interval": "30s"}]}
        self.object("monitoring.coreos.com/v1", "ServiceMonitor", _NAME, spec=monitor)
        self.scraped(_NAME, _HTTP.number)

    def _permissions(self) -> None:
        self.object("v1", "ServiceAccount", _NAME)
        rules: list[dict[str, Any]] = [
            {"apiGroups": [""], "resources": ["nodes", "pods", "services"], "verbs": list(_READ)},
            {"apiGroups": [""], "resources": ["nodes/metrics"], "verbs": ["get"]},
            {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": list(_READ)},
            {"nonResourceURLs": ["/metrics"], "verbs": ["get"]},
        ]
        self.cluster_object("rbac.authorization.k8s.io/v1", "ClusterRole", "observability-prometheus", rules=rules)
        self.cluster_object(
            "rbac.authorization.k8s.io/v1",
            "ClusterRoleBinding",
            "observability-prometheus",
            roleRef={
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": "observability-prometheus",
            },
            subjects=[{"kind": "ServiceAccount", "name": _NAME, "namespace": self.namespace}],
        )

    def _workspace(self) -> None:
        self.object(
            "prometheusservice.services.k8s.aws/v1alpha1",
            "Workspace",
            _NAME,
            metadata={"annotations": {"services.k8s.aws/deletion-policy": "retain", **CONFIRM}},
            spec={"alias": self.site.name},
        )
        resource = aws.partition_arn("aps", self.cluster.region, self.cluster.account, "workspace/*")
        self.aws_access(aws.allow("aps", ["RemoteWrite"], resource), by=_NAME)

    def _alerts(self) -> None:
        self.alerts(
            alert(
                "TargetDown",
                "up == 0",
                after="15m",
                severity="warning",
                summary="Prometheus cannot scrape {{ $labels.job }}",
                description="What alerts and scalers ask of it has no answer, so they stay silent.",
                runbook="Does the pod {{ $labels.pod }} run, and does a NetworkPolicy let Prometheus reach its port?",
            ),
            alert(
                "RemoteWriteFailing",
                "rate(prometheus_remote_storage_samples_failed_total[5m]) > 0",
                after="15m",
                severity="warning",
                summary="Samples do not reach Amazon Managed Prometheus",
                description="Alerts go on, from this Prometheus; what is older than its disk holds is lost.",
                runbook="A 403 in its log means that the Pod Identity association is missing; else look at the workspace's id.",
            ),
            alert(
                "SecretNotSynced",
                'externalsecret_status_condition{condition="Ready",status="False"} == 1',
                after="15m",
                severity="critical",
                summary="The secret {{ $labels.exported_namespace }}/{{ $labels.name }} cannot be read",
                description="Pods that run keep what they have; a new one does not start, and a changed value does not come.",
                runbook="Does it stand in Secrets Manager, with the keys that `groundwork secrets` prints?",
            ),
            alert(
                "ModelQueueLong",
                "sum by (model_name) (vllm:num_requests_waiting) > 20",
                after="10m",
                severity="warning",
                summary="Requests wait for {{ $labels.model_name }}",
                description="Callers wait for their first token, and the model's scaler cannot help any more.",
                runbook="Is it at its declared maximum of replicas, or does a new one not start? Look at its pods, then raise "
                "`replicas: {max: ...}`.",
            ),
            alert(
                "ModelCacheFull",
                "max by (model_name) (vllm:kv_cache_usage_perc) > 0.95",
                after="10m",
                severity="warning",
                summary="The KV cache of {{ $labels.model_name }} is full",
                description="Requests are preempted and start again.",
                runbook="Lower its concurrency or its context, or give it a larger GPU: `groundwork fit` says what fits.",
            ),
        )


def _disk(size: str) -> dict[str, Any]:
    return {"storageClassName": "standard", "resources": {"requests": {"storage": size}}}
