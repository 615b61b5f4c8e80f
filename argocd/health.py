"""When a custom resource counts as healthy, in Lua, for the kinds that Argo CD does not know.

Argo CD holds a wave until all of it is healthy, takes a kind without a check for healthy at once, and ends the sync where
something is degraded. So each check waits only for what its controller is sure to report. Since 1.8 Argo CD does not look at
its own Applications either: without the first check no wave would wait for the one before.
"""

from __future__ import annotations

from groundwork.kube.configuration import as_yaml
from groundwork.kube.labels import BACKGROUND

__all__ = ["CHECKS", "customizations"]

# A suspended CronJob waits for a person; the next wave does not.
_APPLICATION = """\
local health = obj.status and obj.status.health
if not health or not health.status then
  return {status = "Progressing", message = "not synced yet"}
end
if health.status == "Suspended" then
  return {status = "Healthy", message = "parts of it are suspended"}
end
return {status = health.status, message = health.message}
"""

# `Ready` is what newer controllers report beside `ACK.ResourceSynced`. A refusal that may pass (`ACK.Recoverable`) is waited for.
_ACK = """\
local synced
for _, condition in ipairs(obj.status and obj.status.conditions or {}) do
  if condition.status == "True" then
    if condition.type == "ACK.Terminal" then
      return {status = "Degraded", message = condition.message}
    elseif condition.type == "ACK.ResourceSynced" or condition.type == "Ready" then
      synced = condition
    end
  end
end
if synced then
  return {status = "Healthy", message = synced.message}
end
return {status = "Progressing", message = "AWS has not confirmed it yet"}
"""

# Routes of pages come waves before the Gateway that will take them, several of kgateway's kinds never get a status, and
# both report per parent: only a refusal says something.
_UNLESS_REFUSED = """\
local status = obj.status or {}
local reports = {status}
for _, list in ipairs({status.ancestors or {}, status.parents or {}}) do
  for _, report in ipairs(list) do
    table.insert(reports, report)
  end
end
for _, report in ipairs(reports) do
  for _, condition in ipairs(report.conditions or {}) do
    if (condition.type == "Accepted" or condition.type == "ResolvedRefs") and condition.status == "False" then
      return {status = "Degraded", message = condition.message}
    end
  end
end
return {status = "Healthy"}
"""

# Argo CD's own check, but for Jobs that run beside everything (kube/labels.py): only their failure says something.
_JOB = f"""\
for _, condition in ipairs(obj.status and obj.status.conditions or {{}}) do
  if condition.status == "True" then
    if condition.type == "Failed" then
      return {{status = "Degraded", message = condition.message}}
    elseif condition.type == "Complete" then
      return {{status = "Healthy", message = condition.message}}
    elseif condition.type == "Suspended" then
      return {{status = "Suspended", message = condition.message}}
    end
  end
end
local annotations = obj.metadata and obj.metadata.annotations or {{}}
if annotations["{BACKGROUND}"] == "true" then
  return {{status = "Healthy", message = "runs beside the rest"}}
end
return {{status = "Progressing", message = "not done yet"}}
"""


def _kagent(awaited: str) -> str:
    """The kagent controller accepts or refuses an object; an agent is also Ready once its pods are."""
    return f"""\
for _, condition in ipairs(obj.status and obj.status.conditions or {{}}) do
  if condition.type == "Accepted" and condition.status == "False" then
    return {{status = "Degraded", message = condition.message}}
  elseif condition.type == "{awaited}" and condition.status == "True" then
    return {{status = "Healthy", message = condition.message}}
  end
end
return {{status = "Progressing", message = "not {awaited.lower()} yet"}}
"""


def _awaited(condition: str) -> str:
    """One condition says that it serves; nothing that the controller reports is final."""
    return f"""\
for _, condition in ipairs(obj.status and obj.status.conditions or {{}}) do
  if condition.type == "{condition}" and condition.status == "True" then
    return {{status = "Healthy", message = condition.message}}
  end
end
return {{status = "Progressing", message = "not {condition.lower()} yet"}}
"""


CHECKS = {
    "argoproj.io/Application": _APPLICATION,
    "*.services.k8s.aws/*": _ACK,
    "batch/Job": _JOB,
    "agentgateway.dev/*": _UNLESS_REFUSED,
    "gateway.kgateway.dev/*": _UNLESS_REFUSED,
    "gateway.networking.k8s.io/HTTPRoute": _UNLESS_REFUSED,
    "kagent.dev/Agent": _kagent("Ready"),
    "kagent.dev/ModelConfig": _kagent("Accepted"),
    "kagent.dev/RemoteMCPServer": _kagent("Accepted"),
    "leaderworkerset.x-k8s.io/LeaderWorkerSet": _awaited("Available"),
    "ray.io/RayService": _awaited("Ready"),
}


def customizations() -> str:
    """The checks as one text. As keys of the ConfigMap (`resource.customizations.health.<kind>`) wildcards are not valid."""
    return as_yaml({kind: {"health.lua": check} for kind, check in CHECKS.items()})
