"""The store judges by itself: what breaks a rule is refused, and nothing is written."""

from __future__ import annotations

import pytest

from reconciler.live.ports import Step
from reconciler.model.errors import Refused, Stale
from reconciler.model.operations import (
    AddToGroup,
    CreateGroup,
    CreateProject,
    CreateSpace,
    Invite,
    Join,
    Login,
    Operation,
    RemoveMember,
    RequestAccess,
    SetDefaultProject,
    SetProjectRole,
    SetRole,
    TransferContent,
)
from reconciler.model.organization import Settings, Tier
from reconciler.model.roles import Role
from tests.domain import ADA, BOB, NOW, SAM, access, email
from tests.live.living import Live, a_run, an_org_in


@pytest.mark.parametrize(("operation", "rule"), [
    (Invite(ADA, access()), "R01"),
    (SetProjectRole(ADA, "wbe", Role.MEMBER), "R02"),
    (Invite(BOB, access("manager")), "R04"),
    (SetDefaultProject(SAM, "mobile"), "R05"),
    (RemoveMember(ADA), "R15"),
    (SetRole(ADA, Role.USER), "R20"),
    (TransferContent(ADA, ADA), "R30"),
    (TransferContent(SAM, email("kim")), "R30"),
    (RequestAccess(SAM), "R40"),
], ids=lambda value: getattr(value, "kind", value))
def test_what_breaks_a_rule_is_refused(live: Live, operation: Operation, rule: str) -> None:
    live.member("sam", web="viewer").pending("kim").content("c1", owner="sam")
    assert rule in live.refuses(operation)


def test_a_tier_without_groups_refuses_one(store_url: str) -> None:
    live = an_org_in(store_url, furnished=False, tier=Tier.GROWTH)
    assert live.refuses(CreateGroup("ops")) == {"R03"}


def test_every_violation_is_named_at_once_and_the_lawful_steps_are_not_done(live: Live) -> None:
    rules = live.refuses(
        CreateProject("ios", "iOS"), Invite(BOB, access(groups=["nope"])),
        SetProjectRole(ADA, "wbe", Role.MEMBER), SetRole(ADA, Role.USER))
    assert {"R02", "R15", "R20"} <= rules
    assert "ios" not in live.frame.projects
    with pytest.raises(Refused, match="nothing was written"):
        live.does(SetRole(ADA, Role.USER))


def test_a_member_may_not_do_what_is_for_admins(live: Live) -> None:
    live.member("sam", web="member")
    assert live.refuses(CreateGroup("ops"), by="sam") == {"R14"}
    assert "R11" in live.refuses(Invite(BOB, access()), by="sam")


def test_authority_is_what_the_actor_has_at_each_step(live: Live) -> None:
    live.member("sam")
    live.does(SetRole(SAM, Role.ADMIN))
    with pytest.raises(Refused) as refusal:
        live.does(SetRole(ADA, Role.USER), CreateGroup("ops"), by="sam").does(
            CreateGroup("more"), by="ada")
    assert {f.rule for f in refusal.value.findings} == {"R14"}
    assert set(live.frame.groups) == {"ops"}


@pytest.mark.parametrize("by", ["stranger", "kim"])
def test_whoever_cannot_act_is_told_so_once(live: Live, by: str) -> None:
    live.pending("kim", "admin")
    steps = [Step(operation=CreateProject(name, name)) for name in ("a", "b", "c")]
    with pytest.raises(Refused, match="1 rule violation; nothing") as refusal:
        live.store.perform("acme", steps, actor=email(by), now=NOW)
    assert [f.rule for f in refusal.value.findings] == ["R10"]


def test_nobody_and_strangers_and_the_invited_have_no_authority(live: Live) -> None:
    live.pending("kim", "admin")
    assert live.refuses(CreateSpace("lab", "Lab"), by=None) == {"R10"}
    assert live.refuses(CreateSpace("lab", "Lab"), by="stranger") == {"R10"}
    assert "R10" in live.refuses(CreateSpace("lab", "Lab"), by="kim")


