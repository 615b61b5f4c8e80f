"""Images in the account's own registry: those of ours by the content of their folder, each in a repository of the tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from groundwork.findings import Rule
from groundwork.proofs.apiserver.faults import did_you_mean
from groundwork.proofs.edges.edge import Edge, edges_of, held, missing
from groundwork.proofs.fields import Pointer, entries, text
from groundwork.proofs.world import World, pod_specs
from groundwork.tree.manifest import Manifest

RULES = (
    NO_IMAGE := Rule(
        id="references/missing-image",
        title="An image of our own is one that apps/images builds, at its content's tag",
        why="The pod waits in ImagePullBackOff: nobody builds or pushes that image.",
        fix="Correct the name, or run `make synth` after a change of the image's folder.",
        explanation="Our images stand in the account's registry below the organisation's name; CI builds the tag of a folder's content.",
    ),
    NO_REPOSITORY := Rule(
        id="references/missing-repository",
        title="An image in the account's registry has a repository in the tree",
        why="Nobody can push it, and no node may import it: nodes may not make repositories.",
        fix="Correct the image's name; the component `registry` makes the repositories of all images in catalog/versions.yaml.",
        explanation="ECR has repositories for images of ours and, below the cache's prefix, for each image that it pulls through.",
    ),
)

_OURS = ".dkr.ecr."


@edges_of("*")
def images_in_our_registry(one: Manifest, world: World) -> Iterator[Edge]:
    """Ours are tagged by their content; those of others are pinned, which a policy demands."""
    for at, spec in pod_specs(one):
        for containers in ("initContainers", "containers"):
            for place, container in entries(spec, containers):
                image = text(container, "image")
                host, _, path = image.partition("/")
                if _OURS in host:
                    yield from _edges((*at, *place, "image"), path, world)


def _edges(pointer: Pointer, path: str, world: World) -> Iterator[Edge]:
    own = world.images if path.count("/") == 1 else None
    if own is not None:
        yield _content(pointer, path, own)
    if own is None or path.rpartition("/")[2].partition(":")[0] in own:
        yield _repository(pointer, path, world)


def _repository(pointer: Pointer, path: str, world: World) -> Edge:
    repository = path.partition("@")[0].rpartition(":")[0]
    made = {text(other.body, "spec", "name") for other in world.objects("Repository", "ecr.services.k8s.aws")}
    if repository in made:
        return held("container -> ECR Repository", pointer)
    problem = f"the tree makes no repository '{repository}' in ECR{did_you_mean(repository, made)}"
    return missing("container -> ECR Repository", pointer, NO_REPOSITORY, problem)


def _content(pointer: Pointer, path: str, images: Mapping[str, str]) -> Edge:
    name, _, tag = path.rpartition("/")[2].partition(":")
    if images.get(name) == tag.partition("@")[0]:
        return held("container -> apps/images", pointer)
    if name in images:
        problem = f"{name} is tagged {tag}; its folder's content is {images[name]}"
    else:
        problem = f"apps/images has no '{name}'{did_you_mean(name, images)}"
    return missing("container -> apps/images", pointer, NO_IMAGE, problem)
