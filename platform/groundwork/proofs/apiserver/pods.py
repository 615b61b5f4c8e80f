"""Pods: what the API server checks across the fields of a pod, in whatever controller its template stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from groundwork.catalog.quantities import parse_quantity
from groundwork.proofs.apiserver.faults import Fault, Pointer, did_you_mean, spelled
from groundwork.proofs.apiserver.metadata import label_faults
from groundwork.proofs.apiserver.wording import shown

__all__ = ["Pod", "conflict", "pod_faults", "pod_of", "quantity_of"]

# Kind -> where its pod stands, and which restart policies its controller takes.
_ALWAYS = frozenset({"Always"})
_FINITE = frozenset({"Never", "OnFailure"})
_PODS: dict[tuple[str, str], tuple[Pointer, frozenset[str]]] = {
    ("", "Pod"): ((), _ALWAYS | _FINITE),
    ("", "PodTemplate"): (("template",), _ALWAYS | _FINITE),
    ("", "ReplicationController"): (("spec", "template"), _ALWAYS),
    ("apps", "DaemonSet"): (("spec", "template"), _ALWAYS),
    ("apps", "Deployment"): (("spec", "template"), _ALWAYS),
    ("apps", "ReplicaSet"): (("spec", "template"), _ALWAYS),
    ("apps", "StatefulSet"): (("spec", "template"), _ALWAYS),
    ("batch", "CronJob"): (("spec", "jobTemplate", "spec", "template"), _FINITE),
    ("batch", "Job"): (("spec", "template"), _FINITE),
}
# A container may use more of these than it asks for; anything else is given whole.
_OWN_RESOURCES = frozenset({"cpu", "memory", "ephemeral-storage"})


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod or a pod's template within an object. `volumes` are those that the controller adds, by name."""

    template: Mapping[str, Any]
    pointer: Pointer
    restart_policies: frozenset[str]
    volumes: frozenset[str] = frozenset()

    @property
    def spec(self) -> Mapping[str, Any]:
        spec: Mapping[str, Any] = self.template.get("spec", {})
        return spec

    @property
    def labels(self) -> Mapping[str, str]:
        labels: Mapping[str, str] = self.template.get("metadata", {}).get("labels", {})
        return labels

    def containers(self) -> Iterator[tuple[Mapping[str, Any], Pointer]]:
        """Every container and where it stands, init containers first."""
        for field in ("initContainers", "containers"):
            for position, container in enumerate(self.spec.get(field, ())):
                yield container, (*self.pointer, "spec", field, position)


def pod_of(group: str, kind: str, document: Mapping[str, Any]) -> Pod | None:
    """The pod in an object of a built-in kind whose structure is valid, or None."""
    if (group, kind) not in _PODS:
        return None
    pointer, policies = _PODS[group, kind]
    template: Any = document
    for step in pointer:
        template = template.get(step, {})
    claims = document.get("spec", {}).get("volumeClaimTemplates", ())
    names = frozenset(str(claim.get("metadata", {}).get("name")) for claim in claims)
    return Pod(template, pointer, policies, names)


def pod_faults(pod: Pod) -> Iterator[Fault]:
    """What the API server refuses in a pod whose structure is valid."""
    if pod.pointer:
        yield from label_faults(pod.labels, (*pod.pointer, "metadata", "labels"))
    yield from _restart_policy(pod)
    yield from _volumes(pod)
    yield from _names(pod)
    yield from _tolerations(pod)
    yield from _spread(pod)
    for container, pointer in pod.containers():
        yield from _mounts(pod, container, pointer)
        yield from _ports(pod, container, pointer)
        yield from _probes(container, pointer)
        yield from _resources(container.get("resources", {}), (*pointer, "resources"))
        yield from _security(container.get("securityContext", {}), (*pointer, "securityContext"))


def conflict(pointer: Pointer, says: str, fix: str) -> Fault:
    """A fault of fields that do not go together."""
    return Fault(rule="conflict", pointer=pointer, problem=f"{spelled(pointer)} {says}", fix=fix)


