"""`reconciler edit set-role`: roles of one person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from reconciler.cli.edit.editing import edit_files, edit_options
from reconciler.cli.inputs import EMAIL, ID
from reconciler.model.email import Email
from reconciler.model.roles import PROJECT_ROLES, Role

if TYPE_CHECKING:
    from reconciler.desired.edits.workspace import Workspace

_NONE: Final = "none"
_ROLES: Final = tuple(str(role) for role in Role)


@click.command("set-role")
@edit_options
@click.argument("email", metavar="EMAIL", type=EMAIL)
@click.argument("roles", metavar="ROLE|PROJECT=ROLE...", nargs=-1, required=True)
def set_role(path: str, email: Email, roles: tuple[str, ...]) -> None:
    """Set the organization role of a member, or direct roles on projects; PROJECT=none removes.

    What else is written about a role (until, reason) stays.

    \b
    Examples:
      reconciler edit set-role org.yaml sam@acme.example admin
      reconciler edit set-role org.yaml sam@acme.example web=manager mobile=none
    """
    from reconciler.desired.edits.people import set_organization_role, set_project_roles

    organization, projects = _read(roles)

    def change(files: Workspace) -> None:
        if organization is not None:
            set_organization_role(files, email, organization)
            files.settle()
        if projects:
            set_project_roles(files, email, projects)

    edit_files(path, change)


def _read(roles: tuple[str, ...]) -> tuple[Role | None, dict[str, Role | None]]:
    organization: Role | None = None
    projects: dict[str, Role | None] = {}
    for text in roles:
        project, equals, role = text.rpartition("=")
        if not equals:
            if text not in _ROLES or organization is not None:
                raise click.UsageError(f"{text!r} is not one of {', '.join(_ROLES)}, given once, "
                                       "nor PROJECT=ROLE.")
            organization = Role(text)
            continue
        if not project or role not in (*PROJECT_ROLES, _NONE):
            raise click.UsageError(f"{text!r} is not PROJECT=ROLE with one of the roles "
                                   f"{', '.join(PROJECT_ROLES)}, or none.")
        name = ID(project)
        if name in projects:
            raise click.UsageError(f"the project {name} is named twice.")
        projects[name] = None if role == _NONE else Role(role)
    return organization, projects
