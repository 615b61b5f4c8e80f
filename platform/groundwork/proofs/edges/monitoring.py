"""Monitoring: what monitors select, which Prometheus picks them, and what is measured and never read."""

from __future__ import annotations

from collections.abc import Iterator

from groundwork.catalog import metrics
from groundwork.findings import Rule, Severity
from groundwork.proofs.apiserver.faults import did_you_mean
from groundwork.proofs.edges.edge import Edge, edges_of, held, missing
from groundwork.proofs.edges.queries import query
from groundwork.proofs.edges.scrapes import (
    chart_picks,
    image_name,
    monitored_services,
    namespaces,
    pickers,
    scrapes,
)
from groundwork.proofs.fields import Pointer, entries, mapping, number, text, texts
from groundwork.proofs.world import Pods, World, matches, pod_specs
from groundwork.tree.manifest import Manifest

RULES = (
    NOTHING_SCRAPED := Rule(
        id="references/nothing-scraped",
        title="A monitor finds something to scrape",
        why="A monitor that selects nothing is no error: the metrics are simply not there.",
        fix="Correct its selector, its namespaces or its port.",
        explanation="""\
A ServiceMonitor selects Services by label and names one of their ports; a PodMonitor selects pods and names a container port.
Upstream's examples often carry labels of another release, or the name of a port that is called differently.""",
    ),
    NOT_PICKED := Rule(
        id="references/not-picked",
        title="A Prometheus picks each monitor and each rule",
        why="What no Prometheus picks is neither scraped nor evaluated, and nothing says so.",
        fix="Give it the labels that the Prometheus selects, or let its selectors take more.",
        explanation="""\
A Prometheus picks monitors and rules by labels (serviceMonitorSelector, ruleSelector, ...) in namespaces that it chooses by their
labels. An empty selector picks everything; one that is not there picks nothing; without a namespace selector it looks into its
own namespace only.""",
    ),
    UNSCRAPED := Rule(
        id="references/unscraped",
        title="What a workload measures is scraped",
        why="The metrics are there and nobody keeps them: when something goes wrong, there is nothing to look at.",
        fix="Add a monitor for the port, or do not open it.",
        severity=Severity.WARNING,
        explanation="""\
A container's port counts as one of metrics by its name (metrics, http-metrics, ...) or by its image, where the catalogue knows
what the image exposes. Jobs are left out: they end before anybody asks.""",
    ),
)

_MONITORING = "monitoring.coreos.com"
_METRICS_PORTS = ("metrics", "prometheus")


@edges_of("ServiceMonitor", _MONITORING)
def service_monitor(one: Manifest, world: World) -> Iterator[Edge]:
    """The Services that it selects, and the port on each."""
    services = [world.services[other.namespace, other.name] for other in monitored_services(one, world)]
    selector = mapping(one.body, "spec", "selector")
    found = [
        pods
        for service in services
        for pods in world.selected(
            {"matchLabels": mapping(service.manifest.body, "spec", "selector")}, service.namespace
        )
    ]
    if not services:
        # What charts and operators make carries the labels of its pods, as far as anybody knows.
        made = [pods for name in namespaces(one, world) for pods in world.selected(selector, name)]
        found = [pods for pods in made if not pod_specs(pods.source)]
        services = [
            service for service in world.services.values() if any(service.manifest is pods.source for pods in found)
        ]
    yield from _inside(one, world)
    if not services:
        yield missing("monitor -> scraped", ("spec", "selector"), NOTHING_SCRAPED, _nobody("Service", one, world))
        return
    yield held("monitor -> scraped", ("spec", "selector"), assumed=all(service.assumed for service in services))
    names = {name for service in services for name in service.ports.values()}
    for place, endpoint in entries(one.body, "spec", "endpoints"):
        if text(endpoint, "port"):
            yield _port(names, text(endpoint, "port"), (*place, "port"))
        if "targetPort" in endpoint:
            yield _port(_opened(found), str(endpoint["targetPort"]), (*place, "targetPort"))


@edges_of("PodMonitor", _MONITORING)
def pod_monitor(one: Manifest, world: World) -> Iterator[Edge]:
    """The pods that it selects, and the port on each."""
    selector = mapping(one.body, "spec", "selector")
    found = [pods for name in namespaces(one, world) for pods in world.selected(selector, name)]
    yield from _inside(one, world)
    if not found:
        yield missing("monitor -> scraped", ("spec", "selector"), NOTHING_SCRAPED, _nobody("pod", one, world))
        return
    yield held("monitor -> scraped", ("spec", "selector"), assumed=all(pods.assumed for pods in found))
    for place, endpoint in entries(one.body, "spec", "podMetricsEndpoints"):
        for field in ("port", "portNumber", "targetPort"):
            if field in endpoint:
                yield _port(_opened(found), str(endpoint[field]), (*place, field))


