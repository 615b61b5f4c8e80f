"""What applications say about one another."""

from __future__ import annotations

import shutil

import pytest

from tests.fleet.repository import Repository

RESEARCH = "apps/agents/research.yaml"
SUPPORT = "apps/agents/support.yaml"
TOOL = "apps/tools/web-search.yaml"
TENANT = "apps/tenants/team-a.yaml"
PIPELINE = "apps/pipelines/evaluation.yaml"


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        (RESEARCH, "[web-search]", "[web-serch]", "5:9: `tools`: no tool is called 'web-serch' (did you mean 'web-search'?)"),
        (RESEARCH, "[web-search]", "[{web-serch: {approval: required}}]", "5:10: `tools`: no tool is called 'web-serch' "
         "(did you mean 'web-search'?)"),
        (RESEARCH, "[web-search]", "[{web-search: {functions: [search, serch]}}]", "5:43: the tool 'web-search' has no "
         "function 'serch' (did you mean 'search'?)"),
        (SUPPORT, "[research]", "[reserch]", "5:15: `delegatesTo`: no agent is called 'reserch' (did you mean 'research'?)"),
        (SUPPORT, "[research]", "[research, support]", "5:25: 'support' delegates to itself"),
        (TOOL, "image: web-search", "image: web-serch", "3:8: `image`: there is no folder apps/images/web-serch "
         "(did you mean 'web-search'?)"),
        (TOOL, "tavily}", "tavly}", "6:27: `secrets.TAVILY_API_KEY`: the contract of secrets has no 'tavly' "
         "(did you mean 'tavily'?): add it to catalog/secrets.yaml"),
        (TOOL, "TAVILY_API_KEY", "TAVILY_KEY", "6:23: `secrets.TAVILY_KEY`: the secret 'tavily' has no key 'TAVILY_KEY': "
         "add it to catalog/secrets.yaml"),
        (PIPELINE, "image: evaluation", "image: other", "3:8: `image`: there is no folder apps/images/other"),
        (TENANT, "[small]", "[small, larg]", "4:17: `models`: no model is called 'larg' (did you mean 'large'?)"),
        (TENANT, "[support]", "[suport]", "5:10: `agents`: no agent is called 'suport' (did you mean 'support'?)"),
    ],
)  # fmt: skip
def test_a_name_must_stand_for_something(repository: Repository, path: str, old: str, new: str, expected: str) -> None:
    """Each is reported where the name stands."""
    repository.edit(path, old, new)

    (finding,) = repository.findings()
    assert str(finding) == f"{path}:{expected}"
    assert finding.fix
    assert finding.why


def test_a_circle_of_delegation_is_named(repository: Repository) -> None:
    """Once, whichever of its agents one begins with, and not what merely leads into it."""
    repository.edit(RESEARCH, "tools:", "delegatesTo: [writer]\ntools:")
    text = (repository.root / SUPPORT).read_text()
    repository.write("apps/agents/writer.yaml", text.replace("support", "writer"))
    repository.edit("clusters/prod.yaml", "[support, research]", "[support, research, writer]")

    assert repository.problems() == [f"{RESEARCH}:5:15: delegation goes in a circle: research -> writer -> research"]


def test_a_long_circle_is_found(repository: Repository) -> None:
    """However many agents it takes, in the order in which they call."""
    names = [f"agent-{letter}" for letter in "cafebd"]
    for name, following in zip(names, [*names[1:], names[0]], strict=True):
        repository.write(
            f"apps/agents/{name}.yaml",
            f"name: {name}\ndescription: d\nmodel: fast\ninstructions: i\ndelegatesTo: [{following}]\n",
        )

    (problem,) = repository.problems()
    assert problem.startswith(
        "apps/agents/agent-a.yaml:5:15: delegation goes in a circle: agent-a -> agent-f -> agent-e "
    )


def test_agents_and_tools_share_their_names(repository: Repository) -> None:
    """Both become Services of one namespace."""
    text = (repository.root / TOOL).read_text()
    repository.write("apps/tools/research.yaml", text.replace("name: web-search", "name: research"))

    assert repository.problems() == ["apps/tools/research.yaml:1:7: `name`: an agent is called 'research' as well"]


def test_an_image_may_not_be_a_link(repository: Repository) -> None:
    """What is built must stand in the repository."""
    outside = repository.root.parent / "image"
    shutil.move(repository.root / "apps/images/web-search", outside)
    (repository.root / "apps/images/web-search").symlink_to(outside)

    (problem,) = repository.problems()
    assert problem.startswith(f"{TOOL}:3:8: `image`: there is no folder apps/images/web-search")


def test_a_broken_file_still_counts_as_there(repository: Repository) -> None:
    """One broken tool is one problem, not one more for each agent that uses it."""
    repository.edit(TOOL, "functions: [search, news]", "functions: [search, news")
    repository.edit(RESEARCH, "[web-search]", "[{web-search: {functions: [other]}}]")

    (problem,) = repository.problems()
    assert problem.startswith(f"{TOOL}:5:")
