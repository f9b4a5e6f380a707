"""Options that say who proposed and who approved a plan, and what they amount to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import click

from reconciler.cli.kinds import expect_desired
from reconciler.cli.output import say
from reconciler.cli.places import folder_of, placing
from reconciler.cli.planning import saved_plan
from reconciler.model.approvals import Approvals
from reconciler.model.email import Email
from reconciler.model.errors import InvalidInput
from reconciler.reports.escape import for_terminal
from reconciler.reports.words import counted

if TYPE_CHECKING:
    from reconciler.planning.plan import Plan

F = TypeVar("F", bound=Callable[..., Any])
_PERSON: Final = "PERSON"


class Reviewed(NamedTuple):
    """The options as they were given: people as an email or `SERVICE:ACCOUNT`."""

    author: str | None = None
    approvers: tuple[str, ...] = ()
    earlier: tuple[tuple[str, str], ...] = ()
    accounts: str | None = None

    @property
    def given(self) -> bool:
        """Whether anything was said of a review."""
        return bool(self.author or self.approvers or self.earlier)


def earlier_approval(value: str) -> tuple[str, str]:
    """`PERSON=PLAN.json`."""
    person, _, path = value.partition("=")
    if not person.strip() or not path:
        raise click.BadParameter(f"{value!r} is not PERSON=PLAN.json; for example "
                                 "ada@acme.example=reviewed.json.")
    return person, path


def approval_options(command: F) -> F:
    """--author, --approver, --approval and --accounts."""
    for option in (
        click.option("--accounts", metavar="PATH", envvar="RECONCILER_ACCOUNTS", show_envvar=True,
                     help="The desired state whose `accounts` say who github:LOGIN is: one that "
                          "the change itself cannot have written."),
        click.option("--approval", "earlier", metavar="PERSON=PLAN.json", multiple=True,
                     type=earlier_approval,
                     help="Somebody approved this earlier plan: it counts where every change of "
                          "the plan was in it, with the same precondition."),
        click.option("--approver", "approvers", metavar=_PERSON, multiple=True,
                     help="Somebody approved this very plan."),
        click.option("--author", metavar=_PERSON,
                     help="Who proposed the change: an email, or github:LOGIN."),
    ):
        command = option(command)
    return command


def reviewed(
    *, author: str | None, approvers: tuple[str, ...], earlier: tuple[tuple[str, str], ...],
    accounts: str | None, **others: Any,
) -> tuple[Reviewed, dict[str, Any]]:
    """What was said of a review among the options of a command, and its other options."""
    return Reviewed(author, approvers, earlier, accounts), others


def approvals_of(plan: Plan, said: Reviewed) -> Approvals:
    """Who proposed and who approved a plan. Approvals of an earlier plan that fell are told, and
    count no more.

    Raises InvalidInput for people that nobody knows and for files that are no plans, Stale for an
    earlier plan that was altered.
    """
    from reconciler.applying.approvals import new_since
    from reconciler.desired.accounts import person_of

    known = _accounts(said)
    approvers: set[Email] = {person_of(text, known) for text in said.approvers}
    for text, path in said.earlier:
        person = person_of(text, known)
        approved, _ = saved_plan(path)
        if approved.organization != plan.organization:
            raise InvalidInput(f"{path} is a plan for {approved.organization}, not for "
                               f"{plan.organization}", how="name the plan that was approved")
        new = new_since(approved, plan)
        if new:
            first = f"{new[0].operation.kind.replace('-', ' ')} ({new[0].operation.subject})"
            say(for_terminal(
                f"note: the approval of {person} fell: {counted(len(new), 'change')} "
                f"{'is' if len(new) == 1 else 'are'} not as in the plan that they approved, "
                f"beginning with {first}"))
        else:
            approvers.add(person)
    author = person_of(said.author, known) if said.author is not None else None
    return Approvals(author=author, approvers=frozenset(approvers))


def _accounts(said: Reviewed) -> tuple[Any, ...]:
    """The accounts that count; none where only emails are given."""
    people = [*said.approvers, *(p for p, _ in said.earlier), *filter(None, (said.author,))]
    if said.accounts is None:
        by_account = next((p for p in people if ":" in p and "@" not in p), None)
        if by_account is not None:
            raise InvalidInput(f"nothing says who {by_account} is",
                               how="add --accounts PATH, a desired state with `accounts`")
        return ()
    from reconciler.desired.load import load

    expect_desired(said.accounts)
    with placing(folder_of(said.accounts)):
        return load(Path(said.accounts)).accounts
