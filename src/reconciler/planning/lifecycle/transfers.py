"""Declared transfers of content, and the roles that receivers are given for it (R30 to R34)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from reconciler.desired.state import ContentTransfer, DesiredState, Mode
from reconciler.live.ports import Reader
from reconciler.model.email import Email
from reconciler.model.finding import Finding
from reconciler.model.nearest import did_you_mean
from reconciler.model.operations import RemoveMember, TransferContent
from reconciler.model.organization import ContentItem
from reconciler.model.roles import Role
from reconciler.model.values import FrozenMap
from reconciler.model.world import Frame
from reconciler.planning.draft import Difference, Draft
from reconciler.planning.lifecycle.resolved import Resolved
from reconciler.planning.plan import Note, Reason


def grant_receivers(resolved: Resolved, frame: Frame, reader: Reader) -> None:
    """With `grant_receiver`, declare the receiver viewer where the content is and they have no
    role; and keep such a role as long as the entry stands and they own content there."""
    state = resolved.state
    wanted: dict[Email, set[str]] = {}
    for receiver, items in _granted(state, reader):
        wanted.setdefault(receiver, set()).update(i.project for i in items)
    if not wanted or state.manage.project_roles is Mode.IGNORE:
        return
    members = dict(state.members)
    given: dict[str, FrozenMap[str, Role]] = {}
    if state.manage.groups is not Mode.AUTHORITATIVE:
        given.update({name: group.projects for name, group in frame.groups.items()})
    given.update({name: group.projects for name, group in state.groups.items()})
    observed = reader.members(wanted)
    for receiver, projects in wanted.items():
        member = members.get(receiver)
        if member is None or member.role is Role.ADMIN:
            continue
        known = observed.get(receiver)
        kept = {i.project for i in reader.content_of(receiver)} & (
            known.projects.keys() if known is not None else set())
        roles = dict(member.projects)
        for project in projects | kept:
            by_group = any(project in given.get(name, ()) for name in member.groups)
            if project in roles or (by_group and project not in kept):
                continue
            held = known.projects.get(project) if known is not None else None
            roles[project] = held or Role.VIEWER
            if held is not None:
                resolved.notes.append(Note(
                    code="kept", subject=receiver, source=state.place(member),
                    text=f"{receiver} stays {held} of {project}, where they received content; "
                         f"to keep it for good declare it under members: projects: "
                         f"{{{project}: {held}}}"))
        members[receiver] = replace(member, projects=FrozenMap(roles))
    resolved.state = replace(state, members=members)


def add_transfers(resolved: Resolved, reader: Reader, found: Difference) -> None:
    """Add declared transfers; what has nothing left to move is noted as done."""
    state = resolved.state
    for transfer in state.transfers:
        if not list(_items(transfer, reader)) and not _becomes_unassigned(transfer, reader, found):
            _nothing_left(state, transfer, reader, found)
            continue
        # Content that this plan leaves unassigned is given away in the same plan.
        draft = Draft(_operation(transfer), Reason.TRANSFER, raises=transfer.source is not None,
                      source=state.place(transfer))
        same = next((d for d in found.drafts if d.key == draft.key), None)
        if same is not None:
            # A departure says the same; against the policy's default receiver the file has its way.
            if same.operation != draft.operation:
                same.operation, same.reason, same.source = (
                    draft.operation, draft.reason, draft.source)
            continue
        for other in found.drafts:
            if _takes_the_rest(other, transfer):
                other.after.append(draft.key)
        found.drafts.append(draft)


def _becomes_unassigned(
    transfer: ContentTransfer, reader: Reader, found: Difference
) -> bool:
    """Whether removals of this plan leave content without an owner that the transfer moves."""
    if transfer.source is not None:
        return False
    moved = {d.operation.source for d in found.drafts if isinstance(d.operation, TransferContent)}
    return any(
        isinstance(d.operation, RemoveMember) and d.operation.email not in moved
        and list(_items(replace(transfer, source=d.operation.email), reader))
        for d in found.drafts)


def _takes_the_rest(draft: Draft, transfer: ContentTransfer) -> bool:
    """Whether a draft moves, or leaves behind, what a declared transfer does not name."""
    if transfer.source is None or draft.reason is Reason.TRANSFER:
        return False
    match draft.operation:
        case RemoveMember(email):
            return email == transfer.source
        case TransferContent(source):
            return source == transfer.source
        case _:
            return False


def _operation(transfer: ContentTransfer) -> TransferContent:
    return TransferContent(transfer.source, transfer.receiver, transfer.kinds, transfer.project)


def _items(transfer: ContentTransfer, reader: Reader) -> Iterator[ContentItem]:
    for item in reader.content_of(transfer.source):
        if (not transfer.kinds or item.kind in transfer.kinds) and (
                transfer.project is None or item.project == transfer.project):
            yield item


def _granted(
    state: DesiredState, reader: Reader
) -> Iterator[tuple[Email, Iterable[ContentItem]]]:
    for transfer in state.transfers:
        if transfer.grant_receiver:
            yield transfer.receiver, list(_items(transfer, reader))
    for departure in state.departures.values():
        if departure.grant_receiver and departure.transfer_to is not None:
            yield departure.transfer_to, reader.content_of(departure.email)


def _nothing_left(
    state: DesiredState, transfer: ContentTransfer, reader: Reader, found: Difference
) -> None:
    source = transfer.source
    place = state.place(transfer)
    if source is not None and source not in reader.members((source,)) and not (
            reader.history_of(source, limit=1)):
        close = did_you_mean(source, list(reader.emails()))
        found.findings.append(Finding(
            rule="R33", subject=source, location=place,
            what=f"{source}, whose content is to be transferred, is not in the live store and "
                 "never was",
            how=close or "correct the address, or take the entry out"))
        return
    whose = f"of {source}" if source is not None else "that nobody owns"
    found.notes.append(Note(
        code="done", subject=source or "unassigned", source=place,
        text=f"there is no such content {whose} to transfer to {transfer.receiver}; the entry "
             "can be deleted"))
