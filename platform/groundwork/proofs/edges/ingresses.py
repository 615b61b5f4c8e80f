"""Ingresses: from a class to the Service behind a path, and to what the load balancer's annotations name in JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from groundwork.findings import Rule
from groundwork.proofs.apiserver.faults import did_you_mean
from groundwork.proofs.edges.access import of_class
from groundwork.proofs.edges.aws import NO_BUCKET
from groundwork.proofs.edges.configuration import NO_SECRET, absent
from groundwork.proofs.edges.edge import Edge, edges_of, held, missing
from groundwork.proofs.edges.routes import CONTESTED, NO_BACKEND, NO_EXTENSION
from groundwork.proofs.fields import Pointer, entries, mapping, number, text, texts
from groundwork.proofs.world import World, matches
from groundwork.tree.manifest import Manifest

RULES = (
    SHUT_CLASS := Rule(
        id="references/shut-class",
        title="An Ingress may use its class",
        why="The controller ignores the Ingress: its host name answers 404, and nothing says why.",
        fix="Move the Ingress, or let the class's parameters select its namespace.",
        explanation="IngressClassParams select the namespaces that may publish something; an Ingress elsewhere is not an error to "
        "the API server.",
    ),
    NO_ACTION := Rule(
        id="references/missing-action",
        title="What an Ingress does by annotation is in an annotation",
        why="The controller cannot build the load balancer's rules, and stops at this Ingress for all of its group.",
        fix="Name the action, the condition or the transform after the backend of the path.",
        explanation="""\
A path whose port is `use-annotation` leads to alb.ingress.kubernetes.io/actions.<service name>, in JSON; conditions.<service name>
narrows the path of that name. Under another name a condition applies to nothing, and the path is open to every request.""",
    ),
    NOT_GRANTED := Rule(
        id="references/unreadable-secret",
        title="The load balancer's controller may read the Secret that it signs people in with",
        why="EKS Auto Mode's controller may read no Secrets; it stops with `secrets is forbidden`, and nothing is served.",
        fix="Bind a Role that gets this one Secret to the group eks:managed.",
        explanation="AWS runs the controller with a role of its own; the cluster's grants for it go to the group eks:managed.",
    ),
)

_ALB = "alb.ingress.kubernetes.io"
_RBAC = "rbac.authorization.k8s.io"
_MANAGED = "eks:managed"


@edges_of("Ingress", "networking.k8s.io")
def ingress(one: Manifest, world: World) -> Iterator[Edge]:
    """Its class, the backend of every path, and who signs people in."""
    name = text(one.body, "spec", "ingressClassName")
    yield of_class("IngressClass", ("spec", "ingressClassName"), world, name)
    yield from _let_in(one, world, name)
    for place, rule in entries(one.body, "spec", "rules"):
        for at, path in entries(rule, "http", "paths"):
            yield from _backend(one, world, (*place, *at, "backend", "service"), mapping(path, "backend", "service"))
    yield from _conditions(one)
    yield from _signing_in(one, world)
    yield from _contested(one, world)


def _let_in(one: Manifest, world: World, name: str) -> Iterator[Edge]:
    found = world.find("IngressClass", name, group="networking.k8s.io")
    parameters = world.find(
        "IngressClassParams", text(found.body, "spec", "parameters", "name") if found else "", group="eks.amazonaws.com"
    )
    selector = mapping(parameters.body, "spec", "namespaceSelector") if parameters else {}
    if selector and not matches(selector, world.namespaces.get(one.namespace, {})):
        problem = f"the class '{name}' does not let Ingresses of {one.namespace} in"
        yield missing("Ingress -> class lets it in", ("spec", "ingressClassName"), SHUT_CLASS, problem)


def _backend(one: Manifest, world: World, pointer: Pointer, service: dict[str, Any]) -> Iterator[Edge]:
    name = text(service, "name")
    if text(service, "port", "name") != "use-annotation":
        yield _port(one, world, (*pointer, "name"), name, number(service, "port", "number"))
        return
    at, action = _said(one, f"actions.{name}")
    groups = [group for _, group in entries(action, "forwardConfig", "targetGroups")]
    if not groups:
        problem = f"no annotation actions.{name} says where the path leads"
        yield missing("Ingress -> action", (*pointer, "name"), NO_ACTION, problem)
    for group in groups:
        yield _port(one, world, at, text(group, "serviceName"), number(group, "servicePort"))


def _port(one: Manifest, world: World, pointer: Pointer, name: str, port: int | None) -> Edge:
    """A Service of the Ingress's own namespace: there is no way into another."""
    service = world.services.get((one.namespace, name))
    if service is None:
        near = did_you_mean(name, (other for where, other in world.services if where == one.namespace))
        return missing("Ingress -> Service", pointer, NO_BACKEND, f"{one.namespace} has no Service '{name}'{near}")
    if port is not None and port not in service.ports:
        ports = ", ".join(str(each) for each in sorted(service.ports))
        problem = f"the Service {one.namespace}/{name} has no port {port}, only {ports}"
        return missing("Ingress -> Service", pointer, NO_BACKEND, problem)
    return held("Ingress -> Service", pointer, assumed=service.assumed)


