"""A waiver covers one finding, in one cluster or in several."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from pydantic import ValidationError

from groundwork.findings import Finding, Subject
from groundwork.review.waiver import Waiver
from tests.review.shop import found

RIGHT = {
    "rule": "schema/range",
    "object": "dev: Service shop/web",
    "reason": "A load test needs it.",
    "owner": "platform-team",
    "expires": "2027-03-31",
}


def waiver(**values: str) -> Waiver:
    """A waiver that is right but for some values."""
    return Waiver.model_validate({**RIGHT, **values}, strict=True)


def about(subject: Subject) -> Finding:
    """A finding about another object."""
    return found(subject=subject)


def test_a_day_is_a_day() -> None:
    """Written as in calendars."""
    assert dt.date(2027, 3, 31) == waiver().expires


@pytest.mark.parametrize(
    ("named", "subject"),
    [
        ("dev: Service shop/web", Subject(cluster="dev", kind="Service", name="web", namespace="shop")),
        ("*: Service shop/web", Subject(cluster="prod", kind="Service", name="web", namespace="shop")),
        ("prod-*: Namespace shop", Subject(cluster="prod-eu", kind="Namespace", name="shop")),
        ("dev: NodePool.karpenter.sh gpu", Subject(cluster="dev", kind="NodePool", group="karpenter.sh", name="gpu")),
    ],
)
def test_it_covers_the_object_that_it_names(named: str, subject: Subject) -> None:
    """As findings name it; a star stands for any cluster."""
    assert waiver(object=named).covers(about(subject))


@pytest.mark.parametrize(
    "finding",
    [
        found("schema/type"),
        found(cluster="dev-2"),
        replace(found(), subject=None),
        about(Subject(cluster="dev", kind="Service", name="web2", namespace="shop")),
        about(Subject(cluster="dev", kind="Service", name="web", namespace="shop2")),
        about(Subject(cluster="dev", kind="Service", name="web", namespace="shop", group="serving.knative.dev")),
    ],
)
def test_it_covers_nothing_else(finding: Finding) -> None:
    """Another rule, another cluster, another object, or no object at all."""
    assert not waiver().covers(finding)


@pytest.mark.parametrize(
    "values",
    [
        {"object": "*"},
        {"object": "dev: Service shop/*"},
        {"object": "dev: Service */web"},
        {"object": "dev: * shop/web"},
        {"object": "Service shop/web"},
        {"object": "dev Service shop/web"},
        {"object": "dev: shop/web"},
        {"reason": ""},
        {"reason": "   "},
        {"owner": ""},
        {"rule": ""},
        {"expires": "soon"},
        {"expires": "2027-02-30"},
        {"comment": "x"},
    ],
)
def test_what_could_cover_too_much_or_says_too_little_is_refused(values: dict[str, str]) -> None:
    """Wildcards are for the cluster only, and every key says something."""
    with pytest.raises(ValidationError):
        waiver(**values)


@pytest.mark.parametrize("key", [*RIGHT])
def test_every_key_is_needed(key: str) -> None:
    """None has a default."""
    with pytest.raises(ValidationError):
        Waiver.model_validate({name: value for name, value in RIGHT.items() if name != key}, strict=True)
