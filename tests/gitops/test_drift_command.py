"""`reconciler github drift`: one issue about drift and what is not applied; and its snapshot."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.cli.github.drift import REST
from reconciler.gitops.github.comments import marker
from reconciler.gitops.github.limits import units
from reconciler.model.errors import Exit
from tests.cli.shell import ADA, BOB, KIM, SAM, Ran
from tests.gitops.fake_github import BOT, COMMENT, FakeGitHub
from tests.gitops.job import HEAD, Job

PEOPLE = f"""
members:
  {ADA}: {{role: admin}}
  {SAM}: {{projects: {{web: manager}}}}
  {KIM}: {{projects: {{web: viewer}}}}
  {BOB}: {{}}
"""
NEW = "sam@new.example"
WAY = 'git commit --allow-empty -m "Apply what is due"'


@pytest.fixture
def job(tmp_path: Path, github: FakeGitHub) -> Job:
    """acme as its files declare it, and a run applied."""
    job = Job(tmp_path, github)
    job.shell.declares(PEOPLE)
    job.shell.ok(f"apply {job.shell.path} --auto-approve")
    return job


def look(job: Job, **environment: str) -> Ran:
    return job.run(f"drift {job.shell.path}", {"schedule": "17 5 * * *"}, name="schedule",
                   **environment)


def test_without_drift_there_is_no_issue(job: Job, github: FakeGitHub) -> None:
    look(job).ok()
    assert github.issues == {}
    assert job.outputs == {"organization": "acme", "changes": "0", "pending": "0", "issue": ""}
    assert "No drift." in job.summary.read_text()


def test_the_issue_is_opened_kept_up_to_date_and_closed(job: Job, github: FakeGitHub) -> None:
    job.shell.ok(f"live set-role {KIM} --role admin")
    ran = look(job)
    assert ran.code == Exit.CHANGES
    assert "Issue 1 was opened." in ran.err
    assert job.outputs == {"organization": "acme", "changes": "1", "pending": "0", "issue": "1"}
    issue = github.issues[1]
    assert issue["title"] == "Drift of acme"
    assert issue["body"].startswith(marker("drift", str(job.shell.path)))
    assert "Admin rights granted outside of review" in issue["body"]
    assert f"by {ADA}" in issue["body"]

    assert "Issue 1 was left as it is." in look(job, GITHUB_RUN_ID="78").err
    job.shell.ok(f"live set-role {BOB} --role admin")
    assert "Issue 1 was updated." in look(job).err
    assert BOB in github.issues[1]["body"]
    assert "One without a change of files takes it back, approved and applied like any other" in (
        github.issues[1]["body"])
    assert len(github.issues) == 1

    job.shell.ok(f"live set-role {KIM} {BOB} --role user")
    assert "Issue 1 was closed." in look(job).ok().err
    assert github.issues[1]["state"] == "closed"
    said, = github.comments_on(1)
    assert said == ("No drift any more, and nothing is left to be applied.\n"
                    "[run](https://github.example/acme/access/actions/runs/77)\n")

    job.shell.ok(f"live set-role {KIM} --role admin")
    assert "Issue 2 was opened." in look(job).err


def test_what_is_merged_and_not_applied_is_told_until_it_is(job: Job, github: FakeGitHub) -> None:
    job.shell.declares(PEOPLE.replace("web: viewer", "web: member"))
    ran = look(job)
    assert ran.code == Exit.CHANGES
    assert job.outputs == {"organization": "acme", "changes": "0", "pending": "1", "issue": "1"}
    issue = github.issues[1]
    assert issue["title"] == "Not applied in acme"
    assert "**No drift. acme is as the last run left it. Not applied: 1 change (1 merged).**" in (
        issue["body"])
    assert f"! {KIM}  role on web: viewer -> member  [differs, merged, " in issue["body"]
    assert WAY in issue["body"]
    assert WAY in job.summary.read_text()
    # On another day, in another run, it is the same.
    ran = look(job, GITHUB_RUN_ID="78", RECONCILER_NOW="2026-06-04T05:17:00Z")
    assert "Issue 1 was left as it is." in ran.err
    job.shell.ok(f"apply {job.shell.path} --auto-approve")
    assert "Issue 1 was closed." in look(job).ok().err


def test_drift_and_what_is_not_applied_have_one_issue_that_is_called_by_what_is_worse(
    job: Job, github: FakeGitHub
) -> None:
    job.shell.declares(PEOPLE.replace("web: viewer", "web: member"))
    look(job)
    job.shell.ok(f"live set-role {BOB} --role admin")
    assert "Issue 1 was updated." in look(job).err
    assert job.outputs == {"organization": "acme", "changes": "1", "pending": "1", "issue": "1"}
    issue = github.issues[1]
    assert issue["title"] == "Drift of acme"
    assert issue["body"].index("Admin rights granted outside of review") < issue["body"].index(
        "Not applied (1)")
    assert "What was changed by hand is taken back with it, unless" in issue["body"]
    job.shell.ok(f"live set-role {BOB} --role user")
    look(job)
    assert github.issues[1]["title"] == "Not applied in acme"
    assert len(github.issues) == 1


def test_the_next_step_of_a_change_of_address_is_due_when_the_new_one_has_joined(
    job: Job, github: FakeGitHub
) -> None:
    job.shell.declares(PEOPLE + f"email_changes: [{{from: {SAM}, to: {NEW}}}]\n")
    job.shell.ok(f"apply {job.shell.path} --auto-approve")
    # What waits for somebody is nothing that anybody could do.
    look(job, RECONCILER_NOW="2026-06-03T05:17:00Z").ok()
    assert github.issues == {}
    assert "Waiting (1)" in job.summary.read_text()
    job.shell.ok(f"live join {NEW}")
    assert look(job).code == Exit.CHANGES
    assert f"- {SAM}  remove (was user; web manager)  [email change, due, " in (
        github.issues[1]["body"])


def test_an_expired_invitation_is_due_to_be_sent_again(job: Job, github: FakeGitHub) -> None:
    look(job, RECONCILER_NOW="2026-06-30T05:17:00Z").ok()
    assert look(job, RECONCILER_NOW="2026-07-02T05:17:00Z").code == Exit.CHANGES
    assert f"! {BOB}  invitation sent again (sent 2 times)  [expired, due, " in (
        github.issues[1]["body"])


def test_a_limit_that_was_hit_is_told_with_what_it_keeps_from_being_applied(
    job: Job, github: FakeGitHub
) -> None:
    job.shell.policy("limits: {removals: {count: 0}}\n")
    job.shell.ok(f"apply {job.shell.path} --auto-approve")
    job.shell.declares(PEOPLE.replace(f"  {BOB}: {{}}\n", ""))
    assert look(job).code == Exit.CHANGES
    body = github.issues[1]["body"]
    assert "Not applied: 1 change (1 merged). Nothing can be applied: 1 problem refuses it." in body
    assert "### What refuses it (1)" in body
    assert "What refuses it is corrected first" in body
    job.shell.declares(PEOPLE)
    assert "Issue 1 was closed." in look(job).ok().err


def test_files_that_cannot_be_planned_fail_the_run_and_leave_the_issue(
    job: Job, github: FakeGitHub
) -> None:
    job.shell.ok(f"live set-role {KIM} --role admin")
    look(job)
    before = dict(github.issues[1])
    job.shell.declares(PEOPLE.replace("web: viewer", "web: veiwer"))
    assert look(job).code == Exit.INVALID
    assert github.issues[1] == before


def test_very_much_that_is_not_applied_has_an_issue_that_github_takes(
    job: Job, github: FakeGitHub
) -> None:
    hostile = "🦊" * 20 + "`@everyone` </details> ```"
    job.shell.declares(
        f"groups: {{'{hostile}': {{projects: {{web: viewer}}}}}}\n"
        + PEOPLE.replace(f"  {KIM}: {{projects: {{web: viewer}}}}\n", "")
        + "".join(f"  p{n:04}@acme.example: {{groups: ['{hostile}']}}\n" for n in range(1_500)))
    assert look(job).code == Exit.CHANGES
    body = github.issues[1]["body"]
    assert units(body) <= COMMENT
    # What is removed is said whatever there is no room for, and so is what to do.
    assert f"- {KIM}  remove (was user; web viewer)  [not declared, merged, " in body
    assert f"had no room here: {REST}" in body
    assert WAY in body
    # Nothing of a name ends the block that it stands in.
    assert f'group "{hostile}"' in body
    assert "````diff\n+ " in body
    assert "Issue 1 was left as it is." in look(job).err


def test_an_issue_that_somebody_else_wrote_is_left_alone(job: Job, github: FakeGitHub) -> None:
    forged = f"{marker('drift', str(job.shell.path))}\nNo drift at all"
    github.open_issue("mallory", "Drift of acme", forged)
    job.shell.ok(f"live set-role {KIM} --role admin")
    assert look(job).code == Exit.CHANGES
    assert github.issues[1]["body"] == forged
    assert github.issues[2]["user"]["login"] == BOT
    job.shell.ok(f"live set-role {KIM} --role user")
    look(job).ok()
    assert [github.issues[n]["state"] for n in (1, 2)] == ["open", "closed"]


def test_a_token_that_may_not_write_issues_fails(job: Job, github: FakeGitHub) -> None:
    github.read_only.add("bot")
    job.shell.ok(f"live set-role {KIM} --role admin")
    ran = look(job)
    assert ran.code == Exit.UNREACHABLE
    assert "check the `permissions` of the job" in ran.err


def snapshot(job: Job, pull: int) -> Ran:
    return job.run(f"snapshot --out {job.shell.folder}/snapshot.db", job.pull_request(pull))


def test_the_newest_snapshot_of_main_is_fetched(job: Job, github: FakeGitHub) -> None:
    pull = github.open_pull(author="mallory", head=HEAD, fork=True)
    for event, path, branch, fork, content in (
        ("schedule", "drift.yml", "main", False, b"old"),
        ("push", "apply.yml", "main", False, b"new"),
        ("pull_request", "plan.yml", "main", True, b"of the fork"),
        ("push", "apply.yml", "mine", False, b"of another branch"),
        ("pull_request", "drift.yml", "main", False, b"of a pull request"),
    ):
        run = github.start_run(head=HEAD, event=event, path=f".github/workflows/{path}",
                               branch=branch)
        github.attach(run, "reconciler-snapshot", {"snapshot.db": content}, fork=fork)
    snapshot(job, pull).ok()
    assert (job.shell.folder / "snapshot.db").read_bytes() == b"new"


def test_a_snapshot_replaces_nothing_else(job: Job, github: FakeGitHub) -> None:
    pull = github.open_pull(author="mallory", head=HEAD, fork=True)
    (job.shell.folder / "snapshot.db").write_text("mine")
    ran = snapshot(job, pull)
    assert ran.code == Exit.INVALID
    assert "is no snapshot; it is left as it is" in ran.err
    assert github.requests == []


def test_without_a_snapshot_it_is_said_where_one_comes_from(job: Job, github: FakeGitHub) -> None:
    pull = github.open_pull(author="mallory", head=HEAD, fork=True)
    run = github.start_run(head=HEAD, branch="main")
    github.attach(run, "reconciler-snapshot", {"snapshot.db": b""}, fork=True)
    ran = snapshot(job, pull)
    assert ran.code == Exit.INVALID
    assert ("no snapshot is attached to any run on main: it comes from a fork (set the "
            "variable RECONCILER_SNAPSHOT in the repository's settings to true, ") in ran.err


def test_what_keeps_drift_from_being_looked_for_is_an_annotation(job: Job) -> None:
    ran = look(job, RECONCILER_STORE="")
    assert ran.code == Exit.INVALID
    assert "::error title=reconciler::RECONCILER_STORE is empty" in ran.err
    assert "reconciler-read" in job.summary.read_text()
