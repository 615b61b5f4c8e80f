"""A workload gives its pods everything that each of ours has."""
# long: everything that each of our pods has is promised here, one sentence each

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from groundwork.catalog.versions import Image
from groundwork.kube.labels import CONFIG_HASH, selector_labels
from groundwork.kube.pods import Placement, Probes, Replicas, Resources, Storage, Volume
from groundwork.kube.ports import Port
from groundwork.kube.workload import Init, Sidecar, Workload
from tests.kube.small import HTTP, IMAGE, PROBES, RESOURCES

EXPORTER = Sidecar(name="exporter", image=IMAGE, resources=RESOURCES, ports=[Port.metrics_only(9100)])
COPY = Init(name="copy", image=IMAGE, resources=RESOURCES, command=["cp"], env={"FROM": "x"})
ARCH = "kubernetes.io/arch"


def workload(**details: Any) -> Workload:
    """An ordinary workload, with what the test says of it."""
    ordinary: dict[str, Any] = {
        "name": "web",
        "namespace": "ai-gateway",
        "component": "gateway",
        "image": IMAGE,
        "resources": RESOURCES,
        "probes": PROBES,
        "ports": [HTTP],
    }
    return Workload(**ordinary | details)


def made(one: Workload) -> dict[str, dict[str, Any]]:
    """Its objects by kind; there is one of each."""
    objects = one.manifests()
    kinds = {body["kind"]: body for body in objects}
    assert len(objects) == len(kinds)
    return kinds


def controller(**details: Any) -> dict[str, Any]:
    """Its Deployment or StatefulSet."""
    return workload(**details).manifests()[0]


def pod(**details: Any) -> dict[str, Any]:
    """The spec of its pods."""
    spec: dict[str, Any] = controller(**details)["spec"]["template"]["spec"]
    return spec


