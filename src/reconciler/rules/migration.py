"""R50: what must hold before a domain migration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from reconciler.model.email import Email, InvalidEmail, normalize_domain, normalize_email
from reconciler.model.finding import Finding
from reconciler.model.migration import Belongings, belongings, moved
from reconciler.model.nearest import nearest
from reconciler.model.operations import (
    AllowLimit,
    ChangeSetting,
    MigrateDomain,
    Operation,
    SetPolicy,
)
from reconciler.model.organization import MemberState
from reconciler.model.world import World
from reconciler.rules.case import Case, violation

TOLD: Final = 10
"""How many people are told by name; of more, the rest is counted."""
ACCEPT: Final = "accept_loss_of_personal_spaces: true"


def migration_preconditions(case: Case) -> Iterator[Finding]:
    """R50: SSO off, from a domain that has members to one that nobody uses, and what is lost is
    accepted."""
    migration = case.operation
    if not isinstance(migration, MigrateDomain):
        return
    wrong = list(_malformed(case, migration))
    yield from wrong
    if case.world.settings.sso:
        yield violation("R50", case, "SSO is on, and addresses cannot move while it is",
                        "turn SSO off first, and set it up again afterwards")
    if not wrong:
        found = belongings(case.world, migration.old)
        yield from _people(case, migration, [b.email for b in found])
        yield from _losses(case, migration, found)


def alone(performed: Iterable[Operation]) -> Iterator[Finding]:
    """R50: a run that migrates a domain changes nobody and nothing else beside it. Protections and
    counts are by address, and everybody's changes."""
    operations = list(performed)
    migration = next((o for o in operations if isinstance(o, MigrateDomain)), None)
    if migration is None:
        return
    beside = [o for o in operations if o is not migration
              and not isinstance(o, (SetPolicy, AllowLimit))
              and o != ChangeSetting("sso", False)]
    if beside:
        yield Finding(
            rule="R50", subject=migration.subject,
            what=f"{migration.old} is migrated in a run that changes {beside[0].subject} as well",
            how="migrate the domain in a run of its own")


def _malformed(case: Case, migration: MigrateDomain) -> Iterator[Finding]:
    for domain in (migration.old, migration.new):
        try:
            normal = normalize_domain(domain)
        except InvalidEmail as wrong:
            yield violation("R50", case, f"{domain!r} is no domain: {wrong}",
                            "write it as company.example")
        else:
            if normal != domain:
                yield violation("R50", case, f"{domain!r} is not in its normal form",
                                f"write {normal}")
    if migration.old == migration.new:
        yield violation("R50", case, f"the old and the new domain are both {migration.old}",
                        "name the domain that people move to")


def _people(
    case: Case, migration: MigrateDomain, emails: Sequence[Email]
) -> Iterator[Finding]:
    world = case.world
    if not any(_is_member(world, email) for email in emails):
        yield _nobody_moves(case, migration)
    there = world.by_domain().get(migration.new, [])
    if there:
        asking = all(not _is_member(world, email) for email in there)
        yield violation(
            "R50", case, f"the domain {migration.new} is in use: {_listed(there)} "
            f"{'is' if len(there) == 1 else 'are'} there already",
            "deny their requests first" if asking else
            "migrate to a domain that nobody uses, or change single addresses one by one")
    for email in emails:
        try:
            normalize_email(moved(email, migration.new))
        except InvalidEmail as wrong:
            yield violation("R50", case, f"{email} cannot have the address "
                            f"{moved(email, migration.new)}: {wrong}",
                            "change that address first, or remove the person")


def _nobody_moves(case: Case, migration: MigrateDomain) -> Finding:
    domains = [
        domain for domain, emails in case.world.by_domain().items()
        if domain not in (migration.old, migration.new)
        and any(_is_member(case.world, email) for email in emails)]
    close = nearest(migration.old, domains)
    # Most organizations have few domains: then they are all said.
    known = f"members are at {_listed(sorted(domains))}" if domains else ""
    return violation("R50", case, f"no member of {case.world.organization} is at "
                     f"{migration.old}",
                     f"did you mean {close}?" if close else known or "check the spelling")


def _losses(
    case: Case, migration: MigrateDomain, found: Sequence[Belongings]
) -> Iterator[Finding]:
    losing = [b for b in found if b.lost]
    if migration.accept_loss or not losing:
        return
    total = sum(len(b.lost) for b in losing)
    whom = _listed([f"{b.email} {len(b.lost):,}" for b in losing])
    yield violation(
        "R50", case, f"personal spaces do not move, and {total:,} content "
        f"item{'' if total == 1 else 's'} in them would be lost: {whom}",
        f"accept it: {ACCEPT} under domain_migration, or --accept-loss")


def _is_member(world: World, email: Email) -> bool:
    member = world.member(email)
    return member is not None and member.state is not MemberState.REQUESTED


def _listed(names: Sequence[str]) -> str:
    if len(names) <= TOLD + 1:
        return ", ".join(names)
    return f"{', '.join(names[:TOLD])} and {len(names) - TOLD:,} more"
