"""What a chart or its operator will make in the cluster, as far as policies, monitors and placement need to know it.

One file per chart in `charts/`, each saying which version was read, where, when, and how sure it is. Chart output itself is
never rendered here. `values` are the chart's own of what the statements ask for: ours are laid over them, as Helm does.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from groundwork.catalog.pod_facts import PodFacts, Trust, pod_facts
from groundwork.catalog.templates import beneath

__all__ = ["ChartFacts", "ChartPods", "addon_facts", "all_facts", "facts"]

_FOLDER = Path(__file__).with_name("charts")
_ADDONS = Path(__file__).with_name("addons")


@dataclass(frozen=True, kw_only=True)
class ChartPods(PodFacts):
    """Pods that a chart, or the operator it brings, makes.

    Pods on the `host_network` have their node's address, so no policy can select them. `namespace` is a template over the
    values, empty for the chart's own. `defaults` are the chart's own values, of what the templates ask for.
    """

    name: str
    trust: Trust
    host_network: bool = False
    namespace: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def known(self, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """Our values over the chart's own, as Helm lays them."""
        laid: Mapping[str, Any] = beneath(fields, self.defaults)
        return laid


@dataclass(frozen=True, kw_only=True)
class ChartFacts:
    """Everything that is stated about one chart.

    `crds` are names such as scaledobjects.keda.sh; `services` maps names to ports by name; `classes` are what has no
    namespace and others name: "GatewayClass/kgateway".
    """

    chart: str
    version: str
    date: str
    source: str
    trust: Trust
    pods: tuple[ChartPods, ...]
    crds: tuple[str, ...]
    services: Mapping[str, Mapping[str, int]]
    service_accounts: tuple[str, ...]
    classes: tuple[str, ...]

    @property
    def assumed(self) -> int:
        """How many of these facts nobody has checked against the rendered chart."""
        return (self.trust == "assumed") + sum(pods.trust == "assumed" for pods in self.pods)


@functools.cache
def facts(chart: str) -> ChartFacts:
    """The facts of one chart.

    Raises:
        LookupError: there is no file for it.
    """
    file = _FOLDER / f"{chart}.yaml"
    if not file.is_file():
        message = f"catalog/charts/{chart}.yaml is missing: state there what the chart makes, and where that was read"
        raise LookupError(message)
    return _read(file)


@functools.cache
def all_facts() -> tuple[ChartFacts, ...]:
    """The facts of every chart, by name."""
    return tuple(facts(file.stem) for file in sorted(_FOLDER.glob("*.yaml")))


@functools.cache
def addon_facts() -> Mapping[str, ChartFacts]:
    """What EKS add-ons make in kube-system, by the add-on's name: those that others refer to."""
    return {file.stem: _read(file) for file in sorted(_ADDONS.glob("*.yaml"))}


def _read(file: Path) -> ChartFacts:
    loaded: dict[str, Any] = yaml.load(file.read_text(), Loader=yaml.CSafeLoader)
    read = loaded["read"]
    return ChartFacts(
        chart=file.stem,
        version=str(read["version"]),
        date=str(read["date"]),
        source=read["source"],
        trust=loaded["trust"],
        pods=tuple(_pods(name, body, loaded) for name, body in loaded.get("pods", {}).items()),
        crds=tuple(loaded.get("crds", ())),
        services=loaded.get("services", {}),
        service_accounts=tuple(loaded.get("serviceAccounts", ())),
        classes=tuple(loaded.get("classes", ())),
    )


def _pods(name: str, body: dict[str, Any], file: Mapping[str, Any]) -> ChartPods:
    return ChartPods(
        name=name,
        trust=body.get("trust", file["trust"]),
        host_network=body.get("hostNetwork", False),
        namespace=body.get("namespace", ""),
        defaults=file.get("values", {}),
        **pod_facts(body),
    )
