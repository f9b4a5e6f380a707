"""`reconciler snapshot`: what planning needs of the live organization, as a file."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from reconciler.cli.files import refuse_to_replace, write_whole
from reconciler.cli.kinds import Kind
from reconciler.cli.options import color_option, format_option, organization_option, store_option
from reconciler.cli.output import result, result_json, say
from reconciler.cli.patience import working
from reconciler.cli.session import now, open_store, the_organization
from reconciler.live.snapshot import SCHEME
from reconciler.model.errors import InvalidInput
from reconciler.reports.escape import for_terminal
from reconciler.reports.words import counted


@click.command()
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), required=True,
              help="Where to write it; an older snapshot is replaced.")
@format_option
@store_option
@organization_option
@color_option
def snapshot(out: Path, *, format_: str, store_url: str, organization: str | None) -> None:
    """Write what planning needs of the live organization, as it is now, into one file.

    With it `plan --store snapshot:FILE` needs no live store, no driver and no password: for a
    pull request from a fork, or a machine that may not reach the store. So do drift, export,
    explain, who-can and everything of `live` that only looks. Such a plan says that it is of a
    snapshot, and cannot be applied.

    In it are people with their addresses and access, groups, settings, the policy, content
    without its titles, and what the audit log tells since the last run. No password and no title
    is. Keep it where the YAML may be read, and no wider.

    \b
    Exit codes: 0 written, 3 malformed input, 10 no store.

    \b
    Examples:
      reconciler snapshot --out acme.snapshot
      reconciler plan org.yaml --store snapshot:acme.snapshot
    """
    refuse_to_replace(out, Kind.SNAPSHOT, "snapshot", instead="plan against it with --store "
                      f"{SCHEME}{out}")
    if out.exists() and not out.is_file():
        raise InvalidInput(f"{out} is no regular file, and a snapshot is one",
                           how=f"name a file: --out {out.name or 'acme'}.snapshot")
    store = open_store(store_url)
    where = the_organization(store, organization)
    with working("taking the snapshot"):
        at = now()
        packed = store.take_snapshot(where, now=at)
    write_whole(out, packed)
    size = len(packed)
    del packed  # as large as the store, and read once more
    # Read again: whatever a disk does to it is told now, and not when somebody needs it.
    from reconciler.live.connect import open_snapshot

    taken = open_snapshot(out)
    with taken.reader(where) as reader:
        people = reader.overview()
    about = taken.snapshot
    if about is None:
        raise AssertionError("a snapshot says what it is of")
    if format_ == "json":
        result_json({"organization": where, "taken_at": about.taken_at.isoformat(),
                     "sequence": about.sequence, "members": people.total, "bytes": size,
                     "digest": about.digest}, done="the snapshot is written")
    else:
        result(for_terminal(
            f"Wrote {where} as it was at {at:%Y-%m-%d %H:%M} UTC to {out} "
            f"({counted(people.total, 'member')})."),
            done="the snapshot is written")
    say(for_terminal("Next, plan against it: reconciler plan PATH --store "
                     f"{shlex.quote(f'{SCHEME}{out}')}"))
