"""`reconciler export`: the live organization as the YAML that declares exactly it."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from reconciler.cli.files import write_whole
from reconciler.cli.kinds import YAML_ENDINGS
from reconciler.cli.options import color_option, organization_option, store_option
from reconciler.cli.output import result, say
from reconciler.cli.patience import working
from reconciler.cli.session import open_to_read, the_organization
from reconciler.model.errors import InvalidInput
from reconciler.reports.escape import for_terminal
from reconciler.reports.words import counted

STDOUT = "-"


@click.command()
@click.option("--out", metavar="FILE|DIR", required=True,
              help="One FILE.yaml, a directory for several files, or - for stdout.")
@click.option("--overwrite", is_flag=True, help="Replace files that are there.")
@store_option
@organization_option
@color_option
def export(out: str, overwrite: bool, store_url: str, organization: str | None) -> None:
    """Write the live organization as YAML. Planned against it, it changes nothing.

    This is how an organization is adopted: export it, keep the YAML under version control, and
    change it there from now on. A path that does not end in .yaml is a directory, with people in
    members/*.yaml: better for large organizations.

    \b
    Examples:
      reconciler export --out org.yaml
      reconciler export --out access/ --organization acme
    """
    from reconciler.desired.export import export_yaml

    one = out == STDOUT or Path(out).suffix in YAML_ENDINGS
    if not one and not out.endswith("/"):
        _refuse_other_endings(Path(out))
    with working("exporting"):
        store = open_to_read(store_url)
        with store.reader(the_organization(store, organization)) as reader:
            frame = reader.frame()
            people = reader.members(list(reader.emails())).values()
        texts = export_yaml(frame, people, files=not one)
    if out == STDOUT:
        result(texts["org.yaml"].rstrip("\n"))
        return
    target = Path(out)
    paths = {target if one else target / name: text for name, text in texts.items()}
    _refuse_to_replace(paths, target, one=one, overwrite=overwrite)
    for path, text in paths.items():
        _make_directory(path.parent)
        write_whole(path, text)
    several = "" if one else f", {counted(len(paths), 'file')}"
    result(for_terminal(
        f"Wrote {frame.organization} to {out} ({counted(len(people), 'person')}{several})."),
        done="the files are written")
    say(for_terminal(f"Next, see that it changes nothing: reconciler plan {shlex.quote(out)}"))


def _refuse_other_endings(target: Path) -> None:
    """A directory that is there may be called what it likes; a new `org.json` is a mistake."""
    if target.suffix and not target.is_dir():
        raise InvalidInput(
            f"{target} would be a directory, and its name ends in {target.suffix} like a file's",
            how=f"for one file write {target.with_suffix('.yaml')}, for a directory {target}/")


def _refuse_to_replace(
    paths: dict[Path, str], target: Path, *, one: bool, overwrite: bool
) -> None:
    there = sorted(str(path) for path in paths if path.exists())
    if there and not overwrite:
        more = f" and {len(there) - 1} more" if len(there) > 1 else ""
        raise InvalidInput(f"{there[0]}{more} would be replaced",
                           how="name another place, or add --overwrite")
    if one:
        return
    # Files of an earlier export would still be included, and declare people who are gone.
    stale = sorted(p for p in (target / "members").glob("*.yaml") if p not in paths)
    if stale:
        raise InvalidInput(f"{stale[0]} is of an earlier export and would still be included",
                           how="delete it, or export to an empty directory")


def _make_directory(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as wrong:
        raise InvalidInput(f"the directory {path} cannot be made: {wrong.strerror or wrong}",
                           how="check the path") from None
