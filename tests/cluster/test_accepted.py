"""Accepted: a real API server takes the tree, and says of mistakes what the schema proof says."""

from __future__ import annotations

from collections import Counter

from groundwork.catalog import apis
from groundwork.findings import Severity
from groundwork.proofs import schema
from groundwork.review.check import kubernetes_versions
from groundwork.tree.reader import Tree
from tests.cluster.api import plain
from tests.cluster.box import Box
from tests.cluster.conftest import SEED
from tests.cluster.mutations import Mutation, drawn

MUTATIONS = 500
# The schema gives a status to begin with, so each write of a Gateway counts as one.
BEGIN_WITH_A_STATUS = {"Gateway"}
# The server takes these for a field left out, or fills in a zero; nobody means that, and the proof says so.
ONLY_THE_PROOF = {"empty", "null", "taken away"}
# A negative one is taken for a second.
TAKEN_FOR_ANOTHER = {"terminationGracePeriodSeconds"}


def test_every_custom_resource_is_one_that_kubernetes_takes(box: Box) -> None:
    """The schemas that the proof reads make CRDs that a server serves."""
    assert box.api.refused_crds == {}


def test_every_object_is_taken(box: Box) -> None:
    """Strictly: a field that the server does not know would be an error."""
    assert [f"{one.path}: {answer.says}" for one, answer in box.answers if not answer.taken] == []
    assert len(box.answers) > 100


def test_a_second_apply_changes_nothing(box: Box) -> None:
    """Or Argo CD would find a difference after every sync."""
    changed = [
        str(one.path)
        for one, before in box.answers
        if before.taken
        and one.kind not in BEGIN_WITH_A_STATUS
        and plain(box.api.apply(one.body).body) != plain(before.body)
    ]

    assert changed == []


def test_the_proof_and_the_server_agree_on_mistakes(box: Box, told: dict[str, list[str]]) -> None:
    """Of each disagreement one side is wrong; those that stay are ours being stricter about empty text and nulls."""
    versions = kubernetes_versions(box.tree)
    table: Counter[tuple[str, str]] = Counter()
    unexplained = []
    for mutation in drawn(box.objects, MUTATIONS, SEED):
        ours, theirs, says = _verdicts(box, mutation, versions)
        table[ours, theirs] += 1
        if ours != theirs and not _explained(mutation, ours):
            unexplained.append(f"{mutation}: the proof: {ours}; the server: {theirs} {says}")

    told.setdefault("schema proof / API server, on mistakes", []).append(
        f"{box.name}: " + ", ".join(f"{ours}/{theirs} {count}" for (ours, theirs), count in sorted(table.items()))
    )
    assert not unexplained, "\n".join(unexplained)
    assert table["refused", "refused"] > MUTATIONS // 4
    assert table["taken", "taken"] > MUTATIONS // 10


def _explained(mutation: Mutation, ours: str) -> bool:
    """docs/cluster-in-a-box.md says why these stay."""
    if ours == "refused":
        return mutation.how in ONLY_THE_PROOF or mutation.pointer[-1] in TAKEN_FOR_ANOTHER
    return mutation.how == "null" and not apis.custom_api(mutation.manifest.group, mutation.manifest.kind)


def _verdicts(box: Box, mutation: Mutation, versions: dict[str, str]) -> tuple[str, str, str]:
    found = [*schema.check(Tree(box.tree.root, [mutation.manifest]), versions)]
    ours = "refused" if any(one.severity is Severity.ERROR for one in found) else "taken"
    answer = box.api.apply(mutation.manifest.body, keep=False)
    return ours, "taken" if answer.taken else "refused", answer.says
