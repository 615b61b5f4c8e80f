"""What the tests of the schema proof share: a way to judge objects, and a way to change one place of a sound one."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from groundwork.findings import Finding
from groundwork.proofs import schema
from groundwork.tree.manifest import Manifest
from groundwork.tree.reader import Tree

Body = dict[str, Any]


@pytest.fixture
def findings_of() -> Callable[..., list[Finding]]:
    """Judge objects of one cluster: `findings_of(body, kubernetes="1.35", component="demo")`."""

    def judge(*bodies: Body, kubernetes: str = "1.35", component: str = "demo") -> list[Finding]:
        path = PurePosixPath("generated", "test", component, "object.yaml")
        manifests = [Manifest(cluster="test", component=component, path=path, body=body) for body in bodies]
        return schema.check(Tree(Path("generated"), manifests), {"test": kubernetes})

    return judge


@pytest.fixture
def changed() -> Callable[..., Body]:
    """A copy of a body with another value at one place ("spec.ports.0.port", "data.tls~key"); `...` removes it."""

    def change(body: Body, place: str, value: Any) -> Any:
        result: Any = copy.deepcopy(body)
        way: list[Any] = [int(step) if step.isdecimal() else step.replace("~", ".") for step in place.split(".")]
        last = way.pop()
        node: Any = result
        for step in way:
            node = node[step] if isinstance(node, list) else node.setdefault(step, {})
        if value is ...:
            del node[last]
        elif isinstance(node, list) and last == len(node):
            node.append(value)
        else:
            node[last] = value
        return result

    return change
