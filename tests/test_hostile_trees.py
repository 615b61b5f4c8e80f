"""Hostile trees: whatever a tree holds, the verdict is a finding or a clear error, and the other files are still checked.

Each tree holds a Service with an impossible port beside the hostile file: that finding must be there too, and every form of
the report must be able to tell both.
"""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from unittest.mock import Mock

import pytest

from groundwork.findings import Finding, Severity
from groundwork.review import sarif
from groundwork.review.check import Verdict, judge
from groundwork.review.json_report import document
from groundwork.review.report import report
from groundwork.review.text import show

HOME = "dev/web/shop"
ODD = f"{HOME}/ConfigMap.odd.yaml"
CLUSTER = (
    "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {name: dev, region: us-east-1, version: '1.35'}\n"
)
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {ports: [{port: 99999}]}\n"
HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: odd, namespace: shop}\n"
LAUGHS = "a0: &a0 [ha]\n" + "".join(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 10}]\n" for n in range(1, 20))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A tree of one cluster, with one thing wrong."""
    folder = tmp_path / "generated"
    write(folder, "dev/bootstrap/_cluster/ClusterConfig.eksctl.dev.yaml", CLUSTER)
    write(folder, f"{HOME}/Service.web.yaml", SERVICE)
    return folder


def write(root: Path, path: str, content: str | bytes) -> Path:
    """Put a file into the tree."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def judged(root: Path) -> Verdict:
    """The verdict, told in every form; the other file's finding is among the others."""
    verdict = judge(root)
    told = report(verdict)
    show(told, io.StringIO())
    json.dumps(document(told))
    json.dumps(sarif.document(told))
    assert "schema/range" in {one.rule for one in verdict.findings if one.path == f"generated/{HOME}/Service.web.yaml"}
    return verdict


def about(verdict: Verdict, path: str = ODD) -> dict[str, Finding]:
    """What is said about a file, by rule."""
    return {one.rule: one for one in verdict.findings if one.path == f"generated/{path}"}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param("kind: [\n", "not YAML", id="broken YAML"),
        pytest.param(HEAD + "data: {a: b}\ndata: {c: d}\n", "the key 'data' stands twice", id="duplicate key"),
        pytest.param(HEAD.encode("utf-16"), "not UTF-8", id="UTF-16"),
        pytest.param(HEAD.encode() + b"data: {a: \xe9}", "not UTF-8", id="Latin-1"),
        pytest.param(HEAD + "data: {a: \0}\n", "not YAML", id="NUL"),
        pytest.param(bytes(range(256)) * 64, "not UTF-8", id="binary"),
        pytest.param("", "holds 0 documents", id="empty"),
        pytest.param(HEAD + "---\n" + HEAD, "holds 2 documents", id="two objects"),
        pytest.param(f"[{HEAD!r}]", "holds something else", id="a list"),
        pytest.param("{}", "`apiVersion` is missing", id="nothing in it"),
        pytest.param(HEAD + "data: &a {again: *a}\n", "'a' holds itself", id="a cycle"),
        pytest.param(HEAD + "data: " + "[" * 20_000, "nested more than 100 levels deep", id="deep"),
        pytest.param(HEAD + LAUGHS, "aliases repeat", id="a thousand laughs"),
        pytest.param(HEAD + "data: {a: .nan}\n", "JSON has no number .nan", id="not a number"),
        pytest.param(HEAD + "data: {? {b: c} : d}\n", "a key is a mapping or a list", id="a key that is a mapping"),
        pytest.param(HEAD + "data: {~: d}\n", "a key is null", id="a key that is null"),
        pytest.param(HEAD + "data: !!python/name:os.system x\n", "has no meaning in a manifest", id="code"),
        pytest.param(
            HEAD.replace("name: odd", "name: [odd]"), "`metadata.name` is missing or not a", id="a name that is a list"
        ),
        pytest.param(
            HEAD.replace("{name: odd", "{labels: [a], name: odd"), "`metadata.labels` is not a", id="labels in a list"
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_a_finding(root: Path, content: str | bytes, problem: str) -> None:
    """With the reason, and nothing else is said about it."""
    write(root, ODD, content)

    found = about(judged(root))

    assert ["tree/unreadable"] == [*found]
    assert problem in found["tree/unreadable"].problem


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(Path.mkdir, id="a folder"),
        pytest.param(os.mkfifo, id="a pipe"),
        pytest.param(lambda file: file.symlink_to(file), id="a link to itself"),
        pytest.param(lambda file: file.symlink_to("/etc/hosts"), id="a link out of the tree"),
    ],
)
def test_what_only_looks_like_a_file_is_a_finding(root: Path, make: Callable[[Path], None]) -> None:
    """It is neither opened nor followed."""
    make(root / ODD)

    assert ["tree/unreadable"] == [*about(judged(root))]


