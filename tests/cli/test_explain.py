"""`explain` and `who-can`: every reason for an access, who gave it, where it is declared."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from reconciler.model.errors import Exit
from tests.cli.shell import ADA, KIM, SAM, Shell

BODY = f"""\
groups:
  analysts: {{projects: {{web: member, ios: viewer}}}}
members:
  {ADA}: {{role: admin}}
  {SAM}:
    groups: [analysts]
    projects:
      web: manager
  {KIM}: {{groups: [analysts]}}
"""
LATER = "2026-06-05T10:00:00Z"


@pytest.fixture
def told(org: Shell) -> Shell:
    """A run on the first of June; four days later sam gets ios by hand, and kim is removed."""
    org.ok(f"apply {org.declares(BODY)} --auto-approve --commit 0badcafe")
    org.ok(f"live join {SAM} {KIM}")
    org.ok(f"live set-role {SAM} --project ios --role admin", RECONCILER_NOW=LATER)
    org.ok(f"live remove {KIM}", RECONCILER_NOW=LATER)
    return org


def test_every_source_is_told_with_who_made_it_so_and_its_line(told: Shell) -> None:
    said = told.ok(f"explain {SAM} web --file {told.path}").splitlines()
    assert said[0] == f"{SAM}: user"
    assert said[2] == "web: manager"
    assert said[3].startswith(f"  manager  direct, by {ADA} on 2026-06-01 12:00 UTC (invite, run ")
    assert said[3].endswith(", commit 0badcafe)")
    assert said[4].endswith("org.yaml:13")
    assert said[5].endswith(f"{SAM} web=none (leaves member)")
    assert said[6].startswith("  member   group analysts")
    assert [line.rsplit(":", 1)[1] for line in said if "declared at" in line] == ["13", "11", "7"]


def test_what_was_done_by_hand_says_so(told: Shell) -> None:
    assert f"admin    direct, by {ADA} on 2026-06-05 10:00 UTC (set-project-role, by hand)" in (
        told.ok(f"explain {SAM} ios"))


def test_the_past_is_told_from_the_audit_log(told: Shell) -> None:
    then = told.run(f"explain {SAM} ios --as-of 2026-06-04 --format json").json
    assert [(p["project"], p["role"]) for p in then["projects"]] == [("ios", "viewer")]
    now = told.run(f"explain {SAM} ios --format json").json
    assert [(p["project"], p["role"]) for p in now["projects"]] == [("ios", "admin")]
    before = told.run(f"explain {SAM} --as-of 2025-01-01")
    assert before.code == Exit.INVALID
    assert "did not exist" in before.err


def test_somebody_who_is_gone_gets_told_by_whom_and_when(told: Shell) -> None:
    gone = told.run(f"explain {KIM}")
    assert gone.code == Exit.INVALID
    assert f"remove member by {ADA} on 2026-06-05 10:00 UTC" in gone.err
    assert "--as-of 2026-06-05T09:59:59Z" in gone.err
    assert "web: member" in told.ok(f"explain {KIM} --as-of 2026-06-05T09:59:59Z")
    assert f"did you mean {SAM}?" in told.run("explain sm@acme.example").err
    assert "did you mean web?" in told.run(f"explain {SAM} wep").err


def test_who_can_is_an_access_review_at_any_time(told: Shell) -> None:
    def rows(asked: str) -> list[list[str]]:
        return list(csv.reader(io.StringIO(told.ok(f"who-can {asked} --format csv"))))

    head = ["email", "state", "role", "sources"]
    assert rows("viewer ios") == [
        head, [ADA, "joined", "admin", "org admin"],
        [SAM, "joined", "admin", "direct admin, group analysts viewer"]]
    assert rows("viewer ios --as-of 2026-06-04") == [
        head, [ADA, "joined", "admin", "org admin"],
        [KIM, "joined", "viewer", "group analysts viewer"],
        [SAM, "joined", "viewer", "group analysts viewer"]]
    assert rows("viewer ios --exactly") == [head]
    assert told.ok("who-can member web").startswith("2 people with at least member on web")


def test_lines_are_found_in_included_files_and_never_claimed_wrongly(
    told: Shell, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    (folder / "people").mkdir(parents=True)
    (folder / "org.yaml").write_text(
        'apiVersion: reconciler/v1\norganization: acme\ninclude: ["people/*.yaml"]\n'
        f"# {SAM}: not here\ndepartures:\n  {KIM}: {{leave_content: unassigned}}\n")
    (folder / "people" / "all.yaml").write_text(
        f'apiVersion: reconciler/v1\nmembers:\n  {ADA}: {{role: admin}}\n  "{SAM.upper()}":\n'
        "    # web: viewer\n    projects: {ios: viewer,\n      web: manager}\n")
    said = told.ok(f"explain {SAM} web --file {folder}")
    assert "people/all.yaml:7" in said
    assert "declared at" not in told.ok(
        f"explain {KIM} --file {folder} --as-of 2026-06-05T09:59:59Z")
