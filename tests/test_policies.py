"""The gate over policies/: enough of them, each tried both ways, each saying why; and the committed tree keeps them."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from groundwork.proofs import policies
from groundwork.proofs.fields import mapping

ROOT = Path(__file__).resolve().parents[1]
POLICIES = ROOT / "policies"
CONFTEST = str(ROOT / ".cache/bin/conftest")


def described(folder: Path) -> dict[str, Any]:
    """A folder of policies/ as the policy over the policies sees it."""
    source = (folder / "policy.rego").read_text()
    tests = folder / "policy_test.rego"
    package = re.search(r"(?m)^package (\S+)", source)
    return {
        "name": folder.name,
        "package": package[1] if package else "",
        "metadata": mapping(policies.metadata(source)),
        "tests": re.findall(r"(?m)^(test_\w+)", tests.read_text()) if tests.is_file() else [],
    }


def complaints(folders: list[dict[str, Any]]) -> list[str]:
    """What the policy over the policies says."""
    command = [
        CONFTEST,
        "test",
        "--policy",
        str(POLICIES / "lib"),
        "--namespace",
        "policies",
        "--no-fail",
        "--output",
        "json",
    ]
    found: list[str] = []
    for folder in folders:
        run = subprocess.run(
            [*command, "--parser", "json", "-"], input=json.dumps(folder), capture_output=True, text=True, check=True
        )
        found += [f"{folder['name']}: {one['msg']}" for one in json.loads(run.stdout)[0].get("failures", ())]
    return found


def test_there_are_at_least_thirty() -> None:
    """Each a folder of its own."""
    assert len(policies.folders(POLICIES)) >= 30


def test_every_policy_passes_its_own_tests() -> None:
    """`conftest verify` runs them, those of the library too."""
    run = subprocess.run(
        [CONFTEST, "verify", "--policy", str(POLICIES), "--output", "json"], capture_output=True, text=True, check=False
    )
    failed = [one["msg"] for result in json.loads(run.stdout) for one in result.get("failures", ())]

    assert failed == []
    assert sum(result["successes"] for result in json.loads(run.stdout)) >= 2 * len(policies.folders(POLICIES))


def test_every_policy_keeps_the_policy_over_the_policies() -> None:
    """Title, description, reason, way out, severity, and tests both ways."""
    assert complaints([described(folder) for folder in policies.folders(POLICIES)]) == []


@pytest.mark.parametrize("missing", ["title", "description", "custom"])
def test_the_policy_over_the_policies_refuses_what_is_incomplete(missing: str) -> None:
    """It does look."""
    folder = described(POLICIES / "host_path")
    folder["metadata"].pop(missing)

    assert complaints([folder])


def test_policies_are_formatted() -> None:
    """As `conftest fmt` writes them."""
    run = subprocess.run([CONFTEST, "fmt", "--check", str(POLICIES)], capture_output=True, text=True, check=False)

    assert (run.returncode, run.stdout) == (0, "")


def test_a_policy_knows_no_rule_of_another_name() -> None:
    """The rule's id is the folder's name, so that a reader of a finding finds the file."""
    ids = {rule.id for rule in policies.rules(POLICIES).values()}

    assert ids == {f"policies/{folder.name.replace('_', '-')}" for folder in policies.folders(POLICIES)}
