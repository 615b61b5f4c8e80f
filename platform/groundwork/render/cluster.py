"""Render one cluster: every component it carries, then what is compiled from all of them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import cdk8s

from argocd import applications, bootstrap, projects
from groundwork.components.bringup import COMPONENTS
from groundwork.fleet.site import Site
from groundwork.kube import mesh, network, quotas, synthesis
from groundwork.kube.ack import aws_kinds
from groundwork.kube.component import Component
from groundwork.kube.endpoint import Directory
from groundwork.kube.rendering import Made, Rendering
from groundwork.render.cache import Cache
from groundwork.render.files import RenderError, file_of

__all__ = ["ClusterRender", "render_cluster"]


@dataclass(kw_only=True)
class ClusterRender:
    """What a cluster's folder holds: file contents by path below generated/<cluster>/, and how it came to be."""

    cluster: str
    files: dict[PurePosixPath, str] = field(default_factory=dict)
    objects: int = 0
    components: list[str] = field(default_factory=list)
    cached: list[str] = field(default_factory=list)

    def add(self, component: str, rendered_by: str, made: Made) -> None:
        """Put an object at its path.

        Raises:
            RenderError: something else already stands at that path, upper and lower case apart.
        """
        path, text = file_of(component, rendered_by, made)
        self._put(path, text)
        self.objects += 1

    def add_document(self, path: PurePosixPath, text: str) -> None:
        """Put a file that is not an object at its path."""
        self._put(path, text)

    def _put(self, path: PurePosixPath, text: str) -> None:
        taken = self._taken.setdefault(str(path).lower(), path)
        if path in self.files or taken != path:
            message = f"{self.cluster}: two objects want the path {path}" + (
                f" (the other: {taken})" if taken != path else ""
            )
            raise RenderError(message)
        self.files[path] = text

    _taken: dict[str, PurePosixPath] = field(default_factory=dict)


def carried(site: Site, components: Sequence[type[Component]] = COMPONENTS) -> list[Component]:
    """What the cluster carries, one instance each (a tenant's own are one instance per tenant)."""
    return [instance for component in components for instance in component.instances(site)]


def directory_of(components: Sequence[Component]) -> Directory:
    """What the components say of themselves before anything is rendered.

    Raises:
        RenderError: two components want different Pod Security Standards for one namespace.
    """
    namespaces: dict[str, str] = {}
    for one in components:
        for namespace, wanted in {one.namespace: one.pod_security, **one.further_namespaces}.items():
            level = namespaces.setdefault(namespace, wanted)
            if level != wanted:
                message = f"{one.name} wants {namespace} to be {wanted}, another component {level}"
                raise RenderError(message)
    namespaces.pop("kube-system", None)
    return Directory(
        (endpoint for one in components for endpoint in one.endpoints()),
        (way for one in components for way in one.ways_out().items()),
        namespaces,
    )


def render_cluster(
    site: Site,
    *,
    components: Sequence[type[Component]] = COMPONENTS,
    cache: Cache | None = None,
    outdir: str | None = None,
) -> ClusterRender:
    """Render a cluster.

    Args:
        site: the cluster, resolved.
        components: what clusters can carry.
        cache: where renderings of components are looked up and kept.
        outdir: where cdk8s itself writes too; None for nowhere.
    """
    instances = carried(site, components)
    directory = directory_of(instances)
    app = cdk8s.App(outdir=outdir) if outdir else cdk8s.App()
    result = ClusterRender(cluster=site.name)
    renderings: list[Rendering] = []
    for one in sorted(instances, key=lambda one: one.rendered_last):
        if one.rendered_last:
            directory.aws_kinds = aws_kinds(made.body for rendering in renderings for made in rendering.objects)
        found = cache.lookup(one, directory) if cache else None
        if found is not None:
            result.cached.append(one.name)
        else:
            found = one.synthesize(app, directory)
            if cache:
                cache.keep(one, directory, found)
        renderings.append(found)
    _write(result, app, site, renderings)
    if outdir:
        app.synth()
    return result


def _write(result: ClusterRender, app: cdk8s.App, site: Site, renderings: list[Rendering]) -> None:
    compiled: dict[str, list[Made]] = network.policies(site, renderings)
    for component, bodies in mesh.policies(site, renderings).items():
        compiled.setdefault(component, []).extend(bodies)
    compiled.setdefault("namespaces", []).extend(quotas.objects(site, renderings))
    for rendering in renderings:
        result.components.append(rendering.component)
        _compile(app, rendering, compiled.get(rendering.component, []))
        for made in [*rendering.objects, *compiled.get(rendering.component, [])]:
            result.add(rendering.component, rendering.component, made)
        for path, text in rendering.documents.items():
            result.add_document(PurePosixPath(rendering.component, path), text)
    _deliver(result, app, site, renderings, compiled)


def _compile(app: cdk8s.App, rendering: Rendering, compiled: Sequence[Made]) -> None:
    if compiled:
        chart = cdk8s.Chart(app, f"{rendering.component}-compiled")
        for made in compiled:
            synthesis.add(chart, made.body)


def _deliver(
    result: ClusterRender,
    app: cdk8s.App,
    site: Site,
    renderings: Sequence[Rendering],
    compiled: Mapping[str, Sequence[Made]],
) -> None:
    """What Argo CD is given: a project per area and tenant, an Application per component; and what a person applies once."""
    with_files = {one.component for one in renderings if one.objects or compiled.get(one.component)}
    source = f"clusters/{site.name}.yaml"
    for folder, bodies in {
        "argocd": [*projects.objects(site, renderings), *applications.objects(site, renderings, with_files)],
        "bootstrap": bootstrap.objects(site, renderings),
    }.items():
        chart = cdk8s.Chart(app, folder)
        for body in bodies:
            synthesis.add(chart, body)
            result.add(folder, folder, Made(body, source))
    for name, text in bootstrap.documents(site, renderings).items():
        result.add_document(PurePosixPath("bootstrap", name), text)
