"""A server's room on its node: the container's memory, /dev/shm, and the disk that weights are copied to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundwork.catalog.quantities import parse_quantity
from groundwork.proofs.fields import Pointer, entries, mapping, text, value_at
from groundwork.proofs.fit.account import Account, gib
from groundwork.proofs.fit.host import Need
from groundwork.proofs.fit.rules import DISK, HOST_MEMORY, SHARED_MEMORY
from groundwork.proofs.fit.servers import Server
from groundwork.proofs.world import World

__all__ = ["judge_disk", "judge_memory", "judge_shared_memory"]

_MI = 1024**2
_SHM = "/dev/shm"  # noqa: S108 - of the pod
# What a container has of it unless a volume is mounted there.
_DEFAULT_SHM = 64 * _MI
_DISK = "ephemeral-storage"
_THOUSAND = 1000


def judge_memory(account: Account, needed: int) -> None:
    """The container's own limit; without one the policies have something to say."""
    server = account.server
    need = account.memory = Need(needed=needed, has=server.limits.get("memory"))
    if not need.met:
        problem = f"its container may use {gib(need.has or 0)} of memory and needs {gib(needed)}"
        fix = f"Raise request and limit to {-(-needed // 1024**3)}Gi at the least."
        account.breaks(HOST_MEMORY, problem, (*server.at, "resources", "limits", "memory"), fix=fix)


def judge_shared_memory(account: Account, needed: int) -> None:
    """A volume in memory, large enough for the processes of one node."""
    if not needed:
        return
    server = account.server
    volume = server.mounted(_SHM)
    on_disk = bool(volume) and text(volume, "emptyDir", "medium") != "Memory"
    has = _DEFAULT_SHM if not volume else _size(value_at(volume, "emptyDir", "sizeLimit"))
    need = account.shared = Need(needed=needed, has=0 if on_disk else has)
    if need.met:
        return
    there = "is on a disk" if on_disk else f"has {gib(need.has or 0)}"
    place = _volume_at(server, volume) if volume else (*server.at, "volumeMounts")
    fix = f"Mount an emptyDir with `medium: Memory` and `sizeLimit: {-(-needed // 1024**3)}Gi` or more at {_SHM}."
    account.breaks(SHARED_MEMORY, f"{_SHM} {there} and {gib(needed)} are needed", place, fix=fix)


def judge_disk(account: Account, weights: int, world: World) -> None:
    """Weights fit into the volume that takes them, and all volumes into what the pod may take of the node's disk."""
    server = account.server
    path = server.weights
    volume = server.mounted(path) if path.startswith("/") else {}
    limit = server.pods.limits.get(_DISK)
    has = _held(volume, server, world) if volume else None
    if not volume and not path.startswith("/") and limit:
        has = limit // _THOUSAND
    need = account.disk = Need(needed=weights, has=has)
    if not need.met:
        place = _volume_at(server, volume) if volume else (*server.at, "resources", "limits", _DISK)
        problem = f"{gib(weights)} of weights are copied to a volume of {gib(need.has or 0)}"
        account.breaks(DISK, problem, place, fix=f"Give it {-(-weights * 11 // 10 // 1024**3)}Gi or more.")
    grown = sum(_size(value_at(one, "emptyDir", "sizeLimit")) or 0 for one in _on_disk(server))
    if limit and grown > limit // _THOUSAND:
        problem = (
            f"its volumes may hold {gib(grown)}, and the pod may take {gib(limit // _THOUSAND)} of the node's disk"
        )
        place = (*server.at, "resources", "limits", _DISK)
        account.breaks(DISK, problem, place, fix="Raise ephemeral-storage of the container that serves.")


def _on_disk(server: Server) -> list[dict[str, Any]]:
    volumes = [volume for _, volume in entries(server.pods.spec, "volumes")]
    return [one for one in volumes if "emptyDir" in one and text(one, "emptyDir", "medium") != "Memory"]


def _held(volume: Mapping[str, Any], server: Server, world: World) -> int | None:
    """What a volume has room for; None where nothing limits it, or nobody says."""
    storage = ("resources", "requests", "storage")
    if "emptyDir" in volume:
        return _size(value_at(volume, "emptyDir", "sizeLimit"))
    template = mapping(volume, "ephemeral", "volumeClaimTemplate", "spec")
    claim = text(volume, "persistentVolumeClaim", "claimName")
    found = world.find("PersistentVolumeClaim", claim, namespace=server.pods.namespace) if claim else None
    return _size(value_at(template or mapping(found.body if found else {}, "spec"), *storage))


def _volume_at(server: Server, volume: Mapping[str, Any]) -> Pointer:
    place = next((at for at, one in entries(server.pods.spec, "volumes") if one is volume), ())
    return (*server.pods.at, *place)


def _size(quantity: Any) -> int | None:
    """Bytes of a quantity; None where there is none, or it is not one: the schema proof says so."""
    try:
        return int(parse_quantity(str(quantity))) if isinstance(quantity, (str, int)) else None
    except ValueError:
        return None
