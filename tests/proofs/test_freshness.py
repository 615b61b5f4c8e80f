"""generated/ is what the declarations say; every way in which it can differ is a finding of its own kind."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from groundwork.findings import Finding, Severity
from groundwork.proofs.freshness import check
from groundwork.tree.writer import write_folder

A = PurePosixPath("litellm/ai-gateway/Deployment.litellm.yaml")
B = PurePosixPath("litellm/ai-gateway/Service.litellm.yaml")
FILES = {A: b"# litellm\nkind: Deployment\nspec:\n  replicas: 2\n", B: b"# litellm\nkind: Service\n"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A tree of one cluster, fresh."""
    write_folder(tmp_path / "generated" / "dev", FILES)
    return tmp_path / "generated"


def only(findings: list[Finding]) -> Finding:
    """The one finding, which is always an error that says what to do."""
    (finding,) = findings
    assert Severity.ERROR == finding.severity
    assert "make synth" in finding.fix
    return finding


def test_a_fresh_tree_has_no_findings(root: Path) -> None:
    """Every file is there, none is too many, each is byte for byte the same."""
    assert [] == list(check(root, {"dev": FILES}))


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        (b"# litellm\nkind: Deployment\nspec:\n  replicas: 3\n", 4, "`replicas: 2`"),
        (b"# litellm\n# by hand\nkind: Deployment\nspec:\n  replicas: 2\n", 2, "`kind: Deployment`"),
        (b"# litellm\nkind: Deployment\n", 3, "`spec:`"),
        (b"", 1, "`# litellm`"),
        (FILES[A] + b"  paused: true\n", 5, "the end of the file"),
        (b"\xff\xfe", 1, "`# litellm`"),
    ],
)
def test_a_file_that_differs_shows_the_first_line_that_does(root: Path, content: bytes, line: int, says: str) -> None:
    """Whether it is stale or was edited by hand, a reader sees what should stand there."""
    (root / "dev" / A).write_bytes(content)

    finding = only(list(check(root, {"dev": FILES})))

    assert ("freshness/stale", f"generated/dev/{A}", line) == (finding.rule, finding.path, finding.line)
    assert finding.problem.endswith(says)


@pytest.mark.parametrize("content", [FILES[A].rstrip(b"\n"), FILES[A].replace(b"\n", b"\r\n"), FILES[A] + b"\n"])
def test_differences_that_do_not_show_are_found_too(root: Path, content: bytes) -> None:
    """A missing newline at the end, another kind of line ending, an empty line."""
    (root / "dev" / A).write_bytes(content)

    assert "freshness/stale" == only(list(check(root, {"dev": FILES}))).rule


def test_a_missing_file_is_found(root: Path) -> None:
    """What the declarations render has to be there."""
    (root / "dev" / B).unlink()

    finding = only(list(check(root, {"dev": FILES})))

    assert ("freshness/missing", f"generated/dev/{B}") == (finding.rule, finding.path)


def test_a_folder_in_the_place_of_a_file_is_no_file(root: Path) -> None:
    """The file that should stand there is missing."""
    (root / "dev" / B).unlink()
    (root / "dev" / B).mkdir()

    assert "freshness/missing" == only(list(check(root, {"dev": FILES}))).rule


@pytest.mark.parametrize(
    "path", ["litellm/ai-gateway/Secret.mine.yaml", "README.md", ".hidden", "litellm/a/b/c/d.yaml"]
)
def test_an_extra_file_is_found(root: Path, path: str) -> None:
    """Wherever it stands and whatever it is called: Argo CD would apply it, or a reader believe it."""
    (root / "dev" / path).parent.mkdir(parents=True, exist_ok=True)
    (root / "dev" / path).write_text("kind: Secret\n")

    finding = only(list(check(root, {"dev": FILES})))

    assert ("freshness/extra", f"generated/dev/{path}") == (finding.rule, finding.path)


def test_a_cluster_that_renders_nothing_holds_nothing(root: Path) -> None:
    """An empty folder is expected, which is not the same as none that is looked at."""
    findings = list(check(root, {"dev": {}}))

    assert ["freshness/extra"] * 2 == [one.rule for one in findings]


def test_a_renamed_file_is_missing_and_extra(root: Path) -> None:
    """In the order of their paths."""
    (root / "dev" / B).rename(root / "dev" / B.with_name("Service.old.yaml"))

    findings = list(check(root, {"dev": FILES}))

    assert ["freshness/missing", "freshness/extra"] == [one.rule for one in findings]


def test_a_cluster_that_was_never_rendered_misses_every_file(root: Path) -> None:
    """Its folder need not exist."""
    findings = list(check(root, {"dev": FILES, "prod": FILES}))

    assert [f"generated/prod/{A}", f"generated/prod/{B}"] == [one.path for one in findings]
    assert {"freshness/missing"} == {one.rule for one in findings}


def test_a_repository_without_a_tree_misses_every_file(tmp_path: Path) -> None:
    """A clone from which generated/ was deleted is told so, and not with a traceback."""
    findings = list(check(tmp_path / "generated", {"dev": FILES}))

    assert ["freshness/missing"] * 2 == [one.rule for one in findings]


@pytest.mark.parametrize("name", ["prod", "notes.md"])
def test_what_belongs_to_no_declared_cluster_is_extra(root: Path, name: str) -> None:
    """A cluster whose declaration was deleted would go on being synced."""
    if name == "prod":
        write_folder(root / name, FILES)
    else:
        (root / name).write_text("mine")

    finding = only(list(check(root, {"dev": FILES})))

    assert ("freshness/extra", f"generated/{name}") == (finding.rule, finding.path)


def test_a_check_of_some_clusters_leaves_the_others_alone(root: Path) -> None:
    """They were not rendered, so nothing can be said of them."""
    write_folder(root / "prod", FILES)

    assert [] == list(check(root, {"dev": FILES}, whole=False))


def test_a_folder_that_is_known_to_be_fresh_is_not_read(root: Path) -> None:
    """None stands for what the fingerprint has already vouched for; such a cluster is still a declared one."""
    (root / "dev" / A).write_bytes(b"not looked at")

    assert [] == list(check(root, {"dev": None}))


@pytest.mark.parametrize("left", [".staged-dev", ".replaced-dev"])
def test_an_interrupted_render_is_reported(root: Path, left: str) -> None:
    """Even where what stands there happens to be right."""
    (root / left).mkdir()

    finding = only(list(check(root, {"dev": FILES})))

    assert ("freshness/interrupted", "generated/dev") == (finding.rule, finding.path)
