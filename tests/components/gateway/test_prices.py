"""Prices: a guess that is said to be one, and never nothing."""

from __future__ import annotations

from typing import Any

from groundwork.components.gateway.prices import prices


def test_every_model_of_the_reference_fleet_costs_something(site: Any) -> None:
    """A price of nothing would let every tenant spend without end."""
    for name in ("dev-us-east-1", "prod-us-east-1", "prod-us-east-2"):
        for model in site(name).models:
            assert 0 < prices(model)["input_cost_per_token"] < prices(model)["output_cost_per_token"] < 0.001
