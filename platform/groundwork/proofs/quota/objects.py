"""How many objects of each kind a namespace will hold, by the names that quotas use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from groundwork.proofs.fields import entries, text, value_at
from groundwork.proofs.pods import pod_sets
from groundwork.proofs.quota.budget import Share
from groundwork.proofs.resources import read
from groundwork.proofs.world import Service, World, noted
from groundwork.tree.manifest import Manifest

__all__ = ["countable", "objects_of"]

# What controllers of Kubernetes make, and how many of it, no tree says.
_OF_CONTROLLERS = (
    "controllerrevisions.apps",
    "endpoints",
    "endpointslices.discovery.k8s.io",
    "events",
    "events.events.k8s.io",
    "jobs.batch",
    "leases.coordination.k8s.io",
    "replicasets.apps",
)
_CLAIMS = "persistentvolumeclaims"
_STORAGE = "requests.storage"
_OF_CLASS = ".storageclass.storage.k8s.io/"
_OF_CORE = ("configmaps", "replicationcontrollers", "resourcequotas", "secrets", "services")
_OF_SERVICES = ("services.loadbalancers", "services.nodeports")
_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"

# Who brings how many thousandths of what: by namespace and resource.
_Brought = dict[tuple[str, str], Counter[str]]


def countable(world: World, namespace: str, resource: str) -> bool:
    """Whether the tree says how much of a resource there will be: no controller makes more of it beside."""
    plain = resource.removeprefix("count/")
    if plain == _CLAIMS or resource == _STORAGE or _OF_CLASS in resource:
        # The claims of a database or of Prometheus are their operator's.
        return not any(one.namespace == namespace and not one.at for one in pod_sets(world))
    return plain not in _OF_CONTROLLERS and (resource != plain or plain in (*_OF_CORE, *_OF_SERVICES))


def objects_of(world: World, namespace: str, resource: str) -> list[Share]:
    """Who brings how much of a resource that is no pod's: `secrets`, `count/deployments.apps`, `requests.storage`, ..."""
    brought = _brought(world).get((namespace, resource), Counter())
    return [Share(who=who, each=amount) for who, amount in brought.items()]


@noted
def _brought(world: World) -> _Brought:
    found: _Brought = {}
    for namespace, resource, who, amount in (*_named(world), *_services(world), *_claims(world), *_others(world)):
        found.setdefault((namespace, resource), Counter())[who] += amount
    return found


def _named(world: World) -> Iterator[tuple[str, str, str, int]]:
    """Secrets and ConfigMaps: those of the tree, and those that operators write."""
    for kind, found in (("Secret", world.secrets), ("ConfigMap", world.config_maps)):
        for namespace, name in found:
            yield from _both(namespace, f"{kind.lower()}s", f"{kind} {name}")


def _services(world: World) -> Iterator[tuple[str, str, str, int]]:
    for (namespace, name), one in world.services.items():
        who = f"Service {name}"
        yield from _both(namespace, "services", who)
        kind = text(one.manifest.body, "spec", "type") if one.manifest.kind == "Service" else ""
        if kind == "LoadBalancer":
            yield namespace, "services.loadbalancers", who, 1000
        yield namespace, "services.nodeports", who, 1000 * _node_ports(one, kind)


def _node_ports(one: Service, kind: str) -> int:
    unneeded = value_at(one.manifest.body, "spec", "allocateLoadBalancerNodePorts") is False
    return len(one.ports) if kind == "NodePort" or (kind == "LoadBalancer" and not unneeded) else 0


def _claims(world: World) -> Iterator[tuple[str, str, str, int]]:
    for one in world.objects("PersistentVolumeClaim"):
        yield from _claimed(world, one, one.body, 1)
    for pods in pod_sets(world):
        for _, claim in entries(pods.source.body, "spec", "volumeClaimTemplates") if pods.at else ():
            yield from _claimed(world, pods.source, claim, pods.scale.most)


def _claimed(world: World, one: Manifest, claim: Mapping[str, Any], count: int) -> Iterator[tuple[str, str, str, int]]:
    who = f"{one.kind} {one.name}"
    storage = read(value_at(claim, "spec", "resources", "requests")).get("storage", 0) * count
    of_class = (text(claim, "spec", "storageClassName") or _default_class(world)) + _OF_CLASS
    yield one.namespace, f"count/{_CLAIMS}", who, 1000 * count
    for prefix in ("", of_class):
        yield one.namespace, f"{prefix}{_CLAIMS}", who, 1000 * count
        yield one.namespace, f"{prefix}{_STORAGE}", who, storage


@noted
def _default_class(world: World) -> str:
    classes = world.objects("StorageClass", "storage.k8s.io")
    return next((one.name for one in classes if one.annotations.get(_DEFAULT_CLASS) == "true"), "")


def _others(world: World) -> Iterator[tuple[str, str, str, int]]:
    for one in world.manifests:
        resource = _resource(one)
        if one.synced and one.namespace and resource not in ("secrets", "configmaps", "services", _CLAIMS):
            yield from _both(one.namespace, resource, f"{one.kind} {one.name}")


def _both(namespace: str, resource: str, who: str) -> Iterator[tuple[str, str, str, int]]:
    """What is counted under two names: as an object of any kind, and some kinds under an older name."""
    yield namespace, f"count/{resource}", who, 1000
    if resource in _OF_CORE:
        yield namespace, resource, who, 1000


def _resource(one: Manifest) -> str:
    """The resource of an object, as the API calls it: "deployments.apps", "networkpolicies.networking.k8s.io"."""
    kind = one.kind.lower()
    if kind.endswith(("s", "x", "ch")):
        plural = kind if kind == "endpoints" else f"{kind}es"
    elif kind.endswith("y") and kind[-2:-1] not in "aeiou":
        plural = f"{kind[:-1]}ies"
    else:
        plural = f"{kind}s"
    return f"{plural}.{one.group}" if one.group else plural
