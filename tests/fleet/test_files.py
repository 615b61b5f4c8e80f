"""Where declarations stand: nothing is left out in silence."""

from __future__ import annotations

import os
import shutil
import sys

import pytest

from tests.fleet.repository import CLUSTER, MODEL, Repository


def test_fleet_yaml_is_needed(repository: Repository) -> None:
    """Without it nobody knows whose platform this is, and what to do is said."""
    (repository.root / "fleet.yaml").unlink()

    (finding,) = repository.findings()
    assert str(finding) == "fleet.yaml: is missing: it says whose platform this is"
    assert finding.fix == (
        "Run in the repository's root, or write the file: name, domain, contact, repository, identity, groups."
    )


@pytest.mark.parametrize("leave_folder", [True, False])
def test_a_cluster_is_needed(repository: Repository, leave_folder: bool) -> None:  # noqa: FBT001 - the parameter of a test
    """No folder and an empty folder mean the same: there is nothing to render."""
    shutil.rmtree(repository.root / "clusters")
    if leave_folder:
        repository.write("clusters/.gitkeep", "")

    (finding,) = repository.findings()
    assert str(finding) == "clusters: holds no cluster: nothing would be rendered"
    assert finding.fix == "`groundwork new cluster NAME` writes the first one: clusters/NAME.yaml."


def test_no_applications_are_fine(repository: Repository) -> None:
    """A first cluster comes before the first model."""
    shutil.rmtree(repository.root / "apps")
    (repository.root / CLUSTER).unlink()

    fleet = repository.load()
    assert list(fleet.clusters) == ["dev"]
    assert fleet.models == {}
    assert fleet.images == {}


@pytest.mark.parametrize(
    ("name", "expected", "fix"),
    [
        ("big.yml", "apps/models/big.yml: ends in .yml, so it is not read", "Name it big.yaml."),
        ("big.YAML", "apps/models/big.YAML: ends in .YAML, so it is not read", "Name it big.yaml."),
        ("big.json", "apps/models/big.json: ends in .json, so it is not read", "Name it big.yaml."),
        (
            "big",
            "apps/models/big: does not belong in apps/models/",
            "Remove it, or make it a declaration that ends in .yaml.",
        ),
        (
            "big.yaml.orig",
            "apps/models/big.yaml.orig: does not belong in apps/models/",
            "Remove it, or make it a declaration that ends in .yaml.",
        ),
    ],
)
def test_a_file_that_would_not_be_read_is_a_problem(repository: Repository, name: str, expected: str, fix: str) -> None:
    """Somebody wrote it for a reason."""
    repository.write(f"apps/models/{name}", (repository.root / MODEL).read_bytes())

    (finding,) = repository.findings()
    assert str(finding) == expected
    assert finding.fix == fix


@pytest.mark.parametrize("name", [".gitkeep", ".big.yaml.swp", "big.yaml~", "README.md"])
def test_what_editors_and_people_leave_beside_is_fine(repository: Repository, name: str) -> None:
    """Hidden files, backups and explanations are nobody's declaration."""
    repository.write(f"apps/models/{name}", "whatever")

    assert repository.problems() == []


def test_a_misnamed_file_is_one_problem(repository: Repository) -> None:
    """What refers to it is not reported as well."""
    (repository.root / MODEL).rename(repository.root / "apps/models/large.yml")

    assert repository.problems() == ["apps/models/large.yml: ends in .yml, so it is not read"]


def test_a_folder_where_a_file_should_be(repository: Repository) -> None:
    """It is named, and nothing that refers to it."""
    (repository.root / MODEL).unlink()
    (repository.root / MODEL).mkdir()

    assert repository.problems() == ["apps/models/large.yaml: is a folder where a file should be"]


def test_a_file_where_a_folder_should_be(repository: Repository) -> None:
    """Every model counts as there: nobody knows which ones were meant."""
    shutil.rmtree(repository.root / "apps/models")
    repository.write("apps/models", "")

    assert repository.problems() == ["apps/models: is a file where a folder should be"]


def test_links_are_not_followed(repository: Repository) -> None:
    """Neither out of the repository nor within it; a link to a folder is no folder."""
    outside = repository.root.parent / "outside"
    (repository.root / "apps/models").rename(outside)
    (repository.root / "apps/models").symlink_to(outside)
    (repository.root / "clusters/link.yaml").symlink_to(repository.root / CLUSTER)

    assert repository.problems() == [
        "apps/models: is a symbolic link, which can lead out of the repository",
        "clusters/link.yaml: is a symbolic link",
    ]


def test_apps_itself_may_not_be_a_link(repository: Repository) -> None:
    """Each folder of it says so, once."""
    outside = repository.root.parent / "outside-apps"
    (repository.root / "apps").rename(outside)
    (repository.root / "apps").symlink_to(outside)

    problems = repository.problems()
    assert len(problems) == 5
    assert all(one.endswith(": is a symbolic link, which can lead out of the repository") for one in problems)


def test_the_repository_may_be_reached_by_a_link(repository: Repository) -> None:
    """A checkout below a linked folder is common (/tmp on macOS)."""
    link = repository.root.parent / "link"
    link.symlink_to(repository.root)

    Repository(link).load()


def test_a_folder_that_nothing_reads_is_a_problem(repository: Repository) -> None:
    """A typing error in a folder's name would hide everything in it."""
    repository.write("apps/model/large.yaml", (repository.root / MODEL).read_bytes())

    (finding,) = repository.findings()
    assert str(finding) == "apps/model: is not read by anything (did you mean 'models'?)"
    assert finding.fix == "Below apps/ stand agents, images, models, pipelines, tenants, tools."


def test_a_name_of_any_bytes_can_be_printed(repository: Repository) -> None:
    """File systems take names that terminals and JSON do not."""
    if sys.platform == "darwin":
        pytest.skip("the file system refuses such a name itself")
    with open(os.fsencode(repository.root) + b"/apps/models/\xff\n.yaml", "wb") as file:  # noqa: PTH123 - bytes
        file.write(b"name: x\n")

    problems = repository.problems()
    assert problems
    assert all(one.startswith("apps/models/\\xff?.yaml:") and one.isprintable() for one in problems)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_a_problem(repository: Repository) -> None:
    """A file without permission is named, and so is a folder."""
    (repository.root / MODEL).chmod(0)
    (repository.root / "apps/tools").chmod(0)
    problems = repository.problems()
    (repository.root / "apps/tools").chmod(0o755)

    assert problems == [
        "apps/models/large.yaml: cannot be read: Permission denied",
        "apps/tools: cannot be read: Permission denied",
    ]
