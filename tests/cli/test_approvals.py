"""Approvals at the command line: who covers what, who is asked, and what apply makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.errors import Exit
from tests.cli.shell import ADA, BOB, KIM, SAM, Shell

ACCOUNTS = f"""\
members:
  {ADA}: {{role: admin, accounts: {{github: Ada-L}}}}
  {BOB}: {{role: admin, accounts: {{github: bob}}}}
  {SAM}: {{projects: {{web: manager}}, accounts: {{github: sam}}}}
  {KIM}: {{projects: {{web: viewer}}}}
"""
MORE = ACCOUNTS.replace("{web: viewer}", "{web: member}")
MOST = ACCOUNTS.replace("{web: viewer}", "{web: member, ios: viewer}")


def approved(shell: Shell, path: str) -> None:
    """Plan the files, which sam proposed, have ada approve that plan, and apply it."""
    out = shell.folder / "approved.json"
    shell.ok(f"plan {path} --out {out}")
    shell.ok(f"apply {out} --author {SAM} --approver {ADA}")


@pytest.fixture
def reviewed(org: Shell) -> Shell:
    """ada and bob are admins, sam manages web; approvals are required from now on."""
    path = org.declares(ACCOUNTS)
    org.ok(f"apply {path} --auto-approve")
    org.ok(f"live join {BOB} {SAM} {KIM}")
    org.policy("approvals: {required: true}\n")
    approved(org, path)
    return org


def planned(shell: Shell, body: str, name: str = "plan.json") -> str:
    out = shell.folder / name
    shell.ok(f"plan {shell.declares(body)} --out {out}")
    return str(out)


def test_what_is_covered_is_told_and_apply_takes_it(reviewed: Shell) -> None:
    plan = planned(reviewed, MORE)
    ran = reviewed.run(f"approvals {plan} --author {BOB} --approver {SAM}").ok()
    assert ran.out == (
        f"Approvals of the plan for acme: 1 change, proposed by {BOB}\n"
        f"  + {SAM}  approves 1 change\n"
        "\n"
        "Approved: every change is.\n")
    # Later than the runs before it.
    reviewed.ok(f"apply {plan} --author {BOB} --approver {SAM}",
                RECONCILER_NOW="2026-06-01T12:01:00Z")
    run = reviewed.run("history --format json").json[0]
    assert (run["author"], run["approvers"]) == (BOB, [SAM])
    shown = reviewed.ok(f"history show {run['run']}")
    assert f"  author    {BOB}\n  approved  {SAM}\n" in shown


def test_what_is_missing_is_told_with_whom_to_ask(reviewed: Shell) -> None:
    plan = planned(reviewed, MOST)
    ran = reviewed.run(f"approvals {plan} --author {BOB} --approver {SAM} --approver {BOB}")
    assert ran.code == Exit.UNAPPROVED
    assert ran.out == (
        f"Approvals of the plan for acme: 2 changes, proposed by {BOB}\n"
        f"  + {SAM}  approves 1 change\n"
        f"  ! {BOB}  does not count: is the author of the change\n"
        "\n"
        "Missing (1)\n"
        f"  + {KIM}  role on ios: none -> viewer  [have it approved by an org admin, or a manager "
        f"of ios, other than {KIM}]\n"
        "\n"
        f"Not approved: 1 of 2 changes is not approved; ask {ADA}.\n")
    refused = reviewed.run(f"apply {plan} --author {BOB} --approver {SAM}")
    assert refused.code == Exit.UNAPPROVED
    assert f"ask {ADA}" in refused.err
    assert "L11" in refused.err


def test_what_is_missing_is_named_at_the_place_that_the_plan_names(reviewed: Shell) -> None:
    path = reviewed.declares(MORE)
    ran = reviewed.run(f"apply {path} --author {BOB} --auto-approve")
    assert ran.code == Exit.UNAPPROVED
    place = ran.out.partition("[differs, ")[2].partition("]")[0]
    assert place.endswith("org.yaml:10")
    assert f"{place}:" in ran.err


def test_whoever_names_no_author_is_told_to_and_not_to_make_an_admin(reviewed: Shell) -> None:
    plan = planned(reviewed, MORE)
    for line in (f"apply {plan}", f"apply {plan} --approver {ADA}",
                 f"approvals {plan} --approver {ADA}"):
        ran = reviewed.run(line)
        assert ran.code == Exit.UNAPPROVED
        assert "say who proposed it (--author)" in ran.out + ran.err
        assert "one more person admin" not in ran.out + ran.err


def test_people_are_known_by_their_accounts(reviewed: Shell) -> None:
    plan = planned(reviewed, MORE)
    ran = reviewed.run(f"approvals {plan} --author github:sam --approver github:ada-l "
                       "--format json").ok()
    assert ran.json["author"] == SAM
    assert ran.json["covered"] == [
        {"change": f"set-project-role:{KIM}:web", "approvers": [ADA]}]
    assert ran.json["required"] is True


@pytest.mark.parametrize(("line", "says"), [
    ("--author github:sm --approver github:bob", "did you mean sam?"),
    ("--author github:stranger --approver github:bob", "stranger is nobody's"),
    ("--author gitlab:sam --approver github:bob", "accounts on gitlab are not known"),
    ("--author sam --approver github:bob", "'sam' names nobody"),
])
def test_an_unknown_account_is_an_error(reviewed: Shell, line: str, says: str) -> None:
    plan = planned(reviewed, MORE)
    ran = reviewed.run(f"approvals {plan} {line}")
    assert ran.code == Exit.INVALID
    assert says in ran.err


def test_no_plan_gives_itself_accounts(reviewed: Shell) -> None:
    plan = planned(reviewed, MORE.replace("github: bob", "github: mallory"))
    ran = reviewed.run(f"apply {plan} --author {SAM} --approver github:mallory")
    assert ran.code == Exit.INVALID
    assert "the github account mallory is nobody's" in ran.err


def test_an_account_is_approved_by_another_org_admin_than_whom_it_speaks_for(
    reviewed: Shell
) -> None:
    plan = planned(reviewed, ACCOUNTS.replace("github: bob", "github: robert"))
    ran = reviewed.run(f"approvals {plan} --author {SAM} --approver {BOB}")
    assert ran.code == Exit.UNAPPROVED
    assert (f"  ~ {BOB}  account: github:bob -> github:robert  [have it approved by an org admin, "
            f"other than {BOB}]\n") in ran.out
    reviewed.ok(f"apply {plan} --author {SAM} --approver github:ada-l")
    assert "github account   robert\n" in reviewed.ok(f"live show {BOB}")
    assert reviewed.run(f"live show {BOB} --format json").json["accounts"] == {"github": "robert"}


def test_before_anybody_has_an_account_it_is_said_how_to_have_one(org: Shell) -> None:
    path = org.declares(f"members: {{{ADA}: {{role: admin}}, {KIM}: {{}}}}\n")
    ran = org.run(f"apply {path} --auto-approve --author github:sam")
    assert ran.code == Exit.INVALID
    assert "no member of the live organization has an account on github: state accounts: " \
        "{github: sam} under their entry in members, and apply it" in ran.err


def test_an_earlier_approval_holds_while_nothing_is_added(reviewed: Shell) -> None:
    first = planned(reviewed, MOST, "first.json")
    less = planned(reviewed, MORE, "less.json")
    reviewed.ok(f"approvals {less} --author {BOB} --approval {ADA}={first}")
    ran = reviewed.run(f"apply {first} --author {BOB} --approval {ADA}={less}")
    assert ran.code == Exit.UNAPPROVED
    assert f"note: the approval of {ADA} fell: 1 change is not as in the plan" in ran.err
    reviewed.ok(f"apply {less} --author {BOB} --approval {ADA}={first}")


def test_an_earlier_plan_that_was_altered_approves_nothing(reviewed: Shell) -> None:
    first = Path(planned(reviewed, MORE, "first.json"))
    first.write_text(first.read_text().replace('"member"', '"viewer"'))
    plan = planned(reviewed, MOST)
    ran = reviewed.run(f"apply {plan} --author {BOB} --approval {ADA}={first}")
    assert ran.code == Exit.STALE


def test_an_approval_is_of_a_plan_and_not_of_files_that_are_planned_afresh(
    reviewed: Shell,
) -> None:
    plan = planned(reviewed, MORE)
    files = f"apply {reviewed.path} --auto-approve --author {BOB}"
    ran = reviewed.run(f"{files} --approver {ADA}")
    assert ran.code == Exit.INVALID
    assert "an approval is of a plan" in ran.err
    # Somebody adds to the files after the plan was approved.
    reviewed.declares(MOST)
    assert reviewed.run(f"{files} --approval {ADA}={plan}").code == Exit.UNAPPROVED
    reviewed.declares(MORE)
    reviewed.ok(f"{files} --approval {ADA}={plan}")


@pytest.mark.parametrize("value", [KIM, f"{KIM}=", "=plan.json"])
def test_an_approval_names_a_person_and_a_plan(reviewed: Shell, value: str) -> None:
    ran = reviewed.run(f"approvals {planned(reviewed, MORE)} --approval {value}")
    assert ran.code == Exit.INVALID
    assert "PERSON=PLAN.json" in ran.err


def test_without_a_policy_approvals_are_told_and_not_required(org: Shell) -> None:
    path = org.declares(f"members: {{{ADA}: {{role: admin}}, {KIM}: {{}}}}\n")
    plan = org.folder / "plan.json"
    org.ok(f"plan {path} --out {plan}")
    ran = org.run(f"approvals {plan} --author {ADA}").ok()
    assert "Not required by the policy: 1 of 1 change is not approved" in ran.out
    org.ok(f"apply {plan}")


def test_a_machine_needs_approval_whatever_the_policy_requires(reviewed: Shell) -> None:
    robot = "ci@acme.example"
    with_robot = ACCOUNTS + f"  {robot}: {{role: admin}}\n"
    reviewed.policy(f"approvals: {{required: true, automation: [{robot}]}}\n")
    path = reviewed.declares(with_robot)
    approved(reviewed, path)
    reviewed.ok(f"live join {robot}")
    reviewed.policy(f"approvals: {{required: false, automation: [{robot}]}}\n")
    approved(reviewed, path)
    plan = planned(reviewed, with_robot.replace("{web: viewer}", "{web: member}"))
    ran = reviewed.run(f"apply {plan} --as {robot}")
    assert ran.code == Exit.UNAPPROVED
    assert reviewed.run(f"approvals {plan} --as {robot} --author {SAM}").code == Exit.UNAPPROVED
    reviewed.ok(f"apply {plan} --as {robot} --author {SAM} --approver {BOB}")


def test_a_policy_that_nobody_could_satisfy_is_refused_at_validation(org: Shell) -> None:
    org.policy("approvals: {required: true}\n")
    ran = org.run(f"validate {org.declares(f'members: {{{ADA}: {{role: admin}}}}')}")
    assert ran.code == Exit.UNAPPROVED
    assert "policy.yaml:3:23: L11" in ran.out
    assert "declare one more admin" in ran.out
