"""Queries: whether the series that alerts, dashboards and scalers ask for come from something that is scraped."""

from __future__ import annotations

import re
from collections.abc import Iterator

from groundwork.catalog import metrics
from groundwork.catalog.metrics import Metric
from groundwork.findings import Rule
from groundwork.proofs.apiserver.faults import did_you_mean
from groundwork.proofs.edges import promql
from groundwork.proofs.edges.edge import Edge, held, missing
from groundwork.proofs.edges.models import offered, served, served_by
from groundwork.proofs.edges.promql import Matcher, Selector
from groundwork.proofs.edges.scrapes import Scrape, exposures
from groundwork.proofs.fields import Pointer, entries, mapping, text, texts
from groundwork.proofs.world import World, noted, pod_templates
from groundwork.tree.manifest import Manifest

__all__ = ["beyond_scale", "query", "sources"]

_MONITORING = "monitoring.coreos.com"
_SILENT = "The alert never fires and the scaler never scales: to Prometheus an unknown series is just an empty answer."

RULES = (
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
        explanation="""\
catalog/exporters.yaml says what runs each exporter: an image, a custom resource, or a chart with its own monitor switched on.
It is scraped where a monitor that a Prometheus picks names its port.""",
    ),
    MISUSED := Rule(
        id="references/misused-series",
        title="A series is asked for as what it is",
        why="rate() of a gauge, the bare name of a histogram, or a ratio against 80 give numbers that mean nothing, or none.",
        fix="Use rate() on counters, histogram_quantile() on _bucket with `sum by (le)`, and gauges as they are.",
        explanation="""\
Type and unit stand in catalog/metrics.csv. Some gauges end in _total; some counters do not. kv_cache_usage_perc is a ratio
from 0 to 1 whatever its name says; DCGM_FI_DEV_GPU_UTIL is a percentage. A quantile needs the label `le` of its buckets.

Bad:    vllm:kv_cache_usage_perc > 90
Good:   vllm:kv_cache_usage_perc > 0.9""",
    ),
    NO_MODEL := Rule(
        id="references/other-model",
        title="A query names models that are served here",
        why=_SILENT,
        fix="Use the served name of a model that this cluster carries.",
        explanation="vLLM labels its series with the served model name, LiteLLM with the name that callers ask for.",
    ),
    OTHER_LABEL := Rule(
        id="references/other-label",
        title="A query's conditions are ones that its series can meet",
        why=_SILENT,
        fix="Use a label and a value that the series has.",
        explanation="""\
Labels and their fixed values stand in catalog/metrics.csv; namespace, service and job come from who is scraped: the Service of
a ServiceMonitor gives its name to both, a PodMonitor makes the job <namespace>/<its name>. Names of objects are those of the tree.""",
    ),
)

_OF_COUNTERS = frozenset({"increase", "irate", "rate"})
_OF_GAUGES = frozenset({"delta", "deriv", "idelta"})
_ALERTS = ("ALERTS", "ALERTS_FOR_STATE")
# What Prometheus and its operator put on every series, and what the monitors of charts often add.
_TARGET = frozenset(
    {"__name__", "container", "endpoint", "instance", "job", "metrics_path", "namespace", "node", "pod", "service"}
)
_MODELS = frozenset({"model_group", "model_name", "requested_model"})
# Kinds of the group apps as kube-state-metrics calls their objects.
_WORKLOADS = {"daemonset": "DaemonSet", "deployment": "Deployment", "statefulset": "StatefulSet"}


def query(kind: str, pointer: Pointer, expression: str, world: World) -> Iterator[Edge]:
    """The edges from a PromQL expression to the series it asks for."""
    try:
        asked = promql.read(expression)
    except ValueError as error:
        yield missing(kind, pointer, BAD_QUERY, f"not PromQL: {error}")
        return
    for selector in asked.selectors:
        yield from _followed(kind, pointer, selector, world)
    for name in asked.without_le:
        problem = f"histogram_quantile() of '{name}' after its label `le` was summed away"
        yield missing(kind, pointer, MISUSED, problem, fix="Keep it: `sum by (le) (rate(...))`.")
    for comparison in asked.comparisons:
        problem = beyond_scale(comparison.name, comparison.number)
        if problem:
            yield missing(kind, pointer, MISUSED, problem)


def beyond_scale(name: str, number: float) -> str:
    """What is wrong with comparing a series with a number; "" if nothing is."""
    units = {metric.unit.partition(" ")[0] for metric in metrics.series().get(name, ())}
    if units == {"ratio"} and abs(number) > 1:
        return f"'{name}' is a ratio from 0 to 1, compared with {number:g}"
    if units == {"percent"} and 0 < abs(number) < 1:
        return f"'{name}' is a percentage from 0 to 100, compared with {number:g}"
    return ""


