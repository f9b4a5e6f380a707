"""`explain` and `who-can`: every reason for an access, who gave it, where it is declared."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from reconciler.model.errors import Exit
from tests.cli.shell import ADA, BOB, KIM, SAM, Shell

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
    org.environment["RECONCILER_NOW"] = LATER
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


def ways_out(shell: Shell, email: str) -> dict[tuple[str, str], str]:
    """What takes each source away, by project and source."""
    told = shell.run(f"explain {email} --file {shell.path} --format json").json
    return {(p["project"], s["group"] or s["way"]): s["way_out"].replace(str(shell.path), "ORG")
            for p in told["projects"] for s in p["sources"]}


def test_the_way_out_does_what_it_says(told: Shell) -> None:
    """Each is typed as it is printed; then the plan takes away what it was about."""
    told.ok(f"apply {told.path} --auto-approve --only drift")
    out = ways_out(told, SAM)
    assert out["web", "direct"] == f"reconciler edit set-role ORG {SAM} web=none"
    assert out["web", "analysts"] == f"take analysts out of the groups of {SAM} at ORG:11"
    told.ok(out["web", "direct"].replace("ORG", str(told.path)).removeprefix("reconciler "))
    plan = told.run(f"plan {told.path} --format json").json
    assert f"remove-project-role:{SAM}:web" in [c["key"] for c in plan["changes"]]


def test_what_nothing_declares_is_taken_away_by_the_next_apply(told: Shell) -> None:
    told.ok(f"live invite {BOB} --role admin")
    told.ok(f"live set-role {SAM} --project web --role member")
    out = ways_out(told, SAM)
    assert out["ios", "direct"] == "not declared at ORG:10: reconciler apply ORG takes it away"
    assert out["web", "direct"] == "reconciler apply ORG makes it manager again"
    assert ways_out(told, BOB)["web", "organization"] == (
        "nothing declares them where it can be found: if nothing does, reconciler apply ORG takes "
        "it away")


def test_what_the_files_do_not_manage_is_taken_away_by_hand(told: Shell) -> None:
    text = told.path.read_text()
    told.path.write_text(text + "manage: {project_roles: additive, groups: additive}\n")
    out = ways_out(told, SAM)
    by_hand = out["ios", "direct"].partition(": reconciler ")[2]
    assert by_hand == f"live set-role {SAM} --project ios --remove"
    told.ok(by_hand)
    assert ("ios", "direct") not in ways_out(told, SAM)


DEFAULTS = "defaults: {projects: {ios: member}}\n"


def test_what_defaults_give_is_declared(org: Shell) -> None:
    org.ok(f"apply {org.declares(BODY.replace('admin}', 'admin, projects: {}}') + DEFAULTS)} "
           "--auto-approve")
    assert ways_out(org, KIM)["ios", "direct"] == f"reconciler edit set-role ORG {KIM} ios=none"


def test_without_permissions_by_project_only_leaving_takes_access_away(shell: Shell) -> None:
    shell.ok(f"live init acme --admin {ADA} --tier enterprise")
    shell.ok("live project create web --name Web")
    shell.ok(f"live invite {SAM} --role member")
    shell.path.write_text(f"apiVersion: reconciler/v1\norganization: acme\n"
                          f"projects: {{web: {{name: Web}}}}\n"
                          f"members:\n  {ADA}: {{role: admin}}\n  {SAM}: {{role: member}}\n")
    out = ways_out(shell, SAM)["web", "organization"]
    assert out == f"reconciler edit remove-member ORG {SAM} --leave-content"
    shell.ok(out.replace("ORG", str(shell.path)).removeprefix("reconciler "))


def test_nobody_is_asked_about_the_future(told: Shell) -> None:
    for command in (f"explain {SAM}", "who-can viewer web"):
        wrong = told.run(f"{command} --as-of 2026-06-06")
        assert wrong.code == Exit.INVALID
        assert "lies in the future" in wrong.err
        told.ok(f"{command} --as-of 2026-06-05")
        assert told.run(f"{command} --as-of 2026-06-05T10:00:01Z").code == Exit.INVALID


def test_a_review_in_json_says_of_when_and_what_it_is(told: Shell) -> None:
    review = told.run("who-can viewer ios --as-of 2026-06-04 --format json").json
    assert {k: v for k, v in review.items() if k != "people"} == {
        "organization": "acme", "project": "ios", "role": "viewer", "exactly": False,
        "as_of": "2026-06-04T23:59:59.999999+00:00"}
    assert [p["email"] for p in review["people"]] == [ADA, KIM, SAM]


def test_cells_that_a_spreadsheet_would_compute_are_quoted(org: Shell) -> None:
    org.ok("live project create", "=1+1", "--name", "@SUM")
    org.ok(f"live invite {SAM}", "--project", "=1+1=viewer")
    rows = list(csv.reader(io.StringIO(org.ok(f"explain {SAM} --format csv"))))
    assert rows[1][3] == "'=1+1"
    assert not [cell for row in rows for cell in row if cell[:1] in "=+-@\t\r" and cell]


def test_a_new_address_keeps_who_gave_what_and_the_old_one_is_told(told: Shell) -> None:
    sam = "sam@old.example"
    told.ok(f"live invite {sam} --project web=viewer")
    told.ok("live migrate-domain old.example new.example", RECONCILER_NOW="2026-06-07T10:00:00Z")
    told.environment["RECONCILER_NOW"] = "2026-06-08T10:00:00Z"
    assert f"direct, by {ADA} on 2026-06-05 10:00 UTC (invite, by hand)" in (
        told.ok("explain sam@new.example"))
    gone = told.run(f"explain {sam}").err
    assert "addresses at old.example became new.example on 2026-06-07 10:00 UTC" in gone
    assert "ask for sam@new.example" in gone
    assert "web: viewer" in told.ok(f"explain {sam} --as-of 2026-06-06")
    early = told.run("explain sam@new.example --as-of 2026-06-06").err
    assert "ask for sam@old.example --as-of 2026-06-06T23:59:59Z" in early
