"""Scaling: a scaler has a target of its own, asks for something that exists, and can wake what sleeps."""

from __future__ import annotations

from typing import Any

import pytest

SCALER = """
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: small, namespace: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: small}
  minReplicaCount: 0
  maxReplicaCount: 3
  fallback: {failureThreshold: 3, replicas: 2}
  triggers:
    - type: prometheus
      metadata:
        serverAddress: http://prometheus.shop.svc:9090
        query: sum(vllm:num_requests_waiting{model_name="qwen3"})
        threshold: "4"
      authenticationRef: {name: reader}
    - type: kafka
      metadata: {topic: requests}
"""

REST = """
---
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
apiVersion: keda.sh/v1alpha1
kind: TriggerAuthentication
metadata: {name: reader, namespace: shop}
---
{apiVersion: v1, kind: Service, metadata: {name: prometheus, namespace: shop}, spec: {ports: [{port: 9090}]}}
---
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata: {name: main, namespace: shop}
spec: {podMonitorSelector: {}}
---
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: {name: models, namespace: shop}
spec: {selector: {matchLabels: {kind: model}}, podMetricsEndpoints: [{port: http}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: small, namespace: shop}
spec:
  template: &small
    metadata: {labels: {app: small, kind: model}}
    spec:
      containers:
        - name: vllm
          image: vllm/vllm-openai:v0.30.0
          args: [--served-model-name=qwen3]
          ports: [{name: http, containerPort: 8000}]
          resources: {requests: {cpu: "1"}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: large, namespace: shop}
spec:
  template:
    metadata: {labels: {app: large, kind: model}}
    spec:
      containers:
        - name: vllm
          image: vllm/vllm-openai:v0.30.0
          args: [--served-model-name=glm]
          ports: [{name: http, containerPort: 8000}]
"""


def test_a_scaler_of_something_is_fine(follow: Any) -> None:
    """What it scales, what it asks, as whom, who wakes it, and what it falls back to."""
    followed = follow(SCALER + REST)

    assert followed.problems == {}
    assert {kind for kind in followed.held if kind.startswith("scaler -> ")} == {
        "scaler -> Prometheus",
        "scaler -> TriggerAuthentication",
        "scaler -> fallback",
        "scaler -> series",
        "scaler -> target",
        "scaler -> waker",
    }


@pytest.mark.parametrize(
    ("old", "new", "rule", "says"),
    [
        (
            "kind: Deployment, name: small",
            "kind: Deployment, name: smal",
            "missing-scale-target",
            "did you mean `small`?",
        ),
        (
            "kind: Deployment, name: small",
            "kind: StatefulSet, name: small",
            "missing-scale-target",
            "has no StatefulSet",
        ),
        ("kind: Deployment, name: small", "kind: DaemonSet, name: small", "missing-scale-target", "cannot be scaled"),
        ("sum(vllm:num_requests", "sum(vllm:requests", "no-series", "no exporter has 'vllm:requests_waiting'"),
        ('model_name="qwen3"', 'model_name="qwen"', "other-model", "did you mean `qwen3`?"),
        ("prometheus.shop.svc:9090", "prometheus.shop.svc:9091", "missing-service", "asks for port 9091"),
        (
            "authenticationRef: {name",
            "authenticationRef: {kind: ClusterTriggerAuthentication, name",
            "missing-trigger-authentication",
            "no ClusterTriggerAuthentication 'reader'",
        ),
        (
            "authenticationRef: {name: reader",
            "authenticationRef: {name: readers",
            "missing-trigger-authentication",
            "did you mean `reader`?",
        ),
        ("replicas: 2}", "replicas: 4}", "useless-fallback", "4 replicas, where 3 are the most"),
        ("type: kafka", "type: cpu", "asleep", "only Deployment small itself could tell"),
        ("minReplicaCount: 0", "idleReplicaCount: 1", "", ""),
        (
            "sum(vllm:num_requests_waiting{",
            "max(vllm:kv_cache_usage_perc{",
            "misused-series",
            "is a ratio from 0 to 1, compared with 4",
        ),
        ('threshold: "4"', "threshold: four", "", ""),
    ],
)
def test_a_scaler_of_nothing_is_found(follow: Any, old: str, new: str, rule: str, says: str) -> None:
    """Each by its own rule. What the schema proof refuses is not judged twice."""
    assert old in SCALER

    problems = follow(SCALER.replace(old, new) + REST).problems

    assert set(problems) == ({rule} if rule else set())
    assert says in problems.get(rule, [""])[0]


