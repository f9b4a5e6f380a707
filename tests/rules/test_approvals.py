"""L11: whose approval counts for what."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.approvals import Approvals
from reconciler.model.email import Email
from reconciler.model.operations import (
    AddToGroup,
    CreateGroup,
    CreateProject,
    Invite,
    Operation,
    RemoveMember,
    SetAccount,
    SetGroupRole,
    SetProjectRole,
    SetRole,
    TransferContent,
)
from reconciler.model.perform import perform
from reconciler.model.policy import Policy
from reconciler.model.roles import Role
from reconciler.rules.approvals import Panel, Review, approved, needed
from reconciler.rules.authority import permits
from reconciler.rules.case import Topic
from reconciler.rules.catalogue import RULE_BY_ID, judge
from tests.domain import ADA, BOB, EVE, KIM, NOW, SAM, Org, access, an_org
from tests.rules.test_random_operations import a_busy_house, a_quiet_house, random_operation

REQUIRED = Policy(approvals_required=True)
WITH_ROBOT = Policy(approvals_required=True, automation=frozenset({EVE}))
TRUSTING = Policy(approvals_required=True, approvals_independent=False)
KIM_READS_WEB = SetProjectRole(KIM, "web", Role.VIEWER)


def a_house() -> Org:
    """ada and bob are admins, sam manages web, kim is anybody, eve is invited."""
    return (an_org().admin("ada").admin("bob").member("sam", web="manager").member("kim")
            .pending("eve", role="admin"))


def counts(
    operation: Operation, *approvers: Email, author: Email | None = KIM,
    policy: Policy = REQUIRED, house: Org | None = None,
) -> list[Email]:
    world = (house or a_house()).world
    panel = Panel(world, policy, Approvals(author=author, approvers=frozenset(approvers)))
    found = panel.approvers_of(world, operation)
    refused = [f.rule for f in approved(Review(panel=panel, world=world, operation=operation))]
    assert refused == ([] if found else ["L11"])
    return found


def test_an_approval_counts_for_what_the_approver_may_do() -> None:
    assert counts(KIM_READS_WEB, SAM, ADA) == [ADA, SAM]
    assert counts(SetProjectRole(KIM, "mobile", Role.VIEWER), SAM, ADA) == [ADA]
    assert counts(SetProjectRole(KIM, "web", Role.ADMIN), SAM) == []
    assert counts(SetRole(KIM, Role.ADMIN), SAM) == []


@pytest.mark.parametrize(("approver", "why"), [
    (KIM, "is the author of the change"), (EVE, "is pending, and has not joined"),
    (Email("stranger@acme.example"), "is no member of acme"),
])
def test_some_approve_nothing_and_are_told_why(approver: Email, why: str) -> None:
    assert counts(KIM_READS_WEB, approver) == []
    panel = Panel(a_house().world, REQUIRED,
                  Approvals(author=KIM, approvers=frozenset({approver})))
    assert panel.objections == {approver: why}


def test_a_machine_approves_nothing() -> None:
    house = an_org().admin("ada").admin("bob").admin("eve").member("kim")
    assert counts(KIM_READS_WEB, EVE, house=house) == [EVE]
    assert counts(KIM_READS_WEB, EVE, house=house, policy=WITH_ROBOT) == []


def test_nobody_approves_what_they_propose_unless_the_policy_lets_them() -> None:
    assert counts(KIM_READS_WEB, ADA, author=ADA) == []
    assert counts(KIM_READS_WEB, ADA, BOB, author=ADA) == [BOB]
    assert counts(KIM_READS_WEB, ADA, author=ADA, policy=TRUSTING) == [ADA]


def test_nobody_approves_what_their_own_new_address_gets() -> None:
    world, new = a_house().world, Email("ada@new.example")
    invite = Invite(new, access("admin"))
    both = Approvals(author=KIM, approvers=frozenset({ADA, BOB}))
    assert Panel(world, REQUIRED, both).approvers_of(world, invite) == [ADA, BOB]
    moving = Panel(world, REQUIRED, both, moving=[(ADA, new)])
    assert moving.approvers_of(world, invite) == [BOB]
    assert moving.approvers_of(world, RemoveMember(ADA)) == [BOB]


def test_nobody_approves_what_they_propose_under_another_address() -> None:
    world = a_house().world
    given = Approvals(author=EVE, approvers=frozenset({ADA, BOB}))
    panel = Panel(world, REQUIRED, given, moving=[(EVE, ADA)])
    assert panel.approvers_of(world, KIM_READS_WEB) == [BOB]
    assert panel.objections == {ADA: f"is the author of the change, as {EVE}"}
    trusting = Panel(world, TRUSTING, given, moving=[(EVE, ADA)])
    assert trusting.approvers_of(world, KIM_READS_WEB) == [ADA, BOB]


def test_nobody_approves_that_their_account_speaks_for_somebody_else() -> None:
    world = (an_org().admin("ada").admin("bob").admin("cy").member("kim")).world
    perform(world, SetAccount(ADA, "github", "Octo"), NOW)
    perform(world, SetAccount(BOB, "github", "cat"), NOW)
    everybody = frozenset({ADA, BOB, Email("cy@acme.example")})
    panel = Panel(world, REQUIRED, Approvals(author=KIM, approvers=everybody))
    gives, takes = SetAccount(BOB, "github", "octo"), SetAccount(ADA, "github", "cat")
    assert panel.approvers_of(world, gives) == ["cy@acme.example"]
    assert panel.unapproved(world, gives).how == \
        f"have it approved by an org admin, other than {BOB} and {ADA}"
    # Half of an exchange is done, and the other half is judged as it was before.
    perform(world, gives, NOW)
    assert panel.approvers_of(world, takes) == ["cy@acme.example"]
    assert panel.approvers_of(world, SetAccount(KIM, "github", "kim")) == sorted(everybody)


def test_without_a_known_author_nobody_is_independent() -> None:
    assert counts(KIM_READS_WEB, ADA, author=None) == []
    assert counts(KIM_READS_WEB, ADA, author=None, policy=TRUSTING) == [ADA]


def test_beside_an_author_who_is_no_member_nobody_is_independent() -> None:
    mistyped = Email("adda@acme.example")
    assert counts(KIM_READS_WEB, ADA, author=mistyped) == []
    assert counts(KIM_READS_WEB, ADA, author=mistyped, policy=TRUSTING) == [ADA]
    # Whoever is invited is known.
    assert counts(KIM_READS_WEB, ADA, author=EVE) == [ADA]
    panel = Panel(a_house().world, REQUIRED,
                  Approvals(author=mistyped, approvers=frozenset({ADA})))
    assert panel.objections == {ADA: "cannot be held apart from the author: the author "
                                     "adda@acme.example is no member of acme"}


@pytest.mark.parametrize("operation", [
    SetRole(ADA, Role.USER), RemoveMember(ADA), AddToGroup(ADA, "ops"),
    TransferContent(ADA, SAM), TransferContent(SAM, ADA),
])
def test_nobody_approves_what_concerns_them(operation: Operation) -> None:
    house = a_house().group("ops", web="viewer")
    assert counts(operation, ADA, house=house) == []
    assert counts(operation, ADA, BOB, house=house) == [BOB]


def test_whoever_trusts_authors_still_lets_nobody_change_their_own_role() -> None:
    assert counts(SetRole(ADA, Role.USER), ADA, policy=TRUSTING) == []
    assert counts(AddToGroup(ADA, "ops"), ADA, policy=TRUSTING,
                  house=a_house().group("ops", web="viewer")) == [ADA]


@pytest.mark.parametrize("makes_sam_one", [
    [SetRole(SAM, Role.ADMIN)], [SetProjectRole(SAM, "mobile", Role.ADMIN)],
    [CreateGroup("leads"), AddToGroup(SAM, "leads"), SetGroupRole("leads", "mobile", Role.ADMIN)],
])
def test_what_the_run_gives_to_an_approver_does_not_count(
    makes_sam_one: list[Operation]
) -> None:
    world = a_house().world
    panel = Panel(world, REQUIRED, Approvals(author=KIM, approvers=frozenset({SAM})))
    for operation in makes_sam_one:
        perform(world, operation, NOW)
    assert panel.approvers_of(world, SetProjectRole(KIM, "mobile", Role.VIEWER)) == []
    # And what they had stays theirs, whatever the run takes from them.
    perform(world, SetProjectRole(SAM, "web", Role.VIEWER), NOW)
    assert panel.approvers_of(world, KIM_READS_WEB) == [SAM]


def test_a_role_through_a_group_is_a_role() -> None:
    house = (an_org().admin("ada").member("sam").member("kim")
             .group("leads", members=["sam"], web="manager"))
    assert counts(KIM_READS_WEB, SAM, house=house) == [SAM]
    assert counts(Invite(Email("new@acme.example"), access(web="viewer")), SAM,
                  house=house) == [SAM]
    assert counts(CreateProject("shop", "Shop"), SAM, house=house) == []


def test_approvals_are_needed_where_the_policy_says_or_a_machine_runs() -> None:
    assert needed(REQUIRED, ADA)
    assert not needed(Policy(), ADA)
    machine = Policy(automation=frozenset({EVE}))
    assert needed(machine, EVE)
    assert not needed(machine, ADA)
    assert not needed(machine, None)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([a_busy_house, a_quiet_house]), random_operation,
       st.sampled_from([ADA, BOB, EVE, KIM, SAM]))
def test_who_may_approve_and_who_may_act_are_one_law(
    house: Any, operation: Operation, who: Email
) -> None:
    world = house().world
    person = world.member(who)
    if person is None:
        return
    refused = any(RULE_BY_ID[f.rule].topic is Topic.AUTHORITY
                  for f in judge(world, operation, actor=person, now=NOW))
    own = operation.subject == who and operation.kind in ("join", "login", "request-access")
    assert permits(world, operation, person) is (not refused and not own)
