"""Canaries: what a model's next version does differently from the one that it is to replace, while both answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from groundwork.components.gateway.demand import failing
from groundwork.fleet.canary import Canary
from groundwork.fleet.site import Site
from groundwork.kube.alert import alert
from groundwork.kube.component import Component
from groundwork.kube.stage import Stage

_WINDOW = "30m"
_SLOWER = 1.5
_WORSE = 0.02
_BACK = "Take `canary` out of the cluster's file, or lower `percent`: the next sync of the model gateway sends everything back."


class Canaries(Component):
    """Alerts that compare a model with its canary, at the model gateway and at the servers.

    `models: {old: {canary: {model: new, percent: 20}}, new: {...}}` serves both; callers go on asking for `old`, and the model
    gateway gives a fifth of that to `new`. Promotion is a diff of one line each: a higher `percent`, 100 at last; then roles
    and tenants name `new`, and `old` goes from `models`. What the answers are worth is the evaluation's to say: `new` may be asked
    under its own name.
    """

    stage = Stage.GATEWAY
    namespace = "ai-inference"

    @classmethod
    def carried(cls, site: Site) -> bool:
        return any(one.canary for one in site.cluster.models.values())

    def render(self) -> None:
        self.alerts(*(rule for name, canary in self._on_trial() for rule in self._rules(name, canary)))

    def _on_trial(self) -> list[tuple[str, Canary]]:
        return [(name, one.canary) for name, one in sorted(self.cluster.models.items()) if one.canary]

    def _rules(self, name: str, canary: Canary) -> Iterator[dict[str, Any]]:
        new = canary.model
        more = failing(self.site, name, new, _WINDOW)
        if canary.percent < 100:
            more += f" - {failing(self.site, name, name, _WINDOW)}"
        yield alert(
            "CanaryFails",
            f"{more} > {_WORSE}",
            after="10m",
            severity="warning",
            summary=f"{new} fails more often than {name}, whose canary it is",
            description=f"{canary.percent} % of what callers ask of {name} goes there; the gateway tries the other one again.",
            runbook=f"The pods' logs, and what the gateway says of failures. {_BACK}",
        )
        served = {one.name: one.engine for one in self.site.models}
        if {served[name], served[new]} == {"vllm"} and canary.percent < 100:
            yield alert(
                "CanarySlower",
                f"{_first_token(new)} > {_SLOWER} * {_first_token(name)}",
                after="30m",
                severity="warning",
                summary=f"{new} takes half as long again as {name} for its first token",
                description="One of twenty callers waits that much longer; with all requests it would be more.",
                runbook=f"vllm:num_requests_waiting of both: too few replicas, or a larger model? {_BACK}",
            )


def _first_token(model: str) -> str:
    buckets = f'rate(vllm:time_to_first_token_seconds_bucket{{model_name="{model}"}}[{_WINDOW}])'
    return f"histogram_quantile(0.95, sum by (le) ({buckets}))"
