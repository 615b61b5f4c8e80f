"""Models: what the model gateway's configuration promises, and the servers behind it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from groundwork.catalog import metrics
from groundwork.findings import Rule
from groundwork.proofs.apiserver.faults import did_you_mean
from groundwork.proofs.edges.addresses import service_at
from groundwork.proofs.edges.documents import documents
from groundwork.proofs.edges.documents import loaded as document_in
from groundwork.proofs.edges.edge import Edge, edges_of, held, missing
from groundwork.proofs.edges.model_lists import LITELLM, listed, litellm_aliases, litellm_names
from groundwork.proofs.edges.pools import behind
from groundwork.proofs.edges.scrapes import image_name
from groundwork.proofs.fields import Pointer, entries, mapping, strings, text, texts, value_at
from groundwork.proofs.world import Service, World, noted, pod_specs
from groundwork.tree.manifest import Manifest

__all__ = [
    "NOT_SERVED",
    "Reader",
    "from_environment",
    "known",
    "models_at",
    "offered",
    "readers",
    "served",
    "served_at",
    "served_by",
]

RULES = (
    NOT_SERVED := Rule(
        id="references/model-not-served",
        title="The gateway asks a server for the model that it serves",
        why="The server answers 404: the model does not exist. The gateway then falls back, cools down, or fails.",
        fix="Use the server's --served-model-name, or --alias of llama.cpp.",
        explanation="""\
In LiteLLM `model: hosted_vllm/<name>` must carry the name under which vLLM or llama.cpp (--alias) serves, which is not always the
name of the Service or of the repository on Hugging Face.""",
    ),
    UNKNOWN_MODEL := Rule(
        id="references/unknown-model",
        title="Fallbacks, aliases and budgets name models of the list",
        why="A fallback into nothing fails when it is needed; an alias of nothing fails every call of that role.",
        fix="Use a model_name of the list, or add the model.",
        explanation="The list is what the cluster carries; roles become aliases, and the order of size the fallbacks.",
    ),
    NO_TEAM := Rule(
        id="references/unknown-team",
        title="A key belongs to a team that is declared",
        why="LiteLLM refuses the key, and everything that comes with it has no way in.",
        fix="Correct the team's id, or declare the team.",
        explanation="Budgets and models hang on teams; a key without its team would be a key without limits.",
    ),
    NO_ENVIRONMENT := Rule(
        id="references/missing-environment",
        title="What a configuration takes from the environment is set there",
        why="The gateway starts with an empty key or address, and says so only in its log.",
        fix="Set the variable on the workload that mounts the configuration.",
        explanation="LiteLLM reads `os.environ/NAME` from the environment of its own container; so do the jobs that set up its teams.",
    ),
)

_FALLBACKS = ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks")
_ADAPTERS = "adapters.json"
# What LiteLLM takes in place of a name in a team's or a key's list.
_ANY_MODEL = frozenset({"all-proxy-models", "all-team-models", "no-default-models"})
# vLLM's and llama.cpp's flags for the name under which a model is served.
_SERVED_NAMES, _MODEL = ("--served-model-name", "--alias"), "--model"

# A workload and the names of its variables; None where a source gives unknown ones.
Reader = tuple[Manifest, set[str] | None]


@edges_of("ConfigMap")
def configuration(one: Manifest, world: World) -> Iterator[Edge]:
    """A gateway's list of models, and the teams that may use them."""
    for pointer, document in documents(one):
        if value_at(document, *LITELLM) is not None:
            yield from _gateway(one, world, pointer, document)
        if value_at(document, "teams") is not None:
            yield from _teams(one, world, pointer, document)


def _gateway(one: Manifest, world: World, at: Pointer, loaded: Any) -> Iterator[Edge]:
    names, aliases = litellm_names(loaded), litellm_aliases(loaded)
    for place, model in entries(loaded, *LITELLM):
        yield from _server(world, (*at, *place, "litellm_params"), mapping(model, "litellm_params"))
    for alias, name in aliases.items():
        yield known("alias -> model", (*at, "router_settings", "model_group_alias", alias), name, names)
    yield from _fallbacks(at, loaded, names | set(aliases))
    mounted_by = list(readers(one, world))
    for pointer, value in strings(loaded, at):
        scheme, _, variable = value.partition("os.environ/")
        if variable and not scheme:
            yield from from_environment(pointer, variable, mounted_by)


