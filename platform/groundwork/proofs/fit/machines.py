"""The machines that a server may land on, each with the accelerator that it has."""

from __future__ import annotations

from collections.abc import Mapping

from groundwork.catalog.accelerators import Accelerator, accelerators
from groundwork.catalog.instances import InstanceType
from groundwork.proofs.fit.servers import Server
from groundwork.proofs.placement.homes import Home, homes
from groundwork.proofs.world import World, noted

__all__ = ["machines"]


def machines(world: World, server: Server) -> list[tuple[Accelerator, InstanceType]]:
    """Every instance type that the preferred pool may buy for it, cheapest first; none where it lands nowhere."""
    home = _by_pods(world).get(id(server.pods))
    found = [(_accelerator(one), one) for one in home.machines] if home else []
    return [(kind, one) for kind, one in found if kind is not None]


@noted
def _by_pods(world: World) -> Mapping[int, Home]:
    return {id(home.pods): home for home in homes(world)}


def _accelerator(machine: InstanceType) -> Accelerator | None:
    return next((kind for kind in accelerators().values() if machine.family in kind.families), None)
