"""`reconciler edit add-member`: declare people."""

from __future__ import annotations

from collections.abc import Iterable

import click

from reconciler.cli.edit.editing import edit_files, edit_options
from reconciler.cli.inputs import EMAILS, ID, ROLE, ROLE_ON_PROJECT, TEXT
from reconciler.model.day import as_day
from reconciler.model.email import Email
from reconciler.model.roles import Role


def _day(value: str) -> str:
    if as_day(value) is None:
        raise click.BadParameter(f"{value!r} is no day; write it as 2027-01-31.")
    return value


@click.command("add-member")
@edit_options
@EMAILS
@click.option("--role", type=ROLE, help="The organization role.")
@click.option("--project", "projects", metavar="PROJECT=ROLE", multiple=True,
              type=ROLE_ON_PROJECT, help="A role on a project; may be repeated.")
@click.option("--group", "groups", metavar="GROUP", multiple=True, type=ID,
              help="A group; may be repeated.")
@click.option("--name", metavar="TEXT", type=TEXT, help="The person's name.")
@click.option("--team", metavar="TEAM", type=ID, help="The team.")
@click.option("--default-project", metavar="PROJECT", type=ID, help="The project shown first.")
@click.option("--until", metavar="DATE", type=_day,
              help="The last day, in UTC, of their membership: 2027-01-31.")
@click.option("--file", "into", metavar="FILE",
              help="The file to write to, as the root file names it. Default: where files share "
                   "out the alphabet the one with their part of it, else the one with the most "
                   "members.")
def add_member(  # noqa: PLR0913 - one for each option
    path: str, emails: tuple[Email, ...], *, role: str | None,
    projects: tuple[tuple[str, Role], ...], groups: tuple[str, ...], name: str | None,
    team: str | None, default_project: str | None, until: str | None, into: str | None,
) -> None:
    """Declare people, all with the same access. What is not said is left to `defaults`.

    An entry is written where it belongs in a section that is sorted, else at its end.

    \b
    Examples:
      reconciler edit add-member org.yaml sam@acme.example --group analysts --team Data
      reconciler edit add-member org.yaml kim@contractor.example --project web=viewer \\
        --until 2027-01-31
      reconciler edit add-member access/ sam@acme.example --file members/s.yaml
    """
    from reconciler.desired.edits.people import NewMember, add_members

    if name is not None and len(set(emails)) > 1:
        raise click.UsageError("--name is for one person.")
    member = NewMember(
        name=name, role=None if role is None else Role(role), team=team, groups=groups,
        projects=_once(projects), default_project=default_project, until=until)
    edit_files(path, lambda files: add_members(files, emails, member, into=into))


def _once(projects: Iterable[tuple[str, Role]]) -> dict[str, Role]:
    roles: dict[str, Role] = {}
    for project, role in projects:
        if roles.setdefault(project, role) is not role:
            raise click.UsageError(f"--project names {project} with two roles.")
    return roles
