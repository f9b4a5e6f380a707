"""The policy at the command line: where it is read from, loosened, and exceeded by name."""

from __future__ import annotations

import json

import pytest

from reconciler.model.errors import Exit
from tests.cli.shell import ADA, SAM, Ran, Shell

ADMINS = f"members: {{{ADA}: {{role: admin}}, bob@acme.example: {{role: admin}}}}\n"
ONE_LESS = f"members: {{{ADA}: {{role: admin}}, bob@acme.example: {{role: user}}}}\n"


def crowd(count: int) -> str:
    return f"members:\n  {ADA}: {{role: admin}}\n" + "".join(
        f"  p{n:02}@acme.example: {{}}\n" for n in range(count))


def applied(shell: Shell, *more: str) -> Ran:
    return shell.run(f"apply {shell.path} --auto-approve", *more)


@pytest.fixture
def two_admins(org: Shell) -> Shell:
    """ada and bob, both joined, and a policy that asks for both."""
    org.policy("min_admins: 2\n")
    org.declares(ADMINS)
    applied(org).ok()
    org.ok("live join bob@acme.example")
    return org


@pytest.fixture
def crowded(org: Shell) -> Shell:
    """ada and forty people, of whom one run may remove twenty."""
    org.policy("limits: {removals: {count: 20}, invitations: {count: 40}}\n")
    org.declares(crowd(40))
    applied(org).ok()
    return org


# --- weakening it, and using the weakness --------------------------------------------------------

def test_loosening_the_policy_and_using_it_in_one_run_is_refused(two_admins: Shell) -> None:
    two_admins.policy("min_admins: 1\n")
    path = two_admins.declares(ONE_LESS)
    ran = applied(two_admins)
    assert ran.code == Exit.LIMIT
    assert "--policy-only" in ran.out
    done = applied(two_admins, "--policy-only").ok()
    assert "Applied 1 change" in done.out
    assert "! Protections loosened (1)\n  ~ policy  min admins 1" in done.out
    assert "1 change to 1 policy" in done.out
    applied(two_admins).ok()
    assert two_admins.run(f"plan {path} --detailed-exitcode").code == Exit.DONE


def test_through_saved_plans_it_is_the_same(two_admins: Shell) -> None:
    two_admins.policy("min_admins: 1\n")
    path = two_admins.declares(ONE_LESS)
    both, alone, then = (str(two_admins.folder / f"{name}.json") for name in ("a", "b", "c"))
    assert two_admins.run(f"plan {path} --as {ADA} --out {both}").code == Exit.LIMIT
    assert two_admins.run(f"apply {both}").code == Exit.LIMIT
    two_admins.ok(f"plan {path} --as {ADA} --policy-only --out {alone}")
    two_admins.ok(f"apply {alone}")
    two_admins.ok(f"plan {path} --as {ADA} --out {then}")
    two_admins.ok(f"apply {then}")


def test_taking_the_policy_file_away_takes_no_policy_away(two_admins: Shell) -> None:
    (two_admins.folder / "policy.yaml").unlink()
    ran = two_admins.run(f"plan {two_admins.declares(ONE_LESS)}")
    assert ran.code == Exit.LIMIT
    assert "the policy that was applied last holds" in ran.out


# --- exceeding a limit by name -------------------------------------------------------------------

def test_34_removals_are_allowed_by_name_and_the_audit_log_keeps_why(crowded: Shell) -> None:
    crowded.declares(crowd(6))
    refused = applied(crowded)
    assert refused.code == Exit.LIMIT
    assert "--allow removals=34 --reason TEXT" in refused.out
    reason = ("--allow", "removals=34", "--reason", "The office in Ghent closed")
    assert applied(crowded, "--allow", "removals=33", *reason[2:]).code == Exit.LIMIT
    done = applied(crowded, *reason).ok()
    assert 'allow 34 in this run: "The office in Ghent closed"' in done.out
    records = json.loads(crowded.ok("audit --limit 60 --format json"))
    (kept,) = (r for r in records if r["operation"] == "allow-limit")
    assert kept["after"] == {"allowed": 34, "reason": "The office in Ghent closed"}
    assert kept["run"] is not None
    shown = crowded.ok("audit --limit 100")
    assert 'allow 34 in this run: "The office in Ghent closed"' in shown
    assert "limits invitations 40, removals 20" in shown
    assert "The audit log of acme is whole:" in crowded.ok("audit verify")


