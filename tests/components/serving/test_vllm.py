"""vLLM: servers that fit their nodes, load from S3, and cost nothing while they sleep."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from groundwork.catalog.quantities import parse_quantity
from groundwork.components.serving.vllm import Vllm


def container(deployment: Any) -> Any:
    """The model server's own container."""
    return deployment["spec"]["template"]["spec"]["containers"][0]


def test_the_server_reads_the_copied_weights_and_serves_them_under_the_models_name(
    render: Any, site: Any, find: Any
) -> None:
    """A hub's name among the arguments would download everything again (playbook finding 22)."""
    deployment = find(render(Vllm, site("prod-us-east-1")), "Deployment", "qwen3-14b")

    arguments = container(deployment)["args"]
    assert arguments[0] == "/models/qwen3-14b"
    assert {"--served-model-name=qwen3-14b", "--tensor-parallel-size=4", "--max-model-len=32768"} <= set(arguments)
    assert not any("trust-remote-code" in argument for argument in arguments)


def test_w10_a_slow_load_is_not_a_failure(render: Any, site: Any, find: Any) -> None:
    """The startup probe gives a 704 GiB model the time that it takes; liveness starts only then (weakness W10)."""
    deployment = find(render(Vllm, site("prod-us-east-2")), "Deployment", "glm-5-fp8")

    startup = container(deployment)["startupProbe"]
    assert startup["periodSeconds"] * startup["failureThreshold"] >= 40 * 60
    assert deployment["spec"]["progressDeadlineSeconds"] > startup["periodSeconds"] * startup["failureThreshold"]


def test_w11_a_rollout_needs_no_second_gpu_node(render: Any, site: Any, find: Any) -> None:
    """The old pod goes before the new one comes (weakness W11)."""
    deployment = find(render(Vllm, site("prod-us-east-1")), "Deployment", "qwen3-14b")

    assert deployment["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 0, "maxUnavailable": 1}


def test_the_pods_disk_limit_covers_its_volumes(render: Any, site: Any, find: Any) -> None:
    """Volumes on the node's disk count towards the container's limit: a smaller limit evicts the pod while it loads."""
    for name in ("dev-us-east-1", "prod-us-east-1", "prod-us-east-2"):
        rendering = render(Vllm, site(name))
        for model in (one for one in site(name).accelerated if one.hardware.nodes == 1):
            pod = find(rendering, "Deployment", model.name)["spec"]["template"]["spec"]
            volumes = [
                one["emptyDir"] for one in pod["volumes"] if "emptyDir" in one and "medium" not in one["emptyDir"]
            ]
            needed = sum((parse_quantity(one["sizeLimit"]) for one in volumes), Fraction(0))
            limits = [one["resources"]["limits"]["ephemeral-storage"] for one in pod["containers"]]
            assert sum((parse_quantity(one) for one in limits), Fraction(0)) >= needed


def test_service_links_are_off_and_no_service_is_called_vllm(render: Any, site: Any) -> None:
    """A Service's variables VLLM_... would be taken for vLLM's own settings (playbook 2.2)."""
    rendering = render(Vllm, site("prod-us-east-1"))

    names = [made.body["metadata"]["name"] for made in rendering.objects if made.body["kind"] == "Service"]
    pods = [made.body["spec"]["template"]["spec"] for made in rendering.objects if made.body["kind"] == "Deployment"]
    assert not any(name.startswith("vllm") for name in names)
    assert all(pod["enableServiceLinks"] is False for pod in pods)


def test_a_sleeping_model_is_woken_by_requests_at_the_gateway(render: Any, site: Any, find: Any) -> None:
    """At zero replicas vLLM has no series, so the trigger that wakes it is the gateway's (playbook 5.1-16)."""
    scaler = find(render(Vllm, site("dev-us-east-1")), "ScaledObject", "qwen3-4b")

    assert scaler["spec"]["minReplicaCount"] == 0
    queries = [trigger["metadata"]["query"] for trigger in scaler["spec"]["triggers"]]
    assert any('litellm_proxy_total_requests_metric_total{requested_model="qwen3-4b"}' in query for query in queries)
    assert all(
        isinstance(value, str) for trigger in scaler["spec"]["triggers"] for value in trigger["metadata"].values()
    )


def test_an_autoscaled_server_states_no_replicas(render: Any, site: Any, find: Any) -> None:
    """Git and the autoscaler would otherwise change the number in turns."""
    deployment = find(render(Vllm, site("prod-us-east-1")), "Deployment", "qwen3-4b")

    assert "replicas" not in deployment["spec"]


def test_a_neuron_model_asks_for_chips_and_uses_all_their_cores(render: Any, site: Any, find: Any) -> None:
    """One Inferentia2 chip has two cores: tensor parallelism counts those."""
    deployment = find(render(Vllm, site("prod-us-east-1")), "Deployment", "llama31-8b")

    assert container(deployment)["resources"]["limits"]["aws.amazon.com/neuron"] == "1"
    assert "--tensor-parallel-size=2" in container(deployment)["args"]
    assert deployment["spec"]["template"]["spec"]["nodeSelector"]["kubernetes.io/arch"] == "amd64"


def test_a_server_may_read_its_own_weights_and_nothing_else(render: Any, site: Any, find: Any) -> None:
    """The role of one model's pods does not open the next one's folder."""
    role = find(render(Vllm, site("prod-us-east-1")), "Role", "qwen3-4b")

    policy = role["spec"]["inlinePolicies"]["access"]
    assert "acme-prod-us-east-1-models-111122223333/qwen3-4b/*" in policy
    assert "s3:PutObject" not in policy
    assert "qwen3-14b" not in policy


def test_a_slow_start_is_granted_by_vllm_too(render: Any, site: Any, find: Any) -> None:
    """The server gives up on its own engine after ten minutes, whatever the probe allows."""
    server = container(find(render(Vllm, site("prod-us-east-2")), "Deployment", "glm-5-fp8"))

    (granted,) = [int(one["value"]) for one in server["env"] if one["name"] == "VLLM_ENGINE_READY_TIMEOUT_S"]
    startup = server["startupProbe"]
    assert granted > 1500
    assert granted <= startup["periodSeconds"] * startup["failureThreshold"]


def test_answers_may_be_finished_when_a_pod_is_asked_to_stop(render: Any, site: Any, find: Any) -> None:
    """The server drops what it is working on unless it is told to wait; Kubernetes waits a little longer still."""
    deployment = find(render(Vllm, site("prod-us-east-1")), "Deployment", "qwen3-14b")

    (drain,) = [one for one in container(deployment)["args"] if one.startswith("--shutdown-timeout=")]
    assert 0 < int(drain.partition("=")[2]) < deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]


