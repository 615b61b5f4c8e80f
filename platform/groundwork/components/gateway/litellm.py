"""LiteLLM: one OpenAI-compatible door to every model of the cluster, with keys, budgets, fallbacks and traces."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from groundwork.catalog import versions
from groundwork.catalog.versions import Image
from groundwork.components.gateway.content_filter import guardrails
from groundwork.components.gateway.demand import deployment
from groundwork.components.gateway.offers import CASCADE, Cascade, allowed, cascade, offers, shares
from groundwork.components.gateway.prices import prices
from groundwork.fleet.callers import Caller, callers
from groundwork.fleet.model import Model
from groundwork.fleet.site import Site
from groundwork.fleet.tenant import TenantBudget
from groundwork.kube import aws
from groundwork.kube.alert import alert
from groundwork.kube.component import Component
from groundwork.kube.configuration import as_yaml
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.flow import Peer
from groundwork.kube.pods import Probes, Replicas, Resources
from groundwork.kube.ports import Port
from groundwork.kube.routes import Rule
from groundwork.kube.stage import Stage

# With the slash: LiteLLM redirects every scrape without it.
_HTTP = Port.http(4000, metrics="/metrics/")
_READY = "/health/readiness"
_CANARY = "litellm-canary"
_MIGRATIONS = "litellm-migrations"
_TENANTS = "litellm-tenants"
_SCRIPTS = Path(__file__).parent / "scripts"
_USER = 65534
_HOME = "/tmp"  # noqa: S108 - a path inside the container
_DAY = 86400
# Nothing is fetched or reported: prices are ours, and neither LiteLLM nor its database client asks for news.
_QUIET = {"CHECKPOINT_DISABLE": "1", "HOME": _HOME, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
_INVOKE = ("InvokeModel", "InvokeModelWithResponseStream")
_GEOGRAPHIES = ("apac", "eu", "global", "us")
# LiteLLM takes an empty list for every model.
_NOTHING = "no-default-models"


class Litellm(Component):
    """The LiteLLM proxy; the model list, roles and fallbacks follow from what the cluster carries.

    Needs Postgres for keys and budgets, Valkey for limits and cache, Langfuse for traces. A Job changes the schema before
    the proxies start, as upstream's chart has it; another brings teams and keys in line after each sync. Without
    its database LiteLLM refuses requests: to let them pass would be to let everybody in.
    Upstream: catalog/versions.yaml, `litellm`.
    """

    stage = Stage.GATEWAY
    namespace = "ai-gateway"

    @classmethod
    def carried(cls, site: Site) -> bool:
        return site.cluster.gateway.models == "litellm"

    def endpoints(self) -> list[Endpoint]:
        served = [Endpoint.of(self.name, self.namespace, _HTTP, ready=_READY).named("model-gateway")]
        if self.cluster.gateway.canary:
            served.append(Endpoint.of(_CANARY, self.namespace, _HTTP, ready=_READY).named("model-gateway-canary"))
        return served

    def render(self) -> None:
        newest = image = self.image("litellm")
        self._proxy(self.name, image)
        if self.cluster.gateway.canary:
            newest = versions.image("litellm", "next")
            self._proxy(_CANARY, newest)
        self._migrations(newest)
        self._tenants()
        self._alerts()
        self.route(self._host, [Rule(path="/", backends=[(self.address("model-gateway"), 100)], asks="sign-in")])

    @property
    def _host(self) -> str:
        """Its page: teams, keys and what they spend."""
        return f"litellm.{self.site.domain}"

    def _proxy(self, name: str, image: Image) -> None:
        self.workload(
            name,
            image=image,
            replicas=Replicas(at_least=2 if self.cluster.environment == "production" else 1),
            resources=Resources(cpu="500m", memory="2Gi"),
            ports=[_HTTP],
            probes=Probes.http(_HTTP.name, ready=_READY, live="/health/liveliness", within=300),
            args=["--config", "/etc/groundwork/config.yaml", "--port", str(_HTTP.number)],
            config={
                "config.yaml": as_yaml(self._configuration(name)),
                "cache_scope.py": (_SCRIPTS / "cache_scope.py").read_text(),
            },
            env=self._environment(name),
            user=_USER,
            # Answers stream for minutes; a pod leaves when its last one is done.
            lingers=20,
            patience=600,
            wave=2,
        )
        if self.cluster.bedrock:
            self.aws_access(aws.allow("bedrock", _INVOKE, self._invoked()), by=name)

    def _invoked(self) -> list[str]:
        """The models that the cluster names. A profile, whose id starts with a geography, calls its model in several regions."""
        region, account = self.cluster.region, self.cluster.account
        found = []
        for model in sorted(self.cluster.bedrock.values()):
            geography, _, rest = model.partition(".")
            if geography in _GEOGRAPHIES:
                found.append(aws.partition_arn("bedrock", region, account, f"inference-profile/{model}"))
                found.append(aws.partition_arn("bedrock", "*", "", f"foundation-model/{rest}"))
            else:
                found.append(aws.partition_arn("bedrock", region, "", f"foundation-model/{model}"))
        return found

    def _environment(self, name: str) -> dict[str, Any]:
        valkey = self.reach("litellm-valkey", by=name)
        return {
            **_QUIET,
            "DATABASE_URL": self._database(Peer.workload(name, self.namespace)),
            "DISABLE_SCHEMA_UPDATE": "true",
            "LANGFUSE_OTEL_HOST": self.reach("langfuse-web", by=name).url,
            "LANGFUSE_PUBLIC_KEY": self.secret("langfuse", "public-key"),
            "LANGFUSE_SECRET_KEY": self.secret("langfuse", "secret-key"),
            "LITELLM_MASTER_KEY": self.secret("litellm", "master-key"),
            "LITELLM_MODE": "PRODUCTION",
            # Limits of tokens are declared per day: the window in which LiteLLM counts is a day, not its minute.
            "LITELLM_RATE_LIMIT_WINDOW_SIZE": str(_DAY),
            "LITELLM_SALT_KEY": self.secret("litellm", "salt-key"),
            "PROXY_BASE_URL": f"https://{self._host}",
            "REDIS_HOST": valkey.host,
            "REDIS_PASSWORD": self.secret("litellm-valkey", "password"),
            "REDIS_PORT": str(valkey.port),
        }

    def _database(self, pods: Peer) -> dict[str, Any]:
        server = self.reach("litellm-postgres", by=pods).authority
        url = f"postgresql://{{{{ .username }}}}:{{{{ .password }}}}@{server}/litellm?sslmode=require"
        return self.secret_text("litellm-database", "url", url, of=("username", "password"))

    def _configuration(self, name: str) -> dict[str, Any]:
        """One entry per model that the cluster carries, sorted; roles are aliases; fallbacks go from large to small."""
        filters = guardrails(self.site)
        redis = {
            "host": "os.environ/REDIS_HOST",
            "port": "os.environ/REDIS_PORT",
            "password": "os.environ/REDIS_PASSWORD",
        }
        return {
            "model_list": [
                *(one for model in self.site.models for one in self._entries(model, name)),
                *(self._entry(model, name, one.name) for model in self.site.models for one in model.adapters),
                *(self._bedrock(name, one, model) for one, model in sorted(self.cluster.bedrock.items())),
                *self._cascade(),
            ],
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
                "callbacks": ["langfuse_otel", "prometheus", "cache_scope.scope"],
                "drop_params": True,
                "json_logs": True,
                "request_timeout": 1800,
                "redact_user_api_key_info": True,
                # Prometheus has no key; the NetworkPolicy lets nobody else near this path.
                "require_auth_for_metrics_endpoint": False,
                # What callers choose themselves would make a series of every value.
                "prometheus_exclude_labels": ["client_ip", "end_user", "user_agent"],
                # Callers ask for cached answers, and find their own tenant's: scripts/cache_scope.py.
                "cache": True,
                "cache_params": {
                    "type": "redis",
                    "mode": "default_off",
                    "ttl": 600,
                    "namespace": "litellm.cache",
                    **redis,
                },
            },
            **({"guardrails": filters} if filters else {}),
            "general_settings": {
                "master_key": "os.environ/LITELLM_MASTER_KEY",
                "database_url": "os.environ/DATABASE_URL",
                "store_model_in_db": False,
                "store_prompts_in_spend_logs": False,
                "maximum_spend_logs_retention_period": "90d",
                "proxy_batch_write_at": 10,
                "background_health_checks": False,
            },
        }

    def _entries(self, model: Model, proxy: str) -> list[dict[str, Any]]:
        """One, or two of one name while a canary answers a part of what is asked."""
        parts = shares(self.site, model.name)
        if len(parts) == 1 and parts[0].model == model.name:
            return [self._entry(model, proxy)]
        served = {one.name: one for one in self.site.models}
        entries = [self._entry(served[part.model], proxy) for part in parts]
        for entry, part in zip(entries, parts, strict=True):
            entry["model_name"] = model.name
            entry["litellm_params"]["weight"] = part.percent
            entry["model_info"]["id"] = deployment(model.name, part.model)
        return entries

    def _entry(self, model: Model, proxy: str, adapter: str | None = None) -> dict[str, Any]:
        """A model, or an adapter of it: another name at the same server."""
        server, name = self.reach(f"model-{model.name}", by=proxy), adapter or model.name
        return {
            "model_name": name,
            "litellm_params": {
                "model": f"hosted_vllm/{name}",
                "api_base": f"{server.url}/v1",
                "timeout": 1800,
                "stream_timeout": 300,
                "max_parallel_requests": model.concurrency * model.replicas.max,
            },
            "model_info": {"id": name, "max_input_tokens": model.context, **_abilities(model), **prices(model)},
        }

    def _bedrock(self, proxy: str, name: str, model: str) -> dict[str, Any]:
        """A model of Bedrock, which the proxy's role may call and no other; LiteLLM brings its prices."""
        self.reach_aws("bedrock-runtime", by=proxy)
        return {
            "model_name": name,
            "litellm_params": {
                "model": f"bedrock/{model}",
                "aws_region_name": self.cluster.region,
                "timeout": 600,
                "stream_timeout": 120,
            },
            "model_info": {"id": name, "mode": "chat"},
        }

    def _cascade(self) -> list[dict[str, Any]]:
        """What is asked of `auto`: LiteLLM weighs the words of a request, calls nobody for it, and picks one of two models."""
        choice = cascade(self.site)
        return [_automatic(choice)] if choice else []

    def _fallbacks(self) -> list[dict[str, list[str]]]:
        return [{one.name: list(one.fallbacks)} for one in offers(self.site) if one.name == one.model and one.fallbacks]

    def _migrations(self, newest: Image) -> None:
        """The newest version that is carried changes the schema, once: proxies of two versions would undo one another's."""
        self.task(
            _MIGRATIONS,
            image=newest,
            hook="Sync",
            wave=1,
            args=["--skip_server_startup", "--enforce_prisma_migration_check"],
            env={
                **_QUIET,
                "DATABASE_URL": self._database(Peer.workload(_MIGRATIONS, self.namespace)),
                "LITELLM_MIGRATION_DIR": f"{_HOME}/migrations",
                "USE_V2_MIGRATION_RESOLVER": "true",
            },
            resources=Resources(cpu="500m", memory="2Gi"),
            user=_USER,
        )

    def _tenants(self) -> None:
        """Teams, budgets and keys as declared, by LiteLLM's management API."""
        pods = Peer.workload(_TENANTS, self.namespace)
        keys = {_variable(one): self.secret(one.secret, "key") for one in callers(self.site)}
        self.task(
            _TENANTS,
            image="litellm",
            hook="PostSync",
            command=["python3", "/etc/groundwork/tenants.py", "/etc/groundwork/tenants.json"],
            config={
                "tenants.json": json.dumps(self._declared(), indent=2),
                "tenants.py": (_SCRIPTS / "tenants.py").read_text(),
            },
            env={
                "LITELLM_MASTER_KEY": self.secret("litellm", "master-key"),
                "LITELLM_URL": self.reach("model-gateway", by=pods).url,
                **keys,
            },
            resources=Resources(cpu="100m", memory="128Mi"),
            user=_USER,
        )

    def _declared(self) -> dict[str, Any]:
        """What the script brings about: a key per caller, and a team where there is a budget. `from` names the key's variable."""
        found = callers(self.site)
        return {
            "teams": [self._team(one, one.budget) for one in found if one.budget],
            "keys": [self._key(one) for one in found],
        }

    def _team(self, caller: Caller, budget: TenantBudget) -> dict[str, Any]:
        return {
            "team_id": caller.name,
            "team_alias": caller.name,
            "models": self._opened(caller),
            "max_budget": budget.usd_per_month,
            "budget_duration": "1mo",
            "tpm_limit": budget.tokens_per_day,
        }

    def _key(self, caller: Caller) -> dict[str, Any]:
        key = {"key_alias": caller.name, "models": self._opened(caller), "from": _variable(caller)}
        return key | ({"team_id": caller.name} if caller.budget else {})

    def _opened(self, caller: Caller) -> list[str]:
        """Models, and the cascade; a role opens with its model."""
        choice = [CASCADE] if CASCADE in allowed(self.site, caller) else []
        return [*caller.models, *choice] or [_NOTHING]

    def _alerts(self) -> None:
        failed = "sum(rate(litellm_proxy_failed_requests_metric_total{exception_status=~'5..'}[5m]))"
        total = "sum(rate(litellm_proxy_total_requests_metric_total[5m]))"
        self.alerts(
            alert(
                "ModelGatewayFailing",
                f"{failed} / {total} > 0.05",
                after="10m",
                severity="critical",
                summary="More than 5 % of requests to the model gateway fail",
                description="Agents and tenants get errors instead of answers.",
                runbook="Look at litellm_deployment_state for models that are down, then at LiteLLM's logs.",
            )
        )


def _abilities(model: Model) -> dict[str, Any]:
    """What LiteLLM tells callers about a model, and by which it routes."""
    if model.embeds:
        return {"mode": "embedding", "output_vector_size": model.dimensions}
    return {
        "mode": "chat",
        "supports_function_calling": model.calls_tools,
        "supports_reasoning": model.reasoning is not None,
        "supports_vision": model.images > 0,
    }


def _automatic(choice: Cascade) -> dict[str, Any]:
    tiers = {"SIMPLE": choice.small, "MEDIUM": choice.small, "COMPLEX": choice.large, "REASONING": choice.large}
    return {
        "model_name": CASCADE,
        "litellm_params": {
            "model": "auto_router/complexity_router",
            "complexity_router_config": {"tiers": tiers},
            "complexity_router_default_model": choice.small,
        },
        "model_info": {"id": CASCADE, "mode": "chat"},
    }


def _variable(caller: Caller) -> str:
    return f"KEY_{caller.name.upper().replace('-', '_')}"