def test_an_allowance_is_bound_to_its_plan(crowded: Shell) -> None:
    path = crowded.declares(crowd(6))
    saved = str(crowded.folder / "plan.json")
    crowded.ok(f"plan {path} --as {ADA} --out {saved} --allow removals=34", "--reason", "Ghent")
    document = json.loads((crowded.folder / "plan.json").read_text())
    document["changes"][0]["operation"]["count"] = 35
    (crowded.folder / "plan.json").write_text(json.dumps(document))
    assert crowded.run(f"apply {saved}").code == Exit.STALE


def test_the_command_to_apply_repeats_what_was_asked_for(crowded: Shell) -> None:
    path = crowded.declares(crowd(6))
    shown = crowded.ok(f"plan {path} --as {ADA} --allow removals=34", "--reason", "Ghent closed")
    assert "--allow removals=34 --reason 'Ghent closed'" in shown


# --- where it is read from -----------------------------------------------------------------------

def test_a_policy_is_read_from_where_the_option_or_the_environment_says(org: Shell) -> None:
    path = org.declares(f"members: {{{ADA}: {{role: admin}}, x@elsewhere.example: {{}}}}\n")
    elsewhere = org.policy("allowed_email_domains: [acme.example]\n", "owned.yaml")
    assert org.run(f"plan {path}").code == Exit.DONE
    assert org.run(f"plan {path} --policy {elsewhere}").code == Exit.LIMIT
    assert org.run(f"plan {path}", RECONCILER_POLICY=elsewhere).code == Exit.LIMIT
    org.policy("")
    assert org.run(f"plan {path} --policy {elsewhere}").code == Exit.LIMIT, "it says which"


def test_the_environment_does_not_keep_a_saved_plan_from_being_applied(org: Shell) -> None:
    path = org.declares(f"members: {{{ADA}: {{role: admin}}, {SAM}: {{}}}}\n")
    policy = org.policy("", "owned.yaml")
    org.ok(f"plan {path} --as {ADA} --out {org.folder}/plan.json", RECONCILER_POLICY=policy)
    org.ok(f"apply {org.folder}/plan.json", RECONCILER_POLICY=policy)


def test_validate_checks_the_policy_beside_the_file(org: Shell) -> None:
    path = org.declares(ADMINS)
    org.policy("invitations: {max_sends: 0}\n")
    ran = org.run(f"validate {path}")
    assert ran.code == Exit.INVALID
    assert "policy.yaml:3:26: F23 max_sends cannot be 0" in ran.out
    org.policy("protected_members: [ghost@acme.example]\n")
    assert "L03 warning" in org.run(f"validate {path}").ok().out
    assert org.run(f"validate {path} --policy {org.folder}/no.yaml").code == Exit.INVALID


def test_a_policy_in_the_place_of_the_desired_state_is_told_in_one_line(org: Shell) -> None:
    ran = org.run(f"plan {org.policy('min_admins: 2')}")
    assert ran.code == Exit.INVALID
    assert "this is a policy, not a desired state" in ran.err


@pytest.mark.parametrize(("options", "says"), [
    ("--allow removals=34", "add --reason TEXT"),
    ("--reason Merger", "add --allow LIMIT=NUMBER"),
    ("--allow removal=34 --reason Merger", "did you mean removals?"),
    ("--allow removals --reason Merger", "removals=34"),
    ("--allow removals=-1 --reason Merger", "removals=34"),
    ("--allow removals=1 --allow removals=2 --reason Merger", "twice"),
    ("--allow removals=1 --reason Merger --policy-only", "leave --allow out"),
    ("--policy-only", "there is no policy.yaml beside"),
    ("--policy no.yaml", "F01 cannot read"),
])
def test_what_does_not_go_together_is_usage(org: Shell, options: str, says: str) -> None:
    for command in ("plan", "apply"):
        ran = org.run(f"{command} {org.declares(ADMINS)} {options}")
        assert ran.code == Exit.INVALID
        assert says in ran.err


@pytest.mark.parametrize("options", [
    ("--policy", "p.yaml"), ("--policy-only",), ("--allow", "removals=3", "--reason", "Merger")])
def test_a_saved_plan_takes_no_terms(org: Shell, options: tuple[str, ...]) -> None:
    saved = f"{org.folder}/plan.json"
    org.ok(f"plan {org.declares(ADMINS)} --as {ADA} --out {saved}")
    ran = org.run(f"apply {saved}", *options)
    assert ran.code == Exit.INVALID
    assert f"give {options[0]} to `reconciler plan --out`" in ran.err


def test_the_shape_of_a_policy_is_published(shell: Shell) -> None:
    assert "max_sends" in shell.ok("schema policy")


def test_the_rules_of_the_policy_are_listed(shell: Shell) -> None:
    assert "min-admins" in shell.ok("rules")
    assert "L02 removals" in shell.ok("rules L02")
