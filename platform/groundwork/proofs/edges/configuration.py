"""Configuration: the Secrets and ConfigMaps that pods read, and the way of a secret from the contract to its reader."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from groundwork.catalog import operator_facts, secrets
from groundwork.findings import Rule, Severity
from groundwork.proofs.apiserver.faults import did_you_mean
from groundwork.proofs.edges.edge import Edge, edges_of, held, missing
from groundwork.proofs.fields import Pointer, entries, mapping, strings, text, texts, value_at
from groundwork.proofs.world import Keys, World, pod_specs
from groundwork.tree.manifest import Manifest

_NO_START = (
    "The pod waits in CreateContainerConfigError or ContainerCreating, and no alert of the application can say so."
)

RULES = (
    NO_SECRET := Rule(
        id="references/missing-secret",
        title="A Secret that is read exists in its namespace, with the key",
        why=_NO_START,
        fix="Correct the name or the key, or let the component ask for the secret: `self.secret(name, key)`.",
        explanation="""\
Secrets never stand in Git: an ExternalSecret, a Certificate or an operator makes them in the cluster. This proof knows which
keys each of them will hold, so that a misspelt key is found here and not by a pod that never starts.""",
    ),
    NO_CONFIG_MAP := Rule(
        id="references/missing-config-map",
        title="A ConfigMap that is read exists in its namespace, with the key",
        why=_NO_START,
        fix="Correct the name or the key.",
        explanation="A ConfigMap lives in the namespace of the pods that read it; a name alone never reaches into another one.",
    ),
    OUTSIDE_CONTRACT := Rule(
        id="references/outside-contract",
        title="An ExternalSecret fetches what the contract of secrets has",
        why="External Secrets finds nothing in AWS under that name, so the Secret is never made and its readers never start.",
        fix="Correct the key, or add it to catalog/secrets.yaml so that `groundwork secrets` prints how to create it.",
        explanation="""\
catalog/secrets.yaml is the one list of what must stand in AWS Secrets Manager before a cluster comes up, under
<organisation>/<cluster>/<name>. `groundwork secrets CLUSTER` prints the commands from it: what is not there, nobody creates.""",
    ),
    NO_STORE := Rule(
        id="references/missing-secret-store",
        title="An ExternalSecret names a store that lets its namespace in",
        why="Without a store nothing is fetched, and the Secret is never made.",
        fix="Name a store of the cluster, and list the namespace in its conditions.",
        explanation="A ClusterSecretStore lists the namespaces that may use it: one that is missing there is refused.",
    ),
    NO_VARIABLE := Rule(
        id="references/missing-variable",
        title="What is written as $(NAME) or {{ .name }} has a value",
        why="Kubernetes and External Secrets leave an unknown name standing as it is: the process reads the placeholder.",
        fix="Declare the variable before it is used, or correct its name.",
        explanation="$(NAME) in args and env is replaced from the container's own env; {{ .name }} in a template from `data`.",
    ),
    NO_READER := Rule(
        id="references/unread",
        title="A ConfigMap or Secret has a reader",
        why="What nobody reads is a leftover, or its reader looks elsewhere.",
        fix="Remove it, or correct the reader.",
        severity=Severity.WARNING,
        explanation="Secrets that nobody reads are a risk without a use: the fewer copies of a credential, the better.",
    ),
)

_VARIABLE = re.compile(r"(?<!\$)\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)")
# A field of Go's template language: {{ .user }}, or {{ index . "user-name" }} for a name with a hyphen.
_TEMPLATED = re.compile(r"{{-?[^}]*?(?:\.([A-Za-z_][A-Za-z0-9_]*)|index \. \"([^\"]+)\")")


@edges_of("*")
def of_pods(one: Manifest, world: World) -> Iterator[Edge]:
    """Every Secret and ConfigMap that a workload's pods name."""
    made = operator_facts.kinds().get(f"{one.kind}.{one.group}", ())
    added = frozenset(variable for each in made for variable in each.variables)
    for at, spec in pod_specs(one):
        for read in readings(spec, at):
            yield _followed(read, one.namespace, world)
        for containers in ("initContainers", "containers"):
            for place, container in entries(spec, containers):
                yield from _variables(container, (*at, *place), added)


Reading = tuple[str, Pointer, str, str, bool]


