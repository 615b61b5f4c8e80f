"""What is installed besides the tree's own objects: charts, add-ons, Argo CD, each with our values."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from groundwork.proofs.installed import chart_values, installed
from groundwork.tree.manifest import Manifest
from groundwork.tree.reader import Tree, read_tree
from groundwork.tree.yaml import parse

ROOT_APPLICATION = (
    "{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {name: groundwork, namespace: argocd}, spec: {}}"
)


def tree_of(text: str, *, component: str = "demo", root: Path = Path("generated")) -> Tree:
    """A cluster `test` with these objects in one component."""
    bodies = [body for body in parse(text) if body]
    paths = (PurePosixPath(f"generated/test/{component}/{index}.yaml") for index in range(len(bodies)))
    return Tree(root, [Manifest("test", component, path, body) for path, body in zip(paths, bodies, strict=True)])


def application(helm: str, chart: str = "kube-prometheus-stack") -> str:
    """An Application that installs one chart."""
    return f"""
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: demo, namespace: argocd}}
spec: {{source: {{chart: {chart}, helm: {helm}}}, destination: {{namespace: demo}}}}
"""


@pytest.mark.parametrize(
    ("helm", "values"),
    [
        ({"valuesObject": {"a": 1}}, {"a": 1}),
        ({"values": "a: 1"}, {"a": 1}),
        ({"valuesObject": {"a": 1}, "values": "a: 2"}, {"a": 1}),
        ({"values": "a: ["}, {}),
        ({"values": "text"}, {}),
        ({"values": ["a"]}, {}),
        ({}, {}),
    ],
)
def test_values_are_an_object_or_yaml_in_a_string(helm: dict[str, object], values: dict[str, object]) -> None:
    """Argo CD takes the object where both are given; what is broken says nothing."""
    assert chart_values({"helm": helm}) == values


def test_pods_stand_in_the_namespace_that_values_name() -> None:
    """Where they name none, in that of the chart."""
    there = "{valuesObject: {prometheus-node-exporter: {namespaceOverride: agents}}}"

    for helm, namespace in ((there, "agents"), ("{}", "demo")):
        (one,) = installed(tree_of(application(helm)), "test")
        found = {pods.name: where for where, pods in one.pods}
        assert (found["node-exporter"], found["kube-state-metrics"]) == (namespace, "demo")


def test_what_values_switch_off_is_not_there() -> None:
    """Each part of the GPU operator has a switch."""
    helm = "{valuesObject: {gfd: {enabled: false}}}"

    (one,) = installed(tree_of(application(helm, "nvidia/gpu-operator")), "test")

    names = [pods.name for _, pods in one.pods]
    assert "nvidia-device-plugin-daemonset" in names
    assert "gpu-feature-discovery" not in names


def test_a_chart_that_nobody_has_stated_makes_nothing_here() -> None:
    """That it is missing from the catalogue is a finding of its own."""
    assert list(installed(tree_of(application("{}", "unheard-of")), "test")) == []


@pytest.mark.parametrize(
    ("given", "replicas"),
    [("'{\"replicaCount\": 3}'", 3), ("'{'", 2), ("'[1]'", 2), ("7", 2), (f"'{'[' * 100000}'", 2)],
)
def test_an_add_on_is_told_json_in_a_string(given: str, replicas: int) -> None:
    """What is broken says nothing: then it is as EKS has it."""
    config = f"""
apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {{name: test}}
addons: [{{name: coredns, configurationValues: {given}}}, {{name: unheard-of}}]
"""

    (one,) = installed(tree_of(config, component="bootstrap"), "test")

    ((namespace, pods),) = one.pods
    assert namespace == "kube-system"
    assert pods.resolved(one.values).replicas == replicas


@pytest.mark.parametrize(
    ("values", "replicas"), [("server: {replicas: 2}", 2), ("server: [", 1), ("[]", 1), ("\xff", 1), (None, 1)]
)
def test_argo_cd_is_installed_with_the_values_of_bootstrap(tmp_path: Path, values: str | None, replicas: int) -> None:
    """A file that is broken or not there leaves what the chart has."""
    folder = tmp_path / "test" / "bootstrap"
    folder.mkdir(parents=True)
    if values is not None:
        (folder / "argocd.values").write_bytes(values.encode("latin-1"))

    (one,) = installed(tree_of(ROOT_APPLICATION, component="bootstrap", root=tmp_path), "test")

    shapes = {pods.name: pods.resolved(one.values) for _, pods in one.pods}
    assert one.namespace == "argocd"
    assert shapes["argocd-server"].replicas == replicas


def test_argo_cd_of_the_fleet_runs_beside_what_it_may_take_away() -> None:
    """On the nodes that are there before any NodePool, with requests for each of its pods."""
    tree = read_tree(Path(__file__).resolve().parents[2] / "generated", ["prod-us-east-2"])

    (one,) = [one for one in installed(tree, "prod-us-east-2") if one.facts.chart == "argo-cd"]

    for _, pods in one.pods:
        spec = pods.resolved(one.values).spec
        assert spec["nodeSelector"]["eks.amazonaws.com/nodegroup"] == "system"
        assert all(container["resources"]["requests"] for container in spec["containers"])
