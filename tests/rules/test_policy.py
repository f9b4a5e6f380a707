"""L03 to L05, L09, L10: what a policy says to single operations, from both sides of each rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.model.email import Email
from reconciler.model.finding import Finding
from reconciler.model.operations import (
    AddToGroup,
    AllowLimit,
    Approve,
    DeleteGroup,
    Invite,
    MigrateDomain,
    Operation,
    RemoveFromGroup,
    RemoveGroupRole,
    RemoveMember,
    RemoveProjectRole,
    Resend,
    Revoke,
    SetGroupRole,
    SetPolicy,
    SetProjectRole,
    SetRole,
    SetTeam,
)
from reconciler.model.policy import BUILT_IN, Policy
from reconciler.model.roles import Role
from reconciler.rules.catalogue import judge
from tests.domain import ADA, BOB, EVE, KIM, NOW, SAM, Org, access, an_org, email

PROTECTED = Policy(protected_members=frozenset({SAM, KIM, BOB}))


def found(org: Org, operation: Operation, policy: Policy | None) -> list[Finding]:
    """What the policy says to an operation of a run."""
    said = judge(org.world, operation, actor=org.person("ada"), now=NOW, policy=policy)
    return [f for f in said if f.rule.startswith("L")]


def refused(org: Org, operation: Operation, policy: Policy | None) -> set[str]:
    return {f.rule for f in found(org, operation, policy)}


def a_house() -> Org:
    return (an_org(access_requests=True).admin("ada").admin("bob").requesting("eve")
            .member("sam", web="manager", mobile="viewer").pending("kim")
            .group("writers", members=["sam"], web="member", mobile="member"))


# --- L03 -----------------------------------------------------------------------------------------

@pytest.mark.parametrize("operation", [
    RemoveMember(SAM), Revoke(KIM), SetRole(BOB, Role.USER), RemoveProjectRole(SAM, "web"),
    SetProjectRole(SAM, "web", Role.VIEWER), RemoveFromGroup(SAM, "writers"),
    DeleteGroup("writers"),
    RemoveGroupRole("writers", "mobile"), SetGroupRole("writers", "mobile", Role.VIEWER),
], ids=lambda o: o.kind)
def test_whom_the_policy_protects_a_run_neither_removes_nor_demotes(operation: Operation) -> None:
    assert refused(a_house(), operation, PROTECTED) == {"L03"}
    assert refused(a_house(), operation, BUILT_IN) == set()


@pytest.mark.parametrize("operation", [
    SetRole(SAM, Role.ADMIN), SetProjectRole(SAM, "web", Role.ADMIN), SetTeam(SAM, "Data"),
    RemoveProjectRole(SAM, "mobile"), RemoveGroupRole("writers", "web"),
    SetGroupRole("writers", "mobile", Role.ADMIN), AddToGroup(KIM, "writers"),
], ids=lambda o: o.kind)
def test_what_leaves_a_protected_person_as_much_as_before_is_no_demotion(
    operation: Operation,
) -> None:
    # Their group makes sam a member of mobile, whatever sam's own role is there.
    assert refused(a_house(), operation, PROTECTED) == set()


def test_people_at_the_members_page_are_not_held_by_the_policy() -> None:
    assert refused(a_house(), RemoveMember(SAM), None) == set()


# --- L04 -----------------------------------------------------------------------------------------

@pytest.mark.parametrize("operation", [RemoveMember(BOB), SetRole(BOB, Role.USER)],
                         ids=lambda o: o.kind)
def test_as_many_joined_admins_are_left_as_the_policy_says(operation: Operation) -> None:
    assert refused(a_house(), operation, Policy(min_admins=2)) == {"L04"}
    assert refused(a_house(), operation, Policy(min_admins=1)) == set()
    assert refused(a_house().admin("kit"), operation, Policy(min_admins=2)) == set()


def test_a_pending_admin_does_not_count_and_is_waited_for() -> None:
    org = a_house().pending("new", role="admin")
    (finding,) = found(org, RemoveMember(BOB), Policy(min_admins=2))
    assert finding.waits_for == email("new")
    (finding,) = found(org, RemoveMember(BOB), Policy(min_admins=3))
    assert finding.waits_for is None


def test_who_is_no_joined_admin_does_not_count() -> None:
    assert refused(a_house(), RemoveMember(SAM), Policy(min_admins=2)) == set()


def test_an_organization_with_too_few_admins_may_get_more() -> None:
    assert refused(a_house(), SetRole(SAM, Role.ADMIN), Policy(min_admins=9)) == set()


# --- L05 -----------------------------------------------------------------------------------------

@pytest.mark.parametrize("operation", [
    Invite(Email("new@acme.example"), access()), Approve(EVE, access()),
    MigrateDomain("acme.example", "new.example", accept_loss=True),
], ids=lambda o: o.kind)
def test_people_are_added_with_addresses_of_allowed_domains_alone(operation: Operation) -> None:
    ours = Policy(allowed_email_domains=frozenset({"acme.example", "new.example"}))
    theirs = Policy(allowed_email_domains=frozenset({"other.example"}))
    nobody = Policy(allowed_email_domains=frozenset())
    assert refused(a_house(), operation, ours) == set()
    assert refused(a_house(), operation, BUILT_IN) == set()
    assert refused(a_house(), operation, theirs) == {"L05"}
    assert refused(a_house(), operation, nobody) == {"L05"}


def test_a_domain_below_an_allowed_one_is_another_domain() -> None:
    policy = Policy(allowed_email_domains=frozenset({"acme.example"}))
    for address in ("x@evil.acme.example", "x@notacme.example"):
        assert refused(a_house(), Invite(Email(address), access()), policy) == {"L05"}


# --- L09 -----------------------------------------------------------------------------------------

@pytest.mark.parametrize(("sent", "days", "rules"), [
    (1, 7, set()), (1, 6.99, {"L09"}), (2, 30, set()), (3, 30, {"L09"}), (3, 1, {"L09"}),
])
def test_a_run_sends_an_invitation_only_so_often_and_not_too_soon(
    sent: int, days: float, rules: set[str]
) -> None:
    org = a_house()
    org.stored.people[KIM] = replace(org.stored.people[KIM], invitations_sent=sent,
                                     invited_at=NOW - timedelta(days=days))
    assert refused(org, Resend(KIM), BUILT_IN) == rules
    assert refused(org, Resend(KIM), None) == set()


# --- L10 -----------------------------------------------------------------------------------------

def test_only_a_run_changes_the_policy_or_exceeds_a_limit() -> None:
    for operation in (SetPolicy(Policy(min_admins=2)), AllowLimit("removals", 34, "Merger")):
        assert refused(a_house(), operation, None) == {"L10"}
        assert refused(a_house(), operation, BUILT_IN) == set()


@pytest.mark.parametrize("operation", [
    AllowLimit("removal", 34, "Merger"), AllowLimit("removals", 34, "  "),
], ids=["limit", "reason"])
def test_an_allowance_names_a_limit_that_exists_and_says_why(operation: Operation) -> None:
    assert refused(a_house(), operation, BUILT_IN) == {"L10"}


def test_the_policy_is_for_org_admins() -> None:
    org = a_house()
    said = judge(org.world, SetPolicy(BUILT_IN), actor=org.person("sam"), now=NOW, policy=BUILT_IN)
    assert {f.rule for f in said} == {"R14"}
    assert org.person("ada").email == ADA
