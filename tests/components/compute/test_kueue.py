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
