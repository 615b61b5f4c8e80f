"""Quotas leave room for what is declared, at its peak and while it is rolled out."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundwork.catalog.quantities import parse_quantity
from groundwork.fleet.site import Site
from groundwork.kube import quotas
from groundwork.kube.pods import Replicas, Resources
from groundwork.kube.rendering import Demand, Made, Rendering
from groundwork.kube.stage import Stage
from groundwork.kube.workload import Init, Sidecar, Workload
from tests.kube.small import HTTP, IMAGE, PROBES, RESOURCES

GPU = "nvidia.com/gpu"


def demand(replicas: Replicas, *resources: Resources, surge: bool = True, namespace: str = "ai-data") -> Demand:
    """What some pods ask for."""
    return Demand(namespace=namespace, replicas=replicas, resources=resources, surge=surge)


def made(site: Site, *demands: Demand) -> list[Made]:
    """What follows from these demands, of two components in turn."""
    renderings = [
        Rendering(
            component=name, project="data", stage=Stage.DATA, namespace="ai-data", demands=list(demands[start::2])
        )
        for start, name in enumerate(("a", "b"))
    ]
    return quotas.objects(site, renderings)


def hard(site: Site, *demands: Demand, namespace: str = "ai-data") -> dict[str, str]:
    """The quota of a namespace."""
    (found,) = (
        one.body["spec"]["hard"]
        for one in made(site, *demands)
        if one.body["kind"] == "ResourceQuota" and one.body["metadata"]["namespace"] == namespace
    )
    return dict(found)


RESOURCES_OF_ANY_SIZE = st.builds(
    Resources,
    cpu=st.integers(1, 64_000).map("{}m".format) | st.integers(1, 64).map(str),
    memory=st.integers(1, 4096).map("{}Mi".format)
    | st.integers(1, 512).map("{}Gi".format)
    | st.integers(1, 10**9).map(str),
    accelerators=st.dictionaries(st.sampled_from([GPU, "aws.amazon.com/neuron"]), st.integers(1, 8), max_size=2),
)
REPLICAS = st.builds(Replicas, at_least=st.integers(0, 9)) | st.builds(
    lambda least, more: Replicas(at_least=least, at_most=least + more), st.integers(0, 5), st.integers(1, 9)
)
DEMANDS = st.lists(
    st.builds(
        lambda replicas, resources, surge: demand(replicas, *resources, surge=surge),
        REPLICAS,
        st.lists(RESOURCES_OF_ANY_SIZE, min_size=1, max_size=3),
        st.booleans(),
    ),
    min_size=1,
    max_size=5,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(demands=DEMANDS)
def test_what_is_declared_fits(auto: Site, demands: list[Demand]) -> None:
    """Every workload at its peak, all rolled out at once: cores, memory, devices and pods."""
    needed: dict[str, Fraction] = {}
    for one in demands:
        pods = one.replicas.peak + one.surge
        needed["pods"] = needed.get("pods", Fraction(0)) + pods
        for resources in one.resources:
            asked = {"requests.cpu": parse_quantity(resources.cpu), "requests.memory": parse_quantity(resources.memory)}
            asked |= {f"requests.{name}": Fraction(count) for name, count in resources.accelerators.items()}
            for name, amount in asked.items():
                needed[name] = needed.get(name, Fraction(0)) + amount * pods

    found = hard(auto, *demands)

    assert {name for name, amount in needed.items() if parse_quantity(found[name]) < amount} == set()
    assert found["limits.memory"] == found["requests.memory"]


@pytest.mark.parametrize(
    ("replicas", "surge", "devices"),
    [
        (Replicas(at_least=2), True, "12"),
        (Replicas(at_least=2), False, "8"),
        (Replicas(at_least=0, at_most=3), False, "12"),
    ],
)
def test_accelerators_are_counted_exactly(auto: Site, replicas: Replicas, devices: str, *, surge: bool) -> None:
    """Nobody debugs on a GPU by accident: what is declared and not one more."""
    found = hard(auto, demand(replicas, Resources(cpu="1", memory="1Gi", accelerators={GPU: 4}), surge=surge))

    assert devices == found[f"requests.{GPU}"]


def test_there_is_some_room_and_not_endless_room(auto: Site) -> None:
    """What nobody declared cannot grow to twice of what somebody did."""
    found = hard(auto, demand(Replicas(at_least=9), Resources(cpu="1", memory="1Gi")))

    assert 10 < parse_quantity(found["requests.cpu"]) < 20
    assert 10 * 1024**3 < parse_quantity(found["requests.memory"]) < 20 * 1024**3


def test_demands_of_all_components_of_a_namespace_add_up(auto: Site) -> None:
    """And those of another namespace do not."""
    one = demand(Replicas(at_least=7), RESOURCES)
    other = demand(Replicas(at_least=7), RESOURCES, namespace="ai-agents")

    assert hard(auto, one) == hard(auto, one, other) == hard(auto, other, one)
    assert parse_quantity(hard(auto, one, one)["requests.memory"]) == 2 * parse_quantity(
        hard(auto, one)["requests.memory"]
    )


def test_a_rolled_out_workload_fits(auto: Site) -> None:
    """From what a component says to what its namespace may hold, sidecars included."""
    sidecar = Sidecar(name="s", image=IMAGE, resources=Resources(cpu="2", memory="4Gi"), ports=[HTTP])

    found = hard(auto, workload(sidecars=[sidecar]).demand)

    assert parse_quantity(found["requests.cpu"]) >= 11 * (2 + Fraction(1, 2))
    assert parse_quantity(found["requests.memory"]) >= 11 * 5 * 1024**3


def test_what_runs_before_the_workload_fits_too(auto: Site) -> None:
    """A small model's copy of weights asks for more than its server; at the peak the last pods would never be admitted."""
    copy = Init(name="copy", image=IMAGE, resources=Resources(cpu="2", memory="4Gi"))

    found = hard(auto, workload(inits=[copy]).demand)

    assert parse_quantity(found["requests.cpu"]) >= 11 * 2
    assert parse_quantity(found["requests.memory"]) >= 11 * 4 * 1024**3


