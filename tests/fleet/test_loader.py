"""Loading as a whole: all or a list of problems, fast, and never anything else."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundwork.findings import Finding, Severity
from groundwork.fleet.loader import FleetError, load
from tests.fleet.repository import CLUSTER, FILES, MODEL, Repository

ROOT = Path(__file__).parents[2]
DECLARATIONS = sorted(path for path in FILES if path.endswith(".yaml"))


def test_a_valid_repository_loads(repository: Repository) -> None:
    """Every file is there, under its name."""
    fleet = repository.load()

    assert sorted(fleet.clusters) == ["dev", "prod"]
    assert sorted(fleet.models) == ["large", "small"]
    assert sorted(fleet.agents) == ["research", "support"]
    assert sorted(fleet.tools) == ["web-search"]
    assert sorted(fleet.tenants) == ["team-a"]
    assert sorted(fleet.pipelines) == ["evaluation"]
    assert fleet.organisation.name == "acme"
    assert "us-east-1" in fleet.regions
    assert sorted(fleet.images) == ["evaluation", "web-search"]


def test_the_real_fleet_loads_and_resolves() -> None:
    """The one that this repository declares."""
    fleet = load(ROOT)

    assert fleet.clusters
    for name in fleet.clusters:
        assert fleet.site(name).name == name


def test_problems_are_sorted_and_complete(repository: Repository) -> None:
    """By file, line and column; each an error with a reason and a way out; str() is what people read."""
    repository.edit(CLUSTER, "nodes: auto", "nodes: atuo")
    repository.edit(CLUSTER, "channel: stable", "channel: beta")
    repository.edit(MODEL, "context: 32768", "context: long")

    with pytest.raises(FleetError) as caught:
        repository.load()
    findings = caught.value.findings
    assert [(one.path, one.line, one.column) for one in findings] == [
        (MODEL, 15, 10),
        (CLUSTER, 6, 8),
        (CLUSTER, 19, 10),
    ]
    assert [one.pointer for one in findings] == [("context",), ("nodes",), ("channel",)]
    assert {one.severity for one in findings} == {Severity.ERROR}
    assert {one.rule for one in findings} == {"declaration/invalid"}
    assert all(one.why and one.fix for one in findings)
    assert str(caught.value).splitlines() == [str(one) for one in findings]


def test_rules_tell_kinds_of_problems_apart(repository: Repository) -> None:
    """Unreadable, invalid, misplaced, unresolved, in conflict."""
    repository.write(MODEL, "a: [")
    repository.edit("apps/tenants/team-a.yaml", "gpu: 2", "gpu: -2")
    repository.write("apps/models/a.yml", "")
    repository.edit("apps/agents/research.yaml", "[web-search]", "[other]")
    repository.edit(CLUSTER, "10.20.0.0/16", "10.10.0.0/16")

    assert {one.rule for one in repository.findings()} == {
        "declaration/conflict",
        "declaration/invalid",
        "declaration/misplaced",
        "declaration/unreadable",
        "declaration/unresolved",
    }


def test_two_files_for_one_name(repository: Repository) -> None:
    """A copy that still bears the first one's name is refused by its file's name."""
    repository.write("apps/models/copy.yaml", FILES[MODEL])

    assert repository.problems() == ["apps/models/copy.yaml:1:7: `name` is 'large', but the file is called copy.yaml"]


def test_an_image_that_cannot_be_read(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its tag would be wrong; the folder is named."""

    def refuse(root: Path) -> dict[str, str]:
        raise PermissionError(13, "Permission denied", str(root / "apps/images/web-search/Dockerfile"))

    monkeypatch.setattr("groundwork.fleet.images.digests", refuse)

    assert repository.problems() == ["apps/images/web-search/Dockerfile: cannot be read: Permission denied"]


def test_thirty_files_load_in_a_moment(repository: Repository) -> None:
    """People wait for this on every edit."""
    for number in range(20):
        for path, name in ((MODEL, "large"), ("apps/agents/support.yaml", "support")):
            text = FILES[path].replace(f"name: {name}", f"name: {name}-{number}")
            repository.write(path.replace(name, f"{name}-{number}"), text)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        repository.load()
        times.append(time.perf_counter() - start)

    assert min(times) < 0.06


# --- whatever stands in the files -------------------------------------------------

