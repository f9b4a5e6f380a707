"""What each change comes from: the file, somebody who moved the live store, or a day that passed.

Three values are compared: what the last run left (the baseline), what is observed, and what is
declared. An element that moved in the store and is to go back to the baseline is drift; one that
moved and is to become something else is a conflict of the two. What did not move is pending.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from reconciler.live.movements import Movements
from reconciler.live.ports import Carried
from reconciler.model.elements import Aspect, Element, Elements, Movement, of_operation
from reconciler.model.operations import (
    AllowLimit,
    Approve,
    CreateGroup,
    DeleteGroup,
    Invite,
    Operation,
    RemoveMember,
    Revoke,
    SetAccount,
    SetPolicy,
    TransferContent,
)
from reconciler.planning.draft import Draft
from reconciler.planning.plan import Cause, Reason

_WHOLE = (Invite, Approve, RemoveMember, Revoke, CreateGroup, DeleteGroup)
"""Operations that give or take all of a person or a group at once."""
_CONVENIENCE = (Aspect.NAME, Aspect.TEAM, Aspect.DEFAULT_PROJECT, Aspect.TEAM_SPACE)


def tell_causes(drafts: Collection[Draft], movements: Movements) -> None:
    """Give every draft its cause, and who made the live store differ."""
    of_subject: dict[str, list[Movement]] = {}
    for movement in movements.values():
        of_subject.setdefault(movement.element.subject, []).append(movement)
    for draft in drafts:
        operation = draft.operation
        if operation.subject in of_subject:
            moved = of_subject[operation.subject]
            _told = _of_whole if isinstance(operation, _WHOLE) else _of_one
            if _told(draft, moved, movements):
                continue
        if draft.cause is Cause.PENDING and draft.reason in (Reason.ENDED, Reason.EXPIRED):
            draft.cause = Cause.EXPIRY
    _come_along(drafts)


def _come_along(drafts: Collection[Draft]) -> None:
    """An account of somebody who is let in comes with that: whoever was taken out by hand lost
    both."""
    let_in = {d.operation.email: d for d in drafts if isinstance(d.operation, (Invite, Approve))}
    for draft in drafts:
        if isinstance(draft.operation, SetAccount) and draft.operation.email in let_in:
            with_it = let_in[draft.operation.email]
            draft.cause, draft.moved = with_it.cause, with_it.moved


def chosen(drafts: list[Draft], only: Collection[Cause], *, needed: bool) -> list[Draft]:
    """The drafts of these causes, in the same order, with the consequences that they need, and with
    the transfers without which a removal would leave content to nobody; with `needed` also with
    every other draft that must run before one of them."""
    by_key = {draft.key: draft for draft in drafts}
    kept: set[str] = set()
    # What the policy tightens holds in every run.
    waiting = [draft for draft in drafts if draft.cause in only
               or isinstance(draft.operation, (SetPolicy, AllowLimit))]
    while waiting:
        draft = waiting.pop()
        if draft.key in kept:
            continue
        kept.add(draft.key)
        waiting += [first for key in draft.after if (first := by_key.get(key)) is not None
                    and (needed or first.cause is Cause.CONSEQUENCE or _saves(first, draft))]
    return [replace(draft, after=[key for key in draft.after if key in kept])
            for draft in drafts if draft.key in kept]


def _saves(first: Draft, draft: Draft) -> bool:
    """Whether a draft is the transfer that a removal comes after."""
    return (isinstance(draft.operation, RemoveMember)
            and isinstance(first.operation, TransferContent))


def carried(left: Iterable[Operation], movements: Movements) -> tuple[Carried, ...]:
    """Movements that stay as they are, because the operations that would undo them are left out:
    the baseline goes on to have what it had."""
    wholes: set[str] = set()
    elements: set[Element] = set()
    for operation in left:
        if isinstance(operation, _WHOLE):
            wholes.add(operation.subject)
        else:
            elements.update(of_operation(operation))
    return tuple(Carried(e, m.before) for e, m in sorted(movements.items())
                 if e in elements or e.subject in wholes)


def _of_one(draft: Draft, moved: list[Movement], movements: Movements) -> bool:
    """Of an operation on single elements: whether one of them moved, and its cause."""
    for element, value in of_operation(draft.operation).items():
        movement = movements.get(element)
        if movement is not None:
            draft.cause = Cause.DRIFT if movement.before == value else Cause.CONFLICT
            draft.moved = movement.trace
            return True
    return False


def _of_whole(draft: Draft, moved: list[Movement], movements: Movements) -> bool:
    """Of an operation on a whole person or group: whether it came or went, and its cause."""
    operation = draft.operation
    there = next((m for m in moved
                  if m.element.aspect in (Aspect.MEMBERSHIP, Aspect.EXISTENCE)), None)
    if there is None:
        return False
    draft.moved = there.trace
    if isinstance(operation, (RemoveMember, Revoke, DeleteGroup)):
        # Declared to go, whoever let them in, if the last run left them there already.
        draft.cause = Cause.DRIFT if there.before is None else Cause.CONFLICT
        return True
    was: Elements = {m.element: m.before for m in moved if m.before is not None}
    wanted = of_operation(operation)
    same = _comparable(wanted, was) == _comparable(was, wanted)
    draft.cause = Cause.DRIFT if same else Cause.CONFLICT
    return True


def _comparable(values: Elements, other: Elements) -> Elements:
    """What gives access; the rest only where both sides have it: it need not be declared."""
    return {e: v for e, v in values.items()
            if e.aspect not in _CONVENIENCE or e in other}
