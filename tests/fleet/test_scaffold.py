"""`groundwork new`: what it writes loads as it stands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from groundwork.fleet.nouns import NOUNS
from groundwork.fleet.scaffold import scaffold
from tests.fleet.repository import Repository
from tests.fleet.test_huggingface import GLM_5, LLAMA_31_8B, QWEN3_4B, QWEN3_14B

CLUSTER = {"region": "us-east-2", "account": "111122223333"}


def config(repository: Repository, content: object) -> Path:
    """A downloaded config.json."""
    file = repository.root.parent / f"{repository.root.name}-config.json"
    file.write_text(json.dumps(content))
    return file


@pytest.mark.parametrize(
    ("noun", "answers"),
    [
        ("cluster", CLUSTER),
        ("model", {}),
        ("agent", {}),
        ("tool", {"image": "web-search"}),
        ("tenant", {}),
        ("pipeline", {"image": "evaluation"}),
    ],
)
def test_a_new_thing_loads(repository: Repository, noun: str, answers: dict[str, str]) -> None:
    """Added to a fleet, it is valid, explains itself, and leads editors to its schema."""
    file = scaffold(repository.root, noun, "new-one", **answers)

    assert file == repository.root / NOUNS[noun].folder / "new-one.yaml"
    assert repository.problems() == []
    text = file.read_text()
    assert text.startswith("# yaml-language-server: $schema=../")
    assert f"schemas/{noun}.json\n" in text
    assert text.count(" # ") >= 2 or noun == "agent"
    fleet = repository.load()
    assert "new-one" in getattr(fleet, f"{noun}s")


def test_the_first_cluster_of_an_empty_repository(tmp_path: Path) -> None:
    """Nothing but fleet.yaml has to be there."""
    file = scaffold(tmp_path, "cluster", "first", **CLUSTER)

    assert "network: {cidr: 10.10.0.0/16}" in file.read_text()


def test_a_cluster_gets_a_network_of_its_own(repository: Repository) -> None:
    """One that overlaps no other cluster's, broken files or not."""
    repository.write("clusters/broken.yaml", "network: [")
    repository.write("clusters/odd.yaml", "network: {cidr: 7}")
    repository.write("clusters/wide.yaml", "network: {cidr: 10.30.0.0/15}")
    file = scaffold(repository.root, "cluster", "next", **CLUSTER)

    assert "network: {cidr: 10.40.0.0/16}" in file.read_text()


def test_a_full_address_space_is_said(repository: Repository) -> None:
    """A network can still be given."""
    repository.write("clusters/all.yaml", "network: {cidr: 10.0.0.0/8}")

    with pytest.raises(ValueError, match=r"every 10.x.0.0/16 is taken: give a range with --set cidr=172.16.0.0/16"):
        scaffold(repository.root, "cluster", "next", **CLUSTER)
    file = scaffold(repository.root, "cluster", "next", cidr="172.16.0.0/16", **CLUSTER)
    assert "network: {cidr: 172.16.0.0/16}" in file.read_text()


@pytest.mark.parametrize(
    ("content", "answers", "expected"),
    [
        (QWEN3_14B, {}, "hardware: {gpu: l4, count: 4}"),
        (QWEN3_4B, {}, "hardware: {gpu: l4, count: 1}"),
        (LLAMA_31_8B, {"gpu": "h100"}, "hardware: {gpu: h100, count: 1}"),
        (LLAMA_31_8B, {"gpu": "l40s", "count": "2"}, "hardware: {gpu: l40s, count: 2}"),
        (GLM_5, {"parameters": "743911218432", "weightBytes": "756160000000"}, "hardware: {gpu: h200, count: 8}"),
    ],
)
def test_a_model_from_its_config(
    repository: Repository, content: object, answers: dict[str, str], expected: str
) -> None:
    """Shape, and the cheapest GPUs that hold weights and cache and share the heads."""
    file = scaffold(repository.root, "model", "new-one", config(repository, content), huggingFace="a/b", **answers)

    assert expected in file.read_text()
    assert repository.problems() == []
    assert repository.load().models["new-one"].source.hugging_face == "a/b"


def test_a_short_model_gets_a_short_context(repository: Repository) -> None:
    """Never longer than the model was made for."""
    content = LLAMA_31_8B | {"max_position_embeddings": 2048}
    scaffold(repository.root, "model", "new-one", config(repository, content))

    assert repository.load().models["new-one"].context == 2048


def test_a_model_that_fits_nothing_is_said(repository: Repository) -> None:
    """With what can be changed."""
    content = config(repository, QWEN3_14B)
    with pytest.raises(ValueError, match="no choice of l4, l40s, h100, h200, b300 holds 9313 GiB of weights and 65536"):
        scaffold(repository.root, "model", "new-one", content, parameters="5000000000000")