def _conditions(one: Manifest) -> Iterator[Edge]:
    backends = {
        text(path, "backend", "service", "name")
        for _, rule in entries(one.body, "spec", "rules")
        for _, path in entries(rule, "http", "paths")
    }
    for key in mapping(one.body, "metadata", "annotations"):
        what, _, name = str(key).removeprefix(f"{_ALB}/").partition(".")
        if what in ("actions", "conditions", "transforms"):
            pointer: Pointer = ("metadata", "annotations", str(key))
            if name in backends:
                yield held("annotation -> path of an Ingress", pointer)
            else:
                problem = (
                    f"no path leads to '{name}', so {what}.{name} applies to nothing{did_you_mean(name, backends)}"
                )
                yield missing("annotation -> path of an Ingress", pointer, NO_ACTION, problem)


def _signing_in(one: Manifest, world: World) -> Iterator[Edge]:
    pointer, provider = _said(one, "auth-idp-oidc")
    if not provider:
        return
    name = text(provider, "secretName")
    for key in ("clientID", "clientSecret"):
        problem = absent("Secret", world.secrets, one.namespace, name, key)
        if problem:
            yield missing("Ingress -> Secret key", pointer, NO_SECRET, problem)
        else:
            yield held("Ingress -> Secret key", pointer)
    if _readable(world, one.namespace, name):
        yield held("Ingress -> grant for the Secret", pointer)
    else:
        problem = f"no Role lets {_MANAGED} get the Secret {one.namespace}/{name}"
        yield missing("Ingress -> grant for the Secret", pointer, NOT_GRANTED, problem)


def _readable(world: World, namespace: str, secret: str) -> bool:
    for binding in world.objects("RoleBinding", _RBAC):
        subjects = {text(subject, "name") for _, subject in entries(binding.body, "subjects")}
        role = world.find("Role", text(binding.body, "roleRef", "name"), namespace=namespace, group=_RBAC)
        if binding.namespace == namespace and _MANAGED in subjects and role is not None:
            for _, rule in entries(role.body, "rules"):
                if secret in {name for _, name in texts(rule, "resourceNames")}:
                    return True
    return False


def _contested(one: Manifest, world: World) -> Iterator[Edge]:
    mine = set(_matches(one))
    for other in world.objects("Ingress", "networking.k8s.io"):
        if other is not one:
            for host, path in sorted(mine & set(_matches(other))):
                problem = f"{host}{path} leads to {other.namespace}/{other.name} as well"
                yield missing("Ingress -> own host and path", ("spec", "rules"), CONTESTED, problem)


def _matches(one: Manifest) -> Iterator[tuple[str, str]]:
    """Host and path of every path; what a condition narrows is another match."""
    notes = mapping(one.body, "metadata", "annotations")
    for _, rule in entries(one.body, "spec", "rules"):
        for _, path in entries(rule, "http", "paths"):
            condition = text(notes, f"{_ALB}/conditions.{text(path, 'backend', 'service', 'name')}")
            yield text(rule, "host"), f"{text(path, 'path')} {condition}".strip()


def _said(one: Manifest, name: str) -> tuple[Pointer, dict[str, Any]]:
    """What an annotation says in JSON; nothing if it says nothing that can be read."""
    pointer: Pointer = ("metadata", "annotations", f"{_ALB}/{name}")
    try:
        found = json.loads(text(one.body, *pointer) or "null")
    except ValueError:
        found = None
    return pointer, found if isinstance(found, dict) else {}


@edges_of("IngressClass", "networking.k8s.io")
def ingress_class(one: Manifest, world: World) -> Iterator[Edge]:
    """Its parameters."""
    found = mapping(one.body, "spec", "parameters")
    if found:
        kind, name, pointer = text(found, "kind"), text(found, "name"), ("spec", "parameters", "name")
        if world.find(kind, name, group=text(found, "apiGroup")):
            yield held("IngressClass -> parameters", pointer)
        else:
            near = did_you_mean(name, (other.name for other in world.objects(kind, text(found, "apiGroup"))))
            yield missing("IngressClass -> parameters", pointer, NO_EXTENSION, f"there is no {kind} '{name}'{near}")


@edges_of("IngressClassParams", "eks.amazonaws.com")
def class_parameters(one: Manifest, world: World) -> Iterator[Edge]:
    """The bucket of the access logs, and the namespaces that may publish."""
    made = {text(other.body, "spec", "name") for other in world.objects("Bucket", "s3.services.k8s.aws")}
    for place, attribute in entries(one.body, "spec", "loadBalancerAttributes"):
        if text(attribute, "key") == "access_logs.s3.bucket":
            name = text(attribute, "value")
            if name in made:
                yield held("load balancer -> Bucket", (*place, "value"))
            else:
                problem = f"the tree makes no bucket '{name}'{did_you_mean(name, made)}"
                yield missing("load balancer -> Bucket", (*place, "value"), NO_BUCKET, problem)
    selector = mapping(one.body, "spec", "namespaceSelector")
    if selector:
        pointer: Pointer = ("spec", "namespaceSelector")
        if any(matches(selector, labels) for labels in world.namespaces.values()):
            yield held("IngressClassParams -> namespaces", pointer)
        else:
            yield missing("IngressClassParams -> namespaces", pointer, SHUT_CLASS, "the class lets no namespace in")
