"""CloudNativePG: the operator sees its instances."""

from __future__ import annotations

from typing import Any

from groundwork.components.data.cloudnative_pg import CloudnativePg


def test_the_operator_reaches_the_status_port_of_every_cluster(render: Any, site: Any) -> None:
    """Without it an instance never becomes ready."""
    flows = render(CloudnativePg, site("prod-us-east-1")).flows

    reached = {dict(flow.target.labels).get("cnpg.io/cluster") for flow in flows if flow.port == 8000}
    assert reached == {"kagent-postgres", "langfuse-postgres", "litellm-postgres"}