def _restart_policy(pod: Pod) -> Iterator[Fault]:
    policy = pod.spec.get("restartPolicy", "Always")
    if policy not in pod.restart_policies:
        allowed = " or ".join(sorted(pod.restart_policies))
        place = (*pod.pointer, "spec", "restartPolicy")
        problem = f"{spelled(place)} is {policy}; here it must be {allowed}"
        yield Fault(rule="restart-policy", pointer=place, problem=problem, fix=f"Set restartPolicy to {allowed}.")


def _volumes(pod: Pod) -> Iterator[Fault]:
    for position, volume in enumerate(pod.spec.get("volumes", ())):
        sources = sorted(set(volume) - {"name"})
        if len(sources) > 1:
            pointer = (*pod.pointer, "spec", "volumes", position)
            yield conflict(pointer, f"has the sources {', '.join(sources)}; a volume has one", "Keep one source.")


def _names(pod: Pod) -> Iterator[Fault]:
    seen: set[str] = set()
    for container, pointer in pod.containers():
        name = container["name"]
        if name in seen and "initContainers" not in pointer:  # within one list the structure has said so
            problem = f"{spelled(pointer)}.name is {name}, as an init container's is"
            yield Fault(rule="duplicate", pointer=(*pointer, "name"), problem=problem, fix="Rename one of them.")
        if "initContainers" in pointer:
            seen.add(name)


def _mounts(pod: Pod, container: Mapping[str, Any], pointer: Pointer) -> Iterator[Fault]:
    volumes = pod.volumes | {volume["name"] for volume in pod.spec.get("volumes", ())}
    for field in ("volumeMounts", "volumeDevices"):
        for position, mount in enumerate(container.get(field, ())):
            if mount["name"] not in volumes:
                place = (*pointer, field, position, "name")
                meant = did_you_mean(mount["name"], volumes)
                problem = f"{spelled(place)} is {mount['name']}, and the pod has no such volume{meant}"
                yield Fault(rule="mount", pointer=place, problem=problem, fix="Add the volume, or correct its name.")
            yield from _sub_path(mount, (*pointer, field, position))


def _sub_path(mount: Mapping[str, Any], pointer: Pointer) -> Iterator[Fault]:
    path = mount.get("subPath", "")
    if path.startswith("/") or ".." in path.split("/"):
        yield conflict((*pointer, "subPath"), f"is {shown(path)}, which leaves the volume", "Use a path within it.")
    if path and mount.get("subPathExpr"):
        yield conflict(pointer, "has both subPath and subPathExpr", "Keep one of them.")


def _ports(pod: Pod, container: Mapping[str, Any], pointer: Pointer) -> Iterator[Fault]:
    seen: set[str] = set()
    for position, port in enumerate(container.get("ports", ())):
        place = (*pointer, "ports", position)
        name = port.get("name")
        if name in seen:
            problem = f"{spelled(place)}.name is {name}, as another port's of the container is"
            yield Fault(rule="duplicate", pointer=(*place, "name"), problem=problem, fix="Rename one of them.")
        if name:
            seen.add(name)
        host = port.get("hostPort", 0)
        if pod.spec.get("hostNetwork") and host not in {0, port["containerPort"]}:
            says = f"is {host}, but a pod on the host's network has it equal to containerPort {port['containerPort']}"
            yield conflict((*place, "hostPort"), says, "Leave hostPort out.")


def _probes(container: Mapping[str, Any], pointer: Pointer) -> Iterator[Fault]:
    runs_once = "initContainers" in pointer and container.get("restartPolicy") != "Always"
    for field in ("livenessProbe", "readinessProbe", "startupProbe", "lifecycle"):
        if runs_once and field in container:
            says = "stands in an init container that runs to its end; only one with restartPolicy Always has it"
            yield conflict((*pointer, field), says, f"Remove {field}.")
    for field in ("livenessProbe", "startupProbe"):
        threshold = container.get(field, {}).get("successThreshold", 1)
        if threshold not in {0, 1}:
            yield conflict((*pointer, field, "successThreshold"), f"is {threshold}; here it must be 1", "Leave it out.")


