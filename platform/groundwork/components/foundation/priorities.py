"""Priority classes: who gives way when a cluster is full."""

from __future__ import annotations

from groundwork.kube.component import Component
from groundwork.kube.stage import Stage

# Value and meaning. Kubernetes keeps everything from a thousand million upwards for itself.
_CLASSES = {
    "platform": (1_000_000, "Gateways, databases, operators: without them nothing is served."),
    "serving": (500_000, "Model servers. They cost minutes to load, so batch work gives way to them."),
    "batch": (1_000, "Pipelines and jobs: they wait, and run again when they were pushed out."),
}


class Priorities(Component):
    """PriorityClasses. None is the default: a pod that names none has priority 0 and gives way to all of these."""

    stage = Stage.FOUNDATION
    namespace = "kube-system"

    def render(self) -> None:
        for name, (value, description) in _CLASSES.items():
            self.cluster_object(
                "scheduling.k8s.io/v1",
                "PriorityClass",
                name,
                value=value,
                description=description,
                globalDefault=False,
                preemptionPolicy="Never" if name == "batch" else "PreemptLowerPriority",
            )
