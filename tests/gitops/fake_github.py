"""The few endpoints of GitHub that are used, over HTTP on loopback, and as strict as it is.

What a test does to it in domain words (`review`, `attach`, ...) is what people and the runner do
there. Bodies that are too long, tokens that may not write, and a token that is sent along to
where artifacts are kept are refused as GitHub refuses them.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import threading
import zipfile
from base64 import encodebytes
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.gitops.fake_branches import MAIN, Branches

BOT = "github-actions[bot]"
REPOSITORY = "acme/access"
HOME = 1001
"""The repository's id; a fork has another one."""
BASE = MAIN
COMMENT = 65_536
COMMITS = 250
"""So many commits of a pull request are listed, and no more."""
AUTHOR = "<whoever opened it>"
Json = dict[str, Any]


@dataclass(kw_only=True)
class Planned:
    """Something that goes wrong at the next requests that fit."""

    method: str
    path: str
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b'{"message": "planned by the test"}'
    times: int = 1


def trees(*sly: str, owners: str = "") -> Callable[[str], dict[str, str]]:
    """Trees in which every commit has the workflows as delivered, but for those that are `sly`;
    `owners` is a commit with another CODEOWNERS."""
    below = {"ea" * 20: ("as delivered", "as it was"), "eb" * 20: ("mine", "as it was"),
             "ec" * 20: ("as delivered", "other")}
    delivered, mine, other = below

    def tree(which: str) -> dict[str, str]:
        if which in below:
            return dict(zip(("workflows", "CODEOWNERS"), below[which], strict=True))
        return {".github": mine if which in sly else other if which == owners else delivered}

    return tree


