"""The registry: where our own images are kept, and a cache of those of others."""

from __future__ import annotations

import json
from typing import Any

from groundwork.catalog import versions
from groundwork.catalog.registries import UPSTREAMS, upstream_of
from groundwork.kube import aws
from groundwork.kube.component import Component
from groundwork.kube.labels import CONFIRM
from groundwork.kube.stage import Stage

# A tag is a version of somebody's work: enough to go back a year, were one made every other day.
_KEPT_TAGS = 200
_UNTAGGED_DAYS = 14


class Registry(Component):
    """ECR: a repository per folder of apps/images, and, for clusters that pull through it, one per image of others.

    Clusters of one account and region share the repositories of our own images, so nothing in these says which cluster. They
    may share a cache as well, by naming one prefix: then the sign-in of either serves both.
    Nodes may pull and import, not make repositories: those stand here. What ECR signs in with at a registry that asks for
    it is copied from the contract of secrets to the name that ECR insists on.
    """

    # In the same wave as ACK, and tried until ACK is there: other operators of that wave are pulled through it.
    stage = Stage.OPERATORS
    namespace = aws.ACK_NAMESPACE

    def render(self) -> None:
        for name in sorted(self.site.images):
            self._repository(name, f"{self.site.organisation.name}/{name}", "IMMUTABLE")
        if prefix := aws.cache_prefix(self.site):
            images = versions.images(self.cluster.channel)
            cached = sorted({one.repository for one in images if upstream_of(one.repository)})
            for host in sorted({repository.partition("/")[0] for repository in cached}):
                self._rule(prefix, host)
            for repository in cached:
                # Upstream may move a tag that it has; what we run is pinned by policy.
                self._repository(_object_name(repository), f"{prefix}/{repository}", "MUTABLE")

    def _repository(self, name: str, repository: str, tags: str) -> None:
        self._ecr(
            "Repository",
            name,
            adopted={"name": repository},
            spec={
                "name": repository,
                "encryptionConfiguration": {"encryptionType": "KMS"},
                "imageScanningConfiguration": {"scanOnPush": True},
                "imageTagMutability": tags,
                "lifecyclePolicy": _lifecycle(),
                "tags": [{"key": "groundwork/organisation", "value": self.site.organisation.name}],
            },
        )

    def _rule(self, prefix: str, host: str) -> None:
        upstream, name = UPSTREAMS[host], _object_name(host)
        path = f"{prefix}/{host}"
        spec: dict[str, Any] = {"ecrRepositoryPrefix": path, "upstreamRegistryURL": upstream.url}
        if upstream.secret:
            self._sign_in(name, upstream.secret)
            spec["credentialRef"] = {"from": {"name": name, "namespace": self.namespace}}
        self._ecr("PullThroughCacheRule", name, adopted={"ecrRepositoryPrefix": path}, spec=spec)

    def _sign_in(self, name: str, secret: str) -> None:
        """ECR takes a user and a token from a secret whose name begins as it wants, and from no other."""
        document = '{"username": {{ .username | toJson }}, "accessToken": {{ .token | toJson }}}'
        text = self.secret_text(secret, "document", document, of=["username", "token"])["secretKeyRef"]
        self.object(
            "secretsmanager.services.k8s.aws/v1alpha1",
            "Secret",
            name,
            metadata={"annotations": dict(aws.RETAINED)},
            spec={
                "name": f"{aws.PULL_THROUGH_SECRETS}/{self.site.organisation.name}-{self.site.name}-{name}",
                "description": f"What ECR signs in with at {name}, for {self.site.name}",
                "secretString": {"name": text["name"], "namespace": self.namespace, "key": text["key"]},
                "tags": [{"key": key, "value": value} for key, value in aws.tags(self.site).items()],
            },
        )

    def _ecr(self, kind: str, name: str, *, adopted: dict[str, str], spec: dict[str, Any]) -> None:
        annotations = {**aws.RETAINED, **aws.adopted(**adopted), **CONFIRM}
        self.object("ecr.services.k8s.aws/v1alpha1", kind, name, metadata={"annotations": annotations}, spec=spec)


def _object_name(path: str) -> str:
    """A DNS label for a host or a repository."""
    return path.replace("/", "-").replace(".", "-").replace("_", "-")


def _lifecycle() -> str:
    """What no tag names goes, but for the parts of an image of several architectures, which ECR keeps with it."""
    untagged = {
        "tagStatus": "untagged",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": _UNTAGGED_DAYS,
    }
    surplus = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": _KEPT_TAGS}
    rules = [
        {"rulePriority": priority, "selection": selection, "action": {"type": "expire"}}
        for priority, selection in ((1, untagged), (2, surplus))
    ]
    return json.dumps({"rules": rules}, indent=2)
