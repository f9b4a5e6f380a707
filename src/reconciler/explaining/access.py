"""The effective role of somebody on a project, with every source of it (domain.md section 1)."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from reconciler.model.elements import Aspect, Element, Trace
from reconciler.model.organization import Member, MemberState
from reconciler.model.roles import RANK, Role, at_least
from reconciler.model.world import World


class Way(enum.StrEnum):
    """How a role comes to somebody."""

    ORGANIZATION = "organization"
    DIRECT = "direct"
    GROUP = "group"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One reason for a role: the organization role, a direct role, or a group (`group` names it).

    `trace` is who gave it to them: to somebody in a group, who let them in; `gave` is who gave the
    group its role. `without` is the role that would be left if this were taken away.
    """

    way: Way
    role: Role
    group: str = ""
    trace: Trace | None = None
    gave: Trace | None = None
    without: Role | None = None

    @property
    def said(self) -> str:
        """In words: `direct`, `group analysts`, `org admin`."""
        match self.way:
            case Way.GROUP:
                return f"group {self.group}"
            case Way.ORGANIZATION:
                return f"org {self.role}"
            case Way.DIRECT:
                return "direct"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What somebody may do on one project, and why, the source that decides first."""

    project: str
    role: Role
    sources: tuple[Source, ...]


def access_of(
    world: World, member: Member, project: str, traces: Mapping[Element, Trace] | None = None,
) -> Access | None:
    """The access of somebody to a project; None where they have none. Who only asks to join has
    none, and who is invited has it once they join."""
    if member.state is MemberState.REQUESTED:
        return None
    role = world.effective_role(member, project)
    if role is None:
        return None
    found = sorted(_sources(world, member, project, traces or {}),
                   key=lambda s: (-RANK[s.role], list(Way).index(s.way), s.group))
    roles = [s.role for s in found]
    return Access(project=project, role=role, sources=tuple(
        Source(way=s.way, role=s.role, group=s.group, trace=s.trace, gave=s.gave,
               without=_highest(roles[:i] + roles[i + 1:])) for i, s in enumerate(found)))


def all_access(
    world: World, member: Member, traces: Mapping[Element, Trace] | None = None
) -> list[Access]:
    """The access of somebody to every project they can reach, in order of project."""
    found = (access_of(world, member, project, traces) for project in sorted(world.projects))
    return [access for access in found if access is not None]


def who_can(
    world: World, members: Iterable[Member], role: Role, project: str, *, exactly: bool = False,
) -> list[tuple[Member, Access]]:
    """Everybody who has at least a role on a project (or exactly it), in order of email."""
    found = []
    for member in sorted(members, key=lambda m: m.email):
        # Most people are told apart by their role alone.
        held = (None if member.state is MemberState.REQUESTED
                else world.effective_role(member, project))
        if held is None or (held is not role if exactly else not at_least(held, role)):
            continue
        access = access_of(world, member, project)
        if access is not None:
            found.append((member, access))
    return found


def _sources(
    world: World, member: Member, project: str, traces: Mapping[Element, Trace]
) -> Iterator[Source]:
    email = member.email
    by_project = world.settings.project_level_permissions
    if member.role is Role.ADMIN or not by_project:
        yield Source(way=Way.ORGANIZATION, role=member.role,
                     trace=traces.get(Element(email, Aspect.ROLE)))
    if not by_project:
        return
    direct = member.projects.get(project)
    if direct is not None:
        yield Source(way=Way.DIRECT, role=direct,
                     trace=traces.get(Element(email, Aspect.PROJECT_ROLE, project)))
    for name in sorted(member.groups):
        group = world.groups.get(name)
        given = group.projects.get(project) if group is not None else None
        if given is not None:
            yield Source(
                way=Way.GROUP, role=given, group=name,
                trace=traces.get(Element(email, Aspect.GROUP, name)),
                gave=traces.get(Element(f"group:{name}", Aspect.PROJECT_ROLE, project)))


def _highest(roles: list[Role]) -> Role | None:
    return max(roles, key=RANK.__getitem__, default=None)