PATIENTLY = settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
# Pieces that YAML, pydantic or our own checks might stumble over.
TOKENS = st.sampled_from(
    [
        *(
            "name",
            "large",
            "models",
            "agents",
            "roles",
            "hardware",
            "count",
            "1",
            "-1",
            "1.35",
            "true",
            "null",
            "~",
            "é",
        ),
        *(
            ": ",
            ":\n  ",
            "\n",
            "\n  ",
            "- ",
            "\n- ",
            "? ",
            "[",
            "]",
            "{",
            "}",
            ", ",
            "'",
            '"',
            "|",
            ">",
            "&a ",
            "*a",
            "!!str ",
        ),
        *(
            "---\n",
            "...\n",
            "<<: ",
            "# ",
            "%YAML 1.1\n",
            "\t",
            "\\",
            "\x00",
            "\u2028",
            "\ufeff",
            "0x",
            "9" * 30,
            "1e999",
        ),
    ]
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(min_value=-(10**20), max_value=10**20),
        st.floats(),
        st.text(max_size=10),
        st.sampled_from(
            ["large", "small", "research", "prod", "us-east-1", "10.0.0.0/16", "64Gi", "l4", "999Ei", "1e400"]
        ),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=4,
)


def outcome(repository: Repository) -> list[Finding]:
    """What comes of loading. What loads can be resolved as well."""
    try:
        fleet = load(repository.root)
    except FleetError as error:
        return error.findings
    for name in fleet.clusters:
        fleet.site(name)
    return []


def assert_useful(repository: Repository, path: str, content: bytes) -> None:
    """With that content in that file, loading works or says what is wrong: nothing else, and in a way that prints."""
    repository.write(path, content)
    try:
        findings = outcome(repository)
    finally:
        repository.write(path, FILES[path])

    for finding in findings:
        assert str(finding).isprintable()
        assert finding.path is not None
        if finding.line is not None and finding.column is not None:
            text = content.decode(errors="replace") if finding.path == path else FILES[finding.path]
            assert 1 <= finding.line <= text.count("\n") + 1
            assert finding.column >= 1


def steps(node: Any, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a document, outermost first."""
    yield above
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield from steps(child, (*above, key))


def mutate(document: Any, data: st.DataObject) -> Any:
    """The document with one place dropped, replaced, renamed or doubled."""
    changed = copy.deepcopy(document)
    *path, last = data.draw(st.sampled_from([step for step in steps(changed) if step]))
    parent = changed
    for step in path:
        parent = parent[step]
    how = data.draw(st.sampled_from(["drop", "replace", "rename", "double"]))
    if how == "drop":
        del parent[last]
    elif how == "replace":
        parent[last] = data.draw(VALUES)
    elif how == "rename" and isinstance(parent, dict):
        parent[data.draw(st.one_of(st.text(max_size=8), st.integers(), st.none()))] = parent.pop(last)
    else:
        parent[last] = [parent[last], parent[last]]
    return changed


@PATIENTLY
@given(path=st.sampled_from(DECLARATIONS), content=st.binary(max_size=200))
def test_any_bytes_are_a_list_of_problems(path: str, content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nothing but FleetError leaves the loader."""
    assert_useful(shared(tmp_path_factory), path, content)


@PATIENTLY
@given(
    path=st.sampled_from(DECLARATIONS),
    tokens=st.lists(TOKENS, max_size=30).map("".join),
    after=st.sampled_from([0, 1, 2, None]),
)
def test_any_text_is_a_list_of_problems(
    path: str, tokens: str, after: int | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Something like YAML, in place of a file or behind its first lines."""
    kept = "".join(FILES[path].splitlines(keepends=True)[:after])
    assert_useful(shared(tmp_path_factory), path, (kept + tokens).encode())


@settings(PATIENTLY, max_examples=200)
@given(path=st.sampled_from(DECLARATIONS), data=st.data())
def test_any_change_of_structure_is_a_list_of_problems(
    path: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Valid declarations with one to three places changed; what still loads can be resolved."""
    document = yaml.safe_load(FILES[path])
    for _ in range(data.draw(st.integers(min_value=1, max_value=3))):
        if document:
            document = mutate(document, data)
    assert_useful(shared(tmp_path_factory), path, yaml.safe_dump(document, allow_unicode=True).encode())


_SHARED: dict[Path, Repository] = {}


def shared(factory: pytest.TempPathFactory) -> Repository:
    """One repository for all examples of a run: writing thirty files for each would take most of the time."""
    base = factory.getbasetemp()
    if base not in _SHARED:
        _SHARED[base] = Repository(factory.mktemp("fuzzed"))
    return _SHARED[base]
