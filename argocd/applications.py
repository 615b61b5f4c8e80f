"""Applications: one per component, in the wave of its stage. The root Application syncs them and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from argocd.projects import ARGOCD, IN_CLUSTER
from groundwork.fleet.site import Site
from groundwork.kube.rendering import ChartRelease, GitRelease, Rendering

__all__ = ["objects", "root"]

# With it, removing a component from Git removes what it made; objects that hold data ask a person first.
_FINALIZER = "resources-finalizer.argocd.argoproj.io"


def objects(site: Site, renderings: Sequence[Rendering], with_files: Collection[str]) -> list[dict[str, Any]]:
    """The Applications of a cluster.

    Args:
        site: the cluster.
        renderings: its components.
        with_files: components that have a folder in the tree; the others are only charts.
    """
    applications = []
    for rendering in renderings:
        sources = [_chart(one) for one in rendering.charts] + [_git(one) for one in rendering.gits]
        if rendering.component in with_files:
            sources.append(_own(site, rendering.component))
        if sources:
            applications.append(_application(rendering, sources))
    return applications


def root(site: Site) -> dict[str, Any]:
    """The one Application that a person applies: it brings all others. Without a finalizer, so that they outlive it."""
    spec = {
        "project": "bootstrap",
        "source": _own(site, "argocd"),
        "destination": {"server": IN_CLUSTER, "namespace": ARGOCD},
        "syncPolicy": _policy(),
    }
    metadata = {"name": "groundwork", "namespace": ARGOCD}
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata, "spec": spec}


def _application(rendering: Rendering, sources: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {
            "name": rendering.component,
            "namespace": ARGOCD,
            "annotations": {"argocd.argoproj.io/sync-wave": str(int(rendering.stage))},
            "finalizers": [_FINALIZER],
        },
        "spec": {
            "project": rendering.project,
            **({"source": sources[0]} if len(sources) == 1 else {"sources": sources}),
            "destination": {"server": IN_CLUSTER, "namespace": rendering.namespace},
            "syncPolicy": _policy(),
        },
    }


def _chart(release: ChartRelease) -> dict[str, Any]:
    helm: dict[str, Any] = {"releaseName": release.release}
    if release.values:
        helm["valuesObject"] = dict(release.values)
    if release.skip_crds:
        helm["skipCrds"] = True
    return {"repoURL": release.repository, "chart": release.chart, "targetRevision": release.version, "helm": helm}


def _git(release: GitRelease) -> dict[str, Any]:
    return {"repoURL": release.repository, "targetRevision": release.version, "path": release.path}


def _own(site: Site, component: str) -> dict[str, Any]:
    repository = site.organisation.repository
    return {
        "repoURL": repository.url,
        "targetRevision": repository.revision,
        "path": f"generated/{site.name}/{component}",
        "directory": {"recurse": True},
    }


def _policy() -> dict[str, Any]:
    """Bring-up waits for machines, certificates and weights: it tries until it succeeds, each time with the newest commit."""
    return {
        "automated": {"prune": True, "selfHeal": True},
        "retry": {"limit": -1, "refresh": True, "backoff": {"duration": "10s", "factor": 2, "maxDuration": "5m"}},
        "syncOptions": [
            "ServerSideApply=true",
            "PruneLast=true",
            "FailOnSharedResource=true",
            "RespectIgnoreDifferences=true",
        ],
    }
