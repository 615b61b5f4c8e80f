"""What must be true of a cluster that has come up, how to see it, and what to do where it is not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from argocd.projects import ARGOCD
from groundwork.fleet.site import Site
from groundwork.kube import aws
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.rendering import Rendering
from groundwork.kube.routes import GATEWAY, GATEWAY_NAMESPACE
from groundwork.kube.stage import Stage

__all__ = ["verification", "waves"]


def verification(site: Site, renderings: Sequence[Rendering]) -> str:
    """A list to tick off, in the order in which things come up."""
    parts = [
        f"`groundwork verify {site.name}` asks the cluster for all that its tree says, and prints what is missing and what to do. "
        "By hand, and what only a person outside can see:\n",
        "The waves, lowest first:\n",
        "| wave | | components |",
        "|---|---|---|",
        *(f"| {int(stage)} | {stage.name.lower()} | {', '.join(names)} |" for stage, names in waves(renderings)),
        "",
        *(_check(*check) for check in _checks(site, _endpoint(renderings, "model-gateway"))),
    ]
    return "\n".join(parts)


def waves(renderings: Sequence[Rendering]) -> list[tuple[Stage, list[str]]]:
    """The components of each wave, by name; the lowest wave first."""
    by_stage: dict[Stage, list[str]] = defaultdict(list)
    for rendering in renderings:
        by_stage[rendering.stage].append(rendering.component)
    return [(stage, sorted(names)) for stage, names in sorted(by_stage.items())]


def _endpoint(renderings: Sequence[Rendering], name: str) -> Endpoint:
    """An endpoint as some component of this cluster reaches it."""
    return next(one.reached[name] for one in renderings if name in one.reached)


def _checks(site: Site, models: Endpoint) -> list[tuple[str, str, str]]:
    checks = [
        (
            f"`kubectl --namespace {ARGOCD} get applications` says Synced and Healthy of each",
            "The lowest wave that is not healthy holds all above it",
            f"`kubectl --namespace {ARGOCD} describe application <name>`: `Conditions` and `Operation State` say why",
        ),
        (
            "`kubectl get nodepools` says Ready of each",
            "Not Ready: its node class finds no role, subnet or security group",
            "`kubectl describe nodepool <name>`, then the node class of the same name",
        ),
        (
            "`kubectl get externalsecrets --all-namespaces` says SecretSynced of each",
            "Not synced: the secret is not in Secrets Manager under this name, or lacks a key",
            f"`groundwork secrets {site.name}` prints what has to be there",
        ),
        (
            "`kubectl get roles.iam.services.k8s.aws,podidentityassociations.eks.services.k8s.aws --all-namespaces` is synced",
            "AccessDenied: the boundary of the account's stack is missing, or the role's name is not the cluster's",
            "`kubectl describe` shows AWS's answer; deploy the account's stack again",
        ),
        _certificate(site),
        (
            f"`dig +short api.{site.domain}` names addresses",
            "Nothing: ExternalDNS has no load balancer to name yet, or no right to the zone",
            "`kubectl --namespace external-dns logs deployment/external-dns`",
        ),
        (
            f"`curl https://api.{site.domain}/v1/models -H 'Authorization: Bearer <key>'` lists "
            + ", ".join(f"`{model.name}`" for model in site.models),
            "A time-out is the network, 401 the key, 503 a model that has not started",
            "`kubectl --namespace ai-inference get pods`: Pending is a quota or capacity, Init is weights",
        ),
        (
            f"The request stands at https://langfuse.{site.domain} within a quarter of an hour",
            "Missing: the gateway cannot reach Langfuse, or has other keys",
            f"`kubectl --namespace {models.namespace} logs deployment/{models.service} | grep -i langfuse`",
        ),
        (
            "`kubectl --namespace default run outside --rm -it --restart=Never --image=public.ecr.aws/docker/library/busybox:1.37 "
            f"-- wget -T 5 -qO- {models.url}` times out",
            "An answer means that NetworkPolicies are accepted and not enforced",
            "On Auto Mode: the ConfigMap `amazon-vpc-cni` in kube-system; elsewhere: the add-on `vpc-cni`",
        ),
    ]
    if any(model.hardware.gpu for model in site.models):
        checks.append(
            (
                "`kubectl get nodes -o custom-columns=NAME:.metadata.name,GPUS:.status.allocatable.nvidia\\\\.com/gpu` shows "
                "what the machines have",
                "0 means that two device plugins compete, or that the driver did not load",
                "`kubectl describe node <name>`",
            )
        )
    return checks


def _certificate(site: Site) -> tuple[str, str, str]:
    if site.cluster.gateway.edge == "alb":
        return (
            f"`kubectl get ingresses --all-namespaces` shows the address of one load balancer, `{aws.load_balancer_name(site)}-...`",
            "No address: no certificate in ACM covers the host, the web ACL or the bucket of the logs is not there yet, or the "
            "controller may not read a Secret",
            "`kubectl --namespace ai-gateway describe ingress api-models` ends with what it says",
        )
    return (
        f"`kubectl --namespace {GATEWAY_NAMESPACE} get certificate {GATEWAY}` says Ready",
        "Pending: Let's Encrypt does not see the TXT record",
        f"Is `{site.organisation.domain}` delegated to the hosted zone? `kubectl get challenges --all-namespaces` says more",
    )


def _check(true: str, otherwise: str, then: str) -> str:
    return f"- [ ] {true}.\n  {otherwise}. {then}."
