"""API: one host name for programs, api.<cluster>.<domain>, at whichever edge the cluster has."""

from __future__ import annotations

from collections.abc import Sequence

from groundwork.kube.component import Component
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.routes import Rule
from groundwork.kube.stage import Stage

# Requests per second and proxy: one call of an agent is many of a model.
_AGENT_CALLS = 20
_CANARY_HEADER = "x-groundwork-canary"


class Api(Component):
    """Models at /v1, agents at /api/a2a. Pages bring their own routes.

    An answer may take as long as it takes: requests have no total timeout. Models know their callers by keys; agents act
    for people, so the edge wants the identity provider's token. Testers ask for the model gateway's canary by a header.
    """

    stage = Stage.GATEWAY
    namespace = "ai-gateway"

    def render(self) -> None:
        rules = self._models()
        if self.site.agents:
            agents = self.address("kagent-controller")
            rules.append(
                Rule(
                    path="/api/a2a",
                    name="agents",
                    backends=[(agents, 100)],
                    asks="token",
                    guarded=True,
                    rate=_AGENT_CALLS,
                    timeout="0s",
                )
            )
        self.route(f"api.{self.site.domain}", rules)

    def _models(self) -> list[Rule]:
        models, share = self.address("model-gateway"), self.cluster.gateway.canary
        if not share:
            return [_completions("models", [(models, 100)])]
        canary = self.address("model-gateway-canary")
        return [
            _completions("canary", [(canary, 100)], headers=[(_CANARY_HEADER, "true")]),
            _completions("models", [(models, 100 - share), (canary, share)]),
        ]


def _completions(name: str, backends: list[tuple[Endpoint, int]], headers: Sequence[tuple[str, str]] = ()) -> Rule:
    return Rule(
        path="/v1",
        name=name,
        headers=headers,
        backends=backends,
        authenticated="keys of teams",
        guarded=True,
        timeout="0s",
    )
