"""`cdk8s synth`, the real program, gives the same tree."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CLI = ROOT / "node_modules" / ".bin" / "cdk8s"


@pytest.mark.skipif(not CLI.exists(), reason="`make test` installs cdk8s-cli; a bare pytest run may lack it")
def test_cdk8s_synth_gives_the_committed_tree(tmp_path: Path) -> None:
    """The app that cdk8s.yaml names writes generated/ itself, and cdk8s' own output elsewhere."""
    work = tmp_path / "repository"
    ignored = shutil.ignore_patterns(".git", ".venv", "node_modules", ".cache", "generated", "tests")
    shutil.copytree(ROOT, work, ignore=ignored)
    environment = {**os.environ, "PYTHONPATH": f"{work}:{work / 'platform'}", "CDK8S_CHECK_UPGRADE": "false"}
    environment["PATH"] = f"{ROOT / '.venv/bin'}:{environment['PATH']}"

    run = subprocess.run([CLI, "synth"], cwd=work, env=environment, check=False, capture_output=True, text=True)

    assert run.returncode == 0, run.stderr
    expected = {file.relative_to(ROOT): file.read_bytes() for file in (ROOT / "generated").rglob("*") if file.is_file()}
    found = {file.relative_to(work): file.read_bytes() for file in (work / "generated").rglob("*") if file.is_file()}
    assert found == expected
    assert list((work / ".cache" / "cdk8s").rglob("*.k8s.yaml"))
