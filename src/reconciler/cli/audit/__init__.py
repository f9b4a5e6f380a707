"""`reconciler audit`: what was done to the live organization, by whom, and whether that is true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any, Final

import click

from reconciler.cli.inputs import EMAIL
from reconciler.cli.lazy import Entry, LazyGroup
from reconciler.cli.options import color_option, organization_option, store_option
from reconciler.cli.output import columns, paint, result, result_json
from reconciler.cli.session import open_store, the_organization
from reconciler.live.ports import Sealed, Store, Wanted
from reconciler.model.email import Email
from reconciler.model.errors import InvalidInput
from reconciler.model.nearest import did_you_mean
from reconciler.reports.escape import for_terminal
from reconciler.reports.paint import Tone

SHOWN: Final = 20
"""How many records are shown where nothing else is asked for."""


def moment(value: str, *, last: bool) -> datetime:
    """A day or an ISO time as a moment in UTC; of a day its first one, or its last."""
    try:
        if len(value) == len("2027-01-31"):
            day = date.fromisoformat(value)
            return datetime.combine(day, time.max if last else time.min, UTC)
        at = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is neither a day nor a time; write 2027-01-31 or "
                                 "2027-01-31T12:00:00Z.") from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


@click.group(cls=LazyGroup, invoke_without_command=True, entries={
    "verify": Entry("reconciler.cli.audit.verify:verify",
                    "Check that no record was altered, removed or inserted."),
})
@click.option("--member", metavar="EMAIL", type=EMAIL,
              help="About somebody, also under addresses that a domain migration changed.")
@click.option("--project", metavar="ID", help="About a project, and roles on it.")
@click.option("--group", metavar="NAME", help="About a group, and who joined or left it.")
@click.option("--actor", metavar="EMAIL", help="Done by somebody.")
@click.option("--operation", metavar="KIND", help="Of one kind, such as set-role.")
@click.option("--run", metavar="RUN", help="Done by a run.")
@click.option("--by-hand", is_flag=True, help="Done by nobody's run.")
@click.option("--since", metavar="TIME", callback=lambda c, p, v: v and moment(v, last=False),
              help="From this day (2027-01-31) or time (UTC) on.")
@click.option("--until", metavar="TIME", callback=lambda c, p, v: v and moment(v, last=True),
              help="Up to this day or time (UTC).")
@click.option("--limit", metavar="N", type=click.IntRange(min=1),
              help=f"Only the newest N. Default: {SHOWN}; of jsonl all.")
@click.option("--format", "format_", type=click.Choice(["text", "json", "jsonl"]), default="text",
              show_default=True,
              help="How to print; jsonl is a record a line with its hashes, to keep elsewhere.")
@store_option
@organization_option
@color_option
@click.pass_context
def audit(
    ctx: click.Context, /, *, limit: int | None, format_: str, store_url: str,
    organization: str | None, **asked: Any,
) -> None:
    """Show who did what in the live organization, and when; the newest last.

    Every operation leaves a record, made by a run or by hand. Filters can be combined; one that
    names nobody and nothing that is in the log is an error.

    \b
    Examples:
      reconciler audit --member sam@acme.example
      reconciler audit --project web --by-hand --since 2027-01-01
      reconciler audit --format jsonl > audit.jsonl
      reconciler audit verify
    """
    if ctx.invoked_subcommand is not None:
        return
    store = open_store(store_url)
    where = the_organization(store, organization)
    wanted = Wanted(**asked)
    if format_ == "jsonl":
        _export(store, where, wanted, limit)
        return
    found = list(store.search(where, wanted, newest=limit or SHOWN))
    if not found:
        _refuse_unknown(store, where, wanted)
    if format_ == "json":
        result_json([as_json(sealed) for sealed in found])
        return
    result(columns(list(_rows(found))) if found else "No records.")


def as_json(sealed: Sealed) -> dict[str, Any]:
    """A record with its hashes, as plain JSON values."""
    record = sealed.record
    return {
        "sequence": record.sequence, "at": record.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "actor": record.actor, "operation": record.operation, "subject": record.subject,
        "target": record.target, "before": record.before, "after": record.after,
        "run": record.run, "previous_hash": sealed.previous_hash, "hash": sealed.hash,
    }


def _export(store: Store, where: str, wanted: Wanted, limit: int | None) -> None:
    empty = True
    for sealed in store.search(where, wanted, newest=limit):
        empty = False
        result(json.dumps(as_json(sealed), ensure_ascii=False, sort_keys=True))
    if empty:
        _refuse_unknown(store, where, wanted)


def _rows(found: list[Sealed]) -> Iterator[tuple[str, ...]]:
    from reconciler.reports.done import TONE_OF, subject_text
    from reconciler.reports.told import record_said

    coloured = paint()
    for record, _, _ in found:
        said = record_said(record)
        how = f"run {record.run}" if record.run is not None else "by hand"
        yield (coloured(f"{record.at:%Y-%m-%d %H:%M}", Tone.QUIET),
               f"{coloured(said.sign, TONE_OF[said.sign])} "
               f"{for_terminal(subject_text(record.subject))}",
               for_terminal(said.text), for_terminal(record.actor), coloured(how, Tone.QUIET))


def _refuse_unknown(store: Store, where: str, wanted: Wanted) -> None:
    """Raise InvalidInput where a filter names what the log has never heard of."""
    subjects = store.named_in_audit(where, "subject")
    people = [s for s in subjects if ":" not in s]
    checks: tuple[tuple[str, str | None, list[str]], ...] = (
        ("member", wanted.member, people),
        ("project", wanted.project, _things(subjects, "project")),
        ("group", wanted.group, _things(subjects, "group")),
        ("actor", wanted.actor, store.named_in_audit(where, "actor")),
        ("operation", wanted.operation, store.named_in_audit(where, "operation")),
        ("run", wanted.run, [run.id for run in store.runs(where)]),
    )
    for name, value, known in checks:
        if value is not None and value not in known:
            raise InvalidInput(f"the audit log of {where} knows no {name} {value}",
                               how=did_you_mean(Email(value), known) or
                               f"list what there is: reconciler audit --limit {SHOWN}")


def _things(subjects: list[str], kind: str) -> list[str]:
    return [name for s in subjects for before, _, name in [s.partition(":")] if before == kind]
