"""Argo CD's settings: when a custom resource counts as healthy, who may sign in, where its pods run.

Argo CD waits for a wave only if it can tell that the wave is healthy. It knows nothing of the kinds below, and since 1.8 not
even of its own Applications, so the checks are part of the installation.
"""

from __future__ import annotations

from typing import Any

from groundwork.fleet.site import Site

__all__ = ["values"]

_APPLICATION = """\
hs = {status = "Progressing", message = "waiting for the sync"}
if obj.status ~= nil and obj.status.health ~= nil and obj.status.health.status ~= nil then
  hs.status = obj.status.health.status
  hs.message = obj.status.health.message
end
return hs
"""


def values(site: Site) -> dict[str, Any]:
    """Values of the argo-cd chart."""
    production = site.cluster.environment == "production"
    checks = {
        "argoproj.io_Application": _APPLICATION,
        "*.services.k8s.aws_*": _by_condition("ACK.ResourceSynced", failed="ACK.Terminal"),
        "gateway.kgateway.dev_*": _by_condition("Accepted"),
        "kagent.dev_*": _by_condition("Accepted"),
    }
    # Nodes that are there before any NodePool of ours.
    system = {"tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"}]}
    return {
        "global": {"domain": f"argocd.{site.domain}", **system},
        "configs": {
            "cm": {
                "admin.enabled": not production,
                "exec.enabled": False,
                "resource.customizations.useOpenLibs.argoproj.io_Application": True,
                **{f"resource.customizations.health.{kind}": check for kind, check in checks.items()},
                "oidc.config": _sign_in(site),
            },
            "params": {"controller.diff.server.side": True, "server.insecure": False},
            "rbac": {"policy.default": "", "policy.csv": _roles(site), "scopes": "[groups]"},
        },
        "dex": {"enabled": False},
        "notifications": {"enabled": False},
        "redis-ha": {"enabled": production},
        "controller": {"replicas": 1},
        "repoServer": {"replicas": 2 if production else 1},
        "server": {"replicas": 2 if production else 1},
    }


def _by_condition(healthy: str, failed: str | None = None) -> str:
    """Healthy when the condition is True; degraded when it is False, or when the other one is True."""
    lines = [
        'hs = {status = "Progressing", message = "no conditions yet"}',
        "if obj.status == nil or obj.status.conditions == nil then return hs end",
        "for _, condition in ipairs(obj.status.conditions) do",
    ]
    if failed:
        lines += [
            f'  if condition.type == "{failed}" and condition.status == "True" then',
            '    return {status = "Degraded", message = condition.message}',
            "  end",
        ]
    lines += [
        f'  if condition.type == "{healthy}" then',
        '    if condition.status == "True" then hs.status = "Healthy" else hs.status = "Progressing" end',
        "    hs.message = condition.message",
        "  end",
        "end",
        "return hs",
    ]
    return "\n".join(lines) + "\n"


def _sign_in(site: Site) -> str:
    identity = site.organisation.identity
    return f"name: SSO\nissuer: {identity.issuer}\nclientID: {identity.client_id}\nrequestedScopes: [openid, profile, email, groups]\n"


def _roles(site: Site) -> str:
    groups = site.organisation.groups
    return f"g, {groups.admins}, role:admin\ng, {groups.operators}, role:readonly\ng, {groups.viewers}, role:readonly\n"
