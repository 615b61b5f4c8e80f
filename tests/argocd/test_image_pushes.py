"""Pushes: one repository, one environment of it, and the organisation's own images."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from argocd.image_pushes import images_template, role_of_pushes
from groundwork.fleet.site import Fleet, Site
from tests.argocd.delivered import Delivered


def followed(site: Site, url: str) -> Site:
    """The same cluster, following another repository."""
    repository = site.organisation.repository.model_copy(update={"url": url})
    return dataclasses.replace(site, organisation=site.organisation.model_copy(update={"repository": repository}))


def test_only_this_repository_may_push_and_only_from_its_environment(delivered: Delivered) -> None:
    """A fork, another branch's workflow or another repository carries another subject."""
    role = delivered.data("images.template")["Resources"]["Pushes"]["Properties"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]

    assert trust["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:example/groundwork:environment:images",
        }
    }


def test_it_writes_the_organisations_images_and_deletes_none(delivered: Delivered) -> None:
    """Caches of others' images are not below the organisation's name."""
    role = delivered.data("images.template")["Resources"]["Pushes"]["Properties"]
    push, sign_in = role["Policies"][0]["PolicyDocument"]["Statement"]

    assert push["Resource"] == "arn:aws:ecr:*:111122223333:repository/acme/*"
    assert not [action for action in push["Action"] if "Delete" in action or "Policy" in action or "*" in action]
    assert sign_in["Action"] == ["ecr:GetAuthorizationToken"]


def test_clusters_of_one_account_share_the_stack(fleet: Fleet) -> None:
    """Whichever of them is brought up last changes nothing."""
    templates = [images_template(fleet.site(name)) for name in fleet.clusters]

    assert templates[0] is not None
    assert all(one == templates[0] for one in templates)
    assert role_of_pushes(fleet.site("dev-us-east-1")) == "acme-images"


@pytest.mark.parametrize(
    ("url", "subject"),
    [
        ("https://github.com/acme/platform.git", "repo:acme/platform:environment:images"),
        ("https://github.com/acme/platform", "repo:acme/platform:environment:images"),
        ("git@github.com:acme/platform.git", "repo:acme/platform:environment:images"),
        ("ssh://git@github.com/acme/platform.git", "repo:acme/platform:environment:images"),
        ("https://gitlab.example.com/acme/platform.git", None),
        ("https://github.com.example.org/acme/platform.git", None),
    ],
)
def test_the_subject_is_the_repository_of_the_declarations(fleet: Fleet, url: str, subject: str | None) -> None:
    """Where that is not GitHub's, nobody from GitHub is trusted."""
    template: Any = images_template(followed(fleet.site("dev-us-east-1"), url))

    assert (template is None) == (subject is None)
    if template is not None:
        (trust,) = template["Resources"]["Pushes"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert subject in trust["Condition"]["StringEquals"].values()
