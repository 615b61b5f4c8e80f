"""Langfuse: comes up without a click, and without a key in the clear."""

from __future__ import annotations

from typing import Any

from groundwork.components.observability.langfuse import Langfuse


def environment(rendering: Any, find: Any, name: str) -> dict[str, Any]:
    """Variables of a Deployment's container: value, or where it comes from."""
    container = find(rendering, "Deployment", name)["spec"]["template"]["spec"]["containers"][0]
    return {one["name"]: one.get("value", one.get("valueFrom")) for one in container["env"]}


def test_organisation_project_and_keys_are_there_from_the_start(render: Any, site: Any, find: Any) -> None:
    """Nobody makes a project by hand and copies keys (guidance 2.6); nobody signs up."""
    web = environment(render(Langfuse, site("prod-us-east-1")), find, "langfuse-web")

    assert web["LANGFUSE_INIT_PROJECT_ID"] == "platform"
    assert web["LANGFUSE_INIT_PROJECT_SECRET_KEY"]["secretKeyRef"] == {"name": "langfuse", "key": "secret-key"}
    assert web["AUTH_DISABLE_SIGNUP"] == "true"


def test_one_clickhouse_node_is_said_to_be_one(render: Any, site: Any, find: Any) -> None:
    """The default expects a cluster with Keeper, and migrations would wait for it for ever."""
    worker = environment(render(Langfuse, site("prod-us-east-1")), find, "langfuse-worker")

    assert worker["CLICKHOUSE_CLUSTER_ENABLED"] == "false"
    assert worker["CLICKHOUSE_MIGRATION_URL"] == "clickhouse://langfuse-clickhouse.ai-data.svc:9000"


def test_s3_is_reached_by_pod_identity_not_by_keys(render: Any, site: Any, find: Any) -> None:
    """Each pod's role opens one bucket."""
    rendering = render(Langfuse, site("prod-us-east-1"))

    assert not any("ACCESS_KEY" in name for name in environment(rendering, find, "langfuse-web"))
    assert (
        "acme-prod-us-east-1-langfuse-111122223333/*"
        in find(rendering, "Role", "langfuse-web")["spec"]["inlinePolicies"]["access"]
    )


def test_schemas_change_once_before_any_server_starts(render: Any, site: Any, find: Any) -> None:
    """Two web servers that start together would both migrate ClickHouse, which locks nothing."""
    rendering = render(Langfuse, site("prod-us-east-1"))

    web = environment(rendering, find, "langfuse-web")
    waves = [
        find(rendering, kind, name)["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"]
        for kind, name in (("Job", "langfuse-migrations"), ("Deployment", "langfuse-web"))
    ]
    assert waves == ["1", "2"]
    assert web["LANGFUSE_AUTO_CLICKHOUSE_MIGRATION_DISABLED"] == "true"


def test_langfuse_uses_the_database_that_clickhouse_has(render: Any, site: Any, find: Any) -> None:
    """Migrations make tables, not databases: with another name they would fail for ever."""
    assert "CLICKHOUSE_DB" not in environment(render(Langfuse, site("prod-us-east-1")), find, "langfuse-worker")
