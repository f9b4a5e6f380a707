"""The daily life of a repository: everything that happens in it is what would happen on GitHub.

Real git repositories, the workflows' own steps, a live store, and a GitHub on loopback.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reconciler.gitops.github.comments import marker
from tests.cli.shell import ADA, BOB, KIM, SAM, Shell, with_people
from tests.gitops.fake_github import FakeGitHub
from tests.gitops.job import CI
from tests.gitops.repository import Repository
from tests.gitops.runner import JobDone, Runner

BEA = "bea@acme.example"
PEOPLE = f"""\
apiVersion: reconciler/v1
organization: acme
tier: enterprise
settings: {{project_level_permissions: true, access_requests: true}}
projects: {{web: {{name: Web}}, ios: {{name: iOS}}}}

members:
  {ADA}: {{role: admin, accounts: {{github: ada}}}}
  {BEA}: {{role: admin, accounts: {{github: bea}}}}
  {BOB}: {{}}
  {CI}: {{role: admin}}
  # Kim helps out.
  {KIM}: {{projects: {{web: viewer}}}}
  {SAM}: {{projects: {{web: manager}}, accounts: {{github: sam}}}}
"""
POLICY = f"""\
apiVersion: reconciler/v1
kind: Policy
approvals: {{required: true, independent: true, automation: [{CI}]}}
"""
OWNERS = """\
# Made by `reconciler codeowners`. Do not edit it: change the access, and run
# reconciler codeowners access --out .github/CODEOWNERS