@pytest.mark.parametrize(
    ("query", "asleep"),
    [
        ('sum(vllm:num_requests_waiting{model_name="qwen3"})', True),
        ('sum(vllm:num_requests_waiting{job="shop/models", model_name=~"qwen.*"})', True),
        ("sum(vllm:num_requests_waiting)", False),
        ('sum(vllm:num_requests_waiting{model_name="glm"})', False),
        ("sum(up)", False),
    ],
)
@pytest.mark.parametrize(
    "least", ["minReplicaCount: 0", "minReplicaCount: 1\n  idleReplicaCount: 0", "pollingInterval: 5"]
)
def test_a_workload_at_zero_is_woken_by_others(follow: Any, query: str, least: str, *, asleep: bool) -> None:
    """Its own series are gone with its last pod, whoever asks for them."""
    text = SCALER.replace('sum(vllm:num_requests_waiting{model_name="qwen3"})', query).replace(
        "minReplicaCount: 0", least
    )
    alone = text.partition("    - type: kafka")[0] + REST

    assert bool(follow(alone).problems["asleep"]) is asleep
    assert not follow(alone.replace(least, "minReplicaCount: 1")).problems["asleep"]


def test_two_who_decide_about_one_workload_are_found(follow: Any) -> None:
    """Another scaler of either kind, and a number that every sync sets back."""
    other = """
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: other, namespace: shop}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: small}}
"""
    assert follow(SCALER + REST + other).problems == {"two-scalers": ["'other' scales Deployment small too"]}
    assert follow(SCALER + REST + other.replace("name: small}", "name: large}")).problems == {}

    fixed = REST.replace("  template: &small", "  replicas: 1\n  template: &small")
    assert follow(SCALER + fixed).problems == {"two-scalers": ["Deployment small declares `replicas` as well"]}


@pytest.mark.parametrize(
    ("metric", "rule", "says"),
    [
        ("{type: Resource, resource: {name: cpu}}", "", ""),
        (
            "{type: Resource, resource: {name: memory}}",
            "missing-request",
            "'vllm' of Deployment small requests no memory",
        ),
        ("{type: ContainerResource, containerResource: {name: cpu, container: vllm}}", "", ""),
        (
            "{type: ContainerResource, containerResource: {name: cpu, container: vlm}}",
            "missing-scale-target",
            "did you mean `vllm`?",
        ),
    ],
)
def test_use_is_measured_by_a_request(follow: Any, metric: str, rule: str, says: str) -> None:
    """A share of nothing cannot be computed."""
    autoscaler = f"""
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {{name: a, namespace: shop}}
spec: {{scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: small}}, metrics: [{metric}]}}
"""
    problems = follow(autoscaler + REST).problems

    assert set(problems) == ({rule} if rule else set())
    assert says in problems.get(rule, [""])[0]


def test_a_trigger_of_memory_needs_a_request_too(follow: Any) -> None:
    """KEDA makes an ordinary autoscaler of it."""
    problems = follow(SCALER.replace("type: kafka", "type: memory").replace("minReplicaCount: 0", "") + REST).problems

    assert problems["missing-request"] == ["the container 'vllm' of Deployment small requests no memory"]


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("{apiVersion: leaderworkerset.x-k8s.io/v1, kind: LeaderWorkerSet, name: wide}", ""),
        ("{apiVersion: apps/v1, kind: Deployment, name: helper}", ""),
        ("{apiVersion: ray.io/v1, kind: RayService, name: helper}", "a RayService cannot be scaled"),
        ("{apiVersion: example.com/v1, kind: Thing, name: a}", "shop has no Thing 'a'"),
    ],
)
def test_custom_resources_can_be_scaled_if_they_say_so(follow: Any, target: str, says: str) -> None:
    """By their scale subresource; what an operator makes has the name of its resource."""
    others = """
---
{apiVersion: leaderworkerset.x-k8s.io/v1, kind: LeaderWorkerSet, metadata: {name: wide, namespace: shop}}
---
{apiVersion: kagent.dev/v1alpha2, kind: Agent, metadata: {name: helper, namespace: shop}}
"""
    text = SCALER.replace("{apiVersion: apps/v1, kind: Deployment, name: small}", target) + REST + others

    assert follow(text).problems["missing-scale-target"] == ([says] if says else [])


@pytest.mark.parametrize(
    ("reference", "rule"),
    [
        ("secretTargetRef: [{parameter: token, name: token, key: value}]", ""),
        ("secretTargetRef: [{parameter: token, name: token, key: values}]", "missing-secret"),
        ("secretTargetRef: [{parameter: token, name: tokens, key: value}]", "missing-secret"),
        ("configMapTargetRef: [{parameter: token, name: token, key: value}]", "missing-config-map"),
    ],
)
def test_an_authentication_reads_what_exists(follow: Any, reference: str, rule: str) -> None:
    """In its own namespace; a cluster-wide one in KEDA's."""
    rest = """
---
{apiVersion: v1, kind: Secret, metadata: {name: token, namespace: keda}, stringData: {value: x}}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: keda, namespace: argocd}
spec: {source: {chart: keda}, destination: {namespace: keda}}
"""
    own = f"{{apiVersion: keda.sh/v1alpha1, kind: TriggerAuthentication, metadata: {{name: a, namespace: keda}}, spec: {{{reference}}}}}"
    wide = own.replace("kind: Trigger", "kind: ClusterTrigger").replace(", namespace: keda", "")

    for text in (own, wide):
        assert set(follow(text + rest).problems) == ({rule} if rule else set())
