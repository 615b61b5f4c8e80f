"""Placement: pods that ask for what nobody sells, pools that buy what nobody asks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from groundwork.proofs.fields import Pointer, entries, mapping, text, texts, value_at
from groundwork.proofs.world import pod_specs
from groundwork.tree.manifest import Manifest
from tests.mutants.edit import Edit, add, change, drop, operator
from tests.mutants.operators.workloads import SERVERS, accelerated, appended, containers

TEMPLATE: Pointer = ("spec", "template")
NODES: Pointer = (*TEMPLATE, "spec")


def accelerators(one: Manifest) -> Iterator[tuple[Pointer, dict[str, Any]]]:
    """The pod specs that ask for an accelerator."""
    for at, spec in pod_specs(one):
        if any(accelerated(container) for _, container in entries(spec, "containers")):
            yield at, spec


@operator("placement", "NodePool")
def pool_gives_another_label(one: Manifest) -> Iterator[Edit]:
    for key, value in mapping(one.body, *TEMPLATE, "metadata", "labels").items():
        yield change((*TEMPLATE, "metadata", "labels", key), f"{value}-x")


@operator("placement", "NodePool")
def pool_has_another_taint(one: Manifest) -> Iterator[Edit]:
    for place, taint in entries(one.body, *NODES, "taints"):
        yield change((*place, "key"), text(taint, "key") + "-x")
        yield change((*place, "value"), "reserved")


@operator("placement", "NodePool")
def pool_keeps_everybody_away(one: Manifest) -> Iterator[Edit]:
    yield appended(one, (*NODES, "taints"), {"key": "example.com/quiet", "value": "true", "effect": "NoSchedule"})


@operator("placement", "NodePool")
def pool_may_buy_nothing(one: Manifest) -> Iterator[Edit]:
    for name in mapping(one.body, "spec", "limits"):
        yield change(("spec", "limits", name), "0")


@operator("placement", "NodePool")
def pool_of_misspelt_machines(one: Manifest) -> Iterator[Edit]:
    for place, requirement in entries(one.body, *NODES, "requirements"):
        if "instance-" in text(requirement, "key"):
            for at, value in texts(requirement, "values") if text(requirement, "operator") == "In" else ():
                yield change((*place, *at), f"{value}x")


@operator("placement", "NodePool")
def pool_of_a_misspelt_label(one: Manifest) -> Iterator[Edit]:
    for place, requirement in entries(one.body, *NODES, "requirements"):
        if "instance-" in text(requirement, "key"):
            yield change((*place, "key"), text(requirement, "key") + "s")


@operator("placement", "NodePool")
def pool_only_of_reservations(one: Manifest) -> Iterator[Edit]:
    for place, requirement in entries(one.body, *NODES, "requirements"):
        if text(requirement, "key") == "karpenter.sh/capacity-type":
            yield change((*place, "values"), ["reserved"])


@operator("placement", "NodePool")
def pool_in_another_region(one: Manifest) -> Iterator[Edit]:
    elsewhere = {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["eu-west-1a"]}
    yield appended(one, (*NODES, "requirements"), elsewhere)


@operator("placement", "Deployment")
def pod_for_the_other_processors(one: Manifest) -> Iterator[Edit]:
    for at, spec in accelerators(one):
        yield change((*at, "nodeSelector"), {**mapping(spec, "nodeSelector"), "kubernetes.io/arch": "arm64"})


@operator("placement", "Deployment")
def toleration_of_another_effect(one: Manifest) -> Iterator[Edit]:
    for at, spec in accelerators(one):
        for place, _ in entries(spec, "tolerations"):
            yield change((*at, *place, "effect"), "PreferNoSchedule")
            yield change((*at, *place, "value"), "false")


@operator("placement", "Deployment")
def more_devices_than_a_machine_has(one: Manifest) -> Iterator[Edit]:
    for at, container in containers(one):
        for kind in ("requests", "limits"):
            for name in mapping(container, "resources", kind):
                if "/" in name:
                    asked = {
                        key: {**mapping(container, "resources", key), name: "32"} for key in ("requests", "limits")
                    }
                    yield change((*at, "resources"), asked)


@operator("placement", *SERVERS)
def asks_for_more_memory_than_any_node(one: Manifest) -> Iterator[Edit]:
    for at, container in containers(one):
        if "memory" in mapping(container, "resources", "requests"):
            yield change((*at, "resources"), {"requests": {"memory": "64Ti"}, "limits": {"memory": "64Ti"}})


@operator("placement", *SERVERS)
def spread_over_what_nobody_has(one: Manifest) -> Iterator[Edit]:
    for at, spec in pod_specs(one):
        for place, wish in entries(spec, "topologySpreadConstraints"):
            racks = {"topologyKey": "topology.example.com/rack", "whenUnsatisfiable": "DoNotSchedule"}
            yield change((*at, *place), {**wish, **racks})


@operator("placement", *SERVERS)
def nobody_beside_me_anywhere(one: Manifest) -> Iterator[Edit]:
    for at, spec in pod_specs(one):
        labels = value_at(one.body, *at[:-1], "metadata", "labels")
        term = {"topologyKey": "kubernetes.io/os", "labelSelector": {"matchLabels": labels}}
        affinity = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
        if (value_at(one.body, "spec", "replicas") or 1) > 1:
            yield add((*at, "affinity"), {**mapping(spec, "affinity"), **affinity})


@operator("placement", "DaemonSet")
def agent_off_its_nodes(one: Manifest) -> Iterator[Edit]:
    for at, spec in pod_specs(one):
        if mapping(spec, "nodeSelector"):
            yield drop((*at, "tolerations"))


@operator("placement", "EC2NodeClass")
def nodes_for_two_pods(one: Manifest) -> Iterator[Edit]:
    del one
    yield add(("spec", "kubelet"), {"maxPods": 2})


@operator("placement", "EC2NodeClass")
def nodes_of_a_small_disk(one: Manifest) -> Iterator[Edit]:
    disks = [
        {**one, "ebs": {**one["ebs"], "volumeSize": "2Gi"}}
        for _, one in entries(one.body, "spec", "blockDeviceMappings")
    ]
    plain = {field: value for field, value in one.spec.items() if field != "instanceStorePolicy"}
    yield change(("spec",), {**plain, "blockDeviceMappings": disks})


@operator("placement", "ClusterConfig")
def node_group_of_one(one: Manifest) -> Iterator[Edit]:
    for place, _ in entries(one.body, "managedNodeGroups"):
        yield change((*place, "desiredCapacity"), 1)
