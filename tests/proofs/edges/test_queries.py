"""Queries: a series is one that something scraped has, asked for as what it is."""

from __future__ import annotations

from typing import Any

import pytest

CLUSTER = """
---
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata: {name: main, namespace: observability}
spec:
  serviceMonitorSelector: {}
  serviceMonitorNamespaceSelector: {}
  ruleSelector: {}
  ruleNamespaceSelector: {}
  externalLabels: {cluster: test}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: small, namespace: shop}
spec:
  selector: {matchLabels: {app: small}}
  template:
    metadata: {labels: {app: small}}
    spec:
      containers:
        - name: vllm
          image: docker.io/vllm/vllm-openai:v0.30.0
          args: [--served-model-name=qwen3-4b, --port=8000]
          ports: [{name: http, containerPort: 8000}]
---
apiVersion: v1
kind: Service
metadata: {name: small, namespace: shop, labels: {app: small}}
spec: {selector: {app: small}, ports: [{name: http, port: 80, targetPort: http}]}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: small, namespace: shop}
spec:
  selector: {matchLabels: {app: small}}
  endpoints: [{port: http, relabelings: [{targetLabel: zone}]}]
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: stack, namespace: argocd}
spec:
  source:
    chart: kube-prometheus-stack
    helm: {valuesObject: {prometheus: {enabled: false}, coreDns: {enabled: false}}}
  destination: {namespace: observability}
---
{apiVersion: batch/v1, kind: CronJob, metadata: {name: backup, namespace: shop}}
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: others, namespace: shop}
spec:
  groups:
    - name: others
      rules:
        - {record: "model:waiting:sum", expr: "sum by (model_name) (vllm:num_requests_waiting)"}
        - {alert: QueueLong, expr: "model:waiting:sum > 5"}
"""

RULE = """
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: mine, namespace: shop}
spec: {groups: [{name: mine, rules: [{alert: Mine, expr: %s}]}]}
"""


def rule(expression: str) -> str:
    """A cluster whose first object is an alert."""
    return RULE % ("'" + expression.replace("'", "''") + "'") + CLUSTER


@pytest.mark.parametrize(
    "expression",
    [
        "vllm:num_requests_waiting > 5",
        'sum(vllm:num_requests_waiting{model_name="qwen3-4b"})',
        'rate(vllm:request_success_total{finished_reason=~"abort|error"}[5m])',
        "histogram_quantile(0.9, sum by (le) (rate(vllm:time_to_first_token_seconds_bucket[5m])))",
        "vllm:kv_cache_usage_perc > 0.9",
        '{__name__=~"vllm:num_requests_(waiting|running)"}',
        'up{namespace="shop"} == 0',
        "model:waiting:sum > 5",
        'model:waiting:sum{anything="1"} > 5',
        'ALERTS{alertname="QueueLong"}',
        'vllm:num_requests_waiting{job="small", service="small", namespace="shop"}',
        'vllm:num_requests_waiting{namespace!="nowhere", model_name!~"x.*", model_name=~".*"}',
        'vllm:num_requests_waiting{zone="a", cluster="test", exported_job="x", pod=~"small-.*"}',
        'time() - kube_cronjob_status_last_successful_time{cronjob=~".*backup"} > 3600',
        'kube_job_failed{job_name=~"backup-.+", condition="true"} > 0',
        'kube_deployment_status_replicas{namespace="shop", deployment="small"}',
        'kube_deployment_status_replicas{deployment="made-by-some-chart"}',
        'kube_pod_labels{label_team="a"}',
    ],
)
def test_a_query_for_what_is_there_is_fine(follow: Any, expression: str) -> None:
    """Exporters that a monitor reaches, recorded series, and what Prometheus itself adds."""
    followed = follow(rule(expression))

    assert followed.problems == {}
    assert followed.held["PrometheusRule -> series"] > 0


