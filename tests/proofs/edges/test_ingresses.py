"""Ingresses: what the load balancer's annotations name is there, and may be read."""

from __future__ import annotations

from typing import Any

import pytest

CLASS = """
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: edge}
spec: {controller: eks.amazonaws.com/alb, parameters: {apiGroup: eks.amazonaws.com, kind: IngressClassParams, name: edge}}
"""
PARAMETERS = """
apiVersion: eks.amazonaws.com/v1
kind: IngressClassParams
metadata: {name: edge}
spec:
  namespaceSelector: {matchLabels: {app.kubernetes.io/part-of: groundwork}}
  loadBalancerAttributes: [{key: access_logs.s3.bucket, value: logs}]
"""
REST = """
apiVersion: v1
kind: Namespace
metadata: {name: web, labels: {app.kubernetes.io/part-of: groundwork}}
---
apiVersion: s3.services.k8s.aws/v1alpha1
kind: Bucket
metadata: {name: logs, namespace: web}
spec: {name: logs}
---
apiVersion: v1
kind: Service
metadata: {name: page, namespace: web}
spec: {ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: page-canary, namespace: web}
spec: {ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Secret
metadata: {name: oidc, namespace: web}
stringData: {clientID: x, clientSecret: x}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: oidc, namespace: web}
rules: [{apiGroups: [""], resources: [secrets], resourceNames: [oidc], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: oidc, namespace: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: oidc}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: "eks:managed"}]
"""
INGRESS = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: page
  namespace: web
  annotations:
    alb.ingress.kubernetes.io/auth-idp-oidc: '{"issuer": "https://login", "secretName": "oidc"}'
    alb.ingress.kubernetes.io/actions.page: >-
      {"type": "forward", "forwardConfig": {"targetGroups": [{"serviceName": "page", "servicePort": 80},
      {"serviceName": "page-canary", "servicePort": 80}]}}
    alb.ingress.kubernetes.io/conditions.page: '[{"field": "http-header"}]'
spec:
  ingressClassName: edge
  rules:
    - host: page.example.com
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: page, port: {name: use-annotation}}}}]}
"""
TWIN = INGRESS.replace("  name: page\n", "  name: apage\n")


def stream(*parts: str) -> str:
    """One YAML stream."""
    return "---\n".join(parts)


def test_everything_that_an_ingress_names_is_followed(follow: Any) -> None:
    """Class, Services by path and by annotation, the Secret's keys, and the grant to read it."""
    found = follow(stream(INGRESS, CLASS, PARAMETERS, REST))

    assert not found.problems
    assert found.held["Ingress -> Service"] == 2
    assert found.held["Ingress -> Secret key"] == 2
    assert found.held["Ingress -> grant for the Secret"] == 1
    assert found.held["annotation -> path of an Ingress"] == 2


@pytest.mark.parametrize(
    ("old", "new", "rule", "problem"),
    [
        ("ingressClassName: edge", "ingressClassName: alb", "missing-class", "there is no IngressClass 'alb'"),
        (
            "matchLabels: {app.kubernetes.io/part-of: groundwork",
            "matchLabels: {app.kubernetes.io/part-of: other",
            "shut-class",
            "does not let Ingresses of web in",
        ),
        ('"page-canary"', '"page-cannery"', "missing-backend", "web has no Service 'page-cannery'; did you mean"),
        ('"page-canary", "servicePort": 80', '"page-canary", "servicePort": 81', "missing-backend", "has no port 81"),
        ("actions.page", "actions.pages", "missing-action", "no annotation actions.page says where the path leads"),
        ("conditions.page", "conditions.pages", "missing-action", "so conditions.pages applies to nothing"),
        ("clientSecret: x", "client-secret: x", "missing-secret", "has no key 'clientSecret'"),
        ("resourceNames: [oidc]", "resourceNames: [other]", "unreadable-secret", "no Role lets eks:managed get"),
        ('name: "eks:managed"', "name: admins", "unreadable-secret", "no Role lets eks:managed get"),
        ("port: {name: use-annotation}", "port: {number: 8080}", "missing-backend", "has no port 8080, only 80"),
    ],
)
def test_an_ingress_into_nothing_is_found(follow: Any, old: str, new: str, rule: str, problem: str) -> None:
    """The controller stops at the first of them, for every Ingress of the group."""
    text = stream(INGRESS, CLASS, PARAMETERS, REST)
    assert old in text

    assert any(problem in one for one in follow(text.replace(old, new)).problems[rule])


def test_two_ingresses_do_not_share_a_path(follow: Any) -> None:
    """Which of them wins would be decided by their names; a condition makes it another path."""
    text = stream(INGRESS, TWIN, CLASS, PARAMETERS, REST)

    (problem,) = follow(text).problems["contested-route"]
    assert problem.endswith("leads to web/apage as well")
    apart = stream(INGRESS.replace("http-header", "query-string"), TWIN, CLASS, PARAMETERS, REST)
    assert not follow(apart).problems["contested-route"]


def test_a_class_has_its_parameters(follow: Any) -> None:
    """Without them the load balancer is an internal one without TLS."""
    assert follow(stream(CLASS, PARAMETERS)).held["IngressClass -> parameters"] == 1
    assert follow(CLASS).problems["missing-extension"] == ["there is no IngressClassParams 'edge'"]


def test_access_logs_have_a_bucket_and_the_class_has_users(follow: Any) -> None:
    """AWS refuses to log to a bucket that is not there."""
    found = follow(stream(PARAMETERS, REST))

    assert found.held["load balancer -> Bucket"] == found.held["IngressClassParams -> namespaces"] == 1
    missing = follow(stream(PARAMETERS.replace("value: logs", "value: log").replace("groundwork", "gw"), REST)).problems
    assert missing["missing-bucket"] == ["the tree makes no bucket 'log'; did you mean `logs`?"]
    assert missing["shut-class"] == ["the class lets no namespace in"]
