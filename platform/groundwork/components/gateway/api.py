"""API: one host name for programs, api.<cluster>.<domain>, at whichever edge the cluster has."""

from __future__ import annotations

from groundwork.kube.component import Component
from groundwork.kube.routes import Rule
from groundwork.kube.stage import Stage

_KEYS = "keys of teams"
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
            rules.append(Rule(path="/api/a2a", name="agents", backends=[(agents, 100)], timeout="0s", asks="token"))
        self.route(f"api.{self.site.domain}", rules)

    def _models(self) -> list[Rule]:
        models, share = self.address("model-gateway"), self.cluster.gateway.canary
        if not share:
            return [Rule(path="/v1", name="models", backends=[(models, 100)], timeout="0s", authenticated=_KEYS)]
        canary = self.address("model-gateway-canary")
        chosen = [(_CANARY_HEADER, "true")]
        both = [(models, 100 - share), (canary, share)]
        return [
            Rule(
                path="/v1", name="canary", headers=chosen, backends=[(canary, 100)], timeout="0s", authenticated=_KEYS
            ),
            Rule(path="/v1", name="models", backends=both, timeout="0s", authenticated=_KEYS),
        ]
