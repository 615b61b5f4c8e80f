"""ALB: TLS, logs, patience, and a class that tenants cannot use."""

from __future__ import annotations

import json
from typing import Any

import pytest

from groundwork.components.agents.kagent import Kagent
from groundwork.components.gateway.alb import Alb
from groundwork.components.gateway.api import Api
from groundwork.components.gateway.edge import Edge
from groundwork.components.gateway.litellm import Litellm
from groundwork.components.observability.langfuse import Langfuse


@pytest.fixture(scope="module")
def alb(render: Any, site: Any) -> Any:
    """The edge of prod-us-east-1."""
    return render(Alb, site("prod-us-east-1"))


def attributes(alb: Any, find: Any) -> dict[str, str]:
    """The load balancer's attributes."""
    found = find(alb, "IngressClassParams", "edge")["spec"]["loadBalancerAttributes"]
    return {one["key"]: one["value"] for one in found}


def test_a_cluster_has_one_edge(fleet: Any) -> None:
    """Kgateway's Gateway or the load balancer's class, never both and never none."""
    for name in fleet.clusters:
        assert Alb.carried(fleet.site(name)) != Edge.carried(fleet.site(name))


def test_the_class_is_there_before_its_users_and_after_them(site: Any) -> None:
    """An Ingress without its class is nobody's: the load balancer and its finalizer would stay."""
    users = (Api, Kagent, Langfuse, Litellm)

    assert all(Alb.stage < user.stage for user in users)
    assert all(user.carried(site("prod-us-east-1")) for user in users)


def test_old_ciphers_and_broken_headers_are_refused(alb: Any, find: Any) -> None:
    """TLS 1.2 and 1.3 only; headers that no server should parse are dropped."""
    assert find(alb, "IngressClassParams", "edge")["spec"]["sslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2-Res")
    assert attributes(alb, find)["routing.http.drop_invalid_header_fields.enabled"] == "true"


def test_long_answers_stream(alb: Any, find: Any) -> None:
    """A reasoning model may think for half an hour before it says a word."""
    assert attributes(alb, find)["idle_timeout.timeout_seconds"] == "1800"


def test_nobody_deletes_the_way_in_by_mistake(alb: Any, find: Any) -> None:
    """Deletion protection in production; the way back switches it off first."""
    assert attributes(alb, find)["deletion_protection.enabled"] == "true"


def test_without_the_web_acl_nobody_comes_in(alb: Any, find: Any) -> None:
    """If it cannot be asked, the answer is no."""
    assert attributes(alb, find)["waf.fail_open.enabled"] == "false"


def test_access_logs_go_to_a_bucket_that_load_balancers_of_this_account_may_write(alb: Any, find: Any) -> None:
    """Nobody else may, nothing may be read, and no key of KMS stands in the way: log delivery cannot use one."""
    bucket = find(alb, "Bucket", "edge-logs")["spec"]
    (statement,) = [one for one in json.loads(bucket["policy"])["Statement"] if one["Effect"] == "Allow"]

    assert attributes(alb, find)["access_logs.s3.bucket"] == bucket["name"]
    assert statement["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    assert statement["Action"] == "s3:PutObject"
    assert statement["Condition"]["ArnLike"]["aws:SourceArn"].endswith(":us-east-1:111122223333:loadbalancer/*")
    (rule,) = bucket["encryption"]["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}


def test_tenants_publish_nothing(alb: Any, find: Any) -> None:
    """The class takes Ingresses of the platform's namespaces, all on one load balancer."""
    spec = find(alb, "IngressClassParams", "edge")["spec"]

    assert spec["namespaceSelector"] == {"matchLabels": {"app.kubernetes.io/part-of": "groundwork"}}
    assert spec["group"] == {"name": "prod-us-east-1"}
    assert find(alb, "IngressClass", "edge")["spec"]["controller"] == "eks.amazonaws.com/alb"
