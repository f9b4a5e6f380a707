"""A working copy of one organization: read on demand, changed by operations in memory.

The planner performs a plan on one to see every prefix; the live store performs operations on one
inside its transaction and then writes what was touched. Both therefore share one meaning of every
operation. A World reads members from its Source only when somebody asks for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from reconciler.model.accounts import Account, AccountKey
from reconciler.model.digests import grants_digest
from reconciler.model.email import Email, domain_of
from reconciler.model.organization import (
    ContentItem,
    Group,
    Member,
    MemberState,
    Project,
    Settings,
    TeamSpace,
)
from reconciler.model.policy import Policy, effective
from reconciler.model.roles import Role, highest


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Everything of an organization that is small: all but people and content.

    `sequence` is the organization's change sequence: it grows with every write. `policy` is the
    one that was applied last; None: never any. `accounts` are by what is the same account.
    """

    organization: str
    settings: Settings
    projects: dict[str, Project] = field(default_factory=dict)
    spaces: dict[str, TeamSpace] = field(default_factory=dict)
    teams: frozenset[str] = frozenset()
    groups: dict[str, Group] = field(default_factory=dict)
    sequence: int = 0
    policy: Policy | None = None
    accounts: dict[AccountKey, Account] = field(default_factory=dict)


class Source(Protocol):
    """Where a World reads people and content from. Everything it returns is as stored; unknown
    emails are left out of `members`. Raises Unreachable where the store cannot be read."""

    def members(self, emails: Iterable[Email]) -> dict[Email, Member]: ...
    def emails(self) -> Iterable[Email]: ...
    def emails_in_group(self, group: str) -> Iterable[Email]: ...
    def emails_with_project_roles(self) -> Iterable[Email]: ...
    def emails_in_state(self, state: MemberState) -> Iterable[Email]: ...
    def admins(self) -> Iterable[Email]: ...
    def content_of(self, owner: Email | None) -> Iterable[ContentItem]: ...
    def content_of_all(self, owners: Iterable[Email]) -> Iterable[ContentItem]: ...
    def has_content(self, content_id: str) -> bool: ...


class Nobody:
    """The Source of an organization that has no people."""

    def members(self, emails: Iterable[Email]) -> dict[Email, Member]:
        return {}

    def emails(self) -> Iterable[Email]:
        return ()

    emails_with_project_roles = admins = emails

    def emails_in_group(self, group: str) -> Iterable[Email]:
        return ()

    def emails_in_state(self, state: MemberState) -> Iterable[Email]:
        return ()

    def content_of(self, owner: Email | None) -> Iterable[ContentItem]:
        return ()

    def content_of_all(self, owners: Iterable[Email]) -> Iterable[ContentItem]:
        return ()

    def has_content(self, content_id: str) -> bool:
        return False


