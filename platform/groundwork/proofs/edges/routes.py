"""Routes: from a listener of a Gateway to the port of a backend, with the grants and policies on the way."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping
from typing import Any

from groundwork.findings import Rule, Severity
from groundwork.proofs.apiserver.faults import did_you_mean
from groundwork.proofs.edges.access import of_class
from groundwork.proofs.edges.configuration import NO_READER, NO_SECRET, absent, is_read
from groundwork.proofs.edges.edge import Edge, edges_of, held, missing
from groundwork.proofs.fields import Pointer, entries, mapping, number, text, texts
from groundwork.proofs.world import World, matches
from groundwork.tree.manifest import Manifest

RULES = (
    NO_LISTENER := Rule(
        id="references/missing-listener",
        title="A route's parent has a listener that takes it",
        why="The route is accepted by the API server and by no Gateway: every request answers 404.",
        fix="Correct the Gateway, the section name or the host name, or let the listener allow the route's namespace.",
        explanation="""\
A listener takes a route if its name is the route's sectionName, one of its host names is the route's, and its allowedRoutes let
the route's namespace in. Only the status of the route says which of them failed.""",
    ),
    NO_BACKEND := Rule(
        id="references/missing-backend",
        title="A route's backend exists and has the port",
        why="The route's ResolvedRefs turns false and requests answer 500.",
        fix="Correct name, namespace and port of the backend.",
        explanation="A backend without a namespace is looked for in the route's own, which is where most mistakes come from.",
    ),
    NO_GRANT := Rule(
        id="references/missing-grant",
        title="A reference into another namespace is granted there",
        why="Without a ReferenceGrant the gateway refuses the reference: RefNotPermitted, and requests answer 500.",
        fix="Put a ReferenceGrant beside the target, for the kind and namespace that refers to it.",
        explanation="Gateway API lets nobody refer into a namespace whose owner has not said yes; the grant stands with the target.",
    ),
    UNUSED_GRANT := Rule(
        id="references/unused-grant",
        title="A ReferenceGrant is used",
        why="A permission that nobody needs is one that somebody may take.",
        fix="Remove the grant, or correct what it is for.",
        severity=Severity.WARNING,
        explanation="Grants are made for one route and its backend; they go when the route goes.",
    ),
    NO_POLICY_TARGET := Rule(
        id="references/missing-policy-target",
        title="A policy's target exists, section included",
        why="A policy without a target is applied to nothing: what it was to protect stands open.",
        fix="Correct kind, name and section of the target; it is in the policy's own namespace.",
        explanation="""\
TrafficPolicies and the like attach to a Gateway, a listener, a route or one rule of it by name. A renamed rule leaves a sign-in
policy attached to nothing, and the route serves everybody.""",
    ),
    NO_EXTENSION := Rule(
        id="references/missing-extension",
        title="What a gateway's configuration refers to exists",
        why="The policy or the Gateway is not accepted, or the check that was asked for is not made.",
        fix="Correct the name; these references stay in their own namespace.",
        explanation="JWT providers, rate limiters and guardrails are GatewayExtensions; parameters and backends are objects of their own.",
    ),
    UNCOVERED_HOST := Rule(
        id="references/uncovered-host",
        title="A listener's certificate covers its host name",
        why="Clients refuse the connection: the certificate is for other names.",
        fix="Add the name to the Certificate's dnsNames.",
        explanation="A wildcard covers one label: *.ai.example.com covers api.ai.example.com, not a.b.ai.example.com.",
    ),
    CONTESTED := Rule(
        id="references/contested-route",
        title="A host name and path lead to one place",
        why="Of two routes with the same match the older one wins: which that is differs from cluster to cluster.",
        fix="Give one of the routes another host name or path.",
        explanation="Gateway API resolves the conflict by creation time, then by name. Nobody reviewing the manifests sees it.",
    ),
)

_API = "gateway.networking.k8s.io"
_KGATEWAY = "gateway.kgateway.dev"
_ROUTES = ("HTTPRoute", "GRPCRoute", "TLSRoute")


