"""The plan that undoes a run: what it changed and nobody changed since goes back to what it was.

What was so before and after the run is rebuilt from the audit log; the plan is then ordered, judged
and limited like any other. What cannot be undone is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from reconciler.desired.revision import short
from reconciler.desired.state import DesiredState
from reconciler.live.past import Past
from reconciler.live.ports import AuditRecord, Reader, RunRecord
from reconciler.model import elements
from reconciler.model.elements import Aspect, Element, Elements, said
from reconciler.model.email import Email
from reconciler.model.finding import Finding
from reconciler.model.operations import (
    AddGroupSpace,
    AddToGroup,
    ChangeSetting,
    CreateGroup,
    DeleteGroup,
    DescribeGroup,
    Invite,
    JoinSpace,
    LeaveSpace,
    Operation,
    RemoveFromGroup,
    RemoveGroupRole,
    RemoveGroupSpace,
    RemoveMember,
    RemoveProjectRole,
    RenameProject,
    RenameSpace,
    Revoke,
    SetDefaultProject,
    SetGroupRole,
    SetName,
    SetProjectRole,
    SetRole,
    SetTeam,
    TransferContent,
)
from reconciler.model.organization import Access
from reconciler.model.roles import RANK, Role
from reconciler.model.values import frozen_map
from reconciler.planning.draft import Difference, Draft
from reconciler.planning.lifecycle.resolved import Resolved
from reconciler.planning.places import Sources
from reconciler.planning.plan import Note, Plan, Reason
from reconciler.planning.planner import Differences, plan_of
from reconciler.planning.policy import Holding, Terms

_LASTING: Final = {
    "transfer-content": "the content of {subject} that went to {target} stays there (R34)",
    "migrate-domain": "the migration of {subject} to {target} stays (R34)",
    "invite": "the invitation that was sent to {subject} cannot be called back",
    "resend-invitation": "the invitation that was sent again to {subject} stays sent",
    "deny-request": "the request of {subject} stays denied: they can ask again",
    "set-policy": "the policy stays: apply the one before it",
    "set-account": "the {target} account of {subject} stays as it is: state it otherwise, and "
                   "apply that",
    "allow-limit": "what was allowed for {subject} was of that run alone",
}
"""What no later run takes back, by operation."""
_EXISTENCE: Final = (Aspect.MEMBERSHIP, Aspect.EXISTENCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What becomes of the content of people whom the run let in: it goes to `receiver`, or is left
    unassigned with `leave`; with neither, people with content are refused (R33)."""

    receiver: Email | None = None
    leave: bool = False


def make_revert(
    run: RunRecord, reader: Reader, *, actor: Email | None, now: datetime,
    content: Content, terms: Terms, commit: str | None = None,
) -> Plan:
    """The plan that undoes a run. What somebody changed since is left as it is, and told."""
    frame = reader.frame()
    state = DesiredState(organization=frame.organization,
                         digest=f"revert:{run.id}")
    overview = reader.overview()
    found = Difference(sources=Sources(state), joined_observed=overview.joined,
                       members_observed=overview.joined + overview.pending)
    found.notes.append(Note(
        code="reverts", subject=f"run {run.id}",
        text=f"what it did on {run.started_at:%Y-%m-%d %H:%M} UTC by {run.actor}"
             f"{f', from commit {short(run.commit)}' if run.commit else ''}; the files still say "
             "it: change them back as well, or the next apply does it again"))
    past = Past(frame.organization, traced=True)
    records = list(reader.told(None))
    own = [r for r in records if r.run == run.id]
    if own:
        past.tell(r for r in records if r.sequence < own[0].sequence)
        before = past.elements()
        past.tell(own)
        after = past.elements()
        past.tell(r for r in records if r.sequence > own[-1].sequence)
        _Reverting(reader, found, before, after, past, content).draft()
    _tell_lasting(reader, run, found)
    holding = Holding(kept=frame.policy, terms=terms)
    resolved = Resolved(state)
    resolved.policy = holding.policy
    found.policy = holding.policy
    return plan_of(Differences(
        state=state, stated=state, terms=terms, frame=frame, holding=holding, resolved=resolved,
        declared=[], found=found, baseline=None, movements={}), reader, actor=actor, now=now,
        commit=commit)


