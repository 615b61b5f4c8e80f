"""Smoke test: after each sync a Job asks models, an agent and Langfuse whether the platform works end to end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from groundwork.catalog import versions
from groundwork.fleet.callers import smoke_caller
from groundwork.fleet.model import Model
from groundwork.fleet.site import AgentInstance
from groundwork.kube.component import Component
from groundwork.kube.pods import Resources
from groundwork.kube.stage import Stage

_SCRIPT = Path(__file__).parent / "scripts" / "smoke.py"
_USER = 65534
# Long enough for a server that was replaced to load its weights again, and for Langfuse to show what came without its own SDK.
_SECONDS = 2400


class Smoke(Component):
    """A PostSync Job in the last wave. `groundwork verify` shows how it ended, its log says why, and Argo CD runs it again until it passes.

    It has a key of its own at the model gateway, so that what it asks is told apart. A model that may scale to zero is
    listed and not asked: a question would buy a machine for it after every sync. An agent is asked only if its model is
    awake. It runs again when what it asks about changes, which includes the versions of what answers.
    Needs the model gateway, Langfuse, and kagent where there are agents; runs in LiteLLM's image, for its Python.
    """

    stage = Stage.PIPELINES
    namespace = "observability"

    def render(self) -> None:
        agent = self._agent()
        self.task(
            self.name,
            image="litellm",
            hook="PostSync",
            command=["python3", "/etc/groundwork/smoke.py", "/etc/groundwork/asked.json"],
            config={"asked.json": json.dumps(self._asked(agent), indent=2), "smoke.py": _SCRIPT.read_text()},
            env=self._environment(agent),
            resources=Resources(cpu="100m", memory="128Mi"),
            user=_USER,
            # The script asks again by itself; what fails after that fails in a second pod too.
            retries=0,
            deadline=_SECONDS + 600,
        )

    def _asked(self, agent: AgentInstance | None) -> dict[str, Any]:
        awake = [model for model in self.site.models if _awake(model)]
        return {
            "seconds": _SECONDS,
            "models": [model.name for model in self.site.models],
            "answering": [model.name for model in awake if not model.embeds],
            "embedding": {model.name: model.dimensions for model in awake if model.embeds},
            "asleep": [model.name for model in self.site.models if not _awake(model)],
            # A model that is down must not be hidden by the one that stands in for it.
            "options": {"disable_fallbacks": True} if self.cluster.gateway.models == "litellm" else {},
            "agent": f"/{agent.namespace}/{agent.agent.name}" if agent else None,
            "versions": self._versions(),
        }

    def _environment(self, agent: AgentInstance | None) -> dict[str, Any]:
        by = self.name
        agents = {"AGENTS_URL": f"{self.reach('kagent-controller', by=by).url}/api/a2a"} if agent else {}
        return {
            **agents,
            "LANGFUSE_PUBLIC_KEY": self.secret("langfuse", "public-key"),
            "LANGFUSE_SECRET_KEY": self.secret("langfuse", "secret-key"),
            "LANGFUSE_URL": self.reach("langfuse-web", by=by).url,
            "MODEL_GATEWAY_KEY": self.secret(smoke_caller(self.site).secret, "key"),
            "MODEL_GATEWAY_URL": self.reach("model-gateway", by=by).url,
        }

    def _agent(self) -> AgentInstance | None:
        """The simplest of the cluster's own agents that has a model awake."""
        candidates = [one for one in self.site.agents if one.tenant is None and _awake(one.model)]
        return min(candidates, key=lambda one: (len(one.agent.tools), one.agent.name), default=None)

    def _versions(self) -> dict[str, str]:
        """Of what answers: a bump is asked about, too."""
        channel = self.cluster.channel
        images = (self.cluster.gateway.models, "langfuse-web", "vllm")
        return {name: versions.image(name, channel).tag for name in images} | {
            "kagent": versions.chart("kagent", channel).version
        }


def _awake(model: Model) -> bool:
    return model.replicas.min > 0
