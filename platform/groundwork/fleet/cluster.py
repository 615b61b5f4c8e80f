"""Cluster: where the platform runs, what this cluster carries, and what it does differently."""

from __future__ import annotations

import ipaddress
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, model_validator

from groundwork.catalog import ec2_quotas, kubernetes, regions
from groundwork.fleet.agent import AgentOverride, named
from groundwork.fleet.declaration import Declaration, Impossible, Name, Part, Quantity, impossible, says
from groundwork.fleet.explain import did_you_mean
from groundwork.fleet.model import Gpu, ModelOverride

__all__ = ["AwsIdentifiers", "Capacity", "Cluster", "ClusterBudget", "Gateways", "Network"]


def _private_network(text: str) -> str:
    try:
        network = ipaddress.IPv4Network(text)
    except ValueError:
        raise ValueError(f"'{text}' is not a network such as 10.20.0.0/16") from None
    if not network.is_private or not 16 <= network.prefixlen <= 20:
        raise ValueError(f"{text} is not a private network of /16 to /20")
    return text


def _supported_version(name: str) -> str:
    if reason := kubernetes.why_not(name):
        raise ValueError(reason)
    return name


def _usable_region(name: str) -> str:
    try:
        zones = regions.region(name).zones
    except LookupError as error:
        raise ValueError(str(error)) from None
    if len(zones) < 3:
        raise ValueError(
            f"{name} has {len(zones)} availability zones for new accounts, and a cluster spreads over three"
        )
    return name


def _quota(name: str) -> str:
    known = ec2_quotas.by_short_name()
    if name not in known:
        raise ValueError(f"AWS has no quota '{name}'{did_you_mean(name, known)}: take one of {', '.join(known)}")
    return name


class Network(Part):
    """The cluster's VPC."""

    cidr: Annotated[str, AfterValidator(_private_network)] = Field(
        description="IPv4 range of the VPC, /16 to /20, private. It cannot be changed later."
    )


class Gateways(Part):
    """The doors: `edge` faces clients, `models` stands in front of every model, `replicas` of its servers, `tools` of tools."""

    edge: Literal["alb", "kgateway"] = Field(
        description="alb: Application Load Balancer and web ACL, on Auto Mode; kgateway: Envoy behind a network load balancer."
    )
    models: Literal["litellm", "bifrost"] = Field(
        description="litellm counts in a database, for all its pods together; bifrost needs none, and each pod counts for itself."
    )
    replicas: Literal["service", "agentgateway"] = Field(
        default="service",
        description="What chooses among the replicas of one model: its Service, evenly, or agentgateway with an endpoint picker,"
        " by queue, free cache and shared prefix.",
    )
    tools: Literal["direct", "agentgateway"] = Field(
        default="direct",
        description="How agents reach their tools: each by itself, or all through agentgateway, which knows each agent by a key.",
    )
    filters: bool = Field(
        default=False,
        description="Whether the model gateway masks personal data in requests, and refuses keys and attempts to talk a model out"
        " of its instructions. For litellm, and for an edge that reads no bodies.",
    )
    canary: int = Field(
        default=0, ge=0, le=50, description="Percent of requests for the model gateway's `next` version."
    )


QuotaName = Annotated[
    str,
    AfterValidator(_quota),
    Field(json_schema_extra=lambda schema: schema.update(enum=list(ec2_quotas.by_short_name()))),
]

BedrockModel = Annotated[
    str,
    Field(
        pattern=r"^((us|eu|apac|global)\.)?[a-z0-9]+\.[a-z0-9.:-]+$",
        json_schema_extra=says("must be the id of a model or an inference profile: us.anthropic.claude-sonnet-4-6"),
    ),
]


class Capacity(Part):
    """The most that Karpenter may buy for what needs no accelerator. Accelerators follow from the models."""

    cpu: int = Field(gt=0, description="Cores, all general-purpose pools together.")
    memory: Quantity


class Jobs(Part):
    """GPUs for the jobs of tenants and pipelines, beside those that models take. Kueue shares them out."""

    gpu: Gpu = Field(description="The kind, by its name in catalog/accelerators.yaml.")
    count: int = Field(gt=0, description="How many in use at once; tenants' quotas are parts of it.")


class AwsIdentifiers(Part):
    """Identifiers that AWS chose. Unknown before bootstrap; `groundwork check --production` lists what is missing."""

    prometheus_workspace: str | None = Field(
        default=None,
        pattern=r"^ws-[0-9a-f-]{36}$",
        description="Amazon Managed Prometheus; AWS prints it when the workspace exists.",
        json_schema_extra=says("must be a workspace's id: ws- and 36 hexadecimal digits and '-'"),
    )


