"""The catalogue of APIs: what it knows of built-in kinds and custom resources, and how a newer CRD gets into it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from groundwork.catalog import apis

CRD: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.com", "annotations": {"controller-gen.kubebuilder.io/version": "v0.19.0"}},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"kind": "Widget", "listKind": "WidgetList", "plural": "widgets", "singular": "widget"},
        "conversion": {"strategy": "Webhook"},
        "versions": [
            {"name": "v1alpha1", "served": False, "storage": False, "schema": {"openAPIV3Schema": {"type": "object"}}},
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "additionalPrinterColumns": [{"name": "Age", "type": "date", "jsonPath": ".x"}],
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "description": "A widget.",
                        "properties": {
                            "description": {"type": "string", "description": "Said of it.", "maxLength": 10},
                            "size": {"type": "integer", "default": 3, "example": 4},
                            "mode": {"type": "object", "default": {"description": "kept"}, "properties": {}},
                        },
                        "x-kubernetes-validations": [{"rule": "self.size > 0", "message": "a size"}],
                    }
                },
            },
        ],
    },
    "status": {"storedVersions": ["v1"]},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder of schemas."""
    header = (apis.SCHEMAS / "sources.csv").read_text(encoding="utf-8").partition("\n")[0]
    (tmp_path / "sources.csv").write_text(f"{header}\n", encoding="utf-8")
    return tmp_path