class FakeGitHub:
    """One repository. `requests` are `METHOD path` as they came in."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[str] = []
        self.tokens = {"bot": BOT}
        self.read_only: set[str] = set()
        self.issues: dict[int, Json] = {}
        self.comments: dict[int, Json] = {}
        self.pulls: dict[int, Json] = {}
        self.reviews: dict[int, list[Json]] = {}
        self.commits: dict[int, list[Json]] = {}
        self.branches = Branches(self._now, self._next_id)
        self.artifacts: list[Json] = []
        self.statuses: dict[str, list[Json]] = {}
        self.blobs: dict[int, bytes] = {}
        self.runs: dict[int, Json] = {}
        self.planned: list[Planned] = []
        self.a_page = 100
        # Of a git repository, where a test has one: what a commit or a tree holds (also all that is
        # below), what a blob is, and where two commits part. Else what is below `.github`, and the
        # files that the test gives.
        self.tree: Callable[[str], dict[str, str]] = trees()
        self.listing: Callable[[str, bool], list[Json]] = self._listing
        self.blob: Callable[[str], bytes] = self._blob_of
        self.message: Callable[[str], str] = lambda commit: "Change access"
        self.merge_base: Callable[[str, str], str] = lambda base, commit: base
        self._files: dict[str, dict[str, bytes]] = {}
        # Who may do less with the repository, or more, than write.
        self.permissions: dict[str, str] = {}
        self._id = 5000
        self._number = 0
        self._seconds = 0

    # What people and the runner do.

    def open_pull(
        self, *, author: str, head: str, fork: bool = False, branch: str = "main",
        writers: tuple[str | None, ...] = (), head_branch: str = "", pusher: str | None = AUTHOR,
    ) -> int:
        """Open a pull request from a branch, which `pusher` makes of all its commits where there is
        none; `writers` wrote them (None: nobody that GitHub knows)."""
        number = self._next_number()
        name = "mallory/access" if fork else REPOSITORY
        head_branch = head_branch or f"change-{number}"
        if not fork and head_branch not in self.branches.at:
            self.branches.make(head_branch, head, author if pusher == AUTHOR else pusher)
        assert fork or self.branches.at[head_branch] == head, f"{head_branch} is elsewhere"
        self.branches.at.setdefault(branch, BASE)
        self.pulls[number] = {
            "number": number, "user": {"login": author}, "state": "open", "merged_at": None,
            "merge_commit_sha": None, "html_url": f"{self.url}/{REPOSITORY}/pull/{number}",
            "created_at": self._now(),
            "head": {"sha": head, "ref": head_branch, "repo": {"full_name": name}},
            "base": {"ref": branch, "sha": BASE, "repo": {"full_name": REPOSITORY}}}
        self.reviews[number] = []
        self.commits[number] = [_commit(head, w) for w in writers or (author,)]
        return number

    def push(
        self, number: int, head: str, *, writer: str | None = AUTHOR, pusher: str | None = AUTHOR,
        kind: str = "push",
    ) -> None:
        """Push a commit to a pull request: who wrote it and who pushes it are two things."""
        pull = self.pulls[number]
        author = pull["user"]["login"]
        if pull["head"]["repo"]["full_name"] == REPOSITORY:
            self.branches.move(pull["head"]["ref"], head, author if pusher == AUTHOR else pusher,
                               kind=kind)
        pull["head"]["sha"] = head
        self.commits[number].append(_commit(head, author if writer == AUTHOR else writer))

    def give(self, commit: str, files: Mapping[str, bytes]) -> None:
        """Say which files a commit has."""
        self._files[commit] = dict(files)

    def merge(self, number: int, as_commit: str, by: str = "merger") -> None:
        """Merge a pull request."""
        pull = self.pulls[number]
        self.branches.move(pull["base"]["ref"], as_commit, by, kind="pr_merge")
        pull |= {"state": "closed", "merged_at": self._now(), "merge_commit_sha": as_commit}

    def review(
        self, number: int, login: str | None, state: str = "APPROVED", commit: str | None = None
    ) -> int:
        """Review a pull request, at its head or at another commit; returns the review's id."""
        review = {"id": self._next_id(), "state": state, "submitted_at": self._now(),
                  "user": login and {"login": login},
                  "commit_id": commit or self.pulls[number]["head"]["sha"]}
        self.reviews[number].append(review)
        return review["id"]

    def dismiss(self, number: int, review: int) -> None:
        """Dismiss a review: it stays where it is, in another state."""
        next(r for r in self.reviews[number] if r["id"] == review)["state"] = "DISMISSED"

    def start_run(
        self, *, head: str, event: str = "pull_request", path: str = ".github/workflows/plan.yml",
        branch: str = "change",
    ) -> int:
        """Start a run of a workflow; returns its id."""
        run = self._next_id()
        self.runs[run] = {"id": run, "event": event, "path": path, "head_sha": head,
                          "head_branch": branch}
        return run

    def attach(
        self, run: int, name: str, files: dict[str, bytes] | bytes, *, fork: bool = False,
        expired: bool = False,
    ) -> int:
        """Attach an artifact to a run; bytes are the zip as it is."""
        made = self._next_id()
        packed = files if isinstance(files, bytes) else _packed(files)
        told = self.runs[run]
        self.artifacts.insert(0, {
            "id": made, "name": name, "size_in_bytes": len(packed), "expired": expired,
            "created_at": self._now(),
            "workflow_run": {"id": run, "repository_id": HOME,
                             "head_repository_id": HOME + 1 if fork else HOME,
                             "head_branch": told["head_branch"], "head_sha": told["head_sha"]}})
        self.blobs[made] = packed
        return made

    def comment_on(self, number: int, login: str, body: str) -> int:
        """Somebody comments on an issue or a pull request."""
        made = self._next_id()
        self.comments[made] = {"id": made, "number": number, "body": body,
                               "user": {"login": login}}
        return made

    def comments_on(self, number: int) -> list[str]:
        """The comments on an issue or a pull request, the oldest first."""
        return [c["body"] for c in self.comments.values() if c["number"] == number]

    def status(self, number: int) -> tuple[str, str]:
        """State and description of the newest commit status of a pull request's head; no pull
        request of a test has several names of them."""
        said = self.statuses.get(self.pulls[number]["head"]["sha"], [])
        assert len({s["context"] for s in said}) < 2
        return (said[-1]["state"], said[-1]["description"]) if said else ("", "")

    def fail(self, method: str, path: str, status: int, **more: Any) -> None:
        """Let the next request that fits go wrong; `path` is a part of it."""
        self.planned.append(Planned(method=method, path=path, status=status, **more))

    def open_issue(self, login: str, title: str, body: str) -> int:
        """Somebody opens an issue."""
        number = self._next_number()
        self.issues[number] = {"number": number, "title": title, "body": body, "state": "open",
                               "user": {"login": login},
                               "html_url": f"{self.url}/{REPOSITORY}/issues/{number}"}
        return number

    def _now(self) -> str:
        """Some seconds later each time."""
        self._seconds += 5
        return f"2026-06-01T12:{self._seconds // 60:02}:{self._seconds % 60:02}Z"

    def _next_id(self) -> int:
        self._id += 1
        return self._id

    def _next_number(self) -> int:
        self._number += 1
        return self._number

    # What is asked over HTTP.

    def answer(self, request: Request) -> Answer:
        """Answer one request."""
        self.requests.append(f"{request.method} {request.path}")
        for planned in self.planned:
            if planned.method == request.method and planned.path in request.path:
                planned.times -= 1
                if not planned.times:
                    self.planned.remove(planned)
                return Answer(planned.status, planned.body, planned.headers)
        if request.path.startswith("/blob/"):
            return self._blob(request)
        login = self.tokens.get(request.token)
        if login is None:
            return refused(401, "Bad credentials")
        if request.path == "/graphql":
            return answer_json(200, {"data": {"viewer": {"login": login}}})
        if request.method != "GET" and request.token in self.read_only:
            return refused(403, "Resource not accessible by integration")
        for method, pattern, handler in self._routes():
            found = re.fullmatch(f"/repos/{REPOSITORY}{pattern}", request.path)
            if found is not None and method == request.method:
                return handler(request, login, *(int(g) if g.isdigit() else g
                                                 for g in found.groups()))
        return refused(404, "Not Found")

    def _routes(self) -> list[tuple[str, str, Callable[..., Answer]]]:
        return [
            ("GET", r"/issues/(\d+)/comments", self._comments),
            ("POST", r"/issues/(\d+)/comments", self._new_comment),
            ("PATCH", r"/issues/comments/(\d+)", self._edit_comment),
            ("GET", r"/issues", self._issues),
            ("POST", r"/issues", self._new_issue),
            ("PATCH", r"/issues/(\d+)", self._edit_issue),
            ("GET", r"/commits/([0-9a-f]{40})/pulls", self._pulls_of),
            ("GET", r"/collaborators/([^/]+)/permission", self._permission),
            ("GET", r"/git/commits/([0-9a-f]{40})", lambda _, __, sha: answer_json(
                200, {"sha": sha, "message": self.message(sha)})),
            ("GET", r"/pulls/(\d+)/commits",
             lambda r, _, n: self._page(r, self.commits[n][:COMMITS])),
            ("GET", r"/activity", self._activity),
            ("GET", r"/pulls/(\d+)/reviews", lambda r, _, n: self._page(r, self.reviews[n])),
            ("GET", r"/compare/([0-9a-f]{40})\.\.\.([0-9a-f]{40})", self._compare),
            ("GET", r"/git/ref/heads/(.+)", lambda _, __, name: answer_json(
                200, {"object": {"type": "commit", "sha": self.branches.at[name]}})),
            ("GET", r"/git/trees/([0-9a-f]{40})", self._tree),
            ("GET", r"/git/blobs/([0-9a-f]{40})", self._git_blob),
            ("POST", r"/statuses/([0-9a-f]{40})", self._new_status),
            ("GET", r"/actions/artifacts", self._artifacts),
            ("GET", r"/actions/artifacts/(\d+)/zip", self._zip),
            ("GET", r"/actions/runs/(\d+)", lambda _, __, n: answer_json(200, self.runs[n])),
        ]

    def _comments(self, request: Request, _: str, number: int) -> Answer:
        return self._page(request, [c for c in self.comments.values() if c["number"] == number])

    def _new_comment(self, request: Request, login: str, number: int) -> Answer:
        if len(request.json["body"]) > COMMENT:
            return refused(422, "Validation Failed: body is too long (maximum is 65536 characters)")
        if number not in self.pulls and number not in self.issues:
            return refused(404, "Not Found")
        made = self.comment_on(number, login, request.json["body"])
        return answer_json(201, self.comments[made])

    def _edit_comment(self, request: Request, login: str, comment: int) -> Answer:
        if comment not in self.comments:
            return refused(404, "Not Found")
        if len(request.json["body"]) > COMMENT:
            return refused(422, "Validation Failed: body is too long (maximum is 65536 characters)")
        if self.comments[comment]["user"]["login"] != login:
            return refused(403, "Must have admin rights to Repository.")
        self.comments[comment]["body"] = request.json["body"]
        return answer_json(200, self.comments[comment])

    def _issues(self, request: Request, _: str) -> Answer:
        # As there: a pull request is an issue too.
        both = [*self.issues.values(), *({**p, "pull_request": {}} for p in self.pulls.values())]
        state = request.query.get("state", "open")
        shown = [i for i in both if state in ("all", i["state"])]
        return self._page(request, sorted(shown, key=lambda i: i["number"]))

    def _new_issue(self, request: Request, login: str) -> Answer:
        if len(request.json["body"]) > COMMENT or len(request.json["title"]) > 256:
            return refused(422, "Validation Failed")
        number = self.open_issue(login, request.json["title"], request.json["body"])
        return answer_json(201, self.issues[number])

    def _edit_issue(self, request: Request, _: str, number: int) -> Answer:
        if len(request.json.get("body", "")) > COMMENT:
            return refused(422, "Validation Failed")
        self.issues[number] |= request.json
        return answer_json(200, self.issues[number])

    def _pulls_of(self, request: Request, _: str, sha: str) -> Answer:
        return self._page(request, [
            p for n, p in self.pulls.items()
            if sha in (p["merge_commit_sha"], *(c["sha"] for c in self.commits[n]))])

    def _permission(self, _: Request, __: str, login: str) -> Answer:
        known = self.permissions.get(login.lower(), "write")
        return answer_json(200, {"permission": known, "user": {"login": login}})

    def _compare(self, _: Request, __: str, base: str, commit: str) -> Answer:
        left = self.merge_base(base, commit)
        status = ("identical" if base == commit else "ahead" if left == base
                  else "behind" if left == commit else "diverged")
        return answer_json(200, {"merge_base_commit": {"sha": left}, "status": status,
                                 "files": []})

    def _tree(self, request: Request, _: str, which: str) -> Answer:
        entries = self.listing(which, "recursive" in request.query)
        return answer_json(200, {"truncated": len(entries) > 100_000, "tree": entries})

    def _git_blob(self, _: Request, __: str, which: str) -> Answer:
        content = self.blob(which)
        return answer_json(200, {"sha": which, "size": len(content), "encoding": "base64",
                                 "content": encodebytes(content).decode()})

    def _listing(self, which: str, recursive: bool) -> list[Json]:
        """Of a commit; files that a test gives stand at its root."""
        entries: list[Json] = [{"path": path, "mode": "040000", "type": "tree", "sha": sha}
                               for path, sha in self.tree(which).items()]
        assert not recursive or which in self._files, "the test gives no files for this commit"
        return entries + [
            {"path": path, "mode": "100644", "type": "blob", "sha": blob_id(content),
             "size": len(content)} for path, content in self._files.get(which, {}).items()]

    def _blob_of(self, which: str) -> bytes:
        return next(content for files in self._files.values() for content in files.values()
                    if blob_id(content) == which)

    def _new_status(self, request: Request, _: str, commit: str) -> Answer:
        status = request.json
        if commit not in {c["sha"] for commits in self.commits.values() for c in commits}:
            return refused(422, f"No commit found for SHA: {commit}")
        if len(status["description"].encode("utf-16-le")) > 2 * 140:
            return refused(422, "Validation Failed: description is too long (maximum is 140 "
                                "characters)")
        if status["state"] not in ("error", "failure", "pending", "success") or not \
                0 < len(status["context"]) <= 255:
            return refused(422, "Validation Failed")
        if urlsplit(status["target_url"]).scheme not in ("http", "https"):
            return refused(422, "Validation Failed: target_url must be http or https")
        self.statuses.setdefault(commit, []).append(status)
        return answer_json(201, status)

    def _artifacts(self, request: Request, _: str) -> Answer:
        name = request.query.get("name")
        return self._page(request, [a for a in self.artifacts if name in (None, a["name"])],
                          key="artifacts")

    def _zip(self, request: Request, _: str, artifact: int) -> Answer:
        return Answer(302, b"", {"Location": f"{self.url}/blob/{artifact}?sig=secret"})

    def _blob(self, request: Request) -> Answer:
        if request.token:
            return refused(400, "InvalidAuthenticationInfo")
        return Answer(200, self.blobs[int(request.path.rsplit("/", 1)[1])],
                      {"Content-Type": "application/zip"})

    def _activity(self, request: Request, _: str) -> Answer:
        shown, cursor = self.branches.listed(request.query, self.a_page)
        query = urlencode({**request.query, "after": cursor})
        return answer_json(200, shown, {
            "Link": f'<{self.url}{request.path}?{query}>; rel="next"'} if cursor else {})

    def _page(self, request: Request, items: list[Json], key: str | None = None) -> Answer:
        size = min(self.a_page, int(request.query.get("per_page", 30)))
        page = int(request.query.get("page", 1))
        shown = items[(page - 1) * size:page * size]
        headers = {}
        if page * size < len(items):
            rest = "&".join(f"{k}={v}" for k, v in request.query.items() if k != "page")
            headers["Link"] = (f'<{self.url}{request.path}?{rest}&page={page + 1}>; rel="next", '
                               f'<{self.url}{request.path}?{rest}&page=9>; rel="last"')
        value: Any = shown if key is None else {"total_count": len(items), key: shown}
        return answer_json(200, value, headers)


