"""Machines with accelerators: one device plugin per kind of device, and devices on every machine that has them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from groundwork.live.answers import Answer, State
from groundwork.live.kubectl import Kubectl
from groundwork.tree.manifest import Manifest
from groundwork.tree.reader import Tree

__all__ = ["devices"]

_TOPIC = "Accelerators"
# Where a device plugin tells the kubelet of itself. Exporters only read /var/lib/kubelet/pod-resources.
_SOCKETS = "/var/lib/kubelet/device-plugins"
_VENDORS = {"nvidia.com/gpu": "nvidia", "aws.amazon.com/neuron": "neuron"}


def devices(tree: Tree, cluster: str, kubectl: Kubectl) -> Iterator[Answer]:
    """Nothing for a cluster without accelerators."""
    pools = {one.name: found for one in tree.of_kind(cluster, "NodePool") if (found := _resource(one))}
    if not pools:
        return
    plugins, failure = kubectl.objects("daemonsets.apps")
    for resource in sorted(set(pools.values())):
        yield _plugins(resource, [] if failure else plugins, failure, own=not _auto(tree, cluster))
    nodes, failure = kubectl.objects("nodes")
    for pool, resource in sorted(pools.items()):
        yield _allocatable(pool, resource, nodes, failure)


def _resource(pool: Manifest) -> str | None:
    """The device that a pool's machines have: its taint keeps everything else away from them."""
    spec = pool.spec.get("template", {}).get("spec", {})
    return next((one["key"] for one in spec.get("taints", ()) if one["key"] in _VENDORS), None)


def _auto(tree: Tree, cluster: str) -> bool:
    """Auto Mode brings its own device plugins, on the machine and not as pods."""
    return any(one.body.get("autoModeConfig", {}).get("enabled") for one in tree.of_kind(cluster, "ClusterConfig"))


def _plugins(resource: str, daemon_sets: Sequence[Mapping[str, Any]], failure: str, *, own: bool) -> Answer:
    wanted = 1 if own else 0
    claim = f"{wanted or 'no'} device plugin of ours offers {resource}"
    if failure:
        return Answer(topic=_TOPIC, claim=claim, state=State.OPEN, found=failure)
    vendor = _VENDORS[resource]
    found = sorted(_full_name(one) for one in daemon_sets if _is_plugin(one, vendor))
    if len(found) == wanted:
        return Answer(topic=_TOPIC, claim=claim, state=State.TRUE, found=", ".join(found))
    fix = (
        "two plugins take devices from each other and the node offers 0: remove the one that is not declared"
        if found
        else "nothing offers the devices to pods, which stay Pending: is its operator's Application healthy?"
    )
    return Answer(topic=_TOPIC, claim=claim, state=State.FALSE, found=", ".join(found) or "there is none", fix=fix)


def _is_plugin(daemon_set: Mapping[str, Any], vendor: str) -> bool:
    pod = daemon_set.get("spec", {}).get("template", {}).get("spec", {})
    paths = {str((one.get("hostPath") or {}).get("path", "")).rstrip("/") for one in pod.get("volumes", ())}
    about = " ".join([_full_name(daemon_set), *(str(one.get("image")) for one in pod.get("containers", ()))])
    return _SOCKETS in paths and vendor in about


def _full_name(body: Mapping[str, Any]) -> str:
    metadata = body.get("metadata", {})
    return f"{metadata.get('namespace')}/{metadata.get('name')}"


def _allocatable(pool: str, resource: str, nodes: Sequence[Mapping[str, Any]], failure: str) -> Answer:
    claim = f"every machine of the pool {pool} offers {resource}"
    offers: dict[str, list[str]] = defaultdict(list)
    for node in nodes:
        metadata = node.get("metadata", {})
        if metadata.get("labels", {}).get("karpenter.sh/nodepool") == pool:
            offers[str(node.get("status", {}).get("allocatable", {}).get(resource, "0"))].append(
                metadata.get("name", "")
            )
    if failure or not offers:
        return Answer(topic=_TOPIC, claim=claim, state=State.OPEN, found=failure or "none is running now")
    if empty := offers.get("0"):
        fix = "kubectl describe node: the driver did not load, or two device plugins compete"
        return Answer(topic=_TOPIC, claim=claim, state=State.FALSE, found=f"not {', '.join(sorted(empty))}", fix=fix)
    counts = ", ".join(f"{len(names)} with {offered}" for offered, names in sorted(offers.items()))
    return Answer(topic=_TOPIC, claim=claim, state=State.TRUE, found=counts)
