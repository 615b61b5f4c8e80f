"""The processor: Envoy sends headers, then the whole body, and goes on or answers as it is told."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import AsyncIterable, AsyncIterator, Collection
from dataclasses import dataclass
from typing import Any

import betterproto2
from envoy_data_plane.envoy.config.core.v3 import HeaderValue, HeaderValueOption
from envoy_data_plane.envoy.service.ext_proc.v3 import (
    BodyResponse,
    HeaderMutation,
    HeadersResponse,
    HttpBody,
    HttpHeaders,
    ImmediateResponse,
    ProcessingRequest,
    ProcessingResponse,
    TrailersResponse,
)
from envoy_data_plane.envoy.type.v3 import HttpStatus, StatusCode
from prometheus_client import CollectorRegistry, Counter, Histogram

from guardrail.checks import found
from guardrail.texts import UnreadableError, texts

__all__ = ["Processor"]

_LOG = logging.getLogger("guardrail")
# The answer that changes nothing, of the kind that each question wants.
_UNCHANGED = {
    "request_headers": ProcessingResponse(request_headers=HeadersResponse()),
    "request_body": ProcessingResponse(request_body=BodyResponse()),
    "request_trailers": ProcessingResponse(request_trailers=TrailersResponse()),
    "response_headers": ProcessingResponse(response_headers=HeadersResponse()),
    "response_body": ProcessingResponse(response_body=BodyResponse()),
    "response_trailers": ProcessingResponse(response_trailers=TrailersResponse()),
}


@dataclass(frozen=True, slots=True)
class _Refusal:
    """What the caller is told instead of an answer."""

    status: int
    code: str
    message: str

    def response(self) -> ProcessingResponse:
        """In the form of errors that clients of model APIs know."""
        body = {"error": {"type": "guardrail", "code": self.code, "message": self.message}}
        header = HeaderValue(key="content-type", raw_value=b"application/json")
        return ProcessingResponse(
            immediate_response=ImmediateResponse(
                status=HttpStatus(code=StatusCode(self.status)),
                headers=HeaderMutation(set_headers=[HeaderValueOption(header=header)]),
                body=json.dumps(body).encode(),
                details=f"guardrail_{self.code}",
            )
        )


class Processor:
    """Judges requests. Whatever else Envoy asks about is let through unchanged.

    Args:
        registry: where metrics are kept.
        max_body: bytes.
        observed: checks that only count.
    """

    def __init__(self, registry: CollectorRegistry, max_body: int, observed: Collection[str] = ()) -> None:
        self._max_body = max_body
        self._observed = frozenset(observed)
        self._requests = Counter(
            "guardrail_requests", "Requests by outcome: passed, or why not.", ["outcome"], registry=registry
        )
        self._observations = Counter(
            "guardrail_observations",
            "Requests that a check found something in and only counts.",
            ["check"],
            registry=registry,
        )
        self._seconds = Histogram("guardrail_seconds", "Seconds that judging a body takes.", registry=registry)

    async def process(
        self, questions: AsyncIterable[ProcessingRequest], _context: Any
    ) -> AsyncIterator[ProcessingResponse]:
        """One stream per HTTP request. A refusal ends it."""
        async for question in questions:
            part, value = betterproto2.which_one_of(question, "request")
            refusal = None
            if part == "request_headers":
                refusal = self._of_headers(value)
            elif part == "request_body":
                refusal = self._of_body(value)
            if refusal is not None:
                self._requests.labels(refusal.code).inc()
                _LOG.info("refused: %s", refusal.code)
                yield refusal.response()
                return
            yield _UNCHANGED.get(part, ProcessingResponse())

    def _of_headers(self, headers: HttpHeaders) -> _Refusal | None:
        if headers.end_of_stream:
            self._requests.labels("passed").inc()
            return None
        said = {
            one.key.lower(): (one.raw_value.decode("latin-1") or one.value).lower()
            for one in (headers.headers.headers if headers.headers else ())
        }
        length = said.get("content-length", "0")
        if length.isdecimal() and int(length[:20]) > self._max_body:
            return self._too_large()
        if said.get("content-encoding", "identity") != "identity":
            return _Refusal(415, "compressed", "Compressed bodies cannot be judged.")
        if not said.get("content-type", "").startswith("application/json"):
            return _Refusal(415, "not-json", "Only JSON can be judged.")
        return None

    def _of_body(self, sent: HttpBody) -> _Refusal | None:
        if not sent.end_of_stream:
            # The gateway streams where it was to buffer: the rest of the request would go on unseen.
            return _Refusal(500, "in-pieces", "The gateway sends this request in pieces.")
        if len(sent.body) > self._max_body:
            return self._too_large()
        began = time.perf_counter()
        try:
            names = found(texts(sent.body)) if sent.body else []
        except UnreadableError as error:
            return _Refusal(400, "not-json", f"The request cannot be judged: {error}.")
        finally:
            self._seconds.observe(time.perf_counter() - began)
        for name in self._observed & {*names}:
            self._observations.labels(name).inc()
        refused = [name for name in names if name not in self._observed]
        if refused:
            return _Refusal(403, refused[0], f"The request was refused: it looks as if it held a {', '.join(refused)}.")
        self._requests.labels("passed").inc()
        return None

    def _too_large(self) -> _Refusal:
        return _Refusal(413, "too-large", f"The request is larger than {self._max_body} bytes.")
