"""How GitHub is asked: what is sent again and what is not, whom the token is told, what is read."""

from __future__ import annotations

import pytest

from reconciler.gitops.github.client import LONGEST_WAIT, TRIES, Client, GitHubError
from reconciler.model.errors import Exit, InvalidInput
from tests.gitops.fake_github import BOT, REPOSITORY, FakeGitHub

SHA = "a" * 40


def test_a_list_is_read_page_by_page(github: FakeGitHub, client: Client) -> None:
    number = github.open_pull(author="sam", head=SHA)
    for n in range(7):
        github.comment_on(number, "sam", f"comment {n}")
    github.a_page = 3
    found = [c["body"] for c in client.pages(f"/issues/{number}/comments")]
    assert found == [f"comment {n}" for n in range(7)]
    assert len(github.requests) == 3


def test_a_next_page_of_another_host_is_not_told_the_token(
    github: FakeGitHub, client: Client
) -> None:
    github.fail("GET", "/issues", 200, body=b"[]",
                headers={"Link": '<https://elsewhere.example/steal?page=2>; rel="next"'})
    with pytest.raises(GitHubError, match="on another host"):
        list(client.pages("/issues"))


def test_an_endless_list_ends(github: FakeGitHub, client: Client) -> None:
    github.fail("GET", "/issues", 200, body=b"[1]", times=1000,
                headers={"Link": f'<{github.url}/repos/{REPOSITORY}/issues>; rel="next"'})
    with pytest.raises(GitHubError, match="more than 10,000 items"):
        list(client.pages("/issues"))


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_reading_is_tried_again_ever_later(
    github: FakeGitHub, client: Client, waits: list[float], status: int
) -> None:
    github.fail("GET", "/issues", status, times=3)
    assert client.get("/issues") == []
    assert waits == [1.0, 2.0, 4.0]


def test_reading_is_not_tried_for_ever(
    github: FakeGitHub, client: Client, waits: list[float]
) -> None:
    github.fail("GET", "/issues", 503, times=100)
    with pytest.raises(GitHubError, match="503: planned by the test") as error:
        client.get("/issues")
    assert error.value.exit is Exit.UNREACHABLE
    assert len(github.requests) == TRIES
    assert len(waits) == TRIES - 1


def test_what_github_asks_to_wait_is_waited(
    github: FakeGitHub, client: Client, waits: list[float]
) -> None:
    github.fail("GET", "/issues", 403, headers={"Retry-After": "17"})
    github.fail("GET", "/issues", 429, headers={
        "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1780315230",
        "Date": "Mon, 01 Jun 2026 12:00:00 GMT"})
    client.get("/issues")
    assert waits == [17.0, 30.0]


def test_what_would_be_waited_for_too_long_is_an_error_that_says_how_long(
    github: FakeGitHub, client: Client, waits: list[float]
) -> None:
    github.fail("GET", "/issues", 403, headers={"Retry-After": str(int(LONGEST_WAIT) + 1)})
    with pytest.raises(GitHubError) as error:
        client.get("/issues")
    assert "again in 61 seconds" in error.value.how
    assert waits == []


def test_a_refusal_is_not_asked_again(
    github: FakeGitHub, client: Client, waits: list[float]
) -> None:
    github.fail("GET", "/issues", 404)
    with pytest.raises(GitHubError, match="404") as error:
        client.get("/issues")
    assert "`permissions`" in error.value.how
    assert waits == []


def test_what_takes_the_place_of_something_is_sent_until_it_is_there(
    github: FakeGitHub, client: Client, waits: list[float]
) -> None:
    github.open_pull(author="sam", head="a" * 40)
    github.fail("POST", "/statuses/", 502, times=2)
    client.supersede(f"/statuses/{'a' * 40}", {
        "context": "c", "state": "success", "description": "", "target_url": "https://x.example"})
    assert waits == [1.0, 2.0]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_creates_something_is_sent_once(
    github: FakeGitHub, client: Client, waits: list[float], status: int
) -> None:
    github.fail("POST", "/issues", status, headers={"Retry-After": "1"})
    with pytest.raises(GitHubError):
        client.create("/issues", {"title": "t", "body": "b"})
    assert len(github.requests) == 1
    assert not github.issues
    assert waits == []


