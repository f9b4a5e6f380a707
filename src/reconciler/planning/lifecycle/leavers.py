"""People who leave while project-level permissions are turned off."""

from __future__ import annotations

from reconciler.model.operations import (
    ChangeSetting,
    RemoveMember,
    RemoveProjectRole,
    TransferContent,
)
from reconciler.planning.draft import Difference, Draft
from reconciler.planning.plan import Cause


def free_leavers(found: Difference) -> None:
    """Take the project roles of those whose removal waits for a transfer, ahead of the switch.

    The switch waits until nobody has project roles (R04), their removal for the transfer of their
    content, and the transfer, by way of its receiver's roles, for the switch. Losing the project
    roles by themselves, leavers keep nobody waiting.
    """
    switch = ChangeSetting("project_level_permissions", False)
    if not any(d.operation == switch for d in found.drafts):
        return
    keys = {d.key for d in found.drafts}
    transfers = {d.key for d in found.drafts if isinstance(d.operation, TransferContent)}
    for removal in list(found.drafts):
        if not isinstance(removal.operation, RemoveMember) or transfers.isdisjoint(removal.after):
            continue
        email = removal.operation.email
        leaver = found.observed.get(email)
        for project in sorted(leaver.projects if leaver else ()):
            draft = Draft(RemoveProjectRole(email, project), removal.reason, raises=False,
                          cause=Cause.CONSEQUENCE, source=removal.source)
            removal.after.append(draft.key)
            if draft.key not in keys:
                found.drafts.append(draft)
