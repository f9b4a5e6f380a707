"""Who wrote a pull request, as far as GitHub can tell, and what follows where it cannot."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reconciler.gitops.github.client import Client, GitHubError
from reconciler.gitops.github.context import PullRequest
from reconciler.gitops.github.reviewed import Source, verdict
from reconciler.gitops.github.writers import LISTED, Writers, writers_of
from reconciler.model.errors import InvalidInput
from reconciler.planning.plan import Plan
from tests.gitops.fake_github import AUTHOR, BOT, COMMITS, REPOSITORY, FakeGitHub

FIRST, SECOND, THIRD, MERGED = "a" * 40, "b" * 40, "d" * 40, "c" * 40
PUSHED, WROTE = "pushed to its branch", "wrote a commit of it"


@pytest.fixture
def pull(github: FakeGitHub) -> int:
    """Sam proposes something, from the branch kim."""
    return github.open_pull(author="Sam", head=FIRST, head_branch="kim")


def wrote(github: FakeGitHub, client: Client, number: int) -> Writers:
    return writers_of(client, PullRequest.of(github.pulls[number], REPOSITORY))


def test_whoever_a_commit_names_wrote_it(github: FakeGitHub, client: Client) -> None:
    pull = github.open_pull(author="sam", head=FIRST, writers=("sam", None, "Kim"))
    told = wrote(github, client, pull)
    assert told.named == {"kim"}
    assert told.against("KIM") == WROTE
    assert told.against("ada") == ""


def test_of_the_author_it_is_said_elsewhere(
    github: FakeGitHub, client: Client, pull: int
) -> None:
    github.push(pull, SECOND)
    assert wrote(github, client, pull) == Writers()


@pytest.mark.parametrize("writer", [None, AUTHOR, "kim"])
def test_whoever_pushes_a_commit_wrote_it_whomever_it_names(
    github: FakeGitHub, client: Client, pull: int, writer: str | None
) -> None:
    github.push(pull, SECOND, writer=writer, pusher="Ada")
    told = wrote(github, client, pull)
    assert told.against("ada") == told.against("ADA") == PUSHED
    assert told.against("bea") == ""


@pytest.mark.parametrize("kind", ["push", "force_push", "pr_merge", "merge_queue_merge", "new"])
def test_whatever_brings_something_to_the_branch_is_pushing(
    github: FakeGitHub, client: Client, pull: int, kind: str
) -> None:
    github.push(pull, SECOND, pusher="ada", kind=kind)
    github.push(pull, THIRD)
    assert wrote(github, client, pull).pushed == {"ada"}


def test_whoever_made_the_branch_pushed_what_it_began_with(
    github: FakeGitHub, client: Client
) -> None:
    pull = github.open_pull(author="sam", head=FIRST, pusher="ada")
    assert wrote(github, client, pull).against("ada") == PUSHED


def test_what_the_web_and_bots_commit_and_push_stops_nobody(
    github: FakeGitHub, client: Client, pull: int
) -> None:
    github.push(pull, SECOND, writer="web-flow", pusher="Sam")
    github.push(pull, THIRD, writer=None, pusher=BOT)
    told = wrote(github, client, pull)
    assert told == Writers(named=frozenset({"web-flow"}), pushed=frozenset({BOT}))
    assert told.against("ada") == ""


def test_pushes_to_other_branches_are_not_to_this_one(
    github: FakeGitHub, client: Client, pull: int
) -> None:
    other = github.open_pull(author="kim", head=SECOND, head_branch="kim2")
    github.push(other, THIRD, pusher="bea")
    github.merge(other, MERGED, by="ada")
    github.push(pull, SECOND)
    assert wrote(github, client, pull) == Writers()


def test_a_branch_of_any_name_is_asked_for(github: FakeGitHub, client: Client) -> None:
    pull = github.open_pull(author="sam", head=FIRST, head_branch="für/ä&ref=main#1+%20")
    github.push(pull, SECOND, pusher="ada")
    assert wrote(github, client, pull) == Writers(pushed=frozenset({"ada"}))


@pytest.mark.parametrize("deleter", ["bea", None])
def test_whoever_deletes_the_branch_wrote_nothing(
    github: FakeGitHub, client: Client, pull: int, deleter: str | None
) -> None:
    github.push(pull, SECOND, writer=None, pusher="ada")
    github.merge(pull, MERGED, by="bea")
    github.branches.delete("kim", deleter)
    assert wrote(github, client, pull) == Writers(pushed=frozenset({"ada"}))
    github.branches.make("kim", SECOND, "sam")
    assert wrote(github, client, pull) == Writers(pushed=frozenset({"ada"}))


def test_what_is_pushed_after_the_last_commit_of_it_is_not_of_it(
    github: FakeGitHub, client: Client, pull: int
) -> None:
    github.merge(pull, MERGED)
    github.branches.move("kim", THIRD, "bea")
    assert wrote(github, client, pull) == Writers()


def test_the_next_branch_of_the_name_hides_nobody_and_blames_nobody(
    github: FakeGitHub, client: Client, pull: int
) -> None:
    github.push(pull, SECOND, writer=None, pusher="ada")
    github.merge(pull, MERGED)
    github.branches.delete("kim", "sam")
    github.branches.make("kim", MERGED, "bea")
    github.branches.move("kim", THIRD, "bea")
    assert wrote(github, client, pull) == Writers(pushed=frozenset({"ada"}))


def test_an_earlier_branch_of_the_name_is_of_others(github: FakeGitHub, client: Client) -> None:
    github.branches.make("kim", THIRD, "bea")
    for _ in range(4):
        github.branches.move("kim", THIRD, None)
    github.branches.delete("kim", "bea")
    pull = github.open_pull(author="sam", head=FIRST, head_branch="kim")
    github.push(pull, SECOND, pusher="ada")
    github.a_page = 2
    assert wrote(github, client, pull) == Writers(pushed=frozenset({"ada"}))
    # And nobody reads on to the beginning of time.
    assert len([r for r in github.requests if r.endswith("/activity")]) == 1


def test_who_deletes_and_who_restores_the_branch_hides_nobody(
    github: FakeGitHub, client: Client, pull: int
) -> None:
    """Else it were enough to push, to delete, and to have somebody restore it."""
    github.push(pull, SECOND, writer=None, pusher="ada")
    github.branches.delete("kim", "ada")
    github.branches.make("kim", SECOND, "kim")
    assert wrote(github, client, pull).pushed == {"ada", "kim"}
    github.push(pull, THIRD)
    assert wrote(github, client, pull).pushed == {"ada", "kim"}
    github.merge(pull, MERGED)
    github.branches.delete("kim", "sam")
    github.branches.make("kim", THIRD, BOT)
    assert wrote(github, client, pull).against("ada") == PUSHED


def test_the_clocks_of_the_list_and_of_the_pull_request_may_differ(
    github: FakeGitHub, client: Client, pull: int
) -> None:
    github.pulls[pull]["created_at"] = "2026-01-01T00:00:00Z"
    github.push(pull, SECOND, pusher="ada")
    assert wrote(github, client, pull) == Writers(pushed=frozenset({"ada"}))


def test_a_push_can_make_a_branch(github: FakeGitHub, client: Client) -> None:
    github.branches.make("kim", FIRST, "ada", kind="force_push")
    pull = github.open_pull(author="sam", head=FIRST, head_branch="kim")
    assert wrote(github, client, pull) == Writers(pushed=frozenset({"ada"}))


def test_all_pages_are_read(github: FakeGitHub, client: Client, pull: int) -> None:
    github.push(pull, SECOND, writer=None, pusher="ada")
    for number in range(1, 8):
        github.push(pull, f"{number}" * 40)
    github.a_page = 2
    assert wrote(github, client, pull) == Writers(pushed=frozenset({"ada"}))


def test_where_github_does_not_tell_who_pushed_nobody_is_independent(
    github: FakeGitHub, client: Client, pull: int
) -> None:
    github.push(pull, SECOND, writer=None, pusher=None)
    github.push(pull, THIRD, pusher="ada")
    told = wrote(github, client, pull)
    assert told.against("bea") == (
        "GitHub does not tell who pushed bbbbbbbbbbbb to kim, so that nobody can tell who wrote it "
        "(propose it from a new branch)")
    assert told.against("ada") == PUSHED


@pytest.mark.parametrize("known", [0, 1])
def test_where_github_tells_nothing_of_the_last_push_nobody_is_independent(
    github: FakeGitHub, client: Client, pull: int, known: int
) -> None:
    github.push(pull, SECOND)
    del github.branches.activities[known:]
    assert wrote(github, client, pull).against("bea") == (
        "GitHub tells of no push of bbbbbbbbbbbb to kim, so that nobody can tell who wrote it "
        "(give the job the permission contents: read, and run it again; if that does not help, "
        "propose it from a new branch)")


@pytest.mark.parametrize(("lost", "before"), [(0, SECOND), (1, THIRD)])
def test_where_a_push_is_missing_from_the_list_nobody_is_independent(
    github: FakeGitHub, client: Client, pull: int, lost: int, before: str
) -> None:
    github.push(pull, SECOND, pusher="kim")
    github.push(pull, THIRD)
    del github.branches.activities[lost]
    assert wrote(github, client, pull).against("bea") == (
        f"GitHub does not tell who pushed what kim had before {before[:12]}, so that nobody can "
        "tell who wrote it (propose it from a new branch)")


def test_of_more_commits_than_github_lists_nobody_can_tell_who_wrote_them(
    github: FakeGitHub, client: Client
) -> None:
    assert LISTED == COMMITS
    fits = github.open_pull(author="sam", head=FIRST, writers=("sam",) * (LISTED - 1))
    assert wrote(github, client, fits) == Writers()
    long = github.open_pull(author="sam", head=FIRST, writers=(*("sam",) * LISTED, "ada"))
    told = wrote(github, client, long)
    assert told.against("ada") == told.against("bea") == (
        "it has 250 commits or more, too many to tell who wrote them (propose it in smaller pull "
        "requests)")


def test_github_that_may_not_be_asked_is_an_error_and_no_silence(
    github: FakeGitHub, client: Client, pull: int
) -> None:
    github.fail("GET", "/activity", 403)
    with pytest.raises(GitHubError, match="/activity with 403") as error:
        wrote(github, client, pull)
    assert "permissions" in error.value.how


@pytest.mark.parametrize("key", ["before", "after", "timestamp", "activity_type", "actor"])
def test_a_list_that_is_not_as_documented_is_an_error(
    github: FakeGitHub, client: Client, pull: int, key: str
) -> None:
    del github.branches.activities[0][key]
    with pytest.raises(InvalidInput, match="describes an activity in another way"):
        wrote(github, client, pull)


def no_earlier(commit: str) -> Plan:
    raise AssertionError(f"nobody reviewed {commit}")


@pytest.mark.parametrize("independent", [True, False])
def test_who_wrote_it_is_asked_where_approvals_are_independent_alone(
    github: FakeGitHub, client: Client, pull: int, independent: bool
) -> None:
    source = Source(artifact="plan", workflow="plan.yml", organization="acme", base=MERGED)
    verdict(client, PullRequest.of(github.pulls[pull], REPOSITORY),
            None, source, (), independent=independent,  # type: ignore[arg-type]
            plan_of=no_earlier)
    asked = {r.rpartition("/")[2] for r in github.requests}
    assert asked == ({"reviews", "activity", "commits"} if independent else {"reviews"})


def test_when_a_pull_request_was_opened_is_known(github: FakeGitHub, pull: int) -> None:
    opened = PullRequest.of(github.pulls[pull], REPOSITORY).opened
    assert datetime(2026, 6, 1, 12, tzinfo=UTC) < opened
    assert opened > datetime.fromisoformat(github.branches.activities[0]["timestamp"])
