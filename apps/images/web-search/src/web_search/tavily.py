"""The Tavily search API, as far as this server needs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import httpx

__all__ = ["SearchError", "SearchResult", "Tavily", "Topic"]

Topic = Literal["general", "news"]

_LONGEST_QUERY = 400
_MOST_RESULTS = 20
_LONGEST_EXCERPT = 2000
_TIMEOUT = httpx.Timeout(20, connect=5)
_MEANING = {
    400: "the search service refused the query",
    401: "the search service does not accept this platform's key",
    429: "the search service is asked too often; try again later",
    432: "this platform's plan at the search service is used up",
}


class SearchError(Exception):
    """A search that failed, in words that an agent can act on. `outcome` is its label in the metrics."""

    def __init__(self, message: str, outcome: str) -> None:
        super().__init__(message)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page that was found. `published` is empty where the vendor does not know it."""

    title: str
    url: str
    content: str
    published: str = ""


class Tavily:
    """A client with the key; HTTPS_PROXY is honoured."""

    def __init__(self, key: str, url: str) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        self._client = httpx.AsyncClient(base_url=url, headers=headers, timeout=_TIMEOUT)

    async def search(self, query: str, topic: Topic, max_results: int) -> list[SearchResult]:
        """Search; best results first.

        Raises:
            SearchError: the input is not valid, or the vendor did not answer with results.
        """
        wanted = query.strip()
        if not wanted:
            raise SearchError("the query is empty", "invalid")
        if len(wanted) > _LONGEST_QUERY:
            raise SearchError(f"the query is longer than {_LONGEST_QUERY} characters; ask for less at once", "invalid")
        if not 1 <= max_results <= _MOST_RESULTS:
            raise SearchError(f"max_results is {max_results}; it must be between 1 and {_MOST_RESULTS}", "invalid")
        return _results(await self._post({"query": wanted, "topic": topic, "max_results": max_results}))

    async def close(self) -> None:
        """Close connections."""
        await self._client.aclose()

    async def _post(self, body: dict[str, Any]) -> Any:
        try:
            response = await self._client.post("/search", json=body)
        except httpx.TimeoutException:
            raise SearchError("the search service did not answer in time", "timeout") from None
        except httpx.HTTPError as error:
            # The exception's own text may hold the request, and with it the key.
            raise SearchError(f"the search service cannot be reached ({type(error).__name__})", "unreachable") from None
        if response.status_code != httpx.codes.OK:
            meaning = _MEANING.get(response.status_code, f"the search service failed with {response.status_code}")
            raise SearchError(meaning, f"status_{response.status_code}")
        try:
            return response.json()
        except ValueError:
            raise SearchError("the search service answered with something that is not JSON", "malformed") from None


def _results(answer: Any) -> list[SearchResult]:
    found = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(found, list):
        raise SearchError("the search service answered without results", "malformed")
    return [
        SearchResult(
            title=str(one.get("title", "")),
            url=str(one.get("url", "")),
            content=str(one.get("content", ""))[:_LONGEST_EXCERPT],
            published=str(one.get("published_date") or ""),
        )
        for one in found
        if isinstance(one, dict)
    ]
