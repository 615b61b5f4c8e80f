"""Pipelines: what people declare in apps/pipelines, as CronJobs that may call models through the gateway."""

from __future__ import annotations

from typing import Any

from groundwork.fleet.pipeline import Pipeline
from groundwork.fleet.site import Site
from groundwork.kube.component import Component
from groundwork.kube.flow import Peer
from groundwork.kube.images import own_image
from groundwork.kube.labels import workload_labels
from groundwork.kube.pods import Replicas, Resources
from groundwork.kube.rendering import Demand
from groundwork.kube.stage import Stage

_USER = 65532


class Jobs(Component):
    """A CronJob per pipeline, in ai-pipelines, one run at a time, stopped when it takes too long.

    A run calls models by role at LiteLLM, with the agents' key, and reaches the hosts that its declaration names.
    """

    stage = Stage.PIPELINES
    namespace = "ai-pipelines"

    @classmethod
    def carried(cls, site: Site) -> bool:
        return bool(site.pipelines)

    def hosts(self) -> list[str]:
        return [host for pipeline in self.site.pipelines for host in pipeline.egress]

    def render(self) -> None:
        for pipeline in self.site.pipelines:
            with self.declared_by(pipeline):
                self._job(pipeline)

    def _job(self, pipeline: Pipeline) -> None:
        pods = self.pods(pipeline.name, Peer.workload(pipeline.name, self.namespace))
        env = self._environment(pipeline, pods)
        resources = Resources(cpu=pipeline.resources.cpu, memory=pipeline.resources.memory, scratch="10Gi")
        labels = workload_labels(pipeline.name, self.name)
        self.object("v1", "ServiceAccount", pipeline.name, automountServiceAccountToken=False)
        self.object(
            "batch/v1",
            "CronJob",
            pipeline.name,
            metadata={"labels": labels},
            spec={
                "schedule": pipeline.schedule,
                "timeZone": "Etc/UTC",
                "concurrencyPolicy": "Forbid",
                "startingDeadlineSeconds": 3600,
                "successfulJobsHistoryLimit": 3,
                "failedJobsHistoryLimit": 3,
                "jobTemplate": {
                    "metadata": {"labels": labels},
                    "spec": {
                        "activeDeadlineSeconds": pipeline.timeout_minutes * 60,
                        "backoffLimit": 1,
                        "ttlSecondsAfterFinished": 86400,
                        "template": {"metadata": {"labels": labels}, "spec": self._pod(pipeline, resources, env)},
                    },
                },
            },
        )
        self.demand(Demand(namespace=self.namespace, replicas=Replicas(), resources=(resources,), surge=False))

    def _environment(self, pipeline: Pipeline, pods: Peer) -> dict[str, Any]:
        env: dict[str, Any] = {variable: self.secret(secret, variable) for variable, secret in pipeline.secrets.items()}
        for host in pipeline.egress:
            env |= self.reach_internet(host, by=pods)
        if pipeline.models:
            env["OPENAI_BASE_URL"] = f"{self.reach('litellm', by=pods).url}/v1"
            env["OPENAI_API_KEY"] = self.secret("litellm", "agents-key")
            env |= {
                f"MODEL_{role.upper().replace('-', '_')}": self.site.model_for(role).name for role in pipeline.models
            }
        return env

    def _pod(self, pipeline: Pipeline, resources: Resources, env: dict[str, Any]) -> dict[str, Any]:
        image = own_image(self.site, pipeline.image)
        variables = [
            {"name": key, "value": env[key]} if isinstance(env[key], str) else {"name": key, "valueFrom": env[key]}
            for key in sorted(env)
        ]
        return {
            "serviceAccountName": pipeline.name,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "priorityClassName": "batch",
            "restartPolicy": "Never",
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": _USER,
                "runAsGroup": _USER,
                "fsGroup": _USER,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": pipeline.name,
                    "image": image.reference(),
                    "env": variables,
                    "resources": resources.manifest(),
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "readOnlyRootFilesystem": True,
                        "capabilities": {"drop": ["ALL"]},
                    },
                    "volumeMounts": [{"name": "scratch", "mountPath": "/tmp"}],  # noqa: S108 - a path inside the container
                }
            ],
            "volumes": [{"name": "scratch", "emptyDir": {"sizeLimit": "10Gi"}}],
        }
