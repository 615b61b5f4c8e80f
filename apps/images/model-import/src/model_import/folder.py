"""A folder of a bucket: files appear there whole and right, or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from model_import.hub import Published

__all__ = ["MANIFEST", "Folder", "WrongContentError"]

MANIFEST = "groundwork-manifest.json"
# S3 takes 10,000 parts of a file: 640 GB.
_PART = 64 * 1024**2


class WrongContentError(Exception):
    """What arrived is not what the hub says that the file is."""


class Folder:
    """`s3://bucket/prefix/`."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self.bucket, _, prefix = address.removeprefix("s3://").partition("/")
        self.prefix = prefix.strip("/")
        self._s3: Any = boto3.client(
            "s3", config=Config(max_pool_connections=32, retries={"mode": "standard", "max_attempts": 8})
        )

    def manifest(self) -> dict[str, Any] | None:
        """What a finished import wrote."""
        try:
            answer = self._s3.get_object(**self._at(MANIFEST))
        except self._s3.exceptions.NoSuchKey:
            return None
        found: dict[str, Any] = json.loads(answer["Body"].read())
        return found

    def finish(self, manifest: dict[str, Any]) -> None:
        """Write the manifest: from now on the folder counts as whole."""
        body = json.dumps(manifest, indent=2).encode()
        self._s3.put_object(**self._at(MANIFEST), Body=body, ContentType="application/json")

    def holds(self, file: Published) -> bool:
        """Whether the file is there already: its hash was checked before it was stored."""
        if file.sha256 is None:
            return False
        try:
            head = self._s3.head_object(**self._at(file.name))
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return False
            raise
        return head["ContentLength"] == file.size and head["Metadata"].get("sha256") == file.sha256

    def put(self, file: Published, content: Iterable[bytes]) -> str:
        """Store a file if its content is right. Returns its sha256.

        Raises:
            WrongContentError: it is not; nothing is stored.
        """
        check = _Check(file)
        upload = self._s3.create_multipart_upload(**self._at(file.name), Metadata={"sha256": file.sha256 or ""})
        to = self._at(file.name) | {"UploadId": upload["UploadId"]}
        try:
            parts = []
            for number, part in enumerate(_parts(content), start=1):
                check.update(part)
                stored = self._s3.upload_part(**to, PartNumber=number, Body=part)
                parts.append({"PartNumber": number, "ETag": stored["ETag"]})
            check.judge()
        except BaseException:
            self._s3.abort_multipart_upload(**to)
            raise
        self._s3.complete_multipart_upload(**to, MultipartUpload={"Parts": parts})
        return check.sha256

    def _at(self, name: str) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": f"{self.prefix}/{name}"}


class _Check:
    """Counts and hashes what passes."""

    def __init__(self, file: Published) -> None:
        self._file = file
        self._size = 0
        self._sha256 = hashlib.sha256()
        self._git = hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False)

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()

    def update(self, part: bytes) -> None:
        self._size += len(part)
        self._sha256.update(part)
        if self._file.sha256 is None:
            self._git.update(part)

    def judge(self) -> None:
        file = self._file
        published = file.sha256 or file.git_sha1
        found = self.sha256 if file.sha256 else self._git.hexdigest()
        if self._size != file.size:
            raise WrongContentError(f"{file.name}: {self._size} bytes arrived, the hub says {file.size}")
        if found != published:
            raise WrongContentError(f"{file.name}: the hash is {found}, the hub says {published}")


def _parts(content: Iterable[bytes]) -> Iterable[bytes]:
    """The content in pieces that S3 takes; at least one, so that an empty file is one too."""
    buffer = bytearray()
    sent = False
    for chunk in content:
        buffer += chunk
        while len(buffer) >= _PART:
            yield bytes(buffer[:_PART])
            del buffer[:_PART]
            sent = True
    if buffer or not sent:
        yield bytes(buffer)
