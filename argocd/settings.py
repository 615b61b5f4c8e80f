"""Argo CD's own settings, as values of its chart: who may do what, where its pods run, what it watches and how it judges."""

from __future__ import annotations

from typing import Any

from argocd import health
from groundwork.fleet.site import Site
from groundwork.kube.configuration import as_yaml
from groundwork.kube.pods import Resources

__all__ = ["PAGE", "values"]

# Nothing publishes Argo CD's page: whoever may open it forwards a port of the Service to this address.
PAGE = "localhost:8443"

# Written by controllers for each pod, policy or request: no one declares them, and watching them costs more than all else.
_NOT_WATCHED = {
    "": ["Endpoints"],
    "authentication.k8s.io": ["*"],
    "authorization.k8s.io": ["*"],
    "cert-manager.io": ["CertificateRequest"],
    "certificates.k8s.io": ["CertificateSigningRequest"],
    "coordination.k8s.io": ["Lease"],
    "discovery.k8s.io": ["EndpointSlice"],
    "metrics.k8s.io": ["*"],
    "networking.k8s.aws": ["ClusterPolicyEndpoint", "PolicyEndpoint"],
    "vpcresources.k8s.aws": ["CNINode"],
}


def values(site: Site) -> dict[str, Any]:
    """Values of the argo-cd chart."""
    production = site.cluster.environment == "production"
    return {
        "global": {
            "domain": PAGE,
            **_system_nodes(site),
            "networkPolicy": {"create": True, "defaultDenyIngress": True},
        },
        "configs": {
            "cm": {
                "admin.enabled": not production,  # elsewhere people try things before their groups exist
                "exec.enabled": False,
                "oidc.config": _sign_in(site),
                "resource.customizations": health.customizations(),
                "resource.exclusions": as_yaml(
                    [{"apiGroups": [group], "kinds": kinds} for group, kinds in _NOT_WATCHED.items()]
                ),
            },
            "params": {"controller.diff.server.side": True},
            "rbac": {"policy.default": "", "policy.csv": _policy(site), "scopes": "[groups]"},
        },
        **_pods(2 if production else 1),
    }


def _system_nodes(site: Site) -> dict[str, Any]:
    """The nodes that are there before any NodePool of ours: it must not run on what it may itself take away."""
    pool = "karpenter.sh/nodepool" if site.cluster.nodes == "auto" else "eks.amazonaws.com/nodegroup"
    return {
        "nodeSelector": {pool: "system"},
        "tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"}],
        "priorityClassName": "system-cluster-critical",
    }


def _pods(doors: int) -> dict[str, Any]:
    """Page and repository server run twice in production.

    The controller cannot: shards divide clusters, and there is one. Redis only caches; lost, it is filled again within
    minutes, which is less trouble than six pods of a Redis cluster. Sign-in needs no Dex, and nothing here uses
    ApplicationSets or notifications.
    """
    budget = {"pdb": {"enabled": doors > 1, "maxUnavailable": 1}}
    return {
        "controller": {"replicas": 1, "resources": Resources(cpu="500m", memory="2Gi").manifest()},
        "repoServer": {"replicas": doors, **budget, "resources": Resources(cpu="250m", memory="1Gi").manifest()},
        "server": {"replicas": doors, **budget, "resources": Resources(cpu="100m", memory="256Mi").manifest()},
        "redis": {"resources": Resources(cpu="100m", memory="256Mi").manifest()},
        "applicationSet": {"replicas": 0},
        "dex": {"enabled": False},
        "notifications": {"enabled": False},
    }


def _sign_in(site: Site) -> str:
    """PKCE, because a page in a browser can keep no client secret."""
    identity = site.organisation.identity
    return as_yaml(
        {
            "name": site.organisation.name,
            "issuer": identity.issuer,
            "clientID": identity.client_id,
            "enablePKCEAuthentication": True,
            "requestedScopes": ["openid", "profile", "email", "groups"],
        }
    )


def _policy(site: Site) -> str:
    """Administrators only. What operators, viewers and tenants may do stands in the projects; the rest is refused."""
    return f"g, {site.organisation.groups.admins}, role:admin\n"