# Org admins own everything. A later line takes the place of an earlier one.
* @ada @bea
"""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """acme, as its files declare it."""
    shell = with_people(tmp_path)
    shell.ok(f"live invite {BEA} {CI} --role admin")
    shell.ok(f"live join {BEA} {CI}")
    shell.path.write_text(PEOPLE)
    (tmp_path / "policy.yaml").write_text(POLICY)
    shell.ok(f"plan {shell.path} --out {tmp_path / 'first.json'}")
    shell.ok(f"apply {tmp_path / 'first.json'} --author {SAM} --approver {BEA} --approver {ADA}")
    return shell


@pytest.fixture
def acme(shell: Shell, github: FakeGitHub, tmp_path: Path) -> Repository:
    """The repository of acme, as an admin has set it up."""
    store = {"RECONCILER_STORE": str(shell.environment["RECONCILER_STORE"])}
    github.tokens["fork"] = github.tokens["bot"]
    github.read_only.add("fork")
    runner = Runner(github=github, origin=tmp_path / "origin.git", folder=tmp_path,
                    secrets={"reconciler-read": store, "reconciler-write": store},
                    variables={"RECONCILER_ACTOR": CI})
    acme = Repository(github, tmp_path, runner)
    acme.begin({"access/org.yaml": PEOPLE, "access/policy.yaml": POLICY,
                ".github/CODEOWNERS": OWNERS})
    return acme


def comment(github: FakeGitHub, number: int, purpose: str) -> str:
    found, = [c for c in github.comments_on(number) if c.startswith(marker(purpose, "access"))]
    return found


def well(done: dict[str, JobDone]) -> dict[str, JobDone]:
    for job in done.values():
        assert job.conclusion in ("success", "skipped"), job.log
    return done


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_daily_life_of_a_repository(
    acme: Repository, github: FakeGitHub, shell: Shell
) -> None:
    # Open, plan, comment.
    sam = acme.branch("kim")
    edit(sam.access, f"{KIM}: {{projects: {{web: viewer}}}}",
         f"{KIM}: {{projects: {{web: member}}}}")
    number, planned = acme.open(sam, "sam")
    assert well(planned)["plan-from-fork"].conclusion == "skipped"
    said = comment(github, number, "plan")
    assert f"! {KIM}  role on web: viewer -> member" in said
    assert f"ask {ADA} (ada), or {BEA} (bea)" in said
    assert github.status(number) == (
        "pending", f"1 of 1 change not approved: ask {ADA} (ada), or {BEA} (bea)")

    # Approve; push again: the approval falls; approve again.
    assert well(acme.review(number, "ada"))["plan-from-fork"].conclusion == "skipped"
    assert f"`{ADA}` approves 1 change" in comment(github, number, "plan")
    assert github.status(number) == ("success", f"1 change approved by {ADA}")
    edit(sam.access, f"{KIM}: {{projects: {{web: member}}}}",
         f"{KIM}: {{projects: {{web: member, ios: viewer}}}}")
    well(acme.push(sam, number))
    said = comment(github, number, "plan")
    assert f"+ {KIM}  " in said
    assert f"ada (`{ADA}`) does not count: `approved the plan of " in said
    assert github.status(number)[0] == "pending"
    well(acme.review(number, "ada"))
    assert github.status(number) == ("success", f"2 changes approved by {ADA}")

    # Merge, apply.
    applied = well(acme.merge(number))["apply"]
    assert "Applied 2 changes to acme (run " in applied.log
    assert "## Applied to acme" in comment(github, number, "apply")
    assert f"`{ADA}` approves 2 changes" in comment(github, number, "apply")
    assert shell.ok(f"plan {sam.access}").startswith("No changes.")
    assert well(acme.watch())["drift"].conclusion == "success"
    assert github.issues == {}

    # Somebody changes something by hand: an issue.
    shell.ok(f"live set-role {KIM} --project ios --role admin --as {ADA}")
    well(acme.watch())
    issue, = github.issues.values()
    assert (issue["title"], issue["state"]) == ("Drift of acme", "open")
    assert f"by {ADA}" in issue["body"]
    well(acme.watch())
    assert len(github.issues) == 1

    # Adopt it, by pull request: nothing is to be applied, and there is no drift any more.
    ada = acme.branch("adopt")
    shell.ok(f"adopt {ada.access}")
    assert "ios: admin" in ada.access.read_text()
    assert "# Kim helps out." in ada.access.read_text()
    number, planned = acme.open(ada, "ada")
    well(planned)
    assert "No changes." in comment(github, number, "plan")
    assert github.status(number) == ("success", "No changes: nothing is to be approved")
    well(acme.merge(number))
    well(acme.watch())
    assert github.issues[issue["number"]]["state"] == "closed"
    assert github.comments_on(issue["number"])[0].startswith("No drift any more, ")
    assert shell.ok(f"drift {ada.access}").startswith("No drift.")


def test_a_merge_without_enough_approvals_is_not_applied_until_it_is_reviewed(
    acme: Repository, github: FakeGitHub, shell: Shell
) -> None:
    sam = acme.branch("bob")
    edit(sam.access, f"{BOB}: {{}}", f"{BOB}: {{role: admin}}")
    shell.ok(f"codeowners {sam.access} --out {sam.folder / '.github' / 'CODEOWNERS'}")
    number, _ = acme.open(sam, "sam")
    github.review(number, "sam")
    done = acme.merge(number)["apply"]
    assert done.conclusion == "failure"
    assert "## Not applied" in comment(github, number, "apply")
    assert "is the author of the change" in comment(github, number, "apply")
    # What was merged is still to be applied: an issue says so, and the next pull request shows it.
    well(acme.watch())
    issue, = github.issues.values()
    assert (issue["title"], issue["state"]) == ("Not applied in acme", "open")
    assert "Not applied: 1 change (1 merged)" in issue["body"]
    assert f"! {BOB}  role: user -> admin  [differs, merged, access/org.yaml:" in issue["body"]
    assert 'git commit --allow-empty -m "Apply what is due"' in issue["body"]
    more = acme.branch("more")
    number, planned = acme.open(more, "sam", empty=True)
    well(planned)
    assert "Admin rights granted" in comment(github, number, "plan")
    github.review(number, "ada")
    well(acme.merge(number))
    assert shell.ok(f"plan {more.access}").startswith("No changes.")
    well(acme.watch())
    assert github.issues[issue["number"]]["state"] == "closed"


def test_what_time_makes_due_is_told_and_applied_by_a_pull_request_that_changes_no_file(
    acme: Repository, github: FakeGitHub, shell: Shell
) -> None:
    sam = acme.branch("until")
    edit(sam.access, f"{KIM}: {{projects: {{web: viewer}}}}",
         f"{KIM}: {{projects: {{web: {{role: viewer, until: 2026-06-10}}}}}}")
    number, planned = acme.open(sam, "sam")
    well(planned)
    github.review(number, "ada")
    well(acme.merge(number))
    acme.runner.now = "2026-06-10T23:59:59+00:00"
    well(acme.watch())
    assert github.issues == {}

    # The last day is over. Nobody merges anything, and the schedule comes round.
    acme.runner.now = "2026-06-11T05:17:00+00:00"
    well(acme.watch())
    issue, = github.issues.values()
    assert (issue["title"], issue["state"]) == ("Not applied in acme", "open")
    assert f"- {KIM}  role on web: viewer -> none  [ended, due, access/org.yaml:" in issue["body"]
    before = dict(issue)
    acme.runner.now = "2026-06-12T05:17:00+00:00"
    well(acme.watch())
    assert github.issues[issue["number"]] == before

    # A pull request without a change of files shows the same, and is reviewed like any other.
    due = acme.branch("due")
    number, planned = acme.open(due, "sam", empty=True)
    well(planned)
    assert f"- {KIM}  role on web: viewer -> none  [ended, expiry" in comment(
        github, number, "plan")
    github.review(number, "bea")
    applied = well(acme.merge(number))["apply"]
    assert "Applied 1 change to acme (run " in applied.log
    acme.runner.now = "2026-06-13T05:17:00+00:00"
    well(acme.watch())
    assert github.issues[issue["number"]]["state"] == "closed"
    assert github.comments_on(issue["number"])[0].startswith(
        "No drift any more, and nothing is left to be applied.")
    assert "No changes. " in shell.ok(f"plan {due.access}", RECONCILER_NOW=acme.runner.now)


def test_what_is_wrong_is_shown_and_stops_the_step(acme: Repository, github: FakeGitHub) -> None:
    sam = acme.branch("typo")
    edit(sam.access, "web: viewer", "web: veiwer")
    number, planned = acme.open(sam, "sam")
    assert planned["plan"].conclusion == "failure"
    assert "::error file=access/org.yaml,line=" in planned["plan"].log
    assert "What refuses it (1)" in comment(github, number, "plan")
    assert "What refuses it (1)" in planned["plan"].summary
    assert github.status(number)[0] == "failure"


def test_an_approval_holds_for_less_and_is_told_when_it_is_taken_back(
    acme: Repository, github: FakeGitHub, shell: Shell
) -> None:
    sam = acme.branch("kim")
    edit(sam.access, f"{KIM}: {{projects: {{web: viewer}}}}",
         f"{KIM}: {{projects: {{web: member, ios: viewer}}}}")
    number, _ = acme.open(sam, "sam")
    well(acme.review(number, "ada"))
    edit(sam.access, "web: member, ios: viewer", "web: member")
    well(acme.push(sam, number))
    assert github.status(number) == ("success", f"1 change approved by {ADA}")
    well(acme.dismiss(number, github.reviews[number][-1]["id"]))
    assert github.status(number)[0] == "pending"
    assert f"ada (`{ADA}`) does not count: approves no longer" in comment(github, number, "plan")
    well(acme.review(number, "ada"))
    well(acme.merge(number))
    assert "member" in shell.ok(f"live show {KIM}")
    # A review of what was merged shows no other plan than the one that was reviewed.
    said = comment(github, number, "plan")
    assert acme.review(number, "bea")["plan"].conclusion == "skipped"
    assert comment(github, number, "plan") == said


def test_what_is_planned_again_for_a_review_is_what_an_approval_is_of(
    acme: Repository, github: FakeGitHub, shell: Shell
) -> None:
    sam = acme.branch("kim")
    edit(sam.access, "web: viewer", "web: member")
    edit(sam.access, f"{BOB}: {{}}", f"{BOB}: {{projects: {{web: viewer}}}}")
    number, _ = acme.open(sam, "sam")
    shell.ok(f"live set-role {KIM} --project web --role member --as {ADA}")
    well(acme.review(number, "bea", "COMMENTED"))
    assert "1 change to 1 person" in comment(github, number, "plan")
    well(acme.review(number, "ada"))
    well(acme.merge(number))


def test_files_that_are_not_as_they_should_be_fail_a_check_that_says_how_to_mend_them(
    acme: Repository, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    sam = acme.branch("untidy")
    edit(sam.access, f"  {BOB}: {{}}\n", "")
    edit(sam.access, "  # Kim", f"  {BOB}: {{role: admin}}\n  # Kim")
    number, planned = acme.open(sam, "sam")
    files = planned["files"]
    assert (planned["plan"].conclusion, files.conclusion) == ("success", "failure")
    assert "::error file=access/org.yaml,line=10,title=not in order::" in files.log
    assert "::error file=.github/CODEOWNERS,line=5,title=out of date::" in files.log
    assert "+* @ada @bea bob@acme.example" in files.summary
    # Who does what it says is done.
    monkeypatch.chdir(sam.folder)
    for command in sorted(set(re.findall(r"with: reconciler (.*)", files.log)), reverse=True):
        shell.ok(command)
    assert well(acme.push(sam, number))["files"].conclusion == "success"


def test_a_pull_request_that_changes_workflows_changes_no_access(
    acme: Repository, github: FakeGitHub, shell: Shell
) -> None:
    sam = acme.branch("sly")
    edit(sam.access, "web: viewer", "web: admin")
    workflow = Path(".github") / "workflows" / "plan.yml"
    edit(sam.folder / workflow, "name: plan\n", "name: plan, honestly\n")
    number, planned = acme.open(sam, "sam")
    well(planned)
    well(acme.review(number, "ada"))
    assert github.status(number)[0] == "failure"
    assert "It changes workflows too, " in comment(github, number, "plan")
    assert acme.merge(number)["apply"].conclusion == "failure"
    assert "changes something below .github/workflows" in comment(github, number, "apply")
    # A change of workflows alone is nothing to apply.
    honest = acme.branch("honest")
    edit(honest.access, "web: admin", "web: viewer")
    edit(honest.folder / workflow, "plan, honestly", "plan, really")
    number, _ = acme.open(honest, "sam")
    well(acme.merge(number))
    assert shell.ok(f"plan {honest.access}").startswith("No changes.")


def test_a_fork_is_planned_without_any_secret(
    acme: Repository, github: FakeGitHub, shell: Shell
) -> None:
    acme.runner.variables["RECONCILER_SNAPSHOT"] = "true"
    well(acme.watch())
    mallory = acme.branch("help")
    edit(mallory.access, "web: viewer", "web: admin")
    number, planned = acme.open(mallory, "mallory", fork=True)
    done = well(planned)
    assert done["plan"].conclusion == "skipped"
    fork = done["plan-from-fork"]
    assert done["files"].conclusion == "success"
    assert done["files"].given == {"ACCESS": "access", "RECONCILER": "the-program"}
    store = shell.environment["RECONCILER_STORE"]
    assert store is not None
    assert not [value for value in fork.given.values() if store in value]
    assert f"{KIM}  role on web: viewer -> admin" in fork.log
    assert "::warning title=reconciler::the token may not comment" in fork.log
    assert "snapshot" in fork.summary
    assert github.comments_on(number) == []
    assert github.statuses == {}
    assert "::warning title=reconciler::the token may not set the status" in fork.log
    # The files alone are looked at again: they take no secret.
    assert {name for name, job in acme.review(number, "ada").items()
            if job.conclusion != "skipped"} == {"files"}
    # Whoever merges it all the same learns that nobody can tell what was reviewed.
    github.review(number, "ada")
    assert acme.merge(number)["apply"].conclusion == "failure"
    assert "came from a fork" in comment(github, number, "apply")
    assert shell.ok(f"live show {KIM}").count("admin") == 0


def test_a_store_of_two_organizations_publishes_the_snapshot_of_the_one(
    acme: Repository, github: FakeGitHub, shell: Shell
) -> None:
    shell.ok(f"live init 0-or-1 --admin {ADA}")
    acme.runner.variables["RECONCILER_SNAPSHOT"] = "true"
    done = well(acme.watch())["drift"]
    assert "Wrote acme as it was" in done.log
    sam = acme.branch("kim")
    edit(sam.access, "web: viewer", "web: member")
    number, _ = acme.open(sam, "sam")
    acme.review(number, "ada")
    assert "Wrote acme as it was" in well(acme.merge(number))["apply"].log


def test_drift_is_looked_for_by_hand_on_the_default_branch_alone(acme: Repository) -> None:
    acme.branch("kim").commit(empty=True)
    assert acme.watch_by_hand("kim")["drift"].conclusion == "skipped"
    assert acme.watch_by_hand("main")["drift"].conclusion == "success"
