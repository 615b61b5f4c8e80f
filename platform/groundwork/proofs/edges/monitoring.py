"""Monitoring: what is scraped, and whether the series that alerts and scalers ask for come from something that is."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

import promql_parser as promql

from groundwork.catalog import metrics
from groundwork.findings import Rule
from groundwork.proofs.apiserver.faults import did_you_mean
from groundwork.proofs.edges.edge import Edge, edges_of, held, missing
from groundwork.proofs.fields import Pointer, entries, mapping, text, texts, value_at
from groundwork.proofs.world import Pods, World, matches, pod_specs
from groundwork.tree.manifest import Manifest

_SILENT = "The alert never fires and the scaler never scales: to Prometheus an unknown series is just an empty answer."

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
    BAD_QUERY := Rule(
        id="references/bad-query",
        title="A query is valid PromQL",
        why="Prometheus refuses the whole group of rules; a scaler reports an error on every poll.",
        fix="Correct the expression; `promtool check rules` says the same.",
        explanation="Expressions are parsed with the grammar of Prometheus, types included.",
    ),
    NO_SERIES := Rule(
        id="references/no-series",
        title="A query asks for series that an exporter has",
        why=_SILENT,
        fix="Take the name from catalog/metrics.csv, or add the series there with its source.",
        explanation="""\
