"""The view of a plan: everything counted, grouped and put in order, for renderers to lay out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import partial
from typing import Final

from reconciler.model.elements import Trace
from reconciler.model.finding import Location, Severity
from reconciler.model.organization import Overview
from reconciler.planning.plan import (
    PLAN_VALID_FOR,
    REASONS,
    Change,
    Losses,
    Plan,
    Reason,
)
from reconciler.reports.describe import Sign, described
from reconciler.reports.done import subject_text
from reconciler.reports.effects import effects
from reconciler.reports.view import (
    KINDS,
    VERBS,
    About,
    Aside,
    Block,
    Fact,
    Kind,
    Line,
    Row,
    Section,
    Status,
    View,
    by_risk_and_kind,
    observed_in,
)
from reconciler.reports.words import counted

GROUPS_SHOWN: Final = 6
"""How many groups of an invitation are named without --verbose."""
_KIND_OF_PREFIX: Final = {
    "group": Kind.GROUP, "project": Kind.PROJECT, "team-space": Kind.TEAM_SPACE,
    "team": Kind.TEAM, "setting": Kind.SETTING, "domain": Kind.DOMAIN,
    "limit": Kind.LIMIT,
}
_NOTES: Final = {
    "unmanaged": "Not managed, left alone",
    "kept": "More than declared, left alone",
    "done": "Done already",
    "undecided": "Waiting for your decision",
    "ends": "Ends within 30 days",
    "ended": "Ended",
    "rename": "To be renamed in the file",
    "withdrawn": "Withdrawn",
    "reverts": "Undoes a run",
    "lasting": "Cannot be undone",
    "moved-since": "Changed since, left alone",
    "goes-too": "Changed since, and goes with what is taken away",
    "beyond": "Not managed by these files",
}


def view_of(
    plan: Plan, *, verbose: bool = False, folder: str = "", overview: Overview | None = None,
    next_step: str = "",
) -> View:
    """The view of a plan; `verbose` names every group of an invitation. `folder` is put before the
    files of all places: it ends in a slash, or is nothing."""
    said = _Saying(folder, 0 if verbose else GROUPS_SHOWN)
    signs: Counter[Sign] = Counter()
    blocks = said.blocks([c for c in plan.changes if c.permitted is not False], signs)
    left = said.blocks([c for c in plan.changes if c.permitted is False], signs, tell_who=True)
    left_out = said.blocks(plan.left_out, Counter(), tell_who=True)
    left_alone = said.blocks(plan.left_alone, Counter())
    counts = tuple((sign, signs[sign]) for sign in Sign)
    total = sum(signs.values())
    by = f", by {plan.actor}" if plan.actor else ""
    return View(
        about=About.PLAN, organization=plan.organization,
        title=f"Plan for {plan.organization}{by}",
        status=(Status.REFUSED if plan.refused else Status.READY if total
                else Status.NOTHING),
        scope=_scope([*blocks, *left], plan),
        conclusion=_conclusion(plan, counts, left_out),
        facts=tuple(_facts(plan)), members=plan.members_observed, overview=overview,
        snapshot=plan.snapshot,
        sections=tuple(by_risk_and_kind(blocks)),
        others=tuple(_others(plan.actor, left, left_out, left_alone)),
        asides=tuple(_asides(plan, folder)),
        errors=tuple(f.within(folder) for f in plan.findings if f.severity is Severity.ERROR),
        warnings=tuple(f.within(folder) for f in plan.findings if f.severity is Severity.WARNING),
        losses=tuple(_losses(plan.losses)),
        who_may=_who_may(plan),
        reasons=_reasons((*plan.changes, *plan.left_out, *plan.left_alone)),
        counts=counts, next_step=next_step)


class _Saying:
    """Changes in words: `most` groups of an invitation are named, and `folder` is put before
    places."""

    def __init__(self, folder: str, most: int) -> None:
        self._folder = folder
        self._most = most

    def blocks(
        self, changes: Iterable[Change], signs: Counter[Sign], *, tell_who: bool = False
    ) -> list[Block]:
        by_subject: dict[str, list[Row]] = {}
        for change in changes:
            row = self._row(change, tell_who=tell_who)
            signs[row.sign] += 1
            by_subject.setdefault(change.operation.subject, []).append(row)
        made = [Block(subject=subject_text(s), kind=kind_of(s), rows=tuple(rows))
                for s, rows in by_subject.items()]
        return sorted(made, key=lambda b: (b.kind, b.subject))

    def _row(self, change: Change, *, tell_who: bool) -> Row:
        operation, before, after = change.operation, change.before, change.after
        sign, told = described(operation, before, after, most=self._most)
        return Row(
            sign=sign, told=told, place=place(change.source, self._folder),
            risk=change.risk, why=reason_text(change.reason), cause=str(change.cause),
            who=_who(change) if tell_who else "",
            details=(Fact("moved", trace_text(change.moved)),) if change.moved else (),
            told_by_project=partial(effects, operation, before, after))


def trace_text(trace: Trace) -> str:
    """Who did something, when and how: `by sam@acme.example on 2026-05-30 14:02 UTC, set role`."""
    run = f" in run {trace.run}" if trace.run else " by hand"
    return f"by {trace.by} on {trace.at:%Y-%m-%d %H:%M} UTC, {trace.how.replace('-', ' ')}{run}"


def kind_of(subject: str) -> Kind:
    """What kind of subject an operation's subject is."""
    if subject == "policy":
        return Kind.POLICY
    prefix, colon, _ = subject.partition(":")
    return _KIND_OF_PREFIX.get(prefix, Kind.PERSON) if colon else Kind.PERSON


