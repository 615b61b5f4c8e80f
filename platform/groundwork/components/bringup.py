"""Everything a cluster can carry, in bring-up order: the page that shows the whole platform.

The order here is for readers. What waits for what in a cluster is each component's `stage`; who talks to whom follows
from the endpoints that components reach for. Reordering this list changes no manifest.
"""

from __future__ import annotations

from groundwork.components.agents.agents import Agents
from groundwork.components.agents.kagent import Kagent
from groundwork.components.agents.tools import Tools
from groundwork.components.compute.dcgm_exporter import DcgmExporter
from groundwork.components.compute.gpu_operator import GpuOperator
from groundwork.components.compute.karpenter import Karpenter
from groundwork.components.compute.keda import Keda
from groundwork.components.compute.kueue import Kueue
from groundwork.components.compute.leader_worker_set import LeaderWorkerSet
from groundwork.components.compute.neuron import Neuron
from groundwork.components.compute.node_pools import NodePools
from groundwork.components.data.clickhouse import Clickhouse
from groundwork.components.data.cloudnative_pg import CloudnativePg
from groundwork.components.data.postgres import Postgres
from groundwork.components.data.valkey import Valkey
from groundwork.components.foundation.access import Access
from groundwork.components.foundation.ack import Ack
from groundwork.components.foundation.cert_manager import CertManager
from groundwork.components.foundation.external_secrets import ExternalSecrets
from groundwork.components.foundation.istio import Istio
from groundwork.components.foundation.istio_crds import IstioCrds
from groundwork.components.foundation.keys import Keys
from groundwork.components.foundation.namespaces import Namespaces
from groundwork.components.foundation.priorities import Priorities
from groundwork.components.foundation.registry import Registry
from groundwork.components.foundation.storage import Storage
from groundwork.components.gateway.agentgateway import Agentgateway
from groundwork.components.gateway.alb import Alb
from groundwork.components.gateway.api import Api
from groundwork.components.gateway.aws_load_balancer_controller import AwsLoadBalancerController
from groundwork.components.gateway.bifrost import Bifrost
from groundwork.components.gateway.edge import Edge
from groundwork.components.gateway.egress_proxy import EgressProxy
from groundwork.components.gateway.external_dns import ExternalDns
from groundwork.components.gateway.gateway_api import GatewayApi
from groundwork.components.gateway.guardrail import Guardrail
from groundwork.components.gateway.inference_extension import InferenceExtension
from groundwork.components.gateway.kgateway import Kgateway
from groundwork.components.gateway.litellm import Litellm
from groundwork.components.gateway.tool_gateway import ToolGateway
from groundwork.components.gateway.web_acl import WebAcl
from groundwork.components.observability.fluent_bit import FluentBit
from groundwork.components.observability.langfuse import Langfuse
from groundwork.components.observability.prometheus import Prometheus
from groundwork.components.observability.prometheus_crds import PrometheusCrds
from groundwork.components.observability.prometheus_operator import PrometheusOperator
from groundwork.components.observability.smoke import Smoke
from groundwork.components.pipelines.jobs import Jobs
from groundwork.components.serving.canaries import Canaries
from groundwork.components.serving.inference_pools import InferencePools
from groundwork.components.serving.kuberay import Kuberay
from groundwork.components.serving.llamacpp import Llamacpp
from groundwork.components.serving.model_import import ModelImport
from groundwork.components.serving.ray_serve import RayServe
from groundwork.components.serving.vllm import Vllm
from groundwork.kube.component import Component

__all__ = ["COMPONENTS"]

COMPONENTS: tuple[type[Component], ...] = (
    # Ground: namespaces, who gives way, disks, who may do what
    GatewayApi,
    InferenceExtension,
    PrometheusCrds,
    IstioCrds,
    Namespaces,
    Priorities,
    Storage,
    Access,
    # Machines
    Karpenter,
    NodePools,
    GpuOperator,
    DcgmExporter,
    Neuron,
    # Operators: what the rest is made with
    ExternalSecrets,
    CertManager,
    Ack,
    Istio,
    EgressProxy,
    PrometheusOperator,
    Keda,
    Kueue,
    Kuberay,
    LeaderWorkerSet,
    CloudnativePg,
    AwsLoadBalancerController,
    Kgateway,
    Agentgateway,
    # What of AWS the rest stands on: images, keys, names
    # Images; data, and the keys that lock it
    Registry,
    Keys,
    ExternalDns,
    # Data
    Postgres,
    Valkey,
    Clickhouse,
    # What sees everything
    Prometheus,
    FluentBit,
    Langfuse,
    # Models and the doors to them
    ModelImport,
    Vllm,
    Llamacpp,
    InferencePools,
    RayServe,
    Litellm,
    Bifrost,
    Canaries,
    Guardrail,
    Edge,
    Alb,
    WebAcl,
    Api,
    # Agents, their tools, and work on a schedule
    Kagent,
    Tools,
    ToolGateway,
    Agents,
    Jobs,
    # Does it work?
    Smoke,
)
