"""Schema: every object is one that its cluster's API server would accept.

Each object is judged by the API of its own cluster: built-in kinds by the cluster's Kubernetes version, custom
resources by the CRDs of catalog/schemas, eksctl's ClusterConfig by eksctl's schema. What is asked, in the server's
order: is the kind served; is the metadata well-formed; does the structure fit, after nulls are dropped and defaults
filled in; and where it does, do the fields agree with each other and do the API's CEL rules hold.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from groundwork.catalog import apis
from groundwork.findings import Finding, Severity
from groundwork.proofs.apiserver.faults import Fault, did_you_mean, finding
from groundwork.proofs.apiserver.kinds import kind_faults
from groundwork.proofs.apiserver.metadata import metadata_faults
from groundwork.proofs.apiserver.rules import Coverage, violations
from groundwork.proofs.apiserver.rules import coverage as coverage_of
from groundwork.proofs.apiserver.shapes import BUILTIN, Shape, custom_shape, prepared
from groundwork.proofs.apiserver.structure import (
    UnreadableError,
    builtin_structure,
    custom_structure,
    eksctl_structure,
    metadata_structure,
)
from groundwork.proofs.apiserver.wording import faults_of
from groundwork.tree.manifest import Manifest, split_api_version
from groundwork.tree.reader import Tree

__all__ = ["Coverage", "check", "coverage"]

_EKSCTL = ("eksctl.io", "ClusterConfig")
_EKSCTL_VERSION = "v1alpha5"


def check(tree: Tree, versions: Mapping[str, str]) -> list[Finding]:
    """Validate every object of a tree.

    Args:
        tree: the objects; they may hold anything that YAML can say.
        versions: cluster -> Kubernetes minor version ("1.35"). Where a cluster is missing, or the schemas of its
            version are, one undecided finding says so; its custom resources are validated all the same.
    """
    said: set[str] = set()
    findings: list[Finding] = []
    for manifest in tree:
        for fault in _faults(manifest, versions.get(manifest.cluster)):
            if fault.once not in said:
                findings.append(finding(fault, manifest))
            if fault.once:
                said.add(fault.once)
    return findings


def coverage(tree: Tree) -> Coverage:
    """How many CEL rules the custom resources of a tree carry, and how many of them are evaluated."""
    return coverage_of(api.schema(version) for api, version in _custom_versions(tree))


def _custom_versions(tree: Iterable[Manifest]) -> Iterator[tuple[apis.CustomApi, str]]:
    used = {(one.group, one.kind, split_api_version(one.api_version)[1]) for one in tree}
    for group, kind, version in sorted(used):
        api = apis.custom_api(group, kind)
        if api is not None and version in api.versions:
            yield api, version


def _faults(manifest: Manifest, kubernetes: str | None) -> list[Fault]:
    group, version = split_api_version(manifest.api_version)
    try:
        if (group, manifest.kind) == _EKSCTL and not manifest.synced:
            return list(_cluster_config(manifest, version))
        api = apis.custom_api(group, manifest.kind)
        if api is not None:
            return list(_custom_resource(manifest.body, api, version, _installed(kubernetes)))
        if kubernetes is None or kubernetes not in apis.kubernetes_versions():
            return [_unknown_kubernetes(manifest.cluster, kubernetes)]
        return list(_builtin(manifest, apis.kubernetes(kubernetes), group, version))
    except (RecursionError, UnreadableError) as error:
        problem = f"the object cannot be validated: {error}"
        return [Fault(rule="type", pointer=(), problem=problem, fix="Write plain values, less deeply nested.")]


def _custom_resource(body: dict[str, Any], api: apis.CustomApi, version: str, kubernetes: str) -> Iterator[Fault]:
    if version not in api.versions:
        served = ", ".join(f"{api.group}/{one}" for one in api.versions)
        problem = f"{api.group}/{version} {api.kind} is not served; its API has {served}"
        yield Fault(rule="unserved-version", pointer=("apiVersion",), problem=problem, fix=f"Use {served}.")
        return
    shape = _shape(api, version)
    document = prepared(body, shape)
    metadata = document.get("metadata", {})
    structural = [
        *faults_of(metadata_structure(kubernetes), metadata, ("metadata",)),
        *faults_of(custom_structure(api, version), document),
    ]
    yield from structural
    yield from metadata_faults(api.group, api.kind, api.scope, metadata)
    if not structural:
        yield from violations(document, shape)


def _builtin(manifest: Manifest, kubernetes: apis.Kubernetes, group: str, version: str) -> Iterator[Fault]:
    kind = manifest.kind
    try:
        definition = kubernetes.definition(group, version, kind)
    except apis.UnknownApiError:
        yield _unserved(kubernetes, group, version, kind)
        return
    document = prepared(manifest.body, BUILTIN)
    structural = list(faults_of(builtin_structure(kubernetes.version, definition), document))
    yield from structural
    yield from metadata_faults(group, kind, apis.scope_of(group, kind), document.get("metadata", {}))
    if not structural:
        yield from kind_faults(group, kind, document)


def _cluster_config(manifest: Manifest, version: str) -> Iterator[Fault]:
    if version != _EKSCTL_VERSION:
        problem = f"eksctl reads eksctl.io/{_EKSCTL_VERSION}, not {manifest.api_version}"
        fix = f"Use eksctl.io/{_EKSCTL_VERSION}."
        yield Fault(rule="unserved-version", pointer=("apiVersion",), problem=problem, fix=fix)
        return
    yield from faults_of(eksctl_structure(), prepared(manifest.body, BUILTIN))


@functools.cache
def _shape(api: apis.CustomApi, version: str) -> Shape:
    return custom_shape(api.schema(version))


def _installed(kubernetes: str | None) -> str:
    """The version whose `metadata` is taken: it has not changed for years, so any version will do."""
    known = apis.kubernetes_versions()
    return kubernetes if kubernetes in known else known[-1]


def _unserved(kubernetes: apis.Kubernetes, group: str, version: str, kind: str) -> Fault:
    written = f"{group}/{version}" if group else version
    served = [f"{group}/{one}" if group else one for one in kubernetes.versions(group, kind)]
    if served:
        problem = f"{written} {kind} is not served by Kubernetes {kubernetes.version}; it serves {', '.join(served)}"
        return Fault(rule="unserved-version", pointer=("apiVersion",), problem=problem, fix=f"Use {served[-1]}.")
    known = [*kubernetes.kinds, *apis.kinds()]
    elsewhere = sorted({one or "the core group" for one, other in known if other == kind})
    neighbours = [other for one, other in known if one == group]
    hint = f"; there is one in {', '.join(elsewhere)}" if elsewhere else did_you_mean(kind, neighbours)
    return Fault(
        rule="unknown-kind",
        pointer=("kind",),
        problem=f"{written} {kind} is neither built into Kubernetes {kubernetes.version} nor a known CRD{hint}",
        fix="Correct apiVersion and kind, or carry the CRD over: `python -m groundwork.catalog.apis import`.",
    )


def _unknown_kubernetes(cluster: str, kubernetes: str | None) -> Fault:
    known = apis.kubernetes_versions()
    which = "is not known" if kubernetes is None else f"is {kubernetes}, whose schemas are not installed"
    return Fault(
        rule="kubernetes-version",
        severity=Severity.UNDECIDED,
        once=f"kubernetes-version {cluster}",
        pointer=(),
        problem=f"the built-in objects of {cluster} are not validated: its Kubernetes version {which}",
        fix=f"Say the version in the cluster's declaration ({known[0]} to {known[-1]} can be validated).",
    )
