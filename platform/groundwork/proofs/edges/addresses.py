"""Addresses: every in-cluster name in any text, from an environment variable to a chart's values, leads to a Service's port."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from groundwork.findings import Rule
from groundwork.proofs.apiserver.faults import did_you_mean
from groundwork.proofs.edges.documents import documents
from groundwork.proofs.edges.edge import Edge, edges_of, held, missing
from groundwork.proofs.fields import Pointer, entries, strings, text
from groundwork.proofs.world import Service, World, pod_specs
from groundwork.tree.manifest import Manifest

__all__ = ["service_at"]

RULES = (
    NO_SERVICE := Rule(
        id="references/missing-service",
        title="An address inside the cluster is a Service's, with its port",
        why="The name does not resolve, or nothing listens: the caller fails at its first request, not at its start.",
        fix="Take the address from the endpoint: `self.reach(...)` gives it and opens the path.",
        explanation="""\
Names like litellm.ai-gateway.svc stand in environment variables, arguments, configuration files and charts' values, where no
schema looks at them. Each is found by its form and followed to a Service and one of its ports; a URL without a port means the
default of its scheme. A variable X_HOST with such a name goes with X_PORT beside it.

<pod>.<service>.<namespace>.svc is one pod of a headless Service: of a StatefulSet whose pods are so called.""",
    ),
)

_ADDRESS = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://(?:[^\s/@\"']*@)?)?"
    r"(?P<host>(?:[a-z0-9-]+\.)?[a-z0-9-]+\.[a-z0-9-]+)\.svc(?:\.cluster\.local)?\.?(?![a-z0-9-])(?::(?P<port>\d+))?"
)
_DEFAULT = {
    "clickhouse": 9000,
    "http": 80,
    "https": 443,
    "postgres": 5432,
    "postgresql": 5432,
    "redis": 6379,
    "rediss": 6379,
}
_ORDINAL = re.compile(r"(?P<set>.+)-(?P<ordinal>\d+)")
# The API server's own Service, which Kubernetes makes.
_API_SERVER = ("default", "kubernetes")


@edges_of("*")
def addresses(one: Manifest, world: World) -> Iterator[Edge]:
    """Each address in each string of an object, and inside the files that a ConfigMap holds."""
    files = dict(documents(one)) if one.kind == "ConfigMap" else {}
    for pointer, value in strings(one.body):
        if ".svc" not in value:
            continue
        for at, inner in strings(files[pointer], pointer) if pointer in files else [(pointer, value)]:
            for match in _ADDRESS.finditer(inner):
                yield from _followed(at, match, world)


def _followed(pointer: Pointer, match: re.Match[str], world: World) -> Iterator[Edge]:
    *pod, name, namespace = match["host"].split(".")
    if (namespace, name) == _API_SERVER:
        return
    service = world.services.get((namespace, name))
    if service is None:
        near = did_you_mean(name, (other for place, other in world.services if place == namespace))
        problem = f"{match[0]} leads to no Service: {namespace} has no '{name}'{near}"
        yield missing("address -> Service", pointer, NO_SERVICE, problem)
        return
    if pod and not _is_pod(pod[0], service, world):
        problem = f"{match[0]} leads to no pod: no StatefulSet of the Service {namespace}/{name} makes '{pod[0]}'"
        yield missing("address -> pod", pointer, NO_SERVICE, problem)
        return
    port = int(match["port"][:6]) if match["port"] else _DEFAULT.get(match["scheme"] or "")
    yield _port(pointer, match[0], port, service)


def _port(pointer: Pointer, address: str, port: int | None, service: Service) -> Edge:
    if port is not None and port not in service.ports:
        ports = ", ".join(str(each) for each in sorted(service.ports))
        problem = f"{address} asks for port {port}; the Service {service.namespace}/{service.name} has {ports}"
        return missing("address -> Service", pointer, NO_SERVICE, problem)
    return held("address -> Service", pointer, assumed=service.assumed)


def _is_pod(name: str, service: Service, world: World) -> bool:
    """Whether a StatefulSet behind the Service makes a pod of that name; what charts and operators make is not known."""
    if service.manifest.kind != "Service":
        return True
    found = _ORDINAL.fullmatch(name)
    sets = {
        other.name: other.spec.get("replicas", 1)
        for other in world.objects("StatefulSet", "apps")
        if other.namespace == service.namespace and text(other.spec, "serviceName") == service.name
    }
    replicas = sets.get(found["set"]) if found else None
    return found is not None and isinstance(replicas, int) and int(found["ordinal"][:9]) < max(replicas, 1)


@edges_of("*")
def hosts_and_ports(one: Manifest, world: World) -> Iterator[Edge]:
    """Variables that go together: X_HOST with a Service's name, and X_PORT beside it."""
    for at, spec in pod_specs(one):
        for containers in ("initContainers", "containers"):
            for place, container in entries(spec, containers):
                values = {text(each, "name"): (where, text(each, "value")) for where, each in entries(container, "env")}
                for name, (_, host) in values.items():
                    where, port = values.get(f"{name.removesuffix('_HOST')}_PORT", ((), ""))
                    service = service_at(host, world) if name.endswith("_HOST") else None
                    if service is not None and port.isdecimal():
                        yield _port((*at, *place, *where, "value"), f"{host} with {port}", int(port[:6]), service)


def service_at(address: str, world: World) -> Service | None:
    """The Service that a URL or a host name means; None for one that is not a Service's full name."""
    try:
        host = urlsplit(address if "://" in address else f"//{address}").hostname or ""
    except ValueError:
        return None
    parts = host.removesuffix(".").removesuffix(".cluster.local").split(".")
    if len(parts) != 3 or parts[2] != "svc":
        return None
    return world.services.get((parts[1], parts[0]))
