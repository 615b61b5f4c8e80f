"""Twists: what is turned against a pod that would find a machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.cluster.draws import ARCH, CAPACITY_TYPE, ZONE, Draw, limits_of, one_each, one_of, own

__all__ = ["twist"]

_DEVICES = ("nvidia.com/gpu", "aws.amazon.com/neuron", "amd.com/gpu", "nvidia.com/mig-1g.10gb")


@dataclass(frozen=True)
class _Victim:
    """The specs of a node pool and of a pod that fits on its machines."""

    draw: Draw
    pool: dict[str, Any]
    pod: dict[str, Any]


def twist(draw: Draw, pool: dict[str, Any], pod: dict[str, Any]) -> None:
    """Change the specs of a pool or of the pods; another pool, or luck, may still serve them."""
    draw.chance.choice(_TWISTS)(_Victim(draw, pool, pod))


def _ask_too_much(on: _Victim) -> None:
    requests = on.pod["containers"][0]["resources"]["requests"]
    name = on.draw.chance.choice(sorted(requests))
    requests[name] = {"cpu": "900", "memory": "40Ti", "ephemeral-storage": "900Ti"}.get(name, "99")
    on.pod["containers"][0]["resources"]["limits"] = limits_of(requests)


def _ask_slightly_more(on: _Victim) -> None:
    """As much as the target has, which the pool may or may not exceed."""
    requests = on.pod["containers"][0]["resources"]["requests"]
    requests["cpu"] = f"{on.draw.target.allocatable_cpu_millis + on.draw.chance.choice((0, 1))}m"


def _ask_for_a_device(on: _Victim) -> None:
    requests = on.pod["containers"][0]["resources"]["requests"]
    requests[on.draw.chance.choice(_DEVICES)] = "1"
    on.pod["containers"][0]["resources"]["limits"] = limits_of(requests)


def _want_what_none_has(on: _Victim) -> None:
    key, value = on.draw.chance.choice(
        (
            ("color", "red"),
            ("team", "nobody"),
            (own("gpu-name"), "h100"),
            (own("family"), "zz9"),
            ("eks.amazonaws.com/instance-family", on.draw.target.family),
            (ZONE, "us-east-2z"),
            (ARCH, "amd64" if on.draw.target.arch == "arm64" else "arm64"),
            ("kubernetes.io/os", "windows"),
            (CAPACITY_TYPE, "reserved"),
        )
    )
    on.pod["nodeSelector"][key] = value


def _rule_a_label_out(on: _Victim) -> None:
    """A requirement that the type meets, turned round."""
    one = on.draw.of_type(on.draw.target)
    turned = {"In": "NotIn", "NotIn": "In", "Exists": "DoesNotExist", "DoesNotExist": "Exists"}
    on.pool["template"]["spec"]["requirements"] = one_each(
        [
            {**one, "operator": turned.get(one["operator"], one["operator"])},
            *on.pool["template"]["spec"]["requirements"],
        ]
    )


def _tolerate_nothing(on: _Victim) -> None:
    on.pool["template"]["spec"]["taints"] = [on.draw.taint()]
    on.pod["tolerations"] = on.draw.chance.choice(
        (
            [],
            [{"key": "quiet", "operator": "Exists", "effect": "NoExecute"}],
            [{"key": "team", "operator": "Equal", "value": "a"}],
        )
    )


def _limit_the_pool(on: _Victim) -> None:
    tight = (
        {"cpu": "1"},
        {"memory": "1Gi"},
        {"nvidia.com/gpu": "1"},
        {"cpu": str(on.draw.target.vcpu)},
        {"nodes": "0"},
        {"nodes": "1"},
    )
    on.pool["limits"] = on.draw.chance.choice(tight)


def _want_another_zone(on: _Victim) -> None:
    requirements = on.pool["template"]["spec"]["requirements"]
    on.pool["template"]["spec"]["requirements"] = one_each([one_of(ZONE, on.draw.offer.zones[0]), *requirements])
    on.pod["nodeSelector"][ZONE] = on.draw.offer.zones[1]


_TWISTS: tuple[Callable[[_Victim], None], ...] = (
    _ask_too_much,
    _ask_slightly_more,
    _ask_for_a_device,
    _want_what_none_has,
    _rule_a_label_out,
    _tolerate_nothing,
    _limit_the_pool,
    _want_another_zone,
)
