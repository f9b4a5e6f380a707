"""The desired state as values: what the YAML declares, after validation (desired-state.md)."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol

from reconciler.model.accounts import Account
from reconciler.model.email import Email
from reconciler.model.finding import Finding, Location
from reconciler.model.organization import ContentKind
from reconciler.model.roles import Role
from reconciler.model.values import NO_ENTRIES, UNSET, FrozenMap, Unset


class Placed(Protocol):
    """What stands on a line of a file; `file` indexes the state's files, `line` counts from 1."""

    @property
    def file(self) -> int: ...
    @property
    def line(self) -> int: ...


class Mode(enum.StrEnum):
    """How far a section of the file speaks: the whole truth, never taking away, not compared."""

    AUTHORITATIVE = "authoritative"
    ADDITIVE = "additive"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manage:
    """The mode of every section. Team spaces are additive by default: people join them
    themselves."""

    members: Mode = Mode.AUTHORITATIVE
    groups: Mode = Mode.AUTHORITATIVE
    project_roles: Mode = Mode.AUTHORITATIVE
    default_projects: Mode = Mode.AUTHORITATIVE
    team_spaces: Mode = Mode.ADDITIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredMember:
    """One member as declared, `defaults` already applied.

    `role` None: neither stated nor defaulted, so the lowest of the mode. UNSET fields are not
    managed for this member; None or an empty set clears them. `file` indexes the state's files,
    `line` counts from 1.
    """

    email: Email
    role: Role | None = None
    projects: FrozenMap[str, Role] = NO_ENTRIES
    groups: frozenset[str] = frozenset()
    spaces: frozenset[str] | Unset = UNSET
    team: str | Unset | None = UNSET
    default_project: str | Unset | None = UNSET
    name: str | Unset | None = UNSET
    file: int = 0
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredGroup:
    """One group as declared; an absent description is empty, absent roles and spaces are none."""

    id: str
    description: str = ""
    projects: FrozenMap[str, Role] = NO_ENTRIES
    spaces: frozenset[str] = frozenset()
    file: int = 0
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """Somebody who leaves. `transfer_to` None means: leave the content unassigned."""

    email: Email
    transfer_to: Email | None
    grant_receiver: bool = False
    reason: str = ""
    file: int = 0
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """A grant that holds until a day (that day included): a member altogether, somebody's
    membership in a group, or a project `role` of a member or a group (`key` is who holds it)."""

    section: Literal["members", "groups"]
    key: str
    kind: Literal["member", "membership", "role"]
    target: str
    until: date
    role: Role | None = None
    reason: str = ""
    file: int = 0
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailChange:
    """One person whose address changes from `old` to `new` (domain.md section 5)."""

    old: Email
    new: Email
    reason: str = ""
    file: int = 0
    line: int = 0
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredAccount(Account):
    """An account that is to speak for a member."""

    file: int = 0
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """Somebody who asked to join and is denied."""

    email: Email
    file: int = 0
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentTransfer:
    """Content that goes to somebody; `source` None is content that nobody owns, no `kinds` are
    all kinds, `project` None all projects."""

    source: Email | None
    receiver: Email
    kinds: frozenset[ContentKind] = frozenset()
    project: str | None = None
    grant_receiver: bool = False
    reason: str = ""
    file: int = 0
    line: int = 0
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainMigration:
    """Every member of the domain `old` moves to `new` (domain.md section 6)."""

    old: str
    new: str
    accept_loss: bool = False
    reason: str = ""
    file: int = 0
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """Drift that is left alone: what (a selector, as written), why, and the last day (UTC) on
    which it is."""

    what: str
    reason: str
    until: date | None = None
    file: int = 0
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A declared project or team space."""

    id: str
    name: str
    file: int = 0
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredState:
    """Everything that one organization's files declare.

    `settings` holds only the settings that are stated (field name of model Settings -> value,
    `tier` included). `endings` are of grants that are in the tables, past ones too: what holds
    today, `reconciler.planning.lifecycle` says. `files` are paths as shown to people, the root
    first; `digest` is a SHA-256 over names and bytes of all of them. `findings` are the warnings
    of loading. `root` is the directory that `files` are relative to, and `lines` has the (file,
    line) of what has no entry of its own: (section, key) of settings, manage, defaults and teams,
    (key, "") of the root.
    """

    organization: str
    settings: dict[str, str | bool] = field(default_factory=dict)
    manage: Manage = field(default_factory=Manage)
    projects: dict[str, Named] = field(default_factory=dict)
    spaces: dict[str, Named] = field(default_factory=dict)
    teams: tuple[str, ...] = ()
    groups: dict[str, DesiredGroup] = field(default_factory=dict)
    members: dict[Email, DesiredMember] = field(default_factory=dict)
    departures: dict[Email, Departure] = field(default_factory=dict)
    endings: tuple[Ending, ...] = ()
    email_changes: tuple[EmailChange, ...] = ()
    denials: dict[Email, Denial] = field(default_factory=dict)
    transfers: tuple[ContentTransfer, ...] = ()
    migration: DomainMigration | None = None
    ignored: dict[str, Ignored] = field(default_factory=dict)
    accounts: tuple[DesiredAccount, ...] = ()
    files: tuple[str, ...] = ()
    digest: str = ""
    findings: tuple[Finding, ...] = ()
    root: str = field(default="", compare=False)
    lines: dict[tuple[str, str], tuple[int, int]] = field(
        default_factory=dict, compare=False, repr=False)

    def place(self, entry: Placed | None) -> Location:
        """Where an entry stands: its file and line; for None, the root file."""
        if entry is None:
            return Location(self.files[0] if self.files else "")
        return Location(self.files[entry.file] if self.files else "", entry.line)
