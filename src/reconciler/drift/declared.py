"""What the files say of single elements; UNSET where they say nothing."""

from __future__ import annotations

from reconciler.desired.state import DesiredMember, DesiredState, Mode
from reconciler.model.elements import Aspect, Element, Value
from reconciler.model.email import Email
from reconciler.model.roles import default_role
from reconciler.model.values import UNSET, Unset


def declared_value(
    state: DesiredState, element: Element, project_level: bool
) -> Value | Unset:
    """The value that the files want an element to have; None: that it is not there. A role that
    they leave open is the lowest, by whether permissions are by project."""
    thing, colon, name = element.subject.partition(":")
    if not colon:
        return _of_person(state, element, project_level)
    match thing:
        case "group":
            return _of_group(state, name, element)
        case "setting":
            value = state.settings.get(name, UNSET)
            return value if isinstance(value, (bool, Unset)) else str(value)
        case "project":
            project = state.projects.get(name)
            return project.name if project is not None else UNSET
        case "team-space":
            space = state.spaces.get(name)
            return space.name if space is not None else UNSET
        case _:
            return True if name in state.teams else UNSET


def _of_person(state: DesiredState, element: Element, project_level: bool) -> Value | Unset:
    member = state.members.get(Email(element.subject))
    manage = state.manage
    if manage.members is Mode.IGNORE:
        return UNSET
    if member is None:
        return None if manage.members is Mode.AUTHORITATIVE else UNSET
    match element.aspect:
        case Aspect.MEMBERSHIP:
            return True
        case Aspect.ROLE:
            return str(member.role or default_role(project_level))
        case Aspect.PROJECT_ROLE:
            if manage.project_roles is Mode.IGNORE:
                return UNSET
            role = member.projects.get(element.target)
            return str(role) if role is not None else _absent(manage.project_roles)
        case Aspect.GROUP:
            if manage.groups is Mode.IGNORE:
                return UNSET
            return True if element.target in member.groups else _absent(manage.groups)
        case _:
            return _convenience(state, member, element)


def _convenience(
    state: DesiredState, member: DesiredMember, element: Element
) -> Value | Unset:
    match element.aspect:
        case Aspect.TEAM_SPACE:
            if isinstance(member.spaces, Unset) or state.manage.team_spaces is Mode.IGNORE:
                return UNSET
            return (True if element.target in member.spaces
                    else _absent(state.manage.team_spaces))
        case Aspect.NAME:
            return member.name
        case Aspect.TEAM:
            return member.team
        case Aspect.DEFAULT_PROJECT:
            ignored = state.manage.default_projects is Mode.IGNORE
            return UNSET if ignored else member.default_project
        case _:
            return UNSET


def _of_group(state: DesiredState, name: str, element: Element) -> Value | Unset:
    mode = state.manage.groups
    group = state.groups.get(name)
    if mode is Mode.IGNORE:
        return UNSET
    if group is None:
        return _absent(mode)
    match element.aspect:
        case Aspect.EXISTENCE:
            return True
        case Aspect.DESCRIPTION:
            return group.description
        case Aspect.PROJECT_ROLE:
            role = group.projects.get(element.target)
            return str(role) if role is not None else _absent(mode)
        case _:
            return True if element.target in group.spaces else _absent(mode)


def _absent(mode: Mode) -> Unset | None:
    """What is not declared: to be taken away, or left to others."""
    return None if mode is Mode.AUTHORITATIVE else UNSET
