"""A tree is read whatever its files hold: each broken file is one finding, and the others are still there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from groundwork.findings import Finding, Severity
from groundwork.tree.reader import Tree, read_tree

GOOD = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  namespace: ai-data\n"
HOME = "dev/valkey/ai-data"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A tree of one cluster with one good object."""
    folder = tmp_path / "generated"
    write(folder, f"{HOME}/ConfigMap.good.yaml", GOOD.format(name="good"))
    return folder


def write(root: Path, path: str, content: str | bytes) -> None:
    """Put a file into a tree."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())


def names(tree: Tree) -> list[str]:
    """What was read, in order."""
    return [one.name for one in tree]


def only(tree: Tree) -> Finding:
    """The one finding."""
    (finding,) = tree.findings
    return finding


def test_objects_are_read_with_their_place(root: Path) -> None:
    """Cluster and component come from the path, the identity from the file."""
    tree = read_tree(root)

    (one,) = tree
    assert ("dev", "valkey", "ai-data", "good") == (one.cluster, one.component, one.namespace, one.name)
    assert "generated/dev/valkey/ai-data/ConfigMap.good.yaml" == str(one.path)
    assert [] == tree.findings


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"kind: [\n", "not YAML"),
        (b"a: 1\n\tb: 2\n", "not YAML"),
        (b"kind: *nowhere\n", "not YAML"),
        (b"kind: A\nkind: B\n", "the key 'kind' stands twice"),
        (b"a: !!python/object/apply:os.getcwd []\n", "the tag !!python/object/apply:os.getcwd has no meaning"),
        (b"\xff\xfe\x00", "not UTF-8: byte 0 is 0xff"),
        ("kind: é".encode("latin-1"), "not UTF-8: byte 6 is 0xe9"),
        (b"kind: \x00", "not YAML"),
        (b"", "holds 0 documents"),
        (b"# nothing but a comment\n", "holds 0 documents"),
        (b"a: 1\n---\nb: 2\n", "holds 2 documents"),
        (b"- apiVersion: v1\n", "holds something else"),
        (b"just words\n", "holds something else"),
        (b"null\n", "holds something else"),
        (b"apiVersion: v1\nmetadata: {name: a}\n", "`kind` is missing"),
        (b"kind: A\nmetadata: {name: a}\n", "`apiVersion` is missing"),
        (b"apiVersion: 1\nkind: A\nmetadata: {name: a}\n", "`apiVersion` is missing or not a string"),
        (b"apiVersion: v1\nkind: [A]\nmetadata: {name: a}\n", "`kind` is missing or not a string"),
        (b"apiVersion: v1\nkind: A\n", "`metadata.name` is missing"),
        (b"apiVersion: v1\nkind: A\nmetadata: [name]\n", "`metadata.name` is missing"),
        (b"apiVersion: v1\nkind: A\nmetadata: {name: a, namespace: 3}\n", "`metadata.namespace` is not a string"),
        (b"apiVersion: v1\nkind: A\nmetadata: {name: 12}\n", "`metadata.name` is missing or not a string"),
        (b"apiVersion: v1\nkind: A\nmetadata: {name: 1e3}\n", "`metadata.name` is missing or not a string"),
        (b"apiVersion: v1\nkind: A\nmetadata: {name: a, labels: [b]}\n", "`metadata.labels` is not a mapping"),
        (b"apiVersion: v1\nkind: A\nmetadata: {name: a, annotations: b}\n", "`metadata.annotations` is not a mapping"),
        (b"apiVersion: v1\nkind: A\nmetadata: {name: a, [b]: c}\n", "a key is a mapping or a list, not text"),
        (b"apiVersion: v1\nkind: A\nmetadata: {name: a}\nspec: .nan\n", "not a manifest: JSON has no number .nan"),
        (b"size: " + b"9" * 5000 + b"\n", "`apiVersion` is missing"),
    ],
)
def test_a_broken_file_is_a_finding_and_the_others_are_read(root: Path, content: bytes, problem: str) -> None:
    """Nothing is raised for what a file holds."""
    write(root, f"{HOME}/ConfigMap.broken.yaml", content)

    tree = read_tree(root)

    assert ["good"] == names(tree)
    assert ("tree/unreadable", Severity.ERROR) == (only(tree).rule, only(tree).severity)
    assert "generated/dev/valkey/ai-data/ConfigMap.broken.yaml" == only(tree).path
    assert problem in only(tree).problem
    assert "make synth" in only(tree).fix


def test_broken_yaml_has_a_line_and_a_column(root: Path) -> None:
    """An editor can jump to it."""
    write(root, f"{HOME}/ConfigMap.broken.yaml", "kind: A\nname: 'open\n")

    finding = only(read_tree(root))

    assert finding.line is not None
    assert finding.line >= 2
    assert finding.column is not None


# On the others: the manifest is handed on, and the first check that walks it ends in a RecursionError.
@pytest.mark.parametrize(
    "bomb",
    [
        pytest.param("spec: " + "[" * 30_000 + "]" * 30_000, id="deep lists"),
        pytest.param("spec: " + "{a: " * 2_000 + "}" * 2_000, id="deep mappings"),
        pytest.param("\n".join(" " * depth + "a:" for depth in range(1500)), id="deep blocks"),
        pytest.param("spec: &a {again: *a}", id="a mapping that holds itself"),
        pytest.param(
            "a0: &a0 [ha]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 40)),
            id="a thousand laughs",
        ),
    ],
)
def test_a_nested_bomb_is_a_finding_like_any_other(root: Path, bomb: str) -> None:
    """Read in a process of its own, because a stack that overflows takes everything with it."""
    write(root, f"{HOME}/ConfigMap.bomb.yaml", GOOD.format(name="bomb") + bomb + "\n")
    code = (
        "import sys; from pathlib import Path; from groundwork.tree.reader import read_tree\n"
        "tree = read_tree(Path(sys.argv[1])); print([one.name for one in tree], [one.rule for one in tree.findings])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, str(root)], capture_output=True, text=True, timeout=60, check=False
    )

    assert "['good'] ['tree/unreadable']\n" == done.stdout


def test_the_api_servers_null_is_no_namespace(root: Path) -> None:
    """An empty value is dropped before anything is validated."""
    write(
        root,
        "dev/valkey/_cluster/Namespace.a.yaml",
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: a, namespace: }\n",
    )

    assert [] == read_tree(root).findings


@pytest.mark.parametrize(
    ("path", "content", "belongs"),
    [
        (f"{HOME}/ConfigMap.other.yaml", GOOD.format(name="moved"), f"{HOME}/ConfigMap.moved.yaml"),
        ("dev/valkey/ai-gateway/ConfigMap.moved.yaml", GOOD.format(name="moved"), f"{HOME}/ConfigMap.moved.yaml"),
        ("dev/ConfigMap.moved.yaml", GOOD.format(name="moved"), "ai-data/ConfigMap.moved.yaml"),
        (
            f"{HOME}/Namespace.a.yaml",
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n",
            "dev/valkey/_cluster/Namespace.a.yaml",
        ),
    ],
)
def test_an_object_at_a_path_that_is_not_its_own_is_said(root: Path, path: str, content: str, belongs: str) -> None:
    """It is read all the same, because Argo CD would sync it."""
    write(root, path, content)

    tree = read_tree(root)

    assert 2 == len(tree)
    assert "tree/misplaced" == only(tree).rule
    assert only(tree).problem.endswith(belongs)
    assert f"generated/{path}" == only(tree).path


def test_an_object_that_two_components_render_is_said_once(root: Path) -> None:
    """The finding stands at the second file and names the first."""
    write(root, "dev/zookeeper/ai-data/ConfigMap.good.yaml", GOOD.format(name="good"))

    tree = read_tree(root)

    assert ["good", "good"] == names(tree)
    assert ("tree/duplicate", "generated/dev/zookeeper/ai-data/ConfigMap.good.yaml") == (
        only(tree).rule,
        only(tree).path,
    )
    assert "generated/dev/valkey/ai-data/ConfigMap.good.yaml" in only(tree).problem


def test_the_same_object_in_two_clusters_is_no_duplicate(root: Path) -> None:
    """An identity holds within one cluster."""
    write(root, "prod/valkey/ai-data/ConfigMap.good.yaml", GOOD.format(name="good"))

    tree = read_tree(root)

    assert [] == tree.findings
    assert ["dev", "prod"] == tree.clusters


def test_two_versions_of_one_object_are_a_duplicate(root: Path) -> None:
    """The API server keeps one of them."""
    pod = "apiVersion: {version}\nkind: NodePool\nmetadata: {{name: gpu}}\n"
    write(root, "dev/a/_cluster/NodePool.karpenter.gpu.yaml", pod.format(version="karpenter.sh/v1"))
    write(root, "dev/b/_cluster/NodePool.karpenter.gpu.yaml", pod.format(version="karpenter.sh/v1beta1"))

    assert "tree/duplicate" == only(read_tree(root)).rule


def test_all_problems_of_a_tree_are_found_in_one_run(root: Path) -> None:
    """Three broken files are three findings."""
    for number in range(3):
        write(root, f"{HOME}/ConfigMap.broken{number}.yaml", "kind: [")

    tree = read_tree(root)

    assert ["good"] == names(tree)
    assert [f"generated/{HOME}/ConfigMap.broken{number}.yaml" for number in range(3)] == [
        one.path for one in tree.findings
    ]


def test_a_file_larger_than_any_object_is_not_read(root: Path) -> None:
    """It costs nothing, and is said."""
    write(root, f"{HOME}/ConfigMap.big.yaml", GOOD.format(name="big") + "#" * (4 * 2**20))

    tree = read_tree(root)

    assert ["good"] == names(tree)
    assert ("tree/too-large", "the file holds 4.0 MiB") == (only(tree).rule, only(tree).problem)


@pytest.mark.parametrize(("name", "said"), [("extra.json", True), ("Service.a.yml", True), ("notes.md", False)])
def test_what_argo_cd_applies_and_nobody_reads_is_said(root: Path, name: str, said: bool) -> None:  # noqa: FBT001
    """Other files do nothing, and bootstrap/ is not synced."""
    write(root, f"{HOME}/{name}", "{}")
    write(root, f"dev/bootstrap/{name}", "{}")

    assert said == (["tree/unread"] == [one.rule for one in read_tree(root).findings])


def test_only_the_asked_clusters_are_read(root: Path) -> None:
    """A check of one cluster does not pay for the others."""
    write(root, "prod/valkey/ai-data/ConfigMap.broken.yaml", "kind: [")

    assert [] == read_tree(root, ["dev"]).findings
    assert ["dev"] == read_tree(root, ["dev"]).clusters


def test_a_half_written_folder_is_not_a_cluster(root: Path) -> None:
    """What an interrupted write left beside the clusters is not part of the tree."""
    write(root, ".staged-dev/valkey/ai-data/ConfigMap.good.yaml", GOOD.format(name="good"))

    assert ["dev"] == read_tree(root).clusters


def test_objects_are_found_by_identity_and_by_kind(root: Path) -> None:
    """An index serves all checks; the group tells kinds of one name apart."""
    for group, version in (("", "v1"), ("serving.knative.dev", "serving.knative.dev/v1")):
        file = "Service.web.yaml" if not group else "Service.serving.web.yaml"
        write(
            root,
            f"{HOME}/{file}",
            f"apiVersion: {version}\nkind: Service\nmetadata: {{name: web, namespace: ai-data}}\n",
        )
    tree = read_tree(root)

    found = tree.find("dev", "Service", "web", namespace="ai-data", group="serving.knative.dev")

    assert found is not None
    assert "serving.knative.dev/v1" == found.api_version
    assert tree.find("dev", "Service", "web") is None
    assert tree.find("prod", "Service", "web", namespace="ai-data") is None
    assert 2 == len(tree.of_kind("dev", "Service"))
    assert ["v1"] == [one.api_version for one in tree.of_kind("dev", "Service", group="")]
