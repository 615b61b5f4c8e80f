"""The command: what it prints, where, and the exit codes that CI relies on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
GROUNDWORK = Path(sys.executable).with_name("groundwork")
CLUSTER = "dev-us-east-1"
DEPLOYMENT = f"{CLUSTER}/litellm/ai-gateway/Deployment.litellm.yaml"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of one cluster of the committed tree, outside of any repository."""
    folder = tmp_path / "generated"
    shutil.copytree(ROOT / "generated" / CLUSTER, folder / CLUSTER)
    return folder


@pytest.fixture
def spoiled(tmp_path: Path) -> Path:
    """One object of it with a misspelt field; what the cluster is stands in bootstrap/."""
    folder = tmp_path / "generated"
    shutil.copytree(ROOT / "generated" / CLUSTER / "bootstrap", folder / CLUSTER / "bootstrap")
    file = folder / DEPLOYMENT
    file.parent.mkdir(parents=True)
    content = (ROOT / "generated" / DEPLOYMENT).read_text()
    file.write_text(content.replace("serviceAccountName:", "serviceAcountName:"))
    return folder


def run(folder: Path, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command, run in a folder."""
    plain = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "NO_COLOR")}
    return subprocess.run(
        [GROUNDWORK, *arguments], cwd=folder, env={**plain, **environment}, capture_output=True, text=True, check=False
    )


def test_a_failing_change_is_told_like_a_compilers_error(spoiled: Path) -> None:
    """Exit code 1, and everything on the standard output."""
    done = run(spoiled.parent, "check", "--tree", "generated", "--rule", "schema")

    assert (1, "") == (done.returncode, done.stderr)
    assert f"    --> generated/{DEPLOYMENT}:" in done.stdout
    assert "did you mean `serviceAccountName`?" in done.stdout
    assert "      ^^^^^^^^^^^^^^^^^^^^^^^^^^\n" in done.stdout
    assert "1 error, 0 warnings, 0 undecided, 0 waived (" in done.stdout


def test_outside_of_a_repository_policies_are_named_or_undecided(tree: Path) -> None:
    """What cannot be judged is said once; strictly, it counts."""
    without = run(tree.parent, "check", "--tree", "generated")
    strict = run(tree.parent, "check", "--tree", "generated", "--strict")
    named = run(tree.parent, "check", "--tree", "generated", "--policies", ROOT / "policies", "--format", "json")

    assert (0, 1) == (without.returncode, strict.returncode)
    assert 1 == without.stdout.count("undecided[policies/not-given]")
    assert "policies" in json.loads(named.stdout)["seconds"]
    assert "policies/not-given" not in named.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check"], "no fleet.yaml here"),
        (["check", "--tree", "nowhere"], "nowhere is not a folder"),
        (["check", "--tree", "empty"], "holds no manifests"),
        (["check", "--tree", "generated", "--policies", "nowhere"], "nowhere is not a folder"),
        (["check", "--tree", "generated", "--rule", "schemma"], "no rule begins with 'schemma'"),
        (["explain", "schema/naem"], "did you mean schema/name?"),
        (["check", "--tree", "generated", "--format", "xml"], "xml"),
    ],
)
def test_what_cannot_run_exits_with_2(tree: Path, arguments: list[str], said: str) -> None:
    """With a sentence on standard error, and nothing that CI could take for a verdict."""
    (tree.parent / "empty").mkdir()

    done = run(tree.parent, *arguments)

    assert (2, "") == (done.returncode, done.stdout)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_machines_get_json_and_sarif(spoiled: Path) -> None:
    """One document, whatever was found."""
    check = ("check", "--tree", "generated", "--rule", "schema")
    as_json, as_sarif = (run(spoiled.parent, *check, "--format", form) for form in ("json", "sarif"))

    assert {1} == {as_json.returncode, as_sarif.returncode}
    assert 1 == json.loads(as_json.stdout)["counts"]["error"]
    assert "schema/unknown-field" in {one["ruleId"] for one in json.loads(as_sarif.stdout)["runs"][0]["results"]}


def test_a_terminal_that_knows_less_characters_is_no_error(spoiled: Path) -> None:
    """What it cannot show becomes a question mark."""
    file = spoiled / DEPLOYMENT
    file.write_text(file.read_text().replace("serviceAcountName: litellm", "serviceAcountName: 日本"))

    done = run(spoiled.parent, "check", "--tree", "generated", "--rule", "schema", PYTHONIOENCODING="ascii")

    assert 1 == done.returncode
    assert "serviceAcountName: ??" in done.stdout


def test_colours_can_be_forced_and_forbidden(spoiled: Path) -> None:
    """A pipe gets none on its own."""
    command = ["check", "--tree", "generated", "--rule", "schema"]
    forced, forbidden = ({"FORCE_COLOR": "1", "TERM": "xterm"}, {"FORCE_COLOR": "1", "NO_COLOR": "1", "TERM": "xterm"})

    coloured = ["\x1b[" in run(spoiled.parent, *command, **one).stdout for one in ({}, forced, forbidden)]

    assert [False, True, False] == coloured


def test_placement_tells_homes_and_whether_every_pod_has_one(tree: Path) -> None:
    """Exit code 1 where one has none; what is not there is an error."""
    done = run(ROOT, "placement", "--cluster", CLUSTER)
    assert (0, "") == (done.returncode, done.stderr)
    assert "$/h are on demand" in done.stdout
    assert "Deployment ai-inference/qwen3-4b " in done.stdout

    pool = tree / CLUSTER / "node-pools/_cluster/NodePool.karpenter.gpu-l4.yaml"
    pool.write_text(pool.read_text().replace("accelerator: l4", "accelerator: l5"))
    assert run(tree.parent, "placement", "--tree", "generated").returncode == 1
    told = run(tree.parent, "placement", "--tree", "generated", "--why", "qwen3-4b").stdout
    assert "gpu-l4: incompatible requirements, key groundwork.dev/accelerator" in told
    assert run(ROOT, "placement", "--pool", "gpu-x").returncode == 2


def test_fit_tells_budgets_and_whether_they_are_kept(tree: Path) -> None:
    """0 where everything fits, 1 where something does not, 2 for a model that nobody serves."""
    done = run(ROOT, "fit", "qwen3-4b", "--cluster", CLUSTER)
    file = tree / CLUSTER / "vllm/ai-inference/Deployment.qwen3-4b.yaml"
    file.write_text(file.read_text().replace("--tensor-parallel-size=1", "--tensor-parallel-size=2"))

    assert done.returncode == 0
    assert "KV cache" in done.stdout
    assert run(tree.parent, "fit", "--tree", "generated").returncode == 1
    assert run(ROOT, "fit", "gpt").returncode == 2


def test_quota_tells_limits_and_whether_the_peak_keeps_within_them(tree: Path) -> None:
    """Exit code 1 where one is too small."""
    done = run(ROOT, "quota", "--cluster", CLUSTER)
    assert (0, "") == (done.returncode, done.stderr)
    assert "the namespace ai-inference" in done.stdout

    quota = tree / CLUSTER / "namespaces/ai-inference/ResourceQuota.quota.yaml"
    quota.write_text(quota.read_text().replace("requests.cpu: '49'", "requests.cpu: '39'"))
    assert run(tree.parent, "quota", "--tree", "generated").returncode == 1


def test_explain_tells_one_rule_or_lists_them_all() -> None:
    """Policies of the repository included."""
    one, everything = run(ROOT, "explain", "policies/host-path"), run(ROOT / "tests", "explain")

    assert "Stated in policies/host_path/policy.rego." in one.stdout
    assert {"tree/duplicate", "schema/type", "policies/host-path"} <= {
        line.split()[0] for line in everything.stdout.splitlines()
    }


@pytest.mark.parametrize("command", [["--help"], ["explain"], ["check", "--tree", "generated", "--rule", "tree"]])
def test_what_renders_nothing_imports_nothing_that_does(command: list[str]) -> None:
    """Starting cdk8s takes seconds; people wait for a check on every edit."""
    code = (
        "import sys, contextlib\nfrom groundwork.cli import main\nsys.argv = ['groundwork', *sys.argv[1:]]\n"
        "with contextlib.suppress(SystemExit):\n    main()\n"
        "print({'cdk8s', 'jsii', 'groundwork.kube', 'groundwork.render.synth'} & {*sys.modules})"
    )

    done = subprocess.run([sys.executable, "-c", code, *command], cwd=ROOT, capture_output=True, text=True, check=True)

    assert "set()" == done.stdout.splitlines()[-1]


def test_preflight_asks_before_bootstrap() -> None:
    """It fails for as long as the fleet is an example; without AWS, the needs are said and stay open."""
    plain = run(ROOT, "preflight", CLUSTER, PATH="/nonexistent")
    machine = run(ROOT, "preflight", CLUSTER, "--format", "json", PATH="/nonexistent")
    unknown = run(ROOT, "preflight", "dev-us-east-9")

    assert (1, "") == (plain.returncode, plain.stderr)
    assert "aws is not on the PATH" in plain.stdout
    assert "open  Running On-Demand G and VT instances (L-DB2E81BA)" in plain.stdout
    assert json.loads(machine.stdout)["counts"]["open"]
    assert (2, "") == (unknown.returncode, unknown.stdout)
    assert "no cluster is called 'dev-us-east-9'" in unknown.stderr


def test_verify_asks_the_running_cluster() -> None:
    """Without kubectl, or on another context, it fails with a sentence."""
    plain = run(ROOT, "verify", CLUSTER, PATH="/nonexistent")
    machine = run(ROOT, "verify", CLUSTER, "--context", "elsewhere", "--format", "json", PATH="/nonexistent")

    assert (1, "") == (plain.returncode, plain.stderr)
    assert f"FAIL  kubectl's context is of {CLUSTER}" in plain.stdout
    assert {"true": 0, "false": 1, "open": 0} == json.loads(machine.stdout)["counts"]
