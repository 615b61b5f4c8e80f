"""Read a tree: every file once, broken ones as findings, the rest parsed and indexed."""

from __future__ import annotations

import dataclasses
import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from groundwork.findings import Finding, Rule
from groundwork.tree.files import Listed, files
from groundwork.tree.manifest import Identity, Manifest, path_of
from groundwork.tree.yaml import RefusedError, parse

__all__ = ["RULES", "Tree", "read_tree"]

_MAKE_SYNTH = "generated/ is never edited by hand: run `make synth`."
# etcd keeps objects of 1.5 MiB, and API servers take requests of 3 MiB; indentation and comments are not sent.
_MOST_BYTES = 4 * 1024 * 1024
# Argo CD applies these too.
_UNREAD_SUFFIXES = (".yml", ".json")

RULES = (
    UNREADABLE := Rule(
        id="tree/unreadable",
        title="Every file of the tree holds one object that can be read",
        why="Argo CD stops at the first file that it cannot read, and nothing of that component is synced.",
        fix=_MAKE_SYNTH,
        explanation="""\
A manifest is an ordinary file of UTF-8 text: one YAML document, a mapping with `apiVersion`, `kind` and `metadata.name`. It is
read as API servers read YAML, so what JSON cannot say is refused: `.nan`, a list as a key, tags. A key that stands twice is
refused because readers keep the last and reviewers see the first. Links, pipes and folders called *.yaml are refused too.

Bad:    replicas: 2
        replicas: 3
Good:   replicas: 3

The other checks do not see such a file: what they say about an object that misses it goes away with it.""",
    ),
    TOO_LARGE := Rule(
        id="tree/too-large",
        title="No file is larger than an object can be",
        why="etcd refuses objects of more than 1.5 MiB, so the object can never be created.",
        fix="Split the data over several objects, or keep it in a bucket and fetch it from there.",
        explanation="""\
A file of more than 4 MiB is not read at all, so that one file cannot make every check slow. What is smaller and still too
much for its kind (a ConfigMap holds 1 MiB) is found by schema/size.

Bad:    a ConfigMap that holds a model's tokenizer
Good:   the tokenizer in the bucket beside the weights, its s3:// URL in the ConfigMap""",
    ),
    UNREAD := Rule(
        id="tree/unread",
        title="Every file that Argo CD applies is one that the checks read",
        why="Argo CD applies *.yml and *.json as well; the checks and the reviewers look at *.yaml only.",
        fix="Remove it; what the cluster needs is declared and rendered.",
        explanation="""\
Paths of the tree end in <Kind>.<name>.yaml. Argo CD is less strict: a file called extra.json beside the others is applied
although no proof, no policy and no reviewer has seen it. bootstrap/ may hold any file, because nothing there is synced.

Bad:    dev/litellm/ai-gateway/extra.json
Good:   dev/litellm/ai-gateway/Deployment.extra.yaml""",
    ),
    MISPLACED := Rule(
        id="tree/misplaced",
        title="Every object stands at the path that follows from its identity",
        why="A path follows from what an object is; an object elsewhere is invisible to reviewers who look for it there.",
        fix=_MAKE_SYNTH,
        explanation="""\
The path is <cluster>/<component>/<namespace or _cluster>/<Kind>[.<group label>].<name>.yaml: one object has one path in every
commit, so a diff shows its change as the change of one file, and CODEOWNERS says who must look at it.

Bad:    dev/litellm/ai-gateway/Deployment.web.yaml with `metadata.name: litellm`
Good:   dev/litellm/ai-gateway/Deployment.litellm.yaml""",
    ),
    DUPLICATE := Rule(
        id="tree/duplicate",
        title="No object stands twice in a cluster",
        why="Two files for one object overwrite each other on every sync; which one wins is chance.",
        fix="Let one component own the object, or give one of the two another name.",
        explanation="""\
An API server tells objects apart by group, kind, namespace and name. Two Applications that hold the same object take it from
each other for ever, and whoever removes it from one of them deletes it for both.

Bad:    valkey/ai-data/ConfigMap.settings.yaml and litellm/ai-data/ConfigMap.settings.yaml
Good:   valkey/ai-data/ConfigMap.settings.yaml alone, or the other one called litellm-settings""",
    ),
)


