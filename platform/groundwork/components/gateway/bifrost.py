"""Bifrost: the other door to the models of a cluster, configured by one file, with keys, budgets, fallbacks and traces."""

from __future__ import annotations

import json
from typing import Any

from groundwork.catalog import versions
from groundwork.catalog.versions import Image
from groundwork.components.gateway.offers import CASCADE, Offer, cascade, offers, shares
from groundwork.components.gateway.prices import prices
from groundwork.fleet.callers import Caller, callers
from groundwork.fleet.model import Model
from groundwork.fleet.site import Site
from groundwork.fleet.tenant import TenantBudget
from groundwork.kube.alert import alert
from groundwork.kube.component import Component
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.pods import Probes, Replicas, Resources, Volume
from groundwork.kube.ports import Port
from groundwork.kube.stage import Stage

_HTTP = Port.http(8080, metrics="/metrics")
_READY = "/health"
_CANARY = "bifrost-canary"
_USER = 1000
_FILES = "/etc/groundwork"
_HOME = "/app/data"
_PROVIDER = "vllm"
# Bifrost looks for its file in the folder in which it keeps its database, and for its file's schema where it is started;
# without that it would wait for the internet.
_START = (
    f"cp {_FILES}/config.json {_HOME}/config.json && cd {_FILES}"
    f" && exec /app/main -app-dir {_HOME} -host 0.0.0.0 -port {_HTTP.number} -log-level info -log-style json"
)
_AUTHORIZATION = 'Basic {{ printf "%s:%s" (index . "public-key") (index . "secret-key") | b64enc }}'


