"""Custom resources: structure, defaults and CEL rules are judged as the API server judges them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from groundwork.catalog import apis
from groundwork.findings import Finding, Severity
from groundwork.proofs.schema.rules import coverage, violations
from groundwork.proofs.schema.shapes import custom_shape, prepared
from groundwork.proofs.schema.structure import custom_structure
from groundwork.tree.yaml import parse

Body = dict[str, Any]
FindingsOf = Callable[..., list[Finding]]
Changed = Callable[..., Body]

NODE_POOL, NODE_CLASS, ROUTE, CLUSTER = parse("""
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
---
apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: demo, region: us-east-1, version: "1.35"}
autoModeConfig: {enabled: true, nodePools: [system]}
""")


def schemas() -> list[tuple[apis.CustomApi, str]]:
    """Every served version of every custom resource."""
    known = (apis.custom_api(group, kind) for group, kind in apis.kinds())
    return [(api, version) for api in known if api is not None for version in api.versions]


def test_every_schema_compiles() -> None:
    """No schema of the catalogue is beyond the validator."""
    compiled = [custom_structure(api, version).validator for api, version in schemas()]

    assert len(compiled) == len(schemas()) > 200


def test_all_but_three_rules_compile(capsys: pytest.CaptureFixture[str]) -> None:
    """The rules that the CEL engine cannot compile are known by name, and their number is printed."""
    report = coverage(api.schema(version) for api, version in schemas())

    with capsys.disabled():
        print(f"\n{report}")  # noqa: T201 - the figure is for whoever runs the tests
    assert len(report.broken) == 3
    assert all("self.?" in rule and "unsupported syntax" in reason for rule, reason in report.broken)
    assert report.compiled > 550
    assert report.transitions > 20


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
        (NODE_POOL, "spec.weight", None, None, ""),
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


def test_defaults_are_filled_in_before_rules_are_judged() -> None:
    """A rule about a field with a default sees the default, as it does in the API server."""
    schema = {
        "type": "object",
        "properties": {
            "mode": {"type": "string", "default": "auto"},
            "limits": {"type": "object", "default": {}, "properties": {"cpu": {"type": "integer", "default": 2}}},
        },
        "x-kubernetes-validations": [{"rule": "self.mode == 'auto' && self.limits.cpu == 2"}],
    }
    shape = custom_shape(schema)

    document = prepared({"mode": None}, shape)

    assert document == {"mode": "auto", "limits": {"cpu": 2}}
    assert list(violations(document, shape)) == []


@pytest.mark.parametrize(
    ("schema", "value", "rule", "holds"),
    [
        ({"type": "number"}, 1, "self + 0.5 == 1.5", True),
        ({"type": "string", "format": "duration"}, "1h30m", "self > duration('1h')", True),
        (
            {"type": "string", "format": "date-time"},
            "2026-01-01T00:00:00Z",
            "self < timestamp('2027-01-01T00:00:00Z')",
            True,
        ),
        ({"type": "string", "format": "byte"}, "aGVsbG8=", "size(self) == 5", True),
        ({"x-kubernetes-int-or-string": True}, "50%", "type(self) == string && self.endsWith('%')", True),
        ({"x-kubernetes-int-or-string": True}, 5, "type(self) == int", True),
        ({"type": "string"}, "1Gi", "quantity(self) == quantity('1024Mi')", True),
        ({"type": "string"}, "2Gi", "quantity(self).isLessThan(quantity('1Gi'))", False),
        ({"type": "string"}, "https://a.example:8443/x?y=1", "url(self).getHostname() == 'a.example'", True),
        ({"type": "string"}, "https://a.example:8443", "isURL(self) && url(self).getPort() == '8443'", True),
        ({"type": "string"}, "10.0.0.7", "isIP(self) && cidr('10.0.0.0/24').containsIP(ip(self))", True),
        ({"type": "string"}, "10.1.0.0/16", "cidr('10.0.0.0/8').containsCIDR(self)", True),
        ({"type": "string"}, "a-12-b", "self.find('[0-9]+') == '12'", True),
        ({"type": "string"}, "abc", "matches(self, '^[a-c]+$')", True),
        ({"type": "string"}, "abc", "self.startsWith('b')", False),
        (
            {"type": "object", "properties": {"namespace": {"type": "string"}}},
            {"namespace": "a"},
            "self.__namespace__ == 'a'",
            True,
        ),
        ({"type": "object", "properties": {"a-b": {"type": "integer"}}}, {"a-b": 1}, "self.a__dash__b == 1", True),
        (
            {"type": "object", "additionalProperties": {"type": "string"}},
            {"a-b": "x"},
            "self.all(k, self[k] == 'x')",
            True,
        ),
        ({"type": "object", "properties": {"a": {"type": "integer"}}}, {}, "self.a == 1", False),
    ],
)
def test_a_rule_sees_values_as_the_api_server_types_them(
    schema: dict[str, Any], value: Any, rule: str, *, holds: bool
) -> None:
    """Numbers, formats, property names and Kubernetes' own functions mean in a rule what they mean in the cluster."""
    shape = custom_shape({**schema, "x-kubernetes-validations": [{"rule": rule, "message": "no"}]})

    faults = list(violations(prepared(value, shape), shape))

    assert [one.severity for one in faults] == ([] if holds else [Severity.ERROR])


