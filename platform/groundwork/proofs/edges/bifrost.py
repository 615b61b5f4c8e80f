"""Bifrost: what its file promises, the servers behind it, and the keys, limits and rules that name one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from groundwork.findings import Rule
from groundwork.proofs.apiserver.faults import did_you_mean
from groundwork.proofs.edges.addresses import service_at
from groundwork.proofs.edges.documents import documents
from groundwork.proofs.edges.edge import Edge, edges_of, held, missing
from groundwork.proofs.edges.model_lists import BIFROST, bifrost_models
from groundwork.proofs.edges.models import NOT_SERVED, from_environment, known, readers, served_at
from groundwork.proofs.fields import Pointer, entries, mapping, strings, text, texts, value_at
from groundwork.proofs.world import World
from groundwork.tree.manifest import Manifest

RULES = (
    NO_KEY := Rule(
        id="references/limit-without-key",
        title="A limit belongs to a key, and a key's limit is declared",
        why="Bifrost starts without it: what was meant to be limited is not.",
        fix="Correct the id.",
        explanation="""\
A budget names the virtual key that it limits, a virtual key names its rate limit. Bifrost checks neither.

Bad:    virtual_keys: [{id: tenant-a, rate_limit_id: tenant-A}], rate_limits: [{id: tenant-a}]
Good:   virtual_keys: [{id: tenant-a, rate_limit_id: tenant-a}], rate_limits: [{id: tenant-a}]""",
    ),
)

_ANY = "*"
_ENVIRONMENT = "env."


@edges_of("ConfigMap")
def configuration(one: Manifest, world: World) -> Iterator[Edge]:
    """Servers, rules, keys and limits of a Bifrost file."""
    for at, loaded in documents(one):
        if value_at(loaded, *BIFROST) is None:
            continue
        models = bifrost_models(loaded)
        for provider in mapping(loaded, "providers"):
            for place, key in entries(loaded, "providers", provider, "keys"):
                yield from _server(world, (*at, *place, "vllm_key_config"), mapping(key, "vllm_key_config"))
        yield from _rules(at, loaded, models)
        yield from _keys(at, loaded, models)
        mounted_by = list(readers(one, world))
        for pointer, value in strings(loaded, at):
            if value.startswith(_ENVIRONMENT):
                yield from from_environment(pointer, value.removeprefix(_ENVIRONMENT), mounted_by)


def _server(world: World, at: Pointer, server: Mapping[str, Any]) -> Iterator[Edge]:
    """The name that is asked for, against the pods behind the address; addresses are followed elsewhere."""
    service = service_at(text(server, "url"), world)
    found = served_at(service, world, text(server, "url")) if service else frozenset[str]()
    wanted = text(server, "model_name")
    if service is None or not found:
        return
    if wanted in found:
        yield held("offered model -> served model", (*at, "model_name"))
    else:
        problem = f"{service.name} serves {', '.join(sorted(found))}, not '{wanted}'"
        yield missing("offered model -> served model", (*at, "model_name"), NOT_SERVED, problem)


def _rules(at: Pointer, loaded: Any, models: Mapping[str, set[str]]) -> Iterator[Edge]:
    full = {f"{provider}/{name}" for provider, names in models.items() for name in names}
    for place, rule in entries(loaded, "governance", "routing_rules"):
        for where, target in entries(rule, "targets"):
            names = models.get(text(target, "provider"), set())
            if text(target, "model"):
                yield known("rule -> model", (*at, *place, *where, "model"), text(target, "model"), names)
        for where, name in texts(rule, "fallbacks"):
            yield known("fallback -> model", (*at, *place, *where), name, full)


def _keys(at: Pointer, loaded: Any, models: Mapping[str, set[str]]) -> Iterator[Edge]:
    limits = {text(limit, "id") for _, limit in entries(loaded, "governance", "rate_limits")}
    keys = {text(key, "id") for _, key in entries(loaded, *BIFROST)}
    for place, key in entries(loaded, *BIFROST):
        for where, provider in entries(key, "provider_configs"):
            names = models.get(text(provider, "provider"), set()) | {_ANY}
            for which, name in texts(provider, "allowed_models"):
                yield known("key -> model", (*at, *place, *where, *which), name, names)
        if text(key, "rate_limit_id"):
            yield _limited((*at, *place, "rate_limit_id"), "no rate limit", text(key, "rate_limit_id"), limits)
    for place, budget in entries(loaded, "governance", "budgets"):
        if text(budget, "virtual_key_id"):
            yield _limited((*at, *place, "virtual_key_id"), "no key", text(budget, "virtual_key_id"), keys)


def _limited(pointer: Pointer, what: str, name: str, names: set[str]) -> Edge:
    if name in names:
        return held("limit -> key", pointer)
    return missing("limit -> key", pointer, NO_KEY, f"{what} is called '{name}'{did_you_mean(name, names)}")
