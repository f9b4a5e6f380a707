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


@pytest.mark.parametrize("command", ["approvals", "apply"])
def test_a_second_author_is_refused_and_approves_nothing_of_their_own(
    reviewed: Shell, command: str
) -> None:
    plan = planned(reviewed, MORE)
    ran = reviewed.run(f"{command} {plan} --author {ADA} --author {SAM} --approver {ADA}")
    assert ran.code == Exit.INVALID
    assert "a plan has one --author, and 2 are named" in ran.err


@pytest.mark.parametrize("command", ["approvals", "apply"])
def test_an_author_who_is_no_member_is_an_error_with_who_was_meant_or_could_stand_for_it(
    reviewed: Shell, command: str
) -> None:
    plan = planned(reviewed, MORE)
    mistyped = reviewed.run(f"{command} {plan} --author adda@acme.example --approver {ADA}")
    assert mistyped.code == Exit.INVALID
    assert "the author adda@acme.example is no member of acme" in mistyped.err
    assert f"did you mean {ADA}?" in mistyped.err
    gone = reviewed.run(f"{command} {plan} --author zoe@acme.example --approver {ADA}")
    assert gone.code == Exit.INVALID
    assert "who merged it, where its author has left" in gone.err
    assert "did you mean" not in gone.err


def test_an_author_who_is_no_member_is_taken_where_authors_may_approve(reviewed: Shell) -> None:
    reviewed.policy("approvals: {required: true, independent: false}\n")
    approved(reviewed, str(reviewed.path))
    approved(reviewed, reviewed.declares(ACCOUNTS.replace("manager", "admin")))
    plan = planned(reviewed, MORE.replace("manager", "admin"))
    reviewed.ok(f"approvals {plan} --author zoe@acme.example --approver {ADA}")


def test_an_approver_who_covers_nothing_is_told_why(reviewed: Shell) -> None:
    plan = planned(reviewed, MORE.replace("web: member", "web: viewer, ios: viewer"))
    ran = reviewed.run(f"approvals {plan} --author {BOB} --approver {SAM}")
    assert f"  ! {SAM}  does not count: may make none of it\n" in ran.out
    told = reviewed.run(f"approvals {plan} --author {BOB} --approver {SAM} --format json")
    assert told.json["objections"] == {SAM: "may make none of it"}


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
    ("--author github:sam --approver github:", "'github:' names no account"),
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


def test_an_approval_that_fell_stands_among_those_that_do_not_count(reviewed: Shell) -> None:
    less = planned(reviewed, MORE, "less.json")
    plan = planned(reviewed, MOST)
    asked = f"approvals {plan} --author {BOB} --approval {ADA}={less}"
    why = ("their approval fell: 1 change is not as in the plan that they approved, beginning "
           f"with set project role ({KIM})")
    assert f"  ! {ADA}  does not count: {why}\n" in reviewed.run(asked).out
    assert reviewed.run(f"{asked} --format json").json["objections"] == {ADA: why}
    again = reviewed.run(f"{asked} --approver {ADA} --format json").ok()
    assert again.json["objections"] == {}


def test_an_earlier_plan_that_was_altered_approves_nothing(reviewed: Shell) -> None:
    first = Path(planned(reviewed, MORE, "first.json"))
    first.write_text(first.read_text().replace('"member"', '"viewer"'))
    plan = planned(reviewed, MOST)
    ran = reviewed.run(f"apply {plan} --author {BOB} --approval {ADA}={first}")
    assert ran.code == Exit.STALE
    assert f"{first}: the plan was altered" in ran.err


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
    assert (f"Not required by the policy, as {ADA} runs it: 1 of 1 change is not approved"
            in ran.out)
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


def last_line(text: str) -> str:
    return text.splitlines()[-1]