catalog/metrics.csv lists the series of every exporter as they are exposed, with the place where each was read. Names change:
vllm:gpu_cache_usage_perc became vllm:kv_cache_usage_perc, and Python clients add _total to every counter.""",
    ),
    NOT_SCRAPED := Rule(
        id="references/not-scraped",
        title="The exporter of a series runs in this cluster and is scraped",
        why=_SILENT,
        fix="Carry the exporter and a monitor for it, or do not ask for its series here.",
        explanation="catalog/exporters.yaml says what runs each exporter: an image, a chart, a custom resource.",
    ),
    MISUSED := Rule(
        id="references/misused-series",
        title="A series is asked for as what it is",
        why="rate() of a gauge and the bare name of a histogram give numbers that mean nothing, or none.",
        fix="Use rate() on counters, histogram_quantile() on _bucket with `sum by (le)`, and gauges as they are.",
        explanation="Some gauges end in _total; some counters do not. The type stands in catalog/metrics.csv.",
    ),
    NO_MODEL := Rule(
        id="references/other-model",
        title="A query names models that are served here",
        why=_SILENT,
        fix="Use the served name of a model that this cluster carries.",
        explanation="vLLM labels its series with the served model name, LiteLLM with the name that callers ask for.",
    ),
)

_OF_COUNTERS = frozenset({"increase", "irate", "rate", "resets"})
_MODEL_LABELS = frozenset({"model_name", "requested_model", "model_group"})


@edges_of("ServiceMonitor", "monitoring.coreos.com")
def service_monitor(one: Manifest, world: World) -> Iterator[Edge]:
    """The Services that it selects, and the port on each."""
    selector = mapping(one.body, "spec", "selector")
    services = [
        other
        for other in world.objects("Service")
        if other.namespace in _namespaces(one, world) and matches(selector, mapping(other.body, "metadata", "labels"))
    ]
    if not services:
        yield missing("monitor -> scraped", ("spec", "selector"), NOTHING_SCRAPED, "no Service carries these labels")
        return
    yield held("monitor -> scraped", ("spec", "selector"))
    names = {text(port, "name") for other in services for _, port in entries(other.body, "spec", "ports")}
    for place, endpoint in entries(one.body, "spec", "endpoints"):
        if text(endpoint, "port"):
            yield _port(names, text(endpoint, "port"), (*place, "port"))


@edges_of("PodMonitor", "monitoring.coreos.com")
def pod_monitor(one: Manifest, world: World) -> Iterator[Edge]:
    """The pods that it selects, and the port on each."""
    found = _pods_of(one, world)
    if not found:
        yield missing("monitor -> scraped", ("spec", "selector"), NOTHING_SCRAPED, "no pods carry these labels")
        return
    yield held("monitor -> scraped", ("spec", "selector"), assumed=all(pods.assumed for pods in found))
    names = {name for pods in found for name in pods.ports}
    numbers = {number for pods in found for number in pods.numbers}
    for place, endpoint in entries(one.body, "spec", "podMetricsEndpoints"):
        if text(endpoint, "port"):
            yield _port(names, text(endpoint, "port"), (*place, "port"))
        number = value_at(endpoint, "portNumber")
        if number is not None:
            yield _port({str(each) for each in numbers}, str(number), (*place, "portNumber"))


def _port(names: set[str], name: str, pointer: Pointer) -> Edge:
    if name in names:
        return held("monitor -> port", pointer)
    problem = f"what is selected has no port '{name}'{did_you_mean(name, names)}"
    return missing("monitor -> port", pointer, NOTHING_SCRAPED, problem)


def _namespaces(one: Manifest, world: World) -> set[str]:
    chosen = mapping(one.body, "spec", "namespaceSelector")
    if chosen.get("any"):
        return set(world.namespaces)
    return {name for _, name in texts(chosen, "matchNames")} or {one.namespace}


def _pods_of(one: Manifest, world: World) -> list[Pods]:
    selector = mapping(one.body, "spec", "selector")
    return [pods for namespace in _namespaces(one, world) for pods in world.selected(selector, namespace)]


@edges_of("PrometheusRule", "monitoring.coreos.com")
def prometheus_rule(one: Manifest, world: World) -> Iterator[Edge]:
    """The series of every alert and recording."""
    for place, group in entries(one.body, "spec", "groups"):
        for at, rule in entries(group, "rules"):
            yield from query("PrometheusRule -> series", (*place, *at, "expr"), str(rule.get("expr", "")), world)


def query(kind: str, pointer: Pointer, expression: str, world: World) -> Iterator[Edge]:
    """The edges from a PromQL expression to the series it asks for."""
    try:
        asked = _asked(expression)
    except ValueError as error:
        yield missing(kind, pointer, BAD_QUERY, f"not PromQL: {error}")
        return
    for name, function, labels in asked:
        yield _series(kind, pointer, world, name, function)
        for label, value in labels:
            if label in _MODEL_LABELS and value not in served(world):
                near = did_you_mean(value, served(world))
                problem = f"no model is served here as '{value}'{near}"
                yield missing("query -> served model", pointer, NO_MODEL, problem)
            elif label in _MODEL_LABELS:
                yield held("query -> served model", pointer)


def _series(kind: str, pointer: Pointer, world: World, name: str, function: str) -> Edge:
    """Edges of Prometheus' own series (no exporter) and of recorded ones are held."""
    if name in _recorded(world):
        return held(kind, pointer)
    wrong = _wrong(name, function, world)
    if wrong is not None:
        return missing(kind, pointer, *wrong)
    exporters = {metric.exporter for metric in metrics.series()[name]}
    return held(kind, pointer, assumed=bool(exporters) and all(_exposed(world).get(one, True) for one in exporters))


def _wrong(name: str, function: str, world: World) -> tuple[Rule, str] | None:
    """What is wrong with asking for a series, or None."""
    known = metrics.series()
    if name not in known and name in metrics.named():
        return MISUSED, f"'{name}' is a {metrics.named()[name].type}: its series are _bucket, _sum and _count"
    if name not in known:
        return NO_SERIES, f"no exporter has '{name}'{did_you_mean(name, known)}"
    if function in _OF_COUNTERS and known[name] and all(metric.type == "gauge" for metric in known[name]):
        return MISUSED, f"{function}() of '{name}', which is a gauge"
    exporters = sorted({metric.exporter for metric in known[name]})
    if exporters and not any(one in _exposed(world) for one in exporters):
        return NOT_SCRAPED, f"'{name}' comes from {' or '.join(exporters)}, which nothing here scrapes"
    return None


Asked = tuple[str, str, tuple[tuple[str, str], ...]]