def sources(expression: str, world: World) -> list[Manifest]:
    """The workloads of the tree whose own series an expression asks for; none where it asks for any others too."""
    try:
        selectors = promql.read(expression).selectors
    except ValueError:
        return []
    found: list[Manifest] = []
    for selector in selectors:
        exporters = {metric.exporter for name in _names(selector, world) for metric in metrics.series().get(name, ())}
        reached = [exposures(world)[exporter] for exporter in exporters if exporter in exposures(world)]
        if not reached or not all(one.complete for one in reached):
            return []
        found += [scrape.pods.source for one in reached for scrape in one.scrapes if _meant(scrape, selector)]
    return list({one.path: one for one in found}.values())


def _meant(scrape: Scrape, selector: Selector) -> bool:
    """Whether a selector's conditions leave room for the series of what is scraped."""
    for matcher in selector.matchers:
        values = {
            "job": [scrape.job],
            "model_name": [*served_by(scrape.pods.source)],
            "namespace": [scrape.pods.namespace],
            "service": [scrape.service],
        }.get(matcher.label)
        if values and not any(matcher.takes(value) for value in values):
            return False
    return True


def _followed(kind: str, pointer: Pointer, selector: Selector, world: World) -> Iterator[Edge]:
    names = _names(selector, world)
    wrong = _wrong(selector, names, world)
    if wrong is not None:
        yield missing(kind, pointer, *wrong)
        return
    exposed = exposures(world)
    asked = [metric for name in names for metric in metrics.series().get(name, ()) if metric.exporter in exposed]
    yield held(kind, pointer, assumed=bool(asked) and all(exposed[metric.exporter].assumed for metric in asked))
    for matcher in selector.matchers:
        # A condition that an absent label meets can always be met.
        if matcher.label != "__name__" and not matcher.operator.startswith("!") and not matcher.takes(""):
            yield from _condition(pointer, matcher, selector, asked, world)


def _names(selector: Selector, world: World) -> list[str]:
    """The series that a selector may mean."""
    if selector.name:
        return [selector.name]
    conditions = [matcher for matcher in selector.matchers if matcher.label == "__name__"]
    if not conditions:
        return []
    return [name for name in (*recorded(world), *metrics.series()) if all(one.takes(name) for one in conditions)]


def _wrong(selector: Selector, names: list[str], world: World) -> tuple[Rule, str] | None:
    """What is wrong with the series that a selector asks for, or None. Without a name it may ask for any."""
    if not selector.name:
        patterns = [str(matcher) for matcher in selector.matchers if matcher.label == "__name__"]
        if patterns and not names:
            return NO_SERIES, f"no exporter has a series with {', '.join(patterns)}"
        wrong = [_wrong_name(name, selector.function, world) for name in names]
        return wrong[0] if wrong and None not in wrong else None
    return _wrong_name(selector.name, selector.function, world)


def _wrong_name(name: str, function: str, world: World) -> tuple[Rule, str] | None:
    known = metrics.series()
    if name in recorded(world):
        return None
    if name not in known and name in metrics.named():
        return MISUSED, f"'{name}' is a {metrics.named()[name].type}: its series are _bucket, _sum and _count"
    if name not in known:
        return NO_SERIES, f"no exporter has '{name}'{did_you_mean(name, known)}"
    types = {metric.type for metric in known[name]}
    if (function in _OF_COUNTERS and types == {"gauge"}) or (function in _OF_GAUGES and types == {"counter"}):
        return MISUSED, f"{function}() of '{name}', which is a {types.pop()}"
    exporters = sorted({metric.exporter for metric in known[name]})
    if exporters and not any(one in exposures(world) for one in exporters):
        return NOT_SCRAPED, f"'{name}' comes from {' or '.join(exporters)}, which nothing here scrapes"
    return None


def _condition(
    pointer: Pointer, matcher: Matcher, selector: Selector, asked: list[Metric], world: World
) -> Iterator[Edge]:
    """Whether a series can meet a condition on one of its labels; what nobody can tell is no edge."""
    kind, rule = "query -> label", OTHER_LABEL
    if matcher.label in _MODELS:
        kind, rule = "query -> served model", NO_MODEL
    values = _values(matcher.label, selector, asked, world)
    if values is not None and any(matcher.takes(value) for value in values):
        yield held(kind, pointer)
    elif values is not None:
        what = "no model is served here" if rule is NO_MODEL else f"no series of {_spelled(selector)} is there"
        problem = f"{what} with {matcher}{did_you_mean(matcher.value, values)}"
        yield missing(kind, pointer, rule, problem)
    elif _unknown(matcher.label, asked, world):
        near = did_you_mean(matcher.label, {label for metric in asked for label in metric.labels})
        problem = f"{_spelled(selector)} has no label '{matcher.label}'{near}"
        yield missing(kind, pointer, rule, problem)


