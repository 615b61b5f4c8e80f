"""The way back: in which order to take a cluster down, so that nothing goes on costing money, and what AWS keeps."""

from __future__ import annotations

from collections.abc import Sequence

from argocd.page import Step, delete_stack, page, shell
from argocd.projects import ARGOCD
from argocd.stacks import ACCOUNT_STACK, CERTIFICATE_STACK, CLUSTER_STACK, KARPENTER_STACK
from argocd.verification import waves
from groundwork.fleet.site import Site
from groundwork.kube import aws
from groundwork.kube.rendering import Rendering
from groundwork.kube.routes import GATEWAY
from groundwork.kube.stage import Stage

__all__ = ["teardown_steps"]

_OPENING = (
    "**This ends the cluster for everybody.** What holds data is kept until the last step, where each thing is deleted by hand. "
    "Steps 1 to 5 run inside the VPC, the rest outside: whoever is inside keeps the VPC from going."
)


def teardown_steps(site: Site, renderings: Sequence[Rendering]) -> str:
    """The page, for this cluster."""
    karpenter = site.cluster.nodes == "karpenter"
    steps = [
        Step("The right cluster?", _which(site)),
        Step("Stop syncing", _stop()),
        Step("What runs on the machines", _workloads(site, renderings)),
        Step("The machines", _machines()),
        Step("Note what stays", _volumes()),
        Step("The endpoints", _endpoints(site)),
        Step("The cluster", _cluster(site)),
        *([Step("Karpenter's roles and queue", _karpenter(site))] if karpenter else []),
        Step("What AWS keeps", _kept(site)),
    ]
    return page(f"Take down {site.name}", _OPENING, steps)


def _which(site: Site) -> str:
    return (
        shell(
            "kubectl config view --minify --output jsonpath='{.clusters[0].name}'; echo",
            f"read -rp 'Type the name of the cluster to take down: ' name && test \"$name\" = {site.name}",
        )
        + f"\n\nThe first line must end in `cluster/{site.name}`. Tenants: "
        + (", ".join(f"`{tenant.name}`" for tenant in site.tenants) or "none")
        + ". Do they know? Take a last backup of the databases if anybody may want one."
    )


def _stop() -> str:
    return (
        shell(f"kubectl --namespace {ARGOCD} delete application groundwork")
        + "\n\nOnly the root goes; it has no finalizer. Otherwise it would bring back every Application that the next steps delete."
    )


def _workloads(site: Site, renderings: Sequence[Rendering]) -> str:
    """Everything above the operators: those must still be there to let go of load balancers, volumes and machines."""
    above = [(stage, names) for stage, names in waves(renderings) if stage > Stage.OPERATORS]
    commands = [
        f"kubectl --namespace {ARGOCD} delete application --ignore-not-found {' '.join(names)}   # wave {int(stage)}"
        for stage, names in reversed(above)
    ]
    return (
        _unprotected(site)
        + shell(*commands)
        + "\n\nHighest wave first; each command waits until its Applications are gone. One that does not go is asking: what holds "
        "data wants to be confirmed. If the data may go, in another terminal:\n\n"
        + shell(
            f"kubectl --namespace {ARGOCD} annotate application <name> \\",
            '  "argocd.argoproj.io/deletion-approved=$(date -u +%Y-%m-%dT%H:%M:%SZ)"',
        )
        + "\n\nBefore you go on, no load balancer may be left; one whose controller is gone stays, and keeps the VPC from going:\n\n"
        + shell(
            "kubectl get services --all-namespaces --field-selector spec.type=LoadBalancer",
            "kubectl get gateways,ingresses --all-namespaces",
        )
    )


def _unprotected(site: Site) -> str:
    """A load balancer in production cannot be deleted, by its own controller neither."""
    if site.cluster.gateway.edge != "alb" or site.cluster.environment != "production":
        return ""
    off = '[{"op": "replace", "path": "/spec/loadBalancerAttributes", "value": '
    off += '[{"key": "deletion_protection.enabled", "value": "false"}]}]'
    alone = '{"spec": {"syncPolicy": {"automated": null}}}'
    return (
        shell(
            f"kubectl --namespace {ARGOCD} patch application alb --type=merge --patch='{alone}'",
            f"kubectl patch ingressclassparams {GATEWAY} --type=json --patch='{off}'",
            f"aws elbv2 describe-load-balancers --region {site.cluster.region} --names {aws.load_balancer_name(site)} \\",
            "  --query 'LoadBalancers[0].LoadBalancerArn' --output text | xargs -I@ aws elbv2 describe-load-balancer-attributes \\",
            f"  --region {site.cluster.region} --load-balancer-arn @ --output text | grep deletion_protection",
        )
        + "\n\nUntil the last line says `false`: the load balancer is protected against being deleted, by its controller too. "
        "Then:\n\n"
    )


def _machines() -> str:
    return (
        shell(
            f"kubectl --namespace {ARGOCD} delete application node-pools",
            "kubectl wait --for=delete nodeclaims --all --timeout=30m",
            "kubectl get nodeclaims",
        )
        + "\n\nThe Application and not its NodePools: Argo CD would make them again. It must end with *No resources found* while "
        "Karpenter still runs; a machine that nobody looks after runs, and costs, for ever. One that does not go: "
        "`kubectl describe nodeclaim <name>`, most often a PodDisruptionBudget."
    )


