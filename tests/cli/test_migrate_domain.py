"""`reconciler live migrate-domain` and a declared migration, from real invocations."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.errors import Exit
from tests.cli.shell import ADA, SAM, Shell, with_people

NEW_ADA, NEW_SAM = "ada@new.example", "sam@new.example"
MOVE = "live migrate-domain acme.example new.example"
MEMBERS = f"""\
members:
  {ADA}: {{role: admin}}
  {SAM}: {{projects: {{web: manager}}}}
  kim@acme.example: {{projects: {{web: viewer}}}}
  bob@acme.example: {{}}
"""
DECLARED = "domain_migration: {from: acme.example, to: new.example}\n"
ACCEPTED = ("domain_migration:\n  from: acme.example\n  to: new.example\n"
            "  accept_loss_of_personal_spaces: true\n")


@pytest.fixture
def org(tmp_path: Path) -> Shell:
    """ada, sam and kim have joined, bob is invited; sam has a chart in a team space and two items
    in his personal one."""
    shell = with_people(tmp_path)
    shell.ok("live space create core --name Core")
    shell.ok(f"live content add shared --kind chart --project web --space core --owner {SAM}")
    for id_ in ("draft", "notes"):
        shell.ok(f"live content add {id_} --kind notebook --project web --owner {SAM}")
    return shell


def test_a_loss_is_counted_and_refused_until_it_is_accepted(org: Shell) -> None:
    ran = org.run(MOVE)
    assert ran.code == Exit.REFUSED
    assert "R50 personal spaces do not move, and 2 content items in them would be lost: " in ran.err
    assert f"{SAM} 2 (accept it: " in ran.err
    assert "--accept-loss" in ran.err
    assert ADA in org.ok("live members")


def test_everybody_moves_and_signs_in_again(org: Shell) -> None:
    assert org.ok(f"{MOVE} --accept-loss") == (
        "~ domain acme.example  move 4 people to new.example: 1 chart goes along, 2 items in "
        "personal spaces are lost (sam@acme.example 2); everybody signs in again; cannot be "
        "undone\n")
    members = org.ok("live members")
    assert "@acme.example" not in members
    assert "4 members in total, 3 joined, 1 pending" in members
    assert NEW_SAM in org.ok("live content list")
    assert "move 4 people to new.example" in org.ok("audit --limit 1")
    assert org.run(f"{MOVE} --as {NEW_ADA}").code == Exit.REFUSED


def test_as_json_it_is_whole(org: Shell) -> None:
    [done] = org.run(f"{MOVE} --accept-loss --format json").ok().json
    assert done["before"]["members"][SAM] == {"carried": {"chart": 1}, "lost": 2}
    assert set(done["after"]["members"]) == {
        f"{name}@new.example" for name in ("ada", "bob", "kim", "sam")}


@pytest.mark.parametrize(("line", "says"), [
    ("acme.example acme.example", "the old and the new domain are both acme.example"),
    ("acne.example new.example", "did you mean acme.example?"),
    ("acme.example new.example --as sam@acme.example", "R14"),
    ("acme.example new.example --as who@acme.example", "R10"),
    ("acme.example new.example --ticket --as who@acme.example", "no member of acme"),
    ("acme.example new.example --ticket --as sam@acme.example", "R14"),
    ("acne.example new.example --ticket", "did you mean acme.example?"),
])
def test_what_the_rules_forbid_writes_nothing_and_no_ticket(
    org: Shell, line: str, says: str
) -> None:
    ran = org.run(f"live migrate-domain {line}")
    assert (ran.code, ran.out) == (Exit.REFUSED, "")
    assert says in ran.err


@pytest.mark.parametrize("line", ["acme.example @new.example", "acme.example new",
                                  "acme.example", "not..good new.example"])
def test_what_is_no_domain_is_invalid(org: Shell, line: str) -> None:
    ran = org.run(f"live migrate-domain {line}")
    assert ran.code == Exit.INVALID
    assert "Traceback" not in ran.err


def test_the_ticket_says_what_support_needs_and_writes_nothing(org: Shell) -> None:
    before = org.ok("audit --limit 1000 --format json")
    ran = org.run("live migrate-domain ACME.example new.example --ticket").ok()
    assert ran.out == (
        "organization  acme\n"
        "old domain    acme.example\n"
        "new domain    new.example\n"
        f"requested by  {ADA}\n")
    assert "nothing was written" in ran.err
    assert "2 items in personal spaces are lost (sam@acme.example 2)" in ran.err
    assert org.run(f"{MOVE} --ticket --format json").ok().json == {
        "organization": "acme", "old_domain": "acme.example", "new_domain": "new.example",
        "requested_by": ADA}
    assert org.ok("audit --limit 1000 --format json") == before


# --- declared ------------------------------------------------------------------------------------


def test_a_declared_migration_from_the_first_plan_to_the_renamed_files(org: Shell) -> None:
    path = org.declares(MEMBERS + DECLARED)
    refused = org.run(f"apply {path} --auto-approve --confirm migration")
    assert refused.code == Exit.REFUSED
    assert "accept_loss_of_personal_spaces: true" in refused.out

    path = org.declares(MEMBERS + ACCEPTED)
    plan = org.ok(f"plan {path}")
    assert "! Cannot be undone (1)" in plan
    assert "domain acme.example  move 4 people to new.example" in plan
    assert "Losses: 2 content items lost" in plan
    assert "--confirm migration" in plan
    for asked in ("", " --confirm transfers"):
        ran = org.run(f"apply {path} --auto-approve{asked}")
        assert ran.code == Exit.UNAPPROVED
        assert "add --confirm migration" in ran.err
    org.ok(f"apply {path} --auto-approve --confirm migration")

    acting = {"RECONCILER_ACTOR": NEW_ADA}
    after = org.ok(f"plan {path} --detailed-exitcode", **acting)
    assert "sam@acme.example is sam@new.example now: rename it under members" in after
    org.ok(f"edit rename-domain {path} acme.example new.example", **acting)
    assert "can be taken out" in org.ok(f"plan {path} --detailed-exitcode", **acting)


def test_a_saved_plan_that_shows_the_migration_needs_no_other_confirmation(org: Shell) -> None:
    path, saved = org.declares(MEMBERS + ACCEPTED), str(org.folder / "plan.json")
    org.ok(f"plan {path} --out {saved}")
    assert "move 4 people" in org.ok(f"show {saved}")
    org.ok(f"apply {saved}")
    assert NEW_SAM in org.ok("live members")


@pytest.mark.parametrize(("migration", "code", "says"), [
    ("{from: acme.example, to: acme.example}", Exit.REFUSED, "migrates to itself"),
    ("{from: acme.example, to: not a domain}", Exit.REFUSED, "no domain"),
    ("{from: acme.example}", Exit.INVALID, "to"),
    ("{from: acne.example, to: new.example}", Exit.REFUSED, "did you mean acme.example?"),
    ("{from: acme.example, to: new.example}", Exit.REFUSED, f"{SAM} 2"),
])
def test_a_migration_that_cannot_be_is_refused_before_anything_is_written(
    org: Shell, migration: str, code: Exit, says: str
) -> None:
    path = org.declares(f"{MEMBERS}domain_migration: {migration}\n")
    before = org.ok("audit --limit 1000 --format json")
    ran = org.run(f"apply {path} --auto-approve --confirm migration")
    assert ran.code == code
    assert says in ran.out + ran.err
    assert org.ok("audit --limit 1000 --format json") == before



def test_a_machine_stays_one_under_its_new_address(org: Shell) -> None:
    path = org.declares(MEMBERS + ACCEPTED)
    org.policy(f"approvals: {{automation: [{SAM}]}}\n")
    org.ok(f"apply {path} --auto-approve --confirm migration")
    after = org.ok(f"plan {path}", RECONCILER_ACTOR=NEW_ADA)
    assert "looser" not in after
    assert "sam@acme.example is sam@new.example now: rename it under automation" in after


def test_who_is_protected_stays_protected_under_the_new_address(org: Shell) -> None:
    policy = org.folder / "policy.yaml"
    policy.write_text(f"apiVersion: reconciler/v1\nkind: Policy\nprotected_members: [{SAM}]\n")
    path = org.declares(MEMBERS + ACCEPTED)
    org.ok(f"apply {path} --auto-approve --confirm migration")
    without = MEMBERS.replace(f"  {SAM}: {{projects: {{web: manager}}}}\n", "")
    departing = f"departures: {{{SAM}: {{leave_content: unassigned}}}}\n"
    acting = {"RECONCILER_ACTOR": NEW_ADA}
    after = org.ok(f"plan {path}", **acting)
    assert "looser" not in after
    assert "sam@acme.example is sam@new.example now: rename it under protected_members" in after
    ran = org.run(f"plan {org.declares(without + departing + ACCEPTED)}", **acting)
    assert f"{NEW_SAM} is protected" in ran.out
    assert ran.code == Exit.LIMIT
    policy.unlink()
    assert org.run(f"plan {path}", **acting).code == Exit.LIMIT


def test_a_policy_names_the_domains_that_people_may_move_to(org: Shell) -> None:
    policy = org.folder / "policy.yaml"
    head = "apiVersion: reconciler/v1\nkind: Policy\nallowed_email_domains: "
    policy.write_text(f"{head}[acme.example]\n")
    ran = org.run(f"plan {org.declares(MEMBERS + ACCEPTED)}")
    assert ran.code == Exit.LIMIT
    assert "L05" in ran.out
