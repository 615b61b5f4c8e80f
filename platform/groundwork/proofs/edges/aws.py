"""AWS, as ACK's resources say it: who takes on which role, which resource belongs to which, and whose account it all is in."""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Iterator
from typing import Any

from groundwork.catalog.placeholders import PREFIX
from groundwork.findings import Rule
from groundwork.proofs.apiserver.faults import did_you_mean
from groundwork.proofs.edges.access import account
from groundwork.proofs.edges.edge import Edge, edges_of, held, missing
from groundwork.proofs.fields import Pointer, entries, mapping, strings, text, value_at
from groundwork.proofs.world import World
from groundwork.tree.manifest import Manifest

RULES = (
    NO_RESOURCE := Rule(
        id="references/missing-aws-resource",
        title="An AWS resource that is referred to is in the tree",
        why="The ACK controller waits for it for ever, with the condition ACK.ReferencesResolved false.",
        fix="Correct the name or the namespace of the reference.",
        explanation="ACK resources refer to each other by `from: {name, namespace}`; a reference into nothing is retried silently.",
    ),
    OTHER_CLUSTER := Rule(
        id="references/other-cluster",
        title="AWS resources belong to this cluster, its account and its region",
        why="Pods would get no credentials, or work on the resources of another cluster.",
        fix="Render it from the site: account, region and names follow from the cluster's declaration.",
        explanation="""\
A Pod Identity association names its cluster, an ARN its account and region. Copied from another cluster they stay valid YAML
and valid ARNs, and lead elsewhere: to nothing, or worse, to another environment's data.""",
    ),
    NO_BUCKET := Rule(
        id="references/missing-bucket",
        title="A bucket that is used is one that the tree makes",
        why="The first read or write fails with NoSuchBucket, or reaches a bucket of somebody else's.",
        fix="Take the name from `aws.bucket_name`, and make the bucket in the component that owns it.",
        explanation="Names of buckets are global: a misspelt one may exist, and belong to anybody.",
    ),
    TWO_ASSOCIATIONS := Rule(
        id="references/two-associations",
        title="A ServiceAccount has one Pod Identity association",
        why="EKS refuses the second association of a ServiceAccount, so one of the two roles is never given.",
        fix="Put the permissions into one role.",
        explanation="An association is known to EKS by cluster, namespace and ServiceAccount.",
    ),
    UNUSED_ROLE := Rule(
        id="references/unused-role",
        title="An IAM role of the tree is taken on by somebody",
        why="A role that nobody uses is a right without a reason.",
        fix="Associate it with a ServiceAccount, or remove it.",
        explanation="Roles are made for pods, one each; a PodIdentityAssociation ties the two together.",
    ),
)

_ACK = ".services.k8s.aws"
# Fields that are named after what the referred-to resource is for, not after its kind.
_NAMED_OTHERWISE = {"credential": "Secret"}
_ARN = re.compile(r"arn:aws[a-z-]*:([a-z0-9-]*):([a-z0-9-]*):(\d{12})?:[^\s\"']*")
_WEB_ACL = "alb.ingress.kubernetes.io/wafv2-acl-name"
_KEY_ALIAS = re.compile(r":(alias/[^\s\"']+)$")
_S3 = re.compile(r"(?:s3://|arn:aws[a-z-]*:s3:::)([a-z0-9][a-z0-9.*-]{2,62})")


@edges_of("PodIdentityAssociation", "eks.services.k8s.aws")
def association(one: Manifest, world: World) -> Iterator[Edge]:
    """Which ServiceAccount of which cluster."""
    where, name = text(one.body, "spec", "namespace"), text(one.body, "spec", "serviceAccount")
    yield account("PodIdentityAssociation -> ServiceAccount", ("spec", "serviceAccount"), world, where, name)
    twins = [
        other
        for other in world.objects("PodIdentityAssociation", "eks.services.k8s.aws")
        if (text(other.body, "spec", "namespace"), text(other.body, "spec", "serviceAccount")) == (where, name)
    ]
    if twins[0] is not one:
        problem = f"{where}/{name} has an association already, '{twins[0].name}'"
        yield missing("PodIdentityAssociation -> ServiceAccount", ("spec", "serviceAccount"), TWO_ASSOCIATIONS, problem)
    cluster = text(one.body, "spec", "clusterName")
    if cluster == _cluster(world)[0]:
        yield held("PodIdentityAssociation -> cluster", ("spec", "clusterName"))
    else:
        problem = f"the association is for the cluster '{cluster}', not for '{_cluster(world)[0]}'"
        yield missing("PodIdentityAssociation -> cluster", ("spec", "clusterName"), OTHER_CLUSTER, problem)


