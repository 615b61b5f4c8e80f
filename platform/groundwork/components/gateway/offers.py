"""Offers: the names that callers may ask a model gateway for, and what answers. The same whichever gateway a cluster has."""

from __future__ import annotations

from dataclasses import dataclass

from groundwork.fleet.callers import Caller
from groundwork.fleet.model import Model
from groundwork.fleet.site import Site

__all__ = ["CASCADE", "Cascade", "Offer", "allowed", "cascade", "offers"]

# What callers ask for when the gateway is to choose.
CASCADE = "auto"


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A name, the model that answers to it, and those that answer when it does not: smaller ones, the largest first."""

    name: str
    model: str
    fallbacks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Cascade:
    """Easy requests go to the model of the role `fast`, hard ones to that of the role `reasoning`."""

    small: str
    large: str


def offers(site: Site) -> tuple[Offer, ...]:
    """Every model under its own name, then every role; sorted."""
    models = [Offer(name=one.name, model=one.name, fallbacks=_smaller(site, one.name)) for one in site.models]
    roles = [
        Offer(name=role, model=model, fallbacks=_smaller(site, model)) for role, model in site.cluster.roles.items()
    ]
    return (*models, *sorted(roles, key=lambda one: one.name))


def cascade(site: Site) -> Cascade | None:
    """The cascade, where both of its roles are filled and not by the same model."""
    small, large = (site.cluster.roles.get(role) for role in ("fast", "reasoning"))
    return Cascade(small=small, large=large) if small and large and small != large else None


def allowed(site: Site, caller: Caller) -> tuple[str, ...]:
    """The names that a caller's key opens: models, roles that they fill, and the cascade where it opens both of its models."""
    names = [one.name for one in offers(site) if one.model in caller.models]
    choice = cascade(site)
    return (*names, *([CASCADE] if choice and {choice.small, choice.large} <= {*caller.models} else []))


def _smaller(site: Site, name: str) -> tuple[str, ...]:
    """From large to small, among those that can do as much: see, call tools. Vectors of two models cannot be compared."""
    by_size = sorted(site.models, key=lambda one: (-one.architecture.parameters, one.name))
    place = next(index for index, one in enumerate(by_size) if one.name == name)
    return tuple(one.name for one in by_size[place + 1 :] if _can_stand_in(one, by_size[place]))


def _can_stand_in(other: Model, model: Model) -> bool:
    if other.embeds or model.embeds:
        return False
    return (other.images > 0 or not model.images) and (other.calls_tools or not model.calls_tools)
