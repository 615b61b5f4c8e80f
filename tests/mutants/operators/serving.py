"""Serving: groups of pods that operators run from templates of ours."""

from __future__ import annotations

from collections.abc import Iterator

from groundwork.proofs.fields import entries, mapping, text, texts
from groundwork.proofs.world import pod_specs, pod_templates
from groundwork.tree.manifest import Manifest
from tests.mutants.edit import Edit, change, operator
from tests.mutants.operators.workloads import containers

GROUPS = ("LeaderWorkerSet", "RayService")


@operator("references", "LeaderWorkerSet")
def group_without_its_members(one: Manifest) -> Iterator[Edit]:
    for at, spec in pod_specs(one):
        required = ("affinity", "podAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
        for place, _ in entries(spec, *required):
            yield change((*at, *place, "labelSelector", "matchLabels"), {"app.kubernetes.io/name": "nobody"})


@operator("references", "LeaderWorkerSet")
def rank_of_nobody(one: Manifest) -> Iterator[Edit]:
    for at, container in containers(one):
        for place, word in texts(container, "args"):
            if "$(LWS_" in word:
                yield change((*at, *place), word.replace("$(LWS_", "$(LW_"))


@operator("references", *GROUPS)
def group_as_somebody_else(one: Manifest) -> Iterator[Edit]:
    for at, spec in pod_specs(one):
        yield change((*at, "serviceAccountName"), text(spec, "serviceAccountName") + "-x")


@operator("references", *GROUPS)
def group_asked_on_another_port(one: Manifest) -> Iterator[Edit]:
    for at, container in containers(one):
        if text(container, "readinessProbe", "httpGet", "port"):
            yield change((*at, "readinessProbe", "httpGet", "port"), "nothing")


@operator("policies", *GROUPS)
def group_as_root(one: Manifest) -> Iterator[Edit]:
    for at, _ in pod_specs(one):
        yield change((*at, "securityContext", "runAsNonRoot"), new=False)


@operator("policies", *GROUPS)
def group_of_a_moving_image(one: Manifest) -> Iterator[Edit]:
    for at, container in containers(one):
        yield change((*at, "image"), text(container, "image").rpartition(":")[0] + ":latest")


@operator("policies", "LeaderWorkerSet")
def ranks_that_look_for_each_other(one: Manifest) -> Iterator[Edit]:
    for at, template in pod_templates(one):
        required = ("spec", "affinity", "podAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
        for place, _ in entries(template, *required):
            own = mapping(template, "metadata", "labels")
            yield change((*at, *place, "labelSelector", "matchLabels"), own)
