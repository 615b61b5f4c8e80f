"""A host at an Application Load Balancer of EKS Auto Mode: an Ingress per rule, all on the one load balancer of their class.

Source of what the annotations do and which of them Auto Mode takes (OIDC with a grant, tokens since 2026-08-12, a web ACL by its
name): EKS user guide, "Create an IngressClass", read 2026-11-21; AWS Load Balancer Controller 3.4, annotations.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from groundwork.fleet.site import Site
from groundwork.kube import aws
from groundwork.kube.routes import GATEWAY, Rule, name_of, named, own_checks

__all__ = ["SIGN_IN", "client_texts", "ingresses"]

# The contract's secret of the client that people sign in by.
SIGN_IN = "sign-in"

_ALB = "alb.ingress.kubernetes.io"
_RBAC = "rbac.authorization.k8s.io"
# What says that a path's backend is a weighted forward, not a Service.
_BY_ANNOTATION = {"name": "use-annotation"}
# As long as a person's working day: whoever has left cannot stay signed in longer.
_SESSION = 8 * 3600


def ingresses(site: Site, host: str, rules: Sequence[Rule], client_secret: str = "") -> list[dict[str, Any]]:
    """One Ingress per rule, in the namespace of its backends, in the order of the rules.

    Args:
        site: the cluster.
        host: the host name.
        rules: tried in this order.
        client_secret: the Secret with which the load balancer signs people in, where a rule asks for that.
    """
    made = [_ingress(site, host, rule, order, client_secret) for order, rule in enumerate(rules, start=1)]
    signing_in = {one["metadata"]["namespace"] for one, rule in zip(made, rules, strict=True) if rule.asks == "sign-in"}
    return [*made, *(body for namespace in sorted(signing_in) for body in _grant(namespace, client_secret))]


def client_texts(site: Site) -> dict[str, str]:
    """The keys of the Secret of the client that people sign in by, each with its template."""
    return {"clientID": site.organisation.identity.pages_client_id, "clientSecret": '{{ index . "client-secret" }}'}


def _grant(namespace: str, secret: str) -> list[dict[str, Any]]:
    """Lets Auto Mode's own controllers, and nobody else, read one Secret: without it they cannot set sign-in up."""
    rule = {"apiGroups": [""], "resources": ["secrets"], "resourceNames": [secret], "verbs": ["get"]}
    managed = {"apiGroup": _RBAC, "kind": "Group", "name": "eks:managed"}
    role = {"apiGroup": _RBAC, "kind": "Role", "name": secret}
    return [
        named(f"{_RBAC}/v1", "Role", secret, namespace, rules=[rule]),
        named(f"{_RBAC}/v1", "RoleBinding", secret, namespace, roleRef=role, subjects=[managed]),
    ]


def _ingress(site: Site, host: str, rule: Rule, order: int, client_secret: str) -> dict[str, Any]:
    name, (first, *others) = name_of(host, rule), rule.endpoints
    port: dict[str, Any] = _BY_ANNOTATION if others else {"number": first.port}
    service = name if others else first.service
    path = {"path": rule.path, "pathType": "Prefix", "backend": {"service": {"name": service, "port": port}}}
    notes = {
        **own_checks([rule]),
        **_load_balancer(site),
        f"{_ALB}/group.order": str(order),
        f"{_ALB}/healthcheck-path": first.ready,
        # A pod that leaves has as long to end its answers as its own patience lasts; new requests go where fewest are open.
        f"{_ALB}/target-group-attributes": "deregistration_delay.timeout_seconds=600,"
        "load_balancing.algorithm.type=least_outstanding_requests",
        **_forward(name, rule),
        **_conditions(service, rule),
        **_asking(site, rule, client_secret),
    }
    return named(
        "networking.k8s.io/v1",
        "Ingress",
        name,
        first.namespace,
        annotations=notes,
        spec={"ingressClassName": GATEWAY, "rules": [{"host": host, "http": {"paths": [path]}}]},
    )


def _load_balancer(site: Site) -> dict[str, str]:
    """What is the load balancer's and cannot be said by its class: the same on every Ingress, or none is taken."""
    return {
        f"{_ALB}/listen-ports": '[{"HTTP": 80}, {"HTTPS": 443}]',
        f"{_ALB}/load-balancer-name": aws.load_balancer_name(site),
        f"{_ALB}/ssl-redirect": "443",
        f"{_ALB}/target-type": "ip",
        f"{_ALB}/wafv2-acl-name": aws.web_acl_name(site),
    }


def _forward(name: str, rule: Rule) -> dict[str, str]:
    if len(rule.backends) == 1:
        return {}
    groups = [
        {"serviceName": endpoint.service, "servicePort": endpoint.port, "weight": weight}
        for endpoint, weight in rule.backends
    ]
    return {f"{_ALB}/actions.{name}": json.dumps({"type": "forward", "forwardConfig": {"targetGroups": groups}})}


def _conditions(service: str, rule: Rule) -> dict[str, str]:
    if not rule.headers:
        return {}
    conditions = [
        {"field": "http-header", "httpHeaderConfig": {"httpHeaderName": name, "values": [value]}}
        for name, value in rule.headers
    ]
    return {f"{_ALB}/conditions.{service}": json.dumps(conditions)}


def _asking(site: Site, rule: Rule, client_secret: str) -> dict[str, str]:
    identity = site.organisation.identity
    if rule.asks == "token":
        audience = {"name": "aud", "format": "single-string", "values": [identity.client_id]}
        checked = {
            "jwksEndpoint": identity.endpoints.keys,
            "issuer": identity.issuer,
            "additionalClaims": [audience],
        }
        return {f"{_ALB}/jwt-validation": json.dumps(checked)}
    if rule.asks == "sign-in":
        provider = {
            "issuer": identity.issuer,
            "authorizationEndpoint": identity.endpoints.authorization,
            "tokenEndpoint": identity.endpoints.token,
            "userInfoEndpoint": identity.endpoints.user_info,
            "secretName": client_secret,
        }
        return {
            f"{_ALB}/auth-idp-oidc": json.dumps(provider),
            f"{_ALB}/auth-on-unauthenticated-request": "authenticate",
            f"{_ALB}/auth-scope": "openid email profile",
            f"{_ALB}/auth-session-timeout": str(_SESSION),
            f"{_ALB}/auth-type": "oidc",
        }
    return {}
