"""Imports point one way.

    cli -> live -> review -> proofs -> tree, fleet, catalog
    cli, main -> render -> argocd, components -> kube -> fleet -> catalog;  render -> tree

What stands further right knows nothing of what stands further left. Everyone may import `findings`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[1]

# Each part and what stands directly below it. A new folder of platform/groundwork needs a line here.
BELOW = {
    "main": {"render"},
    "cli": {"live", "render"},
    "live": {"review"},
    "review": {"proofs"},
    "proofs": {"tree", "fleet", "catalog"},
    "render": {"argocd", "components", "tree"},
    "argocd": {"kube"},  # it is handed the list of components
    "components": {"kube"},
    "kube": {"fleet"},
    "fleet": {"catalog"},
    "catalog": set[str](),
    "tree": set[str](),
    "findings": set[str](),
    "emit": set[str](),
}


def allowed(part: str) -> set[str]:
    """What a part may import: itself, all that stands below it, findings and emit."""
    return {part, "findings", "emit"}.union(*(allowed(lower) for lower in BELOW[part]))


def part_of(module: str) -> str | None:
    """The part that a dotted module belongs to; None for what is not ours and for the root package, which is empty."""
    first, *rest = module.split(".")
    if first == "groundwork":
        return rest[0] if rest else None
    return first if first in {"argocd", "main"} else None


def module_of(path: PurePosixPath) -> str:
    """The dotted name under which a file is imported."""
    parts = path.with_suffix("").parts
    return ".".join(parts[1:] if parts[0] == "platform" else parts)


def imported(source: str, module: str) -> Iterator[tuple[int, str]]:
    """Line and dotted name of all that a module imports, inside functions and `if TYPE_CHECKING` too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # `from .x import y` in a.b.c means a.b.x, and a.b is also what `a/b/__init__.py` stands for.
            above = module.split(".")[: -node.level] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def violations(path: PurePosixPath, source: str) -> Iterator[str]:
    """Each import that points the wrong way, and what would be right."""
    module = module_of(path)
    part = part_of(module)
    if part == "__init__":
        part = "findings"  # the root package is imported by everything: it may hold as little
    if part not in BELOW:
        yield f"{path}:1 belongs to no known part: give `{part}` its place in tests/test_imports.py and ARCHITECTURE.md"
        return
    for line, name in imported(source, module):
        target = part_of(name)
        if target is not None and target not in allowed(part):
            yield f"{path}:{line} imports {name}; allowed: {', '.join(sorted(allowed(part)))}"


def test_imports_point_one_way() -> None:
    """No module imports what stands above it or beside it."""
    files = [ROOT / "main.py", *ROOT.glob("argocd/**/*.py"), *ROOT.glob("platform/groundwork/**/*.py")]
    found = [
        problem
        for file in sorted(files)
        if file.exists()
        for problem in violations(PurePosixPath(file.relative_to(ROOT)), file.read_text())
    ]

    assert [] == found


def test_proofs_do_not_know_the_generator() -> None:
    """A proof judges what is on disk, so nothing that renders is within its reach."""
    assert allowed("proofs").isdisjoint({"kube", "components", "render", "argocd", "main", "cli", "review"})


@pytest.mark.parametrize(
    ("path", "source", "name"),
    [
        ("platform/groundwork/proofs/quota.py", "from groundwork.kube.ports import Port", "kube.ports.Port"),
        ("platform/groundwork/proofs/quota.py", "from groundwork import render", "render"),
        ("platform/groundwork/proofs/network/intent.py", "from ...kube import flow", "kube.flow"),
        ("platform/groundwork/fleet/site.py", "from ..tree import yaml", "tree.yaml"),
        ("platform/groundwork/tree/__init__.py", "from ..catalog import versions", "catalog.versions"),
        ("platform/groundwork/tree/reader.py", "def late():\n    import groundwork.catalog.images", "catalog.images"),
        ("platform/groundwork/findings.py", "if TYPE_CHECKING:\n    from groundwork.tree import Tree", "tree.Tree"),
        ("platform/groundwork/__init__.py", "from groundwork.cli import main", "cli.main"),
    ],
)
def test_an_import_upwards_is_reported(path: str, source: str, name: str) -> None:
    """The report names file, line, what was imported and what may be."""
    (found,) = violations(PurePosixPath(path), source)

    line = source.count("\n") + 1
    assert found.startswith(f"{path}:{line} imports groundwork.{name}; allowed: ")


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("argocd/projects.py", "from groundwork.components import bringup"),
        ("platform/groundwork/components/gateway/litellm.py", "import argocd.projects"),
        ("platform/groundwork/render/cluster.py", "import main"),
        ("platform/groundwork/helpers.py", ""),
    ],
)
def test_parts_outside_the_package_are_guarded_too(path: str, source: str) -> None:
    """argocd/ and main.py obey the same rule, and a part that the rule does not know is refused."""
    assert 1 == len(list(violations(PurePosixPath(path), source)))


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("main.py", "from groundwork.render import render"),
        ("platform/groundwork/cli.py", "from groundwork.catalog import versions"),
        ("platform/groundwork/components/gateway/litellm.py", "from ..data import valkey"),
        ("platform/groundwork/components/gateway/litellm.py", "import groundwork\nfrom groundwork.fleet import site"),
        ("platform/groundwork/render/cluster.py", "from argocd import projects\nfrom groundwork.tree import writer"),
        ("platform/groundwork/proofs/quota.py", "import yaml\nfrom groundwork.findings import Finding"),
    ],
)
def test_an_import_downwards_is_fine(path: str, source: str) -> None:
    """What stands below, beside it in the same part, or outside of this repository may be imported."""
    assert [] == list(violations(PurePosixPath(path), source))
