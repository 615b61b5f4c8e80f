"""Policies as a proof: denials become findings with a place, and what cannot be evaluated says why."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from groundwork.findings import Severity
from groundwork.proofs import policies
from groundwork.tree.manifest import Manifest
from groundwork.tree.reader import Tree

ROOT = Path(__file__).resolve().parents[2]
POLICIES = ROOT / "policies"


def tree_of(*bodies: dict[str, Any]) -> Tree:
    """A tree of one cluster that holds these objects."""
    path = PurePosixPath("generated/dev/one/_cluster/x.yaml")
    return Tree(Path("generated"), [Manifest("dev", "one", path, body) for body in bodies])


def storage_class(mode: str) -> dict[str, Any]:
    """A StorageClass that is fine but for its binding mode."""
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": f"binds-{mode.lower()}"},
        "provisioner": "ebs.csi.aws.com",
        "parameters": {"encrypted": "true"},
        "volumeBindingMode": mode,
    }


def test_a_denial_is_a_finding_with_the_rules_words_and_a_place() -> None:
    """The object that is fine, and stands beside it, is not named."""
    tree = tree_of(storage_class("WaitForFirstConsumer"), storage_class("Immediate"))

    (finding,) = policies.check(tree, POLICIES)

    assert (finding.rule, finding.severity) == ("policies/immediate-binding", Severity.ERROR)
    assert finding.subject is not None
    assert finding.subject.name == "binds-immediate"
    assert finding.pointer == ("volumeBindingMode",)
    assert "picks a zone before Karpenter picks a node" in finding.why
    assert finding.fix == "Set volumeBindingMode WaitForFirstConsumer."


def test_an_empty_tree_has_no_findings() -> None:
    """Nothing to ask about is no error."""
    assert policies.check(tree_of(), POLICIES) == []


def test_a_policy_that_does_not_compile_is_named_with_its_line(tmp_path: Path) -> None:
    """Whoever edits a policy sees the place of the mistake."""
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/policy.rego").write_text("package rules.broken\n\ndeny contains {\n")

    with pytest.raises(policies.PolicyError, match=r"broken/policy\.rego:\d+"):
        policies.check(tree_of(storage_class("Immediate")), tmp_path)


def test_without_conftest_the_error_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program is built once; nobody should have to look for it."""
    monkeypatch.setenv("PATH", "")

    with pytest.raises(policies.PolicyError, match=r"`make \.cache/bin/conftest` builds it"):
        policies.check(tree_of(storage_class("Immediate")), tmp_path)


def test_a_policy_without_metadata_still_has_a_rule(tmp_path: Path) -> None:
    """Its findings say that nothing was said; the policy over the policies refuses it."""
    (tmp_path / "silent").mkdir()
    (tmp_path / "silent/policy.rego").write_text("package rules.silent\n")

    assert policies.rules(tmp_path)["silent"].why == "this policy says nothing of it"
