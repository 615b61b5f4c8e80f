"""Fixtures: an S3 that keeps what it is given in memory, and the s5cmd of our own image."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUCKET = "weights"

# By name: neither package says anything to type checkers.
BOTO3: Any = importlib.import_module("boto3")
MOTO: Any = importlib.import_module("moto.server")


@pytest.fixture(scope="session")
def s3_address() -> Generator[str, None, None]:
    """The address of the stand-in for S3."""
    server = MOTO.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3_environment(s3_address: str) -> dict[str, str]:
    """What a program needs to take the stand-in for S3."""
    return {
        **os.environ,
        "AWS_ACCESS_KEY_ID": "made-up",
        "AWS_SECRET_ACCESS_KEY": "made-up",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL_S3": s3_address,
        "S3_ENDPOINT_URL": s3_address,
    }


@pytest.fixture
def s3(s3_address: str) -> Generator[Any, None, None]:
    """A client of the stand-in, whose bucket is empty."""
    client = BOTO3.client(
        "s3",
        endpoint_url=s3_address,
        region_name="us-east-1",
        aws_access_key_id="made-up",
        aws_secret_access_key="made-up",
    )
    client.create_bucket(Bucket=BUCKET)
    yield client
    for one in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=one["Key"])
    client.delete_bucket(Bucket=BUCKET)
    client.close()


@pytest.fixture(scope="session")
def s5cmd() -> Path:
    """The program that the image holds, built from the same Go modules: half a minute, once."""
    program = ROOT / ".cache/bin/s5cmd"
    if not program.exists():
        folder = ROOT / "apps/images/s5cmd"
        go = shutil.which("go")
        assert go, "no Go: `make .venv/synced` brings one"
        program.parent.mkdir(parents=True, exist_ok=True)
        command = [go, "build", "-trimpath", "-o", str(program), "github.com/peak/s5cmd/v2"]
        subprocess.run(command, cwd=folder, check=True, env={**os.environ, "CGO_ENABLED": "0"})
    return program
