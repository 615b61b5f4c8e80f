"""Pipelines: what people declare in apps/pipelines, as CronJobs that may call models through the gateway."""

from __future__ import annotations

from typing import Any

from groundwork.fleet.callers import pipeline_caller
from groundwork.fleet.pipeline import Pipeline
from groundwork.fleet.site import Site
from groundwork.kube.component import Component
from groundwork.kube.flow import Peer
from groundwork.kube.images import own_image
from groundwork.kube.pods import Resources, Volume
from groundwork.kube.stage import Stage

_SCRATCH = "/tmp"  # noqa: S108 - a path inside the container


class Jobs(Component):
    """A CronJob per pipeline, in ai-pipelines, one run at a time, stopped when it takes too long.

    A run calls models by role at the model gateway, with a key of its own, and reaches the hosts that its declaration names.
    """

    stage = Stage.PIPELINES
    namespace = "ai-pipelines"

    @classmethod
    def carried(cls, site: Site) -> bool:
        return bool(site.pipelines)

    def ways_out(self) -> dict[str, tuple[str, ...]]:
        return {f"pipeline-{pipeline.name}": pipeline.egress for pipeline in self.site.pipelines}

    def render(self) -> None:
        for pipeline in self.site.pipelines:
            with self.declared_by(pipeline):
                self._job(pipeline)

    def _job(self, pipeline: Pipeline) -> None:
        self.task(
            pipeline.name,
            image=own_image(self.site, pipeline.image),
            schedule=pipeline.schedule,
            deadline=pipeline.timeout_minutes * 60,
            retries=1,
            resources=Resources(cpu=pipeline.resources.cpu, memory=pipeline.resources.memory, scratch="10Gi"),
            env=self._environment(pipeline),
            volumes=[Volume.scratch("scratch", _SCRATCH, "10Gi")],
            writable=(),
            priority="batch",
        )

    def _environment(self, pipeline: Pipeline) -> dict[str, Any]:
        pods = Peer.workload(pipeline.name, self.namespace)
        env: dict[str, Any] = {variable: self.secret(secret, variable) for variable, secret in pipeline.secrets.items()}
        for host in pipeline.egress:
            env |= self.reach_internet(host, by=pods, client=f"pipeline-{pipeline.name}")
        if pipeline.models:
            env["OPENAI_BASE_URL"] = f"{self.reach('model-gateway', by=pods).url}/v1"
            env["OPENAI_API_KEY"] = self.secret(pipeline_caller(self.site, pipeline).secret, "key")
            env |= {f"MODEL_{role.upper().replace('-', '_')}": self.cluster.roles[role] for role in pipeline.models}
        return env
