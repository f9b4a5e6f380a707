"""`reconciler github drift`: one issue as long as there is drift; and the snapshot for forks."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.gitops.github.comments import marker
from reconciler.model.errors import Exit
from tests.cli.shell import ADA, BOB, KIM, SAM, Ran
from tests.gitops.fake_github import BOT, FakeGitHub
from tests.gitops.job import HEAD, Job


@pytest.fixture
def job(tmp_path: Path, github: FakeGitHub) -> Job:
    """acme as its files declare it, and a run applied."""
    job = Job(tmp_path, github)
    job.shell.declares(f"""
        members:
          {ADA}: {{role: admin}}
          {SAM}: {{projects: {{web: manager}}}}
          {KIM}: {{projects: {{web: viewer}}}}
          {BOB}: {{}}
        """)
    job.shell.ok(f"apply {job.shell.path} --auto-approve")
    return job


def look(job: Job, **environment: str) -> Ran:
    return job.run(f"drift {job.shell.path}", {"schedule": "17 5 * * *"}, name="schedule",
                   **environment)


def test_without_drift_there_is_no_issue(job: Job, github: FakeGitHub) -> None:
    look(job).ok()
    assert github.issues == {}
    assert job.outputs == {"changes": "0", "issue": ""}
    assert "No drift." in job.summary.read_text()


def test_the_issue_is_opened_kept_up_to_date_and_closed(job: Job, github: FakeGitHub) -> None:
    job.shell.ok(f"live set-role {KIM} --role admin")
    ran = look(job)
    assert ran.code == Exit.CHANGES
    assert "Issue 1 was opened." in ran.err
    assert job.outputs == {"changes": "1", "issue": "1"}
    issue = github.issues[1]
    assert issue["title"] == "Drift of acme"
    assert issue["body"].startswith(marker("drift", str(job.shell.path)))
    assert "Admin rights granted outside of review" in issue["body"]
    assert f"by {ADA}" in issue["body"]

    assert "Issue 1 was left as it is." in look(job, GITHUB_RUN_ID="78").err
    job.shell.ok(f"live set-role {BOB} --role admin")
    assert "Issue 1 was updated." in look(job).err
    assert BOB in github.issues[1]["body"]
    assert len(github.issues) == 1

    job.shell.ok(f"live set-role {KIM} {BOB} --role user")
    assert "Issue 1 was closed." in look(job).ok().err
    assert github.issues[1]["state"] == "closed"
    said, = github.comments_on(1)
    assert said == ("No drift any more.\n[run](https://github.example/acme/access/actions/runs/77)"
                    "\n")

    job.shell.ok(f"live set-role {KIM} --role admin")
    assert "Issue 2 was opened." in look(job).err


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
    assert ("no snapshot is attached to any run on main: it comes from a fork (run the workflow "
            "drift, which attaches one)") in ran.err
