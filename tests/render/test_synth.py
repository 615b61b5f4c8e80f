"""Synth: what it writes, what it leaves alone, and that nothing half-done is ever left."""

from __future__ import annotations

import multiprocessing
import random
import shutil
import subprocess
import sys
import time
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from groundwork.fleet.error import FleetError
from groundwork.render.synth import synth
from groundwork.tree.reader import read_tree
from groundwork.tree.writer import interrupted

ROOT = Path(__file__).resolve().parents[2]
CLUSTER = "dev-us-east-1"
# A killed process is the point; that it first spends a second on imports is not.
_FORK = multiprocessing.get_context("fork")


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by path."""
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def changed(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    """Paths that differ between two states of a folder."""
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def test_a_cached_and_a_cold_run_write_the_same_bytes(rendered: Path) -> None:
    """Whatever the cache leaves out, the tree is byte for byte what a cold run writes."""
    model = rendered / "apps/models/qwen3-4b.yaml"
    model.write_text(model.read_text().replace("concurrency: 4", "concurrency: 5"))

    list(synth(rendered))
    list(synth(rendered, out=rendered / "cold", use_cache=False))

    assert contents(rendered / "generated") == contents(rendered / "cold")


def test_nothing_changed_writes_nothing_and_imports_no_cdk8s(rendered: Path) -> None:
    """A second run touches no file and does not pay for cdk8s."""
    code = "import sys; from pathlib import Path; from groundwork.render.synth import synth\n"
    code += "outcomes = list(synth(Path('.'))); assert 'cdk8s' not in sys.modules\n"
    code += "assert all(one.files.written == one.files.removed == 0 and one.objects for one in outcomes)"

    run = subprocess.run([sys.executable, "-c", code], cwd=rendered, check=False, capture_output=True, text=True)

    assert run.stderr == ""
    assert run.returncode == 0


def test_an_edited_generated_file_is_written_again(rendered: Path) -> None:
    """What somebody changed by hand in generated/ does not survive a synth."""
    before = contents(rendered / "generated")
    file = rendered / "generated/dev-us-east-1/priorities/_cluster/PriorityClass.batch.yaml"
    file.write_text("edited: true\n")

    list(synth(rendered))

    assert contents(rendered / "generated") == before


def test_a_cluster_that_is_no_longer_declared_loses_its_folder(rendered: Path) -> None:
    """Argo CD must not go on syncing a cluster that nobody declares."""
    (rendered / "clusters/dev-us-east-1.yaml").unlink()

    list(synth(rendered))

    assert sorted(one.name for one in (rendered / "generated").iterdir()) == ["prod-us-east-1", "prod-us-east-2"]


def test_an_invalid_declaration_leaves_generated_untouched(rendered: Path) -> None:
    """Bad input is an error before anything is written."""
    before = contents(rendered / "generated")
    (rendered / "apps/models/qwen3-4b.yaml").write_text("name: qwen3-4b\nconcurency: 3\n")

    with pytest.raises(FleetError, match=r"qwen3-4b\.yaml"):
        list(synth(rendered))

    assert contents(rendered / "generated") == before


def test_adding_a_model_changes_only_what_a_reader_expects(rendered: Path) -> None:
    """A new model brings its own files, and one block each in what several models share."""
    before = contents(rendered / "generated")
    text = (rendered / "apps/models/qwen3-4b.yaml").read_text()
    (rendered / "apps/models/tiny.yaml").write_text(text.replace("name: qwen3-4b", "name: tiny"))
    cluster = rendered / "clusters/dev-us-east-1.yaml"
    cluster.write_text(cluster.read_text().replace("models:\n", "models:\n  tiny: {}\n"))

    list(synth(rendered))

    different = changed(before, contents(rendered / "generated"))
    assert {path for path in different if "tiny" in path} >= {
        "dev-us-east-1/vllm/ai-inference/Deployment.tiny.yaml",
        "dev-us-east-1/vllm/ai-inference/NetworkPolicy.tiny.yaml",
        "dev-us-east-1/vllm/ai-inference/ScaledObject.keda.tiny.yaml",
    }
    shared = {path for path in different if "tiny" not in path}
    assert shared == {
        "dev-us-east-1/bootstrap/bootstrap.md",
        "dev-us-east-1/litellm/ai-gateway/ConfigMap.litellm.yaml",
        # The smoke test's key opens every model.
        "dev-us-east-1/litellm/ai-gateway/ConfigMap.litellm-tenants.yaml",
        "dev-us-east-1/litellm/ai-gateway/Job.litellm-tenants.yaml",
        "dev-us-east-1/litellm/ai-gateway/Deployment.litellm.yaml",
        "dev-us-east-1/litellm/ai-gateway/NetworkPolicy.litellm.yaml",
        "dev-us-east-1/namespaces/ai-inference/ResourceQuota.quota.yaml",
        "dev-us-east-1/node-pools/_cluster/NodePool.karpenter.gpu-l4.yaml",
        "dev-us-east-1/prometheus/observability/NetworkPolicy.prometheus.yaml",
        "dev-us-east-1/smoke/observability/ConfigMap.smoke.yaml",
        "dev-us-east-1/smoke/observability/Job.smoke.yaml",
        "dev-us-east-1/vllm/ai-inference/Job.vllm-weights.yaml",
        "dev-us-east-1/vllm/ai-inference/Role.iam.vllm-weights.yaml",
    }


def test_adding_a_tenant_renames_and_edits_nobody_elses_objects(rendered: Path) -> None:
    """A new tenant brings its own namespace; of the others' objects only what tenants share changes."""
    before = contents(rendered / "generated/prod-us-east-1")
    (rendered / "apps/tenants/team-c.yaml").write_text(
        (rendered / "apps/tenants/team-b.yaml")
        .read_text()
        .replace("team-b", "team-c")
        .replace("glm-5-fp8, ", "")
        .replace(", support-tone", "")
    )
    cluster = rendered / "clusters/prod-us-east-1.yaml"
    cluster.write_text(cluster.read_text().replace("tenants: [team-a]", "tenants: [team-a, team-c]"))

    list(synth(rendered))

    different = changed(before, contents(rendered / "generated/prod-us-east-1"))
    assert {path for path in different if "team-c" not in path} == {
        "external-secrets/_cluster/ClusterSecretStore.external-secrets.aws.yaml",
        "litellm/ai-gateway/ConfigMap.litellm-tenants.yaml",
        "litellm/ai-gateway/Job.litellm-tenants.yaml",
        "fluent-bit/node-agents/ConfigMap.fluent-bit.yaml",
        "fluent-bit/node-agents/DaemonSet.fluent-bit.yaml",
        "kueue/_cluster/ClusterQueue.kueue.ai-pipelines.yaml",
        "argocd/argocd/AppProject.argoproj.compute.yaml",
        "argocd/argocd/AppProject.argoproj.foundation.yaml",
        "bootstrap/teardown.md",
    }


