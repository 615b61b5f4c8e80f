"""A task: pods that run to their end. Once per sync, as a hook of Argo CD, on a schedule, or once; as confined as any workload."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Literal

from groundwork.kube.labels import BACKGROUND, SYNC_WAVE
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
        once: whether it runs once for what it says, beside all syncs: its name ends in a digest, so a change is another Job.
        retries: how often a failed pod is replaced.
        deadline: seconds after which it is given up.
    """

    hook: Literal["Sync", "PostSync"] | None = None
    schedule: str | None = None
    once: bool = False
    retries: int = 6
    deadline: int = 900
    surge: bool = False
    probes: Probes = Probes(startup={}, readiness={}, liveness={})

    def __post_init__(self) -> None:
        """Refuse a task that nothing starts, or two things."""
        if [self.hook is not None, self.schedule is not None, self.once].count(True) != 1:
            raise ValueError(f"{self.name}: a task has either a hook or a schedule, or runs once")

    def _controller(self) -> dict[str, Any]:
        job = {
            "backoffLimit": self.retries,
            "activeDeadlineSeconds": self.deadline,
            # Without this one stays: Argo CD would make a Job anew that is gone.
            **({} if self.once else {"ttlSecondsAfterFinished": _DAY}),
            "template": self._template(),
        }
        if self.once:
            return self._lasting(job)
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

    def _lasting(self, job: dict[str, Any]) -> dict[str, Any]:
        """A Job that stands in Git like anything else; nothing waits for its end, and its failure is seen."""
        digest = hashlib.sha256(json.dumps(job, sort_keys=True).encode()).hexdigest()[:8]
        body = self._object("batch/v1", "Job", spec=job)
        body["metadata"] |= {
            "name": f"{self.name[:54].rstrip('-')}-{digest}",
            "annotations": {BACKGROUND: "true", **self._in_wave()},
        }
        return body

    def _hook(self) -> dict[str, str]:
        return {
            "argocd.argoproj.io/hook": str(self.hook),
            # A Job cannot be changed: the last one goes before the next one comes, and stays until then for whoever asks why.
            "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation",
            **self._in_wave(),
        }

    def _in_wave(self) -> dict[str, str]:
        return {SYNC_WAVE: str(self.wave)} if self.wave else {}

    def _pod(self) -> dict[str, Any]:
        return {"restartPolicy": "Never", **super()._pod()}

    def _main(self) -> dict[str, Any]:
        probes = self.probes.manifest()
        return {key: value for key, value in super()._main().items() if key not in probes}
