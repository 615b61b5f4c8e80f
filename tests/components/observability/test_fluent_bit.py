"""Fluent Bit: every line once, in the log group of whoever it belongs to, or on the node until there is room."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from groundwork.components.observability.fluent_bit import FluentBit
from groundwork.kube.rendering import Rendering

CLUSTER = "prod-us-east-2"


@pytest.fixture
def rendering(render: Any, site: Any) -> Rendering:
    """A cluster with two tenants."""
    made: Rendering = render(FluentBit, site(CLUSTER))
    return made


@pytest.fixture
def pipeline(rendering: Rendering, find: Any) -> dict[str, Any]:
    """What Fluent Bit is told to do."""
    text = find(rendering, "ConfigMap", "fluent-bit")["data"]["fluent-bit.yaml"]
    found: dict[str, Any] = yaml.safe_load(text)["pipeline"]
    return found


def group_of(pipeline: dict[str, Any], tag: str) -> list[str]:
    """The log groups that lines of this tag go to."""
    return [
        one["log_group_name"]
        for one in pipeline["outputs"]
        if re.search(one.get("match_regex") or "^" + re.escape(one["match"]).replace(r"\*", ".*") + "$", tag)
    ]


@pytest.mark.parametrize(
    ("namespace", "group"),
    [
        ("ai-gateway", "platform"),
        ("kube-system", "platform"),
        ("tenant-team-a", "tenant-team-a"),
        ("tenant-team-a-two", "platform"),
        ("tenant-team-b", "tenant-team-b"),
    ],
)
def test_each_line_goes_to_one_group(pipeline: dict[str, Any], namespace: str, group: str) -> None:
    """A tenant's lines are nobody else's; a namespace that is no tenant's is the platform's."""
    assert group_of(pipeline, f"{namespace}.pod-1.main") == [f"/acme/{CLUSTER}/{group}"]


def test_a_file_of_the_kubelets_says_whose_it_is(pipeline: dict[str, Any]) -> None:
    """So nobody has to ask the API server, and no pod here may read all pods of the cluster."""
    (tail,) = pipeline["inputs"]
    name = f"litellm-7d9c_ai-gateway_litellm-{'0' * 64}.log"

    found = re.search(tail["tag_regex"].replace("(?<", "(?P<"), name)

    assert found
    assert found.groupdict() == {"pod": "litellm-7d9c", "namespace": "ai-gateway", "container": "litellm"}


def test_every_group_exists_ends_and_is_locked(rendering: Rendering, pipeline: dict[str, Any]) -> None:
    """Fluent Bit makes none: one of its own making would be kept for ever, in the clear."""
    groups = {made.body["spec"]["name"]: made.body for made in rendering.objects if made.body["kind"] == "LogGroup"}

    assert {one["log_group_name"] for one in pipeline["outputs"]} == {*groups}
    assert {one["auto_create_group"] for one in pipeline["outputs"]} == {"false"}
    assert all(one["spec"]["retentionDays"] == 90 for one in groups.values())
    assert all(one["spec"]["kmsKeyRef"]["from"]["name"] == "logs" for one in groups.values())


def test_what_cloudwatch_does_not_take_waits_on_the_node(
    pipeline: dict[str, Any], rendering: Rendering, find: Any
) -> None:
    """On a disk that outlives the pod, within a share of it."""
    (tail,) = pipeline["inputs"]
    volumes = find(rendering, "DaemonSet", "fluent-bit")["spec"]["template"]["spec"]["volumes"]
    paths = [one["hostPath"]["path"] for one in volumes if "hostPath" in one]

    assert tail["storage.type"] == "filesystem"
    assert all(one["retry_limit"] == "no_limits" and one["storage.total_limit_size"] for one in pipeline["outputs"])
    assert any(tail["db"].startswith(path) for path in paths)


def test_its_own_lines_do_not_come_back_to_it(pipeline: dict[str, Any]) -> None:
    """An error about a line would make a line."""
    assert "fluent-bit-*_node-agents_" in pipeline["inputs"][0]["exclude_path"]


def test_it_runs_on_every_node_and_writes_to_one_folder(rendering: Rendering, find: Any) -> None:
    """Nodes with accelerators keep others off; root reads the kubelet's files, and has no capability."""
    pod = find(rendering, "DaemonSet", "fluent-bit")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    writable = [one["mountPath"] for one in container["volumeMounts"] if not one.get("readOnly")]

    assert pod["tolerations"] == [{"operator": "Exists"}]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert writable == ["/var/fluent-bit/state"]
    assert pod["automountServiceAccountToken"] is False


def test_it_writes_into_this_clusters_groups_only(rendering: Rendering, find: Any) -> None:
    """And reads none."""
    policy = find(rendering, "Role", "fluent-bit")["spec"]["inlinePolicies"]["access"]

    assert f"log-group:/acme/{CLUSTER}/*:*" in policy
    assert "logs:Get" not in policy


def test_lost_lines_are_noticed(rendering: Rendering, find: Any) -> None:
    """Nobody misses a log until it is needed."""
    (group,) = find(rendering, "PrometheusRule", "fluent-bit")["spec"]["groups"]

    assert {rule["alert"] for rule in group["rules"]} == {"LogsDropped", "LogsLate"}
