"""The AWS account: whether it is the right one, what it allows, and what stands in it. Needs leave to read, and only that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from groundwork.catalog.ec2_quotas import Quota, of_node_pools
from groundwork.catalog.secrets import remote_key
from groundwork.fleet.site import Site
from groundwork.live.answers import Answer, State
from groundwork.live.programs import Run, run
from groundwork.proofs.quota.ec2 import of_cluster_config
from groundwork.review.secrets import wanted_secrets
from groundwork.tree.reader import Tree

__all__ = ["account", "needs"]

_ACCOUNT, _QUOTAS, _SECRETS, _BUCKETS = "The AWS account", "Quotas of EC2", "Secrets Manager", "S3 buckets"
_UNREADABLE = "aws gave no answer that can be read"


def account(site: Site, tree: Tree, neighbours: Sequence[str]) -> Iterator[Answer]:
    """What the account says.

    Args:
        site: the cluster.
        tree: generated/, with the clusters that share its account and region.
        neighbours: those clusters, itself included: a quota is for all of them together.
    """
    identity = _identity(site)
    yield identity
    asked = identity.state is State.TRUE
    not_asked = "not asked, because the account was not reached" if identity.state is State.OPEN else "not asked"
    yield _hosted_zone(site) if asked else _unasked(_ACCOUNT, _zone_claim(site), not_asked)
    yield from _quotas(site, {name: needs(tree, name) for name in neighbours}, None if asked else not_asked)
    yield from _secrets(site, tree, None if asked else not_asked)
    yield from _buckets(site, tree, None if asked else not_asked)


def needs(tree: Tree, cluster: str) -> Counter[Quota]:
    """What a cluster may come to use of each quota: its NodePools at their limits, eksctl's node groups and NAT gateways."""
    sums = of_node_pools(one.body for one in tree.of_kind(cluster, "NodePool", group="karpenter.sh"))
    for config in tree.of_kind(cluster, "ClusterConfig", group="eksctl.io"):
        sums.update(of_cluster_config(config))
    return sums


def _aws(site: Site, *arguments: str) -> Run:
    return run("aws", *arguments, "--region", site.cluster.region, "--output", "json")


def _listed(site: Site, key: str, *arguments: str) -> tuple[list[dict[str, Any]], str]:
    """The list that AWS answers under a key, and why there is none."""
    done = _aws(site, *arguments)
    body = done.json()
    entries = body.get(key) if isinstance(body, dict) else None
    if not isinstance(entries, list):
        return [], done.failure or _UNREADABLE
    return [one for one in entries if isinstance(one, dict)], ""


def _identity(site: Site) -> Answer:
    wanted = site.cluster.account
    claim = f"the credentials are of the account {wanted}"
    done = _aws(site, "sts", "get-caller-identity")
    body = done.json()
    if not isinstance(body, dict) or "Account" not in body:
        fix = "sign in (`aws sso login`, or AWS_PROFILE), then ask again"
        return _unasked(_ACCOUNT, claim, done.failure or _UNREADABLE, fix)
    if body["Account"] != wanted:
        found = f"they are of {body['Account']}, as {body.get('Arn')}"
        return Answer(topic=_ACCOUNT, claim=claim, state=State.FALSE, found=found, fix="choose another AWS_PROFILE")
    return Answer(topic=_ACCOUNT, claim=claim, state=State.TRUE, found=str(body.get("Arn", "")))


def _zone_claim(site: Site) -> str:
    return f"the account has the public hosted zone {site.organisation.domain}"


def _hosted_zone(site: Site) -> Answer:
    domain = site.organisation.domain
    zones, failure = _listed(site, "HostedZones", "route53", "list-hosted-zones-by-name", "--dns-name", domain)
    if failure:
        return _unasked(_ACCOUNT, _zone_claim(site), failure)
    public = [one for one in zones if not (one.get("Config") or {}).get("PrivateZone")]
    there = f"{domain}." in {one.get("Name") for one in public}
    fix = (
        f"aws route53 create-hosted-zone --name {domain} --caller-reference groundwork, then delegate the domain to it"
    )
    return _held(_ACCOUNT, _zone_claim(site), there, "there is none", fix)


