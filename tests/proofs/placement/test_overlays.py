"""NodeOverlays: capacity that Karpenter could not know of, and prices that somebody negotiated."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.proofs.placement.cases import fleet, need, pod, pool

SLICE = {"nvidia.com/mig-1g.10gb": "7"}
TYPES = ["m6i.large", "m7i.large"]


def overlay(name: str, *requirements: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """A NodeOverlay."""
    return {"metadata": {"name": name}, "spec": {"requirements": list(requirements), **spec}}


def test_a_resource_that_only_an_overlay_tells_of() -> None:
    """Without it, no machine is known to have slices."""
    asking = pod(asks={"nvidia.com/mig-1g.10gb": "1"})
    told = overlay("slices", need("karpenter.k8s.aws/instance-gpu-name", "h100"), capacity=SLICE)
    sliced = pool("gpu-h100", need("karpenter.k8s.aws/instance-family", "p5"))

    assert fleet(sliced).place(asking).pool is None
    assert (
        {"p5.48xlarge", "p5.4xlarge"}
        >= {one.name for one in fleet(sliced, overlays=[told]).place(asking).machines}
        > set()
    )


@pytest.mark.parametrize(
    ("told", "cheapest", "price"),
    [
        ({"price": "0.01"}, "m7i.large", "0.01"),
        ({"priceAdjustment": "-50%"}, "m7i.large", "0.0504"),
        ({"priceAdjustment": "+1.5"}, "m6i.large", "0.096"),
    ],
)
def test_a_price_is_believed(told: dict[str, str], cheapest: str, price: str) -> None:
    """Told, or changed by an amount or a share."""
    there = fleet(
        pool("p"), types=TYPES, overlays=[overlay("deal", need("karpenter.k8s.aws/instance-family", "m7i"), **told)]
    )
    verdict = there.place(pod())
    assert verdict.pool
    assert (cheapest, Decimal(price)) == (
        verdict.machines[0].name,
        verdict.pool.overlaid.price(verdict.machines[0]).normalize(),
    )


@pytest.mark.parametrize(
    "told", [{"price": "cheap"}, {"price": "NaN"}, {"priceAdjustment": "Infinity"}, {"priceAdjustment": "%"}]
)
def test_what_is_no_price_changes_none(told: dict[str, str]) -> None:
    """The schema proof says so."""
    verdict = fleet(pool("p"), types=TYPES, overlays=[overlay("odd", **told)]).place(pod())
    assert verdict.pool
    assert Decimal("0.096") == verdict.pool.overlaid.price(verdict.machines[0]).normalize()


def test_the_heavier_of_two_is_believed_and_those_of_other_pools_are_not() -> None:
    """An overlay may name the pool by its label."""
    overlays = [
        overlay("light", price="5", weight=1),
        overlay("heavy", need("node.kubernetes.io/instance-type", "m6i.large"), price="1", weight=2),
        overlay("other", need("karpenter.sh/nodepool", "q"), price="9", weight=3),
    ]
    (there,) = fleet(pool("p"), types=TYPES, overlays=overlays).pools
    assert [Decimal(1), Decimal(5)] == [there.overlaid.price(one) for one in there.types(there.options)]
