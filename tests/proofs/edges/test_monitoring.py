"""Monitoring: a monitor finds what it is to scrape, a Prometheus picks it, and nothing is measured for nobody."""

from __future__ import annotations

from typing import Any

import pytest

MONITOR = """
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: web, namespace: shop, labels: {release: main}}
spec:
  selector: {matchLabels: {app: web}}
  endpoints: [{port: metrics}]
"""

POD_MONITOR = """
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: {name: web, namespace: shop, labels: {release: main}}
spec:
  selector: {matchLabels: {app: web}}
  podMetricsEndpoints: [{port: numbers}]
"""

WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web, ports: [{name: numbers, containerPort: 9100}]}]}
"""

REST = """
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata: {name: main, namespace: shop}
spec:
  serviceMonitorSelector: {matchLabels: {release: main}}
  podMonitorSelector: {}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {selector: {app: web}, ports: [{name: metrics, port: 80, targetPort: numbers}]}
"""

SOUND = f"{MONITOR}---{WEB}---\n{REST}"
PODS = f"{POD_MONITOR}---{WEB}---\n{REST}"


@pytest.mark.parametrize("text", [SOUND, PODS, SOUND.replace("port: metrics}", "targetPort: 9100}")])
def test_a_monitor_of_something_is_fine(follow: Any, text: str) -> None:
    """Its selector, its ports and the Prometheus that picks it are counted."""
    followed = follow(text)

    assert followed.problems == {}
    assert followed.held["monitor -> scraped"] == followed.held["monitor -> port"] == 1


@pytest.mark.parametrize(
    ("text", "old", "new", "says"),
    [
        (SOUND, "matchLabels: {app: web}", "matchLabels: {app: wep}", "no Service of shop carries app=wep"),
        (
            SOUND,
            "spec:\n  selector",
            "spec:\n  namespaceSelector: {matchNames: [shops]}\n  selector",
            "did you mean `shop`?",
        ),
        (SOUND, "port: metrics}", "port: numbers}", "has no port 'numbers' but metrics"),
        (SOUND, "port: metrics}", "targetPort: 9101}", "has no port '9101'"),
        (PODS, "matchLabels: {app: web}", "matchLabels: {app: wep}", "no pod of shop carries app=wep"),
        (PODS, "port: numbers}", "port: number}", "did you mean `numbers`?"),
        (PODS, "port: numbers}", "portNumber: 9101}", "has no port '9101' but 9100, numbers"),
    ],
)
def test_a_monitor_of_nothing_is_found(follow: Any, text: str, old: str, new: str, says: str) -> None:
    """To the operator it is no error."""
    assert old in text

    problems = follow(text.replace(old, new, 1)).problems

    assert set(problems) == {"nothing-scraped"}
    assert any(says in problem for problem in problems["nothing-scraped"])


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("labels: {release: main}", "labels: {release: other}", "'main' does not pick it"),
        ("serviceMonitorSelector:", "serviceMonitorSelektor:", "'main' does not pick it"),
        ("namespace: shop}\nspec:\n  serviceMonitor", "namespace: other}\nspec:\n  serviceMonitor", "does not pick it"),
        ("kind: Prometheus\n", "kind: Prometeus\n", "there is no Prometheus"),
    ],
)
def test_a_monitor_that_no_prometheus_picks_is_found(follow: Any, old: str, new: str, says: str) -> None:
    """By its labels, in namespaces that the Prometheus looks into."""
    assert old in SOUND

    (problem,) = follow(SOUND.replace(old, new, 1)).problems["not-picked"]

    assert says in problem


def test_a_prometheus_that_a_chart_brings_picks_what_nobody_knows(follow: Any) -> None:
    """That is assumed."""
    stack = "{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {name: a}, spec: {source: {chart: kube-prometheus-stack}}}"

    followed = follow(SOUND.replace("kind: Prometheus\n", "kind: Other\n") + f"---\n{stack}\n")

    assert followed.problems == {}
    assert any(edge.kind == "ServiceMonitor <- Prometheus" and edge.assumed for edge in followed.edges)


@pytest.mark.parametrize(("selector", "picked"), [("ruleSelector: {}", True), ("", False)])
def test_rules_are_picked_as_monitors_are(follow: Any, selector: str, *, picked: bool) -> None:
    """A Prometheus without a ruleSelector evaluates nothing."""
    rules = (
        "{apiVersion: monitoring.coreos.com/v1, kind: PrometheusRule, metadata: {name: a, namespace: shop}, spec: {}}\n"
    )

    followed = follow(f"{rules}---\n" + REST.replace("podMonitorSelector: {}", selector))

    assert bool(followed.problems["not-picked"]) is not picked


@pytest.mark.parametrize(("labels", "found"), [("{app: web}", True), ("{app: other}", False)])
def test_a_probe_has_something_to_probe(follow: Any, labels: str, *, found: bool) -> None:
    """Ingresses are selected by their labels."""
    probe = """
apiVersion: monitoring.coreos.com/v1
kind: Probe
metadata: {name: web, namespace: shop}
spec: {targets: {ingress: {selector: {matchLabels: {app: web}}}}}
"""
    ingress = f"{{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {{name: web, namespace: shop, labels: {labels}}}}}"

    followed = follow(f"{probe}---\n{ingress}\n---\n{REST}")

    assert bool(followed.held["Probe -> Ingress"]) is found
    assert bool(followed.problems["nothing-scraped"]) is not found


@pytest.mark.parametrize(
    ("port", "image", "warned"),
    [
        ("{name: metrics, containerPort: 9100}", "web", True),
        ("{name: http-metrics, containerPort: 9100}", "web", True),
        ("{name: http, containerPort: 8000}", "docker.io/vllm/vllm-openai:v0.30.0", True),
        ("{name: http, containerPort: 9100}", "web", False),
        ("{name: numbers, containerPort: 9100}", "web", False),
    ],
)
def test_a_port_of_metrics_that_nobody_asks_is_found(follow: Any, port: str, image: str, *, warned: bool) -> None:
    """Known by its name, or by what the image is known to expose."""
    web = WEB.replace("{name: numbers, containerPort: 9100}", port).replace("image: web", f"image: {image}")

    alone = follow(f"{web}---\n{REST}")
    scraped = follow(f"{web}---{POD_MONITOR.replace('port: numbers', f'portNumber: {port[-5:-1].strip()}')}---\n{REST}")

    assert bool(alone.problems["unscraped"]) is warned
    assert bool(scraped.held["metrics port <- monitor"]) is warned
    assert not scraped.problems["unscraped"]