@functools.cache
def _asked(expression: str) -> tuple[Asked, ...]:
    """Name, enclosing function and `label="value"` pairs of every selector.

    Raises:
        ValueError: not PromQL.
    """
    return tuple(_selectors(promql.parse(expression), ""))


def _selectors(node: Any, function: str) -> Iterator[Asked]:
    if isinstance(node, promql.VectorSelector):
        equal = [one for one in node.matchers.matchers if one.op == promql.MatchOp.Equal]
        name = node.name or next((one.value for one in equal if one.name == "__name__"), "")
        if name:
            yield name, function, tuple((one.name, one.value) for one in equal)
        return
    if isinstance(node, promql.Call):
        function = node.func.name
    for field in ("lhs", "rhs", "expr", "vector_selector"):
        inner = getattr(node, field, None)
        if inner is not None:
            yield from _selectors(inner, function)
    for inner in getattr(node, "args", None) or ():
        yield from _selectors(inner, function)


def _recorded(world: World) -> frozenset[str]:
    """The series that recording rules of this cluster make."""
    if "recorded" not in world.notes:
        world.notes["recorded"] = frozenset(
            text(rule, "record")
            for one in world.objects("PrometheusRule", "monitoring.coreos.com")
            for _, group in entries(one.body, "spec", "groups")
            for _, rule in entries(group, "rules")
        ) - {""}
    known: frozenset[str] = world.notes["recorded"]
    return known


def served(world: World) -> frozenset[str]:
    """The names under which models are served: what vLLM's arguments say, and what a model gateway adds."""
    if "served" not in world.notes:
        found = set()
        for one in world.manifests:
            for _, spec in pod_specs(one):
                for _, container in entries(spec, "containers"):
                    found |= set(served_names(container))
        world.notes["served"] = frozenset(found)
    known: frozenset[str] = world.notes["served"]
    return known


def served_names(container: Mapping[str, Any]) -> Iterator[str]:
    """The served model names in a container's arguments."""
    flag = "--served-model-name"
    words = [word for _, word in (*texts(container, "command"), *texts(container, "args"))]
    for index, word in enumerate(words):
        if word.startswith(f"{flag}="):
            yield word.partition("=")[2]
        elif word == flag and index + 1 < len(words):
            yield words[index + 1]


def _exposed(world: World) -> Mapping[str, bool]:
    """The exporters that are scraped in this cluster; True for those of which that is assumed."""
    if "exposed" not in world.notes:
        scraped = _scraped_images(world)
        charts = {chart.chart for _, _, chart in world.installed}
        kinds = {f"{one.kind}.{one.group}" for one in world.manifests}
        found: dict[str, bool] = {}
        for exporter in metrics.exporters().values():
            if exporter.images & scraped:
                found[exporter.name] = False
            elif exporter.always or exporter.charts & charts or exporter.kinds & kinds:
                found[exporter.name] = True
        world.notes["exposed"] = found
    known: Mapping[str, bool] = world.notes["exposed"]
    return known


def _scraped_images(world: World) -> set[str]:
    """The images, by the last part of their names, of pods that a monitor selects."""
    sources = set()
    for one in world.objects("PodMonitor", "monitoring.coreos.com"):
        sources |= {pods.source.path for pods in _pods_of(one, world)}
    for one in world.objects("ServiceMonitor", "monitoring.coreos.com"):
        for other in world.objects("Service"):
            labels = mapping(other.body, "metadata", "labels")
            if other.namespace in _namespaces(one, world) and matches(mapping(one.body, "spec", "selector"), labels):
                selector = {"matchLabels": mapping(other.body, "spec", "selector")}
                sources |= {pods.source.path for pods in world.selected(selector, other.namespace)}
    return {
        text(container, "image").rpartition("/")[2].partition("@")[0].partition(":")[0]
        for one in world.manifests
        if one.path in sources
        for _, spec in pod_specs(one)
        for containers in ("containers", "initContainers")
        for _, container in entries(spec, containers)
    }
