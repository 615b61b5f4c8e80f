"""Metadata: names, namespaces, labels and annotations, whose syntax no published schema holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from groundwork.catalog.apis import Scope
from groundwork.proofs.apiserver.faults import Fault, Pointer, did_you_mean, spelled
from groundwork.proofs.apiserver.forms import FORMS, fits
from groundwork.proofs.apiserver.wording import shown

__all__ = ["label_faults", "metadata_faults"]

_RBAC = "rbac.authorization.k8s.io"
# Every other kind is named by a DNS subdomain.
_NAME_FORMS = {
    ("", "Namespace"): "dns-label",
    ("", "Service"): "dns-1035-label",
    ("apps", "StatefulSet"): "dns-label",
    ("apiregistration.k8s.io", "APIService"): "path-segment",
    (_RBAC, "ClusterRole"): "path-segment",
    (_RBAC, "ClusterRoleBinding"): "path-segment",
    (_RBAC, "Role"): "path-segment",
    (_RBAC, "RoleBinding"): "path-segment",
}
# Their controllers append to the name and need room: a CronJob its time, a Job a label's value.
_LONGEST_NAMES = {("batch", "CronJob"): 52, ("batch", "Job"): 63}
_MOST_ANNOTATED = 256 * 1024
_POD_SECURITY = "pod-security.kubernetes.io/"
_POD_SECURITY_LEVELS = ("baseline", "privileged", "restricted")
_POD_SECURITY_VERSION = re.compile(r"latest|v1\.(?:0|[1-9][0-9]*)")


def metadata_faults(group: str, kind: str, scope: Scope, metadata: dict[str, Any]) -> Iterator[Fault]:
    """What the API server refuses in an object's metadata, its types aside."""
    name = metadata.get("name")
    if isinstance(name, str):
        yield from _name_faults(group, kind, name)
    yield from _namespace_faults(kind, scope, metadata.get("namespace"))
    yield from label_faults(metadata.get("labels"), ("metadata", "labels"))
    yield from _annotation_faults(metadata.get("annotations"))
    yield from _finalizer_faults(metadata.get("finalizers"))
    if (group, kind) == ("", "Namespace"):
        yield from _pod_security_faults(metadata.get("labels"))


def label_faults(labels: Any, pointer: Pointer) -> Iterator[Fault]:
    """Keys and values that are no labels."""
    for key, value in labels.items() if isinstance(labels, dict) else ():
        if not fits("label-key", key):
            yield _misspelt("label", (*pointer, key), f"the key {shown(key)}", "label-key")
        if isinstance(value, str) and not fits("label-value", value):
            yield _misspelt("label", (*pointer, key), f"{key}: {shown(value)}", "label-value")


def _name_faults(group: str, kind: str, name: str) -> Iterator[Fault]:
    form = _NAME_FORMS.get((group, kind), "dns-subdomain")
    if not fits(form, name):
        yield _misspelt("name", ("metadata", "name"), f"the name {shown(name)} of a {kind}", form)
    longest = _LONGEST_NAMES.get((group, kind))
    if longest is not None and len(name) > longest:
        yield Fault(
            rule="name",
            pointer=("metadata", "name"),
            problem=f"the name of a {kind} has at most {longest} characters; {shown(name)} has {len(name)}",
            fix="Shorten the name.",
        )


def _namespace_faults(kind: str, scope: Scope, namespace: Any) -> Iterator[Fault]:
    pointer = ("metadata", "namespace")
    if scope is Scope.CLUSTER:
        if namespace:
            problem = f"a {kind} lives in no namespace, but metadata.namespace is {shown(namespace)}"
            yield Fault(rule="namespace", pointer=pointer, problem=problem, fix="Remove metadata.namespace.")
    elif not namespace:
        problem = f"a {kind} lives in a namespace, but metadata.namespace is missing"
        yield Fault(rule="namespace", pointer=pointer, problem=problem, fix="Name the namespace in metadata.namespace.")
    elif isinstance(namespace, str) and not fits("dns-label", namespace):
        yield _misspelt("namespace", pointer, f"the namespace {shown(namespace)}", "dns-label")


def _annotation_faults(annotations: Any) -> Iterator[Fault]:
    pointer = ("metadata", "annotations")
    known = annotations if isinstance(annotations, dict) else {}
    for key in known:
        if not fits("label-key", key.lower()):  # the API server does not mind capitals in an annotation's prefix
            yield _misspelt("annotation", (*pointer, key), f"the key {shown(key)}", "label-key")
    size = sum(len(f"{key}{value}".encode(errors="replace")) for key, value in known.items())
    if size > _MOST_ANNOTATED:
        yield Fault(
            rule="annotation",
            pointer=pointer,
            problem=f"metadata.annotations holds {size} bytes; {_MOST_ANNOTATED} are allowed",
            fix="Keep large data in a ConfigMap.",
        )


def _finalizer_faults(finalizers: Any) -> Iterator[Fault]:
    names: list[Any] = finalizers if isinstance(finalizers, list) else []
    for position, name in enumerate(names):
        if isinstance(name, str) and not fits("label-key", name):
            wording = FORMS["label-key"].wording
            yield Fault(
                rule="finalizer",
                pointer=("metadata", "finalizers", position),
                problem=f"the finalizer {shown(name)} is not {wording}",
                fix=f"Use {wording}.",
            )


def _pod_security_faults(labels: Any) -> Iterator[Fault]:
    for key, value in labels.items() if isinstance(labels, dict) else ():
        mode, _, version = key.removeprefix(_POD_SECURITY).partition("-")
        if not key.startswith(_POD_SECURITY) or mode not in {"audit", "enforce", "warn"}:
            continue
        if not version and value not in _POD_SECURITY_LEVELS:
            meant = did_you_mean(str(value), _POD_SECURITY_LEVELS)
            yield _no_pod_security(key, value, f"no level of pod security{meant}", ", ".join(_POD_SECURITY_LEVELS))
        elif version == "version" and not _POD_SECURITY_VERSION.fullmatch(str(value)):
            yield _no_pod_security(key, value, "no version of the standard", "latest or v1.<minor>")


def _no_pod_security(key: str, value: object, problem: str, offered: str) -> Fault:
    pointer = ("metadata", "labels", key)
    return Fault(
        rule="label",
        pointer=pointer,
        problem=f"{key} is {shown(value)}, which is {problem}",
        fix=f"Use one of {offered}.",
    )


def _misspelt(rule: str, pointer: Pointer, what: str, form: str) -> Fault:
    wording = FORMS[form].wording
    return Fault(
        rule=rule, pointer=pointer, problem=f"{spelled(pointer)}: {what} is not {wording}", fix=f"Use {wording}."
    )