def test_a_model_that_sees_takes_so_many_images_and_no_videos(render: Any, site: Any, find: Any) -> None:
    """Without a limit vLLM takes 999 of each, and keeps memory for the largest."""
    arguments = container(find(render(Vllm, site("prod-us-east-1")), "Deployment", "qwen25-vl-7b"))["args"]

    assert '--limit-mm-per-prompt={"image": 8, "video": 0}' in arguments
    blind = container(find(render(Vllm, site("prod-us-east-1")), "Deployment", "qwen3-14b"))["args"]
    assert not any(one.startswith("--limit-mm-per-prompt") for one in blind)


def test_neuron_is_told_nothing_that_its_older_vllm_does_not_know(render: Any, site: Any, find: Any) -> None:
    """An unknown flag ends the server before it starts; a cache of prefixes would need other programs."""
    arguments = container(find(render(Vllm, site("prod-us-east-1")), "Deployment", "llama31-8b"))["args"]

    assert "--no-enable-prefix-caching" in arguments
    assert not any(one.startswith(("--shutdown-timeout", "--disable-access-log")) for one in arguments)


def test_neuron_compiles_where_there_is_room(render: Any, site: Any, find: Any) -> None:
    """Next to the weights, or in /tmp, the pod would pass its limit of disk while it compiles."""
    server = container(find(render(Vllm, site("prod-us-east-1")), "Deployment", "llama31-8b"))

    places = [one["value"] for one in server["env"] if one["name"].startswith(("NEURON_COMPILE", "BASE_COMPILE"))]
    assert len(places) == 3
    assert all(place.startswith("/cache/") for place in places)