@pytest.mark.parametrize(
    ("expression", "broken", "says"),
    [
        ("sum(up", "bad-query", "not PromQL: unclosed left parenthesis"),
        ("vllm:kv_cache_usage_percent > 0.9", "no-series", "did you mean `vllm:kv_cache_usage_perc`?"),
        ("vllm:gpu_cache_usage_perc > 0.9", "no-series", "no exporter has 'vllm:gpu_cache_usage_perc'"),
        ("vllm:prompt_tokens > 1", "no-series", "did you mean `vllm:prompt_tokens_total`?"),
        ('{__name__=~"vlm:.*"}', "no-series", 'no exporter has a series with __name__=~"vlm:.*"'),
        ("DCGM_FI_DEV_GPU_TEMP > 85", "not-scraped", "comes from dcgm-exporter, which nothing here scrapes"),
        ('{__name__=~"DCGM_.*"}', "not-scraped", "comes from dcgm-exporter"),
        ("coredns_dns_requests_total > 1", "not-scraped", "comes from coredns"),
        (
            "rate(vllm:num_requests_waiting[5m])",
            "misused-series",
            "rate() of 'vllm:num_requests_waiting', which is a gauge",
        ),
        ("delta(vllm:prompt_tokens_total[5m])", "misused-series", "delta() of 'vllm:prompt_tokens_total'"),
        ("vllm:time_to_first_token_seconds > 1", "misused-series", "is a histogram: its series are _bucket"),
        ("vllm:kv_cache_usage_perc > 90", "misused-series", "is a ratio from 0 to 1, compared with 90"),
        ("max(vllm:kv_cache_usage_perc) > 90", "misused-series", "is a ratio from 0 to 1"),
        (
            "histogram_quantile(0.9, sum(rate(vllm:time_to_first_token_seconds_bucket[5m])))",
            "misused-series",
            "after its label `le` was summed away",
        ),
        ('vllm:num_requests_waiting{model_name="qwen3"}', "other-model", "did you mean `qwen3-4b`?"),
        ('vllm:num_requests_waiting{model_name=~"llama.*"}', "other-model", 'with model_name=~"llama.*"'),
        ('model:waiting:sum{model_name="qwen3"}', "other-model", "did you mean `qwen3-4b`?"),
        ('up{namespace="shops"}', "other-label", 'with namespace="shops"; did you mean `shop`?'),
        ('vllm:num_requests_waiting{job="smal"}', "other-label", "did you mean `small`?"),
        ('vllm:num_requests_waiting{service="large"}', "other-label", 'with service="large"'),
        ('vllm:request_success_total{finished_reason="timeout"}', "other-label", 'with finished_reason="timeout"'),
        (
            'vllm:num_requests_waiting{model="qwen3-4b"}',
            "other-label",
            "has no label 'model'; did you mean `model_name`?",
        ),
        ('kube_cronjob_status_last_successful_time{cronjob="backups"}', "other-label", "did you mean `backup`?"),
        (
            'kube_deployment_status_replicas{namespace="shop", deployment="smal"}',
            "other-label",
            "did you mean `small`?",
        ),
        ('ALERTS{alertname="QueueLonger"}', "other-label", "did you mean `QueueLong`?"),
    ],
)
def test_a_query_for_nothing_is_found(follow: Any, expression: str, broken: str, says: str) -> None:
    """To Prometheus it would be an empty answer."""
    problems = follow(rule(expression)).problems

    assert list(problems) == [broken]
    assert says in problems[broken][0]


@pytest.mark.parametrize("removed", ["kind: ServiceMonitor", "serviceMonitorSelector: {}", "port: http, relabelings"])
def test_series_that_nobody_asks_for_are_found(follow: Any, removed: str) -> None:
    """Without the monitor, without a Prometheus that picks it, and without its port the exporter runs for nobody."""
    other = {"kind: ServiceMonitor": "kind: Other", "port: http, relabelings": "port: https, relabelings"}
    text = rule("vllm:num_requests_waiting > 5").replace(removed, other.get(removed, ""))

    assert follow(text).problems["not-scraped"] == [
        "'vllm:num_requests_waiting' comes from vllm, which nothing here scrapes"
    ]


def test_a_percentage_against_a_share_is_found(follow: Any) -> None:
    """The other way round: 0.9 of 100 is always exceeded."""
    gpu = "{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {name: gpu}, spec: {source: {chart: gpu-operator}}}"

    problems = follow(rule("DCGM_FI_DEV_GPU_UTIL > 0.9") + f"---\n{gpu}\n").problems

    assert problems == {"misused-series": ["'DCGM_FI_DEV_GPU_UTIL' is a percentage from 0 to 100, compared with 0.9"]}
