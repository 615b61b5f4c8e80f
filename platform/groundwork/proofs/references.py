"""References: everything that an object names is there, and is what it is taken for.

Every edge of the tree is followed, of built-in kinds and custom resources, into what charts and operators will make and into
the configuration files of the gateways. Edges are counted by kind: a proof that found nothing to follow shows as a zero. A
field that looks like a reference and that nobody follows is counted too; those that are known stand in
`unknown_references.yaml`, a list that may only get shorter.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from groundwork.findings import Finding, Rule, Severity
from groundwork.proofs.edges.edge import edges
from groundwork.proofs.fields import Pointer
from groundwork.proofs.world import World
from groundwork.tree.manifest import Manifest

__all__ = ["RULES", "Report", "check", "excused"]

RULES = (
    NOT_FOLLOWED := Rule(
        id="references/not-followed",
        title="A field that looks like a reference is followed",
        why="Nobody checks that there is something at its other end.",
        fix="Follow it in proofs/edges/, or say in proofs/unknown_references.yaml why it need not be.",
        severity=Severity.WARNING,
        explanation="""\
Fields whose names end in Ref, Selector, ClassName, secretName and the like name other objects. A new kind of custom resource
brings new ones; this rule says so, once per kind and field, until somebody follows them or gives a reason.""",
    ),
)

_LOOKS_LIKE = re.compile(
    r"(?:Refs?|Selectors?|ClassName|[sS]ecretName|[sS]ecretKey|[cC]onfigMapName|[sS]erviceName|[sS]erviceAccount(?:Name)?|"
    r"claimName|[rR]oleName|[pP]olicyName|issuer|schedulerName|modelConfig|storageClass|targetNamespace)$"
)
# Free-form text of the organisation's own, and what Kubernetes writes itself.
_NOT_FIELDS = frozenset(
    {"annotations", "labels", "matchLabels", "data", "status", "valuesObject", "values", "env", "tags"}
)
_EXCUSES = Path(__file__).with_name("unknown_references.yaml")


@dataclass
class Report:
    """What following every reference gave.

    `edges` counts them by kind, `assumed` those that rest on an assumed fact, `unknown` the fields that look like references
    and are not followed, by `Kind.group path`.
    """

    findings: list[Finding] = field(default_factory=list)
    edges: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    assumed: int = 0


def check(worlds: Iterable[World]) -> Report:
    """Follow every reference of every cluster. Where a world has no declarations, what needs them counts as assumed."""
    report = Report()
    for world in worlds:
        for manifest in world.manifests:
            _follow(manifest, world, report)
    return report


def _follow(manifest: Manifest, world: World, report: Report) -> None:
    followed: set[Pointer] = set()
    for edge in edges(manifest, world):
        report.edges[edge.kind] += 1
        report.assumed += edge.assumed
        followed.add(edge.pointer)
        if edge.rule is not None:
            report.findings.append(manifest.breaks(edge.rule, edge.problem, edge.pointer, fix=edge.fix))
    for pointer in _references(manifest.body, ()):
        if not any(_overlap(pointer, other) for other in followed):
            name = f"{manifest.kind}.{manifest.group}".rstrip(".") + f" {_path(pointer)}"
            report.unknown[name] += 1
            if report.unknown[name] == 1 and name not in excused():
                problem = f"{_path(pointer)} looks like a reference, and nothing follows it"
                report.findings.append(manifest.breaks(NOT_FOLLOWED, problem, pointer))


@functools.cache
def excused() -> Mapping[str, str]:
    """Why a field that looks like a reference is not followed, by `Kind.group path`."""
    return yaml.load(_EXCUSES.read_text(), Loader=yaml.CSafeLoader) or {}


def _references(value: Any, pointer: Pointer) -> Iterator[Pointer]:
    if isinstance(value, dict):
        for key, inner in value.items():
            name = str(key)
            if name in _NOT_FIELDS or ":" in name:  # condition keys of IAM have a colon, fields never
                continue
            if inner not in (None, "", {}, []) and _LOOKS_LIKE.search(name):
                yield (*pointer, name)
            else:
                yield from _references(inner, (*pointer, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _references(inner, (*pointer, index))


def _overlap(one: Pointer, other: Pointer) -> bool:
    shorter = min(len(one), len(other))
    return shorter > 0 and one[:shorter] == other[:shorter]


def _path(pointer: Pointer) -> str:
    return "".join("[*]" if isinstance(step, int) else f".{step}" for step in pointer).removeprefix(".")
