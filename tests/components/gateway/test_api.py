"""API: one host name for programs, at both edges."""

from __future__ import annotations

from typing import Any

import pytest

from groundwork.components.gateway.api import Api


def test_playbook_12_long_answers_stream(render: Any, site: Any, find: Any) -> None:
    """No total timeout on completions (playbook finding 12)."""
    rules = find(render(Api, site("prod-us-east-2")), "HTTPRoute", "api")["spec"]["rules"]

    assert {rule["timeouts"]["request"] for rule in rules} == {"0s"}


def test_playbook_11_a_backend_elsewhere_agrees_to_be_one(render: Any, site: Any, find: Any) -> None:
    """The API's route leads into kagent's namespace: the grant there names this Service and no other (playbook finding 11)."""
    grant = find(render(Api, site("prod-us-east-2")), "ReferenceGrant", "api-to-kagent-controller")

    assert grant["metadata"]["namespace"] == "kagent"
    assert grant["spec"]["to"] == [{"group": "", "kind": "Service", "name": "kagent-controller"}]


def test_a_canary_gets_its_share_and_testers_ask_for_it_by_a_header(render: Any, site: Any, find: Any) -> None:
    """The header's rule comes first; the weights add up."""
    rendering = render(Api, site("prod-us-east-1"))
    chosen, shared = (
        find(rendering, "Ingress", name)["metadata"]["annotations"] for name in ("api-canary", "api-models")
    )

    assert '"x-groundwork-canary"' in chosen["alb.ingress.kubernetes.io/conditions.litellm-canary"]
    assert chosen["alb.ingress.kubernetes.io/group.order"] < shared["alb.ingress.kubernetes.io/group.order"]
    weights = shared["alb.ingress.kubernetes.io/actions.api-models"]
    assert '"weight": 95' in weights
    assert '"weight": 5' in weights


@pytest.mark.parametrize("cluster", ["dev-us-east-1", "prod-us-east-1", "prod-us-east-2"])
def test_agents_are_called_with_the_identity_providers_token(render: Any, site: Any, cluster: str) -> None:
    """Agents act for people; an anonymous call reaches none, whatever the edge."""
    bodies = [made.body for made in render(Api, site(cluster)).objects]

    by_gateway = [one for one in bodies if one["kind"] == "TrafficPolicy" and "jwtAuth" in one["spec"]]
    by_load_balancer = [
        one
        for one in bodies
        if one["kind"] == "Ingress" and "alb.ingress.kubernetes.io/jwt-validation" in one["metadata"]["annotations"]
    ]
    assert [one["metadata"]["name"] for one in by_gateway + by_load_balancer] == ["api-agents"]


def test_only_the_edge_comes_in(render: Any, site: Any) -> None:
    """From kgateway's proxies, or from the public subnets, where load balancers stand."""
    proxies = {flow.source.labels for flow in render(Api, site("prod-us-east-2")).flows}
    subnets = {flow.source.cidr for flow in render(Api, site("prod-us-east-1")).flows}

    assert proxies == {(("gateway.networking.k8s.io/gateway-name", "edge"),)}
    assert subnets == {"10.20.0.0/19", "10.20.32.0/19", "10.20.64.0/19"}