def place(source: Location | None, folder: str) -> str:
    """A place as text, in its folder; nothing for none."""
    return f"{folder}{source}" if source is not None else ""


def _facts(plan: Plan) -> Iterator[Fact]:
    if plan.actor:
        yield Fact("actor", plan.actor)
    if plan.commit:
        yield Fact("commit", plan.commit)
    if plan.snapshot is None:
        yield Fact("valid until", plan.expires_on.isoformat())
    if plan.only:
        yield Fact("only", ", ".join(str(cause) for cause in plan.only))
    if plan.digest:
        yield Fact("plan", plan.digest)


def _conclusion(
    plan: Plan, counts: Sequence[tuple[Sign, int]], left_out: Sequence[Block]
) -> str:
    """The last line: what there is to do, in numbers."""
    problems = sum(f.severity is Severity.ERROR for f in plan.findings)
    refused = counted(problems, "problem")
    waiting = f" {len(plan.waiting):,} waiting." if plan.waiting else ""
    if not any(number for _, number in counts):
        if problems:
            return (f"No plan for {plan.organization}: {refused} "
                    f"refuse{'s' if problems == 1 else ''} it.")
        if left_out:
            return (f"No changes that {plan.actor or ''} may make: "
                    f"{sum(len(b.rows) for b in left_out):,} left for others.{waiting}")
        if plan.left_alone:
            return (f"No changes of {' or '.join(str(cause) for cause in plan.only)}. "
                    f"{counted(len(plan.left_alone), 'change')} left alone.{waiting}")
        return (f"No changes{' for now' if plan.waiting else ''}. {plan.organization} is as "
                f"declared ({counted(plan.members_observed, 'member')}).{waiting}")
    numbers = [f"{number:,} {VERBS[sign]}" for sign, number in counts
               if number or sign is not Sign.MOVE]
    cannot = f" It cannot be applied: {refused}." if problems else ""
    return f"Plan: {', '.join(numbers)}.{waiting}{cannot}"


def _since(word: str, day: date | None, plan: Plan) -> str:
    """Since when something waits. A plan keeps no time of its own but the day it expires on."""
    if day is None:
        return ""
    days = (plan.expires_on - PLAN_VALID_FOR - day).days
    ago = "today" if days <= 0 else "yesterday" if days == 1 else f"{days:,} days ago"
    return f"{word}{ago}"


def _others(
    actor: str | None, left: list[Block], left_out: list[Block], left_alone: list[Block]
) -> Iterator[Section]:
    if left:
        needs = {row.who for block in left for row in block.rows}
        whom = needs.pop() if len(needs) == 1 else "somebody else"
        yield Section(heading=f"Left for {whom}: {actor} may not", blocks=tuple(left))
    if left_out:
        yield Section(heading="Left for others, not in this plan", blocks=tuple(left_out))
    if left_alone:
        yield Section(heading="Left alone, not in this plan", blocks=tuple(left_alone))


def _who(change: Change) -> str:
    # What the actor may do and cannot, since it comes after something that is left.
    return change.who_may if change.permitted is False else "one of these first"


def _asides(plan: Plan, folder: str) -> Iterator[Aside]:
    if plan.intents:
        yield Aside(key="intents", heading="Under way", lines=tuple(
            Line(subject=i.subject, text=f"step {i.step} of {i.steps}: {i.doing}"
                 f"{_since(', invited ', i.since, plan)}", place=place(i.source, folder))
            for i in plan.intents))
    # What a change of address waits for itself is said with the step it is at.
    told = {(i.subject, i.target) for i in plan.intents}
    waiting = [w for w in plan.waiting if w.reason is not Reason.EMAIL_CHANGE
               or (w.operation.subject, w.waits_for) not in told]
    if waiting:
        yield Aside(key="waiting", heading="Waiting", hint="nothing to do until then", lines=tuple(
            Line(subject=w.operation.subject, text=f"{w.operation.kind.replace('-', ' ')} waits "
                 f"for {w.waits_for}: {w.why}{_since('; since ', w.since, plan)}",
                 place=place(w.source, folder))
            for w in waiting))
    by_code: dict[str, list[Line]] = {}
    for note in plan.notes:
        by_code.setdefault(note.code, []).append(
            Line(subject=subject_text(note.subject), text=note.text,
                 place=place(note.source, folder)))
    for code, lines in sorted(by_code.items()):
        yield Aside(key=code, heading=_NOTES.get(code, code.replace("-", " ").capitalize()),
                    lines=tuple(lines), names_only=code == "unmanaged")


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
    return tuple((reason_text(r), REASONS[r]) for r in Reason if r in used)


def _scope(blocks: Sequence[Block], plan: Plan) -> str:
    changes = sum(len(b.rows) for b in blocks)
    subjects = Counter(kind for kind, _ in {(b.kind, b.subject) for b in blocks})
    parts = [counted(subjects[kind], noun) for kind, (_, noun) in KINDS.items() if subjects[kind]]
    *first, last = parts or ["nothing"]
    only = " that they may make" if plan.permitted_only else ""
    return (f"{counted(changes, 'change')} to {', '.join(first)}{' and ' if first else ''}{last}"
            f"{only}; {counted(plan.members_observed, 'member')} {observed_in(plan.snapshot)}")


def reason_text(reason: Reason) -> str:
    """A reason as it is said beside a change."""
    return reason.replace("-", " ")