@edges_of("ClusterConfig", "eksctl.io")
def bootstrap_association(one: Manifest, world: World) -> Iterator[Edge]:
    """The controllers that need AWS before ACK can give anybody anything."""
    for place, each in entries(one.body, "iam", "podIdentityAssociations"):
        where, name = text(each, "namespace"), text(each, "serviceAccountName")
        pointer = (*place, "serviceAccountName")
        yield account("PodIdentityAssociation -> ServiceAccount", pointer, world, where, name)


@edges_of("Role", "iam.services.k8s.aws")
def role(one: Manifest, world: World) -> Iterator[Edge]:
    """Who takes it on."""
    users = [
        other
        for other in world.objects("PodIdentityAssociation", "eks.services.k8s.aws")
        if text(other.body, "spec", "roleRef", "from", "name") == one.name
        and (text(other.body, "spec", "roleRef", "from", "namespace") or other.namespace) == one.namespace
    ]
    if users:
        yield held("IAM Role <- association", ("metadata", "name"))
    else:
        yield missing("IAM Role <- association", ("metadata", "name"), UNUSED_ROLE, "no association takes on this role")


@edges_of("*")
def ack_references(one: Manifest, world: World) -> Iterator[Edge]:
    """`<something>Ref: {from: {name, namespace}}`: an ACK resource of the kind that the field is named after."""
    if one.group.endswith(_ACK):
        for pointer, reference in _references(one.body, ()):
            yield _ack_edge(one, world, pointer, reference)


