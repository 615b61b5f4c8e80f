"""A finding is a value that says what is wrong and where."""

from __future__ import annotations

import pytest

from groundwork.findings import Finding, Severity, Subject


def finding(*, path: str | None = None, line: int | None = None, column: int | None = None) -> Finding:
    """A finding at a place."""
    return Finding(
        rule="tree/unreadable",
        severity=Severity.ERROR,
        problem="not YAML",
        why="Nothing is synced.",
        fix="Run `make synth`.",
        path=path,
        line=line,
        column=column,
    )


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (finding(), "not YAML"),
        (finding(path="a.yaml"), "a.yaml: not YAML"),
        (finding(path="a.yaml", line=3), "a.yaml:3: not YAML"),
        (finding(path="a.yaml", line=3, column=7), "a.yaml:3:7: not YAML"),
    ],
)
def test_a_finding_prints_the_place_that_editors_jump_to(one: Finding, text: str) -> None:
    """As much of path:line:column as is known."""
    assert text == str(one)


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        (Subject(cluster="dev", kind="Namespace", name="ai-data"), "dev: Namespace ai-data"),
        (Subject(cluster="dev", kind="Service", name="web", namespace="edge"), "dev: Service edge/web"),
        (Subject(cluster="dev", kind="NodePool", name="gpu", group="karpenter.sh"), "dev: NodePool.karpenter.sh gpu"),
    ],
)
def test_a_subject_prints_like_kubectl_would_name_it(subject: Subject, text: str) -> None:
    """Cluster, kind with its group, and the namespace where there is one."""
    assert text == str(subject)


def test_findings_are_values() -> None:
    """Two checks that find the same thing say it once, and subjects can be sorted for printing."""
    subjects = {Subject(cluster="b", kind="A", name="x"), Subject(cluster="a", kind="A", name="x")}

    assert 1 == len({finding(path="a.yaml"), finding(path="a.yaml")})
    assert ["a", "b"] == [one.cluster for one in sorted(subjects)]


def test_what_is_not_known_is_none_of_the_other_severities() -> None:
    """A check that could not decide never passes for fine."""
    assert {"error", "warning", "undecided"} == {str(one) for one in Severity}
