"""Who may push our own images: GitHub's workflow, in the repository of the declarations, in the environment `images`.

A template of its own, because it stands once per account and not once per cluster.
"""

from __future__ import annotations

import re
from typing import Any

from groundwork.fleet.site import Site
from groundwork.kube import aws

__all__ = ["IMAGES_STACK", "STACK_REGION", "images_template", "role_of_pushes"]

IMAGES_STACK = "groundwork-{}-images"
# IAM knows no regions, but a stack has one: the same for all clusters of an account, or the second one would clash.
STACK_REGION = "us-east-1"
_GITHUB = re.compile(r"(?:https://|ssh://git@|git@)github\.com[/:](?P<name>[^/]+/[^/]+?)(?:\.git)?")
_ISSUER = "token.actions.githubusercontent.com"
_PUSH = (
    "BatchCheckLayerAvailability",
    "BatchGetImage",
    "CompleteLayerUpload",
    "CreateRepository",
    "DescribeImages",
    "DescribeRepositories",
    "GetDownloadUrlForLayer",
    "InitiateLayerUpload",
    "PutImage",
    "UploadLayerPart",
)


def role_of_pushes(site: Site) -> str:
    """The role's name; .github/workflows/images.yaml makes the same of an image's reference."""
    return f"{site.organisation.name}-images"


def images_template(site: Site) -> dict[str, Any] | None:
    """The provider and the role; None where the repository is not GitHub's."""
    found = _GITHUB.fullmatch(site.organisation.repository.url)
    if found is None:
        return None
    account, organisation = site.cluster.account, site.organisation.name
    claims = {f"{_ISSUER}:aud": "sts.amazonaws.com", f"{_ISSUER}:sub": f"repo:{found['name']}:environment:images"}
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": {"Ref": "GitHub"}},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": claims},
    }
    repositories = aws.partition_arn("ecr", "*", account, f"repository/{organisation}/*")
    rights = [
        aws.allow("ecr", _PUSH, repositories),
        # A token for the registry as a whole; what it may be used for says the statement above.
        aws.allow("ecr", ["GetAuthorizationToken"], "*"),
    ]
    role = {
        "RoleName": role_of_pushes(site),
        "Description": f"GitHub pushes images of {organisation}",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "MaxSessionDuration": 3600,
        "Policies": [{"PolicyName": "push", "PolicyDocument": {"Version": "2012-10-17", "Statement": rights}}],
    }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"GitHub pushes images of {organisation}",
        "Resources": {
            "GitHub": {
                "Type": "AWS::IAM::OIDCProvider",
                "Properties": {"Url": f"https://{_ISSUER}", "ClientIdList": ["sts.amazonaws.com"]},
            },
            "Pushes": {"Type": "AWS::IAM::Role", "Properties": role},
        },
    }
