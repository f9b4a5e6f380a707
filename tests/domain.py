"""Organizations for tests, in domain words.

    an_org().admin("ada").member("sam", web="viewer").group("analysts", web="member")

People are called by their first name: `sam` is sam@acme.example. The organization is on tier
enterprise with project-level permissions on, has the projects web and mobile, the team spaces
growth and core and the team Data; `an_org(...)` changes any of that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.model.email import Email, normalize_email
from reconciler.model.finding import Finding, Severity
from reconciler.model.operations import Operation
from reconciler.model.organization import (
    Access,
    ContentItem,
    ContentKind,
    Group,
    Member,
    MemberState,
    Project,
    ReceiverAccess,
    Settings,
    TeamSpace,
    Tier,
)
from reconciler.model.perform import perform
from reconciler.model.roles import Role, default_role
from reconciler.model.values import frozen_map
from reconciler.model.world import Frame, World
from reconciler.rules.catalogue import judge, refuses

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
"""The moment at which all tests happen."""


def email(name: str) -> Email:
    """`sam` is sam@acme.example; an address stays one."""
    return normalize_email(name if "@" in name else f"{name}@acme.example")


ADA, BOB, EVE, KIM, SAM = (email(name) for name in ("ada", "bob", "eve", "kim", "sam"))


def access(
    role: str = "user",
    *,
    groups: Iterable[str] = (),
    spaces: Iterable[str] = (),
    team: str | None = None,
    default: str | None = None,
    **projects: str,
) -> Access:
    """What an invitation carries: `access(web="viewer", groups=["analysts"])`."""
    return Access(
        role=Role(role), projects=_roles(projects), groups=frozenset(groups),
        spaces=frozenset(spaces), team=team, default_project=default,
    )


class Stored:
    """A Source that holds its people and content in dicts, as a live store holds them in tables."""

    def __init__(self) -> None:
        self.people: dict[Email, Member] = {}
        self.content: dict[str, ContentItem] = {}

    def members(self, emails: Iterable[Email]) -> dict[Email, Member]:
        return {e: self.people[e] for e in emails if e in self.people}

    def emails(self) -> Iterable[Email]:
        return sorted(self.people)

    def emails_in_group(self, group: str) -> Iterable[Email]:
        return [m.email for m in self.people.values() if group in m.groups]

    def emails_with_project_roles(self) -> Iterable[Email]:
        return [m.email for m in self.people.values() if m.projects]

    def emails_in_state(self, state: MemberState) -> Iterable[Email]:
        return [m.email for m in self.people.values() if m.state is state]

    def admins(self) -> Iterable[Email]:
        return [m.email for m in self.people.values() if m.role is Role.ADMIN]

    def content_of(self, owner: Email | None) -> Iterable[ContentItem]:
        return [i for i in self.content.values() if i.owner == owner]

    def content_of_all(self, owners: Iterable[Email]) -> Iterable[ContentItem]:
        wanted = set(owners)
        return [i for i in self.content.values() if i.owner in wanted]

    def has_content(self, content_id: str) -> bool:
        return content_id in self.content


class Org:
    """An organization under construction, and then under test."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.projects = {p: Project(id=p, name=p.title()) for p in ("web", "mobile")}
        self.spaces = {s: TeamSpace(id=s, name=s.title()) for s in ("growth", "core")}
        self.teams = {"Data"}
        self.groups: dict[str, Group] = {}
        self.stored = Stored()
        self._world: World | None = None

    # --- building -----------------------------------------------------------------------------

    def admin(self, name: str, **more: Any) -> Org:
        """A joined org admin."""
        return self.member(name, role="admin", **more)

    def member(
        self,
        name: str,
        *,
        role: str | None = None,
        state: str = "joined",
        groups: Iterable[str] = (),
        spaces: Iterable[str] = (),
        default: str | None = None,
        team: str | None = None,
        last_login: timedelta | None = timedelta(days=1),
        **projects: str,
    ) -> Org:
        """A joined member; `last_login` is how long ago, None is never."""
        at = NOW - timedelta(days=400)
        made = Member(
            email=email(name), state=MemberState(state),
            role=Role(role) if role else default_role(self.settings.project_level_permissions),
            projects=_roles(projects), groups=frozenset(groups), spaces=frozenset(spaces),
            default_project=default, team=team,
        )
        if made.state is MemberState.PENDING:
            made = replace(made, invited_at=at, invitations_sent=1)
        elif made.state is MemberState.REQUESTED:
            made = replace(made, requested_at=at)
        else:
            seen = None if last_login is None else NOW - last_login
            made = replace(made, joined_at=at, last_login_at=seen)
        self.stored.people[made.email] = made
        return self

    def pending(self, name: str, **more: Any) -> Org:
        """Somebody who is invited and has not joined."""
        return self.member(name, state="pending", **more)

    def requesting(self, name: str) -> Org:
        """Somebody who asked to join."""
        return self.member(name, state="requested")

    def group(
        self, name: str, *, members: Iterable[str] = (), spaces: Iterable[str] = (),
        **projects: str,
    ) -> Org:
        """A group; `members` are people who were added to the organization before."""
        self.groups[name] = Group(id=name, projects=_roles(projects), spaces=frozenset(spaces))
        for member in map(email, members):
            known = self.stored.people[member]
            self.stored.people[member] = replace(known, groups=known.groups | {name})
        return self

    def content(
        self, id_: str, *, owner: str | None, project: str = "web", kind: str = "chart",
        space: str | None = None,
    ) -> Org:
        """One item of content; owner None is unassigned, space None the owner's personal one."""
        self.stored.content[id_] = ContentItem(
            id=id_, kind=ContentKind(kind), title=id_, project=project, space=space,
            owner=email(owner) if owner else None,
        )
        return self

    # --- under test ---------------------------------------------------------------------------

    @property
    def world(self) -> World:
        """The organization as it is now; built at the first question, changed by `do`."""
        if self._world is None:
            self._world = World(self.world_frame(), self.stored)
        return self._world

    def world_frame(self) -> Frame:
        """Everything but people and content."""
        return Frame(
            organization="acme", settings=self.settings, projects=self.projects,
            spaces=self.spaces, teams=frozenset(self.teams), groups=self.groups)

    def person(self, name: str) -> Member:
        """Somebody of this organization."""
        found = self.world.member(email(name))
        assert found is not None, f"there is no {name}"
        return found

    def judged(self, operation: Operation, by: str | None = None) -> list[Finding]:
        """All that the rules say; `by` names the actor."""
        actor = self.person(by) if by else None
        return judge(self.world, operation, actor=actor, now=NOW)

    def allows(self, operation: Operation, by: str | None = None) -> bool:
        """Whether no rule refuses it."""
        return not refuses(self.judged(operation, by))

    def refuses(self, operation: Operation, by: str | None = None) -> set[str]:
        """The ids of the rules that refuse it."""
        found = self.judged(operation, by)
        return {f.rule for f in found if f.severity is Severity.ERROR}

    def do(self, *operations: Operation) -> Org:
        """Carry operations out, judged or not."""
        for operation in operations:
            perform(self.world, operation, NOW)
        return self


def an_org(
    *, tier: str = "enterprise", project_level_permissions: bool = True,
    receiver_access: str = "require", **switches: bool,
) -> Org:
    """An organization without people."""
    return Org(Settings(
        name="Acme", tier=Tier(tier), project_level_permissions=project_level_permissions,
        receiver_access=ReceiverAccess(receiver_access), **switches,
    ))


def an_org_without_projects_on(**more: Any) -> Org:
    """The same with project-level permissions off: one role for every project."""
    return an_org(project_level_permissions=False, **more)


def _roles(projects: dict[str, str]) -> Any:
    return frozen_map((project, Role(role)) for project, role in projects.items())
