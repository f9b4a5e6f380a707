"""What moved in the live store since the last run: element by element, and who moved it."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.live.past import Past
from reconciler.live.ports import AuditRecord, Baseline, Reader
from reconciler.model import elements
from reconciler.model.elements import Element, Elements, Movement
from reconciler.model.email import Email, domain_of
from reconciler.model.migration import moved
from reconciler.model.world import Frame

Movements = dict[Element, Movement]


def movements_since(baseline: Baseline | None, frame: Frame, reader: Reader) -> Movements:
    """Every element that is not as the last run left it, by what it is; nothing where no run ever
    left anything. Costs nothing while the store stands still, and else reads only what moved."""
    people = concerned(baseline, frame.sequence, reader)
    if baseline is None or people is None:
        return {}
    records = list(reader.told(people))
    past = Past(frame.organization, traced=True)
    past.tell(r for r in records if r.sequence <= baseline.sequence)
    since = [r for r in records if r.sequence > baseline.sequence]
    # The creation tells of the first admin, whether they are asked for or not.
    asked = set(people)
    before = {e: value for e, value in _renamed(past.elements(), since).items()
              if ":" in e.subject or e.subject in asked}
    for element, value in baseline.carried:
        before[element] = value
    past.tell(since)
    now = elements.of_frame(frame)
    for member in reader.members(people).values():
        now |= elements.of_member(member)
    found: Movements = {}
    for element in sorted({*before, *now}):
        old, new = before.get(element), now.get(element)
        if old == new:
            continue
        trace = past.traces.get(element)
        explains = trace is not None and past.told.get(element) == new
        found[element] = Movement(element=element, before=old, after=new,
                                  trace=trace if explains else None)
    return found


def concerned(
    baseline: Baseline | None, sequence: int, reader: Reader
) -> list[Email] | None:
    """Whom what moved since the last run can have moved, in order: an operation on a group or a
    setting can reach anybody. None where nothing moved; `sequence` is the store's."""
    if baseline is None or (baseline.sequence == sequence and not baseline.carried):
        return None
    subjects = reader.subjects_told(after=baseline.sequence)
    if not subjects and not baseline.carried:
        return None
    named = {*subjects, *(c.element.subject for c in baseline.carried)}
    people = {Email(s) for s in named if ":" not in s}
    if any(s.startswith(("group:", "setting:", "domain:")) for s in named):
        people.update(reader.changed_since(baseline.sequence))
    return sorted(people)


def _renamed(before: Elements, since: Iterable[AuditRecord]) -> Elements:
    """People whom a domain migration moved did not change: only their address did."""
    for record in since:
        if record.operation != "migrate-domain" or record.target is None:
            continue
        old, new = record.subject.partition(":")[2], record.target
        before = {
            element._replace(subject=moved(Email(element.subject), new))
            if ":" not in element.subject and domain_of(Email(element.subject)) == old
            else element: value
            for element, value in before.items()}
    return before
