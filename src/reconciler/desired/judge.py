"""Rules that a desired state breaks, before or after the live store is known.

The rule functions are those of the catalogue, asked about the operations that would create what is
declared. A hundred thousand members are not asked one by one: sets show that all is well, and only
what they do not clear is judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from reconciler.desired.places import Places
from reconciler.desired.state import ContentTransfer, Departure, DesiredMember, DesiredState, Mode
from reconciler.model.email import Email
from reconciler.model.finding import Finding, Location, Severity
from reconciler.model.operations import (
    ChangeSetting,
    CreateGroup,
    CreateSpace,
    Invite,
    Operation,
    TransferContent,
)
from reconciler.model.organization import (
    Access,
    Group,
    Member,
    MemberState,
    Project,
    Settings,
    TeamSpace,
)
from reconciler.model.perform import changed_settings
from reconciler.model.roles import RANK, Role, default_role, organization_roles
from reconciler.model.values import FrozenMap, Unset
from reconciler.model.world import Frame, World
from reconciler.rules.catalogue import judge

_NOW: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""No rule asked here depends on the time."""


def validate(path: str | Path) -> DesiredState:
    """Load and judge without a live store. Raises what `load` raises, and Refused for every rule
    that the files break by themselves; warnings are in the state's findings."""
    from reconciler.desired.load import load, refuse

    state = load(path)
    findings = [*state.findings, *judge_desired(state, None)]
    refuse(findings)
    return replace(state, findings=tuple(sorted(findings, key=Finding.sort_key)))


def judge_desired(state: DesiredState, known: Frame | None) -> list[Finding]:
    """R02 to R05, R20, R21 (a warning) and R30 on what is declared, each at its place.

    `known` is the live frame: what it has need not be declared. None is offline: then names must
    be declared, and what depends on a setting that is not stated is not judged.
    """
    # What many members have from one line of `defaults` is one finding.
    found = {(f.rule, f.what, f.location): f for f in _Judge(state, known).run()}
    return sorted(found.values(), key=Finding.sort_key)


@dataclass(frozen=True, slots=True)
class _Scope:
    """What can be judged at all."""

    tier: bool
    switch: bool
    groups: bool
    defaults: bool


