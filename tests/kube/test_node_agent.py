"""Node agents: one pod per node, on every node of their kind, with no more of the host than they say."""

from __future__ import annotations

from typing import Any

from groundwork.catalog.versions import Image
from groundwork.kube.node_agent import NodeAgent
from groundwork.kube.pods import Placement, Probes, Resources
from groundwork.kube.ports import Port

IMAGE = Image(name="agent", repository="example/agent", tag="1.0", arch=("amd64", "arm64"))
METRICS = Port.metrics_only(9400)


def agent(**details: Any) -> dict[str, Any]:
    """The objects of a node agent by kind."""
    made = NodeAgent(
        name="a",
        namespace="n",
        component="c",
        image=IMAGE,
        resources=Resources(cpu="100m", memory="128Mi"),
        probes=Probes.tcp(METRICS.name),
        ports=[METRICS],
        **details,
    )
    return {one["kind"]: one for one in made.manifests()}


def test_it_runs_on_every_node_that_its_labels_choose() -> None:
    """A taint keeps workloads away, not those who look after the node."""
    pod = agent(placement=Placement(selector={"kind": "gpu"}))["DaemonSet"]["spec"]["template"]["spec"]

    assert pod["nodeSelector"] == {"kind": "gpu"}
    assert pod["tolerations"] == [{"operator": "Exists"}]
    assert pod["priorityClassName"] == "system-node-critical"


def test_each_pod_is_scraped_by_itself_and_nobody_calls_it() -> None:
    """A Service would answer from some node or other."""
    objects = agent()

    assert "Service" not in objects
    (endpoint,) = objects["PodMonitor"]["spec"]["podMetricsEndpoints"]
    assert endpoint["port"] == METRICS.name


def test_it_is_as_confined_as_any_workload_unless_it_says_otherwise() -> None:
    """Only what opens devices is privileged, and even that writes nowhere."""
    plain = agent()["DaemonSet"]["spec"]["template"]["spec"]
    privileged = agent(privileged=True)["DaemonSet"]["spec"]["template"]["spec"]

    assert plain["securityContext"]["runAsNonRoot"] is True
    assert plain["containers"][0]["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert privileged["containers"][0]["securityContext"] == {
        "privileged": True,
        "readOnlyRootFilesystem": True,
        "runAsUser": 0,
    }


def test_one_that_reads_roots_files_says_that_it_is_root() -> None:
    """The kubelet refuses user 0 where the pod promises another."""
    pod = agent(user=0)["DaemonSet"]["spec"]["template"]["spec"]

    assert (pod["securityContext"]["runAsUser"], pod["securityContext"]["runAsNonRoot"]) == (0, False)
    assert pod["containers"][0]["securityContext"]["allowPrivilegeEscalation"] is False
