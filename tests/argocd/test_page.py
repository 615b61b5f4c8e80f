"""The pages for people: that their commands can be pasted, and name what is there."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest

from tests.argocd.delivered import Delivered

PAGES = ("bootstrap.md", "recovery.md", "teardown.md")


def blocks(page: str) -> list[str]:
    """The commands of a page, block by block."""
    return re.findall(r"```sh\n(.*?)```", page, flags=re.DOTALL)


def hosts(delivered: Delivered) -> Iterator[str]:
    """What the edge answers for."""
    yield from (host for route in delivered.of_kind("HTTPRoute") for host in route["spec"].get("hostnames", ()))
    yield from (rule["host"] for ingress in delivered.of_kind("Ingress") for rule in ingress["spec"]["rules"])


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


def test_documents_are_no_objects(delivered: Delivered) -> None:
    """What is named .yaml is taken for a manifest by everything that reads the tree."""
    documents = {path for path in delivered.files if path.parent == PurePosixPath("bootstrap")}

    certificate = {"certificate.template"} if delivered.site.cluster.gateway.edge == "alb" else set()
    assert {path.name for path in documents} == certificate | {
        "account.template",
        "argocd.values",
        "bootstrap.md",
        "cluster.template",
        "images.template",
        "recovery.md",
        "teardown.md",
    }