@dataclass(frozen=True, kw_only=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    token: str
    json: Any


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def answer_json(status: int, value: Any, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(value).encode(), headers or {})


def refused(status: int, message: str) -> Answer:
    return answer_json(status, {"message": message})


def _commit(sha: str, writer: str | None) -> Json:
    """A commit as it is listed; None: nobody whom GitHub knows by the address in it."""
    return {"sha": sha, "author": writer and {"login": writer},
            "committer": writer and {"login": writer}}


def blob_id(content: bytes) -> str:
    """git's id of what is in a file."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _packed(files: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()


@contextmanager
def a_github() -> Iterator[FakeGitHub]:
    """A GitHub on loopback, as long as it is used."""
    github: FakeGitHub

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = github.answer(Request(
                method=self.command, path=parts.path,
                query={k: v[0] for k, v in parse_qs(parts.query).items()},
                token=self.headers.get("Authorization", "").removeprefix("Bearer "),
                json=json.loads(body) if body else None))
            self.send_response_only(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if "Content-Length" not in answer.headers:
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)
            # A length that is not true: the rest never comes.
            self.close_connection = "Content-Length" in answer.headers

        do_GET = do_POST = do_PATCH = _serve

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Whoever does not read to the end is no trouble of the server."""

    server = Server(("127.0.0.1", 0), Handler)
    github = FakeGitHub(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield github
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
