"""A component says what it runs; what it asks for is found, recorded and opened, or refused with a reason."""

from __future__ import annotations

import re

import cdk8s
import cdk8s_plus_33 as kplus
import pytest

from groundwork.catalog.chart_facts import facts
from groundwork.fleet.site import Site
from groundwork.kube.aws import POD_IDENTITY_AGENT
from groundwork.kube.component import Component
from groundwork.kube.endpoint import Directory, Endpoint
from groundwork.kube.flow import Peer
from groundwork.kube.pods import Replicas
from groundwork.kube.ports import Port
from groundwork.kube.routes import Rule
from groundwork.kube.stage import Stage
from tests.kube.small import HTTP, PROBES, RESOURCES, Small, objects, one, rendered, runs

STORE = Endpoint.of("store", "ai-data", Port.http(8080))

# What a component is


def test_name_and_project_come_from_the_module() -> None:
    """A component is called like its file and belongs to its folder's Argo CD project."""

    class EgressProxy(Small):
        """Told where it stands."""

        __module__ = "groundwork.components.gateway.egress_proxy"

    assert ("egress-proxy", "gateway") == (EgressProxy.name, EgressProxy.project)


def test_a_class_may_name_itself() -> None:
    """Two components of one file do."""

    class Twin(Small):
        """Says its name."""

        __module__ = "groundwork.components.data.twins"
        name = "other"
        project = "x"

    assert ("other", "x") == (Twin.name, Twin.project)


def test_a_cluster_runs_a_component_once_or_not_at_all(site: Site) -> None:
    """`carried` decides."""

    class Absent(Small):
        """Nowhere."""

        @classmethod
        def carried(cls, site: Site) -> bool:
            """No."""
            return False

    assert ["small"] == [instance.name for instance in Small.instances(site)]
    assert [] == Absent.instances(site)


def test_a_rendering_says_whose_it_is(site: Site) -> None:
    """Argo CD's Application is made from it."""
    rendering = one(site)

    assert ("small", "data", Stage.DATA, "ai-data") == (
        rendering.component,
        rendering.project,
        rendering.stage,
        rendering.namespace,
    )


# What it makes


def test_objects_stand_in_the_components_namespace_unless_another_is_named(site: Site) -> None:
    """And what belongs to no namespace says none."""
    rendering = one(
        site,
        lambda small: small.object("v1", "ConfigMap", "a", data={"x": "y"}),
        lambda small: small.object("v1", "ConfigMap", "b", namespace="ai-agents", metadata={"labels": {"x": "y"}}),
        lambda small: small.cluster_object("v1", "Namespace", "c"),
    )

    assert [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "a", "namespace": "ai-data"},
            "data": {"x": "y"},
        },
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "b", "namespace": "ai-agents", "labels": {"x": "y"}},
        },
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "c"}},
    ] == [made.body for made in rendering.objects]


def test_what_is_made_names_its_declaration(site: Site) -> None:
    """The cluster's own file, or inside `declared_by` another's; secrets and pods included."""
    tenant = site.tenants[0]

    def steps(small: Component) -> None:
        small.object("v1", "ConfigMap", "before")
        with small.declared_by(tenant):
            runs("inside", env={"KEY": small.secret("tavily", "TAVILY_API_KEY")})(small)
        small.object("v1", "ConfigMap", "after")

    rendering = one(site, steps)

    cluster, declared = f"clusters/{site.name}.yaml", f"apps/tenants/{tenant.name}.yaml"
    sources = {made.body["metadata"]["name"]: made.source for made in rendering.objects}
    assert {"before": cluster, "inside": declared, "after": cluster, "small-tavily": declared} == sources
    assert [declared] == [pods.source for pods in rendering.pods]


def test_a_failure_inside_a_declaration_ends_it(site: Site) -> None:
    """What is made after the error was caught does not name the wrong file."""

    def steps(small: Component) -> None:
        with pytest.raises(ZeroDivisionError), small.declared_by(site.tenants[0]):
            raise ZeroDivisionError
        small.object("v1", "ConfigMap", "after")

    assert [f"clusters/{site.name}.yaml"] == [made.source for made in one(site, steps).objects]


def test_nothing_is_made_outside_of_render(site: Site) -> None:
    """There is no chart to make it in."""
    with pytest.raises(ValueError, match=r"small makes objects outside render\(\)"):
        Small(site).object("v1", "ConfigMap", "a")


def test_a_construct_of_cdk8s_plus_is_taken_over(site: Site) -> None:
    """Its object is the component's like any other."""

    def steps(small: Component) -> None:
        metadata = cdk8s.ApiObjectMetadata(name="viewer")
        role = kplus.ClusterRole(small.scope, "role", metadata=metadata)
        role.allow_read(kplus.ApiResource.PODS)
        small.adopt(role)

    (role,) = objects(one(site, steps), "ClusterRole")

    (rule,) = role["rules"]
    assert "viewer" == role["metadata"]["name"]
    assert ([""], ["pods"], ["get", "list", "watch"]) == (rule["apiGroups"], rule["resources"], rule["verbs"])