def _tell_lasting(reader: Reader, run: RunRecord, found: Difference) -> None:
    for record in reader.records_of_run(run.id):
        text = _LASTING.get(record.operation)
        if text is not None:
            found.notes.append(_note("lasting", record, text))


def _note(code: str, record: AuditRecord, text: str) -> Note:
    subject = record.subject.partition(":")[2] or record.subject
    return Note(code=code, subject=record.subject,
                text=text.format(subject=subject, target=record.target))


class _Reverting:
    """Drafts for every element that the run changed and that still is as it left it."""

    def __init__(
        self, reader: Reader, found: Difference, before: Elements, after: Elements,
        past: Past, content: Content,
    ) -> None:
        self.reader, self.found, self.content = reader, found, content
        self.before, self.after = before, after
        self.traces, self.last = past.traces, past.elements()
        changed = {e for e in {*before, *after} if before.get(e) != after.get(e)}
        people = sorted({Email(e.subject) for e in changed if ":" not in e.subject})
        found.observed = reader.members(people)
        found.absent = [e for e in people if e not in found.observed]
        now = elements.of_frame(reader.frame())
        for member in found.observed.values():
            now |= elements.of_member(member)
        self.changed, self.now = changed, now
        self.whole = {e.subject for e in changed if e.aspect in _EXISTENCE}

    def draft(self) -> None:
        """Add the drafts and the notes, subject by subject."""
        for element in sorted(self.changed):
            if element.subject in self.whole and element.aspect not in _EXISTENCE:
                continue
            was, left, now = (v.get(element) for v in (self.before, self.after, self.now))
            if now == was:
                continue
            if now != left:
                self._moved_since(element, "moved-since", "is left as it is")
                continue
            if element.aspect in _EXISTENCE and was is None:
                self._go_too(element.subject)
            for operation in self._back(element):
                raises = not isinstance(operation, (RemoveMember, Revoke, DeleteGroup,
                                                    RemoveProjectRole, RemoveGroupRole,
                                                    RemoveFromGroup, LeaveSpace,
                                                    RemoveGroupSpace)) and not _lowers(
                                                        element, was, now)
                self.found.drafts.append(Draft(operation, Reason.REVERT, raises=raises))

    def _go_too(self, subject: str) -> None:
        """Tell what somebody gave since to whom or what is taken away as a whole."""
        for element in sorted(e for e in self.last if self.last[e] != self.after.get(e)):
            group = f"group:{element.target}" if element.aspect is Aspect.GROUP else ""
            if subject in (element.subject, group):
                self._moved_since(element, "goes-too",
                                  f"goes with {subject.partition(':')[2] or subject}")

    def _moved_since(self, element: Element, code: str, comes: str) -> None:
        trace = self.traces.get(element)
        by = (f" by {trace.by} on {trace.at:%Y-%m-%d %H:%M} UTC ({trace.how.replace('-', ' ')})"
              if trace is not None else "")
        self.found.notes.append(Note(
            code=code, subject=element.subject,
            text=f"{said(element)} was changed since{by} and {comes}"))

    def _back(self, element: Element) -> Iterator[Operation]:
        was = self.before.get(element)
        thing, colon, name = element.subject.partition(":")
        if not colon:
            yield from self._person(Email(element.subject), element, was)
        elif thing == "group":
            yield from self._group(name, element, was)
        elif thing == "setting":
            yield ChangeSetting(name, was if isinstance(was, bool) else str(was))
        elif was is None:
            self.found.notes.append(Note(
                code="lasting", subject=element.subject,
                text=f"{thing.replace('-', ' ')} {name} stays: it may hold content"))
        elif thing == "project":
            yield RenameProject(name, str(was))
        elif thing == "team-space":
            yield RenameSpace(name, str(was))

    def _person(self, email: Email, element: Element, was: elements.Value) -> Iterator[Operation]:
        target = element.target
        match element.aspect:
            case Aspect.MEMBERSHIP if was is None:
                yield from self._take_out(email)
            case Aspect.MEMBERSHIP:
                self.found.notes.append(Note(
                    code="lasting", subject=email,
                    text=f"{email} is invited again and must join again; content that was theirs "
                         "stays where it is"))
                yield Invite(email, self._access(email))
            case Aspect.ROLE:
                yield SetRole(email, Role(str(was)))
            case Aspect.PROJECT_ROLE:
                yield (RemoveProjectRole(email, target) if was is None
                       else SetProjectRole(email, target, Role(str(was))))
            case Aspect.GROUP:
                yield AddToGroup(email, target) if was else RemoveFromGroup(email, target)
            case Aspect.TEAM_SPACE:
                yield JoinSpace(email, target) if was else LeaveSpace(email, target)
            case Aspect.NAME:
                yield SetName(email, None if was is None else str(was))
            case Aspect.TEAM:
                yield SetTeam(email, None if was is None else str(was))
            case _:
                yield SetDefaultProject(email, None if was is None else str(was))

    def _take_out(self, email: Email) -> Iterator[Operation]:
        member = self.found.observed[email]
        if not member.joined:
            yield Revoke(email)
            return
        if list(self.reader.content_of(email)) and not self.content.leave:
            if self.content.receiver is None:
                self.found.findings.append(_undecided(email))
            else:
                yield TransferContent(email, self.content.receiver)
        yield RemoveMember(email)

    def _access(self, email: Email) -> Access:
        had = {e: v for e, v in self.before.items() if e.subject == email}

        def one(aspect: Aspect) -> str | None:
            value = had.get(Element(email, aspect))
            return None if value is None else str(value)

        return Access(
            role=Role(str(had[Element(email, Aspect.ROLE)])),
            projects=frozen_map((e.target, Role(str(v))) for e, v in sorted(had.items())
                                if e.aspect is Aspect.PROJECT_ROLE),
            groups=frozenset(e.target for e in had if e.aspect is Aspect.GROUP),
            spaces=frozenset(e.target for e in had if e.aspect is Aspect.TEAM_SPACE),
            team=one(Aspect.TEAM), default_project=one(Aspect.DEFAULT_PROJECT),
            name=one(Aspect.NAME))

    def _group(self, name: str, element: Element, was: elements.Value) -> Iterator[Operation]:
        target = element.target
        match element.aspect:
            case Aspect.EXISTENCE if was is None:
                yield DeleteGroup(name)
            case Aspect.EXISTENCE:
                yield self._recreated(name, element.subject)
            case Aspect.DESCRIPTION:
                yield DescribeGroup(name, str(was))
            case Aspect.PROJECT_ROLE:
                yield (RemoveGroupRole(name, target) if was is None
                       else SetGroupRole(name, target, Role(str(was))))
            case _:
                yield AddGroupSpace(name, target) if was else RemoveGroupSpace(name, target)

    def _recreated(self, name: str, subject: str) -> CreateGroup:
        had = {e: v for e, v in self.before.items() if e.subject == subject}
        return CreateGroup(
            name, str(had[Element(subject, Aspect.DESCRIPTION)]),
            frozen_map((e.target, Role(str(v))) for e, v in sorted(had.items())
                       if e.aspect is Aspect.PROJECT_ROLE),
            frozenset(e.target for e in had if e.aspect is Aspect.TEAM_SPACE))


def _lowers(element: Element, was: elements.Value, now: elements.Value) -> bool:
    """Whether going back takes something away."""
    if element.aspect in (Aspect.ROLE, Aspect.PROJECT_ROLE) and was and now:
        return RANK[Role(str(was))] < RANK[Role(str(now))]
    return element.aspect is Aspect.SETTING and was is False


def _undecided(email: Email) -> Finding:
    return Finding(
        rule="R33", subject=email, what=f"taking {email} out again would orphan their content",
        how="say where it goes: --transfer-content-to EMAIL, or --leave-content")
