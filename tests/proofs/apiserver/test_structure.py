"""Structure: the schemas of custom resources refuse what their API server refuses, and no more."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from groundwork.catalog import apis
from groundwork.findings import Finding
from groundwork.proofs.apiserver.structure import custom_structure
from groundwork.proofs.apiserver.wording import faults_of
from groundwork.tree.yaml import parse

Body = dict[str, Any]
FindingsOf = Callable[..., list[Finding]]
Changed = Callable[..., Body]

NODE_POOL, NODE_CLASS, ROUTE = parse("""
apiVersion: karpenter.sh/v1
kind: NodePool
metadata: {name: gpu}
spec:
  limits: {cpu: 100, memory: 400Gi}
  disruption: {consolidateAfter: 10m, budgets: [{nodes: 10%}]}
  template:
    spec:
      nodeClassRef: {group: eks.amazonaws.com, kind: NodeClass, name: gpu}
      requirements: [{key: karpenter.sh/capacity-type, operator: In, values: [on-demand]}]
---
apiVersion: eks.amazonaws.com/v1
kind: NodeClass
metadata: {name: gpu}
spec:
  role: node
  subnetSelectorTerms: [{tags: {cluster: a}}]
  securityGroupSelectorTerms: [{id: sg-1}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: models, namespace: ai-gateway}
spec:
  parentRefs: [{name: edge}]
  rules:
    - matches: [{path: {value: /v1}}]
      backendRefs: [{name: litellm, port: 4000}]
      timeouts: {request: 600s}
""")


def test_every_schema_compiles() -> None:
    """No schema of the catalogue is beyond the validator."""
    known = [apis.custom_api(group, kind) for group, kind in apis.kinds()]
    versions = [(api, version) for api in known if api is not None for version in api.versions]

    compiled = [custom_structure(api, version).validator for api, version in versions]

    assert len(compiled) == len(versions) > 200


@pytest.mark.parametrize(
    ("schema", "value", "rule"),
    [
        ({"type": "object"}, {"a": 1}, "unknown-field"),
        ({"type": "object", "x-kubernetes-preserve-unknown-fields": True}, {"a": 1}, None),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, {"a": "x"}, "type"),
        ({"type": "object", "x-kubernetes-embedded-resource": True}, {"kind": "A", "spec": 1}, "unknown-field"),
        ({"type": "object", "x-kubernetes-embedded-resource": True}, {"kind": "A", "metadata": {}}, None),
        ({"type": "string", "nullable": True}, None, None),
        ({"type": "string", "nullable": True}, 1, "type"),
        ({"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]}, "1", None),
        ({"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]}, 1.5, "type"),
        ({"type": "integer", "format": "int32"}, 2**31, "range"),
        ({"type": "integer", "minimum": 0, "exclusiveMinimum": True}, 0, "range"),
        ({"type": "integer", "minimum": 0, "exclusiveMinimum": False}, 0, None),
        ({"type": "string", "pattern": "^(?i)(abort|warn)?$"}, "WARN", None),
        ({"type": "string", "pattern": "^(?i)(abort|warn)?$"}, "stop", "pattern"),
        ({"type": "string", "format": "duration"}, "1h", None),
        ({"type": "string", "format": "duration"}, "PT1H", "format"),
        ({"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}}, ["a", "a"], "duplicate"),
        ({"type": "array", "x-kubernetes-list-type": "atomic", "items": {"type": "string"}}, ["a", "a"], None),
        ({"type": "array", "x-kubernetes-list-map-keys": ["a"], "items": {"type": "object"}}, [1], "type"),
    ],
)
def test_a_structural_schema_is_as_strict_as_the_server(
    schema: Body, value: Any, rule: str | None, tmp_path: Path
) -> None:
    """Closed objects, nullable, int-or-string, Go's expressions and list types mean what Kubernetes means by them."""
    line = json.dumps({"name": "v1", "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": schema}}}})
    file = tmp_path / "widgets.json"
    file.write_text(f'{{"spec":{{"versions":[\n{line.replace(": ", ":", 1)}\n]}}}}\n')
    structure = custom_structure(apis.CustomApi("example.com", "Widget", ("v1",), file), "v1")

    faults = list(faults_of(structure, {"apiVersion": "example.com/v1", "kind": "Widget", "spec": value}))

    assert [one.rule for one in faults] == ([rule] if rule else [])


def test_sound_objects_have_no_finding(findings_of: FindingsOf) -> None:
    """Objects as upstream documents them pass."""
    findings = findings_of(NODE_POOL, NODE_CLASS, ROUTE)

    assert findings == []


