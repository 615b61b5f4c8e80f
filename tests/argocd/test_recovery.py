"""The page for the day on which something is lost: it names what is there, and reads what the backups wrote."""

from __future__ import annotations

from tests.argocd.delivered import Delivered, titles


def test_every_database_has_its_line(delivered: Delivered) -> None:
    """With the Postgres cluster that holds it and the namespace of whoever has to begin anew."""
    page = delivered.document("recovery.md")
    databases = {
        one["spec"]["bootstrap"]["initdb"]["database"]: one["metadata"]["name"]
        for one in delivered.of_kind("Cluster")
        if one["apiVersion"].startswith("postgresql.cnpg.io/")
    }

    assert databases
    assert all(f"| `{database}` | `{postgres}` | `" in page for database, postgres in databases.items())


def test_a_dump_is_looked_for_where_the_backup_put_it(delivered: Delivered) -> None:
    """The same bucket, the same name: <database>.dump."""
    page = delivered.document("recovery.md")
    written = [
        argument
        for one in delivered.of_kind("CronJob", "postgres")
        for container in one["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
        for argument in container["args"]
    ]
    (bucket,) = {argument.removeprefix("s3://").rstrip("/") for argument in written if argument.startswith("s3://")}

    assert f"bucket={bucket}\n" in page
    assert "--prefix $database.dump" in page
    assert all(argument.endswith(".dump") for argument in written if argument.startswith("/dump/"))


def test_every_bucket_is_named(delivered: Delivered) -> None:
    """Nobody searches the code for one on that day."""
    page = delivered.document("recovery.md")

    assert all(f"`{one['spec']['name']}`" in page for one in delivered.of_kind("Bucket"))


def test_the_cluster_itself_comes_last(delivered: Delivered) -> None:
    """It is what is lost least often."""
    assert titles(delivered.document("recovery.md")) == ["A database", "An object of a bucket", "The whole cluster"]
