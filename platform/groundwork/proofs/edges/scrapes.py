"""Scrapes: the ports of pods that some Prometheus asks, and which exporters are thereby reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from groundwork.catalog import metrics
from groundwork.proofs.fields import entries, mapping, number, text, texts, value_at
from groundwork.proofs.installed import application_sources, chart_values
from groundwork.proofs.world import Pods, World, matches, noted, pod_specs
from groundwork.tree.manifest import Manifest

__all__ = [
    "Exposure",
    "Scrape",
    "chart_picks",
    "exposures",
    "image_name",
    "monitored_services",
    "namespaces",
    "pickers",
    "scrapes",
]

_MONITORING = "monitoring.coreos.com"
_STACK = "kube-prometheus-stack"
# How the fields are called by which a Prometheus picks what applies to it.
_PICKED_BY = {
    "PodMonitor": "podMonitor",
    "Probe": "probe",
    "PrometheusRule": "rule",
    "ScrapeConfig": "scrapeConfig",
    "ServiceMonitor": "serviceMonitor",
}


@dataclass(frozen=True, kw_only=True)
class Scrape:
    """Pods that one endpoint of a monitor has Prometheus ask, on these container ports.

    `service` is the Service between them ("" for a PodMonitor), `job` the label that their series get.
    """

    monitor: Manifest
    pods: Pods
    ports: frozenset[int]
    service: str
    job: str


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """How an exporter's series come to be. `complete` says that `scrapes` are all: no chart's own monitor adds others."""

    scrapes: tuple[Scrape, ...]
    complete: bool
    assumed: bool


def namespaces(one: Manifest, world: World, *path: str) -> frozenset[str]:
    """The namespaces in which a monitor looks: its own unless the namespaceSelector at `path` says otherwise."""
    chosen = mapping(one.body, *(path or ("spec", "namespaceSelector")))
    if chosen.get("any") is True:
        return frozenset(world.namespaces)
    return frozenset(name for _, name in texts(chosen, "matchNames")) or frozenset({one.namespace})


def pickers(one: Manifest, world: World) -> list[Manifest]:
    """The Prometheuses of the tree whose selectors pick a monitor or a rule. A selector that is not there picks nothing."""
    stem = _PICKED_BY[one.kind]
    kinds = ("Prometheus", "ThanosRuler") if stem == "rule" else ("Prometheus", "PrometheusAgent")
    return [
        other
        for kind in kinds
        for other in world.objects(kind, _MONITORING)
        if isinstance(value_at(other.spec, f"{stem}Selector"), dict)
        and matches(mapping(other.spec, f"{stem}Selector"), one.labels)
        and _looks_into(other, f"{stem}NamespaceSelector", one.namespace, world)
    ]


def _looks_into(prometheus: Manifest, field: str, namespace: str, world: World) -> bool:
    chosen = value_at(prometheus.spec, field)
    if not isinstance(chosen, dict):
        return namespace == prometheus.namespace
    return matches(chosen, world.namespaces.get(namespace, {}))


@noted
def chart_picks(world: World) -> bool:
    """Whether a chart of the cluster brings a Prometheus of its own, of whose selectors nobody knows."""
    return any(
        chart == _STACK and _switched_on(values, {"prometheus.enabled": True}) for chart, values in _charts(world)
    )


@noted
def scrapes(world: World) -> tuple[Scrape, ...]:
    """Everything that the monitors of the tree have some Prometheus ask."""
    found: list[Scrape] = []
    for kind, asked in (("ServiceMonitor", _by_services), ("PodMonitor", _by_pods)):
        for one in world.objects(kind, _MONITORING):
            if pickers(one, world) or chart_picks(world):
                found += asked(one, world)
    return tuple(found)


def monitored_services(one: Manifest, world: World) -> list[Manifest]:
    """The Services of the tree that a ServiceMonitor selects."""
    selector, inside = mapping(one.body, "spec", "selector"), namespaces(one, world)
    return [
        other for other in world.objects("Service") if other.namespace in inside and matches(selector, other.labels)
    ]


def _by_services(one: Manifest, world: World) -> Iterator[Scrape]:
    for service in monitored_services(one, world):
        selector = mapping(service.body, "spec", "selector")
        found = world.selected({"matchLabels": selector}, service.namespace) if selector else []
        job = str(service.labels.get(text(one.body, "spec", "jobLabel")) or service.name)
        for _, endpoint in entries(one.body, "spec", "endpoints"):
            for pods in found:
                ports = frozenset(_behind(service, endpoint, pods))
                yield Scrape(monitor=one, pods=pods, ports=ports, service=service.name, job=job)


def _behind(service: Manifest, endpoint: Mapping[str, Any], pods: Pods) -> Iterator[int]:
    """The container ports that an endpoint of a ServiceMonitor means."""
    if "targetPort" in endpoint:
        targets = [endpoint["targetPort"]]
    else:
        wanted = text(endpoint, "port")
        ports = [port for _, port in entries(service.body, "spec", "ports") if wanted in ("", text(port, "name"))]
        targets = [port.get("targetPort", port.get("port")) for port in ports]
    for target in targets:
        opened = pods.ports.get(target) if isinstance(target, str) else target
        if isinstance(opened, int):
            yield opened


def _by_pods(one: Manifest, world: World) -> Iterator[Scrape]:
    selector = mapping(one.body, "spec", "selector")
    for pods in (pods for name in namespaces(one, world) for pods in world.selected(selector, name)):
        job = str(pods.labels.get(text(one.body, "spec", "jobLabel")) or f"{one.namespace}/{one.name}")
        for _, endpoint in entries(one.body, "spec", "podMetricsEndpoints"):
            asked = pods.ports.get(text(endpoint, "port")), number(endpoint, "portNumber")
            ports = frozenset(port for port in asked if port is not None)
            yield Scrape(monitor=one, pods=pods, ports=ports, service="", job=job)


@noted
def exposures(world: World) -> Mapping[str, Exposure]:
    """How each exporter is scraped in this cluster; those that are not are left out."""
    charts = list(_charts(world))
    kinds = {f"{one.kind}.{one.group}" for one in world.manifests}
    known = {f"{pods.source.kind}.{pods.source.group}" for pods in world.pods}
    scraping = chart_picks(world) or any(
        one.kind in ("Prometheus", "PrometheusAgent") and one.group == _MONITORING for one in world.manifests
    )
    found = {}
    for exporter in metrics.exporters().values():
        own = tuple(one for one in scrapes(world) if _runs(exporter, one))
        brought = scraping and any(
            chart in exporter.charts and _switched_on(values, exporter.charts[chart]) for chart, values in charts
        )
        unknown = scraping and bool(exporter.kinds & kinds) and not exporter.kinds & known
        if own or brought or unknown:
            sure = (brought and exporter.trust == "verified") or any(not one.pods.assumed for one in own)
            found[exporter.name] = Exposure(scrapes=own, complete=not (brought or unknown), assumed=not sure)
    return found


def _runs(exporter: metrics.Exporter, scrape: Scrape) -> bool:
    """Whether what is scraped is this exporter: one of its pods, on its port."""
    source = scrape.pods.source
    if f"{source.kind}.{source.group}" in exporter.kinds:
        return exporter.port in scrape.ports
    if source.kind == "Application":
        charts = {chart_name(one) for one in application_sources(source)}
        return exporter.port in scrape.ports and not charts.isdisjoint(exporter.charts)
    return any(
        image_name(text(container, "image")) in exporter.images and _opens(container, scrape.ports)
        for _, spec in pod_specs(source)
        for containers in ("containers", "initContainers")
        for _, container in entries(spec, containers)
    )


def _opens(container: Mapping[str, Any], ports: frozenset[int]) -> bool:
    opened = {number(port, "containerPort") for _, port in entries(container, "ports")}
    return not opened or not ports.isdisjoint(opened)


def image_name(image: str) -> str:
    """The last part of an image's name, without registry, tag and digest."""
    return image.rpartition("/")[2].partition("@")[0].partition(":")[0]


def chart_name(source: Mapping[str, Any]) -> str:
    """The name of the chart that a source of an Application installs."""
    return text(source, "chart").rpartition("/")[2]


def _charts(world: World) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every chart that an Application installs, with the values that it gives."""
    for application in world.objects("Application", "argoproj.io"):
        for source in application_sources(application):
            if chart_name(source):
                yield chart_name(source), chart_values(source)


def _switched_on(values: Mapping[str, Any], needed: Mapping[str, bool] | None) -> bool:
    if needed is None:
        return False
    given = {path: value_at(values, *path.split(".")) for path in needed}
    return all(default if given[path] is None else given[path] is True for path, default in needed.items())
