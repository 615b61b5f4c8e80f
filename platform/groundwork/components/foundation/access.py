"""Access: what people may do in the cluster, by the groups of the identity provider. No globs, no secrets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import cdk8s

from groundwork.kube.component import Component
from groundwork.kube.stage import Stage

_LOOK = ("get", "list", "watch")
# What viewers see: the state of things. Logs hold prompts and answers, so they are not among it.
_SEEN = {
    "": ("configmaps", "endpoints", "events", "persistentvolumeclaims", "pods", "services"),
    "apps": ("daemonsets", "deployments", "replicasets", "statefulsets"),
    "autoscaling": ("horizontalpodautoscalers",),
    "batch": ("cronjobs", "jobs"),
    "discovery.k8s.io": ("endpointslices",),
    "external-secrets.io": ("externalsecrets",),
    "gateway.networking.k8s.io": ("gateways", "httproutes"),
    "kagent.dev": ("agents", "modelconfigs", "remotemcpservers"),
    "keda.sh": ("scaledobjects",),
    "networking.k8s.io": ("networkpolicies",),
    "policy": ("poddisruptionbudgets",),
}
# What operators may do besides: restart (a patch of the pod template), scale, end a stuck pod, read logs.
_DONE = (
    ("apps", ("deployments", "statefulsets"), ("patch",)),
    ("apps", ("deployments/scale", "statefulsets/scale"), ("get", "patch", "update")),
    ("", ("pods",), ("delete",)),
    ("", ("pods/log",), ("get",)),
    ("batch", ("jobs",), ("create", "delete")),
)
_CHANGE = ("create", "delete", "patch", "update")
# What administrators may change besides, while Argo CD does not look: it brings back what Git says.
_CHANGED = (
    ("", ("configmaps", "persistentvolumeclaims", "pods", "services")),
    ("apps", ("daemonsets", "deployments", "statefulsets")),
    ("autoscaling", ("horizontalpodautoscalers",)),
    ("batch", ("cronjobs", "jobs")),
    ("gateway.networking.k8s.io", ("httproutes",)),
    ("kagent.dev", ("agents", "modelconfigs", "remotemcpservers")),
    ("keda.sh", ("scaledobjects",)),
    ("networking.k8s.io", ("networkpolicies",)),
    ("policy", ("poddisruptionbudgets",)),
)


class Access(Component):
    """The roles agent-viewer, agent-operator and agent-admin, bound in the platform's namespaces and in each tenant's.

    Each holds the one before it. None reads Secrets or enters a pod; who must do that takes on the role of the cluster's
    administrator, which an access entry of EKS knows (bootstrap/) and RBAC does not.
    """

    stage = Stage.FOUNDATION
    namespace = "kube-system"

    def render(self) -> None:
        seen = [(group, resources, _LOOK) for group, resources in _SEEN.items()]
        self._role("agent-viewer", seen)
        self._role("agent-operator", [*seen, *_DONE])
        changed = [(group, resources, _CHANGE) for group, resources in _CHANGED]
        self._role("agent-admin", [*seen, *_DONE, *changed])
        groups = self.site.organisation.groups
        for namespace in self._platform_namespaces():
            self._bind(namespace, "agent-viewer", [groups.viewers])
            self._bind(namespace, "agent-operator", [groups.operators])
            self._bind(namespace, "agent-admin", [groups.admins])
        for tenant in self.site.tenants:
            with self.declared_by(tenant):
                self._bind(tenant.namespace, "agent-viewer", tenant.groups.viewers)
                self._bind(tenant.namespace, "agent-operator", tenant.groups.operators)
                self._bind(tenant.namespace, "agent-admin", [groups.admins])

    def _platform_namespaces(self) -> list[str]:
        tenants = {tenant.namespace for tenant in self.site.tenants}
        ours = {"ai-agents", "ai-data", "ai-gateway", "ai-inference", "ai-pipelines", "observability"}
        return sorted((ours | self.directory.namespaces.keys()) - tenants)

    def _role(self, name: str, rules: Iterable[tuple[str, tuple[str, ...], tuple[str, ...]]]) -> None:
        # cdk8s-plus takes half a second to import, and only this component's own rendering needs it.
        import cdk8s_plus_33 as kplus  # noqa: PLC0415

        role = kplus.ClusterRole(self.scope, name, metadata=cdk8s.ApiObjectMetadata(name=name))
        for group, resources, verbs in rules:
            targets = [kplus.ApiResource.custom(api_group=group, resource_type=resource) for resource in resources]
            role.allow(list(verbs), *targets)
        self.adopt(role)

    def _bind(self, namespace: str, role: str, groups: Iterable[str]) -> None:
        subjects: list[dict[str, Any]] = [
            {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group} for group in sorted(groups)
        ]
        if subjects:
            self.object(
                "rbac.authorization.k8s.io/v1",
                "RoleBinding",
                role,
                namespace=namespace,
                roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
                subjects=subjects,
            )
