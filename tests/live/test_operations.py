"""Every operation of the live store: what it changes, and what its audit record says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from reconciler.model.operations import (
    OPERATIONS,
    OWN_ACTS,
    RUN_ACTS,
    AddContent,
    AddGroupSpace,
    AddToGroup,
    Approve,
    ChangeSetting,
    CreateGroup,
    CreateProject,
    CreateSpace,
    CreateTeam,
    DeleteGroup,
    Deny,
    DescribeGroup,
    Invite,
    Join,
    JoinSpace,
    LeaveSpace,
    Login,
    MigrateDomain,
    Operation,
    RemoveFromGroup,
    RemoveGroupRole,
    RemoveGroupSpace,
    RemoveMember,
    RemoveProjectRole,
    RenameProject,
    RenameSpace,
    RequestAccess,
    Resend,
    Revoke,
    SetDefaultProject,
    SetGroupRole,
    SetName,
    SetProjectRole,
    SetRole,
    SetTeam,
    TransferContent,
)
from reconciler.model.organization import (
    ContentItem,
    ContentKind,
    Member,
    MemberState,
    Overview,
    Project,
    TeamSpace,
)
from reconciler.model.roles import Role
from reconciler.model.values import FrozenMap
from tests.domain import ADA, BOB, KIM, NOW, SAM, access, email
from tests.live.living import Live, an_org_in

PAT = email("pat")
CHART = ContentItem(id="c9", kind=ContentKind.CHART, title="Funnel", project="web", space="core",
                    owner=ADA)
NOTHING = {"carried": {}, "lost": 0}
AUDITED: list[tuple[Operation, str, dict[str, object], dict[str, object]]] = [
    (ChangeSetting("sso", True), "setting:sso", {"sso": False}, {"sso": True}),
    (CreateProject("ios", "iOS"), "project:ios", {"project": None}, {"project": "iOS"}),
    (RenameProject("web", "Site"), "project:web", {"project": "Web"}, {"project": "Site"}),
    (CreateSpace("lab", "Lab"), "team-space:lab", {"team_space": None}, {"team_space": "Lab"}),
    (RenameSpace("core", "Hub"), "team-space:core", {"team_space": "Core"},
     {"team_space": "Hub"}),
    (CreateTeam("Sales"), "team:Sales", {"team": None}, {"team": "Sales"}),
    (CreateGroup("new", "Fresh"), "group:new", {"group": None},
     {"group": {"description": "Fresh", "projects": {}, "team_spaces": []}}),
    (DescribeGroup("ops", "On call"), "group:ops", {"description": ""},
     {"description": "On call"}),
    (SetGroupRole("ops", "mobile", Role.MEMBER), "group:ops",
     {"group_role": None, "given_to": ["sam@acme.example"]},
     {"group_role": "member"}),
    (RemoveGroupRole("ops", "web"), "group:ops", {"group_role": "viewer"}, {"group_role": None}),
    (AddGroupSpace("ops", "growth"), "group:ops",
     {"in_team_space": False, "given_to": ["sam@acme.example"]},
     {"in_team_space": True}),
    (RemoveGroupSpace("lead", "core"), "group:lead", {"in_team_space": True},
     {"in_team_space": False}),
    (DeleteGroup("ops"), "group:ops",
     {"group": {"description": "", "projects": {"web": "viewer"}, "team_spaces": []},
      "members": 1}, {"group": None}),
    (Invite(BOB, access(web="viewer")), BOB, {"member": None},
     {"member": {"state": "pending", "role": "user", "projects": {"web": "viewer"}}}),
    (Resend(KIM), KIM, {"invitations_sent": 1}, {"invitations_sent": 2}),
    (Revoke(KIM), KIM, {"member": {"state": "pending", "role": "user"}}, {"member": None}),
    (Join(KIM), KIM, {"member": {"state": "pending", "role": "user"}},
     {"member": {"state": "joined", "role": "user"}}),
    (Login(SAM), SAM, {"state": "joined"}, {"state": "joined"}),
    (RequestAccess(BOB, "Bob"), BOB, {"member": None},
     {"member": {"state": "requested", "role": "user", "name": "Bob"}}),
    (Approve(PAT, access(web="member")), PAT,
     {"member": {"state": "requested", "role": "user", "name": "Pat"}},
     {"member": {"state": "joined", "role": "user", "projects": {"web": "member"},
                 "name": "Pat"}}),
    (Deny(PAT), PAT, {"member": {"state": "requested", "role": "user", "name": "Pat"}},
     {"member": None}),
    (SetRole(SAM, Role.ADMIN), SAM, {"role": "user"}, {"role": "admin"}),
    (SetProjectRole(SAM, "mobile", Role.MANAGER), SAM, {"project_role": None},
     {"project_role": "manager"}),
    (RemoveProjectRole(SAM, "web"), SAM, {"project_role": "member"}, {"project_role": None}),
    (AddToGroup(SAM, "lead"), SAM,
     {"in_group": False,
      "groups_give": {"lead": {"projects": {}, "team_spaces": ["core"]}}},
     {"in_group": True}),
    (RemoveFromGroup(SAM, "ops"), SAM, {"in_group": True}, {"in_group": False}),
    (SetName(SAM, "Sam"), SAM, {"name": None}, {"name": "Sam"}),
    (SetTeam(SAM, "Data"), SAM, {"team": None}, {"team": "Data"}),
    (SetDefaultProject(SAM, "web"), SAM, {"default_project": None}, {"default_project": "web"}),
    (JoinSpace(SAM, "growth"), SAM, {"in_team_space": False}, {"in_team_space": True}),
    (LeaveSpace(SAM, "core"), SAM, {"in_team_space": True}, {"in_team_space": False}),
    (AddContent(CHART), "content:c9", {"content": None}, {"content": "c9"}),
    (TransferContent(SAM, ADA), SAM, {"content": {"web": {"chart": 1}}}, {"content": {}}),
    (RemoveMember(SAM), SAM,
     {"member": {"state": "joined", "role": "user", "projects": {"web": "member"},
                 "groups": ["ops"], "team_spaces": ["core"]},
      "content": {"web": {"chart": 1}}}, {"member": None}),
    (MigrateDomain("acme.example", "new.example", True), "domain:acme.example",
     {"domain": "acme.example", "carried": 0, "lost": 1, "members": {
         "ada@acme.example": NOTHING, "kim@acme.example": NOTHING, "pat@acme.example": NOTHING,
         "sam@acme.example": {"carried": {}, "lost": 1}}},
     {"domain": "new.example", "carried": 0, "lost": 0, "members": {
         "ada@new.example": NOTHING, "kim@new.example": NOTHING, "pat@new.example": NOTHING,
         "sam@new.example": NOTHING}}),
]
"""Each operation with the subject and the images that its record must have."""


@pytest.fixture
def peopled(live: Live) -> Live:
    """sam is in group ops and in core and owns c1; kim is invited; pat asks to join."""
    live.group("ops", web="viewer").group("lead").does(AddGroupSpace("lead", "core"))
    live.member("sam", web="member", groups=["ops"], spaces=["core"]).pending("kim")
    return live.requesting("pat").content("c1", owner="sam")


def test_the_table_below_covers_every_operation() -> None:
    assert {type(operation) for operation, *_ in AUDITED} == set(OPERATIONS) - set(RUN_ACTS)


@pytest.mark.parametrize(("operation", "subject", "before", "after"), AUDITED,
                         ids=[operation.kind for operation, *_ in AUDITED])
def test_an_operation_writes_one_record_of_what_it_changed(
    peopled: Live, operation: Operation, subject: str, before: dict[str, object],
    after: dict[str, object],
) -> None:
    sequence = peopled.frame.sequence
    (record,) = peopled.does(operation).store.audit("acme", after=sequence)
    assert (record.operation, record.subject) == (operation.kind, subject)
    assert (record.before, record.after) == (before, after)
    assert record.actor == (subject if isinstance(operation, OWN_ACTS) else ADA)
    assert (record.sequence, record.at, record.run) == (sequence + 1, NOW, None)
    assert peopled.frame.sequence == sequence + 1
    peopled.everything()


def test_an_invitation_stores_all_it_carries(live: Live) -> None:
    live.group("ops", web="viewer")
    live.does(Invite(SAM, access(web="member", mobile="manager", groups=["ops"], spaces=["core"],
                                 team="Data", default="web")))
    assert live.known("sam") == Member(
        email=SAM, state=MemberState.PENDING, role=Role.USER,
        projects=FrozenMap({"web": Role.MEMBER, "mobile": Role.MANAGER}),
        groups=frozenset({"ops"}), spaces=frozenset({"core"}), team="Data",
        default_project="web", invited_at=NOW, invitations_sent=1)


def test_joining_is_the_first_login_and_a_login_moves_the_time(live: Live) -> None:
    live.member("sam")
    assert (live.known("sam").joined_at, live.known("sam").last_login_at) == (NOW, NOW)
    live.now = NOW + timedelta(days=3, microseconds=7)
    live.does(Login(SAM))
    assert (live.known("sam").joined_at, live.known("sam").last_login_at) == (NOW, live.now)


def test_times_are_stored_as_utc_whatever_zone_they_come_in(live: Live) -> None:
    live.member("sam")
    live.now = NOW.astimezone(timezone(timedelta(hours=9)))
    live.does(Login(SAM))
    seen = live.known("sam").last_login_at
    assert seen is not None
    assert (seen, seen.utcoffset()) == (NOW, timedelta(0))


def test_removing_a_member_leaves_their_content_unassigned(peopled: Live) -> None:
    peopled.does(RemoveMember(SAM))
    assert peopled.person("sam") is None
    assert peopled.owner_of("c1") is None
    peopled.does(TransferContent(None, ADA))
    assert peopled.owner_of("c1") == ADA


def test_somebody_removed_and_invited_in_one_go_starts_afresh(peopled: Live) -> None:
    peopled.does(RemoveMember(SAM), Invite(SAM, access(mobile="viewer")))
    known = peopled.known("sam")
    assert (known.state, known.projects, known.groups, known.spaces) == (
        MemberState.PENDING, {"mobile": Role.VIEWER}, frozenset(), frozenset())
    assert peopled.owner_of("c1") is None


def test_leaving_a_group_leaves_the_direct_role(peopled: Live) -> None:
    peopled.does(RemoveFromGroup(SAM, "ops"))
    assert peopled.known("sam").projects == {"web": Role.MEMBER}


def test_deleting_a_group_takes_everybody_out_and_clears_lost_defaults(live: Live) -> None:
    live.group("ops", web="viewer")
    live.member("sam", groups=["ops"], default="web").does(DeleteGroup("ops"))
    known = live.known("sam")
    assert (known.groups, known.default_project) == (frozenset(), None)
    assert live.frame.groups == {}


def test_a_group_may_be_deleted_and_made_again_in_one_go(peopled: Live) -> None:
    peopled.does(DeleteGroup("ops"), CreateGroup("ops", "Again", spaces=frozenset({"growth"})))
    group = peopled.frame.groups["ops"]
    assert (group.description, group.projects, group.spaces) == (
        "Again", {}, frozenset({"growth"}))
    assert peopled.known("sam").groups == frozenset()


def test_turning_the_switch_converts_everybodys_role(store_url: str) -> None:
    live = an_org_in(store_url, project_level_permissions=False)
    live.member("sam", "manager").member("eve", "viewer")
    live.does(ChangeSetting("project_level_permissions", True))
    assert [live.known(n).role for n in ("ada", "eve", "sam")] == [
        Role.ADMIN, Role.USER, Role.USER]


def test_projects_spaces_teams_and_settings_are_kept(live: Live) -> None:
    live.does(RenameProject("web", "Site"), RenameSpace("core", "Hub"),
              ChangeSetting("name", "Acme & Söhne"), ChangeSetting("receiver_access", "warn"))
    frame = live.frame
    assert frame.projects["web"] == Project(id="web", name="Site")
    assert frame.spaces["core"] == TeamSpace(id="core", name="Hub")
    assert frame.teams == frozenset({"Data"})
    assert (frame.settings.name, str(frame.settings.receiver_access)) == ("Acme & Söhne", "warn")


def test_content_keeps_its_space_kind_and_title(live: Live) -> None:
    live.does(AddContent(CHART))
    with live.store.reader("acme") as reader:
        assert list(reader.content()) == list(reader.content_of(ADA)) == [CHART]
        assert reader.has_content("c9")
        assert not reader.has_content("c8")
        assert list(reader.content_of(None)) == []


def test_a_transfer_takes_only_the_kinds_and_the_project_it_names(live: Live) -> None:
    live.member("sam", web="member", mobile="member")
    live.content("c1").content("d1", kind="dashboard").content("c2", project="mobile")
    live.does(TransferContent(ADA, SAM, frozenset({ContentKind.CHART}), "web"))
    assert [live.owner_of(i) for i in ("c1", "c2", "d1")] == [SAM, ADA, ADA]


def test_the_overview_counts_people_by_where_they_stand(peopled: Live) -> None:
    assert peopled.overview == Overview(total=3, joined=2, pending=1, requesting=1)


def test_the_roster_is_sorted_byte_by_byte(live: Live) -> None:
    names = ["zed", "_x", "a-b", "a.b", "ab", "ärger", "été"]
    for name in names:
        live.pending(name)
    with live.store.reader("acme") as reader:
        emails = [row.email for row in reader.roster()]
        assert emails == sorted([email(n) for n in (*names, "ada")]) == list(reader.emails())


def test_asking_for_many_people_finds_the_same_as_asking_for_each(live: Live) -> None:
    live.group("ops", web="viewer")
    live.does(*(Invite(email(f"p{n}"), access(mobile="member", groups=["ops"], spaces=["core"]))
                for n in range(700)))
    with live.store.reader("acme") as reader:
        emails = [*reader.emails(), email("nobody")]
        many = reader.members(emails)
        assert len(many) == 701
        assert many == {e: reader.members([e])[e] for e in emails[:-1]}
        assert set(reader.emails_in_group("ops")) == set(emails[:-1]) - {ADA}
        assert set(reader.emails_with_project_roles()) == set(emails[:-1]) - {ADA}
        assert list(reader.emails_in_state(MemberState.JOINED)) == list(reader.admins()) == [ADA]


def test_hostile_names_come_back_as_they_went_in(live: Live) -> None:
    name = "Robert'); DROP TABLE members;-- %s ? \\N \\t \t\n\" {} ☃ 💥"
    live.pending("sam").does(*(SetName(SAM, name) for _ in range(2)),
                             *(Invite(email(f"p{n}"), replace(access(), name=name))
                               for n in range(60)))
    assert {live.known(n).name for n in ("sam", "p0", "p59")} == {name}
