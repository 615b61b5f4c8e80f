"""What a cluster will hold once its tree is synced: the objects of the tree, and what charts and operators make of them.

The tree itself holds no chart output. What a chart or an operator makes is stated in the catalogue; whatever rests on such a
statement knows whether it was verified or is assumed.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from groundwork.catalog import operator_facts
from groundwork.catalog.templates import holds, written
from groundwork.proofs.fields import Pointer, entries, mapping, number, text, texts, value_at
from groundwork.proofs.installed import Installed, installed
from groundwork.proofs.intent import Intent
from groundwork.tree.manifest import Manifest
from groundwork.tree.reader import Tree

__all__ = [
    "Keys",
    "Pods",
    "Service",
    "World",
    "matches",
    "noted",
    "pod_specs",
    "pod_templates",
    "worlds",
]

_Result = TypeVar("_Result")

# The keys of a Secret or ConfigMap; None where they are not known before it exists.
Keys = frozenset[str] | None

# Where each kind keeps the template of its pods.
_TEMPLATES: Mapping[str, tuple[str, ...]] = {
    "Pod": (),
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
_BUILTIN = ("", "apps", "batch")
_GROUP = ("spec", "leaderWorkerTemplate")
_RAY = ("spec", "rayClusterConfig")
_NAME_LABEL = "kubernetes.io/metadata.name"


@dataclass(frozen=True, kw_only=True)
class Pods:
    """Pods of one template. `ports` maps the names of container ports to numbers."""

    namespace: str
    labels: Mapping[str, str]
    ports: Mapping[str, int]
    numbers: frozenset[int]
    service_account: str
    source: Manifest
    assumed: bool = False


@dataclass(frozen=True, kw_only=True)
class Service:
    """A Service of the tree, or one that a chart or an operator makes (`manifest` is then what makes it).

    `ports` maps each port number to its name ("" where it has none).
    """

    namespace: str
    name: str
    ports: Mapping[int, str]
    manifest: Manifest
    assumed: bool = False


@dataclass
class World:
    """One cluster, indexed for whoever follows references. Built once per cluster and shared by the proofs.

    `intent` is None where the declarations are not at hand. `notes` is for what an area of edges computes once per cluster.
    """

    tree: Tree
    cluster: str
    intent: Intent | None = None
    notes: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def groups(self) -> frozenset[str] | None:
        """The groups of people that the declarations name."""
        return self.intent.groups if self.intent else None

    @property
    def images(self) -> Mapping[str, str] | None:
        """The tags of our own images."""
        return self.intent.images if self.intent else None

    def objects(self, kind: str, group: str = "") -> list[Manifest]:
        """The tree's objects of a kind."""
        return self.tree.of_kind(self.cluster, kind, group=group)

    def find(self, kind: str, name: str, *, namespace: str = "", group: str = "") -> Manifest | None:
        """The tree's object of that identity, or None."""
        return self.tree.find(self.cluster, kind, name, namespace=namespace, group=group)

    @functools.cached_property
    def manifests(self) -> list[Manifest]:
        return [one for one in self.tree if one.cluster == self.cluster]

    @functools.cached_property
    def pods(self) -> list[Pods]:
        """Every pod template: workloads, charts, operators."""
        return [*self._workload_pods(), *self._chart_pods(), *self._operator_pods()]

    def selected(self, selector: Mapping[str, Any], namespace: str | None) -> list[Pods]:
        """The pods that a label selector (`matchLabels`, `matchExpressions`) picks; in every namespace if that is None."""
        pods = self.pods if namespace is None else self._pods_by_namespace.get(namespace, [])
        return [one for one in pods if matches(selector, one.labels)]

    @functools.cached_property
    def services(self) -> Mapping[tuple[str, str], Service]:
        """Every Service by namespace and name."""
        found = {(one.namespace, one.name): one for one in (*self._chart_services(), *self._made_services())}
        for one in self.objects("Service"):
            ports = [port for _, port in entries(one.body, "spec", "ports")]
            numbers = {port["port"]: text(port, "name") for port in ports if number(port, "port") is not None}
            found[one.namespace, one.name] = Service(
                namespace=one.namespace, name=one.name, ports=numbers, manifest=one
            )
        return found

    @functools.cached_property
    def namespaces(self) -> Mapping[str, Mapping[str, Any]]:
        """The labels of every namespace: those of the tree, and those that EKS or bootstrap make."""
        found: dict[str, Mapping[str, Any]] = {
            name: {_NAME_LABEL: name} for name in ("default", "kube-node-lease", "kube-public", "kube-system", "argocd")
        }
        for one in self.objects("Namespace"):
            found[one.name] = {_NAME_LABEL: one.name, **mapping(one.body, "metadata", "labels")}
        return found

    @functools.cached_property
    def secrets(self) -> Mapping[tuple[str, str], Keys]:
        """The keys of every Secret, by namespace and name: external ones, and what operators make."""
        found: dict[tuple[str, str], Keys] = {}
        for source, made, fields in self.instances:
            for name, keys in made.secrets.items():
                found[source.namespace, written(name, fields)] = frozenset(keys) if keys else None
        for one in self.objects("ExternalSecret", "external-secrets.io"):
            name = text(one.body, "spec", "target", "name") or one.name
            found[one.namespace, name] = _external_keys(one)
        for one in self.objects("Secret"):
            found[one.namespace, one.name] = frozenset({*mapping(one.body, "data"), *mapping(one.body, "stringData")})
        return found

    @functools.cached_property
    def config_maps(self) -> Mapping[tuple[str, str], Keys]:
        """The keys of every ConfigMap, by namespace and name."""
        found: dict[tuple[str, str], Keys] = {
            (namespace, "kube-root-ca.crt"): frozenset({"ca.crt"}) for namespace in self.namespaces
        }
        for one in self.objects("ConfigMap"):
            found[one.namespace, one.name] = frozenset({*mapping(one.body, "data"), *mapping(one.body, "binaryData")})
        return found

    @functools.cached_property
    def service_accounts(self) -> frozenset[tuple[str, str]]:
        """Every ServiceAccount by namespace and name."""
        found = {(one.namespace, one.name) for one in self.objects("ServiceAccount")}
        found |= {(namespace, "default") for namespace in self.namespaces}
        for chart in self.installed:
            found |= {(chart.namespace, name) for name in chart.facts.service_accounts}
        for source, made, fields in self.instances:
            found |= {(source.namespace, written(name, fields)) for name in made.service_accounts}
        return frozenset(found)

    @functools.cached_property
    def classes(self) -> Mapping[str, frozenset[str]]:
        """Classes by kind (StorageClass, GatewayClass, RuntimeClass, ...): those of the tree, of charts and of Kubernetes."""
        found: dict[str, set[str]] = {
            "PriorityClass": {"system-cluster-critical", "system-node-critical"},
            "ClusterRole": {"admin", "cluster-admin", "edit", "view"},
        }
        for one in self.manifests:
            if one.kind in (
                "PriorityClass",
                "StorageClass",
                "GatewayClass",
                "IngressClass",
                "RuntimeClass",
                "ClusterRole",
            ):
                found.setdefault(one.kind, set()).add(one.name)
        for chart in self.installed:
            for name in chart.facts.classes:
                kind, _, called = name.partition("/")
                found.setdefault(kind, set()).add(called)
        return {kind: frozenset(names) for kind, names in found.items()}

    @functools.cached_property
    def _pods_by_namespace(self) -> Mapping[str, list[Pods]]:
        index: dict[str, list[Pods]] = defaultdict(list)
        for one in self.pods:
            index[one.namespace].append(one)
        return index

    def _workload_pods(self) -> Iterator[Pods]:
        for one in self.manifests:
            for _, template in pod_templates(one):
                ports = dict(_container_ports(template))
                yield Pods(
                    namespace=one.namespace,
                    labels=mapping(template, "metadata", "labels"),
                    ports={name: opened for opened, name in ports.items() if name},
                    numbers=frozenset(ports),
                    service_account=text(template, "spec", "serviceAccountName") or "default",
                    source=one,
                )

    def _chart_pods(self) -> Iterator[Pods]:
        for chart in self.installed:
            for namespace, pods in chart.pods:
                if pods.host_network:
                    continue
                yield Pods(
                    namespace=namespace,
                    labels=pods.labels,
                    ports=pods.ports,
                    numbers=frozenset(pods.ports.values()),
                    service_account="",
                    source=chart.source,
                    assumed=pods.trust == "assumed",
                )

    @functools.cached_property
    def installed(self) -> list[Installed]:
        """Each Helm chart and EKS add-on that the catalogue knows, and Argo CD itself."""
        return list(installed(self.tree, self.cluster))

    @functools.cached_property
    def instances(self) -> list[tuple[Manifest, operator_facts.Made, Mapping[str, Any]]]:
        """Each custom resource of which an operator makes something: what it makes, and the fields its templates ask for."""
        kinds = operator_facts.kinds()
        return [
            (one, made, self._fields(one, made))
            for one in self.manifests
            for made in kinds.get(f"{one.kind}.{one.group}", ())
            if holds(made.where, one.body)
        ]

    def _fields(self, one: Manifest, made: operator_facts.Made) -> Mapping[str, Any]:
        fields = {**one.body, "name": one.name, "namespace": one.namespace}
        if made.parameters:
            kind, _, group = made.parameters.kind.partition(".")
            found = self.find(kind, written(made.parameters.name, fields), namespace=one.namespace, group=group)
            fields["parameters"] = found.body if found else {}
        if made.chart:
            fields["values"] = next((one.values for one in self.installed if one.facts.chart == made.chart), {})
        return fields

    def _operator_pods(self) -> Iterator[Pods]:
        for source, made, fields in self.instances:
            for pods in made.pods:
                if not pods.made(fields):
                    continue
                yield Pods(
                    namespace=source.namespace,
                    labels={key: written(value, fields) for key, value in pods.labels.items()},
                    ports=pods.ports,
                    numbers=frozenset(pods.ports.values()),
                    service_account=written(pods.service_account, fields),
                    source=source,
                    assumed=made.trust == "assumed",
                )

    def _chart_services(self) -> Iterator[Service]:
        for chart in self.installed:
            for name, ports in chart.facts.services.items():
                yield Service(
                    namespace=chart.namespace,
                    name=name,
                    ports={number: port for port, number in ports.items()},
                    manifest=chart.source,
                    assumed=chart.facts.trust == "assumed",
                )

    def _made_services(self) -> Iterator[Service]:
        for source, made, fields in self.instances:
            for name, ports in made.services.items():
                yield Service(
                    namespace=source.namespace,
                    name=written(name, fields),
                    ports={number: port for port, number in ports.items()},
                    manifest=source,
                    assumed=made.trust == "assumed",
                )


