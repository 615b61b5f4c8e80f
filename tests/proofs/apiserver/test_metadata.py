"""Metadata: names, namespaces, labels and annotations of whatever kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from groundwork.findings import Finding

Body = dict[str, Any]
FindingsOf = Callable[..., list[Finding]]


def config_map(**metadata: Any) -> Body:
    """A ConfigMap with this metadata."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web", "namespace": "shop", **metadata}}


def named(api_version: str, kind: str, name: str, **body: Any) -> Body:
    """A namespaced object of this name."""
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": "shop"}, **body}


@pytest.mark.parametrize(
    "metadata",
    [
        {"name": "a.b-c.d"},
        {"name": "9lives"},
        {"labels": {"app.kubernetes.io/name": "web", "plain": "", "a": "A_b.c-9"}},
        {"annotations": {"Example.com/Note": "anything\ngoes"}},
        {"labels": None, "annotations": None, "creationTimestamp": None},
        {"finalizers": ["example.com/hold"]},
    ],
)
def test_well_formed_metadata_has_no_finding(metadata: dict[str, Any], findings_of: FindingsOf) -> None:
    """What the API server takes is no finding."""
    assert findings_of(config_map(**metadata)) == []


@pytest.mark.parametrize(
    ("metadata", "rule", "says"),
    [
        ({"name": "Web"}, "name", 'the name "Web" of a ConfigMap is not a DNS name'),
        ({"name": "a" * 254}, "name", "at most 253 characters"),
        ({"namespace": "sh.op"}, "namespace", "is not a DNS label"),
        ({"namespace": ""}, "namespace", "metadata.namespace is missing"),
        ({"labels": {"-app": "web"}}, "label", 'the key "-app"'),
        ({"labels": {"Example.com/app": "web"}}, "label", 'the key "Example.com/app"'),
        ({"labels": {"a" * 64: "web"}}, "label", "at most 63 characters"),
        ({"labels": {"app": "a b"}}, "label", 'app: "a b" is not'),
        ({"labels": {"app": "a" * 64}}, "label", "at most 63 characters"),
        ({"labels": {"app": 1}}, "type", "metadata.labels.app is 1; a string is expected"),
        ({"annotations": {"a b": ""}}, "annotation", 'the key "a b"'),
        ({"annotations": {"a": True}}, "type", "metadata.annotations.a is true; a string is expected"),
        ({"annotations": {"a": "x" * 300_000}}, "annotation", "262144 are allowed"),
        ({"label": {}}, "unknown-field", "did you mean `labels`?"),
        ({"finalizers": ["a", "a"]}, "duplicate", "holds 'a' twice"),
        ({"finalizers": ["a" * 64]}, "finalizer", "at most 63 characters"),
    ],
)
def test_malformed_metadata_is_named(metadata: dict[str, Any], rule: str, says: str, findings_of: FindingsOf) -> None:
    """What the API server refuses is named, with its place."""
    findings = findings_of(config_map(**metadata))

    assert {one.rule for one in findings} == {f"schema/{rule}"}
    assert any(says in one.problem for one in findings), [one.problem for one in findings]
    assert all(one.pointer[0] == "metadata" for one in findings)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (named("v1", "Service", "9lives", spec={"clusterIP": "None"}), "starting with a letter"),
        (named("batch/v1", "CronJob", "a" * 53), "at most 52 characters"),
        (named("batch/v1", "Job", "a" * 64), "at most 63 characters"),
        (named("apps/v1", "StatefulSet", "a.b"), "a DNS label"),
        (named("rbac.authorization.k8s.io/v1", "Role", "a/b"), "without '/'"),
        (named("karpenter.sh/v1", "NodePool", "GPU"), "a DNS name"),
    ],
)
def test_a_kind_with_a_form_of_its_own_is_held_to_it(body: Body, says: str, findings_of: FindingsOf) -> None:
    """Some kinds lend their names to something smaller: a DNS record, a label, a path."""
    problems = [one.problem for one in findings_of(body) if one.rule == "schema/name"]

    assert len(problems) == 1
    assert says in problems[0]


def test_names_are_held_to_no_more_than_their_kinds_form(findings_of: FindingsOf) -> None:
    """RBAC takes colons and capitals in a name."""
    assert findings_of(named("rbac.authorization.k8s.io/v1", "Role", "system:Reader")) == []


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        ({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "namespace": "shop"}}, ["namespace"]),
        ({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}, []),
        ({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "web"}}, ["namespace"]),
        ({"apiVersion": "cert-manager.io/v1", "kind": "ClusterIssuer", "metadata": {"name": "ca"}}, ["required"]),
    ],
)
def test_a_namespace_is_named_exactly_if_the_kind_lives_in_one(
    body: Body, rules: list[str], findings_of: FindingsOf
) -> None:
    """A cluster-scoped object in a namespace and a namespaced one without are both refused."""
    assert [one.rule.removeprefix("schema/") for one in findings_of(body)] == rules


def test_a_misspelt_pod_security_level_is_refused(findings_of: FindingsOf) -> None:
    """A namespace's level of pod security is one of three words."""
    labels = {"pod-security.kubernetes.io/enforce": "restrict", "pod-security.kubernetes.io/warn": "baseline"}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": labels}}

    [finding] = findings_of(namespace)

    assert finding.rule == "schema/label"
    assert "did you mean `restricted`?" in finding.problem


@pytest.mark.parametrize(("version", "fine"), [("latest", True), ("v1.35", True), ("", False), ("1.35", False)])
def test_a_version_of_pod_security_is_one_of_kubernetes(version: str, *, fine: bool, findings_of: FindingsOf) -> None:
    """The API server refuses the namespace otherwise."""
    labels = {"pod-security.kubernetes.io/warn-version": version}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": labels}}

    assert [one.rule for one in findings_of(namespace)] == ([] if fine else ["schema/label"])
