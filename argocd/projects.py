"""AppProjects: what each area, and each tenant, may install and where. Nothing is in `default`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from groundwork.fleet.site import Site
from groundwork.kube.rendering import Rendering

__all__ = ["ARGOCD", "IN_CLUSTER", "bootstrap_project", "objects"]

ARGOCD = "argocd"
IN_CLUSTER = "https://kubernetes.default.svc"
# Kinds without a namespace that the charts of operators create; what exactly is theirs to say.
_CHART_KINDS = (
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ("apiregistration.k8s.io", "APIService"),
    ("gateway.networking.k8s.io", "GatewayClass"),
    ("nvidia.com", "ClusterPolicy"),
    ("rbac.authorization.k8s.io", "ClusterRole"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
)
# A tenant's Application may hold agents and what belongs to them, never what bounds the tenant.
_NOT_FOR_TENANTS = (
    ("", "LimitRange"),
    ("", "ResourceQuota"),
    ("rbac.authorization.k8s.io", "Role"),
    ("rbac.authorization.k8s.io", "RoleBinding"),
)


def objects(site: Site, renderings: Sequence[Rendering]) -> list[dict[str, Any]]:
    """A project per area and per tenant, each with exactly the sources, namespaces and kinds that it uses."""
    areas: dict[str, list[Rendering]] = defaultdict(list)
    for rendering in renderings:
        areas[rendering.project].append(rendering)
    tenants = {tenant.namespace: tenant for tenant in site.tenants}
    projects = []
    for name, members in sorted(areas.items()):
        spec = _spec(site, members)
        if name in tenants:
            spec["description"] = f"What runs for the tenant {tenants[name].name}"
            spec["namespaceResourceBlacklist"] = _kinds(_NOT_FOR_TENANTS)
            spec["roles"] = [_viewer(name, tenants[name].groups.viewers)]
        else:
            spec["description"] = f"The platform's {name}"
            spec["roles"] = [_viewer(name, [site.organisation.groups.viewers])]
        projects.append(_project(name, spec))
    return projects


def bootstrap_project(site: Site) -> dict[str, Any]:
    """The project of the root Application: it may make projects and Applications, and nothing else."""
    return _project(
        "bootstrap",
        {
            "description": "The root Application",
            "sourceRepos": [site.organisation.repository.url],
            "destinations": [{"server": IN_CLUSTER, "namespace": ARGOCD}],
            "clusterResourceWhitelist": [],
            "namespaceResourceWhitelist": _kinds((("argoproj.io", "AppProject"), ("argoproj.io", "Application"))),
        },
    )


def _spec(site: Site, members: Sequence[Rendering]) -> dict[str, Any]:
    charts = [chart for one in members for chart in one.charts]
    namespaces = {made.body["metadata"].get("namespace", one.namespace) for one in members for made in one.objects}
    namespaces |= {one.namespace for one in members} | {pods.pods.namespace for one in members for pods in one.pods}
    namespaces |= {namespace for one in members for namespace in one.further_namespaces}
    if charts:
        namespaces.add("kube-system")  # operators keep leader election and API-server access there
    kinds = {
        _group_kind(made.body) for one in members for made in one.objects if "namespace" not in made.body["metadata"]
    }
    if charts or any(one.gits for one in members):
        kinds |= set(_CHART_KINDS)
    repositories = {chart.repository for chart in charts} | {git.repository for one in members for git in one.gits}
    spec: dict[str, Any] = {
        "sourceRepos": sorted(repositories | {site.organisation.repository.url}),
        "destinations": [{"server": IN_CLUSTER, "namespace": namespace} for namespace in sorted(namespaces)],
        "clusterResourceWhitelist": _kinds(sorted(kinds)),
    }
    if site.cluster.environment == "production":
        spec["syncWindows"] = [_working_hours()]
    return spec


def _working_hours() -> dict[str, Any]:
    """Production changes while people are there; by hand at any time."""
    return {
        "kind": "allow",
        "schedule": "0 7 * * 1-5",
        "duration": "10h",
        "timeZone": "Etc/UTC",
        "applications": ["*"],
        "manualSync": True,
    }


def _viewer(project: str, groups: Iterable[str]) -> dict[str, Any]:
    policy = f"p, proj:{project}:viewer, applications, get, {project}/*, allow"
    return {
        "name": "viewer",
        "description": "May look at the Applications",
        "policies": [policy],
        "groups": sorted(groups),
    }


def _group_kind(body: dict[str, Any]) -> tuple[str, str]:
    return body["apiVersion"].rpartition("/")[0], body["kind"]


def _kinds(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"group": group, "kind": kind} for group, kind in pairs]


def _project(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": name, "namespace": ARGOCD}
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": metadata, "spec": spec}