def test_what_a_plan_says_to_do_next_leads_through_its_approval(
    reviewed: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(reviewed.folder)
    path = reviewed.declares(MORE)
    said = last_line(reviewed.ok(f"plan {path}"))
    assert said == (
        f"Save it to have it approved: reconciler plan {path} --as {ADA} --out plan.json; then "
        "reconciler approvals plan.json --author EMAIL --approver EMAIL, and apply plan.json with "
        "the same")
    save, judge = said.partition(": reconciler ")[2].partition(", and")[0].split(
        "; then reconciler ")
    saved = last_line(reviewed.ok(save))
    assert saved == (f"Apply it once approved (until 2026-06-15): reconciler apply plan.json --as "
                     f"{ADA} --author EMAIL --approver EMAIL")
    apply = saved.partition(": reconciler ")[2]
    for command in (judge, apply):
        reviewed.ok(command.replace("EMAIL", BOB, 1).replace("EMAIL", SAM))


def test_a_plan_of_a_machine_says_that_it_is_to_be_approved_and_that_of_a_person_does_not(
    org: Shell
) -> None:
    path = org.declares(ACCOUNTS + "  ci@acme.example: {role: admin}\n")
    org.ok(f"apply {path} --auto-approve")
    org.ok(f"live join {BOB} ci@acme.example")
    org.policy("approvals: {automation: [ci@acme.example]}\n")
    assert last_line(org.ok(f"plan {path} --as ci@acme.example")).startswith("Save it to have it ")
    assert last_line(org.ok(f"plan {path}")).startswith("Apply it: ")


def test_what_drift_and_revert_say_to_do_next_leads_through_an_approval(reviewed: Shell) -> None:
    reviewed.ok(f"live set-role {KIM} --project web --role admin")
    said = last_line(reviewed.run(f"drift {reviewed.path}").out)
    assert said.startswith(f"Revert it once approved: reconciler plan {reviewed.path} --only drift "
                           "--out plan.json; adopt it: ")
    run = reviewed.run("history --format json").json[0]["run"]
    back = reviewed.folder / "back.json"
    assert last_line(reviewed.ok(f"revert {run} --out {back}")).startswith(
        "Apply it once approved (until 2026-06-15): ")


def test_who_runs_a_plan_is_its_own_actor_and_not_whoever_asks(org: Shell) -> None:
    robot = "ci@acme.example"
    path = org.declares(ACCOUNTS + f"  {robot}: {{role: admin}}\n")
    org.policy(f"approvals: {{automation: [{robot}]}}\n")
    org.ok(f"apply {path} --auto-approve")
    org.ok(f"live join {BOB} {robot}")
    body = ACCOUNTS + f"  {robot}: {{role: admin}}\n"
    path = org.declares(body.replace("{web: viewer}", "{web: member}"))
    plan, anybody = org.folder / "plan.json", org.folder / "anybody.json"
    org.ok(f"plan {path} --as {robot} --out {plan}")
    asked = org.run(f"approvals {plan} --author {SAM} --format json", RECONCILER_ACTOR=ADA)
    assert (asked.code, asked.json["actor"]) == (Exit.UNAPPROVED, robot)
    told = org.run(f"approvals {plan} --author {SAM} --as {ADA}").ok()
    assert f"Not required by the policy, as {ADA} runs it: " in told.out
    org.environment["RECONCILER_ACTOR"] = None
    org.ok(f"plan {path} --out {anybody}")
    assert org.run(f"approvals {anybody} --author {SAM}", RECONCILER_ACTOR=robot).code == \
        Exit.UNAPPROVED
    assert "Not required by the policy: " in org.ok(f"approvals {anybody} --author {SAM}")


def test_an_approved_plan_that_apply_refuses_all_the_same_says_so(reviewed: Shell) -> None:
    path = reviewed.declares(MOST)
    plan, anybody = (str(reviewed.folder / name) for name in ("refused.json", "anybody.json"))
    assert reviewed.run(f"plan {path} --as {SAM} --out {plan}").code == Exit.REFUSED
    by_ada = f"--author {BOB} --approver {ADA}"
    told = reviewed.run(f"approvals {plan} {by_ada}").ok()
    assert last_line(told.out).startswith(
        "apply refuses it all the same: the plan for acme cannot be applied: 1 thing refuses it, "
        f"beginning with R13 {SAM} may not ")
    assert reviewed.run(f"apply {plan} --as {SAM} {by_ada}").code == Exit.REFUSED
    reviewed.environment["RECONCILER_ACTOR"] = None
    reviewed.ok(f"plan {path} --out {anybody}")
    asked = f"approvals {anybody} {by_ada}"
    assert last_line(reviewed.ok(f"{asked} --as {SAM}")) == (
        f"apply refuses it all the same: {SAM} may not make 1 change, beginning with set project "
        f"role ({KIM}), which is for an org admin, or a manager of ios.")
    assert reviewed.run(f"apply {anybody} --as {SAM} {by_ada}").code == Exit.REFUSED
    assert last_line(reviewed.ok(f"{asked} --as {ADA}")) == "Approved: every change is."
    assert reviewed.run(f"{asked} --as {ADA} --format json").json["refused"] is None
    late = reviewed.run(f"{asked} --as {ADA}", RECONCILER_NOW="2026-08-01T12:00:00Z")
    assert last_line(late.out) == "apply refuses it all the same: the plan expired on 2026-06-15."


def test_a_policy_that_nobody_could_satisfy_is_refused_at_validation(org: Shell) -> None:
    org.policy("approvals: {required: true}\n")
    ran = org.run(f"validate {org.declares(f'members: {{{ADA}: {{role: admin}}}}')}")
    assert ran.code == Exit.UNAPPROVED
    assert "policy.yaml:3:23: L11" in ran.out
    assert org.run(f"plan {org.path}").code == Exit.UNAPPROVED
    for command in ("validate", "plan", "github plan"):
        assert "5 nobody could give the approvals that the policy requires" in " ".join(
            org.ok(f"{command} --help").split())
    assert "declare one more admin" in ran.out