class Tree:
    """The objects of one or more clusters, read once and shared by all checks.

    `findings` holds what could not be read; everything else is there all the same.
    """

    def __init__(self, root: Path, manifests: Iterable[Manifest], findings: Iterable[Finding] = ()) -> None:
        self.root = root
        self.manifests = list(manifests)
        self.findings = list(findings)

    def __iter__(self) -> Iterator[Manifest]:
        return iter(self.manifests)

    def __len__(self) -> int:
        return len(self.manifests)

    @functools.cached_property
    def clusters(self) -> list[str]:
        """The clusters that the tree holds, sorted."""
        return sorted({manifest.cluster for manifest in self.manifests})

    @functools.cached_property
    def _by_identity(self) -> dict[tuple[str, Identity], Manifest]:
        return {(one.cluster, one.identity): one for one in reversed(self.manifests)}

    @functools.cached_property
    def _by_kind(self) -> dict[tuple[str, str], list[Manifest]]:
        index: dict[tuple[str, str], list[Manifest]] = defaultdict(list)
        for one in self.manifests:
            index[one.cluster, one.kind].append(one)
        return index

    def find(self, cluster: str, kind: str, name: str, *, namespace: str = "", group: str = "") -> Manifest | None:
        """The object of that identity, or None."""
        return self._by_identity.get((cluster, Identity(group, kind, namespace, name)))

    def of_kind(self, cluster: str, kind: str, *, group: str | None = None) -> list[Manifest]:
        """All objects of a kind in a cluster, of any group unless one is named."""
        return [one for one in self._by_kind.get((cluster, kind), []) if group is None or one.group == group]


def read_tree(root: Path, clusters: Iterable[str] | None = None) -> Tree:
    """Read the tree below `root` (laid out like generated/), or only some of its clusters.

    Broken files become findings and the others are still read; nothing is raised for what stands below `root`.

    Raises:
        OSError: `root` is no folder, or may not be read.
    """
    if clusters is None:
        clusters = [one.name for one in root.iterdir() if one.is_dir() and not one.name.startswith(".")]
    manifests: list[Manifest] = []
    findings: list[Finding] = []
    for cluster in sorted(clusters):
        for listed in files(root, cluster):
            for found in _read(root, listed):
                if isinstance(found, Manifest):
                    manifests.append(found)
                else:
                    findings.append(found)
    findings.extend(_duplicates(manifests))
    return Tree(root, manifests, findings)


def _read(root: Path, listed: Listed) -> Iterator[Manifest | Finding]:
    cluster, component = (*listed.path.split("/"), "")[:2]
    path = f"{root.name}/{listed.path}"
    if listed.problem:
        yield UNREADABLE.finding(listed.problem, path=path)
    elif listed.path.endswith(_UNREAD_SUFFIXES) and component != "bootstrap":
        yield UNREAD.finding("no check reads this file, but Argo CD applies it", path=path)
    elif listed.path.endswith(".yaml") and listed.size > _MOST_BYTES:
        yield TOO_LARGE.finding(f"the file holds {listed.size / 2**20:.1f} MiB", path=path)
    elif listed.path.endswith(".yaml"):
        body = _body(root / listed.path, path)
        if isinstance(body, Finding):
            yield body
            return
        manifest = Manifest(cluster=cluster, component=component, path=PurePosixPath(path), body=body)
        yield manifest
        belongs = f"{cluster}/{path_of(manifest.identity, component)}"
        if listed.path != belongs:
            problem = f"{manifest.identity} belongs at {root.name}/{belongs}"
            yield manifest.breaks(MISPLACED, problem, ("metadata", "name"))


def _body(file: Path, path: str) -> dict[str, Any] | Finding:
    try:
        return _only_object(parse(file.read_bytes()))
    except OSError as error:
        return UNREADABLE.finding(f"not a file that can be read: {error.strerror}", path=path)
    except UnicodeDecodeError as error:
        return UNREADABLE.finding(f"not UTF-8: byte {error.start} is {error.object[error.start]:#04x}", path=path)
    except yaml.YAMLError as error:
        return _not_yaml(error, path)
    except ValueError as error:
        return UNREADABLE.finding(f"not a manifest: {error}", path=path)


def _not_yaml(error: yaml.YAMLError, path: str) -> Finding:
    mark = getattr(error, "problem_mark", None)
    what = "not a manifest" if isinstance(error, RefusedError) else "not YAML"
    finding = UNREADABLE.finding(f"{what}: {getattr(error, 'problem', None) or error}", path=path)
    return dataclasses.replace(finding, line=mark.line + 1, column=mark.column + 1) if mark else finding


def _only_object(documents: list[Any]) -> dict[str, Any]:
    if len(documents) != 1:
        raise ValueError(f"a file holds one object, this one holds {len(documents)} documents")
    body = documents[0]
    if not isinstance(body, dict):
        raise ValueError("a file holds one object, this one holds something else")
    for key in ("apiVersion", "kind"):
        if not isinstance(body.get(key), str):
            raise ValueError(f"`{key}` is missing or not a string")
    metadata = body.get("metadata")
    if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str):
        raise ValueError("`metadata.name` is missing or not a string")
    if not isinstance(metadata.get("namespace"), str | None):
        raise ValueError("`metadata.namespace` is not a string")
    for key in ("labels", "annotations"):
        if not isinstance(metadata.get(key) or {}, dict):
            raise ValueError(f"`metadata.{key}` is not a mapping")
    return body


def _duplicates(manifests: list[Manifest]) -> Iterator[Finding]:
    first: dict[tuple[str, Identity], Manifest] = {}
    for one in manifests:
        other = first.setdefault((one.cluster, one.identity), one)
        if other is not one:
            yield one.breaks(DUPLICATE, f"{one.identity} stands in {other.path} too", ("metadata", "name"))
