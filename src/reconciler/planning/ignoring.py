"""`ignore_drift`: what was changed in the live store and is left alone, in every report."""

from __future__ import annotations

from datetime import date

from reconciler.desired.state import DesiredState, Ignored
from reconciler.live.movements import Movements
from reconciler.model.elements import Element, Movement, moved_in_words, of_operation
from reconciler.model.selectors import Selector, parse_selector
from reconciler.planning.draft import Difference, Draft
from reconciler.planning.plan import Cause, Note


def leave_ignored(
    state: DesiredState, found: Difference, movements: Movements, today: date
) -> None:
    """Take the drafts that would undo ignored drift out of the difference; what the file itself
    changes is never ignored. Each entry leaves a note: what it hides, or that it hides nothing."""
    for entry in state.ignored.values():
        if entry.until is not None and entry.until < today:
            found.notes.append(_note(state, entry, f"was ignored until {entry.until}; delete the "
                                     "entry"))
            continue
        selector = parse_selector(entry.what)
        left = [d for d in found.drafts if d.cause is Cause.DRIFT and _means(selector, d)]
        hidden = {m.element: m for d in left for m in _undone(d, movements)
                  if selector.matches(m.element)}
        if not left:
            found.notes.append(_note(state, entry, "nothing of it is drift; delete the entry once "
                                     "it is settled"))
            continue
        keys = {d.key for d in left}
        found.drafts = [d for d in found.drafts if d.key not in keys]
        found.ignored.extend((d, entry) for d in left)
        moved = "; ".join(_in_words(m) for _, m in sorted(hidden.items()))
        until = f", until {entry.until}" if entry.until is not None else ""
        found.notes.append(_note(state, entry, f"{moved}; left alone: {entry.reason}{until}"))


def _means(selector: Selector, draft: Draft) -> bool:
    return any(selector.matches(element) for element in of_operation(draft.operation))


def _undone(draft: Draft, movements: Movements) -> list[Movement]:
    elements: set[Element] = {*of_operation(draft.operation)}
    return [m for m in movements.values() if m.element in elements]


def _in_words(movement: Movement) -> str:
    trace = movement.trace
    whom = f" by {trace.by} on {trace.at:%Y-%m-%d}" if trace is not None else ""
    return f"{moved_in_words(movement)}{whom}"


def _note(state: DesiredState, entry: Ignored, text: str) -> Note:
    return Note(code="ignored", subject=entry.what, text=text, source=state.place(entry))
