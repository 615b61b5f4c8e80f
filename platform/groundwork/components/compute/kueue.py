"""Kueue: jobs wait for their turn, and tenants share the GPUs that the cluster keeps for jobs."""

from __future__ import annotations

from typing import Any

from groundwork.components.compute.node_pools import ACCELERATOR, accelerator_pool
from groundwork.fleet.cluster import Jobs
from groundwork.fleet.site import Site
from groundwork.kube.alert import alert
from groundwork.kube.component import Component
from groundwork.kube.configuration import as_yaml
from groundwork.kube.pods import Resources
from groundwork.kube.stage import Stage

_API = "kueue.x-k8s.io/v1beta2"
_MANAGER = "kueue-controller-manager"
_GENERAL = "general"
_COHORT = "jobs"
_PIPELINES = "ai-pipelines"
# A job that names no queue joins its namespace's queue of this name.
_QUEUE = "default"


class Kueue(Component):
    """The Kueue controllers, and a queue per tenant and for pipelines.

    Jobs start when their queue has room: a tenant's queue has what its declaration promises, the pipelines' queue has the GPUs
    that no tenant was promised, and what one does not use another may borrow until the owner asks for it back.
    Carried where the cluster keeps GPUs for jobs. Upstream: catalog/versions.yaml, `kueue`.
    """

    stage = Stage.OPERATORS
    namespace = "kueue-system"

    @classmethod
    def carried(cls, site: Site) -> bool:
        return site.cluster.jobs is not None

    def render(self) -> None:
        self.helm("kueue", self._values())
        self.reach_api_server()
        self.admit_webhook(9443)
        self.admit_webhook(8082)
        self.scraped(_MANAGER, 8443)
        if self.cluster.jobs:
            self._flavors(self.cluster.jobs)
            self._queues(self.cluster.jobs)
        self._alerts()

    def _values(self) -> dict[str, Any]:
        settings = {
            "apiVersion": "config.kueue.x-k8s.io/v1beta2",
            "kind": "Configuration",
            "health": {"healthProbeBindAddress": ":8081"},
            "metrics": {"bindAddress": ":8443", "enableClusterQueueResources": True},
            "webhook": {"port": 9443},
            "leaderElection": {"leaderElect": True, "resourceName": "c1f6bfd2.kueue.x-k8s.io"},
            "clientConnection": {"qps": 50, "burst": 100},
            "manageJobsWithoutQueueName": False,
            "integrations": {"frameworks": ["batch/job"]},
            # Disk is the node pool's business: a queue that does not cover it would admit no job that asks for it.
            "resources": {"excludeResourcePrefixes": ["ephemeral-storage"]},
            "objectRetentionPolicies": {"workloads": {"afterFinished": "168h"}},
        }
        return {
            "enablePrometheus": True,
            "controllerManager": {
                "replicas": 2,
                "manager": {
                    "priorityClassName": "platform",
                    "resources": Resources(cpu="200m", memory="512Mi").manifest(),
                },
                "podDisruptionBudget": {"enabled": True, "minAvailable": 1},
            },
            "managerConfig": {"controllerManagerConfigYaml": as_yaml(settings)},
        }

    def _flavors(self, jobs: Jobs) -> None:
        """Machines of the general pools, and those with the GPU: a job that asks for it is sent there and let in."""
        self.cluster_object(_API, "ResourceFlavor", _GENERAL, spec={})
        toleration = {"key": "nvidia.com/gpu", "operator": "Equal", "value": "true", "effect": "NoSchedule"}
        spec = {"nodeLabels": {ACCELERATOR: jobs.gpu}, "tolerations": [toleration]}
        self.cluster_object(_API, "ResourceFlavor", accelerator_pool(jobs.gpu), spec=spec)

    def _queues(self, jobs: Jobs) -> None:
        promised = 0
        for tenant in self.site.tenants:
            with self.declared_by(tenant):
                quota = {"cpu": str(tenant.quota.cpu), "memory": tenant.quota.memory}
                self._queue(tenant.namespace, quota, tenant.quota.gpu)
            promised += tenant.quota.gpu
        capacity = {"cpu": str(self.cluster.capacity.cpu), "memory": self.cluster.capacity.memory}
        self._queue(_PIPELINES, capacity, jobs.count - promised)

    def _queue(self, namespace: str, machines: dict[str, str], gpus: int) -> None:
        kinds: list[tuple[str, dict[str, str]]] = [(_GENERAL, machines)]
        if self.cluster.jobs:
            kinds.append((accelerator_pool(self.cluster.jobs.gpu), {"nvidia.com/gpu": str(gpus)}))
        self.cluster_object(
            _API,
            "ClusterQueue",
            namespace,
            spec={
                "cohortName": _COHORT,
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
                "resourceGroups": [_group(flavor, quota) for flavor, quota in kinds],
                "preemption": {"reclaimWithinCohort": "Any", "withinClusterQueue": "LowerPriority"},
            },
        )
        self.object(_API, "LocalQueue", _QUEUE, namespace=namespace, spec={"clusterQueue": namespace})

    def _alerts(self) -> None:
        self.alerts(
            alert(
                "JobsWaitLong",
                "sum by (cluster_queue) (kueue_pending_workloads) > 0 unless "
                "sum by (cluster_queue) (increase(kueue_admitted_workloads_total[6h])) > 0",
                after="1h",
                severity="warning",
                summary="Jobs of {{ $labels.cluster_queue }} wait",
                description="None was admitted for six hours: the quota is used up, or too small for what waits.",
                runbook="Ask `kubectl describe workload -n {{ $labels.cluster_queue }}` what is missing; raise the quota in the "
                "tenant's file or `jobs` in the cluster's.",
            )
        )


def _group(flavor: str, quota: dict[str, str]) -> dict[str, Any]:
    """What jobs may take of one kind of machine."""
    resources = [{"name": resource, "nominalQuota": amount} for resource, amount in quota.items()]
    return {"coveredResources": [*quota], "flavors": [{"name": flavor, "resources": resources}]}
