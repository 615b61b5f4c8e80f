"""Tasks: pods that run to their end, as confined as any workload."""

from __future__ import annotations

from typing import Any

import pytest

from groundwork.catalog.versions import Image
from groundwork.kube.pods import Resources
from groundwork.kube.task import Task

IMAGE = Image(name="tool", repository="example/tool", tag="1.0", arch=("amd64", "arm64"))


def task(**details: Any) -> Any:
    """The Job or CronJob of a task."""
    small = Resources(cpu="1", memory="1Gi")
    return Task(name="t", namespace="n", component="c", image=IMAGE, resources=small, **details).manifests()[0]


def test_a_hook_is_made_anew_in_its_wave() -> None:
    """A Job cannot be changed, so the last one goes first; the wave says what it waits for."""
    job = task(hook="Sync", wave=1)

    assert job["kind"] == "Job"
    assert job["metadata"]["annotations"] == {
        "argocd.argoproj.io/hook": "Sync",
        "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation",
        "argocd.argoproj.io/sync-wave": "1",
    }


def test_a_schedule_makes_a_cronjob_that_does_not_overlap() -> None:
    """Two dumps at once would write one object."""
    spec = task(schedule="0 3 * * *")["spec"]

    assert (spec["concurrencyPolicy"], spec["timeZone"]) == ("Forbid", "Etc/UTC")
    assert spec["jobTemplate"]["spec"]["template"]["spec"]["restartPolicy"] == "Never"


def test_what_runs_once_is_another_job_when_it_says_something_else() -> None:
    """A Job cannot be changed; unchanged it keeps its name, so that no sync runs it again."""
    one, same, other = (task(once=True, wave=1, args=[args])["metadata"] for args in ("a", "a", "b"))

    assert one["name"] == same["name"]
    assert one["name"] != other["name"]
    assert one["name"].startswith("t-")
    assert one["annotations"] == {"groundwork.dev/background": "true", "argocd.argoproj.io/sync-wave": "1"}


def test_what_runs_once_stays_when_it_is_done() -> None:
    """Argo CD would make a Job anew that removed itself; its account and labels keep their names."""
    once, hook = task(once=True), task(hook="Sync")

    assert "ttlSecondsAfterFinished" not in once["spec"]
    assert "ttlSecondsAfterFinished" in hook["spec"]
    assert once["spec"]["template"]["spec"]["serviceAccountName"] == "t"


def test_its_pods_are_restricted_and_have_no_probes() -> None:
    """Nobody asks a task whether it is ready."""
    (container,) = task(hook="PostSync")["spec"]["template"]["spec"]["containers"]

    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert not any(key.endswith("Probe") for key in container)


@pytest.mark.parametrize("start", [{}, {"hook": "Sync", "schedule": "0 3 * * *"}, {"hook": "Sync", "once": True}])
def test_something_starts_it_and_only_one_thing(start: dict[str, Any]) -> None:
    """Without either it would stand in the tree and never run."""
    with pytest.raises(ValueError, match="either a hook or a schedule"):
        task(**start)
