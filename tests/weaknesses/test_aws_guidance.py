"""The mistakes of the AWS guidance for model inference and agentic AI on EKS, numbered as they were found: each is refused.

Not here, because no manifest shows them: W8 (random vectors where an embedding fails) and W9 (evaluation that evaluates nothing)
are the application's code; W2 (scripts that write credentials into tracked files) and W13 (an order of scripts) have no place in
this repository: nothing here runs a script against a cluster. W19 (images for one architecture) comes with the placement proof.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.weaknesses.conftest import AUTO, deployment, document

ROOT = Path(__file__).resolve().parents[2]


def test_w1_credentials_in_git(refused: Any) -> None:
    """A token in a Secret, a password in a variable, a key in a ConfigMap."""
    metadata = {"name": "hf-token", "namespace": "ai-gateway"}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"token": "x"}}
    variable = deployment(
        {"image": "a/b:1.0", "env": [{"name": "DATABASE_URL", "value": "postgresql://llm:" + "proxy@db/x"}]}
    )
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata,
        "data": {"a.yaml": "master_key: " + "sk-1234\n"},
    }

    assert "policies/secret-object" in refused(secret)
    assert "policies/literal-secret" in refused(variable)
    assert "policies/literal-secret" in refused(config)


def test_w2_no_script_touches_a_cluster() -> None:
    """Credentials are made by commands that `groundwork secrets` prints, and no target of make knows kubectl."""
    assert "kubectl" not in (ROOT / "Makefile").read_text()


def test_w3_the_internet_without_tls_or_sign_in(refused: Any, edited: Any) -> None:
    """A plain load balancer, a route that everybody may use, a Service of its own outside."""
    ingress = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {
            "name": "agent",
            "namespace": "ai-agents",
            "annotations": {"alb.ingress.kubernetes.io/scheme": "internet-facing"},
        },
        "spec": {"defaultBackend": {"service": {"name": "litellm", "port": {"number": 4000}}}},
    }
    anonymous = edited("HTTPRoute", "api", metadata__annotations=None)
    service = edited("Service", "litellm", spec__type="LoadBalancer")

    assert "policies/plain-http" in refused(ingress)
    assert "policies/anonymous-route" in refused(anonymous)
    assert "policies/service-type" in refused(service)


def test_w4_a_search_domain_for_everybody(refused: Any) -> None:
    """Public, with Principal * in its policy."""
    domain = {
        "apiVersion": "opensearchservice.services.k8s.aws/v1alpha1",
        "kind": "Domain",
        "metadata": {"name": "knowledge", "namespace": "ai-data"},
        "spec": {"name": "knowledge", "accessPolicies": document(Principal={"AWS": "*"}, Action="es:*", Resource="*")},
    }

    assert "policies/public-endpoint" in refused(domain)


def test_w5_everything_in_default_without_any_protection(refused: Any) -> None:
    """No namespace, no standard, no policy, no quota, root, a mounted token."""
    bare = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "ai-models"}}

    assert {
        "policies/default-namespace",
        "policies/root-user",
        "policies/default-service-account",
        "policies/mounted-token",
        "policies/missing-seccomp",
    } <= refused(deployment({"image": "a/b:1.0"}, namespace="default"))
    assert "policies/undefended-namespace" in refused(bare)


def test_w6_cleaning_up_takes_the_data_along(refused: Any, edited: Any) -> None:
    """A database that Argo CD would prune without asking."""
    assert "policies/unconfirmed-prune" in refused(edited("Cluster", "litellm-postgres", metadata__annotations=None))


@pytest.mark.parametrize(
    "image", ["a/agent:latest", "ghcr.io/a/litellm:litellm-main-latest", "ghcr.io/a/llama.cpp:server", "a/b"]
)
def test_w7_moving_tags(refused: Any, image: str) -> None:
    """Whatever was pushed last."""
    assert "policies/mutable-tag" in refused(deployment({"image": image}))


def test_w7_unpinned_charts(refused: Any, edited: Any) -> None:
    """A chart of any version, a repository's HEAD."""
    assert "policies/unpinned-source" in refused(edited("Application", "keda", spec__sources__0__targetRevision="*"))
    assert "policies/unpinned-source" in refused(
        edited("Application", "gateway-api", spec__source__targetRevision="HEAD")
    )


