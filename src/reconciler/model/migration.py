"""Domain migrations (domain.md section 6): who moves, what goes along and what is lost.

Everybody of the old domain moves, whether they have joined, are invited or ask to join; they keep
their state, roles, groups, team spaces, and the content that is not in their personal space.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from reconciler.model.email import Email, domain_of
from reconciler.model.operations import MigrateDomain
from reconciler.model.organization import ContentItem
from reconciler.model.policy import Policy
from reconciler.model.world import World


@dataclass(frozen=True, slots=True)
class Belongings:
    """What one person of a domain owns: what a migration carries, and what it does not."""

    email: Email
    carried: tuple[ContentItem, ...]
    lost: tuple[ContentItem, ...]

    def image(self) -> dict[str, Any]:
        """In numbers: carried by kind, lost in all."""
        carried: dict[str, int] = {}
        for item in self.carried:
            carried[item.kind.value] = carried.get(item.kind.value, 0) + 1
        return {"carried": dict(sorted(carried.items())), "lost": len(self.lost)}


def moved(email: Email, domain: str) -> Email:
    """The same person's address at another domain."""
    return Email(f"{email.rpartition('@')[0]}@{domain}")


def moved_policy(policy: Policy, old: str, new: str) -> Policy:
    """The same policy about the same people, under their new addresses."""

    def now(email: Email) -> Email:
        return moved(email, new) if domain_of(email) == old else email

    receiver = policy.default_receiver
    return replace(policy, protected_members=frozenset(map(now, policy.protected_members)),
                   automation=frozenset(map(now, policy.automation)),
                   default_receiver=None if receiver is None else now(receiver))


def belongings(world: World, domain: str) -> list[Belongings]:
    """Of everybody at a domain, in order of address."""
    emails = world.by_domain().get(domain, [])
    world.load(emails)
    world.load_content(emails)
    made = []
    for email in emails:
        items = world.content_of(email)
        made.append(Belongings(
            email, tuple(i for i in items if i.space is not None),
            tuple(i for i in items if i.space is None)))
    return made


def migration_image(world: World, migration: MigrateDomain) -> dict[str, Any]:
    """The domain at which people are, with what each would carry and lose, and the totals: the
    old domain where anybody is left there, else the new one."""
    for domain in (migration.old, migration.new):
        found = belongings(world, domain)
        if found:
            break
    else:
        domain = migration.old
    return {
        "domain": domain,
        "members": {b.email: b.image() for b in found},
        "carried": sum(len(b.carried) for b in found),
        "lost": sum(len(b.lost) for b in found),
    }


def migrate(world: World, migration: MigrateDomain) -> None:
    """Move everybody. Nobody is logged in under the new address, so nobody has logged in.

    The policy that is kept protects whom it protected; in this run it holds as it was."""
    if world.policy is not None:
        world.policy = moved_policy(world.policy, migration.old, migration.new)
    moving = belongings(world, migration.old)
    there = [moved(owned.email, migration.new) for owned in moving]
    world.load(there)
    world.load_content(there)
    for owned, new in zip(moving, there, strict=True):
        member = world.member(owned.email)
        if member is None:
            raise AssertionError(f"{owned.email} was listed")
        for item in owned.lost:
            world.remove_content(item)
        for item in owned.carried:
            world.put_content(replace(item, owner=new), instead_of=item)
        accounts = world.accounts_of(owned.email)
        world.drop_accounts(owned.email)
        world.put(owned.email, None)
        world.put(new, replace(member, email=new, last_login_at=None))
        for account in accounts:
            world.put_account(replace(account, email=new))
