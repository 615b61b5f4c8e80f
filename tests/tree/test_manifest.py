"""A manifest's place in the tree follows from what it is."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwork.tree.manifest import Identity, Manifest, is_builtin_group, path_of, split_api_version

NAMES = st.from_regex(r"[a-z0-9]([a-z0-9.:-]{0,30}[a-z0-9])?", fullmatch=True)


def body(api_version: str = "apps/v1", kind: str = "Deployment", **metadata: Any) -> dict[str, Any]:
    """A Deployment, or what the test wants of one."""
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": "litellm", "namespace": "ai-gateway"} | metadata,
    }


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        (Identity("apps", "Deployment", "ai-gateway", "litellm"), "litellm/ai-gateway/Deployment.litellm.yaml"),
        (Identity("", "Service", "ai-gateway", "litellm"), "litellm/ai-gateway/Service.litellm.yaml"),
        (Identity("", "Namespace", "", "ai-data"), "litellm/_cluster/Namespace.ai-data.yaml"),
        (Identity("karpenter.sh", "NodePool", "", "gpu"), "litellm/_cluster/NodePool.karpenter.gpu.yaml"),
        (
            Identity("networking.k8s.io", "NetworkPolicy", "ai-data", "valkey"),
            "litellm/ai-data/NetworkPolicy.valkey.yaml",
        ),
        (
            Identity("networking.k8s.aws", "ApplicationNetworkPolicy", "ai-data", "valkey"),
            "litellm/ai-data/ApplicationNetworkPolicy.networking.valkey.yaml",
        ),
        (
            Identity("gateway.networking.k8s.io", "HTTPRoute", "ai-gateway", "edge"),
            "litellm/ai-gateway/HTTPRoute.gateway.edge.yaml",
        ),
    ],
)
def test_a_path_names_component_namespace_kind_and_name(identity: Identity, expected: str) -> None:
    """Custom resources carry the first label of their group, what belongs to no namespace stands in _cluster."""
    path = path_of(identity, "litellm")

    assert PurePosixPath(expected) == path


def test_two_kinds_of_one_name_in_two_groups_have_two_paths() -> None:
    """The group's label keeps apart what cdk8s' own writer would overwrite."""
    groups = ("networking.k8s.io", "gateway.networking.k8s.io", "traefik.io")

    paths = {path_of(Identity(group, "Ingress", "edge", "web"), "edge") for group in groups}

    assert len(paths) == len(groups)


@pytest.mark.parametrize("api_versions", [("apps/v1", "apps/v1beta1"), ("karpenter.sh/v1", "karpenter.sh/v1beta1")])
def test_the_version_is_not_part_of_the_path(api_versions: tuple[str, str]) -> None:
    """The API server knows one object whatever version it is written in, so a bump is a change and not a new file."""
    paths = {path_of(Identity.of(body(api_version)), "litellm") for api_version in api_versions}

    assert len(paths) == 1


@given(labels=st.dictionaries(NAMES, NAMES, max_size=3), spec=st.dictionaries(NAMES, st.integers(), max_size=3))
def test_only_the_identity_decides_the_path(labels: dict[str, str], spec: dict[str, int]) -> None:
    """Whatever else a body holds, its file stays where it is."""
    decorated = body(labels=labels) | {"spec": spec}

    assert path_of(Identity.of(body()), "litellm") == path_of(Identity.of(decorated), "litellm")


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("system:auth-delegator", "ClusterRole.system%3Aauth-delegator.yaml"),
        ("50%", "ClusterRole.50%25.yaml"),
        ("a/b", "ClusterRole.a%2Fb.yaml"),
        ("a\\b*c?d", "ClusterRole.a%5Cb%2Ac%3Fd.yaml"),
        ("tab\tspace ", "ClusterRole.tab%09space%20.yaml"),
    ],
)
def test_what_file_systems_dislike_is_percent_encoded(name: str, file: str) -> None:
    """RBAC names may hold colons, which Windows refuses, and a percent sign must be readable back."""
    path = path_of(Identity("rbac.authorization.k8s.io", "ClusterRole", "", name), "rbac")

    assert file == path.name


@given(names=st.sets(st.text(max_size=12), min_size=2, max_size=6))
def test_different_names_never_share_a_path(names: set[str]) -> None:
    """The encoding loses nothing, and no name leaves the folder of its namespace."""
    paths = [path_of(Identity("", "ConfigMap", "ai-data", name), "valkey") for name in names]

    assert len(names) == len(set(paths))
    assert {PurePosixPath("valkey/ai-data")} == {path.parent for path in paths}


@pytest.mark.parametrize(
    ("group", "builtin"),
    [
        ("", True),
        ("apps", True),
        ("batch", True),
        ("rbac.authorization.k8s.io", True),
        ("networking.k8s.io", True),
        ("gateway.networking.k8s.io", False),
        ("networking.k8s.aws", False),
        ("karpenter.sh", False),
    ],
)
def test_a_group_is_the_api_servers_own_or_a_custom_one(group: str, *, builtin: bool) -> None:
    """A group that merely ends like a built-in one is a custom one."""
    assert builtin == is_builtin_group(group)


@pytest.mark.parametrize(
    ("api_version", "parts"),
    [("v1", ("", "v1")), ("apps/v1", ("apps", "v1")), ("karpenter.k8s.aws/v1", ("karpenter.k8s.aws", "v1"))],
)
def test_an_api_version_splits_into_group_and_version(api_version: str, parts: tuple[str, str]) -> None:
    """The core group is the empty string."""
    assert parts == split_api_version(api_version)


@pytest.mark.parametrize("missing", ["apiVersion", "kind", "metadata"])
def test_a_body_without_identity_is_a_key_error(missing: str) -> None:
    """What has no apiVersion, kind or name is no object."""
    broken = body()
    del broken[missing]

    with pytest.raises(KeyError, match=missing):
        Identity.of(broken)


def test_an_empty_namespace_is_no_namespace() -> None:
    """`namespace:` with nothing behind it reads as null, and is the cluster scope."""
    assert Identity.of(body(namespace=None)) == Identity.of(body(namespace=""))


def test_a_manifest_answers_for_its_body() -> None:
    """Labels, annotations and spec are there to be read even where the body has none."""
    bare = Manifest(cluster="dev", component="bootstrap", path=PurePosixPath("x.yaml"), body=body(labels=None))
    synced = Manifest(
        cluster="dev", component="litellm", path=PurePosixPath("x.yaml"), body=body() | {"spec": {"a": 1}}
    )

    assert ({}, {}, {}, False) == (bare.labels, bare.annotations, bare.spec, bare.synced)
    assert ({"a": 1}, True) == (synced.spec, synced.synced)
    assert "dev: Deployment.apps ai-gateway/litellm" == str(synced.subject)
