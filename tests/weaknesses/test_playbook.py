"""The mistakes of the playbook's Agentic AI Platform, numbered as they were found: each is refused.

Not here, because no manifest of ours shows them: 23 (a classifier's code) and 28 (how a caller names an adapter) are applications;
27 (an old Milvus chart) and 18 (a chart that makes its own secrets at every render) are charts that this platform does not install:
one that nobody has read is a finding; 5's missing flows come with the network proof.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.weaknesses.conftest import AUTO, deployment


def test_p1_kinds_and_fields_that_nobody_serves(refused: Any) -> None:
    """An older kagent's fields, invented ones, and a kind that does not exist."""
    agent = {
        "apiVersion": "kagent.dev/v1alpha2",
        "kind": "Agent",
        "metadata": {"name": "rag", "namespace": "ai-agents"},
        "spec": {"model": "qwen", "systemPrompt": "...", "scaling": {"min": 1}},
    }
    tool = {"apiVersion": "kagent.dev/v1alpha1", "kind": "Tool", "metadata": {"name": "x", "namespace": "ai-agents"}}

    assert "schema/unknown-field" in refused(agent)
    assert "schema/unknown-kind" in refused(tool)


def test_p2_machine_images_that_have_ended(refused: Any, edited: Any) -> None:
    """Amazon Linux 2, and an alias without a version."""
    old = edited("EC2NodeClass", "gpu-l4", spec__amiFamily="AL2")
    moving = edited("EC2NodeClass", "gpu-l4", spec__amiSelectorTerms=[{"alias": "al2023@latest"}])

    assert "policies/unpinned-ami" in refused(old)
    assert "policies/unpinned-ami" in refused(moving)


def test_p3_one_pool_for_every_gpu(refused: Any, edited: Any) -> None:
    """A10G, A100 and H100 side by side, consolidated after 30 seconds."""
    requirement = {"key": "karpenter.k8s.aws/instance-gpu-name", "operator": "In", "values": ["a10g", "a100", "h100"]}
    pool = edited("NodePool", "gpu-l4", spec__template__spec__requirements=[requirement])

    assert "policies/mixed-accelerators" in refused(pool)


def test_p4_namespaces_by_a_label_that_they_do_not_carry(refused: Any, edited: Any) -> None:
    """`name: ai-agents` matches nothing."""
    policy = edited(
        "NetworkPolicy",
        "litellm",
        spec__ingress__0__from=[{"namespaceSelector": {"matchLabels": {"name": "ai-agents"}}, "podSelector": {}}],
    )

    assert {"policies/namespace-label", "references/dead-peer"} <= refused(policy)


def test_p5_the_internet_minus_the_private_ranges(refused: Any, edited: Any) -> None:
    """Open to everybody else, and shut for the VPC's own endpoints."""
    block = {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]}

    assert "policies/open-egress" in refused(
        edited("NetworkPolicy", "web-search", spec__egress=[{"to": [{"ipBlock": block}]}])
    )


def test_p6_policies_that_nobody_enforces(refused: Any, edited: Any) -> None:
    """The network plugin was never told to."""
    assert "policies/unenforced-policies" in refused(
        edited("ClusterConfig", "prod-us-east-2", addons=[{"name": "vpc-cni"}])
    )


def test_p7_sidecars_in_a_restricted_namespace(refused: Any, edited: Any) -> None:
    """Admission would refuse every pod."""
    labels = {"istio-injection": "enabled", "pod-security.kubernetes.io/enforce": "restricted"}

    assert "policies/sidecar-injection" in refused(edited("Namespace", "ai-gateway", metadata__labels=labels))


def test_p8_tolerations_by_annotation(refused: Any, edited: Any) -> None:
    """EKS does not read it."""
    annotations = {"scheduler.alpha.kubernetes.io/defaultTolerations": '[{"key": "nvidia.com/gpu"}]'}

    assert "policies/inert-annotation" in refused(
        edited("Namespace", "ai-inference", metadata__annotations=annotations)
    )


def test_p9_a_privileged_namespace_for_models(refused: Any, edited: Any) -> None:
    """VLLM needs no privilege; and the standard's versions are unsaid."""
    labels = {"pod-security.kubernetes.io/enforce": "privileged"}

    assert "policies/undefended-namespace" in refused(edited("Namespace", "ai-inference", metadata__labels=labels))


