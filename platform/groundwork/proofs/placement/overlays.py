"""NodeOverlays: what somebody says that Karpenter should believe of instance types, their price or what they have.

After pkg/controllers/nodeoverlay of sigs.k8s.io/karpenter v1.14.1 (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from groundwork.catalog.instances import InstanceType
from groundwork.proofs import resources
from groundwork.proofs.fields import mapping, number, text
from groundwork.proofs.placement.machines import CAPACITY_TYPE, ZONE, Labels, Market, matching, members
from groundwork.proofs.placement.requirements import Requirements
from groundwork.proofs.resources import Amounts

__all__ = ["Overlaid"]

_NEVER_SOLD = Decimal("Infinity")


@dataclass(frozen=True, kw_only=True)
class Overlaid:
    """What is believed of the types of one pool: prices in $ per hour, capacities in thousandths, by the type's name."""

    prices: Mapping[str, Decimal] = field(default_factory=dict)
    capacities: Mapping[str, Amounts] = field(default_factory=dict)

    @classmethod
    def none(cls) -> Overlaid:
        return cls()

    @classmethod
    def of(
        cls,
        overlays: Sequence[Mapping[str, Any]],
        *,
        pool: Requirements,
        market: Market,
        labels: Mapping[str, Labels],
        domain: str,
    ) -> Overlaid:
        """The overlays that speak of the machines of a pool with those labels; where two do, the heavier one is believed."""
        prices: dict[str, Decimal] = {}
        capacities: dict[str, Amounts] = {}
        known = {key if "/" in key else f"{domain}/{key}" for key in labels}
        for body in sorted(overlays, key=_heaviest_last, reverse=True):
            wanted = Requirements.of_expressions(body, "spec", "requirements")
            if pool.refusal(wanted, known):
                continue
            chosen = matching(labels, wanted.values(), domain, market.shelf.everything)
            for at in members(chosen):
                one = market.shelf.types[at]
                price = _price(mapping(body, "spec"), one)
                if price is not None and _everywhere(wanted):
                    prices.setdefault(one.name, price)
                capacity = resources.read(mapping(body, "spec", "capacity"))
                if capacity:
                    capacities[one.name] = {**capacity, **capacities.get(one.name, {})}
        return cls(prices=prices, capacities=capacities)

    def price(self, one: InstanceType) -> Decimal:
        """$ per hour on demand in us-east-1, unless an overlay says otherwise; infinite where it is not sold by the hour."""
        return self.prices.get(one.name, _NEVER_SOLD if one.usd_per_hour is None else one.usd_per_hour)

    def capacity(self, one: InstanceType) -> Amounts:
        """What it is believed to have beside, or instead."""
        return self.capacities.get(one.name, {})


def _heaviest_last(body: Mapping[str, Any]) -> tuple[int, str]:
    return number(body, "spec", "weight") or 0, text(body, "metadata", "name")


def _everywhere(wanted: Requirements) -> bool:
    """Whether a price holds for a type however it is bought, and not for some of its offerings."""
    return CAPACITY_TYPE not in wanted and ZONE not in wanted


def _price(spec: Mapping[str, Any], one: InstanceType) -> Decimal | None:
    told, change = text(spec, "price"), text(spec, "priceAdjustment")
    own = one.usd_per_hour
    try:
        if told:
            price = Decimal(told)
        elif not change or own is None:
            return None
        elif change.endswith("%"):
            price = own * (1 + Decimal(change[:-1]) / 100)
        else:
            price = own + Decimal(change)
    except InvalidOperation:
        return None
    return max(price, Decimal(0)) if price.is_finite() else None
