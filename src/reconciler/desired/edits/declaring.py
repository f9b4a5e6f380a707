"""What adopted drift names and nobody declared: projects, team spaces, teams and groups.

They hold content or people and are never deleted, so the files may leave them out; but whoever has
a role on a project can only be declared where the project is.
"""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.desired.edits.people import most
from reconciler.desired.edits.splicing import add_entries, add_text
from reconciler.desired.edits.workspace import Workspace
from reconciler.model.elements import Aspect, Movement
from reconciler.model.organization import Group
from reconciler.model.world import Frame

_SECTION_OF = {
    Aspect.PROJECT_ROLE: "projects", Aspect.DEFAULT_PROJECT: "projects",
    Aspect.TEAM_SPACE: "team_spaces", Aspect.TEAM: "teams", Aspect.GROUP: "groups",
}


def declare_named(files: Workspace, movements: Iterable[Movement], frame: Frame) -> None:
    """Declare, as it is observed, what these movements name and the files do not."""
    named = {(section, str(m.element.target or m.after)) for m in movements
             if m.after is not None
             and (section := _SECTION_OF.get(m.element.aspect)) is not None}
    elsewhere = files.top.get("manage", {}).get("groups", "authoritative") != "authoritative"
    for _, name in sorted(n for n in named if n[0] == "groups" and not elsewhere):
        group = frame.groups.get(name)
        if group is not None and name not in _declared(files, "groups"):
            add_group(files, group)
            named |= {("projects", p) for p in group.projects}
            named |= {("team_spaces", s) for s in group.spaces}
            files.settle()
    for section, name in sorted(named):
        if section == "groups" or name in _declared(files, section):
            continue
        file = files.file(most(files, section))
        if section == "teams" and name in frame.teams:
            add_text(file, section, name)
        elif section == "projects" and name in frame.projects:
            add_entries(file, section, {name: {"name": frame.projects[name].name}})
        elif section == "team_spaces" and name in frame.spaces:
            add_entries(file, section, {name: {"name": frame.spaces[name].name}})
        files.settle()


def add_group(files: Workspace, group: Group) -> None:
    """Declare a group as it is."""
    fields = {
        "description": group.description,
        "projects": {p: str(group.projects[p]) for p in sorted(group.projects)},
        "team_spaces": sorted(group.spaces)}
    add_entries(files.file(most(files, "groups")), "groups",
                {group.id: {key: value for key, value in fields.items() if value}})


def _declared(files: Workspace, section: str) -> set[str]:
    return {key for _, key in files.entries(section)}
