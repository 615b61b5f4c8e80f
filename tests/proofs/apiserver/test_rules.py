"""Rules: the CEL expressions of custom resources mean here what they mean in the cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from groundwork.catalog import apis
from groundwork.findings import Finding, Severity
from groundwork.proofs.apiserver import rules
from groundwork.proofs.apiserver.rules import coverage, violations
from groundwork.proofs.apiserver.shapes import custom_shape, prepared
from groundwork.tree.yaml import parse

FindingsOf = Callable[..., list[Finding]]


def test_every_rule_compiles(capsys: pytest.CaptureFixture[str]) -> None:
    """What the CEL engine cannot compile would be undecided for every object; the figures are printed."""
    known = (apis.custom_api(group, kind) for group, kind in apis.kinds())

    report = coverage(api.schema(version) for api in known if api is not None for version in api.versions)

    with capsys.disabled():
        print(f"\n{report}")  # noqa: T201 - the figure is for whoever runs the tests
    assert not report.broken
    assert report.compiled > 550
    assert report.transitions > 20


INTEGER = {"type": "integer"}
STRING = {"type": "string"}


@pytest.mark.parametrize(
    ("schema", "value", "rule"),
    [
        ({"type": "number"}, 1, "self + 0.5 == 1.5"),
        ({**STRING, "format": "duration"}, "1h30m", "self > duration('1h')"),
        ({**STRING, "format": "date-time"}, "2026-01-01T00:00:00Z", "self < timestamp('2027-01-01T00:00:00Z')"),
        ({**STRING, "format": "byte"}, "aGVsbG8=", "size(self) == 5"),
        ({"x-kubernetes-int-or-string": True}, "50%", "type(self) == string && self.endsWith('%')"),
        ({"x-kubernetes-int-or-string": True}, 5, "type(self) == int"),
        ({"properties": {"namespace": STRING}}, {"namespace": "a"}, "self.__namespace__ == 'a'"),
        ({"properties": {"a-b": INTEGER}}, {"a-b": 1}, "self.a__dash__b == 1"),
        ({"properties": {"a": INTEGER}}, {"b": 1}, "!has(self.a) && !has(self.b)"),
        ({"additionalProperties": STRING}, {"a-b": "x"}, "self.all(k, self[k] == 'x')"),
        ({"properties": {"a": {"properties": {"b": INTEGER}}}}, {}, "self.?a.b.orValue(2) == 2 && !has(self.?a.b)"),
        ({"properties": {"a": {"properties": {"b": INTEGER}}}}, {"a": {"b": 1}}, "self.?a.?b.orValue(2) == 1"),
        ({"properties": {"a": {"properties": {"b": INTEGER}}}}, {"a": {"b": 1}}, "has(self.?a.b)"),
        ({"items": {"properties": {"a": INTEGER}}}, [{"a": 1}, {}], "self.exists_one(x, has(x.a))"),
        ({"items": {"type": "number"}}, [1, 2], "self[0] + 0.5 == 1.5"),
    ],
)
def test_a_rule_sees_values_as_the_api_server_types_them(schema: dict[str, Any], value: Any, rule: str) -> None:
    """Numbers, formats, maps and awkward property names look to a rule as they do in the cluster."""
    holding = custom_shape({**schema, "x-kubernetes-validations": [{"rule": rule}]})
    failing = custom_shape({**schema, "x-kubernetes-validations": [{"rule": f"!({rule})"}]})

    assert list(violations(prepared(value, holding), holding)) == []
    assert [one.severity for one in violations(prepared(value, failing), failing)] == [Severity.ERROR]


@pytest.mark.parametrize(
    ("rule", "severity", "says"),
    [
        ("self.b == 1", Severity.ERROR, "cannot be evaluated: it reads 'b', which is missing"),
        ("[1][self.a] == 1", Severity.ERROR, "cannot be evaluated: index out of bounds"),
        ("1 / (self.a - 5) == 1", Severity.ERROR, "cannot be evaluated: division by zero"),
        ("quantity('many').isLessThan(quantity('1'))", Severity.ERROR, "'many' is not a quantity"),
        ("self.a", Severity.UNDECIDED, "it yields 5, not true or false"),
        ("self.a + 'x' == ''", Severity.UNDECIDED, "No such overload"),
        ("authorizer.allowed()", Severity.UNDECIDED, "Undefined variable or function: 'authorizer'"),
        ("self.?a.hasValue()", Severity.UNDECIDED, "unsupported syntax"),
    ],
)
def test_a_rule_that_cannot_be_evaluated_is_never_passed_over(rule: str, severity: Severity, says: str) -> None:
    """What fails in the API server too is an error; what only this engine cannot do is undecided."""
    shape = custom_shape({"properties": {"a": INTEGER}, "x-kubernetes-validations": [{"rule": rule}]})

    [fault] = violations({"a": 5}, shape, ("spec",))

    assert fault.severity is severity
    assert fault.problem.startswith("spec: ")
    assert says in fault.problem


def test_rules_are_judged_at_every_depth() -> None:
    """A rule holds for each node of its schema that the document has, and the fault names that node."""
    rule = {"rule": "self < 3", "message": "too many"}
    counts = {"items": {"additionalProperties": {**INTEGER, "x-kubernetes-validations": [rule]}}}
    shape = custom_shape({"properties": {"counts": counts}})

    faults = list(violations({"counts": [{"a": 1, "b": 5}, {}, {"c": 7}]}, shape))

    assert [(one.pointer, one.problem) for one in faults] == [
        (("counts", 0, "b"), "counts[0].b: too many"),
        (("counts", 2, "c"), "counts[2].c: too many"),
    ]


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


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The engine as it is, without our words for CEL's optional fields."""
    monkeypatch.setattr(rules, "_without_options", str)
    vars(rules)["_program"].cache_clear()
    yield
    vars(rules)["_program"].cache_clear()


@pytest.mark.usefixtures("plain")
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
