"""Who approved a plan, whether that is enough, and whom to ask for the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.applying.apply import apply_plan
from reconciler.applying.approvals import Coverage, coverage, how_to_complete, new_since
from reconciler.model.approvals import Approvals
from reconciler.model.email import Email
from reconciler.model.errors import Stale, Unapproved
from reconciler.model.operations import SetProjectRole, SetTeam
from reconciler.model.roles import Role
from reconciler.planning.plan import Plan
from tests.planning.house import House, email, keys

PEOPLE = """\
members:
  ada: {role: admin}
  bob: {role: admin}
  cy: {role: admin}
  sam: {projects: {web: manager}}
  kim: {projects: {ios: manager}}
  li: {}
"""


def people(text: str) -> str:
    """Short names as the addresses they are."""
    return "".join(
        f"  {line.split(':', 1)[0].strip()}@acme.example:{line.split(':', 1)[1]}\n"
        if line.startswith("  ") else f"{line}\n" for line in text.splitlines())


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Three admins, sam manages web, kim manages ios, li is anybody; approvals are required."""
    return (House(tmp_path).is_live(people(PEOPLE), joined="bob cy sam kim li")
            .policy("approvals: {required: true}\n"))


def held(
    house: House, plan: Plan, *approvers: str, author: str | None = "li"
) -> Coverage:
    given = Approvals(author=email(author) if author else None,
                      approvers=frozenset(map(email, approvers)))
    with house.store.reader("acme") as reader:
        return coverage(plan, reader, given, actor=email("ada"), now=house.now)


def short(people_: tuple[Email, ...]) -> list[str]:
    return [p.partition("@")[0] for p in people_]


def a_change(house: House, *edits: tuple[str, str]) -> Plan:
    text = people(PEOPLE)
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    return house.declares(text).plan()


LI_READS_WEB = ("li@acme.example: {}", "li@acme.example: {projects: {web: viewer}}")
LI_READS_BOTH = ("li@acme.example: {}", "li@acme.example: {projects: {web: viewer, ios: viewer}}")
CY_STEPS_BACK = ("cy@acme.example: {role: admin}", "cy@acme.example: {}")


def test_the_policy_and_every_change_are_to_be_approved(house: House) -> None:
    plan = a_change(house, LI_READS_WEB)
    assert keys(plan) == ["set-policy:policy", "set-project-role:li:web"]
    found = held(house, plan, "sam")
    assert (found.required, found.sufficient) == (True, False)
    assert [m.change.key for m in found.missing] == ["set-policy:policy"]
    assert short(found.covered["set-project-role:li@acme.example:web"]) == ["sam"]
    assert (short(found.ask), short(found.instead)) == (["ada"], ["bob", "cy"])
    assert held(house, plan, "bob").sufficient


def test_the_fewest_people_are_asked(house: House) -> None:
    approved(house, a_change(house))  # the policy itself
    web = a_change(house, LI_READS_WEB)
    assert short(held(house, web, author="ada").ask) == ["bob"]
    assert short(held(house, web, author="ada").instead) == ["cy", "sam"]
    both = a_change(house, LI_READS_BOTH)
    assert short(held(house, both, author="ada").instead) == ["cy"]
    # Each admin can cover all but what concerns them: two are needed, and managers do not help.
    three = a_change(house, LI_READS_WEB, CY_STEPS_BACK,
                     ("bob@acme.example: {role: admin}", "bob@acme.example: {}"))
    asked = held(house, three, author="ada")
    assert short(asked.ask) == ["bob", "cy"]
    assert asked.instead == ()


def test_what_nobody_could_approve_is_said(house: House) -> None:
    approved(house, a_change(house))
    approved(house, a_change(house, CY_STEPS_BACK), "bob")
    plan = a_change(house, CY_STEPS_BACK, (
        "bob@acme.example: {role: admin}",
        "bob@acme.example: {role: admin, projects: {web: viewer}}"))
    found = held(house, plan, author="ada")
    assert [c.key for c in found.nobody] == ["set-project-role:bob@acme.example:web"]
    with pytest.raises(Unapproved, match="not approved") as raised:
        approved(house, plan, "bob", author="ada")
    assert "make one more person admin" in raised.value.how


