"""Health checks, run by a Lua of the version that Argo CD has: a wave must wait, and must not wait for ever."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from argocd.health import CHECKS

# Lua 5.1, as Argo CD runs it. By name, because the package says nothing to type checkers that is true.
LUA: Any = importlib.import_module("lupa.lua51")


def health(kind: str, status: dict[str, Any] | None, annotations: dict[str, str] | None = None) -> str:
    """What the check says of an object with this status and these annotations."""
    runtime = LUA.LuaRuntime()
    # Argo CD gives a check these libraries only.
    for library in ("os", "io", "string", "math", "coroutine", "debug", "python"):
        runtime.globals()[library] = None
    body: dict[str, Any] = {"kind": kind} | ({"status": status} if status is not None else {})
    if annotations is not None:
        body["metadata"] = {"annotations": annotations}
    runtime.globals().obj = runtime.table_from(body, recursive=True)
    return str(runtime.execute(CHECKS[kind])["status"])


def conditions(**given: str) -> dict[str, Any]:
    """A status with these conditions; `ACK_` stands for `ACK.`."""
    return {
        "conditions": [{"type": name.replace("_", "."), "status": one, "message": "m"} for name, one in given.items()]
    }


@pytest.mark.parametrize("kind", [kind for kind in CHECKS if not kind.startswith(("gateway.", "agentgateway."))])
def test_an_object_that_its_controller_has_not_seen_holds_the_wave(kind: str) -> None:
    """Without a check it would count as healthy at once."""
    assert health(kind, None) == "Progressing"
    assert health(kind, {}) == "Progressing"


@pytest.mark.parametrize(
    ("reported", "means"),
    [
        ("Healthy", "Healthy"),
        ("Progressing", "Progressing"),
        ("Missing", "Missing"),
        ("Degraded", "Degraded"),
        # A CronJob that somebody has suspended must not hold the next wave.
        ("Suspended", "Healthy"),
    ],
)
def test_an_application_is_as_healthy_as_it_says(reported: str, means: str) -> None:
    """Argo CD does not look at its own Applications unless told to."""
    assert health("argoproj.io/Application", {"health": {"status": reported}, "sync": {"status": "Synced"}}) == means


def test_an_application_without_health_is_waited_for() -> None:
    """It has been looked at, and not judged yet."""
    assert health("argoproj.io/Application", {"sync": {"status": "Unknown"}}) == "Progressing"


@pytest.mark.parametrize(
    ("given", "means"),
    [
        ({"ACK_ResourceSynced": "True"}, "Healthy"),
        ({"Ready": "True"}, "Healthy"),
        ({"ACK_ResourceSynced": "False"}, "Progressing"),
        ({"ACK_Recoverable": "True"}, "Progressing"),
        ({"ACK_ResourceSynced": "True", "ACK_Terminal": "True"}, "Degraded"),
        ({"ACK_Terminal": "False", "ACK_ResourceSynced": "True"}, "Healthy"),
    ],
)
def test_an_aws_resource_is_waited_for_until_aws_has_it(given: dict[str, str], means: str) -> None:
    """Pods that start before their role exists find no credentials."""
    assert health("*.services.k8s.aws/*", conditions(**given)) == means


@pytest.mark.parametrize(
    ("status", "means"),
    [
        # GatewayParameters never get a status: waiting for one held the gateway's wave for ever.
        (None, "Healthy"),
        (conditions(Accepted="True"), "Healthy"),
        (conditions(Accepted="False"), "Degraded"),
        ({"ancestors": [conditions(Accepted="True"), conditions(Attached="True")]}, "Healthy"),
        ({"ancestors": [conditions(Accepted="True"), conditions(Accepted="False")]}, "Degraded"),
    ],
)
@pytest.mark.parametrize("kinds", ["gateway.kgateway.dev/*", "agentgateway.dev/*"])
def test_gateways_objects_are_healthy_unless_refused(kinds: str, status: dict[str, Any] | None, means: str) -> None:
    """Policies report per parent, under `ancestors`."""
    assert health(kinds, status) == means


@pytest.mark.parametrize(
    ("parents", "means"),
    [
        # Langfuse's page is declared two waves before the Gateway: Argo CD's own check would wait for it, and it for the page.
        ([], "Healthy"),
        ([conditions(Accepted="True", ResolvedRefs="True")], "Healthy"),
        ([conditions(Accepted="True", ResolvedRefs="False")], "Degraded"),
        ([conditions(Accepted="True"), conditions(Accepted="False")], "Degraded"),
    ],
)
def test_a_route_does_not_wait_for_its_gateway(parents: list[dict[str, Any]], means: str) -> None:
    """The Gateway has a check of its own."""
    assert health("gateway.networking.k8s.io/HTTPRoute", {"parents": parents}) == means


@pytest.mark.parametrize(
    ("kind", "given", "means"),
    [
        ("kagent.dev/Agent", {"Accepted": "True"}, "Progressing"),
        ("kagent.dev/Agent", {"Accepted": "True", "Ready": "False"}, "Progressing"),
        ("kagent.dev/Agent", {"Accepted": "True", "Ready": "True"}, "Healthy"),
        ("kagent.dev/Agent", {"Accepted": "False", "Ready": "False"}, "Degraded"),
        ("kagent.dev/ModelConfig", {"Accepted": "True"}, "Healthy"),
        ("kagent.dev/RemoteMCPServer", {"Accepted": "False"}, "Degraded"),
    ],
)
def test_an_agent_is_healthy_when_it_can_be_asked(kind: str, given: dict[str, str], means: str) -> None:
    """Accepted is not enough: its pods may not run yet."""
    assert health(kind, conditions(**given)) == means


@pytest.mark.parametrize(
    ("kind", "awaited"), [("ray.io/RayService", "Ready"), ("leaderworkerset.x-k8s.io/LeaderWorkerSet", "Available")]
)
def test_models_in_groups_are_waited_for(kind: str, awaited: str) -> None:
    """Argo CD knows neither kind, and would take both for healthy at once."""
    assert health(kind, conditions(**{awaited: "True"})) == "Healthy"
    assert health(kind, conditions(**{awaited: "False", "Progressing": "True"})) == "Progressing"


@pytest.mark.parametrize(
    ("given", "means", "beside"),
    [
        ({}, "Progressing", "Healthy"),
        ({"Complete": "True"}, "Healthy", "Healthy"),
        ({"Suspended": "True"}, "Suspended", "Suspended"),
        ({"FailureTarget": "True"}, "Progressing", "Healthy"),
        ({"Failed": "True"}, "Degraded", "Degraded"),
    ],
)
def test_a_job_that_runs_beside_the_rest_holds_no_wave_but_fails_like_any(
    given: dict[str, str], means: str, beside: str
) -> None:
    """An import of hours would stop every later wave; a failed one must be seen."""
    assert health("batch/Job", conditions(**given)) == means
    assert health("batch/Job", conditions(**given), {"groundwork.dev/background": "true"}) == beside
