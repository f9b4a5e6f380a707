"""Which artifact is taken, and what is taken out of it; who approved what."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import datetime

import pytest

from reconciler.gitops.github import artifacts
from reconciler.gitops.github.artifacts import Origin, newest, unpacked
from reconciler.gitops.github.client import Client
from reconciler.gitops.github.context import Context
from reconciler.gitops.github.pulls import last_words, pull_request_of, reviews_of
from reconciler.model.errors import InvalidInput
from tests.gitops.fake_github import REPOSITORY, FakeGitHub

HEAD, OTHER, MERGED = "a" * 40, "b" * 40, "c" * 40
PLANNED = Origin(workflows=frozenset({".github/workflows/plan.yml"}),
                 events=frozenset({"pull_request"}), commit=HEAD)


def test_the_newest_that_may_be_taken_is_found(github: FakeGitHub, client: Client) -> None:
    github.attach(github.start_run(head=HEAD), "plan", {"plan.json": b"old"})
    wanted = github.attach(github.start_run(head=HEAD), "plan", {"plan.json": b"new"})
    github.attach(github.start_run(head=HEAD), "other", {"plan.json": b"other"})
    found = newest(client, "plan", PLANNED).found
    assert found is not None
    assert found.id == wanted
    assert unpacked(client, found, "plan.json") == b"new"


@pytest.mark.parametrize(("run", "kept", "why"), [
    ({}, {"fork": True}, "it comes from a fork"),
    ({}, {"expired": True}, "it has expired"),
    ({"head": OTHER}, {}, "it comes from a run of another commit"),
    ({"event": "push"}, {}, "it comes from a run on the event push"),
    ({"event": "pull_request_target"}, {}, "it comes from a run on the event pull_request_target"),
    ({"path": ".github/workflows/evil.yml"}, {},
     "it comes from the workflow .github/workflows/evil.yml"),
])
def test_one_that_comes_from_elsewhere_is_passed_over(
    github: FakeGitHub, client: Client, run: dict[str, str], kept: dict[str, bool], why: str
) -> None:
    github.attach(github.start_run(**{"head": HEAD, **run}), "plan", {"plan.json": b"forged"},
                  **kept)
    search = newest(client, "plan", PLANNED)
    assert search.found is None
    assert search.passed_over == (why,)


def test_a_forged_one_does_not_hide_the_right_one(github: FakeGitHub, client: Client) -> None:
    wanted = github.attach(github.start_run(head=HEAD), "plan", {"plan.json": b"right"})
    github.attach(github.start_run(head=HEAD), "plan", {"plan.json": b"forged"}, fork=True)
    found = newest(client, "plan", PLANNED).found
    assert found is not None
    assert found.id == wanted


def test_what_was_made_later_is_not_what_somebody_saw(
    github: FakeGitHub, client: Client
) -> None:
    seen = github.attach(github.start_run(head=HEAD), "plan", {"plan.json": b"seen"})
    until = datetime.fromisoformat(github.artifacts[0]["created_at"])
    github.attach(github.start_run(head=HEAD), "plan", {"plan.json": b"later"})
    search = newest(client, "plan", replace(PLANNED, until=until))
    assert search.found is not None
    assert search.found.id == seen
    assert search.passed_over == ("it was made after the review",)


def test_a_snapshot_of_another_branch_is_passed_over(github: FakeGitHub, client: Client) -> None:
    published = Origin(workflows=frozenset({".github/workflows/drift.yml"}),
                       events=frozenset({"schedule"}), branch="main")
    for branch in ("main", "mine"):
        run = github.start_run(head=HEAD, event="schedule", path=".github/workflows/drift.yml",
                               branch=branch)
        github.attach(run, "snapshot", {"snapshot.db": branch.encode()})
    search = newest(client, "snapshot", published)
    assert search.found is not None
    assert unpacked(client, search.found, "snapshot.db") == b"main"
    assert search.passed_over == ("it comes from a run of another branch",)


def _zip(*entries: tuple[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return held.getvalue()


def _lying(content: bytes) -> bytes:
    """A zip whose directory says that the file is much smaller than it is."""
    packed = bytearray(_zip(("plan.json", content)))
    at = packed.rindex(b"PK\x01\x02")
    packed[at + 24:at + 28] = (10).to_bytes(4, "little")
    return bytes(packed)


@pytest.mark.parametrize(("packed", "says"), [
    (b"", "is no zip that can be read"),
    (b"no zip at all", "is no zip that can be read"),
    (_zip(("plan.json", b"x" * 1000))[:60], "is no zip that can be read"),
    (_zip(("other.json", b"{}")), "does not hold one plan.json"),
    (_zip(("../plan.json", b"{}")), "does not hold one plan.json"),
    (_zip(*((f"{n}", b"") for n in range(200)), ("plan.json", b"{}")),
     "does not hold one plan.json"),
], ids=["empty", "text", "cut off", "without it", "elsewhere", "very many files"])
def test_what_is_no_zip_with_the_file_is_refused(
    github: FakeGitHub, client: Client, packed: bytes, says: str
) -> None:
    github.attach(github.start_run(head=HEAD), "plan", packed)
    found = newest(client, "plan", PLANNED).found
    assert found is not None
    with pytest.raises(InvalidInput, match=says):
        unpacked(client, found, "plan.json")


def test_what_is_too_large_packed_is_not_even_fetched(
    github: FakeGitHub, client: Client
) -> None:
    github.attach(github.start_run(head=HEAD), "plan", {"plan.json": b"{}"})
    github.artifacts[0]["size_in_bytes"] = artifacts.MOST_PACKED + 1
    found = newest(client, "plan", PLANNED).found
    assert found is not None
    with pytest.raises(InvalidInput, match="is larger than 128 MiB packed"):
        unpacked(client, found, "plan.json")
    assert not [r for r in github.requests if "zip" in r]


def test_what_is_too_large_unpacked_is_not_unpacked_to_the_end(
    github: FakeGitHub, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifacts, "MOST_UNPACKED", 1024 * 1024)
    github.attach(github.start_run(head=HEAD), "plan", {"plan.json": b"0" * 3_000_000})
    found = newest(client, "plan", PLANNED).found
    assert found is not None
    assert found.size < 10_000
    with pytest.raises(InvalidInput, match="is larger than"):
        unpacked(client, found, "plan.json")


def test_a_zip_that_lies_about_its_sizes_is_not_believed(
    github: FakeGitHub, client: Client
) -> None:
    github.attach(github.start_run(head=HEAD), "plan", _lying(b"0" * 1_000))
    found = newest(client, "plan", PLANNED).found
    assert found is not None
    with pytest.raises(InvalidInput, match="is no zip that can be read"):
        unpacked(client, found, "plan.json")


def review(login: str | None, state: str, commit: str | None = HEAD) -> dict[str, object]:
    return {"user": login and {"login": login}, "state": state, "commit_id": commit,
            "submitted_at": "2026-06-01T12:00:00Z"}


@pytest.mark.parametrize(("states", "approved"), [
    (["APPROVED"], True),
    (["APPROVED", "COMMENTED"], True),
    (["APPROVED", "PENDING"], True),
    (["APPROVED", "CHANGES_REQUESTED"], False),
    (["CHANGES_REQUESTED", "APPROVED"], True),
    (["DISMISSED"], False),
    (["APPROVED", "DISMISSED"], False),
    (["DISMISSED", "APPROVED"], True),
])
def test_the_last_word_of_a_reviewer_counts(states: list[str], approved: bool) -> None:
    words = last_words(review("sam", state) for state in states)
    assert [w.approved for w in words] == [approved]


def test_a_review_without_a_word_is_none() -> None:
    assert last_words([review("sam", "COMMENTED"), review("kim", "PENDING")]) == ()


def test_nobody_reviews_for_an_account_that_is_gone() -> None:
    assert last_words([review(None, "APPROVED")]) == ()


def test_letter_case_makes_no_second_reviewer() -> None:
    words = last_words([review("Sam", "APPROVED"), review("sam", "CHANGES_REQUESTED")])
    assert [(w.login, w.approved) for w in words] == [("sam", False)]


def test_a_review_names_the_commit_that_was_looked_at(github: FakeGitHub, client: Client) -> None:
    pull = github.open_pull(author="ada", head=OTHER)
    github.review(pull, "sam")
    github.push(pull, HEAD)
    github.review(pull, "kim")
    assert [(r.login, r.commit) for r in reviews_of(client, pull)] == [
        ("kim", HEAD), ("sam", OTHER)]


def context(github: FakeGitHub, sha: str = MERGED, ref: str = "refs/heads/main") -> Context:
    return Context(api=github.url, graphql="", server=github.url, token="", repository=REPOSITORY,
                   sha=sha, event_name="push", event={"ref": ref}, run_id="1",
                   workspace=None, output=None, summary=None)  # type: ignore[arg-type]


def test_the_pull_request_that_a_commit_came_by_is_found(
    github: FakeGitHub, client: Client
) -> None:
    github.open_pull(author="sam", head=MERGED)
    pull = github.open_pull(author="ada", head=HEAD)
    github.merge(pull, MERGED)
    found = pull_request_of(client, context(github))
    assert found is not None
    assert (found.number, found.author, found.head) == (pull, "ada", HEAD)


@pytest.mark.parametrize(("merged_as", "branch", "ref"), [
    (None, "main", "refs/heads/main"),
    (OTHER, "main", "refs/heads/main"),
    (MERGED, "side", "refs/heads/main"),
])
def test_a_commit_that_no_pull_request_was_merged_as_came_without_one(
    github: FakeGitHub, client: Client, merged_as: str | None, branch: str, ref: str
) -> None:
    pull = github.open_pull(author="ada", head=MERGED, branch=branch)
    if merged_as:
        github.merge(pull, merged_as)
    assert pull_request_of(client, context(github, ref=ref)) is None
