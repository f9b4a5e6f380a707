"""Compare keyed values: what the organization itself declares, then groups, then people."""

from __future__ import annotations

from reconciler.desired.state import DesiredGroup, DesiredState, Mode
from reconciler.live.ports import Reader
from reconciler.model.operations import (
    AddGroupSpace,
    ChangeSetting,
    CreateGroup,
    CreateProject,
    CreateSpace,
    CreateTeam,
    DeleteGroup,
    DescribeGroup,
    RemoveGroupRole,
    RemoveGroupSpace,
    RenameProject,
    RenameSpace,
    SetGroupRole,
)
from reconciler.model.organization import Group, Settings, Tier
from reconciler.model.perform import changed_settings
from reconciler.model.roles import RANK
from reconciler.model.world import Frame
from reconciler.planning.accounts import compare_accounts
from reconciler.planning.draft import Difference, Draft
from reconciler.planning.lifecycle.resolved import Resolved
from reconciler.planning.members import compare_members
from reconciler.planning.places import Sources
from reconciler.planning.plan import Note, Reason


def compare(resolved: Resolved, frame: Frame, reader: Reader) -> Difference:
    """Every difference between what is declared and what the live store holds, unordered."""
    state = resolved.state
    found = Difference(sources=Sources(state), held=resolved.held, ended=resolved.ended,
                       policy=resolved.policy)
    target = _compare_settings(state, frame, found)
    _compare_projects(state, frame, found)
    _compare_spaces(state, frame, found)
    _compare_teams(state, frame, found)
    if state.manage.groups is not Mode.IGNORE:
        _compare_groups(state, frame, found)
    compare_members(state, frame, target, reader, found)
    compare_accounts(resolved, frame, reader, found)
    return found


def _compare_settings(state: DesiredState, frame: Frame, found: Difference) -> Settings:
    target = frame.settings
    for setting in sorted(state.settings):
        value = state.settings[setting]
        old = getattr(frame.settings, setting)
        if old == value:
            continue
        target = changed_settings(target, setting, value)
        if setting == "tier":
            raises = list(Tier).index(Tier(str(value))) > list(Tier).index(frame.settings.tier)
            source = found.sources.of("tier", "")
        else:
            raises = bool(value)
            source = found.sources.of("settings", setting)
        found.drafts.append(
            Draft(ChangeSetting(setting, value), Reason.DIFFERS, raises=raises, source=source)
        )
    return target


def _compare_projects(state: DesiredState, frame: Frame, found: Difference) -> None:
    for name, project in sorted(state.projects.items()):
        known = frame.projects.get(name)
        if known is None:
            operation: CreateProject | RenameProject = CreateProject(name, project.name)
            found.drafts.append(Draft(operation, Reason.NOT_IN_STORE, source=state.place(project)))
        elif known.name != project.name:
            operation = RenameProject(name, project.name)
            found.drafts.append(Draft(operation, Reason.DIFFERS, source=state.place(project)))
    for name in sorted(frame.projects.keys() - state.projects.keys()):
        found.notes.append(_unmanaged("project", name))


def _compare_spaces(state: DesiredState, frame: Frame, found: Difference) -> None:
    for name, space in sorted(state.spaces.items()):
        known = frame.spaces.get(name)
        if known is None:
            operation: CreateSpace | RenameSpace = CreateSpace(name, space.name)
            found.drafts.append(Draft(operation, Reason.NOT_IN_STORE, source=state.place(space)))
        elif known.name != space.name:
            operation = RenameSpace(name, space.name)
            found.drafts.append(Draft(operation, Reason.DIFFERS, source=state.place(space)))
    for name in sorted(frame.spaces.keys() - state.spaces.keys()):
        found.notes.append(_unmanaged("team space", name))


def _compare_teams(state: DesiredState, frame: Frame, found: Difference) -> None:
    for team in sorted(set(state.teams) - frame.teams):
        found.drafts.append(
            Draft(CreateTeam(team), Reason.NOT_IN_STORE, source=found.sources.of("teams", team))
        )
    for team in sorted(frame.teams - set(state.teams)):
        found.notes.append(_unmanaged("team", team))


def _compare_groups(state: DesiredState, frame: Frame, found: Difference) -> None:
    for name, declared in sorted(state.groups.items()):
        known = frame.groups.get(name)
        if known is None:
            create = CreateGroup(name, declared.description, declared.projects, declared.spaces)
            found.drafts.append(Draft(create, Reason.NOT_IN_STORE, source=state.place(declared)))
        else:
            _compare_group(state, declared, known, found)
    for name in sorted(frame.groups.keys() - state.groups.keys()):
        if state.manage.groups is Mode.AUTHORITATIVE:
            found.drafts.append(
                Draft(DeleteGroup(name), Reason.NOT_DECLARED, raises=False,
                      source=found.sources.root)
            )
        else:
            found.notes.append(_unmanaged("group", name))


def _compare_group(
    state: DesiredState, declared: DesiredGroup, known: Group, found: Difference
) -> None:
    name = known.id
    additive = state.manage.groups is Mode.ADDITIVE
    if declared.description != known.description:
        found.drafts.append(
            Draft(DescribeGroup(name, declared.description), Reason.DIFFERS,
                  source=found.sources.of("groups", name, "description"))
        )
    if declared.projects != known.projects:
        for project, role in sorted(declared.projects.items()):
            old = known.projects.get(project)
            if old is role:
                continue
            raises = old is None or RANK[role] > RANK[old]
            if additive and not raises:
                found.notes.append(_kept(name, f"{old} of {project}", f"group {name}"))
                continue
            found.drafts.append(
                Draft(SetGroupRole(name, project, role),
                      Reason.DIFFERS if old else Reason.NOT_IN_STORE, raises=raises,
                      source=found.sources.of("groups", name, "projects", project))
            )
        for project in sorted(known.projects.keys() - declared.projects.keys()):
            if additive and (name, "role", project) not in found.ended:
                role = known.projects[project]
                found.notes.append(_kept(name, f"{role} of {project}", f"group {name}"))
                continue
            found.drafts.append(
                Draft(RemoveGroupRole(name, project), Reason.NOT_DECLARED, raises=False,
                      source=found.sources.of("groups", name))
            )
    for space in sorted(declared.spaces - known.spaces):
        found.drafts.append(
            Draft(AddGroupSpace(name, space), Reason.NOT_IN_STORE,
                  source=found.sources.of("groups", name, "team_spaces"))
        )
    if not additive:
        for space in sorted(known.spaces - declared.spaces):
            found.drafts.append(
                Draft(RemoveGroupSpace(name, space), Reason.NOT_DECLARED, raises=False,
                      source=found.sources.of("groups", name))
            )


def _unmanaged(noun: str, name: str) -> Note:
    subject = f"{noun.replace(' ', '-')}:{name}"
    return Note(code="unmanaged", subject=subject,
                text=f"{noun} {name} is in the live store and not declared; it is left alone")


def _kept(group: str, what: str, who: str) -> Note:
    return Note(code="kept", subject=f"group:{group}",
                text=f"{who} is {what}, more than declared; additive takes nothing away")
