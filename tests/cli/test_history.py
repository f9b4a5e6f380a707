"""`history` and `history show`: what was run, by whom, and what each run did."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from reconciler.model.errors import Exit
from tests.cli.shell import ADA, SAM, Shell


def test_history_lists_the_runs_and_what_they_did(org: Shell) -> None:
    assert org.ok("history") == "No runs yet.\n"
    org.path.write_text(MINE)
    org.ok(f"apply {org.path} --auto-approve --commit 0badcafe0badcafe")
    (run,) = org.run("history --format json").json
    assert (run["outcome"], run["actor"], run["commit"], run["changes"]) == (
        "succeeded", ADA, "0badcafe0badcafe", sum(run["counts"].values()))
    heading, row = org.ok("history").splitlines()
    assert heading.split() == ["RUN", "STARTED", "ACTOR", "COMMIT", "OUTCOME", "TOOK", "WHAT"]
    assert run["run"] in row
    assert "0badcafe0bad " in row
    assert "invite" in row


def test_a_run_is_shown_whole_by_the_first_letters_of_its_id(org: Shell) -> None:
    org.path.write_text(MINE)
    org.ok(f"apply {org.path} --auto-approve --commit 0badcafe")
    shown = org.ok("history show 2026")
    assert shown.startswith("Run 20260601T120000-")
    assert f"+ {SAM}  invite as user" in shown
    assert "commit    0badcafe" in shown
    records = org.run("history show 2026 --format json").json["records"]
    assert {r["run"] for r in records} == {org.run("history --format json").json[0]["run"]}


def test_a_run_that_is_not_there_gets_the_nearest(org: Shell) -> None:
    org.path.write_text(MINE)
    org.ok(f"apply {org.path} --auto-approve")
    (run,) = org.run("history --format json").json
    wrong = org.run(f"history show {run['run'][:-1]}z")
    assert wrong.code == Exit.INVALID
    assert f"did you mean {run['run']}?" in wrong.err


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_the_commit_of_a_run_is_asked_of_git(org: Shell) -> None:
    org.path.write_text(MINE)

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", "-C", str(org.folder), "-c", "user.name=Ada", "-c", f"user.email={ADA}",
             *words], check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q")
    git("add", "org.yaml")
    git("commit", "-q", "-m", "Sam comes")
    head = git("rev-parse", "HEAD")
    org.ok(f"apply {org.path} --auto-approve")
    assert org.run("history --format json").json[0]["commit"] == head
    assert f"commit    {head}" in org.ok("history show 2026")
    org.path.write_text(MINE.replace("{}", "{role: admin}"))
    org.ok(f"apply {org.path} --auto-approve", RECONCILER_NOW="2026-06-02T12:00:00Z")
    assert org.run("history --format json").json[0]["commit"] == f"{head}-dirty"
    assert f"{head[:12]}-dirty" in org.ok("history")
    org.path.write_text(MINE)
    org.ok(f"apply {org.path} --auto-approve --commit abc", RECONCILER_NOW="2026-06-03T12:00:00Z")
    assert org.run("history --format json").json[0]["commit"] == "abc"


MINE = f"""\
apiVersion: reconciler/v1
organization: acme
members:
  {ADA}: {{role: admin}}
  {SAM}: {{}}
"""
