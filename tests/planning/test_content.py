"""No content loses its owner in a run unless somebody chose it: receivers who go, and removals
whose transfer a part of a plan could leave behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.operations import Invite, Join
from reconciler.model.organization import Access
from reconciler.model.roles import Role
from reconciler.model.values import frozen_map
from reconciler.planning.plan import Cause, Plan
from tests.planning.house import House, email, keys, rules

ADA = """
    members:
      ada@acme.example: {role: admin}
"""
BO = "      bo@acme.example: {projects: {web: viewer}}\n"
BO_ENDS = "      bo@acme.example: {projects: {web: viewer}, until: 2026-03-10}\n"
KIM = "      kim@acme.example: {projects: {web: viewer, ios: viewer}}\n"
ADDITIVE = "    manage: {members: additive}\n"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def said(plan: Plan, rule: str) -> list[str]:
    return [f.what.replace("@acme.example", "") for f in plan.findings if f.rule == rule]


BO_LEAVES = ["bo, who is to receive content, leaves as well"]


def test_who_leaves_receives_nothing_where_the_file_only_adds_people(house: House) -> None:
    house.is_live(ADA + BO + KIM, joined="bo kim").has_content("kim", "web")
    house.declares(ADDITIVE + ADA + """
    departures:
      kim@acme.example: {transfer_content_to: bo@acme.example}
      bo@acme.example: {transfer_content_to: ada@acme.example}
    """)
    assert said(house.plan(), "R30") == BO_LEAVES


def test_the_default_receiver_receives_nothing_in_the_plan_that_their_end_removes_them_in(
    house: House,
) -> None:
    house.is_live(ADA + BO_ENDS + KIM, joined="bo kim").has_content("kim", "web")
    house.policy("removals: {default_receiver: bo@acme.example}\n").apply()
    house.later(15).declares(ADA + BO_ENDS)
    assert said(house.plan(), "R30") == BO_LEAVES


def test_whom_a_bulk_transfer_names_receives_nothing_in_the_plan_that_removes_them(
    house: House,
) -> None:
    house.is_live(ADA + BO_ENDS + KIM, joined="bo kim").has_content("kim", "web").later(15)
    house.declares(ADDITIVE + ADA + BO_ENDS + KIM + """
    content_transfers: [{from: kim@acme.example, to: bo@acme.example}]
    """)
    assert said(house.plan(), "R30") == BO_LEAVES


def test_the_default_receiver_receives_with_their_new_address(house: House) -> None:
    change = "    email_changes: [{from: bo@acme.example, to: bo@new.example}]\n"
    house.is_live(ADA + BO + KIM, joined="bo kim").has_content("kim", "web")
    house.policy("removals: {default_receiver: bo@acme.example}\n")
    house.declares(ADA + BO + KIM + change).apply()
    house.does(Join(email("bo@new.example"))).declares(ADA + BO + change).apply()
    assert house.member("bo") is None
    assert house.content_of("bo@new.example") == ["kim-web-0"]


def test_the_receiver_of_a_departure_receives_with_their_new_address(house: House) -> None:
    change = "    email_changes: [{from: bo@acme.example, to: bo@new.example}]\n"
    house.is_live(ADA + BO + KIM, joined="bo kim").has_content("kim", "web")
    house.declares(ADA + BO + KIM + change).apply()
    house.does(Join(email("bo@new.example"))).declares(ADA + BO + change + """
    departures: {kim@acme.example: {transfer_content_to: bo@acme.example}}
    """).apply()
    assert house.content_of("bo@new.example") == ["kim-web-0"]


def test_a_removal_waits_for_a_declared_transfer_even_where_the_rest_is_left(
    house: House,
) -> None:
    house.is_live(ADA + BO + KIM, joined="kim").has_content("kim", "web").has_content("kim", "ios")
    plan = house.declares(ADA + BO + """
    departures: {kim@acme.example: {leave_content: unassigned}}
    content_transfers: [{from: kim@acme.example, to: bo@acme.example, project: web}]
    """).plan()
    assert keys(plan) == []
    assert [w.waits_for for w in plan.waiting] == ["bo@acme.example", "bo@acme.example"]
    house.does(Join(email("bo"))).apply()
    assert house.content_of("bo") == ["kim-web-0"]
    assert house.content_of(None) == ["kim-ios-0"]


def test_only_what_no_declared_transfer_moves_asks_for_a_decision(house: House) -> None:
    transfer = """
    content_transfers: [{from: kim@acme.example, to: ada@acme.example, project: web}]
    """
    house.is_live(ADA + KIM, joined="kim").has_content("kim", "web", 2).has_content("kim", "ios")
    plan = house.declares(ADA + transfer).plan()
    assert said(plan, "R33") == ["removing kim would orphan 1 content item (ios: 1 chart)"]
    whole = house.declares(ADA + transfer.replace(", project: web", "")).plan()
    assert rules(whole) == []
    house.apply(whole)
    assert len(house.content_of("ada")) == 3


def test_undoing_drift_alone_moves_the_content_of_whom_it_removes(house: House) -> None:
    house.is_live(ADA)
    house.does(Invite(email("eve"), Access(role=Role.USER,
                                           projects=frozen_map({"web": Role.VIEWER}))))
    house.does(Join(email("eve"))).has_content("eve", "web").declares(ADA + """
    departures: {eve@acme.example: {transfer_content_to: ada@acme.example}}
    """)
    plan = house.plan(only=(Cause.DRIFT,))
    assert keys(plan) == ["transfer-content:eve", "remove-member:eve"]
    house.apply(plan)
    assert house.content_of("ada") == ["eve-web-0"]


def test_a_removal_that_is_refused_for_something_else_asks_for_its_decision_too(
    house: House,
) -> None:
    body = ADA + "      bo@acme.example: {role: admin}\n"
    house.is_live(body, joined="bo").has_content("ada", "web")
    house.policy("protected_members: [ada@acme.example]\n").apply()
    house.declares(body.replace("      ada@acme.example: {role: admin}\n", ""))
    assert rules(house.plan(by="bo")) == ["L03", "R33"]