def worlds(tree: Tree, intent: Intent | None = None) -> list[World]:
    """Every cluster of a tree, indexed."""
    return [World(tree, cluster, intent) for cluster in tree.clusters]


def noted(compute: Callable[[World], _Result]) -> Callable[[World], _Result]:
    """Let a function of the world be computed once per cluster: its result is kept in the world's notes."""

    @functools.wraps(compute)
    def recall(world: World) -> _Result:
        key = f"{compute.__module__}.{compute.__qualname__}"
        if key not in world.notes:
            world.notes[key] = compute(world)
        result: _Result = world.notes[key]
        return result

    return recall


def pod_templates(manifest: Manifest) -> list[tuple[Pointer, dict[str, Any]]]:
    """The pod templates of a workload, each with its pointer: of built-in kinds, and of operators' kinds that hold whole ones."""
    found = ((at, value_at(manifest.body, *at)) for at in _template_places(manifest))
    return [(at, template) for at, template in found if isinstance(template, dict)]


def _template_places(manifest: Manifest) -> list[Pointer]:
    if manifest.group in _BUILTIN and manifest.kind in _TEMPLATES:
        return [_TEMPLATES[manifest.kind]]
    if (manifest.kind, manifest.group) == ("LeaderWorkerSet", "leaderworkerset.x-k8s.io"):
        return [(*_GROUP, "leaderTemplate"), (*_GROUP, "workerTemplate")]
    if (manifest.kind, manifest.group) == ("RayService", "ray.io"):
        workers = [(*place, "template") for place, _ in entries(manifest.body, *_RAY, "workerGroupSpecs")]
        return [(*_RAY, "headGroupSpec", "template"), *workers]
    return []


