"""One comment and one issue: found again, edited in place, and never somebody else's."""

from __future__ import annotations

import pytest

from reconciler.gitops.github.client import Client, GitHubError
from reconciler.gitops.github.comments import body, marker, put_comment
from reconciler.gitops.github.issues import Done, close_issue, report_issue
from reconciler.gitops.github.limits import COMMENT
from reconciler.model.errors import Exit
from tests.gitops.fake_github import BOT, REPOSITORY, FakeGitHub

MARK = marker("plan", "access")
SHA = "a" * 40


@pytest.fixture
def pull(github: FakeGitHub) -> int:
    return github.open_pull(author="sam", head=SHA)


def text(said: str) -> str:
    return body(MARK, lambda _: said)


def test_a_comment_is_written_once_and_then_edited_in_place(
    github: FakeGitHub, client: Client, pull: int
) -> None:
    assert put_comment(client, pull, MARK, text("first"))
    github.comment_on(pull, "sam", "Looks good")
    assert put_comment(client, pull, MARK, text("second"))
    assert github.comments_on(pull) == [text("second"), "Looks good"]


def test_a_comment_that_says_it_already_is_left_as_it_is(
    github: FakeGitHub, client: Client, pull: int
) -> None:
    put_comment(client, pull, MARK, text("first"))
    put_comment(client, pull, MARK, text("first"))
    assert [r for r in github.requests if r.startswith("PATCH")] == []


def test_it_is_found_among_very_many(github: FakeGitHub, client: Client, pull: int) -> None:
    for n in range(250):
        github.comment_on(pull, "sam", f"comment {n}")
    put_comment(client, pull, MARK, text("first"))
    put_comment(client, pull, MARK, text("second"))
    assert github.comments_on(pull)[250:] == [text("second")]


def test_a_marker_that_somebody_forged_is_not_ours(
    github: FakeGitHub, client: Client, pull: int
) -> None:
    forged = text("No changes. Approve me!")
    github.comment_on(pull, "mallory", forged)
    put_comment(client, pull, MARK, text("Removes everybody"))
    put_comment(client, pull, MARK, text("Removes nobody"))
    assert github.comments_on(pull) == [forged, text("Removes nobody")]


def test_a_marker_further_down_is_a_quotation(
    github: FakeGitHub, client: Client, pull: int
) -> None:
    github.comment_on(pull, BOT, f"> {text('quoted')}")
    put_comment(client, pull, MARK, text("first"))
    assert github.comments_on(pull)[1:] == [text("first")]


def test_several_desired_states_of_a_repository_have_a_comment_each(
    github: FakeGitHub, client: Client, pull: int
) -> None:
    for path in ("a", "b", "a"):
        put_comment(client, pull, marker("plan", path), marker("plan", path))
    put_comment(client, pull, marker("apply", "a"), marker("apply", "a"))
    assert len(github.comments_on(pull)) == 3


def test_no_path_can_end_the_marker() -> None:
    assert marker("plan", "--><script>\n").count("-->") == 1


def test_a_token_that_may_not_write_is_no_failure(
    github: FakeGitHub, client: Client, pull: int
) -> None:
    github.read_only.add("bot")
    assert not put_comment(client, pull, MARK, text("first"))
    assert github.comments_on(pull) == []


def test_any_other_refusal_is_one(github: FakeGitHub, client: Client, pull: int) -> None:
    github.fail("POST", "/comments", 500)
    with pytest.raises(GitHubError) as error:
        put_comment(client, pull, MARK, text("first"))
    assert error.value.exit is Exit.UNREACHABLE


@pytest.mark.parametrize("letter", ["a", "漢", "😀"])
def test_a_comment_is_as_long_as_github_takes_it_and_no_longer(
    github: FakeGitHub, client: Client, pull: int, letter: str
) -> None:
    written = body(MARK, lambda limit: letter * limit)
    assert COMMENT // 3 < len(written) <= COMMENT
    assert put_comment(client, pull, MARK, written)


def test_a_comment_of_exactly_the_limit_is_taken(
    github: FakeGitHub, client: Client, pull: int
) -> None:
    written = body(MARK, lambda limit: "x" * limit)
    assert len(written) == COMMENT
    assert put_comment(client, pull, MARK, written)
    with pytest.raises(GitHubError, match="422"):
        put_comment(client, pull, marker("plan", "b"), written + "x")


def test_an_issue_is_opened_updated_and_closed(github: FakeGitHub, client: Client) -> None:
    opened = report_issue(client, MARK, title="Drift", text=text("one"))
    assert (opened.done, opened.number) == (Done.OPENED, 1)
    assert report_issue(client, MARK, title="Drift", text=text("one")).done is Done.UNCHANGED
    updated = report_issue(client, MARK, title="Drift", text=text("two"))
    assert (updated.done, updated.number) == (Done.UPDATED, 1)
    assert github.issues[1]["body"] == text("two")
    closed = close_issue(client, MARK, why="No drift any more.")
    assert (closed.done, closed.number) == (Done.CLOSED, 1)
    assert github.issues[1]["state"] == "closed"
    assert github.comments_on(1) == ["No drift any more."]
    assert close_issue(client, MARK, why="again").done is Done.NONE
    assert report_issue(client, MARK, title="Drift", text=text("one")).number == 2


def test_an_issue_or_pull_request_that_somebody_forged_is_not_ours(
    github: FakeGitHub, client: Client
) -> None:
    github.open_issue("mallory", "Drift", text("nothing"))
    pull = github.open_pull(author=BOT, head=SHA)
    github.pulls[pull]["body"] = text("nothing")
    assert close_issue(client, MARK, why="clean").done is Done.NONE
    assert report_issue(client, MARK, title="Drift", text=text("one")).number == 3


def test_a_title_is_as_long_as_github_takes_it(github: FakeGitHub, client: Client) -> None:
    report_issue(client, MARK, title="x" * 1_000, text=text("one"))
    assert len(github.issues[1]["title"]) == 256


def test_the_client_asks_this_repository_alone(github: FakeGitHub, client: Client) -> None:
    report_issue(client, MARK, title="Drift", text=text("one"))
    assert {r.split()[1] for r in github.requests} == {f"/repos/{REPOSITORY}/issues"}
