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
    *, store_url: str, organization: str | None, role: str | None,
    projects: tuple[tuple[str, Role], ...], groups: tuple[str, ...], spaces: tuple[str, ...],
    team: str | None, default_project: str | None, name: str | None,
) -> Access:
    """The access that these options mean; the lowest role depends on the organization."""
    twice = sorted({p for p, _ in projects if [q for q, _ in projects].count(p) > 1})
    if twice:
        raise click.UsageError(f"--project names {twice[0]} twice.")
    if role is None:
        store = open_store(store_url)
        with store.reader(the_organization(store, organization)) as reader:
            lowest = default_role(reader.frame().settings.project_level_permissions)
    else:
        lowest = Role(role)
    return Access(role=lowest, projects=frozen_map(projects), groups=frozenset(groups),
                  spaces=frozenset(spaces), team=team, default_project=default_project, name=name)
