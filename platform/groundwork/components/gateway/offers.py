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
    by_size = sorted(site.models, key=_size)
    names = [one.name for one in by_size]
    return tuple(names[names.index(name) + 1 :])


def _size(model: Model) -> tuple[int, str]:
    return -model.architecture.parameters, model.name