def test_w10_probes_that_kill_a_server_while_it_loads(refused: Any, edited: Any) -> None:
    """No startup probe on a server that downloads 28 GB; no probe at all on a tool."""
    at = "spec__template__spec__containers__0__"

    assert "policies/missing-startup-probe" in refused(edited("Deployment", "qwen3-4b", **{f"{at}startupProbe": None}))
    assert "policies/missing-probe" in refused(edited("Deployment", "web-search", **{f"{at}readinessProbe": None}))


def test_w11_rollouts_that_never_end(refused: Any, edited: Any) -> None:
    """One disk and a surging rollout, a disk before its pod, an annotation that protects nothing."""
    disk = [{"name": "data", "persistentVolumeClaim": {"claimName": "models"}}]
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {
            "name": "models",
            "namespace": "ai-inference",
            "annotations": {"kubernetes.io/pvc-protection": "true"},
        },
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "900Gi"}}},
    }
    surging = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}

    assert "policies/shared-disk" in refused(deployment({"image": "a/b:1.0"}, volumes=disk))
    assert "policies/surging-accelerator" in refused(edited("Deployment", "qwen3-4b", spec__strategy=surging))
    assert "policies/immediate-binding" in refused(edited("StorageClass", "standard", volumeBindingMode="Immediate"))
    assert "policies/inert-annotation" in refused(claim)


def test_w12_software_is_installed_when_a_worker_starts(refused: Any) -> None:
    """An engine compiled by pip in every pod."""
    line = "CMAKE_ARGS=-DGGML_NATIVE=ON pip install llama_cpp_python && ray start"

    assert "policies/download-at-start" in refused(
        deployment({"image": "rayproject/ray:2.39.0", "command": ["sh", "-c", line]})
    )


def test_w13_names_of_another_cluster_and_region(refused: Any, edited: Any) -> None:
    """The region us-east-1 written into a manifest of us-east-2."""
    role = edited(
        "Role",
        "prometheus",
        spec__inlinePolicies={
            "access": document(Action="aps:RemoteWrite", Resource="arn:aws:aps:us-east-1:111122223333:workspace/*")
        },
    )

    assert "references/other-cluster" in refused(role)


def test_w14_more_rights_than_needed(refused: Any, edited: Any) -> None:
    """FullAccess, `*`, the account's root, edit for a tool."""
    binding = edited("RoleBinding", "agent-viewer", roleRef__name="edit")
    trust = document(Principal={"AWS": "arn:aws:iam::111122223333:root"}, Action="sts:AssumeRole")

    assert "policies/full-access-policy" in refused(
        edited("Role", "prometheus", spec__policies=["arn:aws:iam::aws:policy/AmazonBedrockFullAccess"])
    )
    assert "policies/iam-wildcard" in refused(
        edited("Role", "prometheus", spec__inlinePolicies={"a": document(Action="bedrock:InvokeModel", Resource="*")})
    )
    assert "policies/broad-trust" in refused(edited("Role", "prometheus", spec__assumeRolePolicyDocument=trust))
    assert "policies/builtin-role" in refused(binding)


def test_w15_monitoring_that_sees_nothing(refused: Any, edited: Any) -> None:
    """A monitor with somebody else's labels, and agents on nodes that Auto Mode does not have."""
    monitor = edited("ServiceMonitor", "litellm", spec__selector__matchLabels={"release": "kube-prometheus-stack"})
    neuron = edited(
        "Deployment",
        "qwen3-4b",
        cluster=AUTO,
        spec__template__spec__nodeSelector={"karpenter.k8s.aws/instance-gpu-name": "l4"},
    )

    assert "references/nothing-scraped" in refused(monitor)
    assert "references/missing-node-label" in refused(neuron, cluster=AUTO)