def _inside(one: Manifest, world: World) -> Iterator[Edge]:
    """The namespaces that a monitor names."""
    for place, name in texts(one.body, "spec", "namespaceSelector", "matchNames"):
        if name in world.namespaces:
            yield held("monitor -> Namespace", place)
        else:
            problem = f"there is no namespace '{name}'{did_you_mean(name, world.namespaces)}"
            yield missing("monitor -> Namespace", place, NOTHING_SCRAPED, problem)


def _nobody(kind: str, one: Manifest, world: World) -> str:
    labels = mapping(one.body, "spec", "selector", "matchLabels")
    wanted = ", ".join(f"{key}={value}" for key, value in labels.items()) or "what its selector asks for"
    inside = namespaces(one, world)
    where = "any namespace" if len(inside) > 3 else " or ".join(sorted(inside))
    return f"no {kind} of {where} carries {wanted}"


def _opened(found: list[Pods]) -> set[str]:
    """The ports that pods open, by name and by number."""
    return {name for pods in found for name in (*pods.ports, *map(str, pods.numbers))}


def _port(names: set[str], name: str, pointer: Pointer) -> Edge:
    if name in names:
        return held("monitor -> port", pointer)
    have = ", ".join(sorted(filter(None, names))) or "none"
    problem = f"what is selected has no port '{name}' but {have}{did_you_mean(name, names)}"
    return missing("monitor -> port", pointer, NOTHING_SCRAPED, problem)


@edges_of("PodMonitor", _MONITORING)
@edges_of("Probe", _MONITORING)
@edges_of("PrometheusRule", _MONITORING)
@edges_of("ScrapeConfig", _MONITORING)
@edges_of("ServiceMonitor", _MONITORING)
def picked(one: Manifest, world: World) -> Iterator[Edge]:
    """The Prometheus that acts on it."""
    kind, pointer = f"{one.kind} <- Prometheus", ("metadata", "name")
    if pickers(one, world):
        yield held(kind, pointer)
    elif chart_picks(world):
        yield held(kind, pointer, assumed=True)
    else:
        known = [other.name for other in world.objects("Prometheus", _MONITORING)]
        problem = f"'{known[0]}' does not pick it" if known else "there is no Prometheus"
        yield missing(kind, pointer, NOT_PICKED, f"nothing acts on this {one.kind}: {problem}")


@edges_of("Probe", _MONITORING)
def probe(one: Manifest, world: World) -> Iterator[Edge]:
    """The Ingresses that it probes; its prober and static targets are addresses, which are followed everywhere."""
    path = ("spec", "targets", "ingress")
    if not mapping(one.body, *path):
        return
    selector, inside = mapping(one.body, *path, "selector"), namespaces(one, world, *path, "namespaceSelector")
    ingresses = world.objects("Ingress", "networking.k8s.io")
    if any(other.namespace in inside and matches(selector, other.labels) for other in ingresses):
        yield held("Probe -> Ingress", (*path, "selector"))
    else:
        yield missing("Probe -> Ingress", path, NOTHING_SCRAPED, "no Ingress carries these labels")


@edges_of("PrometheusRule", _MONITORING)
def prometheus_rule(one: Manifest, world: World) -> Iterator[Edge]:
    """The series of every alert and recording."""
    for place, group in entries(one.body, "spec", "groups"):
        for at, rule in entries(group, "rules"):
            yield from query("PrometheusRule -> series", (*place, *at, "expr"), str(rule.get("expr", "")), world)


@edges_of("DaemonSet", "apps")
@edges_of("Deployment", "apps")
@edges_of("StatefulSet", "apps")
def metrics_ports(one: Manifest, world: World) -> Iterator[Edge]:
    """The ports that it opens for a Prometheus."""
    asked = {port for scrape in scrapes(world) if scrape.pods.source is one for port in scrape.ports}
    exposing = {image: exporter for exporter in metrics.exporters().values() for image in exporter.images}
    for at, spec in pod_specs(one):
        for place, container in entries(spec, "containers"):
            exporter = exposing.get(image_name(text(container, "image")))
            for where, port in entries(container, "ports"):
                opened, name = number(port, "containerPort"), text(port, "name")
                if name in _METRICS_PORTS or name.endswith("-metrics") or (exporter and opened == exporter.port):
                    pointer = (*at, *place, *where, "containerPort")
                    if opened in asked:
                        yield held("metrics port <- monitor", pointer)
                    else:
                        problem = f"no monitor asks port {opened} of the container '{text(container, 'name')}'"
                        yield missing("metrics port <- monitor", pointer, UNSCRAPED, problem)
