"""Component: the base of everything in components/, one class per file, all of one shape.

A component says which clusters carry it, what it serves, and what it makes. It sees the fleet through its site and
other components only through endpoints.
"""

# long: all that a component can say stands in one class, so that a reader finds it in one place
from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

import cdk8s
from constructs import Construct

from groundwork.catalog import secrets, versions
from groundwork.catalog.chart_facts import facts
from groundwork.catalog.versions import Image
from groundwork.fleet.declaration import Declaration
from groundwork.fleet.site import Site
from groundwork.kube import aws, synthesis
from groundwork.kube.connections import Connections
from groundwork.kube.endpoint import Directory, Endpoint
from groundwork.kube.external_secrets import SecretWish, external_secret
from groundwork.kube.flow import Peer
from groundwork.kube.http_routes import http_routes
from groundwork.kube.ingresses import SIGN_IN, client_texts, ingresses
from groundwork.kube.node_agent import NodeAgent
from groundwork.kube.operated import Operated
from groundwork.kube.ports import Port
from groundwork.kube.rendering import ChartRelease, Demand, GitRelease, Made, Rendering
from groundwork.kube.routes import GATEWAY, Rule
from groundwork.kube.stage import Stage
from groundwork.kube.task import Task
from groundwork.kube.workload import Workload

__all__ = ["Component"]

W = TypeVar("W", bound=Workload)


