"""Addresses: every in-cluster name in any text, from an environment variable to a chart's values, leads to a Service's port."""

from __future__ import annotations

import re
from collections.abc import Iterator

from groundwork.findings import Rule
from groundwork.proofs.apiserver.faults import did_you_mean
from groundwork.proofs.edges.edge import Edge, edges_of, held, missing
from groundwork.proofs.fields import Pointer, strings
from groundwork.proofs.world import World
from groundwork.tree.manifest import Manifest

RULES = (
    NO_SERVICE := Rule(
        id="references/missing-service",
        title="An address inside the cluster is a Service's, with its port",
        why="The name does not resolve, or nothing listens: the caller fails at its first request, not at its start.",
        fix="Take the address from the endpoint: `self.reach(...)` gives it and opens the path.",
        explanation="""\
Names like litellm.ai-gateway.svc stand in environment variables, arguments, configuration files and charts' values, where no
schema looks at them. Each is found by its form and followed to a Service and one of its ports.""",
    ),
)

_ADDRESS = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://(?:[^\s/@\"']*@)?)?"
    r"(?P<host>(?:[a-z0-9-]+\.)?[a-z0-9-]+\.[a-z0-9-]+)\.svc(?:\.cluster\.local)?\.?(?![a-z0-9-])(?::(?P<port>\d+))?"
)
_DEFAULT = {"http": 80, "https": 443, "postgresql": 5432, "postgres": 5432, "redis": 6379, "rediss": 6379}


@edges_of("*")
def addresses(one: Manifest, world: World) -> Iterator[Edge]:
    """Each address in each string of an object."""
    for pointer, value in strings(one.body):
        if ".svc" in value:
            for match in _ADDRESS.finditer(value):
                # The API server's own Service, which Kubernetes makes.
                if match["host"] != "kubernetes.default":
                    yield _followed(pointer, match, world)


def _followed(pointer: Pointer, match: re.Match[str], world: World) -> Edge:
    *_, name, namespace = match["host"].split(".")
    service = world.services.get((namespace, name))
    if service is None:
        near = did_you_mean(name, (other for place, other in world.services if place == namespace))
        problem = f"{match[0]} leads to no Service: {namespace} has no '{name}'{near}"
        return missing("address -> Service", pointer, NO_SERVICE, problem)
    port = int(match["port"]) if match["port"] else _DEFAULT.get(match["scheme"] or "")
    if port is not None and port not in service.ports:
        ports = ", ".join(str(each) for each in sorted(service.ports))
        problem = f"{match[0]} asks for port {port}; the Service {namespace}/{name} has {ports}"
        return missing("address -> Service", pointer, NO_SERVICE, problem)
    return held("address -> Service", pointer, assumed=service.assumed)
