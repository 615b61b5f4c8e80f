"""The web ACL: what an Application Load Balancer of the edge lets in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from groundwork.fleet.site import Site
from groundwork.kube import aws
from groundwork.kube.component import Component
from groundwork.kube.stage import Stage

# Requests of one address in five minutes: a whole office behind one address stays below. Keys have limits of their own.
_REQUESTS, _WINDOW = 10_000, 300
# Digits of the Content-Length that are let in: less than 100 MB, which is some pictures.
_DIGITS = 8
# AWS's own rule groups, most telling first, each with its rules that read bodies. Those only count: a prompt is text about
# anything, SQL and exploits among it, and most are longer than the 8 KB that the group's size rule allows.
_GROUPS: dict[str, Sequence[str]] = {
    "AWSManagedRulesAmazonIpReputationList": (),
    "AWSManagedRulesKnownBadInputsRuleSet": ("JavaDeserializationRCE_BODY", "Log4JRCE_BODY"),
    "AWSManagedRulesCommonRuleSet": (
        "CrossSiteScripting_BODY",
        "EC2MetaDataSSRF_BODY",
        "GenericLFI_BODY",
        "GenericRFI_BODY",
        "SizeRestrictions_BODY",
    ),
    "AWSManagedRulesSQLiRuleSet": ("SQLiExtendedPatterns_BODY", "SQLi_BODY"),
}


class WebAcl(Component):
    """Rules for addresses, paths, headers and cookies; bodies are the gateway's and its guardrails' to judge.

    The load balancer finds it by its name, and lets nobody in without it. It holds nothing, so it goes with its object. What a
    rule refused is among the ACL's sampled requests for three hours, and in CloudWatch's figures for as long as those last.
    """

    stage = Stage.AWS
    namespace = "ai-gateway"

    @classmethod
    def carried(cls, site: Site) -> bool:
        return site.cluster.gateway.edge == "alb"

    def render(self) -> None:
        rules = [_too_many(), _too_large(), *(_group(name, bodies) for name, bodies in _GROUPS.items())]
        self.object(
            "wafv2.services.k8s.aws/v1alpha1",
            "WebACL",
            "edge",
            metadata={"annotations": {"services.k8s.aws/deletion-policy": "delete"}},
            spec={
                "name": aws.web_acl_name(self.site),
                "description": f"The edge of {self.site.name}",
                "scope": "REGIONAL",
                "defaultAction": {"allow": {}},
                "rules": [rule | {"priority": priority} for priority, rule in enumerate(rules)],
                "visibilityConfig": _seen(aws.web_acl_name(self.site)),
                "tags": [{"key": key, "value": value} for key, value in aws.tags(self.site).items()],
            },
        )


def _too_many() -> dict[str, Any]:
    rate = {"aggregateKeyType": "IP", "limit": _REQUESTS, "evaluationWindowSec": _WINDOW}
    return _refusing("too-many-requests", {"rateBasedStatement": rate})


def _too_large() -> dict[str, Any]:
    """WAF reads the first 8 KB of a body at a load balancer and cannot count further; the header says how long it is."""
    size = {
        "fieldToMatch": {"singleHeader": {"name": "content-length"}},
        "comparisonOperator": "GT",
        "size": _DIGITS,
        "textTransformations": [{"priority": 0, "type": "NONE"}],
    }
    return _refusing("too-large", {"sizeConstraintStatement": size})


def _refusing(name: str, statement: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "statement": statement, "action": {"block": {}}, "visibilityConfig": _seen(name)}


def _group(name: str, counted: Sequence[str]) -> dict[str, Any]:
    statement: dict[str, Any] = {"vendorName": "AWS", "name": name}
    if counted:
        statement["ruleActionOverrides"] = [{"name": rule, "actionToUse": {"count": {}}} for rule in counted]
    return {
        "name": name,
        "statement": {"managedRuleGroupStatement": statement},
        "overrideAction": {"none": {}},
        "visibilityConfig": _seen(name),
    }


def _seen(name: str) -> dict[str, Any]:
    return {"metricName": name, "cloudWatchMetricsEnabled": True, "sampledRequestsEnabled": True}
