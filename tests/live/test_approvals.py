"""L11 in the store itself: whoever calls it, and whatever a plan says of itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.live.ports import RunInfo, Step
from reconciler.model.approvals import NO_APPROVALS, Approvals
from reconciler.model.errors import ReconcilerError, Refused, Stale, Unapproved
from reconciler.model.operations import (
    AddToGroup,
    CreateGroup,
    Invite,
    Operation,
    SetPolicy,
    SetProjectRole,
    SetRole,
)
from reconciler.model.policy import BUILT_IN, Policy
from reconciler.model.roles import Role
from tests.domain import ADA, BOB, KIM, SAM, access, email
from tests.live.living import Live

REQUIRED = Policy(approvals_required=True)
ROBOT = email("ci")
BY_BOB = Approvals(author=KIM, approvers=frozenset({BOB}))


@pytest.fixture
def house(live: Live) -> Live:
    """ada, bob and ci are admins, sam manages web, kim is anybody."""
    live.admin("bob").admin("ci").member("sam", web="manager").member("kim")
    return live


def run(
    live: Live, *operations: Operation, by: str = "ada", approvals: Approvals = NO_APPROVALS
) -> None:
    number = len(live.store.runs("acme")) + 1
    info = RunInfo(id=f"r{number}", plan_digest=f"plan-{number}", desired_digest="d", commit=None,
                   summary={}, approvals=approvals)
    live.performs(*(Step(operation=o) for o in operations), by=by, run=info)


def refusal(
    live: Live, *operations: Operation, by: str = "ada", approvals: Approvals = NO_APPROVALS
) -> ReconcilerError:
    before = live.everything()
    with pytest.raises(ReconcilerError) as raised:
        run(live, *operations, by=by, approvals=approvals)
    assert live.everything() == before, "a refusal wrote something"
    return raised.value


GIVES_KIM_WEB = SetProjectRole(KIM, "web", Role.VIEWER)
MAKES_KIM_ADMIN = SetRole(KIM, Role.ADMIN)


def test_a_store_takes_no_approval_beside_an_author_who_is_no_member(house: Live) -> None:
    run(house, SetPolicy(REQUIRED), approvals=BY_BOB)
    refused = refusal(house, GIVES_KIM_WEB, approvals=Approvals(
        author=email("adda"), approvers=frozenset({BOB})))
    assert isinstance(refused, Unapproved)
    run(house, GIVES_KIM_WEB, approvals=BY_BOB)


def test_under_a_policy_that_requires_it_nothing_runs_unapproved(house: Live) -> None:
    run(house, SetPolicy(REQUIRED), approvals=BY_BOB)
    missing = refusal(house, GIVES_KIM_WEB, MAKES_KIM_ADMIN)
    assert isinstance(missing, Unapproved)
    assert [(f.rule, f.subject) for f in missing.findings] == [("L11", KIM), ("L11", KIM)]
    partly = refusal(house, GIVES_KIM_WEB, MAKES_KIM_ADMIN, approvals=Approvals(
        author=BOB, approvers=frozenset({SAM})))
    assert [f.what for f in partly.findings] == [
        f"set role ({KIM}) is approved by nobody who may make it"]
    run(house, GIVES_KIM_WEB, MAKES_KIM_ADMIN, approvals=Approvals(
        author=SAM, approvers=frozenset({BOB})))
    assert house.known("kim").role is Role.ADMIN


def test_the_run_that_first_requires_approvals_is_held_to_them(house: Live) -> None:
    assert isinstance(refusal(house, SetPolicy(REQUIRED), GIVES_KIM_WEB), Unapproved)
    run(house, SetPolicy(REQUIRED), GIVES_KIM_WEB, approvals=Approvals(
        author=SAM, approvers=frozenset({ADA})))


def test_a_run_that_stops_requiring_approvals_needs_them_still(house: Live) -> None:
    run(house, SetPolicy(REQUIRED), approvals=BY_BOB)
    assert isinstance(refusal(house, SetPolicy(BUILT_IN), GIVES_KIM_WEB), Unapproved)
    run(house, SetPolicy(BUILT_IN), approvals=BY_BOB)
    run(house, GIVES_KIM_WEB)


def test_a_machine_does_no_more_than_people_approved_and_than_it_may_itself(house: Live) -> None:
    run(house, SetPolicy(Policy(automation=frozenset({ROBOT}))))
    run(house, GIVES_KIM_WEB)  # ada is no machine
    house.does(SetRole(ROBOT, Role.USER), SetProjectRole(ROBOT, "web", Role.MANAGER))
    by_sam = Approvals(author=KIM, approvers=frozenset({SAM}))
    to_member = SetProjectRole(SAM, "mobile", Role.MEMBER)
    assert isinstance(refusal(house, SetProjectRole(KIM, "web", Role.MEMBER), by="ci"), Unapproved)
    # The machine manages web alone, whoever approved; and sam approves for web alone.
    beyond = refusal(house, to_member, by="ci", approvals=BY_BOB)
    assert isinstance(beyond, Refused)
    assert {f.rule for f in beyond.findings} == {"R13"}
    house.does(SetRole(ROBOT, Role.ADMIN))
    assert isinstance(refusal(house, to_member, by="ci", approvals=by_sam), Unapproved)
    run(house, to_member, by="ci", approvals=BY_BOB)


def test_a_machine_cannot_approve_for_itself(house: Live) -> None:
    run(house, SetPolicy(Policy(automation=frozenset({ROBOT}))))
    own = Approvals(author=KIM, approvers=frozenset({ROBOT}))
    assert isinstance(refusal(house, GIVES_KIM_WEB, by="ci", approvals=own), Unapproved)


def test_an_approver_is_who_they_were_before_the_run(house: Live) -> None:
    run(house, SetPolicy(REQUIRED), approvals=BY_BOB)
    by_sam = Approvals(author=KIM, approvers=frozenset({SAM, BOB}))
    launders = (SetRole(SAM, Role.ADMIN), SetRole(BOB, Role.USER))
    findings = refusal(house, *launders, approvals=by_sam).findings
    assert [(f.rule, f.subject) for f in findings] == [("L11", BOB)]


def test_the_store_knows_whose_new_address_it_is(house: Live) -> None:
    run(house, SetPolicy(REQUIRED), approvals=BY_BOB)
    new = email("bob@new.example")
    info = RunInfo(id="r7", plan_digest="plan-7", desired_digest="d", commit=None,
                   approvals=BY_BOB, summary={"intents": [
                       {"kind": "email-change", "subject": BOB, "target": new}]})
    step = Step(operation=Invite(new, access("admin")))
    with pytest.raises(Unapproved):
        house.performs(step, run=info)
    house.performs(step, run=replace(info, approvals=Approvals(
        author=KIM, approvers=frozenset({ADA}))))


def test_what_people_do_by_hand_needs_no_approval(house: Live) -> None:
    run(house, SetPolicy(REQUIRED), approvals=BY_BOB)
    house.does(GIVES_KIM_WEB)
    assert house.known("kim").projects == {"web": Role.VIEWER}


def test_other_rules_come_first(house: Live) -> None:
    run(house, SetPolicy(REQUIRED), approvals=BY_BOB)
    wrong = refusal(house, AddToGroup(KIM, "nowhere"), GIVES_KIM_WEB)
    assert isinstance(wrong, Refused)
    assert {f.rule for f in wrong.findings} == {"R02", "L11"}


def test_a_stale_step_is_told_as_stale_and_not_as_unapproved(house: Live) -> None:
    run(house, SetPolicy(REQUIRED), approvals=BY_BOB)
    info = RunInfo(id="r9", plan_digest="plan-9", desired_digest="d", commit=None, summary={})
    step = Step(operation=CreateGroup("ops"), precondition={"group": {"projects": {}}})
    with pytest.raises(Stale):
        house.performs(step, run=replace(info))