def test_a_workload_brings_its_pods_and_its_demand(site: Site) -> None:
    """So that it gets a policy, and its namespace room."""
    rendering = one(site, runs("web", replicas=Replicas(at_least=2)))

    assert [("web", Peer.workload("web", "ai-data"))] == [(pods.name, pods.pods) for pods in rendering.pods]
    assert [("ai-data", Replicas(at_least=2))] == [(demand.namespace, demand.replicas) for demand in rendering.demands]


def test_an_agent_of_every_node_wants_no_room(site: Site) -> None:
    """A quota that counted it would keep it off the next node."""
    rendering = one(
        site, lambda small: small.node_agent("web", image="valkey", resources=RESOURCES, probes=PROBES, ports=[HTTP])
    )

    assert ["DaemonSet"] == [made.body["kind"] for made in rendering.objects if "Set" in made.body["kind"]]
    assert rendering.demands == []


def test_an_image_is_taken_from_the_clusters_channel(site: Site) -> None:
    """By its name in the catalogue, through the cluster's registry."""
    rendering = one(
        site, lambda small: small.workload("web", image="litellm", resources=RESOURCES, probes=PROBES, ports=[HTTP])
    )

    (deployment,) = objects(rendering, "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert Small(site).image("litellm").reference(site.cluster.registry) == container["image"]


def test_a_chart_comes_with_the_pods_that_it_will_make(site: Site) -> None:
    """Pinned at the channel's version; each of its pods gets a policy."""
    rendering = one(site, lambda small: small.helm("cert-manager", {"a": 1}, skip_crds=True))

    (release,) = rendering.charts
    assert ("cert-manager", {"a": 1}, True) == (release.release, release.values, release.skip_crds)
    assert re.fullmatch(r"v?[0-9]+\.[0-9]+\.[0-9]+", release.version)
    assert [pods.name for pods in facts("cert-manager").pods] == [pods.name for pods in rendering.pods]


def test_what_a_chart_leaves_out_has_no_policy(site: Site) -> None:
    """Values switch some of its pods off."""
    switched_off = {"gfd": {"enabled": False}}

    names = [pods.name for pods in one(site, lambda small: small.helm("gpu-operator", switched_off)).pods]

    assert "nvidia-device-plugin-daemonset" in names
    assert "gpu-feature-discovery" not in names


def test_an_upstream_source_is_applied_at_a_tag(site: Site) -> None:
    """Never at a branch."""
    (source,) = one(site, lambda small: small.upstream("gateway-api", "config/crd/standard")).gits

    assert source.path == "config/crd/standard"
    assert re.fullmatch(r"v[0-9]+\.[0-9]+\.[0-9]+", source.version)


def test_alerts_stand_in_one_group(site: Site) -> None:
    """Of the component's name."""
    (rule,) = objects(one(site, lambda small: small.alerts({"alert": "Down"}, {"alert": "Slow"})), "PrometheusRule")

    assert [{"name": "small", "rules": [{"alert": "Down"}, {"alert": "Slow"}]}] == rule["spec"]["groups"]


# What may talk to what


def test_access_to_aws_brings_a_role_and_the_agents_address(site: Site) -> None:
    """The pods' ServiceAccount is the one that the association names."""
    rendering = one(site, runs("web"), lambda small: small.aws_access({"Effect": "Allow"}, by="web"))

    (role,), (association,) = objects(rendering, "Role"), objects(rendering, "PodIdentityAssociation")
    assert ("ai-data", "web") == (association["spec"]["namespace"], association["spec"]["serviceAccount"])
    assert role["metadata"]["name"] == association["spec"]["roleRef"]["from"]["name"]
    assert [(POD_IDENTITY_AGENT, 80)] == [(flow.target.cidr, flow.port) for flow in rendering.flows]


def test_a_route_opens_the_path_from_the_edge(site: Site) -> None:
    """To the pods behind each endpoint that its rules lead to, once each."""
    edge = Endpoint.of("edge", "ai-gateway", Port.http(8443))

    def steps(small: Component) -> None:
        runs("store")(small)
        small.route(
            "store.example.com", [Rule(path="/", backends=[(STORE, 1)]), Rule(path="/v2", backends=[(STORE, 1)])]
        )

    rendering, _ = rendered(Small(site, steps), Small(site, name="edge", serves=[edge]))

    (route,) = objects(rendering, "HTTPRoute")
    assert ("store", ["store.example.com"]) == (route["metadata"]["name"], route["spec"]["hostnames"])
    assert [(edge.pods, STORE.pods, 8080)] == [(flow.source, flow.target, flow.port) for flow in rendering.flows]


# Together


def test_shuffled_components_render_the_same(site: Site) -> None:
    """The order of construction cannot matter: endpoints are known before anything is rendered."""

    def make() -> list[Small]:
        client = Small(
            site,
            lambda small: (runs("web")(small), small.reach("store"), small.secret("tavily", "TAVILY_API_KEY")),
            name="client",
        )
        return [client, Small(site, runs("store"), name="server", serves=[STORE])]

    forwards, backwards = rendered(*make()), rendered(*reversed(make()))

    assert repr(forwards) == repr(backwards[::-1])


def test_a_component_sees_nothing_served_before_it_renders(site: Site) -> None:
    """What it computes from declarations alone cannot depend on others."""
    assert repr(Directory().namespaces) == repr(Small(site).directory.namespaces)
    assert "store" not in Small(site).directory
