"""Reverting a run: what it did is taken back, what moved since is left, what lasts is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model import elements
from reconciler.model.elements import Elements
from reconciler.model.errors import Stale
from reconciler.model.operations import (
    AddToGroup,
    Join,
    RemoveMember,
    SetGroupRole,
    SetProjectRole,
    SetRole,
)
from reconciler.model.roles import Role
from reconciler.planning.plan import Plan
from reconciler.planning.policy import NO_TERMS
from reconciler.planning.reverting import Content, make_revert
from tests.planning.house import House, email, keys, rules

PEOPLE = """\
    groups:
      analysts: {description: Read, projects: {web: member}}
    members:
      ada@acme.example: {role: admin}
      bob@acme.example: {role: admin}
      sam@acme.example: {name: Sam, projects: {web: viewer}, default_project: web}
      kim@acme.example: {groups: [analysts]}
"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path).is_live(PEOPLE, joined="bob sam kim").later(1)


def reverting(house: House, *, by: str = "ada", content: Content | None = None) -> Plan:
    run = house.store.runs("acme")[-1]
    with house.store.reader("acme") as reader:
        return make_revert(run, reader, actor=email(by), now=house.now,
                           content=content or Content(), terms=NO_TERMS)


def snapshot(house: House) -> Elements:
    with house.store.reader("acme") as reader:
        made = elements.of_frame(reader.frame())
        for member in reader.members(reader.emails()).values():
            made |= elements.of_member(member)
        return made


CHANGES = {
    "a project role": PEOPLE.replace("web: viewer", "web: manager"),
    "an organization role": PEOPLE.replace("{groups: [analysts]}",
                                           "{role: admin, groups: [analysts]}"),
    "a group's role": PEOPLE.replace("web: member", "web: admin"),
    "a description": PEOPLE.replace("Read", "Write"),
    "a deleted group": PEOPLE.replace(
        "    groups:\n      analysts: {description: Read, projects: {web: member}}\n", ""
    ).replace("{groups: [analysts]}", "{}"),
    "a new group": PEOPLE.replace("    members:", "      crew: {projects: {ios: viewer}}\n"
                                  "    members:").replace("[analysts]", "[analysts, crew]"),
    "names and defaults": PEOPLE.replace("name: Sam", "name: Samuel").replace(
        "default_project: web", "default_project: null"),
    "somebody invited": PEOPLE + "      eve@acme.example: {projects: {ios: admin}}\n",
    "a role taken away": PEOPLE.replace(", projects: {web: viewer}, default_project: web",
                                        ", default_project: null"),
}


@pytest.mark.parametrize("body", CHANGES.values(), ids=CHANGES)
def test_reverting_a_run_takes_back_what_it_did(house: House, body: str) -> None:
    before = snapshot(house)
    house.declares(body).apply()
    assert snapshot(house) != before
    plan = reverting(house)
    assert rules(plan) == []
    house.later(1).apply(plan)
    assert snapshot(house) == before
    again = reverting(house)
    house.later(1).apply(again)
    assert house.plan().empty, "reverting the revert does it again"


def test_somebody_removed_is_invited_again_with_what_they_had(house: House) -> None:
    house.declares(PEOPLE.replace(
        "      sam@acme.example: {name: Sam, projects: {web: viewer}, default_project: web}\n", ""))
    house.apply()
    plan = reverting(house)
    assert keys(plan) == ["invite:sam"]
    assert "must join again" in next(n.text for n in plan.notes if n.code == "lasting")
    house.apply(plan)
    sam = house.member("sam")
    assert sam is not None
    assert (dict(sam.projects), sam.default_project, sam.name) == ({"web": "viewer"}, "web", "Sam")


def test_what_somebody_changed_since_is_left_alone_and_told(house: House) -> None:
    house.declares(PEOPLE.replace("web: viewer", "web: manager")).apply()
    house.later(1).does(SetProjectRole(email("sam"), "web", Role.ADMIN), by="bob")
    plan = reverting(house)
    assert plan.empty
    assert next(n.text for n in plan.notes if n.code == "moved-since") == (
        "role on web was changed since by bob@acme.example on 2026-03-03 12:00 UTC "
        "(set project role) and is left as it is")


def test_what_is_as_before_already_asks_for_nothing(house: House) -> None:
    house.declares(PEOPLE.replace("web: viewer", "web: manager")).apply()
    house.does(SetProjectRole(email("sam"), "web", Role.VIEWER), by="bob")
    assert [n.code for n in reverting(house).notes] == ["reverts"]


def test_content_of_somebody_let_in_needs_a_decision(house: House) -> None:
    house.declares(PEOPLE + "      eve@acme.example: {projects: {web: member}}\n").apply()
    house.does(Join(email("eve"))).has_content("eve", "web")
    house.does(SetProjectRole(email("sam"), "web", Role.VIEWER))
    assert "R33" in rules(reverting(house))
    plan = reverting(house, content=Content(receiver=email("sam")))
    assert keys(plan) == ["transfer-content:eve", "remove-member:eve"]
    house.apply(plan)
    assert len(house.content_of("sam")) == 1


def test_a_transfer_lasts_and_is_told(house: House) -> None:
    house.has_content("kim", "web")
    house.declares(PEOPLE.replace("      kim@acme.example: {groups: [analysts]}\n", "")
                   + "    departures: "
                     "{kim@acme.example: {transfer_content_to: sam@acme.example}}\n")
    house.apply()
    told = [n.text for n in reverting(house).notes if n.code == "lasting"]
    assert any("that went to sam@acme.example stays there" in text for text in told)


def test_the_rules_hold_a_revert_like_any_plan(house: House) -> None:
    house.declares(PEOPLE.replace("{groups: [analysts]}", "{role: admin, groups: [analysts]}"))
    house.apply()
    for other in ("ada", "bob"):
        house.does(SetRole(email(other), Role.USER), by="kim")
    plan = reverting(house, by="kim")
    assert {"R15", "R20"} & set(rules(plan))


def test_a_revert_is_stale_when_what_it_changes_has_moved(house: House) -> None:
    house.declares(PEOPLE.replace("web: viewer", "web: manager")).apply()
    plan = reverting(house)
    house.does(RemoveMember(email("sam")), by="bob")
    with pytest.raises(Stale):
        house.apply(plan)


def test_an_invitation_that_was_sent_lasts_and_is_told(house: House) -> None:
    house.declares(PEOPLE + "      eve@acme.example: {}\n").apply()
    plan = reverting(house)
    assert keys(plan) == ["revoke-invitation:eve"]
    assert [n.text for n in plan.notes if n.code == "lasting"] == [
        "the invitation that was sent to eve@acme.example cannot be called back"]


def test_what_was_given_since_to_what_goes_as_a_whole_is_told(house: House) -> None:
    house.declares(PEOPLE.replace("    members:", "      crew: {projects: {ios: viewer}}\n"
                                  "    members:") + "      eve@acme.example: {}\n").apply()
    house.later(1)
    for edit in (AddToGroup(email("kim"), "crew"), SetGroupRole("crew", "web", Role.MEMBER),
                 SetRole(email("eve"), Role.ADMIN)):
        house.does(edit, by="bob")
    told = {(n.subject, n.text.replace(" since by bob@acme.example on 2026-03-03 12:00 UTC", ""))
            for n in reverting(house).notes if n.code == "goes-too"}
    assert told == {
        ("kim@acme.example", "group crew was changed (add to group) and goes with crew"),
        ("group:crew", "role on web was changed (set group role) and goes with crew"),
        ("eve@acme.example", "role was changed (set role) and goes with eve@acme.example")}
