"""Keys: what encrypts the cluster's disks, buckets and logs, rotated every year."""

from __future__ import annotations

import json

from groundwork.fleet.site import Site
from groundwork.kube import aws
from groundwork.kube.component import Component
from groundwork.kube.labels import CONFIRM
from groundwork.kube.stage import Stage


class Keys(Component):
    """Two keys of KMS: `data` for disks and buckets, `logs` for log groups. That of Secrets is older than the cluster: bootstrap's.

    Whoever may use a disk or a bucket may use its key through EC2 or S3, so no role names a key. Others name them by alias, because AWS
    chooses identifiers; where a cluster is built anew the alias moves to the new key, and the old one still opens what it
    once closed. Deleting one waits for a person, and AWS keeps it even then.
    """

    stage = Stage.AWS
    namespace = aws.ACK_NAMESPACE

    def render(self) -> None:
        self._key("data", "disks and buckets", _through_s3(self.site), _through_ec2(self.site))
        self._key("logs", "log groups", _by_logs(self.site))

    def _key(self, name: str, what: str, *uses: aws.Statement) -> None:
        policy = {"Version": "2012-10-17", "Statement": [_administration(self.site), *uses]}
        self.object(
            "kms.services.k8s.aws/v1alpha1",
            "Key",
            name,
            metadata={"annotations": {**aws.RETAINED, **CONFIRM}},
            spec={
                "description": f"The {what} of {self.site.name}",
                "enableKeyRotation": True,
                "policy": json.dumps(policy, indent=2),
                "tags": [{"tagKey": key, "tagValue": value} for key, value in aws.tags(self.site).items()],
            },
        )
        alias = aws.key_alias(self.site, name)
        self.object(
            "kms.services.k8s.aws/v1alpha1",
            "Alias",
            name,
            metadata={"annotations": {**aws.RETAINED, **aws.adopted(name=alias)}},
            spec={"name": alias, "targetKeyRef": aws.key_reference(name)},
        )


def _administration(site: Site) -> aws.Statement:
    """Roles of the account do with it what their own policies say; without this nobody could change the key again."""
    root = aws.partition_arn("iam", "", site.cluster.account, "root")
    return {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"}


def _through_s3(site: Site) -> aws.Statement:
    """Anybody of the account, through S3, for this cluster's buckets: what S3 lets them read and write."""
    buckets = aws.partition_arn("s3", "", "", f"{site.organisation.name}-{site.name}-*")
    return {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": "*",
        "Condition": {
            "StringEquals": _by_way_of("s3", site),
            "StringLike": {"kms:EncryptionContext:aws:s3:arn": buckets},
        },
    }


def _through_ec2(site: Site) -> aws.Statement:
    """The storage driver and the machines, through EC2: a disk is attached by a grant for as long as the machine has it."""
    use = ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*"]
    return {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": use,
        "Resource": "*",
        "Condition": {"StringEquals": _by_way_of("ec2", site)},
    }


def _by_way_of(service: str, site: Site) -> dict[str, str]:
    return {
        "kms:CallerAccount": site.cluster.account,
        "kms:ViaService": f"{service}.{site.cluster.region}.amazonaws.com",
    }


def _by_logs(site: Site) -> aws.Statement:
    """CloudWatch Logs, for log groups of this cluster."""
    groups = aws.partition_arn(
        "logs", site.cluster.region, site.cluster.account, f"log-group:{aws.log_group(site, '*')}"
    )
    return {
        "Effect": "Allow",
        "Principal": {"Service": f"logs.{site.cluster.region}.amazonaws.com"},
        "Action": ["kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
        "Resource": "*",
        "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
    }
