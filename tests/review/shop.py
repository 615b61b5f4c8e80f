"""A small tree that tests spoil: the Service of a shop, its namespace and its cluster."""

from __future__ import annotations

from pathlib import Path

from groundwork.findings import Finding, Severity, Subject

SERVICE = "dev/web/shop/Service.web.yaml"
FILES = {
    "dev/bootstrap/_cluster/ClusterConfig.eksctl.dev.yaml": """\
apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: dev, region: us-east-1, version: "1.35"}
""",
    "dev/web/_cluster/Namespace.shop.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n",
    SERVICE: """\
# web, from clusters/dev.yaml
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
spec:
  selector: {app: web}
  ports:
  - name: http
    port: 80
""",
}


def write(folder: Path, path: str, text: str) -> Path:
    """Put a file into a folder."""
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def found(
    rule: str = "schema/range",
    *,
    cluster: str = "dev",
    path: str | None = f"generated/{SERVICE}",
    pointer: tuple[str | int, ...] = ("spec", "ports", 0, "port"),
    problem: str = "port is 99999; it must be at most 65535",
    severity: Severity = Severity.ERROR,
    fix: str = "Use a value at most 65535.",
    counterexample: str | None = None,
    subject: Subject | None = None,
) -> Finding:
    """A finding about the Service."""
    return Finding(
        rule=rule,
        severity=severity,
        subject=subject or Subject(cluster=cluster, kind="Service", name="web", namespace="shop"),
        path=path,
        pointer=pointer,
        problem=problem,
        why="The API server refuses the object.",
        fix=fix,
        counterexample=counterexample,
    )
