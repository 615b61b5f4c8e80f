"""Content filter: what LiteLLM looks for in requests by itself, where no guardrail stands at the edge to do it.

Names of patterns and categories: litellm/proxy/guardrails (patterns.json, categories/) of 1.103.2 and 1.108.5.
"""

from __future__ import annotations

from typing import Any

from groundwork.fleet.site import Site

__all__ = ["guardrails"]

# What a model can do without: it answers as well with a placeholder.
_MASKED = ("credit_card", "email", "iban", "passport_us", "us_ssn")
# What nobody should have sent: the caller is told, and can take it back.
_REFUSED = ("aws_access_key", "github_token", "slack_token")
_ATTEMPTS = ("prompt_injection_jailbreak", "prompt_injection_system_prompt")


def guardrails(site: Site) -> list[dict[str, Any]]:
    """LiteLLM's own guardrails: for every request, whatever its caller asks for; they call nobody."""
    if not site.cluster.gateway.filters:
        return []
    return [
        _guardrail("personal-data", patterns=[_pattern(name, "MASK") for name in _MASKED]),
        _guardrail("credentials", patterns=[_pattern(name, "BLOCK") for name in _REFUSED]),
        _guardrail(
            "prompt-injection",
            categories=[
                {"category": name, "enabled": True, "action": "BLOCK", "severity_threshold": "medium"}
                for name in _ATTEMPTS
            ],
        ),
    ]


def _guardrail(name: str, **looks_for: Any) -> dict[str, Any]:
    always = {"guardrail": "litellm_content_filter", "mode": "pre_call", "default_on": True}
    return {"guardrail_name": name, "litellm_params": {**always, **looks_for}}


def _pattern(name: str, action: str) -> dict[str, str]:
    return {"pattern_type": "prebuilt", "pattern_name": name, "action": action}
