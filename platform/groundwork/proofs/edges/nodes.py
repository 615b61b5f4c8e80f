"""Nodes: the class of a pool's machines, and the workloads' way to a pool."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from groundwork.findings import Rule
from groundwork.proofs.apiserver.faults import did_you_mean
from groundwork.proofs.edges.edge import Edge, edges_of, held, missing
from groundwork.proofs.fields import Pointer, entries, mapping, text, texts
from groundwork.proofs.world import World, pod_specs
from groundwork.tree.manifest import Manifest

RULES = (
    NO_NODE_CLASS := Rule(
        id="references/missing-node-class",
        title="A NodePool's class of nodes exists",
        why="Karpenter marks the pool NotReady and starts no machine for it; its pods stay Pending.",
        fix="Correct group, kind and name: EC2NodeClass for self-managed Karpenter, NodeClass on Auto Mode.",
        explanation="Auto Mode brings one NodeClass of its own, `default`. Nothing of nodeClassRef can be changed later.",
    ),
    NO_NODE_LABEL := Rule(
        id="references/missing-node-label",
        title="A node label that pods ask for is one that a pool gives",
        why="No node ever carries it, so the pods stay Pending and Karpenter says that no pool is compatible.",
        fix="Use a label of a NodePool's template or requirements.",
        explanation="""\
The failure that hurts GPU users most: a pool or a label is renamed, and the pods that select it wait for ever. Labels of our own
come from NodePools; well-known ones (architecture, zone, instance type) are on every node.""",
    ),
    OTHER_CLUSTERS_NODES := Rule(
        id="references/other-clusters-nodes",
        title="A class of nodes looks for the subnets, groups and role of its own cluster",
        why="No subnet matches and no node starts; or nodes start in another cluster's network.",
        fix="Take the tags and the role from the site.",
        explanation="Selector terms find subnets and security groups by tags; eksctl and EKS tag them with the cluster's name.",
    ),
)

# Labels that every node carries, whatever pool it is of; and the values of those that have few.
_FEW = {"kubernetes.io/arch": {"amd64", "arm64"}, "kubernetes.io/os": {"linux"}}
_EVERY_NODE = ("kubernetes.io/", "node.kubernetes.io/", "topology.kubernetes.io/")
# The dialect of whoever starts the nodes: EKS Auto Mode's own Karpenter has labels of another prefix.
_AUTO_MODE, _SELF_MANAGED = "eks.amazonaws.com/", "karpenter.k8s.aws/"
_NAMED_TAGS = ("alpha.eksctl.io/cluster-name", "aws:eks:cluster-name", "karpenter.sh/discovery")


@edges_of("NodePool", "karpenter.sh")
def node_pool(one: Manifest, world: World) -> Iterator[Edge]:
    """Which machines it starts."""
    pointer = ("spec", "template", "spec", "nodeClassRef")
    reference = mapping(one.body, *pointer)
    kind, name, group = text(reference, "kind"), text(reference, "name"), text(reference, "group")
    builtin = (group, kind, name) == ("eks.amazonaws.com", "NodeClass", "default")
    if builtin or world.find(kind, name, group=group):
        yield held("NodePool -> node class", (*pointer, "name"))
    else:
        near = did_you_mean(name, (other.name for other in world.objects(kind, group)))
        problem = f"there is no {kind}.{group} '{name}'{near}"
        yield missing("NodePool -> node class", (*pointer, "name"), NO_NODE_CLASS, problem)


@edges_of("NodeClass", "eks.amazonaws.com")
@edges_of("EC2NodeClass", "karpenter.k8s.aws")
def node_class(one: Manifest, world: World) -> Iterator[Edge]:
    """The network that its nodes join."""
    configs = world.objects("ClusterConfig", "eksctl.io")
    name = text(configs[0].body, "metadata", "name") if configs else world.cluster
    for terms in ("subnetSelectorTerms", "securityGroupSelectorTerms"):
        for place, term in entries(one.body, "spec", terms):
            for tag in _NAMED_TAGS:
                value = text(term, "tags", tag)
                pointer = (*place, "tags", tag)
                if value == name:
                    yield held("node class -> cluster's network", pointer)
                elif value:
                    problem = f"the nodes look for the network of '{value}', not of '{name}'"
                    yield missing("node class -> cluster's network", pointer, OTHER_CLUSTERS_NODES, problem)


@edges_of("*")
def node_selector(one: Manifest, world: World) -> Iterator[Edge]:
    """The labels of nodes that a workload's pods ask for."""
    for at, spec in pod_specs(one):
        for key, value in mapping(spec, "nodeSelector").items():
            yield _node_label("pods -> node label", (*at, "nodeSelector", key), str(key), value, world)


@edges_of("ResourceFlavor", "kueue.x-k8s.io")
def resource_flavor(one: Manifest, world: World) -> Iterator[Edge]:
    """The labels of nodes that Kueue sends jobs to."""
    for key, value in mapping(one.body, "spec", "nodeLabels").items():
        yield _node_label("ResourceFlavor -> node label", ("spec", "nodeLabels", key), str(key), value, world)


def _node_label(edge: str, pointer: Pointer, key: str, value: object, world: World) -> Edge:
    well_known = key.startswith((*_EVERY_NODE, _dialect(world))) and value in _FEW.get(key, {value})
    if well_known or value in _given(world).get(key, ()):
        return held(edge, pointer)
    known = [f"{name}={each}" for name, values in _given(world).items() for each in values]
    problem = f"no NodePool gives its nodes {key}={value}{did_you_mean(f'{key}={value}', known)}"
    return missing(edge, pointer, NO_NODE_LABEL, problem)


def _dialect(world: World) -> str:
    configs = world.objects("ClusterConfig", "eksctl.io")
    return _AUTO_MODE if any(mapping(one.body, "autoModeConfig") for one in configs) else _SELF_MANAGED


def _given(world: World) -> Mapping[str, set[str]]:
    """The labels that NodePools give, with their possible values."""
    if "node labels" not in world.notes:
        found: dict[str, set[str]] = defaultdict(set)
        for pool in world.objects("NodePool", "karpenter.sh"):
            for key, value in mapping(pool.body, "spec", "template", "metadata", "labels").items():
                found[key].add(str(value))
            for _, requirement in entries(pool.body, "spec", "template", "spec", "requirements"):
                found[text(requirement, "key")] |= {value for _, value in texts(requirement, "values")}
        world.notes["node labels"] = found
    known: Mapping[str, set[str]] = world.notes["node labels"]
    return known
