"""A cluster of the committed tree on a real control plane."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from groundwork.catalog.auto_mode import built_in_pools
from groundwork.tree.manifest import Manifest
from groundwork.tree.reader import Tree
from tests.cluster import machinery
from tests.cluster.api import Answer, Api, in_order
from tests.cluster.control_plane import ApiServer
from tests.cluster.instance_types import AUTO, SELF_MANAGED, Offer
from tests.cluster.node_groups import nodes_of
from tests.cluster.progress import Progress

__all__ = ["NODE_CLASSES", "READY", "WORKLOADS", "Box"]

# Not one of them is a manifest: eksctl reads it, and no server serves it.
_NOT_SERVED = {"ClusterConfig"}
# What makes pods; LeaderWorkerSets and others wait for an operator.
WORKLOADS = (
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("batch/v1", "CronJob"),
    ("batch/v1", "Job"),
)
READY = {
    "type": "Ready",
    "status": "True",
    "reason": "Ready",
    "message": "",
    "lastTransitionTime": "2026-01-01T00:00:00Z",
}
NODE_CLASSES = {SELF_MANAGED: "EC2NodeClass", AUTO: "NodeClass"}


@dataclass
class Box:
    """A cluster of the tree, and what a real API server said of each of its objects."""

    name: str
    tree: Tree
    server: ApiServer
    progress: Progress
    answers: list[tuple[Manifest, Answer]] = field(default_factory=list)
    api: Api = field(init=False)

    def __post_init__(self) -> None:
        self.api = Api(self.server.client)

    @property
    def objects(self) -> list[Manifest]:
        """What is applied, in the order of a sync."""
        return in_order(one for one in self.tree if one.kind not in _NOT_SERVED)

    @property
    def config(self) -> Manifest:
        """What eksctl makes the cluster from."""
        return self.tree.of_kind(self.name, "ClusterConfig", group="eksctl.io")[0]

    @property
    def offer(self) -> Offer:
        """What Karpenter may buy for it."""
        automatic = any(one.group == AUTO for one in self.tree if one.kind == NODE_CLASSES[AUTO])
        return Offer(
            domain=AUTO if automatic else SELF_MANAGED,
            region=self.config.body["metadata"]["region"],
            zones=tuple(self.config.body["availabilityZones"]),
        )

    def fill(self) -> None:
        """Install the custom resources and apply every object."""
        with self.progress.step(f"{self.name}: custom resources"):
            self.api.install()
        with self.progress.step(f"{self.name}: {len(self.objects)} objects"):
            # Namespaces that charts' Applications make, or Kubernetes has.
            ours = {one.name for one in self.objects if one.kind == "Namespace"}
            self.api.namespaces({one.namespace for one in self.objects if one.namespace} - ours - {"kube-system"})
            self.answers = [(one, self.api.apply(one.body)) for one in self.objects]

    @contextlib.contextmanager
    def controlled(self) -> Generator[None]:
        """With the controller-manager, and without the tree's workloads: a test makes those that it wants."""
        for version, kind in WORKLOADS:
            self.api.empty(version, kind)
        with self.progress.step(f"{self.name}: controller-manager"):
            running = contextlib.ExitStack()
            running.enter_context(machinery.controller_manager(self.server))
        with running:
            yield

    @contextlib.contextmanager
    def alive(self) -> Generator[None]:
        """With scheduler, kubelets and Karpenter, and the nodes that are there before it; `controlled` first."""
        with contextlib.ExitStack() as running:
            with self.progress.step(f"{self.name}: scheduler, kwok, Karpenter"):
                for body in (*nodes_of(self.config), *self._built_in()):
                    self.api.apply(body)
                running.enter_context(machinery.scheduler(self.server))
                running.enter_context(machinery.kubelets(self.server, self._startup_taints()))
                running.enter_context(machinery.karpenter(self.server, self.offer))
                self.ready_node_classes()
            yield

    def ready_node_classes(self) -> None:
        """Say of every node class what AWS would, once it has found subnets, security groups and an image."""
        domain = self.offer.domain
        version, kind = f"{domain}/v1", NODE_CLASSES[domain]
        for one in self.api.every(version, kind):
            self.api.report({"apiVersion": version, "kind": kind, **one}, {"conditions": [READY]})

    def _built_in(self) -> list[dict[str, Any]]:
        """The pools that EKS Auto Mode brings along, and their node class."""
        named = self.config.body.get("autoModeConfig", {}).get("nodePools", ())
        terms = [{"tags": {"for": "nodes"}}]
        spec = {"role": "node", "subnetSelectorTerms": terms, "securityGroupSelectorTerms": terms}
        node_class = {"apiVersion": f"{AUTO}/v1", "kind": "NodeClass", "metadata": {"name": "default"}, "spec": spec}
        pools = [pool for pool in built_in_pools() if pool["metadata"]["name"] in named]
        return [node_class, *pools] if pools else []

    def _startup_taints(self) -> set[str]:
        pools = self.tree.of_kind(self.name, "NodePool", group="karpenter.sh")
        return {
            taint["key"] for pool in pools for taint in pool.body["spec"]["template"]["spec"].get("startupTaints", ())
        }
