"""`reconciler who-can`: everybody who has a role on a project."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import click

from reconciler.cli.explain import FORMATS, as_of_option, at_moment, that_was
from reconciler.cli.options import color_option, organization_option, store_option
from reconciler.cli.output import columns, paint, result, result_json
from reconciler.cli.patience import working
from reconciler.cli.session import open_to_read, the_organization
from reconciler.explaining.access import who_can as everybody_who_can
from reconciler.model.errors import InvalidInput
from reconciler.model.nearest import did_you_mean
from reconciler.model.roles import PROJECT_ROLES, Role
from reconciler.reports.escape import for_terminal
from reconciler.reports.paint import Tone
from reconciler.reports.spreadsheet import to_csv
from reconciler.reports.words import counted

_HEAD: Final = ("email", "state", "role", "sources")


@click.command("who-can")
@click.argument("role", metavar="ROLE", type=click.Choice([str(r) for r in PROJECT_ROLES]))
@click.argument("project", metavar="PROJECT")
@click.option("--exactly", is_flag=True, help="Only who has this role, not who has more.")
@as_of_option
@click.option("--format", "format_", type=FORMATS, default="text", show_default=True,
              help="How to print the result.")
@store_option
@organization_option
@color_option
def who_can(
    role: str, project: str, *, exactly: bool, as_of: datetime | None, format_: str,
    store_url: str, organization: str | None,
) -> None:
    """List everybody who has at least ROLE on PROJECT, with every reason for it.

    With --as-of it is the access review that auditors ask for. Who is invited is listed as
    pending: they have it once they join.

    \b
    Examples:
      reconciler who-can admin web
      reconciler who-can viewer web --as-of 2027-01-31 --format csv > review.csv
    """
    as_of = that_was(as_of)
    store = open_to_read(store_url)
    where = the_organization(store, organization)
    with working("looking up access"), store.reader(where) as reader:
        then = at_moment(reader, where, None, as_of)
        if project not in then.world.projects:
            raise InvalidInput(f"{where} has no project {project}",
                               how=did_you_mean(project, then.world.projects)
                               or "list them: reconciler live project list")
        found = everybody_who_can(then.world, list(then.world.everybody()), Role(role), project,
                                  exactly=exactly)
    rows = [(m.email, str(m.state), str(a.role), ", ".join(f"{s.said} {s.role}"
             if s.group or s.said == "direct" else s.said for s in a.sources)) for m, a in found]
    if format_ == "json":
        result_json({
            "organization": where, "project": project, "role": role, "exactly": exactly,
            "as_of": as_of.isoformat() if as_of is not None else None,
            "people": [{
                "email": m.email, "state": str(m.state), "role": str(a.role),
                "sources": [{"way": str(s.way), "role": str(s.role), "group": s.group or None}
                            for s in a.sources]} for m, a in found]})
        return
    if format_ == "csv":
        result(to_csv(_HEAD, rows).rstrip("\r\n"))
        return
    pending = sum(m.state == "pending" for m, _ in found)
    at = f" at {as_of:%Y-%m-%d %H:%M} UTC" if as_of is not None else ""
    least = "exactly" if exactly else "at least"
    said = [for_terminal(f"{counted(len(found), 'person')} with {least} {role} on {project}{at}"
                         f"{f', {pending:,} of them pending' if pending else ''}")]
    if rows:
        heading, *body = columns([tuple(c.upper() for c in _HEAD), *(
            tuple(for_terminal(cell) for cell in row) for row in rows)]).split("\n")
        said += ["", paint()(heading, Tone.HEADING), *body]
    result("\n".join(said))
