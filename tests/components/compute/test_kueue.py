"""Kueue: a queue per tenant, and the GPUs that no tenant was promised for pipelines."""

from __future__ import annotations

from typing import Any

import yaml

from groundwork.components.compute.kueue import Kueue
from groundwork.components.compute.node_pools import NodePools


def objects(rendering: Any, kind: str) -> dict[str, Any]:
    """Specs of a kind by name, or by namespace where it has one."""
    return {
        made.body["metadata"].get("namespace", made.body["metadata"]["name"]): made.body["spec"]
        for made in rendering.objects
        if made.body["kind"] == kind
    }


def gpus(queue: Any) -> int:
    """The GPUs that a ClusterQueue may always have."""
    return int(queue["resourceGroups"][1]["flavors"][0]["resources"][0]["nominalQuota"])


def test_tenants_have_what_they_were_promised_and_pipelines_the_rest(render: Any, site: Any) -> None:
    """Together it is what the cluster keeps for jobs, so nobody is promised what is not there."""
    where = site("prod-us-east-2")

    queues = objects(render(Kueue, where), "ClusterQueue")

    assert {name: gpus(queue) for name, queue in queues.items()} == {
        "tenant-team-a": 2,
        "tenant-team-b": 4,
        "ai-pipelines": 2,
    }
    assert {queue["cohortName"] for queue in queues.values()} == {"jobs"}


def amounts(queue: Any, field: str) -> dict[str, str | None]:
    """One field of every resource of a ClusterQueue."""
    flavors = [flavor for group in queue["resourceGroups"] for flavor in group["flavors"]]
    return {one["name"]: one.get(field) for flavor in flavors for one in flavor["resources"]}


def test_a_tenant_borrows_nothing(render: Any, site: Any) -> None:
    """The quota of its namespace would refuse the pods of a job that did: admitted, and never started."""
    queues = objects(render(Kueue, site("prod-us-east-2")), "ClusterQueue")

    assert amounts(queues["tenant-team-b"], "borrowingLimit") == {"cpu": "0", "memory": "0", "nvidia.com/gpu": "0"}
    assert set(amounts(queues["ai-pipelines"], "borrowingLimit").values()) == {None}


def test_a_tenant_s_agents_run_on_what_it_was_promised(render: Any, site: Any) -> None:
    """They stand in the same namespace, so its jobs have what the agents leave: one agent, and another while it is rolled out."""
    queues = objects(render(Kueue, site("prod-us-east-2")), "ClusterQueue")

    assert amounts(queues["tenant-team-a"], "nominalQuota") == {
        "cpu": "19600m",
        "memory": "63Gi",
        "nvidia.com/gpu": "2",
    }
    assert amounts(queues["tenant-team-b"], "nominalQuota") == {"cpu": "40", "memory": "128Gi", "nvidia.com/gpu": "4"}


def test_jobs_have_half_of_the_machines(render: Any, site: Any) -> None:
    """Pipelines what tenants were not promised of it: a queue that promised all would admit jobs that no machine takes."""
    where = site("prod-us-east-2")

    queues = objects(render(Kueue, where), "ClusterQueue")

    assert amounts(queues["ai-pipelines"], "nominalQuota")["cpu"] == str(where.cluster.capacity.cpu // 2 - 20 - 40)


def test_every_namespace_with_jobs_has_a_queue_that_they_join_by_themselves(render: Any, site: Any) -> None:
    """A job without a queue's name joins `default`, so nobody overtakes by leaving it out."""
    rendering = render(Kueue, site("prod-us-east-2"))

    assert objects(rendering, "LocalQueue") == {
        name: {"clusterQueue": name} for name in ("ai-pipelines", "tenant-team-a", "tenant-team-b")
    }
    assert {made.body["metadata"]["name"] for made in rendering.objects if made.body["kind"] == "LocalQueue"} == {
        "default"
    }


def test_a_job_with_a_gpu_is_sent_to_the_pool_that_has_it(render: Any, site: Any) -> None:
    """And let in there: the pool's taint keeps everything else away."""
    where = site("prod-us-east-2")

    flavor = objects(render(Kueue, where), "ResourceFlavor")["gpu-l4"]

    pool = objects(render(NodePools, where), "NodePool")["gpu-l4"]["template"]
    assert flavor["nodeLabels"] == pool["metadata"]["labels"]
    (taint,) = pool["spec"]["taints"]
    (toleration,) = flavor["tolerations"]
    assert {key: toleration[key] for key in taint} == taint


def test_only_jobs_wait(render: Any, site: Any) -> None:
    """Model servers and agents are not jobs, and disk is no quota."""
    (chart,) = render(Kueue, site("prod-us-east-2")).charts

    settings = yaml.safe_load(chart.values["managerConfig"]["controllerManagerConfigYaml"])
    assert settings["integrations"]["frameworks"] == ["batch/job"]
    assert settings["resources"]["excludeResourcePrefixes"] == ["ephemeral-storage"]