def workload(**details: Any) -> Workload:
    """Ten pods that ask for half a core and 1Gi each."""
    return Workload(
        name="web",
        namespace="ai-data",
        component="small",
        image=IMAGE,
        resources=RESOURCES,
        probes=PROBES,
        ports=[HTTP],
        replicas=Replicas(at_least=10),
        **details,
    )


def test_a_tenants_quota_is_its_declaration(site: Site) -> None:
    """Whatever runs there: a tenant's own pull request cannot raise it."""
    for tenant in site.tenants:
        found = hard(
            site, demand(Replicas(at_least=500), RESOURCES, namespace=tenant.namespace), namespace=tenant.namespace
        )

        assert (str(tenant.quota.cpu), tenant.quota.memory) == (found["requests.cpu"], found["requests.memory"])
        assert str(tenant.quota.gpu) == found[f"requests.{GPU}"]
        assert tenant.quota.memory == found["limits.memory"]


def test_a_tenants_quota_names_its_declaration(site: Site) -> None:
    """So that a reviewer finds the file; the platform's own come from the cluster's."""
    sources = {one.body["metadata"]["namespace"]: one.source for one in made(site, demand(Replicas(), RESOURCES))}

    expected = {tenant.namespace: f"apps/tenants/{tenant.name}.yaml" for tenant in site.tenants}
    assert expected | dict.fromkeys(quotas.PLATFORM, f"clusters/{site.name}.yaml") == sources


def test_a_namespace_that_nothing_lives_in_yet_has_a_quota_too(site: Site) -> None:
    """What nobody declared does not grow there."""
    without_jobs = replace(site, cluster=site.cluster.model_copy(update={"jobs": None}))

    assert hard(without_jobs, namespace=quotas.PIPELINES)["requests.cpu"] == "0"


def test_pipelines_have_room_for_what_their_queue_may_admit(site: Site) -> None:
    """A quota that Kueue knows nothing of refuses the pods of jobs that it has admitted: half of the machines are for jobs."""
    assert site.cluster.jobs is not None

    found = hard(site, demand(Replicas(), RESOURCES, namespace=quotas.PIPELINES), namespace=quotas.PIPELINES)

    assert parse_quantity(found["requests.cpu"]) >= site.cluster.capacity.cpu // 2
    assert parse_quantity(found["limits.memory"]) >= parse_quantity(site.cluster.capacity.memory) / 2
    assert found[f"requests.{GPU}"] == str(site.cluster.jobs.count)


def test_jobs_have_what_tenants_were_promised_even_where_that_is_more_than_half(site: Site) -> None:
    """Promises come first."""
    small = site.cluster.capacity.model_copy(update={"cpu": 2, "memory": "1Gi"})
    poor = replace(site, cluster=site.cluster.model_copy(update={"capacity": small}))

    cpu, memory = quotas.for_jobs(poor)

    assert cpu == sum(tenant.quota.cpu for tenant in site.tenants)
    assert memory == sum(parse_quantity(tenant.quota.memory) for tenant in site.tenants)


def test_containers_that_say_nothing_get_defaults(site: Site) -> None:
    """A quota on memory refuses pods without it, so every namespace with a quota has both."""
    objects = [one.body for one in made(site, demand(Replicas(), RESOURCES))]

    quotas_in, limits_in = (
        [one["metadata"]["namespace"] for one in objects if one["kind"] == kind]
        for kind in ("ResourceQuota", "LimitRange")
    )
    assert quotas_in == limits_in
    for one in objects:
        if one["kind"] == "LimitRange":
            (limit,) = one["spec"]["limits"]
            assert "memory" in limit["default"]
            assert {"cpu", "memory"} == limit["defaultRequest"].keys()
