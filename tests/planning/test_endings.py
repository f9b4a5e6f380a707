"""Ends (`until`) and what hangs on them: an end is never an error, and nothing outlives it."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.operations import Join
from reconciler.planning.plan import Plan
from tests.planning.house import House, email, keys, rules

ADA = """
members:
  ada@acme.example: {role: admin}
"""
CHANGE = "email_changes: [{from: kim@acme.example, to: kim@new.example}]\n"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def notes(plan: Plan, code: str) -> list[str]:
    return [n.text.replace("@acme.example", "") for n in plan.notes if n.code == code]


# --- what ends soon ---------------------------------------------------------------------------


def test_what_ends_is_listed_by_day_and_says_which_role_on_which_project(house: House) -> None:
    house.is_live("""
    groups: {readers: {projects: {ios: {role: viewer, until: 2026-03-05}}}}
    """ + ADA.replace("\n", "\n    ") + """
      bo@acme.example: {until: 2026-03-20}
      kim@acme.example:
        until: 2026-03-21
        projects:
          web: {role: manager, until: 2026-03-10, reason: Audit}
          ios: {role: member, until: 2026-03-04}
        groups: [{group: readers, until: 2026-03-02}]
    """)
    assert notes(house.plan(), "ends") == [
        "kim is in group readers until 2026-03-02",
        "kim is member of ios until 2026-03-04",
        "group readers is viewer of ios until 2026-03-05",
        "kim is manager of web until 2026-03-10 (Audit)",
        "bo is a member until 2026-03-20",
        "kim is a member until 2026-03-21",
    ]


# --- the last admin ---------------------------------------------------------------------------

ADMINS = """
members:
  ada@acme.example: {role: admin, until: 2026-03-05}
  bo@acme.example: {role: admin, until: 2026-04-20}
"""


def test_the_last_admins_end_is_told_a_month_before_and_when_it_has_come(house: House) -> None:
    house.is_live(ADMINS, joined="bo").later(10)
    house.apply(by="bo")
    assert [f.rule for f in house.plan(by="bo").findings] == []
    plan = house.later(10).plan(by="bo")
    (warning,) = plan.findings
    assert (warning.rule, str(warning.severity), str(warning.location)) == (
        "R20", "warning", "org.yaml:9")
    assert plan.applyable
    (refusal,) = house.later(31).plan(by="bo").findings
    assert (refusal.rule, str(refusal.severity), str(refusal.location)) == (
        "R20", "error", "org.yaml:9")
    assert "bo@acme.example was, until 2026-04-20" in refusal.what


def test_an_admin_who_stays_lets_the_others_end(house: House) -> None:
    house.is_live(ADMINS.replace(", until: 2026-04-20", ""), joined="bo").later(10)
    plan = house.plan(by="bo")
    assert keys(plan) == ["remove-member:ada"]
    assert plan.findings == ()


# --- receivers who end ------------------------------------------------------------------------

PEOPLE = ADA + """\
  bo@acme.example: {until: 2026-03-10, projects: {web: viewer}}
  kim@acme.example: {projects: {web: viewer}}
"""
BO_LEAVES = "  bo@acme.example: {transfer_content_to: ada@acme.example}\n"


def test_a_departure_that_is_over_stays_valid_when_its_receiver_ends(house: House) -> None:
    house.is_live(PEOPLE, joined="bo kim").has_content("kim", "web")
    house.declares(PEOPLE.rpartition("  kim")[0] + "departures:\n" + BO_LEAVES +
                   "  kim@acme.example: {transfer_content_to: bo@acme.example}\n")
    house.apply()
    plan = house.later(15).plan()
    assert rules(plan) == []
    assert keys(plan) == ["transfer-content:bo", "remove-member:bo"]
    house.apply(plan)
    again = house.plan()
    assert (again.empty, rules(again)) == (True, [])
    assert house.content_of("ada") == ["kim-web-0"]


def test_a_bulk_transfer_that_is_over_stays_valid_when_its_receiver_ends(house: House) -> None:
    house.is_live(PEOPLE, joined="bo kim").has_content("kim", "web")
    house.declares(PEOPLE + "departures:\n" + BO_LEAVES + """\
content_transfers: [{from: kim@acme.example, to: bo@acme.example}]
""")
    house.apply()
    assert house.content_of("bo") == ["kim-web-0"]
    house.later(15).apply()
    assert house.member("bo") is None
    again = house.plan()
    assert (again.empty, rules(again)) == (True, [])


def test_a_transfer_that_is_still_to_be_made_is_refused_when_its_receiver_has_ended(
    house: House,
) -> None:
    house.is_live(PEOPLE, joined="bo kim").has_content("kim", "web").later(15)
    house.apply(house.plan())
    house.declares(PEOPLE.rpartition("  kim")[0] +
                   "departures: {kim@acme.example: {transfer_content_to: bo@acme.example}}\n")
    assert rules(house.plan()) == ["R30"]


# --- whose address changes meanwhile ----------------------------------------------------------


@pytest.mark.parametrize("key", ["kim@acme.example", "kim@new.example"])
@pytest.mark.parametrize("joined", [False, True], ids=["invited", "joined"])
@pytest.mark.parametrize("head", ["", "manage: {members: additive}\n"],
                         ids=["authoritative", "additive"])
def test_an_end_ends_both_addresses_of_whoever_changes_theirs(
    house: House, key: str, joined: bool, head: str
) -> None:
    def declared(who: str) -> str:
        return head + ADA + f"  {who}: {{until: 2026-03-10, projects: {{web: viewer}}}}\n"

    house.is_live(declared("kim@acme.example"), joined="kim")
    house.declares(declared(key) + CHANGE).apply()
    if joined:
        house.does(Join(email("kim@new.example")))
    plan = house.later(12).plan()
    assert keys(plan) == ["remove-member:kim",
                          f"{'remove-member' if joined else 'revoke-invitation'}:kim@new.example"]
    assert notes(plan, "ended") == [], "it has not ended as long as something is left to do"
    house.apply(plan)
    again = house.plan()
    assert again.empty
    assert len(notes(again, "ended")) == 1


KIM_ENDS = "  kim@acme.example: {until: 2026-03-10, projects: {web: viewer}}\n"
DECIDED = "departures: {kim@acme.example: {transfer_content_to: ada@acme.example}}\n"


@pytest.mark.parametrize("head", ["", "manage: {members: additive}\n"],
                         ids=["authoritative", "additive"])
@pytest.mark.parametrize("until_it_is_done", [False, True], ids=["half-way", "when it is done"])
def test_where_content_goes_in_the_end_is_said_of_whoever_changes_their_address(
    house: House, head: str, until_it_is_done: bool
) -> None:
    house.is_live(head + ADA + KIM_ENDS, joined="kim").has_content("kim", "web")
    house.declares(head + ADA + KIM_ENDS + CHANGE + DECIDED).apply()
    house.does(Join(email("kim@new.example")))
    if until_it_is_done:
        house.apply()
        assert house.content_of("kim@new.example") == ["kim-web-0"]
        assert notes(house.plan(), "done") == [
            "the address of kim has changed to kim@new.example; the entry under email_changes "
            "can be deleted"], "the departure is still to come"
    house.later(12).apply()
    assert house.content_of("ada") == ["kim-web-0"]
    assert house.member("kim") is None
    assert house.member("kim@new.example") is None
    again = house.plan()
    assert (again.empty, rules(again)) == (True, [])