def _fallbacks(at: Pointer, loaded: Any, names: set[str]) -> Iterator[Edge]:
    kind = "fallback -> model"
    for settings in ("router_settings", "litellm_settings"):
        for place, name in texts(loaded, settings, "default_fallbacks"):
            yield known(kind, (*at, *place), name, names)
        for which in _FALLBACKS:
            for place, fallback in entries(loaded, settings, which):
                for name in fallback:
                    yield known(kind, (*at, *place, name), name, names)
                    for where, other in texts(fallback, name):
                        yield known(kind, (*at, *place, *where), other, names)


def _server(world: World, at: Pointer, parameters: Mapping[str, Any]) -> Iterator[Edge]:
    """The name that is asked for, against the arguments of the pods behind the address; addresses are followed elsewhere."""
    service = service_at(text(parameters, "api_base"), world)
    found = served_at(service, world, text(parameters, "api_base")) if service else frozenset()
    wanted = text(parameters, "model").partition("/")[2]
    if service is None or not found:
        return
    if wanted in found:
        yield held("offered model -> served model", (*at, "model"))
    else:
        problem = f"{service.name} serves {', '.join(sorted(found))}, not '{wanted}'"
        yield missing("offered model -> served model", (*at, "model"), NOT_SERVED, problem)


def known(kind: str, pointer: Pointer, name: str, names: frozenset[str] | set[str]) -> Edge:
    """A name of the gateway's list."""
    if name in names:
        return held(kind, pointer)
    return missing(kind, pointer, UNKNOWN_MODEL, f"the list has no model '{name}'{did_you_mean(name, names)}")


def from_environment(pointer: Pointer, variable: str, mounted_by: list[Reader]) -> Iterator[Edge]:
    """A variable that every workload must have that mounts the file."""
    kind = "configuration -> environment"
    lacking = [other for other, variables in mounted_by if variables is not None and variable not in variables]
    if mounted_by and not lacking:
        yield held(kind, pointer)
    for other in lacking[:1]:
        near = did_you_mean(variable, (name for _, variables in mounted_by for name in variables or ()))
        problem = f"the {other.kind} '{other.name}', which reads this, has no variable {variable}{near}"
        yield missing(kind, pointer, NO_ENVIRONMENT, problem)


def readers(one: Manifest, world: World) -> Iterator[Reader]:
    """The workloads that mount a ConfigMap."""
    for other in world.manifests:
        if other.namespace != one.namespace:
            continue
        for _, spec in pod_specs(other):
            if any(text(volume, "configMap", "name") == one.name for _, volume in entries(spec, "volumes")):
                yield other, _variables(spec, other.namespace, world)


def _variables(spec: Mapping[str, Any], namespace: str, world: World) -> set[str] | None:
    found: set[str] = set()
    for _, container in entries(spec, "containers"):
        found |= {text(variable, "name") for _, variable in entries(container, "env")}
        for _, source in entries(container, "envFrom"):
            name = text(source, "configMapRef", "name")
            known = world.config_maps if name else world.secrets
            keys = known.get((namespace, name or text(source, "secretRef", "name")))
            if keys is None:
                return None
            found |= {text(source, "prefix") + key for key in keys}
    return found


def _teams(one: Manifest, world: World, at: Pointer, loaded: Any) -> Iterator[Edge]:
    names = offered(world) | _ANY_MODEL
    teams = {text(team, "team_id") for _, team in entries(loaded, "teams")}
    for kind, holders in (("team -> model", "teams"), ("key -> model", "keys")):
        for place, holder in entries(loaded, holders):
            for where, name in texts(holder, "models"):
                if offered(world):
                    yield known(kind, (*at, *place, *where), name, names)
    mounted_by = list(readers(one, world))
    for place, key in entries(loaded, "keys"):
        team = text(key, "team_id")
        if team and team not in teams:
            problem = f"no team is called '{team}'{did_you_mean(team, teams)}"
            yield missing("key -> team", (*at, *place, "team_id"), NO_TEAM, problem)
        elif team:
            yield held("key -> team", (*at, *place, "team_id"))
        if text(key, "from"):
            yield from from_environment((*at, *place, "from"), text(key, "from"), mounted_by)


