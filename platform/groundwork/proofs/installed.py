"""What is installed in a cluster besides the tree's own objects: Helm charts, EKS add-ons, and Argo CD itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yaml import YAMLError

from groundwork.catalog import chart_facts
from groundwork.catalog.templates import written
from groundwork.proofs.fields import entries, mapping, text
from groundwork.tree.manifest import Manifest
from groundwork.tree.reader import Tree
from groundwork.tree.yaml import parse

__all__ = ["Installed", "application_sources", "chart_values", "installed"]

_ARGO_CD = "argo-cd"


@dataclass(frozen=True, kw_only=True)
class Installed:
    """A chart or add-on that the catalogue knows: what installs it, its namespace, what is stated of it, and our values."""

    source: Manifest
    namespace: str
    facts: chart_facts.ChartFacts
    values: Mapping[str, Any]

    @property
    def pods(self) -> list[tuple[str, chart_facts.ChartPods]]:
        """The pods that it makes with these values, each with its namespace."""
        made = [pods for pods in self.facts.pods if pods.made(self.values)]
        return [(written(pods.namespace, self.values) or self.namespace, pods) for pods in made]


def installed(tree: Tree, cluster: str) -> Iterator[Installed]:
    """Everything that is installed in a cluster and that the catalogue knows."""
    applications = tree.of_kind(cluster, "Application", group="argoproj.io")
    for application in applications:
        yield from _charts(application)
    for config in tree.of_kind(cluster, "ClusterConfig", group="eksctl.io"):
        yield from _addons(config)
    for application in applications:
        if application.component == "bootstrap":
            yield Installed(
                source=application,
                namespace=application.namespace,
                facts=chart_facts.facts(_ARGO_CD),
                values=_bootstrap_values(tree.root / cluster / "bootstrap" / "argocd.values"),
            )


def application_sources(application: Manifest) -> list[dict[str, Any]]:
    """The sources of an Argo CD Application: the one, or the several."""
    one = mapping(application.body, "spec", "source")
    return [*([one] if one else []), *(source for _, source in entries(application.body, "spec", "sources"))]


def chart_values(source: Mapping[str, Any]) -> dict[str, Any]:
    """Our values for the chart of a source: an object, or YAML in a string."""
    return mapping(source, "helm", "valuesObject") or _parsed(text(source, "helm", "values"))


def _charts(application: Manifest) -> Iterator[Installed]:
    known = {one.chart: one for one in chart_facts.all_facts()}
    for source in application_sources(application):
        chart = text(source, "chart").rpartition("/")[2]
        if chart in known:
            yield Installed(
                source=application,
                namespace=text(application.body, "spec", "destination", "namespace"),
                facts=known[chart],
                values=chart_values(source),
            )


def _addons(config: Manifest) -> Iterator[Installed]:
    known = chart_facts.addon_facts()
    for _, addon in entries(config.body, "addons"):
        name = text(addon, "name")
        if name in known:
            yield Installed(source=config, namespace="kube-system", facts=known[name], values=_addon_values(addon))


def _addon_values(addon: dict[str, Any]) -> dict[str, Any]:
    """What an EKS add-on is told: JSON in a string."""
    try:
        return mapping(json.loads(text(addon, "configurationValues") or "{}"))
    except (ValueError, RecursionError):
        return {}


def _bootstrap_values(file: Path) -> dict[str, Any]:
    try:
        return _parsed(file.read_bytes())
    except OSError:
        return {}


def _parsed(yaml: str | bytes) -> dict[str, Any]:
    """The first mapping of a YAML text, or an empty one."""
    try:
        documents = parse(yaml)
    except (YAMLError, ValueError):
        return {}
    return next((one for one in documents if isinstance(one, dict)), {})
