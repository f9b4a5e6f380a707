"""One order out of many: what gives before what takes, within what must run before what.

Equal drafts come in the same order whatever order they were found in.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from typing import Final

from reconciler.model.operations import (
    AddGroupSpace,
    AddToGroup,
    AllowLimit,
    Approve,
    ChangeSetting,
    CreateGroup,
    CreateProject,
    CreateSpace,
    CreateTeam,
    DeleteGroup,
    Deny,
    DescribeGroup,
    Invite,
    JoinSpace,
    LeaveSpace,
    MigrateDomain,
    Operation,
    PersonOperation,
    RemoveFromGroup,
    RemoveGroupRole,
    RemoveGroupSpace,
    RemoveMember,
    RemoveProjectRole,
    RenameProject,
    RenameSpace,
    Resend,
    Revoke,
    SetAccount,
    SetDefaultProject,
    SetGroupRole,
    SetName,
    SetPolicy,
    SetProjectRole,
    SetRole,
    SetTeam,
    TransferContent,
)
from reconciler.planning.draft import Draft

_GIVES: Final[dict[type[Operation], int]] = {
    SetPolicy: -2, AllowLimit: -1,
    ChangeSetting: 0, CreateProject: 10, RenameProject: 11, CreateSpace: 12, RenameSpace: 13,
    CreateTeam: 14, CreateGroup: 20, DescribeGroup: 21, SetGroupRole: 22, AddGroupSpace: 23,
    SetRole: 30, Approve: 31, Invite: 32, SetProjectRole: 33, AddToGroup: 34, JoinSpace: 35,
    SetName: 36, SetTeam: 37, Resend: 38, SetAccount: 39,
    SetDefaultProject: 40, TransferContent: 50,
}
_TAKES: Final[dict[type[Operation], int]] = {
    SetProjectRole: 60, RemoveProjectRole: 61, RemoveFromGroup: 62, LeaveSpace: 63,
    SetGroupRole: 64, RemoveGroupRole: 65, RemoveGroupSpace: 66, SetRole: 67, SetAccount: 68,
    RemoveMember: 70, Revoke: 71, Deny: 72, TransferContent: 75, DeleteGroup: 80, ChangeSetting: 90,
    MigrateDomain: 95,
}


def by_rank(drafts: list[Draft]) -> list[Draft]:
    """Kahn's algorithm with a heap: the lowest rank that is free comes next.

    Where drafts wait for each other in a circle, the lowest of them goes first all the same: the
    rules then judge whether it may. What it waited for in vain is taken out of its `after`.
    """
    # Ranks are compared once: the heap holds places in their order.
    ranked = sorted(drafts, key=_rank)
    if len({d.key for d in ranked}) != len(ranked):
        raise AssertionError("two drafts share a key")
    open_needs = [len(d.after) for d in ranked]
    needed_by: defaultdict[str, list[int]] = defaultdict(list)
    for place, draft in enumerate(ranked):
        for key in draft.after:
            needed_by[key].append(place)
    ready = [place for place, needs in enumerate(open_needs) if not needs]
    done = [False] * len(ranked)
    ordered: list[Draft] = []
    while len(ordered) < len(ranked):
        place = heapq.heappop(ready) if ready else _broken_circle(ranked, done)
        if done[place]:
            continue
        done[place] = True
        ordered.append(ranked[place])
        for other in needed_by.get(ranked[place].key, ()):
            open_needs[other] -= 1
            if not open_needs[other]:
                heapq.heappush(ready, other)
    return ordered


def _broken_circle(ranked: list[Draft], done: list[bool]) -> int:
    first = done.index(False)
    past = {d.key for d, was in zip(ranked, done, strict=True) if was}
    ranked[first].after = [key for key in ranked[first].after if key in past]
    return first


def _rank(draft: Draft) -> tuple[int, str]:
    kind = type(draft.operation)
    table = _GIVES if draft.raises and kind in _GIVES else _TAKES
    rank = table[kind] if kind in table else _GIVES[kind]
    operation = draft.operation
    who = operation.email if isinstance(operation, PersonOperation) else operation.subject
    return rank, f"{who}\x00{draft.key}"
