"""What a workflow has to be given before it can apply: the live store, and who acts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from reconciler.cli.options import store_option
from reconciler.cli.planning import Planned
from reconciler.model.email import Email
from reconciler.model.errors import InvalidInput, Unapproved

F = TypeVar("F", bound=Callable[..., Any])
READS: Final = "reconciler-read"
WRITES: Final = "reconciler-write"
"""The environments that have the secret, as the workflows name them."""


def given_store_option(command: F) -> F:
    """--store URL, without another one where it is not given: a secret that is not set is the empty
    text, and no store on the runner's own disk is meant."""
    return store_option(command, default="")


def given_store(url: str, environment: str) -> str:
    """The URL of the store. Raises InvalidInput for none, with where its secret is kept."""
    if url:
        return url
    raise InvalidInput(
        "RECONCILER_STORE is empty",
        how="see whether there is a secret RECONCILER_STORE in the environment "
            f"{environment} of the repository's settings, and whether the job names that "
            "environment; a run that Dependabot started gets no secret: have somebody of the "
            "repository push to its branch, or review it")


def acting_for(planned: Planned, actor: Email | None) -> Email:
    """On whose authority a workflow applies a plan, whoever approves it. Raises InvalidInput where
    nobody is named, and Unapproved for somebody whose runs the policy does not hold to approvals,
    though it names machines."""
    from reconciler.applying.approvals import policy_of

    with planned.store.reader(planned.plan.organization) as reader:
        policy = policy_of(planned.plan, reader.frame().policy)
    machines = policy.automation if policy is not None else frozenset()
    if actor is None:
        which = f", {min(machines)}," if machines else ", such as ci@acme.example,"
        raise InvalidInput(
            "RECONCILER_ACTOR is empty: nobody is named on whose authority it is applied",
            how=f"set the variable RECONCILER_ACTOR in the repository's settings to a member{which}"
                " that applies")
    if machines and actor not in machines:
        raise Unapproved(
            f"{actor} is not among the policy's approvals.automation, and a workflow runs as one "
            "of them",
            how=f"set the variable RECONCILER_ACTOR in the repository's settings to "
                f"{min(machines)}")
    return actor
