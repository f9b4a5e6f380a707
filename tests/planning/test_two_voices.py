"""Where two parts of the files speak of the same content or person: one has its way, or both are
told; nothing is dropped in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.errors import InvalidInput, ReconcilerError, Refused
from reconciler.model.operations import Join, MigrateDomain, RemoveMember, TransferContent
from tests.planning.house import HEAD, House, email, keys, rules

PEOPLE = """\
    members:
      ada@acme.example: {role: admin}
      bob@acme.example: {projects: {web: manager}}
      cyd@acme.example: {projects: {web: manager}}
      dia@acme.example: {projects: {web: manager}}
"""
STAYING = PEOPLE.replace("      bob@acme.example: {projects: {web: manager}}\n", "")
TO_DIA = "    content_transfers: [{from: bob@acme.example, to: dia@acme.example}]\n"


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path).is_live(PEOPLE, joined="bob cyd dia")
    return house.has_content("bob", "web", 2)


def refusal(house: House, body: str) -> list[str]:
    with pytest.raises(ReconcilerError) as refused:
        house.declares(body).plan()
    return [str(f) for f in refused.value.findings]


def test_a_departure_and_a_transfer_to_different_people_are_refused(house: House) -> None:
    leaves = "    departures: {bob@acme.example: {transfer_content_to: cyd@acme.example}}\n"
    (said,) = refusal(house, STAYING + leaves + TO_DIA)
    assert "F20 all content of bob@acme.example goes to cyd@acme.example" in said
    assert house.declares(STAYING + leaves + TO_DIA.replace("dia", "cyd")).plan().applyable


def test_an_explicit_transfer_comes_before_the_default_receiver(house: House) -> None:
    house.policy("removals: {default_receiver: cyd@acme.example}\n").declares(STAYING + TO_DIA)
    house.apply()
    assert len(house.content_of("dia")) == 2
    assert house.member("bob") is None


def test_a_change_of_address_and_a_transfer_to_somebody_else_are_refused(house: House) -> None:
    changes = "    email_changes: [{from: bob@acme.example, to: new@acme.example}]\n"
    (said,) = refusal(house, PEOPLE + changes + TO_DIA)
    assert "all their content goes to new@acme.example" in said


def test_two_addresses_of_one_person_are_not_declared_differently(house: House) -> None:
    changes = "    email_changes: [{from: bob@acme.example, to: new@acme.example}]\n"
    both = PEOPLE + "      new@acme.example: {projects: {web: viewer}}\n" + changes
    (said,) = refusal(house, both)
    assert "both declared, with different access" in said
    assert house.declares(both.replace("viewer", "manager")).plan().applyable


@pytest.mark.parametrize("section", [
    "email_changes: [{from: unassigned, to: bob@acme.example}]",
    "email_changes: [{from: bob@acme.example, to: unassigned}]",
    "content_transfers: [{from: bob@acme.example, to: unassigned}]",
])
def test_unassigned_is_no_address_but_for_the_source_of_content(
    house: House, section: str
) -> None:
    (said,) = refusal(house, PEOPLE + f"    {section}\n")
    assert "R01 'unassigned' is no email address" in said


def test_an_empty_default_receiver_is_no_address(house: House) -> None:
    house.policy('removals: {default_receiver: ""}\n')
    with pytest.raises((InvalidInput, Refused)) as refused:
        house.plan()
    assert "R01" in str(refused.value.findings[0])


def test_a_migration_that_never_was_is_not_told_as_done(house: House) -> None:
    plan = house.declares(
        PEOPLE + "    domain_migration: {from: acme.exmple, to: acme.example}\n").plan()
    assert rules(plan) == ["R50"]
    (finding,) = plan.findings
    assert finding.how == "did you mean acme.example?"


def test_a_migration_taken_out_too_early_removes_nobody(house: House) -> None:
    house.does(MigrateDomain("acme.example", "new.example", accept_loss=True))
    plan = house.declares(PEOPLE).plan(by="ada@new.example")
    assert "R50" in rules(plan)
    said = next(f for f in plan.findings if f.rule == "R50")
    assert "would be removed and invited anew" in said.what
    assert "rename-domain PATH acme.example new.example" in said.how
    renamed = house.declares(PEOPLE.replace("@acme", "@new")).plan(by="ada@new.example")
    assert keys(renamed) == []
    assert email("ada") == "ada@acme.example"


def test_what_has_ended_is_not_carried_to_a_new_address(tmp_path: Path) -> None:
    head = HEAD + "manage: {project_roles: additive, groups: additive}\n"
    house = House(tmp_path).declares("""\
        members:
          ada@acme.example: {role: admin}
          li@acme.example: {projects: {web: viewer, ios: viewer}}
        """, head)
    house.apply()
    house.does(Join(email("li"))).declares("""\
        members:
          ada@acme.example: {role: admin}
          new@acme.example: {projects: {ios: {role: viewer, until: 2026-02-01}}}
        email_changes: [{from: li@acme.example, to: new@acme.example}]
        """, head)
    house.apply()
    new = house.member("new")
    assert new is not None
    assert dict(new.projects) == {"web": "viewer"}
    assert house.plan().empty


def test_a_change_of_address_that_was_done_stays_done_when_they_have_left_since(
    house: House
) -> None:
    changing = PEOPLE.replace("bob@", "new@") + (
        "    email_changes: [{from: bob@acme.example, to: new@acme.example}]\n")
    house.declares(changing).apply()
    house.does(Join(email("new"))).apply()
    assert house.member("bob") is None
    gone = STAYING + "    email_changes: [{from: bob@acme.example, to: new@acme.example}]\n"
    leaves = gone + "    departures: {cyd@acme.example: {leave_content: unassigned}}\n"
    house.has_content("ada", "web", 1)
    house.does(TransferContent(email("new"), email("ada"))).does(RemoveMember(email("new")))
    plan = house.declares(leaves.replace("      cyd@acme.example: {projects: {web: manager}}\n",
                                         "      new@acme.example: {}\n")).plan()
    assert rules(plan) == []
    assert "bob@acme.example" in {n.subject for n in plan.notes if n.code == "done"}


def test_a_group_goes_with_those_who_leave_it_though_one_of_them_goes_later(
    tmp_path: Path
) -> None:
    people = "    members:\n      ada@acme.example: {role: admin}\n      li@acme.example: "
    house = House(tmp_path).is_live(
        "    groups: {crew: {}}\n" + people + "{groups: [crew]}\n", joined="li")
    house.declares(people + "{}\n    email_changes: "
                   "[{from: li@acme.example, to: new@acme.example}]\n")
    assert "delete-group:group:crew" in keys(house.plan())


def test_the_address_of_somebody_who_has_left_does_not_change(house: House) -> None:
    house.declares(STAYING + "    departures: {bob@acme.example: {leave_content: unassigned}}\n")
    house.apply()
    plan = house.declares(STAYING + "      new@acme.example: {}\n    email_changes: "
                          "[{from: bob@acme.example, to: new@acme.example}]\n").plan()
    assert rules(plan) == []
    assert any("does not change" in note.text for note in plan.notes)