def test_p10_patterns_as_names_and_secrets_for_people(refused: Any) -> None:
    """Names of resources know no patterns, and listing Secrets is reading them."""
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": "agents", "namespace": "ai-agents"},
        "rules": [
            {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"], "resourceNames": ["agent-*"]}
        ],
    }

    assert {"policies/resource-name-glob", "policies/sensitive-role"} <= refused(role)


def test_p11_a_route_that_looks_in_its_own_namespace(refused: Any, edited: Any) -> None:
    """The backend is elsewhere, and nobody granted the reference."""
    here = edited("HTTPRoute", "api", spec__rules__0__backendRefs=[{"name": "qwen3-4b", "port": 8000}])
    there = edited(
        "HTTPRoute",
        "api",
        spec__rules__0__backendRefs=[{"name": "qwen3-4b", "namespace": "ai-inference", "port": 8000}],
    )

    assert "references/missing-backend" in refused(here)
    assert "references/missing-grant" in refused(there)


def test_p12_a_gateway_without_tls_and_with_the_default_timeout(refused: Any, edited: Any) -> None:
    """Fifteen seconds for a completion, in clear text."""
    selector = {"from": "Selector", "selector": {"matchLabels": {"app.kubernetes.io/part-of": "groundwork"}}}

    assert "policies/short-timeout" in refused(edited("HTTPRoute", "api", spec__rules__0__timeouts=None))
    assert "policies/plain-http" in refused(
        edited("Gateway", "edge", spec__listeners__1__allowedRoutes={"namespaces": selector})
    )


def test_p13_nodes_without_a_device_plugin(refused: Any, edited: Any) -> None:
    """Nothing else registers the GPUs of these nodes."""
    values = {"devicePlugin": {"enabled": False}, "driver": {"enabled": False}, "toolkit": {"enabled": False}}

    assert "policies/competing-driver" in refused(
        edited("Application", "gpu-operator", spec__sources__0__helm__valuesObject=values)
    )


def test_p14_an_engine_in_maintenance_mode(refused: Any) -> None:
    """TGI; vLLM serves the same models."""
    assert "policies/retired-image" in refused(
        deployment({"image": "ghcr.io/huggingface/text-generation-inference:3.0.0"})
    )


def test_p15_a_quota_that_refuses_what_says_nothing(refused: Any) -> None:
    """A tenant's namespace with a quota and no defaults."""
    labels = {
        f"pod-security.kubernetes.io/{mode}{end}": value
        for mode in ("enforce", "warn", "audit")
        for end, value in (("", "restricted"), ("-version", "v1.35"))
    }
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "tenant-x", "labels": labels}}
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "quota", "namespace": "tenant-x"},
        "spec": {"hard": {"limits.memory": "1Ti"}},
    }

    assert "policies/undefended-namespace" in refused(namespace, quota)


def test_p16_a_scaler_that_never_scales(refused: Any, edited: Any) -> None:
    """A ratio against 80, a series that nobody exposes, a target of another name."""
    at = "spec__triggers__0__metadata__"
    ratio = edited(
        "ScaledObject", "qwen3-4b", **{f"{at}query": "avg(vllm:kv_cache_usage_perc)", f"{at}threshold": "80"}
    )
    nobody = edited("ScaledObject", "qwen3-4b", **{f"{at}query": "sum(agent_active_sessions)"})
    target = edited("ScaledObject", "qwen3-4b", spec__scaleTargetRef__name="agent")

    assert "policies/impossible-threshold" in refused(ratio)
    assert "references/no-series" in refused(nobody)
    assert "references/missing-scale-target" in refused(target)


def test_p17_monitors_and_alerts_on_nothing(refused: Any, edited: Any) -> None:
    """A port of another name, series that do not exist, a quantile over mixed buckets."""
    at = "spec__groups__0__rules__0__expr"
    quantile = "histogram_quantile(0.95, sum(rate(vllm:time_to_first_token_seconds_bucket[5m]))) > 5"

    assert "references/nothing-scraped" in refused(
        edited("ServiceMonitor", "litellm", spec__endpoints__0__port="metrics")
    )
    assert "references/no-series" in refused(edited("PrometheusRule", "litellm", **{at: "agent_errors_total > 1"}))
    assert "policies/unsplit-histogram" in refused(edited("PrometheusRule", "litellm", **{at: quantile}))


def test_p19_policies_of_the_gateway_that_fail_open_or_aim_past(refused: Any, edited: Any) -> None:
    """A guardrail that fails lets everything through by default; a policy reaches nothing in another namespace."""
    guardrail = edited(
        "GatewayExtension",
        "guardrail",
        spec={"extProc": {"grpcService": {"backendRef": {"name": "guard", "port": 9000}}}},
    )
    elsewhere = edited("TrafficPolicy", "api-agents", metadata__namespace="ai-agents")

    assert "policies/open-guardrail" in refused(guardrail)
    assert "references/missing-policy-target" in refused(elsewhere)


