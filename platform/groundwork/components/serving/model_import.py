"""Model import: from the Hugging Face hub into the cluster's bucket, once per model and revision."""

from __future__ import annotations

from typing import Any

from groundwork.components.serving import weights
from groundwork.fleet.model import Model
from groundwork.fleet.site import Site
from groundwork.kube import aws
from groundwork.kube.alert import alert
from groundwork.kube.component import Component
from groundwork.kube.flow import Peer
from groundwork.kube.images import own_image
from groundwork.kube.pods import Resources
from groundwork.kube.stage import Stage

__all__ = ["HUB", "ModelImport"]

# The hub, and where it sends for content: https://huggingface.co/.well-known/meta.json, read 2026-11-21, and the older
# bridge that some large files still come from.
HUB = (
    "huggingface.co",
    "aws.cdn.hf.co",
    "cas-bridge.xethub.hf.co",
    "cdn-lfs-eu-1.hf.co",
    "cdn-lfs-us-1.hf.co",
    "cdn-lfs.hf.co",
    "us-central1.us.gcp.cdn.hf.co",
    "us-east-1.aws.cdn.hf.co",
    "us-east1.us.gcp.cdn.hf.co",
    "us-west-2.aws.cdn.hf.co",
    "us-west4.us.gcp.cdn.hf.co",
    "us.aws.cdn.hf.co",
    "us.gcp.cdn.hf.co",
)
# What the hub gives on a slow day, in bytes a second.
_RATE = 50_000_000
_SETTING_OUT = 600


class ModelImport(Component):
    """A Job per model, the only pods that may talk to Hugging Face: files stream to S3, checked, the manifest last.

    The Job's name ends in a digest of what it does. So it runs once for a revision, beside all syncs (an import takes
    minutes, that of a large model hours); where the manifest stands already it ends at once. Servers wait for the
    manifest before they roll (server.py). To run a failed one again, delete it: Argo CD makes it anew, and it goes on where
    it was. A model without a revision is imported as it is that day and stays so: `groundwork check --production` names it.
    Needs the models bucket, which is made here, and for gated models the token of an account that accepted the licence.
    Our own image: apps/images/model-import.
    """

    stage = Stage.DATA
    namespace = "ai-inference"

    @classmethod
    def carried(cls, site: Site) -> bool:
        return bool(site.models)

    def hosts(self) -> tuple[str, ...]:
        return HUB

    def render(self) -> None:
        # Weights that were replaced stay for a month.
        self.add(aws.bucket(self.site, self.namespace, weights.BUCKET, replaced_days=30))
        for model in self.site.models:
            with self.declared_by(model):
                self._import(model)
        self._alerts()

    def _import(self, model: Model) -> None:
        name = f"import-{model.name}"
        pods = Peer.workload(name, self.namespace)
        source = model.source
        revision = f"@{source.revision}" if source.revision else ""
        self.task(
            name,
            image=own_image(self.site, "model-import"),
            once=True,
            wave=1,
            args=[
                f"{source.hugging_face}{revision}",
                weights.place(self.site, model),
                *([f"--file={source.file}"] if source.file else []),
            ],
            env=self._environment(model, pods),
            # Four files at once, each with a part on its way in and one on its way out.
            resources=Resources(cpu="2", memory="2Gi"),
            deadline=_SETTING_OUT + model.architecture.bytes_of_weights // _RATE,
            priority="batch",
        )
        self.reach_aws("s3", by=pods)
        folder = aws.partition_arn("s3", "", "", f"{aws.bucket_name(self.site, weights.BUCKET)}/{model.name}/*")
        write = aws.allow("s3", ["AbortMultipartUpload", "PutObject"], folder)
        self.aws_access(*weights.may_read(self.site, [model]), write, by=name)

    def _environment(self, model: Model, pods: Peer) -> dict[str, Any]:
        env: dict[str, Any] = {
            "AWS_REGION": self.cluster.region,
            "HF_HOME": "/tmp/huggingface",  # noqa: S108 - of the pod
            "HF_HUB_DISABLE_TELEMETRY": "1",
        }
        for host in HUB:
            env |= self.reach_internet(host, by=pods)
        if model.source.gated:
            env["HF_TOKEN"] = self.secret("huggingface", "token")
        return env

    def _alerts(self) -> None:
        self.alerts(
            alert(
                "ModelImportFailed",
                f'kube_job_failed{{namespace="{self.namespace}",job_name=~"import-.*",condition="true"}} > 0',
                after="5m",
                severity="warning",
                summary="{{ $labels.job_name }} has failed",
                description="The model's new revision is not in S3. Servers keep what they run; a new model does not start.",
                runbook="The Job's log ends with the reason: a licence that nobody accepted, a file whose hash is wrong, a host"
                " that is not on the list. Then delete the Job; it is made anew and goes on where it was.",
            ),
            alert(
                "ModelWeightsDoNotArrive",
                f'increase(kube_pod_init_container_status_restarts_total{{namespace="{self.namespace}",container="weights"}}[1h])'
                " > 2",
                after="5m",
                severity="warning",
                summary="{{ $labels.pod }} cannot copy its weights",
                description="A replica does not start, and its node costs money meanwhile.",
                runbook="The log of the container `weights` ends with the reason: no manifest (the import has not finished), a"
                " checksum that is wrong again and again (delete the file and the manifest in S3, and the import Job), no room on"
                " the disk, or a copy that is slower than its size allows for.",
            ),
        )