class _Judge:
    def __init__(self, state: DesiredState, known: Frame | None) -> None:
        self.state = state
        self.known = known
        self.places = Places.of(state)
        authoritative = Mode.AUTHORITATIVE
        manage = state.manage
        self.scope = _Scope(
            tier=known is not None or "tier" in state.settings,
            switch=known is not None or "project_level_permissions" in state.settings,
            groups=known is not None or manage.groups is authoritative,
            defaults=(manage.default_projects is not Mode.IGNORE
                      and manage.groups is authoritative
                      and manage.project_roles is authoritative),
        )
        settings = known.settings if known is not None else Settings()
        for setting, value in state.settings.items():
            settings = changed_settings(settings, setting, value)
        self.settings = settings
        self.world = self._world(settings)

    def run(self) -> Iterator[Finding]:
        yield from self._settings()
        yield from self._spaces()
        yield from self._groups()
        yield from self._members()
        yield from self._admins()
        yield from self._departures()
        yield from self._transfers()

    def _world(self, settings: Settings) -> World:
        """The organization as declared: frame only."""
        state, known = self.state, self.known
        projects = {p.id: Project(id=p.id, name=p.name) for p in state.projects.values()}
        spaces = {s.id: TeamSpace(id=s.id, name=s.name) for s in state.spaces.values()}
        groups = {g.id: Group(id=g.id, description=g.description, projects=g.projects,
                              spaces=g.spaces) for g in state.groups.values()}
        teams = set(state.teams)
        if known is not None:
            projects = {**known.projects, **projects}
            spaces = {**known.spaces, **spaces}
            teams |= known.teams
            if state.manage.groups is Mode.IGNORE:
                groups = dict(known.groups)
            elif state.manage.groups is Mode.ADDITIVE:
                groups = {**known.groups, **groups}
        return World(Frame(
            organization=state.organization, settings=settings, projects=projects, spaces=spaces,
            teams=frozenset(teams), groups=groups))

    def _ask(self, world: World, operation: Operation, rules: Iterable[str]) -> list[Finding]:
        asked = set(rules)
        if not self.scope.tier:
            asked.discard("R03")
        if not self.scope.switch:
            asked.discard("R04")
        found = judge(world, operation, actor=None, now=_NOW)
        return [f for f in found if f.rule in asked]

    # --- the frame ------------------------------------------------------------------------------

    def _settings(self) -> Iterator[Finding]:
        for setting in ("sso", "project_level_permissions"):
            if self.state.settings.get(setting) is True:
                change = ChangeSetting(setting, True)
                for finding in self._ask(self.world, change, ("R03",)):
                    yield finding.at(self._place("settings", setting))

    def _spaces(self) -> Iterator[Finding]:
        there = dict(self.known.spaces) if self.known is not None else {}
        world = World(Frame(organization=self.state.organization, settings=self.settings,
                            spaces=there))
        for space in self.state.spaces.values():
            if space.id in there:
                continue
            for finding in self._ask(world, CreateSpace(space.id, space.name), ("R03",)):
                yield finding.at(self._place("team_spaces", space.id))
            world.spaces[space.id] = TeamSpace(id=space.id, name=space.name)

    def _groups(self) -> Iterator[Finding]:
        if self.state.manage.groups is Mode.IGNORE:
            return
        world = self._world(self.settings)
        world.groups = {}
        for group in self.state.groups.values():
            parts: list[tuple[Operation, tuple[str, ...], set[str]]] = [
                (CreateGroup(group.id, ""), (), {"R03"})]
            parts += [(CreateGroup(group.id, "", projects=FrozenMap({project: role})),
                       ("projects", project), {"R02", "R04"})
                      for project, role in group.projects.items()]
            parts += [(CreateGroup(group.id, "", spaces=frozenset({space})),
                       ("team_spaces", space), {"R02"}) for space in group.spaces]
            for create, path, rules in parts:
                for finding in self._ask(world, create, rules):
                    yield finding.at(self._place("groups", group.id, *path))

    # --- people ---------------------------------------------------------------------------------

    def _members(self) -> Iterator[Finding]:
        if self.state.manage.members is Mode.IGNORE:
            return
        bad_groups = self._unclear_groups()
        for member in self._unclear(bad_groups):
            yield from self._judge_member(member)

    def _unclear_groups(self) -> set[str]:
        """Groups that are named somewhere and are not in the world."""
        named: set[str] = set()
        for groups in {id(m.groups): m.groups for m in self.state.members.values()}.values():
            named |= groups
        return named - self.world.groups.keys()

    def _unclear(self, bad_groups: set[str]) -> Iterator[DesiredMember]:
        """Members that plain sets do not clear of every rule."""
        world, scope = self.world, self.scope
        on = world.settings.project_level_permissions
        roles = {None, *organization_roles(on)} if scope.switch else {None, *Role}
        no_projects = scope.switch and not on
        projects, spaces = world.projects.keys(), world.spaces.keys()
        teams = {None, *world.teams}
        no_groups = scope.tier and bool(self._tier_lacks_groups())
        no_project_roles = scope.tier and bool(self._tier_lacks_projects())
        reach = _Reach(world)
        for member in self.state.members.values():
            held, groups, own = member.projects, member.groups, member.spaces
            team, default = member.team, member.default_project
            if (
                member.role not in roles
                or (held and (no_projects or no_project_roles or not held.keys() <= projects))
                or (groups and (no_groups or (bad_groups and not groups.isdisjoint(bad_groups))))
                or (own and not isinstance(own, Unset) and not own <= spaces)
                or (not isinstance(team, Unset) and team not in teams)
                or (default is not None and not isinstance(default, Unset)
                    and (default not in projects or self._out_of_reach(member, default, reach)))
                or (held and groups and reach.below_floor(held, groups))
            ):
                yield member

    def _out_of_reach(self, member: DesiredMember, default: str, reach: _Reach) -> bool:
        if not self.scope.defaults or not self.scope.switch or member.role is Role.ADMIN:
            return False
        if not self.world.settings.project_level_permissions or default in member.projects:
            return False
        return not reach.reaches(member.groups, default)

    def _tier_lacks_groups(self) -> list[Finding]:
        probe = Invite(Email("probe@probe.example"),
                       Access(role=Role.USER, groups=frozenset({"probe"})))
        return self._ask(self.world, probe, ("R03",))

    def _tier_lacks_projects(self) -> list[Finding]:
        probe = Invite(Email("probe@probe.example"),
                       Access(role=Role.USER, projects=FrozenMap({"probe": Role.VIEWER})))
        return self._ask(self.world, probe, ("R03",))

    def _judge_member(self, member: DesiredMember) -> Iterator[Finding]:
        """Ask about every part alone, so that each finding has the place of its part."""
        for access, path, rules in self._parts(member):
            for finding in self._ask(self.world, Invite(member.email, access), rules):
                made = finding if finding.rule != "R21" else replace(
                    finding, severity=Severity.WARNING)
                yield made.at(self._place("members", member.email, *path))

    def _parts(self, member: DesiredMember) -> Iterator[tuple[Access, tuple[str, ...], set[str]]]:
        lowest = default_role(self.world.settings.project_level_permissions)
        groups, own, default = member.groups, member.spaces, member.default_project
        if member.role is not None:
            yield Access(role=member.role), ("role",), {"R04"}
        for project, role in member.projects.items():
            held = FrozenMap({project: role})
            yield (Access(role=lowest, projects=held, groups=groups), ("projects", project),
                   {"R04", "R21"})
            yield Access(role=lowest, projects=held), ("projects", project), {"R02"}
        if member.projects:
            yield Access(role=lowest, projects=member.projects), ("projects",), {"R03"}
        if groups:
            yield Access(role=lowest, groups=groups), ("groups",), {"R03"}
        for group in groups if self.scope.groups else ():
            yield Access(role=lowest, groups=frozenset({group})), ("groups", group), {"R02"}
        for space in () if isinstance(own, Unset) else own:
            yield Access(role=lowest, spaces=frozenset({space})), ("team_spaces", space), {"R02"}
        if not isinstance(member.team, Unset) and member.team is not None:
            yield Access(role=lowest, team=member.team), ("team",), {"R02"}
        if isinstance(default, Unset) or default is None:
            return
        yield Access(role=lowest, default_project=default), ("default_project",), {"R02"}
        # Where a group is unknown, so is what it gives.
        sure = groups <= self.world.groups.keys() and default in self.world.projects
        if self.scope.defaults and self.scope.switch and sure:
            yield (Access(role=member.role or lowest, projects=member.projects, groups=groups,
                          default_project=default), ("default_project",), {"R05"})

    def _admins(self) -> Iterator[Finding]:
        state = self.state
        if state.manage.members is not Mode.AUTHORITATIVE or not state.members:
            return
        if any(m.role is Role.ADMIN for m in state.members.values()):
            return
        yield Finding(
            rule="R20", subject=state.organization,
            what=f"no declared member is admin of {state.organization}",
            how="give at least one member role: admin", location=self._place("members", ""))

    def _departures(self) -> Iterator[Finding]:
        state = self.state
        if state.manage.members is not Mode.AUTHORITATIVE:
            return
        for departure in state.departures.values():
            receiver = departure.transfer_to
            if receiver is None:
                continue
            world = World(Frame(organization=state.organization, settings=self.settings))
            world.adopt(_joined(e) for e in (departure.email, receiver)
                        if e in state.members or e == departure.email)
            transfer = TransferContent(departure.email, receiver)
            for finding in self._ask(world, transfer, ("R30",)):
                made = self._receiver_leaves(departure, finding)
                yield made.at(self._place("departures", departure.email, "transfer_content_to"))

    def _transfers(self) -> Iterator[Finding]:
        """R02 and R30 on declared transfers of content."""
        state = self.state
        people = state.manage.members is Mode.AUTHORITATIVE
        for transfer in state.transfers:
            if transfer.project is not None and transfer.project not in self.world.projects:
                probe = Access(role=Role.USER, default_project=transfer.project)
                for finding in self._ask(self.world, Invite(transfer.receiver, probe), ("R02",)):
                    yield finding.at(self._in_list(transfer, "project"))
            if people and transfer.receiver not in state.members:
                world = World(Frame(organization=state.organization, settings=self.settings))
                move = TransferContent(transfer.source, transfer.receiver)
                for finding in self._ask(world, move, ("R30",)):
                    made = replace(finding, how="name a member who is declared")
                    yield made.at(self._in_list(transfer, "to"))

    def _in_list(self, transfer: ContentTransfer, key: str) -> Location:
        return self.places.find(self.state.files[transfer.file], transfer.line,
                                "content_transfers", str(transfer.number), (key,))

    def _receiver_leaves(self, departure: Departure, finding: Finding) -> Finding:
        receiver = departure.transfer_to
        if receiver != departure.email and receiver in self.state.departures:
            return replace(finding, how="name somebody who stays",
                           what=f"{receiver}, who is to receive content, leaves as well")
        if receiver != departure.email:
            return replace(finding, how="name a member who is declared")
        return finding

    # --- places ---------------------------------------------------------------------------------

    def _place(self, section: str, key: str, *path: str) -> Location:
        """Only what is written is a place: a part that is nowhere has that of its entry."""
        return self.places.locate(self.state, section, key, path)


class _Reach:
    """What groups give, without building what each combination of them gives."""

    def __init__(self, world: World) -> None:
        self._roles = {name: group.projects for name, group in world.groups.items()}

    def reaches(self, groups: frozenset[str], project: str) -> bool:
        """Whether one of these groups gives a role on a project."""
        roles = self._roles
        return any(name in roles and project in roles[name] for name in groups)

    def below_floor(self, held: FrozenMap[str, Role], groups: frozenset[str]) -> bool:
        """Whether a direct role is lower than what the groups give."""
        for name in groups:
            given = self._roles.get(name)
            if given and not given.keys().isdisjoint(held):
                for project, role in given.items():
                    if project in held and RANK[held[project]] < RANK[role]:
                        return True
        return False


def _joined(email: Email) -> Member:
    return Member(email=email, state=MemberState.JOINED, role=Role.USER)