def test_where_two_admins_are_left_somebody_else_may_propose_what_concerns_one_of_them(
    house: House
) -> None:
    approved(house, a_change(house))
    approved(house, a_change(house, CY_STEPS_BACK), "bob")
    about_bob = ("bob@acme.example: {role: admin}",
                 "bob@acme.example: {role: admin, projects: {web: viewer}}")
    plan = a_change(house, CY_STEPS_BACK, about_bob)
    way = how_to_complete(held(house, plan, author="ada"))
    assert way == ("nobody could approve set project role (bob@acme.example): have it proposed by "
                   "somebody else than ada@acme.example, or make one more person admin first")
    assert held(house, plan, "ada", author="li").sufficient
    # It does not help where it concerns both of them.
    octo = "{role: admin, accounts: {github: octo}}"
    approved(house, a_change(house, CY_STEPS_BACK, (
        "ada@acme.example: {role: admin}", f"ada@acme.example: {octo}")), "bob")
    hands_on = a_change(house, CY_STEPS_BACK, (
        "bob@acme.example: {role: admin}", f"bob@acme.example: {octo}"))
    way = how_to_complete(held(house, hands_on, author="ada"))
    assert way == ("nobody could approve set account (bob@acme.example): make one more person "
                   "admin first")


def approved(
    house: House, plan: Plan, *approvers: str, author: str = "li"
) -> None:
    given = Approvals(author=email(author), approvers=frozenset(map(email, approvers or ("bob",))))
    apply_plan(plan, house.store, actor=email("ada"), now=house.now, approvals=given,
               confirmed=frozenset({"transfers"}))


def test_apply_asks_again_and_the_history_keeps_who_approved(house: House) -> None:
    plan = a_change(house, LI_READS_WEB)
    with pytest.raises(Unapproved) as raised:
        apply_plan(plan, house.store, actor=email("ada"), now=house.now)
    assert {f.rule for f in raised.value.findings} == {"L11"}
    approved(house, plan, "bob", "kim")
    run, = (r for r in house.store.runs("acme") if r.plan_digest == plan.digest)
    # kim approved too, and may approve none of it.
    assert (run.author, run.approvers) == (email("li"), (email("bob"),))


def test_a_new_address_of_an_approver_is_approved_by_somebody_else(house: House) -> None:
    approved(house, a_change(house))
    text = people(PEOPLE) + "email_changes: [{from: bob@acme.example, to: bob@new.example}]\n"
    plan = house.declares(text).plan()
    assert keys(plan) == ["invite:bob@new.example"]
    assert not held(house, plan, "bob").sufficient
    assert short(held(house, plan, "bob").ask) == ["ada"]
    with pytest.raises(Unapproved):
        approved(house, plan, "bob")
    approved(house, plan, "cy")


def test_a_plan_without_changes_needs_nobody(house: House) -> None:
    approved(house, a_change(house))
    house.apply(house.plan())


def test_a_store_that_moved_is_told_as_such(house: House) -> None:
    approved(house, a_change(house))
    plan = a_change(house, LI_READS_WEB)
    house.does(SetProjectRole(email("li"), "web", Role.MEMBER))
    with pytest.raises(Stale):
        held(house, plan, "sam")
    with pytest.raises(Stale, match="by ada@acme"):
        approved(house, plan, "sam")


def test_an_approval_holds_for_a_plan_that_has_no_more_than_the_approved_one(house: House) -> None:
    approved(house, a_change(house))
    both = a_change(house, LI_READS_BOTH)
    web = a_change(house, LI_READS_WEB)
    assert new_since(both, web) == ()
    assert [c.key for c in new_since(web, both)] == ["set-project-role:li@acme.example:ios"]
    other = a_change(house, ("li@acme.example: {}", "li@acme.example: {projects: {web: admin}}"))
    assert new_since(web, other) == other.changes


def test_an_approval_falls_where_the_store_moved_under_it(house: House) -> None:
    approved(house, a_change(house))
    before = a_change(house, LI_READS_WEB)
    house.does(SetProjectRole(email("li"), "web", Role.MEMBER))
    after = house.plan()
    assert new_since(before, after) == after.changes
    house.does(SetTeam(email("kim"), None))
    assert new_since(after, house.plan()) == ()
