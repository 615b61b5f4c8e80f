"""What is given to cdk8s is what cdk8s would write itself, so that the tree may be written from what was given."""

from __future__ import annotations

import json
from typing import Any

import cdk8s
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwork.components.bringup import COMPONENTS
from groundwork.fleet.site import Site
from groundwork.kube import network, quotas, synthesis
from groundwork.kube.component import Component
from groundwork.kube.pods import Replicas, Storage
from groundwork.kube.ports import Port
from groundwork.render.cluster import carried, directory_of
from tests.kube.small import Small, runs

CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "ai-data"}}


def written(*bodies: dict[str, Any]) -> list[Any]:
    """What cdk8s makes of these objects, in the order in which they were given."""
    chart = cdk8s.Chart(cdk8s.App(), "chart")
    for body in bodies:
        synthesis.add(chart, body)
    return in_order(chart)


def in_order(chart: cdk8s.Chart) -> list[Any]:
    """All objects of a chart, as cdk8s writes them; it sorts them by their dependencies, of which there are none."""
    return list(chart.to_json())


def canonical(bodies: list[Any]) -> list[str]:
    """Texts in one order; the order of keys means nothing."""
    return sorted(json.dumps(body, sort_keys=True) for body in bodies)


def everything(small: Component) -> None:
    """Steps that make an object of every kind that this layer knows, with values that are easy to lose on the way."""
    runs(
        "web", ports=[Port.http(8080, metrics="/metrics")], replicas=Replicas(at_least=2), config={"a.yaml": "a: 'é'\n"}
    )(small)
    runs(
        "store",
        storage=[Storage(name="data", mount="/data", size="1Gi")],
        env={"KEY": small.secret("tavily", "TAVILY_API_KEY")},
    )(small)
    small.aws_access({"Effect": "Allow", "Action": ["s3:*"], "Resource": "*"}, by="web")
    small.alerts({"alert": "Down", "expr": "up == 0", "for": "5m"})
    small.object("networking.k8s.io/v1", "NetworkPolicy", "deny", spec=network.default_deny("x")["spec"])
    small.cluster_object("rbac.authorization.k8s.io/v1", "ClusterRole", "system:reader", rules=[])


def test_a_small_component_is_written_as_cdk8s_would_write_it(site: Site) -> None:
    """Every object of it, value by value."""
    app = cdk8s.App()
    small = Small(site, everything)

    given_to = small.synthesize(app, small.directory)

    bodies = [made.body for made in given_to.objects]
    assert canonical(bodies) == canonical(in_order(small.scope))
    assert len(bodies) >= 15


def test_a_whole_cluster_is_written_as_cdk8s_would_write_it(karpenter: Site) -> None:
    """Every object of every component of the reference cluster, and what is compiled from all of them."""
    components = carried(karpenter, COMPONENTS)
    directory, app = directory_of(components), cdk8s.App()
    renderings = [component.synthesize(app, directory) for component in components]
    compiled = [*quotas.objects(karpenter, renderings)]
    compiled += [made for several in network.policies(karpenter, renderings).values() for made in several]

    differing = [
        (component.name, one)
        for component, rendering in zip(components, renderings, strict=True)
        for one in set(canonical([made.body for made in rendering.objects])) ^ set(canonical(in_order(component.scope)))
    ]

    assert [] == differing
    assert canonical([made.body for made in compiled]) == canonical(written(*(made.body for made in compiled)))


KEYS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8).filter(
    lambda key: not key.startswith("$")
)
# Numbers that JavaScript knows exactly; null stands in no manifest of ours.
VALUES = st.recursive(
    st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(-1e6, 1e6).map(lambda x: round(x, 3))
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=40, deadline=None)
@given(spec=st.dictionaries(KEYS, VALUES, max_size=4))
def test_values_survive_the_way_to_node_and_back(spec: dict[str, Any]) -> None:
    """Empty lists and mappings, numbers and any text: nothing is dropped and nothing changes its type."""
    body = CONFIG_MAP | {"spec": spec}

    assert [body] == written(body)


def test_objects_of_one_name_do_not_clash() -> None:
    """What makes an object the same is group, kind, namespace and name; cdk8s' own names are made of all four."""
    bodies = [
        CONFIG_MAP,
        CONFIG_MAP | {"kind": "Secret"},
        CONFIG_MAP | {"metadata": {"name": "a", "namespace": "ai-agents"}},
        CONFIG_MAP | {"metadata": {"name": "a"}},
        CONFIG_MAP | {"apiVersion": "example.com/v1"},
    ]

    assert canonical(bodies) == canonical(written(*bodies))


def test_an_object_that_is_made_twice_is_refused() -> None:
    """One of the two would be dropped."""
    with pytest.raises(Exception, match="already a Construct with name"):
        written(CONFIG_MAP, CONFIG_MAP)


def test_names_stay_what_they_were_called() -> None:
    """cdk8s would make one up from the construct's path."""
    (body,) = written(CONFIG_MAP)

    assert CONFIG_MAP["metadata"] == body["metadata"]