def test_what_sets_a_value_is_sent_again(
    github: FakeGitHub, client: Client, waits: list[float]
) -> None:
    number = github.open_issue(BOT, "t", "b")
    github.fail("PATCH", "/issues", 502)
    client.update(f"/issues/{number}", {"body": "new"})
    assert github.issues[number]["body"] == "new"
    assert waits == [1.0]


def test_an_answer_that_breaks_off_is_asked_for_again(
    github: FakeGitHub, client: Client, waits: list[float]
) -> None:
    github.fail("GET", "/issues", 200, body=b"[", headers={"Content-Length": "1000"})
    assert client.get("/issues") == []
    assert waits == [1.0]


def test_a_host_that_does_not_answer_is_named(waits: list[float]) -> None:
    client = Client(api="http://127.0.0.1:9", graphql="http://127.0.0.1:9", repository=REPOSITORY,
                    token="bot", sleep=waits.append)
    with pytest.raises(GitHubError, match=r"could not be reached at http://127\.0\.0\.1/") as error:
        client.get("/issues?secret=1")
    assert "secret" not in str(error.value)
    assert error.value.exit is Exit.UNREACHABLE
    assert len(waits) == TRIES - 1


def test_what_is_no_json_is_no_answer(github: FakeGitHub, client: Client) -> None:
    github.fail("GET", "/issues", 200, body=b"<html>")
    with pytest.raises(GitHubError, match="no JSON"):
        client.get("/issues")


def test_the_owner_of_the_token_is_known(client: Client) -> None:
    assert client.whoami() == BOT


def test_a_wrong_token_is_told_as_that(github: FakeGitHub) -> None:
    client = Client(api=github.url, graphql=f"{github.url}/graphql", repository=REPOSITORY,
                    token="stolen")
    with pytest.raises(GitHubError, match="401: Bad credentials") as error:
        client.whoami()
    assert "GITHUB_TOKEN is not valid" in error.value.how


@pytest.mark.parametrize("api", [
    "http://api.example", "ftp://api.example", "file:///etc/passwd", "api.example"])
def test_the_token_is_never_sent_readably(api: str) -> None:
    with pytest.raises(InvalidInput, match="is no https address"):
        Client(api=api, graphql=api, repository=REPOSITORY, token="bot")


def test_without_a_token_nobody_is_asked() -> None:
    with pytest.raises(InvalidInput, match="GITHUB_TOKEN is not set"):
        Client(api="https://api.example", graphql="https://api.example", repository=REPOSITORY,
               token="")


def test_a_download_follows_to_where_it_is_kept_without_the_token(
    github: FakeGitHub, client: Client
) -> None:
    # The fake refuses the token there, as GitHub's storage does.
    run = github.start_run(head=SHA)
    kept = github.attach(run, "plan", b"bytes")
    assert client.download(f"/actions/artifacts/{kept}/zip", most=100) == b"bytes"


def test_a_download_is_bounded_whatever_it_says_of_its_size(
    github: FakeGitHub, client: Client
) -> None:
    run = github.start_run(head=SHA)
    kept = github.attach(run, "plan", b"x" * 5_000_000)
    with pytest.raises(InvalidInput, match="larger than 1 MiB"):
        client.download(f"/actions/artifacts/{kept}/zip", most=1024 * 1024)


def test_a_download_does_not_lead_to_what_is_not_secure(
    github: FakeGitHub, client: Client
) -> None:
    github.fail("GET", "/zip", 302, headers={"Location": "http://elsewhere.example/x?sig=1"})
    with pytest.raises(InvalidInput, match=r"http://elsewhere\.example/x is no https"):
        client.download("/actions/artifacts/1/zip", most=100)
