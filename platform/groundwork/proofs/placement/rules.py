"""What placement demands."""

from __future__ import annotations

from groundwork.findings import Rule, Severity

__all__ = [
    "ABSENT_DAEMON",
    "LIMIT",
    "NO_MACHINE",
    "NO_POOL",
    "RULES",
    "UNDECIDED",
    "UNKNOWN_VALUE",
    "UNTOLERATED_TAINT",
    "UNUSED_POOL",
]

RULES = (
    NO_POOL := Rule(
        id="placement/no-pool",
        title="A pod has a pool that takes it, with a machine that is large enough",
        why="The pod stays Pending: no node will do, and Karpenter buys none.",
        fix="Change what the pod asks for, or what a pool offers.",
        explanation="""\
Every pod that the tree makes, directly or by a chart or an operator, is put before every pool as Karpenter would do it: taints,
labels and affinity, zones, what it wants of other pods, limits, and at last the instance types of the region with what the
kubelet and DaemonSets leave of them. The problem is told in the words that Karpenter logs, the nearest miss first.
`groundwork placement --why NAME` tells all of them.

Bad:    nvidia.com/gpu: 16, where the largest machine of the pool has 8
Good:   nvidia.com/gpu: 8""",
    ),
    NO_MACHINE := Rule(
        id="placement/no-machine",
        title="Some instance type of the region meets all requirements of a pool",
        why="Karpenter skips the pool, and its pods stay Pending.",
        fix="Loosen the requirement that leaves nothing.",
        explanation="""\
Requirements of a NodePool are tried on the instance types that the catalogue knows, as far as they are sold in the cluster's region:
their labels (`instance-family`, `instance-gpu-name`, ...), zones, and whether they are sold on demand or only as a reservation.""",
    ),
    UNKNOWN_VALUE := Rule(
        id="placement/unknown-value",
        title="A pool's requirements name values that some instance type has",
        why="The value adds nothing to what the pool may buy: probably it is misspelt.",
        fix="Correct the value, or take it out.",
        severity=Severity.WARNING,
        explanation="A family is spelt like the part of a type's name before the dot: p6-b200, not p6.",
    ),
    LIMIT := Rule(
        id="placement/limit",
        title="A pool's limits allow the machines that its pods need",
        why="Karpenter buys nothing that would exceed a limit, so the pods stay Pending.",
        fix="Raise the limit.",
        explanation="""\
A limit counts a machine's whole capacity, not what pods ask for: a pool with a limit of 2 GPUs buys no machine with 4. Of a managed
node group the limit is the number of its machines, since nothing adds any.""",
    ),
    UNUSED_POOL := Rule(
        id="placement/unused-pool",
        title="A pool is of use to some pod or queue",
        why="Nothing ever runs there: probably a label or a taint was renamed on one side only.",
        fix="Take the pool out, or correct its labels and taints.",
        severity=Severity.WARNING,
        explanation="A pool for jobs that come later is of use where a ResourceFlavor of Kueue leads to it.",
    ),
    UNTOLERATED_TAINT := Rule(
        id="placement/untolerated-taint",
        title="A pool's taint is tolerated by some pod or queue",
        why="It keeps everything away, and the pool stays empty.",
        fix="Give the pods that are meant for it a toleration, or correct the taint.",
        severity=Severity.WARNING,
        explanation="DaemonSets do not count: they go where other pods are.",
    ),
    ABSENT_DAEMON := Rule(
        id="placement/absent-daemon",
        title="A DaemonSet runs on all the machines that its labels choose",
        why="What it does for a node (a driver, metrics, logs) is missing there, and nobody is told.",
        fix="Let it tolerate the pool's taints, or choose other nodes.",
        severity=Severity.WARNING,
        explanation="""\
Kubernetes makes no pod of a DaemonSet for a node whose taints it does not tolerate; it says nothing about that. Only DaemonSets that
choose nodes by a label or by affinity are judged: what chooses none may well leave tainted nodes alone.""",
    ),
    UNDECIDED := Rule(
        id="placement/undecided",
        title="The tree says where a cluster stands and what its nodes are",
        why="Without it nobody can tell which machines can be bought.",
        fix="Keep eksctl's ClusterConfig, with a region that the catalogue knows, in the cluster's bootstrap/ folder.",
        severity=Severity.UNDECIDED,
        explanation="Said once per cluster; nothing of its placement is judged then.",
    ),
)
