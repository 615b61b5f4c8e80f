"""What a token of a self-hosted model counts for in a tenant's budget: an estimate, so that budgets bite at all."""

from __future__ import annotations

from decimal import Decimal

from groundwork.fleet.model import Model

__all__ = ["prices"]

# What each of the declared concurrent answers is taken to yield, in tokens a second. No model states its throughput; this is
# about what a reader follows, and the order of magnitude of dense models on the accelerators that hold them.
_PACE = 20
# A prompt is read in parallel, an answer is written word by word.
_PROMPT_SHARE = 10


def prices(model: Model) -> dict[str, float]:
    """LiteLLM's prices per token: a replica's price on demand, over what the replica yields when it is full.

    Prices are those of us-east-1. Nothing where AWS sells the nodes by reservation only. A price by the second would need no
    guess, but LiteLLM's proxy reckons it as nothing (seen with 1.103.2).
    """
    hourly = model.hardware.usd_per_hour
    if hourly is None:
        return {}
    answer = hourly / (3600 * _PACE * model.concurrency)
    return {"input_cost_per_token": _rounded(answer / _PROMPT_SHARE), "output_cost_per_token": _rounded(answer)}


def _rounded(price: Decimal) -> float:
    return float(f"{price:.3g}")
