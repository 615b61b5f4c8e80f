"""Small objects that the tests of the quota proof put together."""

from __future__ import annotations

from typing import Any

__all__ = ["GI", "cluster_config", "container", "deployment", "node_pool", "obj", "quota", "template"]

GI = 1024**3 * 1000


def obj(kind: str, name: str, *, api: str = "v1", namespace: str | None = "team", **rest: Any) -> dict[str, Any]:
    """An object; cluster-scoped where the namespace is None."""
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": api, "kind": kind, "metadata": metadata} | rest


def container(
    requests: dict[str, Any] | None = None, limits: dict[str, Any] | None = None, *, name: str = "c"
) -> dict[str, Any]:
    """A container with resources."""
    asked = {"requests": requests, "limits": limits}
    return {"name": name, "resources": {key: one for key, one in asked.items() if one is not None}}


def template(
    requests: dict[str, Any] | None = None, limits: dict[str, Any] | None = None, **spec: Any
) -> dict[str, Any]:
    """A pod template with one container."""
    return {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [container(requests, limits)], **spec}}


def deployment(name: str = "web", replicas: int = 3, surge: int = 1, **pod: Any) -> dict[str, Any]:
    """A Deployment whose pods are a `template`."""
    spec = {"replicas": replicas, "strategy": {"rollingUpdate": {"maxSurge": surge}}, "template": template(**pod)}
    return obj("Deployment", name, api="apps/v1", spec=spec)


def quota(hard: dict[str, str], **spec: Any) -> dict[str, Any]:
    """A ResourceQuota."""
    return obj("ResourceQuota", "quota", spec={"hard": hard, **spec})


def cluster_config(region: str = "us-east-1", **rest: Any) -> dict[str, Any]:
    """Where the cluster stands: without it nobody knows what machines there are."""
    metadata = {"name": "here", "region": region, "version": "1.35"}
    return {"apiVersion": "eksctl.io/v1alpha5", "kind": "ClusterConfig", "metadata": metadata, **rest}


def node_pool(name: str, limits: dict[str, str], **values: list[str]) -> dict[str, Any]:
    """A NodePool of self-managed Karpenter; underscores in names of requirements stand for dashes."""
    domains = {"arch": "kubernetes.io", "capacity_type": "karpenter.sh"}
    requirements = [
        {"key": f"{domains.get(key, 'karpenter.k8s.aws')}/{key.replace('_', '-')}", "operator": "In", "values": found}
        for key, found in values.items()
    ]
    reference = {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": name}
    spec = {"template": {"spec": {"nodeClassRef": reference, "requirements": requirements}}, "limits": limits}
    return obj("NodePool", name, api="karpenter.sh/v1", namespace=None, spec=spec)
