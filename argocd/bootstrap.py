"""Bootstrap: what a person applies once, and the way back. It stands in the tree and is never synced."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from argocd import applications, projects, settings
from argocd.cluster_config import cluster_config
from argocd.image_pushes import images_template
from argocd.recovery import recovery_steps
from argocd.stacks import account_template, certificate_template, cluster_template
from argocd.steps import bootstrap_steps
from argocd.teardown import teardown_steps
from groundwork.fleet.site import Site
from groundwork.kube.configuration import as_yaml
from groundwork.kube.rendering import Rendering

__all__ = ["documents", "objects"]


def objects(site: Site, renderings: Sequence[Rendering]) -> list[dict[str, Any]]:
    """The cluster, the switch for NetworkPolicies where AWS leaves it off, and the root Application with its project."""
    made = [cluster_config(site, renderings), projects.bootstrap_project(site), applications.root(site)]
    return [*made, _network_policy_switch()] if site.cluster.nodes == "auto" else made


def documents(site: Site, renderings: Sequence[Rendering]) -> dict[str, str]:
    """The steps for people, and what their commands take: CloudFormation templates, values for Argo CD's chart."""
    images = images_template(site)
    edge = {"certificate.template": as_yaml(certificate_template(site))} if site.cluster.gateway.edge == "alb" else {}
    return {
        **edge,
        "account.template": as_yaml(account_template(site)),
        "cluster.template": as_yaml(cluster_template(site, renderings)),
        **({"images.template": as_yaml(images)} if images else {}),
        "argocd.values": as_yaml(settings.values(site)),
        "bootstrap.md": bootstrap_steps(site, renderings),
        "recovery.md": recovery_steps(site, renderings),
        "teardown.md": teardown_steps(site, renderings),
    }


def _network_policy_switch() -> dict[str, Any]:
    """Auto Mode takes NetworkPolicies from the start and enforces them only once this says so."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "amazon-vpc-cni", "namespace": "kube-system"},
        "data": {"enable-network-policy-controller": "true"},
    }
