"""Pods: fields of a pod that do not go together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from groundwork.findings import Finding
from groundwork.proofs.apiserver.pods import quantity_of

Body = dict[str, Any]
FindingsOf = Callable[..., list[Finding]]
Changed = Callable[..., Body]
Refuses = Callable[[str, str, Any, str, str], None]

POD = "spec.template.spec"
WEB = f"{POD}.containers.0"


@pytest.mark.parametrize(
    "example",
    [
        ("Deployment", f"{WEB}.resources.requests.cpu", "-1", "quantity", "is negative"),
        ("Deployment", f"{WEB}.resources.limits.vpc~amazonaws~com/efa", "500m", "quantity", "comes in whole numbers"),
        ("Deployment", f"{WEB}.resources.requests.memory", "2Gi", "limits", "is 2Gi, more than the limit of 1Gi"),
        ("Deployment", f"{WEB}.resources.limits.nvidia~com/gpu", ..., "limits", "nvidia.com/gpu is given whole"),
        ("Deployment", f"{WEB}.resources.limits.mem", "1Gi", "limits", "did you mean `memory`?"),
        ("Deployment", f"{WEB}.ports.1.name", "http", "duplicate", "name is http, as another port's"),
        ("Deployment", f"{POD}.containers.0.name", "prepare", "duplicate", "as an init container's is"),
        ("Deployment", f"{WEB}.volumeMounts.0.name", "cach", "mount", "no such volume; did you mean `cache`?"),
        ("StatefulSet", f"{WEB}.volumeMounts.0.name", "disk", "mount", "no such volume"),
        ("Deployment", f"{POD}.restartPolicy", "Never", "restart-policy", "is Never; here it must be Always"),
        ("Job", f"{POD}.restartPolicy", ..., "restart-policy", "is Always; here it must be Never or OnFailure"),
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
    ],
    ids=lambda one: f"{one[0]} {one[1]}",
)
def test_fields_of_a_pod_that_do_not_go_together_are_refused(
    example: tuple[str, str, Any, str, str], refuses: Refuses
) -> None:
    """One contradiction within a pod makes a finding of its rule, which names the place."""
    refuses(*example)


def test_a_pod_on_the_hosts_network_has_equal_ports(
    sound: dict[str, Body], findings_of: FindingsOf, changed: Changed
) -> None:
    """With hostNetwork a hostPort other than the containerPort is refused, and an equal one is fine."""
    host = changed(sound["Deployment"], f"{POD}.hostNetwork", value=True)
    equal = changed(host, f"{WEB}.ports.0.hostPort", 8080)
    different = changed(host, f"{WEB}.ports.0.hostPort", 80)

    problems = [one.problem for one in findings_of(equal, different)]

    assert len(problems) == 1
    assert "equal to containerPort 8080" in problems[0]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (f"{WEB}.resources.requests.cpu", 0.5),
        (f"{POD}.volumes.0", {"name": "cache"}),
        (f"{POD}.initContainers.0.restartPolicy", "Always"),
        (f"{POD}.containers.1", {"name": "sidecar", "image": "sidecar:1", "ports": [{"containerPort": 8080}]}),
        (f"{POD}.tolerations.0", {"operator": "Exists"}),
    ],
)
def test_a_rarer_but_valid_pod_has_no_finding(
    place: str, value: Any, sound: dict[str, Body], findings_of: FindingsOf, changed: Changed
) -> None:
    """The proof refuses nothing that the API server takes."""
    assert findings_of(changed(sound["Deployment"], place, value)) == []


@pytest.mark.parametrize(("written", "amount"), [("500m", 0.5), (2, 2), (0.25, 0.25), (1e300, 10**300), ("1Ki", 1024)])
def test_a_quantity_may_be_a_number_of_any_size(written: Any, amount: float) -> None:
    """YAML has numbers where Kubernetes takes text, and nobody promised that they are small."""
    assert quantity_of(written) == amount
