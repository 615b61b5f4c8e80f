"""Components as small as a test needs them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import cdk8s

from groundwork.catalog.versions import Image
from groundwork.fleet.site import Site
from groundwork.kube.component import Component
from groundwork.kube.endpoint import Directory, Endpoint
from groundwork.kube.pods import Probes, Resources
from groundwork.kube.ports import Port
from groundwork.kube.rendering import Rendering
from groundwork.kube.stage import Stage

__all__ = ["HTTP", "IMAGE", "PROBES", "RESOURCES", "Small", "objects", "one", "rendered", "runs"]

IMAGE = Image(name="web", repository="docker.io/library/web", tag="1.2.3", arch=("amd64", "arm64"))
RESOURCES = Resources(cpu="500m", memory="1Gi")
HTTP = Port.http(8080)
PROBES = Probes.http("http", ready="/ready")

Steps = Callable[[Component], object]


class Small(Component):
    """A component that does what it is told."""

    name = "small"
    project = "data"
    stage = Stage.DATA
    namespace = "ai-data"

    def __init__(
        self,
        site: Site,
        steps: Steps = lambda _: None,
        *,
        name: str = "small",
        serves: Sequence[Endpoint] = (),
        asks: Sequence[str] = (),
    ) -> None:
        self.name = name
        super().__init__(site)
        self._steps = steps
        self._serves = serves
        self._asks = asks

    def endpoints(self) -> Iterable[Endpoint]:
        """What the test says."""
        return self._serves

    def hosts(self) -> Iterable[str]:
        """What the test says."""
        return self._asks

    def render(self) -> None:
        """What the test says."""
        self._steps(self)


def runs(name: str, **details: Any) -> Steps:
    """Steps that make one ordinary workload."""
    given: dict[str, Any] = {"image": IMAGE, "resources": RESOURCES, "probes": PROBES, "ports": [HTTP]} | details
    return lambda component: component.workload(name, **given)


def rendered(*components: Component) -> list[Rendering]:
    """Render components together, as a cluster does: each finds the endpoints of all."""
    app = cdk8s.App()
    directory = Directory(
        (endpoint for one in components for endpoint in one.endpoints()),
        (way for one in components for way in one.ways_out().items()),
    )
    return [one.synthesize(app, directory) for one in components]


def one(site: Site, *steps: Steps, **details: Any) -> Rendering:
    """What a component makes that takes these steps."""
    (rendering,) = rendered(Small(site, lambda component: [step(component) for step in steps], **details))
    return rendering


def objects(rendering: Rendering, kind: str) -> list[dict[str, Any]]:
    """The bodies of a kind."""
    return [made.body for made in rendering.objects if made.body["kind"] == kind]