def test_a_message_expression_says_what_is_wrong() -> None:
    """A rule's messageExpression goes before its message."""
    rule = {"rule": "self < 3", "message": "too many", "messageExpression": "'at most 3, not ' + string(self)"}
    shape = custom_shape({"type": "integer", "x-kubernetes-validations": [rule]})

    [fault] = violations(7, shape, ("spec", "replicas"))

    assert fault.problem == "spec.replicas: at most 3, not 7"


def test_a_rule_about_a_change_is_not_applied_to_a_state() -> None:
    """A rule that reads oldSelf says nothing about one state; it is counted, and makes no finding."""
    schema = {"type": "integer", "x-kubernetes-validations": [{"rule": "self == oldSelf", "message": "immutable"}]}

    assert list(violations(1, custom_shape(schema))) == []
    assert coverage([schema]).transitions == 1


def test_a_rule_that_cannot_be_compiled_is_undecided_once(findings_of: FindingsOf) -> None:
    """Where the engine gives up, the tree is told so once per rule, whatever number of objects it would have judged."""
    [extension] = parse("""
apiVersion: gateway.kgateway.dev/v1alpha1
kind: GatewayExtension
metadata: {name: login, namespace: ai-gateway}
spec:
  oauth2:
    backendRef: {name: login, port: 443}
    issuerURI: https://login.example.com
    redirectURI: https://chat.example.com/oauth2/redirect
    credentials: {clientID: chat, clientSecretRef: {name: chat}}
""")
    again = {**extension, "metadata": {"name": "again", "namespace": "ai-gateway"}}

    findings = findings_of(extension, again)

    assert {one.severity for one in findings} == {Severity.UNDECIDED}
    assert len(findings) == len({one.problem for one in findings}) == 3
    assert {one.subject.name for one in findings if one.subject} == {"login"}


def test_eksctls_cluster_config_is_judged_by_eksctls_schema(findings_of: FindingsOf, changed: Changed) -> None:
    """In bootstrap/ it is eksctl's own file; a misspelt field is a finding."""
    misspelt = changed(CLUSTER, "autoModeConfig.enable", value=True)

    assert findings_of(CLUSTER, component="bootstrap") == []
    [finding] = findings_of(misspelt, component="bootstrap")
    assert finding.problem == "autoModeConfig has no field `enable`; did you mean `enabled`?"


def test_eksctls_cluster_config_is_unknown_to_an_api_server(findings_of: FindingsOf) -> None:
    """Where Argo CD would sync it, it is an object that no API server serves."""
    findings = findings_of(CLUSTER, component="cluster")

    assert [one.rule for one in findings] == ["schema/unknown-kind"]
