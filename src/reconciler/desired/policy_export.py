"""A policy as the policy.yaml that states exactly it, with what else it could say in comments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from reconciler.desired.documents import API_VERSION
from reconciler.desired.emit import scalar, value
from reconciler.model.email import Email, domain_of
from reconciler.model.policy import BUILT_IN, LIMITS, Limit, Policy

Lines = Iterable[str]
_HEAD: Final = f"""\
# What a change to the other files must not be able to weaken. What is tighter here holds at once,
# what is looser in the run after the one that applies it.

apiVersion: {API_VERSION}
kind: Policy
"""
_LIMITS: Final = (
    "# How much one run may do, as a number or a share of what exists; the smaller one holds.",
    "# Built in: removals up to 25 % of the members, at least 5.",
)
_SOME_LIMITS: Final = (
    "limits:",
    "  removals: {count: 20, percent: 10}",
    "  demotions: {count: 20}",
    "  invitations: {count: 200}",
    "  content_unassigned: {count: 0}",
)


def policy_yaml(policy: Policy | None, *, admins: Iterable[Email]) -> str:
    """The file of a policy that is kept; of the built-in one where none ever was (None).

    What says no more than what is built in is stated where a value can say it, so that everybody
    sees it; the rest is commented out, with `admins` in the examples. A limit of which the built-in
    share is only a part cannot be written, and is written without it: a caller who must not lose it
    reads the file back.
    """
    held = policy or BUILT_IN
    some = sorted(admins)[:1]
    sections = [
        [*_protected(held, some)],
        ["# Joined admins that are left after every step (L04).",
         f"min_admins: {held.min_admins}"],
        [*_domains(held, some)],
        [*_limits(held)],
        [*_removals(held, some)],
        ["# When invitations are sent again, and how often at most (L09).",
         "invitations:",
         f"  expire_after_days: {held.expire_after_days}",
         f"  resend_after_days: {held.resend_after_days}",
         f"  max_sends: {held.max_sends}"],
        [*_approvals(held, some)],
        [*_receiver_access(held)],
    ]
    return "\n".join([_HEAD, *("\n".join([*lines, ""]) for lines in sections)]).rstrip("\n") + "\n"


def _commented(lines: Lines) -> Iterator[str]:
    yield "#"
    yield from (f"# {line}" for line in lines)


def _protected(policy: Policy, some: list[Email]) -> Iterator[str]:
    yield "# People whom no run removes or demotes (L03)."
    if policy.protected_members:
        yield "protected_members:"
        yield from (f"  - {scalar(email)}" for email in sorted(policy.protected_members))
    else:
        yield from _commented(["protected_members:", *(f"  - {scalar(e)}" for e in some)])


def _domains(policy: Policy, some: list[Email]) -> Iterator[str]:
    yield "# Domains of the people who may be added (L05); an empty list allows none."
    match policy.allowed_email_domains:
        case None:
            yield from _commented(["allowed_email_domains:",
                                   *(f"  - {scalar(domain_of(e))}" for e in some)])
        case domains if domains:
            yield "allowed_email_domains:"
            yield from (f"  - {scalar(domain)}" for domain in sorted(domains))
        case _:
            yield "allowed_email_domains: []"


def _limits(policy: Policy) -> Iterator[str]:
    yield from _LIMITS
    stated = {name: policy.limits[name] for name in LIMITS if name in policy.limits}
    if not stated:
        yield from _commented(_SOME_LIMITS)
        return
    yield "limits:"
    for name, limit in stated.items():
        yield f"  {name}: {{{', '.join(_caps(limit))}}}"


def _caps(limit: Limit) -> Iterator[str]:
    if limit.count is not None:
        yield f"count: {limit.count}"
    if limit.percent is not None:
        yield f"percent: {limit.percent}"


def _removals(policy: Policy, some: list[Email]) -> Iterator[str]:
    yield "# What becomes of the content of people who are removed: it needs a decision for each"
    yield "# (a departure), or goes to a receiver for all."
    yield "removals:"
    yield f"  require_transfer: {value(policy.require_transfer)}"
    if policy.default_receiver is not None:
        yield f"  default_receiver: {scalar(policy.default_receiver)}"
    else:
        yield from (f"  # default_receiver: {scalar(email)}" for email in some)


def _approvals(policy: Policy, some: list[Email]) -> Iterator[str]:
    yield "# Whether people who may make a change must have approved it (L11), neither its author"
    yield "# nor whom it concerns. What a machine runs (a member under automation) must be approved"
    yield "# in any case. Name the accounts of the people who review first, and a second admin."
    machines = sorted(policy.automation)
    if policy.approvals_required or machines or not policy.approvals_independent:
        yield "approvals:"
        yield f"  required: {value(policy.approvals_required)}"
        yield f"  independent: {value(policy.approvals_independent)}"
        if machines:
            yield "  automation:"
            yield from (f"    - {scalar(email)}" for email in machines)
    else:
        yield from _commented([
            "approvals:", "  required: true", "  automation:",
            *(f"    - {scalar('ci@' + domain_of(e))}" for e in some)])


def _receiver_access(policy: Policy) -> Iterator[str]:
    yield "# Whether a receiver of content must have a role on its projects (R32). Not stated: as"
    yield "# the organization's settings say."
    if policy.receiver_access is not None:
        yield f"receiver_access: {policy.receiver_access}"
    else:
        yield from _commented(["receiver_access: require"])
