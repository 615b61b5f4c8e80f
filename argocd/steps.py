"""The steps of bootstrap and teardown, as pages with commands."""

from __future__ import annotations

from collections.abc import Sequence

from argocd.cluster_config import key_alias
from groundwork.catalog import versions
from groundwork.fleet.site import Site
from groundwork.kube import aws
from groundwork.kube.rendering import Rendering

__all__ = ["bootstrap_steps", "teardown_steps"]


def bootstrap_steps(site: Site, renderings: Sequence[Rendering]) -> str:
    """From an AWS account to a healthy platform."""
    steps = [
        ("Tools", _TOOLS),
        ("The key that encrypts Secrets", _key(site)),
        ("Roles that people take on", _roles(site)),
        *([("Karpenter's roles and queue", _karpenter(site))] if site.cluster.nodes == "karpenter" else []),
        (
            "Secrets",
            f"```sh\ngroundwork secrets {site.name} > secrets.sh   # read it, then run it\nbash secrets.sh\n```",
        ),
        ("The cluster", _cluster(site)),
        ("Argo CD", _argocd(site)),
        ("Everything else", _root(site)),
        ("What must be true now", _verification(site, renderings)),
        ("Write back what AWS chose", _write_back(site)),
    ]
    return _page(f"Bring up {site.name}", steps)


def teardown_steps(site: Site) -> str:
    """The way back, in the order in which nothing is left running that costs money."""
    return _page(f"Take down {site.name}", [(title, text.replace("CLUSTER", site.name)) for title, text in _TEARDOWN])


def _page(title: str, steps: Sequence[tuple[str, str]]) -> str:
    parts = [f"# {title}\n"]
    parts += [f"## {number}. {heading}\n\n{text}\n" for number, (heading, text) in enumerate(steps, start=1)]
    return "\n".join(parts)


_TOOLS = "eksctl 0.230 or newer, kubectl within one minor version of the cluster, helm 3.17 or newer, aws CLI 2.22 or newer, openssl."


def _key(site: Site) -> str:
    region = site.cluster.region
    return (
        "```sh\n"
        f"key=$(aws kms create-key --region {region} --description 'Secrets of {site.name}' --query KeyMetadata.KeyId --output text)\n"
        f"aws kms enable-key-rotation --region {region} --key-id $key\n"
        f"aws kms create-alias --region {region} --alias-name alias/{key_alias(site)} --target-key-id $key\n"
        "```"
    )


def _roles(site: Site) -> str:
    prefix = f"{site.organisation.name}-{site.name}"
    return (
        f"Make the IAM roles `{prefix}-admin`, `{prefix}-operator` and `{prefix}-viewer`, each trusting the identity provider's group "
        "of that kind. They need no AWS permission but `eks:DescribeCluster`; what they may do in the cluster follows from their "
        "access entries."
        + (
            f"\n\nMake the nodes' role `{aws.node_role(site)}`, trusting ec2.amazonaws.com, with the AWS managed policies "
            "AmazonEKSWorkerNodeMinimalPolicy and AmazonEC2ContainerRegistryPullOnly, and give it an EKS access entry of type EC2 with "
            "the policy AmazonEKSAutoNodePolicy once the cluster exists."
            if site.cluster.nodes == "auto"
            else ""
        )
    )


def _karpenter(site: Site) -> str:
    version = versions.chart("karpenter", site.cluster.channel).version
    return (
        f"Deploy the CloudFormation template of Karpenter {version} (its documentation, “Getting Started”) with `ClusterName={site.name}`: "
        f"it makes the controller's policies and the interruption queue `{site.name}`. Give the nodes' role the name "
        f"`{aws.node_role(site)}`, and an EKS access entry of type EC2_LINUX once the cluster exists."
    )