def test_folders_that_lead_in_circles_are_a_finding(root: Path) -> None:
    """Nothing in them is read twice."""
    (root / HOME / "again").symlink_to(root, target_is_directory=True)

    verdict = judged(root)

    assert ["tree/unreadable"] == [*about(verdict, f"{HOME}/again")]
    assert 2 == verdict.objects


def test_a_name_that_is_not_utf_8_is_a_finding(root: Path) -> None:
    """It could not even be printed."""
    write(root, os.fsdecode(f"{HOME}/ConfigMap.".encode() + b"\xff.yaml"), HEAD)

    assert ["tree/unreadable"] == [*about(judged(root), f"{HOME}/ConfigMap.\ufffd.yaml")]


def test_a_file_without_permission_is_a_finding(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The suite may run as root, who may read everything: the system's answer stands in."""
    locked = write(root, ODD, HEAD)
    read_bytes = Path.read_bytes

    def refusing(self: Path) -> bytes:
        if self == locked:
            raise PermissionError(13, "Permission denied")
        return read_bytes(self)

    monkeypatch.setattr(Path, "read_bytes", refusing)

    assert "not a file that can be read: Permission denied" == about(judged(root))["tree/unreadable"].problem


def test_a_file_without_permission_is_not_fresh(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It cannot be compared, and the others are."""
    expected = {
        PurePosixPath(file.relative_to(root / "dev")): file.read_bytes() for file in (root / "dev").rglob("*.yaml")
    }
    monkeypatch.setattr(Path, "read_bytes", Mock(side_effect=PermissionError(13, "Permission denied")))

    findings = [one for one in judge(root, expected={"dev": expected}).findings if one.rule == "freshness/stale"]

    assert [f"generated/dev/{path}" for path in sorted(expected)] == [one.path for one in findings]


def test_two_files_of_one_object_are_a_finding(root: Path) -> None:
    """At the second of them."""
    write(root, ODD, HEAD)
    write(root, ODD.replace("/web/", "/zebra/"), HEAD)

    found = about(judged(root), ODD.replace("/web/", "/zebra/"))

    assert f"generated/{ODD}" in found["tree/duplicate"].problem


def test_an_object_far_too_large_is_a_finding(root: Path) -> None:
    """Ten megabytes are not even read."""
    write(root, ODD, HEAD + "data:\n  a: |\n" + "    [{(<0123456789abcdef>)}]\n" * 360_000)

    assert ["tree/too-large"] == [*about(judged(root))]


def test_an_object_too_large_for_its_kind_is_a_finding(root: Path) -> None:
    """A ConfigMap holds a mebibyte; its many brackets do not make it slow."""
    write(root, ODD, HEAD + "data:\n  a: |\n" + "    [{(<0123456789abcdef>)}]\n" * 80_000)

    assert "schema/size" in about(judged(root))


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("spec: [a, b]", "schema/unknown-field"),
        ("data: {a: ~, b: 1, c: [d]}", "schema/type"),
        ("data: [a]", "schema/type"),
        ("data: text", "schema/type"),
        ("binaryData: {a: 'not base64!'}", "schema/format"),
    ],
)
def test_a_config_map_of_anything_is_a_finding(root: Path, body: str, rule: str) -> None:
    """Nulls, numbers, lists: only text is data."""
    write(root, ODD, HEAD + body + "\n")

    assert rule in about(judged(root))


WORKLOAD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: odd, namespace: shop, labels: LABELS, annotations: ANNOTATIONS}
spec:
  selector: {matchLabels: {app: odd}}
  template:
    metadata: {labels: {app: odd}}
    spec:
      containers:
      - {name: odd, image: IMAGE, env: ENV, ports: PORTS}
"""
RIGHT = {"LABELS": "{a: b}", "ANNOTATIONS": "{}", "IMAGE": "odd:1", "ENV": "[]", "PORTS": "[{containerPort: 80}]"}


def workload(**values: str) -> str:
    """A Deployment with something odd in one place."""
    text = WORKLOAD
    for name, value in {**RIGHT, **values}.items():
        text = text.replace(name, value)
    return text


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"LABELS": "{a: 3}"}, "schema/type"),
        ({"ANNOTATIONS": "{a: {b: c}}"}, "schema/type"),
        ({"IMAGE": "3"}, "schema/type"),
        ({"ENV": "[{name: A, value: 3}]"}, "schema/type"),
        ({"ENV": "[3, ~, [A]]"}, "schema/type"),
        ({"ENV": "text"}, "schema/type"),
        ({"PORTS": "{containerPort: 80}"}, "schema/type"),
        ({"PORTS": "[{containerPort: {a: b}}]"}, "schema/type"),
        ({"PORTS": "[{containerPort: '80'}]"}, "schema/type"),
    ],
)
def test_another_type_than_expected_is_a_finding(root: Path, values: dict[str, str], rule: str) -> None:
    """Where text is asked for a number stands, where a list is a mapping."""
    path = ODD.replace("ConfigMap", "Deployment")
    write(root, path, workload(**values))

    assert rule in about(judged(root), path)


