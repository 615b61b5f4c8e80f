"""Projects: what an area or a tenant may install, and that it is no more than it needs."""

from __future__ import annotations

from typing import Any

from tests.argocd.delivered import Delivered


def sources(application: dict[str, Any]) -> list[dict[str, Any]]:
    """An Application has one source or several."""
    spec = application["spec"]
    return spec["sources"] if "sources" in spec else [spec["source"]]


def project_of(delivered: Delivered, application: dict[str, Any]) -> dict[str, Any]:
    """The spec of an Application's project."""
    spec: dict[str, Any] = delivered.one("AppProject", application["spec"]["project"], "argocd")["spec"]
    return spec


def test_every_application_is_within_its_project(delivered: Delivered) -> None:
    """Argo CD refuses to sync a source, a namespace or a kind that the project does not name."""
    for application in delivered.of_kind("Application", "argocd"):
        component, project = application["metadata"]["name"], project_of(delivered, application)
        namespaces = {one["namespace"] for one in project["destinations"]}
        kinds = {(one["group"], one["kind"]) for one in project["clusterResourceWhitelist"]}

        assert {one["repoURL"] for one in sources(application)} <= {*project["sourceRepos"]}, component
        assert application["spec"]["destination"]["namespace"] in namespaces, component
        for body in (body for owner, body in delivered.objects if owner == component):
            if namespace := body["metadata"].get("namespace"):
                assert namespace in namespaces, component
            else:
                assert (body["apiVersion"].rpartition("/")[0], body["kind"]) in kinds, component


def test_nothing_is_in_the_default_project(delivered: Delivered) -> None:
    """`default` allows everything everywhere."""
    projects = {one["metadata"]["name"] for one in delivered.of_kind("AppProject")}

    assert "default" not in projects
    assert {one["spec"]["project"] for one in delivered.of_kind("Application")} <= projects


def test_no_project_has_a_wildcard(delivered: Delivered) -> None:
    """A project that allows `*` is `default` under another name."""
    for project in delivered.of_kind("AppProject"):
        spec = project["spec"]
        named = [*spec["sourceRepos"], *(value for one in spec["destinations"] for value in one.values())]
        kinds = [value for one in spec["clusterResourceWhitelist"] for value in one.values()]

        assert "*" not in named + kinds, project["metadata"]["name"]


def test_the_load_balancer_controllers_chart_may_make_its_ingress_class(karpenter: Delivered) -> None:
    """The chart makes one unasked; without the kind the area does not come up, and other areas have no use for it."""
    allowed = {
        project["metadata"]["name"]
        for project in karpenter.of_kind("AppProject", "argocd")
        if {"group": "networking.k8s.io", "kind": "IngressClass"} in project["spec"]["clusterResourceWhitelist"]
    }

    assert allowed == {"gateway"}


def test_only_operators_reach_the_systems_own_namespace(delivered: Delivered) -> None:
    """Their charts elect leaders there. An area that brings none has no business in it, unless it says so."""
    for project in delivered.of_kind("AppProject", "argocd"):
        name = project["metadata"]["name"]
        members = [one for one in delivered.of_kind("Application", "argocd") if one["spec"]["project"] == name]
        needed = any("chart" in source for one in members for source in sources(one)) or any(
            one["spec"]["destination"]["namespace"] == "kube-system" for one in members
        )

        assert ("kube-system" in {one["namespace"] for one in project["spec"]["destinations"]}) == needed, name


def test_a_tenants_project_holds_the_tenant_and_nothing_else(delivered: Delivered) -> None:
    """Whatever a tenant's declaration becomes, it cannot leave the namespace, bound itself anew or take rights."""
    for tenant in (one for one in delivered.site.tenants if one.agents):
        spec = delivered.one("AppProject", tenant.namespace, "argocd")["spec"]
        refused = {one["kind"] for one in spec["namespaceResourceBlacklist"]}

        assert [one["namespace"] for one in spec["destinations"]] == [tenant.namespace]
        assert spec["sourceRepos"] == [delivered.site.organisation.repository.url]
        assert spec["clusterResourceWhitelist"] == []
        assert refused == {"LimitRange", "ResourceQuota", "Role", "RoleBinding"}
        assert {group for role in spec["roles"] for group in role["groups"]} == {
            *tenant.groups.operators,
            *tenant.groups.viewers,
        }


def test_viewers_do_not_read_logs(delivered: Delivered) -> None:
    """Prompts and answers stand there. Argo CD's own role `readonly` would show them."""
    for project in delivered.of_kind("AppProject"):
        roles = {role["name"]: " ".join(role["policies"]) for role in project["spec"]["roles"]}

        assert "logs" in roles["operator"]
        assert "logs" not in roles["viewer"]


def test_only_production_changes_in_working_hours_alone(delivered: Delivered) -> None:
    """There a window opens on weekdays, and people may sync by hand at any time; elsewhere there is no window."""
    production = delivered.site.cluster.environment == "production"
    for project in delivered.of_kind("AppProject", "argocd"):
        windows = project["spec"].get("syncWindows", [])

        assert bool(windows) == production
        assert all(one["kind"] == "allow" and one["manualSync"] for one in windows)


def test_the_roots_project_can_hold_no_workload(delivered: Delivered) -> None:
    """It brings projects and Applications; what these bring is bounded by theirs."""
    spec = delivered.one("AppProject", component="bootstrap")["spec"]

    assert {one["kind"] for one in spec["namespaceResourceWhitelist"]} == {"Application", "AppProject"}
    assert spec["clusterResourceWhitelist"] == []
