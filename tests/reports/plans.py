"""Plans for reports: built by hand, so that every kind of change and every hostile name is in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from reconciler.model.elements import Trace
from reconciler.model.email import Email
from reconciler.model.finding import Finding, Location, Severity
from reconciler.model.operations import (
    AddToGroup,
    ChangeSetting,
    CreateGroup,
    CreateProject,
    CreateTeam,
    DeleteGroup,
    Invite,
    Operation,
    RemoveFromGroup,
    RemoveMember,
    RenameProject,
    SetName,
    SetProjectRole,
    SetRole,
    TransferContent,
)
from reconciler.model.organization import Access
from reconciler.model.roles import Role
from reconciler.model.values import frozen_map
from reconciler.planning.draft import key_of
from reconciler.planning.plan import (
    Cause,
    Change,
    Intent,
    Losses,
    Note,
    Plan,
    Reason,
    Risk,
    Waiting,
)

ADA, SAM, KIM, BOB, EVE = (Email(f"{n}@acme.example") for n in ("ada", "sam", "kim", "bob", "eve"))
NASTY = ("a|b", "`tick`", "``` x", "```", "@everyone", "](https://evil.example)", "<!-- gone",
         "-->", "*bold* _it_", "# head", "1. one", "&lt;b&gt;", "\" onload=\"x", "www.evil.example",
         "</script><script>alert(1)</script>", "</summary></details>", "| a |\n|---|",
         "\u2066x\u2069")
"""What Markdown, HTML and the servers that show them would read something into."""
HOSTILE = "\x1b[31m<script>|`x`\u202e\n::error::##[group]"


def change(
    operation: Operation, before: dict[str, Any], after: dict[str, Any], *, line: int = 0,
    risk: Risk = Risk.NONE, reason: Reason = Reason.DIFFERS, **other: Any,
) -> Change:
    """One change at a line of org.yaml that its actor may make."""
    fields: dict[str, Any] = {
        "cause": Cause.PENDING, "who_may": "an org admin", "permitted": True,
        "reversible": not isinstance(operation, TransferContent),
        "source": Location("org.yaml", line) if line else None}
    return Change(key=key_of(operation), operation=operation, before=before, after=after,
                  risk=risk, reason=reason, **(fields | other))


def a_plan(*changes: Change, **fields: Any) -> Plan:
    """A plan for acme by ada."""
    made: dict[str, Any] = {
        "organization": "acme", "actor": ADA, "commit": None, "desired_digest": "d",
        "rules_digest": "r", "observed_sequence": 7, "members_observed": 1682,
        "expires_on": date(2026, 6, 15)}
    return Plan(changes=changes, **(made | fields))


def invitation(name: str, line: int, **access: Any) -> Change:
    """Somebody new."""
    email = Email(f"{name}@acme.example")
    given = Access(**({"role": Role.USER} | access))
    return change(Invite(email, given), {"member": None}, {"member": {}}, line=line,
                  reason=Reason.NOT_IN_STORE)


def everything() -> Plan:
    """A plan with every section of the report."""
    content = {"content": {"web": {"chart": 8, "dashboard": 1}, "ios": {"cohort": 2}}}
    bob = {"member": {"state": "joined", "role": "admin", "projects": {"web": "manager"}}}
    return a_plan(
        change(ChangeSetting("tier", "enterprise"), {"tier": "growth"}, {"tier": "enterprise"},
               line=3),
        change(CreateProject("ios", "iOS"), {"project": None}, {"project": "iOS"}, line=9,
               reason=Reason.NOT_IN_STORE),
        change(RenameProject("web", "Web app"), {"project": "Web"}, {"project": "Web app"},
               line=8),
        change(CreateTeam("Data"), {"team": None}, {"team": "Data"}, line=10,
               reason=Reason.NOT_IN_STORE),
        change(CreateGroup("analysts", "Read all", frozen_map({"web": Role.MEMBER}),
                           frozenset({"growth"})),
               {"group": None}, {"group": {}}, line=14, reason=Reason.NOT_IN_STORE),
        invitation("new", 20, projects=frozen_map({"web": Role.VIEWER, "ios": Role.MEMBER}),
                   groups=frozenset({"analysts"}), default_project="web"),
        invitation("many", 21, groups=frozenset(f"group-{i:02}" for i in range(12))),
        change(SetRole(KIM, Role.ADMIN), {"role": "user"}, {"role": "admin"}, line=30,
               risk=Risk.ADMIN_GRANT),
        change(AddToGroup(KIM, "analysts"), {"in_group": False}, {"in_group": True}, line=31,
               reason=Reason.NOT_IN_STORE),
        change(SetProjectRole(SAM, "web", Role.VIEWER), {"project_role": "manager"},
               {"project_role": "viewer"}, line=41, risk=Risk.LOSS),
        change(RemoveFromGroup(SAM, "old"), {"in_group": True, "default_project": "ios"},
               {"in_group": False}, risk=Risk.LOSS, reason=Reason.GROUP_DELETED,
               cause=Cause.CONSEQUENCE),
        change(DeleteGroup("old"),
               {"group": {"description": "", "projects": {"ios": "member"}, "team_spaces": []},
                "members": 1}, {"group": None}, line=1, risk=Risk.LOSS,
               reason=Reason.NOT_DECLARED),
        change(TransferContent(BOB, ADA), content, {"content": {}}, line=50,
               risk=Risk.IRREVERSIBLE, reason=Reason.BEFORE_REMOVAL),
        change(RemoveMember(BOB), bob, {"member": None}, line=50, risk=Risk.REMOVAL,
               reason=Reason.DEPARTURE),
        change(RemoveMember(EVE), {"member": {"state": "joined", "role": "user"},
                                   "content": {"web": {"chart": 1}}}, {"member": None}, line=51,
               risk=Risk.REMOVAL, reason=Reason.DEPARTURE),
        waiting=(Waiting(
            key="transfer-content:li@acme.example", reason=Reason.BEFORE_REMOVAL,
            operation=TransferContent(Email("li@acme.example"), Email("new@acme.example")),
            waits_for="new@acme.example", why="they have not joined yet",
            source=Location("org.yaml", 60)),),
        notes=(
            *(Note(code="unmanaged", subject=f"project:p{i:02}", text=f"project p{i:02}")
              for i in range(50)),
            *(Note(code="kept", subject=f"k{i}@acme.example",
                   text=f"k{i}@acme.example is admin of web, more than declared")
              for i in range(15)),
            Note(code="done", subject="gone@acme.example", source=Location("org.yaml", 70),
                 text="gone@acme.example is gone already; the departure can be deleted"),
        ),
        findings=(Finding(
            rule="R21", what="the direct role viewer on web is below what the groups give",
            how="leave it out", severity=Severity.WARNING, location=Location("org.yaml", 41, 7)),),
        losses=Losses(removals=2, demotions=1, lost_group_memberships=1, content_unassigned=1,
                      content_transferred=11),
    )


def hostile() -> Plan:
    """Names that would steer a terminal, a log or a reader."""
    place = f"members/{HOSTILE}.yaml"
    return a_plan(
        change(RenameProject(HOSTILE, HOSTILE), {"project": "x -> admin; role: user"},
               {"project": HOSTILE}, source=Location(place, 1)),
        change(CreateTeam("Data; role: user -> admin"), {"team": None}, {"team": "x"}),
        change(SetName(SAM, HOSTILE), {"name": 'a" -> "b'}, {"name": HOSTILE}),
        change(CreateGroup(HOSTILE, HOSTILE, frozen_map({HOSTILE: Role.ADMIN})),
               {"group": None}, {"group": {}}, risk=Risk.ADMIN_GRANT),
        organization=HOSTILE,
        waiting=(Waiting(key="x", operation=SetName(SAM, "x"), reason=Reason.DIFFERS,
                         waits_for=HOSTILE, why=HOSTILE),),
        notes=(Note(code="unmanaged", subject=f"project:{HOSTILE}", text=HOSTILE),
               Note(code="done", subject=HOSTILE, text=HOSTILE)),
        findings=(Finding(rule="R02", what=HOSTILE, how=HOSTILE, subject=HOSTILE,
                          location=Location(place, 3)),),
        actor=None,
    )


def nasty() -> Plan:
    """Names that Markdown and HTML would read something into, in every place that has names."""
    changes = [
        change(RenameProject(name, name), {"project": name}, {"project": f"{name} 2"},
               source=Location(f"{name}.yaml", 1)) for name in NASTY]
    changes += [
        change(CreateGroup(name, name, frozen_map({name: Role.ADMIN})), {"group": None},
               {"group": {}}, risk=Risk.ADMIN_GRANT, who_may=name, permitted=None)
        for name in NASTY]
    return a_plan(
        *changes, organization=NASTY[0], actor=None, commit=NASTY[3],
        intents=tuple(Intent(kind="email-change", subject=name, target=name, step=1, steps=4,
                             doing=name) for name in NASTY),
        notes=tuple(Note(code=code, subject=name, text=f"{code} {name}")
                    for name in NASTY for code in ("ends", "unmanaged", name)),
        findings=tuple(
            Finding(rule="R02", what=name, how=name, subject=name, severity=severity,
                    location=Location(f"{name}.yaml", 3))
            for severity in Severity for name in NASTY))


def with_causes() -> Plan:
    """Part of it undoes what somebody did by hand."""
    trace = Trace(by=EVE, at=datetime(2026, 5, 30, 14, 2, tzinfo=UTC), how="set-role", sequence=9)
    return a_plan(
        change(SetRole(KIM, Role.USER), {"role": "admin"}, {"role": "user"}, line=30,
               cause=Cause.DRIFT, moved=trace, risk=Risk.LOSS),
        change(SetProjectRole(SAM, "web", Role.MEMBER), {"project_role": "admin"},
               {"project_role": "member"}, line=41, cause=Cause.CONFLICT, risk=Risk.LOSS,
               moved=replace(trace, how="set-project-role", run="20260530T140200-0badcafe")),
        change(RemoveFromGroup(BOB, "analysts"), {"in_group": True}, {"in_group": False}, line=44,
               cause=Cause.EXPIRY, reason=Reason.ENDED, risk=Risk.LOSS),
        change(SetName(ADA, "Ada"), {"name": None}, {"name": "Ada"}, line=50),
        left_alone=(change(SetName(EVE, "Eve"), {"name": "E"}, {"name": "Eve"}, line=60),),
        only=(Cause.DRIFT, Cause.CONFLICT, Cause.EXPIRY), digest="sha256:" + "0" * 64,
        commit="0badcafe", losses=Losses(demotions=2, lost_group_memberships=1))


def of_a_manager() -> Plan:
    """Half of it is not for the manager who planned it."""
    mine = change(SetProjectRole(KIM, "web", Role.MEMBER), {"project_role": "viewer"},
                  {"project_role": "member"}, line=12)
    others = change(SetRole(KIM, Role.ADMIN), {"role": "user"}, {"role": "admin"}, line=11,
                    risk=Risk.ADMIN_GRANT, permitted=False)
    return a_plan(
        mine, others, actor=SAM, not_permitted=(others.key,),
        findings=(Finding(rule="R12", what=f"{SAM} may not set role ({KIM})",
                          how="this is for an org admin", subject=KIM,
                          location=Location("org.yaml", 11)),))