@pytest.mark.parametrize(
    ("body", "place", "value", "rule", "says"),
    [
        (NODE_POOL, "apiVersion", "karpenter.sh/v1beta1", "unserved-version", "its API has karpenter.sh/v1"),
        (NODE_POOL, "spec.disruptions", {}, "unknown-field", "spec has no field `disruptions`; did you mean"),
        (NODE_POOL, "metadata.label", {}, "unknown-field", "metadata has no field `label`; did you mean `labels`?"),
        (NODE_POOL, "spec.weight", "10", "type", 'spec.weight is "10"; a whole number is expected'),
        (NODE_POOL, "spec.weight", 101, "range", "it must be at most 100"),
        (NODE_POOL, "spec.weight", None, "type", "spec.weight is null; a whole number is expected"),
        (NODE_POOL, "spec.limits.cpu", "many", "quantity", "which is not a quantity"),
        (NODE_POOL, "spec.limits.cpu", "10", None, ""),
        (NODE_POOL, "spec.disruption.budgets.0.nodes", "ten", "pattern", "does not match"),
        (NODE_POOL, "spec.disruption.consolidationPolicy", "Empty", "enum", "did you mean `WhenEmpty`?"),
        (NODE_POOL, "spec.template.spec.requirements.0.operator", "in", "enum", "did you mean `In`?"),
        (NODE_POOL, "spec.template.spec.requirements", ..., "required", "lacks the required field `requirements`"),
        (NODE_POOL, "spec.template.spec.requirements.0.key", "karpenter.sh/own", "cel", "restricted"),
        (NODE_POOL, "spec.replicas", 2, "cel", ""),
        (NODE_CLASS, "spec.instanceProfile", "node", "cel", "exactly one of ['role', 'instanceProfile']"),
        (NODE_CLASS, "spec.ephemeralStorage.iops", 100, "range", "it must be at least 3000"),
        (NODE_CLASS, "spec.securityGroupSelectorTerms", [], "cel", "cannot be empty"),
        (ROUTE, "spec.rules.0.matches.0.path.value", "v1", "cel", "value must be an absolute path"),
        (ROUTE, "spec.rules.0.timeouts.request", "ten seconds", "pattern", "does not match"),
        (ROUTE, "spec.rules.0.timeouts.backendRequest", "900s", "cel", "backendRequest timeout cannot be longer"),
        (ROUTE, "spec.parentRefs.1", {"name": "edge"}, "cel", "sectionName"),
        (ROUTE, "metadata.namespace", ..., "namespace", "but metadata.namespace is missing"),
        (NODE_POOL, "metadata.namespace", "shop", "namespace", "a NodePool lives in no namespace"),
    ],
)
def test_a_wrong_place_is_named(  # noqa: PLR0917 - one column of the table each
    body: Body, place: str, value: Any, rule: str | None, says: str, findings_of: FindingsOf, changed: Changed
) -> None:
    """One wrong place makes a finding of its rule; what only looks odd (no rule) makes none."""
    findings = findings_of(changed(body, place, value))

    assert {one.rule for one in findings} == ({f"schema/{rule}"} if rule else set())
    assert rule is None or any(says in one.problem for one in findings), [one.problem for one in findings]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("advancedNetworking", {"associatePublicIPAddress": False, "ipv4PrefixSize": "32"}),
        ("advancedNetworking", {"httpsProxy": "http://192.0.2.4:3128", "noProxy": ["localhost"]}),
        ("advancedSecurity", {"fips": True}),
        ("capacityReservationSelectorTerms", [{"id": "cr-0123456789abcdef0"}]),
        ("certificateBundles", [{"name": "corporate", "data": "aGVsbG8="}]),
        ("podSubnetSelectorTerms", [{"tags": {"pods": "yes"}}]),
        ("podSecurityGroupSelectorTerms", [{"name": "pods"}]),
        ("ephemeralStorage", {"size": "100Gi", "kmsKeyID": "alias/nodes"}),
    ],
)
def test_what_aws_documents_of_a_node_class_is_accepted(
    place: str, value: Any, findings_of: FindingsOf, changed: Changed
) -> None:
    """Fields that Auto Mode's NodeClass got after its schema was last published are no findings."""
    findings = findings_of(changed(NODE_CLASS, f"spec.{place}", value))

    assert findings == []


def test_a_node_class_may_have_an_instance_profile_instead_of_a_role(findings_of: FindingsOf, changed: Changed) -> None:
    """Exactly one of role and instanceProfile is asked for, and either will do."""
    profile = changed(changed(NODE_CLASS, "spec.role", ...), "spec.instanceProfile", "node")
    neither = changed(NODE_CLASS, "spec.role", ...)

    assert findings_of(profile) == []
    assert [one.rule for one in findings_of(neither)] == ["schema/cel"]


def test_unknown_fields_are_kept_where_the_api_says_so(findings_of: FindingsOf) -> None:
    """Below x-kubernetes-preserve-unknown-fields anything may stand."""
    [application] = parse("""
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: demo, namespace: argocd}
spec:
  project: platform
  destination: {server: "https://kubernetes.default.svc"}
  source: {repoURL: "https://example.com", chart: demo, targetRevision: 1.0.0, helm: {valuesObject: {any: [1, null]}}}
""")

    assert findings_of(application) == []