class Component(Connections, ABC):
    """One thing that the platform runs.

    Subclasses set `stage` and `namespace` (with its Pod Security Standard where that is not "restricted") and write
    `render`. The name is the file's name, the Argo CD project the folder's. `carried` says which clusters run it,
    `endpoints` what it serves there.
    """

    project: str = ""
    stage: ClassVar[Stage]
    namespace: str
    pod_security: ClassVar[str] = "restricted"
    further_namespaces: ClassVar[Mapping[str, str]] = {}
    # Whether it follows from what the others made; see `Directory.aws_kinds`.
    rendered_last: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        area, _, module = cls.__module__.rpartition(".")
        if "name" not in cls.__dict__:
            cls.name = module.replace("_", "-")
        if "project" not in cls.__dict__:
            cls.project = area.rpartition(".")[2]

    def __init__(self, site: Site) -> None:
        rendering = Rendering(
            component=self.name,
            project=self.project,
            stage=self.stage,
            namespace=self.namespace,
            further_namespaces=tuple(self.further_namespaces),
        )
        super().__init__(site, rendering)
        self._scope: cdk8s.Chart | None = None
        self._secrets: dict[tuple[str, str], SecretWish] = {}

    @classmethod
    def carried(cls, site: Site) -> bool:
        """Whether this cluster runs the component."""
        return True

    @classmethod
    def instances(cls, site: Site) -> list[Component]:
        """What this cluster runs of the component: one, or none; a component that exists once per tenant says so here."""
        return [cls(site)] if cls.carried(site) else []

    def endpoints(self) -> Iterable[Endpoint]:
        """What it serves, computed from the declarations alone."""
        return ()

    def hosts(self) -> Iterable[str]:
        """Hosts on the internet that its pods may reach, computed from the declarations alone."""
        return ()

    def ways_out(self) -> Mapping[str, Iterable[str]]:
        """Those hosts by client, where its pods do not all reach the same."""
        return {self.name: self.hosts()}

    @abstractmethod
    def render(self) -> None:
        """Make everything, with the methods below."""

    def synthesize(self, app: cdk8s.App, directory: Directory) -> Rendering:
        """Render into a chart of `app`; `directory` holds the endpoints of the whole cluster."""
        self.directory = directory
        self._scope = cdk8s.Chart(app, self.name)
        self.render()
        self._finish()
        return self._rendering

    # What a component makes

    def object(
        self, api_version: str, kind: str, name: str, *, namespace: str | None = None, **body: Any
    ) -> dict[str, Any]:
        """Make an object in a namespace, the component's own unless another is named. Returns its body."""
        return self._namespaced(api_version, kind, name, namespace or self.namespace, body)

    def cluster_object(self, api_version: str, kind: str, name: str, **body: Any) -> dict[str, Any]:
        """Make an object that belongs to no namespace. Returns its body."""
        return self._namespaced(api_version, kind, name, None, body)

    def adopt(self, construct: Construct) -> dict[str, Any]:
        """Take over the object of a cdk8s-plus construct. Returns its body, as cdk8s writes it."""
        body: dict[str, Any] = cdk8s.ApiObject.of(construct).to_json()
        self._rendering.objects.append(Made(body, self._source))
        return body

    @property
    def scope(self) -> cdk8s.Chart:
        """The chart that constructs are made in, while rendering.

        Raises:
            ValueError: asked for outside `render`.
        """
        if self._scope is None:
            message = f"{self.name} makes objects outside render()"
            raise ValueError(message)
        return self._scope

    def document(self, path: str, text: str) -> None:
        """Make a file that is not an object, at a path below the component's folder."""
        self._rendering.documents[path] = text

    def workload(self, name: str, *, image: str | Image, namespace: str | None = None, **details: Any) -> Workload:
        """Make a workload; `details` are the fields of `kube.workload.Workload`."""
        return self._run(Workload(**self._named(name, image, namespace), **details))

    def task(self, name: str, *, image: str | Image, namespace: str | None = None, **details: Any) -> Task:
        """Make pods that run to their end; `details` are the fields of `kube.task.Task`."""
        return self._run(Task(**self._named(name, image, namespace), **details))

    def operated(self, name: str, *, image: str | Image, namespace: str | None = None, **details: Any) -> Operated:
        """Make what stands around pods that an operator runs; `details` are the fields of `kube.operated.Operated`."""
        return self._run(Operated(**self._named(name, image, namespace), **details))

    def node_agent(self, name: str, *, image: str | Image, namespace: str | None = None, **details: Any) -> NodeAgent:
        """Make a pod on every node that its placement chooses; `details` are the fields of `kube.node_agent.NodeAgent`."""
        return self._run(NodeAgent(**self._named(name, image, namespace), **details))

    def route(self, host: str, rules: Sequence[Rule]) -> None:
        """Serve a host name at the edge. Opens the paths from there to what the rules lead to."""
        backends = {endpoint for rule in rules for endpoint in rule.endpoints}
        if self.cluster.gateway.edge == "alb":
            made = ingresses(self.site, host, rules, self._client_secret(rules))
            for one in backends:
                self.admit_load_balancer(one.pod_port, to=one.pods)
        else:
            made = http_routes(self.namespace, host, rules)
            for one in backends:
                self.admit(self.address(GATEWAY).pods, one.pod_port, to=one.pods, reason=f"https://{host}")
        for body in made:
            self.add(body)

    def _client_secret(self, rules: Iterable[Rule]) -> str:
        """The Secret with which a load balancer signs people in, under the keys that its controller reads; "" where none does."""
        if not any(rule.asks == "sign-in" for rule in rules):
            return ""
        name = self.secret_object(SIGN_IN, "client-secret")
        for key, text in client_texts(self.site).items():
            self.secret_text(SIGN_IN, key, text, of=["client-secret"])
        return name

    def alerts(self, *rules: Mapping[str, Any]) -> None:
        """Alert rules of this component, in one group of its name."""
        groups = [{"name": self.name, "rules": [dict(rule) for rule in rules]}]
        self.object("monitoring.coreos.com/v1", "PrometheusRule", self.name, spec={"groups": groups})

    def monitor(self, name: str, *, pods: str | Peer, port: Port) -> None:
        """Have Prometheus scrape pods that a chart or an operator makes, by the port's number: it may have no name there."""
        labels = dict(self._pods_named(pods).labels)
        endpoints = [{"portNumber": port.number, "path": port.metrics, "interval": "30s"}]
        spec = {"selector": {"matchLabels": labels}, "podMetricsEndpoints": endpoints}
        self.object("monitoring.coreos.com/v1", "PodMonitor", name, spec=spec)
        self.scraped(pods, port.number)

    def helm(
        self, chart: str, values: Mapping[str, Any], *, release: str | None = None, skip_crds: bool = False
    ) -> None:
        """Have Argo CD install a chart at the version of this cluster's channel.

        The pods that the chart makes with these values (catalog/charts/<chart>.yaml) become pods of this component: each has a
        NetworkPolicy.
        """
        pin = versions.chart(chart, self.cluster.channel)
        for pods in facts(chart).pods:
            if pods.made(values) and not pods.host_network:
                self.pods(pods.name, Peer.pods(self.namespace, pods.labels))
        self._rendering.charts.append(
            ChartRelease(
                chart=chart,
                repository=pin.repository,
                version=pin.version,
                release=release or chart,
                values=values,
                skip_crds=skip_crds,
            )
        )

    def upstream(self, source: str, path: str) -> None:
        """Have Argo CD apply manifests of an upstream repository at the tag of this cluster's channel."""
        pin = versions.git(source, self.cluster.channel)
        self._rendering.gits.append(GitRelease(repository=pin.repository, version=pin.version, path=path))

    def image(self, name: str) -> Image:
        """The image of that name in catalog/versions.yaml, at this cluster's channel."""
        return versions.image(name, self.cluster.channel)

    def secret(self, name: str, key: str, *, namespace: str | None = None) -> dict[str, Any]:
        """The value of an environment variable: a key of the contract of secrets.

        Brings the secret into the namespace, as a Secret that External Secrets keeps equal to AWS Secrets Manager.
        """
        return {"secretKeyRef": {"name": self.secret_object(name, key, namespace=namespace), "key": key}}

    def secret_object(self, name: str, *keys: str, namespace: str | None = None, kind: str | None = None) -> str:
        """The name of the Secret that holds these keys of the contract; makes sure that it exists.

        `kind` is the Secret's type where its reader insists on one.
        """
        for key in keys:
            secrets.entry(name, key)
        local, wish = self._want(name, namespace)
        wish.keys.update(keys)
        wish.kind = kind or wish.kind
        return local

    def secret_text(
        self, name: str, key: str, template: str, *, of: Iterable[str], namespace: str | None = None
    ) -> dict[str, Any]:
        """The value of an environment variable made from keys of a secret: `template` says {{ .password }} and the like."""
        local = self.secret_object(name, *of, namespace=namespace)
        self._want(name, namespace)[1].texts[key] = template
        return {"secretKeyRef": {"name": local, "key": key}}

    @contextlib.contextmanager
    def declared_by(self, declaration: Declaration) -> Generator[None, None, None]:
        """What is made inside comes from this declaration; manifests name it in their first line."""
        before, self._source = self._source, f"{declaration.folder}/{declaration.name}.yaml"
        try:
            yield
        finally:
            self._source = before

    def demand(self, demand: Demand) -> None:
        """Count pods towards the quota of their namespace; workloads do it by themselves."""
        self._rendering.demands.append(demand)

    def aws_access(self, *statements: aws.Statement, by: str, service_account: str | None = None) -> None:
        """Let pods take on an IAM role of their own through Pod Identity."""
        pods = self._pods_named(by)
        for body in aws.pod_identity(self.site, pods.namespace, service_account or by, statements):
            self.add(body)
        self.reach_pod_identity(by=by)

    # Inside

    def _named(self, name: str, image: str | Image, namespace: str | None) -> dict[str, Any]:
        """What every workload of this component has in common."""
        return {
            "name": name,
            "namespace": namespace or self.namespace,
            "component": self.name,
            "image": self.image(image) if isinstance(image, str) else image,
            "registry": self.cluster.registry,
        }

    def _run(self, workload: W) -> W:
        for body in workload.manifests():
            self.add(body)
        self.pods(workload.name, Peer.workload(workload.name, workload.namespace))
        if not isinstance(workload, NodeAgent):
            self.demand(workload.demand)
        for port in workload.scraped:
            self.scraped(workload.name, port.number)
        return workload

    def _namespaced(
        self, api_version: str, kind: str, name: str, namespace: str | None, body: dict[str, Any]
    ) -> dict[str, Any]:
        metadata = {"name": name} | ({"namespace": namespace} if namespace else {}) | body.pop("metadata", {})
        made = {"apiVersion": api_version, "kind": kind, "metadata": metadata, **body}
        self.add(made)
        return made

    def add(self, body: dict[str, Any]) -> None:
        """Make an object whose body is already whole."""
        synthesis.add(self.scope, body)
        self._rendering.objects.append(Made(body, self._source))

    def _want(self, name: str, namespace: str | None) -> tuple[str, SecretWish]:
        """The name of the Secret in a namespace, and what is wanted of it so far."""
        local = name if name.startswith(self.name) else f"{self.name}-{name}"
        wish = self._secrets.setdefault((namespace or self.namespace, local), SecretWish(name, self._source))
        return local, wish

    def _finish(self) -> None:
        """Secrets and flows are known only when everything has been made."""
        for (namespace, local), wish in sorted(self._secrets.items()):
            self._source = wish.source
            self.add(external_secret(self.site, namespace, local, wish))
        self._settle()
