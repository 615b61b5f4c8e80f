"""Configuration: the ways of Secrets, ConfigMaps, addresses and models."""

from __future__ import annotations

import re
from collections.abc import Iterator

from groundwork.proofs.fields import entries, mapping, strings, text, texts
from groundwork.tree.manifest import Manifest
from tests.mutants.edit import Edit, add, change, delete, drop, operator
from tests.mutants.operators.workloads import WORKLOADS, accelerated, appended, containers


@operator("references", *WORKLOADS)
def secret_of_another_name(one: Manifest) -> Iterator[Edit]:
    for at, container in containers(one):
        for place, variable in entries(container, "env"):
            name = text(variable, "valueFrom", "secretKeyRef", "name")
            if name:
                yield change((*at, *place, "valueFrom", "secretKeyRef", "name"), f"{name}-x")


@operator("references", *WORKLOADS)
def key_of_another_name(one: Manifest) -> Iterator[Edit]:
    for at, container in containers(one):
        for place, variable in entries(container, "env"):
            key = text(variable, "valueFrom", "secretKeyRef", "key")
            if key:
                yield change((*at, *place, "valueFrom", "secretKeyRef", "key"), key[:-1])


@operator("references", *WORKLOADS)
def config_map_of_another_name(one: Manifest) -> Iterator[Edit]:
    for pointer, value in strings(one.body):
        if pointer[-2:] == ("configMap", "name"):
            yield change(pointer, f"{value}-x")


@operator("references", "ExternalSecret")
def external_secret_deleted(one: Manifest) -> Iterator[Edit]:
    del one
    yield delete()


@operator("references", "ConfigMap")
def config_map_deleted(one: Manifest) -> Iterator[Edit]:
    if one.namespace != "kube-system":
        yield delete()


@operator("references", "ExternalSecret")
def property_outside_the_contract(one: Manifest) -> Iterator[Edit]:
    for place, entry in entries(one.body, "spec", "data"):
        yield change((*place, "remoteRef", "property"), text(entry, "remoteRef", "property") + "x")


@operator("references", "ExternalSecret")
def secret_of_another_cluster(one: Manifest) -> Iterator[Edit]:
    for place, entry in entries(one.body, "spec", "data"):
        yield change((*place, "remoteRef", "key"), text(entry, "remoteRef", "key").replace(one.cluster, "staging"))


@operator("references", "ExternalSecret")
def store_of_another_name(one: Manifest) -> Iterator[Edit]:
    del one
    yield change(("spec", "secretStoreRef", "name"), "vault")


@operator("references", "ExternalSecret")
def template_of_an_unknown_key(one: Manifest) -> Iterator[Edit]:
    for key, value in mapping(one.body, "spec", "target", "template", "data").items():
        if "{{" in str(value):
            unknown = re.sub(r'{{ (\.|index \. ")', r"{{ \1x", str(value))
            yield change(("spec", "target", "template", "data", key), unknown)


@operator("references", "ClusterSecretStore")
def store_shut(one: Manifest) -> Iterator[Edit]:
    for place, name in texts(one.body, "spec", "conditions", 0, "namespaces"):
        if name in ("ai-gateway", "ai-data", "observability", "ai-agents"):
            yield drop(place)


@operator("references", *WORKLOADS)
def variable_of_nobody(one: Manifest) -> Iterator[Edit]:
    for at, _ in containers(one):
        yield appended(one, (*at, "args"), "--port=$(PORTS)")


@operator("references", *WORKLOADS, "ModelConfig", "RemoteMCPServer", "ScaledObject")
def address_of_another_service(one: Manifest) -> Iterator[Edit]:
    for pointer, value in strings(one.body):
        if "://" in value and ".svc" in value:
            yield change(pointer, value.replace(".svc", "-x.svc", 1))


@operator("references", *WORKLOADS, "ModelConfig", "RemoteMCPServer", "ScaledObject")
def address_of_another_port(one: Manifest) -> Iterator[Edit]:
    for pointer, value in strings(one.body):
        if "://" in value and ".svc:" in value:
            yield change(pointer, value.replace(".svc:", ".svc:1", 1))


@operator("policies", *WORKLOADS)
def password_in_a_variable(one: Manifest) -> Iterator[Edit]:
    for at, _ in containers(one):
        yield appended(one, (*at, "env"), {"name": "DATABASE_PASSWORD", "value": "hunter2"})


@operator("policies", "ConfigMap")
def key_in_a_config_map(one: Manifest) -> Iterator[Edit]:
    for key, value in mapping(one.body, "data").items():
        if key.endswith(".yaml"):
            yield change(("data", key), f"{value}\napi_key: " + "sk-" + "0123456789abcdef0123\n")


