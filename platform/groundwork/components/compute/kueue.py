"""Kueue: jobs wait for their turn, and tenants share the GPUs that the cluster keeps for jobs."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from groundwork.catalog.quantities import cpu_text, memory_text, parse_quantity
from groundwork.components.agents.agents import asked_by_agents
from groundwork.components.compute.node_pools import ACCELERATOR, accelerator_pool
from groundwork.fleet.cluster import Jobs
from groundwork.fleet.site import Site
from groundwork.kube.alert import alert
from groundwork.kube.component import Component
from groundwork.kube.configuration import as_yaml
from groundwork.kube.pods import Resources
from groundwork.kube.quotas import PIPELINES, for_jobs
from groundwork.kube.stage import Stage

_API = "kueue.x-k8s.io/v1beta2"
_MANAGER = "kueue-controller-manager"
_GENERAL = "general"
_COHORT = "jobs"
_GPU = "nvidia.com/gpu"
# A job that names no queue joins its namespace's queue of this name.
_QUEUE = "default"


class Kueue(Component):
    """The Kueue controllers, and a queue per tenant and for pipelines.

    Jobs start when their queue has room. A tenant's queue has what its declaration promises, less what the tenant's agents take,
    and never more: the quota of its namespace would refuse the pods. The pipelines' queue has what no tenant was promised, and
    borrows what tenants leave until they ask for it back.
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
        toleration = {"key": _GPU, "operator": "Equal", "value": "true", "effect": "NoSchedule"}
        spec = {"nodeLabels": {ACCELERATOR: jobs.gpu}, "tolerations": [toleration]}
        self.cluster_object(_API, "ResourceFlavor", accelerator_pool(jobs.gpu), spec=spec)

    def _queues(self, jobs: Jobs) -> None:
        cpu, memory = for_jobs(self.site)
        gpus = jobs.count
        for tenant in self.site.tenants:
            promised = Fraction(tenant.quota.cpu), parse_quantity(tenant.quota.memory)
            cpu, memory, gpus = cpu - promised[0], memory - promised[1], gpus - tenant.quota.gpu
            of_agents = asked_by_agents(self.site, tenant)
            with self.declared_by(tenant):
                quota = _quota(promised[0] - of_agents[0], promised[1] - of_agents[1], tenant.quota.gpu)
                self._queue(tenant.namespace, quota, jobs, limited=True)
        self._queue(PIPELINES, _quota(cpu, memory, gpus), jobs)

    def _queue(self, namespace: str, quota: dict[str, str], jobs: Jobs, *, limited: bool = False) -> None:
        """A queue that may borrow what others leave, unless it is `limited` to its own."""
        machines = {resource: amount for resource, amount in quota.items() if resource != _GPU}
        kinds = ((_GENERAL, machines), (accelerator_pool(jobs.gpu), {_GPU: quota[_GPU]}))
        self.cluster_object(
            _API,
            "ClusterQueue",
            namespace,
            spec={
                "cohortName": _COHORT,
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
                "resourceGroups": [_group(flavor, amounts, limited=limited) for flavor, amounts in kinds],
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


def _quota(cpu: Fraction, memory: Fraction, gpus: int) -> dict[str, str]:
    """Amounts as a queue writes them; promises that are used up leave nothing."""
    nothing = Fraction(0)
    return {"cpu": cpu_text(max(cpu, nothing)), "memory": memory_text(max(memory, nothing)), _GPU: str(gpus)}


def _group(flavor: str, quota: dict[str, str], *, limited: bool) -> dict[str, Any]:
    """What jobs may take of one kind of machine."""
    none_borrowed = {"borrowingLimit": "0"} if limited else {}
    resources = [{"name": resource, "nominalQuota": amount, **none_borrowed} for resource, amount in quota.items()]
    return {"coveredResources": [*quota], "flavors": [{"name": flavor, "resources": resources}]}
