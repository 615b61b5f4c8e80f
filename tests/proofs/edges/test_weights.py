"""Weights: nobody waits for what nobody imports."""

from __future__ import annotations

from typing import Any

import pytest

SERVER = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: small, namespace: shop}
spec:
  template:
    metadata: {labels: {app: small}}
    spec:
      initContainers:
        - name: weights
          image: example.com/s5cmd:1
          command: [python, -m, weights]
          args: [copy, s3://models/small/abc/, /models/small]
      containers: [{name: vllm, image: vllm}]
"""

RAY = """
apiVersion: ray.io/v1
kind: RayService
metadata: {name: small, namespace: shop}
spec:
  rayClusterConfig:
    workerGroupSpecs:
      - groupName: small
        template:
          spec:
            initContainers:
              - {name: weights, command: [python, -m, weights], args: [copy, "s3://models/small/abc/", /models/small]}
"""

GATE = """
apiVersion: batch/v1
kind: Job
metadata: {name: gate, namespace: shop}
spec:
  template:
    spec:
      containers:
        - name: gate
          image: example.com/s5cmd:1
          command: [python, -m, weights]
          args: [await, s3://models/small/abc/, --within=600]
"""

IMPORT = """
---
apiVersion: batch/v1
kind: Job
metadata: {name: import-small-1, namespace: shop}
spec:
  template:
    spec:
      containers:
        - {name: import, image: "example.com/model-import:1", args: [acme/small@abc, "s3://models/small/abc/"]}
"""


@pytest.mark.parametrize("reader", [SERVER, RAY, GATE])
def test_what_is_copied_or_waited_for_is_imported(follow: Any, reader: str) -> None:
    """The same folder, by model and revision."""
    followed = follow(reader + IMPORT)

    assert followed.held["weights <- import"] == 1
    assert "weights-not-imported" not in followed.problems


@pytest.mark.parametrize("reader", [SERVER, RAY, GATE])
def test_what_nobody_imports_is_found(follow: Any, reader: str) -> None:
    """Another revision, or an import that is not there at all."""
    (near,) = follow(reader + IMPORT.replace("small/abc/", "small/abd/")).problems["weights-not-imported"]
    (alone,) = follow(reader).problems["weights-not-imported"]

    assert "nothing imports s3://models/small/abc/" in near
    assert "did you mean `s3://models/small/abd`?" in near
    assert alone == "nothing imports s3://models/small/abc/"


def test_other_uses_of_s3_are_not_weights(follow: Any) -> None:
    """A backup writes to a bucket of its own."""
    backup = GATE.replace("command: [python, -m, weights]", "command: [/s5cmd]").replace("await", "cp")

    assert follow(backup).held["weights <- import"] == 0
    assert "weights-not-imported" not in follow(backup).problems