@edges_of("HTTPRoute", _API)
@edges_of("GRPCRoute", _API)
@edges_of("TLSRoute", _API)
def route(one: Manifest, world: World) -> Iterator[Edge]:
    """Its listeners, and the backends of every rule."""
    for place, parent in entries(one.body, "spec", "parentRefs"):
        yield _parent(one, world, (*place, "name"), parent)
    for place, rule in entries(one.body, "spec", "rules"):
        for at, backend in entries(rule, "backendRefs"):
            yield from _backend(one, world, (*place, *at), backend)
        for at, chosen in entries(rule, "filters"):
            mirrored = mapping(chosen, "requestMirror", "backendRef")
            if mirrored:
                yield from _backend(one, world, (*place, *at, "requestMirror", "backendRef"), mirrored)
            if mapping(chosen, "extensionRef"):
                pointer = (*place, *at, "extensionRef")
                yield _extension("filter -> extension", one, world, pointer, mapping(chosen, "extensionRef"))
    yield from _contested(one, world)


def _parent(one: Manifest, world: World, pointer: Pointer, parent: Mapping[str, Any]) -> Edge:
    kind, name = "route -> listener", text(parent, "name")
    where = text(parent, "namespace") or one.namespace
    gateway = world.find("Gateway", name, namespace=where, group=_API)
    if gateway is None:
        near = did_you_mean(name, (other.name for other in world.objects("Gateway", _API)))
        return missing(kind, pointer, NO_LISTENER, f"{where} has no Gateway '{name}'{near}")
    listeners = [listener for _, listener in entries(gateway.body, "spec", "listeners")]
    section = text(parent, "sectionName")
    named = [listener for listener in listeners if section in ("", text(listener, "name"))]
    if not named:
        near = did_you_mean(section, (text(listener, "name") for listener in listeners))
        return missing(kind, (*pointer[:-1], "sectionName"), NO_LISTENER, f"{name} has no listener '{section}'{near}")
    if not any(_lets_in(listener, gateway, one, world) for listener in named):
        problem = f"no listener of {where}/{name} lets routes of {one.namespace} in"
        return missing(kind, pointer, NO_LISTENER, problem)
    hosts = [host for _, host in texts(one.body, "spec", "hostnames")]
    if hosts and not any(_meet(text(listener, "hostname"), host) for listener in named for host in hosts):
        listened = ", ".join(sorted({text(listener, "hostname") for listener in named}))
        problem = f"{', '.join(hosts)} is no host name of {where}/{name}, which listens for {listened}"
        return missing(kind, ("spec", "hostnames", 0), NO_LISTENER, problem)
    return held(kind, pointer)


def _lets_in(listener: Mapping[str, Any], gateway: Manifest, one: Manifest, world: World) -> bool:
    chosen = mapping(listener, "allowedRoutes", "namespaces")
    match text(chosen, "from"):
        case "All":
            return True
        case "Selector":
            return matches(mapping(chosen, "selector"), world.namespaces.get(one.namespace, {}))
        case _:
            return one.namespace == gateway.namespace


def _meet(listened: str, asked: str) -> bool:
    return not listened or fnmatch.fnmatchcase(asked, listened) or fnmatch.fnmatchcase(listened, asked)


def _backend(one: Manifest, world: World, pointer: Pointer, backend: Mapping[str, Any]) -> Iterator[Edge]:
    group, kind = text(backend, "group"), text(backend, "kind") or "Service"
    name, where = text(backend, "name"), text(backend, "namespace") or one.namespace
    edge = f"route -> {kind}"
    if group == "" and kind == "Service":
        yield _service(world, pointer, where, name, number(backend, "port"))
    elif world.find(kind, name, namespace=where, group=group):
        yield held(edge, (*pointer, "name"))
    else:
        near = did_you_mean(name, (other.name for other in world.objects(kind, group)))
        yield missing(edge, (*pointer, "name"), NO_BACKEND, f"{where} has no {kind} '{name}'{near}")
    if where != one.namespace:
        yield _granted(one, world, pointer, (group, kind, where, name))


def _service(world: World, pointer: Pointer, where: str, name: str, port: int | None) -> Edge:
    edge = "route -> Service"
    service = world.services.get((where, name))
    if service is None:
        near = did_you_mean(name, (other for place, other in world.services if place == where))
        return missing(edge, (*pointer, "name"), NO_BACKEND, f"{where} has no Service '{name}'{near}")
    if port is not None and port not in service.ports:
        ports = ", ".join(str(each) for each in sorted(service.ports))
        return missing(
            edge, (*pointer, "port"), NO_BACKEND, f"the Service {where}/{name} has no port {port}, only {ports}"
        )
    return held(edge, (*pointer, "name"), assumed=service.assumed)


