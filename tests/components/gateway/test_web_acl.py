"""The web ACL: floods, known attackers and known attacks stay outside; prompts come in, whatever they are about."""

from __future__ import annotations

from typing import Any

import pytest

from groundwork.components.gateway.web_acl import WebAcl
from groundwork.kube import aws


@pytest.fixture
def rules(render: Any, site: Any, find: Any) -> dict[str, dict[str, Any]]:
    """Its rules, by name."""
    spec = find(render(WebAcl, site("prod-us-east-1")), "WebACL", "edge")["spec"]
    return {rule["name"]: rule for rule in spec["rules"]}


def counted(rule: dict[str, Any]) -> set[str]:
    """The rules of a group of AWS's that refuse nobody."""
    overrides = rule["statement"]["managedRuleGroupStatement"].get("ruleActionOverrides", [])
    return {one["name"] for one in overrides if one["actionToUse"] == {"count": {}}}


def test_it_is_for_load_balancers_of_aws(site: Any) -> None:
    """No web ACL can stand before a load balancer that does not know HTTP."""
    assert WebAcl.carried(site("prod-us-east-1"))
    assert not WebAcl.carried(site("prod-us-east-2"))


def test_it_has_the_name_that_the_load_balancer_looks_for(render: Any, site: Any, find: Any) -> None:
    """Its identifier is AWS's choice."""
    production = site("prod-us-east-1")

    assert find(render(WebAcl, production), "WebACL", "edge")["spec"]["name"] == aws.web_acl_name(production)


def test_long_prompts_pass(rules: dict[str, dict[str, Any]]) -> None:
    """AWS's own size rule refuses more than 8 KB, which is some 2,000 tokens."""
    assert "SizeRestrictions_BODY" in counted(rules["AWSManagedRulesCommonRuleSet"])


def test_prompts_about_attacks_pass(rules: dict[str, dict[str, Any]]) -> None:
    """Somebody asks what is wrong with a query, or why a server answers on 169.254.169.254."""
    bodies = {rule for name in rules if name.startswith("AWS") for rule in counted(rules[name])}

    assert {"SQLi_BODY", "EC2MetaDataSSRF_BODY", "Log4JRCE_BODY", "CrossSiteScripting_BODY"} <= bodies
    assert all(rule.endswith("_BODY") for rule in bodies)


def test_the_groups_of_aws_decide_about_everything_else(rules: dict[str, dict[str, Any]]) -> None:
    """Paths, headers, cookies, addresses."""
    groups = {name: rule for name, rule in rules.items() if name.startswith("AWSManagedRules")}

    assert {*groups} == {
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesSQLiRuleSet",
    }
    assert all(rule["overrideAction"] == {"none": {}} for rule in groups.values())


def test_a_flood_from_one_address_is_refused(rules: dict[str, dict[str, Any]]) -> None:
    """Before any group of rules is paid for."""
    flood = rules["too-many-requests"]

    assert flood["priority"] == 0
    assert flood["action"] == {"block": {}}
    assert flood["statement"]["rateBasedStatement"]["aggregateKeyType"] == "IP"


def test_what_says_that_it_is_enormous_is_refused(rules: dict[str, dict[str, Any]]) -> None:
    """WAF cannot count a body to its end, so the header's digits are counted: nine are a hundred megabytes."""
    size = rules["too-large"]["statement"]["sizeConstraintStatement"]

    assert (size["comparisonOperator"], size["size"]) == ("GT", len("99999999"))
    assert size["fieldToMatch"] == {"singleHeader": {"name": "content-length"}}


def test_priorities_are_not_shared(rules: dict[str, dict[str, Any]]) -> None:
    """AWS refuses two rules of one."""
    assert len({rule["priority"] for rule in rules.values()}) == len(rules)