def pod_specs(manifest: Manifest) -> list[tuple[Pointer, dict[str, Any]]]:
    """The pod specs in a workload, each with its pointer."""
    return [
        ((*at, "spec"), mapping(template, "spec"))
        for at, template in pod_templates(manifest)
        if mapping(template, "spec")
    ]


def _external_keys(one: Manifest) -> Keys:
    """What External Secrets writes: the template's keys where there is one, else what was fetched."""
    template = mapping(one.body, "spec", "target", "template")
    if value_at(one.body, "spec", "dataFrom") or template.get("templateFrom"):
        return None
    if mapping(template, "data"):
        return frozenset(mapping(template, "data"))
    return frozenset(text(entry, "secretKey") for _, entry in entries(one.body, "spec", "data"))


def matches(selector: Mapping[str, Any], labels: Mapping[str, Any]) -> bool:
    """Whether a Kubernetes label selector picks these labels; an empty one picks everything."""
    if any(labels.get(key) != value for key, value in mapping(selector, "matchLabels").items()):
        return False
    return all(_holds(one, labels) for _, one in entries(selector, "matchExpressions"))


def _holds(expression: Mapping[str, Any], labels: Mapping[str, Any]) -> bool:
    key = text(expression, "key")
    values = [value for _, value in texts(expression, "values")]
    match expression.get("operator"):
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
        case _:
            return False


def _container_ports(template: dict[str, Any]) -> Iterator[tuple[int, str]]:
    for containers in ("containers", "initContainers"):
        for _, container in entries(template, "spec", containers):
            for _, port in entries(container, "ports"):
                opened = number(port, "containerPort")
                if opened is not None:
                    yield opened, text(port, "name")
