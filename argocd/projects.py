"""AppProjects: what each area, and each tenant, may install and where. Nothing is in `default`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from groundwork.fleet.site import Site
from groundwork.fleet.tenant import Tenant
from groundwork.kube.rendering import Rendering

__all__ = ["ARGOCD", "IN_CLUSTER", "bootstrap_project", "objects"]

ARGOCD = "argocd"
IN_CLUSTER = "https://kubernetes.default.svc"

Kind = tuple[str, str]

# Kinds without a namespace that the chart of an operator makes: its API, its webhooks, its permissions.
_OF_CHARTS: frozenset[Kind] = frozenset(
    {
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
        ("apiregistration.k8s.io", "APIService"),
        ("rbac.authorization.k8s.io", "ClusterRole"),
        ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
    }
)
# What single charts make beyond that.
_OF_CHART: dict[str, frozenset[Kind]] = {
    "aws-load-balancer-controller": frozenset(
        {("elbv2.k8s.aws", "IngressClassParams"), ("networking.k8s.io", "IngressClass")}
    ),
    "gpu-operator": frozenset({("nfd.k8s-sigs.io", "NodeFeatureRule"), ("nvidia.com", "ClusterPolicy")}),
    "kgateway": frozenset({("gateway.networking.k8s.io", "GatewayClass")}),
}
# CRDs from upstream's repository; Gateway API's come with a policy against going back to an older version.
_OF_GIT: frozenset[Kind] = frozenset(
    {
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
    }
)
# A tenant's Applications hold agents and what belongs to them, never what bounds the tenant.
_NOT_FOR_TENANTS: tuple[Kind, ...] = (
    ("", "LimitRange"),
    ("", "ResourceQuota"),
    ("rbac.authorization.k8s.io", "Role"),
    ("rbac.authorization.k8s.io", "RoleBinding"),
)
# Operators may start what is declared once more and read logs, which hold prompts and answers; viewers only look.
_RIGHTS = {
    "operator": (
        ("applications", "get"),
        ("applications", "sync"),
        ("applications", "action/apps/Deployment/restart"),
        ("applications", "action/apps/StatefulSet/restart"),
        ("logs", "get"),
    ),
    "viewer": (("applications", "get"),),
}


def objects(site: Site, renderings: Sequence[Rendering]) -> list[dict[str, Any]]:
    """A project per area and per tenant, each with exactly the sources, namespaces and kinds that it uses."""
    areas: dict[str, list[Rendering]] = defaultdict(list)
    for rendering in renderings:
        areas[rendering.project].append(rendering)
    tenants = {tenant.namespace: tenant for tenant in site.tenants}
    projects = []
    for name, members in sorted(areas.items()):
        if name in tenants:
            spec = _of_tenant(tenants[name]) | _spec(site, members)
        else:
            spec = {
                "description": f"The platform's {name}",
                **_spec(site, members),
                "roles": _platform_roles(site, name),
            }
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
            "roles": _platform_roles(site, "bootstrap"),
        },
    )


def _of_tenant(tenant: Tenant) -> dict[str, Any]:
    return {
        "description": f"What runs for the tenant {tenant.name}",
        "namespaceResourceBlacklist": _kinds(_NOT_FOR_TENANTS),
        # What stands in the namespace and came by no Application is shown to the team.
        "orphanedResources": {"warn": True},
        "roles": _roles(tenant.namespace, tenant.groups.operators, tenant.groups.viewers),
    }


def _spec(site: Site, members: Sequence[Rendering]) -> dict[str, Any]:
    charts = [chart for one in members for chart in one.charts]
    gits = [git for one in members for git in one.gits]
    repositories = {one.repository for one in charts} | {one.repository for one in gits}
    spec: dict[str, Any] = {
        "sourceRepos": sorted(repositories | {site.organisation.repository.url}),
        "destinations": [{"server": IN_CLUSTER, "namespace": one} for one in sorted(_namespaces(members))],
        "clusterResourceWhitelist": _kinds(sorted(_cluster_kinds(members))),
    }
    if site.cluster.environment == "production":
        spec["syncWindows"] = [_working_hours()]
    return spec


def _namespaces(members: Sequence[Rendering]) -> set[str]:
    namespaces = {made.body["metadata"].get("namespace", one.namespace) for one in members for made in one.objects}
    namespaces |= {one.namespace for one in members} | {pods.pods.namespace for one in members for pods in one.pods}
    namespaces |= {namespace for one in members for namespace in one.further_namespaces}
    if any(one.charts for one in members):
        # Operators elect their leader and read the API server's client certificate there.
        namespaces.add("kube-system")
    return namespaces


def _cluster_kinds(members: Sequence[Rendering]) -> set[Kind]:
    made = (made.body for one in members for made in one.objects)
    kinds = {
        (body["apiVersion"].rpartition("/")[0], body["kind"]) for body in made if "namespace" not in body["metadata"]
    }
    for chart in (chart for one in members for chart in one.charts):
        kinds |= _OF_CHARTS | _OF_CHART.get(chart.chart, frozenset())
    return kinds | (_OF_GIT if any(one.gits for one in members) else frozenset())


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


def _platform_roles(site: Site, project: str) -> list[dict[str, Any]]:
    groups = site.organisation.groups
    return _roles(project, [groups.operators], [groups.viewers])


def _roles(project: str, operators: Sequence[str], viewers: Sequence[str]) -> list[dict[str, Any]]:
    members = {"operator": operators, "viewer": viewers}
    return [
        {
            "name": role,
            "policies": [
                f"p, proj:{project}:{role}, {kind}, {action}, {project}/*, allow" for kind, action in _RIGHTS[role]
            ],
            "groups": sorted(groups),
        }
        for role, groups in members.items()
        if groups
    ]


def _kinds(pairs: Iterable[Kind]) -> list[dict[str, str]]:
    return [{"group": group, "kind": kind} for group, kind in pairs]


def _project(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": name, "namespace": ARGOCD}
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": metadata, "spec": spec}