def test_nobody_joins_or_logs_in_for_somebody_else(live: Live) -> None:
    live.pending("kim")
    for act in (Join(email("kim")), Login(ADA), RequestAccess(BOB)):
        with pytest.raises(Refused) as refusal:
            live.store.perform("acme", [Step(operation=act)], actor=SAM, now=NOW)
        assert {f.rule for f in refusal.value.findings} == {"R10"}
    live.store.perform("acme", [Step(operation=Join(email("kim")))], actor=email("kim"), now=NOW)
    assert live.known("kim").joined


def test_a_precondition_that_holds_lets_the_step_run(live: Live) -> None:
    live.member("sam")
    live.performs(Step(operation=SetRole(SAM, Role.ADMIN), precondition={"role": "user"}))
    assert live.known("sam").role is Role.ADMIN


def test_a_precondition_that_does_not_hold_says_what_moved_when_and_by_whom(live: Live) -> None:
    live.member("sam").does(SetRole(SAM, Role.ADMIN))
    sequence = live.frame.sequence
    with pytest.raises(Stale) as stale:
        live.performs(
            Step(operation=CreateProject("ios", "iOS")),
            Step(operation=SetRole(SAM, Role.USER), precondition={"role": "user"}))
    said = stale.value.what
    for part in (SAM, "role was user and is admin", "set-role", ADA, f"{NOW:%Y-%m-%d %H:%M}"):
        assert part in said
    assert live.frame.sequence == sequence
    assert "ios" not in live.frame.projects


def test_a_precondition_sees_what_earlier_steps_did(live: Live) -> None:
    live.member("sam")
    live.performs(
        Step(operation=SetRole(SAM, Role.ADMIN), precondition={"role": "user"}),
        Step(operation=SetRole(SAM, Role.USER), precondition={"role": "admin"}))
    assert live.known("sam").role is Role.USER


def test_after_a_refusal_only_violations_are_reported(live: Live) -> None:
    live.member("sam")
    with pytest.raises(Refused):
        live.performs(
            Step(operation=AddToGroup(SAM, "nope")),
            Step(operation=SetRole(SAM, Role.ADMIN), precondition={"role": "admin"}))


def test_a_plan_is_applied_once(live: Live) -> None:
    live.performs(Step(operation=CreateProject("ios", "iOS")), run=a_run("r1"))
    with pytest.raises(Stale, match=r"applied already, on .* by ada@acme\.example \(run r1\)"):
        live.performs(Step(operation=CreateProject("tv", "TV")), run=a_run("r2"))
    assert "tv" not in live.frame.projects


@pytest.mark.parametrize(("admin", "settings", "rules"), [
    ("no-address", Settings(), {"R01"}),
    ("Ada@Acme.example", Settings(), {"R01"}),
    ("ada@acme.example", Settings(tier=Tier.PLUS, sso=True), {"R03"}),
    ("ada@acme.example", Settings(project_level_permissions=True), {"R03"}),
    ("nope", Settings(sso=True, project_level_permissions=True), {"R01", "R03"}),
])
def test_an_organization_is_not_created_against_the_rules(
    live: Live, admin: str, settings: Settings, rules: set[str]
) -> None:
    with pytest.raises(Refused) as refusal:
        live.store.create_organization("other", settings=settings, admin=admin, now=NOW)  # type: ignore[arg-type]
    assert {f.rule for f in refusal.value.findings} == rules
    assert live.store.organizations() == ["acme"]


def test_an_organization_is_created_once(live: Live) -> None:
    before = live.everything()
    with pytest.raises(Refused, match="already"):
        live.store.create_organization("acme", settings=Settings(), admin=BOB, now=NOW)
    assert live.everything() == before


def test_organizations_in_one_database_know_nothing_of_each_other(live: Live) -> None:
    other = Live(live.store, "beta")
    other.store.create_organization("beta", settings=live.frame.settings, admin=ADA, now=NOW)
    live.member("sam", web="member").content("c1", owner="sam")
    before = other.everything()
    assert other.refuses(SetProjectRole(ADA, "web", Role.ADMIN)) >= {"R02"}
    other.does(CreateProject("web", "Theirs")).pending("sam", web="viewer").content("c1")
    live.does(RemoveMember(SAM))
    assert other.known("sam").projects == {"web": Role.VIEWER}
    assert (other.owner_of("c1"), live.owner_of("c1")) == (ADA, None)
    assert live.store.organizations() == ["acme", "beta"]
    assert other.store.verify("beta").breach is None
    assert before != other.everything()
