"""L01, L02, L06 to L08: how much one run may do, counted on the whole of it."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.operations import (
    AddToGroup,
    ChangeSetting,
    Invite,
    Operation,
    RemoveGroupRole,
    RemoveMember,
    Resend,
    Revoke,
    SetProjectRole,
    SetRole,
)
from reconciler.model.perform import perform
from reconciler.model.policy import BUILT_IN, Limit, Policy, limits_of
from reconciler.model.roles import Role
from reconciler.model.world import World
from reconciler.rules.limits import Tally, Whole, judge_limits, tally
from tests.domain import BOB, KIM, NOW, SAM, Org, access, an_org, email


def a_run(policy: Policy = BUILT_IN, *, members: int = 100, joined: int = 90, content: int = 1000,
          allowed: dict[str, tuple[int, str]] | None = None, **counts: Any) -> list[str]:
    """What the limits say to a run that does so much, as `RULE: what`."""
    first = [SAM, *(email(f"p{n}") for n in range(100))]
    counts["demoted"] = frozenset(first[:counts.pop("demotions", 0)])
    found = judge_limits(Whole(
        policy=policy, tally=Tally(**counts), members=members, joined=joined,
        content=lambda: content, allowances=allowed or {}))
    return [f.rule for f in found]


def limited(name: str, count: int | None = None, percent: int | None = None) -> Policy:
    return Policy(limits=limits_of([(name, Limit(count=count, percent=percent))]))


def test_no_run_removes_everybody_whatever_the_policy_says() -> None:
    loose = limited("removals", percent=100)
    assert a_run(loose, removed=90, removals=90) == ["L01"]
    assert a_run(loose, removed=89, removals=100) == []
    everything = {"removals": (90, "Closing down")}
    assert "L01" in a_run(removed=90, removals=90, allowed=everything)


@pytest.mark.parametrize(("rule", "name"), [
    ("L02", "removals"), ("L06", "demotions"), ("L07", "invitations"),
    ("L08", "content_unassigned"),
])
def test_a_run_does_as_much_as_each_limit_allows_and_no_more(rule: str, name: str) -> None:
    policy = limited(name, count=3)
    three: dict[str, Any] = {name: 3}
    four: dict[str, Any] = {name: 4}
    assert a_run(policy, **three) == []
    assert a_run(policy, **four) == [rule]
    assert a_run(limited(name, count=3, percent=2), **three) == (
        [] if name == "content_unassigned" else [rule])


def test_a_share_of_content_is_of_all_content() -> None:
    policy = limited("content_unassigned", percent=1)
    assert a_run(policy, content=500, content_unassigned=5) == []
    assert a_run(policy, content=500, content_unassigned=6) == ["L08"]


def test_content_is_counted_only_where_a_share_of_it_is_asked_for() -> None:
    def never() -> int:
        raise AssertionError("nobody asked")

    for policy, many in ((BUILT_IN, 5), (limited("content_unassigned", percent=1), 0)):
        assert judge_limits(Whole(policy=policy, tally=Tally(content_unassigned=many), members=9,
                                  joined=9, content=never)) == []


def test_without_a_policy_a_quarter_may_be_removed_and_at_least_five() -> None:
    assert a_run(removals=25) == []
    assert a_run(removals=26) == ["L02"]
    assert a_run(members=8, joined=8, removals=5) == []
    assert a_run(members=8, joined=8, removals=6) == ["L02"]
    assert a_run(demotions=100, invitations=100, content_unassigned=100) == []


def test_a_limit_is_exceeded_by_exactly_the_number_that_is_named() -> None:
    for count, said in ((34, []), (33, ["L02"]), (35, ["L02"])):
        assert a_run(removals=34, allowed={"removals": (count, "Merger")}) == said


def test_a_limit_that_is_not_exceeded_cannot_be_allowed() -> None:
    assert a_run(removals=3, allowed={"removals": (3, "Merger")}) == ["L10"]
    assert a_run(demotions=3, allowed={"demotions": (3, "Merger")}) == ["L10"]


def test_the_finding_says_which_flag_would_allow_it() -> None:
    (finding,) = judge_limits(Whole(policy=BUILT_IN, tally=Tally(removals=34), members=100,
                                    joined=90, content=int))
    assert "--allow removals=34 --reason TEXT" in finding.how
    assert finding.what == ("the plan removes 34 of 100 members, and one run may remove 25 (25 %, "
                            "at least 5)")


# --- counting ------------------------------------------------------------------------------------

def counted(org: Org, *operations: Operation) -> Tally:
    """What a run of these operations does."""
    before = World(org.world_frame(), org.stored)
    for operation in operations:
        perform(org.world, operation, NOW)
    return tally(operations, before, org.world)


def a_house() -> Org:
    return (an_org().admin("ada").admin("bob").member("sam", web="manager").pending("kim")
            .group("writers", members=["sam"], mobile="member")
            .content("c1", owner="sam").content("c2", owner="sam").content("c3", owner=None))


def test_members_and_invitations_that_go_are_removals() -> None:
    made = counted(a_house(), RemoveMember(SAM), Revoke(KIM))
    assert (made.removed, made.removals) == (1, 2)


def test_first_and_repeated_invitations_are_invitations() -> None:
    made = counted(a_house(), Invite(email("new"), access()), Resend(KIM))
    assert made.invitations == 2


def test_content_of_who_is_removed_is_left_without_an_owner() -> None:
    assert counted(a_house(), RemoveMember(SAM)).content_unassigned == 2
    assert counted(a_house(), RemoveMember(BOB)).content_unassigned == 0


@pytest.mark.parametrize("operation", [
    SetRole(BOB, Role.USER), SetProjectRole(SAM, "web", Role.VIEWER),
], ids=lambda o: o.kind)
def test_people_with_a_lower_role_are_demotions(operation: Operation) -> None:
    assert counted(a_house(), operation).demotions == 1


def test_losing_a_project_through_a_group_is_a_demotion() -> None:
    made = counted(a_house(), RemoveGroupRole("writers", "mobile"))
    assert (made.demotions, made.lost_projects) == (1, 1)


def test_whom_the_policy_protects_has_no_less_after_a_run_however_it_came_about() -> None:
    protecting = Policy(protected_members=frozenset({SAM}))
    assert a_run(protecting, demotions=1) == ["L03"]
    assert a_run(protecting) == []
    assert a_run(Policy(protected_members=frozenset({KIM})), demotions=1) == []


def test_what_takes_nothing_away_is_not_counted() -> None:
    made = counted(a_house(), AddToGroup(KIM, "writers"), ChangeSetting("sso", True),
                   SetRole(SAM, Role.ADMIN))
    assert made == Tally()