def _cluster(site: Site) -> str:
    return (
        "```sh\n"
        f"eksctl create cluster -f generated/{site.name}/bootstrap/_cluster/ClusterConfig.eksctl.{site.name}.yaml\n"
        "```\n\n"
        "The API answers inside the VPC only. People reach it through an SSM port-forwarding session to an instance in a private "
        "subnet, CI from a runner in the VPC; eksctl itself needs the same way in for its last steps."
        + (
            "\n\nNetworkPolicies are accepted at once and enforced only after this:\n\n"
            f"```sh\nkubectl apply -f generated/{site.name}/bootstrap/kube-system/ConfigMap.amazon-vpc-cni.yaml\n```"
            if site.cluster.nodes == "auto"
            else ""
        )
    )


def _argocd(site: Site) -> str:
    pin = versions.chart("argo-cd", site.cluster.channel)
    return (
        "```sh\n"
        f"helm upgrade --install argocd argo-cd --repo {pin.repository} --version {pin.version} \\\n"
        f"  --namespace argocd --create-namespace --values generated/{site.name}/bootstrap/argocd.values --wait\n"
        "```\n\n"
        "The same command upgrades it. Give it read access to the repository: `argocd repo add "
        f"{site.organisation.repository.url} ...`."
    )


def _root(site: Site) -> str:
    return (
        "```sh\n"
        f"kubectl apply -f generated/{site.name}/bootstrap/argocd/\n"
        "```\n\n"
        "From here on Git decides. The Applications come up wave by wave; nothing of a wave starts before the one below is healthy."
    )


def _verification(site: Site, renderings: Sequence[Rendering]) -> str:
    waves = sorted({(int(one.stage), one.stage.name.lower()) for one in renderings})
    lines = [f"- Waves, in this order: {', '.join(f'{number} {name}' for number, name in waves)}."]
    lines += [
        "- `kubectl -n argocd get applications`: every one Synced and Healthy. One that is Degraded says why in `status.conditions`.",
        "- `kubectl get externalsecrets -A`: all Ready. If not: does the secret stand in Secrets Manager under this name?",
        f"- `curl https://api.{site.domain}/v1/models -H 'Authorization: Bearer <key>'` lists: "
        + ", ".join(model.name for model in site.models)
        + ".",
        f"- A request appears at https://langfuse.{site.domain} within half a minute.",
    ]
    if any(model.hardware.gpu for model in site.models):
        lines.append("- A GPU node's allocatable `nvidia.com/gpu` is what the machine has; 0 means two device plugins.")
    return "\n".join(lines)


def _write_back(site: Site) -> str:
    return (
        "```sh\n"
        f"aws amp list-workspaces --region {site.cluster.region} --alias {site.name} --query 'workspaces[0].workspaceId' --output text\n"
        "```\n\n"
        f"goes into `clusters/{site.name}.yaml` as `aws: {{prometheusWorkspace: ws-...}}`. Then `make synth`, commit, and "
        "`groundwork check --production` lists what is still missing."
    )


_TEARDOWN = (
    (
        "Stop syncing",
        "```sh\nkubectl -n argocd delete application groundwork --cascade=orphan\n```\n\n"
        "Otherwise Argo CD puts back what the next steps delete.",
    ),
    (
        "Take away what buys machines",
        "```sh\nkubectl -n argocd delete application vllm litellm agents tools jobs edge\nkubectl delete nodepools --all\n"
        "kubectl get nodeclaims   # wait until none is left: a machine without its controller runs, and costs, for ever\n```\n\n"
        "`edge` goes here because its load balancer belongs to a controller that must still run.",
    ),
    (
        "Databases, if their data may go",
        "Argo CD asks for confirmation before it deletes Postgres clusters, namespaces and buckets "
        "(`argocd app confirm-deletion`). Volumes are kept by their storage class: "
        "`kubectl get pv` before the cluster goes, and delete in EC2 what nobody wants.",
    ),
    ("The cluster", "```sh\neksctl delete cluster --name CLUSTER --wait\n```"),
    (
        "What AWS keeps",
        "Buckets and the Prometheus workspace (ACK retains them), EBS volumes and snapshots, the KMS key (schedule its deletion, 7 to "
        "30 days), secrets in Secrets Manager, log groups /aws/eks/CLUSTER/*, IAM roles CLUSTER-*. Each is deleted by hand, on purpose.",
    ),
)
