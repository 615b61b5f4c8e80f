"""Secrets come from AWS Secrets Manager by a contract of names and keys; what the contract does not have is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from groundwork.fleet.site import Site
from groundwork.kube.component import Component
from tests.kube.small import objects, one


def test_a_secret_is_brought_into_the_namespace(site: Site) -> None:
    """Kept equal to AWS Secrets Manager; the container's variable refers to it and no value is anywhere."""
    references: list[dict[str, Any]] = []

    def steps(small: Component) -> None:
        references.extend(small.secret("langfuse", key) for key in ("secret-key", "public-key", "public-key"))

    (external,) = objects(one(site, steps), "ExternalSecret")

    remote = f"{site.organisation.name}/{site.name}/langfuse"
    assert [
        {"secretKeyRef": {"name": "small-langfuse", "key": key}} for key in ("secret-key", "public-key", "public-key")
    ] == references
    assert ("small-langfuse", "ai-data") == (external["metadata"]["name"], external["metadata"]["namespace"])
    assert external["metadata"]["name"] == external["spec"]["target"]["name"]
    assert [(key, {"key": remote, "property": key}) for key in ("public-key", "secret-key")] == [
        (data["secretKey"], data["remoteRef"]) for data in external["spec"]["data"]
    ]
    assert "template" not in external["spec"]["target"]


def test_each_namespace_gets_a_secret_of_its_own(site: Site) -> None:
    """With the keys that are asked for there, and no others."""

    def steps(small: Component) -> None:
        small.secret("langfuse", "public-key", namespace="ai-agents")
        small.secret("langfuse", "secret-key")

    made = objects(one(site, steps), "ExternalSecret")

    assert [("ai-agents", ["public-key"]), ("ai-data", ["secret-key"])] == [
        (body["metadata"]["namespace"], [data["secretKey"] for data in body["spec"]["data"]]) for body in made
    ]


def test_text_can_be_made_from_keys_of_a_secret(site: Site) -> None:
    """Git holds the template; External Secrets fills it in."""
    url = "postgres://{{ .username }}:{{ .password }}@store"

    def steps(small: Component) -> None:
        assert {"secretKeyRef": {"name": "small-litellm-database", "key": "url"}} == small.secret_text(
            "litellm-database", "url", url, of=("username", "password")
        )

    (external,) = objects(one(site, steps), "ExternalSecret")

    data = external["spec"]["target"]["template"]["data"]
    assert {"url": url, "username": "{{ .username }}", "password": "{{ .password }}"} == data
    assert ["password", "username"] == [one["secretKey"] for one in external["spec"]["data"]]


def test_a_key_beside_a_text_is_kept_whatever_its_name(site: Site) -> None:
    """With a template External Secrets writes only what the template names, and keys of the contract contain hyphens."""

    def steps(small: Component) -> None:
        small.secret("litellm", "master-key")
        small.secret_text("litellm", "header", "Bearer {{ .token }}", of=())

    (external,) = objects(one(site, steps), "ExternalSecret")

    kept = external["spec"]["target"]["template"]["data"]["master-key"]
    assert re.fullmatch(r'\{\{ *(index \. "master-key"|\.[A-Za-z_][A-Za-z0-9_]*) *\}\}', kept)


def test_keys_of_a_text_may_be_any_iterable(site: Site) -> None:
    """`of` is an Iterable."""

    def steps(small: Component) -> None:
        small.secret_text("litellm-database", "url", "{{ .password }}", of=iter(["password"]))

    (external,) = objects(one(site, steps), "ExternalSecret")

    assert ["password"] == [data["secretKey"] for data in external["spec"]["data"]]


def test_a_secret_may_have_the_type_that_its_reader_insists_on(site: Site) -> None:
    """CloudNativePG wants kubernetes.io/basic-auth."""

    def steps(small: Component) -> None:
        small.secret_object("litellm-database", "username", "password", kind="kubernetes.io/basic-auth")

    (external,) = objects(one(site, steps), "ExternalSecret")

    assert "kubernetes.io/basic-auth" == external["spec"]["target"]["template"]["type"]
    assert {"username", "password"} == external["spec"]["target"]["template"]["data"].keys()


@pytest.mark.parametrize(
    ("name", "key", "message"),
    [
        (
            "litelm",
            "master-key",
            "the contract of secrets has no 'litelm' (did you mean 'litellm'?): add it to catalog/secrets.yaml",
        ),
        ("xyzzy", "a", "the contract of secrets has no 'xyzzy': add it to catalog/secrets.yaml"),
        ("litellm", "master", "the secret 'litellm' has no key 'master': add it to catalog/secrets.yaml"),
    ],
)
@pytest.mark.parametrize(
    "ask",
    [
        lambda small, name, key: small.secret(name, key),
        lambda small, name, key: small.secret_object(name, key),
        lambda small, name, key: small.secret_text(name, "url", "x", of=(key,)),
    ],
)
def test_an_unknown_secret_says_what_to_add(
    site: Site, ask: Callable[..., object], name: str, key: str, message: str
) -> None:
    """Whichever way it is asked for."""
    with pytest.raises(LookupError) as refused:
        one(site, lambda small: ask(small, name, key))

    assert message == str(refused.value)
