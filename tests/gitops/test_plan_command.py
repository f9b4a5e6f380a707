"""`reconciler github plan`: the same plan, told at the lines, in the summary and in one comment."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from reconciler.gitops.github.comments import marker
from reconciler.model.errors import Exit
from tests.cli.shell import ADA, BOB, KIM, SAM
from tests.gitops.fake_github import BOT, COMMENT, FakeGitHub
from tests.gitops.job import HEAD, Job

PEOPLE = f"""
members:
  {ADA}: {{role: admin}}
  {SAM}: {{projects: {{web: manager}}}}
  {KIM}: {{projects: {{web: %s}}}}
  {BOB}: {{}}
"""


@pytest.fixture
def job(tmp_path: Path, github: FakeGitHub, monkeypatch: pytest.MonkeyPatch) -> Job:
    monkeypatch.chdir(tmp_path)
    return Job(tmp_path, github)


@pytest.fixture
def pull(github: FakeGitHub) -> int:
    return github.open_pull(author="sam", head=HEAD)


def test_a_plan_is_told_in_every_place(job: Job, pull: int) -> None:
    job.shell.declares(PEOPLE % "member")
    ran = job.plan(pull).ok()
    folder = job.shell.folder / "reconciler-plan"
    assert "1 change to 1 person" in ran.out
    assert "::" not in ran.out
    assert sorted(p.name for p in folder.iterdir()) == ["plan.html", "plan.json", "plan.md"]
    saved = json.loads((folder / "plan.json").read_text())
    assert saved["commit"] == HEAD
    assert job.outputs == {"artifact": f"reconciler-plan-{HEAD}", "changes": "1",
                           "digest": saved["digest"]}
    comment, = job.github.comments_on(pull)
    assert comment.startswith(marker("plan", str(job.shell.path)))
    assert comment.splitlines()[1:] == job.summary.read_text().rstrip("\n").splitlines()
    assert f"! {KIM}  role on web: viewer -> member" in comment
    assert "Approve this pull request and merge it: exactly this is applied then." in comment
    assert f"commit `{HEAD[:12]}`" in comment
    assert "[run](https://github.example/acme/access/actions/runs/77)" in comment


def test_it_is_the_plan_that_plan_makes(job: Job, pull: int) -> None:
    path = job.shell.declares(PEOPLE % "member")
    job.plan(pull).ok()
    job.shell.ok(f"plan {path} --commit {HEAD} --out plan.json")
    assert Path("plan.json").read_text() == Path("reconciler-plan/plan.json").read_text()


def test_the_next_commit_edits_the_comment(job: Job, pull: int) -> None:
    job.shell.declares(PEOPLE % "member")
    job.plan(pull).ok()
    job.shell.declares(PEOPLE % "admin")
    job.github.push(pull, "b" * 40)
    job.plan(pull).ok()
    comment, = job.github.comments_on(pull)
    assert "viewer -> admin" in comment
    assert "commit `bbbbbbbbbbbb`" in comment


def test_nothing_to_change_is_said(job: Job, pull: int) -> None:
    job.shell.declares(PEOPLE % "viewer")
    job.plan(pull).ok()
    comment, = job.github.comments_on(pull)
    assert "No changes" in comment
    assert "Approve this" not in comment
    assert job.outputs["changes"] == "0"


def test_what_is_wrong_with_the_files_is_shown_at_its_line(job: Job, pull: int) -> None:
    job.shell.declares("members: {ada@acme.example: {role: no, group: x}}\n")
    ran = job.plan(pull)
    assert ran.code == Exit.INVALID
    said = [x for x in ran.err.splitlines() if x.startswith("::")]
    assert len(said) == 2
    assert all(x.startswith("::error file=org.yaml,line=6,col=") for x in said)
    comment, = job.github.comments_on(pull)
    assert "What refuses it (2)" in comment
    assert job.summary.read_text()
    assert job.outputs == {"artifact": f"reconciler-plan-{HEAD}"}


def test_places_are_below_the_root_of_the_repository(
    job: Job, pull: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    below = job.shell.folder / "of" / "acme"
    below.mkdir(parents=True)
    (below / "org.yaml").write_text("apiVersion: reconciler/v1\norganization: [no]\n")
    monkeypatch.chdir(below.parent)
    ran = job.run("plan acme", job.pull_request(pull))
    assert "::error file=of/acme/org.yaml,line=2,col=15,title=" in ran.err


def test_a_plan_that_a_rule_refuses_is_told_and_fails(job: Job, pull: int) -> None:
    job.shell.declares(f"members: {{{SAM}: {{}}}}\n")
    ran = job.plan(pull)
    assert ran.code == Exit.REFUSED
    assert "::error " in ran.err
    comment, = job.github.comments_on(pull)
    assert "What refuses it" in comment
    assert "not to be applied" in comment


def test_an_old_plan_does_not_stay_when_the_next_commit_has_none(job: Job, pull: int) -> None:
    job.shell.declares(PEOPLE % "member")
    job.plan(pull).ok()
    job.shell.path.unlink()
    assert job.plan(pull).code == Exit.INVALID
    comment, = job.github.comments_on(pull)
    assert "**No plan: " in comment
    assert "viewer -> member" not in comment


def test_where_the_store_is_stays_in_the_log(job: Job, pull: int) -> None:
    job.shell.declares(PEOPLE % "member")
    ran = job.plan(pull, RECONCILER_STORE="postgresql+psycopg://bob:hunter2@127.0.0.1:9/secret")
    assert ran.code == Exit.UNREACHABLE
    comment, = job.github.comments_on(pull)
    assert "It could not be done: the log of the run says why." in comment
    assert "127.0.0.1" not in comment + job.summary.read_text()


def test_very_many_findings_are_ten_annotations_and_the_tenth_counts(
    job: Job, pull: int
) -> None:
    job.shell.declares("members:\n" + "".join(f"  p{n}@acme.example: {{rule: x}}\n"
                                               for n in range(500)))
    ran = job.plan(pull)
    said = [x for x in ran.err.splitlines() if x.startswith("::error")]
    assert len(said) == 10
    assert said[9].startswith("::error title=and 491 more::")


def test_a_large_plan_fits_a_comment_and_names_every_removal(job: Job, pull: int) -> None:
    invited = [f"{'p' * 40}{n:04}@acme.example" for n in range(1_500)]
    job.shell.declares(f"members:\n  {ADA}: {{role: admin}}\n"
                       + "".join(f"  {p}: {{projects: {{web: viewer}}}}\n" for p in invited))
    job.plan(pull).ok()
    comment, = job.github.comments_on(pull)
    assert 50_000 < len(comment) <= COMMENT
    assert all(person in comment for person in (SAM, KIM, BOB))
    assert "the plan and its HTML report are attached to the run" in comment
    assert len(job.summary.read_text()) > 2 * len(comment)


HOSTILE = "@acme/everyone <img src=x onerror=alert(1)> ]] ``` ::error::x --> #1 **b** |"


def test_a_hostile_name_is_harmless_in_every_medium(job: Job, pull: int) -> None:
    job.shell.declares((PEOPLE % "viewer").replace(
        f"{BOB}: {{}}", f"{BOB}: {{name: {json.dumps(HOSTILE)}}}"))
    ran = job.plan(pull).ok()
    assert not [x for x in ran.out.splitlines() if x.lstrip().startswith("::")]
    for text in (*job.github.comments_on(pull), job.summary.read_text()):
        assert "@acme/everyone" in text
        html = MarkdownIt("gfm-like", {"linkify": False}).render(text)
        assert "<img" not in html
        outside = _without_code(html)
        assert "@" not in outside
        assert "#1" not in outside


def _without_code(html: str) -> str:
    return re.sub(r"<code.*?</code>", "", html, flags=re.DOTALL)


def test_a_hostile_file_name_begins_no_command(job: Job, pull: int) -> None:
    (job.shell.folder / "::set-env name=x::.yaml").write_text("apiVersion: reconciler/v1\nx: 1\n")
    job.shell.declares("include: ['*env*.yaml']\nmembers: {}\n")
    ran = job.plan(pull)
    assert ran.code == Exit.INVALID
    lines = [x for x in (ran.out + ran.err).splitlines() if x.lstrip().startswith("::")]
    assert lines == [x for x in lines if x.startswith("::error file=")]
    assert any("file=%3A%3Aset-env name=x%3A%3A.yaml," in x for x in lines)


def test_a_fork_may_not_comment_and_that_is_no_failure(job: Job, github: FakeGitHub) -> None:
    pull = github.open_pull(author="mallory", head=HEAD, fork=True)
    github.read_only.add("bot")
    job.shell.declares(PEOPLE % "member")
    ran = job.plan(pull).ok()
    assert "::warning title=reconciler::the token may not comment on pull request 1" in ran.err
    assert github.comments_on(pull) == []
    assert "viewer -> member" in job.summary.read_text()


def test_a_github_that_is_down_fails_the_step(job: Job, pull: int) -> None:
    job.shell.declares(PEOPLE % "member")
    job.github.fail("POST", f"/issues/{pull}/comments", 500)
    ran = job.plan(pull)
    assert ran.code == Exit.UNREACHABLE
    assert "GitHub answers POST" in ran.err


def test_a_github_that_is_down_does_not_hide_what_is_wrong(job: Job, pull: int) -> None:
    job.shell.declares("members: 3\n")
    job.github.fail("POST", f"/issues/{pull}/comments", 500)
    ran = job.plan(pull)
    assert ran.code == Exit.INVALID
    assert "::warning title=reconciler::what went wrong could not be told" in ran.err


def test_a_forged_comment_is_left_alone(job: Job, pull: int) -> None:
    forged = f"{marker('plan', str(job.shell.path))}\nNo changes. Approve!"
    job.github.comment_on(pull, "mallory", forged)
    job.shell.declares(PEOPLE % "admin")
    job.plan(pull).ok()
    first, second = job.github.comments_on(pull)
    assert first == forged
    assert "viewer -> admin" in second
    assert [c["user"]["login"] for c in job.github.comments.values()] == ["mallory", BOT]


@pytest.mark.parametrize(("changed", "says"), [
    ({"GITHUB_EVENT_PATH": ""}, "this is no run of a GitHub workflow"),
    ({"GITHUB_REPOSITORY": "../../x"}, "not OWNER/NAME"),
    ({"GITHUB_SHA": "main"}, "'main' is no commit"),
    ({"GITHUB_TOKEN": ""}, "GITHUB_TOKEN is not set"),
    ({"GITHUB_API_URL": "http://api.example"}, "http://api.example is no https address"),
    ({"GITHUB_EVENT_PATH": "/nowhere"}, "the event /nowhere cannot be read"),
])
def test_what_the_runner_does_not_say_is_told(
    job: Job, pull: int, changed: dict[str, str], says: str
) -> None:
    ran = job.run("plan org.yaml", job.pull_request(pull), **changed)
    assert ran.code == Exit.INVALID
    assert says in ran.err


@pytest.mark.parametrize("event", [
    {}, {"pull_request": None}, {"pull_request": {}},
    {"pull_request": {"number": 1, "head": {"sha": "x", "repo": None}, "base": {"ref": "main"}}}])
def test_an_event_about_no_pull_request_is_told(job: Job, event: dict[str, object]) -> None:
    ran = job.run("plan org.yaml", event)
    assert ran.code == Exit.INVALID
    assert "unexpected failure" not in ran.err


def test_the_status_says_that_no_approval_is_required(job: Job, pull: int) -> None:
    job.shell.declares(PEOPLE % "member")
    job.plan(pull).ok()
    status, = job.github.statuses[HEAD]
    assert status["state"] == "success"
    assert status["description"] == "No approval is required of 1 change"
    assert status["context"] == f"reconciler/approvals ({job.shell.path})"[:222]
    assert status["target_url"] == "https://github.example/acme/access/actions/runs/77"


def test_the_status_says_that_nothing_is_to_be_approved(job: Job, pull: int) -> None:
    job.shell.declares(PEOPLE % "viewer")
    job.plan(pull).ok()
    assert job.github.status(pull) == ("success", "No changes: nothing is to be approved")


@pytest.mark.parametrize(("people", "says"), [
    ("members: 3", "No plan: 1 problem in the desired state"),
    (PEOPLE.replace("role: admin", "role: user") % "viewer", "The plan is refused: "),
])
def test_the_status_fails_what_would_not_be_applied(
    job: Job, pull: int, people: str, says: str
) -> None:
    job.shell.declares(people)
    assert job.plan(pull).code != Exit.DONE
    state, why = job.github.status(pull)
    assert (state, why.startswith(says)) == ("failure", True), why


def test_the_status_fails_where_it_is_not_known_who_approved(job: Job, pull: int) -> None:
    job.shell.declares(PEOPLE % "member")
    job.github.fail("GET", f"/pulls/{pull}/reviews", 404)
    job.plan(pull).ok()
    assert job.github.status(pull) == (
        "failure", "Who approved could not be found out: the log of the run says why")


def test_the_status_tells_no_hosts_and_accounts(job: Job, pull: int) -> None:
    job.shell.declares(PEOPLE % "member")
    ran = job.plan(pull, RECONCILER_STORE="postgresql+psycopg://me:secret@127.0.0.1:1/acme")
    assert ran.code == Exit.UNREACHABLE
    assert job.github.status(pull) == ("failure", "No plan: the log of the run says why")


def test_a_status_that_may_not_be_set_is_a_warning(job: Job, pull: int) -> None:
    job.shell.declares(PEOPLE % "member")
    job.github.fail("POST", f"/statuses/{HEAD}", 403)
    ran = job.plan(pull).ok()
    assert "::warning title=reconciler::the token may not set the status" in ran.err
    assert len(job.github.comments_on(pull)) == 1


def test_a_status_that_cannot_be_set_is_a_warning(job: Job, pull: int) -> None:
    job.shell.declares(PEOPLE % "member")
    job.github.fail("POST", f"/statuses/{HEAD}", 422)
    ran = job.plan(pull).ok()
    assert "could not be set: GitHub answers POST" in ran.err
    assert len(job.github.comments_on(pull)) == 1


def test_the_status_says_why_nobody_can_be_asked(job: Job, pull: int) -> None:
    job.shell.policy("approvals: {required: true}\n")
    job.shell.ok(f"live set-role {SAM} --role admin")
    job.shell.declares(PEOPLE.replace("projects: {web: manager}", "role: admin") % "member")
    job.plan(pull).ok()
    state, why = job.github.status(pull)
    assert (state, "the github account sam is nobody's" in why) == ("pending", True), why


def test_a_status_fits_however_many_there_are_to_ask(job: Job, pull: int) -> None:
    many = "".join(f"  {'p' * 60}{n}@acme.example: {{role: admin}}\n" for n in range(4))
    people = PEOPLE.replace("web: manager}", "web: manager}, accounts: {github: sam}")
    job.shell.declares(people % "viewer" + many)
    job.shell.ok(f"apply {job.shell.path} --auto-approve")
    job.shell.ok("live join", *(f"{'p' * 60}{n}@acme.example" for n in range(4)))
    job.shell.policy("approvals: {required: true}\n")
    job.shell.declares(people % "member" + many)
    job.plan(pull).ok()
    state, why = job.github.status(pull)
    assert (state, len(why), why[-1]) == ("pending", 140, "…")
    assert why.startswith("2 of 2 changes not approved: ask ")


def test_a_plan_without_a_store_asks_for_the_secret_in_every_place(job: Job, pull: int) -> None:
    job.shell.declares(PEOPLE % "member")
    ran = job.plan(pull, RECONCILER_STORE="")
    assert ran.code == Exit.INVALID
    assert "::error title=reconciler::RECONCILER_STORE is empty" in ran.err
    assert "no organization" not in ran.err
    comment, = job.github.comments_on(pull)
    assert "reconciler-read" in comment
    assert "Dependabot" in comment
    assert job.github.status(pull) == ("failure", "No plan: RECONCILER_STORE is empty")


def test_a_plan_of_nothing_needs_no_actor(job: Job, pull: int) -> None:
    job.shell.declares(PEOPLE % "viewer")
    job.plan(pull, RECONCILER_ACTOR="").ok()
    assert job.github.status(pull) == ("success", "No changes: nothing is to be approved")


def test_the_first_machine_that_a_policy_names_is_who_has_to_act(job: Job, pull: int) -> None:
    job.shell.policy(f"approvals: {{automation: [{SAM}]}}\n")
    job.shell.declares(PEOPLE % "member")
    job.plan(pull).ok()
    assert job.github.status(pull) == (
        "failure", f"It would not be applied: {ADA} is not among the policy's "
        "approvals.automation, and a workflow runs as one of them")


def test_where_no_approval_is_required_none_is_said_to_be_missing(job: Job, pull: int) -> None:
    job.shell.declares(PEOPLE % "member")
    job.plan(pull).ok()
    comment, = job.github.comments_on(pull)
    assert comment.split("\n\n")[2] == "No approval is required of 1 change."
    assert "missing" not in comment
    assert "not approved" not in comment
