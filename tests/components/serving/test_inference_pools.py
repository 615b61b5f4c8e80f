"""Inference pools: a picker per model behind one gateway, which model gateways ask in place of the servers."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from groundwork.components.gateway.bifrost import Bifrost
from groundwork.components.serving.inference_pools import InferencePools, pooled
from groundwork.components.serving.vllm import Vllm
from groundwork.kube.flow import Peer

PROXIES = Peer.pods("ai-inference", {"gateway.networking.k8s.io/gateway-name": "inference"})


@pytest.fixture(scope="module")
def rendering(render: Any, site: Any) -> Any:
    """In the cluster whose design has it."""
    return render(InferencePools, site("prod-us-east-2"))


def flows(rendering: Any) -> set[tuple[str, str, int]]:
    """Who opens connections to whom inside the namespace, by the last part of their labels."""
    return {
        (one.source.labels[-1][1], one.target.labels[-1][1], one.port)
        for one in rendering.flows
        if one.source.labels and one.target.labels
    }


def test_pools_are_for_models_of_several_replicas(site: Any) -> None:
    """On GPUs, by vLLM, which says how busy each replica is; elsewhere the Service does."""
    assert [one.name for one in pooled(site("prod-us-east-2"))] == ["glm-5-fp8", "qwen3-4b"]
    assert pooled(site("prod-us-east-1")) == []


def test_a_pool_holds_the_servers_pods_and_asks_its_own_picker(
    rendering: Any, render: Any, site: Any, find: Any
) -> None:
    """By the labels and the port of the model's server."""
    server = find(render(Vllm, site("prod-us-east-2")), "Deployment", "qwen3-4b")["spec"]
    pool = find(rendering, "InferencePool", "qwen3-4b")["spec"]
    picker = find(rendering, "Deployment", "qwen3-4b-picker")["spec"]["template"]["spec"]["containers"][0]
    service = find(rendering, "Service", "qwen3-4b-picker")["spec"]

    assert pool["selector"]["matchLabels"] == server["selector"]["matchLabels"]
    assert pool["targetPorts"] == [{"number": 8000}]
    assert pool["endpointPickerRef"]["name"] == "qwen3-4b-picker"
    assert pool["endpointPickerRef"]["port"]["number"] in [one["port"] for one in service["ports"]]
    assert "--pool-name=qwen3-4b" in picker["args"]


def test_without_its_picker_a_pool_is_a_service(rendering: Any, find: Any) -> None:
    """The default closes: one pod that is away would be an outage of the model."""
    for name in ("glm-5-fp8", "qwen3-4b"):
        assert find(rendering, "InferencePool", name)["spec"]["endpointPickerRef"]["failureMode"] == "FailOpen"


def test_model_gateways_ask_the_pool(render: Any, site: Any, find: Any) -> None:
    """The address of a model leads to its route, and what is before its path is taken away there."""
    gateway = render(Bifrost, site("prod-us-east-2"))
    route = find(render(InferencePools, site("prod-us-east-2")), "HTTPRoute", "qwen3-4b")["spec"]["rules"][0]

    config = find(gateway, "ConfigMap", "bifrost")["data"]["config.json"]
    assert '"http://inference.ai-inference.svc:8080/qwen3-4b"' in config
    assert route["matches"] == [{"path": {"type": "PathPrefix", "value": "/qwen3-4b"}}]
    assert route["filters"][0]["urlRewrite"]["path"]["replacePrefixMatch"] == "/"
    assert route["backendRefs"][0]["kind"] == "InferencePool"
    assert any(flow.target == PROXIES and flow.port == 8080 for flow in gateway.flows)


def test_an_answer_takes_as_long_as_it_takes(rendering: Any, find: Any) -> None:
    """Neither the route nor a proxy that is asked to stop cuts a stream short."""
    assert find(rendering, "HTTPRoute", "glm-5-fp8")["spec"]["rules"][0]["timeouts"] == {"request": "0s"}
    assert find(rendering, "AgentgatewayParameters", "inference")["spec"]["shutdown"]["max"] >= 600


def test_the_gateway_is_for_the_inside(rendering: Any, find: Any) -> None:
    """By default the controller would make a public load balancer, of one pod, that restricted namespaces do not admit."""
    gateway = find(rendering, "Gateway", "inference")
    spec = find(rendering, "AgentgatewayParameters", "inference")["spec"]

    assert gateway["spec"]["gatewayClassName"] == "agentgateway"
    assert gateway["metadata"]["labels"]["groundwork.dev/facing"] == "inside"
    assert spec["service"]["spec"]["type"] == "ClusterIP"
    assert spec["deployment"]["spec"]["replicas"] == 2
    pod = spec["deployment"]["spec"]["template"]["spec"]
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}


def test_a_picker_sees_pods_and_pools_of_its_namespace_and_changes_nothing(rendering: Any, find: Any) -> None:
    """No Secrets, no other namespace."""
    rules = find(rendering, "Role", "qwen3-4b-picker")["rules"]

    assert {resource for rule in rules for resource in rule["resources"]} == {"inferencepools", "pods"}
    assert {verb for rule in rules for verb in rule["verbs"]} == {"get", "list", "watch"}


def test_a_picker_looks_at_the_shared_beginning_first(rendering: Any, find: Any) -> None:
    """A prompt whose beginning is cached costs little; queue and free cache decide between equals."""
    config = yaml.safe_load(find(rendering, "ConfigMap", "qwen3-4b-picker")["data"]["picking.yaml"])

    weights = {one["pluginRef"]: one["weight"] for one in config["schedulingProfiles"][0]["plugins"]}
    assert max(weights, key=lambda name: weights[name]) == "prefix-cache-scorer"
    assert set(weights) == {one["type"] for one in config["plugins"]}


def test_replicas_that_hold_an_adapter_come_first_where_there_are_adapters(rendering: Any, find: Any) -> None:
    """Loading one into the GPU's memory takes longer than a short answer."""
    with_adapters, without = (
        find(rendering, "ConfigMap", f"{name}-picker")["data"]["picking.yaml"] for name in ("qwen3-4b", "glm-5-fp8")
    )

    assert "lora-affinity-scorer" in with_adapters
    assert "lora-affinity-scorer" not in without


def test_paths_are_open_where_requests_go(rendering: Any) -> None:
    """From the proxies to pickers and servers, from pickers to the servers that they watch, and to nobody else's."""
    assert {
        ("inference", "qwen3-4b-picker", 9002),
        ("inference", "qwen3-4b", 8000),
        ("qwen3-4b-picker", "qwen3-4b", 8000),
    } <= flows(rendering)
    assert ("qwen3-4b-picker", "glm-5-fp8", 8000) not in flows(rendering)


def test_a_model_that_may_sleep_is_not_missed(rendering: Any, find: Any) -> None:
    """The alert of an empty pool names models that are always awake."""
    (group,) = find(rendering, "PrometheusRule", "inference-pools")["spec"]["groups"]
    asked = {rule["alert"]: rule["expr"] for rule in group["rules"]}

    assert asked["InferencePoolEmpty"] == 'llm_d_epp_ready_endpoints{name=~"glm-5-fp8|qwen3-4b"} == 0'
    assert 'deployment=~"glm-5-fp8-picker|qwen3-4b-picker"' in asked["EndpointPickerGone"]
