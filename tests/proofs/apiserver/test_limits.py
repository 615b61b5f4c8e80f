"""Limits: structure, words, ranges, forms and choices of built-in kinds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from groundwork.catalog import apis
from groundwork.proofs.apiserver.limits import LIMITS

Refuses = Callable[[str, str, Any, str, str], None]

POD = "spec.template.spec"
WEB = f"{POD}.containers.0"


@pytest.mark.parametrize(
    "example",
    [
        ("Deployment", "spec.replica", 2, "unknown-field", "spec has no field `replica`; did you mean `replicas`?"),
        ("Deployment", f"{WEB}.imagePullpolicy", "Always", "unknown-field", "did you mean `imagePullPolicy`?"),
        ("Deployment", "spec.replicas", "2", "type", 'spec.replicas is "2"; a whole number is expected'),
        ("Deployment", f"{WEB}.env.0.value", 1, "type", "env[0].value is 1; a string is expected"),
        ("Deployment", f"{POD}.containers", {}, "type", "a list is expected"),
        ("Deployment", "spec.selector", ..., "required", "spec lacks the required field `selector`"),
        ("Deployment", "spec", ..., "required", "lacks the required field `spec`"),
        ("IngressClass", "spec", ..., "required", "lacks the required field `spec`"),
        ("IngressClass", "spec.controller", ..., "required", "spec lacks the required field `controller`"),
        (
            "Deployment",
            f"{POD}.volumes.0",
            {"name": "v", "configMap": {}},
            "required",
            "lacks the required field `name`",
        ),
        ("Deployment", f"{POD}.volumes.0", {"name": "v", "hostPath": {"path": ""}}, "size", "is empty"),
        ("Deployment", f"{WEB}.env.1.valueFrom.secretKeyRef.name", "a" * 254, "format", "which is not a DNS name"),
        ("Deployment", f"{WEB}.envFrom.0.configMapRef.name", "Web", "format", "which is not a DNS name"),
        ("Deployment", f"{POD}.volumes.0", {"name": "v", "secret": {}}, "required", "the required field `secretName`"),
        ("Deployment", f"{WEB}.image", ..., "required", "lacks the required field `image`"),
        ("Deployment", f"{POD}.containers", [], "size", "is empty; at least 1 item must stand here"),
        ("Deployment", f"{WEB}.imagePullPolicy", "always", "enum", "did you mean `Always`?"),
        ("Deployment", f"{WEB}.ports.0.protocol", "HTTP", "enum", "not one of SCTP, TCP, UDP"),
        ("Deployment", "spec.strategy.type", "Rolling", "enum", "not one of Recreate, RollingUpdate"),
        ("Deployment", f"{POD}.topologySpreadConstraints.0.whenUnsatisfiable", "Never", "enum", "DoNotSchedule"),
        ("Deployment", f"{POD}.tolerations.0.effect", "NoRun", "enum", "not one of NoExecute"),
        ("StatefulSet", "spec.podManagementPolicy", "parallel", "enum", "did you mean `Parallel`?"),
        ("CronJob", "spec.concurrencyPolicy", "Never", "enum", "not one of Allow, Forbid, Replace"),
        ("Service", "spec.type", "Loadbalancer", "enum", "did you mean `LoadBalancer`?"),
        ("Service", "spec.ports.0.appProtocol", "", "label", "which is not a key"),
        (
            "Deployment",
            f"{WEB}.env.0",
            {"name": "A", "valueFrom": {"secretKeyRef": {"name": "a", "key": "a!"}}},
            "format",
            "key",
        ),
        ("Deployment", f"{POD}.priorityClassName", "High_One", "format", "which is not a DNS name"),
        ("Ingress", "spec.ingressClassName", "ALB!", "format", "which is not a DNS name"),
        ("Ingress", "spec.rules.0.http.paths.0.pathType", "prefix", "enum", "did you mean `Prefix`?"),
        ("NetworkPolicy", "spec.policyTypes.0", "ingress", "enum", "did you mean `Ingress`?"),
        ("PersistentVolumeClaim", "spec.accessModes.0", "RWO", "enum", "ReadWriteOnce"),
        ("LimitRange", "spec.limits.0.type", "Containers", "enum", "did you mean `Container`?"),
        ("StorageClass", "volumeBindingMode", "Late", "enum", "not one of Immediate, WaitForFirstConsumer"),
        ("PriorityClass", "preemptionPolicy", "No", "enum", "not one of Never"),
        ("RoleBinding", "roleRef.kind", "role", "enum", "did you mean `Role`?"),
        ("HorizontalPodAutoscaler", "spec.metrics.0.type", "Cpu", "enum", "not one of ContainerResource"),
        ("ValidatingWebhookConfiguration", "webhooks.0.sideEffects", "Some", "enum", "not one of None, NoneOnDryRun"),
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
        ("Ingress", "spec.rules.0.host", "Example.com", "format", "a DNS name"),
        ("Deployment", f"{WEB}.resources.limits.cpu", "500x", "quantity", 'limits.cpu is "500x"'),
        ("Deployment", f"{POD}.volumes.0.emptyDir.sizeLimit", "1GB", "quantity", "which is not a quantity"),
        ("ResourceQuota", "spec.hard.pods", "ten", "quantity", "spec.hard.pods"),
        ("LimitRange", "spec.limits.0.max.cpu", "2 cores", "quantity", "which is not a quantity"),
        ("PersistentVolumeClaim", "spec.resources.requests.storage", "ten", "quantity", "storage"),
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
        ("Deployment", f"{WEB}.env.2", {"name": "PLAIN", "value": "2"}, "duplicate", "two items with name 'PLAIN'"),
        ("Deployment", f"{POD}.containers.1", {"name": "web", "image": "x"}, "duplicate", "two items with name 'web'"),
        ("Deployment", f"{POD}.volumes.1", {"name": "cache", "emptyDir": {}}, "duplicate", "name 'cache'"),
        ("Deployment", f"{WEB}.ports.1.containerPort", 8080, "duplicate", "containerPort 8080, protocol 'TCP'"),
    ],
    ids=lambda one: f"{one[0]} {one[1]}",
)
def test_a_value_beyond_a_limit_is_refused(example: tuple[str, str, Any, str, str], refuses: Refuses) -> None:
    """One wrong value makes a finding of its rule, which names the field and what it takes."""
    refuses(*example)


def test_every_limit_is_of_a_definition_and_a_field_that_exist() -> None:
    """A limit of a misspelt definition or field would hold for nothing."""
    definitions = apis.kubernetes("1.35").definitions

    unknown = [name for name in LIMITS if name not in definitions]
    misspelt = [
        (name, field)
        for name, limits in LIMITS.items()
        for field in [*limits.get("properties", ()), *limits.get("required", ())]
        if field not in definitions[name]["properties"]
    ]

    assert unknown == []
    assert misspelt == []
