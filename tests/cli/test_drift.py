"""`drift` and `adopt` as they are run: exit codes, formats, and selectors that mean nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.model.errors import Exit
from tests.cli.shell import ADA, KIM, SAM, Shell

BODY = f"""\
members:
  {ADA}: {{role: admin}}
  {SAM}: {{projects: {{web: manager}}}}
  {KIM}: {{projects: {{web: viewer}}}}
"""


@pytest.fixture
def drifted(org: Shell) -> Shell:
    """sam and kim were invited by a run; kim was made admin of web by hand."""
    org.ok(f"apply {org.declares(BODY)} --auto-approve")
    org.ok(f"live join {SAM} {KIM}")
    org.ok(f"live set-role {KIM} --project web --role admin")
    return org


def test_without_drift_it_exits_with_0(org: Shell) -> None:
    org.ok(f"apply {org.declares(BODY)} --auto-approve")
    assert org.ok(f"drift {org.path}").startswith("No drift. acme is as the last run left it.")


def test_drift_exits_with_2_and_names_who_did_it(drifted: Shell) -> None:
    found = drifted.run(f"drift {drifted.path}")
    assert found.code == Exit.CHANGES
    assert f"{KIM}  role on web: viewer -> admin" in found.out
    assert f"by {ADA} on 2026-06-01 12:00 UTC, set project role by hand" in found.out
    assert f"{KIM}/project/web" in found.out


def test_drift_is_written_in_every_format(drifted: Shell, tmp_path: Path) -> None:
    wanted = {medium: tmp_path / f"drift.{medium}" for medium in ("json", "markdown", "html")}
    found = drifted.run(f"drift {drifted.path}", *(
        part for medium, file in wanted.items() for part in ("--report", f"{medium}={file}")))
    assert found.code == Exit.CHANGES
    assert json.loads(wanted["json"].read_text())["report"] == "drift"
    assert all(KIM in file.read_text() for file in wanted.values())


def test_before_any_run_it_says_that_there_is_no_baseline(org: Shell) -> None:
    assert "No run was ever applied here" in org.ok(f"drift {org.declares(BODY)}")


def test_adopting_writes_the_file_and_then_nothing_is_planned(drifted: Shell) -> None:
    assert "+  kim@acme.example: {projects: {web: admin}}" in drifted.ok(f"adopt {drifted.path}")
    assert drifted.ok(f"plan {drifted.path} --detailed-exitcode").startswith("No changes.")
    assert drifted.ok(f"adopt {drifted.path}") == ""


def test_a_selector_that_means_no_drift_is_an_error_with_the_nearest(drifted: Shell) -> None:
    wrong = drifted.run(f"adopt {drifted.path} --only {KIM}/project/ios")
    assert wrong.code == Exit.INVALID
    assert f"did you mean {KIM}/project/web?" in wrong.err
    assert drifted.run(f"adopt {drifted.path} --only {KIM}/projects/web").code == Exit.INVALID


def test_reverting_takes_it_back_and_leaves_the_files_changes_for_later(drifted: Shell) -> None:
    drifted.declares(BODY.replace("web: manager", "web: member"))
    drifted.ok(f"apply {drifted.path} --only drift --auto-approve")
    plan = json.loads(drifted.ok(f"plan {drifted.path} --format json"))
    assert [(c["key"], c["cause"]) for c in plan["changes"]] == [
        (f"set-project-role:{SAM}:web", "pending")]


def test_files_are_never_held_against_another_organization(drifted: Shell) -> None:
    drifted.ok(f"live init other --admin {SAM} --tier enterprise --project-level-permissions")
    before = drifted.path.read_bytes()
    for command in ("plan", "drift", "adopt"):
        wrong = drifted.run(f"{command} {drifted.path} --organization other")
        assert wrong.code == Exit.INVALID
        assert "declares the organization acme, not other" in wrong.err
    assert drifted.path.read_bytes() == before


def test_adopting_declares_the_projects_that_it_names(drifted: Shell) -> None:
    drifted.ok("live project create tv --name Television")
    drifted.ok(f"live set-role {SAM} --project tv --role viewer")
    drifted.ok(f"adopt {drifted.path}")
    assert "tv: {name: Television}" in drifted.path.read_text()
    assert drifted.ok(f"plan {drifted.path}").startswith("No changes.")


def test_what_is_in_conflict_is_settled_by_what_is_said_of_it(org: Shell) -> None:
    """Only drift is taken back alone: what the files changed too is theirs to settle."""
    def having(role: str) -> str:
        return f"members: {{{ADA}: {{role: admin}}, {KIM}: {{projects: {{web: {role}}}}}}}\n"

    path = org.declares(having("viewer"))
    org.ok(f"apply {path} --auto-approve")
    org.declares(having("member"))
    org.ok(f"live set-role {KIM} --project web --role admin")
    said = org.run(f"drift {path}").out.strip().splitlines()[-1]
    assert said.startswith(f"Revert it: reconciler apply {path} --only pending; adopt it: ")
    assert "ignore_drift" not in said
    nothing = org.ok(f"plan {path} --only drift").strip().splitlines()[-1]
    assert nothing == "No changes of drift. 1 change left alone."
    org.ok(f"apply {path} --only pending --auto-approve")
    assert org.ok(f"drift {path}").startswith("No drift.")
    org.ok(f"live invite {SAM} --project ios=viewer")
    org.ok(f"live set-role {KIM} --project web --role admin")
    org.declares(having("viewer"))
    assert (" --only drift; what is in conflict with the files, with --only pending; adopt it: "
            in org.run(f"drift {path}").out)
