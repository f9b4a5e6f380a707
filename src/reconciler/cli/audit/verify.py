"""`reconciler audit verify`: whether the audit log is what was written."""

from __future__ import annotations

import re

import click

from reconciler.cli.options import color_option, format_option, organization_option, store_option
from reconciler.cli.output import result, result_json
from reconciler.cli.patience import working
from reconciler.cli.session import open_store, the_organization
from reconciler.model.errors import Stale
from reconciler.reports.escape import for_terminal
from reconciler.reports.words import counted

_ANCHOR = re.compile(r"([1-9]\d*):([0-9a-f]{64})\Z")


def _anchor(value: str) -> tuple[int, str]:
    found = _ANCHOR.match(value)
    if found is None:
        raise click.BadParameter(f"{value!r} is not SEQUENCE:HASH, as `audit verify` prints it.")
    return int(found[1]), found[2]


@click.command()
@click.option("--anchor", "anchors", metavar="SEQUENCE:HASH", multiple=True, type=_anchor,
              help="A hash that was noted before; may be given several times.")
@format_option
@store_option
@organization_option
@color_option
def verify(
    anchors: tuple[tuple[int, str], ...], *, format_: str, store_url: str,
    organization: str | None,
) -> None:
    """Check that no record of the audit log and no run was altered, removed or inserted.

    Each record carries a hash over itself and the one before, and the last record of each run a
    digest of all that the history says of it. Whoever can write to the database
    could write the whole chain anew; so note the last line elsewhere (a ticket, a repository) and
    give it as --anchor the next time.

    \b
    Exit codes: 0 whole, 6 altered.

    \b
    Examples:
      reconciler audit verify
      reconciler audit verify --format json
    """
    store = open_store(store_url)
    where = the_organization(store, organization)
    with working("verifying"):
        found = store.verify(where, dict(anchors))
    if format_ == "json":
        result_json({"organization": where, "whole": found.breach is None,
                     "records": found.records, "last_hash": found.last_hash,
                     "runs_without_record": found.unsealed,
                     "breach": None if found.breach is None else found.breach._asdict()})
    if found.breach is not None:
        raise Stale(f"the audit log of {where} was tampered with: {found.breach.what}",
                    how=f"the {counted(found.records, 'record')} before it follow from each other; "
                        "compare the rest with a backup or an export")
    if format_ != "json":
        lines = [f"The audit log of {where} is whole: {counted(found.records, 'record')}."]
        if found.unsealed:
            lines.append(f"Not in it: {counted(found.unsealed, 'run')} that failed since the last "
                         "that succeeded, or of an earlier version; the next run takes them in.")
        result("\n".join(map(for_terminal, lines))
               + f"\nAnchor: {found.records}:{found.last_hash}")
