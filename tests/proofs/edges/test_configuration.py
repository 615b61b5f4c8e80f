"""Configuration: the way of a secret from the contract to its reader, and of a ConfigMap to its pods."""

from __future__ import annotations

from typing import Any

import pytest


def env(body: dict[str, Any], name: str) -> dict[str, Any]:
    """A variable of the first container."""
    variables = body["spec"]["template"]["spec"]["containers"][0]["env"]
    return next(one for one in variables if one["name"] == name)


@pytest.mark.parametrize(
    ("kind", "name", "edit", "rule"),
    [
        ("ExternalSecret", "litellm", None, "missing-secret"),
        ("ExternalSecret", "litellm", lambda body: body["spec"]["data"].pop(), "missing-secret"),
        (
            "Deployment",
            "litellm",
            lambda body: env(body, "LITELLM_MASTER_KEY")["valueFrom"]["secretKeyRef"].update(key="masterkey"),
            "missing-secret",
        ),
        ("ConfigMap", "litellm", None, "missing-config-map"),
        (
            "Deployment",
            "litellm",
            lambda body: body["spec"]["template"]["spec"]["volumes"][0]["configMap"].update(name="litelm"),
            "missing-config-map",
        ),
        (
            "ExternalSecret",
            "litellm",
            lambda body: body["spec"]["data"][0]["remoteRef"].update(property="agent-key"),
            "outside-contract",
        ),
        (
            "ExternalSecret",
            "litellm",
            lambda body: body["spec"]["data"][0]["remoteRef"].update(key="acme/prod-us-east-2/litellm"),
            "outside-contract",
        ),
        (
            "ExternalSecret",
            "litellm",
            lambda body: body["spec"]["secretStoreRef"].update(name="vault"),
            "missing-secret-store",
        ),
        (
            "ClusterSecretStore",
            "aws",
            lambda body: body["spec"]["conditions"][0]["namespaces"].remove("ai-gateway"),
            "missing-secret-store",
        ),
        (
            "ExternalSecret",
            "litellm-database",
            lambda body: body["spec"]["target"]["template"]["data"].update(url="{{ .user }}"),
            "missing-variable",
        ),
        (
            "ExternalSecret",
            "litellm-database",
            lambda body: body["spec"]["target"]["template"]["data"].update(url='{{ index . "user-name" }}'),
            "missing-variable",
        ),
        (
            "Deployment",
            "litellm",
            lambda body: body["spec"]["template"]["spec"]["containers"][0]["args"].append("$(PORT)"),
            "missing-variable",
        ),
        ("Job", "litellm-tenants", None, "unread"),
    ],
)
def test_a_broken_way_of_configuration_is_found(broken: Any, kind: str, name: str, edit: Any, rule: str) -> None:
    """Whatever link is cut, a finding says so."""
    assert f"references/{rule}" in {one.rule for one in broken(kind, name, edit)}


def test_a_misspelt_key_is_answered_with_the_right_one(broken: Any) -> None:
    """The message helps more than 'not found'."""

    def misspell(body: dict[str, Any]) -> None:
        env(body, "LITELLM_SALT_KEY")["valueFrom"]["secretKeyRef"]["key"] = "slat-key"

    (finding,) = broken("Deployment", "litellm", misspell)

    assert finding.problem == "the Secret ai-gateway/litellm has no key 'slat-key'; did you mean `salt-key`?"
