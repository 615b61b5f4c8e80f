"""What these tests share: sound objects, a way to change one place of one, and a way to judge it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from groundwork.findings import Finding, Severity
from groundwork.proofs import schema
from groundwork.tree.manifest import Manifest
from groundwork.tree.reader import Tree
from groundwork.tree.yaml import parse

Body = dict[str, Any]


@pytest.fixture(scope="session")
def sound() -> dict[str, Body]:
    """A sound object by kind; nobody may change it."""
    return {body["kind"]: body for body in parse((Path(__file__).parent / "sound.yaml").read_bytes())}


@pytest.fixture
def findings_of() -> Callable[..., list[Finding]]:
    """Judge objects of one cluster with Kubernetes 1.35."""

    def judge(*bodies: Body) -> list[Finding]:
        path = PurePosixPath("generated", "test", "demo", "object.yaml")
        manifests = [Manifest(cluster="test", component="demo", path=path, body=body) for body in bodies]
        return schema.check(Tree(Path("generated"), manifests), {"test": "1.35"})

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


@pytest.fixture
def refuses(
    sound: dict[str, Body], findings_of: Callable[..., list[Finding]], changed: Callable[..., Body]
) -> Callable[[str, str, Any, str, str], None]:
    """Make one place of a sound object wrong; assert that findings of this rule alone say so, in these words."""

    def refuse(kind: str, place: str, value: Any, rule: str, says: str) -> None:
        findings = findings_of(changed(sound[kind], place, value))

        assert {one.rule for one in findings} == {f"schema/{rule}"}
        assert any(says in one.problem for one in findings), [one.problem for one in findings]
        assert all(one.severity is Severity.ERROR and one.why and one.fix for one in findings)

    return refuse
