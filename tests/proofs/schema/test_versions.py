"""Versions: an object is judged by the API that its own cluster serves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from groundwork.findings import Finding, Severity
from groundwork.proofs import schema
from groundwork.tree.manifest import Manifest
from groundwork.tree.reader import Tree

FindingsOf = Callable[..., list[Finding]]


def manifest(cluster: str, api_version: str, kind: str, **body: Any) -> Manifest:
    """An object of a cluster."""
    content = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "web", "namespace": "shop"}, **body}
    return Manifest(
        cluster=cluster, component="demo", path=PurePosixPath("generated", cluster, "web.yaml"), body=content
    )


@pytest.mark.parametrize(
    ("api_version", "kind", "rule", "says"),
    [
        ("v1", "ConfigMap", None, ""),
        ("apps/v1beta1", "Deployment", "unserved-version", "not served by Kubernetes 1.35; it serves apps/v1"),
        ("batch/v1beta1", "CronJob", "unserved-version", "it serves batch/v1"),
        ("v1", "Deployment", "unknown-kind", "there is one in apps"),
        ("apps/v1", "Deploymant", "unknown-kind", "did you mean `Deployment`?"),
        ("resource.k8s.io/v1alpha3", "DeviceTaintRule", "unknown-kind", "neither built into Kubernetes 1.35"),
        ("v1", "List", "unknown-kind", "v1 List"),
        ("networking.k8s.io/v1", "HTTPRoute", "unknown-kind", "there is one in gateway.networking.k8s.io"),
    ],
)
def test_a_kind_is_served_or_refused(
    api_version: str, kind: str, rule: str | None, says: str, findings_of: FindingsOf
) -> None:
    """Versions that are gone, alpha versions and kinds that never were are refused, with what is served instead."""
    body = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "web", "namespace": "shop"}}

    findings = findings_of(body)

    assert [one.rule for one in findings] == ([f"schema/{rule}"] if rule else [])
    assert all(says in one.problem for one in findings)


def test_a_field_is_judged_by_the_clusters_own_version() -> None:
    """A field that Kubernetes got later is unknown to an older cluster, and fine in a newer one."""
    service = {"ports": [{"port": 80}], "trafficDistribution": "PreferClose"}
    tree = Tree(Path("generated"), [manifest(one, "v1", "Service", spec=service) for one in ("old", "new")])

    findings = schema.check(tree, {"old": "1.28", "new": "1.35"})

    assert [(one.subject.cluster, one.rule) for one in findings if one.subject] == [("old", "schema/unknown-field")]


@pytest.mark.parametrize("versions", [{}, {"a": "1.19"}, {"a": "latest"}])
def test_an_unknown_version_is_undecided_once(versions: dict[str, str]) -> None:
    """Without a known version built-in objects are not judged, which is said once; custom resources are judged still."""
    issuer = manifest("a", "cert-manager.io/v1", "Issuer")
    tree = Tree(Path("generated"), [manifest("a", "v1", "ConfigMap"), manifest("a", "v1", "Secret"), issuer])

    findings = schema.check(tree, versions)

    assert [(one.rule, one.severity) for one in findings] == [
        ("schema/kubernetes-version", Severity.UNDECIDED),
        ("schema/required", Severity.ERROR),
    ]


def test_coverage_counts_the_rules_of_the_kinds_in_use() -> None:
    """Only what the tree holds is counted; a tree of built-in kinds has no CEL rule at all."""
    builtin = Tree(Path("generated"), [manifest("a", "v1", "ConfigMap")])
    custom = Tree(Path("generated"), [manifest("a", "karpenter.sh/v1", "NodePool")])

    assert schema.coverage(builtin).compiled == 0
    assert schema.coverage(custom).compiled > 10
    assert schema.coverage(custom).broken == ()
