"""Intents that progress over several runs: ends, changes of address, requests, transfers."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.operations import Join, Login, RemoveMember, RequestAccess, Resend
from reconciler.planning.plan import Plan, Reason
from reconciler.reports.plan_view import view_of
from tests.planning.house import House, email, keys, rules

PEOPLE = """
members:
  ada@acme.example: {role: admin}
  kim@acme.example: {projects: {web: manager}}
"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def notes(plan: Plan, code: str) -> list[str]:
    return [n.subject.replace("@acme.example", "") for n in plan.notes if n.code == code]


def waits(plan: Plan) -> list[str]:
    return [w.key.replace("@acme.example", "") for w in plan.waiting]


def step(plan: Plan) -> tuple[int, str]:
    (intent,) = plan.intents
    return intent.step, intent.doing.replace("@acme.example", "")


# --- until ------------------------------------------------------------------------------------


def until(day: str) -> str:
    return f"""
    groups: {{readers: {{projects: {{ios: viewer}}}}}}
    members:
      ada@acme.example: {{role: admin}}
      kim@acme.example:
        projects: {{web: {{role: viewer, until: {day}, reason: Audit}}}}
        groups: [{{group: readers, until: {day}}}]
        default_project: web
    """


def test_a_grant_holds_on_its_last_day(house: House) -> None:
    house.is_live(until("2026-03-01"))
    plan = house.plan()
    assert keys(plan) == []
    assert notes(plan, "ends") == ["kim", "kim"]


def test_the_day_after_a_grant_is_taken_away_and_its_lines_can_then_be_deleted(
    house: House,
) -> None:
    house.is_live(until("2026-03-01"), joined="kim").later(1)
    plan = house.plan()
    assert {(c.key.replace("@acme.example", ""), c.reason) for c in plan.changes} == {
        ("remove-project-role:kim:web", Reason.ENDED), ("remove-from-group:kim:readers",
                                                        Reason.ENDED)}
    assert plan.applyable
    house.apply(plan)
    again = house.plan()
    assert keys(again) == []
    assert notes(again, "ended") == ["kim", "kim"]


def test_an_end_more_than_thirty_days_away_is_not_listed_yet(house: House) -> None:
    house.is_live(until("2026-04-01"))
    assert notes(house.plan(), "ends") == []
    assert notes(house.later(1).plan(), "ends") == ["kim", "kim"]


def test_a_member_whose_end_has_passed_leaves_and_their_content_goes_where_it_was_said(
    house: House,
) -> None:
    house.is_live("""
    members:
      ada@acme.example: {role: admin}
      kim@acme.example: {until: 2026-03-01, projects: {web: member}}
    departures:
      kim@acme.example: {transfer_content_to: ada@acme.example}
    """, joined="kim")
    house.has_content("kim", "web")
    assert house.plan().empty
    house.later(1)
    plan = house.plan()
    assert keys(plan) == ["transfer-content:kim", "remove-member:kim"]
    house.apply(plan)
    assert house.member("kim") is None
    assert house.content_of("ada") == ["kim-web-0"]
    assert house.plan().empty


def test_somebody_whose_end_passed_before_they_were_invited_is_not_invited(house: House) -> None:
    house.declares("""
    members:
      ada@acme.example: {role: admin}
      kim@acme.example: {until: 2026-02-01}
    """)
    plan = house.plan()
    assert "invite:kim" not in keys(plan)
    assert notes(plan, "ended") == ["kim"]


def test_an_end_takes_away_even_where_the_file_only_adds(house: House) -> None:
    body = "manage: {members: additive, project_roles: additive, groups: additive}\n"
    house.is_live(body + until("2026-03-01").replace("\n    ", "\n")).later(1)
    assert keys(house.plan()) == ["remove-project-role:kim:web", "remove-from-group:kim:readers"]


def test_a_role_of_a_group_ends_for_everybody_in_it(house: House) -> None:
    house.is_live("""
    groups: {readers: {projects: {ios: viewer, web: {role: viewer, until: 2026-03-01}}}}
    members:
      ada@acme.example: {role: admin}
      kim@acme.example: {groups: [readers], default_project: web}
    """).later(1)
    plan = house.plan()
    assert keys(plan) == ["remove-group-role:group:readers:web"]
    assert plan.applyable
    house.apply(plan)
    assert house.plan().empty


# --- invitations ------------------------------------------------------------------------------


