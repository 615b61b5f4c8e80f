"""The APIs that our objects are written in: those a Kubernetes version serves, and those of custom resources.

schemas/ holds one compact CRD per kind: the structure (types, limits, defaults, CEL rules, scope, subresources) without
a word of description. The first and last line of a file are the kind's own facts, each line between is one version of
the API, so that a diff shows which version changed and a reader parses only the one it needs. schemas/sources.csv says
where each comes from. Built-in kinds are described by the `kubernetes-validate` wheel.

A newer CRD is carried over with

    python -m groundwork.catalog.apis import CRD.yaml --source "cert-manager/cert-manager v1.19.0" --licence Apache-2.0
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import enum
import functools
import importlib.util
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

__all__ = [
    "CustomApi",
    "Kubernetes",
    "Scope",
    "UnknownApiError",
    "compact",
    "crd",
    "custom_api",
    "eksctl_schema",
    "import_crd",
    "kinds",
    "kubernetes",
    "kubernetes_versions",
    "scope_of",
]

SCHEMAS = Path(__file__).parent / "schemas"
# eksctl reads this file; no API server serves it.
_EKSCTL = ("eksctl.io", "ClusterConfig")
# A protected group (*.k8s.io) is refused by the API server without this annotation.
_API_APPROVED = "api-approved.kubernetes.io"
_WORDS = frozenset({"description", "title", "example", "examples", "externalDocs", "$schema"})
_STABLE = re.compile(r"^v[0-9]+$")
# The published schemas do not tell the scope; <https://kubernetes.io/docs/reference/kubernetes-api/> does.
_CLUSTER_SCOPED = {
    "": {"ComponentStatus", "Namespace", "Node", "PersistentVolume"},
    "admissionregistration.k8s.io": {
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
    },
    "apiextensions.k8s.io": {"CustomResourceDefinition"},
    "apiregistration.k8s.io": {"APIService"},
    "authentication.k8s.io": {"SelfSubjectReview", "TokenReview"},
    "authorization.k8s.io": {"SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview"},
    "certificates.k8s.io": {"CertificateSigningRequest", "ClusterTrustBundle"},
    "flowcontrol.apiserver.k8s.io": {"FlowSchema", "PriorityLevelConfiguration"},
    "networking.k8s.io": {"IPAddress", "IngressClass", "ServiceCIDR"},
    "node.k8s.io": {"RuntimeClass"},
    "rbac.authorization.k8s.io": {"ClusterRole", "ClusterRoleBinding"},
    "resource.k8s.io": {"DeviceClass", "DeviceTaintRule", "ResourceSlice"},
    "scheduling.k8s.io": {"PriorityClass"},
    "storage.k8s.io": {"CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"},
    "storagemigration.k8s.io": {"StorageVersionMigration"},
}


class UnknownApiError(LookupError):
    """No such group, kind or version is known here."""


class Scope(enum.StrEnum):
    """Where objects of a kind live."""

    NAMESPACED = "Namespaced"
    CLUSTER = "Cluster"


@dataclasses.dataclass(frozen=True)
class CustomApi:
    """A custom resource's API. `versions` are the served ones; nothing is read from disk until it is asked for."""

    group: str
    kind: str
    versions: tuple[str, ...]
    file: Path

    @functools.cached_property
    def _lines(self) -> list[str]:
        return self.file.read_text(encoding="utf-8").splitlines()

    @functools.cached_property
    def _head(self) -> dict[str, Any]:
        head: dict[str, Any] = json.loads(self._lines[0] + self._lines[-1])
        return head

    @property
    def scope(self) -> Scope:
        return Scope(self._head["spec"]["scope"])

    @property
    def plural(self) -> str:
        return str(self._head["spec"]["names"]["plural"])

    @functools.cache  # noqa: B019 - an API lives as long as the process
    def version(self, name: str) -> dict[str, Any]:
        """One entry of the CRD's `spec.versions`. Shared: nobody may change it.

        Raises:
            UnknownApiError: this version is neither served nor stored.
        """
        for line in self._lines[1:-1]:
            if line.startswith(f'{{"name":"{name}",'):
                entry: dict[str, Any] = json.loads(line.rstrip(","))
                return entry
        raise UnknownApiError(f"{self.group}/{name} {self.kind}")

    def schema(self, version: str) -> dict[str, Any]:
        """The structural schema (`openAPIV3Schema`) of a version. Shared: nobody may change it.

        Raises:
            UnknownApiError: this version is neither served nor stored.
        """
        schema: dict[str, Any] = self.version(version)["schema"]["openAPIV3Schema"]
        return schema

    def crd(self) -> dict[str, Any]:
        """The CustomResourceDefinition, as `kubectl apply --server-side` takes it."""
        definition: dict[str, Any] = json.loads("\n".join(self._lines))
        return definition


@functools.cache
def _index() -> Mapping[tuple[str, str], CustomApi]:
    return {
        (row["group"], row["kind"]): CustomApi(
            row["group"], row["kind"], tuple(row["served_versions"].split()), SCHEMAS / row["file"]
        )
        for row in _sources(SCHEMAS)
    }


