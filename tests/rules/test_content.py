"""R30 to R34 and R40: content, its receivers, and people who ask to join."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from reconciler.model.email import Email
from reconciler.model.finding import Severity
from reconciler.model.operations import (
    AddContent,
    Approve,
    ChangeSetting,
    Deny,
    Join,
    Login,
    MigrateDomain,
    RemoveMember,
    RequestAccess,
    SetProjectRole,
    TransferContent,
)
from reconciler.model.organization import ContentItem, ContentKind
from reconciler.model.roles import Role
from reconciler.rules.content import confirmed_as, irreversible
from tests.domain import ADA, EVE, KIM, SAM, Org, access, an_org, an_org_without_projects_on


def give(receiver: Email = KIM, source: Email | None = SAM) -> TransferContent:
    return TransferContent(source, receiver)


def sams_content(**kim: Any) -> Org:
    """sam owns a chart in web, kim is to have it and holds a role there."""
    return (an_org().admin("ada").member("sam", web="member")
            .member("kim", **{"web": "viewer", **kim}).content("chart", owner="sam"))


# --- R30 -----------------------------------------------------------------------------------------


def test_a_joined_member_receives_content() -> None:
    assert sams_content().refuses(give()) == set()


def test_nobody_receives_their_own_content() -> None:
    assert sams_content().refuses(give(SAM)) == {"R30"}


def test_an_invited_receiver_makes_the_transfer_wait_for_their_joining() -> None:
    org = sams_content(state="pending")
    [found] = org.judged(give())
    assert (found.rule, found.waits_for) == ("R30", KIM)
    assert org.do(Join(KIM)).refuses(give()) == set()


def test_somebody_who_asks_to_join_receives_nothing() -> None:
    found = an_org().admin("ada").member("sam").requesting("kim").judged(give())
    assert {f.rule for f in found} == {"R30"}
    assert all(f.waits_for is None for f in found)


def test_nobody_receives_nothing() -> None:
    assert an_org().admin("ada").member("sam").refuses(give(EVE)) == {"R30"}


# --- R31 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ago", "active"), [
    (timedelta(0), True),
    (timedelta(days=29, hours=23), True),
    (timedelta(days=30), True),
    (timedelta(days=30, microseconds=1), False),
    (timedelta(days=31), False),
    (None, False),
])
def test_the_receiver_logged_in_within_thirty_days(ago: timedelta | None, active: bool) -> None:
    org = sams_content(last_login=ago)
    assert org.refuses(give()) == (set() if active else {"R31"})


def test_a_login_makes_the_receiver_active() -> None:
    assert sams_content(last_login=timedelta(days=90)).do(Login(KIM)).refuses(give()) == set()


def test_joining_is_a_first_login_and_being_approved_is_none() -> None:
    org = sams_content(state="pending").requesting("eve")
    org.do(Join(KIM), Approve(EVE, access(web="viewer")))
    assert org.refuses(give(KIM)) == set()
    assert org.refuses(give(EVE)) == {"R31"}


# --- R32 -----------------------------------------------------------------------------------------


def test_the_receiver_needs_a_role_where_the_content_is_and_the_finding_names_the_lines() -> None:
    org = sams_content().content("board", owner="sam", project="mobile")
    [found] = org.judged(give())
    assert found.rule == "R32"
    assert found.how == "add to kim@acme.example: projects: {mobile: viewer}"
    assert org.do(SetProjectRole(KIM, "mobile", Role.VIEWER)).refuses(give()) == set()


def test_only_the_content_that_moves_counts() -> None:
    org = (sams_content().content("board", owner="sam", project="mobile", kind="dashboard"))
    only_web = TransferContent(SAM, KIM, frozenset(), "web")
    only_charts = TransferContent(SAM, KIM, frozenset({ContentKind.CHART}))
    only_boards = TransferContent(SAM, KIM, frozenset({ContentKind.DASHBOARD}))
    assert org.refuses(only_web) == set()
    assert org.refuses(only_charts) == set()
    assert org.refuses(only_boards) == {"R32"}


def test_a_group_or_org_admin_is_access_enough() -> None:
    org = (an_org().admin("ada").member("sam", web="member").member("kim")
           .group("analysts", members=["kim"], web="viewer").content("chart", owner="sam"))
    assert org.refuses(give(KIM)) == set()
    assert org.refuses(give(ADA)) == set()


def test_with_project_level_permissions_off_every_member_has_access() -> None:
    org = (an_org_without_projects_on().admin("ada").member("sam").member("kim")
           .content("chart", owner="sam"))
    assert org.refuses(give()) == set()


def test_an_organization_may_ask_for_a_warning_only() -> None:
    org = (an_org(receiver_access="warn").admin("ada").member("sam").member("kim")
           .content("chart", owner="sam"))
    [found] = org.judged(give())
    assert (found.rule, found.severity) == ("R32", Severity.WARNING)
    assert org.allows(give())


def test_content_is_not_added_for_an_owner_without_access() -> None:
    org = an_org().admin("ada").member("sam", web="member")
    for project, expected in (("web", set()), ("mobile", {"R32"})):
        new = ContentItem(id="c", kind=ContentKind.CHART, title="C", project=project, owner=SAM)
        assert org.refuses(AddContent(new), by="ada") == expected


# --- R33, R34 ------------------------------------------------------------------------------------


def test_content_is_transferred_while_its_owner_is_a_member_and_not_after() -> None:
    org = sams_content()
    assert org.refuses(give()) == set()
    org.do(RemoveMember(SAM))
    assert org.refuses(give()) == {"R33"}


def test_after_the_removal_content_is_unassigned_and_only_an_admin_gives_it_away() -> None:
    org = sams_content(web="admin").do(RemoveMember(SAM))
    assert [i.id for i in org.world.content_of(None)] == ["chart"]
    unassigned = give(source=None)
    assert org.refuses(unassigned, by="kim") == {"R14"}
    assert org.refuses(unassigned, by="ada") == set()
    assert [i.owner for i in org.do(unassigned).world.content_of(KIM)] == [KIM]


def test_an_address_that_was_never_a_member_has_no_content_to_transfer() -> None:
    assert sams_content().requesting("eve").refuses(give(source=EVE)) == {"R33"}


def test_what_cannot_be_undone_is_asked_for_by_its_own_name() -> None:
    assert confirmed_as(give()) == "transfers"
    assert confirmed_as(MigrateDomain("acme.example", "new.example")) == "migration"
    assert confirmed_as(RemoveMember(SAM)) is None
    assert irreversible(give())
    assert not irreversible(RemoveMember(SAM))


# --- R40 -----------------------------------------------------------------------------------------


def test_requests_are_made_only_while_the_organization_takes_them() -> None:
    asks = RequestAccess(EVE)
    assert an_org(access_requests=True).admin("ada").refuses(asks) == set()
    assert an_org(access_requests=False).admin("ada").refuses(asks) == {"R40"}


@pytest.mark.parametrize("state", ["joined", "pending", "requested"])
def test_somebody_who_is_there_cannot_ask_to_join(state: str) -> None:
    org = an_org(access_requests=True).admin("ada").member("sam", state=state)
    assert org.refuses(RequestAccess(SAM)) == {"R40"}


def test_requests_are_decided_before_the_switch_goes_off() -> None:
    off = ChangeSetting("access_requests", False)
    org = an_org(access_requests=True).admin("ada").requesting("eve")
    assert org.refuses(off) == {"R40"}
    assert org.do(Deny(EVE)).allows(off)
    approved = an_org(access_requests=True).admin("ada").requesting("eve")
    assert approved.do(Approve(EVE, access())).allows(off)


def test_nobody_is_approved_while_the_switch_is_off() -> None:
    org = an_org(access_requests=False).admin("ada").requesting("eve")
    assert org.refuses(Approve(EVE, access())) == {"R40"}


def test_an_approval_makes_the_person_joined_with_the_access_given() -> None:
    org = an_org(access_requests=True).admin("ada").requesting("eve")
    eve = org.do(Approve(EVE, access(web="member", default="web"))).person("eve")
    assert (eve.joined, eve.projects, eve.default_project) == (True, {"web": Role.MEMBER}, "web")


def test_a_denial_deletes_the_request() -> None:
    org = an_org(access_requests=True).admin("ada").requesting("eve")
    assert org.do(Deny(EVE)).world.member(EVE) is None
