"""A manifest: one Kubernetes object and the place in the tree that follows from its identity."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from groundwork.findings import Finding, Rule, Subject

__all__ = ["CLUSTER_SCOPE", "Document", "Identity", "Manifest", "is_builtin_group", "path_of", "split_api_version"]

CLUSTER_SCOPE = "_cluster"

# Groups that the API server itself serves; every other group is a custom resource and is named in the file's name.
_BUILTIN_SUFFIXES = (
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
)
# What file systems or shells dislike; the percent sign itself so that the encoding can be read back.
_ENCODED = {ord(char): f"%{ord(char):02X}" for char in '%/\\:*?"<>| ' + bytes(range(32)).decode()}


def is_builtin_group(group: str) -> bool:
    """Whether the API server itself serves this group ("" is the core group)."""
    return "." not in group or group in _BUILTIN_SUFFIXES


def split_api_version(api_version: str) -> tuple[str, str]:
    """Split "apps/v1" into ("apps", "v1") and "v1" into ("", "v1")."""
    group, _, version = api_version.rpartition("/")
    return group, version


@dataclass(frozen=True, slots=True, order=True)
class Identity:
    """What makes an object the same object: the API server knows no other key. The version is not part of it."""

    group: str
    kind: str
    namespace: str
    name: str

    @classmethod
    def of(cls, body: dict[str, Any]) -> Identity:
        """Read the identity from a manifest's body.

        Raises:
            KeyError: the body lacks apiVersion, kind or metadata.name.
        """
        metadata = body["metadata"]
        group, _ = split_api_version(body["apiVersion"])
        return cls(group, body["kind"], metadata.get("namespace") or "", metadata["name"])

    def __str__(self) -> str:
        kind = f"{self.kind}.{self.group}" if self.group else self.kind
        return f"{kind} {self.namespace}/{self.name}" if self.namespace else f"{kind} {self.name}"


def path_of(identity: Identity, component: str) -> PurePosixPath:
    """The path of an object below `generated/<cluster>/`: a pure function of its identity and its component."""
    kind = identity.kind
    if not is_builtin_group(identity.group):
        kind = f"{kind}.{identity.group.partition('.')[0]}"
    file = f"{kind}.{identity.name}.yaml".translate(_ENCODED)
    return PurePosixPath(component, identity.namespace or CLUSTER_SCOPE, file)


@dataclass(frozen=True, slots=True)
class Document:
    """A file of the tree that is not an object (the bootstrap steps, for example). `path` is below the cluster's folder."""

    path: PurePosixPath
    text: str


@dataclass(frozen=True)
class Manifest:
    """One object of a tree and where it stands.

    `body` is the parsed document and is shared by all checks: nobody may change it.
    `path` is relative to the folder that holds the tree ("generated/prod-us-east-1/litellm/ai-gateway/Deployment.litellm.yaml").
    """

    cluster: str
    component: str
    path: PurePosixPath
    body: dict[str, Any]

    @functools.cached_property
    def identity(self) -> Identity:
        return Identity.of(self.body)

    @property
    def api_version(self) -> str:
        return str(self.body["apiVersion"])

    @property
    def group(self) -> str:
        return self.identity.group

    @property
    def kind(self) -> str:
        return self.identity.kind

    @property
    def namespace(self) -> str:
        return self.identity.namespace

    @property
    def name(self) -> str:
        return self.identity.name

    @property
    def labels(self) -> dict[str, str]:
        return self.body["metadata"].get("labels") or {}

    @property
    def annotations(self) -> dict[str, str]:
        return self.body["metadata"].get("annotations") or {}

    @property
    def spec(self) -> dict[str, Any]:
        spec = self.body.get("spec")
        return spec if isinstance(spec, dict) else {}

    @property
    def synced(self) -> bool:
        """Whether Argo CD applies it; what stands in bootstrap/ is applied by a person, once."""
        return self.component != "bootstrap"

    @functools.cached_property
    def subject(self) -> Subject:
        one = self.identity
        return Subject(cluster=self.cluster, group=one.group, kind=one.kind, namespace=one.namespace, name=one.name)

    def breaks(
        self,
        rule: Rule,
        problem: str,
        pointer: tuple[str | int, ...] = (),
        *,
        fix: str | None = None,
        counterexample: str | None = None,
    ) -> Finding:
        """The finding that this object breaks a rule, at the place that `pointer` names."""
        return rule.finding(
            problem,
            subject=self.subject,
            path=str(self.path),
            pointer=pointer,
            fix=fix,
            counterexample=counterexample,
        )
