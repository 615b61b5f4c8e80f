"""From an AWS account to a healthy platform: the steps of bootstrap, as a page of commands for one cluster."""

from __future__ import annotations

from collections.abc import Sequence

from argocd.cluster_config import ADMIN_POLICY, role_arn
from argocd.image_pushes import IMAGES_STACK, STACK_REGION, images_template
from argocd.page import Step, deploy_stack, file_in_bootstrap, page, shell
from argocd.prerequisites import prerequisites
from argocd.projects import ARGOCD
from argocd.settings import PAGE
from argocd.stacks import ACCOUNT_STACK, CERTIFICATE_STACK, CLUSTER_STACK, KARPENTER_STACK
from argocd.verification import verification
from groundwork.catalog import versions
from groundwork.catalog.tools import tool
from groundwork.fleet.site import Site
from groundwork.kube import aws
from groundwork.kube.rendering import Rendering

__all__ = ["bootstrap_steps"]

_OPENING = (
    "Paste one block at a time, in a clone of the repository. What failed may be run again. Nothing here is synced: Argo CD "
    "takes over at the step “Everything else”."
)


def bootstrap_steps(site: Site, renderings: Sequence[Rendering]) -> str:
    """The page, for this cluster."""
    karpenter = site.cluster.nodes == "karpenter"
    steps = [
        Step("Before you begin", prerequisites(site, renderings)),
        Step("The account", _account(site)),
        *([Step("A certificate", _certificate(site))] if site.cluster.gateway.edge == "alb" else []),
        *([Step("Karpenter's roles and queue", _karpenter(site))] if karpenter else []),
        Step("Secrets", _secrets(site)),
        Step("Our own images", _images(site)),
        Step("The cluster", _cluster(site)),
        Step("Its endpoints", _endpoints(site)),
        Step("A way in", _way_in(site)),
        Step("The first nodes", _first_nodes(site)) if karpenter else Step("NetworkPolicies", _policies_on(site)),
        Step("Argo CD", _argocd(site)),
        Step("Everything else", _root(site)),
        Step("Weights", _weights(site)),
        Step("What must be true now", verification(site, renderings)),
        Step("Write back what AWS chose", _write_back(site)),
    ]
    return page(f"Bring up {site.name}", _OPENING, steps)


def _account(site: Site) -> str:
    return (
        shell(
            deploy_stack(site, ACCOUNT_STACK.format(site.name), file_in_bootstrap(site, "account.template")),
            "aws ce update-cost-allocation-tags-status \\",
            f"  --cost-allocation-tags-status TagKey={aws.CLUSTER_TAG},Status=Active",
        )
        + "\n\nMakes the KMS key of Secrets, the control plane's log group, the bound of every role that pods get, the budget, and "
        "the roles that people take on. Who may take on which is for IAM or the identity centre to say, with `sts:AssumeRole`. "
        "The second command lets the budget see the cluster's tag. It belongs into the account that pays, and AWS knows the tag "
        "only a day after the first resource carries it: run it again then."
    )


def _certificate(site: Site) -> str:
    template = file_in_bootstrap(site, "certificate.template")
    return (
        shell(
            f"zone=$(aws route53 list-hosted-zones-by-name --dns-name {site.organisation.domain} \\",
            "  --query 'HostedZones[0].Id' --output text)",
            deploy_stack(site, CERTIFICATE_STACK.format(site.name), template)
            + " \\\n  --parameter-overrides HostedZone=${zone##*/}",
        )
        + f"\n\nFor `*.{site.domain}`. Some minutes; if it takes longer, the domain is not delegated to this zone. The record that "
        "proves it stays in the zone, and ACM renews the certificate for as long as it does."
    )


def _karpenter(site: Site) -> str:
    pin = versions.chart("karpenter", site.cluster.channel)
    path = "website/content/en/preview/getting-started/getting-started-with-karpenter/cloudformation.yaml"
    return (
        shell(
            f"curl -fsSLo karpenter.template https://raw.githubusercontent.com/aws/karpenter-provider-aws/v{pin.version}/{path}",
            deploy_stack(site, KARPENTER_STACK.format(site.name), "karpenter.template")
            + f" \\\n  --parameter-overrides ClusterName={site.name}",
            "aws iam create-service-linked-role --aws-service-name spot.amazonaws.com || true   # once per account",
        )
        + f"\n\nUpstream's own template, of the version that will run: the nodes' role `{aws.node_role(site)}`, what the "
        f"controller may do, and the queue `{site.name}` that tells it of interruptions. Deploy it again with each new version."
    )


