"""What was changed in the live store, written into the files: `reconciler adopt`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from reconciler.desired.edits.declaring import add_group, declare_named
from reconciler.desired.edits.fields import add_item, drop, drop_item, put
from reconciler.desired.edits.filetext import FileText
from reconciler.desired.edits.people import (
    homes,
    kept_file,
    remove_members,
    set_organization_role,
    set_project_roles,
)
from reconciler.desired.edits.splicing import add_entries, remove_entry
from reconciler.desired.edits.spots import Pair
from reconciler.desired.edits.workspace import Workspace
from reconciler.model.elements import Aspect, Element, Movement, Value
from reconciler.model.email import Email
from reconciler.model.organization import Group, Member
from reconciler.model.roles import Role, default_role
from reconciler.model.world import Frame

_FIELD: Final = {
    Aspect.NAME: "name", Aspect.TEAM: "team", Aspect.DEFAULT_PROJECT: "default_project",
    Aspect.GROUP: "groups", Aspect.TEAM_SPACE: "team_spaces",
}


def adopt(
    files: Workspace, moved: Iterable[Movement], *, members: Mapping[Email, Member], frame: Frame,
) -> None:
    """Write what these movements came to into the files; `members` and `frame` are as observed.

    Whoever came or went is written or taken out as a whole, and other movements of the same subject
    with them. A project, team space, team or group that is named and was not declared is declared
    as it is. Raises InvalidInput for what cannot be edited, with its place.
    """
    movements = list(moved)
    groups, project_level = frame.groups, frame.settings.project_level_permissions
    declare_named(files, movements, frame)
    whole = {m.element.subject: m for m in movements
             if m.element.aspect in (Aspect.MEMBERSHIP, Aspect.EXISTENCE)}
    for movement in [*whole.values(),
                     *(m for m in movements if m.element.subject not in whole)]:
        _adopt(files, movement, members, groups, project_level)
        files.settle()


def _adopt(
    files: Workspace, movement: Movement, members: Mapping[Email, Member],
    groups: Mapping[str, Group], project_level: bool,
) -> None:
    element, value = movement.element, movement.after
    thing, colon, name = element.subject.partition(":")
    if not colon:
        email = Email(element.subject)
        if element.aspect is Aspect.MEMBERSHIP:
            # Whoever was taken out may be asking to join again by now.
            _person(files, email, members.get(email) if value else None, project_level)
        else:
            _of_person(files, email, element, value)
    elif thing == "group":
        if element.aspect is Aspect.EXISTENCE:
            group = groups.get(name) if value else None
            if group is None:
                remove_entry(_file_of(files, "groups", name), "groups", name)
            elif name not in {key for _, key in files.entries("groups")}:
                add_group(files, group)
        else:
            _of_group(files, name, element, value)
    elif thing == "setting":
        _setting(files, name, value)
    else:
        section = {"project": "projects", "team-space": "team_spaces"}[thing]
        file = _file_of(files, section, name)
        _put(file, section, name, ["name"], value)


# --- people -----------------------------------------------------------------------------------


def _person(files: Workspace, email: Email, known: Member | None, project_level: bool) -> None:
    if known is None:
        remove_members(files, [email], None)
        return
    defaults = files.top.get("defaults", {})
    fields: dict[str, Any] = {}
    if known.name is not None:
        fields["name"] = known.name
    if str(known.role) != defaults.get("role", str(default_role(project_level))):
        fields["role"] = str(known.role)
    optional = (("team", known.team), ("default_project", known.default_project))
    grants = (("groups", sorted(known.groups)),
              ("projects", {p: str(known.projects[p]) for p in sorted(known.projects)}),
              ("team_spaces", sorted(known.spaces)))
    fields |= {key: value for key, value in (*optional, *grants) if value or key in defaults}
    home = kept_file(files, role=known.role, projects=known.projects, groups=known.groups)
    if home is None:
        (home,) = homes(files, [email]).values()
    add_entries(files.file(home), "members", {email: fields})


def _of_person(files: Workspace, email: Email, element: Element, value: Value) -> None:
    match element.aspect:
        case Aspect.ROLE:
            set_organization_role(files, email, Role(str(value)))
        case Aspect.PROJECT_ROLE:
            role = None if value is None else Role(str(value))
            set_project_roles(files, email, {element.target: role})
        case Aspect.GROUP | Aspect.TEAM_SPACE:
            name, key = files.person(email)
            default = files.top.get("defaults", {}).get(_FIELD[element.aspect])
            _listed(files.file(name), "members", key, _FIELD[element.aspect], element.target,
                    there=value is True, default=default)
        case _:
            name, key = files.person(email)
            _put(files.file(name), "members", key, [_FIELD[element.aspect]], value)


# --- groups and the organization --------------------------------------------------------------


def _of_group(files: Workspace, name: str, element: Element, value: Value) -> None:
    file = _file_of(files, "groups", name)
    match element.aspect:
        case Aspect.PROJECT_ROLE if value is None:
            pair = file.entry("groups", name).pair
            inner = pair.value.pair("projects")
            if inner is None:
                raise file.by_hand(f"the group {name}")
            projects = file.document["groups"][name]["projects"]
            if len(projects) > 1:
                drop(file, inner, element.target)
                del projects[element.target]
            else:
                drop(file, pair, "projects")
                del file.document["groups"][name]["projects"]
        case Aspect.PROJECT_ROLE:
            before = (file.document["groups"][name] or {}).get("projects") or {}
            deep = ["role"] if isinstance(before.get(element.target), dict) else []
            _put(file, "groups", name, ["projects", element.target, *deep], value)
        case Aspect.TEAM_SPACE:
            _listed(file, "groups", name, "team_spaces", element.target, there=value is True,
                    default=None)
        case _:
            _put(file, "groups", name, ["description"], value)


def _setting(files: Workspace, name: str, value: Value) -> None:
    file = files.file(files.names[0])
    section = "tier" if name == "tier" else "settings"
    pair = file.section(section)
    if pair is None:
        raise file.by_hand(section)
    if name == "tier":
        put(file, pair, [], value)
        file.document["tier"] = value
        return
    put(file, pair, [name], value)
    file.document["settings"] = {**file.document["settings"], name: value}


# --- places -----------------------------------------------------------------------------------


def _file_of(files: Workspace, section: str, key: str) -> FileText:
    return files.file(next(name for name, known in files.entries(section) if known == key))


def _put(file: FileText, section: str, key: str, path: list[str], value: Value) -> None:
    """State a field of an entry, in the file and in what it means."""
    put(file, file.entry(section, key).pair, path, value)
    box: Any = file.document[section]
    for step in [key, *path[:-1]]:
        box[step] = {**(box.get(step) or {})}
        box = box[step]
    box[path[-1]] = value


def _listed(
    file: FileText, section: str, key: str, field: str, name: str, *, there: bool,
    default: list[Any] | None,
) -> None:
    """Put a name into a list of an entry, or take it out; items may be mappings with an end."""
    entry = dict(file.document[section][key] or {})
    own: list[Any] = list(entry.get(field) or [])
    pair = file.entry(section, key).pair
    inner = pair.value.pair(field) if field in entry else None
    at = next((i for i, item in enumerate(own) if _named(item) == name), None)
    if field not in entry:
        whole = [*(default or [])]
        whole = ([*whole, name] if there else [i for i in whole if _named(i) != name])
        put(file, pair, [field], whole)
        own = whole
    elif there and at is None:
        if own and inner is not None:
            add_item(file, inner.value, name)
        else:
            put(file, pair, [field], [name])
        own.append(name)
    elif not there and at is not None:
        del own[at]
        if own and inner is not None:
            drop_item(file, inner.value, at)
        elif (default is None and field == "groups") or section == "groups":
            drop(file, pair, field)
            entry.pop(field)
            file.document[section][key] = entry
            return
        else:
            _emptied(file, pair, inner)
    entry[field] = own
    file.document[section][key] = entry


def _emptied(file: FileText, pair: Pair, inner: Pair | None) -> None:
    """An empty list in the place of one whose last item goes: absent would mean something else."""
    if inner is None or not inner.value.flow:
        raise file.by_hand(f"the list at {file.place(pair.key.start)}")
    put(file, inner, [], [])


def _named(item: Any) -> Any:
    return item["group"] if isinstance(item, dict) else item
