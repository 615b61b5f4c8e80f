"""Pools: they hold pods, and their picker is theirs."""

from __future__ import annotations

from typing import Any

import pytest

POOL = """
apiVersion: inference.networking.k8s.io/v1
kind: InferencePool
metadata: {name: small, namespace: shop}
spec:
  selector: {matchLabels: {app: small}}
  targetPorts: [{number: 8000}]
  endpointPickerRef: {name: small-picker, port: {number: 9002}, failureMode: FailOpen}
"""

PARAMETERS = """
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayParameters
metadata: {name: inside, namespace: shop}
spec:
  deployment:
    spec:
      template:
        spec:
          priorityClassName: platform
          topologySpreadConstraints:
            - {maxSkew: 1, topologyKey: zone, labelSelector: {matchLabels: {gateway.networking.k8s.io/gateway-name: inside}}}
  podDisruptionBudget: {spec: {selector: {matchLabels: {gateway.networking.k8s.io/gateway-name: inside}}}}
"""

REST = """
---
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: platform}, value: 1}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: inside, namespace: shop}
spec: {gatewayClassName: agentgateway, listeners: [{name: http, port: 8080, protocol: HTTP}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: small, namespace: shop}
spec:
  template:
    metadata: {labels: {app: small}}
    spec: {containers: [{name: vllm, image: vllm, ports: [{name: http, containerPort: 8000}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: small-picker, namespace: shop}
spec: {selector: {app: small-picker}, ports: [{name: grpc, port: 9002}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: small-picker, namespace: shop}
spec:
  template:
    metadata: {labels: {app: small-picker}}
    spec:
      containers:
        - {name: picker, image: picker, args: [--pool-name=small], ports: [{name: grpc, containerPort: 9002}]}
---
apiVersion: v1
kind: Service
metadata: {name: large-picker, namespace: shop}
spec: {selector: {app: large-picker}, ports: [{name: grpc, port: 9002}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: large-picker, namespace: shop}
spec:
  template:
    metadata: {labels: {app: large-picker}}
    spec:
      containers:
        - {name: picker, image: picker, args: [--pool-name, large], ports: [{name: grpc, containerPort: 9002}]}
"""


def test_a_pool_of_pods_with_a_picker_of_its_own_is_fine(follow: Any) -> None:
    """Pods, their port, and who chooses among them."""
    followed = follow(POOL + REST)

    assert followed.problems == {}
    assert {"InferencePool -> pods", "InferencePool -> port", "InferencePool -> picker"} <= set(followed.held)


@pytest.mark.parametrize(
    ("old", "new", "rule", "says"),
    [
        ("app: small", "app: smal", "empty-pool", "no pods of shop carry app=smal"),
        ("number: 8000", "number: 8080", "empty-pool", "the pods open 8000, not 8080"),
        ("name: small-picker", "name: smal-picker", "missing-picker", "did you mean `small-picker`?"),
        ("number: 9002", "number: 9003", "missing-picker", "has no port 9003"),
        ("name: small-picker", "name: large-picker", "missing-picker", "looks after the pool large"),
    ],
)
def test_a_pool_of_nothing_is_found(follow: Any, old: str, new: str, rule: str, says: str) -> None:
    """Each by the part that leads nowhere."""
    assert old in POOL

    problems = follow(POOL.replace(old, new) + REST).problems

    assert [says in problem for problem in problems[rule]] == [True]


def test_parameters_lead_to_the_proxies_of_their_gateway(follow: Any) -> None:
    """Those that agentgateway makes, by the labels that it gives them."""
    followed = follow(PARAMETERS + REST)

    assert followed.problems == {}
    assert followed.held["proxies' parameters -> pods"] == 2


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("priorityClassName: platform", "priorityClassName: platfrom", "missing-class"),
        ("name: inside}}}", "name: in}}}", "no-pods"),
    ],
)
def test_parameters_that_lead_nowhere_are_found(follow: Any, old: str, new: str, rule: str) -> None:
    """A misspelt class refuses the pods; a selector of nothing spreads and holds nothing."""
    assert old in PARAMETERS

    assert follow(PARAMETERS.replace(old, new) + REST).problems[rule]


def test_a_gateway_of_another_class_has_other_proxies(follow: Any) -> None:
    """Two operators make proxies of Gateways: kgateway's open other ports."""
    monitor = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: inside, namespace: shop}
spec:
  podSelector: {matchLabels: {gateway.networking.k8s.io/gateway-name: inside}}
  ingress: [{from: [{podSelector: {}}], ports: [{protocol: TCP, port: 15020}]}]
"""

    agentgateway = follow(monitor + REST).problems
    kgateway = follow(monitor + REST.replace("gatewayClassName: agentgateway", "gatewayClassName: kgateway")).problems

    assert "no-port" not in agentgateway
    assert kgateway["no-port"]


GATEWAY_LIST = """
apiVersion: v1
kind: ConfigMap
metadata: {name: gateway, namespace: shop}
data:
  config.yaml: |
    model_list:
      - model_name: small
        litellm_params: {model: hosted_vllm/small, api_base: "http://inside.shop.svc:8080/small/v1"}
"""

ROUTES = """
---
apiVersion: inference.networking.k8s.io/v1
kind: InferencePool
metadata: {name: small, namespace: shop}
spec: {selector: {matchLabels: {app: small}}, targetPorts: [{number: 8000}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: small, namespace: shop}
spec:
  parentRefs: [{name: inside}]
  rules:
    - matches: [{path: {type: PathPrefix, value: /small}}]
      backendRefs: [{group: inference.networking.k8s.io, kind: InferencePool, name: small}]
"""


def test_a_model_is_followed_through_its_pool(follow: Any) -> None:
    """The name that a gateway asks for is the one under which the pool's pods serve; another path leads to nobody."""
    served = REST.replace("image: vllm,", "image: vllm, args: [--served-model-name=small],") + ROUTES
    other = served.replace("--served-model-name=small", "--served-model-name=tiny")

    assert follow(GATEWAY_LIST + served).held["offered model -> served model"] == 1
    (problem,) = follow(GATEWAY_LIST + other).problems["model-not-served"]
    assert problem == "inside serves tiny, not 'small'"
    assert "model-not-served" not in follow(GATEWAY_LIST.replace("8080/small/", "8080/smal/") + other).problems