def quantity_of(value: Any) -> Fraction:
    """The number that a valid quantity says, written as a string or as a number."""
    return parse_quantity(value) if isinstance(value, str) else Fraction(repr(value))


def _resources(resources: Mapping[str, Any], pointer: Pointer) -> Iterator[Fault]:
    requests, limits = resources.get("requests", {}), resources.get("limits", {})
    for field, amounts in (("requests", requests), ("limits", limits)):
        for name, amount in amounts.items():
            yield from _amount(name, amount, (*pointer, field, name))
    for name, amount in requests.items():
        place = (*pointer, "requests", name)
        if name in limits and quantity_of(amount) > quantity_of(limits[name]):
            problem = f"{spelled(place)} is {amount}, more than the limit of {limits[name]}"
            yield Fault(rule="limits", pointer=place, problem=problem, fix="Raise the limit or lower the request.")
        elif name not in _OWN_RESOURCES and quantity_of(limits.get(name, 0)) != quantity_of(amount):
            problem = f"{spelled(place)} is {amount}, the limit {limits.get(name, 'missing')}; {name} is given whole"
            yield Fault(rule="limits", pointer=place, problem=problem, fix=f"Set the limit of {name} to {amount}.")


def _amount(name: str, amount: Any, place: Pointer) -> Iterator[Fault]:
    if name not in _OWN_RESOURCES and not name.startswith("hugepages-") and "/" not in name:
        meant = did_you_mean(name, _OWN_RESOURCES)
        problem = f"{spelled(place)}: a container has no resource {name}{meant}"
        fix = "Use cpu, memory, ephemeral-storage, or a resource with its domain such as nvidia.com/gpu."
        yield Fault(rule="limits", pointer=place, problem=problem, fix=fix)
    elif quantity_of(amount) < 0:
        yield Fault(
            rule="quantity", pointer=place, problem=f"{spelled(place)} is negative", fix="Use a positive amount."
        )
    elif "/" in name and quantity_of(amount).denominator != 1:
        problem = f"{spelled(place)} is {amount}; {name} comes in whole numbers"
        yield Fault(rule="quantity", pointer=place, problem=problem, fix="Use a whole number.")


def _security(context: Mapping[str, Any], pointer: Pointer) -> Iterator[Fault]:
    if context.get("privileged") and context.get("allowPrivilegeEscalation") is False:
        says = "is privileged and forbids the escalation of privileges, which a privileged container has"
        yield conflict(pointer, says, "Remove one of privileged and allowPrivilegeEscalation.")
    profile = context.get("seccompProfile", {})
    if (profile.get("type") == "Localhost") != bool(profile.get("localhostProfile")):
        says = "names a localhostProfile exactly if its type is Localhost"
        yield conflict((*pointer, "seccompProfile"), says, "Set type Localhost together with localhostProfile.")


def _tolerations(pod: Pod) -> Iterator[Fault]:
    for position, toleration in enumerate(pod.spec.get("tolerations", ())):
        pointer = (*pod.pointer, "spec", "tolerations", position)
        exists = toleration.get("operator", "Equal") == "Exists"
        if exists and toleration.get("value"):
            yield conflict(pointer, "has a value, which the operator Exists does not take", "Remove the value.")
        if not exists and not toleration.get("key"):
            yield conflict(pointer, "has no key, which only the operator Exists allows", "Name the taint's key.")
        if "tolerationSeconds" in toleration and toleration.get("effect") != "NoExecute":
            yield conflict(pointer, "has tolerationSeconds without the effect NoExecute", "Set effect: NoExecute.")


def _spread(pod: Pod) -> Iterator[Fault]:
    for position, constraint in enumerate(pod.spec.get("topologySpreadConstraints", ())):
        if "minDomains" in constraint and constraint["whenUnsatisfiable"] != "DoNotSchedule":
            pointer = (*pod.pointer, "spec", "topologySpreadConstraints", position)
            yield conflict(pointer, "has minDomains without whenUnsatisfiable: DoNotSchedule", "Remove minDomains.")