def containers(spec: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every container of a pod, whenever it runs."""
    yield from spec.get("initContainers", [])
    yield from spec["containers"]


def arch_image(*arch: str) -> Image:
    """An image that was built for these."""
    return Image(name="x", repository="docker.io/x", tag="1", arch=arch)


FULL = {
    "inits": [COPY],
    "sidecars": [EXPORTER],
    "config": {"a.yaml": "x"},
    "storage": [Storage(name="data", mount="/data", size="1Gi")],
}


@pytest.mark.parametrize("details", [{}, FULL])
def test_pods_meet_the_restricted_standard(details: dict[str, Any]) -> None:
    """Every container of every kind; the namespace would refuse the pod otherwise."""
    spec = pod(**details)

    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] > 0
    assert {"type": "RuntimeDefault"} == spec["securityContext"]["seccompProfile"]
    assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys()
    assert all(volume.keys() & {"emptyDir", "configMap", "secret"} for volume in spec.get("volumes", []))
    for container in containers(spec):
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert {"drop": ["ALL"]} == context["capabilities"]
        assert context["readOnlyRootFilesystem"] is True
        assert "privileged" not in context


@pytest.mark.parametrize("details", [{}, FULL])
def test_every_container_says_what_it_needs(details: dict[str, Any]) -> None:
    """Memory is requested and limited alike; a limit on CPU would only throttle."""
    for container in containers(pod(**details)):
        resources = container["resources"]

        assert "500m" == resources["requests"]["cpu"]
        assert "1Gi" == resources["requests"]["memory"] == resources["limits"]["memory"]
        assert "cpu" not in resources["limits"]


def test_what_runs_on_is_probed_and_what_ends_is_not() -> None:
    """Startup, readiness and liveness on every container that stays, sidecars without a word of their own included."""
    spec = pod(inits=[COPY], sidecars=[EXPORTER])

    probes = {"startupProbe", "readinessProbe", "livenessProbe"}
    assert [probes, probes] == [probes & container.keys() for container in spec["containers"]]
    assert [set()] == [probes & container.keys() for container in spec["initContainers"]]
    assert {"port": "metrics"} == spec["containers"][1]["readinessProbe"]["tcpSocket"]


def test_a_sidecar_may_listen_nowhere() -> None:
    """`ports` and `probes` of a sidecar both have defaults; a log shipper needs neither."""
    spec = pod(sidecars=[Sidecar(name="shipper", image=IMAGE, resources=RESOURCES)])

    assert ["web", "shipper"] == [container["name"] for container in spec["containers"]]


def test_a_sidecar_shares_the_volumes_that_it_names() -> None:
    """And sees no other of the pod's; one that both name stands in the pod once."""
    shared, own = Volume.scratch("shared", "/shared", "1Gi"), Volume.scratch("own", "/own", "1Gi")
    sidecar = Sidecar(name="loader", image=IMAGE, resources=RESOURCES, command=["run"], volumes=[shared, own])

    spec = pod(sidecars=[sidecar], volumes=[shared])

    _, loader = spec["containers"]
    assert loader["command"] == ["run"]
    assert [one["name"] for one in loader["volumeMounts"]] == ["shared", "own"]
    assert sorted(one["name"] for one in spec["volumes"] if one["name"] in ("shared", "own")) == ["own", "shared"]


@pytest.mark.parametrize(
    ("replicas", "spread"),
    [
        (Replicas(), False),
        (Replicas(at_least=2), True),
        (Replicas(at_least=1, at_most=4), True),
        (Replicas(at_least=0, at_most=1), False),
    ],
)
def test_pods_are_spread_only_where_there_are_several(replicas: Replicas, *, spread: bool) -> None:
    """Over zones and over nodes; and a disruption budget exists in the same cases."""
    kinds = made(workload(replicas=replicas))

    constraints = kinds["Deployment"]["spec"]["template"]["spec"].get("topologySpreadConstraints", [])
    expected = ["topology.kubernetes.io/zone", "kubernetes.io/hostname"] if spread else []
    assert expected == [one["topologyKey"] for one in constraints]
    assert all({"matchLabels": selector_labels("web")} == one["labelSelector"] for one in constraints)
    assert spread == ("PodDisruptionBudget" in kinds)


@pytest.mark.parametrize("replicas", [Replicas(at_least=2), Replicas(at_least=1, at_most=2), Replicas(at_least=5)])
def test_a_disruption_budget_lets_a_node_drain(replicas: Replicas) -> None:
    """At any number of pods one may go, and one that never became ready does not hold the node."""
    spec = made(workload(replicas=replicas))["PodDisruptionBudget"]["spec"]

    assert 1 == spec["maxUnavailable"]
    assert "minAvailable" not in spec
    assert "AlwaysAllow" == spec["unhealthyPodEvictionPolicy"]
    assert {"matchLabels": selector_labels("web")} == spec["selector"]


def test_an_autoscaler_owns_the_number_of_pods() -> None:
    """A number in Git would be fought over at every sync."""
    assert 3 == controller(replicas=Replicas(at_least=3))["spec"]["replicas"]
    assert "replicas" not in controller(replicas=Replicas(at_least=1, at_most=3))["spec"]


def test_a_rollout_adds_a_pod_first_unless_that_is_too_dear() -> None:
    """A GPU node more for the time of a rollout is."""
    strategies = [controller(surge=surge)["spec"]["strategy"]["rollingUpdate"] for surge in (True, False)]

    assert [{"maxSurge": 1, "maxUnavailable": 0}, {"maxSurge": 0, "maxUnavailable": 1}] == strategies


@pytest.mark.parametrize("within", [60, 1800, 3600])
def test_a_slow_start_is_no_failed_rollout(within: int) -> None:
    """The Deployment waits longer than the startup probe allows."""
    probes = Probes.http("http", ready="/ready", within=within)

    assert controller(probes=probes)["spec"]["progressDeadlineSeconds"] > within


def test_a_rollout_waits_for_what_runs_before_too() -> None:
    """A server whose weights take half an hour to copy has not failed before they are there."""
    slow = Init(name="copy", image=IMAGE, resources=RESOURCES, within=1800)
    assert controller(inits=[slow])["spec"]["progressDeadlineSeconds"] >= 2 * 1800


def hashed(**details: Any) -> str | None:
    """The configuration's hash on the pod template."""
    found: str | None = controller(**details)["spec"]["template"]["metadata"].get("annotations", {}).get(CONFIG_HASH)
    return found


def test_the_hash_changes_with_the_configuration() -> None:
    """A changed file, a renamed one, a new one: each rolls the pods."""
    configs = [{"a": "1"}, {"a": "2"}, {"b": "1"}, {"a": "1", "b": "1"}, {"a": "1", "b": ""}]

    assert len(configs) == len({hashed(config=config) for config in configs})


@pytest.mark.parametrize(
    "details",
    [{"replicas": Replicas(at_least=5)}, {"env": {"A": "b"}}, {"labels": {"x": "y"}}, {"config": {"b": "2", "a": "1"}}],
)
def test_the_hash_changes_with_nothing_else(details: dict[str, Any]) -> None:
    """Nor with the order in which files are named."""
    config = {"a": "1", "b": "2"}

    assert hashed(config=config) == hashed(**{"config": config} | details)


def test_pods_without_configuration_have_no_hash() -> None:
    """And so no annotation, no ConfigMap and no volume for it."""
    kinds = made(workload(writable=()))

    assert "annotations" not in kinds["Deployment"]["spec"]["template"]["metadata"]
    assert "volumes" not in kinds["Deployment"]["spec"]["template"]["spec"]
    assert "ConfigMap" not in kinds


def test_configuration_is_mounted_as_files() -> None:
    """From the ConfigMap that holds just what was given."""
    kinds = made(workload(config={"a.yaml": "x"}, config_mount="/conf"))

    spec = kinds["Deployment"]["spec"]["template"]["spec"]
    (volume,) = (one["name"] for one in spec["volumes"] if one.get("configMap") == {"name": "web"})
    assert {"a.yaml": "x"} == kinds["ConfigMap"]["data"]
    assert {"name": volume, "mountPath": "/conf", "readOnly": True} in spec["containers"][0]["volumeMounts"]


def test_pods_get_no_service_variables_and_no_token() -> None:
    """The token only where somebody asked for the API, and never through the ServiceAccount's default."""
    kinds = made(workload())

    spec = kinds["Deployment"]["spec"]["template"]["spec"]
    assert (False, False, "web") == (
        spec["enableServiceLinks"],
        spec["automountServiceAccountToken"],
        spec["serviceAccountName"],
    )
    assert kinds["ServiceAccount"]["automountServiceAccountToken"] is False
    assert pod(api_access=True)["automountServiceAccountToken"] is True


BOTH, AMD = arch_image("amd64", "arm64"), arch_image("amd64")


@pytest.mark.parametrize(
    ("details", "selector"),
    [
        ({"image": BOTH}, None),
        ({"image": AMD}, {ARCH: "amd64"}),
        ({"image": arch_image("arm64")}, {ARCH: "arm64"}),
        (
            {"image": BOTH, "sidecars": [Sidecar(name="s", image=AMD, resources=RESOURCES, ports=[HTTP])]},
            {ARCH: "amd64"},
        ),
        ({"image": BOTH, "inits": [Init(name="i", image=AMD, resources=RESOURCES)]}, {ARCH: "amd64"}),
        ({"image": AMD, "placement": Placement(selector={"pool": "gpu"})}, {ARCH: "amd64", "pool": "gpu"}),
        ({"image": BOTH, "placement": Placement(selector={ARCH: "arm64"})}, {ARCH: "arm64"}),
    ],
)
def test_the_architecture_is_pinned_only_where_an_image_demands_it(
    details: dict[str, Any], selector: dict[str, str] | None
) -> None:
    """Any container of the pod may be the one that exists for one only; else Karpenter takes the cheaper."""
    assert selector == pod(**details).get("nodeSelector")


def test_pinning_the_architecture_keeps_the_tolerations() -> None:
    """A GPU pool is tainted, and its images exist for one architecture."""
    toleration = {"key": "nvidia.com/gpu", "operator": "Exists"}

    assert [toleration] == pod(image=AMD, placement=Placement(tolerations=[toleration]))["tolerations"]


def test_images_without_a_common_architecture_are_refused() -> None:
    """No node can run such a pod, so it is an error and not a manifest."""
    sidecar = Sidecar(name="s", image=arch_image("arm64"), resources=RESOURCES, ports=[HTTP])

    with pytest.raises(ValueError, match="arch"):
        pod(image=AMD, sidecars=[sidecar])


def test_storage_makes_a_stateful_set() -> None:
    """With a disk per pod that outlives it, a headless Service of the name that it refers to, and the mount."""
    kinds = made(workload(storage=[Storage(name="data", mount="/data", size="50Gi")], storage_class="fast"))

    spec = kinds["StatefulSet"]["spec"]
    (claim,) = spec["volumeClaimTemplates"]
    assert "Deployment" not in kinds
    assert {"storageClassName": "fast", "resources": {"requests": {"storage": "50Gi"}}}.items() <= claim["spec"].items()
    assert {"whenDeleted": "Retain", "whenScaled": "Retain"} == spec["persistentVolumeClaimRetentionPolicy"]
    assert kinds["Service"]["metadata"]["name"] == spec["serviceName"]
    assert "None" == kinds["Service"]["spec"]["clusterIP"]
    assert {"name": "data", "mountPath": "/data"} in spec["template"]["spec"]["containers"][0]["volumeMounts"]
    assert not {"strategy", "progressDeadlineSeconds", "revisionHistoryLimit"} & spec.keys()


def test_a_pod_lingers_until_load_balancers_have_noticed() -> None:
    """It goes on taking requests, and has its patience after that; without a shell, which most images lack."""
    leaving = pod(lingers=20, patience=600)

    (main,) = containers(leaving)
    assert {"preStop": {"sleep": {"seconds": 20}}} == main["lifecycle"]
    assert leaving["terminationGracePeriodSeconds"] == 620
    assert "lifecycle" not in next(containers(pod()))


def test_a_port_for_probes_alone_makes_no_service() -> None:
    """Nobody calls it, and a Service that nobody names is one more thing to wonder about."""
    probed = Port.probed(3030)

    kinds = {
        one["kind"] for one in workload(ports=[probed], probes=Probes.http(probed.name, ready="/ready")).manifests()
    }

    assert "Service" not in kinds
    assert "Deployment" in kinds


def test_a_service_leads_to_every_port_of_the_pods() -> None:
    """By name, so that the numbers stand in one place; a workload that listens nowhere has none."""
    kinds = made(workload(ports=[HTTP, Port.tcp(9000, name="raw"), Port.grpc(9001)], sidecars=[EXPORTER]))

    spec = kinds["Service"]["spec"]
    listening = [
        port["name"]
        for one in containers(pod(ports=[HTTP, Port.tcp(9000, name="raw"), Port.grpc(9001)], sidecars=[EXPORTER]))
        for port in one["ports"]
    ]
    assert ["http", "raw", "grpc", "metrics"] == listening == [port["targetPort"] for port in spec["ports"]]
    assert ["http", None, "kubernetes.io/h2c", "http"] == [port.get("appProtocol") for port in spec["ports"]]
    assert selector_labels("web") == spec["selector"]
    assert "Service" not in made(workload(ports=[], probes=Probes.command("true")))


def test_what_is_scraped_has_a_monitor_and_what_is_not_has_none() -> None:
    """It selects the Service by a label that the Service has, and names a port of it."""
    kinds = made(workload(ports=[Port.http(8080, metrics="/m")], sidecars=[EXPORTER]))

    spec = kinds["ServiceMonitor"]["spec"]
    assert spec["selector"]["matchLabels"].items() <= kinds["Service"]["metadata"]["labels"].items()
    assert [("http", "/m"), ("metrics", "/metrics")] == [(one["port"], one["path"]) for one in spec["endpoints"]]
    assert {"http", "metrics"} == {port["name"] for port in kinds["Service"]["spec"]["ports"]}
    assert "ServiceMonitor" not in made(workload())


@pytest.mark.parametrize("details", [{"replicas": Replicas(at_least=2), "labels": {"team": "a"}}, FULL])
def test_what_selects_the_pods_matches_them(details: dict[str, Any]) -> None:
    """Controller, Service, budget and monitor all mean the same pods, in the same namespace."""
    kinds = made(workload(**details))

    top = kinds.get("Deployment") or kinds["StatefulSet"]
    labels = top["spec"]["template"]["metadata"]["labels"]
    assert top["spec"]["selector"]["matchLabels"].items() <= labels.items()
    assert kinds["Service"]["spec"]["selector"].items() <= labels.items()
    assert {("web", "ai-gateway")} == {
        (one["metadata"]["name"], one["metadata"]["namespace"]) for one in kinds.values()
    }
    assert all("gateway" == one["metadata"]["labels"]["app.kubernetes.io/component"] for one in kinds.values())


def test_every_mount_has_its_volume() -> None:
    """And every volume is mounted somewhere; disks of a StatefulSet come from their claims."""
    spec = pod(**FULL, volumes=[Volume.secret("keys", "/keys", "web-keys"), Volume.memory("shared", "/dev/shm", "1Gi")])

    mounted = {mount["name"] for container in containers(spec) for mount in container.get("volumeMounts", [])}
    assert {"data"} | {volume["name"] for volume in spec["volumes"]} == mounted


@pytest.mark.parametrize(
    "writable",
    [
        ("/tmp", "/.cache"),
        ("/app/web/.next/cache",),
        ("/srv/Data",),
        ("/var/lib/my_app",),
        ("/a.b", "/a-b"),
        ("/x" * 40,),
    ],
)
def test_writable_paths_have_volumes_with_valid_names(writable: tuple[str, ...]) -> None:
    """A volume's name is a DNS label, and no two are alike."""
    names = [volume["name"] for volume in pod(writable=writable)["volumes"]]

    assert len(writable) == len(set(names))
    assert [] == [name for name in names if len(name) > 63 or not re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", name)]


def test_only_writable_paths_can_be_written() -> None:
    """Each is an empty directory of limited size."""
    spec = pod(writable=("/tmp", "/.cache"))

    assert {"/tmp", "/.cache"} == {mount["mountPath"] for mount in spec["containers"][0]["volumeMounts"]}
    assert all({"sizeLimit": "1Gi"} == volume["emptyDir"] for volume in spec["volumes"])


def test_environment_is_sorted() -> None:
    """Plain values and references alike: the order in the code is no change in the cluster."""
    reference = {"secretKeyRef": {"name": "web", "key": "token"}}

    env = pod(env={"B": "2", "A": reference})["containers"][0]["env"]

    assert [{"name": "A", "valueFrom": reference}, {"name": "B", "value": "2"}] == env


def test_images_are_pulled_through_the_clusters_registry() -> None:
    """All but our own, which stand in the account's registry already."""
    own = Image(name="own", repository="111122223333.dkr.ecr/own", tag="abc", arch=("amd64", "arm64"), own=True)

    spec = pod(inits=[Init(name="i", image=own, resources=RESOURCES)], registry="cache.example.com/hub")

    assert ["111122223333.dkr.ecr/own:abc", "cache.example.com/hub/docker.io/library/web:1.2.3"] == [
        container["image"] for container in containers(spec)
    ]


def test_pods_have_time_to_finish() -> None:
    """A stream that runs for minutes ends before its pod does."""
    assert 600 == pod(patience=600)["terminationGracePeriodSeconds"]


def test_demand_counts_every_container_that_stays() -> None:
    """The quota of the namespace is made from it."""
    sidecar = Sidecar(name="s", image=IMAGE, resources=Resources(cpu="1", memory="2Gi"), ports=[HTTP])

    demand = workload(replicas=Replicas(at_least=2), sidecars=[sidecar], surge=False).demand

    assert ("ai-gateway", Replicas(at_least=2), False) == (demand.namespace, demand.replicas, demand.surge)
    assert ["500m", "1"] == [one.cpu for one in demand.resources]
