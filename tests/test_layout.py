"""The repository keeps its shape: what stands where, and what no file may hold.

Each rule looks at a list of files and names every offender. It brings examples that it must refuse: a rule that looks
at nothing does not pass.
"""

from __future__ import annotations

import functools
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pytest
import yaml

ROOT = Path(__file__).parents[1]
LOCKS = {
    "uv.lock",
    "package-lock.json",
    *(f"tools/{one}/go.sum" for one in ("conftest", "etcd", "karpenter", "kubernetes", "kwok")),
}

# Tests that mirror no module.
GATES = {
    "tests/proofs/placement/test_issues.py": "failures that others reported, against the proof as a whole",
    "tests/test_generated.py": "looks at generated/ as a whole",
    "tests/test_hostile_trees.py": "looks at trees that nobody would render",
    "tests/test_hostile_values.py": "looks at every proof",
    "tests/test_imports.py": "looks at every module",
    "tests/test_layout.py": "looks at every file",
    "tests/test_policies.py": "looks at every policy",
}
GATE_FOLDERS = {
    "tests/cluster/": "needs a real control plane",
    "tests/mutants/": "breaks the whole tree",
    "tests/weaknesses/": "mistakes of the designs that this platform follows, against all gates",
    "tests/images/": "mirrors apps/images/: one file per image",
}


@dataclass(frozen=True)
class Files:
    """Files of a repository, as paths relative to its root."""

    root: Path
    paths: tuple[PurePosixPath, ...]

    def below(self, *folders: str, suffixes: Iterable[str] = ("",)) -> Iterator[PurePosixPath]:
        """Files in one of these folders ("" is the root) whose name ends in one of these suffixes."""
        for path in self.paths:
            if str(path).startswith(folders) and path.name.endswith(tuple(suffixes)):
                yield path

    def text(self, path: PurePosixPath) -> str:
        return (self.root / path).read_text(errors="replace")


@dataclass(frozen=True)
class Rule:
    """`check` yields "path: what is wrong"; `refused` maps paths to contents, each of which it must complain about."""

    check: Callable[[Files], Iterator[str]]
    refused: dict[str, str]

    def __str__(self) -> str:
        return self.check.__name__


RULES: list[Rule] = []


def refuses(refused: dict[str, str]) -> Callable[[Callable[[Files], Iterator[str]]], Callable[[Files], Iterator[str]]]:
    """Make a function a rule, with what it must refuse."""

    def register(check: Callable[[Files], Iterator[str]]) -> Callable[[Files], Iterator[str]]:
        RULES.append(Rule(check, refused))
        return check

    return register


@functools.cache
def repository() -> Files:
    """What is in Git, and what is about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    paths = (PurePosixPath(path) for path in sorted(set(listed)) if path)
    return Files(ROOT, tuple(path for path in paths if (ROOT / path).exists() or (ROOT / path).is_symlink()))


@refuses({"platform/__init__.py": ""})
def platform_is_a_source_root(files: Files) -> Iterator[str]:
    """A package named `platform` would shadow the standard library's module, which jsii, pytest and mypy import."""
    for path in files.below("platform/"):
        if path == PurePosixPath("platform/__init__.py"):
            yield f"{path}: shadows the standard library's `platform`; delete it"


@refuses({"platform/groundwork/kube/utils.py": "", "platform/groundwork/helpers/text.py": ""})
def names_say_what_is_inside(files: Files) -> Iterator[str]:
    """A module is named for what it holds, not for being useful."""
    vague = re.compile(r"(utils?|helpers?|managers?|common|misc)")
    for path in files.below("", suffixes=[".py"]):
        if any(vague.fullmatch(part) for part in path.with_suffix("").parts):
            yield f"{path}: says nothing about what is inside; name the thing"


@refuses({"tests/tree/test_nothing.py": "", "tests/test_everything.py": ""})
def each_test_mirrors_a_module(files: Files) -> Iterator[str]:
    """tests/<folders>/test_<module>.py tests platform/groundwork/<folders>/<module>.py (or argocd/<module>.py)."""
    for path in files.below("tests/", suffixes=[".py"]):
        if not path.name.startswith("test_") or str(path) in GATES or str(path).startswith(tuple(GATE_FOLDERS)):
            continue
        module = path.relative_to("tests").with_name(path.name.removeprefix("test_"))
        if not any((files.root / root / module).is_file() for root in ("platform/groundwork", "")):
            yield f"{path}: there is no platform/groundwork/{module}; a test has the name and folders of what it tests"


