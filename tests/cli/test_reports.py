"""Reports: printed in one format, written to files in others, and never over somebody's file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.model.errors import Exit
from reconciler.reports.html.page import MARK as PAGE
from reconciler.reports.markdown import MARK
from tests.cli.shell import ADA, KIM, SAM, Shell

ALL = "--report text={0}/r.txt --report json={0}/r.json --report markdown={0}/r.md " \
      "--report html={0}/r.html"


def declared(org: Shell, kim: str = "viewer") -> str:
    return org.declares(f"""
        members:
          {ADA}: {{role: admin}}
          {SAM}: {{projects: {{web: manager}}}}
          {KIM}: {{projects: {{web: {kim}}}}}
        """)


def test_a_plan_is_printed_in_every_format(org: Shell) -> None:
    path = declared(org)
    assert org.ok(f"plan {path} --format text").startswith("Plan for acme")
    assert org.ok(f"plan {path} --format markdown").startswith(f"{MARK}plan -->\n\n## Plan for")
    assert org.ok(f"plan {path} --format html").startswith("<!doctype html>")
    assert "changes" in json.loads(org.ok(f"plan {path} --format json"))


def test_several_reports_are_written_at_once_and_stdout_is_as_it_is_without(org: Shell) -> None:
    path = declared(org)
    ran = org.run(f"plan {path} {ALL.format(org.folder)}").ok()
    assert ran.out == org.ok(f"plan {path}") == (org.folder / "r.txt").read_text()
    assert ran.err.splitlines() == [
        f"Wrote the {medium} report to {org.folder}/r.{ending}." for medium, ending in (
            ("text", "txt"), ("json", "json"), ("markdown", "md"), ("html", "html"))]
    for ending, medium in (("md", "markdown"), ("html", "html")):
        assert (org.folder / f"r.{ending}").read_text() == org.ok(f"plan {path} --format {medium}")
    report = json.loads((org.folder / "r.json").read_text())
    assert (report["report"], report["counts"]["add"]) == ("plan", 2)
    assert report["overview"] == {"total": 1, "joined": 1, "pending": 0, "requesting": 0}


def test_what_was_applied_is_reported_with_its_run_and_the_members_of_afterwards(
    org: Shell
) -> None:
    path = declared(org)
    said = org.ok(f"apply {path} --auto-approve --report json={org.folder}/r.json")
    report = json.loads((org.folder / "r.json").read_text())
    run = next(fact["value"] for fact in report["facts"] if fact["label"] == "run")
    assert f"(run {run})" in said
    assert report["conclusion"] == "Applied 2 changes to acme."
    assert (report["report"], report["status"]) == ("applied", "done")
    assert report["overview"] == {"total": 3, "joined": 1, "pending": 2, "requesting": 0}


def test_apply_prints_what_was_applied_and_shows_the_plan_beside_it(org: Shell) -> None:
    ran = org.run(f"apply {declared(org)} --auto-approve --format markdown").ok()
    assert ran.out.startswith(f"{MARK}applied -->\n\n## Applied to acme\n\n**Applied 2 changes")
    assert ran.err.startswith("Plan for acme")


def test_a_saved_plan_is_reported_without_a_store(org: Shell) -> None:
    saved, page = org.folder / "plan.json", org.folder / "plan.html"
    org.ok(f"plan {declared(org)} --out {saved}")
    org.environment["RECONCILER_STORE"] = "sqlite:////nowhere/at/all.db"
    org.ok(f"show {saved} --report html={page}")
    assert PAGE in page.read_text()
    assert "Requesting" not in page.read_text()
    assert "## Plan for acme" in org.ok(f"show {saved} --format markdown")


@pytest.mark.parametrize("command", ["plan", "apply --auto-approve"])
def test_a_refused_plan_is_reported_with_what_refuses_it(org: Shell, command: str) -> None:
    path = org.declares(f"members:\n  {SAM}: {{}}\n")
    ran = org.run(f"{command} {path} --report json={org.folder}/r.json")
    assert ran.code == Exit.REFUSED
    report = json.loads((org.folder / "r.json").read_text())
    assert report["status"] == "refused"
    assert report["errors"]


@pytest.mark.parametrize("file", ["org.yaml", "live.db", "plan.json", "notes.md"])
def test_a_file_that_is_no_report_is_left_as_it_is_and_nothing_is_done(
    org: Shell, file: str
) -> None:
    path, other = declared(org), org.folder / file
    org.ok(f"plan {path} --out {org.folder}/plan.json")
    (org.folder / "notes.md").write_text("# Do not lose this\n")
    before = other.read_bytes()
    ran = org.run(f"apply {path} --auto-approve --report markdown={other}")
    assert ran.code == Exit.INVALID
    assert "exists and is no report; it is left as it is" in ran.err
    assert other.read_bytes() == before
    assert "2 to add" in org.ok(f"plan {path}")


@pytest.mark.parametrize("ending", ["txt", "json", "md", "html"])
def test_a_report_replaces_a_report_and_is_not_taken_for_a_plan(org: Shell, ending: str) -> None:
    path = declared(org)
    org.ok(f"plan {path} {ALL.format(org.folder)}")
    org.ok(f"plan {path} {ALL.format(org.folder)}")
    for command in ("plan", "show"):
        ran = org.run(f"{command} {org.folder}/r.{ending}")
        assert ran.code == Exit.INVALID
        assert "is the report of a plan, for people to read" in ran.err


@pytest.mark.parametrize(("report", "says"), [
    ("pdf=x", "is not FORMAT=FILE"), ("html", "is not FORMAT=FILE"), ("html=", "FORMAT=FILE"),
    ("html=-", "names no file; --format html prints it"),
    ("html=nowhere/x.html", "there is no folder nowhere"),
    ("html=a.html --report text=./a.html", "two reports are to be written to a.html"),
])
def test_a_report_that_cannot_be_is_refused_before_anything_is_done(
    org: Shell, report: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(org.folder)
    ran = org.run(f"apply {declared(org)} --auto-approve --report {report}")
    assert ran.code == Exit.INVALID
    assert says in ran.err
    assert "  invite" not in org.ok("audit")


def test_a_report_that_fails_after_an_apply_says_that_the_apply_is_done(org: Shell) -> None:
    page = org.folder / "page.html"
    page.symlink_to("/dev/full")
    ran = org.run(f"apply {declared(org)} --auto-approve --report html={page}")
    assert ran.code == Exit.UNEXPECTED
    assert "do not apply it again for the report: applied 2 changes to acme (run " in ran.err
    assert org.ok(f"plan {org.path}").startswith("No changes.")


def test_drift_is_reported_in_the_same_formats(org: Shell) -> None:
    path = declared(org)
    org.ok(f"apply {path} --auto-approve")
    org.ok(f"live join {SAM}")
    org.ok(f"live set-role {SAM} --role admin")
    ran = org.run(f"drift {path} --format markdown --report html={org.folder}/drift.html")
    assert ran.code == Exit.CHANGES
    assert ran.out.startswith(f"{MARK}drift -->\n\n## Drift of acme")
    assert f"by {ADA} on 2026-06-01" in (org.folder / "drift.html").read_text()


def test_the_file_of_a_report_is_there_whole_or_not_at_all(org: Shell) -> None:
    org.ok(f"plan {declared(org)} --report html={org.folder}/r.html")
    assert not list(Path(org.folder).glob("*.part"))
