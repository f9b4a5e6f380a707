"""`reconciler init`: a repository in which the access of an organization is kept."""

from __future__ import annotations

import contextlib
import shlex
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click

from reconciler.cli.codeowners import say_unwritable
from reconciler.cli.inputs import EMAIL, ID
from reconciler.cli.options import color_option, store_option
from reconciler.cli.output import result, say
from reconciler.cli.patience import working
from reconciler.cli.planning import viewing
from reconciler.cli.reports import Medium, print_report
from reconciler.cli.session import now, open_store, the_organization
from reconciler.desired.files import POLICY_FILE
from reconciler.desired.homes import ADMINS_FILE
from reconciler.gitops.placing import in_the_way, refuse_inside_repository, write_new
from reconciler.gitops.scaffold import ACCESS, Scaffold, from_live, from_nothing
from reconciler.gitops.worktree import CODEOWNERS
from reconciler.model.email import Email
from reconciler.model.errors import InvalidInput, ReconcilerError
from reconciler.model.roles import Role
from reconciler.reports.escape import for_markdown, for_terminal
from reconciler.reports.words import counted


@click.command()
@click.argument("target", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--organization", metavar="ID", type=ID, envvar="RECONCILER_ORGANIZATION",
              show_envvar=True,
              help="The organization; may be left out where the store holds just one.")
@click.option("--admin", "admins", metavar="EMAIL", multiple=True, type=EMAIL,
              help="Begin from nothing, with this org admin; may be repeated.")
@store_option
@color_option
def init(
    target: Path, *, organization: str | None, admins: tuple[Email, ...], store_url: str
) -> None:
    """Write a repository into DIR in which access is changed by pull request.

    Without --admin it adopts an organization of the live store: what is there is declared exactly,
    so that the first plan is empty, and says what the files do not manage. With --admin it begins
    an organization that is in no live store yet.

    It writes the YAML and the policy (access/), who reviews what (.github/CODEOWNERS), workflows
    that plan, apply and watch (.github/workflows/), a README.md for those who work with it, and
    .gitignore. Nothing is replaced: every file in the way is named, and nothing is written.

    \b
    Exit codes: 0 written, 3 files are in the way, 4 a rule is broken, 10 no store.

    \b
    Examples:
      reconciler init acme-access/ --store sqlite:///acme.db
      reconciler init acme-access/ --organization acme --admin ada@acme.example
    """
    refuse_inside_repository(target)
    made = (_beginning(organization, admins, store_url) if admins
            else _adopting(organization, store_url))
    _refuse_to_replace(target, made)
    write_new(target, made.files)
    say_unwritable(made.owners)
    _tell(target, made)


def _adopting(organization: str | None, store_url: str) -> Scaffold:
    with working("adopting"):
        store = open_store(store_url)
        with store.reader(the_organization(store, organization)) as reader:
            return from_live(reader, markdown=for_markdown, now=now())


def _beginning(organization: str | None, admins: tuple[Email, ...], store_url: str) -> Scaffold:
    if organization is None:
        raise click.UsageError("say what the new organization is called: add --organization ID.")
    held: list[str] = []
    if _store_is_named():
        # It may well not be there yet.
        with contextlib.suppress(ReconcilerError):
            held = open_store(store_url).organizations()
    if organization in held:
        raise InvalidInput(f"the live store holds {organization} already, and --admin begins from "
                           "nothing", how="leave --admin out to adopt it")
    return from_nothing(organization, admins, markdown=for_markdown)


def _store_is_named() -> bool:
    source = click.get_current_context().get_parameter_source("store_url")
    return source is not click.core.ParameterSource.DEFAULT


def _refuse_to_replace(target: Path, made: Scaffold) -> None:
    there = in_the_way(target, made.files, alone=ACCESS)
    if not there:
        return
    for name in there:
        say(for_terminal(str(target / name)))
    raise InvalidInput(f"{counted(len(there), 'file')} in the way in {target}; nothing was written",
                       how="move them elsewhere, or name another folder")


def _tell(target: Path, made: Scaffold) -> None:
    state = made.state
    result(for_terminal(f"Wrote the repository of {state.organization} to {target} "
                        f"({counted(len(state.members), 'member')}, "
                        f"{counted(len(made.files), 'file')}):"), done="the files are written")
    for folder, count in sorted(Counter(map(_folder_of, made.files)).items()):
        result(for_terminal(f"  {folder}" + (f"  {counted(count, 'file')}"
                                             if folder.endswith("/") else "")))
    if made.plan is not None:
        result("")
        print_report(viewing(made.plan, folder=f"{ACCESS}/"), Medium.TEXT, verbose=False)
    say("Next:")
    for number, step in enumerate(_next_steps(target, made), 1):
        say(for_terminal(f"  {number}. {step}"))


def _folder_of(name: str) -> str:
    """A file of the first two levels by its name, others by their folder."""
    return name if name.count("/") < 2 else f"{name.rpartition('/')[0]}/"


def _next_steps(target: Path, made: Scaffold) -> Iterator[str]:
    state, folder = made.state, shlex.quote(str(target))
    if made.plan is None:
        admins = [m.email for m in state.members.values() if m.role is Role.ADMIN]
        yield (f"Create the organization: reconciler live init {shlex.quote(state.organization)} "
               f"--admin {shlex.quote(admins[0])}")
    named, machines = bool(state.accounts), bool(made.policy.automation)
    if not named:
        yield ("Name the accounts of those who review, accounts: {github: LOGIN}, in "
               f"{ACCESS}/{ADMINS_FILE}")
    if not machines:
        yield (f"Name the machine that applies under approvals.automation in "
               f"{ACCESS}/{POLICY_FILE}: an org admin, whose runs take approvals from then on")
    if not (named and machines):
        yield (f"Make CODEOWNERS again, and apply both by hand once: reconciler codeowners "
               f"{folder}/{ACCESS} --out {folder}/{CODEOWNERS} && reconciler apply "
               f"{folder}/{ACCESS}; to change them takes a review then")
    yield ("Say in .github/workflows/*.yml where the program is installed from (RECONCILER), "
           "pinned by a commit or a hash: until then they fail")
    yield (f"Push it to GitHub: cd {folder} && git init -b main && git add . && git commit -m "
           "'Adopt the organization'")
    yield ("Make the environments reconciler-read and reconciler-write there, each with the secret "
           "RECONCILER_STORE, and protect main: docs/gitops.md goes through it")
    if not made.policy.approvals_required:
        yield f"Once a first change was applied, require approvals in {ACCESS}/{POLICY_FILE}"