def rows(folder: Path) -> list[dict[str, str]]:
    """The rows of sources.csv."""
    with (folder / "sources.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_kind_has_a_file_and_every_file_a_source() -> None:
    """Nothing stands in schemas/ without its origin and licence, and nothing is listed that is not there."""
    files = {path.name for path in apis.SCHEMAS.glob("*.json")}

    sources = rows(apis.SCHEMAS)

    assert {row["file"] for row in sources} == files
    assert [row["file"] for row in sources] == sorted(files)
    assert all(row["upstream_project"] and row["upstream_version_or_date"] and row["license"] for row in sources)


@pytest.mark.parametrize(("group", "kind"), apis.kinds())
def test_a_file_is_the_crd_that_it_is_listed_as(group: str, kind: str) -> None:
    """Head, versions and file name agree, and the CRD that is rebuilt compacts to itself."""
    api = apis.custom_api(group, kind)
    definition = apis.crd(group, kind)

    served = [one["name"] for one in definition["spec"]["versions"] if one["served"]]
    assert api is not None
    assert (definition["spec"]["group"], definition["spec"]["names"]["kind"]) == (group, kind)
    assert definition["metadata"]["name"] == f"{api.plural}.{group}"
    assert api.file.name == f"{group}_{api.plural}.json"
    assert sorted(api.versions) == sorted(served)
    assert definition["spec"]["scope"] == api.scope
    assert apis.compact(definition) == definition
    assert sum(one["storage"] for one in definition["spec"]["versions"]) == 1
    for version in definition["spec"]["versions"]:
        assert api.version(version["name"]) == version


def test_a_version_that_is_not_there_is_an_error() -> None:
    """Asking for a version that was never carried over says so."""
    api = apis.custom_api("karpenter.sh", "NodePool")

    assert api is not None
    with pytest.raises(apis.UnknownApiError, match=r"karpenter\.sh/v1beta1 NodePool"):
        api.schema("v1beta1")


@pytest.mark.parametrize(("group", "kind"), [("example.com", "Widget"), ("eksctl.io", "ClusterConfig"), ("", "Pod")])
def test_what_is_no_custom_resource_has_no_crd(group: str, kind: str) -> None:
    """Neither an unknown kind nor eksctl's file nor a built-in kind has a CRD."""
    assert apis.custom_api(group, kind) is None
    assert (group, kind) not in apis.kinds()
    with pytest.raises(apis.UnknownApiError):
        apis.crd(group, kind)


@pytest.mark.parametrize(
    ("group", "kind", "scope"),
    [
        ("", "Pod", apis.Scope.NAMESPACED),
        ("", "Namespace", apis.Scope.CLUSTER),
        ("storage.k8s.io", "StorageClass", apis.Scope.CLUSTER),
        ("rbac.authorization.k8s.io", "RoleBinding", apis.Scope.NAMESPACED),
        ("rbac.authorization.k8s.io", "ClusterRole", apis.Scope.CLUSTER),
        ("karpenter.sh", "NodePool", apis.Scope.CLUSTER),
        ("kagent.dev", "Agent", apis.Scope.NAMESPACED),
    ],
)
def test_a_kind_lives_in_a_namespace_or_not(group: str, kind: str, scope: apis.Scope) -> None:
    """The scope is known for built-in kinds and custom resources alike."""
    assert apis.scope_of(group, kind) is scope


def test_a_kubernetes_version_serves_stable_apis_only() -> None:
    """Alpha and beta versions are left out; what a version has dropped is not served."""
    new = apis.kubernetes("1.35")
    old = apis.kubernetes("1.28")

    assert new.versions("apps", "Deployment") == ["v1"]
    assert new.versions("autoscaling", "HorizontalPodAutoscaler") == ["v1", "v2"]
    assert new.versions("resource.k8s.io", "DeviceClass") == ["v1"]
    assert old.versions("resource.k8s.io", "DeviceClass") == []
    assert new.definition("apps", "v1", "Deployment") == "io.k8s.api.apps.v1.Deployment"
    assert ("", "PodList") not in new.kinds
    with pytest.raises(apis.UnknownApiError, match="apps/v1beta1 Deployment"):
        new.definition("apps", "v1beta1", "Deployment")


def test_an_unknown_kubernetes_version_names_the_known_ones() -> None:
    """The error says which versions there are schemas for."""
    known = apis.kubernetes_versions()

    assert "1.35" in known
    assert list(known) == sorted(known, key=lambda one: int(one.partition(".")[2]))
    with pytest.raises(apis.UnknownApiError, match=f"{known[0]} to {known[-1]}"):
        apis.kubernetes("1.2")


def test_eksctls_schema_is_closed_and_free_of_words() -> None:
    """It is a JSON Schema of its own, without descriptions."""
    schema = apis.eksctl_schema()

    assert schema["$ref"] == "#/definitions/ClusterConfig"
    assert schema["definitions"]["ClusterConfig"]["additionalProperties"] is False
    assert '"description":' not in json.dumps(schema["definitions"]["ClusterMeta"])


def test_a_crd_is_compacted_to_its_structure(folder: Path) -> None:
    """Words, printer columns, conversion, status and unserved versions go; a property called "description" stays."""
    path = apis.import_crd(CRD, {"upstream_project": "example/widgets"}, folder)

    definition = json.loads(path.read_text(encoding="utf-8"))
    [version] = definition["spec"]["versions"]
    schema = version["schema"]["openAPIV3Schema"]
    assert set(definition) == {"apiVersion", "kind", "metadata", "spec"}
    assert definition["metadata"] == {"name": "widgets.example.com"}
    assert set(definition["spec"]) == {"group", "names", "scope", "versions"}
    assert set(version) == {"name", "schema", "served", "storage", "subresources"}
    assert schema["properties"]["description"] == {"type": "string", "maxLength": 10}
    assert schema["properties"]["size"] == {"type": "integer", "default": 3}
    assert schema["properties"]["mode"]["default"] == {"description": "kept"}
    assert schema["x-kubernetes-validations"] == [{"rule": "self.size > 0", "message": "a size"}]
    assert len(path.read_text(encoding="utf-8").splitlines()) == 3


def test_a_protected_group_keeps_its_approval(folder: Path) -> None:
    """The API server refuses a CRD of *.k8s.io without that annotation."""
    annotations = {"api-approved.kubernetes.io": "https://example.com/1", "other": "x"}
    approved = {**CRD, "metadata": {"name": "widgets.example.com", "annotations": annotations}}

    path = apis.import_crd(approved, {}, folder)

    kept = json.loads(path.read_text(encoding="utf-8"))["metadata"]["annotations"]
    assert kept == {"api-approved.kubernetes.io": "https://example.com/1"}


def test_a_second_import_renews_the_row_and_keeps_what_it_does_not_say(folder: Path) -> None:
    """One row per file, sorted; a licence said once need not be said again."""
    apis.import_crd(CRD, {"upstream_project": "a/b", "upstream_version_or_date": "v1", "license": "MIT"}, folder)
    apis.import_crd(CRD, {"upstream_version_or_date": "v2"}, folder)

    [row] = rows(folder)

    assert row["file"] == "example.com_widgets.json"
    assert (row["kind"], row["served_versions"]) == ("Widget", "v1")
    assert (row["upstream_project"], row["upstream_version_or_date"], row["license"]) == ("a/b", "v2", "MIT")


@pytest.mark.parametrize(
    ("definition", "says"),
    [
        ({"kind": "Deployment"}, "this is a Deployment"),
        ({**CRD, "apiVersion": "apiextensions.k8s.io/v1beta1"}, "this is apiextensions.k8s.io/v1beta1"),
    ],
)
def test_what_is_no_crd_is_not_imported(definition: dict[str, Any], says: str, folder: Path) -> None:
    """Anything but a CustomResourceDefinition of v1 is refused before a file is written."""
    with pytest.raises(ValueError, match=says):
        apis.import_crd(definition, {}, folder)

    assert not list(folder.glob("*.json"))


def test_the_command_imports_every_crd_of_a_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`import` reads upstream's YAML, several documents and a bare "=" among them, and says what it wrote."""
    other = json.dumps({"kind": "Namespace"})
    text = json.dumps(CRD).replace('"default": 3', '"default": =')
    (folder / "crds.yaml").write_text(f"{other}\n---\n{text}\n", encoding="utf-8")

    source = ["--source", "example/widgets v1.2.0", "--licence", "Apache-2.0"]
    apis.main(["import", str(folder / "crds.yaml"), *source, "--folder", str(folder)])

    [row] = rows(folder)
    assert capsys.readouterr().out == "example.com_widgets.json\n"
    assert (row["upstream_project"], row["upstream_version_or_date"]) == ("example/widgets", "v1.2.0")
    assert row["license"] == "Apache-2.0"


def test_the_command_wants_project_and_version(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A source without a version is a usage error."""
    with pytest.raises(SystemExit):
        apis.main(["import", str(folder / "sources.csv"), "--source", "widgets"])

    assert "separated by a space" in capsys.readouterr().err
