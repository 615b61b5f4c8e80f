"""Built-in kinds: a sound object of each passes, and one wrong place in it is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from groundwork.findings import Finding, Severity
from groundwork.tree.yaml import parse

Body = dict[str, Any]
FindingsOf = Callable[..., list[Finding]]
Changed = Callable[..., Body]


SOUND: dict[str, Body] = {body["kind"]: body for body in parse((Path(__file__).parent / "sound.yaml").read_bytes())}

POD = "spec.template.spec"
WEB = f"{POD}.containers.0"
TERM = (
    f"{POD}.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms.0.matchExpressions.0"
)


class Wrong(NamedTuple):
    """One place of a sound object made wrong, and what the finding says then."""

    kind: str
    place: str
    value: Any
    rule: str
    says: str


WRONG = [
    Wrong(*example)
    for example in (
        # structure
        ("Deployment", "spec.replica", 2, "unknown-field", "spec has no field `replica`; did you mean `replicas`?"),
        ("Deployment", f"{WEB}.imagePullpolicy", "Always", "unknown-field", "did you mean `imagePullPolicy`?"),
        ("Deployment", "spec.replicas", "2", "type", 'spec.replicas is "2"; a whole number is expected'),
        ("Deployment", f"{WEB}.env.0.value", 1, "type", "env[0].value is 1; a string is expected"),
        ("Deployment", f"{POD}.containers", {}, "type", "a list is expected"),
        ("Deployment", "spec.selector", ..., "required", "spec lacks the required field `selector`"),
        ("Deployment", "spec", ..., "required", "lacks the required field `spec`"),
        ("Deployment", f"{WEB}.image", ..., "required", "lacks the required field `image`"),
        ("Deployment", f"{POD}.containers", [], "size", "is empty; at least 1 item must stand here"),
        # words
        ("Deployment", f"{WEB}.imagePullPolicy", "always", "enum", "did you mean `Always`?"),
        ("Deployment", f"{WEB}.ports.0.protocol", "HTTP", "enum", "not one of SCTP, TCP, UDP"),
        ("Deployment", "spec.strategy.type", "Rolling", "enum", "not one of Recreate, RollingUpdate"),
        ("Deployment", f"{POD}.topologySpreadConstraints.0.whenUnsatisfiable", "Never", "enum", "DoNotSchedule"),
        ("Deployment", f"{POD}.tolerations.0.effect", "NoRun", "enum", "not one of NoExecute"),
        ("StatefulSet", "spec.podManagementPolicy", "parallel", "enum", "did you mean `Parallel`?"),
        ("CronJob", "spec.concurrencyPolicy", "Never", "enum", "not one of Allow, Forbid, Replace"),
        ("Service", "spec.type", "Loadbalancer", "enum", "did you mean `LoadBalancer`?"),
        ("Ingress", "spec.rules.0.http.paths.0.pathType", "prefix", "enum", "did you mean `Prefix`?"),
        ("NetworkPolicy", "spec.policyTypes.0", "ingress", "enum", "did you mean `Ingress`?"),
        ("PersistentVolumeClaim", "spec.accessModes.0", "RWO", "enum", "ReadWriteOnce"),
        ("LimitRange", "spec.limits.0.type", "Containers", "enum", "did you mean `Container`?"),
        ("StorageClass", "volumeBindingMode", "Late", "enum", "not one of Immediate, WaitForFirstConsumer"),
        ("PriorityClass", "preemptionPolicy", "No", "enum", "not one of Never"),
        ("RoleBinding", "roleRef.kind", "role", "enum", "did you mean `Role`?"),
        ("HorizontalPodAutoscaler", "spec.metrics.0.type", "Cpu", "enum", "not one of ContainerResource"),
        ("ValidatingWebhookConfiguration", "webhooks.0.sideEffects", "Some", "enum", "not one of None, NoneOnDryRun"),
        # ranges
        (
            "Deployment",
            f"{WEB}.ports.0.containerPort",
            99999,
            "range",
            "containerPort is 99999; it must be at most 65535",
        ),
        ("Deployment", f"{WEB}.readinessProbe.tcpSocket.port", 0, "range", "at least 1"),
        ("Deployment", "spec.replicas", -1, "range", "at least 0"),
        ("Deployment", "spec.replicas", 2**31, "range", "at most 2147483647"),
        ("Deployment", f"{WEB}.securityContext.runAsUser", -5, "range", "at least 0"),
        ("Service", "spec.ports.0.port", 70000, "range", "at most 65535"),
        ("PriorityClass", "value", 2 * 10**9, "range", "at most 1000000000"),
        ("PodDisruptionBudget", "spec.maxUnavailable", "150%", "range", "more than all pods"),
        # forms
        ("Deployment", f"{WEB}.name", "Web_1", "format", "which is not a DNS label"),
        ("Deployment", f"{WEB}.ports.0.name", "a-very-long-port-name", "format", "at most 15 characters"),
        ("Deployment", f"{WEB}.livenessProbe.httpGet.port", "8080", "format", "a letter among them"),
        ("Deployment", f"{WEB}.env.0.name", "A=B", "format", "without '='"),
        ("Deployment", "spec.strategy.rollingUpdate.maxSurge", "a quarter", "format", "a percentage such as 25%"),
        ("Deployment", f"{POD}.nodeSelector", {"bad key": "x"}, "label", 'the key "bad key"'),
        ("Deployment", f"{POD}.nodeSelector.zone", "a b", "label", "letters, digits"),
        ("CronJob", "spec.schedule", "every night", "cron", "not a cron schedule"),
        ("CronJob", "spec.schedule", "61 2 * * *", "cron", "not a cron schedule"),
        ("CronJob", "spec.timeZone", "Berlin", "format", "a time zone of the IANA database"),
        ("NetworkPolicy", "spec.egress.0.to.0.ipBlock.cidr", "10.0.0.0", "format", "a CIDR block"),
        ("Secret", "data.tls~crt", "not base64!", "format", "is not base64"),
        ("ConfigMap", "data", {"a/b": ""}, "format", 'the key "a/b"'),
        ("Service", "spec.clusterIP", "nowhere", "format", "neither None nor an IP address"),
        ("Ingress", "spec.rules.0.host", "Example.com", "format", "a DNS name"),
        # quantities
        ("Deployment", f"{WEB}.resources.limits.cpu", "500x", "quantity", 'limits.cpu is "500x"'),
        ("Deployment", f"{POD}.volumes.0.emptyDir.sizeLimit", "1GB", "quantity", "which is not a quantity"),
        ("ResourceQuota", "spec.hard.pods", "ten", "quantity", "spec.hard.pods"),
        ("ResourceQuota", "spec.hard.pods", -1, "quantity", "is negative"),
        ("LimitRange", "spec.limits.0.max.cpu", "2 cores", "quantity", "which is not a quantity"),
        ("PersistentVolumeClaim", "spec.resources.requests.storage", "ten", "quantity", "storage"),
        ("Deployment", f"{WEB}.resources.requests.cpu", "-1", "quantity", "is negative"),
        ("Deployment", f"{WEB}.resources.limits.vpc~amazonaws~com/efa", "500m", "quantity", "comes in whole numbers"),
        # limits
        ("Deployment", f"{WEB}.resources.requests.memory", "2Gi", "limits", "is 2Gi, more than the limit of 1Gi"),
        ("Deployment", f"{WEB}.resources.limits.nvidia~com/gpu", ..., "limits", "nvidia.com/gpu is given whole"),
        ("Deployment", f"{WEB}.resources.limits.mem", "1Gi", "limits", "did you mean `memory`?"),
        # one of several
        ("Deployment", f"{WEB}.env.1.value", "x", "choice", "may not have `value` and `valueFrom` at once"),
        ("Deployment", f"{WEB}.env.1.valueFrom", {}, "choice", "takes exactly one of configMapKeyRef"),
        ("Deployment", f"{WEB}.livenessProbe.exec", {"command": ["ls"]}, "choice", "it has `exec` and `httpGet`"),
        ("Deployment", f"{WEB}.livenessProbe.httpGet", ..., "choice", "it has none"),
        ("PodDisruptionBudget", "spec.minAvailable", 1, "choice", "`maxUnavailable` and `minAvailable`"),
        (
            "Ingress",
            "spec.rules.0.http.paths.0.backend.service.port.number",
            80,
            "choice",
            "exactly one of name, number",
        ),
        # twice
        ("Deployment", f"{WEB}.env.2", {"name": "PLAIN", "value": "2"}, "duplicate", "two items with name 'PLAIN'"),
        ("Deployment", f"{WEB}.ports.1.containerPort", 8080, "duplicate", "containerPort 8080, protocol 'TCP'"),
        ("Deployment", f"{WEB}.ports.1.name", "http", "duplicate", "name is http, as another port's"),
        ("Deployment", f"{POD}.containers.1", {"name": "web", "image": "x"}, "duplicate", "two items with name 'web'"),
        ("Deployment", f"{POD}.containers.0.name", "prepare", "duplicate", "as an init container's is"),
        ("Deployment", f"{POD}.volumes.1", {"name": "cache", "emptyDir": {}}, "duplicate", "name 'cache'"),
        ("Service", "spec.ports.1.name", "http", "duplicate", "spec.ports[1].name is http"),
        ("ConfigMap", "binaryData.config~yaml", "aGVsbG8=", "duplicate", "stands in data and in binaryData"),
        # mounts, selectors, restart policies
        ("Deployment", f"{WEB}.volumeMounts.0.name", "cach", "mount", "no such volume; did you mean `cache`?"),
        ("StatefulSet", f"{WEB}.volumeMounts.0.name", "disk", "mount", "no such volume"),
        (
            "Deployment",
            "spec.template.metadata.labels.app",
            "shop",
            "selector",
            'the label app of the pod template is "shop"',
        ),
        ("Deployment", "spec.selector", {}, "selector", "spec.selector is empty"),
        ("StatefulSet", "spec.template.metadata.labels.app", "web", "selector", "does not match the labels"),
        ("Deployment", f"{POD}.restartPolicy", "Never", "restart-policy", "is Never; here it must be Always"),
        ("Job", f"{POD}.restartPolicy", ..., "restart-policy", "is Always; here it must be Never or OnFailure"),
        # fields that do not go together
        ("Deployment", "spec.strategy.type", "Recreate", "conflict", "is set beside type Recreate"),
        ("Deployment", "spec.strategy.rollingUpdate.maxSurge", 0, "conflict", "nothing can ever be replaced"),
        ("Deployment", "spec.progressDeadlineSeconds", 0, "conflict", "more than minReadySeconds"),
        ("Deployment", f"{POD}.volumes.0.secret", {"secretName": "x"}, "conflict", "the sources emptyDir, secret"),
        ("Deployment", f"{POD}.initContainers.0.livenessProbe", {"grpc": {"port": 1}}, "conflict", "runs to its end"),
        ("Deployment", f"{WEB}.livenessProbe.successThreshold", 3, "conflict", "here it must be 1"),
        ("Deployment", f"{WEB}.volumeMounts.0.subPath", "../etc", "conflict", "leaves the volume"),
        ("Deployment", f"{WEB}.volumeMounts.0.subPathExpr", "x", "conflict", "both subPath and subPathExpr"),
        ("Deployment", f"{WEB}.securityContext.privileged", True, "conflict", "is privileged and forbids"),
        ("Deployment", f"{WEB}.securityContext.seccompProfile.type", "Localhost", "conflict", "localhostProfile"),
        ("Deployment", f"{POD}.tolerations.0.value", "x", "conflict", "which the operator Exists does not take"),
        ("Deployment", f"{POD}.tolerations.0.tolerationSeconds", 5, "conflict", "without the effect NoExecute"),
        ("Deployment", f"{POD}.tolerations.0", {"operator": "Equal"}, "conflict", "has no key"),
        ("Deployment", f"{POD}.topologySpreadConstraints.0.minDomains", 2, "conflict", "without whenUnsatisfiable"),
        ("Deployment", f"{TERM}.values", [], "conflict", "operator In without values"),
        ("Deployment", f"{TERM}.operator", "Gt", "conflict", "which takes one whole number"),
        (
            "StatefulSet",
            "spec.selector.matchExpressions.0.operator",
            "Exists",
            "conflict",
            "beside the operator Exists",
        ),
        ("StatefulSet", "spec.updateStrategy.rollingUpdate", {"partition": 1}, "conflict", "beside type OnDelete"),
        ("CronJob", "spec.jobTemplate.spec.completions", ..., "conflict", "Indexed without completions"),
        (
            "CronJob",
            "spec.jobTemplate.spec.template.spec.restartPolicy",
            "OnFailure",
            "conflict",
            "restartPolicy Never",
        ),
        ("Job", "spec.selector", {"matchLabels": {"a": "b"}}, "conflict", "is chosen by the API server"),
        ("Service", "spec.ports", ..., "conflict", "which only a headless Service may lack"),
        ("Service", "spec.type", "ExternalName", "conflict", "without an externalName"),
        ("Service", "spec.ports.0.nodePort", 30080, "conflict", "is set on a Service of type ClusterIP"),
        ("Service", "spec.externalTrafficPolicy", "Local", "conflict", "only NodePort and LoadBalancer have it"),
        ("Service", "spec.loadBalancerClass", "eks.amazonaws.com/nlb", "conflict", "of type ClusterIP"),
        ("Service", "spec.ports.1.name", ..., "required", "with several ports each needs one"),
        ("Ingress", "spec.rules", ..., "conflict", "neither rules nor a defaultBackend"),
        ("Ingress", "spec.rules.0.http.paths.0.path", "api", "conflict", "with pathType Prefix it starts with /"),
        ("NetworkPolicy", "spec.ingress.0.from.0", {}, "conflict", "names no peer"),
        ("NetworkPolicy", "spec.egress.0.to.0.podSelector", {}, "conflict", "an ipBlock beside a selector"),
        ("NetworkPolicy", "spec.egress.0.to.0.ipBlock.except.0", "10.1.0.0/24", "conflict", "does not lie within"),
        ("NetworkPolicy", "spec.egress.0.ports.0.endPort", 7000, "conflict", "below port 8000"),
        ("NetworkPolicy", "spec.egress.0.ports.0.port", "http", "conflict", "needs a numeric port"),
        ("HorizontalPodAutoscaler", "spec.minReplicas", 9, "conflict", "more than maxReplicas (5)"),
        (
            "HorizontalPodAutoscaler",
            "spec.metrics.0.resource",
            ...,
            "conflict",
            "so it has `resource` and nothing else",
        ),
        ("LimitRange", "spec.limits.0.min.cpu", "300m", "conflict", "min 300m of cpu above defaultRequest 200m"),
        ("LimitRange", "spec.limits.0.type", "Pod", "conflict", "which a Pod as a whole cannot have"),
        ("Role", "rules.0.nonResourceURLs", ["/metrics"], "conflict", "which only a ClusterRole can"),
        ("Role", "rules.0.resources", ..., "conflict", "names no resources of an apiGroup"),
        ("ClusterRole", "rules.0.resources", ["pods"], "conflict", "both resources and nonResourceURLs"),
        ("ClusterRoleBinding", "roleRef.kind", "Role", "conflict", "must be ClusterRole"),
        ("RoleBinding", "subjects.0.namespace", ..., "required", "a ServiceAccount without its namespace"),
        ("RoleBinding", "subjects.1.apiGroup", "iam", "conflict", "a Group is of rbac.authorization.k8s.io"),
        ("PersistentVolumeClaim", "spec.resources.requests", {}, "required", "lacks the required field `storage`"),
        ("Secret", "stringData", ..., "required", "lacks the required key `tls.key`"),
        ("ConfigMap", "data.big", "x" * 1_100_000, "size", "bytes of data; 1048576 are allowed"),
        ("ValidatingWebhookConfiguration", "webhooks.0.name", "pods", "name", "at least three parts"),
        ("CustomResourceDefinition", "spec.group", "example.org", "name", "must be named widgets.example.org"),
    )
]


@pytest.mark.parametrize("kind", SOUND)
def test_a_sound_object_has_no_finding(kind: str, findings_of: FindingsOf) -> None:
    """A valid object of each kind passes, so that every failing example below fails for its own reason."""
    findings = findings_of(SOUND[kind])

    assert findings == []


@pytest.mark.parametrize("wrong", WRONG, ids=lambda one: f"{one.kind} {one.place} {one.rule}")
def test_a_wrong_place_is_named(wrong: Wrong, findings_of: FindingsOf, changed: Changed) -> None:
    """One wrong place makes exactly one kind of finding, which says what is wrong with that place."""
    body = changed(SOUND[wrong.kind], wrong.place, wrong.value)

    findings = findings_of(body)

    assert {one.rule for one in findings} == {f"schema/{wrong.rule}"}
    assert any(wrong.says in one.problem for one in findings), [one.problem for one in findings]
    assert all(one.severity is Severity.ERROR and one.why and one.fix for one in findings)


@pytest.mark.parametrize(
    ("kind", "place", "value"),
    [
        ("Deployment", f"{WEB}.resources.requests.cpu", 0.5),
        ("Deployment", f"{WEB}.ports.1", {"name": "dns", "containerPort": 8080, "protocol": "UDP"}),
        ("Deployment", f"{POD}.volumes.0", {"name": "cache"}),
        ("Deployment", "metadata.creationTimestamp", None),
        ("Deployment", "spec.paused", None),
        ("Deployment", f"{POD}.initContainers.0.restartPolicy", "Always"),
        ("CronJob", "spec.schedule", "@daily"),
        ("CronJob", "spec.schedule", "*/5 0,12 1-15 jan *"),
        ("Service", "spec.clusterIP", "None"),
        ("NetworkPolicy", "spec.egress.0.ports.0.endPort", 8000),
        ("PodDisruptionBudget", "spec.maxUnavailable", 1),
        ("ConfigMap", "data.big", "x" * 900_000),
    ],
)
def test_a_rarer_but_valid_spelling_has_no_finding(
    kind: str, place: str, value: Any, findings_of: FindingsOf, changed: Changed
) -> None:
    """The proof refuses nothing that the API server takes: numbers for quantities, null for "left out", cron words."""
    body = changed(SOUND[kind], place, value)

    findings = findings_of(body)

    assert findings == []


def test_a_pod_on_the_hosts_network_has_equal_ports(findings_of: FindingsOf, changed: Changed) -> None:
    """With hostNetwork a hostPort other than the containerPort is refused, and an equal one is fine."""
    host = changed(SOUND["Deployment"], f"{POD}.hostNetwork", value=True)
    equal = changed(host, f"{WEB}.ports.0.hostPort", 8080)
    different = changed(host, f"{WEB}.ports.0.hostPort", 80)

    problems = [one.problem for one in findings_of(equal, different)]

    assert len(problems) == 1
    assert "equal to containerPort 8080" in problems[0]


def test_the_pointer_leads_to_the_place(findings_of: FindingsOf, changed: Changed) -> None:
    """A finding's pointer is the path of keys and indexes at which the value stands, so that a line can be printed."""
    body = changed(SOUND["Deployment"], f"{WEB}.ports.0.containerPort", 0)

    findings = findings_of(body)

    expected = ("spec", "template", "spec", "containers", 0, "ports", 0, "containerPort")
    assert [one.pointer for one in findings] == [expected]