def _references(value: Any, pointer: Pointer) -> Iterator[tuple[Pointer, dict[str, Any]]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if str(key).endswith(("Ref", "Refs")) and mapping(inner, "from"):
                yield (*pointer, str(key), "from"), mapping(inner, "from")
            else:
                yield from _references(inner, (*pointer, str(key)))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            if mapping(inner, "from") and pointer and str(pointer[-1]).endswith("Refs"):
                yield (*pointer, index, "from"), mapping(inner, "from")
            else:
                yield from _references(inner, (*pointer, index))


def _ack_edge(one: Manifest, world: World, pointer: Pointer, reference: dict[str, Any]) -> Edge:
    name, namespace = text(reference, "name"), text(reference, "namespace") or one.namespace
    wanted = next(str(step) for step in reversed(pointer) if str(step).endswith(("Ref", "Refs")))
    field = wanted.removesuffix("s").removesuffix("Ref")
    kind = _NAMED_OTHERWISE.get(field, field)
    named = [
        other for other in world.manifests if other.group.endswith(_ACK) and kind.lower().endswith(other.kind.lower())
    ]
    if any((other.namespace, other.name) == (namespace, name) for other in named):
        return held("ACK resource -> ACK resource", (*pointer, "name"))
    near = did_you_mean(name, (other.name for other in named))
    problem = f"there is no {kind} '{name}' of ACK in {namespace}{near}"
    return missing("ACK resource -> ACK resource", (*pointer, "name"), NO_RESOURCE, problem)


@edges_of("Bucket", "s3.services.k8s.aws")
def bucket_key(one: Manifest, world: World) -> Iterator[Edge]:
    """The key of a bucket's objects, by its alias: S3 takes one that does not exist, and then refuses every object."""
    for place, rule in entries(one.body, "spec", "encryption", "rules"):
        default = "applyServerSideEncryptionByDefault"
        key = text(rule, default, "kmsMasterKeyID")
        yield from _alias("Bucket -> Alias", (*place, default, "kmsMasterKeyID"), key, world)


@edges_of("StorageClass", "storage.k8s.io")
def disk_key(one: Manifest, world: World) -> Iterator[Edge]:
    """The key of a class's disks, by its alias: EC2 takes one that does not exist, and the disk never comes."""
    yield from _alias(
        "StorageClass -> Alias", ("parameters", "kmsKeyId"), text(one.body, "parameters", "kmsKeyId"), world
    )


def _alias(kind: str, pointer: Pointer, key: str, world: World) -> Iterator[Edge]:
    if match := _KEY_ALIAS.search(key):
        made = {text(other.body, "spec", "name") for other in world.objects("Alias", "kms.services.k8s.aws")}
        if match[1] in made:
            yield held(kind, pointer)
        else:
            problem = f"the tree makes no alias '{match[1]}' of a key{did_you_mean(match[1], made)}"
            yield missing(kind, pointer, NO_RESOURCE, problem)


@edges_of("Ingress", "networking.k8s.io")
def web_acl(one: Manifest, world: World) -> Iterator[Edge]:
    """The web ACL by its name: the controller makes no load balancer while it finds none."""
    name = one.annotations.get(_WEB_ACL)
    if name is None:
        return
    made = {text(other.body, "spec", "name") for other in world.objects("WebACL", "wafv2.services.k8s.aws")}
    pointer = ("metadata", "annotations", _WEB_ACL)
    if name in made:
        yield held("Ingress -> WebACL", pointer)
    else:
        problem = f"the tree makes no web ACL '{name}'{did_you_mean(name, made)}"
        yield missing("Ingress -> WebACL", pointer, NO_RESOURCE, problem)


@edges_of("*")
def arns_and_buckets(one: Manifest, world: World) -> Iterator[Edge]:
    """Every ARN and every s3:// address, wherever it stands; JSON in a string is read too."""
    for pointer, found in strings(one.body):
        if "arn:aws" in found or "s3://" in found:
            yield from _arns(pointer, found, world)
            yield from _buckets(pointer, found, world)


def _arns(pointer: Pointer, found: str, world: World) -> Iterator[Edge]:
    name, region, number = _cluster(world)
    for match in _ARN.finditer(found):
        service, where, owner = match.groups()
        if PREFIX in match[0] or not (where or owner):
            continue
        if number and owner and owner != number:
            problem = f"{match[0]} is in the account {owner}; {name} is in {number}"
            yield missing("ARN -> account and region", pointer, OTHER_CLUSTER, problem)
        elif region and where and where != region and service not in ("iam", "cloudfront"):
            problem = f"{match[0]} is in {where}; {name} is in {region}"
            yield missing("ARN -> account and region", pointer, OTHER_CLUSTER, problem)
        else:
            yield held("ARN -> account and region", pointer)


def _buckets(pointer: Pointer, found: str, world: World) -> Iterator[Edge]:
    made = {text(one.body, "spec", "name") for one in world.objects("Bucket", "s3.services.k8s.aws")}
    for name in _S3.findall(found):
        if fnmatch.filter(made, name):
            yield held("-> Bucket", pointer)
        else:
            yield missing(
                "-> Bucket", pointer, NO_BUCKET, f"the tree makes no bucket '{name}'{did_you_mean(name, made)}"
            )


def _cluster(world: World) -> tuple[str, str, str]:
    """Name, region and account, as bootstrap/ says; empty where it does not."""
    if "aws" not in world.notes:
        world.notes["aws"] = (world.cluster, "", "")
        for config in world.objects("ClusterConfig", "eksctl.io"):
            accounts = re.findall(r":(\d{12}):", json.dumps(value_at(config.body, "accessConfig") or ""))
            owner = max(set(accounts), key=accounts.count) if accounts else ""
            world.notes["aws"] = (text(config.body, "metadata", "name"), text(config.body, "metadata", "region"), owner)
    found: tuple[str, str, str] = world.notes["aws"]
    return found