def _quotas(site: Site, wanted: Mapping[str, Counter[Quota]], not_asked: str | None) -> Iterator[Answer]:
    region = site.cluster.region
    reported: dict[str, float] = {}
    if not_asked is None:
        quotas, failure = _listed(site, "Quotas", "service-quotas", "list-service-quotas", "--service-code", "ec2")
        not_asked = failure or None
        reported = {one["QuotaCode"]: one["Value"] for one in quotas if "Value" in one}
    for quota in sorted(wanted[site.name]):
        shares = {name: need[quota] for name, need in wanted.items() if need[quota]}
        need = sum(shares.values())
        others = " + ".join(f"{name} {share}" for name, share in shares.items()) if len(shares) > 1 else ""
        claim = f"{quota.name} ({quota.code}) allow {need:,}" + (f" ({others})" if others else "")
        has = reported.get(quota.code)
        if not_asked is not None or has is None:
            yield _unasked(_QUOTAS, claim, not_asked or f"AWS reports no such quota in {region}")
        else:
            fix = (
                f"aws service-quotas request-service-quota-increase --region {region} --service-code ec2 "
                f"--quota-code {quota.code} --desired-value {need}"
            )
            yield _held(_QUOTAS, claim, has >= need, f"allowed are {has:,.0f}", fix, found=f"allowed are {has:,.0f}")


def _secrets(site: Site, tree: Tree, not_asked: str | None) -> Iterator[Answer]:
    prefix = remote_key(site.organisation.name, site.name, "")
    there: set[str] = set()
    if not_asked is None:
        listed, failure = _listed(
            site, "SecretList", "secretsmanager", "list-secrets", "--filters", f"Key=name,Values={prefix}"
        )
        not_asked = failure or None
        there = {str(one.get("Name")) for one in listed}
    fix = f"`groundwork secrets {site.name}` prints the command that makes it"
    for name in wanted_secrets(site, tree):
        claim = f"the secret {prefix}{name} exists"
        if not_asked is None:
            yield _held(_SECRETS, claim, prefix + name in there, "it does not", fix)
        else:
            yield _unasked(_SECRETS, claim, not_asked)


def _buckets(site: Site, tree: Tree, not_asked: str | None) -> Iterator[Answer]:
    """The tree makes them. Their names are shared by all accounts of AWS, so somebody else may have one."""
    for bucket in tree.of_kind(site.name, "Bucket", group="s3.services.k8s.aws"):
        name = bucket.spec.get("name", bucket.name)
        claim = f"the name {name} is free, or this account's"
        if not_asked is not None:
            yield _unasked(_BUCKETS, claim, not_asked)
            continue
        failure = _aws(site, "s3api", "head-bucket", "--bucket", name).failure
        if failure and not any(code in failure for code in ("404", "403")):
            yield _unasked(_BUCKETS, claim, failure)
            continue
        fix = "change the organisation's or the cluster's name: a bucket's name follows from both"
        taken = "somebody else has it, or these credentials may not look"
        found = "to be made" if failure else "exists"
        yield _held(_BUCKETS, claim, "403" not in failure, taken, fix, found=found)


def _held(topic: str, claim: str, holds: bool, problem: str, fix: str, *, found: str = "") -> Answer:  # noqa: FBT001
    if holds:
        return Answer(topic=topic, claim=claim, state=State.TRUE, found=found)
    return Answer(topic=topic, claim=claim, state=State.FALSE, found=problem, fix=fix)


def _unasked(topic: str, claim: str, why: str, fix: str = "") -> Answer:
    return Answer(topic=topic, claim=claim, state=State.OPEN, found=why, fix=fix)
