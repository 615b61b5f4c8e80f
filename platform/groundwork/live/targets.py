"""Prometheus' targets: what each monitor of the tree finds, and whether it answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from groundwork.live.answers import Answer, State
from groundwork.live.kubectl import Kubectl
from groundwork.tree.manifest import Manifest
from groundwork.tree.reader import Tree

__all__ = ["targets"]

_TOPIC = "Prometheus' targets"
_MONITORS = ("ServiceMonitor", "PodMonitor")
_FIX = "the monitor's port, its labels, or the NetworkPolicy between the two"


def targets(tree: Tree, cluster: str, kubectl: Kubectl) -> Iterator[Answer]:
    """One answer per monitor. Policies let nobody near Prometheus, kubectl's proxy included: a forwarded port is the way in."""
    monitors = [one for kind in _MONITORS for one in tree.of_kind(cluster, kind)]
    for prometheus in tree.of_kind(cluster, "Prometheus", group="monitoring.coreos.com"):
        found, failure = _active(prometheus, kubectl)
        for monitor in sorted(monitors, key=lambda one: (one.kind, one.namespace, one.name)):
            yield _monitor(monitor, found, failure)


def _active(prometheus: Manifest, kubectl: Kubectl) -> tuple[Mapping[str, list[dict[str, Any]]], str]:
    """Targets by the monitor that they come from, as Prometheus names it: serviceMonitor/namespace/name."""
    pod = f"prometheus-{prometheus.name}-0"
    done = kubectl.fetch(prometheus.namespace, pod, 9090, "/api/v1/targets?state=active")
    body = done.json()
    listed = (body.get("data") or {}).get("activeTargets") if isinstance(body, dict) else None
    if not isinstance(listed, list):
        return {}, done.failure or "Prometheus gave no answer that can be read"
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for target in listed:
        found[str(target.get("scrapePool", "")).rpartition("/")[0]].append(target)
    return found, ""


def _monitor(one: Manifest, found: Mapping[str, list[dict[str, Any]]], failure: str) -> Answer:
    claim = f"{one.kind} {one.namespace}/{one.name} finds what answers"
    if failure:
        return Answer(topic=_TOPIC, claim=claim, state=State.OPEN, found=failure)
    mine = found.get(f"{one.kind[0].lower()}{one.kind[1:]}/{one.namespace}/{one.name}", [])
    if not mine:
        return Answer(topic=_TOPIC, claim=claim, state=State.OPEN, found="nothing that it selects is running")
    down = [target for target in mine if target.get("health") == "down"]
    if down:
        error = str(down[0].get("lastError") or "no reason given")
        return Answer(
            topic=_TOPIC, claim=claim, state=State.FALSE, found=f"{len(down)} of {len(mine)} down: {error}", fix=_FIX
        )
    return Answer(topic=_TOPIC, claim=claim, state=State.TRUE, found=f"{len(mine)} up")