class Bifrost(Component):
    """The Bifrost gateway; models, roles, keys and limits follow from what the cluster carries, as they do for LiteLLM.

    Needs Langfuse for traces, and nothing else: the file is the only configuration. Bifrost insists on a database where it
    has keys (upstream issue 3298), so each pod fills one of its own, in memory, at every start; what somebody changes by
    its API is gone with the pod. Pods do not know of one another: each counts for itself, from its start, and has its share
    of every limit.
    Upstream: catalog/versions.yaml, `bifrost`.
    """

    stage = Stage.GATEWAY
    namespace = "ai-gateway"

    @classmethod
    def carried(cls, site: Site) -> bool:
        return site.cluster.gateway.models == "bifrost"

    def endpoints(self) -> list[Endpoint]:
        served = [Endpoint.of(self.name, self.namespace, _HTTP, ready=_READY).named("model-gateway")]
        if self.cluster.gateway.canary:
            served.append(Endpoint.of(_CANARY, self.namespace, _HTTP, ready=_READY).named("model-gateway-canary"))
        return served

    def render(self) -> None:
        self._gateway(self.name, self.image("bifrost"))
        if self.cluster.gateway.canary:
            self._gateway(_CANARY, versions.image("bifrost", "next"))
        self._alerts()

    @property
    def _replicas(self) -> int:
        return 2 if self.cluster.environment == "production" else 1

    def _gateway(self, name: str, image: Image) -> None:
        self.workload(
            name,
            image=image,
            replicas=Replicas(at_least=self._replicas),
            resources=Resources(cpu="500m", memory="1Gi"),
            ports=[_HTTP],
            probes=Probes.http(_HTTP.name, ready=_READY, within=180),
            command=["sh", "-c", _START],
            config={
                "config.json": _json(self._configuration(name)),
                "config.schema.json": "{}",
                "prices.json": _json(
                    {f"{_PROVIDER}/{name}": _price(one) for one in self.site.models for name in one.names}
                ),
                "parameters.json": _json(
                    {name: {"max_input_tokens": one.context} for one in self.site.models for name in one.names}
                ),
            },
            env=self._environment(name),
            volumes=[Volume.memory("data", _HOME, "256Mi")],
            user=_USER,
            # Answers stream for minutes; a pod leaves when its last one is done.
            lingers=20,
            patience=600,
        )

    def _environment(self, name: str) -> dict[str, Any]:
        self.reach("langfuse-web", by=name)
        authorization = self.secret_text("langfuse", "authorization", _AUTHORIZATION, of=("public-key", "secret-key"))
        return {
            "BIFROST_ADMIN_PASSWORD": self.secret("bifrost", "admin-password"),
            "LANGFUSE_AUTHORIZATION": authorization,
            **{_variable(one): self.secret(one.secret, "key") for one in callers(self.site)},
        }

    def _configuration(self, name: str) -> dict[str, Any]:
        """Nothing is fetched: prices and what models can do are files beside this one."""
        return {
            "$schema": "https://www.getbifrost.ai/schema",
            "version": 2,
            "source_of_truth": "config.json",
            "client": {
                "enforce_auth_on_inference": True,
                "allow_direct_keys": False,
                # Prometheus has no password; the NetworkPolicy lets nobody else near this path who has no key.
                "whitelisted_routes": ["/health", "/metrics"],
                "enable_logging": False,
                "disable_content_logging": True,
                "max_request_body_size_mb": 100,
            },
            "framework": {
                "pricing": {
                    "pricing_url": f"file://{_FILES}/prices.json",
                    "model_parameters_url": f"file://{_FILES}/parameters.json",
                }
            },
            "providers": {_PROVIDER: self._servers(name)},
            "governance": self._governance(),
            "config_store": {"enabled": True, "type": "sqlite", "config": {"path": f"{_HOME}/config.db"}},
            "logs_store": {"enabled": False},
            "plugins": [{"enabled": True, "name": "otel", "config": self._traces()}],
        }

    def _servers(self, name: str) -> dict[str, Any]:
        """One key per model, with the address of its server. Retries are for a server that is away for a moment."""
        places = sum(one.concurrency * one.replicas.max for one in self.site.models)
        return {
            "keys": [self._server(one, answered, name) for one in self.site.models for answered in one.names],
            "network_config": {
                "allow_private_network": True,
                "default_request_timeout_in_seconds": 1800,
                "stream_idle_timeout_in_seconds": 300,
                "max_retries": 2,
                "retry_backoff_initial": 500,
                "retry_backoff_max": 5000,
            },
            # As many at once as the servers take, and as many again that wait.
            "concurrency_and_buffer_size": {"concurrency": places, "buffer_size": 2 * places},
        }

    def _server(self, model: Model, answered: str, name: str) -> dict[str, Any]:
        """A model, or an adapter of it: another name at the same server."""
        return {
            "name": answered,
            "models": [answered],
            "weight": 1,
            "vllm_key_config": {"url": self.reach(f"model-{model.name}", by=name).url, "model_name": answered},
        }

    def _governance(self) -> dict[str, Any]:
        found = callers(self.site)
        limited = [(one, one.budget) for one in found if one.budget]
        return {
            "auth_config": {
                "is_enabled": True,
                "admin_username": "admin",
                "admin_password": "env.BIFROST_ADMIN_PASSWORD",
            },
            "virtual_keys": [_key(one) for one in found],
            "budgets": [self._budget(one, budget) for one, budget in limited],
            "rate_limits": [self._limit(one, budget) for one, budget in limited],
            "routing_rules": self._rules(),
        }

    def _budget(self, caller: Caller, budget: TenantBudget) -> dict[str, Any]:
        share = budget.usd_per_month / self._replicas
        return {"id": caller.name, "virtual_key_id": caller.name, "max_limit": share, "reset_duration": "1M"}

    def _limit(self, caller: Caller, budget: TenantBudget) -> dict[str, Any]:
        share = budget.tokens_per_day // self._replicas
        return {"id": caller.name, "token_max_limit": share, "token_reset_duration": "1d"}

    def _rules(self) -> list[dict[str, Any]]:
        """What names stand for; the first rule that matches wins. A caller may still get only what its key opens."""
        rules = [self._rule(one.name, f'model == "{one.name}"', one) for one in offers(self.site)]
        choice = cascade(self.site)
        if choice:
            hard = Offer(name=f"{CASCADE}-hard", model=choice.large, fallbacks=(choice.small,))
            easy = Offer(name=f"{CASCADE}-easy", model=choice.small, fallbacks=(choice.large,))
            asked = f'model == "{CASCADE}"'
            rules += [
                self._rule(hard.name, f'{asked} && complexity_tier in ["COMPLEX", "REASONING"]', hard),
                self._rule(easy.name, asked, easy),
            ]
        return [rule | {"priority": place} for place, rule in enumerate(rules)]

    def _rule(self, name: str, when: str, offer: Offer) -> dict[str, Any]:
        targets = [
            {"provider": _PROVIDER, "model": one.model, "weight": one.percent / 100}
            for one in shares(self.site, offer.model)
        ]
        fallbacks = [f"{_PROVIDER}/{one}" for one in offer.fallbacks]
        return {"id": name, "name": name, "cel_expression": when, "targets": targets, "fallbacks": fallbacks}

    def _traces(self) -> dict[str, Any]:
        return {
            "service_name": self.name,
            "collector_url": f"{self.address('langfuse-web').url}/api/public/otel/v1/traces",
            "trace_type": "genai_extension",
            "protocol": "http",
            "headers": {"Authorization": "env.LANGFUSE_AUTHORIZATION", "x-langfuse-ingestion-version": "4"},
        }

    def _alerts(self) -> None:
        failed = "sum(rate(http_requests_total{service=~'bifrost.*', status=~'5..'}[5m]))"
        total = "sum(rate(http_requests_total{service=~'bifrost.*'}[5m]))"
        self.alerts(
            alert(
                "ModelGatewayFailing",
                f"{failed} / {total} > 0.05",
                after="10m",
                severity="critical",
                summary="More than 5 % of requests to the model gateway fail",
                description="Agents and programs get errors instead of answers.",
                runbook="bifrost_error_requests_total says which model; then Bifrost's logs and that model's pods.",
            ),
            alert(
                "ModelGatewayFallsBack",
                "sum by (model) (rate(bifrost_upstream_requests_total{fallback_index!='0'}[15m])) > 0.1",
                after="30m",
                severity="warning",
                summary="{{ $labels.model }} answers in place of a larger model",
                description="Answers are worse than what callers asked for.",
                runbook="kubectl -n ai-inference get pods: which server is missing, and why?",
            ),
        )


def _key(caller: Caller) -> dict[str, Any]:
    return {
        "id": caller.name,
        "name": caller.name,
        "value": f"env.{_variable(caller)}",
        "calendar_aligned": True,
        "provider_configs": [
            {"provider": _PROVIDER, "weight": 1, "allowed_models": list(caller.models), "key_ids": ["*"]}
        ],
        "mcp_configs": [],
        **({"rate_limit_id": caller.name} if caller.budget else {}),
    }


def _price(model: Model) -> dict[str, Any]:
    free = {"input_cost_per_token": 0, "output_cost_per_token": 0}
    return {"provider": _PROVIDER, "mode": "embedding" if model.embeds else "chat", **free, **prices(model)}


def _variable(caller: Caller) -> str:
    return f"KEY_{caller.name.upper().replace('-', '_')}"


def _json(value: Any) -> str:
    return json.dumps(value, indent=2)
