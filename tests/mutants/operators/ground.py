"""The ground: keys, log groups, repositories of images, and what of AWS stands on them."""

from __future__ import annotations

from collections.abc import Iterator

from groundwork.proofs.fields import entries, mapping, text
from groundwork.tree.manifest import Manifest
from tests.mutants.edit import Edit, change, drop, operator


@operator("policies", "Key")
def rotation_off(one: Manifest) -> Iterator[Edit]:
    if one.group == "kms.services.k8s.aws":
        yield change(("spec", "enableKeyRotation"), new=False)
        yield drop(("spec", "enableKeyRotation"))


@operator("references", "Alias")
def alias_of_another_name(one: Manifest) -> Iterator[Edit]:
    if one.name == "data":
        yield change(("spec", "name"), text(one.body, "spec", "name") + "-x")


@operator("references", "Alias", "LogGroup")
def lock_of_another_name(one: Manifest) -> Iterator[Edit]:
    for field in ("targetKeyRef", "kmsKeyRef"):
        if mapping(one.body, "spec", field):
            yield change(("spec", field, "from", "name"), "secrets")


@operator("policies", "LogGroup")
def retention_unsaid(one: Manifest) -> Iterator[Edit]:
    del one
    yield drop(("spec", "retentionDays"))


@operator("policies", "LogGroup")
def log_unlocked(one: Manifest) -> Iterator[Edit]:
    del one
    yield drop(("spec", "kmsKeyRef"))


@operator("policies", "Bucket")
def clear_requests_allowed(one: Manifest) -> Iterator[Edit]:
    if "policy" in mapping(one.body, "spec"):
        yield drop(("spec", "policy"))


@operator("references", "Bucket")
def bucket_with_another_key(one: Manifest) -> Iterator[Edit]:
    for place, rule in entries(one.body, "spec", "encryption", "rules"):
        if key := text(rule, "applyServerSideEncryptionByDefault", "kmsMasterKeyID"):
            yield change((*place, "applyServerSideEncryptionByDefault", "kmsMasterKeyID"), key + "-x")


@operator("references", "StorageClass")
def disks_with_another_key(one: Manifest) -> Iterator[Edit]:
    yield change(("parameters", "kmsKeyId"), text(one.body, "parameters", "kmsKeyId") + "-x")


@operator("policies", "Repository")
def tags_that_move(one: Manifest) -> Iterator[Edit]:
    if text(one.body, "spec", "imageTagMutability") == "IMMUTABLE":
        yield change(("spec", "imageTagMutability"), "MUTABLE")


@operator("policies", "Repository")
def nothing_scanned(one: Manifest) -> Iterator[Edit]:
    del one
    yield drop(("spec", "imageScanningConfiguration"))


@operator("references", "Repository")
def repository_of_another_name(one: Manifest) -> Iterator[Edit]:
    # One of a cluster that pulls it through; the others are for whoever needs them next.
    if one.name in ("docker-io-langfuse-langfuse", "ghcr-io-oliver006-redis-exporter", "s5cmd"):
        yield change(("spec", "name"), text(one.body, "spec", "name") + "-x")


@operator("references", "PullThroughCacheRule")
def cache_without_sign_in(one: Manifest) -> Iterator[Edit]:
    if mapping(one.body, "spec", "credentialRef"):
        yield change(("spec", "credentialRef", "from", "name"), "nobody")


@operator("references", "WebACL")
def web_acl_of_another_name(one: Manifest) -> Iterator[Edit]:
    yield change(("spec", "name"), text(one.body, "spec", "name") + "-x")


@operator("policies", "WebACL")
def long_prompts_refused(one: Manifest) -> Iterator[Edit]:
    for place, rule in entries(one.body, "spec", "rules"):
        group = mapping(rule, "statement", "managedRuleGroupStatement")
        for index, override in enumerate(group.get("ruleActionOverrides", ())):
            if override["name"] == "SizeRestrictions_BODY":
                yield drop((*place, "statement", "managedRuleGroupStatement", "ruleActionOverrides", index))
