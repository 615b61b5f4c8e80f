"""A task: pods that run to their end. Once per sync, as a hook of Argo CD, or on a schedule; as confined as any workload."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from groundwork.kube.labels import SYNC_WAVE
from groundwork.kube.pods import Probes
from groundwork.kube.workload import Workload

__all__ = ["Task"]

_DAY = 86400


@dataclass(frozen=True, kw_only=True)
class Task(Workload):
    """What a component says of a task. Components call `Component.task`.

    Args:
        hook: the phase of a sync in which it runs; what it needs must be in a lower `wave`, or in an earlier phase.
        schedule: five cron fields, in UTC, of a task that runs by the clock.
        retries: how often a failed pod is replaced.
        deadline: seconds after which it is given up.
    """

    hook: Literal["Sync", "PostSync"] | None = None
    schedule: str | None = None
    retries: int = 6
    deadline: int = 900
    surge: bool = False
    probes: Probes = Probes(startup={}, readiness={}, liveness={})

    def __post_init__(self) -> None:
        """Refuse a task that nothing starts, or two things."""
        if (self.hook is None) == (self.schedule is None):
            raise ValueError(f"{self.name}: a task has either a hook or a schedule")

    def _controller(self) -> dict[str, Any]:
        job = {
            "backoffLimit": self.retries,
            "activeDeadlineSeconds": self.deadline,
            "ttlSecondsAfterFinished": _DAY,
            "template": self._template(),
        }
        if self.schedule is None:
            body = self._object("batch/v1", "Job", spec=job)
            body["metadata"]["annotations"] = self._hook()
            return body
        spec = {
            "schedule": self.schedule,
            "timeZone": "Etc/UTC",
            "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": 3600,
            "successfulJobsHistoryLimit": 1,
            "failedJobsHistoryLimit": 3,
            "jobTemplate": {"metadata": {"labels": self._labels()}, "spec": job},
        }
        return self._object("batch/v1", "CronJob", spec=spec)

    def _hook(self) -> dict[str, str]:
        wave = {SYNC_WAVE: str(self.wave)} if self.wave else {}
        return {
            "argocd.argoproj.io/hook": str(self.hook),
            # A Job cannot be changed: the last one goes before the next one comes, and stays until then for whoever asks why.
            "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation",
            **wave,
        }

    def _pod(self) -> dict[str, Any]:
        return {"restartPolicy": "Never", **super()._pod()}

    def _main(self) -> dict[str, Any]:
        probes = self.probes.manifest()
        return {key: value for key, value in super()._main().items() if key not in probes}
