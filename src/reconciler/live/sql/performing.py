"""Performing operations on an organization inside the store: judged one after the other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from reconciler.live.ports import AuditRecord, RunInfo, Step
from reconciler.live.sql.reader import SqlReader
from reconciler.model.email import Email
from reconciler.model.errors import LimitExceeded, ReconcilerError, Stale, Unapproved, kind_of
from reconciler.model.finding import Finding, Severity
from reconciler.model.images import CONVERTS, GIVEN_TO, GIVES, Image, image
from reconciler.model.operations import (
    OWN_ACTS,
    AddContent,
    Operation,
    PersonOperation,
    RemoveMember,
    SetPolicy,
    TransferContent,
)
from reconciler.model.organization import Member
from reconciler.model.perform import perform
from reconciler.model.policy import BUILT_IN, effective
from reconciler.model.world import World
from reconciler.rules.approvals import Panel, Review, approved, needed
from reconciler.rules.catalogue import judge, refuses
from reconciler.rules.limits import Whole, judge_limits, tally
from reconciler.rules.migration import alone

_OF_PEOPLE = {CONVERTS: "whom it converts", "default_projects": "whose default project it clears"}


def perform_steps(
    reader: SqlReader, world: World, steps: Sequence[Step], *, actor: Email | None,
    now: datetime, run: RunInfo | None, after: int,
) -> list[AuditRecord]:
    """Judge and perform the steps on a world; returns what the audit log is to say, numbered
    from `after` on. Raises Refused with every violation, Stale where the first thing that is
    wrong is a precondition, Unapproved where nothing but an approval is missing (L11)."""
    _prefetch(reader, world, steps, actor)
    if run is not None and not steps:
        _judge_actor(world, actor)
    records: list[AuditRecord] = []
    performed: list[Operation] = []
    refused: list[Finding] = []
    panel = _panel(world, steps, actor, run)
    run_id = run.id if run is not None else None
    for step in steps:
        operation = step.operation
        before = image(world, operation)
        # After a refusal the rest is only judged: what it expected cannot have happened.
        if step.precondition is not None and step.precondition != before and not refused:
            raise _stale(reader, operation, step.precondition, before)
        person, findings = _acting(world, operation, actor)
        if not findings:
            policy = None if run is None else world.effective_policy or BUILT_IN
            findings = judge(world, operation, actor=person, now=now, policy=policy)
        if findings and refuses(findings):
            refused += [f for f in findings if f.severity is Severity.ERROR]
            continue
        if panel is not None:
            # The rest is judged as if it were approved: it is told as a whole.
            refused += approved(Review(panel=panel, world=world, operation=operation))
        perform(world, operation, now)
        performed.append(operation)
        after_image = image(world, operation)
        if step.outcome is not None and step.outcome != after_image and not refused:
            raise Stale(f"the plan says something else of {operation.subject} than "
                        f"{_words(operation)} does: it was altered", how="plan again")
        records.append(AuditRecord(
            sequence=after + len(records) + 1, at=now, run=run_id,
            actor=actor or operation.subject, operation=operation.kind,
            subject=operation.subject, target=operation.target, before=before,
            after=after_image))
    if run is not None and not refused:
        refused = _judge_whole(reader, world, performed)
    if refused:
        raise _refusal(refused)
    return records


def _panel(
    world: World, steps: Sequence[Step], actor: Email | None, run: RunInfo | None
) -> Panel | None:
    """Who approved a run; None where it needs no approval. A policy that the run itself makes
    tighter holds for all of it."""
    if run is None:
        return None
    kept, new = world.kept_policy, [s.operation.policy for s in steps
                                    if isinstance(s.operation, SetPolicy)]
    policy = effective(kept, new[-1] if new else kept) or BUILT_IN
    if not needed(policy, actor):
        return None
    moving = [(i["subject"], i["target"]) for i in run.summary.get("intents", ())]
    return Panel(world, policy, run.approvals, moving=moving)


def _judge_actor(world: World, actor: Email | None) -> None:
    """Hold whoever runs a plan without changes to R10: it still leaves a baseline."""
    member = world.member(actor) if actor is not None else None
    if member is None or not member.joined:
        raise _refusal([Finding(
            rule="R10", subject=actor or "", what=f"{actor or 'nobody'} is no joined member of "
            f"{world.organization}", how="act as somebody who has joined: --as EMAIL")])


def _judge_whole(
    reader: SqlReader, world: World, performed: list[Operation]
) -> list[Finding]:
    """What the limits say to everything that was performed on a world and is not written yet."""
    policy = world.effective_policy or BUILT_IN
    before = World(reader.frame(), reader)
    before.adopt(old for old, _ in world.touched().values() if old is not None)
    overview = reader.overview()
    return [*alone(performed), *judge_limits(Whole(
        policy=policy, allowances=world.allowances,
        # Demotions ask for everybody as they were, so they are counted where they matter.
        tally=tally(performed, before, world,
                    roles=bool(policy.protected_members)
                    or "demotions" in {*policy.limits, *world.allowances}),
        members=overview.joined + overview.pending, joined=overview.joined,
        content=reader.content_total))]


def _refusal(refused: list[Finding]) -> ReconcilerError:
    """With every violation; a limit, or an approval, where nothing else refuses. What would be
    said of every change in the same words (R10) is said once."""
    told: dict[tuple[str, str, str], Finding] = {}
    for finding in refused:
        told.setdefault((finding.rule, finding.what, finding.how), finding)
    count = len(told)
    violations = "violation" if count == 1 else "violations"
    kind = kind_of(refused)
    said = {LimitExceeded: f"{count} {violations} of limits and policy",
            Unapproved: f"{count} change{'' if count == 1 else 's'} not approved"}
    return kind(f"{said.get(kind, f'{count} rule {violations}')}; nothing was written",
                findings=tuple(told.values()))


def _acting(
    world: World, operation: Operation, actor: Email | None
) -> tuple[Member | None, list[Finding]]:
    """On whose authority the rules judge: an actor, or nobody for people's own acts (R10).

    Whoever is neither the person nor a member is told here; a member who does for another what
    is nobody else's act is refused by the rule."""
    if isinstance(operation, OWN_ACTS) and actor in (None, operation.email):
        return None, []
    if actor is None:
        return None, [_no_authority(
            operation, f"{_words(operation)} ({operation.subject}) needs an actor",
            "name one with --as EMAIL")]
    member = world.member(actor)
    if member is None:
        return None, [_no_authority(
            operation, f"{actor} is no member of {world.organization} and cannot act",
            "act as somebody who has joined")]
    return member, []


