"""GitHub over HTTP: the one place that speaks it, and the one door of urllib3.

A request is sent again only where that does no harm: reading, and writing the same value again.
What creates something is sent once, whatever becomes of the answer. The token goes to the API and
nowhere else: not along a redirect, not to the next page of another host.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode, urlsplit

import urllib3

from reconciler.model.errors import Exit, InvalidInput, ReconcilerError

CONNECT_SECONDS: Final = 10.0
READ_SECONDS: Final = 30.0
TRIES: Final = 5
LONGEST_WAIT: Final = 60.0
"""Seconds; what GitHub wants to wait for longer is for another run."""
MOST_PAGES: Final = 100
_A_PAGE: Final = 100
_MOST_BYTES: Final = 64 * 1024 * 1024
_PIECE: Final = 1024 * 1024
_PASSING: Final = frozenset({429, 500, 502, 503, 504})
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_ACCEPT: Final = "application/vnd.github+json"
_API_VERSION: Final = "2022-11-28"
_NEXT: Final = re.compile(r'<([^<>]+)>;\s*rel="next"')
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class _Answer(NamedTuple):
    status: int
    headers: urllib3.HTTPHeaderDict
    data: bytes


class GitHubError(ReconcilerError):
    """GitHub could not be reached, or refused. `status` is that of its answer, 0 without one."""

    exit = Exit.UNREACHABLE

    def __init__(self, what: str, *, how: str = "", status: int = 0) -> None:
        super().__init__(what, how=how)
        self.status = status


class Client:
    """Asks the REST API of one repository. Paths begin with a slash and stand below it.

    Every call raises GitHubError where GitHub cannot be reached within its tries, or refuses.
    """

    def __init__(
        self, *, api: str, graphql: str, repository: str, token: str,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        for url in (api, graphql):
            _refuse_insecure(url)
        if not token:
            raise InvalidInput("there is no token for GitHub: GITHUB_TOKEN is not set",
                               how="give the step `env: {GITHUB_TOKEN: ${{ github.token }}}`")
        self._api = api
        self._graphql = graphql
        self._base = f"{api}/repos/{repository}"
        self._token = token
        self._sleep = sleep
        self._pool = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS), retries=False)

    def get(self, path: str, **query: str) -> Any:
        """The JSON at a path."""
        return _json(self._repeated("GET", self._address(path, query)))

    def pages(self, path: str, *, key: str | None = None, **query: str) -> Iterator[Any]:
        """The items of a list, page by page; of an answer that is an object those under `key`."""
        url: str | None = self._address(path, {"per_page": str(_A_PAGE), **query})
        for _ in range(MOST_PAGES):
            if url is None:
                return
            answer = self._repeated("GET", url)
            document = _json(answer)
            items = document.get(key) if key is not None and isinstance(document, dict) \
                else document
            if not isinstance(items, list):
                raise GitHubError(f"GitHub answers {path} with no list",
                                  how="check GITHUB_API_URL")
            yield from items
            url = self._next(answer)
        if url is not None:
            raise GitHubError(f"{path} has more than {MOST_PAGES * _A_PAGE:,} items",
                              how="this is more than is read: check what they are")

    def create(self, path: str, document: Mapping[str, Any]) -> Any:
        """Create something: sent once, for a second time would make a second one."""
        return _json(self._once("POST", self._address(path, {}), document))

    def supersede(self, path: str, document: Mapping[str, Any]) -> Any:
        """Create what takes the place of an earlier one, so that a second one does no harm."""
        return _json(self._repeated("POST", self._address(path, {}), document))

    def update(self, path: str, document: Mapping[str, Any]) -> Any:
        """Set values, which are the same if they are set twice."""
        return _json(self._repeated("PATCH", self._address(path, {}), document))

    def whoami(self) -> str:
        """The login of whoever the token is of: also of a workflow's own token and of an app,
        which the REST API does not tell."""
        answer = _json(self._repeated("POST", self._graphql, {"query": "query{viewer{login}}"}))
        try:
            return str(answer["data"]["viewer"]["login"])
        except (KeyError, TypeError):
            raise GitHubError("GitHub does not say whose token this is",
                              how="check GITHUB_TOKEN") from None

    def download(self, path: str, *, most: int) -> bytes:
        """The bytes that a path leads to, at most so many; from where GitHub keeps them, which is
        told no token. Raises InvalidInput where they are more."""
        answer = self._repeated("GET", self._address(path, {}), most=most)
        if answer.status in _REDIRECTS:
            elsewhere = answer.headers.get("Location", "")
            _refuse_insecure(elsewhere)
            answer = self._repeated("GET", elsewhere, most=most, secret=False)
        if answer.status in _REDIRECTS:
            raise GitHubError(f"GitHub leads {path} on and on", how="try again later")
        return answer.data

    def _address(self, path: str, query: Mapping[str, str]) -> str:
        return f"{self._base}{path}{f'?{urlencode(query)}' if query else ''}"

    def _next(self, answer: _Answer) -> str | None:
        """The address of the next page. Raises GitHubError where another host is named."""
        found = _NEXT.search(answer.headers.get("Link", ""))
        if found is None:
            return None
        if _origin(found[1]) != _origin(self._api):
            raise GitHubError("the next page of a list is on another host than the API",
                              how="check GITHUB_API_URL")
        return found[1]

    def _repeated(
        self, method: str, url: str, document: Mapping[str, Any] | None = None, *,
        most: int = _MOST_BYTES, secret: bool = True,
    ) -> _Answer:
        """Ask until there is an answer that another try would not change."""
        for left in reversed(range(TRIES)):
            try:
                answer = self._send(method, url, document, most=most, secret=secret)
            except urllib3.exceptions.HTTPError as wrong:
                if not left:
                    raise _not_reached(url, wrong) from None
                self._sleep(2.0 ** (TRIES - 1 - left))
                continue
            wait = _wanted_wait(answer, TRIES - 1 - left)
            if wait is None or not left or wait > LONGEST_WAIT:
                return _good(answer, method, url)
            self._sleep(wait)
        raise AssertionError("the last try returns or raises")

    def _once(self, method: str, url: str, document: Mapping[str, Any]) -> _Answer:
        try:
            return _good(self._send(method, url, document, most=_MOST_BYTES, secret=True),
                         method, url)
        except urllib3.exceptions.HTTPError as wrong:
            raise _not_reached(url, wrong) from None

    def _send(
        self, method: str, url: str, document: Mapping[str, Any] | None, *, most: int, secret: bool,
    ) -> _Answer:
        headers = {"User-Agent": f"reconciler/{version('reconciler')}"}
        if secret:
            headers |= {"Authorization": f"Bearer {self._token}", "Accept": _ACCEPT,
                        "X-GitHub-Api-Version": _API_VERSION}
        body = None
        if document is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(document).encode()
        response = self._pool.request(method, url, body=body, headers=headers,
                                      preload_content=False, redirect=False)
        try:
            return _Answer(response.status, response.headers, _bounded(response, most, url))
        finally:
            response.release_conn()


def _bounded(response: urllib3.BaseHTTPResponse, most: int, url: str) -> bytes:
    pieces, size = [], 0
    while piece := response.read(_PIECE):
        size += len(piece)
        if size > most:
            response.close()
            raise InvalidInput(f"what {_place(url)} sends is larger than {most // 1024 // 1024} "
                               "MiB", how="check what it is")
        pieces.append(piece)
    return b"".join(pieces)


def _wanted_wait(answer: _Answer, tried: int) -> float | None:
    """Seconds to wait before the same again; None where the answer would be the same."""
    if answer.status not in _PASSING and not _is_limited(answer):
        return None
    said = _retry_after(answer)
    return 2.0 ** tried if said is None else said


def _is_limited(answer: _Answer) -> bool:
    return answer.status in (403, 429) and (
        "Retry-After" in answer.headers or answer.headers.get("X-RateLimit-Remaining") == "0")


def _retry_after(answer: _Answer) -> float | None:
    """What GitHub asks to wait, by its own clock."""
    text = answer.headers.get("Retry-After", "")
    try:
        if text.isdecimal():
            return float(text)
        now = parsedate_to_datetime(answer.headers.get("Date", "")).timestamp()
        if text:
            return max(0.0, parsedate_to_datetime(text).timestamp() - now)
        if answer.headers.get("X-RateLimit-Remaining") == "0":
            return max(0.0, float(answer.headers.get("X-RateLimit-Reset", "")) - now)
    except (TypeError, ValueError):
        pass
    return None


def _good(answer: _Answer, method: str, url: str) -> _Answer:
    """The answer, unless it is a refusal: then GitHubError with what GitHub says of it."""
    if answer.status < 400:
        return answer
    try:
        said = str(json.loads(answer.data)["message"])[:300]
    except (ValueError, KeyError, TypeError, RecursionError):
        said = "no reason given"
    what = f"GitHub answers {method} {_place(url)} with {answer.status}: {said}"
    if _is_limited(answer):
        wait = _retry_after(answer)
        raise GitHubError(what, status=answer.status, how="its limit of requests is used up: run "
                          f"this again{f' in {wait:,.0f} seconds' if wait else ' later'}")
    raise GitHubError(what, status=answer.status, how=_way_out(answer.status))


def _way_out(status: int) -> str:
    match status:
        case 401:
            return "GITHUB_TOKEN is not valid, or not any more"
        case 403 | 404:
            return "check the `permissions` of the job, and that the token is of this repository"
        case _:
            return "run this again later" if status >= 500 else "check GITHUB_API_URL"


def _not_reached(url: str, wrong: Exception) -> GitHubError:
    return GitHubError(f"GitHub could not be reached at {_place(url)}: {type(wrong).__name__}",
                       how="check GITHUB_API_URL and the network, and run this again")


def _json(answer: _Answer) -> Any:
    try:
        return json.loads(answer.data)
    except (ValueError, RecursionError):
        raise GitHubError("GitHub answers with something that is no JSON",
                          how="check GITHUB_API_URL", status=answer.status) from None


def _refuse_insecure(url: str) -> None:
    """Raise InvalidInput for an address that would carry secrets readably."""
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return
    raise InvalidInput(f"{_place(url)} is no https address",
                       how="check GITHUB_API_URL: the token must not be sent readably")


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _place(url: str) -> str:
    """An address without its query, which may hold a signature."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"
