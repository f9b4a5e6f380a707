"""The access that an invitation or an approval carries, as options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from reconciler.cli.inputs import ID, ROLE, ROLE_ON_PROJECT, TEXT
from reconciler.cli.session import open_store, the_organization
from reconciler.model.organization import Access
from reconciler.model.roles import Role, default_role
from reconciler.model.values import frozen_map

F = TypeVar("F", bound=Callable[..., Any])


def access_options(command: F) -> F:
    """--role, --project, --group, --space, --team, --default-project, --name."""
    for option in reversed((
        click.option("--role", type=ROLE,
                     help="The organization role. Default: the lowest, viewer or user."),
        click.option("--project", "projects", metavar="PROJECT=ROLE", multiple=True,
                     type=ROLE_ON_PROJECT, help="A role on a project; may be repeated."),
        click.option("--group", "groups", metavar="GROUP", multiple=True, type=ID,
                     help="A group to be in; may be repeated."),
        click.option("--space", "spaces", metavar="SPACE", multiple=True, type=ID,
                     help="A team space to be in; may be repeated."),
        click.option("--team", metavar="TEAM", type=ID, help="The team."),
        click.option("--default-project", metavar="PROJECT", type=ID,
                     help="The project shown first; they must have a role on it (R05)."),
        click.option("--name", metavar="NAME", type=TEXT, help="The person's name."),
    )):
        command = option(command)
    return command


def access_of(
    granted: dict[str, Any], *, store_url: str, organization: str | None, people: int
) -> Access:
    """The access that these options mean; the lowest role depends on the organization."""
    projects = granted["projects"]
    names = [project for project, _ in projects]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise click.UsageError(f"--project names {twice[0]} twice.")
    if granted["name"] is not None and people > 1:
        raise click.UsageError("--name is for one person; there are several.")
    if granted["role"] is None:
        store = open_store(store_url)
        with store.reader(the_organization(store, organization)) as reader:
            role = default_role(reader.frame().settings.project_level_permissions)
    else:
        role = Role(granted["role"])
    return Access(
        role=role, projects=frozen_map(projects), groups=frozenset(granted["groups"]),
        spaces=frozenset(granted["spaces"]), team=granted["team"],
        default_project=granted["default_project"], name=granted["name"])
