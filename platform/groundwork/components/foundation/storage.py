"""Storage: the class of disks that databases and other StatefulSets ask for."""

from __future__ import annotations

from groundwork.kube import aws
from groundwork.kube.component import Component
from groundwork.kube.stage import Stage

_PROVISIONERS = {"auto": "ebs.csi.eks.amazonaws.com", "karpenter": "ebs.csi.aws.com"}


class Storage(Component):
    """The StorageClass `standard`: gp3, bound only when a pod is placed, kept when its claim is deleted.

    Locked with the key `data`, by its alias: the key is there before the first claim. Bound at once, a disk would pin a zone
    before Karpenter has chosen the node.
    """

    stage = Stage.FOUNDATION
    namespace = "kube-system"

    def render(self) -> None:
        self.cluster_object(
            "storage.k8s.io/v1",
            "StorageClass",
            "standard",
            metadata={"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
            provisioner=_PROVISIONERS[self.cluster.nodes],
            parameters={
                "type": "gp3",
                "encrypted": "true",
                "kmsKeyId": aws.key_alias_arn(self.site, "data"),
                # So that the budget sees them, and whoever finds one later knows whose it was.
                "tagSpecification_1": f"{aws.CLUSTER_TAG}={self.site.name}",
            },
            reclaimPolicy="Retain",
            volumeBindingMode="WaitForFirstConsumer",
            allowVolumeExpansion=True,
        )
