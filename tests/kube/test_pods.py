"""The pieces of a pod say what Kubernetes is told."""

from __future__ import annotations

from typing import Any

import pytest

from groundwork.kube.pods import Placement, Probes, Replicas, Resources, Storage, Volume


def test_memory_and_devices_are_guaranteed_and_cpu_is_not_limited() -> None:
    """Extended resources must be requested and limited alike, as text."""
    found = Resources(cpu="4", memory="32Gi", scratch="10Gi", accelerators={"nvidia.com/gpu": 2}).manifest()

    limits = {"memory": "32Gi", "ephemeral-storage": "10Gi", "nvidia.com/gpu": "2"}
    assert {"requests": {"cpu": "4", **limits}, "limits": limits} == found


@pytest.mark.parametrize(
    ("replicas", "scaled", "peak"),
    [
        (Replicas(), False, 1),
        (Replicas(at_least=3), False, 3),
        (Replicas(at_least=1, at_most=5), True, 5),
        (Replicas(at_least=0, at_most=1), True, 1),
    ],
)
def test_replicas_know_their_peak_and_who_owns_them(replicas: Replicas, peak: int, *, scaled: bool) -> None:
    """With a most, an autoscaler decides."""
    assert (scaled, peak) == (replicas.scaled, replicas.peak)


@pytest.mark.parametrize(
    ("probes", "handler"),
    [
        (Probes.http("http", ready="/ready"), {"httpGet": {"path": "/ready", "port": "http"}}),
        (Probes.tcp("redis"), {"tcpSocket": {"port": "redis"}}),
        (Probes.command("valkey-cli", "ping"), {"exec": {"command": ["valkey-cli", "ping"]}}),
    ],
)
def test_probes_ask_in_one_way(probes: Probes, handler: dict[str, Any]) -> None:
    """All three of them, unless liveness has a path of its own."""
    found = probes.manifest()

    assert {"startupProbe", "readinessProbe", "livenessProbe"} == found.keys()
    assert all(handler.items() <= probe.items() for probe in found.values())


def test_liveness_may_have_a_path_of_its_own() -> None:
    """A server that waits for its database is alive, and not ready."""
    probes = Probes.http("http", ready="/ready", live="/live")

    assert ("/ready", "/live") == (probes.readiness["httpGet"]["path"], probes.liveness["httpGet"]["path"])
    assert "/ready" == probes.startup["httpGet"]["path"]


@pytest.mark.parametrize("within", [1, 5, 7, 120, 1800])
def test_a_container_has_the_time_that_it_was_given(within: int) -> None:
    """Not less, and at most one period more."""
    startup = Probes.tcp("http", within=within).startup

    assert within <= startup["periodSeconds"] * startup["failureThreshold"] < within + startup["periodSeconds"]


@pytest.mark.parametrize(
    ("volume", "source", "read_only"),
    [
        (Volume.scratch("v", "/v", "1Gi"), {"emptyDir": {"sizeLimit": "1Gi"}}, False),
        (Volume.memory("v", "/v", "1Gi"), {"emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"}}, False),
        (Volume.secret("v", "/v", "keys"), {"secret": {"secretName": "keys"}}, True),
        (Volume.config_map("v", "/v", "files"), {"configMap": {"name": "files"}}, True),
    ],
)
def test_a_volume_is_mounted_where_it_was_said(volume: Volume, source: dict[str, Any], *, read_only: bool) -> None:
    """What comes from the API is read-only."""
    assert {"name": "v", **source} == volume.volume()
    assert {"name": "v", "mountPath": "/v"} | ({"readOnly": True} if read_only else {}) == volume.volume_mount()


def test_a_disk_is_claimed_from_a_class() -> None:
    """By one node at a time."""
    claim = Storage(name="data", mount="/data", size="50Gi").claim("standard")

    assert "data" == claim["metadata"]["name"]
    assert ("standard", ["ReadWriteOnce"]) == (claim["spec"]["storageClassName"], claim["spec"]["accessModes"])


def test_no_placement_says_nothing() -> None:
    """Empty fields would be noise in every manifest."""
    taint = {"key": "gpu", "operator": "Exists"}

    assert {} == Placement().manifest()
    assert {"nodeSelector": {"a": "b"}} == Placement(selector={"a": "b"}).manifest()
    assert {"tolerations": [taint]} == Placement(tolerations=[taint]).manifest()


def test_a_folder_of_the_node_is_made_only_to_be_written_to() -> None:
    """What is to be read has to be there: an empty folder would hide that it is the wrong one."""
    read, written = Volume.host("logs", "/var/log", read_only=True), Volume.host("state", "/var/x", read_only=False)

    assert {"path": "/var/log", "type": "Directory"} == read.volume()["hostPath"]
    assert {"name": "logs", "mountPath": "/var/log", "readOnly": True} == read.volume_mount()
    assert {"path": "/var/x", "type": "DirectoryOrCreate"} == written.volume()["hostPath"]
    assert {"name": "state", "mountPath": "/var/x"} == written.volume_mount()
