"""Pods: what they run, as whom, with which rights and which neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from groundwork.proofs.fields import Pointer, entries, mapping, text, texts, value_at
from groundwork.proofs.world import pod_specs
from groundwork.tree.manifest import Manifest
from tests.mutants.edit import Edit, add, change, drop, operator

WORKLOADS = ("Deployment", "StatefulSet", "CronJob", "Job")
SERVERS = ("Deployment", "StatefulSet")


def containers(one: Manifest) -> Iterator[tuple[Pointer, dict[str, Any]]]:
    """Every container of a workload, with its place."""
    for at, spec in pod_specs(one):
        for field in ("initContainers", "containers"):
            for place, container in entries(spec, field):
                yield (*at, *place), container


def accelerated(container: dict[str, Any]) -> bool:
    """Whether it asks for an accelerator."""
    return any("nvidia.com" in name or "neuron" in name for name in mapping(container, "resources", "limits"))


def appended(one: Manifest, pointer: Pointer, new: Any) -> Edit:
    """One more entry of a list, which may be missing."""
    found = value_at(one.body, *pointer)
    return add((*pointer, len(found)), new) if isinstance(found, list) else add(pointer, [new])


@operator("policies", *WORKLOADS)
def image_latest(one: Manifest) -> Iterator[Edit]:
    for at, container in containers(one):
        yield change((*at, "image"), text(container, "image").rpartition(":")[0] + ":latest")


@operator("policies", *WORKLOADS)
def image_untagged(one: Manifest) -> Iterator[Edit]:
    for at, container in containers(one):
        yield change((*at, "image"), text(container, "image").rpartition(":")[0])


@operator("references", *WORKLOADS)
def own_image_of_another_content(one: Manifest) -> Iterator[Edit]:
    for at, container in containers(one):
        host, _, path = text(container, "image").partition("/")
        if ".dkr.ecr." in host and path.count("/") == 1:
            yield change((*at, "image"), text(container, "image").rpartition(":")[0] + ":0123456789abcdef")


@operator("policies", *WORKLOADS)
def memory_limit_gone(one: Manifest) -> Iterator[Edit]:
    for at, _ in containers(one):
        yield drop((*at, "resources", "limits", "memory"))


@operator("policies", *WORKLOADS)
def cpu_request_gone(one: Manifest) -> Iterator[Edit]:
    for at, _ in containers(one):
        yield drop((*at, "resources", "requests", "cpu"))


@operator("policies", *SERVERS)
def readiness_probe_gone(one: Manifest) -> Iterator[Edit]:
    for at, container in containers(one):
        if "readinessProbe" in container:
            yield drop((*at, "readinessProbe"))


@operator("policies", *SERVERS)
def liveness_probe_gone(one: Manifest) -> Iterator[Edit]:
    for at, container in containers(one):
        if "livenessProbe" in container:
            yield drop((*at, "livenessProbe"))


@operator("policies", *SERVERS)
def model_starts_too_slowly(one: Manifest) -> Iterator[Edit]:
    for at, container in containers(one):
        if accelerated(container):
            yield drop((*at, "startupProbe"))
            yield change((*at, "startupProbe", "failureThreshold"), 3)


@operator("references", *SERVERS)
def probe_of_another_port(one: Manifest) -> Iterator[Edit]:
    for at, container in containers(one):
        for probe in ("readinessProbe", "livenessProbe", "startupProbe"):
            for action in ("httpGet", "tcpSocket"):
                if isinstance(value_at(container, probe, action, "port"), str):
                    yield change((*at, probe, action, "port"), "other")


@operator("policies", *WORKLOADS)
def runs_as_root(one: Manifest) -> Iterator[Edit]:
    for at, _ in pod_specs(one):
        yield change((*at, "securityContext", "runAsNonRoot"), new=False)
        yield change((*at, "securityContext", "runAsUser"), 0)


@operator("policies", *WORKLOADS)
def may_escalate(one: Manifest) -> Iterator[Edit]:
    for at, _ in containers(one):
        yield change((*at, "securityContext", "allowPrivilegeEscalation"), new=True)
        yield drop((*at, "securityContext", "allowPrivilegeEscalation"))


@operator("policies", *WORKLOADS)
def capability_added(one: Manifest) -> Iterator[Edit]:
    for at, _ in containers(one):
        yield add((*at, "securityContext", "capabilities", "add"), ["NET_ADMIN"])


@operator("policies", *WORKLOADS)
def capabilities_kept(one: Manifest) -> Iterator[Edit]:
    for at, _ in containers(one):
        yield drop((*at, "securityContext", "capabilities"))


@operator("policies", *WORKLOADS)
def root_writable(one: Manifest) -> Iterator[Edit]:
    for at, _ in containers(one):
        yield change((*at, "securityContext", "readOnlyRootFilesystem"), new=False)


@operator("policies", *WORKLOADS)
def seccomp_off(one: Manifest) -> Iterator[Edit]:
    for at, _ in pod_specs(one):
        yield change((*at, "securityContext", "seccompProfile", "type"), "Unconfined")
        yield drop((*at, "securityContext", "seccompProfile"))


@operator("policies", *WORKLOADS)
def host_namespace_shared(one: Manifest) -> Iterator[Edit]:
    for at, _ in pod_specs(one):
        for field in ("hostNetwork", "hostPID", "hostIPC"):
            yield add((*at, field), new=True)


@operator("policies", *WORKLOADS)
def host_path_mounted(one: Manifest) -> Iterator[Edit]:
    for at, _ in pod_specs(one):
        yield appended(one, (*at, "volumes"), {"name": "host", "hostPath": {"path": "/var/run"}})


@operator("policies", *SERVERS)
def host_port_opened(one: Manifest) -> Iterator[Edit]:
    for at, container in containers(one):
        for place, port in entries(container, "ports"):
            yield add((*at, *place, "hostPort"), port["containerPort"])


@operator("policies", *WORKLOADS)
def token_mounted(one: Manifest) -> Iterator[Edit]:
    for at, _ in pod_specs(one):
        yield change((*at, "automountServiceAccountToken"), new=True)
        yield drop((*at, "automountServiceAccountToken"))


@operator("policies", *WORKLOADS)
def default_account(one: Manifest) -> Iterator[Edit]:
    for at, _ in pod_specs(one):
        yield change((*at, "serviceAccountName"), "default")


@operator("references", *WORKLOADS)
def account_of_nobody(one: Manifest) -> Iterator[Edit]:
    for at, spec in pod_specs(one):
        yield change((*at, "serviceAccountName"), text(spec, "serviceAccountName") + "-x")


@operator("references", *WORKLOADS)
def priority_of_nobody(one: Manifest) -> Iterator[Edit]:
    for at, _ in pod_specs(one):
        yield change((*at, "priorityClassName"), "platfrom")


@operator("references", *WORKLOADS)
def labels_of_the_pods_changed(one: Manifest) -> Iterator[Edit]:
    for at, _ in pod_specs(one):
        if one.kind in ("Job", "CronJob"):
            yield change((*at[:-1], "metadata", "labels", "app.kubernetes.io/name"), f"{one.name}-x")


@operator("references", "StatefulSet")
def nameless_pods(one: Manifest) -> Iterator[Edit]:
    yield change(("spec", "serviceName"), f"{one.name}-x")


@operator("references", *SERVERS)
def spread_of_others(one: Manifest) -> Iterator[Edit]:
    for at, spec in pod_specs(one):
        for place, _ in entries(spec, "topologySpreadConstraints"):
            yield change((*at, *place, "labelSelector"), {"matchLabels": {"app": one.name}})


@operator("policies", *WORKLOADS)
def scratch_without_end(one: Manifest) -> Iterator[Edit]:
    for at, spec in pod_specs(one):
        for place, volume in entries(spec, "volumes"):
            if "emptyDir" in volume:
                yield change((*at, *place, "emptyDir"), {})


@operator("policies", *WORKLOADS)
def software_installed_at_start(one: Manifest) -> Iterator[Edit]:
    for at, _ in containers(one):
        yield add((*at, "command"), ["sh", "-c", "pip install litellm && exec litellm"])


@operator("policies", *WORKLOADS)
def whole_secret_taken(one: Manifest) -> Iterator[Edit]:
    for at, container in containers(one):
        for _, variable in entries(container, "env"):
            name = text(variable, "valueFrom", "secretKeyRef", "name")
            if name:
                yield add((*at, "envFrom"), [{"secretRef": {"name": name}}])


@operator("policies", "Deployment")
def remote_code_trusted(one: Manifest) -> Iterator[Edit]:
    for at, container in containers(one):
        if accelerated(container):
            yield appended(one, (*at, "args"), "--trust-remote-code")


@operator("policies", "Deployment")
def weights_from_the_hub(one: Manifest) -> Iterator[Edit]:
    for at, container in containers(one):
        if accelerated(container) and texts(container, "args"):
            yield change((*at, "args", 0), "Qwen/Qwen3-14B")


@operator("policies", "Deployment")
def devices_chosen_by_hand(one: Manifest) -> Iterator[Edit]:
    for at, container in containers(one):
        if accelerated(container):
            yield appended(one, (*at, "env"), {"name": "CUDA_VISIBLE_DEVICES", "value": "0"})


@operator("policies", "Deployment")
def accelerator_taint_not_tolerated(one: Manifest) -> Iterator[Edit]:
    for at, spec in pod_specs(one):
        if any(accelerated(container) for _, container in entries(spec, "containers")):
            yield drop((*at, "tolerations"))


@operator("policies", "Deployment")
def accelerator_of_any_class(one: Manifest) -> Iterator[Edit]:
    for at, spec in pod_specs(one):
        if any(accelerated(container) for _, container in entries(spec, "containers")):
            yield drop((*at, "nodeSelector"))


@operator("references", "Deployment")
def pool_of_another_name(one: Manifest) -> Iterator[Edit]:
    for at, spec in pod_specs(one):
        for key, value in mapping(spec, "nodeSelector").items():
            yield change((*at, "nodeSelector", key), f"{value}-x")


@operator("policies", "Deployment")
def rollout_wants_a_second_node(one: Manifest) -> Iterator[Edit]:
    if any(accelerated(container) for _, container in containers(one)):
        yield change(("spec", "strategy", "rollingUpdate", "maxSurge"), 1)
        yield drop(("spec", "strategy"))


@operator("policies", "Deployment")
def single_gateway(one: Manifest) -> Iterator[Edit]:
    if one.namespace == "ai-gateway" and one.cluster.startswith("prod") and "canary" not in one.name:
        yield change(("spec", "replicas"), 1)


@operator("placement", *SERVERS)
def asks_for_more_than_any_node(one: Manifest) -> Iterator[Edit]:
    for at, container in containers(one):
        if "cpu" in mapping(container, "resources", "requests"):
            yield change((*at, "resources", "requests", "cpu"), "999")
