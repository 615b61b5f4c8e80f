"""Kinds: fields of one kind that do not go together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from groundwork.findings import Finding

Body = dict[str, Any]
FindingsOf = Callable[..., list[Finding]]
Changed = Callable[..., Body]
Refuses = Callable[[str, str, Any, str, str], None]

TERM = (
    "spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution"
    ".nodeSelectorTerms.0.matchExpressions.0"
)


@pytest.mark.parametrize(
    "example",
    [
        ("PodDisruptionBudget", "spec.maxUnavailable", "150%", "range", "more than all pods"),
        ("ResourceQuota", "spec.hard.pods", -1, "quantity", "is negative"),
        ("ConfigMap", "binaryData.config~yaml", "aGVsbG8=", "duplicate", "stands in data and in binaryData"),
        (
            "Deployment",
            "spec.template.metadata.labels.app",
            "shop",
            "selector",
            'the label app of the pod template is "shop"',
        ),
        ("Deployment", "spec.selector", {}, "selector", "spec.selector is empty"),
        ("StatefulSet", "spec.template.metadata.labels.app", "web", "selector", "does not match the labels"),
        ("Deployment", "spec.strategy.type", "Recreate", "conflict", "is set beside type Recreate"),
        ("Deployment", "spec.strategy.rollingUpdate.maxSurge", 0, "conflict", "nothing can ever be replaced"),
        ("Deployment", "spec.progressDeadlineSeconds", 0, "conflict", "more than minReadySeconds"),
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
        ("HorizontalPodAutoscaler", "spec.minReplicas", 9, "conflict", "more than maxReplicas (5)"),
        (
            "HorizontalPodAutoscaler",
            "spec.metrics.0.resource",
            ...,
            "conflict",
            "so it has `resource` and nothing else",
        ),
        ("LimitRange", "spec.limits.0.min.cpu", "300m", "conflict", "min 300m of cpu above defaultRequest 200m"),
        ("LimitRange", "spec.limits", [{"type": "Pod"}, {"type": "Pod"}], "conflict", "is a second limit of type Pod"),
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
    ],
    ids=lambda one: f"{one[0]} {one[1]}",
)
def test_fields_of_a_kind_that_do_not_go_together_are_refused(
    example: tuple[str, str, Any, str, str], refuses: Refuses
) -> None:
    """One contradiction within an object makes a finding of its rule, which names the place."""
    refuses(*example)


def test_sound_objects_of_every_kind_have_no_finding(sound: dict[str, Body], findings_of: FindingsOf) -> None:
    """What the failing examples are made of passes, so that each of them fails for its own reason."""
    assert findings_of(*sound.values()) == []


@pytest.mark.parametrize(
    ("kind", "place", "value"),
    [
        ("CronJob", "spec.schedule", "@daily"),
        ("CronJob", "spec.schedule", "*/5 0,12 1-15 jan *"),
        ("Deployment", "metadata.creationTimestamp", None),
        ("Deployment", "spec.paused", None),
        ("PodDisruptionBudget", "spec.maxUnavailable", 1),
        ("ConfigMap", "data.big", "x" * 900_000),
        ("StatefulSet", "spec.selector.matchExpressions.0", {"key": "app", "operator": "Exists"}),
        ("StatefulSet", "spec.selector.matchExpressions.0", {"key": "app", "operator": "NotIn", "values": ["web"]}),
        ("StatefulSet", "spec.selector.matchExpressions.0", {"key": "tier", "operator": "DoesNotExist"}),
    ],
)
def test_a_rarer_but_valid_spelling_has_no_finding(
    kind: str, place: str, value: Any, *, sound: dict[str, Body], findings_of: FindingsOf, changed: Changed
) -> None:
    """Null means "left out", and there is more than one way to say most things."""
    assert findings_of(changed(sound[kind], place, value)) == []
