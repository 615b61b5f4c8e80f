"""A node agent: one pod on every node of a kind. What touches the node's devices or files is one, and nothing else is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from groundwork.kube.labels import selector_labels
from groundwork.kube.pods import Replicas
from groundwork.kube.workload import Workload

__all__ = ["NodeAgent"]

_EVERY_TAINT = ({"operator": "Exists"},)


@dataclass(frozen=True, kw_only=True)
class NodeAgent(Workload):
    """What a component says of a DaemonSet. Components call `Component.node_agent`.

    It tolerates every taint, so its `placement` chooses nodes by labels alone. No quota counts it: a full one would keep it
    from new nodes.

    Args:
        privileged: gives it the node's devices. Policies refuse that, so each agent needs a waiver with its reason.
        security: what else its container's security context says, such as a user.
    """

    replicas: Replicas = Replicas(at_least=1)
    surge: bool = False
    priority: str = "system-node-critical"
    privileged: bool = False
    security: Mapping[str, Any] = field(default_factory=dict)
    tolerations: Sequence[Mapping[str, Any]] = _EVERY_TAINT

    def _controller(self) -> dict[str, Any]:
        return self._object(
            "apps/v1",
            "DaemonSet",
            spec={
                "selector": {"matchLabels": selector_labels(self.name)},
                "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "10%"}},
                "revisionHistoryLimit": 3,
                "template": self._template(),
            },
        )

    def _pod(self) -> dict[str, Any]:
        pod: dict[str, Any] = {**super()._pod(), "tolerations": [dict(one) for one in self.tolerations]}
        if self.privileged:
            pod["securityContext"] = {"seccompProfile": {"type": "RuntimeDefault"}}
        elif self.user == 0:
            pod["securityContext"] |= {"runAsNonRoot": False}
        return pod

    def _main(self) -> dict[str, Any]:
        container = super()._main()
        if self.privileged:
            container["securityContext"] = {"privileged": True, "readOnlyRootFilesystem": True, "runAsUser": 0}
        container["securityContext"] |= dict(self.security)
        return container

    def _monitor(self) -> dict[str, Any]:
        return self._monitor_of_pods()

    def manifests(self) -> list[dict[str, Any]]:
        """The same objects, but for the Service: nobody calls a node agent, and Prometheus finds its pods."""
        return [one for one in super().manifests() if one["kind"] != "Service"]