def readings(spec: Mapping[str, object], at: Pointer) -> Iterator[Reading]:
    """What a pod spec reads: kind, pointer, name, key ("" for all of it), and whether it may be missing."""
    for containers in ("initContainers", "containers", "ephemeralContainers"):
        for place, container in entries(spec, containers):
            yield from _of_container(container, (*at, *place))
    for place, volume in entries(spec, "volumes"):
        yield from _of_volume(volume, (*at, *place))
    for place, secret in entries(spec, "imagePullSecrets"):
        yield "Secret", (*at, *place, "name"), text(secret, "name"), "", False


def _of_container(container: Mapping[str, object], at: Pointer) -> Iterator[Reading]:
    for place, variable in entries(container, "env"):
        for field, kind in (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")):
            found = mapping(variable, "valueFrom", field)
            if found:
                pointer = (*at, *place, "valueFrom", field)
                yield kind, pointer, text(found, "name"), text(found, "key"), bool(found.get("optional"))
    for place, source in entries(container, "envFrom"):
        for field, kind in (("secretRef", "Secret"), ("configMapRef", "ConfigMap")):
            found = mapping(source, field)
            if found:
                yield kind, (*at, *place, field), text(found, "name"), "", bool(found.get("optional"))


def _of_volume(volume: Mapping[str, object], at: Pointer) -> Iterator[Reading]:
    sources = [(at, volume), *(((*at, *place), one) for place, one in entries(volume, "projected", "sources"))]
    for place, source in sources:
        for field, kind, named in (("secret", "Secret", "secretName"), ("configMap", "ConfigMap", "name")):
            found = mapping(source, field)
            if not found:
                continue
            name, optional = text(found, named) or text(found, "name"), bool(found.get("optional"))
            yield kind, (*place, field), name, "", optional
            for item, chosen in entries(found, "items"):
                yield kind, (*place, field, *item, "key"), name, text(chosen, "key"), optional


def _followed(read: Reading, namespace: str, world: World) -> Edge:
    kind, pointer, name, key, optional = read
    known, rule = (world.secrets, NO_SECRET) if kind == "Secret" else (world.config_maps, NO_CONFIG_MAP)
    problem = None if optional else absent(kind, known, namespace, name, key)
    edge = f"pods -> {kind}" + (" key" if key else "")
    return held(edge, pointer) if problem is None else missing(edge, pointer, rule, problem)


def absent(kind: str, known: Mapping[tuple[str, str], Keys], namespace: str, name: str, key: str = "") -> str | None:
    """Why a Secret or ConfigMap of that name, or its key, is not there; None if it is."""
    if (namespace, name) not in known:
        near = did_you_mean(name, (other for where, other in known if where == namespace))
        return f"{namespace} has no {kind} '{name}'{near}"
    keys = known[namespace, name]
    if key and keys is not None and key not in keys:
        return f"the {kind} {namespace}/{name} has no key '{key}'{did_you_mean(key, keys)}"
    return None


def _variables(container: Mapping[str, object], at: Pointer, added: frozenset[str]) -> Iterator[Edge]:
    """$(NAME) in command and args is any variable of the container, or one that an operator adds; in env one before it."""
    names = set(added)
    everything = bool(container.get("envFrom"))
    for place, variable in entries(container, "env"):
        yield from _expanded(text(variable, "value"), (*at, *place, "value"), names, everything=everything)
        names.add(text(variable, "name"))
    for field in ("command", "args"):
        for place, word in texts(container, field):
            yield from _expanded(word, (*at, *place), names, everything=everything)


def _expanded(value: str, pointer: Pointer, names: set[str], *, everything: bool) -> Iterator[Edge]:
    for name in _VARIABLE.findall(value):
        if name in names or everything:
            yield held("$(variable) -> env", pointer)
        else:
            problem = f"$({name}) names no variable that is declared before it{did_you_mean(name, names)}"
            yield missing("$(variable) -> env", pointer, NO_VARIABLE, problem)


@edges_of("ExternalSecret", "external-secrets.io")
def external_secret(one: Manifest, world: World) -> Iterator[Edge]:
    """Its store, what it fetches from AWS, and what its template uses."""
    yield _store(one, world)
    fetched = {text(entry, "secretKey") for _, entry in entries(one.body, "spec", "data")}
    for place, entry in entries(one.body, "spec", "data"):
        yield _contract(one, (*place, "remoteRef"), mapping(entry, "remoteRef"))
    for key, template in mapping(one.body, "spec", "target", "template", "data").items():
        pointer = ("spec", "target", "template", "data", key)
        for plain, quoted in _TEMPLATED.findall(template if isinstance(template, str) else ""):
            name = plain or quoted
            if name in fetched or value_at(one.body, "spec", "dataFrom"):
                yield held("ExternalSecret template -> data", pointer)
            else:
                problem = f"the template uses '{name}', which is not fetched{did_you_mean(name, fetched)}"
                yield missing("ExternalSecret template -> data", pointer, NO_VARIABLE, problem)


def _store(one: Manifest, world: World) -> Edge:
    kind = text(one.body, "spec", "secretStoreRef", "kind") or "SecretStore"
    name = text(one.body, "spec", "secretStoreRef", "name")
    namespace = "" if kind == "ClusterSecretStore" else one.namespace
    pointer = ("spec", "secretStoreRef", "name")
    store = world.find(kind, name, namespace=namespace, group="external-secrets.io")
    if store is None:
        near = did_you_mean(name, (other.name for other in world.objects(kind, "external-secrets.io")))
        return missing("ExternalSecret -> store", pointer, NO_STORE, f"there is no {kind} '{name}'{near}")
    allowed = [
        value
        for _, condition in entries(store.body, "spec", "conditions")
        for _, value in texts(condition, "namespaces")
    ]
    if allowed and one.namespace not in allowed:
        problem = f"the {kind} '{name}' does not let the namespace {one.namespace} in"
        return missing("ExternalSecret -> store", pointer, NO_STORE, problem)
    return held("ExternalSecret -> store", pointer)


def _contract(one: Manifest, pointer: Pointer, remote: Mapping[str, object]) -> Edge:
    kind, key, wanted = "ExternalSecret -> contract", text(remote, "key"), text(remote, "property")
    organisation, _, rest = key.partition("/")
    cluster, _, name = rest.partition("/")
    if not organisation or cluster != one.cluster or not name:
        problem = f"'{key}' is not a name of this cluster: <organisation>/{one.cluster}/<name>"
        return missing(kind, (*pointer, "key"), OUTSIDE_CONTRACT, problem)
    try:
        secrets.entry(name, wanted or None)
    except LookupError as error:
        problem, _, fix = str(error).partition(": ")
        return missing(kind, (*pointer, "property" if wanted else "key"), OUTSIDE_CONTRACT, problem, fix=f"{fix}.")
    return held(kind, pointer)


@edges_of("ConfigMap")
def config_map(one: Manifest, world: World) -> Iterator[Edge]:
    """Somebody mounts it. In kube-system the readers are AWS's own."""
    if one.namespace != "kube-system":
        yield _read(one, world, "ConfigMap", one.name)


@edges_of("ExternalSecret", "external-secrets.io")
def read_secret(one: Manifest, world: World) -> Iterator[Edge]:
    """Somebody reads the Secret that it makes."""
    yield _read(one, world, "Secret", text(one.body, "spec", "target", "name") or one.name)


def _read(one: Manifest, world: World, kind: str, name: str) -> Edge:
    pointer = ("metadata", "name")
    if is_read(world, kind, one.namespace, name):
        return held(f"{kind} <- reader", pointer)
    return missing(f"{kind} <- reader", pointer, NO_READER, f"nothing in {one.namespace} reads the {kind} '{name}'")


def is_read(world: World, kind: str, namespace: str, name: str) -> bool:
    """Whether anything reads the Secret or ConfigMap of that name."""
    return (kind, namespace, name) in _all_read(world)


def _all_read(world: World) -> set[tuple[str, str, str]]:
    """Every Secret and ConfigMap that anything names: pods, custom resources and the values of charts."""
    if "read" not in world.notes:
        found: set[tuple[str, str, str]] = set()
        for other in world.manifests:
            specs = pod_specs(other)
            for at, spec in specs:
                found |= {(kind, other.namespace, name) for kind, _, name, _, _ in readings(spec, at)}
            if not specs and other.kind not in ("Certificate", "ConfigMap", "ExternalSecret"):
                namespace = text(other.body, "spec", "destination", "namespace") or other.namespace
                for _, word in strings(other.body):
                    found |= {("Secret", namespace, word), ("ConfigMap", namespace, word)}
        world.notes["read"] = found
    known: set[tuple[str, str, str]] = world.notes["read"]
    return known
