"""The view of a plan: everything counted, grouped and put in order, for renderers to lay out.

Texts in a view are as the data has them: every renderer escapes for its own medium.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from reconciler.model.finding import Finding, Location, Severity
from reconciler.planning.plan import (
    PLAN_VALID_FOR,
    REASONS,
    Cause,
    Change,
    Losses,
    Plan,
    Reason,
    Risk,
)
from reconciler.reports.describe import Sign, describe
from reconciler.reports.done import subject_text
from reconciler.reports.words import counted


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One change in words. `who` is said only where it matters: the actor may not, or is none."""

    sign: Sign
    text: str
    why: str
    place: str
    risk: Risk
    who: str = ""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """A plan as a reviewer reads it."""

    organization: str
    actor: str | None
    members: int
    scope: str
    """`5 changes to 3 people and 1 group`."""
    sections: tuple[Section, ...]
    left: Section | None
    """What the actor may not do and the plan holds nevertheless."""
    left_out: Section | None
    """What the actor may not do, and what depends on it: the plan therefore does not hold it
    (--permitted-only)."""
    intents: tuple[Line, ...]
    """What goes on over several runs, and the step it is at."""
    waiting: tuple[Line, ...]
    notes: tuple[tuple[str, tuple[Line, ...]], ...]
    """By code: `unmanaged`, `done`, ..."""
    errors: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    losses: tuple[str, ...]
    who_may: tuple[tuple[str, int], ...]
    """Without an actor: who may make how many of the changes."""
    reasons: tuple[tuple[str, str], ...]
    """The reasons that occur, with what they mean."""
    counts: tuple[tuple[Sign, int], ...]
    applyable: bool
    permitted_only: bool