def test_an_invitation_is_sent_again_when_it_expires_and_then_left_to_a_person(
    house: House,
) -> None:
    house.is_live(PEOPLE)
    assert keys(house.later(29).plan()) == []
    for sends in (2, 3):
        house.later(30)
        plan = house.plan()
        assert keys(plan) == ["resend-invitation:kim"]
        house.apply(plan)
        member = house.member("kim")
        assert member is not None
        assert member.invitations_sent == sends
        assert house.plan().empty
    house.later(30)
    plan = house.plan()
    assert plan.empty
    assert waits(plan) == ["resend-invitation:kim"]


def test_access_of_a_pending_member_is_corrected_like_anybodys(house: House) -> None:
    house.is_live(PEOPLE)
    house.declares(PEOPLE.replace("web: manager", "web: viewer"))
    assert keys(house.plan()) == ["set-project-role:kim:web"]


def test_an_expired_invitation_that_is_not_desired_any_more_is_revoked(house: House) -> None:
    house.is_live(PEOPLE).later(40)
    house.declares("members: {ada@acme.example: {role: admin}}\n")
    assert keys(house.plan()) == ["revoke-invitation:kim"]


# --- access requests --------------------------------------------------------------------------


def test_a_request_waits_until_the_file_decides(house: House) -> None:
    house.is_live(PEOPLE).does(RequestAccess(email("li")))
    assert notes(house.plan(), "undecided") == ["li"]
    house.declares(PEOPLE + "  li@acme.example: {}\n")
    assert keys(house.plan()) == ["approve-request:li"]
    house.declares(PEOPLE + "access_requests: {deny: [li@acme.example]}\n")
    plan = house.plan()
    assert keys(plan) == ["deny-request:li"]
    house.apply(plan)
    assert house.member("li") is None
    assert notes(house.plan(), "done") == ["li"]


# --- changes of address -----------------------------------------------------------------------

CHANGE = """
email_changes:
  - {from: kim@acme.example, to: kim@new.example}
"""
RENAMED = PEOPLE.replace("kim@acme.example", "kim@new.example")


@pytest.mark.parametrize("people", [PEOPLE, RENAMED], ids=["keyed by the old address",
                                                           "keyed by the new address"])
def test_an_address_changes_in_four_steps_and_none_is_done_twice(
    house: House, people: str
) -> None:
    house.is_live(PEOPLE, joined="kim").has_content("kim", "web", 2)
    house.declares(people + CHANGE)
    first = house.plan()
    assert keys(first) == ["invite:kim@new.example"]
    assert step(first) == (1, "this plan invites kim@new.example")
    assert waits(first) == ["transfer-content:kim", "remove-member:kim"]
    assert house.apply(first).waiting == 2
    house.later(3)
    second = house.plan()
    assert second.empty
    assert step(second) == (2, "waiting for kim@new.example to join")
    assert str(second.intents[0].since) == "2026-03-01"
    new = house.member("kim@new.example")
    assert new is not None
    assert dict(new.projects) == {"web": "manager"}
    house.does(Join(email("kim@new.example")))
    third = house.plan()
    assert keys(third) == ["transfer-content:kim", "remove-member:kim"]
    assert step(third)[0] == 3
    house.apply(third)
    assert house.member("kim") is None
    assert house.content_of("kim@new.example") == ["kim-web-0", "kim-web-1"]
    last = house.plan()
    assert last.empty
    assert notes(last, "done") == ["kim"]
    assert notes(last, "rename") == (["kim"] if people is PEOPLE else [])


def test_the_new_address_gets_everything_that_the_old_one_has(house: House) -> None:
    house.is_live("""
    team_spaces: {growth: {name: Growth}}
    teams: [Data]
    groups: {readers: {projects: {ios: viewer}}}
    members:
      ada@acme.example: {role: admin}
      kim@acme.example:
        name: Kim
        team: Data
        groups: [readers]
        projects: {web: manager}
        default_project: web
        team_spaces: [growth]
    """, joined="kim")
    body = """
    groups: {readers: {projects: {ios: viewer}}}
    members:
      ada@acme.example: {role: admin}
      kim@acme.example: {groups: [readers], projects: {web: manager}}
    email_changes: [{from: kim@acme.example, to: kim@new.example}]
    """
    house.declares(body).apply()
    old, new = house.member("kim"), house.member("kim@new.example")
    assert old is not None
    assert new is not None
    for field in ("role", "projects", "groups", "spaces", "team", "default_project", "name"):
        assert getattr(new, field) == getattr(old, field), field


