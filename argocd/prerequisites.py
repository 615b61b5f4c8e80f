"""What has to be there before bootstrap begins: tools, names, and leave to buy machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from argocd.settings import PAGE
from groundwork.catalog.ec2_quotas import of_node_pools
from groundwork.catalog.tools import tool
from groundwork.fleet.site import Site
from groundwork.kube.rendering import Rendering

__all__ = ["prerequisites"]


def prerequisites(site: Site, renderings: Sequence[Rendering]) -> str:
    """A list to tick off, for this cluster."""
    cluster, organisation = site.cluster, site.organisation
    pools = [made.body for one in renderings for made in one.objects if made.body["kind"] == "NodePool"]
    lines = [
        f"- Credentials of an administrator of the account {cluster.account}; `aws sts get-caller-identity` shows whose you have.",
        f"- eksctl {tool('eksctl').least}, kubectl {cluster.kubernetes}, helm {tool('helm').least}, AWS CLI "
        f"{tool('aws').least}, or newer ones of the same major version; docker with buildx, and openssl. "
        "`make synth` makes `.venv/bin`, where `groundwork` is: put it on the PATH.",
        f"- A public hosted zone `{organisation.domain}` in Route 53 of this account, with the domain delegated to it.",
        f"- At the identity provider, `{organisation.identity.client_id}` is a public client with PKCE, its tokens carry "
        f"`email` and `groups`, and `https://{PAGE}/pkce/verify` is one of its redirects.",
        f"- `{organisation.identity.pages_client_id}` is a client with a secret, assigned to those who may see the pages, with the "
        f"redirects {', '.join(f'`{url}`' for url in _redirects(site, renderings))}.",
        *_limits_of_the_edge(site),
        "- Quotas for the machines that may be bought here. A new account has none for accelerators:",
        "",
        "  | quota of EC2 | code | vCPU at the limits of all NodePools |",
        "  |---|---|---|",
        *(f"  | {quota.name} | {quota.code} | {cpu} |" for quota, cpu in sorted(of_node_pools(pools).items())),
        "",
        f"  `groundwork preflight {site.name}` compares them with what AWS allows, looks for the rest of this list, and for what a "
        "repository is delivered with that has to become yours.",
    ]
    if cluster.environment == "production":
        lines.append(
            "- A weekday between 07:00 and 17:00 UTC. At other times each Application waits for somebody to sync it."
        )
    return "\n".join(lines)


def _limits_of_the_edge(site: Site) -> list[str]:
    """What a load balancer wants of tokens; read 2026-11-21 in "Verify JWTs using an Application Load Balancer"."""
    if site.cluster.gateway.edge != "alb":
        return []
    return [
        "- Tokens for agents are signed with RS256, their `aud` is one string, and the provider publishes at most 10 keys: the load "
        "balancer refuses others."
    ]


def _redirects(site: Site, renderings: Sequence[Rendering]) -> list[str]:
    """Where people come back to from signing in: a path of each page that the edge keeps for itself."""
    path = {"alb": "oauth2/idpresponse", "kgateway": "oauth2/redirect"}[site.cluster.gateway.edge]
    bodies = [made.body for one in renderings for made in one.objects]
    pages = {body["metadata"]["name"] for body in bodies if _signs_in(body)}
    return [f"https://{page}.{site.domain}/{path}" for page in sorted(pages)]


def _signs_in(body: Mapping[str, Any]) -> bool:
    if body["kind"] == "Ingress":
        return "alb.ingress.kubernetes.io/auth-idp-oidc" in body["metadata"]["annotations"]
    return body["kind"] == "TrafficPolicy" and "oauth2" in body["spec"]