@refuses(
    {
        "generated/notes.md": "",
        "generated/prod/index.yaml": "",
        "generated/prod/litellm/Deployment.litellm.yaml": "",
        "generated/prod/litellm/ai-gateway/deployment.yaml": "",
    }
)
def generated_holds_the_rendered_tree(files: Files) -> Iterator[str]:
    """<cluster>/<component>/<namespace or _cluster>/<Kind>[.<group>].<name>.yaml; bootstrap/ may hold documents too."""
    place = re.compile(r"generated/[a-z0-9-]+/(bootstrap/.+|[a-z0-9-]+/(_cluster|[a-z0-9-]+)/[A-Z]\w*\.[^/]+\.yaml)")
    for path in files.below("generated/"):
        if not place.fullmatch(str(path)):
            yield f"{path}: nothing renders to such a path; remove it, or run `make synth`"


@refuses(
    {
        "fleet.yaml": "name: acme\n",
        "clusters/dev.yaml": "\n# yaml-language-server: $schema=x.json\nname: dev\n",
        "apps/models/small.yaml": "# yaml-language-server: $schema=../nowhere.json\nname: small\n",
    }
)
def declarations_name_their_schema(files: Files) -> Iterator[str]:
    """An editor completes and checks a declaration by the schema that its first line names."""
    comment = re.compile(r"# yaml-language-server: \$schema=(\S+)\n")
    for path in files.below("fleet.yaml", "clusters/", "apps/", suffixes=[".yaml"]):
        if path.is_relative_to("apps/images"):
            continue
        found = comment.match(files.text(path))
        if not found:
            yield f"{path}: the first line must be `# yaml-language-server: $schema=<path of its JSON Schema>`"
        elif "://" not in found[1] and not (files.root / path.parent / found[1]).is_file():
            yield f"{path}: its first line names {found[1]}, which is not there"


@refuses({"platform/groundwork/long.py": '"""Long."""\n' + "\n" * 400, "policies/long/long.rego": "#\n" * 401})
def source_files_are_short(files: Files) -> Iterator[str]:
    """At most 400 lines, or a comment `# long: <reason>` within the first twenty."""
    for path in files.below("", suffixes=[".py", ".rego"]):
        lines = files.text(path).splitlines()
        if len(lines) > 400 and not any(re.match(r"# long: \S", line) for line in lines[:20]):
            yield f"{path}: {len(lines)} lines; split it, or say why not in a comment `# long: <reason>` near the top"


@refuses(
    {
        "Makefile": f"synth:\n\tcd {'/home'}/ada/groundwork && true\n",
        "tests/test_path.py": f"ROOT = '{'/work'}/groundwork'\n",
        "docs/setup.md": f"({'/Users'}/ada/groundwork)\n",
    }
)
def no_machine_paths(files: Files) -> Iterator[str]:
    """Nothing knows the machine that it was written on. Paths inside containers are listed here, with the reason."""
    in_containers = {
        "/home/ray": "the user of Ray's images",
        "/root/.ssh": "a default in Kubeflow Trainer's API",
    }
    machine = re.compile(r"(?<![\w.-])/(?:work/|(?:root|home|Users)/[\w.-]*)")
    for path in files.paths:
        if str(path) not in LOCKS:
            for found in set(machine.findall(files.text(path))) - set(in_containers):
                yield f"{path}: `{found}` is a path of somebody's machine"