class World:
    """One organization as it is after the operations performed so far."""

    def __init__(self, frame: Frame, source: Source | None = None) -> None:
        self.organization = frame.organization
        self.settings = frame.settings
        self.projects = dict(frame.projects)
        self.spaces = dict(frame.spaces)
        self.teams = set(frame.teams)
        self.groups = dict(frame.groups)
        self.kept_policy = frame.policy
        self.policy = frame.policy
        self.effective_policy = frame.policy
        self.allowances: dict[str, tuple[int, str]] = {}
        self.accounts = dict(frame.accounts)
        self._accounts_of: dict[Email, dict[str, Account]] = {}
        for account in frame.accounts.values():
            self._accounts_of.setdefault(account.email, {})[account.service] = account
        self._source: Source = source or Nobody()
        self._members: dict[Email, Member | None] = {}
        self._before: dict[Email, Member | None] = {}
        self._content: dict[Email | None, dict[str, ContentItem]] = {}
        self._in_group: dict[str, set[Email]] = {}
        self._admins: set[Email] | None = None
        self._touched_content: dict[str, ContentItem] = {}
        self._removed_content: set[str] = set()
        self._given: dict[str, tuple[Group, str]] = {}

    def set_policy(self, policy: Policy) -> None:
        """Keep another policy: what is tighter in it holds at once, what is looser after this."""
        self.policy = policy
        self.effective_policy = effective(self.kept_policy, policy)

    # --- accounts -----------------------------------------------------------------------------

    def account_of(self, email: Email, service: str) -> Account | None:
        """The account that speaks for somebody on a service."""
        return self._accounts_of.get(email, {}).get(service)

    def accounts_of(self, email: Email) -> list[Account]:
        """All accounts that speak for somebody, in order of service."""
        return [a for _, a in sorted(self._accounts_of.get(email, {}).items())]

    def put_account(self, account: Account) -> None:
        """Let an account speak for somebody, instead of what they had and of whom it spoke for."""
        self.drop_accounts(account.email, account.service)
        known = self.accounts.get(account.key)
        if known is not None:
            self.drop_accounts(known.email, known.service)
        self.accounts[account.key] = account
        self._accounts_of.setdefault(account.email, {})[account.service] = account

    def drop_accounts(self, email: Email, service: str | None = None) -> None:
        """Let no account (of a service, where one is named) speak for somebody any more."""
        held = self._accounts_of.get(email, {})
        for name in list(held) if service is None else [service] if service in held else ():
            del self.accounts[held.pop(name).key]

    # --- people -------------------------------------------------------------------------------

    def member(self, email: Email) -> Member | None:
        """Whoever has this address: joined, pending or asking to join; None for nobody."""
        try:
            return self._members[email]
        except KeyError:
            found = self._source.members((email,)).get(email)
            self._members[email] = found
            return found

    def load(self, emails: Iterable[Email]) -> None:
        """Read these people in one go, ahead of being asked for one by one."""
        wanted = [e for e in dict.fromkeys(emails) if e not in self._members]
        if wanted:
            found = self._source.members(wanted)
            for email in wanted:
                self._members[email] = found.get(email)

    def adopt(self, members: Iterable[Member]) -> None:
        """Take over people that were read already."""
        for member in members:
            self._members.setdefault(member.email, member)

    def know_absent(self, emails: Iterable[Email]) -> None:
        """Note that nobody has these addresses, so that nobody has to be asked."""
        for email in emails:
            self._members.setdefault(email, None)

    def put(self, email: Email, member: Member | None) -> None:
        """Replace one person; None takes them away."""
        old = self.member(email)
        self._before.setdefault(email, old)
        self._members[email] = member
        old_groups = old.groups if old else frozenset()
        new_groups = member.groups if member else frozenset()
        if old_groups is not new_groups:
            for group in old_groups - new_groups:
                if group in self._in_group:
                    self._in_group[group].discard(email)
            for group in new_groups - old_groups:
                if group in self._in_group:
                    self._in_group[group].add(email)
        if self._admins is not None:
            if member is not None and member.role is Role.ADMIN:
                self._admins.add(email)
            else:
                self._admins.discard(email)

    def touched(self) -> dict[Email, tuple[Member | None, Member | None]]:
        """Everybody who was changed: email -> (as first read, as now)."""
        members = self._members
        # None is asked for first: it would have to be told that it equals no member.
        return {
            email: (old, new)
            for email, old in self._before.items()
            if old is not (new := members[email]) and (old is None or old != new)
        }

    def people(self, emails: Iterable[Email]) -> Iterator[Member]:
        """Those of these people who exist now, in order of email."""
        wanted = sorted(set(emails))
        self.load(wanted)
        for email in wanted:
            member = self._members[email]
            if member is not None:
                yield member

    def by_domain(self) -> dict[str, list[Email]]:
        """The addresses of everybody by their domain, sorted; reads addresses alone."""
        known = {e for e in self._source.emails() if e not in self._before}
        known.update(e for e in self._before if self._members[e] is not None)
        found: dict[str, list[Email]] = {}
        for email in sorted(known):
            found.setdefault(domain_of(email), []).append(email)
        return found

    def everybody(self) -> Iterator[Member]:
        """All people of the organization; reads all of them."""
        yield from self.people((*self._source.emails(), *self._members))

    def in_group(self, group: str) -> set[Email]:
        """Who belongs to a group now (do not change the set)."""
        if group not in self._in_group:
            known = set(self._source.emails_in_group(group))
            for email in self._before:
                member = self._members[email]
                if member is not None and group in member.groups:
                    known.add(email)
                else:
                    known.discard(email)
            self._in_group[group] = known
        return self._in_group[group]

    def admins(self, state: MemberState = MemberState.JOINED) -> list[Email]:
        """Org admins in this state, sorted."""
        if self._admins is None:
            self._admins = set(self._source.admins())
            for email in self._before:
                member = self._members[email]
                if member is not None and member.role is Role.ADMIN:
                    self._admins.add(email)
                else:
                    self._admins.discard(email)
        return [m.email for m in self.people(self._admins) if m.state is state]

    def with_project_roles(self) -> list[Email]:
        """People who have a direct role on any project, sorted."""
        known = (*self._source.emails_with_project_roles(), *self._before)
        return [m.email for m in self.people(known) if m.projects]

    def requesting(self) -> list[Email]:
        """People who ask to join, sorted."""
        known = (*self._source.emails_in_state(MemberState.REQUESTED), *self._before)
        return [m.email for m in self.people(known) if m.state is MemberState.REQUESTED]

    # --- roles --------------------------------------------------------------------------------

    def group_role(self, member: Member, project: str) -> Role | None:
        """The highest role that somebody's groups give on a project: the floor of R21."""
        best: Role | None = None
        for group in member.groups:
            known = self.groups.get(group)
            if known is not None:
                best = highest(best, known.projects.get(project))
        return best

    def effective_role(self, member: Member, project: str) -> Role | None:
        """Direct role, groups' roles or org admin, whichever is highest (domain.md section 1)."""
        if member.role is Role.ADMIN:
            return Role.ADMIN
        if not self.settings.project_level_permissions:
            return member.role
        return highest(member.projects.get(project), self.group_role(member, project))

    def effective_roles(self, member: Member) -> dict[str, Role]:
        """Every project somebody can reach through a grant of their own or a group, by name."""
        roles: dict[str, Role] = dict(member.projects)
        for group in member.groups:
            known = self.groups.get(group)
            if known is not None:
                for project, role in known.projects.items():
                    roles[project] = highest(roles.get(project), role) or role
        return roles

    def effective_spaces(self, member: Member) -> frozenset[str]:
        """Team spaces of somebody, their own and their groups'."""
        spaces = set(member.spaces)
        for group in member.groups:
            if group in self.groups:
                spaces |= self.groups[group].spaces
        return frozenset(spaces)

    def gives_digest(self, group: str) -> str | None:
        """A short digest of what a group gives; None for a group that does not exist."""
        known = self.groups.get(group)
        if known is None:
            return None
        held = self._given.get(group)
        # Groups are asked for once for everybody who joins them.
        if held is None or held[0] is not known:
            held = self._given[group] = known, grants_digest(known.projects, known.spaces)[:16]
        return held[1]

    # --- content ------------------------------------------------------------------------------

    def content_of(self, owner: Email | None) -> list[ContentItem]:
        """Content of one owner, or the unassigned (None), in order of id."""
        return [item for _, item in sorted(self._owned(owner).items())]

    def has_content(self, content_id: str) -> bool:
        if content_id in self._touched_content:
            return True
        return content_id not in self._removed_content and self._source.has_content(content_id)

    def load_content(self, owners: Iterable[Email]) -> None:
        """Read what these people own in one go, ahead of being asked for one by one."""
        wanted = [o for o in dict.fromkeys(owners) if o not in self._content]
        if wanted:
            self._content.update((owner, {}) for owner in wanted)
            for item in self._source.content_of_all(wanted):
                self._content[item.owner][item.id] = item

    def put_content(self, item: ContentItem, *, instead_of: ContentItem | None = None) -> None:
        """Add an item, or replace one by the same item with another owner."""
        if instead_of is not None:
            self._owned(instead_of.owner).pop(instead_of.id, None)
        self._owned(item.owner)[item.id] = item
        self._touched_content[item.id] = item

    def remove_content(self, item: ContentItem) -> None:
        """Take an item away for good."""
        self._owned(item.owner).pop(item.id, None)
        self._touched_content.pop(item.id, None)
        self._removed_content.add(item.id)

    def removed_content(self) -> set[str]:
        """Ids of items that were taken away, also of those that were added again since."""
        return set(self._removed_content)

    def touched_content(self) -> dict[str, ContentItem]:
        """Items that were added or given to somebody else, by id."""
        return dict(self._touched_content)

    def _owned(self, owner: Email | None) -> dict[str, ContentItem]:
        if owner not in self._content:
            self._content[owner] = {i.id: i for i in self._source.content_of(owner)}
        return self._content[owner]
