"""What to do when data is gone: a database back from its dump, an object back to an earlier version, the cluster back at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from argocd.page import Step, page, shell
from groundwork.fleet.site import Site
from groundwork.kube.rendering import Rendering
from groundwork.kube.stage import Stage

__all__ = ["recovery_steps"]

_OPENING = (
    "Each section stands for itself. The commands run inside the VPC (`bootstrap.md`, *A way in*), with leave to read the buckets, which "
    "the roles of bootstrap do not give. **Try one of them on a day when nothing is lost.**"
)


def recovery_steps(site: Site, renderings: Sequence[Rendering]) -> str:
    """The page, for this cluster."""
    steps = [
        Step("A database", _database(renderings)),
        Step("An object of a bucket", _object(renderings)),
        Step("The whole cluster", _cluster()),
    ]
    return page(f"Bring back what {site.name} lost", _OPENING, steps)


def _database(renderings: Sequence[Rendering]) -> str:
    """From the dump of a night: the component that makes the Postgres clusters makes the bucket too."""
    (keeper,) = (one for one in renderings if any(_is_postgres(made.body) for made in one.objects))
    (bucket,) = _buckets([keeper])
    rows = [_row(renderings, made.body) for made in keeper.objects if _is_postgres(made.body)]
    return (
        "A standby takes over by itself when the primary is lost. This is for data that is lost in all of them, or was deleted by "
        "somebody. What was written after the dump is gone.\n\n"
        + "\n".join(["| database | Postgres | used from |", "|---|---|---|", *rows, "", ""])
        + shell(
            "database=<database> postgres=<Postgres> users=<namespace>   # one line of the table",
            f"bucket={bucket}",
            "aws s3api list-object-versions --bucket $bucket --prefix $database.dump \\",
            "  --query 'Versions[].[LastModified,VersionId,Size]' --output table",
            "aws s3api get-object --bucket $bucket --key $database.dump --version-id <version> $database.dump",
            f"primary=$(kubectl --namespace {keeper.namespace} get pods --output name \\",
            "  --selector cnpg.io/cluster=$postgres,cnpg.io/instanceRole=primary)",
            f"kubectl --namespace {keeper.namespace} exec --stdin $primary --container postgres -- pg_restore --clean --if-exists \\",
            "  --no-owner --role=$database --single-transaction --dbname=$database < $database.dump",
            "kubectl --namespace $users rollout restart deployment",
        )
        + "\n\nAll of it or nothing: a fault leaves the database as it was. Whoever uses it begins anew, because it keeps what it once "
        "read. If the Postgres cluster itself is gone, Argo CD makes an empty one from Git first."
    )


def _is_postgres(body: Mapping[str, Any]) -> bool:
    return body["kind"] == "Cluster" and str(body["apiVersion"]).startswith("postgresql.cnpg.io/")


def _row(renderings: Sequence[Rendering], cluster: Mapping[str, Any]) -> str:
    """The database, its Postgres cluster, and the namespaces of those who use it: what is carried after it."""
    name = cluster["metadata"]["name"]
    users = {one.namespace for one in renderings if name in one.reached and one.stage > Stage.DATA}
    database = cluster["spec"]["bootstrap"]["initdb"]["database"]
    return f"| `{database}` | `{name}` | {', '.join(f'`{user}`' for user in sorted(users))} |"


def _buckets(renderings: Sequence[Rendering]) -> list[str]:
    bodies = (made.body for one in renderings for made in one.objects)
    return sorted(body["spec"]["name"] for body in bodies if body["kind"] == "Bucket")


def _object(renderings: Sequence[Rendering]) -> str:
    buckets = ", ".join(f"`{name}`" for name in _buckets(renderings))
    return (
        f"Buckets ({buckets}) keep what was replaced or deleted, each for its own time. A deleted object has a marker, and is back "
        "without it.\n\n"
        + shell(
            "bucket=<bucket> key=<key>",
            "aws s3api list-object-versions --bucket $bucket --prefix $key",
            "aws s3api delete-object --bucket $bucket --key $key --version-id <marker>",
            "aws s3api copy-object --bucket $bucket --key $key --copy-source $bucket/$key?versionId=<version>   # an earlier one",
        )
    )


def _cluster() -> str:
    return (
        "`bootstrap.md` from its beginning. AWS keeps buckets, images, secrets, log groups and keys, and ACK takes over what has the "
        "names that Git says; new keys come, their aliases move to them, and the old ones still open what they closed. Weights are "
        "there, so models start. Databases are empty: restore each as above. The old cluster's volumes are kept too, should a dump be "
        "too old; `teardown.md` tells how to know whose they are, before they are without a name."
    )
