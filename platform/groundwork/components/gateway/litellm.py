"""LiteLLM: one OpenAI-compatible door to every model of the cluster, with keys, budgets, fallbacks and traces."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from groundwork.catalog import versions
from groundwork.catalog.versions import Image
from groundwork.fleet.model import Model
from groundwork.fleet.site import Site
from groundwork.kube.component import Component
from groundwork.kube.configuration import as_yaml
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.flow import Peer
from groundwork.kube.labels import workload_labels
from groundwork.kube.pods import Probes, Replicas, Resources
from groundwork.kube.ports import Port
from groundwork.kube.stage import Stage

_HTTP = Port.http(4000, metrics="/metrics")
_CANARY = "litellm-canary"
_TENANTS = "litellm-tenants"
_SCRIPT = Path(__file__).parent / "scripts" / "tenants.py"
_USER = 65534


class Litellm(Component):
    """The LiteLLM proxy; the model list, roles and fallbacks follow from what the cluster carries.

    Needs Postgres for keys and budgets, Valkey for limits and cache, Langfuse for traces. Tenants' teams and keys are
    brought in line after each sync. Upstream: catalog/versions.yaml, `litellm`.
    """

    stage = Stage.GATEWAY
    namespace = "ai-gateway"

    @classmethod
    def carried(cls, site: Site) -> bool:
        return site.cluster.gateway.models == "litellm"

    def endpoints(self) -> list[Endpoint]:
        names = [self.name, _CANARY] if self.cluster.gateway.canary else [self.name]
        return [Endpoint.of(name, self.namespace, _HTTP) for name in names]

    def render(self) -> None:
        self._proxy(self.name, self.image("litellm"))
        if self.cluster.gateway.canary:
            self._proxy(_CANARY, versions.image("litellm", "next"))
        self._tenants()
        self._alerts()

    def _proxy(self, name: str, image: Image) -> None:
        self.workload(
            name,
            image=image,
            replicas=Replicas(at_least=2 if self.cluster.environment == "production" else 1),
            resources=Resources(cpu="500m", memory="2Gi"),
            ports=[_HTTP],
            probes=Probes.http(_HTTP.name, ready="/health/readiness", live="/health/liveliness", within=300),
            args=["--config", "/etc/groundwork/config.yaml", "--port", str(_HTTP.number)],
            config={"config.yaml": as_yaml(self._configuration(name))},
            env=self._environment(name),
            user=_USER,
            writable=("/tmp", "/.cache", "/.npm"),  # noqa: S108 - paths inside the container
            # Answers stream for minutes; a pod leaves when its last one is done.
            patience=600,
        )

    def _environment(self, name: str) -> dict[str, Any]:
        database = self.reach("litellm-postgres", by=name).authority
        valkey = self.reach("litellm-valkey", by=name)
        url = f"postgresql://{{{{ .username }}}}:{{{{ .password }}}}@{database}/litellm?sslmode=require"
        return {
            "DATABASE_URL": self.secret_text("litellm-database", "url", url, of=("username", "password")),
            "HOME": "/tmp",  # noqa: S108 - a path inside the container
            "LANGFUSE_OTEL_HOST": self.reach("langfuse-web", by=name).url,
            "LANGFUSE_PUBLIC_KEY": self.secret("langfuse", "public-key"),
            "LANGFUSE_SECRET_KEY": self.secret("langfuse", "secret-key"),
            "LITELLM_MASTER_KEY": self.secret("litellm", "master-key"),
            "LITELLM_SALT_KEY": self.secret("litellm", "salt-key"),
            "REDIS_HOST": valkey.host,
            "REDIS_PASSWORD": self.secret("litellm-valkey", "password"),
            "REDIS_PORT": str(valkey.port),
        }

    def _configuration(self, name: str) -> dict[str, Any]:
        """One entry per model that the cluster carries, sorted; roles are aliases; fallbacks go from large to small."""
        redis = {
            "host": "os.environ/REDIS_HOST",
            "port": "os.environ/REDIS_PORT",
            "password": "os.environ/REDIS_PASSWORD",
        }
        return {
            "model_list": [self._entry(model, name) for model in self.site.models],
            "router_settings": {
                "routing_strategy": "simple-shuffle",
                "model_group_alias": dict(sorted(self.cluster.roles.items())),
                "fallbacks": self._fallbacks(),
                "num_retries": 2,
                "retry_after": 5,
                "allowed_fails": 3,
                "cooldown_time": 30,
                "enable_pre_call_checks": True,
                **{f"redis_{key}": value for key, value in redis.items()},
            },
            "litellm_settings": {
                "callbacks": ["langfuse_otel", "prometheus"],
                "drop_params": True,
                "json_logs": True,
                "request_timeout": 1800,
                "redact_user_api_key_info": True,
                # Prometheus has no key; the NetworkPolicy lets nobody else near this path.
                "require_auth_for_metrics_endpoint": False,
                "cache": True,
                "cache_params": {"type": "redis", "ttl": 600, "namespace": "litellm.cache", **redis},
            },
            "general_settings": {
                "master_key": "os.environ/LITELLM_MASTER_KEY",
                "database_url": "os.environ/DATABASE_URL",
                "store_model_in_db": False,
                "store_prompts_in_spend_logs": False,
                "proxy_batch_write_at": 10,
                "background_health_checks": False,
            },
        }

    def _entry(self, model: Model, proxy: str) -> dict[str, Any]:
        server = self.reach(f"model-{model.name}", by=proxy)
        return {
            "model_name": model.name,
            "litellm_params": {
                "model": f"hosted_vllm/{model.name}",
                "api_base": f"{server.url}/v1",
                "timeout": 1800,
                "stream_timeout": 300,
                "max_parallel_requests": model.concurrency * model.replicas.max,
            },
            "model_info": {
                "mode": "chat",
                "max_input_tokens": model.context,
                "supports_function_calling": model.tool_calls is not None,
            },
        }

    def _fallbacks(self) -> list[dict[str, list[str]]]:
        by_size = sorted(self.site.models, key=lambda model: (-model.architecture.parameters, model.name))
        names = [model.name for model in by_size]
        return [{name: names[place + 1 :]} for place, name in enumerate(names[:-1])]

    def _tenants(self) -> None:
        """A hook Job after each sync: teams, budgets and keys as declared."""
        pods = self.pods(_TENANTS, Peer.workload(_TENANTS, self.namespace))
        url = self.reach("litellm", by=pods).url
        env: list[dict[str, Any]] = [
            {"name": "LITELLM_MASTER_KEY", "valueFrom": self.secret("litellm", "master-key")},
            {"name": "LITELLM_URL", "value": url},
            {"name": "AGENTS_KEY", "valueFrom": self.secret("litellm", "agents-key")},
            *(
                {"name": _variable(tenant), "valueFrom": self.secret(f"litellm-tenant-{tenant}", "key")}
                for tenant in self._names()
            ),
        ]
        config = {"tenants.json": json.dumps(self._declared(), indent=2), "tenants.py": _SCRIPT.read_text()}
        labels = workload_labels(_TENANTS, self.name)
        self.object("v1", "ConfigMap", _TENANTS, metadata={"labels": labels}, data=config)
        self.object("v1", "ServiceAccount", _TENANTS, automountServiceAccountToken=False)
        hook = {"argocd.argoproj.io/hook": "PostSync", "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation"}
        template = {"metadata": {"labels": labels}, "spec": self._job_pod(env)}
        self.object(
            "batch/v1",
            "Job",
            _TENANTS,
            metadata={"labels": labels, "annotations": hook},
            spec={
                "backoffLimit": 6,
                "activeDeadlineSeconds": 900,
                "ttlSecondsAfterFinished": 86400,
                "template": template,
            },
        )

    def _names(self) -> list[str]:
        return [tenant.name for tenant in self.site.tenants]

    def _declared(self) -> dict[str, Any]:
        teams = [
            {
                "team_id": tenant.name,
                "team_alias": tenant.name,
                "models": sorted(tenant.models),
                "max_budget": tenant.budget.usd_per_month,
                "budget_duration": "30d",
                "tpm_limit": -(-tenant.budget.tokens_per_day // 24 // 60),
            }
            for tenant in self.site.tenants
        ]
        keys: list[dict[str, Any]] = [
            {
                "key_alias": f"tenant-{tenant.name}",
                "team_id": tenant.name,
                "models": sorted(tenant.models),
                "from": _variable(tenant.name),
            }
            for tenant in self.site.tenants
        ]
        every = [model.name for model in self.site.models]
        return {"teams": teams, "keys": [{"key_alias": "agents", "models": every, "from": "AGENTS_KEY"}, *keys]}

    def _job_pod(self, env: list[dict[str, Any]]) -> dict[str, Any]:
        container = {
            "name": "tenants",
            "image": self.image("litellm").reference(self.cluster.registry),
            "command": ["python3", "/etc/groundwork/tenants.py"],
            "env": env,
            "resources": Resources(cpu="100m", memory="128Mi").manifest(),
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            },
            "volumeMounts": [{"name": "config", "mountPath": "/etc/groundwork", "readOnly": True}],
        }
        return {
            "serviceAccountName": _TENANTS,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "priorityClassName": "platform",
            "restartPolicy": "Never",
            "securityContext": {"runAsNonRoot": True, "runAsUser": _USER, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [container],
            "volumes": [{"name": "config", "configMap": {"name": _TENANTS}}],
        }

    def _alerts(self) -> None:
        failed = "sum(rate(litellm_proxy_failed_requests_metric_total[5m]))"
        total = "sum(rate(litellm_proxy_total_requests_metric_total[5m]))"
        self.alerts(
            {
                "alert": "ModelGatewayFailing",
                "expr": f"{failed} / {total} > 0.05",
                "for": "10m",
                "labels": {"severity": "critical"},
                "annotations": {
                    "summary": "More than 5 % of requests to the model gateway fail",
                    "description": "Look at litellm_deployment_state for models that are down, then at LiteLLM's logs.",
                },
            }
        )


def _variable(tenant: str) -> str:
    return f"TENANT_{tenant.upper().replace('-', '_')}_KEY"
