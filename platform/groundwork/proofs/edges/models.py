"""Models: what the model gateway's configuration promises, and the servers behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import yaml

from groundwork.findings import Rule
from groundwork.proofs.apiserver.faults import did_you_mean
from groundwork.proofs.edges.edge import Edge, edges_of, held, missing
from groundwork.proofs.edges.monitoring import served_names
from groundwork.proofs.fields import Pointer, entries, mapping, strings, text, texts, value_at
from groundwork.proofs.world import World, pod_specs, pod_template
from groundwork.tree.manifest import Manifest
from groundwork.tree.yaml import parse

RULES = (
    NOT_SERVED := Rule(
        id="references/model-not-served",
        title="The gateway asks a server for the model that it serves",
        why="The server answers 404: the model does not exist. The gateway then falls back, cools down, or fails.",
        fix="Use the server's --served-model-name.",
        explanation="""\
In LiteLLM `model: hosted_vllm/<name>` must carry the name under which vLLM serves, which is not always the name of the Service
or of the repository on Hugging Face.""",
    ),
    UNKNOWN_MODEL := Rule(
        id="references/unknown-model",
        title="Fallbacks, aliases and budgets name models of the list",
        why="A fallback into nothing fails when it is needed; an alias of nothing fails every call of that role.",
        fix="Use a model_name of the list, or add the model.",
        explanation="The list is what the cluster carries; roles become aliases, and the order of size the fallbacks.",
    ),
    NO_ENVIRONMENT := Rule(
        id="references/missing-environment",
        title="What a configuration takes from the environment is set there",
        why="The gateway starts with an empty key or address, and says so only in its log.",
        fix="Set the variable on the workload that mounts the configuration.",
        explanation="LiteLLM reads `os.environ/NAME` from the environment of its own container.",
    ),
    NOT_READABLE := Rule(
        id="references/unreadable-configuration",
        title="A configuration file in a ConfigMap can be read",
        why="The process refuses to start.",
        fix="Correct the YAML or JSON of the ConfigMap's value.",
        explanation="Values of ConfigMaps are text to Kubernetes: nobody but their reader notices that they are broken.",
    ),
)

_LIST = "model_list"


@edges_of("ConfigMap")
def configuration(one: Manifest, world: World) -> Iterator[Edge]:
    """YAML and JSON in a ConfigMap is readable; a list of models is followed."""
    for key, value in mapping(one.body, "data").items():
        if isinstance(value, str) and key.endswith((".yaml", ".yml", ".json")):
            pointer: Pointer = ("data", key)
            try:
                loaded = _loaded(value)
            except ValueError as error:
                yield missing("ConfigMap -> readable", pointer, NOT_READABLE, f"{key} cannot be read: {error}")
                continue
            yield held("ConfigMap -> readable", pointer)
            if value_at(loaded, _LIST) is not None:
                yield from _gateway(one, world, pointer, loaded)
            if value_at(loaded, "teams") is not None:
                yield from _teams(world, pointer, loaded)


def _loaded(value: str) -> Any:
    """The value of a configuration file.

    Raises:
        ValueError: neither YAML nor JSON.
    """
    try:
        return parse(value)[0] if value.strip() else None
    except (yaml.YAMLError, IndexError) as error:
        raise ValueError(getattr(error, "problem", None) or str(error)) from error


def _gateway(one: Manifest, world: World, at: Pointer, loaded: Any) -> Iterator[Edge]:
    names = {text(model, "model_name") for _, model in entries(loaded, _LIST)}
    for place, model in entries(loaded, _LIST):
        yield from _server(world, (*at, *place, "litellm_params"), mapping(model, "litellm_params"))
    aliases = mapping(loaded, "router_settings", "model_group_alias")
    for alias, name in aliases.items():
        yield _known("alias -> model", (*at, "router_settings", "model_group_alias", alias), str(name), names)
    for settings in ("router_settings", "litellm_settings"):
        for kind in ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks"):
            for place, fallback in entries(loaded, settings, kind):
                for name, others in fallback.items():
                    for other in (name, *(others if isinstance(others, list) else ())):
                        yield _known("fallback -> model", (*at, *place, name), str(other), names | set(aliases))
    yield from _environment(one, world, at, loaded)


def _server(world: World, at: Pointer, parameters: Mapping[str, Any]) -> Iterator[Edge]:
    """The name that is asked for, against the arguments of the pods behind the address; addresses are followed elsewhere."""
    host = (urlsplit(text(parameters, "api_base")).hostname or "").split(".")
    service = world.services.get((host[1], host[0])) if len(host) > 1 else None
    if service is None:
        return
    selector = {"matchLabels": mapping(service.manifest.body, "spec", "selector")}
    found = {
        name
        for pods in world.selected(selector, service.namespace)
        for _, container in entries(pod_template(pods.source), "spec", "containers")
        for name in served_names(container)
    }
    wanted = text(parameters, "model").partition("/")[2]
    if not found:
        return
    if wanted in found:
        yield held("offered model -> served model", (*at, "model"))
    else:
        problem = f"{service.name} serves {', '.join(sorted(found))}, not '{wanted}'"
        yield missing("offered model -> served model", (*at, "model"), NOT_SERVED, problem)


def _known(kind: str, pointer: Pointer, name: str, names: set[str]) -> Edge:
    if name in names:
        return held(kind, pointer)
    return missing(kind, pointer, UNKNOWN_MODEL, f"the list has no model '{name}'{did_you_mean(name, names)}")


def _environment(one: Manifest, world: World, at: Pointer, loaded: Any) -> Iterator[Edge]:
    readers = [
        {
            text(variable, "name")
            for _, container in entries(spec, "containers")
            for _, variable in entries(container, "env")
        }
        for other in world.manifests
        if other.namespace == one.namespace
        for _, spec in pod_specs(other)
        if any(text(volume, "configMap", "name") == one.name for _, volume in entries(spec, "volumes"))
    ]
    for pointer, value in strings(loaded, at):
        scheme, _, name = value.partition("os.environ/")
        if not name or scheme:
            continue
        if all(name in variables for variables in readers):
            yield held("configuration -> environment", pointer)
        else:
            near = did_you_mean(name, (known for variables in readers for known in variables))
            problem = f"the pods that read this have no variable {name}{near}"
            yield missing("configuration -> environment", pointer, NO_ENVIRONMENT, problem)


def _teams(world: World, at: Pointer, loaded: Any) -> Iterator[Edge]:
    names = offered(world)
    for place, team in entries(loaded, "teams"):
        for where, name in texts(team, "models"):
            if names:
                yield _known("team -> model", (*at, *place, *where), name, set(names) | {"no-default-models"})


def offered(world: World) -> frozenset[str]:
    """The models and aliases that the model gateway's configuration lists; empty where none is rendered."""
    if "offered" not in world.notes:
        found: set[str] = set()
        for one in world.objects("ConfigMap"):
            for value in mapping(one.body, "data").values():
                if isinstance(value, str) and f"{_LIST}:" in value:
                    found |= _names(value)
        world.notes["offered"] = frozenset(found)
    known: frozenset[str] = world.notes["offered"]
    return known


def _names(value: str) -> set[str]:
    try:
        loaded = _loaded(value)
    except ValueError:
        return set()
    names = {text(model, "model_name") for _, model in entries(loaded, _LIST)}
    return names | {str(alias) for alias in mapping(loaded, "router_settings", "model_group_alias")}
