"""After bootstrap: what must be true of a running cluster, read from the tree and asked of its API server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from groundwork.live.answers import Answer, Answers, State
from groundwork.live.devices import devices
from groundwork.live.health import health
from groundwork.live.kubectl import Kubectl
from groundwork.live.pods import enrolled, jobs, pods
from groundwork.live.targets import targets
from groundwork.tree.reader import Tree, read_tree

__all__ = ["verify"]

_TOPIC = "The cluster"


def verify(name: str, folder: Path, context: str | None = None) -> Answers:
    """Ask a cluster whether it is what its tree says.

    Args:
        name: the cluster.
        folder: generated/.
        context: kubectl's, the current one unless named.

    Raises:
        ValueError: the tree holds nothing of this cluster.
    """
    tree = read_tree(folder, [name] if (folder / name).is_dir() else [])
    if not tree.clusters:
        raise ValueError(f"{folder / name} holds no manifests: run `make synth` first")
    answers = list(_answers(tree, name, Kubectl(context)))
    return Answers(title=f"After bootstrap of {name}", cluster=name, answers=answers)


def _answers(tree: Tree, cluster: str, kubectl: Kubectl) -> Iterator[Answer]:
    """Another cluster, or none, is asked nothing more: every answer would mislead."""
    right = _right_cluster(cluster, kubectl)
    yield right
    if right.state is not State.TRUE:
        return
    version = _version(tree, cluster, kubectl)
    yield version
    if version.state is State.OPEN:
        return
    yield _policies_enforced(tree, cluster, kubectl)
    for topic in (health, devices, pods, enrolled, targets, jobs):
        yield from topic(tree, cluster, kubectl)


def _right_cluster(cluster: str, kubectl: Kubectl) -> Answer:
    """`aws eks update-kubeconfig` names a cluster by its ARN, which ends in its name."""
    claim = f"kubectl's context is of {cluster}"
    clusters = kubectl.body("config", "view", "--minify", "--output=json").get("clusters") or ()
    found = next((str(one.get("name")) for one in clusters), "")
    if found.rpartition("/")[2] == cluster:
        return Answer(topic=_TOPIC, claim=claim, state=State.TRUE, found=found)
    fix = (
        f"aws eks update-kubeconfig --name {cluster} --region ... --role-arn ..., as bootstrap.md has it; or --context"
    )
    return Answer(topic=_TOPIC, claim=claim, state=State.FALSE, found=found or "kubectl has no such context", fix=fix)


def _version(tree: Tree, cluster: str, kubectl: Kubectl) -> Answer:
    configs = tree.of_kind(cluster, "ClusterConfig", group="eksctl.io")
    wanted = next((str(one.body["metadata"].get("version")) for one in configs), "")
    claim = f"its API server answers, and runs Kubernetes {wanted}".rstrip()
    done = kubectl.run("version", "--output=json", "--request-timeout=20s")
    body = done.json()
    server = (body.get("serverVersion") if isinstance(body, dict) else None) or {}
    found = str(server.get("gitVersion") or "")
    if not found:
        fix = "it answers inside the VPC only: bootstrap.md, “A way in”"
        failure = done.failure or "no version of a server"
        return Answer(topic=_TOPIC, claim=claim, state=State.OPEN, found=failure, fix=fix)
    fits = not wanted or found.removeprefix("v").startswith(f"{wanted}.")
    fix = f"eksctl upgrade cluster --name {cluster} --version {wanted} --approve, or declare what runs"
    return Answer(topic=_TOPIC, claim=claim, state=State.TRUE if fits else State.FALSE, found=found, fix=fix)


def _policies_enforced(tree: Tree, cluster: str, kubectl: Kubectl) -> Answer:
    """The controller writes a PolicyEndpoint for each NetworkPolicy that selects a pod. None means that nothing enforces them."""
    claim = "NetworkPolicies are enforced"
    declared = len(tree.of_kind(cluster, "NetworkPolicy"))
    endpoints, failure = kubectl.objects("policyendpoints.networking.k8s.aws")
    if failure:
        return Answer(topic=_TOPIC, claim=claim, state=State.OPEN, found=failure)
    found = f"{len(endpoints)} PolicyEndpoints for {declared} policies"
    fix = "on Auto Mode: the ConfigMap `amazon-vpc-cni` in kube-system; elsewhere: enableNetworkPolicy of the add-on `vpc-cni`"
    enforced = bool(endpoints) or not declared
    return Answer(topic=_TOPIC, claim=claim, state=State.TRUE if enforced else State.FALSE, found=found, fix=fix)
