"""The mesh: what a NetworkPolicy lets in and the mesh refuses is found, and so is a mesh that refuses nobody."""

from __future__ import annotations

from typing import Any

import pytest

NAMESPACES = """\
---
apiVersion: v1
kind: Namespace
metadata: {name: web, labels: {istio.io/dataplane-mode: ambient}}
---
apiVersion: v1
kind: Namespace
metadata: {name: store, labels: {istio.io/dataplane-mode: ambient}}
---
apiVersion: v1
kind: Namespace
metadata: {name: operators}
"""
PODS = """\
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: store, namespace: store}
spec: {template: {metadata: {labels: {app: store}}, spec: {containers: [{ports: [{containerPort: 5432}]}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: web}
spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{ports: [{containerPort: 80}]}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: operator, namespace: operators}
spec: {template: {metadata: {labels: {app: operator}}, spec: {containers: [{ports: [{containerPort: 80}]}]}}}
"""
STRICT = """\
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: istio-system}
spec: {mtls: {mode: MODE}}
"""
POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: store, namespace: store}
spec:
  podSelector: {matchLabels: {app: store}}
  ingress:
  - from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: CALLER}}, podSelector: {matchLabels: {app: APP}}}]
    ports: PORTS
"""
ALLOWED = """\
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: store, namespace: store}
spec:
  selector: {matchLabels: {app: APP}}
  rules: [{from: [{source: {namespaces: [CALLER]}}], to: [{operation: {ports: ["PORT"]}}]}]
"""
EXCEPTION = """\
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: store, namespace: store}
spec: {selector: {matchLabels: {app: APP}}, mtls: {mode: STRICT}, portLevelMtls: {"PORT": {mode: PERMISSIVE}}}
"""
WORLD = NAMESPACES + PODS


def filled(text: str, **values: str) -> str:
    """The text with its words in capitals replaced."""
    for name, value in values.items():
        text = text.replace(name, value)
    return text


@pytest.mark.parametrize(("mode", "problems"), [("STRICT", []), ("PERMISSIVE", ["mesh-not-strict"])])
def test_a_meshed_namespace_is_strict(follow: Any, mode: str, problems: list[str]) -> None:
    """A label alone refuses nobody."""
    followed = follow(NAMESPACES.removeprefix("---\n") + STRICT.replace("MODE", mode))

    assert problems == list(followed.problems)


@pytest.mark.parametrize(("mode", "problems"), [("STRICT", []), ("PERMISSIVE", ["mesh-not-strict"])])
def test_whole_namespaces_are_no_exception(follow: Any, mode: str, problems: list[str]) -> None:
    """Ports of some pods are."""
    assert problems == list(follow(STRICT.removeprefix("---\n").replace("MODE", mode) + WORLD).problems)


def test_a_namespace_that_is_not_meshed_needs_no_strictness(follow: Any) -> None:
    """There is nothing to be strict about."""
    plain = "apiVersion: v1\nkind: Namespace\nmetadata: {name: plain}\n"

    assert not follow(plain).problems


@pytest.mark.parametrize(
    ("ports", "problems"),
    [
        ("[{protocol: TCP, port: 5432}, {protocol: TCP, port: 15008}]", []),
        ("[{protocol: TCP, port: 5432}]", ["missing-tunnel"]),
        ("[{protocol: UDP, port: 5432}]", []),
    ],
)
def test_meshed_pods_need_the_tunnel(follow: Any, ports: str, problems: list[str]) -> None:
    """UDP goes past it."""
    followed = follow(filled(POLICY, CALLER="web", APP="web", PORTS=ports) + WORLD)

    assert problems == list(followed.problems)


@pytest.mark.parametrize(
    ("exception", "problems"),
    [
        (filled(EXCEPTION, APP="store", PORT="5432"), []),
        (filled(EXCEPTION, APP="store", PORT="8000"), ["refused-by-mesh"]),
        ("", ["refused-by-mesh"]),
    ],
)
def test_a_caller_outside_of_the_mesh_needs_an_exception(follow: Any, exception: str, problems: list[str]) -> None:
    """For just that port."""
    policy = filled(POLICY, CALLER="operators", APP="operator", PORTS="[{protocol: TCP, port: 5432}]")

    assert problems == list(follow(policy + WORLD + exception).problems)


@pytest.mark.parametrize(("port", "problems"), [("5432", []), ("5433", ["refused-by-mesh"])])
def test_a_port_that_nobody_authorised_is_refused(follow: Any, port: str, problems: list[str]) -> None:
    """An AuthorizationPolicy that allows one port closes the others."""
    tunnel = "[{protocol: TCP, port: 5432}, {protocol: TCP, port: 15008}]"
    policy = filled(POLICY, CALLER="web", APP="web", PORTS=tunnel)

    followed = follow(policy + WORLD + filled(ALLOWED, APP="store", CALLER="web", PORT=port))

    assert problems == list(followed.problems)


def test_a_rule_without_ports_allows_them_all(follow: Any) -> None:
    """So do the members of one server that talk to each other by ports of their choice."""
    policy = filled(
        POLICY, CALLER="web", APP="web", PORTS="[{protocol: TCP, port: 5432}, {protocol: TCP, port: 15008}]"
    )
    allowed = filled(ALLOWED, APP="store", CALLER="web").replace(', to: [{operation: {ports: ["PORT"]}}]', "")

    assert not follow(policy + WORLD + allowed).problems


@pytest.mark.parametrize(
    ("values", "problems"),
    [
        ({"APP": "store", "CALLER": "web", "PORT": "5432"}, []),
        ({"APP": "stroe", "CALLER": "web", "PORT": "5432"}, ["mesh-policy-for-nobody"]),
        ({"APP": "store", "CALLER": "operators", "PORT": "5432"}, ["mesh-policy-for-nobody"]),
        ({"APP": "store", "CALLER": "web", "PORT": "5433"}, ["mesh-policy-for-nobody"]),
    ],
)
def test_an_authorization_names_what_exists(follow: Any, values: dict[str, str], problems: list[str]) -> None:
    """Pods, meshed namespaces, and ports that the pods open."""
    followed = follow(filled(ALLOWED, **values).removeprefix("---\n") + WORLD)

    assert problems == list(followed.problems)


@pytest.mark.parametrize(
    ("values", "problems"),
    [
        ({"APP": "store", "PORT": "5432"}, []),
        ({"APP": "stroe", "PORT": "5432"}, ["mesh-policy-for-nobody"]),
        ({"APP": "store", "PORT": "5433"}, ["mesh-policy-for-nobody"]),
    ],
)
def test_an_exception_names_what_exists(follow: Any, values: dict[str, str], problems: list[str]) -> None:
    """Pods, and a port that they open."""
    followed = follow(filled(EXCEPTION, **values).removeprefix("---\n") + WORLD)

    assert problems == list(followed.problems)
