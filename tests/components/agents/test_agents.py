"""Agents: what a declaration names is reachable, nothing else."""

from __future__ import annotations

from typing import Any

import cdk8s

from groundwork.components.agents.agents import Agents
from groundwork.render.cluster import carried, directory_of


def rendered(site: Any, name: Any) -> Any:
    """The Agents of the cluster ("agents") or of a tenant ("agents-team-a")."""
    instance = next(one for one in Agents.instances(site) if one.name == name)
    return instance.synthesize(cdk8s.App(), directory_of(carried(site)))


def test_an_agent_calls_its_model_through_the_gateway(site: Any, find: Any) -> None:
    """The model's address is the gateway's, with the agent's own key (playbook 1.2: never vLLM directly)."""
    model = find(rendered(site("prod-us-east-1"), "agents"), "ModelConfig", "web-research")

    assert model["spec"]["openAI"]["baseUrl"] == "http://litellm.ai-gateway.svc:4000/v1"
    assert (model["spec"]["apiKeySecret"], model["spec"]["apiKeySecretKey"]) == (
        "agents-model-key-agent-web-research",
        "key",
    )


def test_a_tenants_agent_is_private_and_pays_with_the_tenants_key(site: Any, find: Any) -> None:
    """It stands in the tenant's namespace and project, and spends from the tenant's budget."""
    rendering = rendered(site("prod-us-east-1"), "agents-team-a")

    assert (rendering.project, rendering.namespace) == ("tenant-team-a", "tenant-team-a")
    external = find(rendering, "ExternalSecret", "agents-team-a-model-key-tenant-team-a")
    assert external["spec"]["data"][0]["remoteRef"]["key"] == "acme/prod-us-east-1/model-key-tenant-team-a"


def test_an_agent_reaches_only_what_it_names(site: Any) -> None:
    """customer-support names no tool, so no flow leads from it to one."""
    rendering = rendered(site("prod-us-east-1"), "agents")

    support = [flow for flow in rendering.flows if ("kagent", "customer-support") in flow.source.labels]
    targets = {
        dict(flow.target.labels).get("app.kubernetes.io/name") or dict(flow.target.labels).get("kagent")
        for flow in support
    }
    assert "web-search" not in targets
    assert {"litellm", "web-research"} <= targets


def test_an_agent_has_only_the_functions_that_its_tool_offers(site: Any, find: Any) -> None:
    """Tool names are listed one by one; a server's new function is not the agent's by itself."""
    agent = find(rendered(site("prod-us-east-1"), "agents"), "Agent", "web-research")

    server = agent["spec"]["declarative"]["tools"][0]["mcpServer"]
    assert (server["kind"], server["name"], server["toolNames"]) == (
        "RemoteMCPServer",
        "web-search",
        ["search", "news"],
    )


def test_agents_of_a_tenant_may_delegate_to_the_clusters_own(site: Any, find: Any) -> None:
    """Where a tenant has no instance of an agent, the cluster's one lets the tenant's namespace in."""
    agent = find(rendered(site("prod-us-east-1"), "agents"), "Agent", "web-research")

    callers = agent["spec"]["allowedNamespaces"]["selector"]["matchExpressions"][0]
    assert callers["values"] == ["tenant-team-a"]


def test_agents_run_without_privileges(site: Any, find: Any) -> None:
    """The restricted Pod Security Standard admits them."""
    deployment = find(rendered(site("prod-us-east-1"), "agents"), "Agent", "web-research")["spec"]["declarative"][
        "deployment"
    ]

    assert deployment["podSecurityContext"]["runAsNonRoot"] is True
    assert deployment["securityContext"]["allowPrivilegeEscalation"] is False