def _granted(one: Manifest, world: World, pointer: Pointer, target: tuple[str, str, str, str]) -> Edge:
    group, kind, where, name = target
    for grant in world.objects("ReferenceGrant", _API):
        if grant.namespace == where and _grants(grant, one, group, kind, name):
            return held("reference -> ReferenceGrant", (*pointer, "namespace"))
    problem = f"no ReferenceGrant in {where} lets {one.kind}s of {one.namespace} refer to the {kind} '{name}'"
    return missing("reference -> ReferenceGrant", (*pointer, "namespace"), NO_GRANT, problem)


def _grants(grant: Manifest, one: Manifest, group: str, kind: str, name: str) -> bool:
    sources = [
        (text(each, "group"), text(each, "kind"), text(each, "namespace"))
        for _, each in entries(grant.body, "spec", "from")
    ]
    targets = [
        (text(each, "group"), text(each, "kind"), text(each, "name")) for _, each in entries(grant.body, "spec", "to")
    ]
    return (one.group, one.kind, one.namespace) in sources and any(
        (group, kind) == target[:2] and target[2] in ("", name) for target in targets
    )


@edges_of("ReferenceGrant", _API)
def grant(one: Manifest, world: World) -> Iterator[Edge]:
    """Somebody needs it."""
    used = any(
        (text(backend, "namespace") or other.namespace) == one.namespace
        and other.namespace != one.namespace
        and _grants(one, other, text(backend, "group"), text(backend, "kind") or "Service", text(backend, "name"))
        for kind in _ROUTES
        for other in world.objects(kind, _API)
        for _, rule in entries(other.body, "spec", "rules")
        for _, backend in entries(rule, "backendRefs")
    )
    if used:
        yield held("ReferenceGrant <- reference", ("spec",))
    else:
        yield missing("ReferenceGrant <- reference", ("spec",), UNUSED_GRANT, "no route needs this grant")


def _contested(one: Manifest, world: World) -> Iterator[Edge]:
    mine = set(_matches(one))
    for other in world.objects(one.kind, _API):
        if (other.namespace, other.name) < (one.namespace, one.name):
            for host, path in sorted(mine & set(_matches(other))):
                problem = f"{host}{path} leads to {other.namespace}/{other.name} as well"
                yield missing("route -> own host and path", ("spec", "hostnames"), CONTESTED, problem)


def _matches(one: Manifest) -> Iterator[tuple[str, str]]:
    """Host and match of every rule; rules of one listener's port only are told apart by it."""
    sections = {text(parent, "sectionName") for _, parent in entries(one.body, "spec", "parentRefs")}
    hosts = [host for _, host in texts(one.body, "spec", "hostnames")] or [f"any host of {'/'.join(sorted(sections))}"]
    for _, rule in entries(one.body, "spec", "rules"):
        for _, match in entries(rule, "matches"):
            headers = "".join(f" [{text(header, 'name')}]" for _, header in entries(match, "headers"))
            path = text(match, "path", "value") or "/"
            for host in hosts:
                yield host, path + headers


@edges_of("Gateway", _API)
def gateway(one: Manifest, world: World) -> Iterator[Edge]:
    """Its class, its parameters, and the certificate of each listener."""
    yield of_class("GatewayClass", ("spec", "gatewayClassName"), world, text(one.body, "spec", "gatewayClassName"))
    parameters = mapping(one.body, "spec", "infrastructure", "parametersRef")
    if parameters:
        pointer: Pointer = ("spec", "infrastructure", "parametersRef")
        yield _extension("Gateway -> parameters", one, world, pointer, parameters)
    for place, listener in entries(one.body, "spec", "listeners"):
        for at, certificate in entries(listener, "tls", "certificateRefs"):
            yield _certificate(one, world, (*place, *at, "name"), text(certificate, "name"), text(listener, "hostname"))


def _certificate(one: Manifest, world: World, pointer: Pointer, name: str, host: str) -> Edge:
    problem = absent("Secret", world.secrets, one.namespace, name, "tls.crt")
    if problem is not None:
        return missing("listener -> certificate", pointer, NO_SECRET, problem)
    for certificate in world.objects("Certificate", "cert-manager.io"):
        if certificate.namespace == one.namespace and text(certificate.body, "spec", "secretName") == name:
            names = [each for _, each in texts(certificate.body, "spec", "dnsNames")]
            if host and not any(_covers(each, host) for each in names):
                problem = f"the certificate is for {', '.join(names)}, not for {host}"
                return missing("listener -> certificate", pointer, UNCOVERED_HOST, problem)
    return held("listener -> certificate", pointer)


def _covers(name: str, host: str) -> bool:
    return name == host or (name.startswith("*.") and host.partition(".")[2] == name[2:])


