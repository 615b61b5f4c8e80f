"""Addresses: names inside the cluster are found in any text and followed."""

from __future__ import annotations

import json
from typing import Any

import pytest

REST = """
---
{apiVersion: v1, kind: Namespace, metadata: {name: data}}
---
{apiVersion: v1, kind: Service, metadata: {name: cache, namespace: data}, spec: {ports: [{port: 6379}, {port: 80}]}}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: data}
spec: {clusterIP: None, ports: [{port: 5432}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: data}
spec: {serviceName: db, replicas: 2}
---
{apiVersion: postgresql.cnpg.io/v1, kind: Cluster, metadata: {name: made, namespace: data}}
"""


def having(value: str, name: str = "ADDRESS") -> str:
    """A cluster whose first object's pods have a variable."""
    body = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "a", "namespace": "data"},
        "spec": {"containers": [{"name": "a", "env": [{"name": name, "value": value}]}]},
    }
    return json.dumps(body) + REST


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("cach.data.svc", "data has no 'cach'; did you mean `cache`?"),
        ("cache.date.svc", "date has no 'cache'"),
        ("http://cache.data.svc.cluster.local:81", "asks for port 81; the Service data/cache has 80, 6379"),
        ("https://cache.data.svc/v1", "asks for port 443"),
        ("redis://:secret@cache.data.svc:6380/0", "asks for port 6380"),
        ("redis://db.data.svc", "asks for port 6379; the Service data/db has 5432"),
        ("a=1,b=cache.data.svc:99999999999;c", "asks for port 999999"),
        ("db-2.db.data.svc", "no StatefulSet of the Service data/db makes 'db-2'"),
        ("bd-0.db.data.svc:5432", "no StatefulSet of the Service data/db makes 'bd-0'"),
        ("db-0.cache.data.svc", "no StatefulSet of the Service data/cache makes 'db-0'"),
        ("http://cache.data.svc and http://cach.data.svc", "data has no 'cach'"),
    ],
)
def test_an_address_of_nothing_is_found(follow: Any, address: str, problem: str) -> None:
    """By name, by port, by the scheme's own port, and by the number of a pod."""
    (said,) = follow(having(address)).problems["missing-service"]

    assert problem in said


@pytest.mark.parametrize(
    ("address", "edges"),
    [
        ("http://cache.data.svc/v1", 1),
        ("cache.data.svc", 1),
        ("cache.data.svc.cluster.local.:6379", 1),
        ("postgresql://db.data.svc/app", 1),
        ("db-1.db.data.svc:5432", 1),
        ("made-1.made-rw.data.svc:5432", 1),
        ("from cache.data.svc:80 to cache.data.svc:6379", 2),
        ("https://kubernetes.default.svc", 0),
        ("https://example.svc.com", 0),
        (".svc,.cluster.local", 0),
        ("cache.data.svc-backup", 0),
    ],
)
def test_an_address_of_a_service_is_fine(follow: Any, address: str, edges: int) -> None:
    """Names outside of the cluster are nobody's Service."""
    followed = follow(having(address))

    assert not followed.problems
    assert followed.held["address -> Service"] == edges


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("a: 1\nb:\n- url: http://cach.data.svc\n", ("data", "config.yaml", "b", 0, "url")),
        ("a: [http://cach.data.svc", ("data", "config.yaml")),
    ],
)
def test_a_place_inside_of_a_file_is_named(follow: Any, text: str, pointer: tuple[str | int, ...]) -> None:
    """Where the file can be read; otherwise the finding is about all of it."""
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"config.yaml": text}}

    (edge,) = [edge for edge in follow(json.dumps(body) + REST).edges if edge.kind == "address -> Service"]

    assert edge.pointer == pointer
    assert edge.rule is not None


@pytest.mark.parametrize(
    ("host", "port", "says"),
    [
        ("cache.data.svc", "6379", None),
        ("cache.data.svc", "6380", "cache.data.svc with 6380 asks for port 6380"),
        ("cache.example.com", "6380", None),
        ("cache.data.svc", "$(PORT)", None),
    ],
)
def test_a_host_and_the_port_beside_it_go_together(follow: Any, host: str, port: str, says: str | None) -> None:
    """Two variables, one address."""
    text = having(host, "REDIS_HOST").replace(
        '"env": [', f'"env": [{{"name": "PORT", "value": "1"}}, {{"name": "REDIS_PORT", "value": "{port}"}}, '
    )

    problems = follow(text).problems["missing-service"]

    assert bool(problems) is bool(says)
    assert all(says in problem for problem in problems if says)
