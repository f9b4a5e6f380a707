"""Find and classify drift: the same differences that a plan is made of, told by their causes.

What would be changed is pending, drift, conflict or expired by the cause that planning gave it;
what moved in the store and would not be changed is converged, or not managed by the files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from reconciler.desired.state import DesiredState, Ignored
from reconciler.drift.declared import declared_value
from reconciler.drift.harm import harm_of
from reconciler.drift.report import DriftItem, DriftKind, DriftReport, Harm, Way
from reconciler.live.movements import Movements
from reconciler.live.ports import Reader
from reconciler.model.elements import (
    Aspect,
    Element,
    Movement,
    Value,
    moved_in_words,
    of_operation,
    said,
)
from reconciler.model.finding import in_order
from reconciler.model.operations import DeleteGroup, Operation, RemoveMember, Revoke, SetAccount
from reconciler.model.policy import BUILT_IN
from reconciler.model.selectors import selector_of
from reconciler.model.values import Unset
from reconciler.planning.draft import Draft
from reconciler.planning.plan import REASONS, Cause
from reconciler.planning.planner import Differences, differences
from reconciler.planning.policy import NO_TERMS, Terms
from reconciler.rules.approvals import needed

_KIND_OF: Final = {
    Cause.PENDING: DriftKind.PENDING, Cause.DRIFT: DriftKind.DRIFT,
    Cause.CONFLICT: DriftKind.CONFLICT, Cause.EXPIRY: DriftKind.EXPIRED,
}
_ALL_WAYS: Final = (Way.REVERT, Way.ADOPT, Way.IGNORE)
_WAYS: Final = {DriftKind.DRIFT: _ALL_WAYS, DriftKind.VANISHED: _ALL_WAYS,
                DriftKind.CONFLICT: (Way.REVERT, Way.ADOPT)}
_EXISTENCE: Final = (Aspect.MEMBERSHIP, Aspect.EXISTENCE)
_ASPECTS: Final = tuple(Aspect)
_KINDS: Final = tuple(DriftKind)
_HARMS: Final = tuple(Harm)


def find_drift(
    state: DesiredState, reader: Reader, *, now: datetime, terms: Terms = NO_TERMS
) -> DriftReport:
    """Compare what the last run left, what is observed and what is declared. Reads only; `now` is
    UTC. Without any run before, everything that differs is pending."""
    return drift_in(differences(state, reader, now=now, terms=terms), reader)


def drift_in(compared: Differences, reader: Reader) -> DriftReport:
    """The drift among differences that were found already, and that are not yet a plan: that adds
    the policy to them."""
    found = compared.found
    items = list(_Classifier(compared).items())
    return DriftReport(
        organization=compared.stated.organization, members=found.members_observed,
        baseline=compared.baseline, sequence=compared.frame.sequence,
        desired_digest=compared.stated.digest,
        snapshot=reader.snapshot.taken_at if reader.snapshot is not None else None,
        items=tuple(sorted(items, key=_urgency)),
        reviewed=needed(compared.frame.policy or BUILT_IN, None),
        findings=tuple(in_order([*compared.stated.findings, *compared.declared])))


def _urgency(item: DriftItem) -> tuple[object, ...]:
    return (item.ignored is not None, not item.counts, _HARMS.index(item.harm),
            _KINDS.index(item.kind), item.subject, item.selector, item.text)


@dataclass(slots=True)
class _Classifier:
    compared: Differences
    going: set[str] = field(default_factory=set)
    """Who and what would be taken away as a whole."""

    def items(self) -> Iterator[DriftItem]:
        """One item for each person or group that came or went as a whole, and else one for each
        element."""
        found, movements = self.compared.found, self.compared.movements
        told: set[Element] = set()
        whole = _whole_subjects(movements)
        ignored = {d.key: entry for d, entry in found.ignored}
        self.going.update(d.operation.subject for d in found.drafts
                          if isinstance(d.operation, (RemoveMember, Revoke, DeleteGroup)))
        for draft in [*found.drafts, *(d for d, _ in found.ignored)]:
            moved = _moved_by(draft.operation, movements, whole)
            told.update(m.element for m in moved)
            if draft.cause is Cause.CONSEQUENCE or (
                    isinstance(draft.operation, SetAccount)
                    and draft.cause is not Cause.PENDING):
                # It comes with what it is a consequence of; of what moved it would be drift.
                continue
            yield self._of_draft(draft, moved, ignored.get(draft.key))
        for subject in sorted(whole):
            there = whole[subject]
            if there.element in told:
                continue
            moved = (there, *_besides(there, movements))
            told.update(m.element for m in moved)
            yield self._settled(there, moved)
        for element, movement in movements.items():
            if element not in told:
                yield self._settled(movement, (movement,))

    def _of_draft(
        self, draft: Draft, moved: tuple[Movement, ...], entry: Ignored | None
    ) -> DriftItem:
        operation = draft.operation
        kind = _KIND_OF[draft.cause]
        first = moved[0] if moved else None
        if kind is DriftKind.DRIFT and first is not None and (
                first.element.aspect is Aspect.MEMBERSHIP and first.after is None):
            kind = DriftKind.VANISHED
        wanted = of_operation(operation)
        element = first.element if first is not None else next(iter(wanted), None)
        declared = ""
        if kind is DriftKind.CONFLICT and element is not None:
            declared = _wanted(element, wanted.get(element))
        return DriftItem(
            kind=kind, subject=operation.subject, moved=moved, declared=declared,
            selector=str(selector_of(element)) if element is not None else operation.subject,
            text=_told(moved) if moved else planned(draft),
            harm=harm_of(moved, self.compared.frame) if moved else Harm.OTHER,
            trace=draft.moved, source=draft.source, ways=_WAYS.get(kind, ()),
            ignored=entry.reason if entry is not None else None,
            ignored_until=entry.until if entry is not None else None)

    def _settled(self, main: Movement, moved: tuple[Movement, ...]) -> DriftItem:
        """Of what moved and would not be changed by itself."""
        declared = declared_value(self.compared.state, main.element,
                                  self.compared.frame.settings.project_level_permissions)
        if isinstance(declared, Unset):
            kind = DriftKind.UNMANAGED
        elif declared == main.after:
            kind = DriftKind.CONVERGED
        elif main.element.subject not in self.going:
            # More than is declared, where nothing is to be taken away.
            kind = DriftKind.UNMANAGED
        else:
            kind = DriftKind.DRIFT if declared == main.before else DriftKind.CONFLICT
        return DriftItem(
            kind=kind, subject=main.element.subject, selector=str(selector_of(main.element)),
            text=_told(moved), harm=harm_of(moved, self.compared.frame), moved=moved,
            trace=main.trace)


def _whole_subjects(movements: Movements) -> dict[str, Movement]:
    """Who and what came or went, by subject."""
    return {m.element.subject: m for m in movements.values() if m.element.aspect in _EXISTENCE}


def _moved_by(
    operation: Operation, movements: Movements, whole: dict[str, Movement]
) -> tuple[Movement, ...]:
    """What moved of what an operation is about: all of a subject that came or went."""
    wanted = of_operation(operation)
    if operation.subject in whole and any(e.aspect in _EXISTENCE for e in wanted):
        main = whole[operation.subject]
        return (main, *_besides(main, movements))
    return tuple(movements[e] for e in wanted if e in movements)


def _besides(main: Movement, movements: Movements) -> list[Movement]:
    """What moved of the same subject, roles first."""
    return sorted((m for m in movements.values()
                   if m.element.subject == main.element.subject and m is not main),
                  key=lambda m: (_ASPECTS.index(m.element.aspect), m.element.target))


def _told(moved: Iterable[Movement]) -> str:
    """What moved, in words: for somebody who came or went, with all they got or had."""
    main, *others = moved
    if main.element.aspect not in _EXISTENCE:
        return moved_in_words(main)
    came = main.after is True
    what = [_wanted(m.element, m.after if came else m.before) for m in others
            if (m.after if came else m.before) not in (None, "")]
    details = f" ({'with' if came else 'had'} {', '.join(what)})" if what else ""
    person = main.element.aspect is Aspect.MEMBERSHIP
    verb = ("let in" if came else "taken out") if person else ("created" if came else "deleted")
    return f"{verb}{details}"


def _wanted(element: Element, value: Value) -> str:
    """An element with its value in words."""
    if value is True and element.aspect is not Aspect.SETTING:
        return "to be there" if element.aspect in _EXISTENCE else said(element)
    if value is None:
        return f"no {said(element)}" if element.aspect not in _EXISTENCE else "not to be there"
    shown = str(value).lower() if isinstance(value, bool) else value
    return f"{said(element)} {shown}"


def planned(draft: Draft) -> str:
    """What would be changed, where nothing moved in the store."""
    wanted = of_operation(draft.operation)
    what = ", ".join(_wanted(e, v) for e, v in wanted.items() if e.aspect not in _EXISTENCE)
    verb = draft.operation.kind.replace("-", " ")
    return f"{verb}{f': {what}' if what else ''} ({REASONS[draft.reason]})"
