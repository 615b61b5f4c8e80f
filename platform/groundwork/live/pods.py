"""What runs: pods that cannot start, and the Jobs in which the cluster tests itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from groundwork.live.answers import Answer, State
from groundwork.live.kubectl import Kubectl, resource
from groundwork.tree.manifest import Manifest
from groundwork.tree.reader import Tree

__all__ = ["enrolled", "jobs", "pods"]

_PODS, _JOBS = "Pods", "Jobs of the last sync"
_MESHED = "istio.io/dataplane-mode"
_REDIRECTED = "ambient.istio.io/redirection"
_MOST = 5
_HOOK = "argocd.argoproj.io/hook"
_STUCK = {
    "CrashLoopBackOff": "kubectl --namespace {namespace} logs {name} --previous",
    "CreateContainerConfigError": "a ConfigMap or a Secret is missing: kubectl --namespace {namespace} describe pod {name}",
    "CreateContainerError": "kubectl --namespace {namespace} describe pod {name}",
    "ErrImagePull": "the image, the registry, or leave to pull: kubectl --namespace {namespace} describe pod {name}",
    "ImagePullBackOff": "the image, the registry, or leave to pull: kubectl --namespace {namespace} describe pod {name}",
    "InvalidImageName": "kubectl --namespace {namespace} describe pod {name}",
    "Unschedulable": "a quota of EC2, capacity, or a NodePool at its limit: kubectl --namespace {namespace} describe pod {name}",
}


def pods(tree: Tree, cluster: str, kubectl: Kubectl) -> Iterator[Answer]:
    """One answer for each pod that is stuck, in the namespaces of the tree; one for the others."""
    namespaces = {one.namespace for one in tree if one.cluster == cluster and one.namespace}
    listed, failure = kubectl.objects("pods")
    claim = "every pod starts"
    if failure:
        yield Answer(topic=_PODS, claim=claim, state=State.OPEN, found=failure)
        return
    ours = [one for one in listed if one.get("metadata", {}).get("namespace") in namespaces]
    stuck = [(one, why) for one in ours if (why := _why_stuck(one))]
    for one, (reason, message) in stuck:
        name, namespace = one["metadata"].get("name", ""), one["metadata"]["namespace"]
        fix = _STUCK[reason].format(name=name, namespace=namespace)
        found = f"{reason}: {message}" if message else reason
        yield Answer(topic=_PODS, claim=f"{namespace}/{name} starts", state=State.FALSE, found=found, fix=fix)
    if not stuck:
        yield Answer(topic=_PODS, claim=claim, state=State.TRUE, found=f"{len(ours)} in {len(namespaces)} namespaces")


def enrolled(tree: Tree, cluster: str, kubectl: Kubectl) -> Iterator[Answer]:
    """Whether the mesh has the pods of its namespaces; nothing for a cluster without one."""
    meshed = {one.name for one in tree.of_kind(cluster, "Namespace") if one.labels.get(_MESHED) == "ambient"}
    if not meshed:
        return
    claim = "every running pod of a meshed namespace is in the mesh"
    listed, failure = kubectl.objects("pods")
    running = [one for one in listed if one.get("status", {}).get("phase") == "Running" and _may_be_meshed(one, meshed)]
    outside = sorted(
        f"{one['metadata']['namespace']}/{one['metadata'].get('name')}" for one in running if not _is_meshed(one)
    )
    if failure:
        yield Answer(topic=_PODS, claim=claim, state=State.OPEN, found=failure)
    elif outside:
        fix = "is istio-cni-node ready on its node? kubectl --namespace istio-system get pods --output wide; then delete the pod"
        yield Answer(topic=_PODS, claim=claim, state=State.FALSE, found=f"not {', '.join(outside[:_MOST])}", fix=fix)
    else:
        yield Answer(topic=_PODS, claim=claim, state=State.TRUE, found=str(len(running)))


def jobs(tree: Tree, cluster: str, kubectl: Kubectl) -> Iterator[Answer]:
    """Migrations, imports, and the smoke tests that ask what no outsider may: models, agents, traces."""
    declared = [one for one in tree.of_kind(cluster, "Job", group="batch") if _HOOK in one.annotations]
    if not declared:
        return
    listed, failure = kubectl.objects(resource("batch/v1", "Job"))
    there = {
        (one["metadata"].get("namespace"), one["metadata"].get("name")): one for one in listed if "metadata" in one
    }
    for one in sorted(declared, key=lambda one: (one.namespace, one.name)):
        yield _job(one, there.get((one.namespace, one.name)), failure)


def _may_be_meshed(pod: Mapping[str, Any], meshed: set[str]) -> bool:
    """Pods on the host's network cannot be, and some say that they do not want to."""
    metadata = pod.get("metadata", {})
    wanted = (metadata.get("labels") or {}).get(_MESHED) != "none"
    return metadata.get("namespace") in meshed and wanted and not pod.get("spec", {}).get("hostNetwork")


def _is_meshed(pod: Mapping[str, Any]) -> bool:
    return (pod["metadata"].get("annotations") or {}).get(_REDIRECTED) == "enabled"


def _why_stuck(pod: Mapping[str, Any]) -> tuple[str, str] | None:
    status = pod.get("status", {})
    for key in ("initContainerStatuses", "containerStatuses"):
        for container in status.get(key) or ():
            waiting = (container.get("state") or {}).get("waiting") or {}
            if waiting.get("reason") in _STUCK:
                return waiting["reason"], _first_line(waiting)
    for condition in status.get("conditions") or ():
        if condition.get("type") == "PodScheduled" and condition.get("reason") == "Unschedulable":
            return "Unschedulable", _first_line(condition)
    return None


def _first_line(said: Mapping[str, Any]) -> str:
    return str(said.get("message") or "").partition("\n")[0]


def _job(one: Manifest, body: Mapping[str, Any] | None, failure: str) -> Answer:
    claim = f"{one.namespace}/{one.name} succeeds"
    log = f"kubectl --namespace {one.namespace} logs job/{one.name}"
    if failure or body is None:
        again = f"sync the Application {one.component} to run it again"
        found = failure or "it has not run within the last day"
        return Answer(topic=_JOBS, claim=claim, state=State.OPEN, found=found, fix="" if failure else again)
    ends = {
        str(end.get("type")): end
        for end in body.get("status", {}).get("conditions") or ()
        if end.get("status") == "True"
    }
    if "Complete" in ends:
        when = str(body["status"].get("completionTime") or "")
        return Answer(topic=_JOBS, claim=claim, state=State.TRUE, found=when)
    if "Failed" in ends:
        why = str(ends["Failed"].get("message") or ends["Failed"].get("reason") or "it failed")
        return Answer(topic=_JOBS, claim=claim, state=State.FALSE, found=why, fix=log)
    return Answer(topic=_JOBS, claim=claim, state=State.OPEN, found="it is still running", fix=log)