def _secrets(site: Site) -> str:
    return (
        shell(f"groundwork secrets {site.name} > secrets.sh", "less secrets.sh", "bash secrets.sh && rm secrets.sh")
        + "\n\nThe values are made on this machine and stand nowhere else than in Secrets Manager afterwards. A secret that is "
        "there already is left as it is."
    )


def _images(site: Site) -> str:
    region, organisation = site.cluster.region, site.organisation.name
    registry = f"{site.cluster.account}.dkr.ecr.{region}.amazonaws.com"
    first = shell(
        f"aws ecr get-login-password --region {region} | docker login --username AWS --password-stdin {registry}",
        f"grep -rhoE '{registry}/{organisation}/[a-z0-9-]+:[0-9a-f]+' generated/{site.name} | sort -u | while read -r image; do",
        "  name=${image##*/}; name=${name%%:*}",
        f"  aws ecr create-repository --region {region} --repository-name {organisation}/$name \\",
        "    --image-tag-mutability IMMUTABLE --image-scanning-configuration scanOnPush=true \\",
        "    --encryption-configuration encryptionType=KMS || true   # it may exist",
        "  docker buildx build --platform linux/amd64,linux/arm64 --tag $image --push apps/images/$name",
        "done",
    )
    if images_template(site) is None:
        return first
    stack = shell(
        f"aws cloudformation deploy --region {STACK_REGION} --stack-name {IMAGES_STACK.format(organisation)} \\",
        f"  --capabilities CAPABILITY_NAMED_IAM --template-file {file_in_bootstrap(site, 'images.template')}",
    )
    return (
        f"{first}\n\nFrom then on GitHub does it, before each merge (`.github/workflows/images.yaml` says what to switch on there). Once "
        f"per account:\n\n{stack}\n\nAn account has one provider for GitHub: if it is there, `EntityAlreadyExists` says so, and the role "
        "of the template is made by hand."
    )


def _cluster(site: Site) -> str:
    config = file_in_bootstrap(site, f"_cluster/ClusterConfig.eksctl.{site.name}.yaml")
    if site.cluster.nodes == "auto":
        return (
            shell(f"eksctl create cluster -f {config}")
            + "\n\n20 minutes. eksctl warns that the API server is unreachable: it "
            "answers inside the VPC only, and nothing of this needs it."
        )
    return (
        shell(f"eksctl create cluster -f {config} --without-nodegroup")
        + "\n\n20 minutes. The API server answers inside the VPC only. For all but nodes eksctl does without it, and warns; the "
        "nodes follow from inside."
    )


def _endpoints(site: Site) -> str:
    return (
        shell(deploy_stack(site, CLUSTER_STACK.format(site.name), file_in_bootstrap(site, "cluster.template")))
        + "\n\nUp to 30 minutes, most of them for the identity provider. Without the endpoints no pod reaches AWS: policies "
        "open the private subnets, and nothing else. Deploy it again whenever the template changes."
    )


def _way_in(site: Site) -> str:
    region = site.cluster.region
    return (
        "The API server has addresses in the private subnets. Three ways to be there:\n\n"
        f"- **CloudShell** (console, {region}): *Create VPC environment*, with the VPC `eksctl-{site.name}-cluster/VPC`, one of "
        "its private subnets, and the cluster's security group. Good for this page and for emergencies.\n"
        "- **A VPN or a transit gateway** into the VPC, for those who come every day. Their range needs a rule for port 443 in "
        "the cluster's security group.\n"
        "- **CI has no way in and needs none.** It checks `generated/`; Argo CD fetches what was merged.\n\n"
        "From here on, inside, in a fresh clone:\n\n"
        + shell(
            f"curl -fsSL https://get.helm.sh/helm-v{tool('helm').least}-linux-amd64.tar.gz | tar xz --strip-components=1 linux-amd64/helm",
            f"curl -fsSL https://github.com/eksctl-io/eksctl/releases/download/v{tool('eksctl').least}/eksctl_Linux_amd64.tar.gz | tar xz",
            'export PATH="$PWD:$PATH"',
            f"aws eks update-kubeconfig --region {region} --name {site.name} --role-arn {role_arn(site, 'cluster-admin')}",
            "kubectl auth whoami",
        )
        + f"\n\n`kubectl auth whoami` must name `{aws.bootstrap_role(site, 'cluster-admin')}`. `Unauthorized` means that you may not take "
        "on that role; no answer at all means that you are outside, or that the security group is not the cluster's."
    )


