"""`reconciler github files`: what is to be mended is said at its file, with the way to do it."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.errors import Exit
from tests.cli.shell import ADA, BOB, HEAD, KIM, SAM, Ran
from tests.gitops.fake_github import FakeGitHub
from tests.gitops.job import Job

IN_ORDER = HEAD.replace("settings:", "include: [parts/*.yaml]\nsettings:") + f"""
members:
  {ADA}: {{role: admin}}
  {SAM}: {{projects: {{web: manager}}}}
"""
PART = f"""\
apiVersion: reconciler/v1

members:
  {BOB}: {{projects: {{web: viewer}}}}
  {KIM}: {{projects: {{web: viewer}}}}
"""
MISPLACED = PART.replace("viewer", "member", 1).replace(BOB, f"zoe-{BOB}")
FORMAT = "reconciler edit format access"
OWNERS = "reconciler codeowners access --out .github/CODEOWNERS"


@pytest.fixture
def job(tmp_path: Path, github: FakeGitHub, monkeypatch: pytest.MonkeyPatch) -> Job:
    """In a repository in which all is well."""
    monkeypatch.chdir(tmp_path)
    job = Job(tmp_path, github)
    for folder in (".git", ".github", "access/parts"):
        (tmp_path / folder).mkdir(parents=True)
    Path("access/org.yaml").write_text(IN_ORDER)
    Path("access/parts/web.yaml").write_text(PART)
    job.shell.ok(FORMAT.removeprefix("reconciler "))
    job.shell.ok(OWNERS.removeprefix("reconciler "))
    return job


def files(job: Job, line: str = "access", **environment: str) -> Ran:
    """Run the step, as on a pull request: without a token, and without a store."""
    event = {"pull_request": {}, "repository": {"default_branch": "main"}}
    return job.run(f"files {line}", event, GITHUB_TOKEN="", RECONCILER_STORE="nowhere://",
                   **environment)


def annotations(ran: Ran) -> list[str]:
    return [line for line in ran.err.splitlines() if line.startswith("::")]


def test_where_all_is_well_nothing_is_to_be_done(job: Job) -> None:
    ran = files(job).ok()
    assert (ran.out, annotations(ran)) == ("", [])
    assert ran.err == "The files are in order, and .github/CODEOWNERS is up to date.\n"
    assert not job.summary.exists()


def test_a_file_that_is_not_in_order_is_shown_at_its_first_line_that_is_not(job: Job) -> None:
    Path("access/parts/web.yaml").write_text(MISPLACED)
    ran = files(job)
    assert (ran.code, ran.out) == (2, "access/parts/web.yaml\n")
    assert annotations(ran) == [
        "::error file=access/parts/web.yaml,line=4,title=not in order::access/parts/web.yaml is "
        f"not in order; put it in order with: {FORMAT}"]
    assert f"```sh\n{FORMAT}\n```\n\n```text\naccess/parts/web.yaml:4\n```" in (
        job.summary.read_text())
    job.shell.ok(FORMAT.removeprefix("reconciler "))
    assert files(job).code == 0


def test_codeowners_that_are_out_of_date_are_shown_with_what_differs(job: Job) -> None:
    path = Path("access/org.yaml")
    path.write_text(path.read_text().replace("web: manager", "web: member"))
    ran = files(job)
    gone = f"-/access/parts/web.yaml {ADA} {SAM}"
    assert ran.code == 2
    assert gone in ran.out.splitlines()
    assert annotations(ran) == [
        "::error file=.github/CODEOWNERS,line=6,title=out of date::.github/CODEOWNERS is out of "
        f"date; make it with: {OWNERS}"]
    assert f"```sh\n{OWNERS}\n```" in job.summary.read_text()
    assert gone in job.summary.read_text()
    job.shell.ok(OWNERS.removeprefix("reconciler "))
    assert files(job).code == 0


def test_both_are_told_at_once(job: Job) -> None:
    Path("access/parts/web.yaml").write_text(MISPLACED)
    Path(".github/CODEOWNERS").unlink()
    ran = files(job)
    assert ran.code == 2
    assert [line.partition("::")[2].partition(",")[0] for line in annotations(ran)] == [
        "error file=.github/CODEOWNERS", "error file=access/parts/web.yaml"]
    assert ".github/CODEOWNERS is not there" in ran.err


def test_what_is_malformed_is_shown_at_its_line_once(job: Job) -> None:
    Path("access/parts/web.yaml").write_text(MISPLACED + "memberz: {}\n")
    ran = files(job)
    assert ran.code == 3
    said, = annotations(ran)
    assert said.startswith("::error file=access/parts/web.yaml,line=6,col=1,title=F05::")
    assert "F05 unknown key 'memberz'" in job.summary.read_text()


def test_what_keeps_one_check_from_being_made_does_not_keep_the_other(job: Job) -> None:
    part = Path("access/parts/web.yaml")
    part.write_text(PART + f"  ? {ADA.replace('ada', 'zoe')}\n  : {{}}\n")
    Path(".github/CODEOWNERS").unlink()
    ran = files(job)
    assert ran.code == 3
    assert len(annotations(ran)) == 2
    assert "access/parts/web.yaml: the layout cannot be edited in place" in ran.err
    assert ".github/CODEOWNERS is not there" in ran.err


def test_a_contradiction_of_files_does_not_hide_what_is_not_in_order(job: Job) -> None:
    Path("access/parts/web.yaml").write_text(MISPLACED.replace(KIM, SAM))
    ran = files(job)
    assert ran.code == 3
    assert ran.out == "access/parts/web.yaml\n"
    assert [line.partition("title=")[2].partition("::")[0] for line in annotations(ran)] == [
        "F04", "not in order"]


def test_of_many_files_ten_are_shown_and_the_summary_has_all(job: Job) -> None:
    for number in range(25):
        Path(f"access/parts/{number:02}.yaml").write_text(
            f"members: {{p{number}@acme.example: {{}}}}\napiVersion: reconciler/v1\n")
    ran = files(job)
    assert ran.code == 2
    assert len(annotations(ran)) == 10
    assert "16 more are in the log and in the summary of this run" in annotations(ran)[-1]
    assert all(f"access/parts/{number:02}.yaml:1" in job.summary.read_text()
               for number in range(25))


def test_a_name_of_a_file_is_no_command_of_the_runner(job: Job) -> None:
    Path("access/parts/a,line=1::b%0A\u202e.yaml").write_text(
        MISPLACED.replace("kim", "joe").replace("bob", "jim"))
    ran = files(job)
    assert ran.code == 2
    assert annotations(ran)[1].startswith(
        "::error file=access/parts/a%2Cline=1%3A%3Ab%250A\\u202e.yaml,line=4,title=")
    assert "\u202e" not in ran.out + ran.err + job.summary.read_text()


def test_files_are_named_from_the_root_of_the_repository(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("access/parts/web.yaml").write_text(MISPLACED)
    Path(".github/CODEOWNERS").write_text("")
    monkeypatch.chdir("access")
    ran = files(job, ". --codeowners ../.github/CODEOWNERS")
    assert "::error file=.github/CODEOWNERS,line=1," in ran.err
    assert "::error file=access/parts/web.yaml,line=4," in ran.err
    assert "put it in order with: reconciler edit format ." in ran.err


def test_outside_of_a_workflow_it_says_what_to_use(job: Job) -> None:
    ran = files(job, GITHUB_REPOSITORY="")
    assert ran.code == 3
    assert "this is no run of a GitHub workflow" in ran.err


def test_outside_of_a_workflow_the_commands_that_do_the_same_are_named(job: Job) -> None:
    ran = job.run("files org.yaml", {}, GITHUB_EVENT_PATH="")
    assert ran.code == Exit.INVALID
    assert "edit format --check and codeowners --check" in ran.err
