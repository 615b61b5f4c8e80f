"""Scrapes: an exporter is reached where a Prometheus picks a monitor that names its port."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from groundwork.catalog import operator_facts
from groundwork.proofs.edges.scrapes import exposures, scrapes
from groundwork.proofs.world import World
from groundwork.tree.manifest import Manifest
from groundwork.tree.reader import Tree
from groundwork.tree.yaml import parse

PROMETHEUS = """
---
{apiVersion: v1, kind: Namespace, metadata: {name: observability}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: data, labels: {team: a}}}
---
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata: {name: main, namespace: observability}
spec:
  podMonitorSelector: {}
  podMonitorNamespaceSelector: {matchLabels: {team: a}}
  serviceMonitorSelector: {matchLabels: {scrape: "yes"}}
  serviceMonitorNamespaceSelector: {}
"""

VALKEY = """
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: cache, namespace: data}
spec:
  template:
    metadata: {labels: {app: cache}}
    spec:
      containers:
        - {name: valkey, image: valkey/valkey:9, ports: [{name: valkey, containerPort: 6379}]}
        - {name: exporter, image: "ghcr.io/oliver006/redis_exporter:v1", ports: [{name: metrics, containerPort: 9121}]}
---
apiVersion: v1
kind: Service
metadata: {name: cache, namespace: data, labels: {app: cache, tier: fast}}
spec:
  selector: {app: cache}
  ports: [{name: valkey, port: 6379}, {name: numbers, port: 80, targetPort: metrics}]
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: cache, namespace: data, labels: {scrape: "yes"}}
spec: {selector: {matchLabels: {app: cache}}, endpoints: [{port: numbers}]}
"""


def world_of(text: str) -> World:
    """A cluster of these objects."""
    path = PurePosixPath("generated/test/demo/object.yaml")
    return World(Tree(Path("generated"), [Manifest("test", "demo", path, body) for body in parse(text)]), "test")


def test_a_monitor_leads_to_the_container_behind_the_port() -> None:
    """By the Service's port, its targetPort and the container's name for it; the job is the Service's name."""
    world = world_of(PROMETHEUS + VALKEY)

    (scrape,) = scrapes(world)
    assert (scrape.job, scrape.service, scrape.ports) == ("cache", "cache", frozenset({9121}))
    assert exposures(world)["redis_exporter (Valkey)"].complete


@pytest.mark.parametrize(
    ("old", "new", "scraped"),
    [
        ("port: numbers}", "port: valkey}", False),
        ("port: numbers}", "targetPort: metrics}", True),
        ("port: numbers}", "targetPort: 9121}", True),
        ("port: numbers}", "targetPort: 6379}", False),
        ('labels: {scrape: "yes"}}', "labels: {}}", False),
        ("serviceMonitorNamespaceSelector: {}", "", False),
        ("serviceMonitorSelector: {matchLabels", "otherSelector: {matchLabels", False),
        ("spec: {selector: {matchLabels: {app: cache}}", "spec: {selector: {matchLabels: {app: other}}", False),
        ("spec: {selector:", "spec: {namespaceSelector: {matchNames: [observability]}, selector:", False),
        ("spec: {selector:", "spec: {namespaceSelector: {any: true}, selector:", True),
        ("kind: Prometheus\n", "kind: PrometheusAgent\n", True),
    ],
)
def test_an_exporter_is_reached_by_its_own_port_only(old: str, new: str, *, scraped: bool) -> None:
    """Asking the cache's port is no scrape of the exporter beside it; nor is a monitor that nobody picks."""
    assert old in PROMETHEUS + VALKEY

    exposed = exposures(world_of((PROMETHEUS + VALKEY).replace(old, new)))

    assert ("redis_exporter (Valkey)" in exposed) is scraped


def test_a_job_can_come_from_a_label_of_the_service() -> None:
    """As the monitor says."""
    text = VALKEY.replace("spec: {selector:", "spec: {jobLabel: tier, selector:")

    assert [scrape.job for scrape in scrapes(world_of(PROMETHEUS + text))] == ["fast"]


POSTGRES = """
---
{apiVersion: postgresql.cnpg.io/v1, kind: Cluster, metadata: {name: db, namespace: data}}
---
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: {name: db, namespace: data}
spec: {selector: {matchLabels: {cnpg.io/cluster: db}}, podMetricsEndpoints: [{port: metrics}]}
"""


@pytest.mark.parametrize(
    ("old", "new", "scraped"),
    [
        ("port: metrics", "portNumber: 9187", True),
        ("port: metrics", "port: postgresql", False),
        ("cnpg.io/cluster: db}", "cnpg.io/cluster: other}", False),
        ("kind: PodMonitor", "kind: Other", False),
        ("namespace: data}\nspec: {selector", "namespace: observability}\nspec: {selector", False),
    ],
)
def test_pods_of_operators_are_known_from_the_catalogue(old: str, new: str, *, scraped: bool) -> None:
    """What is known of them is as sure as the statement about their operator."""
    sound = exposures(world_of(PROMETHEUS + POSTGRES))["cloudnative-pg"]
    (stated,) = operator_facts.kinds()["Cluster.postgresql.cnpg.io"]
    assert sound.assumed is (stated.trust == "assumed")
    assert [scrape.job for scrape in sound.scrapes] == ["data/db"]
    assert old in POSTGRES

    exposed = exposures(world_of(PROMETHEUS + POSTGRES.replace(old, new)))

    assert ("cloudnative-pg" in exposed) is scraped


@pytest.mark.parametrize(
    ("chart", "helm", "exporter", "scraped"),
    [
        ("keda", "{}", "keda-operator", False),
        ("keda", "{valuesObject: {prometheus: {operator: {enabled: true}}}}", "keda-operator", False),
        (
            "keda",
            "{valuesObject: {prometheus: {operator: {enabled: true, serviceMonitor: {enabled: true}}}}}",
            "keda-operator",
            True,
        ),
        ("karpenter", "{values: 'serviceMonitor: {enabled: true}'}", "karpenter", True),
        ("karpenter", "{values: 'serviceMonitor: ['}", "karpenter", False),
        ("oci/kube-prometheus-stack", "{}", "kubelet", True),
        ("kube-prometheus-stack", "{valuesObject: {kubelet: {enabled: false}}}", "kubelet", False),
        ("gpu-operator", "{}", "gpu-operator", True),
        ("kagent", "{}", "kagent controller", False),
    ],
)
def test_a_chart_brings_its_own_monitor_if_its_values_say_so(
    chart: str, helm: str, exporter: str, *, scraped: bool
) -> None:
    """Which values that are, and what they are by default, stands in the catalogue."""
    source = f"{{chart: {chart}, helm: {helm}}}"
    application = (
        f"{{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {{name: a}}, spec: {{source: {source}}}}}"
    )

    assert (exporter in exposures(world_of(f"{PROMETHEUS}---\n{application}\n"))) is scraped
    assert exposures(world_of(application.replace(chart, "keda"))) == {}  # without a Prometheus nothing is scraped