@pytest.mark.parametrize(
    "name", ["", "A", "a_b", "a.b", "-a", "a-", "1a", "../a", "a/b", "a" * 41, "a\n", "ä", "a b", "."]
)
def test_a_bad_name_is_refused(repository: Repository, name: str) -> None:
    """Before anything is looked up or written."""
    before = sorted(repository.root.rglob("*"))
    with pytest.raises(ValueError, match="cannot be a name: take up to 40 lower-case letters"):
        scaffold(repository.root, "tenant", name)

    assert sorted(repository.root.rglob("*")) == before


@pytest.mark.parametrize(
    ("noun", "name", "answers", "expected"),
    [
        ("modl", "a", {}, r"there is no noun 'modl' \(did you mean 'model'\?\): choose one of cluster, model, agent"),
        ("cluster", "a", {}, "a cluster needs region and account, which nobody can guess: add --set region=us-east-1 --set"),
        ("cluster", "a", {"region": "us-east-2"}, "a cluster needs account, which nobody can guess: add --set account="),
        ("cluster", "a", CLUSTER | {"region": "us-est-2"}, r"no region is called 'us-est-2' \(did you mean 'us-east-2' or 'us-west-2'\?\)"),
        ("cluster", "a", CLUSTER | {"account": "1"}, "`account` must be twelve digits, in quotes, not '1'"),
        ("cluster", "a", CLUSTER | {"region": "mx-central-1"}, "EKS Auto Mode is not offered in mx-central-1"),
        ("cluster", "a", CLUSTER | {"nodes": "}\nevil: ["}, "`nodes` must be one of auto, karpenter, not"),
        ("agent", "a", {"modle": "x"}, r"'modle' cannot be set for a new agent \(did you mean 'model'\?\): what can is desc"),
        ("tenant", "a", {"name": "y"}, "'name' cannot be set for a new tenant: what can is nothing"),
        ("tenant", "a", {"x": "y"}, "'x' cannot be set for a new tenant: what can is nothing"),
        ("tool", "a", {}, r"there is no folder apps/images/a: put the code .* \(there are evaluation, web-search\)"),
        ("pipeline", "a", {"image": "b"}, "there is no folder apps/images/b"),
        ("model", "a", {"parameters": "7e9"}, "parameters must be a whole number above 0, not '7e9'"),
        ("model", "a", {"gpu": "l5"}, "no accelerator is called 'l5'"),
        ("model", "a", {"gpu": "t4", "count": "1"}, "t4 does not serve bfloat16 weights"),
        ("agent", "web-search", {}, "one tool is called 'web-search', and agents and tools share their names"),
        ("tool", "research", {"image": "web-search"}, "one agent is called 'research', and agents and tools share"),
    ],
)  # fmt: skip
def test_a_bad_request_is_refused(
    repository: Repository, noun: str, name: str, answers: dict[str, str], expected: str
) -> None:
    """Saying what to do; nothing is written."""
    before = sorted(repository.root.rglob("*"))
    with pytest.raises((ValueError, LookupError), match=expected):
        scaffold(repository.root, noun, name, **answers)

    assert sorted(repository.root.rglob("*")) == before


def test_a_config_is_for_models(repository: Repository) -> None:
    """Elsewhere it is a slip."""
    with pytest.raises(ValueError, match=r"a config.json describes a model, nothing else"):
        scaffold(repository.root, "agent", "a", config(repository, QWEN3_14B))


def test_nothing_is_overwritten(repository: Repository) -> None:
    """Neither a file nor a link that leads nowhere."""
    before = (repository.root / "apps/models/large.yaml").read_text()
    with pytest.raises(
        FileExistsError, match=r"apps/models/large.yaml is there already: edit it, or choose another name"
    ):
        scaffold(repository.root, "model", "large")
    assert (repository.root / "apps/models/large.yaml").read_text() == before

    (repository.root / "apps/models/dangling.yaml").symlink_to("/nowhere")
    with pytest.raises(FileExistsError, match="is there already"):
        scaffold(repository.root, "model", "dangling")


def test_nothing_is_written_through_a_link(repository: Repository) -> None:
    """A linked folder can lead out of the repository."""
    outside = repository.root.parent / "elsewhere"
    (repository.root / "apps/tenants").rename(outside)
    (repository.root / "apps/tenants").symlink_to(outside)

    with pytest.raises(ValueError, match="apps/tenants is a symbolic link"):
        scaffold(repository.root, "tenant", "a")


@pytest.mark.parametrize(
    "description",
    ["Plain words.", 'With "quotes" and: colons', "# hash", "yes: no", "- dash", "ends with space ", "über"],
)
def test_any_description_survives(repository: Repository, description: str) -> None:
    """Quoted where YAML would take it for something else."""
    scaffold(repository.root, "agent", "a", description=description)

    assert repository.load().agents["a"].description == description
