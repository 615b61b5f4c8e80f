"""Who runs as what: namespaces, ServiceAccounts, roles and their subjects, classes of priority, storage and runtime."""

from __future__ import annotations

from collections.abc import Iterator

from groundwork.findings import Rule
from groundwork.proofs.apiserver.faults import did_you_mean
from groundwork.proofs.edges.configuration import NO_SECRET, absent
from groundwork.proofs.edges.edge import Edge, edges_of, held, missing
from groundwork.proofs.fields import Pointer, entries, text, texts, value_at
from groundwork.proofs.world import World, pod_specs
from groundwork.tree.manifest import Manifest

_REFUSED = "The API server or the scheduler refuses the pods; the workload stays at zero."

RULES = (
    NO_NAMESPACE := Rule(
        id="references/missing-namespace",
        title="The namespace of an object exists",
        why="The API server refuses the object, and the sync of its component stops.",
        fix="Correct the namespace, or let a component declare it.",
        explanation="Namespaces come from components (`namespace`, `further_namespaces`) and tenants; kube-system is made by EKS, "
        "argocd by bootstrap.",
    ),
    NO_ACCOUNT := Rule(
        id="references/missing-service-account",
        title="A ServiceAccount that is named exists",
        why="Pods of an unknown ServiceAccount are refused; a binding or an association for one gives nobody anything.",
        fix="Correct the name or the namespace.",
        explanation="A ServiceAccount is known by namespace and name; those that charts and operators make stand in the catalogue.",
    ),
    NO_ROLE := Rule(
        id="references/missing-role",
        title="A binding's role exists",
        why="The binding is accepted and gives nothing: people are locked out, controllers fail.",
        fix="Correct the name, or make the role.",
        explanation="RoleBindings refer to a Role of their namespace or a ClusterRole; admin, edit, view and cluster-admin are built in.",
    ),
    NO_GROUP := Rule(
        id="references/missing-group",
        title="A group that is bound is one that somebody can be in",
        why="Nobody carries that group, so the binding lets nobody in.",
        fix="Use a group of an access entry of the cluster, of the fleet or of a tenant.",
        explanation="""\
Groups come from EKS access entries (bootstrap/) and from the identity provider. A RoleBinding for a group that neither of them
gives is silently useless: the well-known mistake is an access entry without groups next to RoleBindings for some.""",
    ),
    NO_CLASS := Rule(
        id="references/missing-class",
        title="A class that is named exists",
        why=_REFUSED + " A volume of an unknown StorageClass stays Pending for ever.",
        fix="Correct the name, or carry the component that brings the class.",
        explanation="PriorityClass, StorageClass, RuntimeClass, GatewayClass and IngressClass belong to no namespace; others know "
        "them by name only.",
    ),
)


@edges_of("*")
def namespace(one: Manifest, world: World) -> Iterator[Edge]:
    """Where an object is to live. bootstrap/ is applied by a person, who makes what it needs."""
    if one.namespace and one.synced:
        if one.namespace in world.namespaces:
            yield held("object -> Namespace", ("metadata", "namespace"))
        else:
            problem = f"there is no namespace '{one.namespace}'{did_you_mean(one.namespace, world.namespaces)}"
            yield missing("object -> Namespace", ("metadata", "namespace"), NO_NAMESPACE, problem)


@edges_of("*")
def of_pods(one: Manifest, world: World) -> Iterator[Edge]:
    """What a workload's pods run as."""
    for at, spec in pod_specs(one):
        if text(spec, "serviceAccountName"):
            yield account(
                "pods -> ServiceAccount",
                (*at, "serviceAccountName"),
                world,
                one.namespace,
                text(spec, "serviceAccountName"),
            )
        for field, kind in (("priorityClassName", "PriorityClass"), ("runtimeClassName", "RuntimeClass")):
            if text(spec, field):
                yield of_class(kind, (*at, field), world, text(spec, field))
    for place, claim in entries(one.body, "spec", "volumeClaimTemplates"):
        if text(claim, "spec", "storageClassName"):
            yield of_class(
                "StorageClass", (*place, "spec", "storageClassName"), world, text(claim, "spec", "storageClassName")
            )


@edges_of("PersistentVolumeClaim")
def claim(one: Manifest, world: World) -> Iterator[Edge]:
    """The class of a disk."""
    if text(one.body, "spec", "storageClassName"):
        yield of_class("StorageClass", ("spec", "storageClassName"), world, text(one.body, "spec", "storageClassName"))


@edges_of("Cluster", "postgresql.cnpg.io")
def postgres(one: Manifest, world: World) -> Iterator[Edge]:
    """A database's disks, priority and first secret."""
    for field in ("storage", "walStorage"):
        if text(one.body, "spec", field, "storageClass"):
            yield of_class(
                "StorageClass", ("spec", field, "storageClass"), world, text(one.body, "spec", field, "storageClass")
            )
    if text(one.body, "spec", "priorityClassName"):
        yield of_class(
            "PriorityClass", ("spec", "priorityClassName"), world, text(one.body, "spec", "priorityClassName")
        )