def _first_nodes(site: Site) -> str:
    region, config = site.cluster.region, file_in_bootstrap(site, f"_cluster/ClusterConfig.eksctl.{site.name}.yaml")
    entry = f"--region {region} --cluster-name {site.name} --principal-arn $me"
    return (
        "eksctl watches nodes join with your own credentials, so let yourself in for as long as it takes:\n\n"
        + shell(
            "me=$(aws sts get-caller-identity --query Arn --output text |",
            "  sed -E 's#:sts:(.*):assumed-role/([^/]+)/.*#:iam:\\1:role/\\2#')   # a role, if you came by one",
            f"aws eks create-access-entry {entry}",
            f"aws eks associate-access-policy {entry} \\",
            f"  --policy-arn {ADMIN_POLICY} --access-scope type=cluster",
            f"eksctl create nodegroup -f {config}",
            f"aws eks delete-access-entry {entry}",
        )
        + "\n\n`kubectl get nodes -L topology.kubernetes.io/zone` shows them Ready, in different zones. A role of the identity "
        "centre has a path: then take `me` from the IAM console."
    )


def _policies_on(site: Site) -> str:
    return (
        shell(f"kubectl apply -f {file_in_bootstrap(site, 'kube-system/ConfigMap.amazon-vpc-cni.yaml')}")
        + "\n\nAuto Mode accepts NetworkPolicies from the start, and enforces them only once this ConfigMap says so."
    )


def _argocd(site: Site) -> str:
    pin = versions.chart("argo-cd", site.cluster.channel)
    repository = site.organisation.repository.url
    https = repository.startswith("https://")
    credentials = (
        ("read -rsp 'token that may read the repository: ' token; echo", "username=git", "password=$token")
        if https
        else ("ls deploy-key   # the private half of a deploy key that may only read", "sshPrivateKey=deploy-key", "")
    )
    first, *pairs = credentials
    literals = " ".join(f"--from-{'literal' if https else 'file'}={pair}" for pair in pairs if pair)
    return (
        shell(
            f"helm upgrade --install argocd argo-cd --repo {pin.repository} --version {pin.version} \\",
            f"  --namespace {ARGOCD} --create-namespace --values {file_in_bootstrap(site, 'argocd.values')} --wait",
        )
        + "\n\nThe same command upgrades it, and brings it up to date when the values change. Then let it read the repository:\n\n"
        + shell(
            first,
            f"kubectl --namespace {ARGOCD} create secret generic repository-groundwork --from-literal=type=git \\",
            f"  --from-literal=url={repository} {literals}",
            f"kubectl --namespace {ARGOCD} label secret repository-groundwork argocd.argoproj.io/secret-type=repository",
        )
        + f"\n\nIts page: `kubectl --namespace {ARGOCD} port-forward service/argocd-server {PAGE.rpartition(':')[2]}:443`, "
        f"then https://{PAGE}."
    )


def _root(site: Site) -> str:
    return (
        shell(f"kubectl apply -f {file_in_bootstrap(site, 'argocd/')}")
        + "\n\nFrom here on Git decides. The Applications come up wave by wave; nothing of a wave starts before the one below is "
        "healthy. What fails is tried again until it succeeds, so the next two steps may be done meanwhile."
    )


def _weights(site: Site) -> str:
    return (
        "Nothing to type: a Job per model brings its files from Hugging Face to S3, from the wave of the databases on. Servers wait "
        "for them and start by themselves; hundreds of gigabytes take hours. A failed Job says why in its log; delete it, and it "
        "is made anew and goes on where it was.\n\n"
        + shell("kubectl --namespace ai-inference get jobs --selector app.kubernetes.io/component=model-import --watch")
        + f"\n\nThe bucket is `{aws.bucket_name(site, 'models')}`: a folder per model and revision, whole as soon as it holds "
        "`groundwork-manifest.json`."
    )


def _write_back(site: Site) -> str:
    return (
        shell(
            f"aws amp list-workspaces --region {site.cluster.region} --alias {site.name} \\",
            "  --query 'workspaces[0].workspaceId' --output text",
        )
        + f"\n\ngoes into `clusters/{site.name}.yaml` as `aws: {{prometheusWorkspace: ws-...}}`. Then `make synth`, commit, and "
        "`groundwork check --production` lists what is still missing."
    )
