"""Options that say who proposed and who approved a plan, and what they amount to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import click

from reconciler.cli.output import say
from reconciler.cli.planning import saved_plan
from reconciler.cli.session import the_organization
from reconciler.model.approvals import Approvals
from reconciler.model.email import Email
from reconciler.model.errors import InvalidInput
from reconciler.model.nearest import nearest_address
from reconciler.reports.escape import for_terminal
from reconciler.reports.words import counted

if TYPE_CHECKING:
    from reconciler.live.ports import Store
    from reconciler.model.accounts import Account
    from reconciler.planning.plan import Plan

F = TypeVar("F", bound=Callable[..., Any])
_PERSON: Final = "PERSON"


class Given(NamedTuple):
    """Who proposed and who approved a plan. `fallen` has why the approval of an earlier plan holds
    no more, of whoever did not approve otherwise."""

    approvals: Approvals
    fallen: dict[Email, str]


class Reviewed(NamedTuple):
    """The options as they were given: people as an email or `SERVICE:ACCOUNT`."""

    author: str | None = None
    approvers: tuple[str, ...] = ()
    earlier: tuple[tuple[str, str], ...] = ()

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


def _one_author(
    ctx: click.Context, parameter: click.Parameter, value: tuple[str, ...]
) -> str | None:
    """The one author. Of several the last would silently stand for all, and the others could
    approve what is theirs."""
    if len(value) > 1:
        raise click.UsageError(
            f"a plan has one --author, and {len(value)} are named: name who proposed it, and count "
            "no approval of whoever wrote it with them.")
    return value[0] if value else None


def approval_options(command: F) -> F:
    """--author, --approver and --approval."""
    for option in (
        click.option("--approval", "earlier", metavar="PERSON=PLAN.json", multiple=True,
                     type=earlier_approval,
                     help="Somebody approved this earlier plan: it counts where every change of "
                          "the plan was in it, with the same precondition."),
        click.option("--approver", "approvers", metavar=_PERSON, multiple=True,
                     help="Somebody approved this very plan: an email, or github:LOGIN."),
        click.option("--author", metavar=_PERSON, multiple=True, callback=_one_author,
                     help="Who proposed the change: an email, or github:LOGIN; one."),
    ):
        command = option(command)
    return command


def reviewed(
    *, author: str | None, approvers: tuple[str, ...], earlier: tuple[tuple[str, str], ...],
    **others: Any,
) -> tuple[Reviewed, dict[str, Any]]:
    """What was said of a review among the options of a command, and its other options."""
    return Reviewed(author, approvers, earlier), others


def approvals_of(plan: Plan, said: Reviewed, store: Store) -> Given:
    """Who proposed and who approved a plan; whose account is whose, the live store says. Approvals
    of an earlier plan that fell are told, and count no more.

    Raises InvalidInput for people that nobody knows and for files that are no plans, Stale for an
    earlier plan that was altered.
    """
    from reconciler.applying.approvals import new_since
    from reconciler.model.accounts import person_of

    known = _accounts(plan, said, store)
    fallen: dict[Email, str] = {}
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
            why = (f"{counted(len(new), 'change')} {'is' if len(new) == 1 else 'are'} not as in "
                   f"the plan that they approved, beginning with {first}")
            say(for_terminal(f"note: the approval of {person} fell: {why}"))
            fallen[person] = f"their approval fell: {why}"
        else:
            approvers.add(person)
    author = person_of(said.author, known) if said.author is not None else None
    if author is not None:
        _refuse_stranger(author, plan, store)
    return Given(Approvals(author=author, approvers=frozenset(approvers)),
                 {e: why for e, why in fallen.items() if e not in approvers})


def _refuse_stranger(author: Email, plan: Plan, store: Store) -> None:
    """Raise InvalidInput for an author who is no member, where nobody can be told apart from them
    (L11)."""
    from reconciler.applying.approvals import NAME_A_MEMBER, policy_of
    from reconciler.model.policy import BUILT_IN

    with store.reader(the_organization(store, plan.organization)) as reader:
        policy = policy_of(plan, reader.frame().policy) or BUILT_IN
        if not policy.approvals_independent or reader.members([author]):
            return
        close = nearest_address(author, reader.emails())
    raise InvalidInput(f"the author {author} is no member of {plan.organization}",
                       how=f"{f'did you mean {close}? Else ' if close else ''}{NAME_A_MEMBER}")


def _accounts(plan: Plan, said: Reviewed, store: Store) -> tuple[Account, ...]:
    """The accounts of the live organization; none where only emails are given."""
    people = [*said.approvers, *(p for p, _ in said.earlier), *filter(None, (said.author,))]
    if not any(":" in p and "@" not in p for p in people):
        return ()
    with store.reader(the_organization(store, plan.organization)) as reader:
        return tuple(reader.frame().accounts.values())