@pytest.mark.parametrize("spec", ["[]", "[1, ~]", "text", "3", "{template: [], selector: text}"])
@pytest.mark.parametrize(
    ("version", "kind"),
    [
        ("apps/v1", "Deployment"),
        ("v1", "Service"),
        ("networking.k8s.io/v1", "NetworkPolicy"),
        ("argoproj.io/v1alpha1", "Application"),
        ("gateway.networking.k8s.io/v1", "HTTPRoute"),
        ("keda.sh/v1alpha1", "ScaledObject"),
        ("eksctl.io/v1alpha5", "ClusterConfig"),
    ],
)
def test_a_spec_that_is_no_mapping_is_a_finding(root: Path, version: str, kind: str, spec: str) -> None:
    """Of built-in kinds and of custom resources."""
    group = f".{version.partition('.')[0]}" if "." in version and not version.startswith("networking") else ""
    path = f"{HOME}/{kind}{group}.odd.yaml"
    write(root, path, f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: odd, namespace: shop}}\nspec: {spec}\n")

    assert [rule for rule in about(judged(root), path) if rule.startswith("schema/")]


@pytest.mark.parametrize(
    ("version", "kind", "rule"),
    [
        ("example.com/v1", "Widget", "schema/unknown-kind"),
        ("v1", "Widget", "schema/unknown-kind"),
        ("apps/v9", "Deployment", "schema/unserved-version"),
        ("argoproj.io/v9", "Application", "schema/unserved-version"),
        ("a/b/c/v1", "Deployment", "schema/unknown-kind"),
        ("''", "Deployment", "schema/unknown-kind"),
    ],
)
def test_a_kind_or_version_of_the_future_is_a_finding(root: Path, version: str, kind: str, rule: str) -> None:
    """What the cluster does not serve cannot be created."""
    write(root, ODD, f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: odd, namespace: shop}}\nspec: {{}}\n")

    assert rule in about(judged(root))


@pytest.mark.parametrize("version", ["'1.99'", "1.35", "[1]", "~", "''", "newest"])
def test_a_cluster_of_another_version_is_undecided(tmp_path: Path, version: str) -> None:
    """Its built-in objects cannot be judged, which is said once; its custom resources are."""
    root = tmp_path / "generated"
    write(root, "dev/bootstrap/_cluster/ClusterConfig.eksctl.dev.yaml", CLUSTER.replace("'1.35'", version))
    write(root, f"{HOME}/Service.web.yaml", SERVICE)
    route = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: odd, namespace: shop}\nspec: {rulez: []}\n"
    write(root, f"{HOME}/HTTPRoute.gateway.odd.yaml", route)

    findings = judge(root).findings

    assert 1 == [one.rule for one in findings].count("schema/kubernetes-version")
    assert {Severity.UNDECIDED} == {one.severity for one in findings if one.rule == "schema/kubernetes-version"}
    assert "schema/unknown-field" in {one.rule for one in findings}


def test_a_component_that_nobody_knows_is_judged_like_any_other(root: Path) -> None:
    """A tree from a newer version of this repository has more of them."""
    path = "dev/teleporter/shop/ConfigMap.odd.yaml"
    write(root, path, HEAD + "data: {a: 1}\n")

    assert "schema/type" in about(judged(root), path)


def test_fifty_thousand_files_have_a_verdict(root: Path) -> None:
    """Each of them empty: as many findings, told in as many lines."""
    first = write(root, f"{HOME}/ConfigMap.empty.yaml", "")
    for number in range(50_000):
        os.link(first, root / HOME / f"ConfigMap.empty{number}.yaml")

    verdict = judged(root)
    shutil.rmtree(root)

    assert 50_001 == sum(one.rule == "tree/unreadable" for one in verdict.findings)
