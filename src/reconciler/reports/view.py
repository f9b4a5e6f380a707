"""What a report says, whatever it is about and whatever it is written in.

A plan, what was applied and drift each become one View: everything counted, grouped and put in
order. Renderers only lay it out. Texts in a view are as the data has them: every renderer escapes
for its own medium (`reports.escape`).
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from reconciler.model.day import moment_said
from reconciler.model.finding import Finding
from reconciler.model.organization import Overview
from reconciler.planning.plan import Risk
from reconciler.reports.describe import Sign


class About(enum.StrEnum):
    """What a report is about."""

    PLAN = "plan"
    APPLIED = "applied"
    DRIFT = "drift"


TITLES: Final = {About.PLAN: "Plan for", About.APPLIED: "Applied to", About.DRIFT: "Drift of"}
"""What stands before the organization in a title."""


class Status(enum.StrEnum):
    """How things stand, in one word for every renderer to show first."""

    READY = "ready"
    NOTHING = "nothing"
    REFUSED = "refused"
    DONE = "done"
    FOUND = "found"


class Kind(enum.IntEnum):
    """What a block is about; the order in which kinds are shown."""

    PERSON = 0
    GROUP = 1
    PROJECT = 2
    TEAM_SPACE = 3
    TEAM = 4
    SETTING = 5
    DOMAIN = 6
    POLICY = 7
    LIMIT = 8


KINDS: Final[dict[Kind, tuple[str, str]]] = {
    Kind.PERSON: ("People", "person"),
    Kind.GROUP: ("Groups", "group"),
    Kind.PROJECT: ("Projects", "project"),
    Kind.TEAM_SPACE: ("Team spaces", "team space"),
    Kind.TEAM: ("Teams", "team"),
    Kind.SETTING: ("Settings", "setting"),
    Kind.DOMAIN: ("Domains", "domain"),
    Kind.POLICY: ("Policy", "policy"),
    Kind.LIMIT: ("Limits", "limit"),
}
"""The heading of a kind, and one of it."""
RISKS: Final[dict[Risk, str]] = {
    Risk.IRREVERSIBLE: "Cannot be undone",
    Risk.REMOVAL: "Removals",
    Risk.ADMIN_GRANT: "Admin rights granted",
    Risk.POLICY: "Protections loosened",
    Risk.LOSS: "Access lost",
}
"""The headings of what comes first, the worst first."""
NEVER_CUT: Final = frozenset({Risk.IRREVERSIBLE, Risk.REMOVAL, Risk.ADMIN_GRANT})
"""What no renderer leaves out, for want of room or to be brief."""
CAUSES: Final = {
    "pending": "from the file",
    "drift": "drift",
    "conflict": "conflict with drift",
    "expiry": "expiry",
    "consequence": "a consequence",
}
"""Causes in words; one that is not here is said as it is."""
VERBS: Final = {
    Sign.ADD: "to add", Sign.CHANGE: "to change", Sign.REMOVE: "to remove",
    Sign.MOVE: "to transfer",
}


class Fact(NamedTuple):
    """Something that holds for the whole report: a label and its value."""

    label: str
    value: str


class Effect(NamedTuple):
    """What a change does to access on one project."""

    project: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One change in words. `who` is said only where it matters: the actor may not, or is none.
    `cause` is the value of a Cause, or what a report of drift calls it; `details` are lines of
    their own (who moved it, what is declared, what to do)."""

    sign: Sign
    told: Callable[[], str]
    why: str
    place: str
    risk: Risk
    cause: str = ""
    who: str = ""
    details: tuple[Fact, ...] = ()
    told_by_project: Callable[[], Iterable[Effect]] = tuple

    @property
    def text(self) -> str:
        """What happens, in words. Put together on demand: of very many rows few are shown."""
        return self.told()

    @property
    def effects(self) -> tuple[Effect, ...]:
        """What it does by project. Worked out on demand: most reports do not tell it."""
        return tuple(self.told_by_project())


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """All changes to one subject, in the order in which they run."""

    subject: str
    kind: Kind
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Blocks under a heading; `risky` sections come first."""

    heading: str
    blocks: tuple[Block, ...]
    risky: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something beside the changes: what it is about, what is said, where it is declared."""

    subject: str
    text: str
    place: str = ""

    @property
    def about(self) -> str:
        """The subject, where the text does not say it itself."""
        return "" if self.subject in self.text else self.subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """A list beside the changes. `key` names it for programs; `hint` follows the number in the
    heading; of a list with `names_only` the subjects say enough."""

    key: str
    heading: str
    lines: tuple[Line, ...]
    hint: str = ""
    names_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A report as somebody reads it."""

    about: About
    organization: str
    title: str
    """`Plan for acme, by ada@acme.example`."""
    status: Status
    scope: str
    """`5 changes to 3 people and 1 group; 12 members in the live store`."""
    conclusion: str
    """The last line of it: what there is to do, or was done, in numbers."""
    facts: tuple[Fact, ...] = ()
    members: int
    overview: Overview | None = None
    snapshot: datetime | None = None
    """When the snapshot was taken (UTC) that was read; None: the live store."""
    sections: tuple[Section, ...] = ()
    others: tuple[Section, ...] = ()
    """Changes that are shown and not made: for somebody else, or left alone."""
    asides: tuple[Aside, ...] = ()
    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    losses: tuple[str, ...] = ()
    who_may: tuple[tuple[str, int], ...] = ()
    """Without an actor: who may make how many of the changes."""
    reasons: tuple[tuple[str, str], ...] = ()
    """The reasons that occur, with what they mean."""
    counts: tuple[tuple[Sign, int], ...] = ()
    next_step: str = ""
    """What the reader may run next."""

    @property
    def rows(self) -> Iterator[Row]:
        """Every change of the sections: not what others may make."""
        return (row for s in self.sections for block in s.blocks for row in block.rows)

    @property
    def against(self) -> str:
        """What this was compared with, where it is not the live store: for every renderer to say
        near the beginning."""
        if self.snapshot is None:
            return ""
        cannot = "it cannot be applied, and " if self.about is About.PLAN else ""
        return (f"Against a snapshot taken {moment_said(self.snapshot)}: {cannot}what changed "
                "since is not in it.")

    @property
    def empty(self) -> bool:
        return not any(number for _, number in self.counts)


def observed_in(snapshot: datetime | None) -> str:
    """Where people were counted."""
    return "in the live store" if snapshot is None else "in the snapshot"


def risks_of(rows: Iterable[Row]) -> list[tuple[Risk, int]]:
    """How many rows have which risk, the worst first; those without one are not counted."""
    found = Counter(row.risk for row in rows)
    return [(risk, found[risk]) for risk in RISKS if found[risk]]


def causes_of(rows: Iterable[Row]) -> list[tuple[str, int]]:
    """How many rows have which cause, in the order of `CAUSES`, unknown ones last."""
    found = Counter(row.cause for row in rows if row.cause)
    order = list(CAUSES)
    return sorted(found.items(), key=lambda item: (
        order.index(item[0]) if item[0] in CAUSES else len(order), item[0]))


def cause_words(cause: str) -> str:
    """A cause as it is said beside a change; what comes from the file is the ordinary case."""
    return "" if cause == "pending" else CAUSES.get(cause, cause.replace("-", " "))


def by_risk_and_kind(blocks: Iterable[Block]) -> Iterator[Section]:
    """Each block once: under its highest risk, else under its kind."""
    ranks = {risk: rank for rank, risk in enumerate(Risk)}
    at: dict[Risk, list[Block]] = {risk: [] for risk in Risk}
    for block in blocks:
        at[min((row.risk for row in block.rows), key=ranks.__getitem__)].append(block)
    for risk, heading in RISKS.items():
        if at[risk]:
            yield Section(heading=heading, blocks=tuple(at[risk]), risky=True)
    for kind, (heading, _) in KINDS.items():
        some = tuple(b for b in at[Risk.NONE] if b.kind is kind)
        if some:
            yield Section(heading=heading, blocks=some)


def by_project(sections: Iterable[Section]) -> dict[str, list[tuple[Block, Row, Effect]]]:
    """What happens on each project, in order of project: for the second way to read a report."""
    found: dict[str, list[tuple[Block, Row, Effect]]] = {}
    for section in sections:
        for block in section.blocks:
            for row in block.rows:
                for effect in row.effects:
                    found.setdefault(effect.project, []).append((block, row, effect))
    return {project: found[project] for project in sorted(found)}
