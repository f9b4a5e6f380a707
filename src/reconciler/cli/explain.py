"""`reconciler explain`: why somebody has what they have."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import click

from reconciler.cli.audit import moment
from reconciler.cli.inputs import EMAIL
from reconciler.cli.options import color_option, organization_option, store_option
from reconciler.cli.output import paint, result, result_json
from reconciler.cli.places import folder_of
from reconciler.cli.session import now, open_to_read, the_organization
from reconciler.desired.revision import short
from reconciler.explaining.access import Access, Source, all_access
from reconciler.explaining.declared import Files
from reconciler.live.past import Past
from reconciler.live.ports import Reader, RunRecord
from reconciler.model.elements import Trace
from reconciler.model.email import Email, domain_of
from reconciler.model.errors import InvalidInput
from reconciler.model.migration import moved
from reconciler.model.nearest import did_you_mean
from reconciler.model.operations import MigrateDomain
from reconciler.model.organization import Member, MemberState
from reconciler.model.world import World
from reconciler.reports.escape import for_terminal
from reconciler.reports.paint import Tone
from reconciler.reports.spreadsheet import to_csv

FORMATS = click.Choice(["text", "json", "csv"])


def that_was(as_of: datetime | None) -> datetime | None:
    """A moment that has been, of today what has been of it. Raises InvalidInput for the future."""
    current = now()
    if as_of is None or as_of <= current:
        return as_of
    if as_of == datetime.combine(current.date(), time.max, UTC):
        return current
    raise InvalidInput(f"{as_of:%Y-%m-%d %H:%M} UTC lies in the future, and nobody knows who will "
                       "have what", how="name a time that has been")


def as_of_option(command: Any) -> Any:
    """--as-of TIME."""
    return click.option(
        "--as-of", "as_of", metavar="TIME", callback=lambda c, p, v: v and moment(v, last=True),
        help="As it was at a time (UTC), or at the end of a day (2027-01-31), by the audit log.",
    )(command)


class Moment(NamedTuple):
    """An organization at one moment, as far as it is asked for, and who made it so."""

    past: Past
    world: World


@click.command()
@click.argument("email", metavar="EMAIL", type=EMAIL)
@click.argument("project", metavar="[PROJECT]", required=False)
@click.option("--file", "path", metavar="PATH",
              help="The YAML that declares it, to name lines. Default: org.yaml here, if it is "
                   "there.")
@as_of_option
@click.option("--format", "format_", type=FORMATS, default="text", show_default=True,
              help="How to print the result.")
@store_option
@organization_option
@color_option
def explain(
    email: Email, project: str | None, *, path: str | None, as_of: datetime | None, format_: str,
    store_url: str, organization: str | None,
) -> None:
    """Say what somebody may do on each project, and every reason for it.

    Each reason names who made it so, when and in which run, the line of the YAML that grants it,
    and the smallest edit that would take it away, with what would be left then.

    \b
    Examples:
      reconciler explain sam@acme.example
      reconciler explain sam@acme.example web --file org.yaml
      reconciler explain sam@acme.example --as-of 2027-01-31 --format csv
    """
    as_of = that_was(as_of)
    store = open_to_read(store_url)
    where = the_organization(store, organization)
    with store.reader(where) as reader:
        then = at_moment(reader, where, [email], as_of)
        member = then.world.member(email)
        if member is None:
            raise _unknown(reader, where, email, as_of)
        if project is not None and project not in then.world.projects:
            raise InvalidInput(f"{where} has no project {project}",
                               how=did_you_mean(project, then.world.projects)
                               or "list them: reconciler live project list")
        found = [a for a in all_access(then.world, member, then.past.traces)
                 if project in (None, a.project)]
    runs = {run.id: run for run in store.runs(where)} if store.snapshot is None else {}
    if path is None and Path("org.yaml").is_file():
        path = "org.yaml"
    # The files are of now, and say nothing of the past.
    files = Files(path, email, found, folder=folder_of(path or ""),
                  by_project=then.world.settings.project_level_permissions
                  ) if as_of is None else None
    if format_ == "json":
        result_json({"organization": where, "as_of": as_of.isoformat() if as_of else None,
                     **_json(member, found, runs, files)})
    elif format_ == "csv":
        result(to_csv(_HEAD, _csv(member, found, runs, files)).rstrip("\r\n"))
    else:
        result("\n".join(_text(member, found, runs, files, project)))


def at_moment(
    reader: Reader, where: str, people: list[Email] | None, as_of: datetime | None
) -> Moment:
    """The organization now, or as the audit log tells that it was, with these people (None: all).
    Raises InvalidInput for a moment before its beginning, or any other than now of a snapshot."""
    up_to = None
    if as_of is not None and reader.snapshot is not None:
        raise InvalidInput("a snapshot keeps no history of who had what",
                           how="ask the live store, or leave --as-of out")
    if as_of is not None:
        up_to = reader.sequence_at(as_of)
        if not up_to:
            raise InvalidInput(f"{where} did not exist at {as_of:%Y-%m-%d %H:%M} UTC",
                               how="name a later time with --as-of")
    past = Past(where, traced=people is not None)
    if as_of is not None:
        past.tell(reader.told(people, up_to=up_to))
        return Moment(past, past.world)
    world = World(reader.frame(), reader)
    if people is not None and reader.snapshot is None:
        theirs = {group for member in world.people(people) for group in member.groups}
        past.tell(reader.told(people, groups=theirs))
    return Moment(past, world)


def _unknown(reader: Reader, where: str, email: Email, as_of: datetime | None) -> InvalidInput:
    when = f" at {as_of:%Y-%m-%d %H:%M} UTC" if as_of is not None else ""
    then = f" --as-of {as_of:%Y-%m-%dT%H:%M:%SZ}" if as_of is not None else ""
    # A snapshot keeps no records.
    for record in reader.told([email]) if reader.snapshot is None else ():
        if record.operation != MigrateDomain.kind or record.target is None:
            continue
        old, new = record.subject.partition(":")[2], record.target
        was, came = moved(email, old), moved(email, new)
        by = f"on {record.at:%Y-%m-%d %H:%M} UTC by {record.actor}"
        if as_of is not None and record.at > as_of and domain_of(email) == new:
            return InvalidInput(f"{email} was not in {where}{when}: addresses at {old} became "
                                f"{new} {by}", how=f"ask for {was}{then}")
        if (as_of is None or record.at <= as_of) and domain_of(email) == old:
            return InvalidInput(f"{email} is not in {where}{when}: addresses at {old} became "
                                f"{new} {by}", how=f"ask for {came}{then}")
    history = reader.history_of(email, limit=1)
    if history and as_of is None:
        last = history[0]
        before = f"{last.at - timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"
        return InvalidInput(
            f"{email} has no access to {where}: {last.operation.replace('-', ' ')} by {last.actor} "
            f"on {last.at:%Y-%m-%d %H:%M} UTC",
            how=f"ask {'' if reader.snapshot is None else 'the live store '}for the time before: "
                f"--as-of {before}")
    return InvalidInput(f"{email} was no member of {where}{when}" if when else
                        f"{email} is no member of {where}",
                        how=did_you_mean(email, [e for e in reader.emails() if e != email])
                        or "check the address")


# --- in words ---------------------------------------------------------------------------------


def _text(
    member: Member, found: list[Access], runs: dict[str, RunRecord], files: Files | None,
    project: str | None,
) -> Iterator[str]:
    tint = paint()
    state = "" if member.joined else f", {member.state}"
    yield tint(for_terminal(f"{member.email}: {member.role}{state}"), Tone.HEADING)
    if member.state is MemberState.PENDING:
        yield "  what follows holds once they have joined"
    if not found:
        on = f" on {project}" if project is not None else " on any project"
        yield for_terminal(f"  no role{on}, so no access")
        return
    for access in found:
        yield ""
        yield tint(for_terminal(f"{access.project}: {access.role}"), Tone.HEADING)
        for source in access.sources:
            yield for_terminal(f"  {source.role:<8} {source.said}{_by(source.trace, runs)}")
            if source.gave is not None:
                yield for_terminal(f"           the group has it{_by(source.gave, runs)}")
            if files is None:
                continue
            declared = files.of(access, source)
            differs = f", as {declared.differs}" if declared.differs else ""
            for place in declared.places:
                yield for_terminal(f"           declared at {place}{differs}")
            left = f"leaves {source.without}" if source.without else "leaves no access"
            yield for_terminal(f"           without it: {declared.way_out}"
                               f"{'' if differs else f' ({left})'}")


def _by(trace: Trace | None, runs: dict[str, RunRecord]) -> str:
    if trace is None:
        return ""
    run = runs.get(trace.run or "")
    commit = f", commit {short(run.commit)}" if run is not None and run.commit else ""
    how = f"run {trace.run}{commit}" if trace.run is not None else "by hand"
    return f", by {trace.by} on {trace.at:%Y-%m-%d %H:%M} UTC ({trace.how}, {how})"


_HEAD = ("email", "state", "organization_role", "project", "role", "source", "source_role", "by",
         "at", "run", "commit", "group_role_by", "group_role_at", "leaves", "declared_at",
         "without_it")


def _csv(
    member: Member, found: list[Access], runs: dict[str, RunRecord], files: Files | None
) -> Iterator[tuple[str, ...]]:
    for access in found:
        for source in access.sources:
            trace, gave = source.trace, source.gave
            run = runs.get(trace.run or "") if trace is not None else None
            declared = files.of(access, source) if files is not None else None
            yield (member.email, str(member.state), str(member.role), access.project,
                   str(access.role), source.said, str(source.role),
                   trace.by if trace else "", trace.at.isoformat() if trace else "",
                   (trace.run or "") if trace else "", (run.commit or "") if run else "",
                   gave.by if gave else "", gave.at.isoformat() if gave else "",
                   str(source.without or ""),
                   " ".join(declared.places) if declared else "",
                   declared.way_out if declared else "")


def _json(
    member: Member, found: list[Access], runs: dict[str, RunRecord], files: Files | None
) -> dict[str, Any]:
    return {
        "email": member.email, "state": str(member.state), "role": str(member.role),
        "projects": [{
            "project": a.project, "role": str(a.role),
            "sources": [_source_json(a, s, runs, files) for s in a.sources],
        } for a in found],
    }


def _source_json(
    access: Access, source: Source, runs: dict[str, RunRecord], files: Files | None
) -> dict[str, Any]:
    declared = files.of(access, source) if files is not None else None
    return {
        "way": str(source.way), "role": str(source.role), "group": source.group or None,
        "given": _trace_json(source.trace, runs), "group_given": _trace_json(source.gave, runs),
        "without": str(source.without) if source.without else None,
        "declared_at": list(declared.places) if declared else [],
        "declared_as": (declared.differs or None) if declared else None,
        "way_out": declared.way_out if declared else None,
    }


def _trace_json(trace: Trace | None, runs: dict[str, RunRecord]) -> dict[str, Any] | None:
    if trace is None:
        return None
    run = runs.get(trace.run or "")
    return {"by": trace.by, "at": trace.at.isoformat(), "operation": trace.how,
            "sequence": trace.sequence, "run": trace.run,
            "commit": run.commit if run is not None else None}
