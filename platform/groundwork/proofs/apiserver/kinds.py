"""Kinds: what the API server checks across the fields of one built-in kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from groundwork.proofs.apiserver.faults import Fault, Pointer, spelled
from groundwork.proofs.apiserver.forms import FORMS, fits
from groundwork.proofs.apiserver.networking import ingress_faults, network_policy_faults, service_faults
from groundwork.proofs.apiserver.pods import conflict, pod_faults, pod_of, quantity_of
from groundwork.proofs.apiserver.wording import shown

__all__ = ["kind_faults"]

Document = Mapping[str, Any]

_RBAC = "rbac.authorization.k8s.io"
_MOST_DATA = 1024 * 1024
_SECRET_KEYS = {
    "kubernetes.io/basic-auth": (),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
}
# Operators that take no value, and those that take one number; the others take at least one value.
_NO_VALUES = frozenset({"DoesNotExist", "Exists"})
_ONE_NUMBER = frozenset({"Gt", "Lt"})


def kind_faults(group: str, kind: str, document: Document) -> Iterator[Fault]:
    """What the API server refuses in a prepared object of a built-in kind whose structure is valid."""
    pod = pod_of(group, kind, document)
    if pod is not None:
        yield from pod_faults(pod)
    for check in _CHECKS.get((group, kind), ()):
        yield from check(document)
    yield from _expressions(document.get("spec"), ("spec",))


def _expressions(value: Any, pointer: Pointer) -> Iterator[Fault]:
    """Label and node selectors, wherever they stand: an operator and its values."""
    if isinstance(value, list):
        for position, item in enumerate(value):
            yield from _expressions(item, (*pointer, position))
    elif isinstance(value, dict):
        for name, item in value.items():
            if name in {"matchExpressions", "matchFields"} and isinstance(item, list):
                for position, one in enumerate(item):
                    yield from _expression(one, (*pointer, name, position))
            else:
                yield from _expressions(item, (*pointer, name))


def _expression(one: Document, pointer: Pointer) -> Iterator[Fault]:
    operator, values = one.get("operator"), one.get("values", [])
    if operator in _NO_VALUES and values:
        yield conflict((*pointer, "values"), f"is set beside the operator {operator}", "Remove the values.")
    elif operator in _ONE_NUMBER and not (len(values) == 1 and str(values[0]).lstrip("-").isdecimal()):
        yield conflict(pointer, f"has the operator {operator}, which takes one whole number", "Give it one number.")
    elif operator in {"In", "NotIn"} and not values:
        yield conflict(pointer, f"has the operator {operator} without values", "Add the values.")


def _selects_its_pods(document: Document) -> Iterator[Fault]:
    spec = document["spec"]
    selector = spec["selector"]
    labels = spec["template"].get("metadata", {}).get("labels", {})
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        problem = "spec.selector is empty, so the workload does not know its pods"
        yield Fault(rule="selector", pointer=("spec", "selector"), problem=problem, fix="Select the template's labels.")
    for key, value in selector.get("matchLabels", {}).items():
        if labels.get(key) != value:
            found = shown(labels[key]) if key in labels else "missing"
            problem = f"spec.selector asks for {key}: {value}, but the label {key} of the pod template is {found}"
            place: Pointer = ("spec", "selector", "matchLabels", key)
            yield Fault(rule="selector", pointer=place, problem=problem, fix="Make selector and template labels agree.")
    for position, one in enumerate(selector.get("matchExpressions", ())):
        if not _matches(one, labels):
            place = ("spec", "selector", "matchExpressions", position)
            problem = f"{spelled(place)} does not match the labels of the pod template"
            yield Fault(rule="selector", pointer=place, problem=problem, fix="Make selector and template labels agree.")


def _matches(one: Document, labels: Mapping[str, str]) -> bool:
    present, value = one["key"] in labels, labels.get(one["key"])
    return {
        "Exists": present,
        "DoesNotExist": not present,
        "In": value in one.get("values", ()),
        "NotIn": value not in one.get("values", ()),
    }[one["operator"]]


def _update_strategy(field: str) -> Callable[[Document], Iterator[Fault]]:
    def check(document: Document) -> Iterator[Fault]:
        strategy = document["spec"].get(field, {})
        if strategy.get("type", "RollingUpdate") != "RollingUpdate" and "rollingUpdate" in strategy:
            says = f"is set beside type {strategy['type']}"
            yield conflict(("spec", field, "rollingUpdate"), says, "Remove rollingUpdate.")
        rolling = strategy.get("rollingUpdate", {})
        amounts = [rolling.get(name) for name in ("maxSurge", "maxUnavailable")]
        if all(amount in (0, "0%") and amount is not None for amount in amounts):
            says = "allows neither a pod more nor a pod less, so nothing can ever be replaced"
            yield conflict(("spec", field, "rollingUpdate"), says, "Raise maxSurge or maxUnavailable.")

    return check


def _progress(document: Document) -> Iterator[Fault]:
    ready, progress = document["spec"].get("minReadySeconds", 0), document["spec"].get("progressDeadlineSeconds", 600)
    if progress <= ready:
        says = f"is {progress}, which must be more than minReadySeconds ({ready})"
        yield conflict(("spec", "progressDeadlineSeconds"), says, "Raise progressDeadlineSeconds.")


def _job(document: Document) -> Iterator[Fault]:
    yield from _job_spec(document["spec"], ("spec",))


def _cron_job(document: Document) -> Iterator[Fault]:
    yield from _job_spec(document["spec"]["jobTemplate"]["spec"], ("spec", "jobTemplate", "spec"))


def _job_spec(spec: Document, pointer: Pointer) -> Iterator[Fault]:
    if spec.get("completionMode") == "Indexed" and "completions" not in spec:
        yield conflict(pointer, "has completionMode Indexed without completions", "Set completions.")
    if "selector" in spec and not spec.get("manualSelector"):
        yield conflict((*pointer, "selector"), "is chosen by the API server", "Remove the selector.")
    if "podFailurePolicy" in spec and spec["template"]["spec"].get("restartPolicy") != "Never":
        yield conflict(
            (*pointer, "podFailurePolicy"), "needs pods with restartPolicy Never", "Set restartPolicy: Never."
        )


def _autoscaler(document: Document) -> Iterator[Fault]:
    spec = document["spec"]
    if spec.get("minReplicas", 1) > spec["maxReplicas"]:
        says = f"is {spec['minReplicas']}, more than maxReplicas ({spec['maxReplicas']})"
        yield conflict(("spec", "minReplicas"), says, "Lower minReplicas.")
    for position, metric in enumerate(spec.get("metrics", ())):
        field = metric["type"][:1].lower() + metric["type"][1:]
        if set(metric) != {"type", field}:
            pointer: Pointer = ("spec", "metrics", position)
            yield conflict(
                pointer, f"is of type {metric['type']}, so it has `{field}` and nothing else", f"Set {field}."
            )


def _budget(document: Document) -> Iterator[Fault]:
    for field in ("maxUnavailable", "minAvailable"):
        value = document.get("spec", {}).get(field)
        if isinstance(value, str) and int(value.removesuffix("%")) > 100:
            problem = f"spec.{field} is {value}, more than all pods"
            yield Fault(rule="range", pointer=("spec", field), problem=problem, fix="Use at most 100%.")


def _claim(document: Document) -> Iterator[Fault]:
    if "storage" not in document["spec"]["resources"].get("requests", {}):
        pointer = ("spec", "resources", "requests")
        problem = "spec.resources.requests lacks the required field `storage`"
        yield Fault(rule="required", pointer=pointer, problem=problem, fix="Say how much storage is asked for.")


def _data(document: Document) -> Iterator[Fault]:
    """A ConfigMap or a Secret: its size, and keys that stand twice."""
    encoded = {"ConfigMap": "binaryData", "Secret": "data"}[document["kind"]]
    fields = ("data", "binaryData", "stringData")
    sizes = {field: sum(_bytes(value) for value in document.get(field, {}).values()) for field in fields}
    size = sum(sizes.values()) - sizes[encoded] // 4  # base64 takes four characters for three bytes
    if size > _MOST_DATA:
        problem = f"the object holds {size} bytes of data; {_MOST_DATA} are allowed"
        yield Fault(rule="size", pointer=("data",), problem=problem, fix="Split it, or keep the data elsewhere.")
    for key in sorted(set(document.get("data", ())) & set(document.get("binaryData", ()))):
        problem = f"the key {key} stands in data and in binaryData"
        yield Fault(rule="duplicate", pointer=("binaryData", key), problem=problem, fix="Keep one of them.")


def _bytes(text: str) -> int:
    return len(text.encode(errors="replace"))


def _secret(document: Document) -> Iterator[Fault]:
    known = {**document.get("data", {}), **document.get("stringData", {})}
    for key in _SECRET_KEYS.get(document.get("type", ""), ()):
        if key not in known:
            problem = f"a Secret of type {document['type']} lacks the required key `{key}`"
            yield Fault(rule="required", pointer=("data",), problem=problem, fix=f"Add {key}, or use another type.")


def _binding(document: Document) -> Iterator[Fault]:
    for position, subject in enumerate(document.get("subjects", ())):
        pointer: Pointer = ("subjects", position)
        if subject["kind"] == "ServiceAccount":
            if not subject.get("namespace"):
                problem = f"{spelled(pointer)} names a ServiceAccount without its namespace"
                yield Fault(rule="required", pointer=pointer, problem=problem, fix="Add the namespace.")
        elif subject.get("apiGroup", _RBAC) != _RBAC:
            says = f"is {shown(subject['apiGroup'])}; a {subject['kind']} is of {_RBAC}"
            yield conflict((*pointer, "apiGroup"), says, f"Set apiGroup: {_RBAC}.")
        if subject["kind"] == "ServiceAccount" and not fits("dns-subdomain", subject["name"]):
            says = f"is {shown(subject['name'])}; a ServiceAccount is called {FORMS['dns-subdomain'].wording}"
            yield conflict((*pointer, "name"), says, "Correct the name.")


def _cluster_binding(document: Document) -> Iterator[Fault]:
    if document["roleRef"]["kind"] != "ClusterRole":
        yield conflict(("roleRef", "kind"), "must be ClusterRole in a ClusterRoleBinding", "Bind a ClusterRole.")


def _role(*, anywhere: bool) -> Callable[[Document], Iterator[Fault]]:
    def check(document: Document) -> Iterator[Fault]:
        for position, rule in enumerate(document.get("rules", ())):
            pointer: Pointer = ("rules", position)
            if rule.get("nonResourceURLs"):
                if not anywhere:
                    yield conflict(pointer, "names nonResourceURLs, which only a ClusterRole can", "Remove them.")
                elif rule.get("resources"):
                    yield conflict(pointer, "names both resources and nonResourceURLs", "Make two rules of it.")
            elif not rule.get("resources") or not rule.get("apiGroups"):
                yield conflict(
                    pointer, "names no resources of an apiGroup", 'Add apiGroups ("" is the core) and resources.'
                )

    return check


def _limit_range(document: Document) -> Iterator[Fault]:
    seen: set[str] = set()
    for position, item in enumerate(document.get("spec", {}).get("limits", ())):
        pointer: Pointer = ("spec", "limits", position)
        if item["type"] in seen:
            yield conflict((*pointer, "type"), f"is a second limit of type {item['type']}", "Say it in one.")
        seen.add(item["type"])
        if item["type"] == "Pod" and ("default" in item or "defaultRequest" in item):
            yield conflict(pointer, "has defaults, which a Pod as a whole cannot have", "Remove the defaults.")
        for lower, higher in _IN_ORDER:
            for name in sorted(set(item.get(lower, ())) & set(item.get(higher, ()))):
                if quantity_of(item[lower][name]) > quantity_of(item[higher][name]):
                    says = f"has {lower} {item[lower][name]} of {name} above {higher} {item[higher][name]}"
                    yield conflict(pointer, says, f"Keep {lower} at or below {higher}.")


_IN_ORDER = (
    ("min", "max"),
    ("min", "default"),
    ("min", "defaultRequest"),
    ("default", "max"),
    ("defaultRequest", "max"),
    ("defaultRequest", "default"),
)


def _webhooks(document: Document) -> Iterator[Fault]:
    for position, webhook in enumerate(document.get("webhooks", ())):
        if webhook["name"].count(".") < 2:
            pointer = ("webhooks", position, "name")
            problem = f"{spelled(pointer)} is {shown(webhook['name'])}; a webhook's name has at least three parts"
            yield Fault(
                rule="name", pointer=pointer, problem=problem, fix="Use a name such as pods.policy.example.com."
            )


def _crd(document: Document) -> Iterator[Fault]:
    spec = document["spec"]
    expected = f"{spec['names']['plural']}.{spec['group']}"
    if document["metadata"]["name"] != expected:
        problem = f"the CustomResourceDefinition must be named {expected}"
        yield Fault(rule="name", pointer=("metadata", "name"), problem=problem, fix=f"Rename it to {expected}.")


def _quota(document: Document) -> Iterator[Fault]:
    for name, amount in document.get("spec", {}).get("hard", {}).items():
        pointer = ("spec", "hard", name)
        if quantity_of(amount) < 0:
            yield Fault(
                rule="quantity", pointer=pointer, problem=f"{spelled(pointer)} is negative", fix="Use 0 or more."
            )


_CHECKS: dict[tuple[str, str], Iterable[Callable[[Document], Iterator[Fault]]]] = {
    ("", "ConfigMap"): (_data,),
    ("", "LimitRange"): (_limit_range,),
    ("", "PersistentVolumeClaim"): (_claim,),
    ("", "ResourceQuota"): (_quota,),
    ("", "Secret"): (_data, _secret),
    ("", "Service"): (service_faults,),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"): (_webhooks,),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"): (_webhooks,),
    ("apiextensions.k8s.io", "CustomResourceDefinition"): (_crd,),
    ("apps", "DaemonSet"): (_selects_its_pods, _update_strategy("updateStrategy")),
    ("apps", "Deployment"): (_selects_its_pods, _update_strategy("strategy"), _progress),
    ("apps", "ReplicaSet"): (_selects_its_pods,),
    ("apps", "StatefulSet"): (_selects_its_pods, _update_strategy("updateStrategy")),
    ("autoscaling", "HorizontalPodAutoscaler"): (_autoscaler,),
    ("batch", "CronJob"): (_cron_job,),
    ("batch", "Job"): (_job,),
    ("networking.k8s.io", "Ingress"): (ingress_faults,),
    ("networking.k8s.io", "NetworkPolicy"): (network_policy_faults,),
    ("policy", "PodDisruptionBudget"): (_budget,),
    (_RBAC, "ClusterRole"): (_role(anywhere=True),),
    (_RBAC, "ClusterRoleBinding"): (_binding, _cluster_binding),
    (_RBAC, "Role"): (_role(anywhere=False),),
    (_RBAC, "RoleBinding"): (_binding,),
}
