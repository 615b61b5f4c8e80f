"""The kinds of AWS resources that ACK makes out of objects, as they say it themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

__all__ = ["AwsKind", "aws_kinds"]

_GROUP = ".services.k8s.aws"


class AwsKind(NamedTuple):
    """A kind of AWS resource: the service as ACK calls it, and the kind."""

    service: str
    kind: str


def aws_kinds(bodies: Iterable[Mapping[str, Any]]) -> tuple[AwsKind, ...]:
    """The kinds of AWS resources among objects, sorted."""
    groups = ((body["apiVersion"].partition("/")[0], body["kind"]) for body in bodies)
    return tuple(
        sorted({AwsKind(group.removesuffix(_GROUP), kind) for group, kind in groups if group.endswith(_GROUP)})
    )
