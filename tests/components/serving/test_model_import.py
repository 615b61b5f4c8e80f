"""Model import: the only door to Hugging Face, once per revision, beside all syncs."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from groundwork.components.serving.model_import import ModelImport
from groundwork.kube.egress import port_of

_REVISION = "0123456789abcdef0123456789abcdef01234567"


def jobs(rendering: Any) -> dict[str, Any]:
    """The Jobs by the label of their pods."""
    found = [made.body for made in rendering.objects if made.body["kind"] == "Job"]
    return {body["metadata"]["labels"]["app.kubernetes.io/name"]: body for body in found}


def pinned(site: Any) -> Any:
    """The site with a revision for every model."""
    models = tuple(
        one.model_copy(update={"source": one.source.model_copy(update={"revision": _REVISION})}) for one in site.models
    )
    return dataclasses.replace(site, models=models)


def arguments(job: Any) -> list[str]:
    """What the program is told."""
    found: list[str] = job["spec"]["template"]["spec"]["containers"][0]["args"]
    return found


def test_every_model_of_the_cluster_is_imported_at_its_revision(render: Any, site: Any) -> None:
    """From the repository and commit that the declaration names, to the folder that the server copies from."""
    found = jobs(render(ModelImport, pinned(site("prod-us-east-2"))))

    assert set(found) == {"import-glm-46", "import-glm-5-fp8", "import-qwen3-4b"}
    assert arguments(found["import-qwen3-4b"]) == [
        f"Qwen/Qwen3-4B@{_REVISION}",
        f"s3://acme-prod-us-east-2-models-111122223333/qwen3-4b/{_REVISION}/",
    ]


def test_of_a_repository_for_llama_cpp_one_file_is_imported(render: Any, site: Any) -> None:
    """The other files are the same model in other precisions."""
    job = jobs(render(ModelImport, site("dev-us-east-1")))["import-arctic-embed-s"]

    assert "--file=snowflake-arctic-embed-s-f16.GGUF" in arguments(job)


def test_a_new_revision_is_a_new_job_and_nothing_else_runs_again(render: Any, site: Any) -> None:
    """Its name says what it does: a sync that changes nothing starts nothing."""
    before, same, after = (
        jobs(render(ModelImport, one))["import-qwen3-4b"]["metadata"]["name"]
        for one in (site("dev-us-east-1"), site("dev-us-east-1"), pinned(site("dev-us-east-1")))
    )

    assert before == same
    assert before != after


def test_without_a_revision_the_folder_says_so(render: Any, site: Any) -> None:
    """`groundwork check --production` finds it by that name."""
    job = jobs(render(ModelImport, site("dev-us-east-1")))["import-qwen3-4b"]

    assert arguments(job)[0] == "Qwen/Qwen3-4B"
    assert arguments(job)[1].endswith("/qwen3-4b/unpinned/")


def test_no_wave_waits_for_an_import(render: Any, site: Any) -> None:
    """704 GiB take hours; Argo CD's health check reads the annotation."""
    job = jobs(render(ModelImport, site("prod-us-east-2")))["import-glm-5-fp8"]

    assert job["metadata"]["annotations"]["groundwork.dev/background"] == "true"
    assert "argocd.argoproj.io/hook" not in job["metadata"]["annotations"]
    assert 4 * 3600 <= job["spec"]["activeDeadlineSeconds"] <= 5 * 3600


def test_it_may_write_its_models_folder_alone(render: Any, site: Any, find: Any) -> None:
    """An import of one model cannot put weights under another's name, and can delete nothing."""
    role = find(render(ModelImport, site("prod-us-east-1")), "Role", "import-qwen3-4b")

    statements = json.loads(role["spec"]["inlinePolicies"]["access"])["Statement"]
    (write,) = [one for one in statements if "s3:PutObject" in one["Action"]]
    assert write["Resource"] == "arn:aws:s3:::acme-prod-us-east-1-models-111122223333/qwen3-4b/*"
    assert not any("Delete" in action for one in statements for action in one["Action"])


def test_only_gated_models_take_the_token(render: Any, site: Any) -> None:
    """A cluster without one needs no account at Hugging Face."""
    found = jobs(render(ModelImport, site("prod-us-east-1")))

    taking = {
        name
        for name, job in found.items()
        if any(one["name"] == "HF_TOKEN" for one in job["spec"]["template"]["spec"]["containers"][0]["env"])
    }
    assert taking == {"import-llama31-8b"}


def test_it_alone_reaches_the_hub(render: Any, site: Any) -> None:
    """On Auto Mode by name; elsewhere through the proxy, which has the list."""
    auto, own = render(ModelImport, site("prod-us-east-1")), render(ModelImport, site("prod-us-east-2"))

    hosts = {flow.target.host for flow in auto.flows if flow.target.host}
    environment = jobs(own)["import-qwen3-4b"]["spec"]["template"]["spec"]["containers"][0]["env"]
    assert {"huggingface.co", "us.aws.cdn.hf.co"} <= hosts
    assert {"name": "HTTPS_PROXY", "value": f"http://egress-proxy.egress.svc:{port_of('model-import')}"} in environment