@noted
def offered(world: World) -> frozenset[str]:
    """The models and aliases that model gateways list; empty where no list is rendered."""
    return frozenset(name for one in world.objects("ConfigMap") for name in listed(one))


@noted
def served(world: World) -> frozenset[str]:
    """The names under which servers say that they serve."""
    return frozenset(name for one in world.manifests for name in served_by(one))


def models_at(address: str, world: World) -> frozenset[str]:
    """The models that can be asked for at an address: of a server, or of a gateway; empty where that is not known."""
    service = service_at(address, world)
    return served_at(service, world, address) | _offered_by(service, world) if service else frozenset()


def _behind(service: Service, world: World) -> list[Manifest]:
    """What serves behind a Service: workloads, or the resource of which an operator makes both."""
    if service.manifest.kind != "Service":
        return [service.manifest]
    selector = mapping(service.manifest.body, "spec", "selector")
    return [pods.source for pods in world.selected({"matchLabels": selector}, service.namespace)] if selector else []


def served_at(service: Service, world: World, address: str) -> frozenset[str]:
    """The names under which the pods behind a Service serve; behind a Gateway's, those of the pool that the path leads to."""
    pools = [pods.source for pods in behind(service.manifest, urlsplit(address).path, world)]
    servers = (*_behind(service, world), *pools)
    return frozenset(name for one in servers for name in (*served_by(one), *_adapters(one, world)))


def _adapters(one: Manifest, world: World) -> Iterator[str]:
    """The names of the adapters that are listed for a server's pods."""
    volumes = (volume for _, spec in pod_specs(one) for _, volume in entries(spec, "volumes"))
    mounted = {text(volume, "configMap", "name") for volume in volumes}
    for name in mounted - {""}:
        listing = world.find("ConfigMap", name, namespace=one.namespace)
        for pointer, listed_adapters in documents(listing) if listing else ():
            if pointer[-1] == _ADAPTERS:
                yield from (text(adapter, "name") for adapter in listed_adapters)


def _offered_by(service: Service, world: World) -> frozenset[str]:
    mounted = {
        (one.namespace, text(volume, "configMap", "name"))
        for one in _behind(service, world)
        for _, spec in pod_specs(one)
        for _, volume in entries(spec, "volumes")
    }
    maps = [one for one in world.objects("ConfigMap") if (one.namespace, one.name) in mounted]
    return frozenset(name for one in maps for name in listed(one))


def served_by(one: Manifest) -> Iterator[str]:
    """The names under which a workload's containers serve models, or Ray's applications."""
    if one.kind == "RayService":
        with contextlib.suppress(ValueError):
            serving = document_in("serveConfigV2.yaml", text(one.body, "spec", "serveConfigV2"))
            yield from (text(application, "args", "model") for _, application in entries(serving, "applications"))
    for _, spec in pod_specs(one):
        for _, container in entries(spec, "containers"):
            words = [
                part for field in ("command", "args") for _, word in texts(container, field) for part in word.split()
            ]
            names = [name for flag in _SERVED_NAMES for name in _values(words, flag)]
            if not names and image_name(text(container, "image")) in metrics.exporters()["vllm"].images:
                names = [*_values(words, _MODEL)]
            yield from (name for name in names if "$(" not in name)


def _values(words: list[str], flag: str) -> Iterator[str]:
    """The values of a flag, written `--flag=value`, or `--flag value value ...`."""
    for index, word in enumerate(words):
        if word.startswith(f"{flag}="):
            yield word.partition("=")[2]
        elif word == flag:
            for value in words[index + 1 :]:
                if value.startswith("-"):
                    break
                yield value
