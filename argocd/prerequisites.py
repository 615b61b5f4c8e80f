"""What has to be there before bootstrap begins: tools, names, and leave to buy machines."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from argocd.settings import PAGE
from groundwork.fleet.site import Site
from groundwork.kube.rendering import Rendering

__all__ = ["EKSCTL", "HELM", "prerequisites"]

# The ClusterConfig is held against the JSON Schema of this version of eksctl.
EKSCTL = "0.230.0"
HELM = "3.22.0"

# vCPU quotas of EC2 by the letters that families begin with; everything without an accelerator counts as standard.
_STANDARD = ("Standard (A, C, D, H, I, M, R, T, Z)", "L-1216C47A")
_QUOTAS = {
    "g": ("G and VT", "L-DB2E81BA"),
    "gr": ("G and VT", "L-DB2E81BA"),
    "inf": ("Inf", "L-1945791B"),
    "p": ("P", "L-417A185B"),
    "trn": ("Trn", "L-2C3B7624"),
}


def prerequisites(site: Site, renderings: Sequence[Rendering]) -> str:
    """A list to tick off, for this cluster."""
    cluster, organisation = site.cluster, site.organisation
    lines = [
        f"- Credentials of an administrator of the account {cluster.account}; `aws sts get-caller-identity` shows whose you have.",
        f"- eksctl {EKSCTL}, kubectl {cluster.kubernetes}, helm {HELM}, or newer ones of the same major version; AWS CLI 2.22 "
        "or newer, docker with buildx, openssl, and `hf` (the Python package huggingface_hub). `make synth` makes `.venv/bin`, where "
        "`groundwork` is: put it on the PATH.",
        f"- A public hosted zone `{organisation.domain}` in Route 53 of this account, with the domain delegated to it.",
        f"- At the identity provider, `{organisation.identity.client_id}` is a public client with PKCE, its tokens carry "
        f"`email` and `groups`, and `https://{PAGE}/pkce/verify` is one of its redirects.",
        f"- `{organisation.identity.pages_client_id}` is a client with a secret, assigned to those who may see the pages, with the "
        f"redirects {', '.join(f'`{url}`' for url in _redirects(site, renderings))}.",
        "- Quotas for the machines that may be bought here. A new account has none for accelerators:",
        "",
        "  | Running On-Demand ... instances | code | vCPU at the limits of all NodePools |",
        "  |---|---|---|",
        *(f"  | {name} | {code} | {cpu} |" for (name, code), cpu in sorted(_vcpus(renderings).items())),
        "",
        f"  `aws service-quotas get-service-quota --region {cluster.region} --service-code ec2 --quota-code <code>`",
    ]
    if cluster.environment == "production":
        lines.append(
            "- A weekday between 07:00 and 17:00 UTC. At other times each Application waits for somebody to sync it."
        )
    return "\n".join(lines)


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


def _vcpus(renderings: Sequence[Rendering]) -> Counter[tuple[str, str]]:
    """What the limits of all NodePools add up to, by quota."""
    sums: Counter[tuple[str, str]] = Counter()
    for pool in (made.body for one in renderings for made in one.objects if made.body["kind"] == "NodePool"):
        requirements = pool["spec"]["template"]["spec"]["requirements"]
        families = [
            family for one in requirements if one["key"].endswith("/instance-family") for family in one["values"]
        ]
        letters = "".join(itertools.takewhile(str.isalpha, families[0])) if families else ""
        sums[_QUOTAS.get(letters, _STANDARD)] += int(pool["spec"]["limits"]["cpu"])
    return sums