@edges_of("*")
def policy_targets(one: Manifest, world: World) -> Iterator[Edge]:
    """What policies of gateways attach to, and the extensions that they use."""
    if one.group not in (_KGATEWAY, "agentgateway.dev", _API):
        return
    for place, target in entries(one.body, "spec", "targetRefs"):
        yield _target(one, world, place, target)
    for check in ("jwtAuth", "extAuth", "extProc", "oauth2", "rateLimit"):
        for pointer in (("spec", check, "extensionRef"), ("spec", check, "global", "extensionRef")):
            reference = mapping(one.body, *pointer)
            if reference:
                yield _extension("policy -> extension", one, world, pointer, reference)


@edges_of("GatewayExtension", _KGATEWAY)
def extension(one: Manifest, world: World) -> Iterator[Edge]:
    """Who checks: the identity provider, or a service; and the Secret of the client that people sign in by."""
    for place, provider in entries(one.body, "spec", "jwt", "providers"):
        backend = mapping(provider, "jwks", "remote", "backendRef")
        if backend:
            yield from _backend(one, world, (*place, "jwks", "remote", "backendRef"), backend)
    services = [("spec", check, "grpcService", "backendRef") for check in ("extAuth", "extProc", "rateLimit")]
    for pointer in [*services, ("spec", "oauth2", "backendRef")]:
        if mapping(one.body, *pointer):
            yield from _backend(one, world, pointer, mapping(one.body, *pointer))
    at: Pointer = ("spec", "oauth2", "credentials", "clientSecretRef", "name")
    if text(one.body, *at):
        problem = absent("Secret", world.secrets, one.namespace, text(one.body, *at), "client-secret")
        edge = "sign-in -> Secret key"
        yield missing(edge, at, NO_SECRET, problem) if problem else held(edge, at)


def _target(one: Manifest, world: World, place: Pointer, target: Mapping[str, Any]) -> Edge:
    group, kind, name = text(target, "group"), text(target, "kind"), text(target, "name")
    found = world.find(kind, name, namespace=one.namespace, group=group)
    if found is None:
        near = did_you_mean(name, (other.name for other in world.objects(kind, group)))
        return missing(
            "policy -> target", (*place, "name"), NO_POLICY_TARGET, f"{one.namespace} has no {kind} '{name}'{near}"
        )
    section = text(target, "sectionName")
    named = "listeners" if kind == "Gateway" else "ports" if kind == "Service" else "rules"
    sections = {text(each, "name") for _, each in entries(found.body, "spec", named)}
    if section and section not in sections:
        problem = f"the {kind} '{name}' has no section '{section}'{did_you_mean(section, sections)}"
        return missing("policy -> target", (*place, "sectionName"), NO_POLICY_TARGET, problem)
    return held("policy -> target", (*place, "name"))


def _extension(edge: str, one: Manifest, world: World, pointer: Pointer, reference: Mapping[str, Any]) -> Edge:
    kind, group = text(reference, "kind") or "GatewayExtension", text(reference, "group") or _KGATEWAY
    name, where = text(reference, "name"), text(reference, "namespace") or one.namespace
    if world.find(kind, name, namespace=where, group=group):
        return held(edge, (*pointer, "name"))
    near = did_you_mean(name, (other.name for other in world.objects(kind, group)))
    return missing(edge, (*pointer, "name"), NO_EXTENSION, f"{where} has no {kind} '{name}'{near}")


@edges_of("Certificate", "cert-manager.io")
def certificate(one: Manifest, world: World) -> Iterator[Edge]:
    """Who signs it, and who uses it."""
    secret = text(one.body, "spec", "secretName")
    if is_read(world, "Secret", one.namespace, secret):
        yield held("Secret <- reader", ("spec", "secretName"))
    else:
        problem = f"nothing in {one.namespace} uses the certificate in '{secret}'"
        yield missing("Secret <- reader", ("spec", "secretName"), NO_READER, problem)
    reference = mapping(one.body, "spec", "issuerRef")
    kind, name = text(reference, "kind") or "Issuer", text(reference, "name")
    where = "" if kind == "ClusterIssuer" else one.namespace
    if world.find(kind, name, namespace=where, group="cert-manager.io"):
        yield held("Certificate -> issuer", ("spec", "issuerRef", "name"))
    else:
        near = did_you_mean(name, (other.name for other in world.objects(kind, "cert-manager.io")))
        yield missing(
            "Certificate -> issuer", ("spec", "issuerRef", "name"), NO_EXTENSION, f"there is no {kind} '{name}'{near}"
        )