def _volumes() -> str:
    columns = "VOLUME:.spec.csi.volumeHandle,CLAIM:.spec.claimRef.name,SIZE:.spec.capacity.storage,POLICY"
    return (
        shell(
            f"kubectl get persistentvolumes --output custom-columns={columns}:.spec.persistentVolumeReclaimPolicy | tee volumes.txt"
        )
        + "\n\nVolumes outlive their claims and the cluster. This list is the only one that says whose they were: keep it."
    )


def _endpoints(site: Site) -> str:
    return (
        shell(delete_stack(site, CLUSTER_STACK.format(site.name)))
        + "\n\nFirst, because the endpoints hold addresses in the VPC and the stack holds names of the one that eksctl deletes. "
        "CloudShell environments inside the VPC go now, too."
    )


def _cluster(site: Site) -> str:
    return (
        shell(
            f"eksctl delete cluster --region {site.cluster.region} --name {site.name} \\",
            "  --force --disable-nodegroup-eviction --wait",
        )
        + "\n\n`--force`, because eksctl would drain nodes first and from outside does not reach the API server. Should the VPC "
        "remain, something still has an address in it:\n\n"
        + shell(
            f"aws ec2 describe-network-interfaces --region {site.cluster.region} \\",
            f"  --filters 'Name=tag:alpha.eksctl.io/cluster-name,Values={site.name}' \\",
            "  --query 'NetworkInterfaces[].[NetworkInterfaceId,Description]' --output table",
        )
    )


def _karpenter(site: Site) -> str:
    return (
        shell(delete_stack(site, KARPENTER_STACK.format(site.name)))
        + "\n\nIf it fails, an instance profile still holds the nodes' role: "
        f"`aws iam list-instance-profiles --query \"InstanceProfiles[?contains(InstanceProfileName,'{site.name}')]\"`."
    )


def _kept(site: Site) -> str:
    region, organisation = site.cluster.region, site.organisation.name
    rows = (
        (
            "Volumes",
            "`volumes.txt`",
            f"`aws ec2 delete-volume --region {region} --volume-id <id>`, and their snapshots",
        ),
        (
            "Buckets",
            f"`aws s3 ls \\| grep {organisation}-{site.name}-`",
            "versioned: empty them by a lifecycle rule, then `aws s3 rb`",
        ),
        (
            "Prometheus workspace",
            f"`aws amp list-workspaces --region {region} --alias {site.name}`",
            f"`aws amp delete-workspace --region {region} --workspace-id <id>`",
        ),
        (
            "Roles of pods, those that did not go with their objects",
            f"`aws iam list-roles --query \"Roles[?starts_with(RoleName,'{site.name}-')].RoleName\"`",
            "delete the inline policy `access`, then the role",
        ),
        (
            "Secrets",
            f"`aws secretsmanager list-secrets --region {region} --filters Key=name,Values={organisation}/{site.name}/`",
            "`delete-secret`: 7 to 30 days to change one's mind",
        ),
        *(
            [
                (
                    "Sign-ins at other registries",
                    f"`aws secretsmanager list-secrets --region {region} "
                    f"--filters Key=name,Values={aws.PULL_THROUGH_SECRETS}/{organisation}-{site.name}-`",
                    "`delete-secret --force-delete-without-recovery`: a cluster of the same name could not make them again",
                )
            ]
            if aws.cache_prefix(site)
            else []
        ),
        (
            "Repositories of images",
            f"`aws ecr describe-repositories --region {region}`: `{organisation}/*`"
            + (f", and `{aws.cache_prefix(site)}/*`" if aws.cache_prefix(site) else ""),
            "`delete-repository --force`, if no other cluster of the account pulls from them",
        ),
        (
            "Keys of disks, buckets and logs",
            f"`{aws.key_alias(site, 'data')}`, `{aws.key_alias(site, 'logs')}`",
            "`aws kms schedule-key-deletion`, once volumes, buckets and log groups are gone: without them these are noise",
        ),
        (
            "Logs of pods",
            f"`{aws.log_group(site, '')}`",
            f"`aws logs delete-log-group --region {region} --log-group-name <name>`",
        ),
        (
            "Logs of the control plane",
            f"`/aws/eks/{site.name}/cluster`",
            f"`aws logs delete-log-group --region {region} --log-group-name /aws/eks/{site.name}/cluster`, at the latest before "
            "a cluster of this name is made again: the account's stack makes the log group",
        ),
        (
            "DNS",
            f"records below `{site.domain}` that ExternalDNS did not get to delete",
            "delete them: their target may become somebody else's",
        ),
        *(
            [
                (
                    "Certificate of the edge",
                    f"the stack `{CERTIFICATE_STACK.format(site.name)}`",
                    "`aws cloudformation delete-stack`, and the record in the zone that proved it",
                )
            ]
            if site.cluster.gateway.edge == "alb"
            else []
        ),
        (
            "Roles of people, boundary",
            f"the stack `{ACCOUNT_STACK.format(site.name)}`",
            "`aws cloudformation delete-stack`, once no role of a pod is left that it bounds",
        ),
        (
            "KMS key",
            f"`{aws.key_alias(site)}`; the stack leaves the key behind",
            "`aws kms schedule-key-deletion`: 7 to 30 days, and with it go all backups of Secrets",
        ),
    )
    table = ["| what | where | how it goes |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)]
    closing = f"At last take `clusters/{site.name}.yaml` out of the repository; `make synth` removes `generated/{site.name}/`."
    return "\n".join([*table, "", closing])
