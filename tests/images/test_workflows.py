"""Workflows: pinned to commits, without rights they do not need, and building what the tree names."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from argocd.image_pushes import role_of_pushes
from groundwork.fleet.loader import load
from groundwork.kube.images import own_image

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yaml"))
IMAGES = ROOT / ".github/workflows/images.yaml"


def parsed(path: Path) -> dict[Any, Any]:
    """A workflow as GitHub reads it."""
    found: dict[Any, Any] = yaml.safe_load(path.read_text())
    return found


def steps(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """Every step with its job."""
    return [(name, step) for name, job in parsed(path)["jobs"].items() for step in job["steps"]]


def script(path: Path, name: str) -> str:
    """The script of a step, by the step's name or id."""
    (found,) = [step["run"] for _, step in steps(path) if name in (step.get("name"), step.get("id"))]
    return str(found)


def named(*commit: str) -> list[str]:
    """What .ci/images prints."""
    run = subprocess.run([ROOT / ".ci/images", *commit], capture_output=True, text=True, check=True)
    return run.stdout.split()


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: str(path.name))
def test_actions_are_commits(path: Path) -> None:
    """A tag can be moved to other code; the comment says which version the commit is, for people and for Renovate."""
    lines = [line for line in path.read_text().splitlines() if "uses:" in line]

    assert lines
    for line in lines:
        assert re.search(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: str(path.name))
def test_nothing_that_somebody_may_choose_stands_in_a_script(path: Path) -> None:
    """An expression is put into the script as text; the name of a branch could be a command. Variables are not."""
    assert not [step["run"] for _, step in steps(path) if "${{" in step.get("run", "")]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: str(path.name))
def test_a_workflow_may_read_and_no_more(path: Path) -> None:
    """What needs more says so in its job."""
    assert parsed(path)["permissions"] == {"contents": "read"}


def test_credentials_are_for_pushing_and_never_for_a_pull_request() -> None:
    """One job gets a token for AWS, in an environment of its own that only main and its merge queue may use."""
    jobs = parsed(IMAGES)["jobs"]

    assert [name for name, job in jobs.items() if "permissions" in job] == ["push"]
    assert jobs["push"]["if"] == "github.event_name != 'pull_request'"
    assert jobs["push"]["environment"] == "images"
    assert jobs["push"]["permissions"] == {"contents": "read", "id-token": "write"}


def test_an_image_is_scanned_for_both_architectures_before_anybody_pushes_it() -> None:
    """The push waits for the build, and the build for the scan of what it will hand over."""
    jobs = parsed(IMAGES)["jobs"]
    order = [step.get("uses", step.get("run", "")).partition("@")[0] for job, step in steps(IMAGES) if job == "build"]

    assert jobs["build"]["strategy"]["matrix"]["arch"] == ["amd64", "arm64"]
    assert "build" in jobs["push"]["needs"]
    assert (
        order.index("anchore/sbom-action") < order.index("anchore/scan-action") < order.index("actions/upload-artifact")
    )


def test_the_tree_names_every_image_by_the_content_of_its_folder() -> None:
    """So nothing is bumped after a merge: the tag was in the pull request."""
    fleet = load(ROOT)
    sites = [fleet.site(name) for name in fleet.clusters]
    known = {own_image(site, name).reference(None) for site in sites for name in site.images}

    assert set(named()) <= known
    assert {reference.partition("/")[2].partition(":")[0] for reference in named()} <= {
        f"acme/{name}" for name in sites[0].images
    }


def test_nothing_is_new_to_the_commit_that_holds_it() -> None:
    """With a commit the script says what the working tree names beyond it; every name of an empty tree is new."""
    nothing = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"  # Git's own name of the empty tree

    assert named(nothing) == named()


def test_a_reference_is_taken_apart_as_it_was_put_together(tmp_path: Path) -> None:
    """Registry, repository, tag, region, and the role that the account's stack makes."""
    site = load(ROOT).site("prod-us-east-2")
    reference = own_image(site, "guardrail").reference(None)
    output = tmp_path / "output"

    subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script(IMAGES, "parts")],
        env={"REFERENCE": reference, "GITHUB_OUTPUT": str(output), "PATH": "/usr/bin:/bin"},
        check=True,
    )
    assert dict(line.split("=", 1) for line in output.read_text().splitlines()) == {
        "registry": "111122223333.dkr.ecr.us-east-2.amazonaws.com",
        "repository": "acme/guardrail",
        "image": "guardrail",
        "tag": site.images["guardrail"],
        "region": "us-east-2",
        "role": f"arn:aws:iam::111122223333:role/{role_of_pushes(site)}",
    }


@pytest.mark.parametrize(
    ("results", "passes"),
    [
        ("success success success", True),
        ("success success skipped", True),
        ("success skipped skipped", True),
        ("success failure skipped", False),
        ("success success failure", False),
        ("failure skipped skipped", False),
        ("success success cancelled", False),
    ],
)
def test_a_merge_waits_for_images(results: str, *, passes: bool) -> None:
    """The check that the merge queue requires refuses when a build or a push did not end well."""
    gate = script(IMAGES, "Every image that the tree names is built, and in the merge queue pushed")

    run = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", gate], env={"RESULTS": results}, capture_output=True, check=False
    )
    assert (run.returncode == 0) == passes
