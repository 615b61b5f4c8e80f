"""The gate over generated/: it is exactly what the declarations say, byte for byte."""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath

import pytest

from groundwork.proofs import freshness
from groundwork.render.synth import cluster_names, render_fleet

ROOT = Path(__file__).resolve().parents[1]

Files = dict[str, dict[PurePosixPath, bytes]]


@pytest.fixture(scope="module")
def expected() -> Files:
    """What a cold render of the declarations gives."""
    renders = render_fleet(ROOT, cluster_names(ROOT), use_cache=False)
    return {render.cluster: {path: text.encode() for path, text in render.files.items()} for render in renders}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of generated/ that a test may spoil."""
    return Path(shutil.copytree(ROOT / "generated", tmp_path / "generated"))


def test_generated_is_fresh(expected: Files) -> None:
    """`make synth` has been run and everything that it changed is there."""
    assert [str(finding) for finding in freshness.check(ROOT / "generated", expected)] == []


def test_any_one_changed_byte_is_found(expected: Files, copy: Path) -> None:
    """A hand-edited file is named."""
    file = copy / "prod-us-east-1/litellm/ai-gateway/Deployment.litellm.yaml"
    file.write_bytes(file.read_bytes().replace(b"replicas: 2", b"replicas: 3"))

    (finding,) = freshness.check(copy, expected)

    assert finding.rule == "freshness/stale"
    assert "`replicas: 2`" in finding.problem


def test_any_one_deleted_file_is_found(expected: Files, copy: Path) -> None:
    """A missing file is named."""
    (copy / "prod-us-east-2/storage/_cluster/StorageClass.standard.yaml").unlink()

    (finding,) = freshness.check(copy, expected)

    assert (finding.rule, finding.path) == (
        "freshness/missing",
        "generated/prod-us-east-2/storage/_cluster/StorageClass.standard.yaml",
    )
