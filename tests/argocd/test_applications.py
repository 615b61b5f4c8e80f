"""Applications: what comes when, from where, and how hard Argo CD tries."""

from __future__ import annotations

from argocd import applications
from groundwork.fleet.site import Fleet
from groundwork.kube.rendering import ChartRelease, GitRelease, Rendering
from groundwork.kube.stage import Stage
from tests.argocd.delivered import Delivered
from tests.argocd.test_projects import sources


def rendering(*, charts: list[ChartRelease] | None = None, gits: list[GitRelease] | None = None) -> Rendering:
    """A component that has made no objects."""
    return Rendering(
        component="thing",
        project="data",
        stage=Stage.DATA,
        namespace="ai-data",
        charts=charts or [],
        gits=gits or [],
    )


def chart() -> ChartRelease:
    """A chart from an OCI registry."""
    return ChartRelease(
        chart="thing",
        repository="ghcr.io/things",
        version="1.2.3",
        release="thing",
        values={"replicas": 2},
        skip_crds=True,
    )


def test_the_wave_is_the_stage(delivered: Delivered) -> None:
    """Waves come from the stages of components, so that a new component moves nobody; none is below 0."""
    waves = {
        one["metadata"]["name"]: one["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"]
        for one in delivered.of_kind("Application", "argocd")
    }

    assert waves["namespaces"] == "10"
    assert waves["vllm"] == "50"
    assert {*waves.values()} <= {str(int(stage)) for stage in Stage}


def test_there_is_one_for_every_folder(delivered: Delivered) -> None:
    """A folder without an Application would be reviewed, merged and never applied."""
    names = {one["metadata"]["name"] for one in delivered.of_kind("Application", "argocd")}
    folders = {component for component, _ in delivered.objects} - {"argocd", "bootstrap"}

    assert folders <= names


def test_a_component_without_charts_and_files_has_none(fleet: Fleet) -> None:
    """Argo CD would report a path that is not there, for ever."""
    assert applications.objects(fleet.site("dev-us-east-1"), [rendering()], set()) == []


def test_charts_and_our_own_files_are_sources_of_one_application(fleet: Fleet) -> None:
    """An OCI repository has no scheme, as Argo CD wants it; our files lie in folders, so it looks into them."""
    both = rendering(charts=[chart()])

    (application,) = applications.objects(fleet.site("dev-us-east-1"), [both], {"thing"})

    assert sources(application) == [
        {
            "repoURL": "ghcr.io/things",
            "chart": "thing",
            "targetRevision": "1.2.3",
            "helm": {"releaseName": "thing", "valuesObject": {"replicas": 2}, "skipCrds": True},
        },
        {
            "repoURL": "https://github.com/example/groundwork.git",
            "targetRevision": "main",
            "path": "generated/dev-us-east-1/thing",
            "directory": {"recurse": True},
        },
    ]


def test_upstreams_manifests_come_from_a_tag(fleet: Fleet) -> None:
    """Alone, the source is `source`: Argo CD shows more of an Application that has only one."""
    release = GitRelease(repository="https://github.com/up/stream.git", version="v1.0.0", path="config/crd")

    (application,) = applications.objects(fleet.site("dev-us-east-1"), [rendering(gits=[release])], set())

    assert application["spec"]["source"] == {
        "repoURL": "https://github.com/up/stream.git",
        "targetRevision": "v1.0.0",
        "path": "config/crd",
    }


def test_argo_cd_does_not_give_up(delivered: Delivered) -> None:
    """It tries a commit once; bring-up takes hours and fails many times, and a fix must not wait for a failing sync."""
    for application in delivered.of_kind("Application"):
        policy = application["spec"]["syncPolicy"]

        assert policy["automated"] == {"prune": True, "selfHeal": True}
        assert policy["retry"]["limit"] < 0
        assert policy["retry"]["refresh"] is True
        assert {"ServerSideApply=true", "PruneLast=true", "FailOnSharedResource=true"} <= {*policy["syncOptions"]}


def test_removing_a_component_removes_what_it_made_and_removing_the_root_nothing(delivered: Delivered) -> None:
    """Teardown begins by deleting the root alone."""
    children = delivered.of_kind("Application", "argocd")
    root = delivered.one("Application", component="bootstrap")

    assert all(one["metadata"]["finalizers"] == ["resources-finalizer.argocd.argoproj.io"] for one in children)
    assert "finalizers" not in root["metadata"]


def test_the_root_brings_the_folder_of_applications_and_no_other(delivered: Delivered) -> None:
    """What is in bootstrap/ is a person's to apply."""
    spec = delivered.one("Application", component="bootstrap")["spec"]

    assert spec["source"]["path"] == f"generated/{delivered.site.name}/argocd"
    assert spec["project"] == "bootstrap"