def _sources(folder: Path) -> list[dict[str, str]]:
    with (folder / "sources.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def kinds() -> list[tuple[str, str]]:
    """Group and kind of every custom resource known here, sorted."""
    return sorted(key for key in _index() if key != _EKSCTL)


def custom_api(group: str, kind: str) -> CustomApi | None:
    """The API of a custom resource, or None."""
    return None if (group, kind) == _EKSCTL else _index().get((group, kind))


def crd(group: str, kind: str) -> dict[str, Any]:
    """Rebuild the CustomResourceDefinition of a kind.

    Raises:
        UnknownApiError: no such custom resource.
    """
    api = custom_api(group, kind)
    if api is None:
        raise UnknownApiError(f"{kind}.{group}")
    return api.crd()


def eksctl_schema() -> dict[str, Any]:
    """The JSON Schema (draft 7) of eksctl's configuration file, eksctl.io/v1alpha5 ClusterConfig."""
    schema: dict[str, Any] = _index()[_EKSCTL].version("v1alpha5")["schema"]
    return schema


def scope_of(group: str, kind: str) -> Scope:
    """Whether objects of a kind live in a namespace. Kinds that are unknown here are taken for built-in ones."""
    api = custom_api(group, kind)
    if api is not None:
        return api.scope
    return Scope.CLUSTER if kind in _CLUSTER_SCOPED.get(group, ()) else Scope.NAMESPACED


@dataclasses.dataclass(frozen=True)
class Kubernetes:
    """The built-in APIs of one Kubernetes minor version.

    `definitions` are JSON Schemas (2020-12) by full name, closed against unknown fields; they refer to each other by
    `#/$defs/<name>`. Alpha and beta versions of an API are left out: Amazon EKS serves none that is not on by default.
    """

    version: str
    definitions: Mapping[str, dict[str, Any]]

    @functools.cached_property
    def _served(self) -> Mapping[tuple[str, str], Mapping[str, str]]:
        served: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        for name, definition in self.definitions.items():
            reference = definition.get("properties", {}).get("metadata", {}).get("$ref", "")
            if not reference.endswith(".ObjectMeta"):
                continue
            for one in definition.get("x-kubernetes-group-version-kind", ()):
                if _STABLE.match(one["version"]):
                    served[one["group"], one["kind"]][one["version"]] = name
        return dict(served)

    @property
    def kinds(self) -> list[tuple[str, str]]:
        return sorted(self._served)

    @functools.cached_property
    def groups(self) -> frozenset[str]:
        return frozenset(group for group, _ in self._served)

    def versions(self, group: str, kind: str) -> list[str]:
        """The served versions of a kind; empty where the kind does not exist."""
        return sorted(self._served.get((group, kind), ()))

    def definition(self, group: str, version: str, kind: str) -> str:
        """The name of the definition that describes a kind.

        Raises:
            UnknownApiError: this Kubernetes version does not serve it.
        """
        try:
            return self._served[group, kind][version]
        except KeyError:
            raise UnknownApiError(f"{group}/{version} {kind}" if group else f"{version} {kind}") from None


@functools.cache
def kubernetes_versions() -> tuple[str, ...]:
    """The Kubernetes minor versions whose schemas are installed, oldest first."""
    names = (entry.name for entry in _builtin_schemas().iterdir())
    found = (re.fullmatch(r"v([0-9]+)\.([0-9]+)\.0-local-strict", name) for name in names)
    return tuple(f"{major}.{minor}" for major, minor in sorted((int(one[1]), int(one[2])) for one in found if one))


def _builtin_schemas() -> Path:
    # Found, not imported: the wheel's own code takes a third of a second to load, and only its data is wanted.
    wheel = importlib.util.find_spec("kubernetes_validate")
    if wheel is None or wheel.origin is None:
        raise ModuleNotFoundError("kubernetes_validate", name="kubernetes_validate")
    return Path(wheel.origin).parent / "kubernetes-json-schema"


@functools.cache
def kubernetes(version: str) -> Kubernetes:
    """The built-in APIs of a Kubernetes minor version such as "1.35".

    Raises:
        UnknownApiError: the schemas of that version are not installed.
    """
    file = _builtin_schemas() / f"v{version}.0-local-strict" / "_definitions.json"
    if version not in kubernetes_versions():
        known = kubernetes_versions()
        raise UnknownApiError(f"Kubernetes {version}; schemas are installed for {known[0]} to {known[-1]}")
    return Kubernetes(version, json.loads(file.read_text(encoding="utf-8"))["$defs"])


def compact(definition: Mapping[str, Any]) -> dict[str, Any]:
    """A CRD reduced to its structure: no descriptions, printer columns, conversion, status or unserved versions.

    Raises:
        ValueError: not a CustomResourceDefinition of `apiextensions.k8s.io/v1`.
    """
    if definition.get("kind") != "CustomResourceDefinition":
        raise ValueError(f"a CustomResourceDefinition is expected, this is a {definition.get('kind')}")
    if definition.get("apiVersion") != "apiextensions.k8s.io/v1":
        raise ValueError(f"apiextensions.k8s.io/v1 is expected, this is {definition.get('apiVersion')}")
    spec, metadata = definition["spec"], definition["metadata"]
    approved = (metadata.get("annotations") or {}).get(_API_APPROVED)
    kept = ("deprecated", "deprecationWarning", "name", "selectableFields", "served", "storage", "subresources")
    return {
        "apiVersion": definition["apiVersion"],
        "kind": definition["kind"],
        "metadata": {"name": metadata["name"], **({"annotations": {_API_APPROVED: approved}} if approved else {})},
        "spec": {
            **{key: spec[key] for key in ("group", "names", "preserveUnknownFields", "scope") if key in spec},
            "versions": [
                {key: one[key] for key in kept if key in one}
                | {"schema": {"openAPIV3Schema": _without_words(one["schema"]["openAPIV3Schema"])}}
                for one in spec["versions"]
                if one["served"] or one["storage"]
            ],
        },
    }


def _without_words(schema: Any) -> Any:
    """Drop what only people read; a property that happens to be called "description" stays."""
    if isinstance(schema, list):
        return [_without_words(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _kept(key, value) for key, value in schema.items() if key not in _WORDS}


def _kept(key: str, value: Any) -> Any:
    if key == "properties":
        return {name: _without_words(one) for name, one in value.items()}
    return value if key in {"default", "enum", "x-kubernetes-validations"} else _without_words(value)


def _lines(definition: dict[str, Any]) -> Iterator[str]:
    """The text of a compact CRD: its own facts around one line per version."""
    versions = definition["spec"]["versions"]
    around = {**definition, "spec": {**definition["spec"], "versions": []}}
    yield _dense(around).removesuffix("]}}")
    for position, version in enumerate(versions, start=1):
        # The name comes first, whatever the alphabet says: it is how a reader finds the line.
        rest = _dense({key: value for key, value in version.items() if key != "name"})
        yield f'{{"name":{_dense(version["name"])},{rest[1:]}' + ("," if position < len(versions) else "")
    yield "]}}"


def _dense(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def import_crd(definition: Mapping[str, Any], source: Mapping[str, str], folder: Path = SCHEMAS) -> Path:
    """Carry a CRD over into `folder`, compacted, and write its row of sources.csv.

    Args:
        definition: the CRD as upstream publishes it.
        source: further columns of the row (`upstream_project`, `license`, ...); those absent keep what the row said.
        folder: where the schemas stand.

    Raises:
        ValueError: not a CustomResourceDefinition of `apiextensions.k8s.io/v1`.
    """
    small = compact(definition)
    spec = small["spec"]
    path = folder / f"{spec['group']}_{spec['names']['plural']}.json"
    path.write_text("\n".join(_lines(small)) + "\n", encoding="utf-8")
    served = " ".join(sorted(one["name"] for one in spec["versions"] if one["served"]))
    facts = {"file": path.name, "group": spec["group"], "kind": spec["names"]["kind"], "served_versions": served}
    rows = {row["file"]: row for row in _sources(folder)}
    rows[path.name] = rows.get(path.name, {}) | dict(source) | facts
    header = (folder / "sources.csv").read_text(encoding="utf-8").partition("\n")[0]
    with (folder / "sources.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header.split(","), restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[name] for name in sorted(rows))
    return path


class _Loader(yaml.CSafeLoader):
    """YAML in which "=" is a string: some CRDs list it among their operators, and YAML 1.1 has a type of that name."""


_Loader.yaml_implicit_resolvers = {
    first: resolvers for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items() if first != "="
}


def main(arguments: Sequence[str] | None = None) -> None:
    """The command of this module's docstring."""
    parser = argparse.ArgumentParser(prog="python -m groundwork.catalog.apis")
    command = parser.add_subparsers(required=True).add_parser("import", help="carry upstream CRDs over into schemas/")
    command.add_argument("file", type=Path, help="one or more CRDs as upstream publishes them")
    command.add_argument("--source", required=True, help='project and version: "kagent-dev/kagent v0.10.1"')
    command.add_argument("--licence", help="SPDX identifier; otherwise kept from the row that is there")
    command.add_argument("--path", help="where the CRD stands in the project; otherwise kept")
    command.add_argument("--notes", default="", help="what a reader should know; replaces the notes that are there")
    command.add_argument("--folder", type=Path, default=SCHEMAS, help="where the schemas stand")
    given = parser.parse_args(arguments)
    project, _, version = given.source.rpartition(" ")
    if not project:
        parser.error("--source names the project and its version, separated by a space")
    row = {"upstream_project": project, "upstream_version_or_date": version, "notes": given.notes}
    row |= {key: value for key, value in (("license", given.licence), ("path_in_upstream", given.path)) if value}
    for definition in yaml.load_all(given.file.read_text(encoding="utf-8"), Loader=_Loader):
        if isinstance(definition, dict) and definition.get("kind") == "CustomResourceDefinition":
            sys.stdout.write(f"{import_crd(definition, row, given.folder).name}\n")


if __name__ == "__main__":
    main()
