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
from reconciler.reports.approvals import approvals_lines
from reconciler.reports.paint import plain
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


def test_beside_an_author_who_is_no_member_another_one_is_asked_for(house: House) -> None:
    found = held(house, a_change(house, LI_READS_WEB), "bob", author="adda")
    assert not found.sufficient
    assert how_to_complete(found) == (
        "the author adda@acme.example is no member of acme, so that nobody is known to be somebody "
        "else: name a member as --author: who merged it, where its author has left")


def test_whoever_could_approve_and_has_not_joined_is_to_join_first(tmp_path: Path) -> None:
    two = people("""\
members:
  ada: {role: admin}
  bob: {role: admin}
  rob: {role: admin}
  li: {}
""")
    house = House(tmp_path).is_live(two, joined="li").policy(
        "approvals: {required: true, automation: [rob@acme.example]}\n")
    found = held(house, house.plan(), author="ada")
    assert (short(found.ask), short(found.invited)) == ([], ["bob"])
    assert how_to_complete(found) == (
        "nobody could approve set policy (policy): bob@acme.example has to join first")
    # Bob cannot approve what is about bob.
    about_bob = house.declares(two.replace("bob@acme.example: {role: admin}",
                                           "bob@acme.example: {}")).plan()
    asked = held(house, about_bob, author="ada")
    assert asked.invited == ()
    assert how_to_complete(asked).endswith("make one more person admin first")


@pytest.mark.parametrize(("author", "says"), [
    ("cy", "ask ada@acme.example, or bob@acme.example"),
    ("li", "ask ada@acme.example, or one of bob@acme.example, cy@acme.example"),
])
def test_one_wording_says_what_is_missing_and_whom_to_ask(
    house: House, author: str, says: str
) -> None:
    plan = a_change(house)
    with pytest.raises(Unapproved) as raised:
        apply_plan(plan, house.store, actor=email("ada"), now=house.now,
                   approvals=Approvals(author=email(author)))
    assert raised.value.what == "1 of 1 change is not approved (L11); nothing was written"
    assert raised.value.how == says
    found = held(house, plan, author=author)
    assert list(approvals_lines(plan, found, plain))[-1] == (
        f"Not approved: 1 of 1 change is not approved; {says}.")


def test_an_approver_who_covers_nothing_is_told_why(house: House) -> None:
    approved(house, a_change(house))
    web = a_change(house, LI_READS_WEB)
    assert held(house, web, "kim", author="bob").objections == {
        email("kim"): "may make none of it"}
    assert held(house, web, "sam", author="bob").objections == {}
    steps_back = a_change(house, CY_STEPS_BACK)
    assert held(house, steps_back, "cy").objections == {email("cy"): "is whom it concerns"}
    kim_and_li = a_change(house, LI_READS_WEB, ("kim@acme.example: {projects: {ios: manager}}",
                                                "kim@acme.example: {projects: {ios: member}}"))
    assert held(house, kim_and_li, "kim").objections == {
        email("kim"): "may make none of what does not concern them"}
    with pytest.raises(Unapproved) as raised:
        approved(house, web, "kim", author="bob")
    assert "the approval of kim@acme.example does not count: kim@acme.example may make none of it" \
        in [f.what for f in raised.value.findings]


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