def test_a_receiver_who_has_not_logged_in_for_a_month_is_waited_for(house: House) -> None:
    house.is_live(PEOPLE, joined="kim").has_content("kim", "web")
    house.declares(PEOPLE + CHANGE).apply()
    house.does(Join(email("kim@new.example"))).later(31)
    plan = house.plan()
    assert plan.applyable
    assert plan.empty
    assert step(plan)[0] == 3
    house.does(Login(email("kim@new.example")))
    assert keys(house.plan()) == ["transfer-content:kim", "remove-member:kim"]


def test_a_change_that_is_withdrawn_leaves_the_old_address_as_it_was(house: House) -> None:
    house.is_live(PEOPLE, joined="kim").has_content("kim", "web")
    house.declares(PEOPLE + CHANGE).apply()
    house.declares(PEOPLE)
    plan = house.plan()
    assert keys(plan) == ["revoke-invitation:kim@new.example"]
    assert notes(plan, "withdrawn") == ["kim"]
    house.apply(plan)
    assert house.content_of("kim") == ["kim-web-0"]
    assert house.plan().empty


def test_without_content_too_the_old_address_stays_until_the_new_one_has_joined(
    house: House,
) -> None:
    house.is_live(PEOPLE, joined="kim").declares(PEOPLE + CHANGE)
    first = house.plan()
    assert keys(first) == ["invite:kim@new.example"]
    assert waits(first) == ["remove-member:kim"]
    house.apply(first)
    second = house.later(40).plan()
    assert keys(second) == ["resend-invitation:kim@new.example"]
    assert waits(second) == ["remove-member:kim"]
    house.does(Join(email("kim@new.example")))
    assert keys(house.plan()) == ["remove-member:kim"]


def test_while_the_change_waits_both_addresses_follow_the_file(house: House) -> None:
    house.is_live(PEOPLE, joined="kim").declares(PEOPLE + CHANGE).apply()
    house.declares(PEOPLE.replace("web: manager", "web: viewer") + CHANGE)
    plan = house.plan()
    assert sorted(keys(plan)) == ["set-project-role:kim:web",
                                  "set-project-role:kim@new.example:web"]
    house.apply(plan)
    assert house.plan().empty


def test_an_address_nobody_has_is_refused_with_the_nearest(house: House) -> None:
    house.is_live(PEOPLE)
    house.declares(RENAMED + CHANGE.replace("from: kim", "from: kym"))
    plan = house.plan()
    assert rules(plan) == ["R02"]
    (finding,) = [f for f in plan.findings if f.rule == "R02"]
    assert "kim@acme.example" in finding.how


def test_the_only_admin_can_change_their_address_with_somebody_elses_help(house: House) -> None:
    house.is_live("members: {ada@acme.example: {role: admin}, bo@acme.example: {role: admin}}",
                  joined="bo")
    house.declares("""
    members: {ada@acme.example: {role: admin}, bo@acme.example: {role: admin}}
    email_changes: [{from: ada@acme.example, to: ada@new.example}]
    """).apply(by="bo")
    house.does(Join(email("ada@new.example")))
    assert keys(house.plan(by="bo")) == ["remove-member:ada"]
    assert rules(house.plan(by="ada")) == ["R15"]
    assert house.plan(by="ada@new.example").applyable


# --- transfers --------------------------------------------------------------------------------


def test_declared_content_is_transferred_once_by_kind_and_project(house: House) -> None:
    people = PEOPLE.replace("{web: manager}", "{web: manager, ios: viewer}")
    house.is_live(people, joined="kim").has_content("kim", "web").has_content("kim", "ios")
    house.declares(people + """
content_transfers:
  - {from: kim@acme.example, to: ada@acme.example, project: web, kinds: [chart]}
""")
    plan = house.plan()
    assert keys(plan) == ["transfer-content:kim:ada:chart:web"]
    assert plan.changes[0].before == {"content": {"web": {"chart": 1}}}
    house.apply(plan)
    assert house.content_of("kim") == ["kim-ios-0"]
    assert house.content_of("ada") == ["kim-web-0"]
    again = house.plan()
    assert again.empty
    assert notes(again, "done") == ["kim"]


def test_content_that_a_removal_leaves_is_given_away_in_the_same_plan(house: House) -> None:
    house.is_live(PEOPLE, joined="kim").has_content("kim", "web")
    house.declares("""
    members: {ada@acme.example: {role: admin}}
    departures: {kim@acme.example: {leave_content: unassigned}}
    content_transfers: [{from: unassigned, to: ada@acme.example}]
    """)
    house.apply()
    assert house.plan().empty
    assert house.content_of("ada") == ["kim-web-0"]


GRANTS = """
members:
  ada@acme.example: {role: admin}
  bo@acme.example: {}
departures:
  kim@acme.example: {transfer_content_to: bo@acme.example, grant_receiver: GRANT}
"""


