"""Neutral edits: they change how an object is written, not what it means, and must bring no finding."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from groundwork.proofs.fields import entries, mapping, texts, value_at
from groundwork.proofs.world import pod_specs
from groundwork.tree.manifest import Manifest
from tests.mutants.edit import Edit, Operator, Propose, add, change
from tests.mutants.operators.workloads import containers

__all__ = ["neutral"]

_NEUTRAL: dict[str, Operator] = {}


def neutral() -> dict[str, Operator]:
    """Every neutral operator, by name."""
    return dict(sorted(_NEUTRAL.items()))


def of(*kinds: str) -> Callable[[Propose], Propose]:
    """Make a function a neutral operator."""

    def register(propose: Propose) -> Propose:
        name = propose.__name__
        _NEUTRAL[name] = Operator(name=name, area="neutral", claim="later", kinds=frozenset(kinds), propose=propose)
        return propose

    return register


@of()
def another_label(one: Manifest) -> Iterator[Edit]:
    labels = {**mapping(one.body, "metadata", "labels"), "example.com/team": "one"}
    yield change(("metadata", "labels"), labels)


@of()
def another_annotation(one: Manifest) -> Iterator[Edit]:
    annotations = {**mapping(one.body, "metadata", "annotations"), "example.com/ticket": "42"}
    yield change(("metadata", "annotations"), annotations)


@of()
def keys_in_another_order(one: Manifest) -> Iterator[Edit]:
    for field, value in one.body.items():
        if isinstance(value, dict) and len(value) > 1:
            yield change((field,), _turned(value))


def _turned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _turned(inner) for key, inner in reversed(value.items())}
    return value


@of("Deployment", "StatefulSet", "Job")
def variables_in_another_order(one: Manifest) -> Iterator[Edit]:
    for at, container in containers(one):
        if len(entries(container, "env")) > 1:
            yield change((*at, "env"), list(reversed(container["env"])))


@of("Deployment", "StatefulSet")
def volumes_in_another_order(one: Manifest) -> Iterator[Edit]:
    for at, spec in pod_specs(one):
        if len(entries(spec, "volumes")) > 1:
            yield change((*at, "volumes"), list(reversed(spec["volumes"])))


@of("NetworkPolicy")
def rules_in_another_order(one: Manifest) -> Iterator[Edit]:
    for direction in ("ingress", "egress"):
        if len(entries(one.body, "spec", direction)) > 1:
            yield change(("spec", direction), list(reversed(one.spec[direction])))


@of("AppProject")
def repositories_in_another_order(one: Manifest) -> Iterator[Edit]:
    if len(texts(one.body, "spec", "sourceRepos")) > 1:
        yield change(("spec", "sourceRepos"), list(reversed(one.spec["sourceRepos"])))


@of("ExternalSecret")
def fetched_in_another_order(one: Manifest) -> Iterator[Edit]:
    if len(entries(one.body, "spec", "data")) > 1:
        yield change(("spec", "data"), list(reversed(one.spec["data"])))


@of("Deployment", "StatefulSet", "Job", "CronJob")
def quantity_in_another_unit(one: Manifest) -> Iterator[Edit]:
    for at, container in containers(one):
        cpu = value_at(container, "resources", "requests", "cpu")
        if isinstance(cpu, str) and cpu.isdigit():
            yield change((*at, "resources", "requests", "cpu"), f"{cpu}000m")


@of("Service")
def port_by_its_number(one: Manifest) -> Iterator[Edit]:
    for place, port in entries(one.body, "spec", "ports"):
        if isinstance(port.get("targetPort"), str):
            yield change((*place, "targetPort"), port["port"])


@of("Deployment")
def default_said(one: Manifest) -> Iterator[Edit]:
    for at, spec in pod_specs(one):
        if "restartPolicy" not in spec:
            yield add((*at, "restartPolicy"), "Always")


@of("PrometheusRule")
def alert_in_other_words(one: Manifest) -> Iterator[Edit]:
    for place, group in entries(one.body, "spec", "groups"):
        for at, _ in entries(group, "rules"):
            yield change((*place, *at, "annotations", "summary"), "In other words")


@of("HTTPRoute")
def weights_of_another_sum(one: Manifest) -> Iterator[Edit]:
    for place, rule in entries(one.body, "spec", "rules"):
        backends = entries(rule, "backendRefs")
        if len(backends) == 1:
            yield change((*place, *backends[0][0], "weight"), 1)
