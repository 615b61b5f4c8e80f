"""What a component makes, as plain values: kept in the cache, compiled into policies, written to the tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from groundwork.kube.endpoint import Endpoint
from groundwork.kube.flow import Flow, Peer
from groundwork.kube.pods import Replicas, Resources
from groundwork.kube.stage import Stage

__all__ = ["ChartRelease", "Demand", "GitRelease", "Made", "PodSet", "Rendering"]


@dataclass(frozen=True, slots=True)
class Made:
    """An object and the declaration that it comes from (a path in the repository)."""

    body: dict[str, Any]
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PodSet:
    """Pods that get a NetworkPolicy of their own, whoever makes them: a workload, a chart, an operator."""

    name: str
    pods: Peer
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Demand:
    """What the pods of a workload ask for, for the quota of their namespace.

    `resources` are the containers that run side by side, `before` those that run one by one before them.
    """

    namespace: str
    replicas: Replicas
    resources: tuple[Resources, ...]
    surge: bool
    before: tuple[Resources, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ChartRelease:
    """A Helm chart that Argo CD installs: pinned, with the values that we set."""

    chart: str
    repository: str
    version: str
    release: str
    values: Mapping[str, Any]
    skip_crds: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class GitRelease:
    """Manifests that Argo CD takes from an upstream repository at a tag."""

    repository: str
    version: str
    path: str


@dataclass(kw_only=True)
class Rendering:
    """Everything that one component made for one cluster.

    `reached` holds the endpoints as they were when they were asked for: the cache compares them to see whether the
    component must be rendered again. `aws_services` are those whose VPC endpoint its pods rely on.
    """

    component: str
    project: str
    stage: Stage
    namespace: str
    further_namespaces: tuple[str, ...] = ()
    objects: list[Made] = field(default_factory=list)
    documents: dict[str, str] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)
    pods: list[PodSet] = field(default_factory=list)
    charts: list[ChartRelease] = field(default_factory=list)
    gits: list[GitRelease] = field(default_factory=list)
    demands: list[Demand] = field(default_factory=list)
    reached: dict[str, Endpoint] = field(default_factory=dict)
    aws_services: list[str] = field(default_factory=list)