def _spelled(selector: Selector) -> str:
    return f"'{selector.name}'" if selector.name else "that name"


def _values(label: str, selector: Selector, asked: list[Metric], world: World) -> frozenset[str] | None:
    """The values that a label can have here, or None where that is not known."""
    exporters = {metric.exporter for metric in asked}
    if label in ("exported_namespace", "namespace"):
        return frozenset(world.namespaces)
    if label in _MODELS:
        names = served(world) if exporters == {"vllm"} else served(world) | offered(world)
        return names or None
    if label == "alertname" and selector.name in _ALERTS:
        return alerts(world)
    if label in ("job", "service"):
        return _of_targets(label, asked, world)
    if exporters == {"kube-state-metrics"}:
        named = _of_objects(label, selector, world)
        if named is not None:
            return named
    listed = [metric.labels.get(label, frozenset()) for metric in asked]
    return frozenset().union(*listed) if listed and all(listed) else None


def _of_targets(label: str, asked: list[Metric], world: World) -> frozenset[str] | None:
    found = [exposures(world)[metric.exporter] for metric in asked]
    if not found or not all(one.complete for one in found) or any(label in metric.labels for metric in asked):
        return None
    scrapes = [scrape for one in found for scrape in one.scrapes]
    return frozenset(scrape.job if label == "job" else scrape.service for scrape in scrapes)


def _of_objects(label: str, selector: Selector, world: World) -> frozenset[str] | None:
    """The names of objects of the tree; None where a chart, of whose names little is known, may have made others."""
    if label in ("cronjob", "job_name"):
        cron_jobs = {one.name for one in world.objects("CronJob", "batch")}
        jobs = {one.name for one in world.objects("Job", "batch")} | {f"{name}-29000000" for name in cron_jobs}
        return frozenset(cron_jobs if label == "cronjob" else jobs)
    inside = [matcher for matcher in selector.matchers if matcher.label == "namespace"]
    if label not in _WORKLOADS or not inside:
        return None
    chosen = {name for name in world.namespaces if all(matcher.takes(name) for matcher in inside)}
    if any(pods.namespace in chosen and not pod_templates(pods.source) for pods in world.pods):
        return None
    return frozenset(one.name for one in world.objects(_WORKLOADS[label], "apps") if one.namespace in chosen)


def _unknown(label: str, asked: list[Metric], world: World) -> bool:
    """Whether none of the metrics has a label, and nothing adds it."""
    if not asked or label in _TARGET or label.startswith("exported_") or label in added_labels(world):
        return False
    return not any(
        label in metric.labels or metric.open or metrics.exporters()[metric.exporter].open_labels for metric in asked
    )


@noted
def added_labels(world: World) -> frozenset[str]:
    """The labels that monitors and Prometheus itself add to series."""
    found: set[str] = set()
    for one in (*world.objects("ServiceMonitor", _MONITORING), *world.objects("PodMonitor", _MONITORING)):
        for field in ("targetLabels", "podTargetLabels"):
            found |= {re.sub(r"[^A-Za-z0-9_]", "_", label) for _, label in texts(one.spec, field)}
        for field in ("endpoints", "podMetricsEndpoints"):
            for _, endpoint in entries(one.spec, field):
                for step in ("relabelings", "metricRelabelings"):
                    found |= {text(rule, "targetLabel") for _, rule in entries(endpoint, step)}
    for one in world.objects("Prometheus", _MONITORING):
        found |= {*mapping(one.spec, "externalLabels"), text(one.spec, "replicaExternalLabelName"), "prometheus"}
    return frozenset(found)


@noted
def recorded(world: World) -> frozenset[str]:
    """The series that recording rules of this cluster make."""
    return frozenset(name for name in _of_rules("record", world) if name)


@noted
def alerts(world: World) -> frozenset[str]:
    """The names of this cluster's alerts."""
    return frozenset(name for name in _of_rules("alert", world) if name)


def _of_rules(field: str, world: World) -> Iterator[str]:
    for one in world.objects("PrometheusRule", _MONITORING):
        for _, group in entries(one.spec, "groups"):
            for _, rule in entries(group, "rules"):
                yield text(rule, field)
