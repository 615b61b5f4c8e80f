"""The edge: Ingresses, the class of the load balancer, and who signs people in."""

from __future__ import annotations

from collections.abc import Iterator

from groundwork.proofs.fields import entries, mapping, text
from groundwork.tree.manifest import Manifest
from tests.mutants.edit import Edit, change, delete, drop, operator

_ALB = "alb.ingress.kubernetes.io"


@operator("references", "Ingress")
def ingress_to_another_service(one: Manifest) -> Iterator[Edit]:
    for place, rule in entries(one.body, "spec", "rules"):
        for at, path in entries(rule, "http", "paths"):
            pointer = (*place, *at, "backend", "service")
            yield change((*pointer, "name"), f"{text(path, 'backend', 'service', 'name')}-x")
            yield change((*pointer, "port"), {"number": 65000})


@operator("references", "Ingress")
def ingress_of_another_class(one: Manifest) -> Iterator[Edit]:
    del one
    yield change(("spec", "ingressClassName"), "nginx")


@operator("references", "Ingress")
def ingress_annotation_renamed(one: Manifest) -> Iterator[Edit]:
    for key in mapping(one.body, "metadata", "annotations"):
        if str(key).startswith((f"{_ALB}/actions.", f"{_ALB}/conditions.")):
            yield drop(("metadata", "annotations", str(key)))


@operator("policies", "Ingress")
def ingress_that_asks_nobody(one: Manifest) -> Iterator[Edit]:
    for key in ("auth-type", "jwt-validation"):
        if f"{_ALB}/{key}" in mapping(one.body, "metadata", "annotations"):
            yield drop(("metadata", "annotations", f"{_ALB}/{key}"))


@operator("policies", "Ingress")
def ingress_without_redirect(one: Manifest) -> Iterator[Edit]:
    if f"{_ALB}/ssl-redirect" in mapping(one.body, "metadata", "annotations"):
        yield drop(("metadata", "annotations", f"{_ALB}/ssl-redirect"))


@operator("policies", "IngressClassParams")
def class_for_everybody(one: Manifest) -> Iterator[Edit]:
    if mapping(one.body, "spec", "namespaceSelector"):
        yield drop(("spec", "namespaceSelector"))


@operator("policies", "IngressClassParams")
def class_with_old_ciphers(one: Manifest) -> Iterator[Edit]:
    if text(one.body, "spec", "sslPolicy"):
        yield change(("spec", "sslPolicy"), "ELBSecurityPolicy-2016-08")


@operator("policies", "IngressClassParams")
def load_balancer_cuts_streams(one: Manifest) -> Iterator[Edit]:
    for place, attribute in entries(one.body, "spec", "loadBalancerAttributes"):
        if text(attribute, "key") == "idle_timeout.timeout_seconds":
            yield change((*place, "value"), "60")


@operator("references", "IngressClassParams")
def logs_into_no_bucket(one: Manifest) -> Iterator[Edit]:
    for place, attribute in entries(one.body, "spec", "loadBalancerAttributes"):
        if text(attribute, "key") == "access_logs.s3.bucket":
            yield change((*place, "value"), f"{text(attribute, 'value')}-x")


@operator("references", "GatewayExtension")
def client_secret_elsewhere(one: Manifest) -> Iterator[Edit]:
    pointer = ("spec", "oauth2", "credentials", "clientSecretRef", "name")
    if text(one.body, *pointer):
        yield change(pointer, "other")


@operator("references", "RoleBinding")
def controller_without_its_secret(one: Manifest) -> Iterator[Edit]:
    if any(text(subject, "name") == "eks:managed" for _, subject in entries(one.body, "subjects")):
        yield delete()


@operator("policies", "GatewayExtension")
def guardrail_fails_open(one: Manifest) -> Iterator[Edit]:
    if mapping(one.body, "spec", "extProc"):
        yield change(("spec", "extProc", "failOpen"), new=True)
        yield drop(("spec", "extProc", "failOpen"))


@operator("references", "GatewayExtension")
def guardrail_elsewhere(one: Manifest) -> Iterator[Edit]:
    pointer = ("spec", "extProc", "grpcService", "backendRef")
    if mapping(one.body, *pointer):
        yield change((*pointer, "port"), 9001)
        yield change((*pointer, "name"), "guardrails")