@edges_of("Prometheus", "monitoring.coreos.com")
def prometheus(one: Manifest, world: World) -> Iterator[Edge]:
    """Prometheus' account, priority and disks."""
    pointer: Pointer = ("spec", "serviceAccountName")
    if text(one.body, *pointer):
        yield account("pods -> ServiceAccount", pointer, world, one.namespace, text(one.body, *pointer))
    pointer = ("spec", "priorityClassName")
    if text(one.body, *pointer):
        yield of_class("PriorityClass", pointer, world, text(one.body, *pointer))
    pointer = ("spec", "storage", "volumeClaimTemplate", "spec", "storageClassName")
    if text(one.body, *pointer):
        yield of_class("StorageClass", pointer, world, text(one.body, *pointer))


@edges_of("GatewayParameters", "gateway.kgateway.dev")
def proxies(one: Manifest, world: World) -> Iterator[Edge]:
    """The priority of a gateway's proxies."""
    pointer: Pointer = ("spec", "kube", "podTemplate", "priorityClassName")
    if text(one.body, *pointer):
        yield of_class("PriorityClass", pointer, world, text(one.body, *pointer))


@edges_of("RoleBinding", "rbac.authorization.k8s.io")
@edges_of("ClusterRoleBinding", "rbac.authorization.k8s.io")
def binding(one: Manifest, world: World) -> Iterator[Edge]:
    """A binding's role and subjects."""
    yield _role(one, world)
    for place, subject in entries(one.body, "subjects"):
        pointer = (*place, "name")
        if text(subject, "kind") == "ServiceAccount":
            where = text(subject, "namespace") or one.namespace
            yield account("binding -> ServiceAccount", pointer, world, where, text(subject, "name"))
        elif text(subject, "kind") == "Group":
            yield _group(pointer, world, text(subject, "name"))


def _role(one: Manifest, world: World) -> Edge:
    kind, name = text(one.body, "roleRef", "kind"), text(one.body, "roleRef", "name")
    pointer = ("roleRef", "name")
    if kind == "ClusterRole":
        names = world.classes["ClusterRole"]
    else:
        names = frozenset(
            other.name
            for other in world.objects("Role", "rbac.authorization.k8s.io")
            if other.namespace == one.namespace
        )
    if name in names:
        return held("binding -> role", pointer)
    return missing("binding -> role", pointer, NO_ROLE, f"there is no {kind} '{name}'{did_you_mean(name, names)}")


def _group(pointer: Pointer, world: World, name: str) -> Edge:
    groups = _groups(world)
    if world.groups is None or name in groups or name.startswith("system:"):
        return held("binding -> group", pointer, assumed=world.groups is None)
    problem = f"no access entry and no declaration gives the group '{name}'{did_you_mean(name, groups)}"
    return missing("binding -> group", pointer, NO_GROUP, problem)


def _groups(world: World) -> set[str]:
    """Groups that the cluster's access entries give, and those that declarations give."""
    found = set(world.groups or ())
    for config in world.objects("ClusterConfig", "eksctl.io"):
        for _, entry in entries(config.body, "accessConfig", "accessEntries"):
            found |= {group for _, group in texts(entry, "kubernetesGroups")}
        if value_at(config.body, "autoModeConfig", "enabled") is True:
            # The access entry that EKS makes for Auto Mode's own controllers.
            found.add("eks:managed")
    return found


def account(kind: str, pointer: Pointer, world: World, where: str, name: str) -> Edge:
    """The edge to a ServiceAccount."""
    if (where, name) in world.service_accounts:
        return held(kind, pointer)
    near = did_you_mean(name, (other for place, other in world.service_accounts if place == where))
    return missing(kind, pointer, NO_ACCOUNT, f"{where} has no ServiceAccount '{name}'{near}")


def of_class(kind: str, pointer: Pointer, world: World, name: str) -> Edge:
    """The edge to a class that is known by name only."""
    names = world.classes.get(kind, frozenset())
    if name in names:
        return held(f"-> {kind}", pointer)
    return missing(f"-> {kind}", pointer, NO_CLASS, f"there is no {kind} '{name}'{did_you_mean(name, names)}")


@edges_of("ModelConfig", "kagent.dev")
def model_config(one: Manifest, world: World) -> Iterator[Edge]:
    """The Secret that holds a model's key."""
    key = text(one.body, "spec", "apiKeySecretKey")
    yield from _secret_key(one, world, ("spec", "apiKeySecret"), "")
    if key:
        name = text(one.body, "spec", "apiKeySecret")
        yield _edge(one, ("spec", "apiKeySecretKey"), absent("Secret", world.secrets, one.namespace, name, key))


@edges_of("Cluster", "postgresql.cnpg.io")
def postgres_secrets(one: Manifest, world: World) -> Iterator[Edge]:
    """The Secret of a database's owner."""
    for key in ("username", "password"):
        yield from _secret_key(one, world, ("spec", "bootstrap", "initdb", "secret", "name"), key)


@edges_of("TriggerAuthentication", "keda.sh")
def trigger_authentication(one: Manifest, world: World) -> Iterator[Edge]:
    """The Secrets that a scaler signs in with."""
    for place, reference in entries(one.body, "spec", "secretTargetRef"):
        yield from _secret_key(one, world, (*place, "name"), text(reference, "key"))


def _secret_key(one: Manifest, world: World, pointer: Pointer, key: str) -> Iterator[Edge]:
    name = text(one.body, *pointer)
    if name:
        yield _edge(one, pointer, absent("Secret", world.secrets, one.namespace, name, key))


def _edge(one: Manifest, pointer: Pointer, problem: str | None) -> Edge:
    kind = f"{one.kind} -> Secret key"
    return held(kind, pointer) if problem is None else missing(kind, pointer, NO_SECRET, problem)
