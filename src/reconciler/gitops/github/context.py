"""What a run of a workflow is told about itself: environment variables and the event's payload."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from reconciler.model.errors import InvalidInput

API: Final = "https://api.github.com"
_SERVER: Final = "https://github.com"
_REPOSITORY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9_.-]+")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_MOST: Final = 32 * 1024 * 1024
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One run. `sha` is the commit that the event is about; for a pull request that is a merge
    nobody has made, so `PullRequest.head` counts there. `event` is the payload."""

    api: str
    graphql: str
    server: str
    token: str
    repository: str
    sha: str
    event_name: str
    event: Json
    run_id: str
    workspace: Path
    output: Path | None
    summary: Path | None

    @property
    def run_url(self) -> str:
        """Where somebody reads the run, with its log and what is attached to it."""
        return f"{self.server}/{self.repository}/actions/runs/{self.run_id}"

    @property
    def base(self) -> str:
        """The commit before what the event is about: of a push what was there before, of a pull
        request what it leads to. Raises InvalidInput where the event does not tell it."""
        pull = self.event.get("pull_request")
        told = pull.get("base") if isinstance(pull, dict) else {"sha": self.event.get("before")}
        return full_commit(told.get("sha") if isinstance(told, dict) else None)

    @property
    def default_branch(self) -> str:
        """The branch that counts. Raises InvalidInput where the event does not tell it."""
        branch = (self.event.get("repository") or {}).get("default_branch")
        if not isinstance(branch, str):
            raise InvalidInput(f"the event {self.event_name!r} does not tell the default branch",
                               how="run this command on pull_request, push or schedule")
        return branch

    @property
    def pull_request(self) -> PullRequest:
        """The pull request that the event is about; InvalidInput where it is about none."""
        pull = self.event.get("pull_request")
        if not isinstance(pull, dict):
            raise InvalidInput(
                f"the event {self.event_name!r} is about no pull request",
                how="run this command in a workflow `on: pull_request`")
        return PullRequest.of(pull, self.repository)


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """A pull request. `head` and `merged_as` are commits; `head_branch` is where it comes from,
    `branch` where it leads to, and `merged_as` what it became there, if it was merged."""

    number: int
    author: str
    head: str
    head_branch: str
    branch: str
    opened: datetime
    from_fork: bool
    merged_as: str | None
    url: str

    @staticmethod
    def of(document: Json, repository: str) -> PullRequest:
        """Out of GitHub's JSON. Raises InvalidInput where it is not as documented."""
        try:
            # A fork may be deleted: then it is no less a fork.
            origin = (document["head"]["repo"] or {}).get("full_name")
            merged = document["merge_commit_sha"] if document.get("merged_at") else None
            return PullRequest(
                number=int(document["number"]), author=login_of(document),
                head=full_commit(document["head"]["sha"]), head_branch=str(document["head"]["ref"]),
                branch=str(document["base"]["ref"]),
                opened=datetime.fromisoformat(document["created_at"]),
                from_fork=origin != repository,
                merged_as=None if merged is None else full_commit(merged),
                url=str(document.get("html_url") or ""))
        except (KeyError, TypeError, ValueError) as wrong:
            raise unexpected("a pull request", wrong) from None


def read_context(environment: Mapping[str, str]) -> Context:
    """The context of a run out of its environment. Raises InvalidInput for one that is none."""
    path = environment.get("GITHUB_EVENT_PATH", "")
    repository = environment.get("GITHUB_REPOSITORY", "")
    if not path or not repository:
        raise InvalidInput(
            "this is no run of a GitHub workflow: GITHUB_REPOSITORY or GITHUB_EVENT_PATH is not "
            "set", how="elsewhere use reconciler plan, apply, approvals, drift, edit format "
                       "--check and codeowners --check")
    if not _REPOSITORY.fullmatch(repository):
        raise InvalidInput(f"GITHUB_REPOSITORY is {repository!r}, not OWNER/NAME",
                           how="the runner sets it: leave it as it is")
    api = (environment.get("GITHUB_API_URL") or API).rstrip("/")
    return Context(
        api=api, graphql=environment.get("GITHUB_GRAPHQL_URL") or f"{api}/graphql",
        server=environment.get("GITHUB_SERVER_URL") or _SERVER,
        token=environment.get("GITHUB_TOKEN", ""), repository=repository,
        sha=full_commit(environment.get("GITHUB_SHA", "")),
        event_name=environment.get("GITHUB_EVENT_NAME", ""), event=_event(Path(path)),
        run_id=environment.get("GITHUB_RUN_ID", ""),
        workspace=Path(environment.get("GITHUB_WORKSPACE") or "."),
        output=_path(environment.get("GITHUB_OUTPUT")),
        summary=_path(environment.get("GITHUB_STEP_SUMMARY")))


def full_commit(text: object) -> str:
    """A full commit id, for it goes into addresses and names. Raises InvalidInput."""
    if isinstance(text, str) and _COMMIT.fullmatch(text):
        return text
    raise InvalidInput(f"{text!r} is no commit", how="the runner and GitHub name commits by 40 "
                       "hexadecimal digits: leave GITHUB_SHA as it is")


def login_of(document: Json) -> str:
    """Who wrote something; nothing for an account that is gone."""
    user = document.get("user")
    return str(user["login"]) if isinstance(user, dict) else ""


def unexpected(what: str, wrong: Exception) -> InvalidInput:
    """The error for an answer that is not as documented."""
    return InvalidInput(f"GitHub describes {what} in another way than documented: "
                        f"{type(wrong).__name__}: {wrong}",
                        how="check GITHUB_API_URL, and whether this is the newest version")


def _event(path: Path) -> Json:
    try:
        if path.stat().st_size > _MOST:
            raise InvalidInput(f"the event {path} is larger than {_MOST // 1024 // 1024} MiB",
                               how="the runner writes it: leave it as it is")
        event = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as wrong:
        raise InvalidInput(f"the event {path} cannot be read: {wrong}",
                           how="the runner writes it: leave it as it is") from None
    if not isinstance(event, dict):
        raise InvalidInput(f"the event {path} is no JSON object",
                           how="the runner writes it: leave it as it is")
    return event


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None