@operator("policies", "Application")
def password_in_a_charts_values(one: Manifest) -> Iterator[Edit]:
    for place, source in entries(one.body, "spec", "sources"):
        if mapping(source, "helm", "valuesObject"):
            yield add((*place, "helm", "valuesObject", "auth"), {"password": "hunter2"})


def _configuration(one: Manifest, old: str, new: str) -> Iterator[Edit]:
    for key, value in mapping(one.body, "data").items():
        if isinstance(value, str) and old in value:
            yield change(("data", key), value.replace(old, new, 1))


@operator("references", "ConfigMap")
def gateway_asks_for_another_model(one: Manifest) -> Iterator[Edit]:
    yield from _configuration(one, "model: hosted_vllm/", "model: hosted_vllm/x-")


@operator("references", "ConfigMap")
def bifrost_asks_for_another_model(one: Manifest) -> Iterator[Edit]:
    yield from _configuration(one, '"model_name": "', '"model_name": "x-')


@operator("references", "ConfigMap")
def bifrost_falls_back_into_nothing(one: Manifest) -> Iterator[Edit]:
    yield from _configuration(one, f'{" " * 8}"vllm/', f'{" " * 8}"vllm/x-')


@operator("references", "ConfigMap")
def bifrost_limits_nobody(one: Manifest) -> Iterator[Edit]:
    yield from _configuration(one, '"rate_limit_id": "', '"rate_limit_id": "x-')
    yield from _configuration(one, '"virtual_key_id": "', '"virtual_key_id": "x-')


@operator("references", "ConfigMap")
def bifrost_reads_no_such_variable(one: Manifest) -> Iterator[Edit]:
    yield from _configuration(one, '"env.KEY_', '"env.KEYS_')


@operator("references", "ConfigMap")
def gateway_asks_another_port(one: Manifest) -> Iterator[Edit]:
    yield from _configuration(one, ".svc:8000", ".svc:8001")


@operator("references", "ConfigMap")
def fallback_to_nobody(one: Manifest) -> Iterator[Edit]:
    yield from _configuration(one, "    - qwen3-4b", "    - qwen3-8b")


@operator("references", "ConfigMap")
def role_of_nobody(one: Manifest) -> Iterator[Edit]:
    yield from _configuration(one, "fast: qwen3-4b", "fast: qwen3-8b")


@operator("references", "ConfigMap")
def environment_of_nobody(one: Manifest) -> Iterator[Edit]:
    yield from _configuration(one, "os.environ/REDIS_HOST", "os.environ/REDIS_URL")


@operator("references", "ConfigMap")
def configuration_unreadable(one: Manifest) -> Iterator[Edit]:
    for key, value in mapping(one.body, "data").items():
        if key.endswith((".yaml", ".json")):
            yield change(("data", key), f"{value}\n]")


@operator("references", "Deployment")
def model_served_under_another_name(one: Manifest) -> Iterator[Edit]:
    for at, container in containers(one):
        for place, word in texts(container, "args"):
            if accelerated(container) and word.startswith("--served-model-name="):
                yield change((*at, *place), f"{word}-x")


@operator("references", "Deployment", "CronJob")
def bucket_of_somebody_else(one: Manifest) -> Iterator[Edit]:
    for at, container in containers(one):
        for place, word in texts(container, "args"):
            if word.startswith("s3://"):
                yield change((*at, *place), word.replace("s3://", "s3://x", 1))


@operator("references", "Agent")
def agent_without_model(one: Manifest) -> Iterator[Edit]:
    yield change(("spec", "declarative", "modelConfig"), text(one.body, "spec", "declarative", "modelConfig") + "-x")


@operator("references", "Agent")
def agent_without_tool(one: Manifest) -> Iterator[Edit]:
    for place, tool in entries(one.body, "spec", "declarative", "tools"):
        for field in ("agent", "mcpServer"):
            if mapping(tool, field):
                yield change((*place, field, "name"), text(tool, field, "name") + "-x")


@operator("references", "Agent")
def delegation_in_a_circle(one: Manifest) -> Iterator[Edit]:
    if one.name == "web-research":
        other = {"apiGroup": "kagent.dev", "kind": "Agent", "name": "customer-support"}
        yield appended(one, ("spec", "declarative", "tools"), {"type": "Agent", "agent": other})


@operator("references", "ModelConfig")
def model_that_nobody_offers(one: Manifest) -> Iterator[Edit]:
    yield change(("spec", "model"), text(one.body, "spec", "model") + "-x")


@operator("references", "ModelConfig")
def model_without_key(one: Manifest) -> Iterator[Edit]:
    yield change(("spec", "apiKeySecretKey"), text(one.body, "spec", "apiKeySecretKey") + "x")
    yield change(("spec", "apiKeySecret"), text(one.body, "spec", "apiKeySecret") + "x")


@operator("references", "ModelConfig", "RemoteMCPServer")
def agents_part_deleted(one: Manifest) -> Iterator[Edit]:
    del one
    yield delete()
