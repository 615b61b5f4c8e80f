"""The pages for people: that their commands can be pasted, and name what is there."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest

from tests.argocd.delivered import Delivered

PAGES = ("bootstrap.md", "teardown.md")


def blocks(page: str) -> list[str]:
    """The commands of a page, block by block."""
    return re.findall(r"```sh\n(.*?)```", page, flags=re.DOTALL)


def titles(page: str) -> list[str]:
    """The steps, in order."""
    return re.findall(r"^## \d+\. (.*)$", page, flags=re.MULTILINE)


def hosts(delivered: Delivered) -> Iterator[str]:
    """What the edge answers for."""
    return (host for route in delivered.of_kind("HTTPRoute") for host in route["spec"].get("hostnames", ()))


@pytest.mark.parametrize("name", PAGES)
def test_the_shell_understands_every_block(delivered: Delivered, name: str) -> None:
    """A quote that is missing would wait for input for ever."""
    for block in blocks(delivered.document(name)):
        # What a person fills in is marked with <>, which the shell takes for a redirection.
        checked = subprocess.run(
            ["bash", "-n"], input=re.sub(r"<\w+>", "filled-in", block), capture_output=True, text=True, check=False
        )

        assert checked.returncode == 0, f"{checked.stderr}\n{block}"


@pytest.mark.parametrize("name", PAGES)
def test_every_file_that_a_command_names_is_there(delivered: Delivered, name: str) -> None:
    """Files of the tree are named by their whole path, folders end in a slash."""
    folder = f"generated/{delivered.site.name}"
    named = {found.rstrip("/") for found in re.findall(rf"{folder}/[\w./-]+", delivered.document(name))}
    there = {f"{folder}/{path}" for file in delivered.files for path in (file, *file.parents)} | {folder}

    assert {one.rstrip(".") for one in named} <= there


@pytest.mark.parametrize("name", PAGES)
def test_every_host_that_a_page_names_is_served(delivered: Delivered, name: str) -> None:
    """Names move; a page that names an old one sends people into nothing."""
    named = set(re.findall(rf"[\w-]+\.{re.escape(delivered.site.domain)}", delivered.document(name)))

    assert named <= {*hosts(delivered)}


def test_bootstrap_goes_from_the_account_to_what_must_be_true(auto: Delivered, karpenter: Delivered) -> None:
    """Roles before the cluster that names them; endpoints before pods; Argo CD before what it brings."""
    both = [
        *("The account", "Secrets", "The cluster", "Its endpoints", "A way in", "Argo CD", "Everything else"),
        "What must be true now",
    ]
    for delivered, own in ((auto, "NetworkPolicies"), (karpenter, "Karpenter's roles and queue")):
        order = titles(delivered.document("bootstrap.md"))

        assert [one for one in order if one in both] == both
        assert own in order


def test_nodes_that_eksctl_waits_for_are_made_from_inside(karpenter: Delivered) -> None:
    """The API server is private: from outside, eksctl would wait for them in vain and leave the cluster half made."""
    page = karpenter.document("bootstrap.md")

    assert "--without-nodegroup" in page
    assert page.index("## 8. A way in") < page.index("eksctl create nodegroup")
    assert page.index("eksctl create nodegroup") < page.index("aws eks delete-access-entry")


def test_weights_are_put_where_the_servers_look(delivered: Delivered) -> None:
    """By model and revision."""
    put = {found.rstrip("/") for found in re.findall(r"s3://\S+/", delivered.document("bootstrap.md"))}
    looked_for = set()
    for deployment in delivered.of_kind("Deployment", "vllm"):
        for container in deployment["spec"]["template"]["spec"].get("initContainers", ()):
            looked_for |= {one.removesuffix("/*") for one in container["args"] if one.startswith("s3://")}

    assert looked_for
    assert put == looked_for


def test_every_image_of_our_own_is_built(delivered: Delivered) -> None:
    """The command finds them in the tree by a pattern; their folders have their names."""
    page = delivered.document("bootstrap.md")
    (pattern,) = re.findall(r"grep -rhoE '([^']+)'", page)
    tree = "\n".join(text for path, text in delivered.files.items() if path.parts[0] != "bootstrap")
    ours = set(re.findall(r"\d{12}\.dkr\.ecr\.\S+", tree))

    assert ours
    assert set(re.findall(pattern, tree)) == ours


def test_quotas_cover_what_the_node_pools_may_buy(karpenter: Delivered) -> None:
    """H200 machines count as P, L4 as G."""
    page = karpenter.document("bootstrap.md")
    rows = dict(re.findall(r"\| (.+?) \| L-\w+ \| (\d+) \|", page))
    limits = [int(pool["spec"]["limits"]["cpu"]) for pool in karpenter.of_kind("NodePool")]

    assert {"G and VT", "P"} <= {*rows}
    assert sum(map(int, rows.values())) == sum(limits)


def test_teardown_leaves_nothing_running(delivered: Delivered) -> None:
    """Workloads from the highest wave down, then machines while their controller lives, then endpoints, then the VPC."""
    page = delivered.document("teardown.md")
    waves = [int(wave) for wave in re.findall(r"# wave (\d+)", page)]

    assert waves == sorted(waves, reverse=True)
    assert min(waves) > 20
    order = titles(page)
    steps = [
        "Stop syncing",
        "What runs on the machines",
        "The machines",
        "The endpoints",
        "The cluster",
        "What AWS keeps",
    ]
    assert [one for one in order if one in steps] == steps


def test_teardown_deletes_applications_and_not_what_they_would_make_again(delivered: Delivered) -> None:
    """`kubectl delete nodepools` while its Application heals itself: the pools are back before their machines are gone."""
    page = delivered.document("teardown.md")

    assert "delete application node-pools" in page
    assert not re.search(r"delete (nodepools|deployments|statefulsets)", page)


def test_every_application_above_the_operators_is_taken_down(delivered: Delivered) -> None:
    """One that is forgotten keeps its load balancer or its machines."""
    page = delivered.document("teardown.md")
    deleted = {name for line in re.findall(r"--ignore-not-found (.+?) +# wave", page) for name in line.split()}
    waves = {
        one["metadata"]["name"]: int(one["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"])
        for one in delivered.of_kind("Application", "argocd")
    }

    assert {name for name, wave in waves.items() if wave > 20} <= deleted


def test_documents_are_no_objects(delivered: Delivered) -> None:
    """What is named .yaml is taken for a manifest by everything that reads the tree."""
    documents = {path for path in delivered.files if path.parent == PurePosixPath("bootstrap")}

    assert {path.name for path in documents} == {
        "account.template",
        "argocd.values",
        "bootstrap.md",
        "cluster.template",
        "teardown.md",
    }
