"""Rules: the CEL expressions of custom resources mean here what they mean in the cluster."""


def test_all_but_three_rules_compile(capsys: pytest.CaptureFixture[str]) -> None:
    """The rules that the CEL engine cannot compile are known by name, and their number is printed."""
    report = coverage(api.schema(version) for api, version in schemas())

    with capsys.disabled():
        print(f"\n{report}")  # noqa: T201 - the figure is for whoever runs the tests
    assert len(report.broken) == 3
    assert all("self.?" in rule and "unsupported syntax" in reason for rule, reason in report.broken)
    assert report.compiled > 550
    assert report.transitions > 20


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
