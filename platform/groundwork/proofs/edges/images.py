"""Images of our own: each is built from a folder of apps/images, and tagged by what that folder holds."""

from __future__ import annotations

from collections.abc import Iterator

from groundwork.findings import Rule
from groundwork.proofs.apiserver.faults import did_you_mean
from groundwork.proofs.edges.edge import Edge, edges_of, held, missing
from groundwork.proofs.fields import entries, text
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
)

_OURS = ".dkr.ecr."


@edges_of("*")
def own_images(one: Manifest, world: World) -> Iterator[Edge]:
    """Images in the account's own registry; those of others are pinned, which a policy demands."""
    for at, spec in pod_specs(one):
        for containers in ("initContainers", "containers"):
            for place, container in entries(spec, containers):
                image = text(container, "image")
                host, _, path = image.partition("/")
                if world.images is None or _OURS not in host or path.count("/") != 1:
                    continue
                name, _, tag = path.rpartition("/")[2].partition(":")
                pointer = (*at, *place, "image")
                if world.images.get(name) == tag.partition("@")[0]:
                    yield held("container -> apps/images", pointer)
                elif name in world.images:
                    problem = f"{name} is tagged {tag}; its folder's content is {world.images[name]}"
                    yield missing("container -> apps/images", pointer, NO_IMAGE, problem)
                else:
                    problem = f"apps/images has no '{name}'{did_you_mean(name, world.images)}"
                    yield missing("container -> apps/images", pointer, NO_IMAGE, problem)