GROUPS_SHOWN: Final = 6
"""How many groups of an invitation are named without --verbose."""
_SECTIONS: Final = {
    Risk.IRREVERSIBLE: "Cannot be undone",
    Risk.REMOVAL: "Removals",
    Risk.ADMIN_GRANT: "Admin rights granted",
    Risk.POLICY: "Protections loosened",
    Risk.LOSS: "Access lost",
}
_KINDS: Final = {
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
_KIND_OF_PREFIX: Final = {
    "group": Kind.GROUP, "project": Kind.PROJECT, "team-space": Kind.TEAM_SPACE,
    "team": Kind.TEAM, "setting": Kind.SETTING, "domain": Kind.DOMAIN,
    "limit": Kind.LIMIT,
}
_RISKS: Final = tuple(Risk)


def view_of(plan: Plan, *, verbose: bool = False, folder: str = "") -> PlanView:
    """The view of a plan; `verbose` names every group of an invitation. `folder` is put before the
    files of all places: it ends in a slash, or is nothing."""
    mine = [c for c in plan.changes if c.permitted is not False]
    others = [c for c in plan.changes if c.permitted is False]
    signs: Counter[Sign] = Counter()
    most = 0 if verbose else GROUPS_SHOWN
    blocks = _blocks(mine, signs, tell_who=False, most=most, folder=folder)
    left_blocks = _blocks(others, signs, tell_who=True, most=most, folder=folder)
    return PlanView(
        organization=plan.organization, actor=plan.actor, members=plan.members_observed,
        scope=_scope([*blocks, *left_blocks]),
        sections=tuple(_sections(blocks)),
        left=_left(left_blocks, plan.actor),
        left_out=_left_out(_blocks(plan.left_out, Counter(), tell_who=True, most=most,
                                   folder=folder)),
        intents=tuple(
            Line(subject=i.subject, text=f"step {i.step} of {i.steps}: {i.doing}"
                 f"{_since(', invited ', i.since, plan)}", place=_place(i.source, folder))
            for i in plan.intents),
        waiting=tuple(
            Line(subject=w.operation.subject, text=f"{w.operation.kind.replace('-', ' ')} waits "
                 f"for {w.waits_for}: {w.why}{_since('; since ', w.since, plan)}",
                 place=_place(w.source, folder))
            for w in plan.waiting),
        notes=_notes(plan, folder),
        errors=tuple(f.within(folder) for f in plan.findings if f.severity is Severity.ERROR),
        warnings=tuple(f.within(folder) for f in plan.findings if f.severity is Severity.WARNING),
        losses=tuple(_losses(plan.losses)),
        who_may=_who_may(plan),
        reasons=_reasons((*plan.changes, *plan.left_out)),
        counts=tuple((sign, signs[sign]) for sign in Sign),
        applyable=plan.applyable, permitted_only=plan.permitted_only)


def _since(word: str, day: date | None, plan: Plan) -> str:
    """Since when something waits. A plan keeps no time of its own but the day it expires on."""
    if day is None:
        return ""
    days = (plan.expires_on - PLAN_VALID_FOR - day).days
    ago = "today" if days <= 0 else "yesterday" if days == 1 else f"{days:,} days ago"
    return f"{word}{ago}"


def _blocks(
    changes: Iterable[Change], signs: Counter[Sign], *, tell_who: bool, most: int, folder: str
) -> list[Block]:
    by_subject: dict[str, list[Row]] = {}
    for change in changes:
        said = describe(change.operation, change.before, change.after, most=most)
        signs[said.sign] += 1
        why = _reason_text(change.reason)
        row = Row(
            sign=said.sign, text=said.text, place=_place(change.source, folder), risk=change.risk,
            why=f"{why}, a consequence" if change.cause is Cause.CONSEQUENCE else why,
            who=_who(change) if tell_who else "")
        by_subject.setdefault(change.operation.subject, []).append(row)
    made = [Block(subject=subject_text(s), kind=_kind(s), rows=tuple(rows))
            for s, rows in by_subject.items()]
    return sorted(made, key=lambda b: (b.kind, b.subject))


def _sections(blocks: Sequence[Block]) -> Iterable[Section]:
    """Each block once: under its highest risk, else under its kind."""
    by_risk: dict[Risk, list[Block]] = {risk: [] for risk in Risk}
    for block in blocks:
        highest = min((row.risk for row in block.rows), key=_RISKS.index)
        by_risk[highest].append(block)
    for risk, heading in _SECTIONS.items():
        if by_risk[risk]:
            yield Section(heading=heading, blocks=tuple(by_risk[risk]), risky=True)
    rest = by_risk[Risk.NONE]
    for kind, (heading, _) in _KINDS.items():
        some = tuple(b for b in rest if b.kind is kind)
        if some:
            yield Section(heading=heading, blocks=some)


def _left(blocks: list[Block], actor: str | None) -> Section | None:
    if not blocks:
        return None
    needs = {row.who for block in blocks for row in block.rows}
    whom = needs.pop() if len(needs) == 1 else "somebody else"
    return Section(heading=f"Left for {whom}: {actor} may not", blocks=tuple(blocks))


def _left_out(blocks: list[Block]) -> Section | None:
    if not blocks:
        return None
    return Section(heading="Left for others, not in this plan", blocks=tuple(blocks))


def _who(change: Change) -> str:
    # What the actor may do and cannot, since it comes after something that is left.
    return change.who_may if change.permitted is False else "one of these first"


def _notes(plan: Plan, folder: str) -> tuple[tuple[str, tuple[Line, ...]], ...]:
    by_code: dict[str, list[Line]] = {}
    for note in plan.notes:
        by_code.setdefault(note.code, []).append(
            Line(subject=subject_text(note.subject), text=note.text,
                 place=_place(note.source, folder)))
    return tuple((code, tuple(lines)) for code, lines in sorted(by_code.items()))


def _losses(losses: Losses) -> Iterable[str]:
    for number, noun, plural in (
        (losses.removals, "removal", ""),
        (losses.revoked_invitations, "revoked invitation", ""),
        (losses.demotions, "demotion", ""),
        (losses.lost_project_access, "project access lost", "project accesses lost"),
        (losses.lost_group_memberships, "group membership lost", "group memberships lost"),
        (losses.content_unassigned, "content item unassigned", "content items unassigned"),
        (losses.content_transferred, "content item transferred", "content items transferred"),
        (losses.content_lost, "content item lost", "content items lost"),
    ):
        if number:
            yield counted(number, noun, plural)


def _who_may(plan: Plan) -> tuple[tuple[str, int], ...]:
    if plan.actor is not None:
        return ()
    return tuple(sorted(Counter(c.who_may for c in plan.changes).items(),
                        key=lambda item: (-item[1], item[0])))


def _reasons(changes: Iterable[Change]) -> tuple[tuple[str, str], ...]:
    used = {c.reason for c in changes}
    return tuple((_reason_text(r), REASONS[r]) for r in Reason if r in used)


def _scope(blocks: Sequence[Block]) -> str:
    changes = sum(len(b.rows) for b in blocks)
    subjects = Counter(kind for kind, _ in {(b.kind, b.subject) for b in blocks})
    parts = [counted(subjects[kind], noun) for kind, (_, noun) in _KINDS.items() if subjects[kind]]
    *first, last = parts or ["nothing"]
    return f"{counted(changes, 'change')} to {', '.join(first)}{' and ' if first else ''}{last}"


def _reason_text(reason: Reason) -> str:
    return reason.value.replace("-", " ")


def _place(source: Location | None, folder: str) -> str:
    return f"{folder}{source}" if source is not None else ""


def _kind(subject: str) -> Kind:
    if subject == "policy":
        return Kind.POLICY
    prefix, colon, _ = subject.partition(":")
    return _KIND_OF_PREFIX.get(prefix, Kind.PERSON) if colon else Kind.PERSON