@refuses(
    {
        "aws.env": f"AWS_ACCESS_KEY_ID=AKIA{'A' * 16}\n",
        "key.pem": f"-----BEGIN {'RSA PRIVATE'} KEY-----\n",
        "github.md": f"ghp_{'a' * 36}\n",
        "huggingface.py": f"TOKEN = 'hf_{'a' * 34}'\n",
        "openai.yaml": f"key: sk-proj-{'a' * 40}\n",
        "slack.yaml": f"token: xoxb-{'1' * 12}\n",
        "token.yaml": f"bearer: eyJ{'a' * 20}.eyJ{'a' * 20}\n",
        "database.yaml": f"url: postgres://{'litellm'}:hunter2@database/litellm\n",
    }
)
def no_credentials(files: Files) -> Iterator[str]:
    """Secrets live in AWS Secrets Manager, never in Git."""
    credential = re.compile(
        r"(?:AKIA|ASIA)[A-Z0-9]{16}"
        r"|-----BEGIN [A-Z ]*PRIVATE KEY"
        r"|gh[opsru]_\w{36}|github_pat_\w{20}"
        r"|hf_[A-Za-z]{34}"
        r"|\bsk-(?:\w+-)?[A-Za-z0-9]{20}"
        r"|xox[abprs]-\w{10}"
        r"|eyJ[\w-]{16,}\.eyJ"
        r"|://[\w.-]+:[^\s@/${<(]+@"
    )
    for path in files.paths:
        if str(path) not in LOCKS and (found := credential.search(files.text(path))):
            yield f"{path}: `{found[0][:8]}...` looks like a credential; take it out, and revoke it if it was real"


@refuses(
    {
        "uv.lock": 'source = { registry = "https://packages.example.com/simple" }\n',
        "package-lock.json": '"resolved": "https://npm.example.com/cdk8s-cli/-/cdk8s-cli-2.207.60.tgz",\n',
    }
)
def lock_files_name_public_registries(files: Files) -> Iterator[str]:
    """A lock made behind a mirror would tie everyone to that mirror."""
    public = {"https://files.pythonhosted.org/", "https://pypi.org/", "https://registry.npmjs.org/"}
    source = re.compile(r'(?:registry = |\burl = |"resolved": )"(https?://[^/"]+/)')
    for path in files.below(*LOCKS):
        for host in sorted(set(source.findall(files.text(path))) - public):
            yield f"{path}: fetches from {host}, which is no public registry; lock again without the mirror"


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_the_repository_keeps_the_rule(rule: Rule) -> None:
    """No file of this repository breaks it."""
    assert [] == list(rule.check(repository()))


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_the_rule_refuses_its_examples(rule: Rule, tmp_path: Path) -> None:
    """Each example, alone with the others, is named once."""
    for path, content in rule.refused.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    examples = Files(tmp_path, tuple(PurePosixPath(path) for path in rule.refused))

    named = [problem.partition(":")[0] for problem in rule.check(examples)]

    assert list(rule.refused) == named


def test_no_symlinks() -> None:
    """A symlink is a plain text file on a machine without them, and two paths to one thing everywhere else."""
    assert [] == [path for path in repository().paths if (ROOT / path).is_symlink()]


def test_the_standard_library_keeps_its_platform_module() -> None:
    """A Python started in the root imports the standard library's `platform`, not our folder."""
    code = (
        "import os, platform; print(os.path.samefile(os.path.dirname(platform.__file__), os.path.dirname(os.__file__)))"
    )
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True).stdout

    assert "True\n" == answer


def captures(patterns: list[str], text: str) -> Iterator[dict[str, str]]:
    """Renovate's strategy "recursive": each pattern looks inside what the one before it matched; groups add up."""
    first, *inner = patterns
    for match in re.finditer(first.replace("(?<", "(?P<"), text):
        for groups in captures(inner, match[0]) if inner else [{"replaced": match[0]}]:
            yield match.groupdict() | groups


def test_renovate_finds_every_version() -> None:
    """What its patterns miss would never be bumped; where they take too much, `stable` would move as well."""
    text = (ROOT / "platform/groundwork/catalog/versions.yaml").read_text()
    managers = yaml.safe_load((ROOT / "renovate.json").read_text())["customManagers"]

    found = [groups for manager in managers for groups in captures(manager["matchStrings"], text)]

    declared = [(name, f"next: {pin['next']}") for pins in yaml.safe_load(text).values() for name, pin in pins.items()]
    assert sorted(declared) == sorted((groups["depName"], groups["replaced"]) for groups in found)
