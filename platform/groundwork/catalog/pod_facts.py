"""Pods that charts and operators make: how many, and the part of their spec that says where they run and what they ask for.

What our values or a custom resource decide is a template over them (`catalog/templates.py`), so a statement follows a change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from groundwork.catalog.templates import filled, holds

__all__ = ["Controller", "PodFacts", "PodShape", "Trust", "pod_facts"]

Controller = Literal["Deployment", "DaemonSet", "StatefulSet", "Job", "Pod"]
Trust = Literal["verified", "assumed"]

# What Kubernetes takes for a Deployment that says nothing.
_SURGE = "25%"


@dataclass(frozen=True, kw_only=True)
class PodShape:
    """Pods as they will be.

    `most` is the number up to which an autoscaler of the chart's own may go; `surge` a number or percentage, as `maxSurge` is.
    `spec` holds what is stated of a pod spec, in Kubernetes' words: containers with resources, selectors, tolerations, ...
    """

    replicas: int
    most: int
    surge: int | str
    spec: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class PodFacts:
    """Pods of one template, as stated.

    `ports` maps names to numbers. `replicas`, `most`, `surge` and `spec` are templates; a DaemonSet's `replicas` are per node, a
    Job's those that run at once. `where` holds values by their paths: the pods are made only where these are so.
    """

    labels: Mapping[str, str]
    ports: Mapping[str, int]
    controller: Controller = "Deployment"
    replicas: int | str = 1
    most: int | str | None = None
    surge: int | str = 0
    spec: Mapping[str, Any] = field(default_factory=dict)
    where: Mapping[str, Any] = field(default_factory=dict)

    def known(self, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """These fields with what is taken where they say nothing."""
        return fields

    def made(self, fields: Mapping[str, Any]) -> bool:
        """Whether these pods are made with such values or of such a resource."""
        return holds(self.where, self.known(fields))

    def resolved(self, fields: Mapping[str, Any]) -> PodShape:
        """The pods that are made with such values or of such a resource."""
        fields = self.known(fields)
        replicas = _number(filled(self.replicas, fields), 1)
        surge = filled(self.surge, fields)
        return PodShape(
            replicas=replicas,
            most=max(replicas, _number(filled(self.most, fields), replicas)),
            surge=surge if isinstance(surge, (int, str)) else 0,
            spec=filled(self.spec, fields),
        )


def pod_facts(body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of PodFacts from a statement in a file."""
    controller = body.get("controller", "Deployment")
    return {
        "labels": body["labels"],
        "ports": body.get("ports", {}),
        "controller": controller,
        "replicas": body.get("replicas", 1),
        "most": body.get("most"),
        "surge": body.get("surge", _SURGE if controller == "Deployment" else 0),
        "spec": body.get("spec", {}),
        "where": body.get("where", {}),
    }


def _number(found: Any, otherwise: int) -> int:
    return found if isinstance(found, int) and not isinstance(found, bool) else otherwise
