"""Random organizations, desired states and actors, small enough that things meet."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

PEOPLE = tuple(f"{name}@acme.example" for name in ("ada", "bob", "cy", "dee", "eve", "fay"))
FOUNDER = "root@acme.example"
PROJECTS = ("web", "ios", "ops")
GROUPS = ("g1", "g2", "g3")
SPACES = ("s1", "s2")
TEAMS = ("Data", "Sales")
ACCOUNTS = ("octo", "cat", "Hubot")
PROJECT_ROLES = ("viewer", "member", "manager", "admin")
Document = dict[str, Any]

roles_on_projects = st.dictionaries(st.sampled_from(PROJECTS), st.sampled_from(PROJECT_ROLES),
                                    max_size=3)


@st.composite
def groups(draw: st.DrawFn, names: list[str]) -> Document:
    made: Document = {}
    for name in names:
        group: Document = {"projects": draw(roles_on_projects)}
        if draw(st.booleans()):
            group["description"] = draw(st.sampled_from(("", "Read", "Write")))
        if draw(st.booleans()):
            group["team_spaces"] = draw(st.lists(st.sampled_from(SPACES), unique=True))
        made[name] = group
    return made


@st.composite
def members(draw: st.DrawFn, group_names: list[str], switch: bool) -> Document:
    lower = ("user",) if switch else ("viewer", "member", "manager")
    made: Document = {}
    for email in draw(st.lists(st.sampled_from(PEOPLE), unique=True)):
        member: Document = {"role": draw(st.sampled_from((*lower, *lower, "admin")))}
        if switch:
            member["projects"] = draw(roles_on_projects)
            if group_names:
                member["groups"] = draw(st.lists(st.sampled_from(group_names), unique=True))
        if draw(st.booleans()):
            member["team"] = draw(st.sampled_from((*TEAMS, None)))
        if draw(st.booleans()):
            member["team_spaces"] = draw(st.lists(st.sampled_from(SPACES), unique=True))
        if draw(st.booleans()):
            member["name"] = draw(st.sampled_from(("A", "B", None)))
        if draw(st.booleans()):
            member["default_project"] = draw(st.sampled_from((*PROJECTS, None)))
        made[email] = member
    # Whoever is named twice has one account; an account is one person's.
    names = draw(st.permutations(ACCOUNTS))
    for email, name in zip(draw(st.lists(st.sampled_from(PEOPLE), max_size=3)), names,
                           strict=False):
        if email in made:
            made[email]["accounts"] = {"github": name}
    return made


def _keep_legal(document: Document) -> None:
    """Leave out what a file may not say, so that most examples get past validation."""
    on = document["settings"]["project_level_permissions"]
    for member in document["members"].values():
        given: dict[str, list[str]] = {}
        for group in member.get("groups", ()):
            for project, role in document["groups"][group]["projects"].items():
                given.setdefault(project, []).append(role)
        for project in list(member.get("projects", {})):
            floor = max((PROJECT_ROLES.index(r) for r in given.get(project, ())), default=-1)
            if PROJECT_ROLES.index(member["projects"][project]) < floor:
                del member["projects"][project]
        default = member.get("default_project")
        reach = set(member.get("projects", {})) | set(given)
        if default and on and member["role"] != "admin" and default not in reach:
            del member["default_project"]


@st.composite
def documents(draw: st.DrawFn, *, switch: bool | None = None) -> Document:
    """A desired state that names the founder as an admin."""
    on = draw(st.booleans()) if switch is None else switch
    group_names = draw(st.lists(st.sampled_from(GROUPS), unique=True)) if on else []
    document: Document = {
        "apiVersion": "reconciler/v1",
        "organization": "acme",
        "tier": "enterprise",
        "settings": {"project_level_permissions": on},
        "projects": {p: {"name": draw(st.sampled_from((p, p.upper())))} for p in PROJECTS},
        "team_spaces": {s: {"name": s} for s in SPACES},
        "teams": list(TEAMS),
        "groups": draw(groups(group_names)),
        "members": draw(members(group_names, on)),
    }
    modes = draw(st.dictionaries(
        st.sampled_from(("members", "groups", "project_roles", "default_projects",
                         "team_spaces")),
        st.sampled_from(("authoritative", "additive")), max_size=2))
    if modes:
        document["manage"] = modes
    document["members"][FOUNDER] = {"role": "admin"}
    _keep_legal(document)
    return document


@dataclass(frozen=True)
class HandEdit:
    """What somebody does in the product between two runs; refused ones do not matter."""

    kind: str
    who: str
    about: str
    role: str


hand_edits = st.lists(
    st.builds(
        HandEdit,
        kind=st.sampled_from(("join", "login", "role", "project-role", "add", "leave", "remove",
                              "content", "space", "unproject")),
        who=st.sampled_from(PEOPLE),
        about=st.sampled_from((*PROJECTS, *GROUPS, *SPACES)),
        role=st.sampled_from((*PROJECT_ROLES, "user")),
    ),
    max_size=12,
)


def with_departures(document: Document, there: set[str], receiver: str, keep: bool) -> Document:
    """The document, with a decision for everybody who is there and not declared."""
    gone = there - set(document["members"])
    decision: Document = (
        {"transfer_content_to": receiver} if keep else {"leave_content": "unassigned"})
    return {**document, "departures": {email: decision for email in sorted(gone)}}


def write(document: Document, folder: Path, *, shuffled: int | None = None) -> Path:
    """The document as a file: JSON is YAML. `shuffled` is a seed for the order of keys."""
    path = folder / "org.yaml"
    path.write_text(json.dumps(document if shuffled is None else
                               _shuffle(document, random.Random(shuffled))))
    return path


def _shuffle(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        items = list(value.items())
        chance.shuffle(items)
        return {key: _shuffle(inner, chance) for key, inner in items}
    if isinstance(value, list):
        items = [_shuffle(inner, chance) for inner in value]
        chance.shuffle(items)
        return items
    return value
