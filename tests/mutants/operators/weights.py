"""Weights and pools: what servers copy, what imports bring, and who chooses among replicas."""

from __future__ import annotations

from collections.abc import Iterator

from groundwork.proofs.fields import entries, mapping, text, texts
from groundwork.tree.manifest import Manifest
from tests.mutants.edit import Edit, change, delete, operator
from tests.mutants.operators.workloads import containers


@operator("references", "Deployment", "Job")
def weights_of_another_revision(one: Manifest) -> Iterator[Edit]:
    for at, container in containers(one):
        for place, word in texts(container, "args"):
            if word.startswith("s3://") and [*texts(container, "command")][-1:]:
                yield change((*at, *place), f"{word.rstrip('/')}x/")


@operator("references", "Job")
def import_deleted(one: Manifest) -> Iterator[Edit]:
    if one.name.startswith("import-"):
        yield delete()


@operator("references", "InferencePool")
def pool_of_other_pods(one: Manifest) -> Iterator[Edit]:
    for key, value in mapping(one.body, "spec", "selector", "matchLabels").items():
        yield change(("spec", "selector", "matchLabels", key), f"{value}-x")


@operator("references", "InferencePool")
def pool_on_another_port(one: Manifest) -> Iterator[Edit]:
    for place, _ in entries(one.body, "spec", "targetPorts"):
        yield change((*place, "number"), 8001)


@operator("references", "InferencePool")
def picker_of_another_name(one: Manifest) -> Iterator[Edit]:
    yield change(("spec", "endpointPickerRef", "name"), text(one.body, "spec", "endpointPickerRef", "name") + "s")


@operator("references", "Deployment")
def picker_of_another_pool(one: Manifest) -> Iterator[Edit]:
    for at, container in containers(one):
        for place, word in texts(container, "args"):
            if word.startswith("--pool-name="):
                yield change((*at, *place), f"{word}-x")
