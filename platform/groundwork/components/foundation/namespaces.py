"""Namespaces: every one of the platform, with its Pod Security Standard and a policy that denies everything."""

from __future__ import annotations

from typing import Any

from groundwork.kube import mesh
from groundwork.kube.component import Component
from groundwork.kube.labels import CONFIRM, PART_OF, TENANT
from groundwork.kube.network import default_deny
from groundwork.kube.quotas import PLATFORM
from groundwork.kube.stage import Stage


class Namespaces(Component):
    """The namespaces that this cluster's components and tenants live in.

    A component names its namespace and, where it is not "restricted", the Pod Security Standard with the reason on the
    line. Nothing may talk in any of them until a flow is declared.
    """

    stage = Stage.FOUNDATION
    namespace = "kube-system"

    def render(self) -> None:
        tenants = {tenant.namespace for tenant in self.site.tenants}
        levels = dict.fromkeys(PLATFORM, "restricted") | self.directory.namespaces
        labels = {PART_OF: "groundwork"}
        if self.cluster.gateway.edge == "alb":
            # Pods behind the load balancer are ready when it says so: else a rollout ends the old ones too early.
            labels["eks.amazonaws.com/pod-readiness-gate-inject"] = "enabled"
        for name, level in sorted(levels.items()):
            if name not in tenants:
                self._namespace(name, level, labels)
        for tenant in self.site.tenants:
            with self.declared_by(tenant):
                self._namespace(tenant.namespace, "restricted", {TENANT: tenant.name})

    def _namespace(self, name: str, level: str, labels: dict[str, str]) -> None:
        version = f"v{self.cluster.kubernetes}"
        security: dict[str, Any] = {}
        for mode in ("enforce", "warn", "audit"):
            security |= {
                f"pod-security.kubernetes.io/{mode}": level,
                f"pod-security.kubernetes.io/{mode}-version": version,
            }
        # Deleting a namespace deletes all that is in it, so Argo CD asks first.
        self.cluster_object(
            "v1",
            "Namespace",
            name,
            metadata={"labels": labels | security | self._meshed(name), "annotations": dict(CONFIRM)},
        )
        deny = default_deny(name)
        self.object(deny["apiVersion"], deny["kind"], "default-deny", namespace=name, spec=deny["spec"])

    def _meshed(self, name: str) -> dict[str, str]:
        """The label by which a namespace is in the mesh; with it the kubelet's probes come from another address."""
        if not mesh.meshed(self.site, name):
            return {}
        probes = mesh.probes(name)
        self.object(probes["apiVersion"], probes["kind"], "kubelet-probes", namespace=name, spec=probes["spec"])
        return mesh.AMBIENT