def test_a_receiver_without_a_role_is_refused_with_the_lines_to_add(house: House) -> None:
    house.is_live(PEOPLE + "  bo@acme.example: {}\n", joined="kim bo").has_content("kim", "web")
    plan = house.declares(GRANTS.replace("GRANT", "false")).plan()
    assert rules(plan) == ["R32"]
    (finding,) = [f for f in plan.findings if f.rule == "R32"]
    assert "projects: {web: viewer}" in finding.how


def test_grant_receiver_gives_the_missing_role_before_the_transfer_and_it_stays(
    house: House,
) -> None:
    house.is_live(PEOPLE + "  bo@acme.example: {}\n", joined="kim bo").has_content("kim", "web")
    plan = house.declares(GRANTS.replace("GRANT", "true")).plan()
    assert keys(plan) == ["set-project-role:bo:web", "transfer-content:kim", "remove-member:kim"]
    house.apply(plan)
    again = house.plan()
    assert again.empty
    assert notes(again, "kept") == ["bo"]


def test_sending_again_by_hand_counts(house: House) -> None:
    house.is_live(PEOPLE).later(20).does(Resend(email("kim"))).later(20)
    assert house.plan().empty


# --- what is told of what did not go as planned -------------------------------------------------


def texts(plan: Plan, code: str) -> list[str]:
    return [n.text.replace("@acme.example", "") for n in plan.notes if n.code == code]


def test_a_withdrawal_says_who_goes_and_is_told_once(house: House) -> None:
    house.is_live(PEOPLE, joined="kim").declares(PEOPLE + CHANGE).apply()
    house.declares(PEOPLE)
    assert texts(house.plan(), "withdrawn") == [
        "the change of kim to kim@new.example was withdrawn: kim keeps everything, and "
        "kim@new.example, who is invited, is not declared and goes"]
    house.declares(RENAMED)
    plan = house.plan()
    assert keys(plan) == ["remove-member:kim"]
    assert texts(plan, "withdrawn") == [
        "the change of kim to kim@new.example was withdrawn: kim is not declared and goes, and "
        "kim@new.example stays as a member of their own"]
    for _ in range(4):  # in whatever order the names of runs come that share a moment
        house.declares(PEOPLE + CHANGE).apply()
        house.declares(PEOPLE).apply()
        assert texts(house.plan(), "withdrawn") == []


def test_an_old_address_that_was_removed_by_hand_has_not_changed(house: House) -> None:
    house.is_live(PEOPLE, joined="kim").declares(PEOPLE + CHANGE).apply()
    house.does(RemoveMember(email("kim")))
    (told,) = texts(house.plan(), "done")
    assert told.startswith("kim was removed before kim@new.example has joined")
    house.does(Join(email("kim@new.example")))
    (told,) = texts(house.plan(), "done")
    assert told.startswith("the address of kim has changed to kim@new.example")


def test_a_departure_of_somebody_who_never_was_there_is_told_with_the_nearest(
    house: House,
) -> None:
    body = "manage: {members: additive}\n" + PEOPLE
    house.is_live(body, joined="kim")
    leaves = "departures: {WHO@acme.example: {leave_content: unassigned}}\n"
    without_kim = body.rpartition("  kim")[0]
    plan = house.declares(without_kim + leaves.replace("WHO", "kym")).plan()
    (warning,) = plan.findings
    assert (warning.rule, str(warning.severity), warning.subject) == (
        "R02", "warning", "kym@acme.example")
    assert "kim@acme.example" in warning.how
    assert notes(plan, "done") == []
    house.declares(without_kim + leaves.replace("WHO", "kim")).apply()
    assert notes(house.plan(), "done") == ["kim"]


def test_what_a_change_of_address_waits_for_besides_is_said(house: House) -> None:
    body = """
    members:
      ada@acme.example: {role: admin}
      new@acme.example: {role: admin}
      kim@acme.example: {role: admin}
    """
    house.is_live(body, joined="kim").policy("min_admins: 2\n").apply()
    body = body.replace("kim@acme.example: {role: admin}", "kim@new.example: {}") + CHANGE.replace(
        "\n", "\n    ")
    house.declares(body).apply()
    house.does(Join(email("kim@new.example")))
    plan = house.plan()
    assert [(w.key, w.waits_for) for w in plan.waiting] == [
        ("remove-member:kim@acme.example", "new@acme.example")]
    (aside,) = [a for a in view_of(plan).asides if a.key == "waiting"]
    assert [line.subject for line in aside.lines] == ["kim@acme.example"]
