"""Ray Serve: small replicas of a small model, closed to everybody but the gateway."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import yaml

from groundwork.catalog.quantities import parse_quantity
from groundwork.components.serving.ray_serve import RayServe
from groundwork.kube.flow import EVERY_PORT

PROD = "prod-us-east-1"
MODEL = "arctic-embed-s"


@pytest.fixture(scope="module")
def rendering(render: Any, site: Any) -> Any:
    """The component in the cluster that carries it."""
    return render(RayServe, site(PROD))


@pytest.fixture(scope="module")
def spec(rendering: Any, find: Any) -> Any:
    """The RayService's spec."""
    return find(rendering, "RayService", MODEL)["spec"]


def templates(spec: Any) -> list[Any]:
    """The pod templates: the head's, then the workers'."""
    config = spec["rayClusterConfig"]
    return [config["headGroupSpec"]["template"], *(group["template"] for group in config["workerGroupSpecs"])]


def test_w12_nothing_is_installed_or_compiled_when_a_pod_starts(spec: Any) -> None:
    """All of it is in an image of ours; the application brings no runtime environment (weakness W12)."""
    images = {
        one["image"].rpartition("/")[2].partition(":")[0]
        for pod in templates(spec)
        for one in pod["spec"]["containers"]
    }
    (application,) = yaml.safe_load(spec["serveConfigV2"])["applications"]

    assert images == {"embeddings"}
    assert "runtime_env" not in application


def test_w12_a_worker_is_as_small_as_its_model(spec: Any) -> None:
    """Three cores and a few GiB for 33 million parameters, not thirty and fifty-five (weakness W12)."""
    _, worker = templates(spec)

    requests = worker["spec"]["containers"][0]["resources"]["requests"]
    assert parse_quantity(requests["cpu"]) <= 4
    assert parse_quantity(requests["memory"]) <= 6 * 1024**3
    assert worker["spec"]["nodeSelector"] == {"kubernetes.io/arch": "arm64"}


def test_each_replica_takes_one_worker(spec: Any) -> None:
    """Serve adds replicas with the requests; a replica that finds no cores has Ray add a worker."""
    (application,) = yaml.safe_load(spec["serveConfigV2"])["applications"]
    (deployment,) = application["deployments"]
    (group,) = spec["rayClusterConfig"]["workerGroupSpecs"]

    assert str(deployment["ray_actor_options"]["num_cpus"]) == group["rayStartParams"]["num-cpus"]
    scaling = deployment["autoscaling_config"]
    assert (scaling["min_replicas"], scaling["max_replicas"]) == (group["minReplicas"], group["maxReplicas"]) == (2, 6)
    assert spec["rayClusterConfig"]["enableInTreeAutoscaling"] is True


def test_the_head_serves_nothing(spec: Any) -> None:
    """It has no cores to offer and stays out of the Service, so that requests do not go with it."""
    assert spec["rayClusterConfig"]["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"
    assert spec["excludeHeadPodFromServeSvc"] is True


def test_members_reach_one_another_on_every_port_and_nobody_else_does(rendering: Any) -> None:
    """Ray's processes choose their ports as they start; its dashboard runs whatever it is told."""
    open_to_all = {
        (dict(flow.source.labels)["app.kubernetes.io/name"], dict(flow.target.labels)["app.kubernetes.io/name"])
        for flow in rendering.flows
        if flow.port == EVERY_PORT
    }

    assert open_to_all == {
        (f"{MODEL}-head", MODEL),
        (MODEL, f"{MODEL}-head"),
        (MODEL, MODEL),
    }


def test_the_gateway_dials_the_service_that_kuberay_makes(site: Any) -> None:
    """The Service's name is KubeRay's; the pods behind it are the workers."""
    (endpoint,) = [one for one in RayServe(site(PROD)).endpoints() if one.name == f"model-{MODEL}"]

    assert endpoint.url == "http://arctic-embed-s-serve-svc.ai-inference.svc:8000"
    assert dict(endpoint.pods.labels) == {"app.kubernetes.io/name": MODEL}


def test_a_rollout_finds_room_for_a_second_cluster(rendering: Any) -> None:
    """The new one serves before the old one goes, so the quota counts both."""
    asked = Counter((demand.replicas.peak, demand.resources[0].cpu) for demand in rendering.demands)

    assert (asked[1, "1"], asked[6, "3"]) == (2, 2)


def test_a_worker_is_ready_when_serve_on_it_is(spec: Any) -> None:
    """And lives as long as Ray on it does: a replica that is slow to load is no reason to start anew."""
    _, worker = templates(spec)

    server = worker["spec"]["containers"][0]
    assert server["readinessProbe"]["httpGet"] == {"path": "/-/healthz", "port": "serve"}
    assert server["livenessProbe"]["httpGet"] == {"path": "/api/local_raylet_healthz", "port": "agent"}


def test_only_the_head_may_ask_the_kubernetes_api(spec: Any) -> None:
    """Its autoscaler asks for workers; workers have no token."""
    head, worker = templates(spec)

    assert head["spec"]["automountServiceAccountToken"] is True
    assert worker["spec"]["automountServiceAccountToken"] is False


def test_missing_replicas_are_told(rendering: Any, find: Any) -> None:
    """Also when none reports at all."""
    (group,) = find(rendering, "PrometheusRule", MODEL)["spec"]["groups"]

    assert "or vector(0)" in group["rules"][0]["expr"]
