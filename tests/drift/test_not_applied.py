"""What is declared and not applied: due by time or merged, never what only waits for somebody."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.desired.load import load
from reconciler.desired.policy import load_with_policy
from reconciler.drift.not_applied import NotApplied, watch
from reconciler.drift.report import DriftReport
from reconciler.model.operations import (
    AddToGroup,
    CreateGroup,
    Join,
    Login,
    RemoveMember,
    RemoveProjectRole,
    SetProjectRole,
)
from reconciler.model.roles import Role
from reconciler.planning.policy import Terms
from reconciler.reports.view import View
from reconciler.reports.watch_view import watch_view
from tests.planning.house import House, email, keys

KIM_IN = "  kim@acme.example: {projects: {web: viewer}}\n"
PEOPLE = f"""
members:
  ada@acme.example: {{role: admin}}
{KIM_IN}\
  sam@acme.example: {{projects: {{web: manager}}, default_project: web}}
"""
CHANGE = PEOPLE + "email_changes: [{from: kim@acme.example, to: kim@new.example}]\n"
UNMANAGED = "manage: {members: additive}\n" + PEOPLE.replace(KIM_IN, "")
"""Kim is there, and no business of the files."""
KIM, SAM = email("kim"), email("sam")


@pytest.fixture
def house(tmp_path: Path) -> House:
    """acme, as its files declare it, with everybody there."""
    return House(tmp_path).is_live(PEOPLE, joined="kim sam")


def watched(house: House) -> tuple[DriftReport, NotApplied]:
    state, policy = load_with_policy(load, house.path)
    with house.store.reader("acme") as reader:
        return watch(state, reader, now=house.now, terms=Terms(declared=policy))


def left(house: House) -> dict[str, str]:
    """What is not applied, people by their short names, and what made it so."""
    _, pending = watched(house)
    return {x.change.key.replace("@acme.example", ""): str(x.since) for x in pending.left}


def waiting(house: House) -> list[str]:
    return [w.key.replace("@acme.example", "") for w in watched(house)[1].waiting]


def view(house: House) -> View:
    return watch_view(*watched(house))


def test_what_was_merged_and_never_applied_is_told(house: House) -> None:
    house.declares(PEOPLE.replace("web: viewer", "web: member"))
    assert left(house) == {"set-project-role:kim:web": "merged"}
    assert view(house).title == "Not applied in acme"


def test_where_everything_is_applied_nothing_is_told(house: House) -> None:
    report, pending = watched(house)
    assert not report.found
    assert pending.number == 0
    assert view(house).title == "Drift of acme"


def test_an_end_that_has_passed_is_due_and_not_the_day_before(house: House) -> None:
    house.declares(PEOPLE.replace("{web: viewer}", "{web: {role: viewer, until: 2026-03-05}}"))
    house.apply()
    assert left(house.later(4)) == {}
    assert left(house.later(1)) == {"remove-project-role:kim:web": "due"}


def test_an_invitation_that_expired_is_due_until_it_was_sent_as_often_as_it_may_be(
    house: House,
) -> None:
    house.declares(PEOPLE + "  eve@acme.example: {}\n").apply()
    for _ in range(2):
        assert left(house) == {}
        assert left(house.later(31)) == {"resend-invitation:eve": "due"}
        house.does(Login(email("ada"))).apply()
    assert left(house.later(31)) == {}
    assert waiting(house) == ["resend-invitation:eve"]


def test_a_change_of_address_is_merged_then_waits_and_is_due_when_the_new_one_has_joined(
    house: House,
) -> None:
    house.has_content("kim", "web").declares(CHANGE)
    assert left(house) == {"invite:kim@new.example": "merged"}
    house.apply()
    assert left(house) == {}
    assert waiting(house) == ["transfer-content:kim", "remove-member:kim"]
    aside, = view(house).asides
    assert [line.text for line in aside.lines] == [
        "transfer content waits for kim@new.example: kim@new.example has not joined yet; since "
        "2026-03-01"]
    house.later(3).does(Join(email("kim@new.example")))
    assert left(house) == {"transfer-content:kim": "due", "remove-member:kim": "due"}


def test_a_policy_that_was_merged_and_never_applied_is_told(house: House) -> None:
    house.policy("min_admins: 1\nprotected_members: [ada@acme.example]\n")
    assert left(house) == {"set-policy:policy": "merged"}
    # Nobody can have changed a policy by hand: it is no matter of the report of drift.
    assert watched(house)[0].items == ()


def test_drift_is_told_as_drift_alone(house: House) -> None:
    house.does(SetProjectRole(KIM, "web", Role.ADMIN))
    report, pending = watched(house)
    assert [i.selector for i in report.items] == ["kim@acme.example/project/web"]
    assert pending.number == 0
    assert not view(house).others


def test_what_was_changed_both_by_hand_and_in_the_files_is_told_once_as_a_conflict(
    house: House,
) -> None:
    house.does(SetProjectRole(KIM, "web", Role.ADMIN))
    house.declares(PEOPLE.replace("web: viewer", "web: member"))
    report, pending = watched(house)
    assert [str(i.kind) for i in report.items] == ["conflict"]
    assert pending.number == 0


def test_drift_and_what_is_not_applied_stand_beside_each_other(house: House) -> None:
    house.does(SetProjectRole(KIM, "ios", Role.VIEWER))
    house.declares(PEOPLE.replace("web: viewer", "web: member"))
    made = view(house)
    assert made.title == "Drift of acme"
    assert made.conclusion == "Drift: 1 changed by hand. Not applied: 1 change (1 merged)."
    assert [s.heading for s in (*made.sections, *made.others)] == ["Access given by hand",
                                                                  "Not applied"]


def test_what_a_change_brings_along_is_told_with_it(house: House) -> None:
    house.declares("groups: {analysts: {projects: {ios: viewer}}}\n" + PEOPLE.replace(
        "{web: viewer}", "{web: viewer}, groups: [analysts]")).apply()
    house.declares(UNMANAGED)
    # Kim leaves the group before it is deleted, though nothing else of Kim is managed.
    assert keys(house.plan()) == ["remove-from-group:kim:analysts", "delete-group:group:analysts"]
    assert left(house) == dict.fromkeys(keys(house.plan()), "merged")


def test_what_taking_drift_back_brings_along_is_not_told_as_not_applied(house: House) -> None:
    house.declares(UNMANAGED).apply()
    house.does(CreateGroup("analysts", "")).does(AddToGroup(KIM, "analysts"))
    house.declares(UNMANAGED.replace("web: manager", "web: member"))
    assert set(keys(house.plan())) == {"remove-from-group:kim:analysts",
                                       "delete-group:group:analysts", "set-project-role:sam:web"}
    assert left(house) == {"set-project-role:sam:web": "merged"}


def test_what_a_rule_refuses_is_told_with_what_refuses_it(house: House) -> None:
    """Nothing of a plan is applied as long as a rule refuses a part of it."""
    house.policy("protected_members: [kim@acme.example]\n").apply()
    house.declares(PEOPLE.replace(KIM_IN, "").replace("web: manager", "web: member"))
    _, pending = watched(house)
    assert left(house) == {"set-project-role:sam:web": "merged"}
    assert [(s.subject, s.text, str(s.since)) for s in pending.stopped] == [
        (KIM, "remove member (in the live store, and not declared)", "merged")]
    made = view(house)
    assert made.conclusion == (
        "No drift. acme is as the last run left it. Not applied: 2 changes (2 merged). Nothing "
        "can be applied: 1 problem refuses it.")
    assert [f.rule for f in made.errors] == ["L03"]


def test_files_that_no_plan_can_be_made_of_are_told_though_no_change_stands_for_it(
    house: House,
) -> None:
    house.declares(
        PEOPLE + "content_transfers: [{from: sue@acme.example, to: sam@acme.example}]\n")
    _, pending = watched(house)
    assert (pending.left, pending.stopped, pending.number) == ((), (), 1)
    assert view(house).conclusion.endswith("Nothing can be applied: 1 problem refuses it.")


def test_somebody_removed_by_hand_is_no_merge_that_was_not_applied(house: House) -> None:
    house.does(RemoveMember(KIM))
    report, pending = watched(house)
    assert [str(i.kind) for i in report.items] == ["vanished"]
    assert pending.number == 0


def test_the_same_state_is_told_in_the_same_words_on_another_day(house: House) -> None:
    house.declares(CHANGE).apply()
    house.declares(CHANGE.replace("web: viewer", "ios: viewer"))
    first = view(house)
    assert first.others
    assert first.asides
    later = view(house.later(3))
    for name in ("title", "scope", "conclusion", "facts", "asides", "reasons", "errors",
                 "warnings", "next_step"):
        assert getattr(later, name) == getattr(first, name), name


def test_without_any_run_everything_that_differs_is_not_applied(tmp_path: Path) -> None:
    house = House(tmp_path).declares(PEOPLE)
    assert left(house) == dict.fromkeys(keys(house.plan()), "merged")
    house.apply()
    assert left(house) == {}


def test_a_role_taken_by_hand_is_drift_with_the_default_that_went_with_it(house: House) -> None:
    house.does(RemoveProjectRole(SAM, "web"))
    report, pending = watched(house)
    assert report.found
    assert pending.number == 0
