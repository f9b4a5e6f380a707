"""`reconciler github apply`: what was reviewed and approved by the right people, or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.gitops.github.comments import marker
from reconciler.model.errors import Exit
from tests.cli.shell import ADA, BOB, HEAD, KIM, SAM
from tests.gitops import job as jobs
from tests.gitops.fake_github import BASE, FakeGitHub, trees
from tests.gitops.job import CI, MERGE, Job

FIRST, SECOND = jobs.HEAD, "b" * 40
BEA = "bea@acme.example"
ACCOUNTS = {ADA: "ada", SAM: "Sam-Acme", KIM: "kim", BEA: "bea"}


def people(kim: str = "viewer", bob: str = "", more: str = "", accounts: bool = True) -> str:
    """The files: what kim has on web, what bob has, more members, and whose account is whose."""
    def account(email: str) -> str:
        return f", accounts: {{github: {ACCOUNTS[email]}}}" if accounts else ""

    return HEAD + f"""
members:
  {ADA}: {{role: admin{account(ADA)}}}
  {BEA}: {{role: admin{account(BEA)}}}
  {CI}: {{role: admin}}
  {SAM}: {{projects: {{web: manager}}{account(SAM)}}}
  {KIM}: {{projects: {{web: {kim}}}{account(KIM)}}}
  {BOB}: {{{bob}}}
{more}"""


@pytest.fixture
def job(tmp_path: Path, github: FakeGitHub, monkeypatch: pytest.MonkeyPatch) -> Job:
    """acme, whose policy requires approvals and knows ci@ for a machine."""
    monkeypatch.chdir(tmp_path)
    job = Job(tmp_path, github)
    job.actor = CI
    shell = job.shell
    shell.ok(f"live invite {BEA} {CI} --role admin")
    shell.ok(f"live join {BEA} {CI}")
    shell.path.write_text(people())
    shell.policy(f"approvals: {{required: true, independent: true, automation: [{CI}]}}\n")
    shell.ok(f"plan {shell.path} --out {tmp_path / 'first.json'}")
    shell.ok(f"apply {tmp_path / 'first.json'} --author {SAM} --approver {BEA} --approver {ADA}")
    job.give(BASE)
    return job


def propose(job: Job, files: str, *, author: str = "Sam-Acme", **more: Any) -> int:
    """Open a pull request that makes the files so, and plan it."""
    job.shell.path.write_text(files)
    job.give(FIRST)
    number = job.github.open_pull(author=author, head=FIRST, **more)
    job.plan(number).ok()
    return number


def merged(job: Job, files: str, **more: Any) -> int:
    """Merge a pull request that makes the files so, as ada approved it."""
    number = propose(job, files, **more)
    job.github.review(number, "ada")
    job.github.merge(number, MERGE)
    return number


def push(job: Job, number: int, files: str, **more: Any) -> None:
    """Push another commit to it, and plan that."""
    job.shell.path.write_text(files)
    job.give(SECOND)
    job.github.push(number, SECOND, **more)
    job.plan(number).ok()


def outcome(job: Job, number: int) -> str:
    """The comment that tells the outcome."""
    mark = marker("apply", str(job.shell.path))
    comment, = [c for c in job.github.comments_on(number) if c.startswith(mark)]
    return comment


def comment_of_plan(job: Job, number: int) -> str:
    comment, = [c for c in job.github.comments_on(number)
                if c.startswith(marker("plan", str(job.shell.path)))]
    return comment


def role_of_kim(job: Job) -> str:
    shown: str = json.loads(job.shell.ok(f"live show {KIM} --format json"))["projects"]["web"]
    return shown


def test_what_was_reviewed_and_approved_is_applied(job: Job, github: FakeGitHub) -> None:
    number = propose(job, people(kim="member"))
    assert "ask " in comment_of_plan(job, number)
    github.review(number, "ada")
    github.merge(number, MERGE)
    # Later than the run before it.
    ran = job.apply(RECONCILER_NOW="2026-06-01T12:01:00Z").ok()
    assert "Applied 1 change to acme (run " in ran.out
    assert role_of_kim(job) == "member"
    said = outcome(job, number)
    assert "## Applied to acme" in said
    assert f"`{ADA}` approves 1 change" in said
    assert job.outputs["changes"] == "1"
    assert job.outputs["run"] in said
    assert json.loads(job.shell.ok("history --format json"))[0]["commit"] == MERGE


def test_a_manager_approves_what_a_manager_may(job: Job, github: FakeGitHub) -> None:
    number = propose(job, people(kim="member"), author="ada")
    github.review(number, "sam-acme")
    github.merge(number, MERGE)
    job.apply().ok()


def test_without_an_approval_nothing_is_applied_and_it_is_said_whom_to_ask(
    job: Job, github: FakeGitHub
) -> None:
    number = propose(job, people(kim="member"))
    github.merge(number, MERGE)
    ran = job.apply()
    assert ran.code == Exit.UNAPPROVED
    assert role_of_kim(job) == "viewer"
    said = outcome(job, number)
    assert "## Not applied" in said
    assert f"ask {ADA} (ada), or {BEA} (bea)" in said
    assert "::error file=org.yaml,line=" in ran.err


def test_an_approval_that_was_taken_back_does_not_count(job: Job, github: FakeGitHub) -> None:
    number = propose(job, people(kim="member"))
    github.dismiss(number, github.review(number, "ada"))
    github.review(number, "bea")
    github.review(number, "bea", "CHANGES_REQUESTED")
    github.merge(number, MERGE)
    assert job.apply().code == Exit.UNAPPROVED
    said = outcome(job, number)
    for login, email in (("ada", ADA), ("bea", BEA)):
        assert (f"- {login} (`{email}`) does not count: approves no longer, or asks for changes"
                in said)


def test_nobody_approves_their_own_change(job: Job, github: FakeGitHub) -> None:
    number = merged(job, people(kim="member"), author="ada")
    assert job.apply().code == Exit.UNAPPROVED
    assert f"`{ADA}` does not count: is the author of the change" in outcome(job, number)


def test_whoever_wrote_a_commit_of_it_does_not_approve(job: Job, github: FakeGitHub) -> None:
    number = merged(job, people(kim="member"), writers=("Sam-Acme", "Ada"))
    assert job.apply().code == Exit.UNAPPROVED
    assert "does not count: wrote a commit of it" in outcome(job, number)


@pytest.mark.parametrize("writer", [None, "Sam-Acme", "kim"])
def test_whoever_pushed_a_commit_of_it_does_not_approve_whomever_it_names(
    job: Job, github: FakeGitHub, writer: str | None
) -> None:
    number = propose(job, people(kim="member"))
    push(job, number, people(kim="admin"), writer=writer, pusher="Ada")
    github.review(number, "ada")
    github.merge(number, MERGE)
    github.branches.delete(f"change-{number}", "ada")
    assert job.apply().code == Exit.UNAPPROVED
    assert f"- ada (`{ADA}`) does not count: pushed to its branch\n" in outcome(job, number)
    assert role_of_kim(job) == "viewer"
    github.review(number, "bea")
    job.apply().ok()
    assert role_of_kim(job) == "admin"


def test_nobody_approves_what_nobody_is_known_to_have_pushed(
    job: Job, github: FakeGitHub
) -> None:
    number = propose(job, people(kim="member"))
    push(job, number, people(kim="admin"), pusher=None)
    github.review(number, "ada")
    github.review(number, "bea")
    github.merge(number, MERGE)
    assert job.apply().code == Exit.UNAPPROVED
    said = outcome(job, number)
    for login, email in (("ada", ADA), ("bea", BEA)):
        assert (f"- {login} (`{email}`) does not count: `GitHub does not tell who pushed "
                f"bbbbbbbbbbbb to change-{number}, so that nobody can tell who wrote it "
                "(propose it from a new branch)`") in said


def test_whoever_merges_and_deletes_the_branch_may_have_approved(
    job: Job, github: FakeGitHub
) -> None:
    number = propose(job, people(kim="member"))
    push(job, number, people(kim="admin"), writer="web-flow", pusher="Sam-Acme")
    github.review(number, "ada")
    github.merge(number, MERGE, by="ada")
    github.branches.delete(f"change-{number}", "ada")
    job.apply().ok()
    assert role_of_kim(job) == "admin"


def test_a_reviewer_who_may_make_none_of_it_is_told_on_the_pull_request(
    job: Job, github: FakeGitHub
) -> None:
    number = propose(job, people(kim="admin"), author="ada")
    github.review(number, "sam-acme")
    github.merge(number, MERGE)
    assert job.apply().code == Exit.UNAPPROVED
    assert f"- `{SAM}` does not count: may make none of it" in outcome(job, number)


def test_whom_it_concerns_does_not_approve(job: Job, github: FakeGitHub) -> None:
    number = propose(job, people(bob="role: admin").replace("role: admin, accounts: {github: bea}",
                                                            "accounts: {github: bea}"))
    github.review(number, "bea")
    github.merge(number, MERGE)
    assert job.apply().code == Exit.UNAPPROVED


def test_a_review_by_an_account_that_nobody_has_is_told_and_does_not_count(
    job: Job, github: FakeGitHub
) -> None:
    number = propose(job, people(kim="member"))
    github.review(number, "mallory")
    github.merge(number, MERGE)
    assert job.apply().code == Exit.UNAPPROVED
    assert "- mallory does not count: `the github account mallory is nobody's" in \
        outcome(job, number)


@pytest.mark.parametrize("permission", ["read", "none"])
def test_a_review_by_an_account_that_may_not_write_to_the_repository_does_not_count(
    job: Job, github: FakeGitHub, permission: str
) -> None:
    number = merged(job, people(kim="member"))
    github.permissions["ada"] = permission
    assert job.apply().code == Exit.UNAPPROVED
    assert "does not count: may not write to this repository" in outcome(job, number)
    github.permissions["ada"] = "admin"
    job.apply().ok()


def test_a_review_by_an_account_that_github_does_not_know_does_not_count(
    job: Job, github: FakeGitHub
) -> None:
    merged(job, people(kim="member"))
    github.fail("GET", "/collaborators/ada/permission", 404)
    assert job.apply().code == Exit.UNAPPROVED


def test_an_author_without_an_account_is_told_and_keeps_approvals_from_counting(
    job: Job, github: FakeGitHub
) -> None:
    number = merged(job, people(kim="member"), author="mallory")
    assert job.apply().code == Exit.UNAPPROVED
    said = outcome(job, number)
    assert "of the author nothing is known: the github account mallory is nobody's" in said
    assert "--author" not in said + comment_of_plan(job, number)
    assert "nobody is named as the author" in said


def test_no_pull_request_gives_itself_an_account(job: Job, github: FakeGitHub) -> None:
    files = people(kim="member").replace("github: bea}", "github: mallory}")
    job.shell.path.write_text(files)
    number = github.open_pull(author="Sam-Acme", head=FIRST)
    job.plan(number).ok()
    github.review(number, "mallory")
    github.merge(number, MERGE)
    assert job.apply().code == Exit.UNAPPROVED
    assert role_of_kim(job) == "viewer"


def test_an_approval_falls_when_something_new_is_pushed(job: Job, github: FakeGitHub) -> None:
    number = propose(job, people(kim="member"))
    github.review(number, "ada")
    push(job, number, people(kim="admin"))
    assert ("- ada (`ada@acme.example`) does not count: `approved the plan of aaaaaaaaaaaa, in "
            "which 1 of the changes is not, beginning with set project role "
            f"({KIM})`" in comment_of_plan(job, number))
    github.merge(number, MERGE)
    assert job.apply().code == Exit.UNAPPROVED
    github.review(number, "ada")
    job.apply().ok()
    assert role_of_kim(job) == "admin"


def test_an_approval_holds_when_nothing_new_is_pushed(job: Job, github: FakeGitHub) -> None:
    number = propose(job, people(kim="member", bob="projects: {web: viewer}"))
    github.review(number, "ada")
    push(job, number, people(kim="member"))
    github.merge(number, MERGE)
    job.apply().ok()


def test_an_approval_is_of_what_was_attached_at_that_time(job: Job, github: FakeGitHub) -> None:
    """A plan that is made again for the same commit is another plan, if the store has moved."""
    number = propose(job, people(kim="member"))
    github.review(number, "ada")
    job.shell.ok(f"live set-role {KIM} --project web --role admin")
    job.plan(number).ok()
    github.merge(number, MERGE)
    ran = job.apply()
    assert ran.code == Exit.UNAPPROVED
    assert "approved the plan of aaaaaaaaaaaa, in which 1 of the changes is not" in \
        outcome(job, number)


def test_an_approval_from_before_the_plan_is_of_nothing(job: Job, github: FakeGitHub) -> None:
    job.shell.path.write_text(people(kim="member"))
    number = github.open_pull(author="Sam-Acme", head=FIRST)
    github.review(number, "ada")
    job.plan(number).ok()
    github.merge(number, MERGE)
    assert job.apply().code == Exit.UNAPPROVED
    assert "it was made after the review" in outcome(job, number)


def test_what_moved_since_the_review_is_not_applied(job: Job, github: FakeGitHub) -> None:
    number = merged(job, people(kim="member"))
    job.shell.ok(f"live set-role {SAM} --role admin")
    ran = job.apply()
    assert ran.code == Exit.STALE
    assert (f"the changes are not those that pull request {number} showed: 1 to be made that it "
            f"did not have, beginning with set role ({SAM})") in ran.err
    assert role_of_kim(job) == "viewer"
    assert "run its workflow again" in outcome(job, number)


def test_what_was_done_already_is_not_done_again_and_stops_nothing(
    job: Job, github: FakeGitHub
) -> None:
    merged(job, people(kim="member", bob="projects: {web: viewer}"))
    job.shell.ok(f"live set-role {KIM} --project web --role member")
    assert "Applied 1 change to acme" in job.apply().ok().out


def test_a_change_that_somebody_took_back_since_is_told_too(
    job: Job, github: FakeGitHub
) -> None:
    merged(job, people(kim="member", bob="projects: {web: viewer}"))
    # The files say no more of kim what was reviewed.
    job.shell.path.write_text(people(bob="projects: {web: viewer}"))
    ran = job.apply()
    assert ran.code == Exit.STALE
    assert "1 that it had and that are not, beginning with set project role" in ran.err


def test_what_was_planned_before_the_merge_before_it_was_applied_is_applied(
    job: Job, github: FakeGitHub
) -> None:
    first = propose(job, people(kim="member"))
    github.review(first, "ada")
    github.merge(first, "d" * 40)
    # Its apply has not run yet: the plan of the next one shows both.
    job.shell.path.write_text(people(kim="member", bob="projects: {web: viewer}"))
    job.give(SECOND)
    second = github.open_pull(author="Sam-Acme", head=SECOND, head_branch="bob")
    job.plan(second).ok()
    github.review(second, "ada")
    job.shell.path.write_text(people(kim="member"))
    job.apply(sha="d" * 40).ok()
    job.shell.path.write_text(people(kim="member", bob="projects: {web: viewer}"))
    github.merge(second, MERGE)
    assert "Applied 1 change to acme" in job.apply().ok().out


def test_whose_push_nobody_knows_may_be_anybodys(job: Job, github: FakeGitHub) -> None:
    number = propose(job, people(kim="viewer"))
    push(job, number, people(kim="member"), pusher="ada-at-home")
    github.review(number, "ada")
    github.merge(number, MERGE)
    assert job.apply().code == Exit.UNAPPROVED
    assert ("ada-at-home pushed to its branch, and nobody knows whose account that is"
            in outcome(job, number))


def test_a_run_that_is_run_again_changes_nothing_and_is_well(
    job: Job, github: FakeGitHub
) -> None:
    number = merged(job, people(kim="member"))
    job.apply().ok()
    job.apply().ok()
    assert "No changes" in outcome(job, number)
    assert job.outputs == {"organization": "acme", "changes": "0", "run": ""}


def test_a_commit_without_a_pull_request_is_not_applied(job: Job) -> None:
    job.shell.path.write_text(people(kim="admin"))
    ran = job.apply()
    assert ran.code == Exit.UNAPPROVED
    assert "came without a pull request, and nobody reviewed its 1 change" in ran.err
    assert role_of_kim(job) == "viewer"
    assert "Not applied" in job.summary.read_text()


def test_a_merge_that_github_tells_of_late_is_applied_when_it_is_run_again(
    job: Job, github: FakeGitHub
) -> None:
    number = propose(job, people(kim="member"))
    github.review(number, "ada")
    ran = job.apply()
    assert ran.code == Exit.UNAPPROVED
    assert "if a pull request was merged, run this again: GitHub may tell of that late" in ran.err
    github.merge(number, MERGE)
    job.apply().ok()


def test_a_commit_without_a_pull_request_that_changes_nothing_is_well(job: Job) -> None:
    job.apply().ok()


def drift_at_kim(job: Job) -> None:
    job.shell.ok(f"live set-role {KIM} --project web --role admin")


def adopted(job: Job) -> None:
    """The files declare what somebody did by hand."""
    job.shell.path.write_text(people(kim="admin"))


def ignored(job: Job) -> None:
    """The files leave what somebody did by hand alone."""
    job.shell.path.write_text(
        people() + f"ignore_drift: {{{KIM}/project/web: {{reason: fine}}}}\n")


@pytest.mark.parametrize("declare", [adopted, ignored])
def test_drift_is_neither_adopted_nor_ignored_by_a_push_that_nobody_reviewed(
    job: Job, github: FakeGitHub, declare: Callable[[Job], None]
) -> None:
    drift_at_kim(job)
    declare(job)
    ran = job.apply()
    assert ran.code == Exit.UNAPPROVED
    assert "came without a pull request, and what it declares is not what the run " in ran.err
    assert "revert the commit and propose it as a pull request" in ran.err
    assert "Not applied" in job.summary.read_text()
    number = github.open_pull(author="Sam-Acme", head=FIRST)
    github.merge(number, MERGE)
    job.apply().ok()


def test_a_push_that_declares_the_same_is_well_whatever_else_it_changes(job: Job) -> None:
    (job.shell.folder / "README.md").write_text("Who may do what.\n")
    policy = job.shell.folder / "policy.yaml"
    policy.write_text(policy.read_text() + "# reviewed every year\n")
    job.apply().ok()


def test_a_push_may_declare_anew_where_no_approvals_are_required(
    tmp_path: Path, github: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    job = Job(tmp_path, github)
    job.shell.ok(f"live invite {BEA} {CI} --role admin")
    job.shell.ok(f"live join {BEA} {CI}")
    job.shell.path.write_text(people())
    job.shell.ok(f"apply {job.shell.path} --auto-approve")
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "org.yaml").write_text(people())
    drift_at_kim(job)
    adopted(job)
    job.apply().ok()


def test_what_a_fork_planned_is_not_taken(job: Job, github: FakeGitHub) -> None:
    number = propose(job, people(kim="member"), author="mallory", fork=True)
    assert "A fork's plan is to be read, and is not applied" in comment_of_plan(job, number)
    github.review(number, "ada")
    github.merge(number, MERGE)
    ran = job.apply()
    assert ran.code == Exit.UNAPPROVED
    assert "came from a fork" in ran.err


def test_what_changes_workflows_shows_whatever_it_likes_and_is_not_taken(
    job: Job, github: FakeGitHub
) -> None:
    number = propose(job, people(kim="member"))
    github.tree = trees(FIRST)
    github.review(number, "ada")
    github.merge(number, MERGE)
    ran = job.apply()
    assert ran.code == Exit.UNAPPROVED
    assert "aaaaaaaaaaaa changes something below .github/workflows" in ran.err


def test_an_approval_of_what_changed_workflows_falls_when_it_is_taken_back(
    job: Job, github: FakeGitHub
) -> None:
    github.tree = trees(FIRST)
    number = propose(job, people(kim="member"))
    github.review(number, "ada")
    push(job, number, people(kim="member"))
    github.merge(number, MERGE)
    assert job.apply().code == Exit.UNAPPROVED
    github.review(number, "bea")
    job.apply().ok()


def test_an_older_run_that_is_run_again_takes_nothing_back(job: Job, github: FakeGitHub) -> None:
    first = propose(job, people(kim="member"))
    github.review(first, "ada")
    github.merge(first, MERGE)
    job.apply().ok()
    job.shell.path.write_text(people(kim="admin"))
    second = github.open_pull(author="Sam-Acme", head=SECOND)
    job.plan(second).ok()
    github.review(second, "ada")
    github.merge(second, "d" * 40)
    job.apply(sha="d" * 40).ok()
    job.shell.path.write_text(people(kim="member"))
    assert job.apply(sha=MERGE).code == Exit.STALE
    assert role_of_kim(job) == "admin"


def test_a_grant_that_was_taken_back_does_not_return_with_its_old_approval(
    job: Job, github: FakeGitHub
) -> None:
    first = propose(job, people(kim="member"))
    github.review(first, "ada")
    github.merge(first, MERGE)
    job.apply().ok()
    job.shell.path.write_text(people())
    second = github.open_pull(author="Sam-Acme", head=SECOND)
    job.plan(second).ok()
    github.review(second, "ada")
    github.merge(second, "d" * 40)
    job.apply(sha="d" * 40).ok()
    # The first merge is run again: it is behind what was applied since.
    job.shell.path.write_text(people(kim="member"))
    github.merge_base = lambda base, commit: commit
    ran = job.apply(sha=MERGE)
    assert ran.code == Exit.STALE
    assert "is behind dddddddddddd, which was applied already" in ran.err
    assert role_of_kim(job) == "viewer"


def test_what_was_taken_back_by_hand_does_not_return_by_running_its_merge_again(
    job: Job, github: FakeGitHub
) -> None:
    merged(job, people(kim="member"))
    job.apply().ok()
    job.shell.ok(f"live set-role {KIM} --project web --role viewer")
    ran = job.apply(RECONCILER_NOW="2026-06-01T13:00:00Z")
    assert ran.code == Exit.STALE
    assert "eeeeeeeeeeee was applied already, by the run " in ran.err
    assert role_of_kim(job) == "viewer"


def test_a_run_by_hand_of_no_commit_lets_no_earlier_merge_return(
    job: Job, github: FakeGitHub
) -> None:
    merged(job, people(kim="member"))
    job.apply().ok()
    job.shell.path.write_text(people())
    back = job.shell.folder / "back.json"
    job.shell.ok(f"plan {job.shell.path} --out {back}")
    job.shell.ok(f"apply {back} --author {SAM} --approver {BEA}")
    job.shell.path.write_text(people(kim="member"))
    assert job.apply(RECONCILER_NOW="2026-06-01T13:00:00Z").code == Exit.STALE
    assert role_of_kim(job) == "viewer"


def by_hand(job: Job, commit: str, files: str) -> None:
    """Somebody applies files by hand, as those of a commit."""
    job.shell.path.write_text(files)
    plan = job.shell.folder / "by-hand.json"
    job.shell.ok(f"plan {job.shell.path} --out {plan}", RECONCILER_COMMIT=commit)
    job.shell.ok(f"apply {plan} --author {SAM} --approver {BEA}")


def apart(github: FakeGitHub, commit: str) -> None:
    """A commit that no branch has: what was made of it on main is another one."""
    github.merge_base = lambda base, other: BASE if commit in (base, other) else base


def test_what_was_applied_by_hand_of_a_commit_that_was_squashed_stops_no_merge(
    job: Job, github: FakeGitHub
) -> None:
    by_hand(job, SECOND, people(bob="projects: {web: viewer}"))
    apart(github, SECOND)
    merged(job, people(kim="member", bob="projects: {web: viewer}"))
    job.apply().ok()
    assert role_of_kim(job) == "member"


def test_what_was_applied_by_hand_of_such_a_commit_lets_no_earlier_merge_return(
    job: Job, github: FakeGitHub
) -> None:
    merged(job, people(kim="member"))
    # Its own run never came: that of the next one applied it.
    by_hand(job, "d" * 40, people(kim="member"))
    by_hand(job, SECOND, people())
    assert role_of_kim(job) == "viewer"
    job.shell.path.write_text(people(kim="member"))
    github.merge_base = lambda base, other: BASE if SECOND in (base, other) else other
    ran = job.apply()
    assert ran.code == Exit.STALE
    assert "eeeeeeeeeeee is behind dddddddddddd, which was applied already" in ran.err


def merge_more(job: Job, proposed: str, files: str) -> str:
    """Merge another pull request behind the first one, whose run never came; its commit. `files`
    is what both make of main."""
    job.shell.path.write_text(proposed)
    number = job.github.open_pull(author="Sam-Acme", head=SECOND)
    job.plan(number).ok()
    job.github.review(number, "ada")
    job.github.merge(number, "d" * 40)
    job.shell.path.write_text(files)
    job.give("d" * 40)
    return "d" * 40


def test_a_merge_that_was_reverted_before_it_was_applied_is_not_applied_any_more(
    job: Job, github: FakeGitHub
) -> None:
    merged(job, people(kim="member"))
    job.apply(sha=merge_more(job, people(), people())).ok()
    job.shell.path.write_text(people(kim="member"))
    ran = job.apply()
    assert ran.code == Exit.STALE
    assert ("main, at dddddddddddd by now, does not ask any more for 1 change of eeeeeeeeeeee, "
            f"beginning with set project role ({KIM})") in ran.err
    assert role_of_kim(job) == "viewer"


def test_a_merge_that_waited_is_applied_as_long_as_its_branch_declares_it(
    job: Job, github: FakeGitHub
) -> None:
    merged(job, people(kim="member"))
    bob = "projects: {web: viewer}"
    both = people(kim="member", bob=bob)
    last = merge_more(job, people(bob=bob), both)
    ran = job.apply(sha=last)
    assert ran.code == Exit.STALE
    assert "if an earlier merge was never applied, run its workflow again, and then this one" in \
        ran.err
    job.shell.path.write_text(people(kim="member"))
    job.apply().ok()
    assert role_of_kim(job) == "member"
    job.shell.path.write_text(both)
    job.apply(sha=last).ok()
    assert "No changes" in job.shell.ok(f"plan {job.shell.path}")


@pytest.mark.parametrize(("files", "says"), [
    (b"members: 3\n", "nobody can tell what main declares by now, at dddddddddddd: "),
    (None, "main is at dddddddddddd, which does not hold eeeeeeeeeeee"),
])
def test_a_merge_of_which_nobody_can_tell_whether_it_still_holds_is_not_applied(
    job: Job, github: FakeGitHub, files: bytes | None, says: str
) -> None:
    merged(job, people(kim="member"))
    github.branches.move("main", "d" * 40, "sam", kind="force_push")
    if files is None:
        github.merge_base = lambda base, commit: BASE
    else:
        github.give("d" * 40, {"org.yaml": files})
    ran = job.apply()
    assert (ran.code, says in ran.err) == (Exit.STALE, True), ran.err
    assert role_of_kim(job) == "viewer"


def test_a_workflow_runs_as_one_of_the_policys_machines(job: Job, github: FakeGitHub) -> None:
    merged(job, people(kim="member"))
    ran = job.apply(RECONCILER_ACTOR=BEA)
    assert ran.code == Exit.UNAPPROVED
    assert f"set the variable RECONCILER_ACTOR in the repository's settings to {CI}" in ran.err
    job.apply().ok()


@pytest.mark.parametrize(("actor", "says"), [
    ("", "RECONCILER_ACTOR is empty"), (BEA, f"{BEA} is not among the policy's")])
def test_whom_apply_would_refuse_fails_the_status_and_is_told(
    job: Job, github: FakeGitHub, actor: str, says: str
) -> None:
    job.shell.policy(f"approvals: {{automation: [{CI}]}}\n")
    job.actor = actor
    number = propose(job, people(kim="member"))
    state, why = github.status(number)
    assert (state, why.startswith(f"It would not be applied: {says}")) == ("failure", True), why
    comment, = github.comments_on(number)
    assert "It would not be applied" in comment
    assert CI in comment
    assert "Approve this pull request and merge it" not in comment


def test_an_apply_that_is_given_nobody_is_told_on_the_pull_request(
    job: Job, github: FakeGitHub
) -> None:
    number = merged(job, people(kim="member"))
    ran = job.apply(RECONCILER_ACTOR="")
    assert ran.code == Exit.INVALID
    assert "::error title=reconciler::RECONCILER_ACTOR is empty" in ran.err
    assert "RECONCILER_ACTOR" in outcome(job, number)


def test_an_apply_without_a_store_asks_for_the_secret(job: Job, github: FakeGitHub) -> None:
    number = merged(job, people(kim="member"))
    ran = job.apply(RECONCILER_STORE="")
    assert ran.code == Exit.INVALID
    assert "::error title=reconciler::RECONCILER_STORE is empty" in ran.err
    assert "reconciler-write" in outcome(job, number)


def forge_earlier(job: Job) -> None:
    """Whoever may write deletes what was attached for the first commit, and leaves the plan of the
    second one there, as if it had been shown: by another pull request of the first commit, into a
    branch with other workflows."""
    from reconciler.planning.document import _digest

    github = job.github
    honest = next(a for a in github.artifacts if a["name"] == f"reconciler-plan-{FIRST}")
    saved = json.loads((job.shell.folder / "reconciler-plan" / "plan.json").read_text())
    saved["commit"] = FIRST
    saved["digest"] = _digest(saved)
    github.attach(github.start_run(head=FIRST), honest["name"],
                  {"plan.json": json.dumps(saved, indent=1).encode()})
    github.artifacts[0]["created_at"] = honest["created_at"]
    github.artifacts.remove(honest)


def test_a_forged_plan_of_an_earlier_commit_buys_nothing(job: Job, github: FakeGitHub) -> None:
    number = propose(job, people(kim="member"))
    github.review(number, "ada")
    push(job, number, people(kim="admin"))
    forge_earlier(job)
    github.merge(number, MERGE)
    ran = job.apply()
    assert ran.code == Exit.UNAPPROVED
    assert ("does not count: `approved aaaaaaaaaaaa, in whose own files 1 of the changes is not, "
            f"beginning with set project role ({KIM})`") in outcome(job, number)
    assert role_of_kim(job) == "viewer"


def test_what_was_taken_back_before_an_approval_does_not_return_by_a_forged_plan(
    job: Job, github: FakeGitHub
) -> None:
    """A branch that left main before a grant was taken back still declares it, though its pull
    request did not show it."""
    now = job.shell.path.read_text()
    job.shell.path.write_text(people(kim="admin"))
    job.give(BASE)
    job.shell.path.write_text(now)
    bob = "projects: {web: viewer}"
    number = propose(job, people(bob=bob))
    github.review(number, "ada")
    job.shell.path.write_text(people(kim="admin", bob=bob))
    job.give(FIRST)
    push(job, number, people(kim="admin", bob=bob))
    forge_earlier(job)
    github.merge(number, MERGE)
    ran = job.apply()
    assert ran.code == Exit.UNAPPROVED
    assert "in whose own files 1 of the changes is not" in outcome(job, number)
    assert role_of_kim(job) == "viewer"


@pytest.mark.parametrize(("files", "says"), [
    ("members: 3\n", "problems in the desired state"),
    (people().replace(f"  {BEA}: {{role: admin", f"  {BEA}: {{default_project: ios"),
     "the files of aaaaaaaaaaaa are refused now (R05"),
    (people().replace("organization: acme", "organization: other"),
     "declares the organization other, not acme"),
])
def test_an_approval_of_files_that_cannot_be_planned_any_more_falls(
    job: Job, github: FakeGitHub, files: str, says: str
) -> None:
    number = propose(job, people(kim="member"))
    github.review(number, "ada")
    push(job, number, people(kim="member"))
    github.give(FIRST, {"org.yaml": files.encode()})
    github.merge(number, MERGE)
    assert job.apply().code == Exit.UNAPPROVED
    said = outcome(job, number)
    assert "approved something that nobody can tell any more: " in said
    assert says in said
    assert "/reconciler-" not in said


def policy_elsewhere(job: Job) -> Path:
    """The policy is in a file that --policy names."""
    rules = job.shell.folder / "rules.yaml"
    (job.shell.folder / "policy.yaml").rename(rules)
    job.shell.environment["RECONCILER_POLICY"] = "rules.yaml"
    job.give(BASE)
    return rules


def test_an_approval_of_a_policy_elsewhere_holds_when_nothing_new_is_pushed(
    job: Job, github: FakeGitHub
) -> None:
    rules = policy_elsewhere(job)
    rules.write_text(rules.read_text() + f"protected_members: [{BEA}]\n")
    number = propose(job, people())
    github.review(number, "ada")
    push(job, number, people() + "# a comment\n")
    github.merge(number, MERGE)
    job.apply().ok()


def test_a_policy_elsewhere_is_asked_as_the_earlier_commit_has_it(
    job: Job, github: FakeGitHub
) -> None:
    rules = policy_elsewhere(job)
    number = propose(job, people(kim="member"))
    github.review(number, "ada")
    rules.write_text(rules.read_text() + f"protected_members: [{BEA}]\n")
    push(job, number, people(kim="member"))
    forge_earlier(job)
    github.merge(number, MERGE)
    assert job.apply().code == Exit.UNAPPROVED
    assert "in whose own files 1 of the changes is not, beginning with set policy" in \
        outcome(job, number)


def test_the_files_of_a_commit_are_fetched_once_and_only_where_it_matters(
    job: Job, github: FakeGitHub
) -> None:
    number = propose(job, people(kim="member"))
    for login in ("ada", "bea", "mallory"):
        github.review(number, login)
    github.requests.clear()
    job.plan(number).ok()
    assert not [r for r in github.requests if "/git/blobs/" in r]
    push(job, number, people(kim="member") + "# a comment\n")
    github.requests.clear()
    github.merge(number, MERGE)
    job.apply().ok()
    # org.yaml of the first commit and of main; the policy is here already.
    assert len([r for r in github.requests if "/git/blobs/" in r]) == 2


def test_an_approval_of_an_earlier_commit_falls_where_its_files_cannot_be_found(
    job: Job, github: FakeGitHub, tmp_path_factory: pytest.TempPathFactory
) -> None:
    number = propose(job, people(kim="member"))
    github.review(number, "ada")
    push(job, number, people(kim="member"))
    github.merge(number, MERGE)
    ran = job.apply(GITHUB_WORKSPACE=str(tmp_path_factory.mktemp("elsewhere")))
    assert ran.code == Exit.UNAPPROVED
    assert "is not in the repository, so that no other commit of it can be asked" in \
        outcome(job, number)


def test_an_approval_of_a_commit_that_is_gone_counts_for_nothing_and_stops_nobody(
    job: Job, github: FakeGitHub
) -> None:
    number = propose(job, people(kim="member"))
    github.review(number, "ada")
    github.reviews[number][-1]["commit_id"] = None
    github.review(number, "bea")
    github.merge(number, MERGE)
    job.apply().ok()
    assert "approved a commit that is gone" in outcome(job, number)


def test_a_pull_request_may_make_codeowners_again(job: Job, github: FakeGitHub) -> None:
    number = propose(job, people(kim="member"))
    github.tree = trees(owners=FIRST)
    github.review(number, "ada")
    github.merge(number, MERGE)
    job.apply().ok()


REMOVING = ("Four leave\n\nReconciler-Allow: removals=4\n"
            "Reconciler-Reason: The office in Lyon closes\n")


def leaving(job: Job) -> int:
    """A pull request that removes more people than the policy lets one run remove."""
    four = "".join(f"  p{n}@acme.example: {{}}\n" for n in range(4))
    job.shell.policy(f"approvals: {{required: true, automation: [{CI}]}}\n"
                     "limits: {removals: {count: 2}}\nremovals: {require_transfer: false}\n")
    job.shell.path.write_text(people(more=four))
    plan = job.shell.folder / "four.json"
    job.shell.ok(f"plan {job.shell.path} --out {plan}")
    job.shell.ok(f"apply {plan} --author {SAM} --approver {BEA}")
    job.give(BASE)
    job.shell.path.write_text(people())
    job.give(FIRST)
    return job.github.open_pull(author="Sam-Acme", head=FIRST)


def test_a_limit_is_exceeded_by_what_the_last_commit_says_and_is_reviewed(
    job: Job, github: FakeGitHub
) -> None:
    number = leaving(job)
    assert job.plan(number).code == Exit.LIMIT
    assert "says at its end: `Reconciler-Allow: LIMIT=NUMBER` and `Reconciler-Reason: WHY`" in \
        comment_of_plan(job, number)
    github.message = lambda commit: REMOVING
    job.plan(number).ok()
    assert "allow 4 in this run" in comment_of_plan(job, number)
    github.review(number, "kim")
    github.merge(number, MERGE)
    assert job.apply().code == Exit.UNAPPROVED
    github.review(number, "ada")
    job.apply().ok()
    told, = json.loads(job.shell.ok("audit --format json --operation allow-limit"))
    assert told["after"] == {"allowed": 4, "reason": "The office in Lyon closes"}


def test_a_limit_is_not_exceeded_by_what_a_merge_says(job: Job, github: FakeGitHub) -> None:
    number = leaving(job)
    github.message = lambda commit: REMOVING
    job.plan(number).ok()
    github.review(number, "ada")
    github.merge(number, MERGE)
    github.message = lambda commit: "Four leave" if commit == FIRST else REMOVING
    assert job.apply().code == Exit.LIMIT


def test_a_limit_that_a_commit_names_wrongly_is_told_on_the_pull_request(
    job: Job, github: FakeGitHub
) -> None:
    number = leaving(job)
    github.message = lambda commit: REMOVING.replace("removals", "removal")
    assert job.plan(number).code == Exit.INVALID
    assert "there is no limit removal (did you mean removals?)" in comment_of_plan(job, number)


Forge = Callable[[dict[str, Any]], None]


def forge(job: Job, number: int, change: Forge) -> None:
    """Attach another plan for the head, altered and with a digest that fits."""
    from reconciler.planning.document import _digest

    saved = json.loads((job.shell.folder / "reconciler-plan" / "plan.json").read_text())
    change(saved)
    saved["digest"] = _digest(saved)
    head = job.github.pulls[number]["head"]["sha"]
    job.github.attach(job.github.start_run(head=head), f"reconciler-plan-{head}",
                      {"plan.json": json.dumps(saved, indent=1).encode()})


@pytest.mark.parametrize(("change", "code", "says"), [
    (lambda d: d.update(organization="other"), Exit.INVALID, "is for other, not for acme"),
    (lambda d: d.update(commit="c" * 40), Exit.INVALID, "says that it is of cccccccccccc"),
    (lambda d: d.update(commit=None), Exit.INVALID, "says that it is of no commit"),
    (lambda d: d.update(tool_version="9.9"), Exit.STALE, "was made by version 9.9, and this is"),
    (lambda d: d.update(format_version="9"), Exit.INVALID, "has the format '9'"),
    (lambda d: d.update(changes=[]), Exit.STALE, "1 to be made that it did not have"),
])
def test_a_plan_of_something_else_is_refused(
    job: Job, github: FakeGitHub, change: Forge, code: Exit, says: str
) -> None:
    number = propose(job, people(kim="member"))
    forge(job, number, change)
    github.review(number, "ada")
    github.merge(number, MERGE)
    ran = job.apply()
    assert (ran.code, says in ran.err) == (code, True), ran.err
    assert role_of_kim(job) == "viewer"


@pytest.mark.parametrize(("packed", "code", "says"), [
    (b"no zip", Exit.INVALID, "is no zip that can be read"),
    ({"plan.json": b"\xff\xfe"}, Exit.INVALID, "is no UTF-8 text"),
    ({"plan.json": b"{}"}, Exit.INVALID, "this is no plan"),
    ({"plan.html": b"{}"}, Exit.INVALID, "does not hold one plan.json"),
])
def test_what_is_no_plan_is_refused(
    job: Job, github: FakeGitHub, packed: Any, code: Exit, says: str
) -> None:
    number = propose(job, people(kim="member"))
    github.attach(github.start_run(head=FIRST), f"reconciler-plan-{FIRST}", packed)
    github.review(number, "ada")
    github.merge(number, MERGE)
    ran = job.apply()
    assert (ran.code, says in ran.err) == (code, True), ran.err


def test_a_plan_that_was_altered_on_the_way_is_refused(job: Job, github: FakeGitHub) -> None:
    number = propose(job, people(kim="member"))
    saved = (job.shell.folder / "reconciler-plan" / "plan.json").read_bytes()
    github.attach(github.start_run(head=FIRST), f"reconciler-plan-{FIRST}",
                  {"plan.json": saved.replace(b'"member"', b'"viewer"')})
    github.review(number, "ada")
    github.merge(number, MERGE)
    ran = job.apply()
    assert ran.code == Exit.STALE
    assert "the plan was altered" in ran.err


def test_an_outcome_that_cannot_be_told_does_not_undo_it(job: Job, github: FakeGitHub) -> None:
    number = merged(job, people(kim="member"))
    github.fail("POST", f"/issues/{number}/comments", 500)
    ran = job.apply().ok()
    assert "::warning title=reconciler::applied 1 change to acme, and this could not be told" in \
        ran.err
    assert role_of_kim(job) == "member"


def test_a_merge_that_a_rule_refuses_is_told_at_its_line(job: Job, github: FakeGitHub) -> None:
    number = propose(job, people(kim="member"))
    github.merge(number, MERGE)
    job.shell.path.write_text(people().replace(f"  {BEA}: {{role: admin",
                                               f"  {BEA}: {{default_project: ios"))
    ran = job.apply()
    assert ran.code == Exit.REFUSED
    assert "::error file=org.yaml,line=" in ran.err
    assert "R05" in outcome(job, number)


def test_very_many_missing_approvals_leave_room_for_the_report(
    job: Job, github: FakeGitHub
) -> None:
    many = "".join(f"  {'p' * 60}{n:03}@acme.example: {{projects: {{web: viewer}}}}\n"
                   for n in range(200))
    number = propose(job, people(more=many))
    said = comment_of_plan(job, number)
    assert len(said.partition("### Approvals")[2]) < 1_000
    assert "- missing: 200 changes that an org admin" in said
    assert said.count("p" * 60) == 200


def test_whom_to_ask_stands_above_everything_but_the_headline(
    job: Job, github: FakeGitHub
) -> None:
    number = propose(job, people(kim="member"))
    headline, said = comment_of_plan(job, number).split("\n\n")[1:3]
    assert headline == "## Plan for acme"
    assert said == (f"`Not approved: 1 of 1 change is not approved; ask {ADA} (ada), or {BEA} "
                    "(bea).`")
    github.review(number, "ada")
    job.plan(number).ok()
    assert comment_of_plan(job, number).split("\n\n")[2] == "Approved: every change is."


def test_files_that_do_not_load_are_told_on_the_pull_request(
    job: Job, github: FakeGitHub
) -> None:
    number = propose(job, people(kim="member"))
    github.merge(number, MERGE)
    job.shell.path.write_text("members: 3\n")
    ran = job.apply()
    assert ran.code == Exit.INVALID
    assert "org.yaml:1:" in outcome(job, number)


def test_it_is_held_against_the_people_of_now_inside_the_store_too(
    job: Job, github: FakeGitHub
) -> None:
    number = propose(job, people(kim="member"), author="ada")
    github.review(number, "sam-acme")
    github.merge(number, MERGE)
    job.shell.ok(f"live set-role {SAM} --project web --role viewer")
    ran = job.apply()
    assert ran.code == Exit.STALE  # the plan would now raise sam again, which nobody reviewed
    assert role_of_kim(job) == "viewer"