def test_a_killed_render_leaves_its_cluster_old_or_new(rendered: Path) -> None:
    """Killed with -9 at any of twenty moments, the cluster's folder holds its old files or its new ones, never a mixture."""
    folder = rendered / "generated" / CLUSTER
    old, new = _two_states(rendered)
    random_moment = random.Random(1)

    for _ in range(20):
        _restore(folder, old)
        process = _FORK.Process(target=_render, args=(rendered,))
        process.start()
        _wait_until_it_writes(process, folder.parent)
        time.sleep(random_moment.uniform(0, 0.05))
        process.kill()
        process.join()
        assert contents(folder) in (old, new)

    assert list(synth(rendered, clusters=[CLUSTER]))
    assert contents(folder) == new
    assert interrupted(folder.parent) == []


def _two_states(repository: Path) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The cluster's files before and after a change of the fleet; the cache knows the new ones."""
    old = contents(repository / "generated" / CLUSTER)
    fleet = repository / "fleet.yaml"
    fleet.write_text(fleet.read_text().replace("ai.example.com", "ai.example.org"))
    list(synth(repository, clusters=[CLUSTER], out=repository / "new"))
    return old, contents(repository / "new" / CLUSTER)


def _restore(folder: Path, files: dict[str, bytes]) -> None:
    shutil.rmtree(folder.parent)
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def _render(repository: Path) -> None:
    list(synth(repository, clusters=[CLUSTER]))


def _wait_until_it_writes(process: BaseProcess, parent: Path) -> None:
    while process.is_alive() and len(list(parent.iterdir())) == 1:
        time.sleep(0.001)


def test_the_committed_tree_reads_without_findings() -> None:
    """Every file of generated/ is one object at its own path."""
    tree = read_tree(ROOT / "generated")

    assert tree.findings == []
    assert tree.clusters == ["dev-us-east-1", "prod-us-east-1", "prod-us-east-2"]
