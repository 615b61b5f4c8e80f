"""What an operator will make of a custom resource: pods, Services, Secrets, ServiceAccounts and whatever else others refer to.

One file per operator in `operators/`, each saying which version was read, where, when, and how sure it is. Names and labels
are templates over the custom resource (`catalog/templates.py`): `{name}`, `{namespace}`, or the path of a field, such as
`{spec.secretName}`. Several operators may make something of one kind: `where` holds the fields by whose values each knows its own.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from groundwork.catalog.pod_facts import PodFacts, Trust, pod_facts
from groundwork.catalog.templates import filled, holds, or_else

__all__ = ["AddedContainers", "Made", "MadePods", "OperatorFacts", "Parameters", "all_facts", "kinds"]

_FOLDER = Path(__file__).with_name("operators")


@dataclass(frozen=True, kw_only=True)
class MadePods(PodFacts):
    """Pods of one template. `part` tells apart those of one resource; labels and `service_account` are templates too.

    Their templates ask for `name`, `namespace`, fields of the resource, of its `parameters`, and of the `values` with which
    the operator's chart is installed. `defaults` holds by its path what the operator takes where the resource says nothing.
    """

    part: str = ""
    service_account: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def known(self, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """The fields of a resource, with the operator's defaults."""
        return or_else(fields, self.defaults)


@dataclass(frozen=True, kw_only=True)
class AddedContainers:
    """Containers that an operator puts into the pod templates of a resource.

    `at` is the path of the templates, with `*` for every entry of a list; `spec` holds the containers, as a pod spec does, and is
    a template as that of `MadePods`.
    """

    at: str
    spec: Mapping[str, Any]
    where: Mapping[str, Any]
    defaults: Mapping[str, Any]

    def into(self, at: Sequence[str | int], fields: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
        """The containers for the template at a place of a resource with these fields, by the list that they go into."""
        known = or_else(fields, self.defaults)
        if self.at != ".".join("*" if isinstance(step, int) else step for step in at) or not holds(self.where, known):
            return {}
        added: dict[str, list[dict[str, Any]]] = filled(self.spec, known)
        return added


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """The object that says how an operator makes its pods: its `kind` is `Kind.group`, its `name` a template."""

    kind: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Made:
    """What becomes of one kind of custom resource.

    `services` maps a name to its ports by name, `secrets` a name to its keys. `objects` are others that may be referred to,
    as `Kind.group/name` in the resource's own namespace. `variables` are added to the containers of its pod templates, and
    `containers` are added to these.
    `where` holds values of fields, by their paths: it is made only of resources that have them. `parameters` is the other
    object that decides, in the resource's own namespace, and `chart` the one that brings the operator, if its values decide.
    """

    pods: tuple[MadePods, ...] = ()
    services: Mapping[str, Mapping[str, int]]
    secrets: Mapping[str, tuple[str, ...]]
    service_accounts: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    where: Mapping[str, str]
    variables: tuple[str, ...] = ()
    containers: tuple[AddedContainers, ...] = ()
    parameters: Parameters | None = None
    chart: str = ""
    trust: Trust


@dataclass(frozen=True, kw_only=True)
class OperatorFacts:
    """Everything that is stated about one operator; `kinds` is keyed by `Kind.group`."""

    operator: str
    version: str
    date: str
    source: str
    kinds: Mapping[str, Made]


@functools.cache
def all_facts() -> tuple[OperatorFacts, ...]:
    """The facts of every operator, by name."""
    return tuple(_read(file) for file in sorted(_FOLDER.glob("*.yaml")))


@functools.cache
def kinds() -> Mapping[str, tuple[Made, ...]]:
    """What is made of a custom resource, by `Kind.group`: one statement per operator that knows the kind."""
    found: dict[str, tuple[Made, ...]] = {}
    for facts in all_facts():
        for kind, made in facts.kinds.items():
            found[kind] = (*found.get(kind, ()), made)
    return found


def _read(file: Path) -> OperatorFacts:
    loaded: dict[str, Any] = yaml.load(file.read_text(), Loader=yaml.CSafeLoader)
    read = loaded["read"]
    return OperatorFacts(
        operator=file.stem,
        version=str(read["version"]),
        date=str(read["date"]),
        source=read["source"],
        kinds={kind: _made(body, loaded["trust"]) for kind, body in loaded["kinds"].items()},
    )


def _made(body: dict[str, Any], trust: Trust) -> Made:
    return Made(
        pods=tuple(_pods(one, body.get("defaults", {})) for one in body.get("pods", ())),
        services=body.get("services", {}),
        secrets={name: tuple(keys) for name, keys in body.get("secrets", {}).items()},
        service_accounts=tuple(body.get("serviceAccounts", ())),
        objects=tuple(body.get("objects", ())),
        variables=tuple(body.get("variables", ())),
        containers=tuple(_added(one, body.get("defaults", {})) for one in body.get("containers", ())),
        where=body.get("where", {}),
        parameters=Parameters(**body["parameters"]) if "parameters" in body else None,
        chart=body.get("chart", ""),
        trust=body.get("trust", trust),
    )


def _pods(body: dict[str, Any], defaults: Mapping[str, Any]) -> MadePods:
    return MadePods(
        part=body.get("part", ""),
        service_account=body.get("serviceAccount", ""),
        defaults=defaults,
        **pod_facts(body),
    )


def _added(body: dict[str, Any], defaults: Mapping[str, Any]) -> AddedContainers:
    return AddedContainers(at=body["at"], spec=body["spec"], where=body.get("where", {}), defaults=defaults)
