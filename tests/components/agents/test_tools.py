"""Tools: each with its own way out."""

from __future__ import annotations

from typing import Any

from groundwork.components.agents.tools import Tools
from groundwork.kube.egress import port_of


def test_a_tool_reaches_its_declared_host_and_no_other(render: Any, site: Any) -> None:
    """On Auto Mode a policy names the host (weakness W17: no egress control)."""
    rendering = render(Tools, site("prod-us-east-1"))

    assert {flow.target.host for flow in rendering.flows if flow.target.host} == {"api.tavily.com"}


def test_on_self_managed_nodes_a_tool_leaves_through_the_proxy(render: Any, site: Any, find: Any) -> None:
    """There the tool is told the proxy, and only the proxy may leave."""
    rendering = render(Tools, site("prod-us-east-2"))

    pod = find(rendering, "Deployment", "web-search")["spec"]["template"]["spec"]
    env = {one["name"]: one.get("value") for one in pod["containers"][0]["env"]}
    assert env["HTTPS_PROXY"] == f"http://egress-proxy.egress.svc:{port_of('tool-web-search')}"
    assert not any(flow.target.host for flow in rendering.flows)


def test_a_tools_key_comes_from_secrets_manager(render: Any, site: Any, find: Any) -> None:
    """Git holds the name of the secret, never its value (weakness W1)."""
    rendering = render(Tools, site("prod-us-east-1"))

    external = find(rendering, "ExternalSecret", "tools-tavily")
    assert external["spec"]["data"] == [
        {
            "secretKey": "TAVILY_API_KEY",
            "remoteRef": {"key": "acme/prod-us-east-1/tavily", "property": "TAVILY_API_KEY"},
        }
    ]


def test_the_image_is_ours_and_tagged_by_its_content(render: Any, site: Any, find: Any) -> None:
    """A change of apps/images/web-search changes the tag, and nothing else does (weakness W7)."""
    one = site("prod-us-east-1")
    image = find(render(Tools, one), "Deployment", "web-search")["spec"]["template"]["spec"]["containers"][0]["image"]

    assert image == f"111122223333.dkr.ecr.us-east-1.amazonaws.com/acme/web-search:{one.images['web-search']}"