def _no_authority(operation: Operation, what: str, how: str) -> Finding:
    return Finding(rule="R10", what=what, how=how, subject=operation.subject)


def _words(operation: Operation) -> str:
    return operation.kind.replace("-", " ")


def _prefetch(
    reader: SqlReader, world: World, steps: Sequence[Step], actor: Email | None
) -> None:
    """Read everybody and everything concerned in a few queries."""
    emails: list[Email] = [actor] if actor is not None else []
    owners: list[Email] = []
    ids: list[str] = []
    for step in steps:
        match step.operation:
            case RemoveMember(email):
                emails.append(email)
                owners.append(email)
            case PersonOperation(email):
                emails.append(email)
            case TransferContent(source, receiver):
                emails.append(receiver)
                owners.append(receiver)
                if source is not None:
                    emails.append(source)
                    owners.append(source)
            case AddContent(item):
                ids.append(item.id)
                if item.owner is not None:
                    emails.append(item.owner)
                    owners.append(item.owner)
            case _:
                pass
    world.load(emails)
    if len(owners) + len(ids) > 1:
        reader.prefetch_content(owners, ids)


def _stale(reader: SqlReader, operation: Operation, expected: Image, found: Image) -> Stale:
    """What moved, when and by whom."""
    subject = operation.subject
    about, moved = subject, []
    for key in sorted({*expected, *found}):
        old, new = expected.get(key), found.get(key)
        if old == new:
            continue
        if key == GIVES:
            about, said = _group_moved(old or {}, new or {})
        elif key == GIVEN_TO:
            said = _members_moved(old, new)
        elif key in _OF_PEOPLE and isinstance(old or {}, dict) and isinstance(new or {}, dict):
            about, said = _people_moved(key, old or {}, new or {})
        else:
            said = f"{key.replace('_', ' ')} was {_short(old)} and is {_short(new)}"
        moved.append(said)
    history = reader.history_of(about, limit=1)
    whom = "them" if about == subject else about
    since = f"no record of {'it' if about == subject else about} is in the audit log"
    if history:
        last = history[0]
        since = (f"the newest record about {whom} is {last.operation} by {last.actor} on "
                 f"{last.at:%Y-%m-%d %H:%M:%S} UTC")
    return Stale(f"the live store has moved since the plan was made: {subject}: "
                 f"{'; '.join(moved)} ({since})", how="plan again")


def _group_moved(old: Image, new: Image) -> tuple[str, str]:
    """The first group that gives something else than expected, and what is said of it."""
    group = min(g for g in {*old, *new} if old.get(g) != new.get(g))
    gave, gives = old.get(group), new.get(group)
    if isinstance(gave, str) and isinstance(gives, str):
        return f"group:{group}", f"group {group} gives something else than it gave"
    return f"group:{group}", f"group {group} gave {_short(gave)} and gives {_short(gives)}"


def _members_moved(old: object, new: object) -> str:
    """Who got into a group, or out of it, where an image names them."""
    if not isinstance(old, list) or not isinstance(new, list):
        return "other people are in it than were"
    moved = [*(f"{e} is in it now" for e in new if e not in old),
             *(f"{e} is not in it any more" for e in old if e not in new)]
    return ", ".join(moved)


def _people_moved(key: str, old: Image, new: Image) -> tuple[str, str]:
    """The first person who is not as expected, and what is said of them."""
    first, *others = sorted(e for e in {*old, *new} if old.get(e) != new.get(e))
    more = f" (and so of {len(others):,} more)" if others else ""
    return first, (f"{_OF_PEOPLE[key]}: {first} was {_short(old.get(first))} and is "
                   f"{_short(new.get(first))}{more}")


def _short(value: object) -> str:
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False,
                                                           sort_keys=True)
    return text if len(text) <= 80 else f"{text[:77]}..."
