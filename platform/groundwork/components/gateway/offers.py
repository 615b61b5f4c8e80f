"""Offers: the names that callers may ask a model gateway for, and what answers. The same whichever gateway a cluster has."""

from __future__ import annotations

from dataclasses import dataclass

from groundwork.fleet.callers import Caller
from groundwork.fleet.model import Model
from groundwork.fleet.site import Site

__all__ = ["CASCADE", "Cascade", "Offer", "Share", "allowed", "cascade", "offers", "shares"]

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


@dataclass(frozen=True, kw_only=True)
class Share:
    """The part of a model's requests that a server answers, in percent."""

    model: str
    percent: int


def shares(site: Site, model: str) -> tuple[Share, ...]:
    """Who answers what is asked of a model: itself, or besides or instead of it the version on trial."""
    declared = site.cluster.models.get(model)
    canary = declared.canary if declared else None
    if canary is None:
        return (Share(model=model, percent=100),)
    trial = Share(model=canary.model, percent=canary.percent)
    return (trial,) if canary.percent == 100 else (Share(model=model, percent=100 - canary.percent), trial)


def offers(site: Site) -> tuple[Offer, ...]:
    """Every model and adapter under its own name, then every role; each sorted."""
    names = sorted([*(name for one in site.models for name in one.names), *site.cluster.bedrock])
    models = [Offer(name=name, model=name, fallbacks=_smaller(site, name)) for name in names]
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
    """From large to small, among those that can do as much: see, call tools. Vectors of two models cannot be compared.

    What is on trial stands in for nobody else. Bedrock's models have no size that we know: nothing of ours stands in for them.
    """
    trials = {one.canary.model for one in site.cluster.models.values() if one.canary}
    by_size = sorted(site.models, key=lambda one: (-one.architecture.parameters, one.name))
    place = next((index for index, one in enumerate(by_size) if one.name == name), None)
    if place is None:
        return ()
    smaller = [one for one in by_size[place + 1 :] if one.name not in trials]
    return tuple(one.name for one in smaller if _can_stand_in(one, by_size[place]))


def _can_stand_in(other: Model, model: Model) -> bool:
    if other.embeds or model.embeds:
        return False
    """What sleeps would wake up too late, on nodes of its own."""
    awake = other.replicas.min > 0
    return awake and (other.images > 0 or not model.images) and (other.calls_tools or not model.calls_tools)
