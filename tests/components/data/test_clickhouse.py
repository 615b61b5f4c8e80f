"""ClickHouse: one node, closed to everybody but Langfuse."""

from __future__ import annotations

from typing import Any

import yaml

from groundwork.components.data.clickhouse import Clickhouse


def test_only_langfuses_user_comes_in_over_the_network(render: Any, site: Any, find: Any) -> None:
    """The default user has no password, so it answers inside the pod only."""
    users = yaml.safe_load(
        find(render(Clickhouse, site("prod-us-east-1")), "ConfigMap", "langfuse-clickhouse")["data"]["users.yaml"]
    )["users"]

    assert users["default"]["networks"] == {"ip": ["::1", "127.0.0.1"]}
    assert users["langfuse"]["password"] == {"@from_env": "LANGFUSE_PASSWORD"}


def test_system_tables_do_not_outgrow_the_data(render: Any, site: Any, find: Any) -> None:
    """Each has a time to live."""
    server = yaml.safe_load(
        find(render(Clickhouse, site("prod-us-east-1")), "ConfigMap", "langfuse-clickhouse")["data"]["server.yaml"]
    )

    assert "INTERVAL 7 DAY" in server["query_log"]["ttl"]