def test_p20_inference_kinds_that_are_gone(refused: Any) -> None:
    """InferenceModel, and InferencePool of the old group."""
    metadata = {"name": "x", "namespace": "ai-inference"}
    model = {
        "apiVersion": "inference.networking.x-k8s.io/v1alpha2",
        "kind": "InferenceModel",
        "metadata": metadata,
        "spec": {},
    }

    assert "schema/unknown-kind" in refused(model)


def test_p21_three_replicas_on_one_disk(refused: Any) -> None:
    """And a Basic credential in a ConfigMap."""
    gateway = deployment(
        {"image": "maximhq/bifrost:v1.6.6"}, volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": "x"}}]
    )
    gateway["spec"]["replicas"] = 3
    headers = {"a.json": '{"headers": {"Authorization": "Basic ' + 'cGs6c2stMTIzNDU2"}}'}
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "x", "namespace": "ai-gateway"},
        "data": headers,
    }

    assert "policies/shared-disk" in refused(gateway)
    assert "policies/literal-secret" in refused(config)


def test_p22_a_model_server_that_downloads_and_trusts(refused: Any) -> None:
    """A repository's name past the local copy, a nightly image, remote code, hand-picked devices, no startup probe."""
    resources = {"limits": {"nvidia.com/gpu": "8"}}
    environment = [{"name": "CUDA_VISIBLE_DEVICES", "value": "0,1,2,3,4,5,6,7"}]
    server = deployment(
        {
            "image": "vllm/vllm-openai:nightly",
            "args": ["--model", "zai-org/GLM-5-FP8", "--trust-remote-code"],
            "env": environment,
            "resources": resources,
        }
    )

    assert {
        "policies/mutable-tag",
        "policies/trust-remote-code",
        "policies/visible-devices",
        "policies/missing-startup-probe",
        "policies/surging-accelerator",
        "policies/accelerator-placement",
        "policies/model-from-hub",
    } <= refused(server)


def test_p24_two_routes_for_one_path_and_a_host_that_nobody_serves(refused: Any, edited: Any) -> None:
    """The older route wins; the name in the check is not the route's."""
    twin = edited("HTTPRoute", "api", metadata__name="zz-api")
    stranger = edited("HTTPRoute", "api", spec__hostnames=["api.example.org"])

    assert "references/contested-route" in refused(twin)
    assert "references/missing-listener" in refused(stranger)


def test_p25_increase_of_a_gauge(refused: Any, edited: Any) -> None:
    """A number without meaning."""
    expression = {"spec__groups__0__rules__0__expr": "increase(vllm:num_requests_running[1h]) > 1"}

    assert "references/misused-series" in refused(edited("PrometheusRule", "litellm", **expression))


def test_p26_what_every_workload_lacked(refused: Any) -> None:
    """Probes, resources, an account of its own."""
    assert {"policies/missing-probe", "policies/missing-resources", "policies/default-service-account"} <= refused(
        deployment({"image": "a/b:1.0", "ports": [{"containerPort": 8000}]})
    )


def test_p27_a_chart_that_nobody_has_read(refused: Any, edited: Any) -> None:
    """What it makes is unknown, so nothing about it can be proved."""
    assert "references/unknown-chart" in refused(edited("Application", "keda", spec__sources__0__chart="milvus"))


def test_p29_connections_dropped_while_a_model_thinks(refused: Any, edited: Any) -> None:
    """350 silent seconds are all that an NLB waits."""
    assert "policies/short-idle" in refused(
        edited("GatewayParameters", "edge", spec__kube__service__extraAnnotations={})
    )


def test_auto_mode_keeps_its_own_switch(refused: Any, edited: Any) -> None:
    """On Auto Mode the ConfigMap is what counts, and it is there."""
    config = edited("ClusterConfig", "prod-us-east-1", cluster=AUTO)

    assert "policies/unenforced-policies" not in refused(config, cluster=AUTO)


def test_every_number_is_a_test_or_said_not_to_be_one() -> None:
    """None of the 29 was forgotten."""
    here = Path(__file__).read_text()
    said = {5, 18, 23, 27, 28}

    assert [number for number in range(1, 30) if f"test_p{number}_" not in here and number not in said] == []