class ClusterBudget(Part):
    """The AWS Budget that warns at 80 % and 100 %."""

    usd_per_month: int = Field(gt=0)


class Cluster(Declaration):
    """One EKS cluster and everything that it carries."""

    folder: ClassVar[str] = "clusters"

    environment: Literal["development", "staging", "production"]
    account: str = Field(
        pattern=r"^[0-9]{12}$",
        description="AWS account, twelve digits, quoted.",
        json_schema_extra=says("must be twelve digits, in quotes"),
    )
    region: Annotated[str, AfterValidator(_usable_region)] = Field(
        description="AWS region.",
        json_schema_extra=lambda schema: schema.update(
            enum=[one.name for one in regions.regions().values() if len(one.zones) >= 3]
        ),
    )
    kubernetes: Annotated[str, AfterValidator(_supported_version)] = Field(
        description='Minor version, quoted: "1.35".', json_schema_extra={"enum": list(kubernetes.SUPPORTED)}
    )
    nodes: Literal["auto", "karpenter"] = Field(description="auto: EKS Auto Mode; karpenter: self-managed Karpenter.")
    network: Network
    gateway: Gateways
    capacity: Capacity
    quotas: dict[QuotaName, Annotated[int, Field(ge=0)]] = Field(
        default_factory=dict,
        description="What AWS has granted the account in this region: vCPUs by EC2 quota. Clusters that share both share it.",
    )
    jobs: Jobs | None = Field(default=None, description="GPUs for jobs; without it jobs have none here.")
    roles: dict[Name, Name] = Field(description="Which model fills which role.")
    models: dict[Name, ModelOverride] = Field(description="Models that it carries, each with what is different here.")
    bedrock: dict[Name, BedrockModel] = Field(
        default_factory=dict, description="Models of Amazon Bedrock that may fill roles here: name -> Bedrock's id."
    )
    agents: tuple[Name | dict[Name, AgentOverride], ...] = ()
    tenants: tuple[Name, ...] = ()
    pipelines: tuple[Name, ...] = ()
    channel: Literal["stable", "next"] = Field(
        description="Component versions; `next` tries a bump in one cluster first."
    )
    registry: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9.-]+(/[a-z0-9._/-]+)?$",
        description="Pull-through registry put before every image.",
        json_schema_extra=says(
            "must be a registry such as 111122223333.dkr.ecr.us-east-1.amazonaws.com/cache, without https://"
        ),
    )
    mesh: Literal["istio"] | None = Field(
        default=None,
        description="Mutual TLS between the platform's pods, by Istio in ambient mode; needs nodes of our own.",
    )
    aws: AwsIdentifiers = AwsIdentifiers()
    budget: ClusterBudget

    @model_validator(mode="after")
    def _possible(self) -> Cluster:
        if self.nodes == "auto" and not regions.region(self.region).auto_mode:
            problem = f"EKS Auto Mode is not offered in {self.region}"
            raise impossible(Impossible(("nodes",), problem, "Use karpenter, or another region."))
        if self.bedrock and self.gateway.models == "bifrost":
            problem = "bifrost knows no prices of Bedrock's models, so no budget would hold"
            raise impossible(Impossible(("bedrock",), problem, "Take `models: litellm`, or carry the model here."))
        if self.gateway.filters and self.gateway.models == "bifrost":
            problem = "bifrost filters requests only in its enterprise version"
            raise impossible(
                Impossible(("gateway", "filters"), problem, "Take `models: litellm`; kgateway's edge filters.")
            )
        if both := sorted({*self.bedrock} & {*self.models}):
            problem = f"'{both[0]}' names a model of `models` and one of `bedrock`"
            raise impossible(Impossible(("bedrock", both[0]), problem, "Give one of them another name."))
        if self.gateway.edge == "alb" and self.nodes != "auto":
            problem = "the edge alb needs EKS Auto Mode, whose controller makes the load balancer"
            raise impossible(Impossible(("gateway", "edge"), problem, "Use kgateway, or nodes: auto."))
        if self.nodes == "auto" and self.mesh:
            problem = "EKS Auto Mode's machines take no CNI plug-in, which the mesh needs"
            raise impossible(Impossible(("mesh",), problem, "Remove it, or use karpenter."))
        return self

    @property
    def agent_overrides(self) -> dict[str, AgentOverride]:
        """Agents by name, in the order declared."""
        return dict(named(self.agents, AgentOverride()))