def test_w16_a_model_that_is_routed_and_not_deployed(refused: Any, edited: Any) -> None:
    """The gateway lists a vision model that no Service serves."""
    config = edited("ConfigMap", "litellm")
    entry = "- model_name: vision\n  litellm_params: {model: hosted_vllm/vision, api_base: 'http://vision.ai-inference.svc:8000/v1'}\n"
    config["data"]["config.yaml"] = config["data"]["config.yaml"].replace("model_list:\n", f"model_list:\n{entry}")

    assert "references/missing-service" in refused(config)


def test_w17_an_agent_that_reaches_everything(refused: Any, edited: Any) -> None:
    """All keys of a Secret for a tool, and the whole internet for an agent."""
    keys = deployment({"image": "a/b:1.0", "envFrom": [{"secretRef": {"name": "litellm"}}]})
    everywhere = edited("NetworkPolicy", "web-search", spec__egress=[{"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}])

    assert "policies/whole-secret" in refused(keys)
    assert {"policies/open-egress", "policies/metadata-egress"} <= refused(everywhere)


def test_w18_a_gateway_of_one_pod(refused: Any, edited: Any) -> None:
    """One replica, no resources."""
    at = "spec__template__spec__containers__0__resources"

    assert "policies/single-replica" in refused(edited("Deployment", "litellm", spec__replicas=1))
    assert "policies/missing-resources" in refused(edited("Deployment", "litellm", **{at: None}))


def test_w20_applications_that_nothing_restricts(refused: Any, edited: Any) -> None:
    """The project default, and one that allows everything."""
    assert "policies/default-project" in refused(edited("Application", "litellm", spec__project="default"))
    assert "policies/default-project" in refused(edited("AppProject", "gateway", spec__sourceRepos=["*"]))


def test_w21_accelerators_without_a_brake(refused: Any, edited: Any) -> None:
    """No limits, consolidation after half a minute, nodes replaced every eight hours."""
    hasty = edited(
        "NodePool",
        "gpu-l4",
        spec__disruption={"consolidationPolicy": "WhenEmptyOrUnderutilized", "consolidateAfter": "30s"},
    )

    assert "policies/unlimited-pool" in refused(edited("NodePool", "gpu-l4", spec__limits=None))
    assert "policies/evicting-consolidation" in refused(hasty)
    assert "policies/evicting-consolidation" in refused(
        edited("NodePool", "gpu-l4", spec__template__spec__expireAfter="8h")
    )


def test_w22_an_operator_beside_its_own_twin(refused: Any, edited: Any) -> None:
    """Two charts bring the same controller, and both act on every object of its kinds."""
    twin = edited("Application", "keda", metadata__name="keda-again")

    assert "references/two-installers" in refused(twin)


def test_w23_a_chart_that_leaves_everything_open(refused: Any) -> None:
    """VLLM's newest image, shared memory without end, no security context."""
    shared = [{"name": "shm", "emptyDir": {"medium": "Memory"}}]

    assert {"policies/mutable-tag", "policies/unbounded-scratch", "policies/privileged-container"} <= refused(
        deployment({"image": "vllm/vllm-openai:latest"}, volumes=shared)
    )


def test_w24_passwords_among_a_charts_values(refused: Any, edited: Any) -> None:
    """Literals for Langfuse, its database and its cache."""
    values = {"langfuse": {"salt": {"value": "x"}}, "postgresql": {"auth": {"password": "langfuse"}}}

    assert "policies/literal-secret" in refused(
        edited("Application", "keda", spec__sources__0__helm__valuesObject=values)
    )


def test_every_number_is_a_test_or_said_not_to_be_one() -> None:
    """None of the 24 was forgotten."""
    here = Path(__file__).read_text()

    assert [number for number in range(1, 25) if f"test_w{number}_" not in here and f"W{number} " not in here] == []
