"""The Hugging Face hub: what a revision holds, and the content of its files."""

from __future__ import annotations

import fnmatch
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx2
from huggingface_hub import HfApi, get_session, hf_hub_url
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError
from huggingface_hub.utils import build_hf_headers

__all__ = ["Hub", "HubError", "Published"]

# What a server loads: weights without code in them, and what belongs to the tokenizer. Folders hold other formats of the same.
_WANTED = ("*.safetensors", "*.json", "*.jinja", "*.model", "*.tiktoken", "*.txt")
_CHUNK = 4 * 1024**2
_RECONNECTS = 5
_SILENCE = 60.0


class HubError(Exception):
    """The hub does not give what was asked for, and why."""


@dataclass(frozen=True)
class Published:
    """A file as the hub describes it: large ones by their sha256, the others by Git's hash alone."""

    name: str
    size: int
    sha256: str | None
    git_sha1: str


class Hub:
    """One revision of one repository, or one file of it.

    Raises:
        HubError: it does not exist, or the token's account may not read it.
    """

    def __init__(self, repository: str, revision: str | None, only: str | None) -> None:
        self.repository = repository
        try:
            info = HfApi().model_info(repository, revision=revision, files_metadata=True, timeout=_SILENCE)
        except GatedRepoError:
            raise HubError(
                f"{repository} is gated: accept its licence with the account whose token stands in the secret `huggingface`"
            ) from None
        except RevisionNotFoundError:
            raise HubError(f"{repository} has no revision {revision}") from None
        except RepositoryNotFoundError:
            raise HubError(f"the hub has no {repository}, or hides it from this token") from None
        except (HfHubHTTPError, httpx2.HTTPError) as error:
            raise HubError(f"the hub does not answer for {repository}: {error}") from None
        self.commit = str(info.sha)
        self.files = [
            Published(one.rfilename, one.size or 0, one.lfs.sha256 if one.lfs else None, one.blob_id or "")
            for one in info.siblings or []
            if (one.rfilename == only if only else _wanted(one.rfilename))
        ]
        if not any(one.name.lower().endswith((".safetensors", ".gguf")) for one in self.files):
            raise HubError(f"{repository}@{self.commit} has no {only or 'safetensors files'}")

    def content(self, file: Published) -> Iterator[bytes]:
        """A file's bytes. A connection that breaks is taken up where it was.

        Raises:
            HubError: it broke too often, or the hub refuses.
        """
        url = hf_hub_url(self.repository, file.name, revision=self.commit)
        got = breaks = 0
        while got < file.size:
            try:
                for chunk in self._from(url, got):
                    got += len(chunk)
                    yield chunk
            except httpx2.TransportError as error:
                breaks += 1
                if breaks > _RECONNECTS:
                    raise HubError(f"{file.name}: the connection broke {breaks} times: {error}") from None
                time.sleep(breaks)

    def _from(self, url: str, start: int) -> Iterator[bytes]:
        headers = build_hf_headers() | {"Range": f"bytes={start}-", "Accept-Encoding": "identity"}
        with get_session().stream("GET", url, headers=headers, timeout=_SILENCE, follow_redirects=True) as answer:
            if answer.status_code != 206:
                raise HubError(f"{answer.url.host} answers {answer.status_code} for {url}")
            yield from answer.iter_bytes(_CHUNK)


def _wanted(name: str) -> bool:
    return "/" not in name and any(fnmatch.fnmatch(name, wanted) for wanted in _WANTED)
